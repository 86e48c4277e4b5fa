/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/scope.h"

#include "base/co.h"
#include "base/error.h"
#include "base/log.h"

#define SYSTEMD_NAME  "org.freedesktop.systemd1"
#define SYSTEMD_PATH  "/org/freedesktop/systemd1"
#define SYSTEMD_IFACE "org.freedesktop.systemd1.Manager"

#define CALL_MS 10000

/* The longest a machine name may be: a host name label's limit in the kernel. */
#define MACHINE_NAME_MAX 64

struct RoostScopes
{
  guint n_refs;
  GDBusConnection *bus;
  gboolean is_system;
  gboolean is_subscribed; /* systemd sends signals only to who asked once */
  guint subscription;
  GHashTable *results; /* job path → result, for jobs that somebody here waits for */
  guint n_waiting;
  CoGate *job_removed;
};

static void
on_job_removed (GDBusConnection *bus,
                const char *sender,
                const char *path,
                const char *interface,
                const char *signal,
                GVariant *args,
                gpointer data)
{
  RoostScopes *scopes = data;
  const char *job;
  const char *result;

  if (scopes->n_waiting == 0 || !g_variant_is_of_type (args, G_VARIANT_TYPE ("(uoss)")))
    return;
  g_variant_get (args, "(u&os&s)", NULL, &job, NULL, &result);
  g_hash_table_replace (scopes->results, g_strdup (job), g_strdup (result));
  co_gate_open (scopes->job_removed);
}

RoostScopes *
roost_scopes_new (GDBusConnection *bus, gboolean is_system)
{
  RoostScopes *scopes = g_new0 (RoostScopes, 1);

  scopes->n_refs = 1;
  scopes->bus = g_object_ref (bus);
  scopes->is_system = is_system;
  scopes->results = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  scopes->job_removed = co_gate_new ();
  scopes->subscription = g_dbus_connection_signal_subscribe (
      bus, SYSTEMD_NAME, SYSTEMD_IFACE, "JobRemoved", SYSTEMD_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
      on_job_removed, scopes, NULL);
  return scopes;
}

RoostScopes *
roost_scopes_ref (RoostScopes *scopes)
{
  scopes->n_refs++;
  return scopes;
}

void
roost_scopes_unref (RoostScopes *scopes)
{
  if (--scopes->n_refs > 0)
    return;
  g_dbus_connection_signal_unsubscribe (scopes->bus, scopes->subscription);
  co_gate_free (scopes->job_removed);
  g_hash_table_unref (scopes->results);
  g_object_unref (scopes->bus);
  g_free (scopes);
}

char *
roost_scope_machine_name (const char *name, guint id)
{
  GString *out = g_string_new (NULL);

  g_string_printf (out, "roost-%u-", id);
  for (const char *p = name; *p != '\0' && out->len < MACHINE_NAME_MAX; p++)
    {
      gboolean fits = g_ascii_isalnum (*p) || *p == '-' || *p == '_';

      /* Two dots in a row, or one at the end, are no host name. */
      if (*p == '.' && out->str[out->len - 1] != '.' && g_ascii_isalnum (p[1]))
        fits = TRUE;
      g_string_append_c (out, fits ? *p : '_');
    }
  if (out->str[out->len - 1] == '.')
    out->str[out->len - 1] = '_';
  return g_string_free (out, FALSE);
}

char *
roost_scope_unit_name (const char *machine_name)
{
  GString *out = g_string_new ("machine-");

  for (const char *p = machine_name; *p != '\0'; p++)
    if (g_ascii_isalnum (*p) || *p == '_' || *p == '.')
      g_string_append_c (out, *p);
    else
      g_string_append_printf (out, "\\x%02x", (guchar)*p);
  g_string_append (out, ".scope");
  return g_string_free (out, FALSE);
}

/* Awaits: yes. Returns: (transfer full): the reply's tuple. */
static GVariant *
systemd_call (
    RoostScopes *scopes, const char *method, GVariant *args, const char *reply_type, GError **error)
{
  g_autoptr (GAsyncResult) res = NULL;

  g_dbus_connection_call (scopes->bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_IFACE, method, args,
                          reply_type != NULL ? G_VARIANT_TYPE (reply_type) : NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_MS, NULL, co_wake, co_self ());
  res = co_wait ();
  return g_dbus_connection_call_finish (scopes->bus, res, error);
}

static gboolean
subscribe (RoostScopes *scopes, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) local = NULL;

  if (scopes->is_subscribed)
    return TRUE;
  reply = systemd_call (scopes, "Subscribe", NULL, NULL, &local);
  if (reply == NULL)
    {
      g_dbus_error_strip_remote_error (local);
      return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "systemd is not on the bus: %s",
                          local->message);
    }
  scopes->is_subscribed = TRUE;
  return TRUE;
}

static const char *const daemon_unit[] = { "roostd.service", NULL };

static GVariant *
pids_value (const pid_t *first, const pid_t *pids, guint n)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("au"));
  if (first != NULL)
    g_variant_builder_add (&builder, "u", (guint32)*first);
  for (guint i = 0; i < n; i++)
    g_variant_builder_add (&builder, "u", (guint32)pids[i]);
  return g_variant_builder_end (&builder);
}

static GVariant *
scope_properties (const RoostScopeGuest *guest)
{
  GVariantBuilder props;
  g_autofree char *description = g_strdup_printf ("Virtual machine %s", guest->name);

  g_variant_builder_init (&props, G_VARIANT_TYPE ("a(sv)"));
  g_variant_builder_add (&props, "(sv)", "Description", g_variant_new_string (description));
  g_variant_builder_add (&props, "(sv)", "Slice", g_variant_new_string ("machine.slice"));
  g_variant_builder_add (&props, "(sv)", "Delegate", g_variant_new_boolean (TRUE));
  g_variant_builder_add (&props, "(sv)", "CollectMode",
                         g_variant_new_string ("inactive-or-failed"));
  /* What is before the daemon at the start of the host is after it at its end: it has the time to
   * shut its guests down. */
  g_variant_builder_add (&props, "(sv)", "Before", g_variant_new_strv (daemon_unit, -1));
  g_variant_builder_add (&props, "(sv)", "PIDs",
                         pids_value (&guest->pid, guest->helpers, guest->n_helpers));
  return g_variant_builder_end (&props);
}

/* Waits until systemd has done @job. Awaits: yes. */
static gboolean
wait_for_job (RoostScopes *scopes, const char *job, const char *unit, GError **error)
{
  g_autofree char *result = NULL;
  gint64 until = g_get_monotonic_time () + CALL_MS * G_TIME_SPAN_MILLISECOND;

  while (!g_hash_table_contains (scopes->results, job))
    {
      gint64 left_ms = (until - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;

      if (left_ms <= 0 || !co_gate_wait (scopes->job_removed, (guint)left_ms, NULL, NULL))
        return roost_throw (error, ROOST_ERROR_IO, "systemd did not start %s within %d s", unit,
                            CALL_MS / 1000);
    }
  result = g_strdup (g_hash_table_lookup (scopes->results, job));
  if (!g_str_equal (result, "done"))
    return roost_throw (error, ROOST_ERROR_IO, "systemd could not start %s: %s", unit, result);
  return TRUE;
}

static gboolean
start_scope (RoostScopes *scopes, const char *unit, const RoostScopeGuest *guest, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) local = NULL;
  const char *job;
  gboolean ok;

  scopes->n_waiting++;
  reply = systemd_call (
      scopes, "StartTransientUnit",
      g_variant_new ("(ss@a(sv)a(sa(sv)))", unit, "fail", scope_properties (guest), NULL), "(o)",
      &local);
  if (reply == NULL)
    {
      g_dbus_error_strip_remote_error (local);
      ok = roost_throw (error, ROOST_ERROR_IO, "systemd refused the scope %s: %s", unit,
                        local->message);
    }
  else
    {
      g_variant_get (reply, "(&o)", &job);
      ok = wait_for_job (scopes, job, unit, error);
    }
  if (--scopes->n_waiting == 0)
    g_hash_table_remove_all (scopes->results);
  return ok;
}

/* The sixteen bytes of a UUID as machined wants them. */
static GVariant *
uuid_bytes (const char *uuid)
{
  guint8 bytes[16] = { 0 };
  guint n = 0;

  for (const char *p = uuid; p[0] != '\0' && p[1] != '\0' && n < sizeof bytes; p++)
    if (*p != '-')
      {
        bytes[n++] = (guint8)(g_ascii_xdigit_value (p[0]) << 4 | g_ascii_xdigit_value (p[1]));
        p++;
      }
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, sizeof bytes, 1);
}

static void
register_machine (RoostScopes *scopes, const char *machine, const RoostScopeGuest *guest)
{
  g_autoptr (GAsyncResult) res = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  g_dbus_connection_call (scopes->bus, "org.freedesktop.machine1", "/org/freedesktop/machine1",
                          "org.freedesktop.machine1.Manager", "RegisterMachine",
                          g_variant_new ("(s@ayssus)", machine, uuid_bytes (guest->uuid), "roost",
                                         "vm", (guint32)guest->pid, ""),
                          NULL, G_DBUS_CALL_FLAGS_NONE, CALL_MS, NULL, co_wake, co_self ());
  res = co_wait ();
  reply = g_dbus_connection_call_finish (scopes->bus, res, &error);
  if (reply == NULL)
    roost_log (G_LOG_LEVEL_DEBUG, NULL, guest->uuid, guest->name,
               "not registered with machined: %s", error->message);
}

gboolean
roost_scopes_add (RoostScopes *scopes, const RoostScopeGuest *guest, GError **error)
{
  g_autoptr (RoostScopes) held = roost_scopes_ref (scopes); /* the bus may go while we wait */
  g_autofree char *machine = roost_scope_machine_name (guest->name, guest->id);
  g_autofree char *unit = roost_scope_unit_name (machine);

  if (!subscribe (held, error) || !start_scope (held, unit, guest, error))
    return FALSE;
  if (held->is_system)
    register_machine (held, machine, guest);
  return TRUE;
}

gboolean
roost_scopes_join (
    RoostScopes *scopes, const char *unit, const pid_t *pids, guint n_pids, GError **error)
{
  g_autoptr (RoostScopes) held = roost_scopes_ref (scopes);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) local = NULL;

  if (!subscribe (held, error))
    return FALSE;
  reply = systemd_call (held, "AttachProcessesToUnit",
                        g_variant_new ("(ss@au)", unit, "", pids_value (NULL, pids, n_pids)), NULL,
                        &local);
  if (reply != NULL)
    return TRUE;
  g_dbus_error_strip_remote_error (local);
  return roost_throw (error, ROOST_ERROR_IO, "systemd does not put processes into %s: %s", unit,
                      local->message);
}

gboolean
roost_scopes_set (RoostScopes *scopes, const char *unit, GVariant *properties, GError **error)
{
  g_autoptr (RoostScopes) held = roost_scopes_ref (scopes);
  g_autoptr (GVariant) own = g_variant_ref_sink (properties);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) local = NULL;

  if (!subscribe (held, error))
    return FALSE;
  reply = systemd_call (held, "SetUnitProperties", g_variant_new ("(sb@a(sv))", unit, TRUE, own),
                        NULL, &local);
  if (reply != NULL)
    return TRUE;
  g_dbus_error_strip_remote_error (local);
  return roost_throw (error, ROOST_ERROR_IO, "systemd refused the limits of %s: %s", unit,
                      local->message);
}
