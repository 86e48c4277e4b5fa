/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/view-devices.h"

#include "base/compat.h"
#include "model/domain-types.h"

#include <string.h>

/* --- disks --- */

void
roost_disk_view_free (RoostDiskView *disk)
{
  g_free (disk->alias);
  g_free (disk->target);
  g_free (disk->kind);
  g_free (disk->format);
  g_free (disk->path);
  g_free (disk->backend);
  g_free (disk);
}

static const char *
path_of (const RoostStorageSource *source)
{
  if (source->type == ROOST_SOURCE_TYPE_FILE)
    return source->file;
  return source->type == ROOST_SOURCE_TYPE_BLOCK ? source->dev : NULL;
}

static RoostDiskView *
disk_view (const RoostDisk *disk)
{
  RoostDiskView *view = g_new0 (RoostDiskView, 1);
  const char *kind = roost_disk_device_names[disk->device];

  view->alias = g_strdup (disk->info.alias);
  view->target = g_strdup (disk->target != NULL ? disk->target : "");
  view->kind = g_strdup (*kind != '\0' ? kind : "disk");
  view->format = g_strdup (disk->format);
  view->path = g_strdup (path_of (&disk->source));
  view->backend = g_strdup (roost_source_type_names[disk->source.type]);
  return view;
}

GPtrArray *
roost_view_disks (const RoostDomainConfig *config)
{
  GPtrArray *views = g_ptr_array_new_with_free_func ((GDestroyNotify)roost_disk_view_free);
  const RoostDisk *disk;

  ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
    {
      g_ptr_array_add (views, disk_view (disk));
    }
  return views;
}

RoostDiskView *
roost_view_find_disk (const RoostDomainConfig *config, const char *name)
{
  const RoostDisk *disk;

  ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
    {
      if (g_strcmp0 (disk->target, name) == 0 || g_strcmp0 (disk->info.alias, name) == 0)
        return disk_view (disk);
    }
  return NULL;
}

const char *
roost_view_disk_of_node (const RoostDomainConfig *config, const char *node)
{
  const RoostDisk *disk;

  ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
    {
      gsize length = disk->target != NULL ? strlen (disk->target) : 0;

      if (length > 0 && strncmp (node, disk->target, length) == 0
          && (node[length] == '-' || node[length] == '\0'))
        return disk->info.alias;
    }
  return NULL;
}

/* --- network cards --- */

void
roost_nic_view_free (RoostNicView *nic)
{
  g_free (nic->alias);
  g_free (nic->mac);
  g_free (nic->kind);
  g_free (nic->target);
  g_free (nic->socket);
  g_free (nic);
}

static RoostNicLimit
limit_of (const RoostRate *rate)
{
  if (rate == NULL || rate->average.value == 0)
    return (RoostNicLimit){ 0 };
  return (RoostNicLimit){ .average = rate->average.value * 1024,
                          .peak = rate->peak.value * 1024,
                          .burst = rate->burst.value * 1024 };
}

static gboolean
has_tap (const RoostInterface *interface)
{
  return interface->type == ROOST_INTERFACE_TYPE_NETWORK
         || interface->type == ROOST_INTERFACE_TYPE_BRIDGE
         || interface->type == ROOST_INTERFACE_TYPE_ETHERNET;
}

static RoostNicView *
nic_view (const RoostInterface *interface)
{
  RoostNicView *view = g_new0 (RoostNicView, 1);

  view->alias = g_strdup (interface->info.alias);
  view->mac = g_strdup (interface->mac);
  view->kind = g_strdup (roost_interface_type_names[interface->type]);
  view->target = g_strdup (interface->target_dev);
  if (interface->type == ROOST_INTERFACE_TYPE_VHOSTUSER)
    view->socket = g_strdup (interface->source_path);
  view->is_tap = has_tap (interface);
  view->floor = interface->inbound != NULL ? interface->inbound->floor.value * 1024 : 0;
  view->inbound = limit_of (interface->inbound);
  view->outbound = limit_of (interface->outbound);
  return view;
}

GPtrArray *
roost_view_nics (const RoostDomainConfig *config)
{
  GPtrArray *views = g_ptr_array_new_with_free_func ((GDestroyNotify)roost_nic_view_free);
  const RoostInterface *interface;

  ROOST_LIST_EACH (const RoostInterface, interface, config->devices.interfaces)
    {
      g_ptr_array_add (views, nic_view (interface));
    }
  return views;
}

RoostNicView *
roost_view_find_nic (const RoostDomainConfig *config, const char *alias)
{
  const RoostInterface *interface;

  ROOST_LIST_EACH (const RoostInterface, interface, config->devices.interfaces)
    {
      if (g_strcmp0 (interface->info.alias, alias) == 0)
        return nic_view (interface);
    }
  return NULL;
}

void
roost_view_set_tap (RoostDomainConfig *config, const char *alias, const char *target)
{
  RoostInterface *interface;

  ROOST_LIST_EACH (RoostInterface, interface, config->devices.interfaces)
    {
      if (g_strcmp0 (interface->info.alias, alias) != 0)
        continue;
      g_free (interface->target_dev);
      interface->target_dev = g_strdup (target);
    }
}

/* --- the balloon --- */

static RoostMemballoon *
balloon_of (const RoostDomainConfig *config)
{
  RoostMemballoon *balloon = config->devices.memballoon;

  return balloon != NULL && balloon->model != ROOST_BALLOON_MODEL_NONE ? balloon : NULL;
}

const char *
roost_view_balloon_alias (const RoostDomainConfig *config)
{
  const RoostMemballoon *balloon = balloon_of (config);

  return balloon != NULL ? balloon->info.alias : NULL;
}

guint64
roost_view_memory_period_s (const RoostDomainConfig *config)
{
  const RoostMemballoon *balloon = balloon_of (config);

  return balloon != NULL ? balloon->stats_period_s.value : 0;
}

void
roost_view_set_memory_period (RoostDomainConfig *config, guint64 seconds)
{
  RoostMemballoon *balloon = balloon_of (config);

  if (balloon == NULL)
    return;
  balloon->stats_period_s.value = seconds;
  balloon->stats_period_s.is_set = seconds > 0;
}
