/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/json.h"

#include "base/error.h"

#include <string.h>

/* Returns: just behind the string that begins before @at, or @end */
static const char *
skip_string (const char *at, const char *end)
{
  while (at < end && *at != '"')
    at += *at == '\\' ? 2 : 1;
  return MIN (at + 1, end);
}

static gboolean
is_too_deep (const char *text, gsize length)
{
  const char *end = text + length;
  guint depth = 0;

  for (const char *at = text; at < end;)
    {
      char c = *at++;

      if (c == '"')
        at = skip_string (at, end);
      else if ((c == '{' || c == '[') && ++depth > ROOST_JSON_MAX_DEPTH)
        return TRUE;
      else if ((c == '}' || c == ']') && depth > 0)
        depth--;
    }
  return FALSE;
}

JsonNode *
roost_json_parse (const char *text, gsize length, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) local = NULL;
  JsonNode *root;

  if (is_too_deep (text, length))
    {
      roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED, "JSON is nested deeper than %d levels",
                   ROOST_JSON_MAX_DEPTH);
      return NULL;
    }
  if (!g_utf8_validate_len (text, length, NULL))
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "not JSON: not UTF-8");
      return NULL;
    }
  if (!json_parser_load_from_data (parser, text, (gssize)length, &local))
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "not JSON: %s", local->message);
      return NULL;
    }
  root = json_parser_steal_root (parser);
  if (root == NULL)
    roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "not JSON: nothing there");
  return root;
}

static gboolean
holds (JsonNode *node, GType type)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

static JsonNode *
member (JsonObject *object, const char *name)
{
  return object != NULL ? json_object_get_member (object, name) : NULL;
}

static JsonNode *
element (JsonArray *array, guint index)
{
  return index < roost_json_length (array) ? json_array_get_element (array, index) : NULL;
}

const char *
roost_json_string (JsonObject *object, const char *name)
{
  JsonNode *node = member (object, name);

  return holds (node, G_TYPE_STRING) ? json_node_get_string (node) : NULL;
}

gint64
roost_json_int (JsonObject *object, const char *name, gint64 fallback)
{
  JsonNode *node = member (object, name);

  return holds (node, G_TYPE_INT64) ? json_node_get_int (node) : fallback;
}

gboolean
roost_json_bool (JsonObject *object, const char *name, gboolean fallback)
{
  JsonNode *node = member (object, name);

  return holds (node, G_TYPE_BOOLEAN) ? json_node_get_boolean (node) : fallback;
}

JsonObject *
roost_json_object (JsonObject *object, const char *name)
{
  return roost_json_node_object (member (object, name));
}

JsonArray *
roost_json_array (JsonObject *object, const char *name)
{
  return roost_json_node_array (member (object, name));
}

const char *
roost_json_string_at (JsonArray *array, guint index)
{
  JsonNode *node = element (array, index);

  return holds (node, G_TYPE_STRING) ? json_node_get_string (node) : NULL;
}

JsonObject *
roost_json_object_at (JsonArray *array, guint index)
{
  return roost_json_node_object (element (array, index));
}

JsonObject *
roost_json_node_object (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
roost_json_node_array (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

guint
roost_json_length (JsonArray *array)
{
  return array != NULL ? json_array_get_length (array) : 0;
}
