/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"

#include "base/compat.h"
#include "model/device-walk.h"

#include <string.h>

#define HOSTDEVS_EACH(hostdev)                                                                     \
  ROOST_LIST_EACH (RoostHostdev, hostdev, checker->config->devices.hostdevs)

static void
mode (RoostChecker *checker)
{
  RoostHostdev *hostdev;

  HOSTDEVS_EACH (hostdev)
    if (hostdev->mode == ROOST_HOSTDEV_MODE_CAPABILITIES
        || hostdev->type == ROOST_HOSTDEV_TYPE_STORAGE || hostdev->type == ROOST_HOSTDEV_TYPE_MISC
        || hostdev->type == ROOST_HOSTDEV_TYPE_NET)
      roost_check_unsupported (
          checker, &hostdev->info.position, "hostdev",
          "QEMU takes mode='subsystem' with pci, usb, scsi, scsi_host or mdev");
}

static const char *
missing_source (const RoostHostdev *hostdev)
{
  gboolean is_iscsi = hostdev->protocol == ROOST_NET_PROTOCOL_ISCSI;

  switch (hostdev->type)
    {
    case ROOST_HOSTDEV_TYPE_PCI:
      return !hostdev->bus.is_set && !hostdev->slot.is_set && !hostdev->function.is_set
                     && !hostdev->domain.is_set
                 ? "<address>"
                 : NULL;
    case ROOST_HOSTDEV_TYPE_USB:
      if (hostdev->usb_bus.is_set)
        return hostdev->usb_device.is_set || hostdev->usb_port != NULL ? NULL : "device";
      return hostdev->vendor_id.is_set && hostdev->product_id.is_set
                 ? NULL
                 : "<address>, or <vendor> and <product>";
    case ROOST_HOSTDEV_TYPE_SCSI:
      if (is_iscsi)
        return hostdev->iscsi_name == NULL    ? "name"
               : hostdev->iscsi_hosts == NULL ? "<host>"
                                              : NULL;
      return hostdev->adapter == NULL     ? "<adapter>"
             : !hostdev->scsi_unit.is_set ? "<address>"
                                          : NULL;
    case ROOST_HOSTDEV_TYPE_SCSI_HOST:
      return hostdev->scsi_host_protocol == ROOST_SCSI_HOST_PROTOCOL_UNSET ? "protocol"
             : hostdev->wwpn == NULL                                       ? "wwpn"
                                                                           : NULL;
    case ROOST_HOSTDEV_TYPE_MDEV:
      return hostdev->mdev_uuid == NULL ? "<address uuid='…'/>" : NULL;
    case ROOST_HOSTDEV_TYPE_UNSET:
    case ROOST_HOSTDEV_TYPE_STORAGE:
    case ROOST_HOSTDEV_TYPE_MISC:
    case ROOST_HOSTDEV_TYPE_NET:
      return NULL;
    }
  return NULL;
}

static void
source_needed (RoostChecker *checker)
{
  RoostHostdev *hostdev;

  HOSTDEVS_EACH (hostdev)
    {
      const char *missing = missing_source (hostdev);

      if (missing != NULL)
        roost_check_invalid (checker, &hostdev->info.position, "hostdev",
                             "<source> of type '%s' lacks %s",
                             roost_hostdev_type_names[hostdev->type], missing);
    }
}

static void
usb_ids (RoostChecker *checker)
{
  RoostHostdev *hostdev;

  HOSTDEVS_EACH (hostdev)
    if (hostdev->type == ROOST_HOSTDEV_TYPE_USB
        && ((hostdev->vendor_id.is_set && hostdev->vendor_id.value == 0)
            || (hostdev->vendor_id.is_set != hostdev->product_id.is_set)))
      roost_check_invalid (checker, &hostdev->info.position, "hostdev",
                           "a USB device has a vendor that is not 0, and a product");
}

static void
iscsi_auth (RoostChecker *checker)
{
  RoostHostdev *hostdev;

  HOSTDEVS_EACH (hostdev)
    {
      const RoostSourceAuth *auth = hostdev->auth;

      if (auth == NULL)
        continue;
      if (auth->username == NULL || auth->secret == NULL
          || (auth->secret->uuid == NULL && auth->secret->usage == NULL))
        roost_check_invalid (checker, &hostdev->info.position, "auth",
                             "it needs a username and a <secret> with uuid or usage");
    }
}

static void
wwpn (RoostChecker *checker)
{
  RoostHostdev *hostdev;

  HOSTDEVS_EACH (hostdev)
    if (hostdev->wwpn != NULL
        && (!g_str_has_prefix (hostdev->wwpn, "naa.")
            || strspn (hostdev->wwpn + 4, "0123456789abcdefABCDEF") != strlen (hostdev->wwpn + 4)
            || strlen (hostdev->wwpn) != 20))
      roost_check_invalid (checker, &hostdev->info.position, "source",
                           "wwpn='%s' is not 'naa.' with 16 hexadecimal digits", hostdev->wwpn);
}

static gboolean
address_fits (const RoostHostdev *hostdev)
{
  RoostAddressType type = hostdev->info.address->type;
  gboolean is_pci = type == ROOST_ADDRESS_TYPE_PCI || type == ROOST_ADDRESS_TYPE_UNASSIGNED;

  switch (hostdev->type)
    {
    case ROOST_HOSTDEV_TYPE_PCI:
      return is_pci;
    case ROOST_HOSTDEV_TYPE_SCSI_HOST:
      return type == ROOST_ADDRESS_TYPE_PCI || type == ROOST_ADDRESS_TYPE_CCW;
    case ROOST_HOSTDEV_TYPE_SCSI:
      return type == ROOST_ADDRESS_TYPE_DRIVE;
    case ROOST_HOSTDEV_TYPE_USB:
      return type == ROOST_ADDRESS_TYPE_USB;
    case ROOST_HOSTDEV_TYPE_MDEV:
      if (hostdev->model == ROOST_MDEV_MODEL_VFIO_CCW)
        return type == ROOST_ADDRESS_TYPE_CCW;
      return hostdev->model == ROOST_MDEV_MODEL_VFIO_AP ? FALSE : is_pci;
    case ROOST_HOSTDEV_TYPE_UNSET:
    case ROOST_HOSTDEV_TYPE_STORAGE:
    case ROOST_HOSTDEV_TYPE_MISC:
    case ROOST_HOSTDEV_TYPE_NET:
      return TRUE;
    }
  return TRUE;
}

static void
address_type (RoostChecker *checker)
{
  RoostHostdev *hostdev;

  HOSTDEVS_EACH (hostdev)
    if (hostdev->info.address != NULL && !address_fits (hostdev))
      roost_check_unsupported (checker, &hostdev->info.position, "hostdev",
                               "type '%s' has no address of type '%s'",
                               roost_hostdev_type_names[hostdev->type],
                               roost_address_type_names[hostdev->info.address->type]);
}

static void
mdev_model (RoostChecker *checker)
{
  guint n_ap = 0;
  RoostHostdev *hostdev;

  HOSTDEVS_EACH (hostdev)
    {
      const RoostPosition *at = &hostdev->info.position;

      if (hostdev->type != ROOST_HOSTDEV_TYPE_MDEV)
        continue;
      if (hostdev->model == ROOST_MDEV_MODEL_UNSET)
        roost_check_invalid (checker, at, "hostdev", "an mdev needs a model");
      else if (hostdev->model != ROOST_MDEV_MODEL_VFIO_PCI && !roost_arch_is_s390 (checker->arch))
        roost_check_unsupported (checker, at, "hostdev", "model='%s' is of s390x",
                                 roost_mdev_model_names[hostdev->model]);
      if (hostdev->model == ROOST_MDEV_MODEL_VFIO_AP && ++n_ap > 1)
        roost_check_unsupported (checker, at, "hostdev", "a guest has one 'vfio-ap'");
      if (hostdev->model == ROOST_MDEV_MODEL_VFIO_AP && hostdev->info.boot_order.is_set)
        roost_check_unsupported (checker, at, "hostdev", "nothing boots from 'vfio-ap'");
    }
}

static gboolean
has_graphics (const RoostDomainConfig *config)
{
  return config->devices.graphics != NULL && config->devices.graphics->len > 0;
}

static void
mdev_display (RoostChecker *checker)
{
  guint n_ramfb = 0;
  RoostHostdev *hostdev;

  HOSTDEVS_EACH (hostdev)
    {
      const RoostPosition *at = &hostdev->info.position;

      if (hostdev->type != ROOST_HOSTDEV_TYPE_MDEV)
        continue;
      if (hostdev->display == ROOST_YES && hostdev->model != ROOST_MDEV_MODEL_VFIO_PCI)
        roost_check_unsupported (checker, at, "hostdev", "display is for model='vfio-pci'");
      if (hostdev->display == ROOST_YES && !has_graphics (checker->config))
        roost_check_unsupported (checker, at, "hostdev", "display='on' needs a <graphics>");
      if (hostdev->ramfb == ROOST_YES && hostdev->display != ROOST_YES)
        roost_check_unsupported (checker, at, "hostdev", "ramfb='on' needs display='on'");
      if (hostdev->ramfb == ROOST_YES && ++n_ramfb > 1)
        roost_check_unsupported (checker, at, "hostdev", "one device only has ramfb='on'");
    }
}

static char *
source_key (const RoostHostdev *hostdev)
{
  switch (hostdev->type)
    {
    case ROOST_HOSTDEV_TYPE_PCI:
      return g_strdup_printf ("pci %04x:%02x:%02x.%x", (guint)hostdev->domain.value,
                              (guint)hostdev->bus.value, (guint)hostdev->slot.value,
                              (guint)hostdev->function.value);
    case ROOST_HOSTDEV_TYPE_USB:
      if (hostdev->usb_bus.is_set && hostdev->usb_device.is_set)
        return g_strdup_printf ("usb bus %u device %u", (guint)hostdev->usb_bus.value,
                                (guint)hostdev->usb_device.value);
      if (hostdev->usb_bus.is_set)
        return g_strdup_printf ("usb bus %u port %s", (guint)hostdev->usb_bus.value,
                                hostdev->usb_port);
      return g_strdup_printf ("usb %04x:%04x", (guint)hostdev->vendor_id.value,
                              (guint)hostdev->product_id.value);
    case ROOST_HOSTDEV_TYPE_SCSI:
      if (hostdev->protocol == ROOST_NET_PROTOCOL_ISCSI)
        return g_strdup_printf ("iscsi %s", hostdev->iscsi_name);
      return g_strdup_printf ("scsi %s %u:%u:%u", hostdev->adapter, (guint)hostdev->scsi_bus.value,
                              (guint)hostdev->scsi_target.value, (guint)hostdev->scsi_unit.value);
    case ROOST_HOSTDEV_TYPE_SCSI_HOST:
      return g_strdup_printf ("scsi_host %s", hostdev->wwpn);
    case ROOST_HOSTDEV_TYPE_MDEV:
      return g_strdup_printf ("mdev %s", hostdev->mdev_uuid);
    case ROOST_HOSTDEV_TYPE_UNSET:
    case ROOST_HOSTDEV_TYPE_STORAGE:
    case ROOST_HOSTDEV_TYPE_MISC:
    case ROOST_HOSTDEV_TYPE_NET:
      return NULL;
    }
  return NULL;
}

static void
source_unique (RoostChecker *checker)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  RoostHostdev *hostdev;

  HOSTDEVS_EACH (hostdev)
    {
      g_autofree char *key = missing_source (hostdev) == NULL ? source_key (hostdev) : NULL;

      if (key == NULL)
        continue;
      if (g_hash_table_contains (seen, key))
        roost_check_invalid (checker, &hostdev->info.position, "hostdev",
                             "the host's device %s is given twice", key);
      else
        g_hash_table_add (seen, g_steal_pointer (&key));
    }
}

static void
rom (RoostChecker *checker)
{
  GArray *refs = checker->devices;
  RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    {
      const RoostDeviceInfo *info = ref->info;

      if (info->rom_enabled == ROOST_NO
          && (info->rom_bar != ROOST_UNSET
              || (info->rom_file != NULL && info->rom_file[0] != '\0')))
        roost_check_invalid (checker, &info->position, "rom",
                             "enabled='no' leaves nothing for bar and file");
      if (info->rom_file != NULL && info->rom_enabled != ROOST_NO && info->address != NULL
          && info->address->type != ROOST_ADDRESS_TYPE_PCI)
        roost_check_unsupported (checker, &info->position, "rom", "only PCI devices have a ROM");
    }
}

static void
scsi_shareable (RoostChecker *checker)
{
  RoostHostdev *hostdev;

  HOSTDEVS_EACH (hostdev)
    {
      const RoostPosition *at = &hostdev->info.position;
      gboolean is_scsi = hostdev->type == ROOST_HOSTDEV_TYPE_SCSI;

      if ((hostdev->readonly || hostdev->shareable) && !is_scsi)
        roost_check_unsupported (checker, at, "hostdev",
                                 "<readonly> and <shareable> are for type='scsi'");
      if (hostdev->teaming_type != ROOST_TEAMING_TYPE_UNSET
          && hostdev->type != ROOST_HOSTDEV_TYPE_PCI)
        roost_check_unsupported (checker, at, "teaming", "it is for type='pci'");
    }
}

const RoostRule roost_hostdev_rules[] = {
  { "hostdev-mode", mode },
  { "hostdev-source", source_needed },
  { "hostdev-usb", usb_ids },
  { "hostdev-auth", iscsi_auth },
  { "hostdev-wwpn", wwpn },
  { "hostdev-address-type", address_type },
  { "hostdev-mdev", mdev_model },
  { "hostdev-display", mdev_display },
  { "hostdev-unique", source_unique },
  { "rom", rom },
  { "hostdev-scsi", scsi_shareable },
  { NULL, NULL },
};
