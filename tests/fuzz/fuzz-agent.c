/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an agent can send: bytes in pieces, while its answers are waited for and while a delimiter
 * is hunted. */
#include "fuzz.h"

#include "qemu/agent-reader.h"

static void
take_line (const RoostAgentLine *line)
{
  g_auto (RoostQmpMessage) message = { 0 };
  g_autofree char *clean = NULL;

  if (!roost_qmp_message_parse (&message, line->text, line->length, NULL))
    return;
  g_assert (message.kind != ROOST_QMP_RETURN || message.value != NULL);
  clean = roost_agent_clean (message.text);
  g_assert (g_utf8_validate (clean, -1, NULL));
}

/* The first byte says how large the pieces are, and after how many a hunt begins. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  RoostAgentReader reader = { 0 };
  gsize piece = size > 0 ? 1 + (data[0] & 0x3f) : 1;
  guint n_until_hunt = size > 0 ? 1 + (data[0] >> 6) : 1;
  RoostAgentLine line;

  for (gsize at = 1; at < size; at += piece)
    {
      if (at / piece % n_until_hunt == n_until_hunt - 1)
        roost_agent_reader_hunt (&reader);
      roost_agent_reader_add (&reader, (const char *)data + at, MIN (piece, size - at));
      while (roost_agent_reader_next (&reader, &line) == ROOST_AGENT_LINE)
        take_line (&line);
    }
  roost_agent_reader_clear (&reader);
  return 0;
}
