/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

static gboolean
not_supported (const RoostController *controller, GError **error)
{
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "QEMU has no %s controller of model “%s”",
                      roost_controller_type_names[controller->type],
                      roost_controller_model_names[controller->model]);
}

/* --- SCSI --- */

static char *
scsi_driver (const RoostController *controller)
{
  switch ((int)controller->model)
    {
    case ROOST_CONTROLLER_MODEL_VIRTIO_SCSI:
      return roost_virtio_driver ("virtio-scsi", &controller->info, ROOST_VIRTIO_MODEL_UNSET);
    case ROOST_CONTROLLER_MODEL_VIRTIO_TRANSITIONAL:
      return roost_virtio_driver ("virtio-scsi", &controller->info,
                                  ROOST_VIRTIO_MODEL_VIRTIO_TRANSITIONAL);
    case ROOST_CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL:
      return roost_virtio_driver ("virtio-scsi", &controller->info,
                                  ROOST_VIRTIO_MODEL_VIRTIO_NON_TRANSITIONAL);
    case ROOST_CONTROLLER_MODEL_LSILOGIC:
      return g_strdup ("lsi");
    case ROOST_CONTROLLER_MODEL_IBMVSCSI:
      return g_strdup ("spapr-vscsi");
    case ROOST_CONTROLLER_MODEL_LSISAS1068:
      return g_strdup ("mptsas1068");
    case ROOST_CONTROLLER_MODEL_LSISAS1078:
      return g_strdup ("megasas");
    case ROOST_CONTROLLER_MODEL_VMPVSCSI:
      return g_strdup ("pvscsi");
    case ROOST_CONTROLLER_MODEL_DC390:
      return g_strdup ("dc390");
    case ROOST_CONTROLLER_MODEL_AM53C974:
      return g_strdup ("am53c974");
    default:
      return NULL;
    }
}

static gboolean
build_scsi (RoostBuild *build, const RoostController *controller, GError **error)
{
  g_autofree char *driver = NULL;
  JsonObject *device;

  if (controller->model == ROOST_CONTROLLER_MODEL_NCR53C90) /* of the board */
    return TRUE;
  driver = scsi_driver (controller);
  if (driver == NULL)
    return not_supported (controller, error);
  device = roost_device_new (driver, &controller->info);
  roost_put_virtio (device, &controller->virtio);
  if (controller->iothread.is_set && controller->iothread.value > 0)
    roost_put_printf (device, "iothread", "iothread%u", (guint)controller->iothread.value);
  roost_put_uint (device, "num_queues", controller->driver_queues);
  roost_put_uint (device, "cmd_per_lun", controller->cmd_per_lun);
  roost_put_uint (device, "max_sectors", controller->max_sectors);
  roost_put_yes_no (device, "ioeventfd", controller->ioeventfd);
  return roost_build_device_at (build, device, &controller->info, error);
}

/* --- USB --- */

static const char *
usb_driver (RoostControllerModel model)
{
  switch ((int)model)
    {
    case ROOST_CONTROLLER_MODEL_PIIX3_UHCI:
      return "piix3-usb-uhci";
    case ROOST_CONTROLLER_MODEL_PIIX4_UHCI:
      return "piix4-usb-uhci";
    case ROOST_CONTROLLER_MODEL_EHCI:
      return "usb-ehci";
    case ROOST_CONTROLLER_MODEL_ICH9_EHCI1:
      return "ich9-usb-ehci1";
    case ROOST_CONTROLLER_MODEL_ICH9_UHCI1:
      return "ich9-usb-uhci1";
    case ROOST_CONTROLLER_MODEL_ICH9_UHCI2:
      return "ich9-usb-uhci2";
    case ROOST_CONTROLLER_MODEL_ICH9_UHCI3:
      return "ich9-usb-uhci3";
    case ROOST_CONTROLLER_MODEL_VT82C686B_UHCI:
      return "vt82c686b-usb-uhci";
    case ROOST_CONTROLLER_MODEL_PCI_OHCI:
      return "pci-ohci";
    case ROOST_CONTROLLER_MODEL_NEC_XHCI:
      return "nec-usb-xhci";
    case ROOST_CONTROLLER_MODEL_QEMU_XHCI:
      return "qemu-xhci";
    default:
      return NULL;
    }
}

/* The controller that a companion belongs to: the one of its index that is no companion itself. */
static const char *
master_alias (RoostBuild *build, const RoostController *companion)
{
  const RoostController *master =
      roost_build_controller_at (build, ROOST_CONTROLLER_TYPE_USB, (guint64)companion->index.value);

  return master != NULL ? master->info.alias : companion->info.alias;
}

static gboolean
build_usb (RoostBuild *build, const RoostController *controller, GError **error)
{
  const char *driver = usb_driver (controller->model);
  JsonObject *device;

  if (controller->model == ROOST_CONTROLLER_MODEL_NONE || build->family == ROOST_MACHINE_S390_CCW)
    return TRUE;
  if (controller->model == ROOST_CONTROLLER_MODEL_UNSET && controller->index.value == 0)
    {
      /* The board has one of its own. */
      roost_build_option (build, "-usb", NULL);
      return TRUE;
    }
  if (driver == NULL)
    return not_supported (controller, error);
  device = roost_object_new ("driver", driver);
  if (controller->model == ROOST_CONTROLLER_MODEL_NEC_XHCI
      || controller->model == ROOST_CONTROLLER_MODEL_QEMU_XHCI)
    {
      roost_put_uint (device, "p2", controller->ports);
      roost_put_uint (device, "p3", controller->ports);
    }
  if (controller->master_startport.is_set)
    {
      roost_put_printf (device, "masterbus", "%s.0", master_alias (build, controller));
      roost_put_int (device, "firstport", (gint64)controller->master_startport.value);
    }
  else
    roost_put_string (device, "id", controller->info.alias);
  return roost_build_device_at (build, device, &controller->info, error);
}

/* --- PCI --- */

static const char *
pci_driver (const RoostController *controller)
{
  if (controller->model_name != ROOST_PCI_MODEL_NAME_UNSET)
    return roost_pci_model_name_names[controller->model_name];
  switch ((int)controller->model)
    {
    case ROOST_CONTROLLER_MODEL_PCI_ROOT:
      return "spapr-pci-host-bridge";
    case ROOST_CONTROLLER_MODEL_PCI_BRIDGE:
      return "pci-bridge";
    case ROOST_CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE:
      return "i82801b11-bridge";
    case ROOST_CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE:
      return "pcie-pci-bridge";
    case ROOST_CONTROLLER_MODEL_PCIE_ROOT_PORT:
      return "pcie-root-port";
    case ROOST_CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT:
      return "x3130-upstream";
    case ROOST_CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT:
      return "xio3130-downstream";
    case ROOST_CONTROLLER_MODEL_PCI_EXPANDER_BUS:
      return "pxb";
    case ROOST_CONTROLLER_MODEL_PCIE_EXPANDER_BUS:
      return "pxb-pcie";
    default:
      return NULL;
    }
}

static void
put_pci_model (JsonObject *device, const RoostController *controller)
{
  switch ((int)controller->model)
    {
    case ROOST_CONTROLLER_MODEL_PCI_BRIDGE:
      roost_put_uint (device, "chassis_nr", controller->chassis_nr);
      if (controller->hotplug != ROOST_UNSET)
        roost_put_on_off (device, "shpc", controller->hotplug);
      return;
    case ROOST_CONTROLLER_MODEL_PCI_EXPANDER_BUS:
    case ROOST_CONTROLLER_MODEL_PCIE_EXPANDER_BUS:
      roost_put_uint (device, "bus_nr", controller->bus_nr);
      roost_put_uint (device, "numa_node", controller->numa_node);
      return;
    case ROOST_CONTROLLER_MODEL_PCIE_ROOT_PORT:
    case ROOST_CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT:
      roost_put_uint (device, "port", controller->port);
      roost_put_uint (device, "chassis", controller->chassis);
      roost_put_yes_no (device, "hotplug", controller->hotplug);
      return;
    case ROOST_CONTROLLER_MODEL_PCI_ROOT:
      roost_put_uint (device, "index", controller->target_index);
      roost_put_uint (device, "numa_node", controller->numa_node);
      return;
    default:
      return;
    }
}

static gboolean
build_pci (RoostBuild *build, const RoostController *controller, GError **error)
{
  const char *driver;
  JsonObject *device;

  /* The root is part of the machine; only pseries has more of them. */
  if (controller->index.value == 0)
    return TRUE;
  driver = pci_driver (controller);
  if (driver == NULL)
    return not_supported (controller, error);
  device = roost_device_new (driver, &controller->info);
  put_pci_model (device, controller);
  return roost_build_device_at (build, device, &controller->info, error);
}

/* --- the small ones --- */

static gboolean
build_virtio_serial (RoostBuild *build, const RoostController *controller, GError **error)
{
  RoostVirtioModel model = ROOST_VIRTIO_MODEL_UNSET;
  g_autofree char *driver = NULL;
  JsonObject *device;

  if (controller->model == ROOST_CONTROLLER_MODEL_VIRTIO_TRANSITIONAL)
    model = ROOST_VIRTIO_MODEL_VIRTIO_TRANSITIONAL;
  else if (controller->model == ROOST_CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL)
    model = ROOST_VIRTIO_MODEL_VIRTIO_NON_TRANSITIONAL;
  driver = roost_virtio_driver ("virtio-serial", &controller->info, model);
  device = roost_device_new (driver, &controller->info);
  roost_put_virtio (device, &controller->virtio);
  roost_put_uint (device, "max_ports", controller->ports);
  roost_put_uint (device, "vectors", controller->vectors);
  return roost_build_device_at (build, device, &controller->info, error);
}

static gboolean
build_sata (RoostBuild *build, const RoostController *controller, GError **error)
{
  if (build->family == ROOST_MACHINE_Q35 && controller->index.value == 0)
    return TRUE;
  return roost_build_device_at (build, roost_device_new ("ahci", &controller->info),
                                &controller->info, error);
}

static gboolean
build_ide (RoostBuild *build, const RoostController *controller, GError **error)
{
  gboolean is_built_in = controller->index.value == 0;

  if (is_built_in)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                      "QEMU has one IDE controller only; use SATA for more disks");
}

/* The boot order of floppies is a property of their controller. */
static void
put_floppy_boot (RoostBuild *build, JsonObject *device)
{
  const RoostDisk *disk;

  ROOST_LIST_EACH (RoostDisk, disk, build->config->devices.disks)
    {
      if (disk->bus == ROOST_DISK_BUS_FDC && disk->info.address != NULL)
        roost_put_uint (device, disk->info.address->unit.value == 0 ? "bootindexA" : "bootindexB",
                        roost_build_boot_index (build, &disk->info));
    }
}

static gboolean
build_fdc (RoostBuild *build, const RoostController *controller, GError **error)
{
  g_autoptr (JsonObject) properties = json_object_new ();
  g_autoptr (GList) names = NULL;

  put_floppy_boot (build, properties);
  if (build->family == ROOST_MACHINE_Q35)
    {
      roost_put_string (properties, "driver", "isa-fdc");
      roost_build_device (build, g_steal_pointer (&properties));
      return TRUE;
    }
  names = json_object_get_members (properties);
  for (GList *l = names; l != NULL; l = l->next)
    roost_build_option_printf (build, "-global", "isa-fdc.%s=%" G_GINT64_FORMAT, (char *)l->data,
                               json_object_get_int_member (properties, l->data));
  return TRUE;
}

gboolean
roost_build_one_controller (RoostBuild *build, const RoostController *controller, GError **error)
{
  switch (controller->type)
    {
    case ROOST_CONTROLLER_TYPE_PCI:
      return build_pci (build, controller, error);
    case ROOST_CONTROLLER_TYPE_USB:
      return build_usb (build, controller, error);
    case ROOST_CONTROLLER_TYPE_SCSI:
      return build_scsi (build, controller, error);
    case ROOST_CONTROLLER_TYPE_SATA:
      return build_sata (build, controller, error);
    case ROOST_CONTROLLER_TYPE_IDE:
      return build_ide (build, controller, error);
    case ROOST_CONTROLLER_TYPE_FDC:
      return build_fdc (build, controller, error);
    case ROOST_CONTROLLER_TYPE_VIRTIO_SERIAL:
      return build_virtio_serial (build, controller, error);
    case ROOST_CONTROLLER_TYPE_CCID:
      return roost_build_device_at (build, roost_device_new ("usb-ccid", &controller->info),
                                    &controller->info, error);
    case ROOST_CONTROLLER_TYPE_ISA:
      return TRUE;
    case ROOST_CONTROLLER_TYPE_XENBUS:
    case ROOST_CONTROLLER_TYPE_UNSET:
    default:
      return not_supported (controller, error);
    }
}

static gboolean
build_type (RoostBuild *build, RoostControllerType type, gboolean companions, GError **error)
{
  const RoostController *controller;

  ROOST_LIST_EACH (RoostController, controller, build->config->devices.controllers)
    {
      if (controller->type == type && controller->master_startport.is_set == companions
          && !roost_build_one_controller (build, controller, error))
        return FALSE;
    }
  return TRUE;
}

/* Buses first, then what sits on them; a companion needs its master before it. */
/* ARM boards that imitate hardware have USB of their own, which the document need not name. */
static void
build_board_usb (RoostBuild *build)
{
  const RoostController *controller;

  if (build->family != ROOST_MACHINE_OTHER || !roost_arch_is_arm (build->config->os.arch))
    return;
  ROOST_LIST_EACH (const RoostController, controller, build->config->devices.controllers)
    if (controller->type == ROOST_CONTROLLER_TYPE_USB)
      return;
  roost_build_option (build, "-usb", NULL);
}

gboolean
roost_build_controllers (RoostBuild *build, GError **error)
{
  static const RoostControllerType order[] = {
    ROOST_CONTROLLER_TYPE_PCI, ROOST_CONTROLLER_TYPE_USB,  ROOST_CONTROLLER_TYPE_SCSI,
    ROOST_CONTROLLER_TYPE_IDE, ROOST_CONTROLLER_TYPE_SATA, ROOST_CONTROLLER_TYPE_VIRTIO_SERIAL,
    ROOST_CONTROLLER_TYPE_ISA, ROOST_CONTROLLER_TYPE_FDC,  ROOST_CONTROLLER_TYPE_XENBUS,
  };

  build_board_usb (build);
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      if (!build_type (build, order[i], FALSE, error) || !build_type (build, order[i], TRUE, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
roost_build_ccids (RoostBuild *build, GError **error)
{
  return build_type (build, ROOST_CONTROLLER_TYPE_CCID, FALSE, error);
}

gboolean
roost_build_hub (RoostBuild *build, const RoostHub *hub, GError **error)
{
  return roost_build_device_at (build, roost_device_new ("usb-hub", &hub->info), &hub->info, error);
}
