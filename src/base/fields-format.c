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
  gsize declare_at;                 /* the end of the root's attributes */
} Formatter;

/* A struct that is being written. Elements are opened when the first of their rows is there. */
typedef struct
{
  Formatter *formatter;
  gconstpointer object;
  const char *name;
  const RoostPlanNode *open; /* the innermost element that is not ended */
  gboolean in_tag;           /* its start tag is not ended either */
  gboolean has_unit;         /* and it has a unit, which all sizes in it share */
  guint depth;               /* its depth */
} Frame;

static void format_struct (Formatter *formatter,
                           const RoostPlan *plan,
                           gconstpointer object,
                           const char *name,
                           guint depth);

/* --- text --- */

/* The bytes that need no second look. */
static const gboolean is_plain[256] = {
  [' '] = TRUE, ['!'] = TRUE,          ['#' ... '%'] = TRUE,   ['(' ... ';'] = TRUE,
  ['='] = TRUE, ['?' ... 0x7f] = TRUE, [0x80 ... 0xee] = TRUE, [0xf0 ... 0xff] = TRUE,
};

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

/* How many bytes of @text stand for themselves. */
static gsize
plain_length (const char *text)
{
  const guchar *at = (const guchar *)text;

  while (is_plain[*at])
    at++;
  return (gsize)(at - (const guchar *)text);
}

static void
append_escaped (GString *out, const char *text, gboolean in_attribute)
{
  for (;;)
    {
      gsize length = plain_length (text);
      const char *escape;

      g_string_append_len (out, text, (gssize)length);
      text += length;
      if (*text == '\0')
        return;
      escape = escape_of ((guchar)*text, in_attribute);
      if (is_noncharacter ((const guchar *)text))
        {
          g_string_append (out, "\xef\xbf\xbd");
          text += 2;
        }
      else if (escape != NULL)
        g_string_append (out, escape);
      else
        g_string_append_c (out, *text);
      text++;
    }
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
  static const char spaces[] = "                                ";

  for (guint n = 2 * depth; n > 0; n -= MIN (n, sizeof spaces - 1))
    g_string_append_len (out, spaces, (gssize)MIN (n, sizeof spaces - 1));
}

/* In one piece when there is nothing to escape. */
static void
append_attribute (GString *out, const char *name, const char *text)
{
  gsize name_length = strlen (name);
  gsize length = plain_length (text);
  gsize at = out->len;
  char *to;

  if (text[length] != '\0')
    length = 0;
  g_string_set_size (out, at + name_length + length + 4);
  to = out->str + at;
  *to++ = ' ';
  memcpy (to, name, name_length);
  to += name_length;
  *to++ = '=';
  *to++ = '\'';
  memcpy (to, text, length);
  to[length] = '\'';
  if (text[length] == '\0')
    return;
  g_string_truncate (out, out->len - 1);
  roost_xml_append_attribute (out, text);
  g_string_append_c (out, '\'');
}

/* --- elements --- */

static const char *
name_of (const Frame *frame, const RoostPlanNode *node)
{
  return node->name != NULL ? node->name : frame->name;
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
end_start_tag (Frame *frame, const char *end)
{
  Formatter *formatter = frame->formatter;

  if (formatter->declare_at == 0)
    formatter->declare_at = formatter->out->len;
  g_string_append (formatter->out, end);
  frame->in_tag = FALSE;
}

static void
end_element (Frame *frame)
{
  GString *out = frame->formatter->out;

  if (frame->in_tag)
    end_start_tag (frame, "/>\n");
  else
    {
      append_indent (out, frame->depth);
      g_string_append_len (out, "</", 2);
      g_string_append (out, name_of (frame, frame->open));
      g_string_append_len (out, ">\n", 2);
    }
  frame->open = frame->open->parent;
  frame->depth--;
}

static void
start_element (Frame *frame, const RoostPlanNode *node)
{
  GString *out = frame->formatter->out;

  if (node->parent != NULL && frame->open != node->parent)
    start_element (frame, node->parent);
  if (frame->in_tag)
    end_start_tag (frame, ">\n");
  if (node->prefix != NULL)
    use_namespace (frame->formatter, node->prefix);
  frame->depth += frame->open != NULL;
  append_indent (out, frame->depth);
  g_string_append_c (out, '<');
  g_string_append (out, name_of (frame, node));
  frame->open = node;
  frame->in_tag = TRUE;
  frame->has_unit = FALSE;
}

/* Makes @node the innermost open element. */
static void
go_to (Frame *frame, const RoostPlanNode *node)
{
  while (node->id < frame->open->id || node->id > frame->open->last_id)
    end_element (frame);
  if (frame->open != node)
    start_element (frame, node);
}

/* Makes @node the innermost open element, ready for what stands in it. */
static void
go_inside (Frame *frame, const RoostPlanNode *node)
{
  go_to (frame, node);
  if (frame->in_tag)
    end_start_tag (frame, ">\n");
}

/* --- rows --- */

static gboolean
is_shown (const Formatter *formatter, const RoostPlanRow *row)
{
  if ((row->flags & ROOST_FIELD_SECRET) != 0 && (formatter->flags & ROOST_FORMAT_SECRETS) == 0)
    return FALSE;
  return (row->flags & ROOST_FIELD_OUTPUT) == 0 || (formatter->flags & ROOST_FORMAT_LIVE) != 0;
}

static void
format_attribute (Frame *frame, const RoostPlanRow *row, const char *text)
{
  go_to (frame, row->node);
  append_attribute (frame->formatter->out, row->attr, text);
  if (row->field->kind == ROOST_FIELD_SIZE && !frame->has_unit)
    append_attribute (frame->formatter->out, "unit", roost_field_shown_unit (row->field));
  frame->has_unit |= row->field->kind == ROOST_FIELD_SIZE;
}

static void
format_text (Frame *frame, const RoostPlanRow *row, const char *text)
{
  GString *out = frame->formatter->out;

  if (text[0] == '\0')
    return;
  go_to (frame, row->node);
  if (row->field->kind == ROOST_FIELD_SIZE)
    append_attribute (out, "unit", roost_field_shown_unit (row->field));
  end_start_tag (frame, ">");
  roost_xml_append_text (out, text);
  g_string_append_len (out, "</", 2);
  g_string_append (out, name_of (frame, row->node));
  g_string_append_len (out, ">\n", 2);
  frame->open = frame->open->parent;
  frame->depth--;
}

static void
format_value (Frame *frame, const RoostPlanRow *row, gconstpointer member)
{
  g_auto (RoostValueText) space = { 0 };
  const char *text = roost_value_text (row->field, member, &space);

  if (text != NULL && row->attr != NULL)
    format_attribute (frame, row, text);
  else if (text != NULL)
    format_text (frame, row, text);
}

static void
append_raw (GString *out, const char *text, guint depth)
{
  append_indent (out, depth);
  g_string_append (out, text);
  g_string_append_c (out, '\n');
}

static void
format_xml (Frame *frame, const RoostPlanRow *row, const char *text)
{
  if (row == row->node->xmlns)
    {
      go_to (frame, row->node);
      g_string_append (frame->formatter->out, text);
      return;
    }
  go_inside (frame, row == row->node->foreign ? row->node : row->node->parent);
  append_raw (frame->formatter->out, text, frame->depth + 1);
}

static void
format_list (Frame *frame, const RoostPlanRow *row, const GPtrArray *list)
{
  if (list->len > 0)
    go_inside (frame, row->node->parent);
  for (guint i = 0; i < list->len; i++)
    format_struct (frame->formatter, row->plan, list->pdata[i], row->node->name, frame->depth + 1);
  if (list->len > 0 && row->node->prefix != NULL)
    use_namespace (frame->formatter, row->node->prefix);
}

static void
format_row (Frame *frame, const RoostPlanRow *row)
{
  gconstpointer member = ROOST_MEMBER (frame->object, row);

  if (!is_shown (frame->formatter, row) || !roost_plan_row_applies (row, frame->object))
    return;
  if (row->field->kind == ROOST_FIELD_FLAG)
    go_to (frame, row->node);
  else if (row->field->kind == ROOST_FIELD_XML)
    format_xml (frame, row, *(char *const *)member);
  else if (row->field->kind == ROOST_FIELD_LIST)
    format_list (frame, row, *(GPtrArray *const *)member);
  else if (row->field->kind != ROOST_FIELD_STRUCT)
    format_value (frame, row, member);
  else
    {
      go_inside (frame, row->node->parent);
      if (row->node->prefix != NULL)
        use_namespace (frame->formatter, row->node->prefix);
      format_struct (frame->formatter, row->plan, *(const gconstpointer *)member, row->node->name,
                     frame->depth + 1);
    }
}

static void
format_struct (Formatter *formatter,
               const RoostPlan *plan,
               gconstpointer object,
               const char *name,
               guint depth)
{
  const RoostPlanStep *step = (gpointer)plan->in_order->data;
  Frame frame = { .formatter = formatter, .object = object, .name = name, .depth = depth };

  if (plan->raw != NULL)
    {
      append_raw (formatter->out, *(char *const *)ROOST_MEMBER (object, plan->raw), depth);
      return;
    }
  start_element (&frame, plan->root);
  for (guint i = plan->in_order->len; i > 0; i--, step++)
    if (roost_plan_step_is_set (step, object))
      format_row (&frame, step->row);
  while (frame.open != NULL)
    end_element (&frame);
}

/* --- the whole --- */

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
  Formatter formatter = { out, flags, type->namespaces, 0, 0 };
  const char *declared = NULL;

  format_struct (&formatter, plan, object, name, depth);
  if (plan->root->xmlns != NULL)
    declared = *(char *const *)ROOST_MEMBER (object, plan->root->xmlns);
  if (formatter.used != 0)
    declare_used (&formatter, declared);
}
