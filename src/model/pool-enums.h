/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/enums.h"

/* The words of the documents of pools and volumes; see enums.h. */

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
  V (ROOST_POOL_AUTH_TYPE_CEPH, "ceph")                                                            \
  V (ROOST_POOL_AUTH_TYPE_PASSWORD, "password")
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
