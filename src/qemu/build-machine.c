/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/device-walk.h"

/* -machine with its accelerator, firmware, and how it boots. */

/* --- options of the machine --- */

static void
add_tristate (GString *text, const char *key, RoostTristate value)
{
  if (value != ROOST_UNSET)
    roost_text_add (text, key, value == ROOST_YES ? "on" : "off");
}

/* An element that is there without a state means on. */
static RoostTristate
given_state (gboolean is_given, RoostTristate state)
{
  return state == ROOST_UNSET && is_given ? ROOST_YES : state;
}

static void
add_x86 (RoostBuild *build, GString *text)
{
  const RoostFeatures *features = &build->config->features;

  add_tristate (text, "vmport", given_state (features->vmport_given, features->vmport));
  add_tristate (text, "smm", given_state (features->smm_given, features->smm));
  if (features->ioapic == ROOST_IOAPIC_DRIVER_QEMU)
    roost_text_add (text, "kernel_irqchip", "split");
  else if (features->ioapic == ROOST_IOAPIC_DRIVER_KVM)
    roost_text_add (text, "kernel_irqchip", "on");
}

static void
add_arm (RoostBuild *build, GString *text)
{
  const RoostDomainConfig *config = build->config;

  if (build->family != ROOST_MACHINE_ARM_VIRT)
    return;
  if (config->features.gic_version != ROOST_GIC_VERSION_UNSET)
    roost_text_add (text, "gic-version", roost_gic_version_names[config->features.gic_version]);
  if (config->devices.iommu != NULL && config->devices.iommu->model == ROOST_IOMMU_MODEL_SMMUV3)
    roost_text_add (text, "iommu", "smmuv3");
}

static void
add_pseries (RoostBuild *build, GString *text)
{
  const RoostFeatures *features = &build->config->features;

  if (build->family != ROOST_MACHINE_PSERIES)
    return;
  if (features->hpt_resizing != ROOST_HPT_RESIZING_UNSET)
    roost_text_add (text, "resize-hpt", roost_hpt_resizing_names[features->hpt_resizing]);
  if (features->hpt_maxpagesize.is_set)
    roost_text_add_printf (text, "cap-hpt-max-page-size", "%" G_GUINT64_FORMAT "k",
                           features->hpt_maxpagesize.value / 1024);
  add_tristate (text, "cap-htm", features->htm);
  add_tristate (text, "cap-nested-hv", features->nested_hv);
  add_tristate (text, "cap-ccf-assist", features->ccf_assist);
  if (features->cfpc != ROOST_CFPC_VALUE_UNSET)
    roost_text_add (text, "cap-cfpc", roost_cfpc_value_names[features->cfpc]);
  if (features->sbbc != ROOST_SBBC_VALUE_UNSET)
    roost_text_add (text, "cap-sbbc", roost_sbbc_value_names[features->sbbc]);
  if (features->ibs != ROOST_IBS_VALUE_UNSET)
    roost_text_add (text, "cap-ibs", roost_ibs_value_names[features->ibs]);
}

static void
add_keywrap (RoostBuild *build, GString *text)
{
  const RoostKeywrap *keywrap = build->config->keywrap;
  const RoostKeywrapCipher *cipher;

  if (keywrap == NULL)
    return;
  ROOST_LIST_EACH (RoostKeywrapCipher, cipher, keywrap->ciphers)
    add_tristate (text, cipher->name == ROOST_KEYWRAP_NAME_AES ? "aes-key-wrap" : "dea-key-wrap",
                  cipher->state);
}

static gboolean
has_nvdimm (const RoostDomainConfig *config)
{
  const RoostMemoryDevice *memory;

  ROOST_LIST_EACH (RoostMemoryDevice, memory, config->devices.memories)
    {
      if (memory->model == ROOST_MEMORY_MODEL_NVDIMM)
        return TRUE;
    }
  return FALSE;
}

static gboolean
has_hmat (const RoostDomainConfig *config)
{
  const RoostCpu *cpu = config->cpu;

  return cpu != NULL
         && ((cpu->latencies != NULL && cpu->latencies->len > 0)
             || (cpu->bandwidths != NULL && cpu->bandwidths->len > 0));
}

static void
add_memory (RoostBuild *build, GString *text)
{
  const RoostDomainConfig *config = build->config;

  roost_text_add (text, "dump-guest-core", config->dump_core == ROOST_YES ? "on" : "off");
  if (config->memory_backing.nosharepages)
    roost_text_add (text, "mem-merge", "off");
  if (has_nvdimm (config))
    roost_text_add (text, "nvdimm", "on");
  if (has_hmat (config))
    roost_text_add (text, "hmat", "on");
  roost_text_add (text, "memory-backend", roost_machine_ram_id (build));
}

static void
add_sgx (RoostBuild *build, GString *text)
{
  const RoostMemoryDevice *memory;
  guint n = 0;

  ROOST_LIST_EACH (RoostMemoryDevice, memory, build->config->devices.memories)
    {
      g_autofree char *memdev = g_strdup_printf ("sgx-epc.%u.memdev", n);
      g_autofree char *node = g_strdup_printf ("sgx-epc.%u.node", n);

      if (memory->model != ROOST_MEMORY_MODEL_SGX_EPC)
        continue;
      roost_text_add_printf (text, memdev, "mem%s", memory->info.alias);
      if (memory->node.is_set)
        roost_text_add_printf (text, node, "%u", (guint)memory->node.value);
      n++;
    }
}

static void
add_timers (RoostBuild *build, GString *text)
{
  const RoostTimer *timer;

  ROOST_LIST_EACH (RoostTimer, timer, build->config->clock.timers)
    {
      if (timer->name == ROOST_TIMER_NAME_HPET && roost_arch_is_x86 (build->config->os.arch))
        add_tristate (text, "hpet", timer->present);
    }
}

/* The generation that a guest on pseries sees, where the model only names it. */
static void
add_cpu_compat (RoostBuild *build, GString *text)
{
  const RoostCpu *cpu = build->config->cpu;

  if (build->family == ROOST_MACHINE_PSERIES && cpu != NULL
      && cpu->mode == ROOST_CPU_MODE_HOST_MODEL)
    roost_text_add (text, "max-cpu-compat", cpu->model);
}

/* s390: what the first boot device tells its loader. */
static void
add_loadparm (RoostBuild *build, GString *text)
{
  g_autoptr (GArray) refs = NULL;
  RoostDeviceRef *ref;

  if (build->family != ROOST_MACHINE_S390_CCW)
    return;
  refs = roost_devices_list (build->config);
  ROOST_REFS_EACH (ref, refs)
    {
      g_autofree char *upper = NULL;

      if (ref->info->boot_loadparm == NULL || ref->info->boot_order.value != 1)
        continue;
      upper = g_ascii_strup (ref->info->boot_loadparm, -1);
      roost_text_add (text, "loadparm", upper);
      return;
    }
}

static void
add_pcspk (RoostBuild *build, GString *text)
{
  const RoostSound *sound;

  ROOST_LIST_EACH (RoostSound, sound, build->config->devices.sounds)
    {
      g_autofree char *audio = NULL;

      if (sound->model != ROOST_SOUND_MODEL_PCSPK)
        continue;
      audio = roost_build_audio_id (build, sound->audio_id);
      roost_text_add (text, "pcspk-audiodev", audio);
      return;
    }
}

static gboolean
uses_pflash (const RoostOs *os)
{
  return os->loader != NULL && os->loader_type == ROOST_LOADER_TYPE_PFLASH;
}

static gboolean
has_nvram (const RoostOs *os)
{
  return os->nvram != NULL || os->nvram_source.type != ROOST_SOURCE_TYPE_UNSET;
}

static void
add_pflash (RoostBuild *build, GString *text)
{
  const RoostOs *os = &build->config->os;

  if (!uses_pflash (os))
    return;
  roost_text_add (text, "pflash0", "pflash0-format");
  if (has_nvram (os))
    roost_text_add (text, "pflash1", "pflash1-format");
}

/* --- accelerator --- */

static gboolean
build_accel (RoostBuild *build, GError **error)
{
  const RoostDomainConfig *config = build->config;
  g_autoptr (GString) text = g_string_new (NULL);

  switch (config->type)
    {
    case ROOST_VIRT_TYPE_KVM:
      roost_text_add (text, NULL, "kvm");
      if (config->features.kvm_dirty_ring == ROOST_YES)
        roost_text_add_printf (text, "dirty-ring-size", "%u",
                               (guint)config->features.kvm_dirty_ring_size.value);
      break;
    case ROOST_VIRT_TYPE_QEMU:
    case ROOST_VIRT_TYPE_TCG:
      roost_text_add (text, NULL, "tcg");
      if (config->features.tcg_tb_cache.is_set)
        roost_text_add_printf (text, "tb-size", "%" G_GUINT64_FORMAT,
                               config->features.tcg_tb_cache.value / (1024 * 1024));
      break;
    case ROOST_VIRT_TYPE_XEN:
    case ROOST_VIRT_TYPE_HVF:
    case ROOST_VIRT_TYPE_UNSET:
    default:
      return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                          "domain type “%s” is not supported; use “kvm” or “qemu”",
                          roost_virt_type_names[config->type]);
    }
  roost_build_option (build, "-accel", text->str);
  return TRUE;
}

gboolean
roost_build_machine (RoostBuild *build, GError **error)
{
  const RoostDomainConfig *config = build->config;
  g_autoptr (GString) text = g_string_new (NULL);

  if (config->os.machine == NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "the domain has no machine type");
  roost_text_add (text, NULL, config->os.machine);
  roost_text_add (text, "usb", "off");
  if (roost_arch_is_x86 (config->os.arch))
    add_x86 (build, text);
  add_arm (build, text);
  add_pseries (build, text);
  add_keywrap (build, text);
  add_memory (build, text);
  add_sgx (build, text);
  add_timers (build, text);
  add_cpu_compat (build, text);
  add_loadparm (build, text);
  add_pcspk (build, text);
  add_pflash (build, text);
  if (config->launch_security != NULL)
    roost_text_add (text, "confidential-guest-support", "lsec0");
  roost_build_option (build, "-machine", text->str);
  return build_accel (build, error);
}

/* --- firmware --- */

static RoostStorageSource
file_source (char *path)
{
  RoostStorageSource source = { .type = ROOST_SOURCE_TYPE_FILE, .is_given = TRUE, .file = path };

  return source;
}

gboolean
roost_build_firmware (RoostBuild *build, GError **error)
{
  const RoostOs *os = &build->config->os;
  RoostStorageSource code = file_source (os->loader);
  RoostStorageSource vars = file_source (os->nvram);

  if (os->loader == NULL)
    return TRUE;
  if (!uses_pflash (os))
    {
      roost_build_option (build, "-bios", os->loader);
      return TRUE;
    }
  if (!roost_build_image (build, "pflash0", &code, os->loader_format,
                          os->loader_readonly == ROOST_YES, error))
    return FALSE;
  if (!has_nvram (os))
    return TRUE;
  if (os->nvram_source.type != ROOST_SOURCE_TYPE_UNSET)
    vars = os->nvram_source;
  return roost_build_image (build, "pflash1", &vars, os->nvram_format, FALSE, error);
}

/* --- boot --- */

static void
add_kernel (RoostBuild *build)
{
  const RoostOs *os = &build->config->os;

  if (os->kernel != NULL)
    roost_build_option (build, "-kernel", os->kernel);
  if (os->initrd != NULL)
    roost_build_option (build, "-initrd", os->initrd);
  if (os->cmdline != NULL)
    roost_build_option (build, "-append", os->cmdline);
  if (os->dtb != NULL)
    roost_build_option (build, "-dtb", os->dtb);
}

static void
add_acpi (RoostBuild *build)
{
  const RoostDomainConfig *config = build->config;
  const RoostAcpiTable *table;

  if (!config->features.acpi
      && (roost_arch_is_x86 (config->os.arch) || roost_arch_is_arm (config->os.arch)))
    roost_build_option (build, "-no-acpi", NULL);
  ROOST_LIST_EACH (RoostAcpiTable, table, config->os.acpi_tables)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      if (g_strcmp0 (table->type, "slic") == 0)
        roost_text_add (text, "sig", "SLIC");
      roost_text_add (text, "file", table->path);
      roost_build_option (build, "-acpitable", text->str);
    }
}

gboolean
roost_build_boot (RoostBuild *build, GError **error)
{
  const RoostOs *os = &build->config->os;
  g_autoptr (GString) text = g_string_new (NULL);

  roost_build_option (build, "-no-shutdown", NULL);
  add_acpi (build);
  if (os->bootmenu != ROOST_UNSET)
    roost_text_add (text, "menu", os->bootmenu == ROOST_YES ? "on" : "off");
  if (os->bootmenu == ROOST_YES && os->bootmenu_timeout_ms.is_set)
    roost_text_add_printf (text, "splash-time", "%u", (guint)os->bootmenu_timeout_ms.value);
  if (os->bios_reboot_timeout_ms.is_set)
    roost_text_add_printf (text, "reboot-timeout", "%" G_GINT64_FORMAT,
                           os->bios_reboot_timeout_ms.value);
  roost_text_add (text, "strict", "on");
  roost_build_option (build, "-boot", text->str);
  add_kernel (build);
  return TRUE;
}

/* --- launch security --- */

gboolean
roost_build_launch_security (RoostBuild *build, GError **error)
{
  const RoostLaunchSecurity *security = build->config->launch_security;
  g_autofree char *cert = NULL;
  g_autofree char *session = NULL;
  JsonObject *object;

  if (security == NULL)
    return TRUE;
  if (security->type == ROOST_LAUNCH_SECURITY_TYPE_S390_PV)
    {
      object = roost_object_new ("qom-type", "s390-pv-guest");
      roost_put_string (object, "id", "lsec0");
      roost_build_object (build, object);
      return TRUE;
    }
  object = roost_object_new ("qom-type", "sev-guest");
  roost_put_string (object, "id", "lsec0");
  roost_put_uint (object, "cbitpos", security->cbitpos);
  roost_put_uint (object, "reduced-phys-bits", security->reduced_phys_bits);
  roost_put_uint (object, "policy", security->policy);
  cert = roost_build_run_path (build, "dh_cert.base64");
  session = roost_build_run_path (build, "session.base64");
  if (security->dh_cert != NULL)
    roost_put_string (object, "dh-cert-file", cert);
  if (security->session != NULL)
    roost_put_string (object, "session-file", session);
  roost_put_yes_no (object, "kernel-hashes", security->kernel_hashes);
  roost_build_object (build, object);
  return TRUE;
}
