/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/defaults-parts.h"

#include "base/compat.h"
#include "model/machine.h"

/* The small devices. */

static void
apply_memballoon (RoostDomainConfig *config)
{
  RoostMachineFamily family = roost_machine_family (config);
  gboolean is_implied = family == ROOST_MACHINE_I440FX || family == ROOST_MACHINE_Q35
                        || family == ROOST_MACHINE_PSERIES || family == ROOST_MACHINE_S390_CCW
                        || family == ROOST_MACHINE_RISCV_VIRT;

  if (config->devices.memballoon == NULL && is_implied)
    config->devices.memballoon = g_new0 (RoostMemballoon, 1);
  if (config->devices.memballoon != NULL
      && config->devices.memballoon->model == ROOST_BALLOON_MODEL_UNSET)
    config->devices.memballoon->model = ROOST_BALLOON_MODEL_VIRTIO;
}

/* The firmware of pseries and s390 has one: it is there for every guest. */
static RoostPanicModel
default_panic_model (const RoostDomainConfig *config)
{
  if (roost_machine_family (config) == ROOST_MACHINE_PSERIES)
    return ROOST_PANIC_MODEL_PSERIES;
  return roost_arch_is_s390 (config->os.arch) ? ROOST_PANIC_MODEL_S390 : ROOST_PANIC_MODEL_ISA;
}

static void
apply_panics (RoostDomainConfig *config)
{
  RoostPanicModel model = default_panic_model (config);
  gboolean has_it = FALSE;
  RoostPanic *panic;

  ROOST_LIST_EACH (RoostPanic, panic, config->devices.panics)
    {
      if (panic->model == ROOST_PANIC_MODEL_UNSET)
        panic->model = model;
      has_it |= panic->model == model;
    }
  if (has_it || model == ROOST_PANIC_MODEL_ISA)
    return;
  panic = g_new0 (RoostPanic, 1);
  panic->model = model;
  if (config->devices.panics == NULL)
    config->devices.panics = g_ptr_array_new ();
  g_ptr_array_add (config->devices.panics, panic);
}

static RoostTpmModel
default_tpm_model (const RoostDomainConfig *config, const RoostTpm *tpm)
{
  if (roost_machine_family (config) != ROOST_MACHINE_PSERIES)
    return ROOST_TPM_MODEL_TPM_TIS;
  return tpm->backend == ROOST_TPM_BACKEND_PASSTHROUGH ? ROOST_TPM_MODEL_SPAPR_TPM_PROXY
                                                       : ROOST_TPM_MODEL_TPM_SPAPR;
}

/* TIS on a PC stays with version 1.2, as it has been; whatever is newer takes 2.0. */
static void
apply_tpm (const RoostDomainConfig *config, RoostTpm *tpm)
{
  gboolean is_old;

  if (tpm->model == ROOST_TPM_MODEL_UNSET)
    tpm->model = default_tpm_model (config, tpm);
  if (tpm->backend != ROOST_TPM_BACKEND_EMULATOR)
    return;
  is_old = tpm->model == ROOST_TPM_MODEL_TPM_TIS && roost_arch_is_x86 (config->os.arch);
  if (tpm->version == ROOST_TPM_VERSION_UNSET || tpm->version == ROOST_TPM_VERSION_DEFAULT)
    tpm->version = is_old ? ROOST_TPM_VERSION_1_2 : ROOST_TPM_VERSION_2_0;
}

static void
apply_watchdog (const RoostDomainConfig *config, RoostWatchdog *watchdog)
{
  if (watchdog->model == ROOST_WATCHDOG_MODEL_UNSET)
    watchdog->model = roost_arch_is_s390 (config->os.arch) ? ROOST_WATCHDOG_MODEL_DIAG288
                                                           : ROOST_WATCHDOG_MODEL_I6300ESB;
  if (watchdog->action == ROOST_WATCHDOG_ACTION_UNSET)
    watchdog->action = ROOST_WATCHDOG_ACTION_RESET;
}

static void
apply_rng (RoostRng *rng)
{
  if (rng->model == ROOST_VIRTIO_MODEL_UNSET)
    rng->model = ROOST_VIRTIO_MODEL_VIRTIO;
  if (rng->backend == ROOST_RNG_BACKEND_RANDOM && rng->device == NULL)
    rng->device = g_strdup ("/dev/random");
}

static void
apply_hostdev (RoostHostdev *hostdev)
{
  if (hostdev->mode == ROOST_HOSTDEV_MODE_UNSET)
    hostdev->mode = ROOST_HOSTDEV_MODE_SUBSYSTEM;
  if (hostdev->mode == ROOST_HOSTDEV_MODE_SUBSYSTEM && hostdev->managed == ROOST_UNSET)
    hostdev->managed = ROOST_NO;
}

/* Permissions are shown in four octal digits. */
static void
normalize_mode (char **mode)
{
  char *end;
  guint64 bits;

  if (*mode == NULL)
    return;
  bits = g_ascii_strtoull (*mode, &end, 8);
  if (**mode == '\0' || *end != '\0' || bits > 07777)
    return; /* the checks will have their say */
  g_free (*mode);
  *mode = g_strdup_printf ("%04o", (guint)bits);
}

static void
apply_filesystem (RoostFilesystem *filesystem)
{
  normalize_mode (&filesystem->fmode);
  normalize_mode (&filesystem->dmode);
  if (filesystem->type == ROOST_FILESYSTEM_TYPE_UNSET)
    filesystem->type = ROOST_FILESYSTEM_TYPE_MOUNT;
  if (filesystem->access == ROOST_FILESYSTEM_ACCESS_UNSET)
    filesystem->access = ROOST_FILESYSTEM_ACCESS_PASSTHROUGH;
}

static void
apply_vsock (RoostVsock *vsock)
{
  if (vsock->model == ROOST_VIRTIO_MODEL_UNSET)
    vsock->model = ROOST_VIRTIO_MODEL_VIRTIO;
  if (vsock->cid_auto == ROOST_UNSET)
    vsock->cid_auto = vsock->cid.is_set ? ROOST_NO : ROOST_YES;
}

static void
apply_shmem (RoostShmem *shmem)
{
  if (shmem->model == ROOST_SHMEM_MODEL_UNSET)
    shmem->model =
        shmem->has_server ? ROOST_SHMEM_MODEL_IVSHMEM_DOORBELL : ROOST_SHMEM_MODEL_IVSHMEM_PLAIN;
}

/* POWER finds its NVDIMMs again by UUID. */
static void
apply_memory_device (const RoostDomainConfig *config, RoostMemoryDevice *memory)
{
  if (memory->model == ROOST_MEMORY_MODEL_NVDIMM && memory->uuid == NULL
      && roost_machine_family (config) == ROOST_MACHINE_PSERIES)
    memory->uuid = g_uuid_string_random ();
}

void
roost_defaults_apply_devices (RoostDomainConfig *config)
{
  RoostDevices *devices = &config->devices;
  RoostTpm *tpm;
  RoostWatchdog *watchdog;
  RoostRng *rng;
  RoostHostdev *hostdev;
  RoostFilesystem *filesystem;
  RoostShmem *shmem;
  RoostMemoryDevice *memory;

  apply_memballoon (config);
  apply_panics (config);
  ROOST_LIST_EACH (RoostTpm, tpm, devices->tpms)
    apply_tpm (config, tpm);
  ROOST_LIST_EACH (RoostWatchdog, watchdog, devices->watchdogs)
    apply_watchdog (config, watchdog);
  ROOST_LIST_EACH (RoostRng, rng, devices->rngs)
    apply_rng (rng);
  ROOST_LIST_EACH (RoostHostdev, hostdev, devices->hostdevs)
    apply_hostdev (hostdev);
  ROOST_LIST_EACH (RoostFilesystem, filesystem, devices->filesystems)
    apply_filesystem (filesystem);
  ROOST_LIST_EACH (RoostShmem, shmem, devices->shmems)
    apply_shmem (shmem);
  ROOST_LIST_EACH (RoostMemoryDevice, memory, devices->memories)
    apply_memory_device (config, memory);
  if (devices->vsock != NULL)
    apply_vsock (devices->vsock);
}
