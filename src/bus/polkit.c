/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/polkit.h"

#define POLKIT                                                                                     \
  "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",                           \
      "org.freedesktop.PolicyKit1.Authority"

#define ALLOW_INTERACTION 1 /* CheckAuthorizationFlags of polkit's interface */

#define TIMEOUT_MS             (60 * 1000)
#define TIMEOUT_INTERACTIVE_MS (5 * 60 * 1000)

/* Tells polkit, and by it the agent of the user, that nobody waits any more. */
static void
take_back (GDBusConnection *connection, const char *id)
{
  g_dbus_connection_call (connection, POLKIT, "CancelCheckAuthorization", g_variant_new ("(s)", id),
                          NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
}

static void
on_answer (GObject *source, GAsyncResult *res, gpointer p)
{
  g_autoptr (GTask) task = p;
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = G_DBUS_CONNECTION (source);
  GVariant *reply = g_dbus_connection_call_finish (connection, res, &error);

  if (reply != NULL)
    {
      g_task_return_pointer (task, reply, (GDestroyNotify)g_variant_unref);
      return;
    }
  if (!g_dbus_error_is_remote_error (error))
    take_back (connection, g_task_get_task_data (task));
  g_dbus_error_strip_remote_error (error);
  g_task_return_error (task, g_steal_pointer (&error));
}

void
roost_polkit_check (GDBusConnection *connection,
                    const char *sender,
                    const char *action,
                    GVariant *details,
                    gboolean is_interactive,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer data)
{
  static guint n_questions;
  GTask *task = g_task_new (connection, NULL, callback, data);
  char *id = g_strdup_printf ("roost-%u", ++n_questions);
  GVariantBuilder subject;

  g_task_set_task_data (task, id, g_free);
  if (details == NULL)
    details = g_variant_new ("a{ss}", NULL);
  g_variant_builder_init (&subject, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&subject, "{sv}", "name", g_variant_new_string (sender));
  g_dbus_connection_call (connection, POLKIT, "CheckAuthorization",
                          g_variant_new ("((sa{sv})s@a{ss}us)", "system-bus-name", &subject, action,
                                         details, is_interactive ? ALLOW_INTERACTION : 0, id),
                          G_VARIANT_TYPE ("((bba{ss}))"), G_DBUS_CALL_FLAGS_NONE,
                          is_interactive ? TIMEOUT_INTERACTIVE_MS : TIMEOUT_MS, cancellable,
                          on_answer, task);
}

gboolean
roost_polkit_check_finish (GAsyncResult *res, RoostPolkitAnswer *out_answer, GError **error)
{
  g_autoptr (GVariant) reply = g_task_propagate_pointer (G_TASK (res), error);
  g_autoptr (GVariant) details = NULL;
  const char *id;

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "((bb@a{ss}))", &out_answer->is_authorized, &out_answer->is_challenge,
                 &details);
  out_answer->is_temporary =
      g_variant_lookup (details, "polkit.temporary_authorization_id", "&s", &id);
  return TRUE;
}
