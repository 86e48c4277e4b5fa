/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "base/json.h"
#include "domain/agent-values.h"
#include "domain/stats-reply.h"
#include "domain/view-guest-disks.h"

#include <stdio.h>

/*
 * What is made of an answer that was recorded:
 *
 *   roost-talk-tool COMMAND [DOMAIN]   the answer comes on stdin, as JSON; its value is printed, or
 *                                      what is wrong with it (and the exit status is 1)
 *
 * COMMAND is one of the agent, or a query of QEMU; DOMAIN is the file of a document. Exit status 2:
 * a command whose answer nothing is made of.
 */

typedef GVariant *(*ValueFunc) (JsonNode *answer, const char *command, GError **error);

static GVariant *
count (JsonNode *answer, const char *command, GError **error)
{
  guint value = 0;

  return roost_agent_count (answer, command, &value, error) ? g_variant_new_uint32 (value) : NULL;
}

static GVariant *
vcpus (JsonNode *answer, const char *command, GError **error)
{
  return roost_stats_vcpus (roost_json_node_array (answer), getpid ());
}

static GVariant *
jobs (JsonNode *answer, const char *command, GError **error)
{
  return roost_stats_jobs (roost_json_node_array (answer));
}

static GVariant *
balloon (JsonNode *answer, const char *command, GError **error)
{
  return roost_stats_balloon (roost_json_node_object (answer), NULL);
}

static const struct
{
  const char *command;
  ValueFunc value_of;
} commands[] = {
  { "guest-info", roost_agent_info },
  { "guest-fsfreeze-status", roost_agent_freeze_state },
  { "guest-fsfreeze-freeze", count },
  { "guest-fsfreeze-thaw", count },
  { "guest-set-vcpus", count },
  { "guest-fstrim", roost_agent_trimmed },
  { "guest-get-fsinfo", roost_agent_filesystems },
  { "guest-get-disks", roost_agent_disks },
  { "guest-network-get-interfaces", roost_agent_interfaces },
  { "guest-get-host-name", roost_agent_hostname },
  { "guest-get-time", roost_agent_time },
  { "guest-get-users", roost_agent_users },
  { "guest-get-osinfo", roost_agent_os_info },
  { "guest-get-timezone", roost_agent_timezone },
  { "guest-get-vcpus", roost_agent_vcpus },
  { "guest-ssh-get-authorized-keys", roost_agent_ssh_keys },
  { "query-cpus-fast", vcpus },
  { "query-jobs", jobs },
  { "query-balloon", balloon },
};

static ValueFunc
find (const char *command)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].command, command))
      return commands[i].value_of;
  return NULL;
}

/* The disks of the domain in the file @path get their names. */
static GVariant *
name_disks (GVariant *list, const char *path, GError **error)
{
  g_autoptr (GVariant) unnamed = g_variant_ref_sink (list);
  g_autoptr (RoostDomainConfig) config = NULL;
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;
  config = roost_domain_config_parse (text, NULL, error);
  return config != NULL ? roost_view_name_guest_disks (config, unnamed) : NULL;
}

static GVariant *
value (char **args, const char *text, gsize length, GError **error)
{
  g_autoptr (JsonNode) answer = roost_json_parse (text, length, error);
  GVariant *made = answer != NULL ? find (args[1]) (answer, args[1], error) : NULL;

  return made != NULL && args[2] != NULL ? name_disks (made, args[2], error) : made;
}

int
main (int argc, char **argv)
{
  g_autoptr (GIOChannel) in = g_io_channel_unix_new (0);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) made = NULL;
  g_autofree char *text = NULL;
  g_autofree char *shown = NULL;
  gsize length;

  if (argc < 2 || find (argv[1]) == NULL)
    return 2;
  if (g_io_channel_read_to_end (in, &text, &length, &error) == G_IO_STATUS_NORMAL)
    made = value (argv, text, length, &error);
  if (made == NULL)
    {
      g_print ("%s\n", error->message);
      return 1;
    }
  g_variant_ref_sink (made);
  shown = g_variant_print (made, FALSE);
  g_print ("%s\n", shown);
  return 0;
}
