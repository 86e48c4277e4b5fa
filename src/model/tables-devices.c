/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/tables.h"

/* Tables are read row by row. */
/* clang-format off */

#define T RoostInput
static const RoostField input_fields[] = {
  ROW (ENUM, "@type", type, NEEDED | ABI, "kind of device", .names = roost_input_type_names),
  ROW (ENUM, "@bus", bus, ABI, "where it is plugged in", .names = roost_input_bus_names),
  ROW (ENUM, "@model", model, ABI, "virtio: with or without the legacy interface",
       .names = roost_virtio_model_names),
  ROW_GROUP (virtio, roost_virtio_options_type),
  ROW (STRING, "source/@dev", dev, HOST, "evdev: the host's device", .only = "@type=evdev"),
  ROW (STRING, "source/@evdev", evdev, HOST, "passthrough: the host's device",
       .only = "@type=passthrough"),
  ROW (ENUM, "source/@grab", grab, HOST, "evdev: grab all devices together",
       .names = roost_input_grab_names),
  ROW (ENUM, "source/@grabToggle", grab_toggle, HOST, "evdev: keys that give them back",
       .names = roost_input_toggle_names),
  ROW (ON_OFF, "source/@repeat", repeat, HOST, "evdev: repeat pressed keys"),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_input_type, "input", RoostInput, input_fields, "Keyboard, mouse, tablet.",
                info.position);

#define T RoostHub
static const RoostField hub_fields[] = {
  ROW (ENUM, "@type", type, NEEDED | ABI, "kind of bus", .names = roost_hub_type_names),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_hub_type, "hub", RoostHub, hub_fields, "More ports.", info.position);

#define T RoostWatchdog
static const RoostField watchdog_fields[] = {
  ROW (ENUM, "@model", model, NEEDED | ABI, "the device", .names = roost_watchdog_model_names),
  ROW (ENUM, "@action", action, HOST, "when the guest stops feeding it",
       .names = roost_watchdog_action_names, .fallback = "reset"),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_watchdog_type, "watchdog", RoostWatchdog, watchdog_fields,
                "Acts when the guest hangs.", info.position);

#define T RoostMemballoon
static const RoostField memballoon_fields[] = {
  ROW (ENUM, "@model", model, NEEDED | ABI, "the device; 'none' for no balloon",
       .names = roost_balloon_model_names),
  ROW (ON_OFF, "@autodeflate", autodeflate, ABI, "give memory back before the guest runs out"),
  ROW (ON_OFF, "@freePageReporting", free_page_reporting, ABI,
       "the guest tells what it does not use"),
  ROW (UINT, "stats/@period", stats_period_s, LIVE, "seconds between the guest's statistics",
       .max = G_MAXINT32),
  ROW_GROUP (virtio, roost_virtio_options_type),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_memballoon_type, "memballoon", RoostMemballoon, memballoon_fields,
                "Takes memory from the guest and gives it back.", info.position);

#define T RoostRng
static const RoostField rng_fields[] = {
  ROW (ENUM, "@model", model, NEEDED | ABI, "the device", .names = roost_virtio_model_names),
  ROW (UINT, "rate/@bytes", rate_bytes, ABI, "bytes in each period", .max = G_MAXUINT32),
  ROW (UINT, "rate/@period", rate_period_ms, ABI, "milliseconds", .max = G_MAXUINT32,
       .fallback = "1000"),
  ROW (ENUM, "backend/@model", backend, NEEDED, "where the numbers come from",
       .names = roost_rng_backend_names),
  ROW (STRING, "backend", device, HOST, "random: the host's device", .fallback = "/dev/random"),
  ROW_GROUP (source, roost_backend_source_type),
  ROW_GROUP (virtio, roost_virtio_options_type),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_rng_type, "rng", RoostRng, rng_fields, "Random numbers.", info.position);

#define T RoostTpm
static const RoostField tpm_fields[] = {
  ROW (ENUM, "@model", model, ABI, "the device", .names = roost_tpm_model_names),
  ROW (ENUM, "backend/@type", backend, NEEDED | ABI, "what is behind it",
       .names = roost_tpm_backend_names),
  ROW (ENUM, "backend/@version", version, ABI, "of the specification",
       .names = roost_tpm_version_names, .only = "backend/@type=emulator"),
  ROW (YES_NO, "backend/@persistent_state", persistent_state, HOST,
       "keep its state after undefine", .only = "backend/@type=emulator"),
  ROW (STRING, "backend/device/@path", device_path, HOST, "passthrough: the host's TPM",
       .only = "backend/@type=passthrough"),
  ROW (UUID, "backend/encryption/@secret", encryption_secret, HOST,
       "secret that encrypts its state", .only = "backend/@type=emulator"),
  ROW (FLAG, "backend/active_pcr_banks", has_pcr_banks, ABI,
       "which banks it has; else its own choice", .only = "backend/@type=emulator"),
  ROW (FLAG, "backend/active_pcr_banks/sha1", pcr_sha1, ABI, "SHA-1"),
  ROW (FLAG, "backend/active_pcr_banks/sha256", pcr_sha256, ABI, "SHA-256"),
  ROW (FLAG, "backend/active_pcr_banks/sha384", pcr_sha384, ABI, "SHA-384"),
  ROW (FLAG, "backend/active_pcr_banks/sha512", pcr_sha512, ABI, "SHA-512"),
  ROW (STRING, "backend/source/@type", source_type, HOST, "external: 'unix'",
       .only = "backend/@type=external"),
  ROW (STRING, "backend/source/@mode", source_mode, HOST, "external: 'connect'",
       .only = "backend/@type=external"),
  ROW (STRING, "backend/source/@path", source_path, HOST, "external: the socket",
       .only = "backend/@type=external"),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_tpm_type, "tpm", RoostTpm, tpm_fields, "A trusted platform module.",
                info.position);

#define T RoostPanic
static const RoostField panic_fields[] = {
  ROW (ENUM, "@model", model, ABI, "how the guest reports", .names = roost_panic_model_names),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_panic_type, "panic", RoostPanic, panic_fields, "The guest reports a crash.",
                info.position);

#define T RoostShmem
static const RoostField shmem_fields[] = {
  ROW (STRING, "@name", name, NEEDED, "names the memory"),
  ROW (ENUM, "@role", role, ABI, "what migration does with the memory",
       .names = roost_shmem_role_names),
  ROW (ENUM, "model/@type", model, ABI, "the device", .names = roost_shmem_model_names),
  ROW (SIZE, "size", size, ABI, "of the memory", .unit = "M",
       .shown_unit = "KiB"),
  ROW (FLAG, "server", has_server, HOST, "a server hands the memory out"),
  ROW (STRING, "server/@path", server_path, HOST, "the server's socket"),
  ROW (FLAG, "msi", has_msi, ABI, "message signalled interrupts"),
  ROW (UINT, "msi/@vectors", msi_vectors, ABI, "how many", .max = G_MAXUINT32),
  ROW (ON_OFF, "msi/@ioeventfd", msi_ioeventfd, HOST, "through eventfd"),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_shmem_type, "shmem", RoostShmem, shmem_fields,
                "Memory that guests share.", info.position);

#define T RoostNvram
static const RoostField nvram_fields[] = {
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_nvram_type, "nvram", RoostNvram, nvram_fields, "pseries: the NVRAM.",
                info.position);

#define T RoostIommu
static const RoostField iommu_fields[] = {
  ROW (ENUM, "@model", model, NEEDED | ABI, "the device", .names = roost_iommu_model_names),
  ROW (ON_OFF, "driver/@intremap", intremap, ABI, "remap interrupts"),
  ROW (ON_OFF, "driver/@caching_mode", caching_mode, ABI, "for passed-through devices"),
  ROW (ON_OFF, "driver/@eim", eim, ABI, "more than 255 processors"),
  ROW (ON_OFF, "driver/@iotlb", iotlb, ABI, "devices may cache translations"),
  ROW (UINT, "driver/@aw_bits", aw_bits, ABI, "width of addresses", .max = G_MAXUINT32),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_iommu_type, "iommu", RoostIommu, iommu_fields, "The guest's own IOMMU.",
                info.position);

#define T RoostVsock
static const RoostField vsock_fields[] = {
  ROW (ENUM, "@model", model, ABI, "the device", .names = roost_virtio_model_names),
  ROW (YES_NO, "cid/@auto", cid_auto, HOST, "choose a number at start"),
  ROW (UINT, "cid/@address", cid, ABI, "the number of the guest", .min = 3, .max = G_MAXUINT32),
  ROW_GROUP (virtio, roost_virtio_options_type),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_vsock_type, "vsock", RoostVsock, vsock_fields,
                "Sockets between host and guest.", info.position);

#define T RoostCrypto
static const RoostField crypto_fields[] = {
  ROW (ENUM, "@model", model, NEEDED | ABI, "the device", .names = roost_crypto_model_names),
  ROW (ENUM, "@type", type, NEEDED, "who does it", .names = roost_crypto_type_names),
  ROW (ENUM, "backend/@model", backend, NEEDED, "with what", .names = roost_crypto_backend_names),
  ROW (UINT, "backend/@queues", queues, ABI, "queues", .max = G_MAXUINT32),
  ROW_GROUP (virtio, roost_virtio_options_type),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_crypto_type, "crypto", RoostCrypto, crypto_fields,
                "Encrypts for the guest.", info.position);

#define T RoostMemoryDevice
static const RoostField memory_device_fields[] = {
  ROW (ENUM, "@model", model, NEEDED | ABI, "the device", .names = roost_memory_model_names),
  ROW (ENUM, "@access", access, HOST, "may others see the memory?",
       .names = roost_memory_access_names),
  ROW (YES_NO, "@discard", discard, HOST, "drop its content when the guest stops"),
  ROW (UUID, "uuid", uuid, ABI, "nvdimm on pseries: its UUID"),
  ROW (STRING, "source/path", path, HOST, "nvdimm, virtio-pmem: the file",
       .only = "@model=nvdimm|virtio-pmem"),
  ROW (SIZE, "source/alignsize", align_size, HOST, "nvdimm: alignment of the file", .unit = "KiB",
       .only = "@model=nvdimm"),
  ROW (FLAG, "source/pmem", pmem, HOST, "nvdimm: the file is on persistent memory",
       .only = "@model=nvdimm"),
  ROW (BITMAP, "source/nodemask", nodemask, HOST, "NUMA nodes of the host"),
  ROW (SIZE, "source/pagesize", pagesize, HOST, "size of the host's pages", .unit = "KiB"),
  ROW (SIZE, "target/size", size, NEEDED | ABI, "size", .unit = "KiB"),
  ROW (UINT, "target/node", node, ABI, "NUMA node of the guest", .max = G_MAXUINT32),
  ROW (SIZE, "target/block", block_size, ABI, "virtio-mem: size of a block", .unit = "KiB",
       .only = "@model=virtio-mem"),
  ROW (SIZE, "target/requested", requested_size, LIVE, "virtio-mem: what the guest is to have",
       .unit = "KiB", .only = "@model=virtio-mem"),
  ROW (SIZE, "target/current", current_size, OUTPUT, "virtio-mem: what the guest has",
       .unit = "KiB", .only = "@model=virtio-mem"),
  ROW (SIZE, "target/label/size", label_size, ABI, "nvdimm: for namespaces", .unit = "KiB",
       .only = "@model=nvdimm"),
  ROW (FLAG, "target/readonly", readonly, ABI, "nvdimm: the guest cannot write",
       .only = "@model=nvdimm"),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_memory_device_type, "memory-device", RoostMemoryDevice, memory_device_fields,
                "Memory that is plugged in.", info.position);

#define T RoostPstore
static const RoostField pstore_fields[] = {
  ROW (STRING, "@backend", type, NEEDED, "'acpi-erst'"),
  ROW (STRING, "path", path, HOST, "file that keeps the records"),
  ROW (SIZE, "size", size, ABI, "of the file", .unit = "KiB"),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_pstore_type, "pstore", RoostPstore, pstore_fields,
                "Where a crashing guest leaves a record.", info.position);
