/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an agent can send: bytes in pieces, while its answers are waited for and while a delimiter
 * is hunted. */
#include "fuzz.h"

#include "domain/agent-values.h"
#include "qemu/agent-reader.h"

/* Each as the answer to every command. */
static void
take_value (JsonNode *value)
{
  static GVariant *(*const values[]) (JsonNode * answer, const char *command, GError **error) = {
    roost_agent_info,     roost_agent_freeze_state, roost_agent_filesystems, roost_agent_interfaces,
    roost_agent_hostname, roost_agent_time,         roost_agent_users,       roost_agent_os_info,
    roost_agent_timezone, roost_agent_vcpus,        roost_agent_trimmed,     roost_agent_ssh_keys,
  };
  guint count;

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      GVariant *made = values[i](value, "guest-command", NULL);

      if (made != NULL)
        g_variant_unref (g_variant_ref_sink (made));
    }
  roost_agent_count (value, "guest-command", &count, NULL);
}

static void
take_line (const RoostAgentLine *line)
{
  g_auto (RoostQmpMessage) message = { 0 };
  g_autofree char *clean = NULL;

  if (!roost_qmp_message_parse (&message, line->text, line->length, NULL))
    return;
  if (message.kind == ROOST_QMP_RETURN)
    take_value (message.value);
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
