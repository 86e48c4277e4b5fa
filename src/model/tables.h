/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-types.h"

/*
 * The field tables of the domain document, one RoostType per struct; private to model/. In a table
 * file T is the struct that a table describes:
 *
 *   #define T RoostHub
 *   static const RoostField hub_fields[] = {
 *     ROW (ENUM, "@type", type, ABI, "the bus that the hub extends", .names =
 * roost_hub_type_names), ROOST_FIELD_END
 *   };
 *   #undef T
 */
#define ROW(kind_, path_, member, flags_, doc_, ...)                                               \
  {                                                                                                \
    .path = path_, .kind = ROOST_FIELD_##kind_, .offset = G_STRUCT_OFFSET (T, member),             \
    .flags = flags_, .doc = doc_, __VA_ARGS__                                                      \
  }

/* The groups of rows that stand in the element of the device itself. */
#define ROW_GROUP(member, type_)                                                                   \
  {                                                                                                \
    .path = ".", .kind = ROOST_FIELD_EMBED, .offset = G_STRUCT_OFFSET (T, member), .type = &type_  \
  }

#define DEFINE_TYPE(symbol, name_, Struct, fields_, doc_)                                          \
  const RoostType symbol = {                                                                       \
    .name = name_, .size = sizeof (Struct), .fields = fields_, .doc = doc_                         \
  }

#define DEFINE_TYPE_AT(symbol, name_, Struct, fields_, doc_, member)                               \
  const RoostType symbol = { .name = name_,                                                        \
                             .size = sizeof (Struct),                                              \
                             .fields = fields_,                                                    \
                             .doc = doc_,                                                          \
                             .position = G_STRUCT_OFFSET (Struct, member) }

enum
{
  HOST = 0, /* only the host is concerned */
  ABI = ROOST_FIELD_ABI,
  NEEDED = ROOST_FIELD_REQUIRED,
  SECRET = ROOST_FIELD_SECRET,
  OUTPUT = ROOST_FIELD_OUTPUT,
  LIVE = ROOST_FIELD_LIVE,
};

/* tables-common.c */
extern const RoostType roost_address_type, roost_device_info_type, roost_virtio_options_type;
extern const RoostType roost_seclabel_type, roost_device_seclabel_type, roost_reconnect_type;
extern const RoostType roost_secret_type, roost_char_source_type, roost_backend_source_type;
extern const RoostType roost_text_type;

/* tables-source.c, tables-disk.c */
extern const RoostType roost_auth_type, roost_encryption_type, roost_net_host_type;
extern const RoostType roost_storage_source_type, roost_nvram_source_type;
extern const RoostType roost_backing_store_type, roost_mirror_type;
extern const RoostType roost_disk_type, roost_controller_type, roost_lease_type;
extern const RoostType roost_iotune_type;

/* tables-net.c, tables-hostdev.c */
extern const RoostType roost_interface_type, roost_hostdev_type, roost_redirdev_type;
extern const RoostType roost_redirfilter_type;

/* tables-chardev.c, tables-devices.c */
extern const RoostType roost_serial_type, roost_parallel_type, roost_console_type;
extern const RoostType roost_channel_type, roost_smartcard_type;
extern const RoostType roost_input_type, roost_hub_type, roost_watchdog_type, roost_memballoon_type;
extern const RoostType roost_rng_type, roost_tpm_type, roost_panic_type, roost_shmem_type;
extern const RoostType roost_nvram_type, roost_iommu_type, roost_vsock_type, roost_crypto_type;
extern const RoostType roost_memory_device_type, roost_pstore_type;

/* tables-media.c, tables-audio.c, tables-filesystem.c */
extern const RoostType roost_graphics_type, roost_video_type, roost_sound_type, roost_audio_type;
extern const RoostType roost_filesystem_type;

/* tables-cpu.c, tables-tune.c, tables-os.c, tables-features.c */
extern const RoostType roost_cpu_type, roost_vcpu_type, roost_iothread_type;
extern const RoostType roost_cputune_type, roost_numatune_type, roost_memtune_type;
extern const RoostType roost_blkiotune_type, roost_memory_backing_type;
extern const RoostType roost_os_type, roost_sysinfo_type, roost_features_type, roost_clock_type;

/* tables-domain.c */
extern const RoostType roost_domain_type, roost_devices_type;
