/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

/* The guest's end of a disk. */

static const RoostController *
drive_controller (RoostBuild *build, const RoostDisk *disk, RoostControllerType type)
{
  return roost_build_controller_at (build, type, disk->info.address->controller.value);
}

static gboolean
no_controller (const RoostDisk *disk, GError **error)
{
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                      "disk “%s” is at controller %u, which does not exist", disk->target,
                      (guint)disk->info.address->controller.value);
}

/* --- buses --- */

static gboolean
put_ide (RoostBuild *build, JsonObject *device, const RoostDisk *disk, GError **error)
{
  const RoostAddress *address = disk->info.address;

  roost_put_printf (device, "bus", "ide.%u", (guint)address->bus.value);
  roost_put_int (device, "unit", (gint64)address->unit.value);
  return TRUE;
}

static gboolean
put_sata (RoostBuild *build, JsonObject *device, const RoostDisk *disk, GError **error)
{
  const RoostAddress *address = disk->info.address;
  const RoostController *controller = drive_controller (build, disk, ROOST_CONTROLLER_TYPE_SATA);
  gboolean is_built_in = build->family == ROOST_MACHINE_Q35 && address->controller.value == 0;

  if (controller == NULL && !is_built_in)
    return no_controller (disk, error);
  roost_put_printf (device, "bus", "%s.%u", is_built_in ? "ide" : controller->info.alias,
                    (guint)address->unit.value);
  return TRUE;
}

static gboolean
is_lsi_like (RoostControllerModel model)
{
  switch ((int)model)
    {
    case ROOST_CONTROLLER_MODEL_UNSET:
    case ROOST_CONTROLLER_MODEL_AUTO:
    case ROOST_CONTROLLER_MODEL_LSILOGIC:
    case ROOST_CONTROLLER_MODEL_LSISAS1068:
    case ROOST_CONTROLLER_MODEL_NCR53C90:
    case ROOST_CONTROLLER_MODEL_DC390:
    case ROOST_CONTROLLER_MODEL_AM53C974:
      return TRUE;
    default:
      return FALSE;
    }
}

/* Some controllers have one number per disk, others a channel, target and unit. */
static gboolean
put_scsi (RoostBuild *build, JsonObject *device, const RoostDisk *disk, GError **error)
{
  const RoostAddress *address = disk->info.address;
  const RoostController *controller = drive_controller (build, disk, ROOST_CONTROLLER_TYPE_SCSI);

  if (controller == NULL)
    return no_controller (disk, error);
  roost_put_printf (device, "bus", "%s.0", controller->info.alias);
  if (is_lsi_like (controller->model))
    roost_put_int (device, "scsi-id", (gint64)address->unit.value);
  else
    {
      roost_put_int (device, "channel", (gint64)address->bus.value);
      roost_put_int (device, "scsi-id", (gint64)address->target.value);
      roost_put_int (device, "lun", (gint64)address->unit.value);
    }
  /* What an unnamed disk called itself before QEMU had node names, so that guests do not see
   * another disk. */
  if (disk->device == ROOST_DISK_DEVICE_LUN)
    return TRUE;
  if (disk->serial != NULL)
    roost_put_string (device, "device_id", disk->serial);
  else
    roost_put_printf (device, "device_id", "drive-%s", disk->info.alias);
  return TRUE;
}

static gboolean
put_floppy (RoostBuild *build, JsonObject *device, const RoostDisk *disk, GError **error)
{
  roost_put_int (device, "unit", (gint64)disk->info.address->unit.value);
  return TRUE;
}

static gboolean
put_virtio_bus (RoostBuild *build, JsonObject *device, const RoostDisk *disk, GError **error)
{
  roost_put_virtio (device, &disk->virtio);
  if (disk->device == ROOST_DISK_DEVICE_LUN)
    roost_put_bool (device, "scsi", TRUE);
  return roost_build_address (build, device, &disk->info, error);
}

static gboolean
put_usb (RoostBuild *build, JsonObject *device, const RoostDisk *disk, GError **error)
{
  roost_put_bool (device, "removable", disk->removable == ROOST_YES);
  return roost_build_address (build, device, &disk->info, error);
}

static gboolean
put_bus (RoostBuild *build, JsonObject *device, const RoostDisk *disk, GError **error)
{
  switch ((int)disk->bus)
    {
    case ROOST_DISK_BUS_IDE:
      return put_ide (build, device, disk, error);
    case ROOST_DISK_BUS_SATA:
      return put_sata (build, device, disk, error);
    case ROOST_DISK_BUS_SCSI:
      return put_scsi (build, device, disk, error);
    case ROOST_DISK_BUS_FDC:
      return put_floppy (build, device, disk, error);
    case ROOST_DISK_BUS_VIRTIO:
      return put_virtio_bus (build, device, disk, error);
    case ROOST_DISK_BUS_USB:
      return put_usb (build, device, disk, error);
    default:
      return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "disk “%s”: QEMU has no bus “%s”",
                          disk->target, roost_disk_bus_names[disk->bus]);
    }
}

static char *
disk_driver (const RoostDisk *disk)
{
  gboolean is_cdrom = disk->device == ROOST_DISK_DEVICE_CDROM;

  switch ((int)disk->bus)
    {
    case ROOST_DISK_BUS_IDE:
    case ROOST_DISK_BUS_SATA:
      return g_strdup (is_cdrom ? "ide-cd" : "ide-hd");
    case ROOST_DISK_BUS_SCSI:
      if (disk->device == ROOST_DISK_DEVICE_LUN)
        return g_strdup ("scsi-block");
      return g_strdup (is_cdrom ? "scsi-cd" : "scsi-hd");
    case ROOST_DISK_BUS_FDC:
      return g_strdup ("floppy");
    case ROOST_DISK_BUS_USB:
      return g_strdup ("usb-storage");
    default:
      return roost_virtio_driver (
          disk->source.type == ROOST_SOURCE_TYPE_VHOSTUSER ? "vhost-user-blk" : "virtio-blk",
          &disk->info, disk->model);
    }
}

/* --- properties --- */

static void
put_write_cache (JsonObject *device, const RoostDisk *disk)
{
  switch (roost_disk_cache (disk))
    {
    case ROOST_DISK_CACHE_WRITETHROUGH:
    case ROOST_DISK_CACHE_DIRECTSYNC:
      roost_put_string (device, "write-cache", "off");
      return;
    case ROOST_DISK_CACHE_NONE:
    case ROOST_DISK_CACHE_WRITEBACK:
    case ROOST_DISK_CACHE_UNSAFE:
      roost_put_string (device, "write-cache", "on");
      return;
    case ROOST_DISK_CACHE_UNSET:
    case ROOST_DISK_CACHE_DEFAULT:
    default:
      return;
    }
}

static const char *
error_policy (RoostDiskErrorPolicy policy)
{
  if (policy == ROOST_DISK_ERROR_POLICY_UNSET || policy == ROOST_DISK_ERROR_POLICY_DEFAULT)
    return NULL;
  if (policy == ROOST_DISK_ERROR_POLICY_ENOSPACE)
    return "enospc";
  return roost_disk_error_policy_names[policy];
}

static void
put_error_policies (JsonObject *device, const RoostDisk *disk)
{
  const char *write = error_policy (disk->error_policy);
  const char *read = error_policy (disk->rerror_policy);

  /* "No space" is a matter of writes only. */
  if (read == NULL && disk->error_policy != ROOST_DISK_ERROR_POLICY_ENOSPACE)
    read = write;
  roost_put_string (device, "werror", write);
  roost_put_string (device, "rerror", read);
}

static void
put_geometry (JsonObject *device, const RoostDisk *disk)
{
  static const char *const names[] = { "", "none", "auto", "lba" };

  roost_put_uint (device, "cyls", disk->cylinders);
  roost_put_uint (device, "heads", disk->heads);
  roost_put_uint (device, "secs", disk->sectors);
  if (disk->geometry_trans != ROOST_DISK_GEOMETRY_TRANS_UNSET
      && (disk->bus == ROOST_DISK_BUS_IDE || disk->bus == ROOST_DISK_BUS_SATA))
    roost_put_string (device, "bios-chs-trans", names[disk->geometry_trans]);
}

static void
put_wwn (JsonObject *device, const RoostDisk *disk)
{
  guint64 wwn = 0;
  const char *text = disk->wwn;

  if (text == NULL)
    return;
  if (g_str_has_prefix (text, "0x"))
    text += 2;
  if (g_ascii_string_to_unsigned (text, 16, 0, G_MAXUINT64, &wwn, NULL))
    roost_put_uint (device, "wwn", roost_uint (wwn));
}

static void
put_queues (JsonObject *device, const RoostDisk *disk)
{
  roost_put_yes_no (device, "ioeventfd", disk->ioeventfd);
  roost_put_yes_no (device, "event_idx", disk->event_idx);
  if (disk->iothread.is_set && disk->iothread.value > 0)
    roost_put_printf (device, "iothread", "iothread%u", (guint)disk->iothread.value);
  roost_put_uint (device, "num-queues", disk->queues);
  roost_put_uint (device, "queue-size", disk->queue_size);
}

static void
put_properties (JsonObject *device, const RoostDisk *disk)
{
  if (disk->bus == ROOST_DISK_BUS_VIRTIO)
    put_queues (device, disk);
  if (disk->shareable)
    roost_put_bool (device, "share-rw", TRUE);
  put_geometry (device, disk);
  roost_put_uint (device, "logical_block_size", disk->logical_block_size);
  roost_put_uint (device, "physical_block_size", disk->physical_block_size);
  roost_put_uint (device, "discard_granularity", disk->discard_granularity);
  put_wwn (device, disk);
  roost_put_uint (device, "rotation_rate", disk->rotation_rate);
  roost_put_string (device, "vendor", disk->vendor);
  roost_put_string (device, "product", disk->product);
  put_write_cache (device, disk);
  put_error_policies (device, disk);
  roost_put_string (device, "serial", disk->serial);
}

/* --- the whole --- */

static gboolean
build_vhost_user (RoostBuild *build, const RoostDisk *disk, GError **error)
{
  g_autofree char *id = g_strdup_printf ("chr-vu-%s", disk->info.alias);
  g_autofree char *driver = disk_driver (disk);
  JsonObject *chardev = roost_object_new ("backend", "socket");
  JsonObject *device;

  roost_put_string (chardev, "id", id);
  roost_put_string (chardev, "path", disk->source.path);
  if (disk->source.reconnect.enabled == ROOST_YES)
    roost_put_uint (chardev, "reconnect", disk->source.reconnect.timeout_s);
  roost_build_chardev (build, chardev);
  device = roost_device_new (driver, &disk->info);
  roost_put_virtio (device, &disk->virtio);
  put_queues (device, disk);
  roost_put_string (device, "chardev", id);
  roost_put_boot (build, device, &disk->info);
  return roost_build_device_at (build, device, &disk->info, error);
}

/* SD cards belong to the board: only -drive reaches them. */
static gboolean
build_sd (RoostBuild *build, const RoostDisk *disk, GError **error)
{
  GString *text = g_string_new (NULL);
  guint index =
      (guint)(disk->target[0] != '\0' && disk->target[1] != '\0' ? disk->target[2] - 'a' : 0);

  if (disk->source.type != ROOST_SOURCE_TYPE_FILE && disk->source.type != ROOST_SOURCE_TYPE_BLOCK)
    {
      g_string_free (text, TRUE);
      return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                          "disk “%s”: an SD card must be a file or a block device", disk->target);
    }
  roost_text_add (text, "file",
                  disk->source.type == ROOST_SOURCE_TYPE_FILE ? disk->source.file
                                                              : disk->source.dev);
  roost_text_add (text, "format", disk->format != NULL ? disk->format : "raw");
  roost_text_add (text, "if", "sd");
  roost_text_add_printf (text, "index", "%u", g_str_has_prefix (disk->target, "sd") ? index : 0);
  if (disk->readonly)
    roost_text_add (text, "readonly", "on");
  roost_build_option_take (build, "-drive", g_string_free (text, FALSE));
  return TRUE;
}

gboolean
roost_build_disk (RoostBuild *build, const RoostDisk *disk, GError **error)
{
  g_autoptr (JsonObject) device = NULL;
  g_autofree char *driver = NULL;
  g_autofree char *node = NULL;

  /* Without its overlay it must not be written to. */
  if (disk->transient && disk->transient_share_backing == ROOST_YES && build->launch->is_dry
      && disk->backing_store == NULL)
    return TRUE;
  if (disk->bus == ROOST_DISK_BUS_SD)
    return build_sd (build, disk, error);
  if (disk->info.address == NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "disk “%s” has no address",
                        disk->target);
  if (disk->source.type == ROOST_SOURCE_TYPE_VHOSTUSER)
    return build_vhost_user (build, disk, error);
  if (!roost_storage_source_is_empty (&disk->source)
      && !roost_build_chain (build, disk, &node, error))
    return FALSE;
  driver = disk_driver (disk);
  device = roost_device_new (driver, &disk->info);
  if (!put_bus (build, device, disk, error))
    return FALSE;
  roost_put_string (device, "drive", node);
  /* That of a floppy stands at its controller. */
  if (disk->bus != ROOST_DISK_BUS_FDC)
    roost_put_boot (build, device, &disk->info);
  put_properties (device, disk);
  roost_build_device (build, g_steal_pointer (&device));
  return TRUE;
}
