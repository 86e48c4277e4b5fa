/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/disk-types.h"

/* The structs behind the documents of storage pools and volumes. */

#define ROOST_POOL_KIND_LIST(V)                                                                    \
  V (ROOST_POOL_KIND_DIR, "dir")                                                                   \
  V (ROOST_POOL_KIND_FS, "fs")                                                                     \
  V (ROOST_POOL_KIND_NETFS, "netfs")                                                               \
  V (ROOST_POOL_KIND_LOGICAL, "logical")                                                           \
  V (ROOST_POOL_KIND_DISK, "disk")                                                                 \
  V (ROOST_POOL_KIND_ISCSI, "iscsi")                                                               \
  V (ROOST_POOL_KIND_ISCSI_DIRECT, "iscsi-direct")                                                 \
  V (ROOST_POOL_KIND_SCSI, "scsi")                                                                 \
  V (ROOST_POOL_KIND_MPATH, "mpath")                                                               \
  V (ROOST_POOL_KIND_RBD, "rbd")                                                                   \
  V (ROOST_POOL_KIND_SHEEPDOG, "sheepdog")                                                         \
  V (ROOST_POOL_KIND_GLUSTER, "gluster")                                                           \
  V (ROOST_POOL_KIND_ZFS, "zfs")                                                                   \
  V (ROOST_POOL_KIND_VSTORAGE, "vstorage")                                                         \
  V (ROOST_POOL_KIND_NBD, "nbd")
ROOST_ENUM_DECLARE (RoostPoolKind, ROOST_POOL_KIND, roost_pool_kind)

#define ROOST_ADAPTER_TYPE_LIST(V)                                                                 \
  V (ROOST_ADAPTER_TYPE_SCSI_HOST, "scsi_host")                                                    \
  V (ROOST_ADAPTER_TYPE_FC_HOST, "fc_host")
ROOST_ENUM_DECLARE (RoostAdapterType, ROOST_ADAPTER_TYPE, roost_adapter_type)

#define ROOST_POOL_AUTH_TYPE_LIST(V)                                                               \
  V (ROOST_POOL_AUTH_TYPE_CHAP, "chap")                                                            \
  V (ROOST_POOL_AUTH_TYPE_CEPH, "ceph")
ROOST_ENUM_DECLARE (RoostPoolAuthType, ROOST_POOL_AUTH_TYPE, roost_pool_auth_type)

#define ROOST_REFRESH_ALLOCATION_LIST(V)                                                           \
  V (ROOST_REFRESH_ALLOCATION_DEFAULT, "default")                                                  \
  V (ROOST_REFRESH_ALLOCATION_CAPACITY, "capacity")
ROOST_ENUM_DECLARE (RoostRefreshAllocation, ROOST_REFRESH_ALLOCATION, roost_refresh_allocation)

#define ROOST_VOLUME_TYPE_LIST(V)                                                                  \
  V (ROOST_VOLUME_TYPE_FILE, "file")                                                               \
  V (ROOST_VOLUME_TYPE_BLOCK, "block")                                                             \
  V (ROOST_VOLUME_TYPE_DIR, "dir")                                                                 \
  V (ROOST_VOLUME_TYPE_NETWORK, "network")                                                         \
  V (ROOST_VOLUME_TYPE_NETDIR, "netdir")                                                           \
  V (ROOST_VOLUME_TYPE_PLOOP, "ploop")
ROOST_ENUM_DECLARE (RoostVolumeType, ROOST_VOLUME_TYPE, roost_volume_type)

/* Of a folder, a file or a node; what is not given is left as it comes. */
typedef struct
{
  RoostUint mode; /* permission bits */
  RoostUint owner, group;
  char *label;
} RoostPermissions;

typedef struct
{
  char *name, *port;
  RoostHostTransport transport; /* of nbd */
  char *socket;
} RoostPoolHost;

typedef struct
{
  RoostUint start, end; /* bytes */
} RoostExtent;

typedef struct
{
  char *path;
  RoostTristate part_separator;
  GPtrArray *free_extents; /* of RoostExtent; live */
} RoostPoolDevice;

typedef struct
{
  RoostAdapterType type;
  char *name, *parent, *parent_wwnn, *parent_wwpn, *parent_fabric_wwn, *wwnn, *wwpn;
  RoostTristate managed;
  gboolean has_parent_address;
  RoostUint unique_id, domain, bus, slot, function;
} RoostPoolAdapter;

typedef struct
{
  RoostPoolAuthType type;
  char *username;
  RoostSecret *secret;
} RoostPoolAuth;

/* An option of a namespace of its own: of mount, of librados. */
typedef struct
{
  char *name, *value;
} RoostPoolOption;

struct RoostPoolConfig
{
  RoostPoolKind kind;
  RoostPosition position;
  char *name, *uuid;
  RoostUint capacity, allocation, available; /* bytes; live */
  RoostTristate cow;
  gboolean has_source;
  GPtrArray *hosts;   /* of RoostPoolHost */
  GPtrArray *devices; /* of RoostPoolDevice */
  char *dir;
  RoostPoolAdapter *adapter;
  char *source_name; /* volume group, pool of Ceph, export … */
  char *initiator;   /* iqn */
  char *format;
  RoostPoolAuth *auth;
  char *protocol_version, *vendor, *product;
  char *path; /* of the target */
  RoostPermissions permissions;
  RoostEncryption *encryption;
  RoostRefreshAllocation refresh_allocation;
  GPtrArray *mount_options; /* of RoostPoolOption, without values */
  GPtrArray *rbd_options;   /* of RoostPoolOption */
};

typedef struct
{
  char *path;
  GPtrArray *extents; /* of RoostExtent */
} RoostVolumeDevice;

/* The image below a volume. */
typedef struct
{
  char *path;
  char *format;
  RoostPermissions permissions;
} RoostVolumeBacking;

struct RoostVolumeConfig
{
  RoostVolumeType type;
  RoostPosition position;
  char *name, *key;
  GPtrArray *devices; /* of RoostVolumeDevice; live */
  RoostUint capacity, allocation, physical;
  char *path; /* live */
  char *format;
  RoostPermissions permissions;
  char *atime, *mtime, *ctime, *btime; /* "seconds.nanoseconds"; live */
  RoostEncryption *encryption;
  char *compat;
  gboolean nocow;
  RoostUint cluster_size; /* bytes */
  gboolean has_features, lazy_refcounts, extended_l2;
  char *data_file; /* our own: the name of a volume that holds the data of a qcow2 one */
  RoostVolumeBacking *backing;
};
