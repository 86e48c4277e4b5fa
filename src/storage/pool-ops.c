/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/co.h"
#include "base/error.h"
#include "base/log.h"
#include "base/steps.h"
#include "storage/pool-private.h"
#include "storage/storage-private.h"

/* --- the frame of an operation on all of a pool --- */

typedef struct
{
  RoostPool *pool;
  RoostJob *job;
  gboolean overwrite;
} PoolOp;

typedef gboolean (*PoolFunc) (PoolOp *op, GCancellable *cancellable, GError **error);

/* Runs @run with the pool held. */
static gboolean
with_hold (PoolOp *op, const char *operation, const char *caller, PoolFunc run, GError **error)
{
  g_autoptr (RoostPool) pool = g_object_ref (op->pool);
  g_autoptr (GError) local = NULL;

  op->job = roost_pool_hold (pool, NULL, operation, caller, error);
  if (op->job == NULL)
    return FALSE;
  run (op, roost_job_cancellable (op->job), &local);
  roost_pool_release (pool, op->job, local);
  g_clear_object (&op->job);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
need_backend (RoostPool *pool, GError **error)
{
  g_autofree char *missing = NULL;

  if (pool->storage == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_FOUND, "the pool '%s' is gone", pool->config->name);
  missing = roost_backend_missing (pool->backend, pool->storage->is_privileged);
  return missing == NULL
         || roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                         "pools of type '%s' cannot be served here: %s",
                         roost_pool_kind_name (pool), missing);
}

static gboolean
need_inactive (RoostPool *pool, const char *advice, GError **error)
{
  return pool->state == ROOST_POOL_INACTIVE
         || roost_throw (error, ROOST_ERROR_RUNNING, "the pool '%s' is active%s",
                         pool->config->name, advice);
}

gboolean
roost_pool_scan (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  g_auto (RoostScan) scan = { 0 };

  if (!pool->backend->scan (pool, &scan, cancellable, error))
    return FALSE;
  /* Looked at while it was stopped: it is no news. */
  if (pool->state == ROOST_POOL_ACTIVE || pool->state == ROOST_POOL_STARTING)
    roost_pool_take_scan (pool, &scan);
  return TRUE;
}

/* --- start --- */

static gboolean
write_active (gpointer p, GCancellable *cancellable, GError **error)
{
  PoolOp *op = p;

  return roost_storage_write_active (op->pool->storage, op->pool->config, error);
}

static void
undo_write_active (gpointer p)
{
  PoolOp *op = p;

  if (op->pool->storage != NULL)
    roost_storage_remove_active (op->pool->storage, op->pool->config->uuid, NULL);
}

static gboolean
reach (gpointer p, GCancellable *cancellable, GError **error)
{
  PoolOp *op = p;

  return op->pool->backend->start (op->pool, cancellable, error);
}

static void
undo_reach (gpointer p)
{
  PoolOp *op = p;

  if (op->pool->backend->stop != NULL)
    op->pool->backend->stop (op->pool, NULL);
}

static gboolean
look (gpointer p, GCancellable *cancellable, GError **error)
{
  PoolOp *op = p;

  roost_pool_watch (op->pool);
  return roost_pool_scan (op->pool, cancellable, error);
}

static void
undo_look (gpointer p)
{
  PoolOp *op = p;

  roost_pool_unwatch (op->pool);
  roost_pool_clear_volumes (op->pool);
}

/* "write active" comes first: a daemon that is killed after it looks whether the pool is reached.
 */
static const RoostStep start_steps[] = {
  { "write active", write_active, undo_write_active, ROOST_STEP_NO_CANCEL },
  { "reach the storage", reach, undo_reach, 0 },
  { "look for volumes", look, undo_look, 0 },
  { NULL },
};

static gboolean
show_step (gpointer p, const RoostStep *step, guint index, guint n, GError **error)
{
  PoolOp *op = p;

  roost_job_set_phase (op->job, step->name, (double)index / n);
  return TRUE;
}

static gboolean
run_start (PoolOp *op, GCancellable *cancellable, GError **error)
{
  const RoostStepHooks hooks = { .before = show_step };
  RoostPool *pool = op->pool;
  gboolean good;

  if (!need_inactive (pool, " already", error) || !need_backend (pool, error))
    return FALSE;
  roost_pool_set_state (pool, ROOST_POOL_STARTING);
  good = roost_steps_run (start_steps, op, &hooks, cancellable, error);
  if (!good)
    undo_look (op);
  roost_pool_set_state (pool, good ? ROOST_POOL_ACTIVE : ROOST_POOL_INACTIVE);
  return good;
}

gboolean
roost_pool_start (RoostPool *pool, const char *caller, GError **error)
{
  PoolOp op = { .pool = pool };

  return with_hold (&op, "start", caller, run_start, error);
}

/* --- after a restart of the daemon --- */

static gboolean
run_adopt (PoolOp *op, GCancellable *cancellable, GError **error)
{
  RoostPool *pool = op->pool;

  if (!need_backend (pool, error) || !pool->backend->is_active (pool))
    {
      undo_write_active (op);
      return error != NULL && *error != NULL
                 ? FALSE
                 : roost_throw (error, ROOST_ERROR_STORAGE, "its storage is no longer reached");
    }
  roost_pool_set_state (pool, ROOST_POOL_STARTING);
  if (!look (op, cancellable, error))
    {
      undo_look (op);
      roost_pool_set_state (pool, ROOST_POOL_INACTIVE);
      return FALSE;
    }
  roost_pool_set_state (pool, ROOST_POOL_ACTIVE);
  return TRUE;
}

void
roost_pool_adopt (RoostPool *pool)
{
  g_autoptr (GError) error = NULL;
  PoolOp op = { .pool = pool };

  if (with_hold (&op, "adopt", "", run_adopt, &error))
    return;
  roost_warning ("the pool '%s' was active and is not any more: %s", pool->config->name,
                 error->message);
  if (!pool->is_persistent && pool->storage != NULL)
    roost_storage_remove (pool->storage, pool);
}

/* --- stop --- */

static gboolean
need_no_users (RoostPool *pool, GError **error)
{
  const char *path = pool->real_path != NULL ? pool->real_path : pool->config->path;
  g_autofree char *folder = NULL;
  g_autofree char *real = NULL;
  g_autofree char *what = NULL;

  if (path == NULL)
    return TRUE;
  folder = g_strconcat (pool->config->path, "/", NULL);
  real = g_strconcat (path, "/", NULL);
  what = g_strdup_printf ("a volume of pool '%s'", pool->config->name);
  return roost_storage_check_unused (pool->storage, folder, FALSE, what, error)
         && roost_storage_check_unused (pool->storage, real, FALSE, what, error);
}

static void
take_next_config (RoostPool *pool)
{
  if (pool->next_config == NULL)
    return;
  roost_pool_config_free (pool->config);
  pool->config = g_steal_pointer (&pool->next_config);
  pool->backend = roost_backend_find (pool->config->kind);
  roost_pool_changed (pool, ROOST_POOL_CHANGE_CONFIG);
}

static gboolean
run_stop (PoolOp *op, GCancellable *cancellable, GError **error)
{
  RoostPool *pool = op->pool;

  roost_job_refuse_cancel (op->job);
  if (!roost_pool_need_active (pool, error) || !need_no_users (pool, error))
    return FALSE;
  roost_pool_set_state (pool, ROOST_POOL_STOPPING);
  roost_pool_unwatch (pool);
  if ((pool->backend->stop != NULL && !pool->backend->stop (pool, error))
      || !roost_storage_remove_active (pool->storage, pool->config->uuid, error))
    {
      roost_pool_watch (pool);
      roost_pool_set_state (pool, ROOST_POOL_ACTIVE);
      return FALSE;
    }
  roost_pool_clear_volumes (pool);
  roost_pool_set_state (pool, ROOST_POOL_INACTIVE);
  take_next_config (pool);
  return TRUE;
}

gboolean
roost_pool_stop (RoostPool *pool, const char *caller, GError **error)
{
  g_autoptr (RoostPool) held = g_object_ref (pool);
  PoolOp op = { .pool = pool };

  if (!with_hold (&op, "stop", caller, run_stop, error))
    return FALSE;
  if (!pool->is_persistent && pool->storage != NULL)
    roost_storage_remove (pool->storage, pool);
  return TRUE;
}

/* --- refresh, build, delete --- */

static gboolean
run_refresh (PoolOp *op, GCancellable *cancellable, GError **error)
{
  return roost_pool_need_active (op->pool, error) && roost_pool_scan (op->pool, cancellable, error);
}

gboolean
roost_pool_refresh (RoostPool *pool, const char *caller, GError **error)
{
  PoolOp op = { .pool = pool };

  return with_hold (&op, "refresh", caller, run_refresh, error);
}

static gboolean
run_build (PoolOp *op, GCancellable *cancellable, GError **error)
{
  RoostPool *pool = op->pool;

  if (!need_inactive (pool, "; stop it", error) || !need_backend (pool, error))
    return FALSE;
  if (pool->backend->build == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "there is nothing to build for a pool of type '%s'",
                        roost_pool_kind_name (pool));
  return pool->backend->build (pool, op->overwrite, cancellable, error);
}

gboolean
roost_pool_build (RoostPool *pool, gboolean overwrite, const char *caller, GError **error)
{
  PoolOp op = { .pool = pool, .overwrite = overwrite };

  return with_hold (&op, "build", caller, run_build, error);
}

static gboolean
run_delete (PoolOp *op, GCancellable *cancellable, GError **error)
{
  RoostPool *pool = op->pool;

  roost_job_refuse_cancel (op->job);
  if (!need_inactive (pool, "; stop it", error) || !need_backend (pool, error))
    return FALSE;
  if (pool->backend->remove == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "there is nothing to delete of a pool of type '%s'",
                        roost_pool_kind_name (pool));
  return pool->backend->remove (pool, error);
}

gboolean
roost_pool_delete (RoostPool *pool, const char *caller, GError **error)
{
  PoolOp op = { .pool = pool };

  return with_hold (&op, "delete", caller, run_delete, error);
}

/* --- definition --- */

static gboolean
need_persistent (RoostPool *pool, GError **error)
{
  return pool->is_persistent
         || roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "the pool '%s' has no definition",
                         pool->config->name);
}

static gboolean
run_undefine (PoolOp *op, GCancellable *cancellable, GError **error)
{
  RoostPool *pool = op->pool;

  roost_job_refuse_cancel (op->job);
  if (!need_persistent (pool, error)
      || !roost_storage_remove_config (pool->storage, pool->config->uuid, error))
    return FALSE;
  pool->is_persistent = pool->is_autostart = FALSE;
  g_clear_pointer (&pool->next_config, roost_pool_config_free);
  roost_pool_changed (pool, ROOST_POOL_CHANGE_CONFIG);
  return TRUE;
}

gboolean
roost_pool_undefine (RoostPool *pool, const char *caller, GError **error)
{
  g_autoptr (RoostPool) held = g_object_ref (pool);
  PoolOp op = { .pool = pool };

  if (!with_hold (&op, "undefine", caller, run_undefine, error))
    return FALSE;
  if (pool->state == ROOST_POOL_INACTIVE && pool->storage != NULL)
    roost_storage_remove (pool->storage, pool);
  return TRUE;
}

gboolean
roost_pool_set_autostart (RoostPool *pool,
                          gboolean is_autostart,
                          const char *caller,
                          GError **error)
{
  g_autoptr (RoostPool) held = g_object_ref (pool);

  if (!need_persistent (pool, error)
      || !roost_storage_write_autostart (pool->storage, pool->config->uuid, is_autostart, error))
    return FALSE;
  pool->is_autostart = is_autostart;
  roost_pool_changed (pool, ROOST_POOL_CHANGE_CONFIG);
  return TRUE;
}
