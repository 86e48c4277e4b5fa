/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* roostd: options, and the wiring of everything below. */

#include "base/co.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "bus/bus.h"
#include "domain/leave.h"
#include "domain/manager.h"
#include "host/login.h"
#include "host/scope.h"
#include "qemu/caps.h"
#include "storage/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <stdio.h>
#include <sys/file.h>
#include <systemd/sd-daemon.h>

enum
{
  EXIT_USAGE = 2,
  EXIT_TAKEN = 3, /* another daemon has the bus name or the folders */
};

/* How long systemd may take to say whether all ends. */
#define ASK_WHY_MS 2000

/* A bus that went away is looked for this long; then a supervisor may do better. */
#define RECONNECT_MS    1000
#define RECONNECT_TRIES 30

/* A daemon that is just ending holds its folders a moment longer than its name. */
#define LOCK_TRIES   30
#define LOCK_WAIT_US (100 * 1000)

typedef struct
{
  gboolean is_system;
  gboolean is_ready; /* has had the bus name */
  gboolean is_ending;
  int exit_code;
  int lock;
  guint tries;
  guint signals[3];
  guint retry;
  guint watchdog;
  GMainLoop *loop;
  RoostManager *manager;
  RoostLogin *login;
  RoostStorage *storage;
  GDBusConnection *connection;
  RoostBus *bus;
} App;

/* --- the end --- */

static void
on_closed (gpointer p)
{
  App *app = p;

  g_main_loop_quit (app->loop);
}

static void
close_manager (gpointer p)
{
  App *app = p;

  roost_manager_close (app->manager, on_closed, app);
}

/* As long as the guests may take, and a little for ourselves. */
#define LEAVE_EXTRA_S 20

static void
leave (App *app, gboolean is_host)
{
  sd_notifyf (FALSE, "EXTEND_TIMEOUT_USEC=%" G_GUINT64_FORMAT,
              (roost_manager_leave_timeout_s (app->manager) + LEAVE_EXTRA_S)
                  * (guint64)G_USEC_PER_SEC);
  roost_manager_leave (app->manager, roost_manager_leave_for (app->manager, is_host), close_manager,
                       app);
}

/* A session whose bus goes while its systemd is asked has ended. */
static gboolean
does_all_end (const App *app, GVariant *reply, const GError *error)
{
  g_autoptr (GVariant) state = NULL;

  if (reply == NULL)
    return !app->is_system && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_variant_get (reply, "(v)", &state);
  return g_variant_is_of_type (state, G_VARIANT_TYPE_STRING)
         && g_str_equal (g_variant_get_string (state, NULL), "stopping");
}

static void
on_system_state (GObject *source, GAsyncResult *res, gpointer p)
{
  App *app = p;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), res, &error);

  if (does_all_end (app, reply, error))
    leave (app, app->is_system || roost_login_is_going_down (app->login));
  else
    close_manager (app);
}

/* Only the daemon ends, or all with it: the host, or the user's session? The systemd of each knows.
 * A session whose bus is gone for good has ended. */
static void
ask_why (App *app)
{
  if (roost_login_is_going_down (app->login))
    leave (app, TRUE);
  else if (app->connection != NULL)
    g_dbus_connection_call (
        app->connection, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
        "org.freedesktop.DBus.Properties", "Get",
        g_variant_new ("(ss)", "org.freedesktop.systemd1.Manager", "SystemState"),
        G_VARIANT_TYPE ("(v)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, ASK_WHY_MS, NULL, on_system_state,
        app);
  else if (app->is_ready && !app->is_system)
    leave (app, FALSE);
  else
    close_manager (app);
}

/* Guests run on, unless all ends; who starts the daemon again finds them. */
static void
app_end (App *app, int exit_code)
{
  if (app->is_ending)
    return;
  app->is_ending = TRUE;
  app->exit_code = exit_code;
  sd_notify (FALSE, "STOPPING=1");
  g_clear_handle_id (&app->retry, g_source_remove);
  if (app->bus != NULL)
    roost_bus_stop (app->bus);
  ask_why (app);
}

static gboolean
on_signal (gpointer p)
{
  App *app = p;

  if (app->is_ending)
    {
      roost_warning ("asked twice to end: ending at once");
      app->exit_code = EXIT_FAILURE;
      g_main_loop_quit (app->loop);
    }
  app_end (app, EXIT_SUCCESS);
  return G_SOURCE_CONTINUE;
}

/* --- the bus --- */

static void connect_bus (App *app);

static gboolean
on_retry (gpointer p)
{
  App *app = p;

  app->retry = 0;
  connect_bus (app);
  return G_SOURCE_REMOVE;
}

static void
retry_bus (App *app, const char *why)
{
  if (!app->is_ready || ++app->tries > RECONNECT_TRIES)
    {
      roost_warning ("there is no %s bus: %s", app->is_system ? "system" : "session", why);
      app_end (app, EXIT_FAILURE);
      return;
    }
  app->retry = g_timeout_add (RECONNECT_MS, on_retry, app);
}

static void
drop_bus (App *app)
{
  if (app->bus != NULL)
    roost_bus_close (app->bus);
  if (app->manager != NULL)
    roost_manager_set_scopes (app->manager, NULL);
  g_clear_pointer (&app->bus, roost_bus_unref);
  if (app->connection != NULL)
    g_signal_handlers_disconnect_by_data (app->connection, app);
  g_clear_object (&app->connection);
}

/* systemd is found on the same bus, the system's or the user's. */
static void
use_systemd (App *app)
{
  g_autoptr (RoostScopes) scopes = roost_scopes_new (app->connection, app->is_system);

  roost_manager_set_scopes (app->manager, scopes);
}

static void
on_bus_closed (GDBusConnection *connection, gboolean by_peer, GError *error, App *app)
{
  roost_warning ("the bus went away; the guests run on, and the bus is looked for");
  drop_bus (app);
  if (!app->is_ending)
    retry_bus (app, error != NULL ? error->message : "closed");
}

static void
app_ready (App *app)
{
  app->tries = 0;
  if (app->is_ready)
    {
      roost_info ("back on the bus");
      return;
    }
  app->is_ready = TRUE;
  sd_notify (FALSE, "READY=1");
  roost_info ("serving %u domains as %s on the %s bus", roost_manager_n_domains (app->manager),
              ROOST_BUS_NAME, app->is_system ? "system" : "session");
  roost_storage_autostart (app->storage);
  roost_manager_autostart (app->manager);
}

static void
on_name (GObject *source, GAsyncResult *res, gpointer p)
{
  App *app = p;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), res, &error);
  guint32 answer = 0;

  if (app->is_ending || G_DBUS_CONNECTION (source) != app->connection)
    return;
  if (reply != NULL)
    g_variant_get (reply, "(u)", &answer);
  if (answer == 1) /* the primary owner */
    app_ready (app);
  else if (reply != NULL)
    {
      roost_warning ("another service has the bus name %s", ROOST_BUS_NAME);
      app_end (app, EXIT_TAKEN);
    }
  else
    {
      roost_warning ("the bus does not give the name %s: %s", ROOST_BUS_NAME, error->message);
      app_end (app, EXIT_FAILURE);
    }
}

/* Everything is exported before the name is there, so that the first call finds it. */
static gboolean
serve (App *app, GError **error)
{
  const guint32 do_not_queue = 4;

  app->bus = roost_bus_new (app->manager, app->connection, app->is_system, error);
  if (app->bus == NULL || !roost_bus_set_storage (app->bus, app->storage, error))
    return FALSE;
  g_signal_connect (app->connection, "closed", G_CALLBACK (on_bus_closed), app);
  use_systemd (app);
  g_dbus_connection_call (app->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "RequestName",
                          g_variant_new ("(su)", ROOST_BUS_NAME, do_not_queue),
                          G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_name, app);
  return TRUE;
}

static void
on_connected (GObject *source, GAsyncResult *res, gpointer p)
{
  App *app = p;
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_finish (res, &error);

  if (app->is_ending)
    {
      g_clear_object (&connection);
      return;
    }
  app->connection = connection;
  if (connection == NULL || !serve (app, &error))
    {
      drop_bus (app);
      retry_bus (app, error->message);
    }
}

static void
connect_bus (App *app)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *address = g_dbus_address_get_for_bus_sync (
      app->is_system ? G_BUS_TYPE_SYSTEM : G_BUS_TYPE_SESSION, NULL, &error);

  if (address == NULL)
    {
      retry_bus (app, error->message);
      return;
    }
  g_dbus_connection_new_for_address (address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                         | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL, NULL, on_connected, app);
}

/* --- the beginning --- */

/* Two daemons on the same folders would tear each other's guests apart. */
static gboolean
lock_places (App *app, const RoostPlaces *places, GError **error)
{
  g_autofree char *path = g_build_filename (places->run_dir, "roostd.lock", NULL);

  if (!roost_dir_make (places->run_dir, app->is_system ? 0711 : 0700, error))
    return FALSE;
  app->lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (app->lock < 0)
    return roost_throw_errno (error, errno, "cannot open %s", path);
  for (guint i = 0; flock (app->lock, LOCK_EX | LOCK_NB) != 0; i++)
    {
      if (errno != EWOULDBLOCK)
        return roost_throw_errno (error, errno, "cannot lock %s", path);
      if (i == LOCK_TRIES)
        return roost_throw (error, ROOST_ERROR_BUSY, "another roostd holds %s", path);
      g_usleep (LOCK_WAIT_US);
    }
  return TRUE;
}

static gboolean
on_watchdog (gpointer p)
{
  sd_notify (FALSE, "WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

static void
start_watchdog (App *app)
{
  uint64_t us = 0;

  if (sd_watchdog_enabled (FALSE, &us) > 0)
    app->watchdog = g_timeout_add ((guint)MAX (us / 3 / 1000, 1), on_watchdog, NULL);
}

/* What the administrator, or the user of a session, decides for all domains. */
static gboolean
load_host_config (RoostPlaces *places, GError **error)
{
  g_autofree char *path = g_build_filename (places->config_dir, "roost.conf", NULL);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  places->host = roost_host_config_load (path, error);
  return places->host != NULL;
}

static gboolean
app_load (App *app, GError **error)
{
  g_autoptr (RoostPlaces) places =
      app->is_system ? roost_places_new_system () : roost_places_new_session ();
  g_autoptr (RoostCaps) caps = NULL;
  RoostPlaces *kept = places;

  if (!lock_places (app, places, error) || !load_host_config (places, error))
    return FALSE;
  caps = roost_caps_new (places->cache_dir);
  roost_caps_read_host_pci (caps, "/sys/bus/pci/devices");
  app->manager = roost_manager_new (g_steal_pointer (&places), caps);
  app->login = roost_login_new ();
  roost_manager_set_login (app->manager, app->login);
  app->storage = roost_storage_new (
      &(RoostStoragePlaces){ kept->config_dir, kept->run_dir, kept->is_privileged },
      roost_manager_job_list (app->manager));
  roost_manager_set_storage (app->manager, app->storage);
  /* What was active is taken up at once: a pool may need a secret, a domain a pool. */
  return roost_secrets_load (roost_manager_secrets (app->manager), error)
         && roost_storage_load (app->storage, error) && roost_manager_load (app->manager, error);
}

static int
app_run (App *app)
{
  static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
  g_autoptr (GError) error = NULL;

  app->loop = g_main_loop_new (NULL, FALSE);
  if (!app_load (app, &error))
    {
      fprintf (stderr, "roostd: %s\n", error->message);
      return g_error_matches (error, ROOST_ERROR, ROOST_ERROR_BUSY) ? EXIT_TAKEN : EXIT_FAILURE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    app->signals[i] = g_unix_signal_add (numbers[i], on_signal, app);
  start_watchdog (app);
  connect_bus (app);
  g_main_loop_run (app->loop);
  if (app->connection != NULL)
    g_dbus_connection_flush_sync (app->connection, NULL, NULL);
  return app->exit_code;
}

static void
app_clear (App *app)
{
  drop_bus (app);
  for (guint i = 0; i < G_N_ELEMENTS (app->signals); i++)
    g_clear_handle_id (&app->signals[i], g_source_remove);
  g_clear_handle_id (&app->watchdog, g_source_remove);
  g_clear_object (&app->storage);
  g_clear_object (&app->manager);
  g_clear_object (&app->login);
  g_clear_pointer (&app->loop, g_main_loop_unref);
  if (app->lock >= 0)
    close (app->lock);
}

/* --- the log --- */

/* Debug lines of our own only, and only when asked for; the rest always, also "info". */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n, gpointer data)
{
  gboolean is_ours = FALSE;

  for (gsize i = 0; i < n && !is_ours; i++)
    is_ours = g_str_equal (fields[i].key, "GLIB_DOMAIN")
              && g_strcmp0 (fields[i].value, G_LOG_DOMAIN) == 0;
  if ((level & G_LOG_LEVEL_DEBUG) && !(is_ours && g_log_get_debug_enabled ()))
    return G_LOG_WRITER_HANDLED;
  if (g_log_writer_is_journald (fileno (stderr))
      && g_log_writer_journald (level, fields, n, data) == G_LOG_WRITER_HANDLED)
    return G_LOG_WRITER_HANDLED;
  return g_log_writer_standard_streams (level, fields, n, data);
}

static void
start_log (void)
{
  const char *domains = g_getenv ("G_MESSAGES_DEBUG");

  g_log_set_debug_enabled (domains != NULL
                           && (strstr (domains, G_LOG_DOMAIN) || strstr (domains, "all")));
  g_log_writer_default_set_use_stderr (TRUE);
  g_log_set_writer_func (write_log, NULL, NULL);
}

/* --- options --- */

static gboolean
parse_options (App *app, int *argc, char ***argv, GError **error)
{
  gboolean session = FALSE, system_ = FALSE, version = FALSE;
  const GOptionEntry entries[] = {
    { "session", 0, 0, G_OPTION_ARG_NONE, &session, "Serve this user, on the session bus", NULL },
    { "system", 0, 0, G_OPTION_ARG_NONE, &system_, "Serve the host, on the system bus", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, "Print the version", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- run virtual machines over D-Bus");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (version)
    {
      printf ("roostd %s\n", ROOST_VERSION);
      exit (EXIT_SUCCESS);
    }
  if (*argc > 1)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "what is '%s'?", (*argv)[1]);
  if (session == system_)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "say --session or --system");
  app->is_system = system_;
  return TRUE;
}

int
main (int argc, char **argv)
{
  App app = { .lock = -1 };
  g_autoptr (GError) error = NULL;
  int exit_code;

  if (!parse_options (&app, &argc, &argv, &error))
    {
      fprintf (stderr, "roostd: %s; see roostd --help\n", error->message);
      return EXIT_USAGE;
    }
  start_log ();
  exit_code = app_run (&app);
  app_clear (&app);
  return exit_code;
}
