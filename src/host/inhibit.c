/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/inhibit.h"

#include "base/compat.h"
#include "base/log.h"

#include <gio/gunixfdlist.h>

#define CALL_MS 10000

struct RoostInhibitor
{
  const char *what;
  const char *mode;
  const char *why;
  gboolean is_wanted;
  RoostFd fd; /* held while it is open */
  GDBusConnection *bus;
  GCancellable *asking; /* (nullable): while logind is asked */
};

RoostInhibitor *
roost_inhibitor_new (const char *what, const char *mode, const char *why)
{
  RoostInhibitor *inhibitor = g_new0 (RoostInhibitor, 1);

  inhibitor->what = what;
  inhibitor->mode = mode;
  inhibitor->why = why;
  inhibitor->fd = -1;
  return inhibitor;
}

static void
let_go (RoostInhibitor *inhibitor)
{
  if (inhibitor->asking != NULL)
    g_cancellable_cancel (inhibitor->asking);
  g_clear_object (&inhibitor->asking);
  roost_fd_clear (&inhibitor->fd);
}

void
roost_inhibitor_free (RoostInhibitor *inhibitor)
{
  let_go (inhibitor);
  g_clear_object (&inhibitor->bus);
  g_free (inhibitor);
}

/* When it was cancelled the inhibitor may be gone: then an answer that came all the same is closed,
 * and that is all. */
static void
on_answer (GObject *source, GAsyncResult *res, gpointer p)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_with_unix_fd_list_finish (
      G_DBUS_CONNECTION (source), &fds, res, &error);
  RoostInhibitor *inhibitor = p;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&inhibitor->asking);
  if (reply != NULL && fds != NULL && g_unix_fd_list_get_length (fds) == 1)
    inhibitor->fd = g_unix_fd_list_get (fds, 0, &error);
  if (inhibitor->fd < 0)
    roost_log (G_LOG_LEVEL_INFO, NULL, NULL, NULL, "logind does not let us %s %s: %s",
               inhibitor->mode, inhibitor->what,
               error != NULL ? error->message : "no descriptor came");
}

static void
update (RoostInhibitor *inhibitor)
{
  if (!inhibitor->is_wanted || inhibitor->bus == NULL)
    {
      let_go (inhibitor);
      return;
    }
  if (inhibitor->fd >= 0 || inhibitor->asking != NULL)
    return;
  inhibitor->asking = g_cancellable_new ();
  g_dbus_connection_call_with_unix_fd_list (
      inhibitor->bus, "org.freedesktop.login1", "/org/freedesktop/login1",
      "org.freedesktop.login1.Manager", "Inhibit",
      g_variant_new ("(ssss)", inhibitor->what, "Roost", inhibitor->why, inhibitor->mode),
      G_VARIANT_TYPE ("(h)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_MS, NULL, inhibitor->asking,
      on_answer, inhibitor);
}

void
roost_inhibitor_set_bus (RoostInhibitor *inhibitor, GDBusConnection *bus)
{
  let_go (inhibitor);
  g_set_object (&inhibitor->bus, bus);
  update (inhibitor);
}

void
roost_inhibitor_want (RoostInhibitor *inhibitor, gboolean is_wanted)
{
  inhibitor->is_wanted = is_wanted;
  update (inhibitor);
}
