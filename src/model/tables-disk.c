/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/tables.h"

/* Tables are read row by row. */
/* clang-format off */

#define T RoostIotune
#define LIMIT(name, doc) ROW (UINT, #name, name, LIVE, doc)
static const RoostField iotune_fields[] = {
  LIMIT (total_bytes_sec, "bytes per second, reading and writing together"),
  LIMIT (read_bytes_sec, "bytes read per second"),
  LIMIT (write_bytes_sec, "bytes written per second"),
  LIMIT (total_iops_sec, "operations per second, reading and writing together"),
  LIMIT (read_iops_sec, "reads per second"),
  LIMIT (write_iops_sec, "writes per second"),
  LIMIT (total_bytes_sec_max, "bytes per second during a burst"),
  LIMIT (read_bytes_sec_max, "bytes read per second during a burst"),
  LIMIT (write_bytes_sec_max, "bytes written per second during a burst"),
  LIMIT (total_iops_sec_max, "operations per second during a burst"),
  LIMIT (read_iops_sec_max, "reads per second during a burst"),
  LIMIT (write_iops_sec_max, "writes per second during a burst"),
  LIMIT (size_iops_sec, "bytes that count as one operation"),
  ROW (STRING, "group_name", group_name, LIVE, "disks of one group share the limits"),
  LIMIT (total_bytes_sec_max_length, "seconds that a burst may last"),
  LIMIT (read_bytes_sec_max_length, "seconds that a burst of reading may last"),
  LIMIT (write_bytes_sec_max_length, "seconds that a burst of writing may last"),
  LIMIT (total_iops_sec_max_length, "seconds that a burst may last"),
  LIMIT (read_iops_sec_max_length, "seconds that a burst of reads may last"),
  LIMIT (write_iops_sec_max_length, "seconds that a burst of writes may last"),
  ROOST_FIELD_END
};
#undef LIMIT
#undef T
DEFINE_TYPE (roost_iotune_type, "iotune", RoostIotune, iotune_fields, "Limits of a disk's speed.");

#define T RoostDisk
static const RoostField disk_fields[] = {
  ROW (ENUM, "@type", source.type, HOST, "what <source> names", .names = roost_source_type_names,
       .fallback = "file"),
  ROW (ENUM, "@device", device, ABI, "what the guest sees", .names = roost_disk_device_names,
       .fallback = "disk"),
  ROW (ENUM, "@model", model, ABI, "virtio: with or without the legacy interface",
       .names = roost_virtio_model_names),
  ROW (YES_NO, "@rawio", rawio, HOST, "lun: may the guest send any SCSI command?"),
  ROW (ENUM, "@sgio", sgio, HOST, "lun: are SCSI commands filtered?",
       .names = roost_disk_sgio_names),
  ROW (ENUM, "@snapshot", snapshot, HOST, "what snapshots do with it by default",
       .names = roost_disk_snapshot_names),
  ROW (STRING, "driver/@name", driver_name, HOST, "'qemu'"),
  ROW (STRING, "driver/@type", format, HOST, "format of the image", .fallback = "raw"),
  ROW (ENUM, "driver/@cache", cache, HOST, "use of the host's page cache",
       .names = roost_disk_cache_names),
  ROW (ENUM, "driver/@error_policy", error_policy, HOST, "when writing fails",
       .names = roost_disk_error_policy_names),
  ROW (ENUM, "driver/@rerror_policy", rerror_policy, HOST, "when reading fails",
       .names = roost_disk_error_policy_names),
  ROW (ENUM, "driver/@io", io, HOST, "how the host does it", .names = roost_disk_io_names),
  ROW (ON_OFF, "driver/@ioeventfd", ioeventfd, HOST,
       "virtio: handle I/O outside the vCPU threads"),
  ROW (ON_OFF, "driver/@event_idx", event_idx, ABI, "virtio: fewer interrupts"),
  ROW (ON_OFF, "driver/@copy_on_read", copy_on_read, HOST,
       "copy what is read from the backing file"),
  ROW (ENUM, "driver/@discard", discard, HOST, "pass the guest's discards on?",
       .names = roost_disk_discard_names),
  ROW (UINT, "driver/@iothread", iothread, HOST, "the I/O thread that serves it", .min = 1,
       .max = G_MAXUINT32),
  ROW (ENUM, "driver/@detect_zeroes", detect_zeroes, HOST, "look for writes of zeroes",
       .names = roost_detect_zeroes_names),
  ROW (UINT, "driver/@queues", queues, ABI, "virtio queues", .min = 1, .max = G_MAXUINT32),
  ROW (UINT, "driver/@queue_size", queue_size, ABI, "entries in each virtio queue",
       .max = G_MAXUINT32),
  ROW (ON_OFF, "driver/@discard_no_unref", discard_no_unref, HOST,
       "qcow2: keep clusters in place"),
  ROW_GROUP (virtio, roost_virtio_options_type),
  ROW (SIZE, "driver/metadata_cache/max_size", cache_max_size, HOST,
       "qcow2: of the metadata cache", .unit = "bytes"),
  ROW (STRUCT, "auth", auth, HOST, "old place of source/auth", .type = &roost_auth_type),
  ROW_GROUP (source, roost_storage_source_type),
  ROW (STRUCT, "backingStore", backing_store, HOST,
       "the image below; without it, it is looked for", .type = &roost_backing_store_type),
  ROW (STRING, "backenddomain/@name", backenddomain, HOST, "kept; QEMU has no driver domains"),
  ROW (UINT, "geometry/@cyls", cylinders, ABI, "cylinders", .max = G_MAXUINT32),
  ROW (UINT, "geometry/@heads", heads, ABI, "heads", .max = G_MAXUINT32),
  ROW (UINT, "geometry/@secs", sectors, ABI, "sectors in a track", .max = G_MAXUINT32),
  ROW (ENUM, "geometry/@trans", geometry_trans, ABI, "how the BIOS translates it",
       .names = roost_disk_geometry_trans_names),
  ROW (UINT, "blockio/@logical_block_size", logical_block_size, ABI, "bytes", .max = G_MAXUINT32),
  ROW (UINT, "blockio/@physical_block_size", physical_block_size, ABI, "bytes",
       .max = G_MAXUINT32),
  ROW (UINT, "blockio/@discard_granularity", discard_granularity, ABI, "bytes",
       .max = G_MAXUINT32),
  ROW (STRUCT, "mirror", mirror, OUTPUT, "a running block job", .type = &roost_mirror_type),
  ROW (STRING, "target/@dev", target, NEEDED, "name here; its letter gives the place on the bus"),
  ROW (ENUM, "target/@bus", bus, ABI, "kind of bus; else the name says it",
       .names = roost_disk_bus_names),
  ROW (ENUM, "target/@tray", tray, HOST, "removable media: is the tray out?",
       .names = roost_disk_tray_names, .fallback = "closed"),
  ROW (ON_OFF, "target/@removable", removable, ABI, "usb, scsi: says that it is removable"),
  ROW (UINT, "target/@rotation_rate", rotation_rate, ABI, "per minute; 1 = solid state",
       .max = 65534),
  ROW (EMBED, "iotune", iotune, HOST, "limits", .type = &roost_iotune_type),
  ROW (FLAG, "readonly", readonly, ABI, "the guest cannot write"),
  ROW (FLAG, "shareable", shareable, HOST, "other guests may use it at the same time"),
  ROW (FLAG, "transient", transient, HOST, "forget what was written when the guest stops"),
  ROW (YES_NO, "transient/@shareBacking", transient_share_backing, HOST,
       "several guests may share the base of the transient disk"),
  ROW (STRING, "serial", serial, ABI, "serial number"),
  ROW (STRING, "wwn", wwn, ABI, "world wide name, 16 hexadecimal digits"),
  ROW (STRING, "vendor", vendor, ABI, "scsi: up to 8 printable characters"),
  ROW (STRING, "product", product, ABI, "scsi: up to 16 printable characters"),
  ROW (STRUCT, "encryption", encryption, HOST, "old place of source/encryption",
       .type = &roost_encryption_type),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_disk_type, "disk", RoostDisk, disk_fields, "A disk or a drive.",
                info.position);

#define T RoostController
static const RoostField controller_fields[] = {
  ROW (ENUM, "@type", type, NEEDED | ABI, "what it controls",
       .names = roost_controller_type_names),
  ROW (INT, "@index", index, ABI, "number among those of its type, that addresses refer to"),
  ROW (ENUM, "@model", model, ABI, "the device", .names = roost_controller_model_names),
  ROW (UINT, "@ports", ports, ABI, "how many ports it has", .only = "@type=virtio-serial|usb",
       .max = G_MAXINT32),
  ROW (UINT, "@vectors", vectors, ABI, "interrupt vectors", .only = "@type=virtio-serial",
       .max = G_MAXINT32),
  ROW (UINT, "@maxGrantFrames", max_grant_frames, HOST, "Xen", .only = "@type=xenbus"),
  ROW (UINT, "@maxEventChannels", max_event_channels, HOST, "Xen", .only = "@type=xenbus"),
  ROW (UINT, "driver/@queues", driver_queues, ABI, "scsi: virtio queues", .max = G_MAXUINT32),
  ROW (UINT, "driver/@cmd_per_lun", cmd_per_lun, ABI, "scsi: commands per unit",
       .max = G_MAXUINT32),
  ROW (UINT, "driver/@max_sectors", max_sectors, ABI, "scsi: sectors of one transfer",
       .max = G_MAXUINT32),
  ROW (ON_OFF, "driver/@ioeventfd", ioeventfd, HOST, "scsi: handle I/O outside the vCPU threads"),
  ROW (UINT, "driver/@iothread", iothread, HOST, "scsi: the I/O thread that serves it",
       .max = G_MAXUINT32),
  ROW_GROUP (virtio, roost_virtio_options_type),
  ROW (ENUM, "model/@name", model_name, ABI, "pci: the device in QEMU",
       .names = roost_pci_model_name_names, .only = "@type=pci"),
  ROW (UINT, "target/@chassisNr", chassis_nr, ABI, "pci-bridge: number of the chassis",
       .only = "@type=pci", .max = 255),
  ROW (UINT, "target/@chassis", chassis, ABI, "PCI Express ports: number of the chassis",
       .only = "@type=pci", .max = 255),
  ROW (UINT, "target/@port", port, ABI, "PCI Express ports: number of the port",
       .only = "@type=pci", .hex_digits = 1, .max = 255),
  ROW (UINT, "target/@busNr", bus_nr, ABI, "expanders: number of the first bus",
       .only = "@type=pci", .min = 1, .max = 254),
  ROW (UINT, "target/@index", target_index, ABI, "pseries: number of the host bridge",
       .only = "@type=pci", .max = 30),
  ROW (ON_OFF, "target/@hotplug", hotplug, ABI, "may devices be plugged in and out?",
       .only = "@type=pci"),
  ROW (UINT, "target/node", numa_node, ABI, "NUMA node of the guest that it is near to",
       .only = "@type=pci", .max = G_MAXINT32),
  ROW (SIZE, "pcihole64", pcihole64, ABI, "pci-root: size of the 64-bit window", .unit = "KiB",
       .only = "@type=pci"),
  ROW (UINT, "master/@startport", master_startport, ABI, "usb: companion of an EHCI controller",
       .only = "@type=usb", .max = G_MAXINT32),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_controller_type, "controller", RoostController, controller_fields,
                "Where other devices are plugged in.", info.position);

#define T RoostLease
static const RoostField lease_fields[] = {
  ROW (STRING, "lockspace", lockspace, HOST, "kept for the lock manager"),
  ROW (STRING, "key", key, NEEDED, "what to lock"),
  ROW (STRING, "target/@path", target_path, NEEDED, "file of the lease"),
  ROW (UINT, "target/@offset", target_offset, HOST, "byte in the file"),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_lease_type, "lease", RoostLease, lease_fields,
                "A lease that the guest needs.", info.position);
