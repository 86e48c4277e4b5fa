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

const RoostRule roost_virtio_rules[] = {
  { "virtio-options", options },
  { "virtio-model", transitional },
  { "acpi-index-pci", acpi_index },
  { NULL, NULL },
};
