/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/agent-reader.h"

#include <string.h>

#define MAX_CLEAN_CHARS 300

void
roost_agent_reader_hunt (RoostAgentReader *reader)
{
  roost_qmp_lines_clear (&reader->lines);
  reader->is_hunting = TRUE;
}

void
roost_agent_reader_add (RoostAgentReader *reader, const char *bytes, gsize length)
{
  const char *from = reader->is_hunting ? memchr (bytes, ROOST_AGENT_DELIMITER, length) : bytes;

  if (from == NULL || length == 0)
    return;
  length -= (gsize)(from - bytes);
  reader->is_hunting = FALSE;
  memcpy (roost_qmp_lines_room (&reader->lines, length), from, length);
  roost_qmp_lines_add (&reader->lines, length);
}

RoostAgentGot
roost_agent_reader_next (RoostAgentReader *reader, RoostAgentLine *out_line)
{
  gsize length;
  const char *line = roost_qmp_lines_next (&reader->lines, &length);
  const char *delimiter;

  if (line == NULL)
    return roost_qmp_lines_pending (&reader->lines) > ROOST_AGENT_MAX_LINE ? ROOST_AGENT_TOO_LONG
                                                                           : ROOST_AGENT_MORE;
  delimiter = memrchr (line, ROOST_AGENT_DELIMITER, length);
  out_line->is_delimited = delimiter != NULL;
  out_line->text = delimiter != NULL ? delimiter + 1 : line;
  out_line->length = length - (gsize)(out_line->text - line);
  return out_line->length > ROOST_AGENT_MAX_LINE ? ROOST_AGENT_TOO_LONG : ROOST_AGENT_LINE;
}

gboolean
roost_agent_reader_has_rest (const RoostAgentReader *reader)
{
  return roost_qmp_lines_pending (&reader->lines) > 0;
}

void
roost_agent_reader_clear (RoostAgentReader *reader)
{
  roost_qmp_lines_clear (&reader->lines);
}

char *
roost_agent_format (const char *command, JsonObject *args)
{
  g_autoptr (JsonObject) root = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;

  json_object_set_string_member (root, "execute", command);
  if (args != NULL)
    json_object_set_object_member (root, "arguments", json_object_ref (args));
  json_node_set_object (node, root);
  text = json_to_string (node, FALSE);
  return g_strconcat (text, "\n", NULL);
}

char *
roost_agent_sync_text (gint64 id)
{
  g_autoptr (JsonObject) args = json_object_new ();

  json_object_set_int_member (args, "id", id);
  return roost_agent_format ("guest-sync-delimited", args);
}

char *
roost_agent_clean (const char *text)
{
  g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;
  g_autoptr (GString) clean = g_string_new (NULL);
  guint n = 0;

  for (const char *at = valid; at != NULL && *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (n++ == MAX_CLEAN_CHARS)
        {
          g_string_append (clean, "…");
          break;
        }
      g_string_append_unichar (clean, c == ' ' || g_unichar_isgraph (c) ? c : ' ');
    }
  return g_strstrip (g_string_free (g_steal_pointer (&clean), FALSE));
}
