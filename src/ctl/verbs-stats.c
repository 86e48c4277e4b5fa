/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

static char **only_groups;
static gboolean with_chain, live, config;
static double timeout_s;
static char *only_source;

static const GOptionEntry stats_options[] = {
  { "group", 'g', 0, G_OPTION_ARG_STRING_ARRAY, &only_groups,
    "Only this group, such as block (may be repeated)", "GROUP" },
  { "chain", 0, 0, G_OPTION_ARG_NONE, &with_chain, "Also the backing images of disks", NULL },
  { "timeout", 't', 0, G_OPTION_ARG_DOUBLE, &timeout_s, "How long QEMU has to answer", "SECONDS" },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry timeout_options[] = {
  { "timeout", 't', 0, G_OPTION_ARG_DOUBLE, &timeout_s, "How long QEMU has to answer", "SECONDS" },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry address_options[] = {
  { "source", 's', 0, G_OPTION_ARG_STRING, &only_source, "Ask agent or arp alone", "SOURCE" },
  { "timeout", 't', 0, G_OPTION_ARG_DOUBLE, &timeout_s, "How long the agent has", "SECONDS" },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry period_options[] = {
  { "live", 0, 0, G_OPTION_ARG_NONE, &live, "Of what runs only", NULL },
  { "config", 0, 0, G_OPTION_ARG_NONE, &config, "Of the next start only", NULL },
  G_OPTION_ENTRY_NULL,
};

static void
add_timeout (GVariantDict *options)
{
  if (timeout_s > 0)
    g_variant_dict_insert (options, "timeout", "t", (guint64)(timeout_s * G_USEC_PER_SEC));
}

/* --- one line a value: "block.0.read-bytes  4096" --- */

static void print_value (const char *key, GVariant *value);

static void
print_dict (const char *prefix, GVariant *dict)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, dict);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_autofree char *name =
          *prefix != '\0' ? g_strdup_printf ("%s.%s", prefix, key) : g_strdup (key);

      print_value (name, value);
      g_variant_unref (value);
    }
}

static void
print_value (const char *key, GVariant *value)
{
  g_autofree char *text = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    {
      print_dict (key, value);
      return;
    }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE ("aa{sv}")))
    {
      for (gsize i = 0; i < g_variant_n_children (value); i++)
        {
          g_autoptr (GVariant) entry = g_variant_get_child_value (value, i);
          g_autofree char *name = g_strdup_printf ("%s.%u", key, (guint)i);

          print_dict (name, entry);
        }
      return;
    }
  text = ctl_format_variant (value);
  printf ("%-34s %s\n", key, text);
}

static gboolean
print_reply (Ctl *ctl, GVariant *reply)
{
  g_autoptr (GVariant) value = NULL;

  if (reply == NULL)
    return FALSE;
  value = g_variant_get_child_value (reply, 0);
  if (ctl->json)
    ctl_print_variant_json (value);
  else
    print_value ("", value);
  return TRUE;
}

/* --- verbs --- */

static gboolean
stats_one (Ctl *ctl, const char *path, const char *name, GError **error)
{
  static const char *const all[] = { "all", NULL };
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;

  g_variant_dict_insert_value (
      &options, "groups",
      g_variant_new_strv (only_groups != NULL ? (const char *const *)only_groups : all, -1));
  if (with_chain)
    g_variant_dict_insert (&options, "chain", "b", TRUE);
  add_timeout (&options);
  reply = ctl_call (ctl, path, CTL_DOMAIN, "GetStats",
                    g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "(a{sv})",
                    CTL_CALL_SLOW, error);
  return print_reply (ctl, reply);
}

static gboolean
block_info_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;

  if (path == NULL)
    return FALSE;
  add_timeout (&options);
  reply = ctl_call (ctl, path, CTL_DOMAIN, "GetBlockInfo",
                    g_variant_new ("(s@a{sv})", args[1], g_variant_dict_end (&options)), "(a{sv})",
                    CTL_CALL_SLOW, error);
  return print_reply (ctl, reply);
}

static void
add_address_rows (CtlTable *table, GVariant *interface)
{
  g_autoptr (GVariant) addresses =
      g_variant_lookup_value (interface, "addresses", G_VARIANT_TYPE ("aa{sv}"));
  const char *device = "-", *mac = "-", *name = "-";

  g_variant_lookup (interface, "device", "&s", &device);
  g_variant_lookup (interface, "mac", "&s", &mac);
  g_variant_lookup (interface, "name", "&s", &name);
  for (gsize i = 0; addresses != NULL && i < g_variant_n_children (addresses); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (addresses, i);
      const char *address = "", *source = "";
      g_autofree char *text = NULL;
      guint32 prefix;

      g_variant_lookup (entry, "address", "&s", &address);
      g_variant_lookup (entry, "source", "&s", &source);
      text = g_variant_lookup (entry, "prefix", "u", &prefix)
                 ? g_strdup_printf ("%s/%u", address, prefix)
                 : g_strdup (address);
      ctl_table_add (table, (const char *const[]){ device, name, mac, text, source, NULL });
    }
}

static gboolean
addresses_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) interfaces = NULL;
  g_autoptr (CtlTable) table =
      ctl_table_new ((const char *const[]){ "DEVICE", "NAME", "MAC", "ADDRESS", "SOURCE", NULL });

  if (path == NULL)
    return FALSE;
  if (only_source != NULL)
    g_variant_dict_insert (&options, "source", "s", only_source);
  add_timeout (&options);
  reply = ctl_call (ctl, path, CTL_DOMAIN, "GetInterfaceAddresses",
                    g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "(aa{sv})",
                    CTL_CALL_SLOW, error);
  if (reply == NULL)
    return FALSE;
  if (ctl->json)
    return print_reply (ctl, reply);
  interfaces = g_variant_get_child_value (reply, 0);
  for (gsize i = 0; i < g_variant_n_children (interfaces); i++)
    {
      g_autoptr (GVariant) interface = g_variant_get_child_value (interfaces, i);

      add_address_rows (table, interface);
    }
  ctl_table_print (table, ctl);
  return TRUE;
}

static gboolean
read_number (const char *text, guint64 max, guint64 *out, GError **error)
{
  if (g_ascii_string_to_unsigned (text, 10, 0, max, out, NULL))
    return TRUE;
  g_set_error (error, CTL_USAGE, 0, "'%s' is not a number that fits", text);
  return FALSE;
}

static gboolean
memory_stats_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  guint64 seconds;

  if (path == NULL || !read_number (args[1], G_MAXINT32, &seconds, error))
    return FALSE;
  if (live)
    g_variant_dict_insert (&options, "live", "b", TRUE);
  if (config)
    g_variant_dict_insert (&options, "config", "b", TRUE);
  reply = ctl_call (
      ctl, path, CTL_DOMAIN, "SetMemoryStatsPeriod",
      g_variant_new ("(t@a{sv})", seconds * G_USEC_PER_SEC, g_variant_dict_end (&options)), "()",
      CTL_CALL_SLOW, error);
  return reply != NULL;
}

static gboolean
threshold_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_autoptr (GVariant) reply = NULL;
  guint64 bytes;

  if (path == NULL || !read_number (args[2], G_MAXINT64, &bytes, error))
    return FALSE;
  reply = ctl_call (ctl, path, CTL_DOMAIN, "SetDiskThreshold",
                    g_variant_new ("(st@a{sv})", args[1], bytes,
                                   g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0)),
                    "()", CTL_CALL_SLOW, error);
  return reply != NULL;
}

/* A bare word is the name of a command without arguments. */
static char *
command_of (const char *text)
{
  g_autoptr (JsonNode) node = NULL;
  JsonObject *object;

  if (*text == '{' || strpbrk (text, " \t\n\"[") != NULL)
    return g_strdup (text);
  node = json_node_new (JSON_NODE_OBJECT);
  object = json_object_new ();
  json_object_set_string_member (object, "execute", text);
  json_node_take_object (node, object);
  return json_to_string (node, FALSE);
}

static gboolean
monitor_command_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_autofree char *command = command_of (args[1]);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (JsonNode) json = NULL;
  const char *text;

  if (path == NULL)
    return FALSE;
  add_timeout (&options);
  reply = ctl_call (ctl, path, CTL_DOMAIN, "QemuMonitorCommand",
                    g_variant_new ("(s@a{sv})", command, g_variant_dict_end (&options)), "(s)",
                    CTL_CALL_SLOW, error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&s)", &text);
  json = json_from_string (text, NULL);
  if (json != NULL && !ctl->json)
    ctl_print_json (json, FALSE);
  else
    puts (text);
  return TRUE;
}

const CtlVerb ctl_stats_verbs[] = {
  { .name = "stats",
    .args = "DOMAIN...",
    .summary = "Print what a domain uses",
    .details =
        "Groups: state, cpu, memory, balloon, vcpu, block, net, iothread, job, qemu; all of\n"
        "them without --group. \"missing\" names those that QEMU did not answer.\n\n"
        "Examples:\n"
        "  roostctl stats demo\n"
        "  roostctl --json stats -g block --chain demo | jq '.block[0].allocation'",
    .min_args = 1,
    .max_args = CTL_MANY,
    .options = stats_options,
    .each = stats_one },
  { .name = "block-info",
    .args = "DOMAIN DISK",
    .summary = "Print the sizes of a disk",
    .details = "DISK is its target, such as vda, or its alias. The domain may be shut off.\n\n"
               "Example:\n  roostctl block-info demo vda",
    .min_args = 2,
    .max_args = 2,
    .options = timeout_options,
    .run = block_info_run },
  { .name = "addresses",
    .args = "DOMAIN",
    .summary = "Print which addresses a guest has on its networks",
    .details = "From the agent in the guest where it answers, and from what the host has seen.\n\n"
               "Examples:\n"
               "  roostctl addresses demo\n"
               "  roostctl addresses --source agent demo",
    .min_args = 1,
    .max_args = 1,
    .options = address_options,
    .run = addresses_run },
  { .name = "memory-stats",
    .args = "DOMAIN SECONDS",
    .summary = "Set how often the guest tells of its memory",
    .details = "0 is never. 'roostctl stats -g balloon' shows what it told.\n\n"
               "Example:\n  roostctl memory-stats demo 5",
    .min_args = 2,
    .max_args = 2,
    .options = period_options,
    .run = memory_stats_run },
  { .name = "disk-threshold",
    .args = "DOMAIN DISK BYTES",
    .summary = "Be told when the image of a disk grows beyond a size",
    .details = "Once; 0 takes it back. 'roostctl monitor' shows the signal DiskThreshold.\n\n"
               "Example:\n  roostctl disk-threshold demo vda 10737418240",
    .min_args = 3,
    .max_args = 3,
    .run = threshold_run },
  { .name = "qemu-monitor-command",
    .args = "DOMAIN COMMAND",
    .summary = "Send a command to QEMU as it is",
    .details = "COMMAND is JSON, or the bare name of a command without arguments. The domain is "
               "tainted.\n\n"
               "Examples:\n"
               "  roostctl qemu-monitor-command demo query-status\n"
               "  roostctl qemu-monitor-command demo '{\"execute\": \"query-block\"}'",
    .min_args = 2,
    .max_args = 2,
    .options = timeout_options,
    .run = monitor_command_run },
  { 0 },
};
