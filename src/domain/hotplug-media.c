/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/hotplug-private.h"

#include "base/co.h"
#include "base/error.h"
#include "base/log.h"
#include "domain/hotplug-view.h"
#include "domain/lend.h"
#include "domain/start-host.h"

#include <string.h>

/*
 * The medium of a drive: the tray opens (a guest that has locked it is asked first), the old nodes
 * go, the new ones come, the tray closes. When the new medium cannot be used the old one comes
 * back.
 */

/* How long a guest that has locked the tray gets to open it. */
#define TRAY_WAIT_MS 5000
#define TRAY_POLL_MS 100

typedef struct
{
  RoostDomain *domain;
  const RoostFacts *facts;
  const char *alias;
  gboolean force;
} RoostDrive;

static JsonObject *
args_of (const RoostDrive *drive)
{
  JsonObject *args = json_object_new ();

  json_object_set_string_member (args, "id", drive->alias);
  return args;
}

static gboolean
open_tray_once (const RoostDrive *drive, GError **error)
{
  JsonObject *args = args_of (drive);

  json_object_set_boolean_member (args, "force", drive->force);
  return roost_hotplug_tell (drive->domain, "blockdev-open-tray", args, error);
}

/* QEMU has passed the wish on; what the guest does shows at the next try. */
static gboolean
open_tray (const RoostDrive *drive, GError **error)
{
  for (guint waited_ms = 0;; waited_ms += TRAY_POLL_MS)
    {
      g_autoptr (GError) local = NULL;

      if (open_tray_once (drive, &local))
        return TRUE;
      if (!g_error_matches (local, ROOST_ERROR, ROOST_ERROR_QEMU)
          || strstr (local->message, "is locked") == NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (waited_ms >= TRAY_WAIT_MS)
        return roost_throw (error, ROOST_ERROR_BUSY,
                            "the guest has locked the tray of '%s'; the option 'force' opens it "
                            "all the same",
                            drive->alias);
      if (!co_sleep (TRAY_POLL_MS, NULL, error))
        return FALSE;
    }
}

static gboolean
close_tray (const RoostDrive *drive, GError **error)
{
  return roost_hotplug_tell (drive->domain, "blockdev-close-tray", args_of (drive), error);
}

/* --- nodes --- */

/* The commands for the nodes of what is in the drive; none for its device. */
static RoostPlug *
plug_of (const RoostDrive *drive,
         const RoostDomainConfig *config,
         const RoostDeviceRef *ref,
         char **out_node,
         GError **error)
{
  g_autoptr (RoostPlug) plug = NULL;
  RoostLaunch launch;

  if (drive->domain->run == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has ended", drive->domain->name);
      return NULL;
    }
  roost_hotplug_launch (drive->domain, FALSE, &launch);
  plug = roost_plug_build_medium (config, ref->disk, drive->facts, &launch, out_node, error);
  return g_steal_pointer (&plug);
}

static gboolean
take_out (const RoostDrive *drive,
          const RoostDomainConfig *config,
          const RoostDeviceRef *ref,
          GError **error)
{
  g_autofree char *node = NULL;
  g_autoptr (RoostPlug) plug = plug_of (drive, config, ref, &node, error);

  if (plug == NULL)
    return FALSE;
  if (node == NULL)
    return TRUE;
  if (!roost_hotplug_tell (drive->domain, "blockdev-remove-medium", args_of (drive), error))
    return FALSE;
  roost_commands_undo (drive->domain, plug->commands, plug->commands->len, FALSE);
  return TRUE;
}

static gboolean
insert (const RoostDrive *drive, const char *node, GError **error)
{
  JsonObject *args = args_of (drive);

  json_object_set_string_member (args, "node-name", node);
  return roost_hotplug_tell (drive->domain, "blockdev-insert-medium", args, error);
}

static gboolean
put_in (const RoostDrive *drive,
        const RoostDomainConfig *config,
        const RoostDeviceRef *ref,
        GError **error)
{
  g_autofree char *node = NULL;
  g_autoptr (RoostPlug) plug = plug_of (drive, config, ref, &node, error);
  RoostCommander commander = { .domain = drive->domain };

  if (plug == NULL)
    return FALSE;
  ref->disk->tray = ROOST_DISK_TRAY_UNSET;
  if (node == NULL)
    {
      if (roost_device_has_tray (ref))
        ref->disk->tray = ROOST_DISK_TRAY_OPEN; /* an empty drive: it stays open */
      return TRUE;
    }
  if (roost_lend (drive->domain, config, drive->alias, error)
      && roost_commands_run (&commander, plug->commands, error) && insert (drive, node, error))
    return close_tray (drive, error);
  roost_commands_undo (drive->domain, plug->commands, commander.n_done, FALSE);
  return FALSE;
}

/* --- the whole --- */

static void
bring_back (const RoostDrive *drive, const RoostDomainConfig *config, const RoostDeviceRef *ref)
{
  g_autoptr (GError) error = NULL;

  if (drive->domain->run == NULL)
    return;
  if (!put_in (drive, config, ref, &error))
    roost_log (G_LOG_LEVEL_WARNING, NULL, drive->domain->uuid, drive->domain->name,
               "the drive '%s' is empty now: %s", drive->alias, error->message);
}

gboolean
roost_hotplug_change_medium (RoostAmend *amend,
                             const RoostDeviceRef *was,
                             const RoostDeviceRef *now,
                             gboolean force,
                             GError **error)
{
  const RoostDrive drive = { amend->domain, amend->facts, now->info->alias, force };

  if (!open_tray (&drive, error) || !take_out (&drive, amend->was, was, error))
    return FALSE;
  if (!put_in (&drive, amend->running, now, error))
    {
      bring_back (&drive, amend->was, was);
      return FALSE;
    }
  return TRUE;
}
