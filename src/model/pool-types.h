/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/disk-types.h"
#include "model/pool-enums.h"

/* The structs behind the documents of storage pools and volumes. */

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
