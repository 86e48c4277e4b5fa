/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fields-xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

#define BLOCK_BYTES 8192

/* --- memory --- */

void
roost_arena_reserve (RoostArena *arena, gsize size)
{
  if (arena->blocks == NULL)
    arena->blocks = g_ptr_array_new_with_free_func (g_free);
  arena->left = size;
  arena->at = g_malloc (size);
  g_ptr_array_add (arena->blocks, arena->at);
}

gpointer
roost_arena_alloc (RoostArena *arena, gsize size)
{
  gpointer memory;

  size = (size + 7) & ~(gsize)7;
  if (size > arena->left)
    roost_arena_reserve (arena, MAX (size, BLOCK_BYTES));
  memory = arena->at;
  arena->at += size;
  arena->left -= size;
  return memory;
}

const char *
roost_arena_strndup (RoostArena *arena, const char *text, gsize length)
{
  char *copy = roost_arena_alloc (arena, length + 1);

  memcpy (copy, text, length);
  copy[length] = '\0';
  return copy;
}

void
roost_xml_free (RoostXml *xml)
{
  if (xml == NULL)
    return;
  if (xml->names != NULL)
    xmlDictFree (xml->names);
  g_clear_pointer (&xml->arena.blocks, g_ptr_array_unref);
  g_free (xml->text);
  g_free (xml);
}

/* --- places --- */

RoostPosition
roost_xml_position_of_offset (RoostXml *xml, gsize offset)
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

RoostPosition
roost_xml_position (RoostXml *xml, const RoostXmlNode *node)
{
  return roost_xml_position_of_offset (xml, node->start);
}

/* Where the attribute @name (with its prefix) begins in the start tag of @node; NULL if nowhere. */
static const char *
find_in_start_tag (RoostXml *xml, const RoostXmlNode *node, const char *name)
{
  const char *at = xml->text + node->start;

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
roost_xml_attribute_source (RoostXml *xml, const RoostXmlNode *node, const char *name)
{
  const char *at = find_in_start_tag (xml, node, name);
  const char *quote = at != NULL ? at + strcspn (at, "'\"") : NULL;

  return at != NULL ? g_strndup (quote, (gsize)(strchr (quote + 1, *quote) + 1 - quote)) : NULL;
}

RoostPosition
roost_xml_attr_position (RoostXml *xml, const RoostXmlNode *node, const RoostXmlAttr *attr)
{
  g_autofree char *name = g_strconcat (attr->prefix != NULL ? attr->prefix : "",
                                       attr->prefix != NULL ? ":" : "", attr->name, NULL);
  const char *at = find_in_start_tag (xml, node, name);

  return roost_xml_position_of_offset (xml, at != NULL ? (gsize)(at - xml->text) : node->start);
}

const char *
roost_xml_source (RoostXml *xml, const RoostXmlNode *node, gsize *out_length)
{
  *out_length = node->end - node->start;
  return xml->text + node->start;
}

/* --- looking around --- */

const RoostXmlNode *
roost_xml_root (const RoostXml *xml)
{
  return xml->root;
}

gboolean
roost_xml_node_is (const RoostXmlNode *node, const char *name)
{
  return node->uri == NULL && g_str_equal (node->name, name);
}

const char *
roost_xml_node_name (const RoostXmlNode *node)
{
  return node->name;
}

const RoostXmlNode *
roost_xml_node_child (const RoostXmlNode *node, const char *name)
{
  for (const RoostXmlNode *child = node->children; child != NULL; child = child->next)
    if (roost_xml_node_is (child, name))
      return child;
  return NULL;
}

gboolean
roost_xml_node_is_of (const RoostXmlNode *node, const char *uri)
{
  return g_strcmp0 (node->uri, uri) == 0;
}

const RoostXmlNode *
roost_xml_node_child_of (const RoostXmlNode *node, const char *uri)
{
  const RoostXmlNode *first = node != NULL ? node->children : NULL;

  for (const RoostXmlNode *child = first; child != NULL; child = child->next)
    if (roost_xml_node_is_of (child, uri))
      return child;
  return NULL;
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
