/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fields-private.h"

#include "base/error.h"

#include <inttypes.h>
#include <string.h>

static const RoostPlanRow *
find_row (const RoostPlan *plan, const char *key)
{
  for (guint i = 0; i < plan->root->attrs->len; i++)
    {
      const RoostPlanRow *row = plan->root->attrs->pdata[i];

      if (g_str_equal (row->attr, key))
        return row;
    }
  return NULL;
}

static gboolean
throw_unknown (const RoostPlan *plan, const char *key, GError **error)
{
  const GPtrArray *rows = plan->root->attrs;
  g_autoptr (GString) known = g_string_new (NULL);

  for (guint i = 0; i < rows->len; i++)
    g_string_append_printf (known, "%s'%s'", i > 0 ? ", " : "",
                            ((const RoostPlanRow *)rows->pdata[i])->attr);
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "option '%s' is not known; %s%s", key,
                      rows->len > 0 ? "there are " : "there are none", known->str);
}

/* The D-Bus types that @kind takes, one character each. */
static const char *
types_of (RoostFieldKind kind)
{
  switch ((int)kind)
    {
    case ROOST_FIELD_FLAG:
    case ROOST_FIELD_YES_NO:
    case ROOST_FIELD_ON_OFF:
      return "b";
    case ROOST_FIELD_UINT:
    case ROOST_FIELD_SIZE:
      return "ut";
    case ROOST_FIELD_INT:
      return "ix";
    default:
      return "s";
    }
}

/* As the text of an attribute, so that one place reads values. */
static char *
text_of (GVariant *value)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_UINT32:
      return g_strdup_printf ("%u", g_variant_get_uint32 (value));
    case G_VARIANT_CLASS_UINT64:
      return g_strdup_printf ("%" PRIu64, g_variant_get_uint64 (value));
    case G_VARIANT_CLASS_INT32:
      return g_strdup_printf ("%d", g_variant_get_int32 (value));
    case G_VARIANT_CLASS_INT64:
      return g_strdup_printf ("%" PRId64, g_variant_get_int64 (value));
    case G_VARIANT_CLASS_STRING:
      return g_variant_dup_string (value, NULL);
    case G_VARIANT_CLASS_BOOLEAN:
    case G_VARIANT_CLASS_BYTE:
    case G_VARIANT_CLASS_INT16:
    case G_VARIANT_CLASS_UINT16:
    case G_VARIANT_CLASS_HANDLE:
    case G_VARIANT_CLASS_DOUBLE:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_MAYBE:
    case G_VARIANT_CLASS_ARRAY:
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
    default:
      g_assert_not_reached ();
    }
}

static void
set_boolean (const RoostPlanRow *row, gpointer object, gboolean value)
{
  gpointer member = ROOST_MEMBER (object, row);

  if (row->field->kind == ROOST_FIELD_FLAG)
    *(gboolean *)member = value;
  else
    *(RoostTristate *)member = value ? ROOST_YES : ROOST_NO;
}

static gboolean
set_strings (const RoostPlanRow *row, gpointer object, GVariant *value, GError **error)
{
  GStrv *member = ROOST_MEMBER (object, row);

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "option '%s' is of type '%s', not 'as'", row->attr,
                        g_variant_get_type_string (value));
  g_strfreev (*member);
  *member = g_variant_dup_strv (value, NULL);
  return TRUE;
}

static gboolean
set_option (const RoostPlanRow *row, gpointer object, GVariant *value, GError **error)
{
  const char *type = g_variant_get_type_string (value);
  const char *types = types_of (row->field->kind);
  g_autofree char *text = NULL;
  g_autoptr (GError) problem = NULL;

  if (row->field->kind == ROOST_FIELD_STRINGS)
    return set_strings (row, object, value, error);
  if (type[1] != '\0' || strchr (types, type[0]) == NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        types[1] == '\0' ? "option '%s' is of type '%s', not '%c'"
                                         : "option '%s' is of type '%s', not '%c' or '%c'",
                        row->attr, type, types[0], types[1]);
  if (type[0] == 'b')
    {
      set_boolean (row, object, g_variant_get_boolean (value));
      return TRUE;
    }
  text = text_of (value);
  if (!roost_xml_can_hold (text))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "option '%s' has a control character in it", row->attr);
  if (!roost_value_parse (row->field, ROOST_MEMBER (object, row), text,
                          row->field->kind == ROOST_FIELD_SIZE ? "b" : NULL, &problem))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "option '%s': %s", row->attr,
                        problem->message);
  return TRUE;
}

static gboolean
set_options (const RoostPlan *plan, gpointer object, GVariant *options, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_direct_hash, g_direct_equal);
  GVariantIter iter;
  const char *key;
  GVariant *boxed;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &boxed))
    {
      g_autoptr (GVariant) value = boxed;
      const RoostPlanRow *row = find_row (plan, key);

      if (row == NULL)
        return throw_unknown (plan, key, error);
      /* Who looks one up would find the first, and the last would hold. */
      if (!g_hash_table_add (seen, (gpointer)row))
        return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "option '%s' is given twice", key);
      if (!set_option (row, object, value, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_options (const RoostPlan *plan, gconstpointer object, GError **error)
{
  for (guint i = 0; i < plan->rows->len; i++)
    {
      const RoostPlanRow *row = plan->rows->pdata[i];
      gboolean is_set = roost_value_is_set (row->field, ROOST_MEMBER (object, row));

      if (is_set && !roost_plan_row_applies (row, object))
        return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "option '%s' applies only with %s",
                            row->attr, row->field->only);
      if (!is_set && (row->flags & ROOST_FIELD_REQUIRED) != 0
          && roost_plan_row_applies (row, object))
        return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "option '%s' is missing",
                            row->attr);
    }
  return TRUE;
}

gpointer
roost_type_parse_options (const RoostType *type, GVariant *options, GError **error)
{
  const RoostPlan *plan = roost_plan_get (type);
  gpointer object = g_malloc0 (type->size);

  if (set_options (plan, object, options, error) && check_options (plan, object, error))
    return object;
  roost_type_free (type, object);
  return NULL;
}
