/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/start-op.h"

#include "base/co.h"
#include "base/error.h"
#include "base/json.h"
#include "domain/chardevs.h"
#include "domain/display.h"
#include "domain/hotplug.h"
#include "domain/tune-private.h"
#include "domain/view-devices.h"
#include "domain/start-host.h"
#include "domain/view.h"

/* From exec to the greeting: firmware and large memory are prepared before it. */
#define CONNECT_WAIT_MS 60000

/* QEMU's end shows first as a lost connection; wait a moment for its last words. */
#define LAST_WORDS_WAIT_MS 2000

gboolean
roost_start_connect (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostStart *start = op;
  g_autoptr (GError) local = NULL;

  if (roost_domain_connect (start->domain, CONNECT_WAIT_MS, cancellable, &local))
    {
      roost_start_remove_secrets (start);
      return TRUE;
    }
  if (g_error_matches (local, ROOST_ERROR, ROOST_ERROR_NOT_RUNNING)
      && roost_process_wait (start->run->process, LAST_WORDS_WAIT_MS, cancellable, NULL))
    return roost_throw (error, ROOST_ERROR_QEMU, "QEMU has ended before it was up");
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

void
roost_start_undo_connect (gpointer op)
{
  RoostStart *start = op;

  roost_run_drop_monitor (start->run);
}

/* --- what is said before the guest's first instruction --- */

static gboolean
tell (RoostStart *start,
      const char *command,
      JsonObject *args,
      GCancellable *cancellable,
      GError **error)
{
  g_autoptr (JsonObject) held = args;
  g_autoptr (JsonNode) answer = roost_domain_qmp (start->domain, command, held, cancellable, error);

  return answer != NULL;
}

/* A reboot that is to end the guest, or to leave it for a look, must stop QEMU first. */
static gboolean
set_action (RoostStart *start, GCancellable *cancellable, GError **error)
{
  JsonObject *args;

  if (roost_view_on_reboot (start->config) == ROOST_ACTION_RESTART)
    return TRUE;
  args = json_object_new ();
  json_object_set_string_member (args, "reboot", "shutdown");
  return tell (start, "set-action", args, cancellable, error);
}

static gboolean
set_balloon (RoostStart *start, GCancellable *cancellable, GError **error)
{
  guint64 bytes = roost_view_initial_balloon (start->config);
  JsonObject *args;

  if (bytes == 0)
    return TRUE;
  args = json_object_new ();
  json_object_set_int_member (args, "value", (gint64)bytes);
  return tell (start, "balloon", args, cancellable, error);
}

/* The guest's driver tells of its memory only when it is asked at some pace. */
static gboolean
set_memory_period (RoostStart *start, GCancellable *cancellable, GError **error)
{
  guint64 seconds = roost_view_memory_period_s (start->config);
  JsonObject *args;

  if (seconds == 0)
    return TRUE;
  args = roost_memory_period_args (roost_view_balloon_alias (start->config), seconds);
  return tell (start, "qom-set", args, cancellable, error);
}

static gboolean
learn_ptys (RoostStart *start, GCancellable *cancellable, GError **error)
{
  g_autoptr (JsonNode) answer = NULL;

  if (!roost_view_has_pty (start->config))
    return TRUE;
  answer = roost_domain_qmp (start->domain, "query-chardev", NULL, cancellable, error);
  if (answer == NULL)
    return FALSE;
  roost_chardevs_set_ptys (roost_json_node_array (answer), start->config);
  return TRUE;
}

gboolean
roost_start_set_up (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostStart *start = op;

  if (!learn_ptys (start, cancellable, error)
      || !roost_domain_start_passwords (start->domain, start->config, cancellable, error)
      || !set_action (start, cancellable, error) || !set_balloon (start, cancellable, error)
      || !set_memory_period (start, cancellable, error)
      || !roost_hotplug_finish_boot (start->domain, start->config, error)
      || !roost_tune_start (start->domain, start->config, error))
    return FALSE;
  roost_document_unref (start->run->document);
  start->run->document = roost_document_new (start->config);
  roost_domain_changed (start->domain, ROOST_CHANGE_CONFIG);
  return TRUE;
}

gboolean
roost_start_run_guest (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostStart *start = op;

  if (!start->options->paused && !tell (start, "cont", NULL, cancellable, error))
    return FALSE;
  if (!roost_process_is_alive (start->run->process))
    return roost_throw (error, ROOST_ERROR_QEMU, "QEMU has ended");
  return TRUE;
}
