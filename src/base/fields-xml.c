/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fields-private.h"

#include "base/error.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

/* Where an element's first "<" is, and what follows its last ">". */
typedef struct
{
  guint start;
  guint end;
} Extent;

struct RoostXml
{
  char *text;
  gsize length;
  xmlDoc *doc;
  GArray *extents;     /* of Extent; node->_private is the index + 1 */
  gsize cursor;        /* the place whose position was asked last … */
  RoostPosition at;    /* … and that position: documents are read from top to bottom */
  RoostIssues *issues; /* (nullable): during roost_xml_parse only */
  GError *error;       /* the first one, during roost_xml_parse only */
};

/* --- places --- */

static RoostPosition
position_of_offset (RoostXml *xml, gsize offset)
{
  const char *newline;
  gsize i;

  if (offset < xml->cursor || xml->at.line == 0)
    {
      xml->cursor = 0;
      xml->at = (RoostPosition){ 1, 1 };
    }
  i = xml->cursor;
  while ((newline = memchr (xml->text + i, '\n', offset - i)) != NULL)
    {
      i = (gsize)(newline - xml->text) + 1;
      xml->at.line++;
      xml->at.column = 1;
    }
  for (; i < offset; i++)
    xml->at.column += ((guchar)xml->text[i] & 0xc0) != 0x80;
  xml->cursor = offset;
  return xml->at;
}

static const Extent *
extent_of (RoostXml *xml, const xmlNode *node)
{
  return &g_array_index (xml->extents, Extent, GPOINTER_TO_UINT (node->_private) - 1);
}

/* Where the attribute @name (with its prefix) begins in the start tag of @node; NULL if nowhere. */
static const char *
find_in_start_tag (RoostXml *xml, const xmlNode *node, const char *name)
{
  const char *at = xml->text + extent_of (xml, node)->start;

  at += strcspn (at, " \t\r\n/>");
  for (;;)
    {
      const char *begin = at + strspn (at, " \t\r\n");
      gsize length = strcspn (begin, " \t\r\n=/>");
      const char *quote = begin + length + strcspn (begin + length, "'\">");

      if (*quote != '\'' && *quote != '"')
        return NULL;
      if (length == strlen (name) && strncmp (begin, name, length) == 0)
        return begin;
      at = strchr (quote + 1, *quote) + 1;
    }
}

char *
roost_xml_attribute_source (RoostXml *xml, const xmlNode *node, const char *name)
{
  const char *at = find_in_start_tag (xml, node, name);
  const char *quote = at != NULL ? at + strcspn (at, "'\"") : NULL;

  return at != NULL ? g_strndup (quote, (gsize)(strchr (quote + 1, *quote) + 1 - quote)) : NULL;
}

static gsize
offset_of_attribute (RoostXml *xml, const xmlAttr *attr)
{
  g_autofree char *name = NULL;
  const char *at;

  if (attr->ns != NULL && attr->ns->prefix != NULL)
    name = g_strdup_printf ("%s:%s", (const char *)attr->ns->prefix, (const char *)attr->name);
  at = find_in_start_tag (xml, attr->parent, name != NULL ? name : (const char *)attr->name);
  return at != NULL ? (gsize)(at - xml->text) : extent_of (xml, attr->parent)->start;
}

RoostPosition
roost_xml_position (RoostXml *xml, const xmlNode *node)
{
  if (node->type == XML_ATTRIBUTE_NODE)
    return position_of_offset (xml, offset_of_attribute (xml, (const xmlAttr *)node));
  return position_of_offset (xml, extent_of (xml, node)->start);
}

const char *
roost_xml_source (RoostXml *xml, const xmlNode *node, gsize *out_length)
{
  const Extent *extent = extent_of (xml, node);

  *out_length = extent->end - extent->start;
  return xml->text + extent->start;
}

/* --- refusals --- */

static void refuse (RoostXml *xml, RoostError code, gsize offset, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static void
refuse (RoostXml *xml, RoostError code, gsize offset, const char *format, ...)
{
  g_autofree char *text = NULL;
  RoostPosition at;
  va_list args;

  if (xml->error != NULL)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  at = position_of_offset (xml, MIN (offset, xml->length));
  roost_issues_add (xml->issues, ROOST_ISSUE_ERROR, &at, "%s", text);
  roost_throw (&xml->error, code, "line %u, column %u: %s", at.line, at.column, text);
}

/* The end of the XML declaration, which must not name another encoding. */
static gboolean
check_declaration (RoostXml *xml)
{
  const char *end = strstr (xml->text, "?>");
  g_autofree char *declaration = NULL;
  const char *value;
  gsize length;

  if (!g_str_has_prefix (xml->text, "<?xml") || end == NULL)
    return TRUE;
  declaration = g_strndup (xml->text, (gsize)(end - xml->text));
  value = strstr (declaration, "encoding");
  if (value == NULL)
    return TRUE;
  value += strlen ("encoding");
  value += strspn (value, " \t\r\n='\"");
  length = strcspn (value, " \t\r\n'\"");
  if ((length == 5 && g_ascii_strncasecmp (value, "UTF-8", 5) == 0)
      || (length == 8 && g_ascii_strncasecmp (value, "US-ASCII", 8) == 0))
    return TRUE;
  refuse (xml, ROOST_ERROR_INVALID_XML, (gsize)(value - declaration),
          "the encoding is '%.*s', but only UTF-8 is read", (int)MIN (length, 40), value);
  return FALSE;
}

/* libxml2 compares every attribute of an element with every other: their number has to be limited
 * before it sees them. Returns: what follows the start tag at @at. */
static const char *
check_start_tag (RoostXml *xml, const char *at)
{
  const char *tag = at;
  guint n = 0;

  at += 1 + strcspn (at + 1, "'\"<>");
  for (; *at == '\'' || *at == '"'; n++)
    {
      at = strchr (at + 1, *at);
      if (at == NULL)
        return xml->text + xml->length;
      at += 1 + strcspn (at + 1, "'\"<>");
    }
  if (n > ROOST_XML_MAX_ATTRIBUTES)
    refuse (xml, ROOST_ERROR_LIMIT_EXCEEDED, (gsize)(tag - xml->text),
            "an element with more than %u attributes", ROOST_XML_MAX_ATTRIBUTES);
  return at;
}

static const char *
skip_past (RoostXml *xml, const char *at, const char *mark)
{
  const char *found = strstr (at, mark);

  return found != NULL ? found + strlen (mark) : xml->text + xml->length;
}

static gboolean
check_tags (RoostXml *xml)
{
  const char *at = xml->text;

  while (xml->error == NULL && (at = strchr (at, '<')) != NULL)
    {
      if (g_str_has_prefix (at, "<!--"))
        at = skip_past (xml, at, "-->");
      else if (g_str_has_prefix (at, "<![CDATA["))
        at = skip_past (xml, at, "]]>");
      else if (at[1] == '?')
        at = skip_past (xml, at, "?>");
      else
        at = check_start_tag (xml, at);
    }
  return xml->error == NULL;
}

static gboolean
check_text (RoostXml *xml)
{
  const char *bad;

  if (xml->length > ROOST_XML_MAX_BYTES)
    {
      refuse (xml, ROOST_ERROR_LIMIT_EXCEEDED, 0,
              "the document has %" G_GSIZE_FORMAT " bytes, more than %u", xml->length,
              ROOST_XML_MAX_BYTES);
      return FALSE;
    }
  if (!g_utf8_validate (xml->text, (gssize)xml->length, &bad))
    {
      refuse (xml, ROOST_ERROR_INVALID_XML, (gsize)(bad - xml->text), "the text is not UTF-8");
      return FALSE;
    }
  return check_declaration (xml) && check_tags (xml);
}

/* --- what libxml2 calls --- */

static gsize
offset_of_parser (const xmlParserCtxt *context)
{
  const xmlParserInput *input = context->input;

  return input != NULL ? input->consumed + (gsize)(input->cur - input->base) : 0;
}

/* The last @mark at or before @offset. */
static gsize
back_to (const RoostXml *xml, gsize offset, char mark)
{
  const char *found = memrchr (xml->text, mark, MIN (offset, xml->length));

  return found != NULL ? (gsize)(found - xml->text) : 0;
}

static void
on_start_element (void *data,
                  const xmlChar *name,
                  const xmlChar *prefix,
                  const xmlChar *uri,
                  int n_namespaces,
                  const xmlChar **namespaces,
                  int n_attributes,
                  int n_defaulted,
                  const xmlChar **attributes)
{
  xmlParserCtxt *context = data;
  RoostXml *xml = context->_private;
  Extent extent = { 0, 0 };

  xmlSAX2StartElementNs (context, name, prefix, uri, n_namespaces, namespaces, n_attributes,
                         n_defaulted, attributes);
  extent.start = (guint)back_to (xml, offset_of_parser (context), '<');
  if (context->nodeNr > ROOST_XML_MAX_DEPTH)
    {
      refuse (xml, ROOST_ERROR_LIMIT_EXCEEDED, extent.start,
              "<%s> is nested deeper than %u elements", (const char *)name, ROOST_XML_MAX_DEPTH);
      xmlStopParser (context);
      return;
    }
  g_array_append_val (xml->extents, extent);
  if (context->node != NULL)
    context->node->_private = GUINT_TO_POINTER (xml->extents->len);
}

static void
on_end_element (void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
  xmlParserCtxt *context = data;
  RoostXml *xml = context->_private;
  guint index = context->node != NULL ? GPOINTER_TO_UINT (context->node->_private) : 0;

  if (index > 0)
    g_array_index (xml->extents, Extent, index - 1).end =
        (guint)back_to (xml, offset_of_parser (context), '>') + 1;
  xmlSAX2EndElementNs (context, name, prefix, uri);
}

static void
on_doctype (void *data, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
  xmlParserCtxt *context = data;
  RoostXml *xml = context->_private;

  refuse (xml, ROOST_ERROR_INVALID_XML, back_to (xml, offset_of_parser (context), '<'),
          "a document type declaration is not allowed");
  xmlStopParser (context);
}

#if LIBXML_VERSION >= 21200
typedef const xmlError XmlProblem;
#else
typedef xmlError XmlProblem;
#endif

static void
on_error (void *data, XmlProblem *problem)
{
  xmlParserCtxt *context = data;
  RoostXml *xml = context->_private;
  g_autofree char *message = g_strdup (problem->message != NULL ? problem->message : "bad XML");

  if (problem->level < XML_ERR_ERROR)
    return;
  g_strstrip (message);
  if (message[0] != '\0' && g_ascii_islower (message[1]))
    message[0] = g_ascii_tolower (message[0]);
  refuse (xml, ROOST_ERROR_INVALID_XML, offset_of_parser (context), "%s", message);
}

static gboolean
read_document (RoostXml *xml)
{
  xmlParserCtxt *context = xmlNewParserCtxt ();
  const int options = XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_IGNORE_ENC;

  context->_private = xml;
  context->sax->startElementNs = on_start_element;
  context->sax->endElementNs = on_end_element;
  context->sax->internalSubset = on_doctype;
  context->sax->serror = on_error;
  xml->doc = xmlCtxtReadMemory (context, xml->text, (int)xml->length, NULL, NULL, options);
  xmlFreeParserCtxt (context);
  if (xml->error == NULL && (xml->doc == NULL || xmlDocGetRootElement (xml->doc) == NULL))
    refuse (xml, ROOST_ERROR_INVALID_XML, 0, "there is no element");
  return xml->error == NULL;
}

RoostXml *
roost_xml_parse (const char *text, gssize length, RoostIssues *issues, GError **error)
{
  g_autoptr (RoostXml) xml = g_new0 (RoostXml, 1);

  xml->length = length < 0 ? strlen (text) : (gsize)length;
  if (xml->length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
    {
      text += 3;
      xml->length -= 3;
    }
  xml->text = xml->length <= ROOST_XML_MAX_BYTES ? g_strndup (text, xml->length) : g_strdup ("");
  xml->extents = g_array_new (FALSE, FALSE, sizeof (Extent));
  xml->issues = issues;
  if (!check_text (xml) || !read_document (xml))
    {
      g_propagate_error (error, g_steal_pointer (&xml->error));
      return NULL;
    }
  xml->issues = NULL;
  return g_steal_pointer (&xml);
}

void
roost_xml_free (RoostXml *xml)
{
  if (xml == NULL)
    return;
  g_clear_pointer (&xml->doc, xmlFreeDoc);
  g_clear_error (&xml->error);
  g_array_unref (xml->extents);
  g_free (xml->text);
  g_free (xml);
}

xmlNode *
roost_xml_root (RoostXml *xml)
{
  return xmlDocGetRootElement (xml->doc);
}

const char *
roost_xml_content (const xmlNode *first, char **out_allocated)
{
  GString *all;

  if (first != NULL && first->next == NULL && first->type == XML_TEXT_NODE)
    return first->content != NULL && first->content[0] != '\0' ? (const char *)first->content
                                                               : NULL;
  all = g_string_new (NULL);
  for (const xmlNode *node = first; node != NULL; node = node->next)
    if ((node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE)
        && node->content != NULL)
      g_string_append (all, (const char *)node->content);
  g_free (*out_allocated);
  *out_allocated = g_string_free (all, all->len == 0);
  return *out_allocated;
}

gboolean
roost_xml_can_hold (const char *text)
{
  if (!g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (; *text != '\0'; text = g_utf8_next_char (text))
    if (!xmlIsCharQ (g_utf8_get_char (text)))
      return FALSE;
  return TRUE;
}
