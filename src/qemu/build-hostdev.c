/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

#include <string.h>

/* Devices of the host that the guest gets, and shared folders. */

/* --- PCI --- */

static gboolean
build_pci (RoostBuild *build, const RoostHostdev *hostdev, GError **error)
{
  JsonObject *device;

  if (hostdev->driver == ROOST_PCI_DRIVER_KVM || hostdev->driver == ROOST_PCI_DRIVER_XEN)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "host device “%s”: QEMU has no driver “%s”; use “vfio”",
                        hostdev->info.alias, roost_pci_driver_names[hostdev->driver]);
  device = roost_object_new ("driver", "vfio-pci");
  roost_put_printf (device, "host", "%04x:%02x:%02x.%x", (guint)hostdev->domain.value,
                    (guint)hostdev->bus.value, (guint)hostdev->slot.value,
                    (guint)hostdev->function.value);
  roost_put_string (device, "id", hostdev->info.alias);
  if (hostdev->teaming_type == ROOST_TEAMING_TYPE_TRANSIENT)
    roost_put_string (device, "failover_pair_id", hostdev->teaming_persistent);
  roost_put_boot (build, device, &hostdev->info);
  roost_put_rom (device, &hostdev->info);
  return roost_build_device_at (build, device, &hostdev->info, error);
}

/* --- USB --- */

static void
put_node (RoostBuild *build, JsonObject *device, const RoostHostdev *hostdev)
{
  const char *alias = hostdev->info.alias;
  g_autofree char *node = g_strdup_printf ("/dev/bus/usb/%03u/%03u", (guint)hostdev->usb_bus.value,
                                           (guint)hostdev->usb_device.value);
  int fd = roost_build_request_fd (build, ROOST_FD_DEVICE, alias, 0, node);
  g_autofree char *set = roost_build_fdset (build, fd, alias, "usb");

  roost_put_string (device, "hostdevice", set);
}

static gboolean
build_usb (RoostBuild *build, const RoostHostdev *hostdev, GError **error)
{
  JsonObject *device = roost_object_new ("driver", "usb-host");

  /* The device was found, and is opened for QEMU, which may not. */
  if (hostdev->usb_device.is_set && hostdev->usb_bus.is_set && !build->launch->is_dry)
    put_node (build, device, hostdev);
  else if (hostdev->usb_device.is_set || hostdev->usb_bus.is_set)
    {
      roost_put_uint (device, "hostbus", hostdev->usb_bus);
      roost_put_uint (device, "hostaddr", hostdev->usb_device);
    }
  else
    {
      roost_put_uint (device, "vendorid", hostdev->vendor_id);
      roost_put_uint (device, "productid", hostdev->product_id);
    }
  roost_put_string (device, "id", hostdev->info.alias);
  if (hostdev->guest_reset != ROOST_GUEST_RESET_UNSET)
    {
      roost_put_bool (device, "guest-reset", hostdev->guest_reset != ROOST_GUEST_RESET_OFF);
      if (hostdev->guest_reset != ROOST_GUEST_RESET_OFF)
        roost_put_bool (device, "guest-resets-all",
                        hostdev->guest_reset == ROOST_GUEST_RESET_ALWAYS);
    }
  roost_put_boot (build, device, &hostdev->info);
  return roost_build_device_at (build, device, &hostdev->info, error);
}

/* --- SCSI --- */

/* The generic node of host adapter:bus:target:unit, "/dev/sg0". */
static char *
find_scsi_generic (RoostBuild *build, const RoostHostdev *hostdev, GError **error)
{
  g_autofree char *dir_name = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;
  const char *number = hostdev->adapter != NULL ? hostdev->adapter : "";

  if (build->launch->is_dry)
    return g_strdup ("/dev/sg0");
  if (g_str_has_prefix (number, "scsi_host"))
    number += strlen ("scsi_host");
  dir_name = g_strdup_printf ("/sys/bus/scsi/devices/%s:%u:%u:%u/scsi_generic", number,
                              (guint)hostdev->scsi_bus.value, (guint)hostdev->scsi_target.value,
                              (guint)hostdev->scsi_unit.value);
  dir = g_dir_open (dir_name, 0, NULL);
  name = dir != NULL ? g_dir_read_name (dir) : NULL;
  if (name != NULL)
    return g_strconcat ("/dev/", name, NULL);
  roost_throw (error, ROOST_ERROR_HOST_DEVICE, "host device “%s”: there is no %s",
               hostdev->info.alias, dir_name);
  return NULL;
}

static JsonObject *
scsi_storage (RoostBuild *build, const RoostHostdev *hostdev, const char *node, GError **error)
{
  RoostStorageSource source = { 0 };
  JsonObject *object;
  g_autofree char *path = NULL;

  if (hostdev->protocol == ROOST_NET_PROTOCOL_ISCSI)
    {
      source.type = ROOST_SOURCE_TYPE_NETWORK;
      source.protocol = ROOST_NET_PROTOCOL_ISCSI;
      source.name = hostdev->iscsi_name;
      source.hosts = hostdev->iscsi_hosts;
      source.initiator_iqn = hostdev->initiator_iqn;
      return roost_storage_object (build, &source, hostdev->auth, node, error);
    }
  path = find_scsi_generic (build, hostdev, error);
  if (path == NULL)
    return NULL;
  object = roost_object_new ("driver", "host_device");
  roost_put_string (object, "filename", path);
  return object;
}

static gboolean
build_scsi (RoostBuild *build, const RoostHostdev *hostdev, GError **error)
{
  g_autofree char *node = g_strconcat (hostdev->info.alias, "-backend", NULL);
  const RoostAddress *address = hostdev->info.address;
  const RoostController *controller =
      roost_build_controller_at (build, ROOST_CONTROLLER_TYPE_SCSI, address->controller.value);
  JsonObject *object;
  JsonObject *device;

  if (controller == NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "host device “%s” is at SCSI controller %u, which does not exist",
                        hostdev->info.alias, (guint)address->controller.value);
  object = scsi_storage (build, hostdev, node, error);
  if (object == NULL)
    return FALSE;
  roost_put_string (object, "node-name", node);
  roost_put_bool (object, "read-only", hostdev->readonly);
  roost_build_blockdev (build, object);
  device = roost_object_new ("driver", "scsi-generic");
  roost_put_printf (device, "bus", "%s.0", controller->info.alias);
  if (controller->model == ROOST_CONTROLLER_MODEL_LSILOGIC)
    roost_put_int (device, "scsi-id", (gint64)address->unit.value);
  else
    {
      roost_put_int (device, "channel", (gint64)address->bus.value);
      roost_put_int (device, "scsi-id", (gint64)address->target.value);
      roost_put_int (device, "lun", (gint64)address->unit.value);
    }
  if (hostdev->shareable)
    roost_put_bool (device, "share-rw", TRUE);
  roost_put_string (device, "drive", node);
  roost_put_string (device, "id", hostdev->info.alias);
  roost_put_boot (build, device, &hostdev->info);
  roost_build_device (build, device);
  return TRUE;
}

static gboolean
build_scsi_host (RoostBuild *build, const RoostHostdev *hostdev, GError **error)
{
  g_autofree char *driver =
      roost_virtio_driver ("vhost-scsi", &hostdev->info, hostdev->virtio_model);
  JsonObject *device = roost_object_new ("driver", driver);
  g_autofree char *fd = roost_build_fd_text (
      build, roost_build_request_fd (build, ROOST_FD_VHOST_SCSI, hostdev->info.alias, 0, NULL));

  roost_put_string (device, "wwpn", hostdev->wwpn);
  roost_put_string (device, "vhostfd", fd);
  roost_put_string (device, "id", hostdev->info.alias);
  roost_put_boot (build, device, &hostdev->info);
  return roost_build_device_at (build, device, &hostdev->info, error);
}

/* --- mediated devices --- */

static gboolean
build_mdev (RoostBuild *build, const RoostHostdev *hostdev, GError **error)
{
  const char *driver = roost_mdev_model_names[hostdev->model];
  JsonObject *device;

  if (hostdev->model == ROOST_MDEV_MODEL_VFIO_PCI && hostdev->ramfb == ROOST_YES)
    driver = "vfio-pci-nohotplug";
  device = roost_object_new ("driver", driver);
  roost_put_string (device, "id", hostdev->info.alias);
  roost_put_printf (device, "sysfsdev", "/sys/bus/mdev/devices/%s", hostdev->mdev_uuid);
  roost_put_on_off (device, "display", hostdev->display);
  roost_put_yes_no (device, "ramfb", hostdev->ramfb);
  roost_put_boot (build, device, &hostdev->info);
  return roost_build_device_at (build, device, &hostdev->info, error);
}

gboolean
roost_build_hostdev (RoostBuild *build, const RoostHostdev *hostdev, GError **error)
{
  if (hostdev->info.address != NULL && hostdev->info.address->type == ROOST_ADDRESS_TYPE_UNASSIGNED)
    return TRUE;
  switch (hostdev->type)
    {
    case ROOST_HOSTDEV_TYPE_PCI:
      return build_pci (build, hostdev, error);
    case ROOST_HOSTDEV_TYPE_USB:
      return build_usb (build, hostdev, error);
    case ROOST_HOSTDEV_TYPE_SCSI:
      return build_scsi (build, hostdev, error);
    case ROOST_HOSTDEV_TYPE_SCSI_HOST:
      return build_scsi_host (build, hostdev, error);
    case ROOST_HOSTDEV_TYPE_MDEV:
      return build_mdev (build, hostdev, error);
    case ROOST_HOSTDEV_TYPE_STORAGE:
    case ROOST_HOSTDEV_TYPE_MISC:
    case ROOST_HOSTDEV_TYPE_NET:
    case ROOST_HOSTDEV_TYPE_UNSET:
    default:
      return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "QEMU has no host device of type “%s”",
                          roost_hostdev_type_names[hostdev->type]);
    }
}

/* --- shared folders --- */

static const char *
security_model (const RoostFilesystem *fs)
{
  switch (fs->access)
    {
    case ROOST_FILESYSTEM_ACCESS_MAPPED:
      return "mapped";
    case ROOST_FILESYSTEM_ACCESS_SQUASH:
      return "none";
    case ROOST_FILESYSTEM_ACCESS_PASSTHROUGH:
    case ROOST_FILESYSTEM_ACCESS_UNSET:
    default:
      return "passthrough";
    }
}

static void
add_fsdev (RoostBuild *build, const RoostFilesystem *fs, const char *id)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean is_handle = fs->driver == ROOST_FILESYSTEM_DRIVER_HANDLE;

  roost_text_add (text, NULL, is_handle ? "handle" : "local");
  if (!is_handle)
    roost_text_add (text, "security_model", security_model (fs));
  if (fs->multidevs != ROOST_FILESYSTEM_MULTIDEVS_UNSET
      && fs->multidevs != ROOST_FILESYSTEM_MULTIDEVS_DEFAULT)
    roost_text_add (text, "multidevs", roost_filesystem_multidevs_names[fs->multidevs]);
  if (fs->fmode != NULL)
    roost_text_add_printf (text, "fmode", "%04o", (guint)g_ascii_strtoull (fs->fmode, NULL, 8));
  if (fs->dmode != NULL)
    roost_text_add_printf (text, "dmode", "%04o", (guint)g_ascii_strtoull (fs->dmode, NULL, 8));
  if (fs->wrpolicy == ROOST_FILESYSTEM_WRITE_POLICY_IMMEDIATE)
    roost_text_add (text, "writeout", "immediate");
  roost_text_add (text, "id", id);
  roost_text_add (text, "path", fs->source_dir);
  if (fs->readonly)
    roost_text_add (text, "readonly", "on");
  roost_build_option (build, "-fsdev", text->str);
}

static RoostVirtioModel
fs_model (const RoostFilesystem *fs)
{
  switch (fs->model)
    {
    case ROOST_FILESYSTEM_MODEL_VIRTIO_TRANSITIONAL:
      return ROOST_VIRTIO_MODEL_VIRTIO_TRANSITIONAL;
    case ROOST_FILESYSTEM_MODEL_VIRTIO_NON_TRANSITIONAL:
      return ROOST_VIRTIO_MODEL_VIRTIO_NON_TRANSITIONAL;
    case ROOST_FILESYSTEM_MODEL_VIRTIO:
    case ROOST_FILESYSTEM_MODEL_UNSET:
    default:
      return ROOST_VIRTIO_MODEL_UNSET;
    }
}

static gboolean
build_virtiofs (RoostBuild *build, const RoostFilesystem *fs, GError **error)
{
  g_autofree char *id = g_strdup_printf ("chr-vu-%s", fs->info.alias);
  g_autofree char *name = g_strdup_printf ("%s-fs.sock", fs->info.alias);
  g_autofree char *path =
      fs->source_socket != NULL ? g_strdup (fs->source_socket) : roost_build_run_path (build, name);
  g_autofree char *driver = roost_virtio_driver ("vhost-user-fs", &fs->info, fs_model (fs));
  JsonObject *chardev = roost_object_new ("backend", "socket");
  JsonObject *device = roost_object_new ("driver", driver);

  roost_put_string (chardev, "id", id);
  roost_put_string (chardev, "path", path);
  roost_build_chardev (build, chardev);
  roost_put_virtio (device, &fs->virtio);
  roost_put_string (device, "id", fs->info.alias);
  roost_put_string (device, "chardev", id);
  roost_put_uint (device, "queue-size", fs->queue);
  roost_put_string (device, "tag", fs->target);
  roost_put_boot (build, device, &fs->info);
  return roost_build_device_at (build, device, &fs->info, error);
}

gboolean
roost_build_filesystem (RoostBuild *build, const RoostFilesystem *fs, GError **error)
{
  g_autofree char *id = NULL;
  g_autofree char *driver = NULL;
  JsonObject *device;

  if (fs->driver == ROOST_FILESYSTEM_DRIVER_VIRTIOFS)
    return build_virtiofs (build, fs, error);
  if (fs->type != ROOST_FILESYSTEM_TYPE_MOUNT && fs->type != ROOST_FILESYSTEM_TYPE_UNSET)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "filesystem “%s”: QEMU shares folders only (type='mount')", fs->target);
  id = g_strdup_printf ("fsdev-%s", fs->info.alias);
  add_fsdev (build, fs, id);
  driver = roost_virtio_driver ("virtio-9p", &fs->info, fs_model (fs));
  device = roost_object_new ("driver", driver);
  roost_put_virtio (device, &fs->virtio);
  roost_put_string (device, "id", fs->info.alias);
  roost_put_string (device, "fsdev", id);
  roost_put_string (device, "mount_tag", fs->target);
  return roost_build_device_at (build, device, &fs->info, error);
}
