/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/view-guest-disks.h"

#include "base/compat.h"
#include "model/controller-list.h"
#include "model/device-edit.h"

#include <string.h>

/* What the guest says of a disk. */
typedef struct
{
  const char *pci;    /* of the disk, or of its controller */
  const char *serial; /* (nullable) */
  gint32 bus, target, unit;
} Place;

static gboolean
is_at (const RoostDeviceInfo *info, const char *pci)
{
  g_autofree char *text = roost_device_address_text (info);

  return g_str_has_prefix (text, "pci ") && g_str_equal (text + strlen ("pci "), pci);
}

/* An IDE disk is a bus and a unit; the others of one bus have a number, or a target and a unit. */
static gboolean
is_drive_at (const RoostDisk *disk, const RoostController *controller, const Place *place)
{
  const RoostAddress *address = disk->info.address;
  gint64 target = (gint64)address->target.value;
  gint64 unit = (gint64)address->unit.value;

  if (disk->bus == ROOST_DISK_BUS_SCSI && controller->model == ROOST_CONTROLLER_MODEL_LSILOGIC)
    {
      target = unit;
      unit = 0;
    }
  return (gint64)address->bus.value == place->bus && target == place->target && unit == place->unit;
}

static const RoostController *
controller_of (const RoostDomainConfig *config, const RoostDisk *disk)
{
  gint64 index = (gint64)disk->info.address->controller.value;

  switch ((int)disk->bus)
    {
    case ROOST_DISK_BUS_IDE:
      return roost_config_find_controller (config, ROOST_CONTROLLER_TYPE_IDE, index);
    case ROOST_DISK_BUS_SATA:
      return roost_config_find_controller (config, ROOST_CONTROLLER_TYPE_SATA, index);
    case ROOST_DISK_BUS_SCSI:
      return roost_config_find_controller (config, ROOST_CONTROLLER_TYPE_SCSI, index);
    default:
      return NULL;
    }
}

static gboolean
is_place_of (const RoostDomainConfig *config, const RoostDisk *disk, const Place *place)
{
  const RoostController *controller;

  if (disk->info.address == NULL)
    return FALSE;
  if (disk->serial != NULL && place->serial != NULL && !g_str_equal (disk->serial, place->serial))
    return FALSE;
  if (disk->info.address->type != ROOST_ADDRESS_TYPE_DRIVE)
    return is_at (&disk->info, place->pci);
  controller = controller_of (config, disk);
  return controller != NULL && is_at (&controller->info, place->pci)
         && is_drive_at (disk, controller, place);
}

/* Returns: (nullable) */
static const char *
find (const RoostDomainConfig *config, GVariant *entry)
{
  Place place = { 0 };
  const RoostDisk *disk;

  if (!g_variant_lookup (entry, "pci-address", "&s", &place.pci))
    return NULL;
  g_variant_lookup (entry, "serial", "&s", &place.serial);
  g_variant_lookup (entry, "bus", "i", &place.bus);
  g_variant_lookup (entry, "target", "i", &place.target);
  g_variant_lookup (entry, "unit", "i", &place.unit);
  ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
    if (is_place_of (config, disk, &place))
      return disk->target;
  return NULL;
}

GVariant *
roost_view_name_guest_disks (const RoostDomainConfig *config, GVariant *list)
{
  g_auto (GVariantBuilder) named = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  GVariantIter iter;
  GVariant *entry;

  g_variant_iter_init (&iter, list);
  while (g_variant_iter_loop (&iter, "@a{sv}", &entry))
    {
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (entry);
      g_autoptr (GVariant) disks =
          g_variant_lookup_value (entry, "disks", G_VARIANT_TYPE ("aa{sv}"));
      const char *target = find (config, entry);

      if (target != NULL)
        g_variant_dict_insert (&dict, "disk", "s", target);
      if (disks != NULL)
        g_variant_dict_insert_value (&dict, "disks", roost_view_name_guest_disks (config, disks));
      g_variant_builder_add_value (&named, g_variant_dict_end (&dict));
    }
  return g_variant_builder_end (&named);
}
