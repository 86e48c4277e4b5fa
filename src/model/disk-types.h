/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device-common.h"

/* Disks with their sources, and controllers. */

typedef struct
{
  char *name, *port, *socket;
  RoostHostTransport transport;
} RoostNetHost;

typedef struct
{
  char *username;
  RoostSecret *secret;
} RoostSourceAuth;

typedef struct
{
  RoostEncryptionFormat format;
  RoostPosition position;
  RoostEncryptionEngine engine;
  GPtrArray *secrets; /* of RoostSecret */
  gboolean has_cipher;
  char *cipher_name, *cipher_mode, *cipher_hash;
  RoostUint cipher_size;
  gboolean has_ivgen;
  char *ivgen_name, *ivgen_hash;
} RoostEncryption;

typedef struct
{
  char *type; /* "storage" */
  RoostUint offset, size;
} RoostSlice;

typedef struct
{
  char *name, *value;
} RoostCookie;

typedef struct
{
  RoostTristate enabled, managed;
  char *type, *path, *mode; /* <source type='unix' path= mode='client'> */
} RoostReservations;

/* Where the bytes of a disk, a backing file, a mirror or NVRAM are. */
typedef struct
{
  RoostSourceType type; /* the type attribute of the element around <source> */
  gboolean is_given;    /* there is a <source> element; without one the drive is empty */
  RoostUint index;      /* node number; live */
  char *file, *dev, *dir;
  char *pool, *volume;  /* volume */
  RoostSourceMode mode; /* volume */
  RoostNetProtocol protocol;
  char *name, *query; /* network: image or export name */
  RoostTristate tls;
  char *tls_hostname;
  RoostTristate tls_from_config;
  char *snapshot_name, *config_file;
  GPtrArray *hosts; /* of RoostNetHost */
  RoostSourceAuth *auth;
  RoostEncryption *encryption;
  RoostReservations *reservations;
  char *initiator_iqn;
  RoostTristate ssl_verify;
  GPtrArray *cookies; /* of RoostCookie */
  RoostUint readahead, timeout_s;
  GPtrArray *slices; /* of RoostSlice */
  char *ssh_user, *ssh_known_hosts, *ssh_identity_username, *ssh_identity_keyfile;
  char *nfs_user, *nfs_group;
  char *transport_type;       /* nvme: "pci"; vhostuser: "unix" */
  RoostTristate nvme_managed; /* nvme */
  RoostUint nvme_namespace;
  RoostUint nvme_domain, nvme_bus, nvme_slot, nvme_function;
  char *path;               /* vhostuser socket, vhostvdpa device is .dev */
  RoostReconnect reconnect; /* nbd, vhostuser */
  RoostStartupPolicy startup_policy;
  char *fdgroup;
  GPtrArray *seclabels; /* of RoostSeclabel */
  char *relative_path;  /* backing stores */
} RoostStorageSource;

/* Does <source> say where the bytes are (an empty CD drive does not)? */
gboolean roost_storage_source_is_empty (const RoostStorageSource *source);

typedef struct RoostBackingStore RoostBackingStore;
struct RoostBackingStore
{
  RoostUint index;
  RoostPosition position;
  char *format; /* NULL in the empty element that ends a chain */
  RoostUint cache_max_size;
  RoostStorageSource source; /* source.type is unset in the empty element */
  RoostBackingStore *backing_store;
};

typedef struct
{
  RoostMirrorJob job;
  RoostMirrorReady ready;
  char *old_file, *old_format; /* attributes of old status files */
  char *format;
  RoostUint cache_max_size;
  RoostStorageSource source;
  RoostBackingStore *backing_store;
} RoostMirror;

typedef struct
{
  RoostUint total_bytes_sec, read_bytes_sec, write_bytes_sec;
  RoostUint total_iops_sec, read_iops_sec, write_iops_sec;
  RoostUint total_bytes_sec_max, read_bytes_sec_max, write_bytes_sec_max;
  RoostUint total_iops_sec_max, read_iops_sec_max, write_iops_sec_max;
  RoostUint size_iops_sec;
  char *group_name;
  RoostUint total_bytes_sec_max_length, read_bytes_sec_max_length, write_bytes_sec_max_length;
  RoostUint total_iops_sec_max_length, read_iops_sec_max_length, write_iops_sec_max_length;
} RoostIotune;

typedef struct
{
  RoostDeviceInfo info;
  RoostVirtioModel model;
  RoostDiskDevice device;
  RoostTristate rawio;
  RoostDiskSgio sgio;
  RoostDiskSnapshot snapshot;
  char *driver_name;
  char *format; /* driver/@type: "raw", "qcow2"; a string, the binary decides */
  RoostDiskCache cache;
  RoostDiskErrorPolicy error_policy, rerror_policy;
  RoostDiskIo io;
  RoostTristate ioeventfd, event_idx;
  RoostTristate copy_on_read;
  RoostDiskDiscard discard;
  RoostUint iothread;
  RoostDetectZeroes detect_zeroes;
  RoostUint queues, queue_size;
  RoostTristate discard_no_unref;
  RoostVirtioOptions virtio;
  RoostUint cache_max_size; /* driver/metadata_cache/max_size, bytes */
  RoostSourceAuth *auth;    /* the old place; source.auth is the new one */
  RoostStorageSource source;
  RoostBackingStore *backing_store;
  char *backenddomain;
  RoostUint cylinders, heads, sectors;
  RoostDiskGeometryTrans geometry_trans;
  RoostUint logical_block_size, physical_block_size, discard_granularity;
  RoostMirror *mirror;
  char *target;
  RoostDiskBus bus;
  RoostDiskTray tray;
  RoostTristate removable;
  RoostUint rotation_rate;
  RoostIotune iotune;
  gboolean readonly, shareable, transient;
  RoostTristate transient_share_backing;
  char *serial, *wwn, *vendor, *product;
  RoostEncryption *encryption; /* the old place; source.encryption is the new one */
} RoostDisk;

typedef struct
{
  RoostDeviceInfo info;
  RoostControllerType type;
  RoostInt index;
  RoostControllerModel model;
  RoostUint ports;                                /* virtio-serial, usb */
  RoostUint vectors;                              /* virtio-serial */
  RoostUint max_grant_frames, max_event_channels; /* xenbus */
  RoostUint master_startport;                     /* usb companion: its ports begin here */
  RoostPciModelName model_name;                   /* pci: the QEMU device */
  RoostUint pcihole64;                            /* bytes */
  RoostUint chassis_nr, chassis, port, bus_nr, target_index;
  RoostTristate hotplug; /* target/@hotplug on/off */
  RoostUint numa_node;   /* target/node */
  RoostUint driver_queues, cmd_per_lun, max_sectors, iothread;
  RoostTristate ioeventfd;
  RoostVirtioOptions virtio;
} RoostController;

typedef struct
{
  RoostDeviceInfo info;
  char *lockspace, *key, *target_path;
  RoostUint target_offset;
} RoostLease;
