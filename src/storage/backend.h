/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/disk-types.h"
#include "storage/pool.h"

/* How a kind of pool is reached. Every function awaits; those that are NULL are not there. */

typedef struct
{
  GPtrArray *volumes; /* of RoostVolume, owned */
  GHashTable *names;  /* (nullable): of those that roost_scan_add () added */
  RoostSpace space;
  char *real_path; /* (nullable): of the folder, without symbolic links */
} RoostScan;

void roost_scan_clear (RoostScan *scan);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RoostScan, roost_scan_clear)

typedef enum
{
  ROOST_BACKEND_FILES = 1 << 0,      /* volumes are files in the target's folder */
  ROOST_BACKEND_WATCH = 1 << 1,      /* the folder is of this host: inotify sees what happens */
  ROOST_BACKEND_PRIVILEGED = 1 << 2, /* only root can serve it */
} RoostBackendFlags;

typedef struct
{
  RoostPoolKind kind;
  guint flags;
  const char *const *tools; /* programs that it needs; ends with NULL */
  const char *kernel;       /* (nullable): what the kernel must have, a folder of sysfs */
  gboolean (*start) (RoostPool *pool, GCancellable *cancellable, GError **error);
  gboolean (*stop) (RoostPool *pool, GError **error);
  /* After a restart of the daemon: is it still reached? */
  gboolean (*is_active) (RoostPool *pool);
  gboolean (*build) (RoostPool *pool,
                     gboolean overwrite,
                     GCancellable *cancellable,
                     GError **error);
  gboolean (*remove) (RoostPool *pool, GError **error);
  gboolean (*scan) (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error);
  /* Volumes that are no files: */
  gboolean (*create_volume) (RoostPool *pool, const RoostVolumeConfig *config, GError **error);
  gboolean (*remove_volume) (RoostPool *pool, const RoostVolume *volume, GError **error);
  gboolean (*resize_volume) (RoostPool *pool,
                             const RoostVolume *volume,
                             guint64 capacity,
                             GError **error);
  /* Of a volume on a server, where QEMU finds it: @out is empty. Does not await. */
  void (*locate) (RoostPool *pool, const RoostVolume *volume, RoostStorageSource *out);
  /* @spec: (nullable): a <source>. Returns: (transfer full): <sources> */
  char *(*find_sources) (const RoostPoolConfig *spec, GError **error);
} RoostBackend;

/* Returns: (nullable): what serves @kind */
const RoostBackend *roost_backend_find (RoostPoolKind kind);

/* What is missing for it here. Returns: (transfer full) (nullable): NULL = nothing */
char *roost_backend_missing (const RoostBackend *backend, gboolean is_privileged);

/* Appends what this host can do with pools of @kind, as an element of the capabilities. */
void roost_backend_describe (RoostPoolKind kind, gboolean is_privileged, GString *out);

extern const RoostBackend roost_backend_dir, roost_backend_fs, roost_backend_netfs;
extern const RoostBackend roost_backend_vstorage, roost_backend_logical, roost_backend_rbd;
extern const RoostBackend roost_backend_zfs, roost_backend_nbd, roost_backend_iscsi;
extern const RoostBackend roost_backend_iscsi_direct, roost_backend_scsi, roost_backend_mpath;
extern const RoostBackend roost_backend_disk, roost_backend_gluster;
