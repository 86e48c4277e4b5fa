/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/error.h"

#include <gio/gunixfdlist.h>
#include <string.h>
#include <unistd.h>

#define QUICK_TIMEOUT_MS 30000

/* Shorter beginnings of a UUID are more likely a name with a typing error. */
#define MIN_UUID_PREFIX 4

static gboolean
has_name (GDBusConnection *bus, const char *method)
{
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
      bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", method,
      g_str_equal (method, "NameHasOwner") ? g_variant_new ("(s)", CTL_BUS_NAME) : NULL, NULL,
      G_DBUS_CALL_FLAGS_NONE, QUICK_TIMEOUT_MS, NULL, NULL);
  g_autofree const char **names = NULL;
  gboolean has = FALSE;

  if (reply == NULL)
    return FALSE;
  if (g_variant_is_of_type (reply, G_VARIANT_TYPE ("(b)")))
    g_variant_get (reply, "(b)", &has);
  else
    g_variant_get (reply, "(^a&s)", &names);
  return has || (names != NULL && g_strv_contains (names, CTL_BUS_NAME));
}

/* Is the daemon there, or would the bus start it? */
static gboolean
has_roost (GDBusConnection *bus)
{
  return has_name (bus, "NameHasOwner") || has_name (bus, "ListActivatableNames");
}

static GDBusConnection *
open_bus (GBusType type, GError **error)
{
  GDBusConnection *bus = g_bus_get_sync (type, NULL, error);

  if (bus == NULL)
    g_prefix_error (error, "no %s bus: ", type == G_BUS_TYPE_SYSTEM ? "system" : "session");
  else
    g_dbus_connection_set_exit_on_close (bus, FALSE);
  return bus;
}

gboolean
ctl_connect (Ctl *ctl, GError **error)
{
  gboolean system_first = geteuid () == 0;
  GBusType first = system_first ? G_BUS_TYPE_SYSTEM : G_BUS_TYPE_SESSION;
  GBusType second = system_first ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM;
  g_autoptr (GDBusConnection) preferred = NULL;
  g_autoptr (GDBusConnection) other = NULL;

  if (ctl->connection != NULL)
    return TRUE;
  (void)ROOST_ERROR; /* registers the names, so that replies carry our codes */
  if (ctl->bus != CTL_BUS_AUTO)
    ctl->connection =
        open_bus (ctl->bus == CTL_BUS_USER ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, error);
  if (ctl->bus != CTL_BUS_AUTO)
    return ctl->connection != NULL;
  preferred = open_bus (first, NULL);
  if (preferred != NULL && has_roost (preferred))
    ctl->connection = g_steal_pointer (&preferred);
  else
    other = open_bus (second, NULL);
  if (other != NULL && has_roost (other))
    ctl->connection = g_steal_pointer (&other);
  if (ctl->connection == NULL)
    g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN,
                         "the daemon is neither on the session bus nor on the system bus; "
                         "start one with 'roostd --session', or see roostd(8)");
  return ctl->connection != NULL;
}

/* The text that the daemon wrote, and for what the bus itself says, words that help. */
static void
tidy (GError *error)
{
  static const struct
  {
    GDBusError code;
    const char *text;
  } words[] = {
    { G_DBUS_ERROR_SERVICE_UNKNOWN,
      "the daemon is not on this bus; see roostd(8), and --user and --system" },
    { G_DBUS_ERROR_NAME_HAS_NO_OWNER,
      "the daemon is not on this bus; see roostd(8), and --user and --system" },
    { G_DBUS_ERROR_NO_REPLY, "the daemon ended before it answered; its log says why" },
  };

  g_dbus_error_strip_remote_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_error_matches (error, G_DBUS_ERROR, (int)words[i].code))
      {
        g_free (error->message);
        error->message = g_strdup (words[i].text);
        return;
      }
}

typedef struct
{
  const char *path, *interface, *method;
  GVariant *args;   /* (nullable): floating is consumed */
  const char *type; /* of the reply */
  gboolean is_slow;
  GUnixFDList *fds;      /* (nullable): of the message */
  GUnixFDList **out_fds; /* (nullable): of the reply */
} Request;

static GVariant *
call_full (Ctl *ctl, const Request *request, GError **error)
{
  g_autoptr (GVariant) args = request->args != NULL ? g_variant_ref_sink (request->args) : NULL;
  g_autoptr (GError) local = NULL;
  GVariant *reply;

  if (!ctl_connect (ctl, error))
    return NULL;
  reply = g_dbus_connection_call_with_unix_fd_list_sync (
      ctl->connection, CTL_BUS_NAME, request->path, request->interface, request->method, args,
      G_VARIANT_TYPE (request->type),
      isatty (STDIN_FILENO) ? G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION
                            : G_DBUS_CALL_FLAGS_NONE,
      request->is_slow ? G_MAXINT : QUICK_TIMEOUT_MS, request->fds, request->out_fds, NULL, &local);
  if (local != NULL)
    {
      tidy (local);
      g_propagate_error (error, g_steal_pointer (&local));
    }
  return reply;
}

GVariant *
ctl_call_with_fd (Ctl *ctl,
                  const char *path,
                  const char *interface,
                  const char *method,
                  GVariant *args,
                  const char *type,
                  int fd,
                  GError **error)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr (GVariant) own = g_variant_ref_sink (args);
  const Request request = { path, interface, method, own, type, .is_slow = TRUE, .fds = fds };

  if (g_unix_fd_list_append (fds, fd, error) < 0)
    return NULL;
  return call_full (ctl, &request, error);
}

GVariant *
ctl_call (Ctl *ctl,
          const char *path,
          const char *interface,
          const char *method,
          GVariant *args,
          const char *type,
          CtlCallFlags flags,
          GError **error)
{
  const Request request = { path, interface, method,
                            args, type,      .is_slow = (flags & CTL_CALL_SLOW) != 0 };

  return call_full (ctl, &request, error);
}

GVariant *
ctl_call_with_fds (Ctl *ctl,
                   const char *path,
                   const char *interface,
                   const char *method,
                   GVariant *args,
                   const char *type,
                   GUnixFDList **out_fds,
                   GError **error)
{
  g_autoptr (GUnixFDList) fds = NULL;
  const Request request = { path, interface, method, args, type, .is_slow = TRUE, .out_fds = &fds };
  g_autoptr (GVariant) reply = call_full (ctl, &request, error);

  if (reply != NULL && fds == NULL)
    roost_throw (error, ROOST_ERROR_IO, "%s: the reply has no file descriptor", method);
  *out_fds = g_steal_pointer (&fds);
  return *out_fds != NULL ? g_steal_pointer (&reply) : NULL;
}

GVariant *
ctl_call_manager (Ctl *ctl, const char *method, GVariant *args, const char *type, GError **error)
{
  return ctl_call (ctl, CTL_ROOT, CTL_MANAGER, method, args, type, CTL_CALL_SLOW, error);
}

static GVariant *
options_tuple (GVariantDict *options)
{
  return options != NULL ? g_variant_new ("(@a{sv})", g_variant_dict_end (options))
                         : g_variant_new ("(a{sv})", NULL);
}

gboolean
ctl_call_domain (
    Ctl *ctl, const char *path, const char *method, GVariantDict *options, GError **error)
{
  g_autoptr (GVariant) reply =
      ctl_call (ctl, path, CTL_DOMAIN, method, options_tuple (options), "()", CTL_CALL_SLOW, error);

  return reply != NULL;
}

int
ctl_call_for_fd (
    Ctl *ctl, const char *path, const char *method, GVariantDict *options, GError **error)
{
  g_autoptr (GUnixFDList) fds = NULL;
  const Request request = { path,  CTL_DOMAIN,     method, options_tuple (options),
                            "(h)", .out_fds = &fds };
  g_autoptr (GVariant) reply = call_full (ctl, &request, error);
  int index;

  if (reply == NULL)
    return -1;
  g_variant_get (reply, "(h)", &index);
  if (fds == NULL)
    {
      roost_throw (error, ROOST_ERROR_IO, "%s: the reply has no file descriptor", method);
      return -1;
    }
  return g_unix_fd_list_get (fds, index, error);
}

static gboolean
is_uuid_prefix (const char *text)
{
  return strlen (text) >= MIN_UUID_PREFIX && text[strspn (text, "0123456789abcdefABCDEF-")] == '\0';
}

static char *
find_by_prefix (Ctl *ctl, const char *prefix, GError **error)
{
  g_autoptr (GVariant) reply = ctl_call_manager (
      ctl, "ListDomainStates", g_variant_new ("(a{sv})", NULL), "(a(osss))", error);
  g_autoptr (GVariantIter) rows = NULL;
  g_autofree char *found = NULL;
  const char *path, *uuid;

  if (reply == NULL)
    return NULL;
  g_variant_get (reply, "(a(osss))", &rows);
  while (g_variant_iter_next (rows, "(&o&s&s&s)", &path, NULL, &uuid, NULL))
    {
      if (g_ascii_strncasecmp (uuid, prefix, strlen (prefix)) != 0)
        continue;
      if (found != NULL)
        roost_throw (error, ROOST_ERROR_NOT_FOUND,
                     "'%s' is the beginning of more than one UUID; give more of it", prefix);
      if (found != NULL)
        return NULL;
      found = g_strdup (path);
    }
  if (found == NULL)
    roost_throw (error, ROOST_ERROR_NOT_FOUND,
                 "no domain has the name or the UUID '%s'; 'roostctl list' shows them", prefix);
  return g_steal_pointer (&found);
}

char *
ctl_find_domain (Ctl *ctl, const char *what, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GVariant) reply =
      ctl_call_manager (ctl, "GetDomainByName", g_variant_new ("(s)", what), "(o)", &local);
  char *path = NULL;

  if (reply != NULL)
    g_variant_get (reply, "(o)", &path);
  else if (!g_error_matches (local, ROOST_ERROR, ROOST_ERROR_NOT_FOUND))
    g_propagate_error (error, g_steal_pointer (&local));
  else if (is_uuid_prefix (what))
    path = find_by_prefix (ctl, what, error);
  else
    roost_throw (error, ROOST_ERROR_NOT_FOUND,
                 "no domain has the name '%s'; 'roostctl list' shows them", what);
  return path;
}

GVariant *
ctl_get_properties (Ctl *ctl, const char *path, const char *interface, GError **error)
{
  g_autoptr (GVariant) reply =
      ctl_call (ctl, path, "org.freedesktop.DBus.Properties", "GetAll",
                g_variant_new ("(s)", interface), "(a{sv})", CTL_CALL_QUICK, error);

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

GVariant *
ctl_get_objects (Ctl *ctl, GError **error)
{
  g_autoptr (GVariant) reply =
      ctl_call (ctl, CTL_ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", NULL,
                "(a{oa{sa{sv}}})", CTL_CALL_QUICK, error);

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

gboolean
ctl_each_domain (Ctl *ctl, char **args, CtlDomainFunc each, GError **error)
{
  gboolean ok = TRUE;

  for (char **name = args; *name != NULL; name++)
    {
      g_autoptr (GError) local = NULL;
      g_autofree char *path = ctl_find_domain (ctl, *name, &local);

      if (path != NULL && each (ctl, path, *name, &local))
        continue;
      if (ok && name[1] == NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      ctl_report (local);
      if (ctl->exit_code == CTL_EXIT_OK)
        ctl->exit_code = ctl_exit_for (local);
      ok = FALSE;
    }
  return TRUE;
}
