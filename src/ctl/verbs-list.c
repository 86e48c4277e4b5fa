/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

static gboolean only_active, only_inactive, only_names, list_long;
static char *only_state, *of_arch, *of_machine, *of_type;

static const GOptionEntry list_options[] = {
  { "active", 0, 0, G_OPTION_ARG_NONE, &only_active, "Only those that have a process", NULL },
  { "inactive", 0, 0, G_OPTION_ARG_NONE, &only_inactive, "Only those that have none", NULL },
  { "state", 0, 0, G_OPTION_ARG_STRING, &only_state, "Only those in this state", "STATE" },
  { "names", 0, 0, G_OPTION_ARG_NONE, &only_names, "Print only the names, one a line", NULL },
  { "long", 'l', 0, G_OPTION_ARG_NONE, &list_long, "Print CPUs, memory, PID and more", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry capabilities_options[] = {
  { "arch", 'a', 0, G_OPTION_ARG_STRING, &of_arch, "Of this architecture [the host's]", "ARCH" },
  { "machine", 'm', 0, G_OPTION_ARG_STRING, &of_machine, "Of this machine type", "MACHINE" },
  { "type", 0, 0, G_OPTION_ARG_STRING, &of_type, "With kvm or qemu", "TYPE" },
  G_OPTION_ENTRY_NULL,
};

static GVariant *
list_filter (void)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (only_active || only_inactive)
    g_variant_dict_insert (&options, "active", "b", only_active);
  if (only_state != NULL)
    g_variant_dict_insert (&options, "state", "s", only_state);
  return g_variant_new ("(@a{sv})", g_variant_dict_end (&options));
}

static void
print_rows_json (GVariant *rows)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  const char *path, *name, *uuid, *state;
  GVariantIter iter;

  json_builder_begin_array (builder);
  g_variant_iter_init (&iter, rows);
  while (g_variant_iter_next (&iter, "(&o&s&s&s)", &path, &name, &uuid, &state))
    {
      json_builder_begin_object (builder);
      json_builder_add_string_value (json_builder_set_member_name (builder, "name"), name);
      json_builder_add_string_value (json_builder_set_member_name (builder, "uuid"), uuid);
      json_builder_add_string_value (json_builder_set_member_name (builder, "state"), state);
      json_builder_add_string_value (json_builder_set_member_name (builder, "path"), path);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  root = json_builder_get_root (builder);
  ctl_print_json (root, FALSE);
}

static void
print_rows (Ctl *ctl, GVariant *rows)
{
  g_autoptr (CtlTable) table =
      ctl_table_new ((const char *const[]){ "NAME", "STATE", "UUID", NULL });
  const char *name, *uuid, *state;
  GVariantIter iter;

  g_variant_iter_init (&iter, rows);
  while (g_variant_iter_next (&iter, "(&o&s&s&s)", NULL, &name, &uuid, &state))
    if (only_names)
      puts (name);
    else
      ctl_table_add (table, (const char *const[]){ name, state, uuid, NULL });
  if (!only_names)
    ctl_table_print (table, ctl);
}

static void
add_long_row (CtlTable *table, GVariant *interfaces)
{
  g_autoptr (GVariant) properties =
      g_variant_lookup_value (interfaces, CTL_DOMAIN, G_VARIANT_TYPE_VARDICT);
  const char *name = "", *state = "", *reason = "", *machine = "";
  gboolean autostart = FALSE, persistent = FALSE;
  guint64 memory = 0;
  guint32 vcpus = 0, pid = 0;
  g_autofree char *size = NULL, *cpus = NULL, *process = NULL;

  if (properties == NULL)
    return;
  g_variant_lookup (properties, "Name", "&s", &name);
  g_variant_lookup (properties, "State", "&s", &state);
  g_variant_lookup (properties, "StateReason", "&s", &reason);
  g_variant_lookup (properties, "Machine", "&s", &machine);
  g_variant_lookup (properties, "Autostart", "b", &autostart);
  g_variant_lookup (properties, "Persistent", "b", &persistent);
  g_variant_lookup (properties, "Memory", "t", &memory);
  g_variant_lookup (properties, "Vcpus", "u", &vcpus);
  g_variant_lookup (properties, "Pid", "u", &pid);
  size = ctl_format_size (memory);
  cpus = g_strdup_printf ("%u", vcpus);
  process = pid > 0 ? g_strdup_printf ("%u", pid) : g_strdup ("-");
  ctl_table_add (table, (const char *const[]){ name, state, reason, cpus, size, process,
                                               autostart    ? "autostart"
                                               : persistent ? "-"
                                                            : "transient",
                                               machine, NULL });
}

static gboolean
list_everything (Ctl *ctl, GVariant *rows, GError **error)
{
  g_autoptr (CtlTable) table = ctl_table_new ((const char *const[]){
      "NAME", "STATE", "REASON", "CPUS", "MEMORY", "PID", "KIND", "MACHINE", NULL });
  g_autoptr (GVariant) objects = ctl_get_objects (ctl, error);
  const char *path;
  GVariantIter iter;

  if (objects == NULL)
    return FALSE;
  g_variant_iter_init (&iter, rows);
  while (g_variant_iter_next (&iter, "(&osss)", &path, NULL, NULL, NULL))
    {
      g_autoptr (GVariant) interfaces =
          g_variant_lookup_value (objects, path, G_VARIANT_TYPE ("a{sa{sv}}"));

      if (interfaces != NULL)
        add_long_row (table, interfaces);
    }
  ctl_table_print (table, ctl);
  return TRUE;
}

static gboolean
list_run (Ctl *ctl, char **args, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) rows = NULL;

  if (only_active && only_inactive)
    {
      g_set_error_literal (error, CTL_USAGE, 0, "--active and --inactive exclude each other");
      return FALSE;
    }
  reply = ctl_call_manager (ctl, "ListDomainStates", list_filter (), "(a(osss))", error);
  if (reply == NULL)
    return FALSE;
  rows = g_variant_get_child_value (reply, 0);
  if (ctl->json)
    print_rows_json (rows);
  else if (list_long)
    return list_everything (ctl, rows, error);
  else
    print_rows (ctl, rows);
  return TRUE;
}

/* @value, of the property @name, for people: "4 GiB". */
static char *
format_property (const char *name, GVariant *value)
{
  if (g_str_has_suffix (name, "Since") || g_str_has_suffix (name, "At"))
    return ctl_format_time (g_variant_get_uint64 (value));
  if (g_str_has_suffix (name, "Delay") || g_str_has_suffix (name, "Period"))
    return g_strdup_printf ("%g s", (double)g_variant_get_uint64 (value) / G_USEC_PER_SEC);
  if (g_str_has_prefix (name, "Memory") || g_str_equal (name, "HostMemory"))
    return ctl_format_size (g_variant_get_uint64 (value));
  return ctl_format_variant (value);
}

/* "MemoryMaximum" as "Memory maximum: 4 GiB". */
static void
print_property (Ctl *ctl, const char *name, GVariant *value)
{
  g_autoptr (GString) title = g_string_new (NULL);
  g_autofree char *text = format_property (name, value);

  for (const char *c = name; *c != '\0'; c++)
    if (c > name && g_ascii_isupper (*c))
      g_string_append_printf (title, " %c", g_ascii_tolower (*c));
    else
      g_string_append_c (title, *c);
  g_string_append_c (title, ':');
  printf ("%-22s%s%s%s\n", title->str, ctl_state_color (ctl, text),
          *text == '\0' || g_str_equal (text, CTL_NO_OBJECT) ? "-" : text,
          *ctl_state_color (ctl, text) != '\0' ? ctl_color_end (ctl) : "");
}

static gboolean
print_properties (Ctl *ctl, const char *path, const char *interface, GError **error)
{
  g_autoptr (GVariant) properties = ctl_get_properties (ctl, path, interface, error);
  const char *name;
  GVariant *value;
  GVariantIter iter;

  if (properties == NULL)
    return FALSE;
  if (ctl->json)
    {
      ctl_print_variant_json (properties);
      return TRUE;
    }
  g_variant_iter_init (&iter, properties);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      print_property (ctl, name, value);
      g_variant_unref (value);
    }
  return TRUE;
}

static gboolean
show_one (Ctl *ctl, const char *path, const char *name, GError **error)
{
  static guint n_shown;

  if (n_shown++ > 0 && !ctl->json)
    putchar ('\n');
  return print_properties (ctl, path, CTL_DOMAIN, error);
}

static gboolean
host_run (Ctl *ctl, char **args, GError **error)
{
  return print_properties (ctl, CTL_ROOT, CTL_MANAGER, error);
}

static gboolean
capabilities_run (Ctl *ctl, char **args, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  const char *xml;

  if (of_arch != NULL)
    g_variant_dict_insert (&options, "arch", "s", of_arch);
  if (of_machine != NULL)
    g_variant_dict_insert (&options, "machine", "s", of_machine);
  if (of_type != NULL)
    g_variant_dict_insert (&options, "type", "s", of_type);
  reply =
      ctl_call_manager (ctl, "GetDomainCapabilities",
                        g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "(s)", error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&s)", &xml);
  fputs (xml, stdout);
  return TRUE;
}

const CtlVerb ctl_list_verbs[] = {
  { .name = "list",
    .args = "",
    .summary = "List the domains",
    .details = "Examples:\n"
               "  roostctl list\n"
               "  roostctl list --state running --names\n"
               "  roostctl --json list | jq -r '.[].uuid'",
    .options = list_options,
    .run = list_run },
  { .name = "show",
    .args = "DOMAIN...",
    .summary = "Show all properties of a domain",
    .details = "Example:\n  roostctl show demo",
    .min_args = 1,
    .max_args = CTL_MANY,
    .each = show_one },
  { .name = "host",
    .args = "",
    .summary = "Show the daemon, the host and its emulators",
    .details = "Example:\n  roostctl --system host",
    .run = host_run },
  { .name = "capabilities",
    .args = "",
    .summary = "Print what a domain can have on this host",
    .details = "The answer is XML, in the form of libvirt's domainCapabilities.\n\n"
               "Examples:\n"
               "  roostctl capabilities\n"
               "  roostctl capabilities --arch aarch64 --machine virt",
    .options = capabilities_options,
    .run = capabilities_run },
  { 0 },
};
