/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

/* --- virtio --- */

static const char *
virtio_model_suffix (RoostVirtioModel model)
{
  switch (model)
    {
    case ROOST_VIRTIO_MODEL_VIRTIO_TRANSITIONAL:
      return "-transitional";
    case ROOST_VIRTIO_MODEL_VIRTIO_NON_TRANSITIONAL:
      return "-non-transitional";
    case ROOST_VIRTIO_MODEL_UNSET:
    case ROOST_VIRTIO_MODEL_VIRTIO:
    default:
      return "";
    }
}

char *
roost_virtio_driver (const char *base, const RoostDeviceInfo *info, RoostVirtioModel model)
{
  RoostAddressType type = info->address != NULL ? info->address->type : ROOST_ADDRESS_TYPE_UNSET;

  if (type == ROOST_ADDRESS_TYPE_CCW)
    return g_strconcat (base, "-ccw", NULL);
  if (type == ROOST_ADDRESS_TYPE_VIRTIO_MMIO)
    return g_strconcat (base, "-device", NULL);
  return g_strconcat (base, "-pci", virtio_model_suffix (model), NULL);
}

void
roost_put_virtio (JsonObject *device, const RoostVirtioOptions *options)
{
  roost_put_yes_no (device, "iommu_platform", options->iommu);
  roost_put_yes_no (device, "ats", options->ats);
  roost_put_yes_no (device, "packed", options->packed);
  roost_put_yes_no (device, "page-per-vq", options->page_per_vq);
}

/* --- what many devices have --- */

RoostUint
roost_build_boot_index (RoostBuild *build, const RoostDeviceInfo *info)
{
  RoostUint none = { 0 };

  if (info->boot_order.is_set)
    return info->boot_order;
  for (guint i = 0; i < build->boot->len; i++)
    {
      if (build->boot->pdata[i] == info)
        return roost_uint (i + 1);
    }
  return none;
}

void
roost_put_boot (RoostBuild *build, JsonObject *device, const RoostDeviceInfo *info)
{
  roost_put_uint (device, "bootindex", roost_build_boot_index (build, info));
}

void
roost_put_rom (JsonObject *device, const RoostDeviceInfo *info)
{
  if (info->rom_enabled == ROOST_NO)
    {
      roost_put_string (device, "romfile", "");
      return;
    }
  if (info->rom_bar != ROOST_UNSET)
    roost_put_int (device, "rombar", info->rom_bar == ROOST_YES);
  roost_put_string (device, "romfile", info->rom_file);
}

JsonObject *
roost_device_new (const char *driver, const RoostDeviceInfo *info)
{
  JsonObject *device = roost_object_new ("driver", driver);

  roost_put_string (device, "id", info->alias);
  return device;
}

/* --- addresses --- */

const RoostController *
roost_build_controller_at (RoostBuild *build, RoostControllerType type, guint64 index)
{
  const RoostController *controller;

  ROOST_LIST_EACH (RoostController, controller, build->config->devices.controllers)
    {
      if (controller->type == type && (guint64)controller->index.value == index
          && !controller->master_startport.is_set)
        return controller;
    }
  return NULL;
}

static gboolean
no_controller (const RoostDeviceInfo *info, const char *kind, guint64 index, GError **error)
{
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                      "device “%s” is at %s controller %" G_GUINT64_FORMAT ", which does not exist",
                      info->alias, kind, index);
}

static char *
pci_bus_name (const RoostController *controller)
{
  gboolean is_spapr_host_bridge = controller->model == ROOST_CONTROLLER_MODEL_PCI_ROOT
                                  && controller->target_index.is_set && controller->index.value > 0;

  if (controller->index.value == 0)
    return g_strdup (controller->model == ROOST_CONTROLLER_MODEL_PCIE_ROOT ? "pcie.0" : "pci.0");
  return g_strconcat (controller->info.alias, is_spapr_host_bridge ? ".0" : "", NULL);
}

static gboolean
put_pci (RoostBuild *build, JsonObject *device, const RoostDeviceInfo *info, GError **error)
{
  const RoostAddress *address = info->address;
  const RoostController *controller =
      roost_build_controller_at (build, ROOST_CONTROLLER_TYPE_PCI, address->bus.value);
  g_autofree char *bus = NULL;

  if (controller == NULL)
    {
      /* s390 has a PCI bus without a controller in the document. */
      if (address->bus.value != 0)
        return no_controller (info, "PCI", address->bus.value, error);
      bus = g_strdup ("pci.0");
    }
  else
    bus = pci_bus_name (controller);
  roost_put_string (device, "bus", bus);
  if (address->multifunction == ROOST_YES)
    roost_put_bool (device, "multifunction", TRUE);
  if (address->function.value != 0)
    roost_put_printf (device, "addr", "0x%x.0x%x", (guint)address->slot.value,
                      (guint)address->function.value);
  else
    roost_put_printf (device, "addr", "0x%x", (guint)address->slot.value);
  roost_put_uint (device, "acpi-index", info->acpi_index);
  return TRUE;
}

static gboolean
put_usb (RoostBuild *build, JsonObject *device, const RoostDeviceInfo *info, GError **error)
{
  const RoostAddress *address = info->address;
  const RoostController *controller =
      roost_build_controller_at (build, ROOST_CONTROLLER_TYPE_USB, address->bus.value);

  if (controller == NULL || controller->info.alias == NULL)
    return no_controller (info, "USB", address->bus.value, error);
  roost_put_printf (device, "bus", "%s.0", controller->info.alias);
  roost_put_string (device, "port", address->usb_port);
  return TRUE;
}

static gboolean
put_virtio_serial (RoostBuild *build,
                   JsonObject *device,
                   const RoostDeviceInfo *info,
                   GError **error)
{
  const RoostAddress *address = info->address;
  const RoostController *controller = roost_build_controller_at (
      build, ROOST_CONTROLLER_TYPE_VIRTIO_SERIAL, address->controller.value);

  if (controller == NULL || controller->info.alias == NULL)
    return no_controller (info, "virtio-serial", address->controller.value, error);
  roost_put_printf (device, "bus", "%s.%u", controller->info.alias, (guint)address->bus.value);
  roost_put_uint (device, "nr", address->port);
  return TRUE;
}

static gboolean
put_ccid (RoostBuild *build, JsonObject *device, const RoostDeviceInfo *info, GError **error)
{
  const RoostAddress *address = info->address;
  const RoostController *controller =
      roost_build_controller_at (build, ROOST_CONTROLLER_TYPE_CCID, address->controller.value);

  if (controller == NULL || controller->info.alias == NULL)
    return no_controller (info, "CCID", address->controller.value, error);
  roost_put_printf (device, "bus", "%s.0", controller->info.alias);
  return TRUE;
}

gboolean
roost_build_address (RoostBuild *build,
                     JsonObject *device,
                     const RoostDeviceInfo *info,
                     GError **error)
{
  const RoostAddress *address = info->address;

  if (address == NULL)
    return TRUE;
  switch (address->type)
    {
    case ROOST_ADDRESS_TYPE_PCI:
      return put_pci (build, device, info, error);
    case ROOST_ADDRESS_TYPE_USB:
      return put_usb (build, device, info, error);
    case ROOST_ADDRESS_TYPE_VIRTIO_SERIAL:
      return put_virtio_serial (build, device, info, error);
    case ROOST_ADDRESS_TYPE_CCID:
      return put_ccid (build, device, info, error);
    case ROOST_ADDRESS_TYPE_SPAPR_VIO:
      roost_put_uint (device, "reg", address->reg);
      return TRUE;
    case ROOST_ADDRESS_TYPE_CCW:
      if (address->devno.is_set)
        roost_put_printf (device, "devno", "%x.%x.%04x", (guint)address->cssid.value,
                          (guint)address->ssid.value, (guint)address->devno.value);
      return TRUE;
    case ROOST_ADDRESS_TYPE_ISA:
      roost_put_uint (device, "iobase", address->iobase);
      roost_put_uint (device, "irq", address->irq);
      return TRUE;
    case ROOST_ADDRESS_TYPE_DIMM:
      roost_put_uint (device, "slot", address->slot);
      roost_put_uint (device, "addr", address->base);
      return TRUE;
    case ROOST_ADDRESS_TYPE_DRIVE: /* the disk's own builder */
    case ROOST_ADDRESS_TYPE_VIRTIO_MMIO:
    case ROOST_ADDRESS_TYPE_VIRTIO_S390:
    case ROOST_ADDRESS_TYPE_UNASSIGNED:
    case ROOST_ADDRESS_TYPE_UNSET:
    default:
      return TRUE;
    }
}

/* s390 shows a PCI device to the guest by a companion with its user and function numbers. */
static void
add_zpci (RoostBuild *build, const RoostDeviceInfo *info)
{
  const RoostAddress *address = info->address;
  JsonObject *device;

  if (address == NULL || address->type != ROOST_ADDRESS_TYPE_PCI || !address->has_zpci)
    return;
  device = roost_object_new ("driver", "zpci");
  roost_put_uint (device, "uid", address->zpci_uid);
  roost_put_uint (device, "fid", address->zpci_fid);
  roost_put_string (device, "target", info->alias);
  roost_put_printf (device, "id", "zpci%u", (guint)address->zpci_uid.value);
  roost_build_device (build, device);
}

gboolean
roost_build_device_at (RoostBuild *build,
                       JsonObject *device,
                       const RoostDeviceInfo *info,
                       GError **error)
{
  if (!roost_build_address (build, device, info, error))
    {
      json_object_unref (device);
      return FALSE;
    }
  add_zpci (build, info);
  roost_build_device (build, device);
  return TRUE;
}
