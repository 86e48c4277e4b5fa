/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/compat.h"
#include "base/json.h"
#include "domain/tune-private.h"
#include "qemu/plug.h"

/* @config: (nullable) */
static const RoostDisk *
find_disk (const RoostDomainConfig *config, const char *target)
{
  const RoostDisk *disk;

  if (config == NULL)
    return NULL;
  ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
    if (g_strcmp0 (disk->target, target) == 0)
      return disk;
  return NULL;
}

static char *
limits_text (const RoostDisk *disk)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, roost_plug_throttle_args (disk));
  return json_to_string (node, FALSE);
}

/* @from: (nullable): without limits */
static gboolean
needs_limits (const RoostTuning *tuning, const RoostDisk *from, const RoostDisk *to)
{
  RoostDisk none = { .info.alias = to->info.alias };
  g_autofree char *before = limits_text (from != NULL ? from : &none);
  g_autofree char *after = limits_text (to);

  return tuning->is_all || !g_str_equal (before, after);
}

/* A drive without a medium has nothing to throttle: where it is to have no limits, all is well. */
static gboolean
limit_disk (RoostTuning *tuning, const RoostDisk *disk, GError **error)
{
  RoostDisk none = { .info.alias = disk->info.alias };
  g_autofree char *unlimited = limits_text (&none);
  g_autofree char *wanted = limits_text (disk);
  g_autoptr (JsonObject) args = roost_plug_throttle_args (disk);
  g_autoptr (GError) local = NULL;
  g_autoptr (JsonNode) answer =
      roost_domain_qmp (tuning->domain, "block_set_io_throttle", args, NULL, &local);

  if (answer != NULL || (tuning->is_all && g_str_equal (unlimited, wanted)))
    return roost_tuning_is_current (tuning, error);
  g_propagate_prefixed_error (error, g_steal_pointer (&local), "disk '%s': ", disk->target);
  return FALSE;
}

static gboolean
can_limit (const RoostDisk *disk)
{
  return disk->info.alias != NULL && disk->bus != ROOST_DISK_BUS_SD;
}

gboolean
roost_tune_disks (RoostTuning *tuning, GError **error)
{
  const RoostDisk *disk;

  if (tuning->from == NULL && !tuning->is_all)
    return TRUE; /* a start, and a plug, throttle the disks as they make them */
  ROOST_LIST_EACH (const RoostDisk, disk, tuning->to->devices.disks)
    if (can_limit (disk) && needs_limits (tuning, find_disk (tuning->from, disk->target), disk)
        && !limit_disk (tuning, disk, error))
      return FALSE;
  return TRUE;
}
