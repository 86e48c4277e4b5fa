/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

/* The small devices of a machine: one function each. */

/* --- input --- */

static const char *
input_base (const RoostInput *input)
{
  switch ((int)input->type)
    {
    case ROOST_INPUT_TYPE_MOUSE:
      return "mouse";
    case ROOST_INPUT_TYPE_TABLET:
      return "tablet";
    case ROOST_INPUT_TYPE_KEYBOARD:
      return input->bus == ROOST_INPUT_BUS_USB ? "kbd" : "keyboard";
    default:
      return "input-host";
    }
}

static gboolean
build_virtio_input (RoostBuild *build, const RoostInput *input, GError **error)
{
  g_autofree char *base = g_strconcat ("virtio-", input_base (input), NULL);
  g_autofree char *driver = roost_virtio_driver (base, &input->info, input->model);
  JsonObject *device = roost_object_new ("driver", driver);

  roost_put_virtio (device, &input->virtio);
  roost_put_string (device, "id", input->info.alias);
  if (input->type == ROOST_INPUT_TYPE_PASSTHROUGH)
    roost_put_string (device, "evdev", input->evdev);
  return roost_build_device_at (build, device, &input->info, error);
}

static gboolean
build_evdev (RoostBuild *build, const RoostInput *input)
{
  JsonObject *object = roost_object_new ("qom-type", "input-linux");

  roost_put_string (object, "id", input->info.alias);
  roost_put_string (object, "evdev", input->dev);
  roost_put_yes_no (object, "repeat", input->repeat);
  if (input->grab == ROOST_INPUT_GRAB_ALL)
    roost_put_bool (object, "grab_all", TRUE);
  if (input->grab_toggle != ROOST_INPUT_TOGGLE_UNSET)
    roost_put_string (object, "grab-toggle", roost_input_toggle_names[input->grab_toggle]);
  roost_build_object (build, object);
  return TRUE;
}

gboolean
roost_build_input (RoostBuild *build, const RoostInput *input, GError **error)
{
  g_autofree char *driver = NULL;

  if (input->type == ROOST_INPUT_TYPE_EVDEV)
    return build_evdev (build, input);
  switch (input->bus)
    {
    case ROOST_INPUT_BUS_VIRTIO:
      return build_virtio_input (build, input, error);
    case ROOST_INPUT_BUS_USB:
      driver = g_strconcat ("usb-", input_base (input), NULL);
      return roost_build_device_at (build, roost_device_new (driver, &input->info), &input->info,
                                    error);
    case ROOST_INPUT_BUS_PS2: /* of the machine */
    case ROOST_INPUT_BUS_NONE:
    case ROOST_INPUT_BUS_UNSET:
      return TRUE;
    case ROOST_INPUT_BUS_XEN:
    case ROOST_INPUT_BUS_PARALLELS:
    default:
      return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "QEMU has no input bus “%s”",
                          roost_input_bus_names[input->bus]);
    }
}

/* --- watchdog --- */

gboolean
roost_build_watchdog (RoostBuild *build, const RoostWatchdog *watchdog, GError **error)
{
  if (watchdog->model == ROOST_WATCHDOG_MODEL_ITCO)
    {
      roost_build_option (build, "-global", "ICH9-LPC.noreboot=off");
      return TRUE;
    }
  return roost_build_device_at (
      build, roost_device_new (roost_watchdog_model_names[watchdog->model], &watchdog->info),
      &watchdog->info, error);
}

/* --- memory balloon --- */

gboolean
roost_build_memballoon (RoostBuild *build, const RoostMemballoon *balloon, GError **error)
{
  RoostVirtioModel model = ROOST_VIRTIO_MODEL_UNSET;
  g_autofree char *driver = NULL;
  JsonObject *device;

  switch (balloon->model)
    {
    case ROOST_BALLOON_MODEL_VIRTIO_TRANSITIONAL:
      model = ROOST_VIRTIO_MODEL_VIRTIO_TRANSITIONAL;
      break;
    case ROOST_BALLOON_MODEL_VIRTIO_NON_TRANSITIONAL:
      model = ROOST_VIRTIO_MODEL_VIRTIO_NON_TRANSITIONAL;
      break;
    case ROOST_BALLOON_MODEL_VIRTIO:
      break;
    case ROOST_BALLOON_MODEL_NONE:
    case ROOST_BALLOON_MODEL_XEN:
    case ROOST_BALLOON_MODEL_UNSET:
    default:
      return TRUE;
    }
  driver = roost_virtio_driver ("virtio-balloon", &balloon->info, model);
  device = roost_object_new ("driver", driver);
  roost_put_virtio (device, &balloon->virtio);
  roost_put_string (device, "id", balloon->info.alias);
  roost_put_yes_no (device, "deflate-on-oom", balloon->autodeflate);
  roost_put_yes_no (device, "free-page-reporting", balloon->free_page_reporting);
  return roost_build_device_at (build, device, &balloon->info, error);
}

/* --- random numbers --- */

static gboolean
build_rng_backend (RoostBuild *build, const RoostRng *rng, const char *id, GError **error)
{
  JsonObject *object;
  g_autofree char *chardev = NULL;

  switch (rng->backend)
    {
    case ROOST_RNG_BACKEND_EGD:
      chardev = g_strconcat ("char", rng->info.alias, NULL);
      if (!roost_build_char_source (build, chardev, rng->info.alias, &rng->source, error))
        return FALSE;
      object = roost_object_new ("qom-type", "rng-egd");
      roost_put_string (object, "id", id);
      roost_put_string (object, "chardev", chardev);
      break;
    case ROOST_RNG_BACKEND_BUILTIN:
      object = roost_object_new ("qom-type", "rng-builtin");
      roost_put_string (object, "id", id);
      break;
    case ROOST_RNG_BACKEND_RANDOM:
    case ROOST_RNG_BACKEND_UNSET:
    default:
      object = roost_object_new ("qom-type", "rng-random");
      roost_put_string (object, "id", id);
      roost_put_string (object, "filename", rng->device != NULL ? rng->device : "/dev/random");
      break;
    }
  roost_build_object (build, object);
  return TRUE;
}

gboolean
roost_build_rng (RoostBuild *build, const RoostRng *rng, GError **error)
{
  g_autofree char *id = g_strconcat ("obj", rng->info.alias, NULL);
  g_autofree char *driver = roost_virtio_driver ("virtio-rng", &rng->info, rng->model);
  JsonObject *device;

  if (!build_rng_backend (build, rng, id, error))
    return FALSE;
  device = roost_object_new ("driver", driver);
  roost_put_virtio (device, &rng->virtio);
  roost_put_string (device, "rng", id);
  roost_put_string (device, "id", rng->info.alias);
  if (rng->rate_bytes.is_set)
    {
      roost_put_uint (device, "max-bytes", rng->rate_bytes);
      roost_put_int (device, "period",
                     rng->rate_period_ms.is_set ? (gint64)rng->rate_period_ms.value : 1000);
    }
  return roost_build_device_at (build, device, &rng->info, error);
}

/* --- TPM --- */

static gboolean
build_tpm_backend (RoostBuild *build, const RoostTpm *tpm, const char *id)
{
  JsonObject *chardev;
  const char *device = tpm->device_path != NULL ? tpm->device_path : "/dev/tpm0";
  g_autofree char *set = NULL;
  int fd;

  if (tpm->backend == ROOST_TPM_BACKEND_PASSTHROUGH)
    {
      fd = roost_build_request_fd (build, ROOST_FD_DEVICE, tpm->info.alias, 0, device);
      set = roost_build_fdset (build, fd, tpm->info.alias, "tpm");
      roost_build_option_printf (build, "-tpmdev",
                                 "passthrough,id=%s,path=%s,cancel-path=/dev/null", id, set);
      return TRUE;
    }
  chardev = roost_object_new ("backend", "socket");
  roost_put_string (chardev, "id", "chrtpm");
  if (tpm->source_path != NULL)
    roost_put_string (chardev, "path", tpm->source_path);
  else
    roost_put_printf (chardev, "fd", "%d",
                      roost_build_request_fd (build, ROOST_FD_SWTPM, tpm->info.alias, 0, NULL));
  roost_build_chardev (build, chardev);
  roost_build_option_printf (build, "-tpmdev", "emulator,id=%s,chardev=chrtpm", id);
  return TRUE;
}

gboolean
roost_build_tpm (RoostBuild *build, const RoostTpm *tpm, GError **error)
{
  const char *driver = roost_tpm_model_names[tpm->model];
  g_autofree char *id = g_strconcat ("tpm-", tpm->info.alias, NULL);
  JsonObject *device;

  if (tpm->model == ROOST_TPM_MODEL_SPAPR_TPM_PROXY)
    {
      device = roost_device_new (driver, &tpm->info);
      roost_put_string (device, "host-path", tpm->device_path);
      return roost_build_device_at (build, device, &tpm->info, error);
    }
  build_tpm_backend (build, tpm, id);
  /* Where there is no ISA the chip sits on the platform bus. */
  if (tpm->model == ROOST_TPM_MODEL_TPM_TIS && roost_arch_is_arm (build->config->os.arch))
    driver = "tpm-tis-device";
  device = roost_object_new ("driver", driver);
  roost_put_string (device, "tpmdev", id);
  roost_put_string (device, "id", tpm->info.alias);
  return roost_build_device_at (build, device, &tpm->info, error);
}

/* --- panic --- */

gboolean
roost_build_panic (RoostBuild *build, const RoostPanic *panic, GError **error)
{
  JsonObject *device;

  switch (panic->model)
    {
    case ROOST_PANIC_MODEL_ISA:
      device = roost_object_new ("driver", "pvpanic");
      if (panic->info.address != NULL && panic->info.address->type == ROOST_ADDRESS_TYPE_ISA)
        roost_put_uint (device, "ioport", panic->info.address->iobase);
      roost_build_device (build, device);
      return TRUE;
    case ROOST_PANIC_MODEL_PVPANIC:
      return roost_build_device_at (build, roost_device_new ("pvpanic-pci", &panic->info),
                                    &panic->info, error);
    case ROOST_PANIC_MODEL_HYPERV:  /* a feature of the processor */
    case ROOST_PANIC_MODEL_PSERIES: /* of the firmware's interface */
    case ROOST_PANIC_MODEL_S390:
    case ROOST_PANIC_MODEL_UNSET:
    default:
      return TRUE;
    }
}

/* --- shared memory --- */

static JsonObject *
shmem_new (const RoostShmem *shmem, const char *driver)
{
  return roost_device_new (driver, &shmem->info);
}

static gboolean
build_shmem_plain (RoostBuild *build, const RoostShmem *shmem, GError **error)
{
  JsonObject *object = roost_object_new ("qom-type", "memory-backend-file");
  JsonObject *device = shmem_new (shmem, "ivshmem-plain");
  g_autofree char *id = g_strdup_printf ("shmmem-%s", shmem->info.alias);

  roost_put_string (object, "id", id);
  roost_put_printf (object, "mem-path", "/dev/shm/%s", shmem->name);
  roost_put_uint (object, "size", shmem->size);
  roost_put_bool (object, "share", TRUE);
  roost_build_object (build, object);
  roost_put_string (device, "memdev", id);
  if (shmem->role != ROOST_SHMEM_ROLE_UNSET)
    roost_put_string (device, "master", shmem->role == ROOST_SHMEM_ROLE_MASTER ? "on" : "off");
  return roost_build_device_at (build, device, &shmem->info, error);
}

static gboolean
build_shmem_doorbell (RoostBuild *build, const RoostShmem *shmem, GError **error)
{
  JsonObject *chardev = roost_object_new ("backend", "socket");
  JsonObject *device = shmem_new (shmem, "ivshmem-doorbell");
  g_autofree char *id = g_strconcat ("char", shmem->info.alias, NULL);

  roost_put_string (chardev, "id", id);
  if (shmem->server_path != NULL)
    roost_put_string (chardev, "path", shmem->server_path);
  else
    roost_put_printf (chardev, "path", "/var/lib/libvirt/shmem-%s-sock", shmem->name);
  roost_build_chardev (build, chardev);
  roost_put_string (device, "chardev", id);
  if (shmem->role != ROOST_SHMEM_ROLE_UNSET)
    roost_put_string (device, "master", shmem->role == ROOST_SHMEM_ROLE_MASTER ? "on" : "off");
  roost_put_uint (device, "vectors", shmem->msi_vectors);
  roost_put_on_off (device, "ioeventfd", shmem->msi_ioeventfd);
  return roost_build_device_at (build, device, &shmem->info, error);
}

gboolean
roost_build_shmem (RoostBuild *build, const RoostShmem *shmem, GError **error)
{
  switch (shmem->model)
    {
    case ROOST_SHMEM_MODEL_IVSHMEM_PLAIN:
      return build_shmem_plain (build, shmem, error);
    case ROOST_SHMEM_MODEL_IVSHMEM_DOORBELL:
      return build_shmem_doorbell (build, shmem, error);
    case ROOST_SHMEM_MODEL_IVSHMEM:
    case ROOST_SHMEM_MODEL_UNSET:
    default:
      return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                          "shared memory “%s”: QEMU has no longer model “ivshmem”; use "
                          "“ivshmem-plain” or “ivshmem-doorbell”",
                          shmem->name);
    }
}

/* --- NVRAM of pseries --- */

gboolean
roost_build_nvram (RoostBuild *build, const RoostNvram *nvram, GError **error)
{
  if (nvram->info.address != NULL && nvram->info.address->reg.is_set)
    roost_build_option_printf (build, "-global", "spapr-nvram.reg=0x%x",
                               (guint)nvram->info.address->reg.value);
  return TRUE;
}

/* --- IOMMU --- */

gboolean
roost_build_iommu (RoostBuild *build, const RoostIommu *iommu, GError **error)
{
  JsonObject *device;

  switch (iommu->model)
    {
    case ROOST_IOMMU_MODEL_INTEL:
      device = roost_device_new ("intel-iommu", &iommu->info);
      roost_put_on_off (device, "intremap", iommu->intremap);
      roost_put_yes_no (device, "caching-mode", iommu->caching_mode);
      roost_put_on_off (device, "eim", iommu->eim);
      roost_put_yes_no (device, "device-iotlb", iommu->iotlb);
      roost_put_uint (device, "aw-bits", iommu->aw_bits);
      roost_build_device (build, device);
      return TRUE;
    case ROOST_IOMMU_MODEL_VIRTIO:
      return roost_build_device_at (build, roost_device_new ("virtio-iommu-pci", &iommu->info),
                                    &iommu->info, error);
    case ROOST_IOMMU_MODEL_SMMUV3: /* an option of the machine */
    case ROOST_IOMMU_MODEL_UNSET:
    default:
      return TRUE;
    }
}

/* --- vsock --- */

/* What a dry run shows for a number that is only taken at the start. */
#define SHOWN_CID 42

gboolean
roost_build_vsock (RoostBuild *build, const RoostVsock *vsock, GError **error)
{
  g_autofree char *driver = roost_virtio_driver ("vhost-vsock", &vsock->info, vsock->model);
  g_autoptr (JsonObject) device = roost_object_new ("driver", driver);
  g_autofree char *fd = NULL;

  roost_put_virtio (device, &vsock->virtio);
  roost_put_string (device, "id", vsock->info.alias);
  if (vsock->cid.is_set)
    roost_put_uint (device, "guest-cid", vsock->cid);
  else if (build->launch->is_dry)
    roost_put_int (device, "guest-cid", SHOWN_CID);
  else
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "no vsock address has been chosen");
  fd = roost_build_fd_text (
      build, roost_build_request_fd (build, ROOST_FD_VHOST_VSOCK, vsock->info.alias, 0, NULL));
  roost_put_string (device, "vhostfd", fd);
  return roost_build_device_at (build, g_steal_pointer (&device), &vsock->info, error);
}

/* --- crypto --- */

gboolean
roost_build_crypto (RoostBuild *build, const RoostCrypto *crypto, GError **error)
{
  g_autofree char *id = g_strconcat ("obj", crypto->info.alias, NULL);
  g_autofree char *driver =
      roost_virtio_driver ("virtio-crypto", &crypto->info, ROOST_VIRTIO_MODEL_UNSET);
  JsonObject *device;
  JsonObject *object = roost_object_new ("qom-type", crypto->backend == ROOST_CRYPTO_BACKEND_LKCF
                                                         ? "cryptodev-backend-lkcf"
                                                         : "cryptodev-backend-builtin");

  roost_put_string (object, "id", id);
  roost_put_uint (object, "queues", crypto->queues);
  roost_build_object (build, object);
  device = roost_object_new ("driver", driver);
  roost_put_virtio (device, &crypto->virtio);
  roost_put_string (device, "cryptodev", id);
  roost_put_string (device, "id", crypto->info.alias);
  return roost_build_device_at (build, device, &crypto->info, error);
}

/* --- pstore --- */

gboolean
roost_build_pstore (RoostBuild *build, const RoostPstore *pstore, GError **error)
{
  g_autofree char *id = g_strconcat ("mem", pstore->info.alias, NULL);
  JsonObject *device;
  JsonObject *object = roost_object_new ("qom-type", "memory-backend-file");

  roost_put_string (object, "id", id);
  roost_put_string (object, "mem-path", pstore->path);
  roost_put_bool (object, "share", TRUE);
  roost_put_uint (object, "size", pstore->size);
  roost_build_object (build, object);
  device = roost_device_new ("acpi-erst", &pstore->info);
  roost_put_string (device, "memdev", id);
  return roost_build_device_at (build, device, &pstore->info, error);
}
