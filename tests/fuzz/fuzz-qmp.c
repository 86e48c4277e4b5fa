/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a QMP peer can send: bytes in pieces, lines, messages, and a schema within. */
#include "fuzz.h"

#include "qemu/qapi-paths.h"
#include "qemu/qmp-message.h"

#include <string.h>

static void
take_line (const char *line, gsize length)
{
  g_auto (RoostQmpMessage) message = { 0 };
  g_autoptr (GHashTable) paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (!roost_qmp_message_parse (&message, line, length, NULL))
    return;
  g_assert (message.kind != ROOST_QMP_EVENT || message.name != NULL);
  g_assert (message.kind != ROOST_QMP_RETURN || message.value != NULL);
  roost_qapi_paths_add (roost_json_node_array (message.value), paths);
}

/* The first byte says how large the pieces are. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  RoostQmpLines lines = { 0 };
  gsize piece = size > 0 ? 1 + data[0] : 1;
  const char *line;
  gsize length;

  for (gsize at = 1; at < size; at += piece)
    {
      gsize n = MIN (piece, size - at);

      memcpy (roost_qmp_lines_room (&lines, n), data + at, n);
      roost_qmp_lines_add (&lines, n);
      while ((line = roost_qmp_lines_next (&lines, &length)) != NULL)
        take_line (line, length);
      g_assert (roost_qmp_lines_pending (&lines) <= size);
    }
  roost_qmp_lines_clear (&lines);
  return 0;
}
