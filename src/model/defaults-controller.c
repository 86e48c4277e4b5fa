/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/defaults-controller.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/blame.h"
#include "model/controller-list.h"
#include "model/device-walk.h"
#include "model/machine.h"

#define MAX_XHCI_PORTS 15

typedef struct
{
  RoostControllerModel model;
  const char *type; /* of QEMU */
} ModelRow;

/* Returns: the first that the binary has, or UNSET */
static RoostControllerModel
first_available (const RoostFacts *facts, const ModelRow *rows, guint n_rows)
{
  for (guint i = 0; i < n_rows; i++)
    if (roost_facts_has_type (facts, rows[i].type))
      return rows[i].model;
  return ROOST_CONTROLLER_MODEL_UNSET;
}

/* --- USB --- */

/* A <controller> without a model, which once meant "-usb". */
static const ModelRow usb_rows[] = {
  { ROOST_CONTROLLER_MODEL_PIIX3_UHCI, "piix3-usb-uhci" },
};
static const ModelRow ppc_usb_rows[] = {
  { ROOST_CONTROLLER_MODEL_PCI_OHCI, "pci-ohci" },
  { ROOST_CONTROLLER_MODEL_PIIX3_UHCI, "piix3-usb-uhci" },
  { ROOST_CONTROLLER_MODEL_NEC_XHCI, "nec-usb-xhci" },
};
static const ModelRow arm_usb_rows[] = {
  { ROOST_CONTROLLER_MODEL_QEMU_XHCI, "qemu-xhci" },
  { ROOST_CONTROLLER_MODEL_NEC_XHCI, "nec-usb-xhci" },
};
/* What a q35 machine gets when the document says nothing of USB. */
static const ModelRow q35_usb_rows[] = {
  { ROOST_CONTROLLER_MODEL_QEMU_XHCI, "qemu-xhci" },
  { ROOST_CONTROLLER_MODEL_NEC_XHCI, "nec-usb-xhci" },
  { ROOST_CONTROLLER_MODEL_ICH9_EHCI1, "ich9-usb-ehci1" },
};

/* The ARM boards that imitate hardware bring what USB they have. */
static gboolean
has_own_usb (const RoostDomainConfig *config)
{
  return roost_arch_is_arm (config->os.arch)
         && roost_machine_family (config) == ROOST_MACHINE_OTHER;
}

static RoostControllerModel
default_usb_model (const RoostDomainConfig *config, const RoostFacts *facts)
{
  if (roost_arch_is_s390 (config->os.arch))
    return ROOST_CONTROLLER_MODEL_NONE;
  if (roost_arch_is_ppc64 (config->os.arch))
    return first_available (facts, ppc_usb_rows, G_N_ELEMENTS (ppc_usb_rows));
  if (has_own_usb (config))
    return ROOST_CONTROLLER_MODEL_UNSET;
  if (roost_arch_is_arm (config->os.arch))
    return first_available (facts, arm_usb_rows, G_N_ELEMENTS (arm_usb_rows));
  return first_available (facts, usb_rows, G_N_ELEMENTS (usb_rows));
}

/* Companions begin at the ports of their master that they serve. */
static void
set_usb_master (RoostController *controller)
{
  if (!roost_controller_is_usb_companion (controller))
    return;
  if (!controller->master_startport.is_set)
    controller->master_startport =
        roost_uint (2 * (controller->model - ROOST_CONTROLLER_MODEL_ICH9_UHCI1));
}
G_STATIC_ASSERT (ROOST_CONTROLLER_MODEL_ICH9_UHCI3 == ROOST_CONTROLLER_MODEL_ICH9_UHCI1 + 2);

static gboolean
complete_usb (RoostDomainConfig *config,
              RoostController *controller,
              const RoostFacts *facts,
              GError **error)
{
  if (controller->model == ROOST_CONTROLLER_MODEL_UNSET)
    controller->model = default_usb_model (config, facts);
  if (controller->model == ROOST_CONTROLLER_MODEL_UNSET && !has_own_usb (config))
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "usb controller %" G_GINT64_FORMAT
                        ": this QEMU has none of the usual models; name one, such as 'qemu-xhci'",
                        controller->index.value);
  if ((controller->model == ROOST_CONTROLLER_MODEL_NEC_XHCI
       || controller->model == ROOST_CONTROLLER_MODEL_QEMU_XHCI)
      && controller->ports.value > MAX_XHCI_PORTS)
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "usb controller %" G_GINT64_FORMAT ": %s has at most %d ports",
                        controller->index.value, roost_controller_model_names[controller->model],
                        MAX_XHCI_PORTS);
  set_usb_master (controller);
  return TRUE;
}

static gboolean
has_default_usb (const RoostDomainConfig *config)
{
  switch (roost_machine_family (config))
    {
    case ROOST_MACHINE_I440FX:
    case ROOST_MACHINE_Q35:
    case ROOST_MACHINE_PSERIES:
      return TRUE;
    case ROOST_MACHINE_OTHER:
      return roost_arch_is_ppc64 (config->os.arch);
    case ROOST_MACHINE_ISAPC:
    case ROOST_MACHINE_MICROVM:
    case ROOST_MACHINE_ARM_VIRT:
    case ROOST_MACHINE_RISCV_VIRT:
    case ROOST_MACHINE_S390_CCW:
      break;
    }
  return FALSE;
}

static void
add_default_usb (RoostDomainConfig *config, const RoostFacts *facts)
{
  gboolean is_q35 = roost_machine_family (config) == ROOST_MACHINE_Q35;
  RoostControllerModel model;

  if (!has_default_usb (config)
      || roost_config_count_controllers (config, ROOST_CONTROLLER_TYPE_USB) > 0)
    return;
  model = is_q35 ? first_available (facts, q35_usb_rows, G_N_ELEMENTS (q35_usb_rows))
                 : default_usb_model (config, facts);
  if (model == ROOST_CONTROLLER_MODEL_UNSET)
    return;
  roost_config_add_controller (config, ROOST_CONTROLLER_TYPE_USB, model, 0);
  if (model != ROOST_CONTROLLER_MODEL_ICH9_EHCI1)
    return;
  for (guint i = 0; i < 3; i++)
    roost_config_add_controller (config, ROOST_CONTROLLER_TYPE_USB,
                                 ROOST_CONTROLLER_MODEL_ICH9_UHCI1 + i, 0);
}

/* --- PCI --- */

static const struct
{
  RoostControllerModel model;
  RoostPciModelName name;
} pci_names[] = {
  { ROOST_CONTROLLER_MODEL_PCI_BRIDGE, ROOST_PCI_MODEL_NAME_PCI_BRIDGE },
  { ROOST_CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE, ROOST_PCI_MODEL_NAME_I82801B11_BRIDGE },
  { ROOST_CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE, ROOST_PCI_MODEL_NAME_PCIE_PCI_BRIDGE },
  { ROOST_CONTROLLER_MODEL_PCIE_ROOT_PORT, ROOST_PCI_MODEL_NAME_PCIE_ROOT_PORT },
  { ROOST_CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT, ROOST_PCI_MODEL_NAME_X3130_UPSTREAM },
  { ROOST_CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT, ROOST_PCI_MODEL_NAME_XIO3130_DOWNSTREAM },
  { ROOST_CONTROLLER_MODEL_PCI_EXPANDER_BUS, ROOST_PCI_MODEL_NAME_PXB },
  { ROOST_CONTROLLER_MODEL_PCIE_EXPANDER_BUS, ROOST_PCI_MODEL_NAME_PXB_PCIE },
};

void
roost_defaults_complete_pci_controller (const RoostDomainConfig *config,
                                        RoostController *controller,
                                        const RoostFacts *facts)
{
  if (controller->model_name != ROOST_PCI_MODEL_NAME_UNSET)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (pci_names); i++)
    if (pci_names[i].model == controller->model)
      controller->model_name = pci_names[i].name;
  if (controller->model_name == ROOST_PCI_MODEL_NAME_PCIE_ROOT_PORT
      && !roost_facts_has_type (facts, "pcie-root-port"))
    controller->model_name = ROOST_PCI_MODEL_NAME_IOH3420;
  if (controller->model == ROOST_CONTROLLER_MODEL_PCI_ROOT
      && roost_machine_family (config) == ROOST_MACHINE_PSERIES)
    controller->model_name = ROOST_PCI_MODEL_NAME_SPAPR_PCI_HOST_BRIDGE;
}

/* A document of the time before the board had PCI: it puts its devices on virtio-mmio and names no
 * PCI controller. Its other devices belong there too. */
static gboolean
is_mmio_document (const RoostDomainConfig *config)
{
  g_autoptr (GArray) refs = roost_devices_list (config);
  gboolean has_mmio = FALSE;
  const RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    {
      const RoostAddress *address = ref->info->address;

      if ((address != NULL && address->type == ROOST_ADDRESS_TYPE_PCI)
          || (ref->kind == ROOST_DEVICE_CONTROLLER
              && ref->controller->type == ROOST_CONTROLLER_TYPE_PCI))
        return FALSE;
      has_mmio |= address != NULL && address->type == ROOST_ADDRESS_TYPE_VIRTIO_MMIO;
    }
  return has_mmio;
}

/* Returns: what bus 0 of the machine is; UNSET when it has no PCI */
static RoostControllerModel
root_model (const RoostDomainConfig *config, const RoostFacts *facts)
{
  switch (roost_machine_family (config))
    {
    case ROOST_MACHINE_Q35:
      return ROOST_CONTROLLER_MODEL_PCIE_ROOT;
    case ROOST_MACHINE_ARM_VIRT:
    case ROOST_MACHINE_RISCV_VIRT:
      return is_mmio_document (config) ? ROOST_CONTROLLER_MODEL_UNSET
                                       : ROOST_CONTROLLER_MODEL_PCIE_ROOT;
    case ROOST_MACHINE_I440FX:
    case ROOST_MACHINE_PSERIES:
      return ROOST_CONTROLLER_MODEL_PCI_ROOT;
    case ROOST_MACHINE_S390_CCW:
      return roost_facts_has_type (facts, "zpci") ? ROOST_CONTROLLER_MODEL_PCI_ROOT
                                                  : ROOST_CONTROLLER_MODEL_UNSET;
    case ROOST_MACHINE_OTHER:
      return roost_arch_is_ppc64 (config->os.arch) || g_strcmp0 (config->os.arch, "ppc") == 0
                     || g_strcmp0 (config->os.machine, "versatilepb") == 0
                 ? ROOST_CONTROLLER_MODEL_PCI_ROOT
                 : ROOST_CONTROLLER_MODEL_UNSET;
    case ROOST_MACHINE_ISAPC:
    case ROOST_MACHINE_MICROVM:
      break;
    }
  return ROOST_CONTROLLER_MODEL_UNSET;
}

static gboolean
add_root (RoostDomainConfig *config, const RoostFacts *facts, GError **error)
{
  RoostControllerModel model = root_model (config, facts);
  const RoostController *root = roost_config_find_controller (config, ROOST_CONTROLLER_TYPE_PCI, 0);

  if (model == ROOST_CONTROLLER_MODEL_UNSET)
    return TRUE;
  if (root == NULL)
    roost_config_add_controller (config, ROOST_CONTROLLER_TYPE_PCI, model, 0);
  else if (root->model != model)
    {
      roost_throw (error, ROOST_ERROR_INVALID_XML,
                   "pci controller 0: on the machine type '%s' it must be a '%s', not a '%s'",
                   config->os.machine, roost_controller_model_names[model],
                   roost_controller_model_names[root->model]);
      return roost_blame (error, &root->info.position, "controller", "pci-root");
    }
  return TRUE;
}

/* --- SCSI --- */

static RoostControllerModel
default_scsi_model (const RoostDomainConfig *config, const RoostFacts *facts)
{
  if (roost_machine_family (config) == ROOST_MACHINE_PSERIES)
    return ROOST_CONTROLLER_MODEL_IBMVSCSI;
  if (roost_arch_is_s390 (config->os.arch) || !roost_facts_has_type (facts, "lsi53c895a"))
    return ROOST_CONTROLLER_MODEL_VIRTIO_SCSI;
  return ROOST_CONTROLLER_MODEL_LSILOGIC;
}

static gboolean
complete_one (RoostDomainConfig *config,
              RoostController *controller,
              const RoostFacts *facts,
              GError **error)
{
  switch ((int)controller->type)
    {
    case ROOST_CONTROLLER_TYPE_USB:
      return complete_usb (config, controller, facts, error);
    case ROOST_CONTROLLER_TYPE_PCI:
      roost_defaults_complete_pci_controller (config, controller, facts);
      return TRUE;
    case ROOST_CONTROLLER_TYPE_SCSI:
      if (controller->model == ROOST_CONTROLLER_MODEL_UNSET
          || controller->model == ROOST_CONTROLLER_MODEL_AUTO)
        controller->model = default_scsi_model (config, facts);
      return TRUE;
    default:
      return TRUE;
    }
}

/* --- what devices imply --- */

static void
ensure_up_to (RoostDomainConfig *config,
              RoostControllerType type,
              RoostControllerModel model,
              guint64 index)
{
  for (guint64 i = 0; i <= index; i++)
    roost_config_ensure_controller (config, type, model, i);
}

static void
add_for_disks (RoostDomainConfig *config, RoostDiskBus bus, RoostControllerType type)
{
  const RoostDisk *disk;

  ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
    if (disk->bus == bus && disk->info.address != NULL
        && disk->info.address->type == ROOST_ADDRESS_TYPE_DRIVE)
      ensure_up_to (config, type, ROOST_CONTROLLER_MODEL_UNSET,
                    disk->info.address->controller.value);
}

static guint64
controller_of (const RoostDeviceInfo *info)
{
  return info->address != NULL ? info->address->controller.value : 0;
}

static void
add_for_chardevs (RoostDomainConfig *config)
{
  const RoostChardev *chardev;

  ROOST_LIST_EACH (const RoostChardev, chardev, config->devices.channels)
    if (chardev->channel_target == ROOST_CHANNEL_TARGET_VIRTIO)
      roost_config_ensure_controller (config, ROOST_CONTROLLER_TYPE_VIRTIO_SERIAL, 0,
                                      controller_of (&chardev->info));
  ROOST_LIST_EACH (const RoostChardev, chardev, config->devices.consoles)
    if (chardev->console_target == ROOST_CONSOLE_TARGET_VIRTIO)
      roost_config_ensure_controller (config, ROOST_CONTROLLER_TYPE_VIRTIO_SERIAL, 0,
                                      controller_of (&chardev->info));
}

static void
add_for_others (RoostDomainConfig *config)
{
  const RoostSmartcard *smartcard;
  const RoostHostdev *hostdev;
  const RoostController *first;

  ROOST_LIST_EACH (const RoostSmartcard, smartcard, config->devices.smartcards)
    roost_config_ensure_controller (config, ROOST_CONTROLLER_TYPE_CCID, 0,
                                    controller_of (&smartcard->info));
  first = roost_config_find_controller (config, ROOST_CONTROLLER_TYPE_SCSI, 0);
  ROOST_LIST_EACH (const RoostHostdev, hostdev, config->devices.hostdevs)
    if (hostdev->type == ROOST_HOSTDEV_TYPE_SCSI)
      ensure_up_to (config, ROOST_CONTROLLER_TYPE_SCSI, first != NULL ? first->model : 0,
                    controller_of (&hostdev->info));
}

gboolean
roost_defaults_apply_controllers (RoostDomainConfig *config,
                                  const RoostFacts *facts,
                                  GError **error)
{
  RoostController *controller;

  add_default_usb (config, facts);
  if (roost_machine_family (config) == ROOST_MACHINE_Q35)
    roost_config_ensure_controller (config, ROOST_CONTROLLER_TYPE_SATA, 0, 0);
  if (!add_root (config, facts, error))
    return FALSE;
  add_for_disks (config, ROOST_DISK_BUS_SCSI, ROOST_CONTROLLER_TYPE_SCSI);
  add_for_disks (config, ROOST_DISK_BUS_FDC, ROOST_CONTROLLER_TYPE_FDC);
  add_for_disks (config, ROOST_DISK_BUS_IDE, ROOST_CONTROLLER_TYPE_IDE);
  add_for_disks (config, ROOST_DISK_BUS_SATA, ROOST_CONTROLLER_TYPE_SATA);
  add_for_chardevs (config);
  add_for_others (config);
  ROOST_LIST_EACH (RoostController, controller, config->devices.controllers)
    if (!complete_one (config, controller, facts, error))
      return roost_blame (error, &controller->info.position, "controller", "controller-model");
  return TRUE;
}
