/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"

#include "base/compat.h"

#include <string.h>

static void
input (RoostChecker *checker)
{
  RoostInput *input;

  ROOST_LIST_EACH (RoostInput, input, checker->config->devices.inputs)
    {
      const RoostPosition *at = &input->info.position;
      const char *type = roost_input_type_names[input->type];

      if (input->bus == ROOST_INPUT_BUS_XEN || input->bus == ROOST_INPUT_BUS_PARALLELS)
        roost_check_unsupported (checker, at, "input", "QEMU has no bus '%s'",
                                 roost_input_bus_names[input->bus]);
      if (input->type == ROOST_INPUT_TYPE_TABLET && input->bus == ROOST_INPUT_BUS_PS2)
        roost_check_invalid (checker, at, "input", "a tablet is on the bus usb or virtio, not ps2");
      if (input->type == ROOST_INPUT_TYPE_PASSTHROUGH
          && (input->evdev == NULL
              || (input->bus != ROOST_INPUT_BUS_VIRTIO && input->bus != ROOST_INPUT_BUS_UNSET)))
        roost_check_invalid (checker, at, "input",
                             "passthrough needs the bus 'virtio' and <source evdev='…'/>");
      if (input->type == ROOST_INPUT_TYPE_EVDEV && input->dev == NULL)
        roost_check_invalid (checker, at, "input", "evdev needs <source dev='…'/>");
      if (input->type != ROOST_INPUT_TYPE_EVDEV && input->dev != NULL)
        roost_check_invalid (checker, at, "input", "type '%s' has no <source dev='…'/>", type);
      if (input->model != ROOST_VIRTIO_MODEL_UNSET && input->bus != ROOST_INPUT_BUS_VIRTIO)
        roost_check_unsupported (checker, at, "input", "model is for the bus 'virtio'");
      if (input->bus == ROOST_INPUT_BUS_PS2 && roost_arch_is_s390 (checker->arch))
        roost_check_unsupported (checker, at, "input", "this machine has no bus 'ps2'");
    }
}

static void
watchdog (RoostChecker *checker)
{
  const GPtrArray *all = checker->config->devices.watchdogs;
  RoostWatchdog *watchdog;

  ROOST_LIST_EACH (RoostWatchdog, watchdog, all)
    {
      const RoostPosition *at = &watchdog->info.position;
      const RoostAddress *address = watchdog->info.address;

      if (watchdog->model == ROOST_WATCHDOG_MODEL_ITCO && checker->family != ROOST_MACHINE_Q35)
        roost_check_unsupported (checker, at, "watchdog", "model='itco' is of machine 'q35'");
      if (watchdog->model == ROOST_WATCHDOG_MODEL_DIAG288 && !roost_arch_is_s390 (checker->arch))
        roost_check_unsupported (checker, at, "watchdog", "model='diag288' is of s390x");
      if (watchdog->model == ROOST_WATCHDOG_MODEL_I6300ESB && address != NULL
          && address->type != ROOST_ADDRESS_TYPE_PCI)
        roost_check_unsupported (checker, at, "watchdog", "model='i6300esb' is a PCI device");
      if (watchdog->model != ROOST_WATCHDOG_MODEL_I6300ESB && address != NULL)
        roost_check_unsupported (checker, at, "watchdog", "model='%s' has no address",
                                 roost_watchdog_model_names[watchdog->model]);
      if (((RoostWatchdog *)all->pdata[0])->action != watchdog->action)
        roost_check_unsupported (checker, at, "watchdog",
                                 "all watchdogs of a guest have one action");
    }
}

static void
panic (RoostChecker *checker)
{
  guint seen = 0;
  RoostPanic *panic;

  ROOST_LIST_EACH (RoostPanic, panic, checker->config->devices.panics)
    {
      const RoostPosition *at = &panic->info.position;
      const char *model = roost_panic_model_names[panic->model];
      const RoostAddress *address = panic->info.address;

      if ((seen >> panic->model & 1) != 0)
        roost_check_unsupported (checker, at, "panic", "the model '%s' comes twice", model);
      seen |= 1u << panic->model;
      if (panic->model == ROOST_PANIC_MODEL_S390 && !roost_arch_is_s390 (checker->arch))
        roost_check_unsupported (checker, at, "panic", "model='s390' is of s390x");
      if (panic->model == ROOST_PANIC_MODEL_PSERIES && checker->family != ROOST_MACHINE_PSERIES)
        roost_check_unsupported (checker, at, "panic", "model='pseries' is of pseries machines");
      if ((panic->model == ROOST_PANIC_MODEL_HYPERV || panic->model == ROOST_PANIC_MODEL_ISA)
          && !roost_arch_is_x86 (checker->arch))
        roost_check_unsupported (checker, at, "panic", "model='%s' is of x86", model);
      if (address != NULL && panic->model != ROOST_PANIC_MODEL_ISA
          && panic->model != ROOST_PANIC_MODEL_UNSET && panic->model != ROOST_PANIC_MODEL_PVPANIC)
        roost_check_unsupported (checker, at, "panic", "model='%s' has no address", model);
      if (address != NULL && panic->model == ROOST_PANIC_MODEL_ISA
          && address->type != ROOST_ADDRESS_TYPE_ISA)
        roost_check_unsupported (checker, at, "panic", "its address is of type 'isa'");
    }
}

static void
check_tpm_backend (RoostChecker *checker, const RoostTpm *tpm)
{
  const RoostPosition *at = &tpm->info.position;
  gboolean is_emulator = tpm->backend == ROOST_TPM_BACKEND_EMULATOR;

  if (tpm->backend == ROOST_TPM_BACKEND_EXTERNAL
      && (g_strcmp0 (tpm->source_type, "unix") != 0 || tpm->source_path == NULL))
    roost_check_invalid (checker, at, "backend",
                         "type='external' needs <source type='unix' path='…'/>");
  if (tpm->backend == ROOST_TPM_BACKEND_EXTERNAL && tpm->source_mode != NULL
      && !g_str_equal (tpm->source_mode, "connect"))
    roost_check_unsupported (checker, at, "backend", "type='external' is of mode='connect'");
  if (tpm->encryption_secret != NULL && !is_emulator)
    roost_check_invalid (checker, at, "backend", "<encryption> is for type='emulator'");
  if (tpm->has_pcr_banks && is_emulator && tpm->version == ROOST_TPM_VERSION_1_2)
    roost_check_invalid (checker, at, "active_pcr_banks", "it is for version='2.0'");
}

static void
tpm (RoostChecker *checker)
{
  guint n_tpm = 0, n_proxy = 0;
  RoostTpm *tpm;

  ROOST_LIST_EACH (RoostTpm, tpm, checker->config->devices.tpms)
    {
      const RoostPosition *at = &tpm->info.position;
      gboolean is_proxy = tpm->model == ROOST_TPM_MODEL_SPAPR_TPM_PROXY;

      if (is_proxy && ++n_proxy > 1)
        roost_check_unsupported (checker, at, "tpm", "a guest has one TPM proxy");
      if (!is_proxy && ++n_tpm > 1)
        roost_check_unsupported (checker, at, "tpm", "a guest has one TPM");
      if (is_proxy && tpm->backend != ROOST_TPM_BACKEND_PASSTHROUGH)
        roost_check_unsupported (checker, at, "tpm",
                                 "model='spapr-tpm-proxy' needs the back end 'passthrough'");
      check_tpm_backend (checker, tpm);
    }
}

static void
tpm_machine (RoostChecker *checker)
{
  RoostTpm *tpm;

  ROOST_LIST_EACH (RoostTpm, tpm, checker->config->devices.tpms)
    {
      const RoostPosition *at = &tpm->info.position;
      const char *model = roost_tpm_model_names[tpm->model];
      gboolean is_spapr =
          tpm->model == ROOST_TPM_MODEL_TPM_SPAPR || tpm->model == ROOST_TPM_MODEL_SPAPR_TPM_PROXY;

      if (is_spapr && checker->family != ROOST_MACHINE_PSERIES)
        roost_check_unsupported (checker, at, "tpm", "model='%s' is of pseries machines", model);
      if (tpm->model == ROOST_TPM_MODEL_TPM_CRB && !roost_arch_is_x86 (checker->arch))
        roost_check_unsupported (checker, at, "tpm", "model='%s' is of x86", model);
      if (tpm->model == ROOST_TPM_MODEL_TPM_TIS && checker->family == ROOST_MACHINE_PSERIES)
        roost_check_unsupported (checker, at, "tpm", "pseries machines have model='tpm-spapr'");
      if (tpm->model == ROOST_TPM_MODEL_TPM_CRB && tpm->version == ROOST_TPM_VERSION_1_2)
        roost_check_unsupported (checker, at, "tpm", "model='tpm-crb' needs version='2.0'");
      if (is_spapr && tpm->model == ROOST_TPM_MODEL_TPM_SPAPR
          && tpm->version == ROOST_TPM_VERSION_1_2)
        roost_check_unsupported (checker, at, "tpm", "model='tpm-spapr' needs version='2.0'");
    }
}

static gboolean
is_power_of_two (guint64 value)
{
  return value != 0 && (value & (value - 1)) == 0;
}

static void
shmem (RoostChecker *checker)
{
  RoostShmem *shmem;

  ROOST_LIST_EACH (RoostShmem, shmem, checker->config->devices.shmems)
    {
      const RoostPosition *at = &shmem->info.position;

      if (shmem->name[0] == '\0' || strchr (shmem->name, '/') != NULL
          || g_str_equal (shmem->name, ".") || g_str_equal (shmem->name, ".."))
        roost_check_invalid (checker, at, "shmem", "'%s' is no name: it is empty, or a path",
                             shmem->name);
      if (shmem->size.is_set && shmem->size.value < 1024 * 1024)
        roost_check_invalid (checker, at, "size", "shared memory has 1 MiB at least");
      if (shmem->size.is_set && !is_power_of_two (shmem->size.value))
        roost_check_invalid (checker, at, "size", "it is a power of 2");
      if (shmem->info.address != NULL && shmem->info.address->type != ROOST_ADDRESS_TYPE_PCI)
        roost_check_unsupported (checker, at, "shmem", "it is a PCI device");
      if (shmem->has_msi && !shmem->has_server)
        roost_check_invalid (checker, at, "msi", "it needs a <server>");
      if (shmem->model == ROOST_SHMEM_MODEL_IVSHMEM_PLAIN && shmem->has_server)
        roost_check_invalid (checker, at, "server", "model='ivshmem-plain' has none");
      if (shmem->model == ROOST_SHMEM_MODEL_IVSHMEM_PLAIN && shmem->has_msi)
        roost_check_invalid (checker, at, "msi", "model='ivshmem-plain' has none");
      if (shmem->model == ROOST_SHMEM_MODEL_IVSHMEM_DOORBELL && !shmem->has_server)
        roost_check_invalid (checker, at, "shmem", "model='ivshmem-doorbell' needs a <server>");
      if (shmem->model == ROOST_SHMEM_MODEL_IVSHMEM_DOORBELL && shmem->size.is_set)
        roost_check_invalid (checker, at, "size", "model='ivshmem-doorbell' has none");
    }
}

static gboolean
iommu_fits (const RoostChecker *checker, RoostIommuModel model)
{
  switch (model)
    {
    case ROOST_IOMMU_MODEL_INTEL:
      return checker->family == ROOST_MACHINE_Q35;
    case ROOST_IOMMU_MODEL_SMMUV3:
      return checker->family == ROOST_MACHINE_ARM_VIRT;
    case ROOST_IOMMU_MODEL_VIRTIO:
      return checker->family == ROOST_MACHINE_Q35 || checker->family == ROOST_MACHINE_ARM_VIRT;
    case ROOST_IOMMU_MODEL_UNSET:
      return TRUE;
    }
  return TRUE;
}

static void
iommu (RoostChecker *checker)
{
  const RoostIommu *iommu = checker->config->devices.iommu;
  const RoostPosition *at;
  const RoostFeatures *features = &checker->config->features;
  gboolean has_options;

  if (iommu == NULL)
    return;
  at = &iommu->info.position;
  has_options = iommu->intremap != ROOST_UNSET || iommu->caching_mode != ROOST_UNSET
                || iommu->eim != ROOST_UNSET || iommu->iotlb != ROOST_UNSET
                || iommu->aw_bits.is_set;
  if (!iommu_fits (checker, iommu->model))
    roost_check_unsupported (checker, at, "iommu", "this machine has no IOMMU '%s'",
                             roost_iommu_model_names[iommu->model]);
  if (iommu->model != ROOST_IOMMU_MODEL_INTEL && has_options)
    roost_check_unsupported (checker, at, "driver", "model='%s' has no such options",
                             roost_iommu_model_names[iommu->model]);
  if (iommu->model == ROOST_IOMMU_MODEL_VIRTIO && !features->acpi)
    roost_check_unsupported (checker, at, "iommu", "model='virtio' needs ACPI");
  if (iommu->model != ROOST_IOMMU_MODEL_VIRTIO && iommu->info.address != NULL)
    roost_check_unsupported (checker, at, "iommu", "model='%s' has no address",
                             roost_iommu_model_names[iommu->model]);
  if (iommu->model == ROOST_IOMMU_MODEL_VIRTIO && iommu->info.address != NULL
      && (iommu->info.address->type != ROOST_ADDRESS_TYPE_PCI))
    roost_check_unsupported (checker, at, "iommu", "its address is of type 'pci'");
  if (iommu->model == ROOST_IOMMU_MODEL_VIRTIO && iommu->info.address != NULL
      && iommu->info.address->bus.value != 0)
    roost_check_invalid (checker, at, "iommu", "it is integrated: its address is on bus 0");
  if (iommu->eim == ROOST_YES && iommu->intremap != ROOST_YES)
    roost_check_invalid (checker, at, "driver", "eim='on' needs intremap='on'");
  if (iommu->intremap == ROOST_YES && features->ioapic != ROOST_IOAPIC_DRIVER_QEMU)
    roost_check_unsupported (checker, at, "driver", "intremap='on' needs <ioapic driver='qemu'/>");
}

static void
pstore (RoostChecker *checker)
{
  const RoostPstore *pstore = checker->config->devices.pstore;
  const RoostPosition *at;

  if (pstore == NULL)
    return;
  at = &pstore->info.position;
  if (!g_str_equal (pstore->type, "acpi-erst"))
    roost_check_unsupported (checker, at, "pstore", "QEMU has the backend 'acpi-erst' only");
  else if (!roost_facts_has_type (checker->facts, "acpi-erst"))
    roost_check_unsupported (checker, at, "pstore", "this QEMU has no 'acpi-erst'");
  if (!checker->config->features.acpi)
    roost_check_unsupported (checker, at, "pstore", "it needs ACPI");
  if (pstore->path == NULL || !g_path_is_absolute (pstore->path))
    roost_check_invalid (checker, at, "pstore", "it needs a <path> from the root");
  if (!pstore->size.is_set || pstore->size.value == 0 || pstore->size.value % 8192 != 0)
    roost_check_invalid (checker, at, "pstore", "it needs a <size> in steps of 8 KiB");
}

/* More than 255 processors of an x86 machine need interrupts of that size. */
static void
many_processors (RoostChecker *checker)
{
  const RoostIommu *iommu = checker->config->devices.iommu;

  if (!roost_arch_is_x86 (checker->arch) || checker->config->vcpus.value <= 255)
    return;
  if (checker->family == ROOST_MACHINE_I440FX)
    roost_check_unsupported (checker, NULL, "vcpu",
                             "more than 255 processors need a machine 'q35'");
  else if (iommu == NULL || iommu->eim != ROOST_YES)
    roost_check_unsupported (checker, NULL, "vcpu",
                             "more than 255 processors need an <iommu> with eim='on'");
}

static void
vsock (RoostChecker *checker)
{
  const RoostVsock *vsock = checker->config->devices.vsock;

  if (vsock != NULL && vsock->cid_auto == ROOST_NO && !vsock->cid.is_set)
    roost_check_invalid (checker, &vsock->info.position, "vsock",
                         "<cid auto='no'> needs an address");
}

static void
nvram (RoostChecker *checker)
{
  const RoostNvram *nvram = checker->config->devices.nvram;

  if (nvram == NULL)
    return;
  if (checker->family != ROOST_MACHINE_PSERIES)
    roost_check_unsupported (checker, &nvram->info.position, "nvram",
                             "the device is of pseries machines; of EFI it stands in <os>");
  else if (nvram->info.address != NULL && nvram->info.address->type != ROOST_ADDRESS_TYPE_SPAPR_VIO)
    roost_check_unsupported (checker, &nvram->info.position, "nvram",
                             "its address is of type 'spapr-vio'");
}

static void
balloon (RoostChecker *checker)
{
  const RoostMemballoon *balloon = checker->config->devices.memballoon;

  if (balloon == NULL)
    return;
  if (balloon->model == ROOST_BALLOON_MODEL_XEN)
    roost_check_unsupported (checker, &balloon->info.position, "memballoon",
                             "model='xen' is not for QEMU");
  if (balloon->info.address != NULL && balloon->info.address->type != ROOST_ADDRESS_TYPE_PCI
      && balloon->info.address->type != ROOST_ADDRESS_TYPE_CCW
      && balloon->info.address->type != ROOST_ADDRESS_TYPE_VIRTIO_MMIO)
    roost_check_unsupported (checker, &balloon->info.position, "memballoon",
                             "it has no address of type '%s'",
                             roost_address_type_names[balloon->info.address->type]);
}

static void
rng (RoostChecker *checker)
{
  RoostRng *rng;

  ROOST_LIST_EACH (RoostRng, rng, checker->config->devices.rngs)
    {
      if (rng->rate_period_ms.is_set && !rng->rate_bytes.is_set)
        roost_check_invalid (checker, &rng->info.position, "rate", "it needs bytes");
      if (rng->rate_bytes.is_set && rng->rate_bytes.value == 0)
        roost_check_invalid (checker, &rng->info.position, "rate", "0 bytes are nothing");
    }
}

static void
redirfilter (RoostChecker *checker)
{
  const RoostRedirfilter *filter = checker->config->devices.redirfilter;
  RoostRedirRule *rule;

  if (filter == NULL)
    return;
  ROOST_LIST_EACH (RoostRedirRule, rule, filter->rules)
    if (rule->version != NULL && !g_str_equal (rule->version, "-1")
        && !g_regex_match_simple ("^[0-9]{1,2}\\.[0-9]{1,2}$", rule->version, 0, 0))
      roost_check_invalid (checker, &filter->position, "usbdev", "version='%s' is not like '1.10'",
                           rule->version);
}

static void
sound (RoostChecker *checker)
{
  const RoostDevices *devices = &checker->config->devices;
  RoostSound *sound;
  RoostAudio *audio;

  ROOST_LIST_EACH (RoostSound, sound, devices->sounds)
    {
      gboolean is_found = !sound->audio_id.is_set;

      ROOST_LIST_EACH (RoostAudio, audio, devices->audios)
        is_found |= audio->id.value == sound->audio_id.value;
      if (!is_found)
        roost_check_invalid (checker, &sound->info.position, "sound",
                             "there is no <audio id='%" G_GUINT64_FORMAT "'>",
                             sound->audio_id.value);
      if (sound->multichannel != ROOST_UNSET && sound->model != ROOST_SOUND_MODEL_USB)
        roost_check_unsupported (checker, &sound->info.position, "sound",
                                 "multichannel is for model='usb'");
    }
}

const RoostRule roost_device_rules[] = {
  { "input", input },
  { "watchdog", watchdog },
  { "panic", panic },
  { "tpm", tpm },
  { "tpm-machine", tpm_machine },
  { "shmem", shmem },
  { "iommu", iommu },
  { "iommu-processors", many_processors },
  { "vsock", vsock },
  { "pstore", pstore },
  { "nvram", nvram },
  { "memballoon", balloon },
  { "rng", rng },
  { "redirfilter", redirfilter },
  { "sound", sound },
  { NULL, NULL },
};
