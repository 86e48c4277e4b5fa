/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fields-private.h"
#include "base/fields-xml.h"

#include <string.h>

typedef struct
{
  GString *out;
  guint flags;                      /* RoostFormatFlags */
  const RoostNamespace *namespaces; /* (nullable) */
  guint used;                       /* bits by the index of the namespace */
  const RoostPlanNode *root;
  gsize declare_at; /* the end of the root's start tag */
} Formatter;

static gboolean format_element (Formatter *formatter,
                                const RoostPlanNode *plan,
                                gconstpointer object,
                                const char *name,
                                guint depth);

/* --- text --- */

/* What stands for @c, or NULL when it stands for itself. */
static const char *
escape_of (guchar c, gboolean in_attribute)
{
  switch (c)
    {
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '&':
      return "&amp;";
    case '\r':
      return "&#13;";
    case '\n':
      return in_attribute ? "&#10;" : NULL;
    case '\t':
      return in_attribute ? "&#9;" : NULL;
    case '\'':
      return in_attribute ? "&apos;" : NULL;
    case '"':
      return in_attribute ? "&quot;" : NULL;
    default:
      return c < 0x20 ? "\xef\xbf\xbd" : NULL;
    }
}

/* U+FFFE and U+FFFF are no characters of XML. */
static gboolean
is_noncharacter (const guchar *at)
{
  return at[0] == 0xef && at[1] == 0xbf && (at[2] == 0xbe || at[2] == 0xbf);
}

static void
append_escaped (GString *out, const char *text, gboolean in_attribute)
{
  const char *run = text;
  const char *at;

  for (at = text; *at != '\0'; at++)
    {
      gboolean is_bad = is_noncharacter ((const guchar *)at);
      const char *escape = is_bad ? "\xef\xbf\xbd" : escape_of ((guchar)*at, in_attribute);

      if (escape == NULL)
        continue;
      g_string_append_len (out, run, at - run);
      g_string_append (out, escape);
      at += is_bad ? 2 : 0;
      run = at + 1;
    }
  g_string_append_len (out, run, at - run);
}

void
roost_xml_append_text (GString *out, const char *text)
{
  append_escaped (out, text, FALSE);
}

void
roost_xml_append_attribute (GString *out, const char *text)
{
  append_escaped (out, text, TRUE);
}

static void
append_indent (GString *out, guint depth)
{
  for (guint i = 0; i < depth; i++)
    g_string_append_len (out, "  ", 2);
}

static void
append_attribute (GString *out, const char *name, const char *text)
{
  g_string_append_c (out, ' ');
  g_string_append (out, name);
  g_string_append_len (out, "='", 2);
  roost_xml_append_attribute (out, text);
  g_string_append_c (out, '\'');
}

/* --- rows --- */

static gboolean
is_shown (const Formatter *formatter, const RoostPlanRow *row)
{
  if ((row->flags & ROOST_FIELD_SECRET) != 0 && (formatter->flags & ROOST_FORMAT_SECRETS) == 0)
    return FALSE;
  return (row->flags & ROOST_FIELD_OUTPUT) == 0 || (formatter->flags & ROOST_FORMAT_LIVE) != 0;
}

static const RoostPlanRow *
pick (const Formatter *formatter, const RoostPlanRow *first, gconstpointer object)
{
  const RoostPlanRow *row = roost_plan_pick (first, object);

  return row != NULL && is_shown (formatter, row) ? row : NULL;
}

/* Appends the attributes of @plan. Returns: whether there were any */
static gboolean
format_attributes (Formatter *formatter, const RoostPlanNode *plan, gconstpointer object)
{
  gsize before = formatter->out->len;
  const RoostField *size = NULL;

  for (guint i = 0; i < plan->attrs->len; i++)
    {
      const RoostPlanRow *row = pick (formatter, plan->attrs->pdata[i], object);
      g_auto (RoostValueText) space = { 0 };
      const char *text;

      text = row != NULL ? roost_value_text (row->field, ROOST_MEMBER (object, row), &space) : NULL;
      if (text == NULL)
        continue;
      append_attribute (formatter->out, row->attr, text);
      if (row->field->kind == ROOST_FIELD_SIZE && size == NULL)
        {
          size = row->field;
          append_attribute (formatter->out, "unit", size->unit);
        }
    }
  return formatter->out->len > before;
}

/* Returns: whether there are any */
static gboolean
format_declarations (Formatter *formatter, const RoostPlanNode *plan, gconstpointer object)
{
  const char *text = NULL;

  if (plan->xmlns != NULL)
    text = *(char *const *)ROOST_MEMBER (object, plan->xmlns);
  if (text != NULL)
    g_string_append (formatter->out, text);
  if (plan == formatter->root && formatter->declare_at == 0)
    formatter->declare_at = formatter->out->len;
  return text != NULL;
}

/* Appends ">text</name>". Returns: whether there is text */
static gboolean
format_text (Formatter *formatter,
             const RoostPlanNode *plan,
             gconstpointer object,
             const char *name)
{
  const RoostPlanRow *row = pick (formatter, plan->text, object);
  g_auto (RoostValueText) space = { 0 };
  const char *text;

  text = row != NULL ? roost_value_text (row->field, ROOST_MEMBER (object, row), &space) : NULL;
  if (text == NULL || text[0] == '\0')
    return FALSE;
  if (row->field->kind == ROOST_FIELD_SIZE)
    append_attribute (formatter->out, "unit", row->field->unit);
  g_string_append_c (formatter->out, '>');
  roost_xml_append_text (formatter->out, text);
  g_string_append_len (formatter->out, "</", 2);
  g_string_append (formatter->out, name);
  g_string_append_len (formatter->out, ">\n", 2);
  return TRUE;
}

static void
format_raw (Formatter *formatter, const char *text, guint depth)
{
  if (text == NULL || text[0] == '\0')
    return;
  append_indent (formatter->out, depth);
  g_string_append (formatter->out, text);
  g_string_append_c (formatter->out, '\n');
}

static void
format_struct (Formatter *formatter,
               const RoostPlan *plan,
               gconstpointer object,
               const char *name,
               guint depth)
{
  gsize before = formatter->out->len;

  if (object == NULL)
    return;
  if (plan->raw != NULL)
    {
      format_raw (formatter, *(char *const *)ROOST_MEMBER (object, plan->raw), depth);
      return;
    }
  if (format_element (formatter, plan->root, object, name, depth))
    return;
  g_string_truncate (formatter->out, before);
  append_indent (formatter->out, depth);
  g_string_append_printf (formatter->out, "<%s/>\n", name);
}

static void
format_list (Formatter *formatter,
             const RoostPlanRow *row,
             const GPtrArray *list,
             const char *name,
             guint depth)
{
  for (guint i = 0; list != NULL && i < list->len; i++)
    format_struct (formatter, row->plan, list->pdata[i], name, depth);
}

static void
format_flag (Formatter *formatter,
             const RoostPlanNode *plan,
             gconstpointer object,
             gboolean is_on,
             guint depth)
{
  if (format_element (formatter, plan, object, plan->name, depth) || !is_on)
    return;
  append_indent (formatter->out, depth);
  g_string_append_printf (formatter->out, "<%s/>\n", plan->name);
}

static void
format_whole_element (Formatter *formatter,
                      const RoostPlanNode *plan,
                      gconstpointer object,
                      guint depth)
{
  const RoostPlanRow *row = pick (formatter, plan->element, object);
  gpointer member;

  if (row == NULL)
    return;
  member = ROOST_MEMBER (object, row);
  if (row->field->kind == ROOST_FIELD_STRUCT)
    format_struct (formatter, row->plan, *(gpointer *)member, plan->name, depth);
  else if (row->field->kind == ROOST_FIELD_LIST)
    format_list (formatter, row, *(GPtrArray **)member, plan->name, depth);
  else if (row->field->kind == ROOST_FIELD_XML)
    format_raw (formatter, *(char **)member, depth);
  else
    format_flag (formatter, plan, object, *(gboolean *)member, depth);
}

static void
use_namespace (Formatter *formatter, const char *prefix)
{
  const RoostNamespace *ns = formatter->namespaces;

  for (guint i = 0; ns != NULL && ns[i].prefix != NULL; i++)
    if (g_str_equal (ns[i].prefix, prefix))
      formatter->used |= 1u << i;
}

static void
format_children (Formatter *formatter, const RoostPlanNode *plan, gconstpointer object, guint depth)
{
  for (guint i = 0; i < plan->children->len; i++)
    {
      const RoostPlanNode *child = plan->children->pdata[i];
      gsize before = formatter->out->len;

      if (child->element != NULL)
        format_whole_element (formatter, child, object, depth);
      else
        format_element (formatter, child, object, child->name, depth);
      if (child->prefix != NULL && formatter->out->len > before)
        use_namespace (formatter, child->prefix);
    }
  if (plan->foreign != NULL)
    format_raw (formatter, *(char *const *)ROOST_MEMBER (object, plan->foreign), depth);
}

/* Returns: whether the element holds anything; when not, nothing was appended */
static gboolean
format_element (Formatter *formatter,
                const RoostPlanNode *plan,
                gconstpointer object,
                const char *name,
                guint depth)
{
  GString *out = formatter->out;
  gsize start = out->len;
  gsize head, body;
  gboolean has_attributes;

  append_indent (out, depth);
  g_string_append_c (out, '<');
  g_string_append (out, name);
  has_attributes = format_attributes (formatter, plan, object);
  has_attributes |= format_declarations (formatter, plan, object);
  if (plan->text != NULL && format_text (formatter, plan, object, name))
    return TRUE;
  head = out->len;
  g_string_append_len (out, ">\n", 2);
  body = out->len;
  format_children (formatter, plan, object, depth + 1);
  if (out->len > body)
    {
      append_indent (out, depth);
      g_string_append_len (out, "</", 2);
      g_string_append (out, name);
      g_string_append_len (out, ">\n", 2);
      return TRUE;
    }
  g_string_truncate (out, has_attributes ? head : start);
  if (has_attributes)
    g_string_append_len (out, "/>\n", 3);
  return has_attributes;
}

/* Is "xmlns:@prefix" among @declarations, " name='…' name='…'"? */
static gboolean
is_declared (const char *declarations, const char *prefix)
{
  const char *at = declarations;

  while (at != NULL && *at != '\0')
    {
      const char *quote = at + strcspn (at, "'\"");

      if (g_str_has_prefix (at, " xmlns:") && g_str_has_prefix (at + 7, prefix)
          && at[7 + strlen (prefix)] == '=')
        return TRUE;
      at = *quote != '\0' ? strchr (quote + 1, *quote) : NULL;
      at = at != NULL ? at + 1 : NULL;
    }
  return FALSE;
}

/* Declares at the root the known namespaces that were used and that @declared has not. */
static void
declare_used (Formatter *formatter, const char *declared)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; formatter->used >> i != 0; i++)
    {
      const RoostNamespace *ns = &formatter->namespaces[i];

      if ((formatter->used >> i & 1) != 0 && !is_declared (declared, ns->prefix))
        g_string_append_printf (text, " xmlns:%s='%s'", ns->prefix, ns->uri);
    }
  g_string_insert_len (formatter->out, (gssize)formatter->declare_at, text->str, (gssize)text->len);
}

void
roost_type_format (const RoostType *type,
                   gconstpointer object,
                   const char *name,
                   guint flags,
                   guint depth,
                   GString *out)
{
  const RoostPlan *plan = roost_plan_get (type);
  Formatter formatter = { out, flags, type->namespaces, 0, plan->root, 0 };
  const char *declared = NULL;

  format_struct (&formatter, plan, object, name, depth);
  if (plan->root->xmlns != NULL)
    declared = *(char *const *)ROOST_MEMBER (object, plan->root->xmlns);
  if (formatter.used != 0)
    declare_used (&formatter, declared);
}
