/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/address-connect.h"

/* --- controllers --- */

static const struct
{
  RoostControllerModel model;
  RoostPciBusModel bus;
} bus_rows[] = {
  { ROOST_CONTROLLER_MODEL_PCI_ROOT, ROOST_PCI_BUS_ROOT },
  { ROOST_CONTROLLER_MODEL_PCIE_ROOT, ROOST_PCI_BUS_PCIE_ROOT },
  { ROOST_CONTROLLER_MODEL_PCI_BRIDGE, ROOST_PCI_BUS_BRIDGE },
  { ROOST_CONTROLLER_MODEL_PCI_EXPANDER_BUS, ROOST_PCI_BUS_EXPANDER },
  { ROOST_CONTROLLER_MODEL_PCIE_EXPANDER_BUS, ROOST_PCI_BUS_PCIE_EXPANDER },
  { ROOST_CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE, ROOST_PCI_BUS_DMI_TO_PCI },
  { ROOST_CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE, ROOST_PCI_BUS_PCIE_TO_PCI },
  { ROOST_CONTROLLER_MODEL_PCIE_ROOT_PORT, ROOST_PCI_BUS_ROOT_PORT },
  { ROOST_CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT, ROOST_PCI_BUS_UPSTREAM_PORT },
  { ROOST_CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT, ROOST_PCI_BUS_DOWNSTREAM_PORT },
};

RoostPciBusModel
roost_pci_bus_of (const RoostController *controller)
{
  if (controller->type == ROOST_CONTROLLER_TYPE_PCI)
    for (guint i = 0; i < G_N_ELEMENTS (bus_rows); i++)
      if (bus_rows[i].model == controller->model)
        return bus_rows[i].bus;
  return ROOST_PCI_BUS_NONE;
}

RoostControllerModel
roost_pci_bus_to_model (RoostPciBusModel bus)
{
  for (guint i = 0; i < G_N_ELEMENTS (bus_rows); i++)
    if (bus_rows[i].bus == bus)
      return bus_rows[i].model;
  return ROOST_CONTROLLER_MODEL_UNSET;
}

/* --- kinds of endpoint --- */

typedef enum
{
  KIND_NONE,
  KIND_PCI,
  KIND_PCIE,
  KIND_VIRTIO, /* express where virtio 1.0 is to be had, which has no legacy ports */
} Kind;

/* The three spellings of a virtio model: the plain one leaves the choice to the machine. */
static Kind
virtio_kind (gboolean is_transitional, gboolean is_non_transitional)
{
  if (is_transitional)
    return KIND_PCI;
  return is_non_transitional ? KIND_PCIE : KIND_VIRTIO;
}

#define VIRTIO_KIND(model, PREFIX)                                                                 \
  virtio_kind ((model) == PREFIX##_VIRTIO_TRANSITIONAL, (model) == PREFIX##_VIRTIO_NON_TRANSITIONAL)

static gboolean
is_virtio_scsi (RoostControllerModel model)
{
  return model == ROOST_CONTROLLER_MODEL_VIRTIO_SCSI
         || model == ROOST_CONTROLLER_MODEL_VIRTIO_TRANSITIONAL
         || model == ROOST_CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL;
}

static Kind
scsi_kind (RoostControllerModel model)
{
  if (is_virtio_scsi (model))
    return VIRTIO_KIND (model, ROOST_CONTROLLER_MODEL);
  if (model == ROOST_CONTROLLER_MODEL_VMPVSCSI)
    return KIND_PCIE;
  if (model == ROOST_CONTROLLER_MODEL_IBMVSCSI || model == ROOST_CONTROLLER_MODEL_NCR53C90)
    return KIND_NONE;
  return KIND_PCI;
}

static Kind
usb_kind (RoostControllerModel model)
{
  if (model == ROOST_CONTROLLER_MODEL_NEC_XHCI || model == ROOST_CONTROLLER_MODEL_QEMU_XHCI)
    return KIND_PCIE;
  if (model == ROOST_CONTROLLER_MODEL_NONE || model == ROOST_CONTROLLER_MODEL_QUSB1
      || model == ROOST_CONTROLLER_MODEL_QUSB2)
    return KIND_NONE;
  return KIND_PCI;
}

static Kind
controller_kind (const RoostController *controller)
{
  switch (controller->type)
    {
    case ROOST_CONTROLLER_TYPE_IDE:
    case ROOST_CONTROLLER_TYPE_SATA:
      return KIND_PCI;
    case ROOST_CONTROLLER_TYPE_SCSI:
      return scsi_kind (controller->model);
    case ROOST_CONTROLLER_TYPE_USB:
      return usb_kind (controller->model);
    case ROOST_CONTROLLER_TYPE_VIRTIO_SERIAL:
      return VIRTIO_KIND (controller->model, ROOST_CONTROLLER_MODEL);
    case ROOST_CONTROLLER_TYPE_UNSET:
    case ROOST_CONTROLLER_TYPE_FDC:
    case ROOST_CONTROLLER_TYPE_CCID:
    case ROOST_CONTROLLER_TYPE_PCI:
    case ROOST_CONTROLLER_TYPE_XENBUS:
    case ROOST_CONTROLLER_TYPE_ISA:
      break;
    }
  return KIND_NONE;
}

static Kind
interface_kind (const RoostInterface *interface)
{
  static const struct
  {
    const char *model;
    Kind kind;
  } rows[] = {
    { "virtio", KIND_VIRTIO },
    { "virtio-transitional", KIND_PCI },
    { "virtio-non-transitional", KIND_PCIE },
    { "e1000e", KIND_PCIE },
    { "vmxnet3", KIND_PCIE },
    { "igb", KIND_PCIE },
    { "usb-net", KIND_NONE },
    { "spapr-vlan", KIND_NONE },
    { "smc91c111", KIND_NONE },
    { "lan9118", KIND_NONE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_strcmp0 (interface->model, rows[i].model) == 0)
      return rows[i].kind;
  return KIND_PCI;
}

static Kind
sound_kind (RoostSoundModel model)
{
  return model == ROOST_SOUND_MODEL_SB16 || model == ROOST_SOUND_MODEL_PCSPK
                 || model == ROOST_SOUND_MODEL_USB
             ? KIND_NONE
             : KIND_PCI;
}

static Kind
video_kind (RoostVideoType type)
{
  if (type == ROOST_VIDEO_TYPE_NONE || type == ROOST_VIDEO_TYPE_RAMFB)
    return KIND_NONE;
  return type == ROOST_VIDEO_TYPE_VIRTIO || type == ROOST_VIDEO_TYPE_BOCHS ? KIND_PCIE : KIND_PCI;
}

/* --- host devices --- */

static Kind
host_pci_kind (const RoostFacts *facts, const RoostPciPlace *at)
{
  const RoostHostPciFacts *host =
      roost_facts_host_pci (facts, at->domain, at->bus, at->slot, at->function);

  /* One that is not there now will most likely be express when it is. */
  return host == NULL || host->is_express ? KIND_PCIE : KIND_PCI;
}

static Kind
hostdev_kind (const RoostHostdev *hostdev, const RoostFacts *facts)
{
  const RoostPciPlace at = { .domain = hostdev->domain.value,
                             .bus = hostdev->bus.value,
                             .slot = hostdev->slot.value,
                             .function = hostdev->function.value };

  if (hostdev->type == ROOST_HOSTDEV_TYPE_PCI)
    return host_pci_kind (facts, &at);
  if (hostdev->type == ROOST_HOSTDEV_TYPE_MDEV)
    return hostdev->model == ROOST_MDEV_MODEL_VFIO_PCI ? KIND_PCIE : KIND_NONE;
  if (hostdev->type == ROOST_HOSTDEV_TYPE_SCSI_HOST)
    return VIRTIO_KIND (hostdev->virtio_model, ROOST_VIRTIO_MODEL);
  return KIND_NONE;
}

static Kind
host_interface_kind (const RoostInterface *interface, const RoostFacts *facts)
{
  const RoostPciPlace at = { .domain = interface->hostdev_domain.value,
                             .bus = interface->hostdev_bus.value,
                             .slot = interface->hostdev_slot.value,
                             .function = interface->hostdev_function.value };

  return host_pci_kind (facts, &at);
}

/* --- all together --- */

static Kind
small_device_kind (const RoostDeviceRef *ref)
{
  switch ((int)ref->kind)
    {
    case ROOST_DEVICE_SERIAL:
      return ref->chardev->serial_target == ROOST_SERIAL_TARGET_PCI_SERIAL ? KIND_PCI : KIND_NONE;
    case ROOST_DEVICE_INPUT:
      return ref->input->bus == ROOST_INPUT_BUS_VIRTIO
                 ? VIRTIO_KIND (ref->input->model, ROOST_VIRTIO_MODEL)
                 : KIND_NONE;
    case ROOST_DEVICE_WATCHDOG:
      return ref->watchdog->model == ROOST_WATCHDOG_MODEL_I6300ESB ? KIND_PCI : KIND_NONE;
    case ROOST_DEVICE_MEMBALLOON:
      return ref->memballoon->model == ROOST_BALLOON_MODEL_NONE
                     || ref->memballoon->model == ROOST_BALLOON_MODEL_XEN
                 ? KIND_NONE
                 : VIRTIO_KIND (ref->memballoon->model, ROOST_BALLOON_MODEL);
    case ROOST_DEVICE_RNG:
      return VIRTIO_KIND (ref->rng->model, ROOST_VIRTIO_MODEL);
    case ROOST_DEVICE_PANIC:
      return ref->panic->model == ROOST_PANIC_MODEL_PVPANIC ? KIND_PCI : KIND_NONE;
    case ROOST_DEVICE_MEMORY:
      return ref->memory->model == ROOST_MEMORY_MODEL_VIRTIO_MEM
                     || ref->memory->model == ROOST_MEMORY_MODEL_VIRTIO_PMEM
                 ? KIND_PCIE
                 : KIND_NONE;
    case ROOST_DEVICE_SHMEM:
    case ROOST_DEVICE_PSTORE:
      return KIND_PCI;
    case ROOST_DEVICE_VSOCK:
      return VIRTIO_KIND (ref->vsock->model, ROOST_VIRTIO_MODEL);
    case ROOST_DEVICE_CRYPTO:
      return KIND_VIRTIO;
    default:
      return KIND_NONE;
    }
}

static Kind
kind_of (const RoostDeviceRef *ref, const RoostFacts *facts)
{
  switch ((int)ref->kind)
    {
    case ROOST_DEVICE_DISK:
      return ref->disk->bus == ROOST_DISK_BUS_VIRTIO
                 ? VIRTIO_KIND (ref->disk->model, ROOST_VIRTIO_MODEL)
                 : KIND_NONE;
    case ROOST_DEVICE_INTERFACE:
      return ref->interface->type == ROOST_INTERFACE_TYPE_HOSTDEV
                 ? host_interface_kind (ref->interface, facts)
                 : interface_kind (ref->interface);
    case ROOST_DEVICE_SOUND:
      return sound_kind (ref->sound->model);
    case ROOST_DEVICE_HOSTDEV:
      return hostdev_kind (ref->hostdev, facts);
    case ROOST_DEVICE_VIDEO:
      return video_kind (ref->video->type);
    case ROOST_DEVICE_CONTROLLER:
      return controller_kind (ref->controller);
    case ROOST_DEVICE_FILESYSTEM:
      return VIRTIO_KIND (ref->filesystem->model, ROOST_FILESYSTEM_MODEL);
    default:
      return small_device_kind (ref);
    }
}

static gboolean
can_be_modern (const RoostFacts *facts)
{
  return roost_facts_has_property (facts, "virtio-blk-pci", "disable-legacy")
         || roost_facts_has_property (facts, "virtio-net-pci", "disable-legacy")
         || roost_facts_has_property (facts, "virtio-balloon-pci", "disable-legacy");
}

guint
roost_pci_plug_of (const RoostDeviceRef *ref, const RoostFacts *facts, gboolean has_pcie)
{
  Kind kind;

  if (ref->kind == ROOST_DEVICE_CONTROLLER && roost_pci_bus_of (ref->controller) != 0)
    return roost_pci_bus_plug (roost_pci_bus_of (ref->controller));
  if (ref->kind == ROOST_DEVICE_IOMMU)
    return ref->iommu->model != ROOST_IOMMU_MODEL_VIRTIO ? 0
           : has_pcie ? ROOST_PCI_PLUG_PCIE | ROOST_PCI_PLUG_INTEGRATED
                      : ROOST_PCI_PLUG_PCI | ROOST_PCI_PLUG_INTEGRATED;
  kind = kind_of (ref, facts);
  if (kind == KIND_NONE)
    return 0;
  if (kind == KIND_VIRTIO)
    kind = can_be_modern (facts) ? KIND_PCIE : KIND_PCI;
  return (kind == KIND_PCIE && has_pcie ? ROOST_PCI_PLUG_PCIE : ROOST_PCI_PLUG_PCI)
         | ROOST_PCI_PLUG_HOTPLUG;
}

gboolean
roost_device_is_virtio (const RoostDeviceRef *ref)
{
  switch ((int)ref->kind)
    {
    case ROOST_DEVICE_DISK:
      return ref->disk->bus == ROOST_DISK_BUS_VIRTIO;
    case ROOST_DEVICE_INTERFACE:
      return ref->interface->model != NULL && g_str_has_prefix (ref->interface->model, "virtio");
    case ROOST_DEVICE_HOSTDEV:
      return ref->hostdev->type == ROOST_HOSTDEV_TYPE_SCSI_HOST;
    case ROOST_DEVICE_VIDEO:
      return ref->video->type == ROOST_VIDEO_TYPE_VIRTIO;
    case ROOST_DEVICE_CONTROLLER:
      return ref->controller->type == ROOST_CONTROLLER_TYPE_VIRTIO_SERIAL
             || (ref->controller->type == ROOST_CONTROLLER_TYPE_SCSI
                 && is_virtio_scsi (ref->controller->model));
    case ROOST_DEVICE_INPUT:
      return ref->input->bus == ROOST_INPUT_BUS_VIRTIO;
    case ROOST_DEVICE_MEMBALLOON:
      return ref->memballoon->model != ROOST_BALLOON_MODEL_NONE
             && ref->memballoon->model != ROOST_BALLOON_MODEL_XEN;
    case ROOST_DEVICE_FILESYSTEM:
    case ROOST_DEVICE_RNG:
    case ROOST_DEVICE_VSOCK:
    case ROOST_DEVICE_CRYPTO:
      return TRUE;
    default:
      return FALSE;
    }
}

gboolean
roost_address_is_pci (const RoostAddress *address)
{
  return address != NULL && address->type == ROOST_ADDRESS_TYPE_PCI;
}

gboolean
roost_address_names_pci_place (const RoostAddress *address)
{
  return roost_address_is_pci (address)
         && (address->domain.value != 0 || address->bus.value != 0 || address->slot.value != 0
             || address->function.value != 0);
}

gboolean
roost_address_wants_pci (const RoostAddress *address)
{
  return address == NULL || address->type == ROOST_ADDRESS_TYPE_UNSET
         || (roost_address_is_pci (address) && !roost_address_names_pci_place (address));
}
