/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fields-private.h"

#include <inttypes.h>

/*
 * RELAX NG from a table. Each type is a named pattern, children interleave. Conditions (.only) are
 * not expressed: a field that has one is optional, and alternatives for one place are a choice.
 */
typedef struct
{
  GString *out;
  guint depth;
  const RoostNamespace *namespaces; /* (nullable) */
  GPtrArray *plans;                 /* of RoostPlan, those whose pattern was asked for */
} Schema;

static void line (Schema *schema, const char *format, ...) G_GNUC_PRINTF (2, 3);
static void open_tag (Schema *schema, const char *format, ...) G_GNUC_PRINTF (2, 3);
static void write_content (Schema *schema, const RoostPlanNode *node);

/* Appends one line of markup with its arguments escaped. */
static void
append_line (Schema *schema, const char *format, va_list args)
{
  g_autofree char *text = g_markup_vprintf_escaped (format, args);

  g_string_append_printf (schema->out, "%*s%s\n", 2 * (int)schema->depth, "", text);
}

static void
line (Schema *schema, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  append_line (schema, format, args);
  va_end (args);
}

static void
open_tag (Schema *schema, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  append_line (schema, format, args);
  va_end (args);
  schema->depth++;
}

static void
close_tag (Schema *schema, const char *name)
{
  schema->depth--;
  line (schema, "</%s>", name);
}

/* --- values --- */

static void
write_pattern (Schema *schema, const char *pattern)
{
  line (schema, "<data type=\"string\"><param name=\"pattern\">%s</param></data>", pattern);
}

static void
write_number (Schema *schema, const RoostField *field)
{
  gboolean is_bounded = field->kind == ROOST_FIELD_UINT;

  open_tag (schema, "<data type=\"unsignedLong\">");
  if (is_bounded && field->min > 0)
    line (schema, "<param name=\"minInclusive\">%" PRIu64 "</param>", field->min);
  if (is_bounded && field->max > 0)
    line (schema, "<param name=\"maxInclusive\">%" PRIu64 "</param>", field->max);
  close_tag (schema, "data");
  write_pattern (schema, "\\s*0[xX][0-9a-fA-F]+\\s*");
}

static void
write_names (Schema *schema, const char *const *names)
{
  for (guint i = 1; names[i] != NULL; i++)
    line (schema, "<value>%s</value>", names[i]);
}

/* What the text of @field may be; to stand inside a choice. */
static void
write_value (Schema *schema, const RoostField *field)
{
  static const char *const yes_no[] = { "", "yes", "no", NULL };
  static const char *const on_off[] = { "", "on", "off", NULL };

  switch ((int)field->kind)
    {
    case ROOST_FIELD_YES_NO:
      write_names (schema, yes_no);
      break;
    case ROOST_FIELD_ON_OFF:
      write_names (schema, on_off);
      break;
    case ROOST_FIELD_ENUM:
      write_names (schema, field->names);
      break;
    case ROOST_FIELD_UINT:
    case ROOST_FIELD_SIZE:
      write_number (schema, field);
      break;
    case ROOST_FIELD_INT:
      line (schema, "<data type=\"long\"/>");
      break;
    case ROOST_FIELD_UUID:
      write_pattern (schema, "\\s*([0-9a-fA-F]{2}-?){15}[0-9a-fA-F]{2}\\s*");
      break;
    case ROOST_FIELD_MAC:
      write_pattern (schema, "([0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}");
      break;
    case ROOST_FIELD_BITMAP:
      write_pattern (schema, "[0-9,^ \\-]+");
      break;
    case ROOST_FIELD_CUSTOM:
      if (field->custom->pattern != NULL)
        {
          write_pattern (schema, field->custom->pattern);
          break;
        }
      G_GNUC_FALLTHROUGH;
    default:
      line (schema, "<text/>");
    }
}

static gboolean
is_certain (const RoostPlanRow *row)
{
  return (row->flags & ROOST_FIELD_REQUIRED) != 0 && row->conditions == NULL;
}

static void
write_attribute (Schema *schema, const RoostPlanRow *row)
{
  gboolean is_optional = !is_certain (row);

  if (is_optional)
    open_tag (schema, "<optional>");
  open_tag (schema, "<attribute name=\"%s\">", row->attr);
  open_tag (schema, "<choice>");
  for (const RoostPlanRow *each = row; each != NULL; each = each->next)
    write_value (schema, each->field);
  close_tag (schema, "choice");
  close_tag (schema, "attribute");
  if (is_optional)
    close_tag (schema, "optional");
}

static void
write_unit (Schema *schema)
{
  open_tag (schema, "<optional>");
  open_tag (schema, "<attribute name=\"unit\">");
  write_pattern (schema, "[bB]|[bB][yY][tT][eE][sS]|[kKmMgGtTpPeE]([iI]?[bB])?");
  close_tag (schema, "attribute");
  close_tag (schema, "optional");
}

static void
write_text (Schema *schema, const RoostPlanRow *row)
{
  if (is_certain (row) && row->field->kind == ROOST_FIELD_STRING)
    {
      line (schema, "<data type=\"string\"><param name=\"minLength\">1</param></data>");
      return;
    }
  open_tag (schema, "<choice>");
  if (!is_certain (row))
    line (schema, "<empty/>");
  for (const RoostPlanRow *each = row; each != NULL; each = each->next)
    write_value (schema, each->field);
  close_tag (schema, "choice");
}

/* --- elements --- */

static const char *
uri_of (const Schema *schema, const char *prefix)
{
  for (const RoostNamespace *ns = schema->namespaces; ns != NULL && ns->prefix != NULL; ns++)
    if (g_strcmp0 (ns->prefix, prefix) == 0)
      return ns->uri;
  return "";
}

static void
open_element (Schema *schema, const RoostPlanNode *node)
{
  open_tag (schema, "<element name=\"%s\" ns=\"%s\">", node->local, uri_of (schema, node->prefix));
}

static void
refer_to (Schema *schema, RoostPlan *plan)
{
  if (!g_ptr_array_find (schema->plans, plan, NULL))
    g_ptr_array_add (schema->plans, plan);
  line (schema, "<ref name=\"%s\"/>", plan->type->name);
}

static void
write_rows_of_element (Schema *schema, const RoostPlanNode *node)
{
  open_tag (schema, "<choice>");
  for (const RoostPlanRow *row = node->element; row != NULL; row = row->next)
    if (row->field->kind == ROOST_FIELD_XML)
      line (schema, "<ref name=\"any-content\"/>");
    else if (row->plan != NULL)
      refer_to (schema, row->plan);
    else
      write_content (schema, node);
  close_tag (schema, "choice");
}

/* Does some row in or below @node have to be there in every document? */
static gboolean
holds_required (const RoostPlanNode *node, const RoostPlan *plan)
{
  for (guint i = 0; i < plan->required->len; i++)
    {
      const RoostPlanRow *row = plan->required->pdata[i];

      if (row->anchor->parent != NULL || !is_certain (row))
        continue;
      for (const RoostPlanNode *at = row->node; at != NULL; at = at->parent)
        if (at == node)
          return TRUE;
    }
  return FALSE;
}

static void
write_child (Schema *schema, const RoostPlanNode *node)
{
  const RoostPlan *plan = node->plan;
  const char *wrap = holds_required (node, plan) ? NULL : "optional";

  if (node->element != NULL && node->element->field->kind == ROOST_FIELD_LIST)
    wrap = wrap == NULL ? "oneOrMore" : "zeroOrMore";
  if (wrap != NULL)
    open_tag (schema, "<%s>", wrap);
  open_element (schema, node);
  if (node->element != NULL)
    write_rows_of_element (schema, node);
  else
    write_content (schema, node);
  close_tag (schema, "element");
  if (wrap != NULL)
    close_tag (schema, wrap);
}

/* Elements of any namespace that is not ours, and unknown ones of known namespaces. */
static void
write_foreign (Schema *schema, const RoostPlanNode *node)
{
  open_tag (schema, "<zeroOrMore>");
  open_tag (schema, "<element>");
  open_tag (schema, "<anyName>");
  open_tag (schema, "<except>");
  line (schema, "<nsName ns=\"\"/>");
  for (guint i = 0; i < node->children->len; i++)
    {
      const RoostPlanNode *child = node->children->pdata[i];

      if (child->prefix != NULL)
        line (schema, "<name ns=\"%s\">%s</name>", uri_of (schema, child->prefix), child->local);
    }
  close_tag (schema, "except");
  close_tag (schema, "anyName");
  line (schema, "<ref name=\"any-content\"/>");
  close_tag (schema, "element");
  close_tag (schema, "zeroOrMore");
}

static void
write_children (Schema *schema, const RoostPlanNode *node)
{
  guint n = node->children->len + (node->foreign != NULL);

  if (n > 1)
    open_tag (schema, "<interleave>");
  for (guint i = 0; i < node->children->len; i++)
    write_child (schema, node->children->pdata[i]);
  if (node->foreign != NULL)
    write_foreign (schema, node);
  if (n > 1)
    close_tag (schema, "interleave");
}

static void
write_content (Schema *schema, const RoostPlanNode *node)
{
  open_tag (schema, "<group>");
  line (schema, "<empty/>");
  for (guint i = 0; i < node->attrs->len; i++)
    write_attribute (schema, node->attrs->pdata[i]);
  if (node->has_unit)
    write_unit (schema);
  if (node->text != NULL && node->children->len > 0)
    open_tag (schema, "<choice>");
  if (node->text != NULL)
    write_text (schema, node->text);
  write_children (schema, node);
  if (node->text != NULL && node->children->len > 0)
    close_tag (schema, "choice");
  close_tag (schema, "group");
}

/* --- the whole --- */

static void
write_define (Schema *schema, const RoostPlan *plan)
{
  open_tag (schema, "<define name=\"%s\">", plan->type->name);
  if (plan->raw != NULL)
    line (schema, "<ref name=\"any-content\"/>");
  else
    write_content (schema, plan->root);
  close_tag (schema, "define");
}

static void
write_any_content (Schema *schema)
{
  open_tag (schema, "<define name=\"any-content\">");
  open_tag (schema, "<zeroOrMore>");
  open_tag (schema, "<choice>");
  line (schema, "<attribute><anyName/></attribute>");
  line (schema, "<text/>");
  line (schema, "<element><anyName/><ref name=\"any-content\"/></element>");
  close_tag (schema, "choice");
  close_tag (schema, "zeroOrMore");
  close_tag (schema, "define");
}

char *
roost_type_to_rng (const RoostType *type, const char *name)
{
  g_autoptr (GPtrArray) plans = g_ptr_array_new ();
  Schema schema = { g_string_new (NULL), 0, type->namespaces, plans };

  line (&schema, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
  line (&schema, "<!-- Made from the tables of the model. -->");
  open_tag (&schema, "<grammar xmlns=\"http://relaxng.org/ns/structure/1.0\""
                     " datatypeLibrary=\"http://www.w3.org/2001/XMLSchema-datatypes\">");
  open_tag (&schema, "<start>");
  open_tag (&schema, "<element name=\"%s\">", name);
  refer_to (&schema, roost_plan_get (type));
  close_tag (&schema, "element");
  close_tag (&schema, "start");
  for (guint i = 0; i < plans->len; i++)
    write_define (&schema, plans->pdata[i]);
  write_any_content (&schema);
  close_tag (&schema, "grammar");
  return g_string_free (schema.out, FALSE);
}
