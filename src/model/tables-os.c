/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/tables.h"

/* Tables are read row by row. */
/* clang-format off */

#define T RoostFirmwareFeature
static const RoostField firmware_feature_fields[] = {
  ROW (YES_NO, "@enabled", enabled, NEEDED, "must it have the feature?"),
  ROW (STRING, "@name", name, NEEDED, "'secure-boot', 'enrolled-keys'"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (firmware_feature_type, "firmware-feature", RoostFirmwareFeature,
                    firmware_feature_fields, "What the chosen firmware must have.");

#define T RoostBoot
static const RoostField boot_fields[] = {
  ROW (ENUM, "@dev", dev, NEEDED, "class of devices", .names = roost_boot_device_names),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (boot_type, "boot", RoostBoot, boot_fields, "What is tried for booting.");

#define T RoostAcpiTable
static const RoostField acpi_table_fields[] = {
  ROW (STRING, "@type", type, NEEDED | ABI, "'slic'"),
  ROW (STRING, ".", path, HOST, "the file"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (acpi_table_type, "acpi-table", RoostAcpiTable, acpi_table_fields,
                    "A table that the firmware passes on.");

#define T RoostOs
static const RoostField os_fields[] = {
  ROW (ENUM, "@firmware", firmware, ABI, "let the service choose the files",
       .names = roost_os_firmware_names),
  ROW (ENUM, "type", type, NEEDED | ABI, "always 'hvm' for QEMU", .names = roost_os_type_names),
  ROW (STRING, "type/@arch", arch, ABI, "architecture; the host's without it"),
  ROW (STRING, "type/@machine", machine, ABI, "machine type; the default one without it"),
  ROW (LIST, "firmware/feature", firmware_features, ABI, "of the chosen firmware",
       .type = &firmware_feature_type),
  ROW (STRING, "loader", loader, HOST, "the firmware's file"),
  ROW (YES_NO, "loader/@readonly", loader_readonly, HOST, "pflash: of the code"),
  ROW (YES_NO, "loader/@secure", loader_secure, ABI, "only SMM code writes variables"),
  ROW (ENUM, "loader/@type", loader_type, ABI, "how it is mapped",
       .names = roost_loader_type_names),
  ROW (YES_NO, "loader/@stateless", loader_stateless, ABI, "it keeps no variables"),
  ROW (STRING, "loader/@format", loader_format, HOST, "format of the image"),
  ROW (FLAG, "nvram", has_nvram, HOST, "file of the firmware's variables"),
  ROW (STRING, "nvram", nvram, HOST, "its path"),
  ROW (STRING, "nvram/@template", nvram_template, HOST, "what a new one is copied from"),
  ROW (ENUM, "nvram/@type", nvram_source.type, HOST, "what <source> names",
       .names = roost_source_type_names),
  ROW (STRING, "nvram/@format", nvram_format, HOST, "format of the image"),
  ROW (EMBED, "nvram", nvram_source, HOST, "where it is", .type = &roost_storage_source_type),
  ROW (STRING, "kernel", kernel, HOST, "kernel to boot directly"),
  ROW (STRING, "initrd", initrd, HOST, "its initial RAM disk"),
  ROW (STRING, "cmdline", cmdline, ABI, "its command line"),
  ROW (STRING, "dtb", dtb, HOST, "device tree"),
  ROW (LIST, "acpi/table", acpi_tables, ABI, "more ACPI tables", .type = &acpi_table_type),
  ROW (LIST, "boot", boot, HOST, "boot order by class of device", .type = &boot_type),
  ROW (YES_NO, "bootmenu/@enable", bootmenu, HOST, "let the user choose"),
  ROW (UINT, "bootmenu/@timeout", bootmenu_timeout_ms, HOST, "milliseconds", .max = 65535),
  ROW (ENUM, "smbios/@mode", smbios, ABI, "where the tables come from",
       .names = roost_smbios_mode_names),
  ROW (YES_NO, "bios/@useserial", bios_useserial, ABI,
       "show the firmware's messages on a serial port"),
  ROW (INT, "bios/@rebootTimeout", bios_reboot_timeout_ms, ABI,
       "milliseconds to the next try when nothing boots; -1 = never"),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_os_type, "os", RoostOs, os_fields, "The machine, and what it boots.");

#define T RoostSysinfoEntry
static const RoostField sysinfo_entry_fields[] = {
  ROW (STRING, "@name", name, NEEDED | ABI, "name of the string"),
  ROW (STRING, ".", value, ABI, "the string"),
  ROOST_FIELD_END
};
static const RoostField fwcfg_entry_fields[] = {
  ROW (STRING, "@name", name, NEEDED | ABI, "name: 'opt/…'"),
  ROW (STRING, "@file", file, HOST, "its content comes from this file"),
  ROW (STRING, ".", value, ABI, "or is this text"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (sysinfo_entry_type, "sysinfo-entry", RoostSysinfoEntry, sysinfo_entry_fields,
                    "A string of a SMBIOS table.");
static DEFINE_TYPE (fwcfg_entry_type, "fwcfg-entry", RoostSysinfoEntry, fwcfg_entry_fields,
                    "What the guest reads through fw_cfg.");

#define T RoostBaseboard
static const RoostField baseboard_fields[] = {
  ROW (LIST, "entry", entries, ABI, "strings", .type = &sysinfo_entry_type),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (baseboard_type, "baseboard", RoostBaseboard, baseboard_fields,
                    "SMBIOS: a base board.");

#define T RoostSysinfo
static const RoostField sysinfo_fields[] = {
  ROW (ENUM, "@type", type, NEEDED | ABI, "how the guest gets it",
       .names = roost_sysinfo_type_names),
  ROW (LIST, "bios/entry", bios, ABI, "SMBIOS: firmware", .type = &sysinfo_entry_type,
       .only = "@type=smbios"),
  ROW (LIST, "system/entry", system, ABI, "SMBIOS: system", .type = &sysinfo_entry_type,
       .only = "@type=smbios"),
  ROW (LIST, "baseBoard", baseboards, ABI, "SMBIOS: base board", .type = &baseboard_type,
       .only = "@type=smbios"),
  ROW (LIST, "chassis/entry", chassis, ABI, "SMBIOS: chassis", .type = &sysinfo_entry_type,
       .only = "@type=smbios"),
  ROW (LIST, "oemStrings/entry", oem_strings, ABI, "SMBIOS: OEM strings", .type = &roost_text_type,
       .only = "@type=smbios"),
  ROW (LIST, "entry", fwcfg, ABI, "fw_cfg entries", .type = &fwcfg_entry_type,
       .only = "@type=fwcfg"),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_sysinfo_type, "sysinfo", RoostSysinfo, sysinfo_fields,
                "What the machine says about itself.", position);
