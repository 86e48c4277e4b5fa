/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/tables.h"

/* Tables are read row by row. */
/* clang-format off */

#define T RoostIdmapEntry
static const RoostField idmap_entry_fields[] = {
  ROW (UINT, "@start", start, NEEDED, "first number inside", .max = G_MAXUINT32),
  ROW (UINT, "@target", target, NEEDED, "first number in the host", .max = G_MAXUINT32),
  ROW (UINT, "@count", count, NEEDED, "how many", .max = G_MAXUINT32),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (idmap_entry_type, "idmap-entry", RoostIdmapEntry, idmap_entry_fields,
                    "A range of users or groups; kept, of containers.");

#define T RoostPerfEvent
static const RoostField perf_event_fields[] = {
  ROW (STRING, "@name", name, NEEDED, "the event"),
  ROW (YES_NO, "@enabled", enabled, NEEDED, "count it?"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (perf_event_type, "perf-event", RoostPerfEvent, perf_event_fields,
                    "A performance event that is counted.");

#define T RoostResource
static const RoostField resource_fields[] = {
  ROW (STRING, "partition", partition, HOST, "the control group above the guest's"),
  ROW (STRING, "fibrechannel/@appid", appid, HOST, "name of the guest in the storage network"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (resource_type, "resource", RoostResource, resource_fields,
                    "Where the host puts the guest.");

#define T RoostKeywrapCipher
static const RoostField keywrap_cipher_fields[] = {
  ROW (ENUM, "@name", name, NEEDED | ABI, "the cipher", .names = roost_keywrap_name_names),
  ROW (ON_OFF, "@state", state, NEEDED | ABI, "on or off"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (keywrap_cipher_type, "keywrap-cipher", RoostKeywrapCipher,
                    keywrap_cipher_fields, "s390: protected keys of one cipher.");

#define T RoostKeywrap
static const RoostField keywrap_fields[] = {
  ROW (LIST, "cipher", ciphers, ABI, "ciphers", .type = &keywrap_cipher_type),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE_AT (keywrap_type, "keywrap", RoostKeywrap, keywrap_fields,
                       "s390: protected keys.", position);

#define T RoostLaunchSecurity
static const RoostField launch_security_fields[] = {
  ROW (ENUM, "@type", type, NEEDED | ABI, "the technique",
       .names = roost_launch_security_type_names),
  ROW (YES_NO, "@kernelHashes", kernel_hashes, ABI, "measure the kernel too", .only = "@type=sev"),
  ROW (UINT, "cbitpos", cbitpos, ABI, "bit that says that a page is encrypted",
       .only = "@type=sev", .max = G_MAXUINT32),
  ROW (UINT, "reducedPhysBits", reduced_phys_bits, ABI, "address bits that encryption takes",
       .only = "@type=sev", .max = G_MAXUINT32),
  ROW (UINT, "policy", policy, ABI, "what the host may do", .only = "@type=sev", .hex_digits = 4,
       .max = G_MAXUINT32),
  ROW (STRING, "dhCert", dh_cert, ABI, "key of the guest's owner, base64", .only = "@type=sev"),
  ROW (STRING, "session", session, ABI, "session of the guest's owner, base64",
       .only = "@type=sev"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE_AT (launch_security_type, "launch-security", RoostLaunchSecurity,
                       launch_security_fields, "Memory that the host cannot read.", position);

#define T RoostQemuArg
static const RoostField qemu_arg_fields[] = {
  ROW (STRING, "@value", value, NEEDED | ABI, "one argument"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (qemu_arg_type, "qemu-arg", RoostQemuArg, qemu_arg_fields,
                    "Added to the command line; without warranty.");

#define T RoostQemuEnv
static const RoostField qemu_env_fields[] = {
  ROW (STRING, "@name", name, NEEDED, "name of the variable"),
  ROW (STRING, "@value", value, HOST, "its value"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (qemu_env_type, "qemu-env", RoostQemuEnv, qemu_env_fields,
                    "Added to QEMU's environment.");

#define T RoostQemuCapability
static const RoostField qemu_capability_fields[] = {
  ROW (STRING, "@capability", capability, NEEDED, "name"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (qemu_capability_type, "qemu-capability", RoostQemuCapability,
                    qemu_capability_fields, "What the binary is taken to be able to do.");

#define T RoostQemuProperty
static const RoostField qemu_property_fields[] = {
  ROW (STRING, "@name", name, NEEDED | ABI, "name of the property"),
  ROW (ENUM, "@type", type, NEEDED | ABI, "type of the value", .names = roost_property_type_names),
  ROW (STRING, "@value", value, ABI, "the value"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (qemu_property_type, "qemu-property", RoostQemuProperty, qemu_property_fields,
                    "A property of a device as QEMU names it.");

#define T RoostQemuOverride
static const RoostField qemu_override_fields[] = {
  ROW (STRING, "@alias", alias, NEEDED, "the device"),
  ROW (LIST, "qemu:frontend/qemu:property", properties, ABI, "what the guest sees",
       .type = &qemu_property_type),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (qemu_override_type, "qemu-override", RoostQemuOverride, qemu_override_fields,
                    "Other properties of one device; without warranty.");

#define T RoostDevices
static const RoostField devices_fields[] = {
  ROW (STRING, "emulator", emulator, HOST, "path of QEMU"),
  ROW (LIST, "disk", disks, ABI, "disks", .type = &roost_disk_type),
  ROW (LIST, "controller", controllers, ABI, "controllers", .type = &roost_controller_type),
  ROW (LIST, "lease", leases, HOST, "leases", .type = &roost_lease_type),
  ROW (LIST, "filesystem", filesystems, ABI, "shared folders", .type = &roost_filesystem_type),
  ROW (LIST, "interface", interfaces, ABI, "network cards", .type = &roost_interface_type),
  ROW (LIST, "smartcard", smartcards, ABI, "smartcards", .type = &roost_smartcard_type),
  ROW (LIST, "serial", serials, ABI, "serial ports", .type = &roost_serial_type),
  ROW (LIST, "parallel", parallels, ABI, "parallel ports", .type = &roost_parallel_type),
  ROW (LIST, "console", consoles, ABI, "consoles", .type = &roost_console_type),
  ROW (LIST, "channel", channels, ABI, "channels", .type = &roost_channel_type),
  ROW (LIST, "input", inputs, ABI, "input devices", .type = &roost_input_type),
  ROW (LIST, "tpm", tpms, ABI, "trusted platform modules", .type = &roost_tpm_type),
  ROW (LIST, "graphics", graphics, HOST, "screens", .type = &roost_graphics_type),
  ROW (LIST, "sound", sounds, ABI, "sound cards", .type = &roost_sound_type),
  ROW (LIST, "audio", audios, HOST, "where sound goes", .type = &roost_audio_type),
  ROW (LIST, "video", videos, ABI, "graphics cards", .type = &roost_video_type),
  ROW (LIST, "hostdev", hostdevs, ABI, "devices of the host", .type = &roost_hostdev_type),
  ROW (LIST, "redirdev", redirdevs, ABI, "redirected devices", .type = &roost_redirdev_type),
  ROW (STRUCT, "redirfilter", redirfilter, HOST | ROOST_FIELD_ONCE, "which devices", .type = &roost_redirfilter_type),
  ROW (LIST, "hub", hubs, ABI, "hubs", .type = &roost_hub_type),
  ROW (LIST, "watchdog", watchdogs, ABI, "watchdogs", .type = &roost_watchdog_type),
  ROW (STRUCT, "memballoon", memballoon, ABI | ROOST_FIELD_ONCE, "memory balloon", .type = &roost_memballoon_type),
  ROW (LIST, "rng", rngs, ABI, "random numbers", .type = &roost_rng_type),
  ROW (STRUCT, "nvram", nvram, ABI | ROOST_FIELD_ONCE, "pseries: NVRAM", .type = &roost_nvram_type),
  ROW (LIST, "panic", panics, ABI, "crash reports", .type = &roost_panic_type),
  ROW (LIST, "shmem", shmems, ABI, "shared memory", .type = &roost_shmem_type),
  ROW (LIST, "memory", memories, ABI, "memory modules", .type = &roost_memory_device_type),
  ROW (STRUCT, "iommu", iommu, ABI | ROOST_FIELD_ONCE, "IOMMU", .type = &roost_iommu_type),
  ROW (STRUCT, "vsock", vsock, ABI | ROOST_FIELD_ONCE, "sockets to the host", .type = &roost_vsock_type),
  ROW (LIST, "crypto", cryptos, ABI, "cryptography", .type = &roost_crypto_type),
  ROW (STRUCT, "pstore", pstore, ABI | ROOST_FIELD_ONCE, "crash records", .type = &roost_pstore_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_devices_type, "devices", RoostDevices, devices_fields, "The devices.");

static const RoostNamespace namespaces[] = {
  { "qemu", "http://libvirt.org/schemas/domain/qemu/1.0" },
  { NULL, NULL }
};

#define T RoostDomainConfig
static const RoostField domain_fields[] = {
  ROW (ENUM, "@type", type, NEEDED | ABI, "what runs it", .names = roost_virt_type_names),
  ROW (UINT, "@id", id, OUTPUT, "number of the running guest", .max = G_MAXINT32),
  ROW (XML, "@xmlns:*", foreign_namespaces, HOST, "namespaces of others"),
  ROW (STRING, "name", name, NEEDED, "name, unique in this host"),
  ROW (UUID, "uuid", uuid, ABI, "unique everywhere; made when it is missing"),
  ROW (FLAG, "genid", has_genid, ABI, "tells the guest that it was cloned or went back in time"),
  ROW (UUID, "genid", genid, ABI, "the number that it sees; made when it is missing"),
  ROW (STRING, "title", title, LIVE, "a line for people"),
  ROW (STRING, "description", description, LIVE, "text for people"),
  ROW (XML, "metadata", metadata, LIVE, "what applications keep here, untouched"),
  ROW (STRUCT, "resource", resource, HOST, "where the host puts it", .type = &resource_type),
  ROW (UINT, "maxMemory/@slots", max_memory_slots, ABI, "places for memory modules",
       .max = G_MAXUINT32),
  ROW (SIZE, "maxMemory", max_memory, ABI, "memory with all modules", .unit = "KiB"),
  ROW (SIZE, "memory", memory, ABI, "memory at start", .unit = "KiB"),
  ROW (ON_OFF, "memory/@dumpCore", dump_core, HOST, "is it in core dumps of QEMU?"),
  ROW (SIZE, "currentMemory", current_memory, LIVE, "memory that the balloon leaves",
       .unit = "KiB"),
  ROW (EMBED, "blkiotune", blkiotune, HOST, "disks", .type = &roost_blkiotune_type),
  ROW (EMBED, "memtune", memtune, HOST, "limits", .type = &roost_memtune_type),
  ROW (EMBED, "memoryBacking", memory_backing, HOST, "backing",
       .type = &roost_memory_backing_type),
  ROW (ENUM, "vcpu/@placement", vcpu_placement, HOST, "who chooses the host's processors",
       .names = roost_placement_names),
  ROW (BITMAP, "vcpu/@cpuset", vcpu_cpuset, HOST, "processors of the host"),
  ROW (UINT, "vcpu/@current", current_vcpus, LIVE, "processors at start", .min = 1,
       .max = G_MAXUINT16),
  ROW (UINT, "vcpu", vcpus, ABI, "processors at most", .min = 1, .max = G_MAXUINT16,
       .fallback = "1"),
  ROW (LIST, "vcpus/vcpu", vcpu_list, LIVE, "each of them", .type = &roost_vcpu_type),
  ROW (UINT, "iothreads", iothreads, HOST, "how many I/O threads", .max = G_MAXUINT16),
  ROW (LIST, "iothreadids/iothread", iothread_ids, HOST, "each of them",
       .type = &roost_iothread_type),
  ROW (FLAG, "defaultiothread", has_default_iothread, HOST, "the main loop"),
  ROW (INT, "defaultiothread/@thread_pool_min", default_iothread_pool_min, HOST,
       "threads that wait for work"),
  ROW (INT, "defaultiothread/@thread_pool_max", default_iothread_pool_max, HOST,
       "threads at most"),
  ROW (EMBED, "cputune", cputune, HOST, "scheduling", .type = &roost_cputune_type),
  ROW (EMBED, "numatune", numatune, HOST, "NUMA nodes of the host", .type = &roost_numatune_type),
  ROW (LIST, "sysinfo", sysinfos, ABI, "SMBIOS and fw_cfg", .type = &roost_sysinfo_type),
  ROW (STRING, "bootloader", bootloader, HOST, "kept; of Xen"),
  ROW (STRING, "bootloader_args", bootloader_args, HOST, "kept; of Xen"),
  ROW (EMBED, "os", os, HOST, "machine and boot", .type = &roost_os_type),
  ROW (LIST, "idmap/uid", idmap_uids, HOST, "users", .type = &idmap_entry_type),
  ROW (LIST, "idmap/gid", idmap_gids, HOST, "groups", .type = &idmap_entry_type),
  ROW (FLAG, "features", features.is_given, HOST, "switches"),
  ROW (EMBED, "features", features, HOST, "switches", .type = &roost_features_type),
  ROW (STRUCT, "cpu", cpu, ABI, "the processor", .type = &roost_cpu_type),
  ROW (FLAG, "clock", clock.is_given, HOST, "clock"),
  ROW (EMBED, "clock", clock, HOST, "clock", .type = &roost_clock_type),
  ROW (ENUM, "on_poweroff", on_poweroff, HOST, "when the guest switches itself off",
       .names = roost_lifecycle_names, .fallback = "destroy"),
  ROW (ENUM, "on_reboot", on_reboot, HOST, "when the guest restarts itself",
       .names = roost_lifecycle_names, .fallback = "restart"),
  ROW (ENUM, "on_crash", on_crash, HOST, "when the guest crashes", .names = roost_lifecycle_names,
       .fallback = "destroy"),
  ROW (ENUM, "on_lockfailure", on_lockfailure, HOST, "when a lock is lost",
       .names = roost_lock_failure_names),
  ROW (YES_NO, "pm/suspend-to-mem/@enabled", suspend_to_mem, ABI, "ACPI S3"),
  ROW (YES_NO, "pm/suspend-to-disk/@enabled", suspend_to_disk, ABI, "ACPI S4"),
  ROW (LIST, "perf/event", perf_events, HOST, "events to count", .type = &perf_event_type),
  ROW (EMBED, "devices", devices, HOST, "devices", .type = &roost_devices_type),
  ROW (LIST, "seclabel", seclabels, HOST, "security labels", .type = &roost_seclabel_type),
  ROW (STRUCT, "keywrap", keywrap, ABI, "s390: protected keys", .type = &keywrap_type),
  ROW (STRUCT, "launchSecurity", launch_security, ABI, "encrypted memory",
       .type = &launch_security_type),
  ROW (LIST, "qemu:commandline/qemu:arg", qemu_args, ABI, "arguments", .type = &qemu_arg_type),
  ROW (LIST, "qemu:commandline/qemu:env", qemu_envs, HOST, "environment", .type = &qemu_env_type),
  ROW (LIST, "qemu:capabilities/qemu:add", qemu_capability_adds, HOST, "taken as there",
       .type = &qemu_capability_type),
  ROW (LIST, "qemu:capabilities/qemu:del", qemu_capability_dels, HOST, "taken as missing",
       .type = &qemu_capability_type),
  ROW (LIST, "qemu:override/qemu:device", qemu_overrides, ABI, "properties",
       .type = &qemu_override_type),
  ROW (ENUM, "qemu:deprecation/@behavior", qemu_deprecation, HOST,
       "what QEMU does when an old interface is used", .names = roost_deprecation_behavior_names),
  ROW (XML, "*", foreign, HOST, "elements of others, untouched"),
  ROOST_FIELD_END
};
#undef T
const RoostType roost_domain_type = {
  .name = "domain",
  .size = sizeof (RoostDomainConfig),
  .fields = domain_fields,
  .doc = "A virtual machine.",
  .namespaces = namespaces,
  .places = G_STRUCT_OFFSET (RoostDomainConfig, places),
};
