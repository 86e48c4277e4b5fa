/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"

#include "model/address-parts.h"
#include "model/controller-list.h"

#include "base/compat.h"

#include <string.h>

#define DISKS_EACH(disk) ROOST_LIST_EACH (RoostDisk, disk, checker->config->devices.disks)

static const char *
bus_name (const RoostDisk *disk)
{
  return roost_disk_bus_names[disk->bus];
}

/* The name's letters say which place on the bus the disk has. */
static gboolean
is_target_name (const RoostDisk *disk)
{
  gboolean is_floppy = disk->device == ROOST_DISK_DEVICE_FLOPPY;

  return roost_disk_target_index (disk->target) >= 0
         && g_str_has_prefix (disk->target, "fd") == is_floppy;
}

static void
target_name (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    if (!is_target_name (disk))
      roost_check_invalid (checker, &disk->info.position, "disk",
                           "target '%s' is not a name such as 'vda', 'sdb', 'hdc' or, of a floppy "
                           "drive, 'fda'",
                           disk->target);
}

static void
target_unique (RoostChecker *checker)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  RoostDisk *disk;

  DISKS_EACH (disk)
    if (!g_hash_table_add (seen, disk->target))
      roost_check_invalid (checker, &disk->info.position, "disk",
                           "the target '%s' belongs to another disk already", disk->target);
}

/* Which devices each bus can carry. */
static void
device_bus (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostPosition *at = &disk->info.position;

      if (disk->device == ROOST_DISK_DEVICE_FLOPPY && disk->bus != ROOST_DISK_BUS_FDC
          && disk->bus != ROOST_DISK_BUS_UNSET)
        roost_check_invalid (checker, at, "disk", "'%s': a floppy drive needs the bus 'fdc'",
                             disk->target);
      if (disk->device != ROOST_DISK_DEVICE_FLOPPY && disk->bus == ROOST_DISK_BUS_FDC)
        roost_check_invalid (checker, at, "disk", "'%s': the bus 'fdc' takes floppy drives only",
                             disk->target);
      if (disk->device == ROOST_DISK_DEVICE_CDROM && disk->bus == ROOST_DISK_BUS_VIRTIO)
        roost_check_unsupported (checker, at, "disk",
                                 "'%s': the bus 'virtio' has no CD drives; take sata or scsi",
                                 disk->target);
    }
}

static void
bus_known_to_qemu (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    if (disk->bus == ROOST_DISK_BUS_XEN || disk->bus == ROOST_DISK_BUS_UML)
      roost_check_unsupported (checker, &disk->info.position, "disk", "'%s': QEMU has no bus '%s'",
                               disk->target, bus_name (disk));
}

static void
bus_of_machine (RoostChecker *checker)
{
  gboolean is_pseries = checker->family == ROOST_MACHINE_PSERIES;
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostPosition *at = &disk->info.position;

      if (disk->bus == ROOST_DISK_BUS_FDC && (is_pseries || roost_arch_is_s390 (checker->arch)))
        roost_check_unsupported (checker, at, "disk", "'%s': this machine has no floppy drives",
                                 disk->target);
      if (disk->bus == ROOST_DISK_BUS_IDE
          && (checker->family == ROOST_MACHINE_Q35 || is_pseries
              || roost_arch_is_s390 (checker->arch) || checker->family == ROOST_MACHINE_ARM_VIRT))
        roost_check_unsupported (checker, at, "disk",
                                 "'%s': this machine has no IDE; take sata, scsi or virtio",
                                 disk->target);
    }
}

/* The kind of address that a disk of each bus has. */
static gboolean
address_fits (const RoostDisk *disk)
{
  RoostAddressType type = disk->info.address->type;

  switch (disk->bus)
    {
    case ROOST_DISK_BUS_IDE:
    case ROOST_DISK_BUS_FDC:
    case ROOST_DISK_BUS_SCSI:
    case ROOST_DISK_BUS_SATA:
      return type == ROOST_ADDRESS_TYPE_DRIVE;
    case ROOST_DISK_BUS_USB:
      return type == ROOST_ADDRESS_TYPE_USB;
    case ROOST_DISK_BUS_VIRTIO:
      return type == ROOST_ADDRESS_TYPE_PCI || type == ROOST_ADDRESS_TYPE_CCW
             || type == ROOST_ADDRESS_TYPE_VIRTIO_MMIO || type == ROOST_ADDRESS_TYPE_VIRTIO_S390;
    case ROOST_DISK_BUS_SD:
      return FALSE;
    case ROOST_DISK_BUS_UNSET:
    case ROOST_DISK_BUS_XEN:
    case ROOST_DISK_BUS_UML:
      return TRUE;
    }
  return TRUE;
}

static void
address_type (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    if (disk->info.address != NULL && !address_fits (disk))
      roost_check_unsupported (checker, &disk->info.position, "disk",
                               "'%s': a disk on the bus '%s' has no address of type '%s'",
                               disk->target, bus_name (disk),
                               roost_address_type_names[disk->info.address->type]);
}

/* There a disk has one number only, and that is its unit. */
static void
check_lsilogic (RoostChecker *checker, const RoostDisk *disk)
{
  const RoostAddress *address = disk->info.address;
  const RoostController *controller = roost_config_find_controller (
      checker->config, ROOST_CONTROLLER_TYPE_SCSI, (gint64)address->controller.value);

  if (controller != NULL && controller->model == ROOST_CONTROLLER_MODEL_LSILOGIC
      && address->target.value > 0)
    roost_check_invalid (checker, &disk->info.position, "disk",
                         "'%s': on a controller of model 'lsilogic' the target is 0, and the unit "
                         "tells the disks apart; 'virtio-scsi' has targets",
                         disk->target);
}

/* One controller has so many places. */
static void
drive_address_range (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostAddress *address = disk->info.address;
      const RoostPosition *at = &disk->info.position;

      if (address == NULL || address->type != ROOST_ADDRESS_TYPE_DRIVE)
        continue;
      if (disk->bus == ROOST_DISK_BUS_IDE && address->target.value > 0)
        roost_check_invalid (checker, at, "disk", "'%s': on IDE the target is 0", disk->target);
      if (disk->bus == ROOST_DISK_BUS_FDC
          && (address->controller.value > 0 || address->bus.value > 0 || address->target.value > 0
              || address->unit.value > 1))
        roost_check_invalid (
            checker, at, "disk",
            "'%s': floppy drives have controller, bus and target 0 and unit 0 or 1", disk->target);
      if (disk->bus == ROOST_DISK_BUS_SATA
          && (address->bus.value > 0 || address->target.value > 0 || address->unit.value > 5))
        roost_check_invalid (checker, at, "disk",
                             "'%s': a SATA controller has bus and target 0 and units 0 to 5",
                             disk->target);
      if (disk->bus == ROOST_DISK_BUS_SCSI)
        check_lsilogic (checker, disk);
    }
}

static void
lun_source (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostPosition *at = &disk->info.position;
      RoostSourceType type = disk->source.type;
      gboolean is_block = type == ROOST_SOURCE_TYPE_BLOCK || type == ROOST_SOURCE_TYPE_VOLUME
                          || (type == ROOST_SOURCE_TYPE_NETWORK
                              && disk->source.protocol == ROOST_NET_PROTOCOL_ISCSI);

      if (disk->device != ROOST_DISK_DEVICE_LUN)
        continue;
      if (disk->bus != ROOST_DISK_BUS_SCSI && disk->bus != ROOST_DISK_BUS_VIRTIO)
        roost_check_unsupported (checker, at, "disk",
                                 "'%s': device='lun' needs the bus 'scsi' or 'virtio'",
                                 disk->target);
      if (!is_block)
        roost_check_unsupported (checker, at, "disk",
                                 "'%s': device='lun' needs a block device or iSCSI", disk->target);
      if (disk->format != NULL && !g_str_equal (disk->format, "raw"))
        roost_check_unsupported (checker, at, "disk", "'%s': device='lun' is always raw, not '%s'",
                                 disk->target, disk->format);
    }
}

static void
lun_only_attributes (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostPosition *at = &disk->info.position;

      if (disk->device == ROOST_DISK_DEVICE_LUN)
        continue;
      if (disk->rawio != ROOST_UNSET)
        roost_check_invalid (checker, at, "disk", "'%s': rawio is for device='lun'", disk->target);
      if (disk->sgio != ROOST_DISK_SGIO_UNSET)
        roost_check_invalid (checker, at, "disk", "'%s': sgio is for device='lun'", disk->target);
      if (disk->source.reservations != NULL)
        roost_check_invalid (checker, at, "disk", "'%s': <reservations> is for device='lun'",
                             disk->target);
    }
}

static gboolean
is_printable (const char *text)
{
  for (; *text != '\0'; text++)
    if (!g_ascii_isprint (*text))
      return FALSE;
  return TRUE;
}

static void
vendor_product (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostPosition *at = &disk->info.position;

      if (disk->vendor == NULL && disk->product == NULL)
        continue;
      if (disk->bus != ROOST_DISK_BUS_SCSI)
        roost_check_unsupported (checker, at, "disk",
                                 "'%s': <vendor> and <product> are for the bus 'scsi'",
                                 disk->target);
      if (disk->device == ROOST_DISK_DEVICE_LUN)
        roost_check_unsupported (checker, at, "disk",
                                 "'%s': a lun tells its own <vendor> and <product>", disk->target);
      if (disk->vendor != NULL && (strlen (disk->vendor) > 8 || !is_printable (disk->vendor)))
        roost_check_invalid (checker, at, "disk",
                             "'%s': <vendor> is not up to 8 printable characters", disk->target);
      if (disk->product != NULL && (strlen (disk->product) > 16 || !is_printable (disk->product)))
        roost_check_invalid (checker, at, "disk",
                             "'%s': <product> is not up to 16 printable characters", disk->target);
    }
}

static gboolean
is_wwn (const char *text)
{
  return strlen (text) == 16 && strspn (text, "0123456789abcdefABCDEF") == 16;
}

static void
wwn (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostPosition *at = &disk->info.position;

      if (disk->wwn == NULL)
        continue;
      if (!is_wwn (disk->wwn))
        roost_check_invalid (checker, at, "disk", "'%s': <wwn> '%s' is not 16 hexadecimal digits",
                             disk->target, disk->wwn);
      if (disk->bus != ROOST_DISK_BUS_IDE && disk->bus != ROOST_DISK_BUS_SATA
          && disk->bus != ROOST_DISK_BUS_SCSI)
        roost_check_unsupported (checker, at, "disk",
                                 "'%s': only ide, sata and scsi disks have a <wwn>", disk->target);
      if (disk->bus == ROOST_DISK_BUS_SCSI && disk->device == ROOST_DISK_DEVICE_LUN)
        roost_check_unsupported (checker, at, "disk", "'%s': a lun tells its own <wwn>",
                                 disk->target);
    }
}

static void
geometry (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      guint n = disk->cylinders.is_set + disk->heads.is_set + disk->sectors.is_set;

      if (n != 0 && n != 3)
        roost_check_invalid (checker, &disk->info.position, "disk",
                             "'%s': <geometry> needs cyls, heads and secs", disk->target);
    }
}

static gboolean
is_power_of_two (guint64 value)
{
  return value != 0 && (value & (value - 1)) == 0;
}

static void
block_sizes (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostUint *sizes[] = { &disk->logical_block_size, &disk->physical_block_size };

      for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
        if (sizes[i]->is_set && sizes[i]->value != 0
            && (sizes[i]->value < 512 || !is_power_of_two (sizes[i]->value)))
          roost_check_invalid (checker, &disk->info.position, "disk",
                               "'%s': a block size is a power of 2 from 512 on", disk->target);
    }
}

static gboolean
is_virtio (const RoostDisk *disk)
{
  return disk->bus == ROOST_DISK_BUS_VIRTIO;
}

static void
virtio_only (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostPosition *at = &disk->info.position;

      if (is_virtio (disk))
        continue;
      if (disk->queues.is_set)
        roost_check_unsupported (checker, at, "disk",
                                 "'%s': queues are for the bus 'virtio'; of scsi, the controller "
                                 "has them",
                                 disk->target);
      if (disk->queue_size.is_set)
        roost_check_unsupported (checker, at, "disk", "'%s': queue_size is for the bus 'virtio'",
                                 disk->target);
      if (disk->iothread.is_set)
        roost_check_unsupported (checker, at, "disk",
                                 "'%s': an I/O thread serves disks on the bus 'virtio'; of scsi, "
                                 "the controller has it",
                                 disk->target);
      if (disk->ioeventfd != ROOST_UNSET || disk->event_idx != ROOST_UNSET)
        roost_check_unsupported (checker, at, "disk",
                                 "'%s': ioeventfd and event_idx are for the bus 'virtio'",
                                 disk->target);
      if (disk->model != ROOST_VIRTIO_MODEL_UNSET)
        roost_check_unsupported (checker, at, "disk", "'%s': model is for the bus 'virtio'",
                                 disk->target);
    }
}

static void
rotation_rate (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostPosition *at = &disk->info.position;

      if (!disk->rotation_rate.is_set || disk->rotation_rate.value == 0)
        continue;
      if (disk->bus != ROOST_DISK_BUS_SCSI && disk->bus != ROOST_DISK_BUS_IDE
          && disk->bus != ROOST_DISK_BUS_SATA)
        roost_check_unsupported (checker, at, "disk",
                                 "'%s': rotation_rate is for ide, sata and scsi", disk->target);
      if (disk->device != ROOST_DISK_DEVICE_DISK && disk->device != ROOST_DISK_DEVICE_UNSET)
        roost_check_unsupported (checker, at, "disk", "'%s': rotation_rate is for device='disk'",
                                 disk->target);
    }
}

static void
removable (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      gboolean can_be =
          disk->bus == ROOST_DISK_BUS_USB
          || (disk->bus == ROOST_DISK_BUS_SCSI && disk->device != ROOST_DISK_DEVICE_CDROM);

      if (disk->removable != ROOST_UNSET && !can_be)
        roost_check_unsupported (checker, &disk->info.position, "disk",
                                 "'%s': removable is for usb and scsi disks", disk->target);
    }
}

static void
tray (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    if (disk->tray != ROOST_DISK_TRAY_UNSET && disk->device != ROOST_DISK_DEVICE_FLOPPY
        && disk->device != ROOST_DISK_DEVICE_CDROM)
      roost_check_invalid (checker, &disk->info.position, "disk",
                           "'%s': only CD and floppy drives have a tray", disk->target);
}

static void
copy_on_read (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostPosition *at = &disk->info.position;

      if (disk->copy_on_read != ROOST_YES)
        continue;
      if (disk->readonly || disk->device == ROOST_DISK_DEVICE_CDROM)
        roost_check_invalid (checker, at, "disk",
                             "'%s': copy_on_read writes; the disk is read-only", disk->target);
      if (disk->device == ROOST_DISK_DEVICE_FLOPPY)
        roost_check_unsupported (checker, at, "disk", "'%s': copy_on_read is not for floppy drives",
                                 disk->target);
    }
}

static void
io_cache (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    if (disk->io == ROOST_DISK_IO_NATIVE && disk->cache != ROOST_DISK_CACHE_UNSET
        && disk->cache != ROOST_DISK_CACHE_NONE && disk->cache != ROOST_DISK_CACHE_DIRECTSYNC
        && disk->cache != ROOST_DISK_CACHE_DEFAULT)
      roost_check_unsupported (checker, &disk->info.position, "disk",
                               "'%s': io='native' needs cache='none' or 'directsync'",
                               disk->target);
}

static void
shareable_format (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostPosition *at = &disk->info.position;

      if (!disk->shareable || disk->source.type == ROOST_SOURCE_TYPE_VHOSTUSER)
        continue;
      if (disk->format != NULL && !g_str_equal (disk->format, "raw"))
        roost_check_unsupported (checker, at, "disk",
                                 "'%s': guests can share a disk of format 'raw' only, not '%s'",
                                 disk->target, disk->format);
      if (disk->cache != ROOST_DISK_CACHE_UNSET && disk->cache != ROOST_DISK_CACHE_DEFAULT
          && disk->cache != ROOST_DISK_CACHE_NONE && disk->cache != ROOST_DISK_CACHE_DIRECTSYNC)
        roost_check_unsupported (checker, at, "disk",
                                 "'%s': a shared disk needs cache='none' or 'directsync'",
                                 disk->target);
    }
}

static void
transient (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostPosition *at = &disk->info.position;

      if (!disk->transient)
        continue;
      if (disk->device != ROOST_DISK_DEVICE_DISK && disk->device != ROOST_DISK_DEVICE_UNSET)
        roost_check_unsupported (checker, at, "disk", "'%s': <transient> is for device='disk'",
                                 disk->target);
      if (disk->readonly)
        roost_check_invalid (checker, at, "disk", "'%s': <transient> and <readonly> contradict",
                             disk->target);
      if (disk->source.type != ROOST_SOURCE_TYPE_FILE
          && disk->source.type != ROOST_SOURCE_TYPE_UNSET)
        roost_check_unsupported (checker, at, "disk", "'%s': <transient> needs a file",
                                 disk->target);
    }
}

static void
virtual_fat (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostPosition *at = &disk->info.position;

      if (disk->source.type != ROOST_SOURCE_TYPE_DIR)
        continue;
      if (disk->format != NULL && !g_str_equal (disk->format, "fat")
          && !g_str_equal (disk->format, "raw"))
        roost_check_unsupported (checker, at, "disk", "'%s': a folder is shown as 'fat', not '%s'",
                                 disk->target, disk->format);
      if (disk->device == ROOST_DISK_DEVICE_CDROM)
        roost_check_unsupported (checker, at, "disk", "'%s': a CD drive cannot show a folder",
                                 disk->target);
    }
}

const RoostRule roost_disk_rules[] = {
  { "disk-target-name", target_name },
  { "disk-target-unique", target_unique },
  { "disk-device-bus", device_bus },
  { "disk-bus-known", bus_known_to_qemu },
  { "disk-bus-machine", bus_of_machine },
  { "disk-address-type", address_type },
  { "disk-address-range", drive_address_range },
  { "disk-lun-source", lun_source },
  { "disk-lun-only", lun_only_attributes },
  { "disk-vendor-product", vendor_product },
  { "disk-wwn", wwn },
  { "disk-geometry", geometry },
  { "disk-block-size", block_sizes },
  { "disk-virtio-only", virtio_only },
  { "disk-rotation-rate", rotation_rate },
  { "disk-removable", removable },
  { "disk-tray", tray },
  { "disk-copy-on-read", copy_on_read },
  { "disk-io-cache", io_cache },
  { "disk-shareable", shareable_format },
  { "disk-transient", transient },
  { "disk-folder", virtual_fat },
  { NULL, NULL },
};
