/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/co.h"
#include "base/job-private.h"
#include "model/pool-types.h"
#include "storage/backend.h"
#include "storage/storage.h"

/* The side of a pool that only storage/ sees. */

struct _RoostPool
{
  GObject parent;
  RoostStorage *storage; /* not owned; NULL once it is forgotten */
  RoostPoolConfig *config;
  RoostPoolConfig *next_config; /* (nullable): what holds after it was stopped */
  const RoostBackend *backend;  /* (nullable): a kind that nobody serves */
  RoostPoolState state;
  gboolean is_persistent, is_autostart;
  RoostSpace space;
  char *real_path;     /* (nullable): of the folder, without symbolic links */
  GHashTable *volumes; /* name → RoostVolume, owned */
  GPtrArray *sorted;   /* of RoostVolume, by name; NULL: to be made anew */
  RoostJob *job;       /* holds all of it */
  GHashTable *holds;   /* name of a volume → RoostJob, owned */
  GFileMonitor *monitor;
  GHashTable *touched; /* names that inotify told of */
  guint look_timer;
  gboolean is_looking;
  gboolean look_all;
};

RoostPool *roost_pool_new (RoostStorage *storage, RoostPoolConfig *config);

/* Takes it off the storage. */
void roost_pool_forget (RoostPool *pool);

void roost_pool_changed (RoostPool *pool, guint what);
void roost_pool_set_state (RoostPool *pool, RoostPoolState state);

/* --- holding; see domain/ for the same of domains --- */

/**
 * roost_pool_hold:
 * @volume: (nullable): one of them, there or not; NULL = all of the pool
 * Begins a job. Errors: BUSY names who holds it. Returns: (transfer full)
 */
RoostJob *roost_pool_hold (
    RoostPool *pool, const char *volume, const char *operation, const char *caller, GError **error);
void roost_pool_release (RoostPool *pool, RoostJob *job, const GError *error);

/* Errors: NOT_RUNNING. */
gboolean roost_pool_need_active (RoostPool *pool, GError **error);

/* --- volumes --- */

/* @volume: (transfer full): takes the place of one of that name. Tells of it. */
void roost_pool_put_volume (RoostPool *pool, RoostVolume *volume);
void roost_pool_drop_volume (RoostPool *pool, const char *name);

/* Takes over what was found, and tells of the differences. */
void roost_pool_take_scan (RoostPool *pool, RoostScan *scan);
void roost_pool_clear_volumes (RoostPool *pool);

/* Looks at one volume anew. Awaits: yes. */
void roost_pool_look_volume (RoostPool *pool, const char *name);

/* Scans. Awaits: yes. */
gboolean roost_pool_scan (RoostPool *pool, GCancellable *cancellable, GError **error);

/* The facts of the volume @name, for one that is looked up before an operation. Errors: NOT_FOUND,
 * NOT_RUNNING. */
const RoostVolume *roost_pool_get_volume (RoostPool *pool, const char *name, GError **error);

/* Errors: BUSY with the name of a domain that runs with it. */
gboolean roost_pool_need_unused (RoostPool *pool, const char *name, GError **error);
/* The same for what is only read: others may read it, too. */
gboolean roost_pool_need_unwritten (RoostPool *pool, const char *name, GError **error);

/* --- pool-ops.c --- */

/* Takes up a pool that was active when the daemon ended. Awaits: yes. */
void roost_pool_adopt (RoostPool *pool);

/* --- pool-watch.c --- */

void roost_pool_watch (RoostPool *pool);
void roost_pool_unwatch (RoostPool *pool);

/* --- volume-job.c: operations that go on after the call --- */

typedef struct RoostVolumeOp RoostVolumeOp;

/* Runs @run in a coroutine, with @data, and ends the job with how it went. @free_data: called at
 * last, in the coroutine. */
struct RoostVolumeOp
{
  RoostPool *pool;
  RoostJob *job;
  gboolean (*run) (RoostVolumeOp *op, GError **error);
  gpointer data;
  GDestroyNotify free_data;
};

void roost_volume_op_begin (const RoostVolumeOp *op);

/* Shows on @job, a few times a second, how far a worker thread is, until it is stopped. */
typedef struct RoostMeter RoostMeter;
RoostMeter *
roost_meter_start (RoostJob *job, guint64 (*read) (gpointer), gpointer data, guint64 total);
void roost_meter_stop (RoostMeter *meter);
