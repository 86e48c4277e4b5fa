/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job.h"
#include "storage/image.h"
#include "storage/volume.h"

/*
 * One storage pool. Operations on it as a whole hold it alone; an operation on a volume holds that
 * volume's name only, so that a long copy delays nobody else.
 *
 * Signals: "changed" (guint: RoostPoolChange), "volume-added" (name), "volume-removed" (name),
 *          "volume-changed" (name)
 */
#define ROOST_TYPE_POOL (roost_pool_get_type ())
G_DECLARE_FINAL_TYPE (RoostPool, roost_pool, ROOST, POOL, GObject)

typedef enum
{
  ROOST_POOL_INACTIVE,
  ROOST_POOL_STARTING,
  ROOST_POOL_ACTIVE,
  ROOST_POOL_STOPPING,
} RoostPoolState;

/* What a "changed" is about. */
typedef enum
{
  ROOST_POOL_CHANGE_STATE = 1 << 0,
  ROOST_POOL_CHANGE_SPACE = 1 << 1,
  ROOST_POOL_CHANGE_CONFIG = 1 << 2, /* also: autostart, persistent */
  ROOST_POOL_CHANGE_JOB = 1 << 3,
  ROOST_POOL_CHANGE_VOLUMES = 1 << 4, /* how many there are */
} RoostPoolChange;

const char *roost_pool_state_name (RoostPoolState state);

const char *roost_pool_name (RoostPool *pool);
const char *roost_pool_uuid (RoostPool *pool);
const char *roost_pool_kind_name (RoostPool *pool);
const char *roost_pool_path (RoostPool *pool); /* "" where the host has no folder of it */
RoostPoolState roost_pool_state (RoostPool *pool);
gboolean roost_pool_is_persistent (RoostPool *pool);
gboolean roost_pool_is_autostart (RoostPool *pool);
const RoostSpace *roost_pool_space (RoostPool *pool); /* of the last look; zeros when inactive */
RoostJob *roost_pool_job (RoostPool *pool);           /* (nullable): what holds all of it */

/* Returns: (transfer full): with the sizes of now; those that are inactive have zeros */
char *roost_pool_get_xml (RoostPool *pool);

/* --- its volumes --- */

guint roost_pool_n_volumes (RoostPool *pool);

/* Returns: (transfer none) (nullable): until the next turn of the main loop */
const RoostVolume *roost_pool_find_volume (RoostPool *pool, const char *name);

/* Returns: (transfer none): of RoostVolume, by name; until the next turn of the main loop */
GPtrArray *roost_pool_volumes (RoostPool *pool);

/* Returns: (transfer full): where the host has it */
char *roost_pool_volume_path (RoostPool *pool, const RoostVolume *volume);

/* Returns: (transfer full) (nullable): the job that holds the volume */
RoostJob *roost_pool_volume_job (RoostPool *pool, const char *name);

/* Returns: (transfer full): the domains that run with it, by uuid; empty: none */
GStrv roost_pool_volume_users (RoostPool *pool, const char *name);

/* --- operations; each awaits --- */

/* Errors: RUNNING (it is active), BUSY, STORAGE, NOT_SUPPORTED, NOT_FOUND. */
gboolean roost_pool_start (RoostPool *pool, const char *caller, GError **error);

/* The volumes stay. Errors: NOT_RUNNING, BUSY (also: a domain runs with one of its volumes),
 * STORAGE. */
gboolean roost_pool_stop (RoostPool *pool, const char *caller, GError **error);

/* Looks at everything anew. Errors: NOT_RUNNING, BUSY, STORAGE. */
gboolean roost_pool_refresh (RoostPool *pool, const char *caller, GError **error);

/* Makes what it is kept in: the folder, the file system, the group. @overwrite: what is on the
 * device now is lost. Errors: RUNNING, EXISTS, STORAGE, BUSY. */
gboolean roost_pool_build (RoostPool *pool, gboolean overwrite, const char *caller, GError **error);

/* Removes what build made; a folder only when it is empty. Errors: RUNNING, STORAGE, BUSY. */
gboolean roost_pool_delete (RoostPool *pool, const char *caller, GError **error);

/* Forgets the definition; the storage stays. An active one becomes transient. Errors: NOT_SUPPORTED
 * (it is transient), BUSY, IO. */
gboolean roost_pool_undefine (RoostPool *pool, const char *caller, GError **error);
gboolean roost_pool_set_autostart (RoostPool *pool,
                                   gboolean is_autostart,
                                   const char *caller,
                                   GError **error);

/* --- operations on volumes; those with a job begin it and return --- */

typedef struct
{
  const char *preallocation; /* (nullable): "off", "metadata", "falloc", "full" */
  gboolean allow_outside;    /* images of the chain may be outside of all pools */
  const char *source_format; /* (nullable): of a copied one, where it is not what is shown */
  const char *source_secret; /* (nullable): uuid or usage of the secret it is encrypted with */
} RoostVolumeOptions;

/**
 * roost_pool_create_volume:
 * @xml: its description
 * @source, @source_name: (nullable): a volume (of any pool) whose content it gets
 * Checks, then goes on in a coroutine. Awaits: yes.
 * Errors: INVALID_XML, NOT_RUNNING, EXISTS, NOT_FOUND (the source), BUSY, NOT_SUPPORTED, STORAGE.
 * Returns: (transfer full): the job; its subject names the volume
 */
typedef struct
{
  const char *xml;
  RoostPool *source;
  const char *source_name;
  RoostVolumeOptions options;
  const char *caller;
  /* (nullable): called before the volume gets its name, with its inode (0: it is no file), while
   * that name is held and nobody has it. May await; FALSE stops. */
  gboolean (*on_place) (guint64 inode, gpointer data, GError **error);
  gpointer data;
} RoostVolumeRequest;

RoostJob *
roost_pool_create_volume (RoostPool *pool, const RoostVolumeRequest *request, GError **error);

typedef struct
{
  const char *name;
  const char *caller;
} RoostVolumeCall;

typedef struct
{
  guint64 capacity;          /* bytes */
  gboolean shrink;           /* it may become smaller */
  const char *preallocation; /* (nullable) */
  const char *secret;        /* (nullable): what it is encrypted with, and the images below it: a
                                uuid, or the usage for a volume */
} RoostVolumeResize;

/* Awaits: yes. Errors: NOT_FOUND (also the secret), BUSY (also: a domain runs with it),
 * INVALID_ARGUMENT (also: it is encrypted, and no secret was named), STORAGE. */
RoostJob *roost_pool_resize_volume (RoostPool *pool,
                                    const RoostVolumeCall *call,
                                    const RoostVolumeResize *what,
                                    GError **error);

/* @method: "zero" or "trim" */
RoostJob *roost_pool_wipe_volume (RoostPool *pool,
                                  const RoostVolumeCall *call,
                                  const char *method,
                                  GError **error);

typedef struct
{
  guint64 offset;
  guint64 length; /* 0: to the end */
  gboolean is_sparse;
} RoostTransferRange;

/* @fd: (transfer full). Without offset and length the volume's content is replaced as a whole, when
 * all of it is there; else bytes are written into it. */
RoostJob *roost_pool_upload_volume (RoostPool *pool,
                                    const RoostVolumeCall *call,
                                    int fd,
                                    const RoostTransferRange *range,
                                    GError **error);

/* @fd: (transfer full) */
RoostJob *roost_pool_download_volume (RoostPool *pool,
                                      const RoostVolumeCall *call,
                                      int fd,
                                      const RoostTransferRange *range,
                                      GError **error);

/* @algorithm: "md5", "sha1", "sha256", "sha384" or "sha512". The job's detail "checksum" is the
 * result. */
RoostJob *roost_pool_checksum_volume (RoostPool *pool,
                                      const RoostVolumeCall *call,
                                      const char *algorithm,
                                      GError **error);

/* Errors: NOT_FOUND, BUSY (a domain runs with it), STORAGE. Awaits: yes. */
gboolean roost_pool_delete_volume (RoostPool *pool, const RoostVolumeCall *call, GError **error);

/**
 * roost_pool_volume_info:
 * @probe: find the format out instead of taking the one that the first bytes say
 * Asks qemu-img about it. Awaits: yes. Errors: NOT_FOUND, STORAGE, TIMEOUT.
 */
RoostImageInfo *
roost_pool_volume_info (RoostPool *pool, const char *name, gboolean probe, GError **error);

/* Returns: (transfer full): its chain, the top first; see roost_image_chain (). Awaits: yes. */
GPtrArray *
roost_pool_volume_chain (RoostPool *pool, const char *name, gboolean allow_outside, GError **error);

/* The description, with what qemu-img knows where it can be asked. Awaits: yes. */
char *roost_pool_volume_xml (RoostPool *pool, const char *name, GError **error);
