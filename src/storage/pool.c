/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/pool.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/source-place.h"
#include "storage/pool-private.h"
#include "storage/storage-private.h"

G_DEFINE_FINAL_TYPE (RoostPool, roost_pool, G_TYPE_OBJECT)

enum
{
  CHANGED,
  VOLUME_ADDED,
  VOLUME_REMOVED,
  VOLUME_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static const char *const state_names[] = {
  [ROOST_POOL_INACTIVE] = "inactive",
  [ROOST_POOL_STARTING] = "starting",
  [ROOST_POOL_ACTIVE] = "active",
  [ROOST_POOL_STOPPING] = "stopping",
};

const char *
roost_pool_state_name (RoostPoolState state)
{
  g_return_val_if_fail ((guint)state < G_N_ELEMENTS (state_names), "");
  return state_names[state];
}

static void
roost_pool_finalize (GObject *object)
{
  RoostPool *pool = ROOST_POOL (object);

  g_clear_pointer (&pool->sorted, g_ptr_array_unref);
  g_hash_table_unref (pool->volumes);
  g_hash_table_unref (pool->holds);
  g_hash_table_unref (pool->touched);
  g_clear_object (&pool->job);
  g_free (pool->real_path);
  roost_pool_config_free (pool->config);
  g_clear_pointer (&pool->next_config, roost_pool_config_free);
  G_OBJECT_CLASS (roost_pool_parent_class)->finalize (object);
}

static guint
new_signal (const char *name, GType argument)
{
  return g_signal_new (name, ROOST_TYPE_POOL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                       1, argument);
}

static void
roost_pool_class_init (RoostPoolClass *class)
{
  G_OBJECT_CLASS (class)->finalize = roost_pool_finalize;
  signals[CHANGED] = new_signal ("changed", G_TYPE_UINT);
  signals[VOLUME_ADDED] = new_signal ("volume-added", G_TYPE_STRING);
  signals[VOLUME_REMOVED] = new_signal ("volume-removed", G_TYPE_STRING);
  signals[VOLUME_CHANGED] = new_signal ("volume-changed", G_TYPE_STRING);
}

static void
roost_pool_init (RoostPool *pool)
{
  pool->volumes =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)roost_volume_free);
  pool->holds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  pool->touched = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

RoostPool *
roost_pool_new (RoostStorage *storage, RoostPoolConfig *config)
{
  RoostPool *pool = g_object_new (ROOST_TYPE_POOL, NULL);

  pool->storage = storage;
  pool->config = config;
  pool->backend = roost_backend_find (config->kind);
  return pool;
}

void
roost_pool_forget (RoostPool *pool)
{
  roost_pool_unwatch (pool);
  pool->storage = NULL;
}

/* --- facts --- */

const char *
roost_pool_name (RoostPool *pool)
{
  return pool->config->name;
}

const char *
roost_pool_uuid (RoostPool *pool)
{
  return pool->config->uuid;
}

const char *
roost_pool_kind_name (RoostPool *pool)
{
  return roost_pool_kind_names[pool->config->kind];
}

const char *
roost_pool_path (RoostPool *pool)
{
  return pool->config->path != NULL ? pool->config->path : "";
}

RoostPoolState
roost_pool_state (RoostPool *pool)
{
  return pool->state;
}

gboolean
roost_pool_is_persistent (RoostPool *pool)
{
  return pool->is_persistent;
}

gboolean
roost_pool_is_autostart (RoostPool *pool)
{
  return pool->is_autostart;
}

const RoostSpace *
roost_pool_space (RoostPool *pool)
{
  return &pool->space;
}

RoostJob *
roost_pool_job (RoostPool *pool)
{
  return pool->job;
}

char *
roost_pool_get_xml (RoostPool *pool)
{
  g_autoptr (RoostPoolConfig) config = roost_pool_config_copy (pool->config);

  config->capacity.value = pool->space.capacity;
  config->allocation.value = pool->space.allocation;
  config->available.value = pool->space.available;
  return roost_pool_config_format (config);
}

void
roost_pool_changed (RoostPool *pool, guint what)
{
  g_signal_emit (pool, signals[CHANGED], 0, what);
}

void
roost_pool_set_state (RoostPool *pool, RoostPoolState state)
{
  if (pool->state == state)
    return;
  pool->state = state;
  roost_pool_changed (pool, ROOST_POOL_CHANGE_STATE);
}

/* --- what holds it --- */

static gboolean
throw_busy (RoostPool *pool, RoostJob *job, GError **error)
{
  const RoostJobSubject *subject = roost_job_subject (job);
  const char *caller = roost_job_caller (job);
  g_autoptr (GDateTime) since =
      g_date_time_new_from_unix_utc (roost_job_started_us (job) / G_USEC_PER_SEC);
  g_autofree char *since_text = g_date_time_format_iso8601 (since);
  g_autofree char *volume =
      subject->volume != NULL ? g_strdup_printf (", volume '%s'", subject->volume) : NULL;

  return roost_throw (
      error, ROOST_ERROR_BUSY, "pool '%s'%s is held by job %u ('%s') since %s, asked for by %s",
      pool->config->name, volume != NULL ? volume : "", roost_job_number (job),
      roost_job_operation (job), since_text, *caller != '\0' ? caller : "the daemon");
}

static RoostJob *
find_holder (RoostPool *pool, const char *volume)
{
  GHashTableIter iter;
  gpointer job = NULL;

  if (pool->job != NULL)
    return pool->job;
  if (volume != NULL)
    return g_hash_table_lookup (pool->holds, volume);
  g_hash_table_iter_init (&iter, pool->holds);
  return g_hash_table_iter_next (&iter, NULL, &job) ? job : NULL;
}

RoostJob *
roost_pool_hold (
    RoostPool *pool, const char *volume, const char *operation, const char *caller, GError **error)
{
  const RoostJobSubject subject = { .pool_uuid = pool->config->uuid, .volume = volume };
  RoostJob *holder = find_holder (pool, volume);
  RoostJob *job;

  if (pool->storage == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_FOUND, "the pool '%s' is gone", pool->config->name);
      return NULL;
    }
  if (holder != NULL)
    {
      throw_busy (pool, holder, error);
      return NULL;
    }
  job = g_object_ref (
      roost_jobs_add (pool->storage->jobs, operation, &subject, caller, ROOST_JOB_CAN_CANCEL));
  if (volume != NULL)
    g_hash_table_insert (pool->holds, g_strdup (volume), g_object_ref (job));
  else
    pool->job = g_object_ref (job);
  roost_pool_changed (pool, ROOST_POOL_CHANGE_JOB);
  return job;
}

void
roost_pool_release (RoostPool *pool, RoostJob *job, const GError *error)
{
  const RoostJobSubject *subject = roost_job_subject (job);
  g_autoptr (GError) public = error != NULL ? roost_error_to_public (error) : NULL;

  if (subject->volume != NULL)
    g_hash_table_remove (pool->holds, subject->volume);
  else
    g_clear_object (&pool->job);
  roost_job_end (job, public);
  roost_pool_changed (pool, ROOST_POOL_CHANGE_JOB);
}

gboolean
roost_pool_need_active (RoostPool *pool, GError **error)
{
  return pool->state == ROOST_POOL_ACTIVE
         || roost_throw (error, ROOST_ERROR_NOT_RUNNING, "the pool '%s' is not active; start it",
                         pool->config->name);
}

/* --- volumes --- */

guint
roost_pool_n_volumes (RoostPool *pool)
{
  return g_hash_table_size (pool->volumes);
}

const RoostVolume *
roost_pool_find_volume (RoostPool *pool, const char *name)
{
  return g_hash_table_lookup (pool->volumes, name);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  const RoostVolume *const *left = a;
  const RoostVolume *const *right = b;

  return g_strcmp0 ((*left)->name, (*right)->name);
}

GPtrArray *
roost_pool_volumes (RoostPool *pool)
{
  GHashTableIter iter;
  gpointer volume;

  if (pool->sorted != NULL)
    return pool->sorted;
  pool->sorted = g_ptr_array_sized_new (g_hash_table_size (pool->volumes));
  g_hash_table_iter_init (&iter, pool->volumes);
  while (g_hash_table_iter_next (&iter, NULL, &volume))
    g_ptr_array_add (pool->sorted, volume);
  g_ptr_array_sort (pool->sorted, compare_names);
  return pool->sorted;
}

static void
forget_order (RoostPool *pool)
{
  g_clear_pointer (&pool->sorted, g_ptr_array_unref);
}

char *
roost_pool_volume_path (RoostPool *pool, const RoostVolume *volume)
{
  return volume->path != NULL ? g_strdup (volume->path)
                              : g_build_filename (pool->config->path, volume->name, NULL);
}

RoostJob *
roost_pool_volume_job (RoostPool *pool, const char *name)
{
  RoostJob *job = g_hash_table_lookup (pool->holds, name);

  return job != NULL ? g_object_ref (job) : NULL;
}

void
roost_pool_put_volume (RoostPool *pool, RoostVolume *volume)
{
  const RoostVolume *old = roost_pool_find_volume (pool, volume->name);
  guint signal = old == NULL ? VOLUME_ADDED : VOLUME_CHANGED;
  g_autofree char *name = g_strdup (volume->name);

  if (old != NULL && roost_volume_equal (old, volume))
    {
      roost_volume_free (volume);
      return;
    }
  forget_order (pool);
  g_hash_table_replace (pool->volumes, volume->name, volume);
  g_signal_emit (pool, signals[signal], 0, name);
  if (signal == VOLUME_ADDED)
    roost_pool_changed (pool, ROOST_POOL_CHANGE_VOLUMES);
}

void
roost_pool_drop_volume (RoostPool *pool, const char *name)
{
  g_autofree char *kept = g_strdup (name);

  if (roost_pool_find_volume (pool, kept) == NULL)
    return;
  forget_order (pool);
  g_hash_table_remove (pool->volumes, kept);
  g_signal_emit (pool, signals[VOLUME_REMOVED], 0, kept);
  roost_pool_changed (pool, ROOST_POOL_CHANGE_VOLUMES);
}

static void
drop_others (RoostPool *pool, GHashTable *found)
{
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, pool->volumes);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (!g_hash_table_contains (found, name))
      g_ptr_array_add (gone, g_strdup (name));
  for (guint i = 0; i < gone->len; i++)
    roost_pool_drop_volume (pool, gone->pdata[i]);
}

void
roost_pool_take_scan (RoostPool *pool, RoostScan *scan)
{
  g_autoptr (GHashTable) found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < scan->volumes->len; i++)
    g_hash_table_add (found, g_strdup (((RoostVolume *)scan->volumes->pdata[i])->name));
  drop_others (pool, found);
  g_ptr_array_set_free_func (scan->volumes, NULL);
  for (guint i = 0; i < scan->volumes->len; i++)
    roost_pool_put_volume (pool, scan->volumes->pdata[i]);
  g_clear_pointer (&scan->volumes, g_ptr_array_unref);
  pool->space = scan->space;
  g_free (pool->real_path);
  pool->real_path = g_strdup (scan->real_path);
  roost_pool_changed (pool, ROOST_POOL_CHANGE_SPACE);
}

void
roost_pool_clear_volumes (RoostPool *pool)
{
  g_autoptr (GHashTable) none = g_hash_table_new (g_str_hash, g_str_equal);

  drop_others (pool, none);
  pool->space = (RoostSpace){ 0 };
  roost_pool_changed (pool, ROOST_POOL_CHANGE_SPACE);
}

const RoostVolume *
roost_pool_get_volume (RoostPool *pool, const char *name, GError **error)
{
  const RoostVolume *volume = roost_pool_find_volume (pool, name);

  if (volume == NULL && roost_pool_need_active (pool, error))
    roost_throw (error, ROOST_ERROR_NOT_FOUND, "the pool '%s' has no volume '%s'",
                 pool->config->name, name);
  return volume;
}

/* What a disk that uses it is compared with: a path, or the URL on its server. */
static char *
place_of (RoostPool *pool, const RoostVolume *volume)
{
  g_auto (RoostStorageSource) source = { 0 };

  if (volume->type != ROOST_VOLUME_TYPE_NETWORK || pool->backend->locate == NULL)
    return roost_pool_volume_path (pool, volume);
  pool->backend->locate (pool, volume, &source);
  return roost_source_url (&source);
}

/* Where a document may say that it is: a chain of images has no symbolic links. */
static GStrv
places_of (RoostPool *pool, const char *name)
{
  const RoostVolume *volume = roost_pool_find_volume (pool, name);
  g_autoptr (GStrvBuilder) places = g_strv_builder_new ();
  g_autofree char *path = NULL;
  g_autofree char *real = NULL;

  if (volume != NULL && pool->storage != NULL)
    {
      path = place_of (pool, volume);
      real = volume->path == NULL && pool->real_path != NULL
                 ? g_build_filename (pool->real_path, name, NULL)
                 : NULL;
      if (path != NULL)
        g_strv_builder_add (places, path);
      if (real != NULL && g_strcmp0 (real, path) != 0)
        g_strv_builder_add (places, real);
    }
  return g_strv_builder_end (places);
}

GStrv
roost_pool_volume_users (RoostPool *pool, const char *name)
{
  g_auto (GStrv) places = places_of (pool, name);
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();

  for (guint i = 0; places[i] != NULL && pool->storage->users != NULL; i++)
    {
      g_auto (GStrv) users = pool->storage->users (places[i], FALSE, pool->storage->users_data);

      g_strv_builder_addv (all, (const char **)users);
    }
  return g_strv_builder_end (all);
}

static gboolean
need_no_user (RoostPool *pool, const char *name, gboolean is_written, GError **error)
{
  g_autofree char *what =
      g_strdup_printf ("the volume '%s' of pool '%s'", name, pool->config->name);
  g_auto (GStrv) places = places_of (pool, name);

  for (guint i = 0; places[i] != NULL; i++)
    if (!roost_storage_check_unused (pool->storage, places[i], is_written, what, error))
      return FALSE;
  return TRUE;
}

gboolean
roost_pool_need_unused (RoostPool *pool, const char *name, GError **error)
{
  return need_no_user (pool, name, FALSE, error);
}

gboolean
roost_pool_need_unwritten (RoostPool *pool, const char *name, GError **error)
{
  return need_no_user (pool, name, TRUE, error);
}
