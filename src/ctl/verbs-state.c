/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

static gboolean paused, console, reset_nvram, graceful, wait_for_end, by_agent;
static int grace_s, timeout_s;
static char *wait_state;

static const GOptionEntry start_options[] = {
  { "paused", 'p', 0, G_OPTION_ARG_NONE, &paused, "Stop before the first instruction", NULL },
  { "console", 'c', 0, G_OPTION_ARG_NONE, &console, "Connect to the console from the start", NULL },
  { "reset-nvram", 0, 0, G_OPTION_ARG_NONE, &reset_nvram, "Begin with fresh firmware variables",
    NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry shutdown_options[] = {
  { "wait", 'w', 0, G_OPTION_ARG_NONE, &wait_for_end, "Return when it is shut off", NULL },
  { "timeout", 't', 0, G_OPTION_ARG_INT, &timeout_s, "Wait no longer than this", "SECONDS" },
  { "agent", 0, 0, G_OPTION_ARG_NONE, &by_agent, "By its agent, not by the power button", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry reboot_options[] = {
  { "agent", 0, 0, G_OPTION_ARG_NONE, &by_agent, "By its agent, not by the power button", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry destroy_options[] = {
  { "graceful", 0, 0, G_OPTION_ARG_NONE, &graceful, "Send no SIGKILL", NULL },
  { "grace", 0, 0, G_OPTION_ARG_INT, &grace_s, "Time between SIGTERM and SIGKILL", "SECONDS" },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry wait_options[] = {
  { "state", 's', 0, G_OPTION_ARG_STRING, &wait_state, "The state to wait for [shut-off]",
    "STATE" },
  { "timeout", 't', 0, G_OPTION_ARG_INT, &timeout_s, "Wait no longer than this", "SECONDS" },
  G_OPTION_ENTRY_NULL,
};

/* --- waiting --- */

typedef struct
{
  GMainLoop *loop;
  const char *name;
  const char *wanted;
  GError *error;
} Waiting;

static void
on_state (GDBusConnection *bus,
          const char *sender,
          const char *path,
          const char *interface,
          const char *signal,
          GVariant *args,
          gpointer data)
{
  Waiting *waiting = data;
  const char *state;

  if (!g_variant_is_of_type (args, G_VARIANT_TYPE ("(ss)")))
    return;
  g_variant_get (args, "(&s&s)", &state, NULL);
  if (g_str_equal (state, waiting->wanted))
    g_main_loop_quit (waiting->loop);
}

/* A transient domain, or one that was undefined, is gone when it has stopped. */
static void
on_removed (GDBusConnection *bus,
            const char *sender,
            const char *path,
            const char *interface,
            const char *signal,
            GVariant *args,
            gpointer data)
{
  Waiting *waiting = data;

  if (!g_str_equal (waiting->wanted, "shut-off"))
    roost_throw (&waiting->error, ROOST_ERROR_NOT_FOUND, "domain %s is no more", waiting->name);
  g_main_loop_quit (waiting->loop);
}

static void
on_daemon_gone (GDBusConnection *bus, const char *name, gpointer data)
{
  Waiting *waiting = data;

  g_set_error (&waiting->error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER,
               "the daemon went away while waiting for domain %s", waiting->name);
  g_main_loop_quit (waiting->loop);
}

static gboolean
on_timeout (gpointer data)
{
  Waiting *waiting = data;

  roost_throw (&waiting->error, ROOST_ERROR_TIMEOUT, "domain %s is not %s after %d s",
               waiting->name, waiting->wanted, timeout_s);
  g_main_loop_quit (waiting->loop);
  return G_SOURCE_REMOVE;
}

/* Already there? Asked after the signals were subscribed to, so that none is missed. */
static gboolean
is_there (Ctl *ctl, const char *path, Waiting *waiting)
{
  g_autoptr (GVariant) properties = ctl_get_properties (ctl, path, CTL_DOMAIN, &waiting->error);
  const char *state = "";

  if (g_error_matches (waiting->error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT)
      && g_str_equal (waiting->wanted, "shut-off"))
    g_clear_error (&waiting->error);
  if (properties == NULL)
    return TRUE;
  g_variant_lookup (properties, "State", "&s", &state);
  return g_str_equal (state, waiting->wanted);
}

static gboolean
wait_for_state (Ctl *ctl, const char *path, const char *name, const char *wanted, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Waiting waiting = { .loop = loop, .name = name, .wanted = wanted };
  guint ids[] = {
    g_dbus_connection_signal_subscribe (ctl->connection, CTL_BUS_NAME, CTL_DOMAIN, "StateChanged",
                                        path, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_state, &waiting,
                                        NULL),
    g_dbus_connection_signal_subscribe (
        ctl->connection, CTL_BUS_NAME, "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved",
        CTL_ROOT, path, G_DBUS_SIGNAL_FLAGS_MATCH_ARG0_PATH, on_removed, &waiting, NULL),
  };
  guint watch =
      g_bus_watch_name_on_connection (ctl->connection, CTL_BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                      NULL, on_daemon_gone, &waiting, NULL);
  guint timeout = timeout_s > 0 ? g_timeout_add_seconds (timeout_s, on_timeout, &waiting) : 0;

  if (!is_there (ctl, path, &waiting))
    g_main_loop_run (loop);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_dbus_connection_signal_unsubscribe (ctl->connection, ids[i]);
  g_bus_unwatch_name (watch);
  if (timeout > 0 && !g_error_matches (waiting.error, ROOST_ERROR, ROOST_ERROR_TIMEOUT))
    g_source_remove (timeout);
  if (waiting.error != NULL)
    g_propagate_error (error, waiting.error);
  return waiting.error == NULL;
}

static gboolean
wait_one (Ctl *ctl, const char *path, const char *name, GError **error)
{
  const char *const states[] = { "shut-off",      "starting",     "running", "paused",
                                 "shutting-down", "pm-suspended", "crashed", NULL };

  if (wait_state != NULL && !g_strv_contains (states, wait_state))
    {
      g_autofree char *list = g_strjoinv (", ", (char **)states);

      g_set_error (error, CTL_USAGE, 0, "there is no state '%s'; the states are %s", wait_state,
                   list);
      return FALSE;
    }
  return wait_for_state (ctl, path, name, wait_state != NULL ? wait_state : "shut-off", error);
}

/* --- the verbs --- */

static gboolean
start_one (Ctl *ctl, const char *path, const char *name, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  /* With the console the guest waits until we listen, so that its first line is seen. */
  if (paused || console)
    g_variant_dict_insert (&options, "paused", "b", TRUE);
  if (reset_nvram)
    g_variant_dict_insert (&options, "reset-nvram", "b", TRUE);
  if (!ctl_call_domain (ctl, path, "Start", &options, error))
    return FALSE;
  return !console || ctl_console_start (ctl, path, name, !paused, error);
}

static gboolean
start_run (Ctl *ctl, char **args, GError **error)
{
  if (!console || args[1] == NULL)
    return ctl_each_domain (ctl, args, start_one, error);
  g_set_error_literal (error, CTL_USAGE, 0, "--console is for one domain");
  return FALSE;
}

static gboolean
power_one (Ctl *ctl, const char *path, const char *name, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (by_agent)
    g_variant_dict_insert (&options, "mode", "s", "agent");
  return ctl_call_domain (ctl, path, ctl->verb->method, &options, error);
}

static gboolean
shutdown_one (Ctl *ctl, const char *path, const char *name, GError **error)
{
  return power_one (ctl, path, name, error)
         && (!wait_for_end || wait_for_state (ctl, path, name, "shut-off", error));
}

static gboolean
destroy_one (Ctl *ctl, const char *path, const char *name, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (graceful)
    g_variant_dict_insert (&options, "graceful", "b", TRUE);
  if (grace_s > 0)
    g_variant_dict_insert (&options, "grace", "t", (guint64)grace_s * G_USEC_PER_SEC);
  return ctl_call_domain (ctl, path, "Destroy", &options, error);
}

/* Shutdown's small sisters: a method that takes no options. */
static gboolean
plain_one (Ctl *ctl, const char *path, const char *name, GError **error)
{
  return ctl_call_domain (ctl, path, ctl->verb->method, NULL, error);
}

const CtlVerb ctl_state_verbs[] = {
  { .name = "start",
    .args = "DOMAIN...",
    .summary = "Start a domain",
    .details = "Examples:\n"
               "  roostctl start demo\n"
               "  roostctl start --console demo     # see it boot",
    .min_args = 1,
    .max_args = CTL_MANY,
    .options = start_options,
    .run = start_run },
  { .name = "shutdown",
    .args = "DOMAIN...",
    .summary = "Ask the guest to power off",
    .details = "The guest may take its time, or ignore it.\n\n"
               "Example:\n"
               "  roostctl shutdown --wait --timeout 60 demo || roostctl destroy demo",
    .min_args = 1,
    .max_args = CTL_MANY,
    .options = shutdown_options,
    .method = "Shutdown",
    .each = shutdown_one },
  { .name = "reboot",
    .args = "DOMAIN...",
    .summary = "Ask the guest to restart",
    .details = "Example:\n  roostctl reboot demo",
    .min_args = 1,
    .max_args = CTL_MANY,
    .options = reboot_options,
    .method = "Reboot",
    .each = power_one },
  { .name = "reset",
    .args = "DOMAIN...",
    .summary = "Press the reset button",
    .details = "The guest is not asked.\n\nExample:\n  roostctl reset demo",
    .min_args = 1,
    .max_args = CTL_MANY,
    .method = "Reset",
    .each = plain_one },
  { .name = "destroy",
    .args = "DOMAIN...",
    .summary = "Pull the plug of the guest",
    .details = "What the guest has not written to its disks is lost. It is always possible, also\n"
               "while another operation holds the domain.\n\n"
               "Example:\n  roostctl destroy demo",
    .min_args = 1,
    .max_args = CTL_MANY,
    .options = destroy_options,
    .each = destroy_one },
  { .name = "suspend",
    .args = "DOMAIN...",
    .summary = "Stop the CPUs of the guest",
    .details = "Example:\n  roostctl suspend demo",
    .min_args = 1,
    .max_args = CTL_MANY,
    .method = "Suspend",
    .each = plain_one },
  { .name = "resume",
    .args = "DOMAIN...",
    .summary = "Let a suspended guest go on",
    .details = "Example:\n  roostctl resume demo",
    .min_args = 1,
    .max_args = CTL_MANY,
    .method = "Resume",
    .each = plain_one },
  { .name = "wait",
    .args = "DOMAIN...",
    .summary = "Wait until a domain is in a state",
    .details = "Example:\n  roostctl wait --state running --timeout 10 demo",
    .min_args = 1,
    .max_args = CTL_MANY,
    .options = wait_options,
    .each = wait_one },
  { 0 },
};
