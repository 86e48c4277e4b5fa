/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/put.h"

JsonObject *
roost_object_new (const char *key, const char *value)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, key, value);
  return object;
}

void
roost_put_string (JsonObject *object, const char *key, const char *value)
{
  if (value != NULL)
    json_object_set_string_member (object, key, value);
}

void
roost_put_printf (JsonObject *object, const char *key, const char *format, ...)
{
  g_autofree char *value = NULL;
  va_list args;

  va_start (args, format);
  value = g_strdup_vprintf (format, args);
  va_end (args);
  json_object_set_string_member (object, key, value);
}

void
roost_put_int (JsonObject *object, const char *key, gint64 value)
{
  json_object_set_int_member (object, key, value);
}

void
roost_put_bool (JsonObject *object, const char *key, gboolean value)
{
  json_object_set_boolean_member (object, key, value);
}

void
roost_put_uint (JsonObject *object, const char *key, RoostUint value)
{
  /* QEMU reads a negative number into an unsigned property as its two's complement. */
  if (value.is_set)
    json_object_set_int_member (object, key, (gint64)value.value);
}

void
roost_put_yes_no (JsonObject *object, const char *key, RoostTristate value)
{
  if (value != ROOST_UNSET)
    json_object_set_boolean_member (object, key, value == ROOST_YES);
}

void
roost_put_on_off (JsonObject *object, const char *key, RoostTristate value)
{
  if (value != ROOST_UNSET)
    json_object_set_string_member (object, key, value == ROOST_YES ? "on" : "off");
}

void
roost_put_child (JsonObject *object, const char *key, JsonObject *child)
{
  if (child != NULL)
    json_object_set_object_member (object, key, child);
}

char *
roost_object_text (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_set_object (node, object);
  return json_to_string (node, FALSE);
}

static char *
scalar_text (JsonNode *node)
{
  switch (json_node_get_value_type (node))
    {
    case G_TYPE_BOOLEAN:
      return g_strdup (json_node_get_boolean (node) ? "on" : "off");
    case G_TYPE_INT64:
      return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
    default:
      return g_strdup (json_node_get_string (node));
    }
}

static void append_member (GString *text, const char *name, JsonNode *node);

static void
append_object (GString *text, const char *prefix, JsonObject *object)
{
  g_autoptr (GList) names = json_object_get_members (object);

  for (GList *l = names; l != NULL; l = l->next)
    {
      g_autofree char *name = g_strdup_printf ("%s.%s", prefix, (const char *)l->data);

      append_member (text, name, json_object_get_member (object, l->data));
    }
}

static void
append_value (GString *text, const char *value)
{
  for (const char *c = value; *c != '\0'; c++)
    {
      if (*c == ',')
        g_string_append_c (text, ',');
      g_string_append_c (text, *c);
    }
}

static void
append_member (GString *text, const char *name, JsonNode *node)
{
  g_autofree char *value = NULL;

  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      append_object (text, name, json_node_get_object (node));
      return;
    }
  value = scalar_text (node);
  if (text->len > 0)
    g_string_append_c (text, ',');
  g_string_append_printf (text, "%s=", name);
  append_value (text, value);
}

char *
roost_object_key_values (JsonObject *object, const char *first)
{
  GString *text = g_string_new (NULL);
  g_autoptr (GList) names = json_object_get_members (object);

  if (first != NULL && json_object_has_member (object, first))
    append_value (text, json_object_get_string_member (object, first));
  for (GList *l = names; l != NULL; l = l->next)
    {
      if (g_strcmp0 (l->data, first) != 0)
        append_member (text, l->data, json_object_get_member (object, l->data));
    }
  return g_string_free (text, FALSE);
}
