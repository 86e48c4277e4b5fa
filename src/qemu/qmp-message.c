/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/qmp-message.h"

#include "base/error.h"

#include <string.h>

#define SMALL_BUFFER 4096

/* --- lines --- */

char *
roost_qmp_lines_room (RoostQmpLines *lines, gsize wanted)
{
  if (lines->start > 0)
    {
      lines->length -= lines->start;
      lines->scanned -= lines->start;
      memmove (lines->bytes, lines->bytes + lines->start, lines->length);
      lines->start = 0;
    }
  if (lines->size - lines->length < wanted)
    {
      lines->size = MAX (lines->size, SMALL_BUFFER);
      while (lines->size - lines->length < wanted)
        lines->size *= 2;
      lines->bytes = g_realloc (lines->bytes, lines->size);
    }
  return lines->bytes + lines->length;
}

void
roost_qmp_lines_add (RoostQmpLines *lines, gsize n)
{
  g_assert (n <= lines->size - lines->length);
  lines->length += n;
}

const char *
roost_qmp_lines_next (RoostQmpLines *lines, gsize *out_length)
{
  const char *line, *end;

  if (lines->scanned == lines->length)
    return NULL;
  line = lines->bytes + lines->start;
  end = memchr (lines->bytes + lines->scanned, '\n', lines->length - lines->scanned);
  if (end == NULL)
    {
      lines->scanned = lines->length;
      return NULL;
    }
  lines->start = lines->scanned = (gsize)(end - lines->bytes) + 1;
  if (end > line && end[-1] == '\r')
    end--;
  *out_length = (gsize)(end - line);
  return line;
}

gsize
roost_qmp_lines_pending (const RoostQmpLines *lines)
{
  return lines->length - lines->start;
}

void
roost_qmp_lines_clear (RoostQmpLines *lines)
{
  g_free (lines->bytes);
  *lines = (RoostQmpLines){ 0 };
}

/* --- messages --- */

static gint64
event_time (JsonObject *root)
{
  JsonObject *timestamp = roost_json_object (root, "timestamp");
  gint64 seconds = roost_json_int (timestamp, "seconds", -1);
  gint64 microseconds = roost_json_int (timestamp, "microseconds", -1);

  if (seconds < 0 || seconds > G_MAXINT64 / G_USEC_PER_SEC - 1 || microseconds < 0
      || microseconds >= G_USEC_PER_SEC)
    return g_get_real_time ();
  return seconds * G_USEC_PER_SEC + microseconds;
}

static RoostQmpKind
read_members (RoostQmpMessage *message, JsonObject *root)
{
  JsonObject *failure = roost_json_object (root, "error");

  message->id = roost_json_string (root, "id");
  message->object = roost_json_object (root, "QMP");
  if (message->object != NULL)
    return ROOST_QMP_GREETING;
  message->name = roost_json_string (root, "event");
  if (message->name != NULL)
    {
      message->object = roost_json_object (root, "data");
      message->when_us = event_time (root);
      return ROOST_QMP_EVENT;
    }
  message->value = json_object_get_member (root, "return");
  if (message->value != NULL)
    return ROOST_QMP_RETURN;
  if (failure == NULL)
    return ROOST_QMP_OTHER;
  message->name = roost_json_string (failure, "class");
  message->text = roost_json_string (failure, "desc");
  return ROOST_QMP_ERROR;
}

gboolean
roost_qmp_message_parse (RoostQmpMessage *out_message,
                         const char *line,
                         gsize length,
                         GError **error)
{
  g_autoptr (JsonNode) root = roost_json_parse (line, length, error);

  if (root == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_OBJECT (root))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "not a QMP message: no JSON object");
  *out_message = (RoostQmpMessage){ 0 };
  out_message->kind = read_members (out_message, json_node_get_object (root));
  out_message->root = g_steal_pointer (&root);
  return TRUE;
}

void
roost_qmp_message_clear (RoostQmpMessage *message)
{
  g_clear_pointer (&message->root, json_node_unref);
}

char *
roost_qmp_command_format (const char *verb, const char *command, JsonObject *args, const char *id)
{
  g_autoptr (JsonObject) root = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;

  json_object_set_string_member (root, verb, command);
  if (args != NULL)
    json_object_set_object_member (root, "arguments", json_object_ref (args));
  json_object_set_string_member (root, "id", id);
  json_node_set_object (node, root);
  text = json_to_string (node, FALSE);
  return g_strconcat (text, "\n", NULL);
}
