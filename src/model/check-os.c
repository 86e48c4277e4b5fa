/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"

#include "base/compat.h"
#include "model/device-walk.h"

#include <string.h>

static void
name (RoostChecker *checker)
{
  const char *text = checker->config->name;

  if (text[0] == '\0' || strchr (text, '/') != NULL || strchr (text, '\n') != NULL
      || g_str_equal (text, ".") || g_str_equal (text, ".."))
    roost_check_invalid (checker, NULL, "name",
                         "'%s' is empty or holds '/' or a line break, or is '.' or '..'", text);
}

static void
title (RoostChecker *checker)
{
  if (checker->config->title != NULL && strchr (checker->config->title, '\n') != NULL)
    roost_check_invalid (checker, NULL, "title", "it has one line; more go to <description>");
}

static void
type_hvm (RoostChecker *checker)
{
  if (checker->config->os.type != ROOST_OS_TYPE_HVM)
    roost_check_unsupported (checker, NULL, "os", "QEMU runs guests of type 'hvm' only");
  if (checker->config->bootloader != NULL)
    roost_check_unsupported (checker, NULL, "bootloader", "QEMU has no bootloader outside");
}

static void
virt_type (RoostChecker *checker)
{
  RoostVirtType type = checker->config->type;

  if (type != ROOST_VIRT_TYPE_QEMU && type != ROOST_VIRT_TYPE_KVM)
    roost_check_unsupported (checker, NULL, "domain",
                             "this binary runs the types 'kvm' and 'qemu', not '%s'",
                             roost_virt_type_names[type]);
}

static gboolean
same_arch (const char *xml, const char *qemu)
{
  static const char *const names[][2] = {
    { "i686", "i386" }, { "armv7l", "arm" },  { "armv6l", "arm" },  { "ppc64le", "ppc64" },
    { "mips", "mips" }, { "parisc", "hppa" }, { "i686", "x86_64" }, { "armv7l", "aarch64" },
    { "ppc", "ppc64" }, { "ppcle", "ppc64" },
  };

  if (g_str_equal (xml, qemu))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (xml, names[i][0]) && g_str_equal (qemu, names[i][1]))
      return TRUE;
  return FALSE;
}

static void
arch_of_binary (RoostChecker *checker)
{
  if (checker->facts->arch != NULL && checker->arch[0] != '\0'
      && !same_arch (checker->arch, checker->facts->arch))
    roost_check_unsupported (checker, NULL, "os", "%s emulates %s, not arch='%s'",
                             checker->facts->binary, checker->facts->arch, checker->arch);
}

static void
machine_of_binary (RoostChecker *checker)
{
  const char *machine = checker->config->os.machine;

  if (machine != NULL && checker->facts->machines->len > 0
      && roost_facts_machine (checker->facts, machine) == NULL)
    roost_check_unsupported (checker, NULL, "os", "%s has no machine '%s'", checker->facts->binary,
                             machine);
}

static void
boot_per_device (RoostChecker *checker)
{
  GArray *refs = checker->devices;
  RoostDeviceRef *ref;

  if (checker->config->os.boot == NULL || checker->config->os.boot->len == 0)
    return;
  ROOST_REFS_EACH (ref, refs)
    if (ref->info->boot_order.is_set)
      {
        roost_check_unsupported (checker, &ref->info->position, "boot",
                                 "a device has <boot order='…'/> and <os> has <boot dev='…'/>; "
                                 "use one way");
        return;
      }
}

/* --- firmware --- */

/* A document that was completed before, by us or by a newer libvirt, names the file that was chosen
 * together with its type: that choice stands. */
static void
firmware_loader (RoostChecker *checker)
{
  const RoostOs *os = &checker->config->os;
  gboolean is_chosen = os->loader != NULL && os->loader_type != ROOST_LOADER_TYPE_UNSET;

  if (os->firmware == ROOST_OS_FIRMWARE_UNSET || is_chosen)
    return;
  if (os->loader != NULL)
    roost_check_unsupported (checker, NULL, "loader",
                             "firmware='%s' chooses the file; do not name one",
                             roost_os_firmware_names[os->firmware]);
  if (os->loader_type != ROOST_LOADER_TYPE_UNSET)
    roost_check_unsupported (checker, NULL, "loader", "firmware='%s' chooses the type",
                             roost_os_firmware_names[os->firmware]);
  if (os->loader_readonly != ROOST_UNSET)
    roost_check_unsupported (checker, NULL, "loader", "firmware='%s' chooses readonly",
                             roost_os_firmware_names[os->firmware]);
  if (os->loader_secure == ROOST_NO)
    roost_check_unsupported (checker, NULL, "loader",
                             "secure='no' is not for firmware='%s'; write "
                             "<feature enabled='no' name='secure-boot'/>",
                             roost_os_firmware_names[os->firmware]);
  if (os->nvram_template != NULL)
    roost_check_unsupported (checker, NULL, "nvram", "firmware='%s' chooses the template",
                             roost_os_firmware_names[os->firmware]);
}

static RoostTristate
firmware_feature (const RoostOs *os, const char *name_)
{
  RoostFirmwareFeature *feature;

  ROOST_LIST_EACH (RoostFirmwareFeature, feature, os->firmware_features)
    if (g_str_equal (feature->name, name_))
      return feature->enabled;
  return ROOST_UNSET;
}

static void
firmware_features (RoostChecker *checker)
{
  const RoostOs *os = &checker->config->os;
  RoostFirmwareFeature *feature;

  if (os->firmware_features != NULL && os->firmware != ROOST_OS_FIRMWARE_EFI)
    roost_check_unsupported (checker, NULL, "firmware",
                             "features are asked for with <os firmware='efi'> only");
  ROOST_LIST_EACH (RoostFirmwareFeature, feature, os->firmware_features)
    if (!g_str_equal (feature->name, "secure-boot")
        && !g_str_equal (feature->name, "enrolled-keys"))
      roost_check_invalid (checker, NULL, "feature",
                           "'%s' is neither 'secure-boot' nor 'enrolled-keys'", feature->name);
  if (firmware_feature (os, "enrolled-keys") == ROOST_YES
      && firmware_feature (os, "secure-boot") == ROOST_NO)
    roost_check_invalid (checker, NULL, "feature",
                         "'enrolled-keys' means nothing without 'secure-boot'");
}

static gboolean
is_rom (const RoostOs *os)
{
  return os->firmware == ROOST_OS_FIRMWARE_BIOS
         || (os->firmware == ROOST_OS_FIRMWARE_UNSET
             && os->loader_type != ROOST_LOADER_TYPE_PFLASH);
}

static void
nvram_of_efi (RoostChecker *checker)
{
  const RoostOs *os = &checker->config->os;

  if (!is_rom (os))
    return;
  if (os->has_nvram)
    roost_check_unsupported (checker, NULL, "nvram", "only EFI firmware keeps variables");
  if (os->loader_stateless == ROOST_NO)
    roost_check_unsupported (checker, NULL, "loader", "only EFI firmware has stateless='no'");
}

static void
stateless (RoostChecker *checker)
{
  const RoostOs *os = &checker->config->os;

  if (os->loader_stateless != ROOST_YES)
    return;
  if (os->nvram_template != NULL)
    roost_check_invalid (checker, NULL, "nvram", "stateless firmware has no template");
  else if (os->has_nvram)
    roost_check_invalid (checker, NULL, "nvram", "stateless firmware has no variables to keep");
}

static void
pflash_path (RoostChecker *checker)
{
  const RoostOs *os = &checker->config->os;

  if (os->firmware == ROOST_OS_FIRMWARE_UNSET && os->loader == NULL
      && os->loader_type == ROOST_LOADER_TYPE_PFLASH)
    roost_check_invalid (checker, NULL, "loader", "type='pflash' needs the path of the file");
}

static void
secure_loader (RoostChecker *checker)
{
  const RoostOs *os = &checker->config->os;

  if (os->loader_secure != ROOST_YES)
    return;
  if (!roost_arch_is_x86 (checker->arch) || checker->family != ROOST_MACHINE_Q35)
    roost_check_unsupported (checker, NULL, "loader", "secure='yes' needs a machine 'q35'");
  if (os->firmware == ROOST_OS_FIRMWARE_UNSET && os->loader_type != ROOST_LOADER_TYPE_PFLASH)
    roost_check_unsupported (checker, NULL, "loader", "secure='yes' needs type='pflash'");
  if (checker->config->features.smm == ROOST_NO)
    roost_check_invalid (checker, NULL, "loader", "secure='yes' needs the feature smm");
}

static void
acpi_of_arm (RoostChecker *checker)
{
  const RoostOs *os = &checker->config->os;
  gboolean is_efi =
      os->firmware == ROOST_OS_FIRMWARE_EFI || os->loader_type == ROOST_LOADER_TYPE_PFLASH;

  if (g_str_equal (checker->arch, "aarch64") && checker->config->features.acpi && !is_efi)
    roost_check_unsupported (checker, NULL, "acpi", "on this architecture ACPI needs EFI firmware");
}

/* --- the rest --- */

static void
acpi_table_type (RoostChecker *checker)
{
  RoostAcpiTable *table;

  ROOST_LIST_EACH (RoostAcpiTable, table, checker->config->os.acpi_tables)
    if (!g_str_equal (table->type, "slic") || table->path == NULL)
      roost_check_invalid (checker, NULL, "table", "it needs type='slic' and a path");
}

static void
direct_boot (RoostChecker *checker)
{
  const RoostOs *os = &checker->config->os;

  if (os->kernel == NULL && (os->initrd != NULL || os->cmdline != NULL))
    roost_check_warn (checker, NULL, "os", "<initrd> and <cmdline> need a <kernel>");
}

static void
bios_serial (RoostChecker *checker)
{
  const RoostDomainConfig *config = checker->config;

  if (config->os.bios_useserial == ROOST_YES
      && (config->devices.serials == NULL || config->devices.serials->len == 0))
    roost_check_invalid (checker, NULL, "bios", "useserial needs a <serial>");
}

static void
reboot_timeout (RoostChecker *checker)
{
  const RoostInt *timeout = &checker->config->os.bios_reboot_timeout_ms;

  if (timeout->is_set && (timeout->value < -1 || timeout->value > 65535))
    roost_check_invalid (checker, NULL, "bios", "rebootTimeout goes from -1 to 65535");
}

static void
smbios_sysinfo (RoostChecker *checker)
{
  RoostSysinfo *sysinfo;

  if (checker->config->os.smbios != ROOST_SMBIOS_MODE_SYSINFO)
    return;
  ROOST_LIST_EACH (RoostSysinfo, sysinfo, checker->config->sysinfos)
    if (sysinfo->type == ROOST_SYSINFO_TYPE_SMBIOS)
      return;
  roost_check_invalid (checker, NULL, "smbios", "mode='sysinfo' needs <sysinfo type='smbios'>");
}

static void
sysinfo_uuid (RoostChecker *checker)
{
  RoostSysinfo *sysinfo;
  RoostSysinfoEntry *entry;

  ROOST_LIST_EACH (RoostSysinfo, sysinfo, checker->config->sysinfos)
    ROOST_LIST_EACH (RoostSysinfoEntry, entry, sysinfo->system)
      if (g_str_equal (entry->name, "uuid") && entry->value != NULL && checker->config->uuid != NULL
          && g_ascii_strcasecmp (entry->value, checker->config->uuid) != 0)
        roost_check_invalid (checker, &sysinfo->position, "sysinfo",
                             "the uuid '%s' is not the one of the domain", entry->value);
}

/* "05/17/2026", or with a year of two digits. */
static gboolean
is_bios_date (const char *text)
{
  return g_regex_match_simple ("^(0?[1-9]|1[0-2])/(0?[1-9]|[12][0-9]|3[01])/([0-9]{2}|[0-9]{4})$",
                               text, G_REGEX_DEFAULT, G_REGEX_MATCH_DEFAULT);
}

static void
sysinfo_date (RoostChecker *checker)
{
  RoostSysinfo *sysinfo;
  RoostSysinfoEntry *entry;

  ROOST_LIST_EACH (RoostSysinfo, sysinfo, checker->config->sysinfos)
    ROOST_LIST_EACH (RoostSysinfoEntry, entry, sysinfo->bios)
      if (g_str_equal (entry->name, "date") && entry->value != NULL && !is_bios_date (entry->value))
        roost_check_invalid (checker, &sysinfo->position, "sysinfo",
                             "the date '%s' is not month/day/year in digits", entry->value);
}

static void
check_fwcfg (RoostChecker *checker, const RoostSysinfo *sysinfo, const RoostSysinfoEntry *entry)
{
  if (!g_str_has_prefix (entry->name, "opt/"))
    roost_check_invalid (checker, &sysinfo->position, "entry",
                         "the name '%s' of a fw_cfg entry does not begin with 'opt/'", entry->name);
  else if (g_str_has_prefix (entry->name, "opt/ovmf/")
           || g_str_has_prefix (entry->name, "opt/org.qemu/"))
    roost_check_invalid (checker, &sysinfo->position, "entry", "the name '%s' is reserved",
                         entry->name);
  if ((entry->file == NULL) == (entry->value == NULL))
    roost_check_invalid (checker, &sysinfo->position, "entry",
                         "the fw_cfg entry '%s' needs either a file or a text", entry->name);
}

static void
sysinfo_fwcfg (RoostChecker *checker)
{
  RoostSysinfo *sysinfo;
  RoostSysinfoEntry *entry;

  ROOST_LIST_EACH (RoostSysinfo, sysinfo, checker->config->sysinfos)
    ROOST_LIST_EACH (RoostSysinfoEntry, entry, sysinfo->fwcfg)
      check_fwcfg (checker, sysinfo, entry);
}

static void
power_management (RoostChecker *checker)
{
  const RoostDomainConfig *config = checker->config;

  if ((config->suspend_to_mem != ROOST_UNSET || config->suspend_to_disk != ROOST_UNSET)
      && !roost_arch_is_x86 (checker->arch))
    roost_check_unsupported (checker, NULL, "pm", "only x86 machines have S3 and S4");
}

/* Which of the life-cycle actions mean nothing for what happened. */
static void
check_action (RoostChecker *checker, RoostLifecycle action, const char *element)
{
  gboolean is_crash = g_str_equal (element, "on_crash");

  if (action == ROOST_LIFECYCLE_RENAME_RESTART)
    roost_check_unsupported (checker, NULL, element, "'rename-restart' is not for QEMU");
  if (action == ROOST_LIFECYCLE_PRESERVE && !is_crash)
    roost_check_unsupported (checker, NULL, element, "'preserve' is for <on_crash>");
  if ((action == ROOST_LIFECYCLE_COREDUMP_DESTROY || action == ROOST_LIFECYCLE_COREDUMP_RESTART)
      && !is_crash)
    roost_check_invalid (checker, NULL, element, "a core dump is for <on_crash>");
}

static void
lifecycle (RoostChecker *checker)
{
  check_action (checker, checker->config->on_poweroff, "on_poweroff");
  check_action (checker, checker->config->on_reboot, "on_reboot");
  check_action (checker, checker->config->on_crash, "on_crash");
}

static void
genid_x86 (RoostChecker *checker)
{
  if (checker->config->has_genid && !roost_check_has (checker, "vmgenid"))
    roost_check_unsupported (checker, NULL, "genid", "this binary has no generation number");
}

const RoostRule roost_os_rules[] = {
  { "name", name },
  { "title-one-line", title },
  { "os-type", type_hvm },
  { "domain-type", virt_type },
  { "arch-of-binary", arch_of_binary },
  { "machine-of-binary", machine_of_binary },
  { "boot-one-way", boot_per_device },
  { "firmware-loader", firmware_loader },
  { "firmware-features", firmware_features },
  { "firmware-nvram", nvram_of_efi },
  { "firmware-stateless", stateless },
  { "firmware-path", pflash_path },
  { "firmware-secure", secure_loader },
  { "firmware-acpi", acpi_of_arm },
  { "acpi-table", acpi_table_type },
  { "boot-kernel", direct_boot },
  { "bios-serial", bios_serial },
  { "bios-reboot-timeout", reboot_timeout },
  { "smbios-sysinfo", smbios_sysinfo },
  { "sysinfo-uuid", sysinfo_uuid },
  { "sysinfo-date", sysinfo_date },
  { "sysinfo-fwcfg", sysinfo_fwcfg },
  { "pm-x86", power_management },
  { "lifecycle", lifecycle },
  { "genid", genid_x86 },
  { NULL, NULL },
};
