/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"

#include "base/compat.h"

#define CONTROLLERS_EACH(controller)                                                               \
  ROOST_LIST_EACH (RoostController, controller, checker->config->devices.controllers)

static const char *
type_name (const RoostController *controller)
{
  return roost_controller_type_names[controller->type];
}

static void
index_range (RoostChecker *checker)
{
  RoostController *controller;

  CONTROLLERS_EACH (controller)
    {
      if (controller->index.is_set
          && (controller->index.value < 0 || controller->index.value > G_MAXINT32))
        roost_check_invalid (checker, &controller->info.position, "controller",
                             "index='%" G_GINT64_FORMAT "' of type '%s' is not a number from 0 on",
                             controller->index.value, type_name (controller));
      if (controller->type == ROOST_CONTROLLER_TYPE_PCI && controller->index.value > 255)
        roost_check_invalid (checker, &controller->info.position, "controller",
                             "there are 256 PCI buses; index='%" G_GINT64_FORMAT "' is beyond",
                             controller->index.value);
    }
}

/* The functions of one USB 2 controller (EHCI with companions) have one index. */
static gboolean
is_usb2_part (const RoostController *controller)
{
  switch ((int)controller->model)
    {
    case ROOST_CONTROLLER_MODEL_ICH9_EHCI1:
    case ROOST_CONTROLLER_MODEL_ICH9_UHCI1:
    case ROOST_CONTROLLER_MODEL_ICH9_UHCI2:
    case ROOST_CONTROLLER_MODEL_ICH9_UHCI3:
      return TRUE;
    default:
      return controller->master_startport.is_set;
    }
}

static void
index_unique (RoostChecker *checker)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  RoostController *controller;

  CONTROLLERS_EACH (controller)
    {
      g_autofree char *key = NULL;
      gboolean is_part = controller->type == ROOST_CONTROLLER_TYPE_USB && is_usb2_part (controller);

      if (!controller->index.is_set)
        continue;
      key = g_strdup_printf ("%d %" G_GINT64_FORMAT " %d", controller->type,
                             controller->index.value, is_part ? (int)controller->model : 0);
      if (!g_hash_table_add (seen, g_steal_pointer (&key)))
        roost_check_invalid (checker, &controller->info.position, "controller",
                             "there is another of type '%s' with index='%" G_GINT64_FORMAT "'",
                             type_name (controller), controller->index.value);
    }
}

/* Is @model one of @first to @last (the words of one type stand together)? */
static gboolean
is_between (RoostControllerModel model, RoostControllerModel first, RoostControllerModel last)
{
  return model >= first && model <= last;
}

static gboolean
model_fits (const RoostController *controller)
{
  RoostControllerModel model = controller->model;

  switch (controller->type)
    {
    case ROOST_CONTROLLER_TYPE_SCSI:
      return is_between (model, ROOST_CONTROLLER_MODEL_AUTO, ROOST_CONTROLLER_MODEL_AM53C974);
    case ROOST_CONTROLLER_TYPE_USB:
      return is_between (model, ROOST_CONTROLLER_MODEL_PIIX3_UHCI, ROOST_CONTROLLER_MODEL_NONE);
    case ROOST_CONTROLLER_TYPE_PCI:
      return is_between (model, ROOST_CONTROLLER_MODEL_PCI_ROOT,
                         ROOST_CONTROLLER_MODEL_PCIE_EXPANDER_BUS);
    case ROOST_CONTROLLER_TYPE_IDE:
      return is_between (model, ROOST_CONTROLLER_MODEL_PIIX3, ROOST_CONTROLLER_MODEL_ICH6);
    case ROOST_CONTROLLER_TYPE_VIRTIO_SERIAL:
      return model == ROOST_CONTROLLER_MODEL_VIRTIO
             || model == ROOST_CONTROLLER_MODEL_VIRTIO_TRANSITIONAL
             || model == ROOST_CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL;
    case ROOST_CONTROLLER_TYPE_UNSET:
    case ROOST_CONTROLLER_TYPE_FDC:
    case ROOST_CONTROLLER_TYPE_SATA:
    case ROOST_CONTROLLER_TYPE_CCID:
    case ROOST_CONTROLLER_TYPE_XENBUS:
    case ROOST_CONTROLLER_TYPE_ISA:
      return FALSE;
    }
  return FALSE;
}

static void
model_of_type (RoostChecker *checker)
{
  RoostController *controller;

  CONTROLLERS_EACH (controller)
    if (controller->model != ROOST_CONTROLLER_MODEL_UNSET && !model_fits (controller))
      roost_check_invalid (checker, &controller->info.position, "controller",
                           "type='%s' has no model '%s'", type_name (controller),
                           roost_controller_model_names[controller->model]);
}

static void
type_known (RoostChecker *checker)
{
  RoostController *controller;

  CONTROLLERS_EACH (controller)
    {
      const RoostPosition *at = &controller->info.position;

      if (controller->type == ROOST_CONTROLLER_TYPE_XENBUS)
        roost_check_unsupported (checker, at, "controller", "type='xenbus' is not for QEMU");
      if (controller->type == ROOST_CONTROLLER_TYPE_IDE
          && (checker->family == ROOST_MACHINE_Q35 || checker->family == ROOST_MACHINE_PSERIES
              || checker->family == ROOST_MACHINE_ARM_VIRT
              || checker->family == ROOST_MACHINE_S390_CCW))
        roost_check_unsupported (checker, at, "controller", "this machine has no IDE");
      if (controller->type == ROOST_CONTROLLER_TYPE_IDE && controller->index.value > 0
          && checker->family == ROOST_MACHINE_I440FX)
        roost_check_unsupported (checker, at, "controller", "this machine has one IDE controller");
      if (controller->type == ROOST_CONTROLLER_TYPE_FDC && controller->index.value > 0)
        roost_check_unsupported (checker, at, "controller", "a machine has one floppy controller");
    }
}

static void
usb_ports (RoostChecker *checker)
{
  RoostController *controller;

  CONTROLLERS_EACH (controller)
    {
      gboolean is_xhci = controller->model == ROOST_CONTROLLER_MODEL_QEMU_XHCI
                         || controller->model == ROOST_CONTROLLER_MODEL_NEC_XHCI;

      if (controller->type != ROOST_CONTROLLER_TYPE_USB || !controller->ports.is_set)
        continue;
      if (!is_xhci)
        roost_check_unsupported (checker, &controller->info.position, "controller",
                                 "only USB controllers 'qemu-xhci' and 'nec-xhci' have ports");
      else if (controller->ports.value > 15)
        roost_check_unsupported (checker, &controller->info.position, "controller",
                                 "model='%s' has at most 15 ports",
                                 roost_controller_model_names[controller->model]);
    }
}

/* model='none' says that there is no USB at all. */
static gboolean
has_no_usb (const RoostDomainConfig *config)
{
  RoostController *controller;

  ROOST_LIST_EACH (RoostController, controller, config->devices.controllers)
    if (controller->type == ROOST_CONTROLLER_TYPE_USB
        && controller->model == ROOST_CONTROLLER_MODEL_NONE)
      return TRUE;
  return FALSE;
}

static void
usb_none (RoostChecker *checker)
{
  const RoostDevices *devices = &checker->config->devices;
  RoostController *controller;
  RoostInput *input;
  RoostHub *hub;
  RoostDisk *disk;
  RoostRedirdev *redirdev;
  RoostHostdev *hostdev;
  RoostSound *sound;
  const char *text = "there is no USB: a controller says model='none'";

  if (!has_no_usb (checker->config))
    return;
  CONTROLLERS_EACH (controller)
    if (controller->type == ROOST_CONTROLLER_TYPE_USB
        && controller->model != ROOST_CONTROLLER_MODEL_NONE)
      roost_check_invalid (checker, &controller->info.position, "controller", "%s", text);
  ROOST_LIST_EACH (RoostInput, input, devices->inputs)
    if (input->bus == ROOST_INPUT_BUS_USB)
      roost_check_invalid (checker, &input->info.position, "input", "%s", text);
  ROOST_LIST_EACH (RoostHub, hub, devices->hubs)
    roost_check_invalid (checker, &hub->info.position, "hub", "%s", text);
  ROOST_LIST_EACH (RoostDisk, disk, devices->disks)
    if (disk->bus == ROOST_DISK_BUS_USB)
      roost_check_invalid (checker, &disk->info.position, "disk", "%s", text);
  ROOST_LIST_EACH (RoostRedirdev, redirdev, devices->redirdevs)
    roost_check_invalid (checker, &redirdev->info.position, "redirdev", "%s", text);
  ROOST_LIST_EACH (RoostHostdev, hostdev, devices->hostdevs)
    if (hostdev->type == ROOST_HOSTDEV_TYPE_USB)
      roost_check_invalid (checker, &hostdev->info.position, "hostdev", "%s", text);
  ROOST_LIST_EACH (RoostSound, sound, devices->sounds)
    if (sound->model == ROOST_SOUND_MODEL_USB)
      roost_check_invalid (checker, &sound->info.position, "sound", "%s", text);
}

static void
virtio_scsi_driver (RoostChecker *checker)
{
  RoostController *controller;

  CONTROLLERS_EACH (controller)
    {
      gboolean is_virtio_scsi =
          controller->type == ROOST_CONTROLLER_TYPE_SCSI
          && (controller->model == ROOST_CONTROLLER_MODEL_VIRTIO_SCSI
              || controller->model == ROOST_CONTROLLER_MODEL_VIRTIO_TRANSITIONAL
              || controller->model == ROOST_CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL
              || controller->model == ROOST_CONTROLLER_MODEL_AUTO
              || controller->model == ROOST_CONTROLLER_MODEL_UNSET);

      if (is_virtio_scsi)
        continue;
      if (controller->driver_queues.is_set || controller->cmd_per_lun.is_set
          || controller->max_sectors.is_set || controller->iothread.is_set
          || controller->ioeventfd != ROOST_UNSET)
        roost_check_unsupported (checker, &controller->info.position, "controller",
                                 "queues, cmd_per_lun, max_sectors, ioeventfd and iothread are "
                                 "for model='virtio-scsi'");
    }
}

/* --- PCI --- */

static void
root_index (RoostChecker *checker)
{
  RoostController *controller;

  CONTROLLERS_EACH (controller)
    {
      gboolean is_root = controller->model == ROOST_CONTROLLER_MODEL_PCI_ROOT
                         || controller->model == ROOST_CONTROLLER_MODEL_PCIE_ROOT;
      const RoostPosition *at = &controller->info.position;

      if (controller->type != ROOST_CONTROLLER_TYPE_PCI)
        continue;
      if (is_root && controller->info.address != NULL)
        roost_check_invalid (checker, at, "controller", "a root has no address");
      if (is_root && controller->index.value != 0 && checker->family != ROOST_MACHINE_PSERIES)
        roost_check_invalid (checker, at, "controller", "model='%s' has index='0'",
                             roost_controller_model_names[controller->model]);
      if (!is_root && controller->model != ROOST_CONTROLLER_MODEL_UNSET && controller->index.is_set
          && controller->index.value == 0)
        roost_check_invalid (checker, at, "controller", "index='0' is the root, not '%s'",
                             roost_controller_model_names[controller->model]);
    }
}

static void
root_of_machine (RoostChecker *checker)
{
  gboolean is_express = checker->family == ROOST_MACHINE_Q35
                        || checker->family == ROOST_MACHINE_ARM_VIRT
                        || checker->family == ROOST_MACHINE_RISCV_VIRT;
  RoostController *controller;

  CONTROLLERS_EACH (controller)
    {
      RoostControllerModel wanted =
          is_express ? ROOST_CONTROLLER_MODEL_PCIE_ROOT : ROOST_CONTROLLER_MODEL_PCI_ROOT;
      RoostControllerModel other =
          is_express ? ROOST_CONTROLLER_MODEL_PCI_ROOT : ROOST_CONTROLLER_MODEL_PCIE_ROOT;

      if (controller->type == ROOST_CONTROLLER_TYPE_PCI && controller->model == other
          && checker->family != ROOST_MACHINE_OTHER)
        roost_check_invalid (checker, &controller->info.position, "controller",
                             "the root of this machine is model='%s', not '%s'",
                             roost_controller_model_names[wanted],
                             roost_controller_model_names[other]);
    }
}

static void
expander_of_machine (RoostChecker *checker)
{
  RoostController *controller;

  CONTROLLERS_EACH (controller)
    {
      const RoostPosition *at = &controller->info.position;

      if (controller->model == ROOST_CONTROLLER_MODEL_PCI_EXPANDER_BUS
          && checker->family != ROOST_MACHINE_I440FX)
        roost_check_unsupported (checker, at, "controller",
                                 "model='pci-expander-bus' needs a machine 'pc'");
      if (controller->model == ROOST_CONTROLLER_MODEL_PCIE_EXPANDER_BUS
          && checker->family != ROOST_MACHINE_Q35 && checker->family != ROOST_MACHINE_ARM_VIRT)
        roost_check_unsupported (checker, at, "controller",
                                 "model='pcie-expander-bus' needs a machine 'q35' or 'virt'");
    }
}

static void
numa_node (RoostChecker *checker)
{
  const RoostCpu *cpu = checker->config->cpu;
  guint n_cells = cpu != NULL && cpu->cells != NULL ? cpu->cells->len : 0;
  RoostController *controller;

  CONTROLLERS_EACH (controller)
    {
      const RoostPosition *at = &controller->info.position;

      if (!controller->numa_node.is_set)
        continue;
      if (controller->numa_node.value >= n_cells)
        roost_check_invalid (checker, at, "controller",
                             "the guest has no NUMA cell %" G_GUINT64_FORMAT,
                             controller->numa_node.value);
      if (controller->model != ROOST_CONTROLLER_MODEL_PCI_EXPANDER_BUS
          && controller->model != ROOST_CONTROLLER_MODEL_PCIE_EXPANDER_BUS
          && controller->model != ROOST_CONTROLLER_MODEL_PCI_ROOT)
        roost_check_unsupported (checker, at, "controller", "model='%s' has no NUMA node",
                                 roost_controller_model_names[controller->model]);
      if (controller->model == ROOST_CONTROLLER_MODEL_PCI_ROOT && controller->index.value == 0)
        roost_check_unsupported (checker, at, "controller",
                                 "the first root cannot be near to one NUMA node");
    }
}

/* Which members of <target> a PCI controller of this model has. */
typedef struct
{
  RoostControllerModel model;
  gboolean chassis_nr, chassis_port, bus_nr, target_index, hole;
} TargetFacts;

static const TargetFacts target_facts[] = {
  { ROOST_CONTROLLER_MODEL_PCI_ROOT, FALSE, FALSE, FALSE, TRUE, TRUE },
  { ROOST_CONTROLLER_MODEL_PCIE_ROOT, FALSE, FALSE, FALSE, FALSE, TRUE },
  { ROOST_CONTROLLER_MODEL_PCI_BRIDGE, TRUE, FALSE, FALSE, FALSE, FALSE },
  { ROOST_CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE, FALSE, FALSE, FALSE, FALSE, FALSE },
  { ROOST_CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE, FALSE, FALSE, FALSE, FALSE, FALSE },
  { ROOST_CONTROLLER_MODEL_PCIE_ROOT_PORT, FALSE, TRUE, FALSE, FALSE, FALSE },
  { ROOST_CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT, FALSE, FALSE, FALSE, FALSE, FALSE },
  { ROOST_CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT, FALSE, TRUE, FALSE, FALSE, FALSE },
  { ROOST_CONTROLLER_MODEL_PCI_EXPANDER_BUS, FALSE, FALSE, TRUE, FALSE, FALSE },
  { ROOST_CONTROLLER_MODEL_PCIE_EXPANDER_BUS, FALSE, FALSE, TRUE, FALSE, FALSE },
};

static void
check_target (RoostChecker *checker, const RoostController *controller, const TargetFacts *facts)
{
  const RoostPosition *at = &controller->info.position;
  const char *model = roost_controller_model_names[controller->model];

  if (controller->chassis_nr.is_set && !facts->chassis_nr)
    roost_check_unsupported (checker, at, "target", "model='%s' has no chassisNr", model);
  if ((controller->chassis.is_set || controller->port.is_set) && !facts->chassis_port)
    roost_check_unsupported (checker, at, "target", "model='%s' has no chassis and port", model);
  if (controller->bus_nr.is_set && !facts->bus_nr)
    roost_check_unsupported (checker, at, "target", "model='%s' has no busNr", model);
  if (controller->target_index.is_set && !facts->target_index)
    roost_check_unsupported (checker, at, "target", "model='%s' has no index", model);
  if (controller->pcihole64.is_set && !facts->hole)
    roost_check_unsupported (checker, at, "pcihole64", "model='%s' has no such window", model);
}

static void
pci_target (RoostChecker *checker)
{
  RoostController *controller;

  CONTROLLERS_EACH (controller)
    for (guint i = 0; i < G_N_ELEMENTS (target_facts); i++)
      if (controller->type == ROOST_CONTROLLER_TYPE_PCI
          && controller->model == target_facts[i].model)
        check_target (checker, controller, &target_facts[i]);
}

static void
pseries_index (RoostChecker *checker)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  RoostController *controller;

  CONTROLLERS_EACH (controller)
    {
      if (controller->type != ROOST_CONTROLLER_TYPE_PCI || !controller->target_index.is_set)
        continue;
      if (checker->family != ROOST_MACHINE_PSERIES)
        roost_check_unsupported (checker, &controller->info.position, "target",
                                 "only pseries machines number their host bridges");
      if ((controller->index.value == 0) != (controller->target_index.value == 0))
        roost_check_invalid (checker, &controller->info.position, "target",
                             "the first host bridge, and no other, has index='0'");
      if (!g_hash_table_add (seen, GUINT_TO_POINTER ((guint)controller->target_index.value)))
        roost_check_invalid (checker, &controller->info.position, "target",
                             "another host bridge has index='%" G_GUINT64_FORMAT "'",
                             controller->target_index.value);
    }
}

const RoostRule roost_controller_rules[] = {
  { "controller-index", index_range },
  { "controller-index-unique", index_unique },
  { "controller-model", model_of_type },
  { "controller-type", type_known },
  { "usb-ports", usb_ports },
  { "usb-none", usb_none },
  { "scsi-driver", virtio_scsi_driver },
  { "pci-root-index", root_index },
  { "pci-root-machine", root_of_machine },
  { "pci-expander-machine", expander_of_machine },
  { "pci-numa-node", numa_node },
  { "pci-target", pci_target },
  { "pci-host-bridge-index", pseries_index },
  { NULL, NULL },
};
