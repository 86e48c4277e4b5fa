/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fields-xml.h"

#include "base/error.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

/* What the tree of most documents of so many bytes takes. */
#define FIRST_BLOCK(length) (4 * MIN ((length), 16384) + 1024)

typedef struct
{
  RoostXml *xml;
  xmlParserCtxt *context;
  RoostIssues *issues; /* (nullable) */
  RoostXmlNode *open;  /* (nullable): the element that we are in */
  guint depth;
  GString *text; /* since the last tag */
  GError *error; /* the first one */
} Reader;

/* --- refusals --- */

static void refuse (Reader *reader, RoostError code, gsize offset, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static void
refuse (Reader *reader, RoostError code, gsize offset, const char *format, ...)
{
  g_autofree char *text = NULL;
  RoostPosition at;
  va_list args;

  if (reader->error != NULL)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  at = roost_xml_position_of_offset (reader->xml, MIN (offset, reader->xml->length));
  roost_issues_add (reader->issues, ROOST_ISSUE_ERROR, &at, "%s", text);
  roost_throw (&reader->error, code, "line %u, column %u: %s", at.line, at.column, text);
}

/* The XML declaration must not name another encoding. */
static gboolean
check_declaration (Reader *reader)
{
  const char *end = strstr (reader->xml->text, "?>");
  g_autofree char *declaration = NULL;
  const char *value;
  gsize length;

  if (!g_str_has_prefix (reader->xml->text, "<?xml") || end == NULL)
    return TRUE;
  declaration = g_strndup (reader->xml->text, (gsize)(end - reader->xml->text));
  value = strstr (declaration, "encoding");
  if (value == NULL)
    return TRUE;
  value += strlen ("encoding");
  value += strspn (value, " \t\r\n='\"");
  length = strcspn (value, " \t\r\n'\"");
  if ((length == 5 && g_ascii_strncasecmp (value, "UTF-8", 5) == 0)
      || (length == 8 && g_ascii_strncasecmp (value, "US-ASCII", 8) == 0))
    return TRUE;
  refuse (reader, ROOST_ERROR_INVALID_XML, (gsize)(value - declaration),
          "the encoding is '%.*s', but only UTF-8 is read", (int)MIN (length, 40), value);
  return FALSE;
}

/* libxml2 compares every attribute of an element with every other: their number has to be limited
 * before it sees them. Returns: what follows the start tag at @at. */
static const char *
check_start_tag (Reader *reader, const char *at)
{
  const char *tag = at;
  guint n = 0;

  at += 1 + strcspn (at + 1, "'\"<>");
  for (; *at == '\'' || *at == '"'; n++)
    {
      at = strchr (at + 1, *at);
      if (at == NULL)
        return reader->xml->text + reader->xml->length;
      at += 1 + strcspn (at + 1, "'\"<>");
    }
  if (n > ROOST_XML_MAX_ATTRIBUTES)
    refuse (reader, ROOST_ERROR_LIMIT_EXCEEDED, (gsize)(tag - reader->xml->text),
            "an element with more than %u attributes", ROOST_XML_MAX_ATTRIBUTES);
  return at;
}

static const char *
skip_past (const RoostXml *xml, const char *at, const char *mark)
{
  const char *found = strstr (at, mark);

  return found != NULL ? found + strlen (mark) : xml->text + xml->length;
}

static gboolean
check_tags (Reader *reader)
{
  const char *at = reader->xml->text;

  while (reader->error == NULL && (at = strchr (at, '<')) != NULL)
    {
      if (at[1] == '/')
        at += 2;
      else if (g_str_has_prefix (at, "<!--"))
        at = skip_past (reader->xml, at, "-->");
      else if (g_str_has_prefix (at, "<![CDATA["))
        at = skip_past (reader->xml, at, "]]>");
      else if (at[1] == '?')
        at = skip_past (reader->xml, at, "?>");
      else
        at = check_start_tag (reader, at);
    }
  return reader->error == NULL;
}

static gboolean
check_text (Reader *reader)
{
  const RoostXml *xml = reader->xml;
  const char *bad;

  if (xml->length > ROOST_XML_MAX_BYTES)
    {
      refuse (reader, ROOST_ERROR_LIMIT_EXCEEDED, 0,
              "the document has %" G_GSIZE_FORMAT " bytes, more than %u", xml->length,
              ROOST_XML_MAX_BYTES);
      return FALSE;
    }
  if (!g_utf8_validate (xml->text, (gssize)xml->length, &bad))
    {
      refuse (reader, ROOST_ERROR_INVALID_XML, (gsize)(bad - xml->text), "the text is not UTF-8");
      return FALSE;
    }
  return check_declaration (reader) && check_tags (reader);
}

/* --- text --- */

static gboolean
is_blank (const GString *text)
{
  return text->str[strspn (text->str, " \t\r\n")] == '\0';
}

/* A tag begins: what stood before it belongs to the open element. */
static void
flush_text (Reader *reader, gboolean is_end)
{
  RoostXmlNode *open = reader->open;

  if (reader->text->len == 0)
    return;
  if (open->children != NULL)
    open->has_late_text |= !is_blank (reader->text);
  else if (is_end || !is_blank (reader->text))
    open->text = roost_arena_strndup (&reader->xml->arena, reader->text->str, reader->text->len);
  g_string_truncate (reader->text, 0);
}

/* --- elements --- */

/* Handlers of attributes get "&#38;" for an ampersand; all other references are undone already,
 * and no others can be defined without a document type. */
static const char *
attribute_value (RoostArena *arena, const char *value, gsize length)
{
  char *copy = (char *)roost_arena_strndup (arena, value, length);
  char *to;

  if (memchr (copy, '&', length) == NULL)
    return copy;
  to = copy;
  for (const char *at = copy; *at != '\0'; at++)
    {
      *to++ = *at;
      if (g_str_has_prefix (at, "&#38;"))
        at += 4;
    }
  *to = '\0';
  return copy;
}

/* @values: name, prefix, URI, begin and end of the value, for each of @n. */
static RoostXmlAttr *
attributes_new (RoostArena *arena, const xmlChar **values, int n)
{
  RoostXmlAttr *attrs = n > 0 ? roost_arena_alloc (arena, (gsize)n * sizeof (RoostXmlAttr)) : NULL;

  for (int i = 0; i < n; i++, values += 5)
    {
      attrs[i].name = (const char *)values[0];
      attrs[i].prefix = (const char *)values[1];
      attrs[i].value =
          attribute_value (arena, (const char *)values[3], (gsize)(values[4] - values[3]));
      attrs[i].next = i + 1 < n ? &attrs[i + 1] : NULL;
    }
  return attrs;
}

/* @values: prefix and URI, for each of @n. */
static RoostXmlNs *
namespaces_new (RoostArena *arena, const xmlChar **values, int n)
{
  RoostXmlNs *namespaces = n > 0 ? roost_arena_alloc (arena, (gsize)n * sizeof (RoostXmlNs)) : NULL;

  for (int i = 0; i < n; i++, values += 2)
    {
      namespaces[i].prefix = (const char *)values[0];
      namespaces[i].uri = (const char *)values[1];
      namespaces[i].next = i + 1 < n ? &namespaces[i + 1] : NULL;
    }
  return namespaces;
}

static void
append_child (RoostXmlNode *parent, RoostXmlNode *node)
{
  if (parent->last != NULL)
    parent->last->next = node;
  else
    parent->children = node;
  parent->last = node;
}

/* --- what libxml2 calls --- */

static gsize
offset_of_parser (const Reader *reader)
{
  const xmlParserInput *input = reader->context->input;

  return input != NULL ? input->consumed + (gsize)(input->cur - input->base) : 0;
}

/* The last @mark at or before @offset. */
static gsize
back_to (const Reader *reader, gsize offset, char mark)
{
  const char *found = memrchr (reader->xml->text, mark, MIN (offset, reader->xml->length));

  return found != NULL ? (gsize)(found - reader->xml->text) : 0;
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
  Reader *reader = data;
  RoostArena *arena = &reader->xml->arena;
  gsize start = back_to (reader, offset_of_parser (reader), '<');
  RoostXmlNode *node;

  if (reader->depth++ == ROOST_XML_MAX_DEPTH)
    {
      refuse (reader, ROOST_ERROR_LIMIT_EXCEEDED, start, "<%s> is nested deeper than %u elements",
              (const char *)name, ROOST_XML_MAX_DEPTH);
      xmlStopParser (reader->context);
      return;
    }
  flush_text (reader, FALSE);
  node = roost_arena_alloc (arena, sizeof *node);
  *node = (RoostXmlNode){ .name = (const char *)name,
                          .uri = (const char *)uri,
                          .parent = reader->open,
                          .attrs = attributes_new (arena, attributes, n_attributes),
                          .namespaces = namespaces_new (arena, namespaces, n_namespaces),
                          .start = (guint)start };
  if (reader->open != NULL)
    append_child (reader->open, node);
  else if (reader->xml->root == NULL)
    reader->xml->root = node;
  reader->open = node;
}

static void
on_end_element (void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
  Reader *reader = data;

  if (reader->open == NULL)
    return;
  flush_text (reader, TRUE);
  reader->open->end = (guint)back_to (reader, offset_of_parser (reader), '>') + 1;
  reader->open = reader->open->parent;
  reader->depth--;
}

static void
on_text (void *data, const xmlChar *text, int length)
{
  Reader *reader = data;

  if (reader->open != NULL)
    g_string_append_len (reader->text, (const char *)text, length);
}

static void
on_doctype (void *data, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
  Reader *reader = data;

  refuse (reader, ROOST_ERROR_INVALID_XML, back_to (reader, offset_of_parser (reader), '<'),
          "a document type declaration is not allowed");
  xmlStopParser (reader->context);
}

#if LIBXML_VERSION >= 21200
typedef const xmlError XmlProblem;
#else
typedef xmlError XmlProblem;
#endif

static void
on_error (void *data, XmlProblem *problem)
{
  Reader *reader = data;
  g_autofree char *message = g_strdup (problem->message != NULL ? problem->message : "bad XML");

  if (problem->level < XML_ERR_ERROR)
    return;
  g_strstrip (message);
  if (message[0] != '\0' && g_ascii_islower (message[1]))
    message[0] = g_ascii_tolower (message[0]);
  refuse (reader, ROOST_ERROR_INVALID_XML, offset_of_parser (reader), "%s", message);
}

static void
set_handlers (xmlSAXHandler *handlers)
{
  memset (handlers, 0, sizeof *handlers);
  handlers->initialized = XML_SAX2_MAGIC;
  handlers->startElementNs = on_start_element;
  handlers->endElementNs = on_end_element;
  handlers->characters = on_text;
  handlers->ignorableWhitespace = on_text;
  handlers->cdataBlock = on_text;
  handlers->internalSubset = on_doctype;
  handlers->serror = on_error;
}

static gboolean
read_document (Reader *reader)
{
  const int options = XML_PARSE_NONET | XML_PARSE_IGNORE_ENC;
  xmlParserCtxt *context = xmlNewParserCtxt ();
  xmlDoc *document;

  reader->context = context;
  context->userData = reader;
  set_handlers (context->sax);
  document =
      xmlCtxtReadMemory (context, reader->xml->text, (int)reader->xml->length, NULL, NULL, options);
  if (document != NULL)
    xmlFreeDoc (document);
  reader->xml->names = context->dict;
  xmlDictReference (context->dict);
  if (!context->wellFormed || reader->xml->root == NULL)
    refuse (reader, ROOST_ERROR_INVALID_XML, 0, "there is no element");
  xmlFreeParserCtxt (context);
  return reader->error == NULL;
}

/* With a NUL behind it. */
static char *
copy_text (const char *text, gsize length)
{
  char *copy = g_malloc (length + 1);

  memcpy (copy, text, length);
  copy[length] = '\0';
  return copy;
}

RoostXml *
roost_xml_parse (const char *text, gssize length, RoostIssues *issues, GError **error)
{
  g_autoptr (RoostXml) xml = g_new0 (RoostXml, 1);
  g_autoptr (GString) buffer = g_string_sized_new (256);
  Reader reader = { .xml = xml, .issues = issues, .text = buffer };

  xml->length = length < 0 ? strlen (text) : (gsize)length;
  if (xml->length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
    {
      text += 3;
      xml->length -= 3;
    }
  xml->text = xml->length <= ROOST_XML_MAX_BYTES ? copy_text (text, xml->length) : g_strdup ("");
  roost_arena_reserve (&xml->arena, FIRST_BLOCK (xml->length));
  if (check_text (&reader) && read_document (&reader))
    return g_steal_pointer (&xml);
  g_propagate_error (error, reader.error);
  return NULL;
}
