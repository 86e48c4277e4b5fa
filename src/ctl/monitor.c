/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/storage.h"

#include "introspection/interfaces.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>

typedef struct
{
  Ctl *ctl;
  GMainLoop *loop;
  GStrv paths;       /* (nullable): only these domains */
  GHashTable *names; /* object path → name of the domain or pool, title of a job */
} Monitor;

/* --- names --- */

static void
learn_name (Monitor *monitor, const char *path, GVariant *properties)
{
  const char *name;

  if (g_variant_lookup (properties, "Name", "&s", &name))
    g_hash_table_replace (monitor->names, g_strdup (path), g_strdup (name));
}

/* "job 7 create": a number alone says little. */
static void
learn_job (Monitor *monitor, const char *path, GVariant *interfaces)
{
  g_autoptr (GVariant) properties =
      g_variant_lookup_value (interfaces, CTL_JOB, G_VARIANT_TYPE_VARDICT);
  const char *operation;

  if (properties != NULL && g_variant_lookup (properties, "Operation", "&s", &operation))
    g_hash_table_replace (monitor->names, g_strdup (path),
                          g_strdup_printf ("job %s %s", strrchr (path, '/') + 1, operation));
}

static void
learn_interfaces (Monitor *monitor, const char *path, GVariant *interfaces)
{
  const char *const named[] = { CTL_DOMAIN, CTL_POOL };

  learn_job (monitor, path, interfaces);
  for (guint i = 0; i < G_N_ELEMENTS (named); i++)
    {
      g_autoptr (GVariant) properties =
          g_variant_lookup_value (interfaces, named[i], G_VARIANT_TYPE_VARDICT);

      if (properties != NULL)
        learn_name (monitor, path, properties);
    }
}

static gboolean
learn_all (Monitor *monitor, GError **error)
{
  g_autoptr (GVariant) objects = ctl_get_objects (monitor->ctl, error);
  GVariantIter iter;
  const char *path;
  GVariant *interfaces;

  if (objects == NULL)
    return FALSE;
  g_variant_iter_init (&iter, objects);
  while (g_variant_iter_next (&iter, "{&o@a{sa{sv}}}", &path, &interfaces))
    {
      learn_interfaces (monitor, path, interfaces);
      g_variant_unref (interfaces);
    }
  return TRUE;
}

/* The domain or pool that the object @path is, or is a part of. Returns: (transfer full) */
static char *
owner_of (const char *path)
{
  const char *const kinds[] = { CTL_ROOT "/domain/", CTL_ROOT "/pool/" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (path, kinds[i]))
      return g_strndup (path, strlen (kinds[i]) + strcspn (path + strlen (kinds[i]), "/"));
  return g_strdup (path);
}

/* What the path ends with: '_' and two digits are a byte. Returns: (transfer full) */
static char *
last_name (const char *path)
{
  const char *last = strrchr (path, '/') + 1;
  g_autoptr (GString) text = g_string_new (NULL);

  for (const char *c = last; *c != '\0'; c++)
    if (*c == '_' && g_ascii_isxdigit (c[1]) && g_ascii_isxdigit (c[2]))
      {
        g_string_append_c (text,
                           (char)(g_ascii_xdigit_value (c[1]) << 4 | g_ascii_xdigit_value (c[2])));
        c += 2;
      }
    else
      g_string_append_c (text, *c);
  return g_utf8_make_valid (text->str, (gssize)text->len);
}

/* "demo", "demo/virtio-disk0", "job 7", or what the path ends with. Returns: (transfer full) */
static char *
title_of (Monitor *monitor, const char *path)
{
  g_autofree char *owner = owner_of (path);
  g_autofree char *last = last_name (path);
  const char *name = g_hash_table_lookup (monitor->names, owner);

  if (name != NULL)
    return g_str_equal (owner, path) ? g_strdup (name) : g_strdup_printf ("%s/%s", name, last);
  if (g_str_has_prefix (path, CTL_ROOT "/job/"))
    return g_strdup_printf ("job %s", last);
  return g_path_get_basename (path);
}

static gboolean
is_wanted (Monitor *monitor, const char *path)
{
  g_autofree char *owner = owner_of (path);

  return monitor->paths == NULL || g_strv_contains ((const char *const *)monitor->paths, owner);
}

/* --- what happened, as a dictionary of words and values --- */

static const GDBusSignalInfo *
find_signal (const char *interface, const char *signal)
{
  static const GDBusInterfaceInfo *const known[] = {
    &org_roost1_domain_interface,
    &org_roost1_job_interface,
    &org_roost1_manager_interface,
    &org_roost1_storage_pool_interface,
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (known[i]->name, interface))
      return g_dbus_interface_info_lookup_signal ((GDBusInterfaceInfo *)known[i], signal);
  return NULL;
}

/* The arguments of a signal by their names; "arg0" … for a signal of a newer daemon. */
static GVariant *
named_args (const char *interface, const char *signal, GVariant *args)
{
  const GDBusSignalInfo *info = find_signal (interface, signal);
  guint n_known = info != NULL ? g_strv_length ((GStrv)info->args) : 0;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (guint i = 0; i < g_variant_n_children (args); i++)
    {
      g_autoptr (GVariant) value = g_variant_get_child_value (args, i);
      g_autofree char *fallback = g_strdup_printf ("arg%u", i);

      g_variant_dict_insert_value (&dict, i < n_known ? info->args[i]->name : fallback, value);
    }
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
print_line (Monitor *monitor, const char *path, const char *event, GVariant *values)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *clock = g_date_time_format (now, "%H:%M:%S");
  g_autofree char *title = title_of (monitor, path);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  printf ("%s.%03d  %s  %s", clock, g_date_time_get_microsecond (now) / 1000, title, event);
  g_variant_iter_init (&iter, values);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_autofree char *text = ctl_format_variant (value);

      printf ("  %s=%s%s%s", key, ctl_state_color (monitor->ctl, text), text,
              ctl_color_end (monitor->ctl));
      g_variant_unref (value);
    }
  putchar ('\n');
  fflush (stdout);
}

static void
print_event_json (
    Monitor *monitor, const char *path, const char *interface, const char *event, GVariant *values)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *owner = owner_of (path);
  const char *name = g_str_has_prefix (owner, CTL_ROOT "/domain/")
                         ? g_hash_table_lookup (monitor->names, owner)
                         : NULL;

  json_builder_begin_object (builder);
  json_builder_add_int_value (json_builder_set_member_name (builder, "time"), g_get_real_time ());
  json_builder_set_member_name (builder, "domain");
  if (name != NULL)
    json_builder_add_string_value (builder, name);
  else
    json_builder_add_null_value (builder);
  json_builder_add_string_value (json_builder_set_member_name (builder, "path"), path);
  json_builder_add_string_value (json_builder_set_member_name (builder, "interface"), interface);
  json_builder_add_string_value (json_builder_set_member_name (builder, "event"), event);
  json_builder_add_value (json_builder_set_member_name (builder, "values"),
                          json_gvariant_serialize (values));
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  ctl_print_json (root, TRUE);
}

static void
print_event (
    Monitor *monitor, const char *path, const char *interface, const char *event, GVariant *values)
{
  if (!is_wanted (monitor, path))
    return;
  if (monitor->ctl->json)
    print_event_json (monitor, path, interface, event, values);
  else
    print_line (monitor, path, event, values);
}

/* --- signals --- */

static void
on_properties (Monitor *monitor, const char *path, GVariant *args)
{
  g_autoptr (GVariant) changed = NULL;
  const char *interface;

  if (!g_variant_is_of_type (args, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;
  g_variant_get (args, "(&s@a{sv}as)", &interface, &changed, NULL);
  if (g_str_equal (interface, CTL_DOMAIN) || g_str_equal (interface, CTL_POOL))
    learn_name (monitor, path, changed);
  print_event (monitor, path, interface, "PropertiesChanged", changed);
}

static void
on_objects (Monitor *monitor, const char *event, GVariant *args)
{
  g_autoptr (GVariant) interfaces = NULL;
  g_autoptr (GVariant) nothing = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  const char *path;

  if (g_variant_is_of_type (args, G_VARIANT_TYPE ("(oa{sa{sv}})")))
    g_variant_get (args, "(&o@a{sa{sv}})", &path, &interfaces);
  else if (g_variant_is_of_type (args, G_VARIANT_TYPE ("(oas)")))
    g_variant_get (args, "(&oas)", &path, NULL);
  else
    return;
  if (interfaces != NULL)
    learn_interfaces (monitor, path, interfaces);
  print_event (monitor, path, "org.freedesktop.DBus.ObjectManager",
               interfaces != NULL ? "added" : "removed", nothing);
  if (interfaces == NULL)
    g_hash_table_remove (monitor->names, path);
}

static void
on_signal (GDBusConnection *bus,
           const char *sender,
           const char *path,
           const char *interface,
           const char *signal,
           GVariant *args,
           gpointer data)
{
  Monitor *monitor = data;
  g_autoptr (GVariant) values = NULL;

  if (g_str_equal (interface, "org.freedesktop.DBus.Properties"))
    on_properties (monitor, path, args);
  else if (g_str_equal (interface, "org.freedesktop.DBus.ObjectManager"))
    on_objects (monitor, signal, args);
  else
    {
      values = named_args (interface, signal, args);
      print_event (monitor, path, interface, signal, values);
    }
}

static void
print_daemon (Monitor *monitor, const char *event)
{
  g_autoptr (GVariant) nothing = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));

  if (monitor->ctl->json)
    print_event_json (monitor, CTL_ROOT, "org.freedesktop.DBus", event, nothing);
  else
    print_line (monitor, CTL_ROOT, event, nothing);
}

static void
on_daemon_here (GDBusConnection *bus, const char *name, const char *owner, gpointer data)
{
  Monitor *monitor = data;

  if (learn_all (monitor, NULL))
    print_daemon (monitor, "listening");
}

static void
on_daemon_gone (GDBusConnection *bus, const char *name, gpointer data)
{
  print_daemon (data, "the daemon went away");
}

static gboolean
on_interrupt (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_CONTINUE;
}

/* Domains are followed by their paths: a later change of the name does not matter. */
static gboolean
choose_domains (Monitor *monitor, char **args, GError **error)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (char **name = args; *name != NULL; name++)
    {
      char *path = ctl_find_domain (monitor->ctl, *name, error);

      if (path == NULL)
        return FALSE;
      g_ptr_array_add (paths, path);
    }
  if (paths->len == 0)
    return TRUE;
  g_ptr_array_add (paths, NULL);
  monitor->paths = (GStrv)g_ptr_array_free (g_steal_pointer (&paths), FALSE);
  return TRUE;
}

static gboolean
monitor_run (Ctl *ctl, char **args, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  Monitor monitor = { .ctl = ctl, .loop = loop, .names = names };
  guint interrupt, terminate, watch, id;

  if (!ctl_connect (ctl, error) || !choose_domains (&monitor, args, error))
    return FALSE;
  interrupt = g_unix_signal_add (SIGINT, on_interrupt, loop);
  terminate = g_unix_signal_add (SIGTERM, on_interrupt, loop);
  id = g_dbus_connection_signal_subscribe (ctl->connection, CTL_BUS_NAME, NULL, NULL, NULL, NULL,
                                           G_DBUS_SIGNAL_FLAGS_NONE, on_signal, &monitor, NULL);
  watch = g_bus_watch_name_on_connection (ctl->connection, CTL_BUS_NAME,
                                          G_BUS_NAME_WATCHER_FLAGS_AUTO_START, on_daemon_here,
                                          on_daemon_gone, &monitor, NULL);
  g_main_loop_run (loop);
  g_bus_unwatch_name (watch);
  g_dbus_connection_signal_unsubscribe (ctl->connection, id);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  g_strfreev (monitor.paths);
  return TRUE;
}

const CtlVerb ctl_monitor_verbs[] = {
  { .name = "monitor",
    .args = "[DOMAIN...]",
    .summary = "Print what happens, as it happens",
    .details =
        "Prints changes of properties, signals, and domains and jobs that come and go, until\n"
        "^C. With --json each event is one line.\n\n"
        "Examples:\n"
        "  roostctl monitor demo\n"
        "  roostctl --json monitor | jq -c 'select(.event == \"StateChanged\") | .values'",
    .max_args = CTL_MANY,
    .run = monitor_run },
  { 0 },
};
