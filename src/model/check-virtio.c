/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"

#include "base/compat.h"
#include "model/device-walk.h"

/* The virtio options of @ref, or NULL when its kind has none. */
static const RoostVirtioOptions *
options_of (const RoostDeviceRef *ref)
{
  switch ((int)ref->kind)
    {
    case ROOST_DEVICE_DISK:
      return &ref->disk->virtio;
    case ROOST_DEVICE_INTERFACE:
      return &ref->interface->virtio;
    case ROOST_DEVICE_VIDEO:
      return &ref->video->virtio;
    case ROOST_DEVICE_CONTROLLER:
      return &ref->controller->virtio;
    case ROOST_DEVICE_INPUT:
      return &ref->input->virtio;
    case ROOST_DEVICE_FILESYSTEM:
      return &ref->filesystem->virtio;
    default:
      return NULL;
    }
}

static gboolean
is_virtio_controller (const RoostController *controller)
{
  return controller->type == ROOST_CONTROLLER_TYPE_VIRTIO_SERIAL
         || (controller->type == ROOST_CONTROLLER_TYPE_SCSI
             && (controller->model == ROOST_CONTROLLER_MODEL_VIRTIO_SCSI
                 || controller->model == ROOST_CONTROLLER_MODEL_VIRTIO_TRANSITIONAL
                 || controller->model == ROOST_CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL
                 || controller->model == ROOST_CONTROLLER_MODEL_AUTO
                 || controller->model == ROOST_CONTROLLER_MODEL_UNSET));
}

static gboolean
is_virtio (const RoostDeviceRef *ref)
{
  switch ((int)ref->kind)
    {
    case ROOST_DEVICE_DISK:
      return ref->disk->bus == ROOST_DISK_BUS_VIRTIO;
    case ROOST_DEVICE_INTERFACE:
      return ref->interface->model != NULL && g_str_has_prefix (ref->interface->model, "virtio");
    case ROOST_DEVICE_VIDEO:
      return ref->video->type == ROOST_VIDEO_TYPE_VIRTIO;
    case ROOST_DEVICE_CONTROLLER:
      return is_virtio_controller (ref->controller);
    case ROOST_DEVICE_INPUT:
      return ref->input->bus == ROOST_INPUT_BUS_VIRTIO;
    default:
      return TRUE;
    }
}

static gboolean
are_given (const RoostVirtioOptions *options)
{
  return options->iommu != ROOST_UNSET || options->ats != ROOST_UNSET
         || options->packed != ROOST_UNSET || options->page_per_vq != ROOST_UNSET;
}

static void
options (RoostChecker *checker)
{
  GArray *refs = checker->devices;
  RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    {
      const RoostVirtioOptions *given = options_of (ref);
      g_autofree char *label = NULL;

      if (given == NULL || !are_given (given) || is_virtio (ref))
        continue;
      label = roost_device_label (ref);
      roost_check_unsupported (checker, &ref->info->position, "driver",
                               "%s: iommu, ats, packed and page_per_vq are of virtio devices",
                               label);
    }
}

/* The legacy interface is of PCI; other buses have one interface only. */
static RoostVirtioModel
model_of (const RoostDeviceRef *ref)
{
  switch ((int)ref->kind)
    {
    case ROOST_DEVICE_DISK:
      return ref->disk->model;
    case ROOST_DEVICE_INPUT:
      return ref->input->model;
    case ROOST_DEVICE_RNG:
      return ref->rng->model;
    case ROOST_DEVICE_VSOCK:
      return ref->vsock->model;
    case ROOST_DEVICE_HOSTDEV:
      return ref->hostdev->virtio_model;
    default:
      return ROOST_VIRTIO_MODEL_UNSET;
    }
}

static void
transitional (RoostChecker *checker)
{
  GArray *refs = checker->devices;
  RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    {
      RoostVirtioModel model = model_of (ref);
      const RoostAddress *address = ref->info->address;
      g_autofree char *label = NULL;

      if (model != ROOST_VIRTIO_MODEL_VIRTIO_TRANSITIONAL
          && model != ROOST_VIRTIO_MODEL_VIRTIO_NON_TRANSITIONAL)
        continue;
      label = roost_device_label (ref);
      if (address != NULL && address->type != ROOST_ADDRESS_TYPE_PCI)
        roost_check_unsupported (
            checker, &ref->info->position, "address", "%s: model='%s' is of PCI, not of '%s'",
            label, roost_virtio_model_names[model], roost_address_type_names[address->type]);
      if (ref->kind == ROOST_DEVICE_INPUT && ref->input->type != ROOST_INPUT_TYPE_PASSTHROUGH)
        roost_check_unsupported (checker, &ref->info->position, "input",
                                 "%s: only type='passthrough' has model='%s'", label,
                                 roost_virtio_model_names[model]);
    }
}

static void
acpi_index (RoostChecker *checker)
{
  GArray *refs = checker->devices;
  RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    {
      const RoostDeviceInfo *info = ref->info;
      g_autofree char *label = NULL;

      if (!info->acpi_index.is_set || info->address == NULL
          || info->address->type == ROOST_ADDRESS_TYPE_PCI)
        continue;
      label = roost_device_label (ref);
      roost_check_unsupported (checker, &info->position, "acpi",
                               "%s: only PCI devices have an ACPI index", label);
    }
}

/* --- which bus carries what --- */

static gboolean
machine_has (const RoostChecker *checker, RoostAddressType type)
{
  switch ((int)type)
    {
    case ROOST_ADDRESS_TYPE_CCW:
      return roost_arch_is_s390 (checker->arch);
    case ROOST_ADDRESS_TYPE_SPAPR_VIO:
      return checker->family == ROOST_MACHINE_PSERIES;
    case ROOST_ADDRESS_TYPE_VIRTIO_MMIO:
      return roost_arch_is_arm (checker->arch) || roost_arch_is_riscv (checker->arch)
             || checker->family == ROOST_MACHINE_MICROVM || checker->family == ROOST_MACHINE_OTHER;
    case ROOST_ADDRESS_TYPE_VIRTIO_S390:
      return FALSE;
    default:
      return TRUE;
    }
}

/* Is a device of this kind ever found at an address of this type? */
static gboolean
kind_has (const RoostDeviceRef *ref, RoostAddressType type)
{
  switch ((int)type)
    {
    case ROOST_ADDRESS_TYPE_DIMM:
      return ref->kind == ROOST_DEVICE_MEMORY;
    case ROOST_ADDRESS_TYPE_CCID:
      return ref->kind == ROOST_DEVICE_SMARTCARD;
    case ROOST_ADDRESS_TYPE_DRIVE:
      return ref->kind == ROOST_DEVICE_DISK || ref->kind == ROOST_DEVICE_HOSTDEV;
    case ROOST_ADDRESS_TYPE_VIRTIO_SERIAL:
      return ref->kind == ROOST_DEVICE_CHANNEL || ref->kind == ROOST_DEVICE_CONSOLE;
    case ROOST_ADDRESS_TYPE_ISA:
      return ref->kind == ROOST_DEVICE_SERIAL || ref->kind == ROOST_DEVICE_PARALLEL
             || ref->kind == ROOST_DEVICE_CONSOLE || ref->kind == ROOST_DEVICE_PANIC
             || ref->kind == ROOST_DEVICE_TPM || ref->kind == ROOST_DEVICE_WATCHDOG
             || ref->kind == ROOST_DEVICE_SOUND || ref->kind == ROOST_DEVICE_INPUT
             || (ref->kind == ROOST_DEVICE_CONTROLLER
                 && (ref->controller->type == ROOST_CONTROLLER_TYPE_FDC
                     || ref->controller->type == ROOST_CONTROLLER_TYPE_ISA));
    default:
      return TRUE;
    }
}

static void
address_bus (RoostChecker *checker)
{
  g_autoptr (GArray) refs = roost_devices_list (checker->config);
  RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    {
      const RoostAddress *address = ref->info->address;
      g_autofree char *label = NULL;

      if (address == NULL)
        continue;
      label = roost_device_label (ref);
      if (!machine_has (checker, address->type))
        roost_check_unsupported (checker, &ref->info->position, "address",
                                 "%s: this machine has no bus of type '%s'", label,
                                 roost_address_type_names[address->type]);
      else if (!kind_has (ref, address->type))
        roost_check_unsupported (checker, &ref->info->position, "address",
                                 "%s: such a device is never at an address of type '%s'", label,
                                 roost_address_type_names[address->type]);
    }
}

const RoostRule roost_virtio_rules[] = {
  { "virtio-options", options },
  { "virtio-model", transitional },
  { "address-bus", address_bus },
  { "acpi-index-pci", acpi_index },
  { NULL, NULL },
};
