/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/login.h"

#include "base/log.h"
#include "host/inhibit.h"

#include <unistd.h>

#define LOGIN_NAME  "org.freedesktop.login1"
#define LOGIN_PATH  "/org/freedesktop/login1"
#define LOGIN_IFACE "org.freedesktop.login1.Manager"

/* A bus that went away, or is not there yet, is looked for again. */
#define RETRY_S 10

static const char *const whats[] = { "shutdown", "sleep" };
#define N_WHATS G_N_ELEMENTS (whats)

struct _RoostLogin
{
  GObject parent;
  GDBusConnection *bus;
  GCancellable *closing;
  guint retry;
  guint watch;
  guint subscription;
  gulong closed_handler;
  gboolean is_going_down;
  RoostInhibitor *inhibitors[ROOST_INHIBIT_N][N_WHATS];
};

G_DEFINE_FINAL_TYPE (RoostLogin, roost_login, G_TYPE_OBJECT)

enum
{
  SLEEP,
  SHUTDOWN,
  LEFT,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void look_for_bus (RoostLogin *login);

static void
set_inhibitors_bus (RoostLogin *login, GDBusConnection *bus)
{
  for (guint i = 0; i < ROOST_INHIBIT_N; i++)
    for (guint k = 0; k < N_WHATS; k++)
      roost_inhibitor_set_bus (login->inhibitors[i][k], bus);
}

static void
drop_bus (RoostLogin *login)
{
  set_inhibitors_bus (login, NULL);
  if (login->bus == NULL)
    return;
  g_clear_signal_handler (&login->closed_handler, login->bus);
  g_dbus_connection_signal_unsubscribe (login->bus, login->subscription);
  g_clear_handle_id (&login->watch, g_bus_unwatch_name);
  g_clear_object (&login->bus);
}

static gboolean
on_retry (gpointer p)
{
  RoostLogin *login = p;

  login->retry = 0;
  look_for_bus (login);
  return G_SOURCE_REMOVE;
}

static void
retry_later (RoostLogin *login)
{
  if (login->retry == 0)
    login->retry = g_timeout_add_seconds_full (G_PRIORITY_LOW, RETRY_S, on_retry, login, NULL);
}

static void
on_closed (GDBusConnection *bus, gboolean by_peer, GError *error, gpointer p)
{
  drop_bus (p);
  retry_later (p);
}

/* --- what logind tells --- */

static gboolean
is_own_session (GVariant *args)
{
  const char *own = g_getenv ("XDG_SESSION_ID");
  const char *id = "";

  if (own != NULL && g_variant_is_of_type (args, G_VARIANT_TYPE ("(so)")))
    g_variant_get (args, "(&so)", &id, NULL);
  return g_strcmp0 (own, id) == 0;
}

static gboolean
is_own_user (GVariant *args)
{
  guint32 uid = 0;

  if (!g_variant_is_of_type (args, G_VARIANT_TYPE ("(uo)")))
    return FALSE;
  g_variant_get (args, "(uo)", &uid, NULL);
  return uid == getuid ();
}

static gboolean
flag_of (GVariant *args)
{
  gboolean flag = FALSE;

  if (g_variant_is_of_type (args, G_VARIANT_TYPE ("(b)")))
    g_variant_get (args, "(b)", &flag);
  return flag;
}

static void
on_signal (GDBusConnection *bus,
           const char *sender,
           const char *path,
           const char *interface,
           const char *name,
           GVariant *args,
           gpointer p)
{
  RoostLogin *login = p;

  if (g_str_equal (name, "PrepareForSleep"))
    g_signal_emit (login, signals[SLEEP], 0, flag_of (args));
  else if (g_str_equal (name, "PrepareForShutdown"))
    {
      login->is_going_down = flag_of (args);
      g_signal_emit (login, signals[SHUTDOWN], 0, login->is_going_down);
    }
  else if ((g_str_equal (name, "SessionRemoved") && is_own_session (args))
           || (g_str_equal (name, "UserRemoved") && is_own_user (args)))
    g_signal_emit (login, signals[LEFT], 0);
}

/* --- finding it --- */

static void
on_appeared (GDBusConnection *bus, const char *name, const char *owner, gpointer p)
{
  set_inhibitors_bus (p, bus);
}

static void
on_vanished (GDBusConnection *bus, const char *name, gpointer p)
{
  set_inhibitors_bus (p, NULL);
}

static void
use_bus (RoostLogin *login, GDBusConnection *bus)
{
  login->bus = bus;
  g_dbus_connection_set_exit_on_close (bus, FALSE);
  login->closed_handler = g_signal_connect (bus, "closed", G_CALLBACK (on_closed), login);
  login->subscription =
      g_dbus_connection_signal_subscribe (bus, LOGIN_NAME, LOGIN_IFACE, NULL, LOGIN_PATH, NULL,
                                          G_DBUS_SIGNAL_FLAGS_NONE, on_signal, login, NULL);
  login->watch = g_bus_watch_name_on_connection (bus, LOGIN_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                 on_appeared, on_vanished, login, NULL);
}

static void
on_bus (GObject *source, GAsyncResult *res, gpointer p)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *bus = g_bus_get_finish (res, &error);
  RoostLogin *login = p;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* it is gone */
  if (bus != NULL && !g_dbus_connection_is_closed (bus))
    {
      use_bus (login, bus);
      return;
    }
  g_clear_object (&bus);
  roost_debug ("logind: there is no system bus");
  retry_later (login);
}

static void
look_for_bus (RoostLogin *login)
{
  g_bus_get (G_BUS_TYPE_SYSTEM, login->closing, on_bus, login);
}

/* --- the object --- */

static void
roost_login_finalize (GObject *object)
{
  RoostLogin *login = ROOST_LOGIN (object);

  g_cancellable_cancel (login->closing);
  g_clear_object (&login->closing);
  g_clear_handle_id (&login->retry, g_source_remove);
  drop_bus (login);
  for (guint i = 0; i < ROOST_INHIBIT_N; i++)
    for (guint k = 0; k < N_WHATS; k++)
      roost_inhibitor_free (login->inhibitors[i][k]);
  G_OBJECT_CLASS (roost_login_parent_class)->finalize (object);
}

static void
roost_login_class_init (RoostLoginClass *class)
{
  G_OBJECT_CLASS (class)->finalize = roost_login_finalize;
  signals[SLEEP] = g_signal_new ("sleep", ROOST_TYPE_LOGIN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  signals[SHUTDOWN] = g_signal_new ("shutdown", ROOST_TYPE_LOGIN, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                    NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  signals[LEFT] = g_signal_new ("left", ROOST_TYPE_LOGIN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
}

static void
roost_login_init (RoostLogin *login)
{
  login->closing = g_cancellable_new ();
  for (guint k = 0; k < N_WHATS; k++)
    {
      login->inhibitors[ROOST_INHIBIT_JOBS][k] =
          roost_inhibitor_new (whats[k], "block", "An operation on a virtual machine is under way");
      login->inhibitors[ROOST_INHIBIT_GUESTS][k] =
          roost_inhibitor_new (whats[k], "delay", "Virtual machines are running");
    }
}

RoostLogin *
roost_login_new (void)
{
  RoostLogin *login = g_object_new (ROOST_TYPE_LOGIN, NULL);

  look_for_bus (login);
  return login;
}

gboolean
roost_login_is_going_down (RoostLogin *login)
{
  return login->is_going_down;
}

void
roost_login_inhibit (RoostLogin *login, RoostInhibit which, gboolean is_wanted)
{
  for (guint k = 0; k < N_WHATS; k++)
    roost_inhibitor_want (login->inhibitors[which][k], is_wanted);
}
