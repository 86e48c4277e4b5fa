/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fields-private.h"
#include "base/fields-xml.h"

#include "base/compat.h"
#include "base/error.h"

#include <string.h>

typedef struct
{
  RoostXml *xml;
  RoostIssues *issues;              /* (nullable) */
  const RoostNamespace *namespaces; /* (nullable) */
  const RoostXmlNode
      *declarer;   /* (nullable): the element whose "@xmlns:*" row keeps declarations */
  GPtrArray *raws; /* of const RoostXmlNode: elements kept as they stand */
  GError *error;   /* the first one */
} Parser;

/* One struct that is being filled. */
typedef struct
{
  Parser *parser;
  const RoostPlan *plan;
  gpointer object;
  guint64 *seen;  /* bits by the id of the plan's nodes */
  GArray *places; /* (nullable): of RoostPlace */
} Filling;

static gpointer parse_struct (Parser *parser, const RoostPlan *plan, const RoostXmlNode *node);
static void fill_element (Filling *filling, const RoostPlanNode *plan, const RoostXmlNode *node);

/* --- reports --- */

static void
fail (Parser *parser, const RoostXmlNode *node, const RoostXmlAttr *attr, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
static void
warn (Parser *parser, const RoostXmlNode *node, const RoostXmlAttr *attr, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static RoostPosition
position_of (Parser *parser, const RoostXmlNode *node, const RoostXmlAttr *attr)
{
  return attr != NULL ? roost_xml_attr_position (parser->xml, node, attr)
                      : roost_xml_position (parser->xml, node);
}

/* "<element>: attribute 'a': " */
static char *
prefix_of (const RoostXmlNode *node, const RoostXmlAttr *attr, const char *after_attr)
{
  return attr != NULL
             ? g_strdup_printf ("<%s>: attribute '%s'%s", node->name, attr->name, after_attr)
             : g_strdup_printf ("<%s>: ", node->name);
}

/* @attr: (nullable): what of @node it is about */
static void
fail (Parser *parser, const RoostXmlNode *node, const RoostXmlAttr *attr, const char *format, ...)
{
  RoostPosition at = position_of (parser, node, attr);
  g_autofree char *prefix = prefix_of (node, attr, ": ");
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  roost_issues_add (parser->issues, ROOST_ISSUE_ERROR, &at, "%s%s", prefix, text);
  if (parser->error == NULL)
    roost_throw (&parser->error, ROOST_ERROR_INVALID_XML, "line %u, column %u: %s%s", at.line,
                 at.column, prefix, text);
}

static void
warn (Parser *parser, const RoostXmlNode *node, const RoostXmlAttr *attr, const char *format, ...)
{
  g_autofree char *prefix = NULL;
  g_autofree char *text = NULL;
  RoostPosition at;
  va_list args;

  if (parser->issues == NULL)
    return;
  at = position_of (parser, node, attr);
  prefix = prefix_of (node, attr, " ");
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  roost_issues_add (parser->issues, ROOST_ISSUE_WARNING, &at, "%s%s; ignored", prefix, text);
}

/* With issues to fill, reading goes on after an error, to find them all. */
static gboolean
has_stopped (const Parser *parser)
{
  return parser->error != NULL && parser->issues == NULL;
}

static void
warn_misplaced (Parser *parser,
                const RoostXmlNode *node,
                const RoostXmlAttr *attr,
                const RoostPlanRow *row)
{
  warn (parser, node, attr, "applies only with %s",
        row->field->only != NULL ? row->field->only : "another kind of element");
}

/* --- seen elements --- */

static gboolean
is_seen (const Filling *filling, const RoostPlanNode *plan)
{
  return (filling->seen[plan->id / 64] >> (plan->id % 64) & 1) != 0;
}

static void
mark_seen (Filling *filling, const RoostPlanNode *plan)
{
  filling->seen[plan->id / 64] |= G_GUINT64_CONSTANT (1) << (plan->id % 64);
}

static void
note_place (Filling *filling, const RoostPlanNode *plan, const RoostXmlNode *node)
{
  RoostPlace place = { .node = plan };

  if (filling->places == NULL)
    return;
  place.at = roost_xml_position (filling->parser->xml, node);
  g_array_append_val (filling->places, place);
}

/* --- names --- */

static const char *
uri_of_prefix (const Parser *parser, const char *prefix)
{
  for (const RoostNamespace *ns = parser->namespaces; ns != NULL && ns->prefix != NULL; ns++)
    if (g_str_equal (ns->prefix, prefix))
      return ns->uri;
  return NULL;
}

static gboolean
is_known_uri (const Parser *parser, const char *uri)
{
  for (const RoostNamespace *ns = parser->namespaces; ns != NULL && ns->prefix != NULL; ns++)
    if (g_str_equal (ns->uri, uri))
      return TRUE;
  return FALSE;
}

static gboolean
name_matches (const Parser *parser, const RoostPlanNode *plan, const RoostXmlNode *node)
{
  if (plan->local[0] != node->name[0] || strcmp (plan->local, node->name) != 0)
    return FALSE;
  if (plan->prefix == NULL)
    return node->uri == NULL;
  return node->uri != NULL && g_strcmp0 (node->uri, uri_of_prefix (parser, plan->prefix)) == 0;
}

static const RoostPlanNode *
find_child (const Parser *parser, const RoostPlanNode *plan, const RoostXmlNode *node)
{
  for (guint i = 0; i < plan->children->len; i++)
    if (name_matches (parser, plan->children->pdata[i], node))
      return plan->children->pdata[i];
  return NULL;
}

static const RoostPlanRow *
find_attribute (const RoostPlanNode *plan, const char *name)
{
  for (guint i = 0; i < plan->attrs->len; i++)
    {
      const RoostPlanRow *row = plan->attrs->pdata[i];

      if (row->attr[0] == name[0] && strcmp (row->attr, name) == 0)
        return row;
    }
  return NULL;
}

static const RoostXmlAttr *
attribute_of (const RoostXmlNode *node, const char *name)
{
  for (const RoostXmlAttr *attr = node->attrs; attr != NULL; attr = attr->next)
    if (attr->prefix == NULL && strcmp (attr->name, name) == 0)
      return attr;
  return NULL;
}

/* --- elements kept as they stand --- */

/* Does @length bytes of XML mention "prefix:"? Says yes too often rather than too seldom. */
static gboolean
mentions_prefix (const char *text, gsize length, const char *prefix)
{
  g_autofree char *mark = g_strconcat (prefix, ":", NULL);

  return memmem (text, length, mark, strlen (mark)) != NULL;
}

/* Appends the declaration of @ns, which stands in @node, with the very text of its URI. */
static void
append_declaration (const Parser *parser,
                    GString *out,
                    const RoostXmlNode *node,
                    const RoostXmlNs *ns)
{
  g_autofree char *name = g_strconcat (ns->prefix != NULL ? "xmlns:" : "xmlns", ns->prefix, NULL);
  g_autofree char *value = roost_xml_attribute_source (parser->xml, node, name);

  g_string_append_printf (out, " %s=%s", name, value != NULL ? value : "''");
}

static gboolean
declares (const RoostXmlNode *node, const char *prefix)
{
  for (const RoostXmlNs *ns = node->namespaces; ns != NULL; ns = ns->next)
    if (g_strcmp0 (ns->prefix, prefix) == 0)
      return TRUE;
  return FALSE;
}

/* Is @ns, declared at @at, hidden from @node by another declaration between them? */
static gboolean
is_hidden (const RoostXmlNs *ns, const RoostXmlNode *at, const RoostXmlNode *node)
{
  for (; node != at; node = node->parent)
    if (declares (node, ns->prefix))
      return TRUE;
  return FALSE;
}

/* The declarations around @node that it needs and that will not be formatted around it again. */
static char *
lost_declarations (const Parser *parser, const RoostXmlNode *node, const char *text, gsize length)
{
  GString *out = g_string_new (NULL);

  for (const RoostXmlNode *at = node->parent; at != NULL; at = at->parent)
    for (const RoostXmlNs *ns = at->namespaces; ns != NULL; ns = ns->next)
      if ((at != parser->declarer || ns->prefix == NULL) && !is_hidden (ns, at, node)
          && (ns->prefix == NULL || mentions_prefix (text, length, ns->prefix)))
        append_declaration (parser, out, at, ns);
  return g_string_free (out, FALSE);
}

static void
append_raw (Parser *parser, const RoostXmlNode *node, GString *out)
{
  gsize length, name_length;
  const char *text = roost_xml_source (parser->xml, node, &length);
  g_autofree char *lost = lost_declarations (parser, node, text, length);

  name_length = strcspn (text, " \t\r\n/>");
  g_string_append_len (out, text, (gssize)name_length);
  g_string_append (out, lost);
  g_string_append_len (out, text + name_length, (gssize)(length - name_length));
  g_ptr_array_add (parser->raws, (gpointer)node);
}

static char *
raw_of (Parser *parser, const RoostXmlNode *node)
{
  GString *out = g_string_new (NULL);

  append_raw (parser, node, out);
  return g_string_free (out, FALSE);
}

static gboolean
raws_mention (const Parser *parser, const char *prefix)
{
  for (guint i = 0; i < parser->raws->len; i++)
    {
      gsize length;
      const char *text = roost_xml_source (parser->xml, parser->raws->pdata[i], &length);

      if (mentions_prefix (text, length, prefix))
        return TRUE;
    }
  return FALSE;
}

/* Known namespaces are declared by the formatter when it uses them; a declaration is kept when it
 * is of an unknown one, or when an element that is kept as it stands needs it. */
static void
keep_declarations (Filling *filling, const RoostPlanRow *row, const RoostXmlNode *node)
{
  Parser *parser = filling->parser;
  GString *out = g_string_new (NULL);

  for (const RoostXmlNs *ns = node->namespaces; ns != NULL; ns = ns->next)
    {
      const char *uri = ns->prefix != NULL ? uri_of_prefix (parser, ns->prefix) : NULL;

      if (ns->prefix == NULL)
        continue;
      if (uri != NULL && !g_str_equal (uri, ns->uri))
        fail (parser, node, NULL, "the prefix '%s' must stand for %s", ns->prefix, uri);
      else if (!is_known_uri (parser, ns->uri) || raws_mention (parser, ns->prefix))
        append_declaration (parser, out, node, ns);
    }
  *(char **)ROOST_MEMBER (filling->object, row) = g_string_free (out, out->len == 0);
}

/* Takes @node and all that follow it and are not ours. */
static void
keep_foreign (Filling *filling, const RoostPlanNode *plan, const RoostXmlNode *node)
{
  char **member = ROOST_MEMBER (filling->object, plan->foreign);
  GString *out;

  if (*member != NULL)
    return;
  out = g_string_new (NULL);
  for (; node != NULL; node = node->next)
    if (node->uri != NULL && find_child (filling->parser, plan, node) == NULL)
      append_raw (filling->parser, node, out);
  *member = g_string_free (out, FALSE);
}

/* --- values --- */

/* @attr: (nullable): where @text is from; otherwise it is the text of @node */
static void
fill_value (Filling *filling,
            const RoostPlanRow *row,
            const RoostXmlNode *node,
            const RoostXmlAttr *attr,
            const char *text)
{
  const RoostXmlAttr *unit =
      row->field->kind == ROOST_FIELD_SIZE ? attribute_of (node, "unit") : NULL;
  g_autoptr (GError) error = NULL;

  if (!roost_value_parse (row->field, ROOST_MEMBER (filling->object, row), text,
                          unit != NULL ? unit->value : NULL, &error))
    fail (filling->parser, node, attr, "%s", error->message);
}

static gboolean
is_blank (const char *text)
{
  return text == NULL || text[strspn (text, " \t\r\n")] == '\0';
}

static void
fill_text_row (Filling *filling, const RoostPlanRow *row, const RoostXmlNode *node)
{
  if (node->text != NULL && (row->field->kind == ROOST_FIELD_STRING || !is_blank (node->text)))
    fill_value (filling, row, node, NULL, node->text);
}

/* --- walking --- */

static void
fill_attribute (Filling *filling,
                const RoostPlanNode *plan,
                const RoostXmlNode *node,
                const RoostXmlAttr *attr)
{
  const RoostPlanRow *first = attr->prefix == NULL ? find_attribute (plan, attr->name) : NULL;
  const RoostPlanRow *row = roost_plan_pick (first, filling->object);

  if (row != NULL && !row->is_key)
    fill_value (filling, row, node, attr, attr->value);
  else if (first != NULL && row == NULL)
    warn_misplaced (filling->parser, node, attr, first);
  else if (first == NULL && !(plan->has_unit && g_str_equal (attr->name, "unit")))
    warn (filling->parser, node, attr, "is not known here");
}

static void
fill_text (Filling *filling, const RoostPlanNode *plan, const RoostXmlNode *node)
{
  gboolean is_expected = plan->text != NULL && (node->children == NULL || plan->children->len == 0);
  const RoostPlanRow *row = is_expected ? roost_plan_pick (plan->text, filling->object) : NULL;

  if (row != NULL && !row->is_key)
    fill_text_row (filling, row, node);
  else if (is_expected && row == NULL)
    warn_misplaced (filling->parser, node, NULL, plan->text);
  if (node->has_late_text || (!is_expected && !is_blank (node->text)))
    warn (filling->parser, node, NULL, "text is not expected here");
}

static void
fill_list (Filling *filling, const RoostPlanRow *row, const RoostXmlNode *node)
{
  GPtrArray **list = ROOST_MEMBER (filling->object, row);

  if (*list == NULL)
    *list = g_ptr_array_new ();
  g_ptr_array_add (*list, parse_struct (filling->parser, row->plan, node));
}

static void
fill_whole_element (Filling *filling, const RoostPlanNode *plan, const RoostXmlNode *node)
{
  const RoostPlanRow *row = roost_plan_pick (plan->element, filling->object);

  if (row == NULL)
    warn_misplaced (filling->parser, node, NULL, plan->element);
  else if (row->field->kind == ROOST_FIELD_LIST)
    fill_list (filling, row, node);
  else if (is_seen (filling, plan) && (row->field->flags & ROOST_FIELD_ONCE) != 0)
    fail (filling->parser, node, NULL, "stands here a second time; there can be one only");
  else if (is_seen (filling, plan))
    warn (filling->parser, node, NULL, "stands here a second time");
  else if (row->field->kind == ROOST_FIELD_STRUCT)
    *(gpointer *)ROOST_MEMBER (filling->object, row) =
        parse_struct (filling->parser, row->plan, node);
  else if (row->field->kind == ROOST_FIELD_XML)
    *(char **)ROOST_MEMBER (filling->object, row) = raw_of (filling->parser, node);
  else
    {
      *(gboolean *)ROOST_MEMBER (filling->object, row) = TRUE;
      fill_element (filling, plan, node);
    }
  mark_seen (filling, plan);
}

static void
fill_child (Filling *filling, const RoostPlanNode *parent, const RoostXmlNode *node)
{
  const RoostPlanNode *plan = find_child (filling->parser, parent, node);

  if (plan != NULL && !is_seen (filling, plan))
    note_place (filling, plan, node);
  if (plan == NULL && node->uri != NULL && parent->foreign != NULL)
    keep_foreign (filling, parent, node);
  else if (plan == NULL)
    warn (filling->parser, node, NULL, "is not known in <%s>", node->parent->name);
  else if (plan->element != NULL)
    fill_whole_element (filling, plan, node);
  else if (is_seen (filling, plan) && !plan->is_container)
    warn (filling->parser, node, NULL, "stands here a second time");
  else
    {
      mark_seen (filling, plan);
      fill_element (filling, plan, node);
    }
}

static void
fill_positions (Filling *filling, const RoostPlanNode *plan, const RoostXmlNode *node)
{
  for (guint i = 0; i < plan->positions->len; i++)
    {
      gsize offset = g_array_index (plan->positions, gsize, i);
      RoostPosition *position = (gpointer)((char *)filling->object + offset);

      if (position->line == 0)
        *position = roost_xml_position (filling->parser->xml, node);
    }
}

static void
fill_element (Filling *filling, const RoostPlanNode *plan, const RoostXmlNode *node)
{
  fill_positions (filling, plan, node);
  for (const RoostXmlAttr *attr = node->attrs; attr != NULL && !has_stopped (filling->parser);
       attr = attr->next)
    fill_attribute (filling, plan, node, attr);
  fill_text (filling, plan, node);
  for (const RoostXmlNode *child = node->children; child != NULL && !has_stopped (filling->parser);
       child = child->next)
    fill_child (filling, plan, child);
  if (plan->xmlns != NULL)
    keep_declarations (filling, plan->xmlns, node);
}

/* --- what other rows depend on, and what must be there --- */

static const RoostXmlNode *
find_node (const Parser *parser, const RoostPlanNode *plan, const RoostXmlNode *root)
{
  const RoostXmlNode *parent;

  if (plan->parent == NULL)
    return root;
  parent = find_node (parser, plan->parent, root);
  for (const RoostXmlNode *node = parent != NULL ? parent->children : NULL; node != NULL;
       node = node->next)
    if (name_matches (parser, plan, node))
      return node;
  return NULL;
}

static void
fill_key (Filling *filling, const RoostPlanRow *row, const RoostXmlNode *root)
{
  const RoostXmlNode *node = find_node (filling->parser, row->node, root);
  const RoostXmlAttr *attr;

  if (node == NULL || !roost_plan_row_applies (row, filling->object))
    return;
  if (row->attr == NULL)
    {
      fill_text_row (filling, row, node);
      return;
    }
  attr = attribute_of (node, row->attr);
  if (attr != NULL)
    fill_value (filling, row, node, attr, attr->value);
}

static void
check_required (Filling *filling, const RoostPlanRow *row, const RoostXmlNode *node)
{
  Parser *parser = filling->parser;

  if (row->anchor->parent != NULL && !is_seen (filling, row->anchor))
    return;
  if (roost_value_is_set (row->field, ROOST_MEMBER (filling->object, row))
      || !roost_plan_row_applies (row, filling->object))
    return;
  if (row->attr != NULL && row->node->parent != NULL)
    fail (parser, node, NULL, "attribute '%s' of <%s> is missing", row->attr, row->node->name);
  else if (row->attr != NULL)
    fail (parser, node, NULL, "attribute '%s' is missing", row->attr);
  else if (row->node->parent != NULL)
    fail (parser, node, NULL, "<%s> is missing", row->node->name);
  else
    fail (parser, node, NULL, "its text is missing");
}

/* So many elements have most documents. */
#define N_PLACES 64

/* Always returns a struct: what could be read, when there are errors. */
static gpointer
parse_struct (Parser *parser, const RoostPlan *plan, const RoostXmlNode *node)
{
  gsize n_seen = plan->n_nodes / 64 + 1;
  guint64 *seen = g_newa0 (guint64, n_seen);
  Filling filling = { parser, plan, g_malloc0 (plan->type->size), seen, NULL };
  const GError *before = parser->error;

  if (plan->raw != NULL)
    {
      *(char **)ROOST_MEMBER (filling.object, plan->raw) = raw_of (parser, node);
      return filling.object;
    }
  if (roost_plan_places (plan, filling.object) != NULL)
    {
      filling.places = g_array_sized_new (FALSE, FALSE, sizeof (RoostPlace), N_PLACES);
      *roost_plan_places (plan, filling.object) = filling.places;
      note_place (&filling, plan->root, node);
    }
  for (guint i = 0; i < plan->keys->len && !has_stopped (parser); i++)
    fill_key (&filling, plan->keys->pdata[i], node);
  fill_element (&filling, plan->root, node);
  for (guint i = 0; i < plan->required->len && parser->error == before; i++)
    check_required (&filling, plan->required->pdata[i], node);
  return filling.object;
}

gpointer
roost_type_parse (const RoostType *type,
                  RoostXml *xml,
                  const RoostXmlNode *node,
                  RoostIssues *issues,
                  GError **error)
{
  const RoostPlan *plan = roost_plan_get (type);
  g_autoptr (GPtrArray) raws = g_ptr_array_new ();
  Parser parser = { xml,  issues, type->namespaces, plan->root->xmlns != NULL ? node : NULL,
                    raws, NULL };
  gpointer object = parse_struct (&parser, plan, node);

  if (parser.error == NULL)
    return object;
  roost_type_free (type, object);
  g_propagate_error (error, parser.error);
  return NULL;
}

gpointer
roost_type_parse_text (
    const RoostType *type, const char *name, const char *text, RoostIssues *issues, GError **error)
{
  g_autoptr (RoostXml) xml = roost_xml_parse (text, -1, issues, error);
  Parser parser = { xml, issues };

  if (xml == NULL)
    return NULL;
  if (roost_xml_node_is (xml->root, name))
    return roost_type_parse (type, xml, xml->root, issues, error);
  fail (&parser, xml->root, NULL, "the document must begin with <%s>", name);
  g_propagate_error (error, parser.error);
  return NULL;
}
