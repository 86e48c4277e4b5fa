/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/hotplug-private.h"

#include "base/co.h"
#include "base/error.h"
#include "base/log.h"
#include "domain/start-host.h"

#include <string.h>

/* How long the guest gets to give back a device whose plug is undone. */
#define UNDO_WAIT_MS 10000

/* --- one command --- */

gboolean
roost_hotplug_tell (RoostDomain *domain, const char *command, JsonObject *args, GError **error)
{
  g_autoptr (JsonObject) held = args;
  g_autoptr (JsonNode) answer = roost_domain_qmp (domain, command, held, NULL, error);

  return answer != NULL;
}

static const struct
{
  const char *said;
  const char *text;
} explained[] = {
  { "virtio based memory devices cannot be unplugged",
    "this QEMU cannot unplug %s; to have its memory back, update a virtio-mem device with "
    "<requested>0</requested>" },
  { "nvdimm device hot unplug is not supported",
    "this QEMU cannot unplug %s; take it out of the stored configuration, for the next start" },
  { "does not support hotplugging",
    "%s cannot be plugged: its bus takes nothing while the guest runs; on the machine 'pc' that "
    "needs <acpi/> among the <features>, on 'q35' a pcie-root-port that is free" },
  { "nvdimm is not enabled",
    "%s cannot be plugged: the machine takes NVDIMMs when it had one at its start; add it to the "
    "stored configuration, for the next start" },
};

void
roost_hotplug_explain (const RoostDeviceRef *device, GError *error)
{
  g_autofree char *label = roost_device_label (device);

  for (guint i = 0; error->domain == ROOST_ERROR && i < G_N_ELEMENTS (explained); i++)
    if (strstr (error->message, explained[i].said) != NULL)
      {
        GString *text = g_string_new (explained[i].text);

        g_string_replace (text, "%s", label, 1);
        g_free (error->message);
        error->message = g_string_free (text, FALSE);
        error->code = ROOST_ERROR_NOT_SUPPORTED;
        return;
      }
}

gboolean
roost_hotplug_ask_out (RoostDomain *domain, const char *alias, GError **error)
{
  g_autoptr (GError) local = NULL;
  JsonObject *args = json_object_new ();

  json_object_set_string_member (args, "id", alias);
  if (roost_hotplug_tell (domain, "device_del", args, &local))
    return TRUE;
  if (g_error_matches (local, ROOST_ERROR, ROOST_ERROR_QEMU)
      && strstr (local->message, "already in the process of unplug") != NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static int
fd_of (const RoostCommander *commander, const RoostFdRequest *request)
{
  for (guint i = 0; commander->fds != NULL && i < commander->fds->len; i++)
    {
      const RoostPassedFd *passed = &g_array_index (commander->fds, RoostPassedFd, i);

      if (passed->target == request->target)
        return passed->fd;
    }
  return -1;
}

static gboolean
pass_fd (const RoostCommander *commander, const RoostPlugCommand *command, GError **error)
{
  RoostDomain *domain = commander->domain;
  int fd = fd_of (commander, command->fd);
  g_autoptr (RoostQmp) qmp = NULL;
  g_autoptr (JsonNode) answer = NULL;

  if (domain->run == NULL || domain->run->qmp == NULL || fd < 0)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has no connection to QEMU",
                        domain->name);
  qmp = g_object_ref (domain->run->qmp);
  answer = roost_qmp_call_with_fd (qmp, command->command, command->args, fd,
                                   domain->manager->qmp_deadline_ms, commander->cancellable, error);
  return answer != NULL;
}

static gboolean
put_secret (RoostDomain *domain, RoostPlugCommand *command, GError **error)
{
  g_autoptr (GBytes) value = roost_manager_secret_value (domain->manager, command->secret, error);

  if (value == NULL)
    return FALSE;
  roost_plug_put_secret (command, value);
  return TRUE;
}

static gboolean
run_one (const RoostCommander *commander, RoostPlugCommand *command, GError **error)
{
  g_autoptr (JsonNode) answer = NULL;

  if (command->fd != NULL)
    return pass_fd (commander, command, error);
  if (command->secret != NULL && !put_secret (commander->domain, command, error))
    return FALSE;
  answer = roost_domain_qmp (commander->domain, command->command, command->args,
                             commander->cancellable, error);
  return answer != NULL;
}

gboolean
roost_commands_run (RoostCommander *commander, const GPtrArray *commands, GError **error)
{
  for (guint i = 0; i < commands->len; i++)
    {
      if (!run_one (commander, commands->pdata[i], error))
        return FALSE;
      commander->n_done++;
    }
  return TRUE;
}

/* --- undo --- */

/* Pulls a device that was plugged a moment ago, and waits for it. */
static gboolean
undo_device (RoostDomain *domain, const char *alias)
{
  g_autoptr (RoostUnplug) unplug = roost_unplug_new (alias, "", FALSE);
  g_autoptr (GError) error = NULL;
  RoostRun *run = domain->run;
  gboolean ok;

  if (run == NULL)
    return TRUE;
  g_ptr_array_add (run->unplugs, roost_unplug_ref (unplug));
  ok = roost_hotplug_ask_out (domain, alias, &error)
       && roost_hotplug_await (domain, unplug, UNDO_WAIT_MS, NULL, &error);
  if (domain->run != run)
    return TRUE;
  g_ptr_array_remove (run->unplugs, unplug);
  if (!ok)
    roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
               "the device '%s' stays, although its plug failed: %s", alias, error->message);
  return ok;
}

/* A device that has left may still have a request under way; until that is done its disk stays. */
#define BUSY_PAUSE_MS 100
#define BUSY_TRIES    50

static gboolean
is_still_read (const RoostPlugCommand *command, const GError *error)
{
  return g_str_equal (command->undo, "blockdev-del")
         && g_error_matches (error, ROOST_ERROR, ROOST_ERROR_QEMU)
         && strstr (error->message, "in use") != NULL;
}

static void
undo_one (RoostDomain *domain, const RoostPlugCommand *command)
{
  const RoostRun *run = domain->run;
  g_autoptr (JsonNode) answer = NULL;
  g_autoptr (GError) error = NULL;

  if (command->undo == NULL || run == NULL)
    return;
  answer = roost_domain_qmp (domain, command->undo, command->undo_args, NULL, &error);
  for (guint i = 1; i < BUSY_TRIES && answer == NULL && is_still_read (command, error)
                    && co_sleep (BUSY_PAUSE_MS, NULL, NULL) && domain->run == run;
       i++)
    {
      g_clear_error (&error);
      answer = roost_domain_qmp (domain, command->undo, command->undo_args, NULL, &error);
    }
  if (answer == NULL) /* closefd of what was used, for one */
    roost_debug ("domain '%s': %s: %s", domain->name, command->undo, error->message);
}

gboolean
roost_commands_undo (RoostDomain *domain, const GPtrArray *commands, guint n_done, gboolean devices)
{
  for (guint i = MIN (n_done, commands->len); i-- > 0;)
    {
      const RoostPlugCommand *command = commands->pdata[i];
      gboolean is_device = g_strcmp0 (command->undo, "device_del") == 0;

      if (!is_device)
        undo_one (domain, command);
      else if (devices
               && !undo_device (domain, json_object_get_string_member (command->undo_args, "id")))
        return FALSE;
    }
  return TRUE;
}

/* --- the host's side --- */

void
roost_hotplug_launch (RoostDomain *domain, gboolean is_dry, RoostLaunch *out)
{
  const RoostPlaces *places = domain->manager->places;

  *out = (RoostLaunch){ .run_dir = domain->run->dir,
                        .state_dir = places->state_dir,
                        .is_privileged = places->is_privileged,
                        .is_dry = is_dry,
                        .host = places->host,
                        .monitor_fd = -1,
                        .now = g_get_real_time () / G_USEC_PER_SEC };
}

gboolean
roost_hotplug_settle (RoostDomain *domain, GError **error)
{
  RoostRun *run = domain->run;

  while (run != NULL && domain->run == run && run->n_cleaning > 0)
    if (!co_gate_wait (run->unplugged, domain->manager->qmp_deadline_ms, NULL, NULL))
      break;
  if (domain->run == run)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has ended", domain->name);
}
