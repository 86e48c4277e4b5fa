/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fields-private.h"

#include "base/error.h"

typedef struct
{
  guint only;    /* RoostFieldFlags: of interest are rows that have all of them */
  GString *path; /* where we are: "devices/disk[2]/" */
  GError **error;
} Comparison;

static gboolean
equal_objects (Comparison *comparison, const RoostType *type, gconstpointer a, gconstpointer b);

static gboolean differ (Comparison *comparison, const RoostPlanRow *row, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
differ (Comparison *comparison, const RoostPlanRow *row, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  return roost_throw (comparison->error, ROOST_ERROR_INCOMPATIBLE_GUEST, "%s%s %s",
                      comparison->path->str, row->path, text);
}

static char *
quote (const char *text)
{
  return text != NULL ? g_strdup_printf ("'%s'", text) : g_strdup ("nothing");
}

/* For the guest, what is not given is what the fallback says. */
static gboolean
same_by_fallback (const Comparison *comparison,
                  const RoostField *field,
                  const char *a,
                  const char *b)
{
  if (comparison->only == 0 || field->fallback == NULL)
    return FALSE;
  return g_strcmp0 (a != NULL ? a : field->fallback, b != NULL ? b : field->fallback) == 0;
}

static gboolean
equal_values (Comparison *comparison, const RoostPlanRow *row, gconstpointer a, gconstpointer b)
{
  const RoostField *field = row->field;
  g_auto (RoostValueText) space_a = { 0 };
  g_auto (RoostValueText) space_b = { 0 };
  g_autofree char *quoted_a = NULL;
  g_autofree char *quoted_b = NULL;
  const char *text_a, *text_b;

  if (roost_value_equal (field, a, b))
    return TRUE;
  text_a = roost_value_text (field, a, &space_a);
  text_b = roost_value_text (field, b, &space_b);
  if (same_by_fallback (comparison, field, text_a, text_b))
    return TRUE;
  if ((row->flags & ROOST_FIELD_SECRET) != 0)
    return differ (comparison, row, "would change");
  quoted_a = quote (text_a);
  quoted_b = quote (text_b);
  return differ (comparison, row, "would change from %s to %s", quoted_a, quoted_b);
}

/* Compares below @row; @n: which of a list, from 1, 0 = not of a list. A missing one is compared as
 * an empty one. */
static gboolean
equal_inside (
    Comparison *comparison, const RoostPlanRow *row, guint n, gconstpointer a, gconstpointer b)
{
  gsize before = comparison->path->len;
  g_autofree gpointer empty = NULL;
  gboolean is_equal;

  if (a == NULL || b == NULL)
    empty = g_malloc0 (row->field->type->size);
  g_string_append (comparison->path, row->path);
  if (n > 0)
    g_string_append_printf (comparison->path, "[%u]", n);
  g_string_append_c (comparison->path, '/');
  is_equal =
      equal_objects (comparison, row->field->type, a != NULL ? a : empty, b != NULL ? b : empty);
  g_string_truncate (comparison->path, before);
  return is_equal;
}

static gboolean
equal_structs (Comparison *comparison, const RoostPlanRow *row, gconstpointer a, gconstpointer b)
{
  gboolean counts = (row->flags & comparison->only) == comparison->only;

  if (a == NULL && b == NULL)
    return TRUE;
  if (counts && (a == NULL || b == NULL))
    return differ (comparison, row, a == NULL ? "would be added" : "would be removed");
  return equal_inside (comparison, row, 0, a, b);
}

static gboolean
equal_lists (Comparison *comparison,
             const RoostPlanRow *row,
             const GPtrArray *a,
             const GPtrArray *b)
{
  gboolean counts = (row->flags & comparison->only) == comparison->only;
  guint n_a = a != NULL ? a->len : 0;
  guint n_b = b != NULL ? b->len : 0;

  if (counts && n_a != n_b)
    return differ (comparison, row, "would change from %u to %u elements", n_a, n_b);
  for (guint i = 0; i < MAX (n_a, n_b); i++)
    if (!equal_inside (comparison, row, i + 1, i < n_a ? a->pdata[i] : NULL,
                       i < n_b ? b->pdata[i] : NULL))
      return FALSE;
  return TRUE;
}

static gboolean
equal_rows (Comparison *comparison, const RoostPlanRow *row, gconstpointer a, gconstpointer b)
{
  gconstpointer member_a = ROOST_MEMBER (a, row);
  gconstpointer member_b = ROOST_MEMBER (b, row);

  if (!roost_plan_row_applies (row, a) && !roost_plan_row_applies (row, b))
    return TRUE;
  if (row->field->kind == ROOST_FIELD_STRUCT)
    return equal_structs (comparison, row, *(const gconstpointer *)member_a,
                          *(const gconstpointer *)member_b);
  if (row->field->kind == ROOST_FIELD_LIST)
    return equal_lists (comparison, row, *(GPtrArray *const *)member_a,
                        *(GPtrArray *const *)member_b);
  return (row->flags & comparison->only) != comparison->only
         || equal_values (comparison, row, member_a, member_b);
}

static gboolean
equal_objects (Comparison *comparison, const RoostType *type, gconstpointer a, gconstpointer b)
{
  const RoostPlan *plan = roost_plan_get (type);

  for (guint i = 0; i < plan->rows->len; i++)
    if (!equal_rows (comparison, plan->rows->pdata[i], a, b))
      return FALSE;
  return TRUE;
}

gboolean
roost_type_equal (
    const RoostType *type, gconstpointer a, gconstpointer b, guint only, GError **error)
{
  g_autoptr (GString) path = g_string_new (NULL);
  Comparison comparison = { only, path, error };

  return equal_objects (&comparison, type, a, b);
}
