/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/storage.h"

#include "base/error.h"
#include "base/log.h"
#include "model/source-place.h"
#include "storage/storage-private.h"
#include "storage/tool.h"

#include <string.h>

G_DEFINE_FINAL_TYPE (RoostStorage, roost_storage, G_TYPE_OBJECT)

enum
{
  POOL_ADDED,
  POOL_REMOVED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
forget_pool (gpointer pool)
{
  roost_pool_forget (pool);
  g_object_unref (pool);
}

static void
roost_storage_finalize (GObject *object)
{
  RoostStorage *storage = ROOST_STORAGE (object);

  g_hash_table_unref (storage->by_uuid);
  g_object_unref (storage->jobs);
  g_clear_object (&storage->secrets);
  g_ptr_array_unref (storage->bases);
  g_free (storage->config_dir);
  g_free (storage->run_dir);
  G_OBJECT_CLASS (roost_storage_parent_class)->finalize (object);
}

static guint
new_signal (const char *name)
{
  return g_signal_new (name, ROOST_TYPE_STORAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, 1, ROOST_TYPE_POOL);
}

static void
roost_storage_class_init (RoostStorageClass *class)
{
  G_OBJECT_CLASS (class)->finalize = roost_storage_finalize;
  signals[POOL_ADDED] = new_signal ("pool-added");
  signals[POOL_REMOVED] = new_signal ("pool-removed");
}

static void
base_free (gpointer p)
{
  RoostBase *base = p;

  g_free (base->path);
  g_object_unref (base->job);
  g_free (base);
}

static void
roost_storage_init (RoostStorage *storage)
{
  storage->by_uuid = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, forget_pool);
  storage->bases = g_ptr_array_new_with_free_func (base_free);
}

RoostStorage *
roost_storage_new (const RoostStoragePlaces *places, RoostJobs *jobs)
{
  RoostStorage *storage = g_object_new (ROOST_TYPE_STORAGE, NULL);

  storage->config_dir = g_strdup (places->config_dir);
  storage->run_dir = g_strdup (places->run_dir);
  storage->is_privileged = places->is_privileged;
  storage->jobs = g_object_ref (jobs);
  storage->owner = (uid_t)-1;
  storage->group = (gid_t)-1;
  return storage;
}

void
roost_storage_set_owner (RoostStorage *storage, uid_t user, gid_t group)
{
  storage->owner = user;
  storage->group = group;
}

void
roost_storage_set_secrets (RoostStorage *storage, RoostSecrets *secrets)
{
  g_set_object (&storage->secrets, secrets);
}

/* --- who uses what --- */

void
roost_storage_set_users (RoostStorage *storage,
                         RoostStorageUsers users,
                         RoostStorageUserName name,
                         gpointer data)
{
  storage->users = users;
  storage->user_name = name;
  storage->users_data = data;
}

/* Those that only read let others read. */
static gboolean
is_reader (RoostJob *job)
{
  static const char *const readers[] = { "copy-from", "download-volume", "checksum-volume", NULL };

  return g_strv_contains (readers, roost_job_operation (job));
}

gboolean
roost_storage_take_base (
    RoostStorage *storage, const char *path, const void *owner, RoostJob *job, GError **error)
{
  RoostPool *pool = NULL;
  const RoostVolume *volume = roost_storage_find_path (storage, path, &pool);
  g_autoptr (RoostJob) holder = volume != NULL ? roost_pool_volume_job (pool, volume->name) : NULL;
  RoostBase *base;

  if (holder != NULL && !is_reader (holder))
    return roost_throw (error, ROOST_ERROR_BUSY, "the image below, '%s', is held by job %u ('%s')",
                        path, roost_job_number (holder), roost_job_operation (holder));
  base = g_new (RoostBase, 1);
  *base = (RoostBase){ g_strdup (path), owner, g_object_ref (job) };
  g_ptr_array_add (storage->bases, base);
  return TRUE;
}

void
roost_storage_drop_bases (RoostStorage *storage, const void *owner)
{
  for (guint i = storage->bases->len; i-- > 0;)
    if (((RoostBase *)storage->bases->pdata[i])->owner == owner)
      g_ptr_array_remove_index_fast (storage->bases, i);
}

static gboolean
is_at (const char *own, const char *path)
{
  return g_str_has_suffix (path, "/") ? g_str_has_prefix (own, path) : g_str_equal (own, path);
}

static gboolean
check_no_base (RoostStorage *storage, const char *path, const char *what, GError **error)
{
  for (guint i = 0; i < storage->bases->len; i++)
    {
      const RoostBase *base = storage->bases->pdata[i];

      if (is_at (base->path, path))
        return roost_throw (error, ROOST_ERROR_BUSY,
                            "%s is in use by job %u ('%s'), which makes an image above '%s'", what,
                            roost_job_number (base->job), roost_job_operation (base->job),
                            base->path);
    }
  return TRUE;
}

gboolean
roost_storage_check_unused (
    RoostStorage *storage, const char *path, gboolean is_written, const char *what, GError **error)
{
  g_auto (GStrv) users =
      storage->users != NULL ? storage->users (path, is_written, storage->users_data) : NULL;
  const char *name = NULL;

  if (users == NULL || users[0] == NULL)
    return is_written || check_no_base (storage, path, what, error);
  name = storage->user_name (users[0], storage->users_data);
  return roost_throw (error, ROOST_ERROR_BUSY, "%s is in use by the running domain '%s'", what,
                      name != NULL ? name : users[0]);
}

/* --- the list --- */

void
roost_storage_add (RoostStorage *storage, RoostPool *pool)
{
  g_hash_table_insert (storage->by_uuid, g_strdup (roost_pool_uuid (pool)), pool);
  g_signal_emit (storage, signals[POOL_ADDED], 0, pool);
}

void
roost_storage_remove (RoostStorage *storage, RoostPool *pool)
{
  g_autoptr (RoostPool) held = g_object_ref (pool);

  if (g_hash_table_remove (storage->by_uuid, roost_pool_uuid (pool)))
    g_signal_emit (storage, signals[POOL_REMOVED], 0, pool);
}

RoostPool *
roost_storage_find_uuid (RoostStorage *storage, const char *uuid)
{
  return g_hash_table_lookup (storage->by_uuid, uuid);
}

/* There are tens of pools, not thousands. */
RoostPool *
roost_storage_find_name (RoostStorage *storage, const char *name)
{
  GHashTableIter iter;
  gpointer pool;

  g_hash_table_iter_init (&iter, storage->by_uuid);
  while (g_hash_table_iter_next (&iter, NULL, &pool))
    if (g_str_equal (roost_pool_name (pool), name))
      return pool;
  return NULL;
}

static int
compare_pools (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (roost_pool_name (*(RoostPool *const *)a),
                    roost_pool_name (*(RoostPool *const *)b));
}

GPtrArray *
roost_storage_pools (RoostStorage *storage)
{
  GPtrArray *pools = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer pool;

  g_hash_table_iter_init (&iter, storage->by_uuid);
  while (g_hash_table_iter_next (&iter, NULL, &pool))
    g_ptr_array_add (pools, g_object_ref (pool));
  g_ptr_array_sort (pools, compare_pools);
  return pools;
}

static void
autostart_co (gpointer p)
{
  g_autoptr (RoostPool) pool = p;
  g_autoptr (GError) error = NULL;

  if (pool->state == ROOST_POOL_INACTIVE && !roost_pool_start (pool, "", &error))
    roost_warning ("the pool '%s' was to start with the daemon: %s", roost_pool_name (pool),
                   error->message);
}

void
roost_storage_autostart (RoostStorage *storage)
{
  g_autoptr (GPtrArray) pools = roost_storage_pools (storage);

  for (guint i = 0; i < pools->len; i++)
    if (roost_pool_is_autostart (pools->pdata[i]) && roost_pool_job (pools->pdata[i]) == NULL)
      co_spawn ("pool-start", autostart_co, g_object_ref (pools->pdata[i]));
}

/* --- definitions --- */

static RoostPoolConfig *
prepare (const char *xml, gboolean validate, GError **error)
{
  g_autoptr (RoostIssues) issues = roost_issues_new ();
  g_autoptr (RoostPoolConfig) config = roost_pool_config_parse (xml, issues, error);
  const RoostIssue *issue;

  if (config == NULL || !roost_pool_config_complete (config, issues, error))
    return NULL;
  if (!validate || roost_issues_length (issues) == 0)
    return g_steal_pointer (&config);
  issue = roost_issues_get (issues, 0);
  roost_throw (error, ROOST_ERROR_INVALID_XML, "line %u, column %u: %s", issue->line, issue->column,
               issue->message);
  return NULL;
}

/* Two pools in one folder would fight over its files. */
static gboolean
check_target (RoostStorage *storage, const RoostPoolConfig *config, GError **error)
{
  GHashTableIter iter;
  gpointer p;

  g_hash_table_iter_init (&iter, storage->by_uuid);
  while (config->path != NULL && g_hash_table_iter_next (&iter, NULL, &p))
    {
      const RoostPool *other = p;

      if (!g_str_equal (other->config->uuid, config->uuid) && other->backend != NULL
          && (other->backend->flags & ROOST_BACKEND_FILES)
          && g_strcmp0 (other->config->path, config->path) == 0)
        return roost_throw (error, ROOST_ERROR_EXISTS, "the pool '%s' is in '%s' already",
                            other->config->name, config->path);
    }
  return TRUE;
}

static gboolean
check_unique (RoostStorage *storage, const RoostPoolConfig *config, GError **error)
{
  RoostPool *by_name = roost_storage_find_name (storage, config->name);
  RoostPool *by_uuid = roost_storage_find_uuid (storage, config->uuid);

  if (by_name != NULL && by_name != by_uuid)
    return roost_throw (
        error, ROOST_ERROR_EXISTS,
        "the pool '%s' exists with the uuid %s; give that <uuid> to redefine it, or "
        "choose another name",
        config->name, roost_pool_uuid (by_name));
  if (by_uuid != NULL && by_name == NULL)
    return roost_throw (error, ROOST_ERROR_EXISTS, "the uuid %s is that of the pool '%s'",
                        config->uuid, roost_pool_name (by_uuid));
  return check_target (storage, config, error);
}

/* Takes the place of the definition of @pool, when it is stopped if it is active. */
static void
redefine (RoostPool *pool, RoostPoolConfig *config)
{
  g_clear_pointer (&pool->next_config, roost_pool_config_free);
  if (pool->state == ROOST_POOL_INACTIVE)
    {
      roost_pool_config_free (pool->config);
      pool->config = config;
      pool->backend = roost_backend_find (config->kind);
    }
  else
    pool->next_config = config;
  pool->is_persistent = TRUE;
  roost_pool_changed (pool, ROOST_POOL_CHANGE_CONFIG);
}

static RoostPool *
add_new (RoostStorage *storage, RoostPoolConfig *config)
{
  RoostPool *pool = roost_pool_new (storage, config);

  roost_storage_add (storage, pool);
  return g_object_ref (pool);
}

/* It is added before it is written, so that nobody else takes the name meanwhile. */
static RoostPool *
define_new (RoostStorage *storage, RoostPoolConfig *config, const char *caller, GError **error)
{
  g_autoptr (RoostPool) pool = add_new (storage, config);
  RoostJob *job = roost_pool_hold (pool, NULL, "define", caller, error);
  g_autoptr (GError) local = NULL;

  roost_job_refuse_cancel (job);
  pool->is_persistent = roost_storage_write_config (storage, config, &local);
  roost_pool_release (pool, job, local);
  g_object_unref (job);
  if (local == NULL)
    {
      roost_pool_changed (pool, ROOST_POOL_CHANGE_CONFIG);
      return g_steal_pointer (&pool);
    }
  roost_storage_remove (storage, pool);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

RoostPool *
roost_storage_define (
    RoostStorage *storage, const char *xml, gboolean validate, const char *caller, GError **error)
{
  g_autoptr (RoostPoolConfig) config = prepare (xml, validate, error);
  g_autoptr (RoostPool) pool = NULL;
  g_autoptr (RoostJob) job = NULL;
  g_autoptr (GError) local = NULL;

  if (config == NULL || !check_unique (storage, config, error))
    return NULL;
  if (roost_storage_find_uuid (storage, config->uuid) == NULL)
    return define_new (storage, g_steal_pointer (&config), caller, error);
  pool = g_object_ref (roost_storage_find_uuid (storage, config->uuid));
  job = roost_pool_hold (pool, NULL, "redefine", caller, error);
  if (job == NULL)
    return NULL;
  roost_job_refuse_cancel (job);
  if (roost_storage_write_config (storage, config, &local))
    redefine (pool, g_steal_pointer (&config));
  roost_pool_release (pool, job, local);
  if (local == NULL)
    return g_steal_pointer (&pool);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

RoostPool *
roost_storage_start_transient (
    RoostStorage *storage, const char *xml, gboolean build, const char *caller, GError **error)
{
  g_autoptr (RoostPoolConfig) config = prepare (xml, FALSE, error);
  g_autoptr (RoostPool) pool = NULL;

  if (config == NULL || !check_unique (storage, config, error))
    return NULL;
  if (roost_storage_find_uuid (storage, config->uuid) != NULL)
    {
      roost_throw (error, ROOST_ERROR_EXISTS, "the pool '%s' is defined; start that one",
                   config->name);
      return NULL;
    }
  pool = add_new (storage, g_steal_pointer (&config));
  if ((!build || roost_pool_build (pool, FALSE, caller, error))
      && roost_pool_start (pool, caller, error))
    return g_steal_pointer (&pool);
  if (!pool->is_persistent)
    roost_storage_remove (storage, pool);
  return NULL;
}

/* --- what there is here --- */

char *
roost_storage_capabilities (RoostStorage *storage)
{
  GString *out = g_string_new ("<storagepoolCapabilities>\n");

  for (guint kind = 1; roost_pool_kind_names[kind] != NULL; kind++)
    roost_backend_describe (kind, storage->is_privileged, out);
  g_string_append (out, "</storagepoolCapabilities>\n");
  return g_string_free (out, FALSE);
}

static const RoostBackend *
backend_by_name (RoostStorage *storage, const char *kind, GError **error)
{
  for (guint i = 1; roost_pool_kind_names[i] != NULL; i++)
    if (g_str_equal (roost_pool_kind_names[i], kind))
      {
        const RoostBackend *backend = roost_backend_find (i);
        g_autofree char *missing = roost_backend_missing (backend, storage->is_privileged);

        if (missing == NULL && backend->find_sources != NULL)
          return backend;
        roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "sources of pools of type '%s': %s", kind,
                     missing != NULL ? missing : "cannot be looked for");
        return NULL;
      }
  roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "there is no type of pool '%s'", kind);
  return NULL;
}

char *
roost_storage_find_sources (RoostStorage *storage,
                            const char *kind,
                            const char *spec,
                            GError **error)
{
  const RoostBackend *backend = backend_by_name (storage, kind, error);
  g_autoptr (RoostPoolConfig) config = NULL;
  g_autofree char *xml = NULL;

  if (backend == NULL)
    return NULL;
  if (spec != NULL && *spec != '\0')
    {
      xml = g_strdup_printf ("<pool type='%s'>%s</pool>", kind, spec);
      config = roost_pool_config_parse (xml, NULL, error);
      if (config == NULL)
        return NULL;
    }
  return backend->find_sources (config, error);
}

/* Returns: (transfer full) (nullable): the active pool of that name */
static RoostPool *
find_active (RoostStorage *storage, const char *name, GError **error)
{
  RoostPool *found = roost_storage_find_name (storage, name);
  g_autoptr (RoostPool) pool = found != NULL ? g_object_ref (found) : NULL;

  if (pool == NULL)
    roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no pool '%s'", name);
  else if (pool->state == ROOST_POOL_STARTING && pool->job != NULL)
    roost_job_wait (pool->job, ROOST_TOOL_QUICK_MS, NULL, NULL);
  return pool != NULL && roost_pool_need_active (pool, error) ? g_steal_pointer (&pool) : NULL;
}

static gboolean
is_remote (const RoostVolume *volume)
{
  return volume->type == ROOST_VOLUME_TYPE_NETWORK || volume->type == ROOST_VOLUME_TYPE_NETDIR;
}

/* The host's way is the usual one; the direct one only for those that QEMU reaches itself. */
static gboolean
check_mode (RoostPool *pool, const RoostVolume *volume, RoostSourceMode mode, GError **error)
{
  if (mode == ROOST_SOURCE_MODE_HOST && is_remote (volume))
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the volume '%s' of pool '%s' is no device of this host: leave out "
                        "mode='host'",
                        volume->name, roost_pool_name (pool));
  if ((mode == ROOST_SOURCE_MODE_DIRECT || is_remote (volume)) && pool->backend->locate == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the volume '%s' of pool '%s' cannot be reached by QEMU itself",
                        volume->name, roost_pool_name (pool));
  return TRUE;
}

static void
take_path (RoostStorageSource *source, RoostVolumeType type, char *path)
{
  gboolean is_block = type == ROOST_VOLUME_TYPE_BLOCK;

  source->type = is_block ? ROOST_SOURCE_TYPE_BLOCK : ROOST_SOURCE_TYPE_FILE;
  if (is_block)
    source->dev = path;
  else
    source->file = path;
}

gboolean
roost_storage_resolve (RoostStorage *storage, RoostStorageSource *source, GError **error)
{
  g_autoptr (RoostPool) pool = find_active (storage, source->pool, error);
  RoostSourceMode mode = source->mode;
  const RoostVolume *volume;
  RoostSourceAuth *own;

  volume = pool != NULL ? roost_pool_get_volume (pool, source->volume, error) : NULL;
  if (volume == NULL || !check_mode (pool, volume, mode, error))
    return FALSE;
  own = g_steal_pointer (&source->auth);
  roost_source_clear_place (source);
  source->auth = own;
  if (is_remote (volume) || mode == ROOST_SOURCE_MODE_DIRECT)
    pool->backend->locate (pool, volume, source);
  else
    take_path (source, volume->type, roost_pool_volume_path (pool, volume));
  return TRUE;
}

/* Names may hold more than one component when an image tells them: only what is right in the folder
 * of a pool is taken. */
gboolean
roost_storage_allows (const char *path, gpointer p)
{
  RoostStorage *storage = p;
  g_autofree char *folder = g_path_get_dirname (path);
  GHashTableIter iter;
  gpointer found;

  g_hash_table_iter_init (&iter, storage->by_uuid);
  while (g_hash_table_iter_next (&iter, NULL, &found))
    {
      const RoostPool *pool = found;
      if (pool->state == ROOST_POOL_ACTIVE
          && (g_strcmp0 (pool->config->path, folder) == 0
              || g_strcmp0 (pool->real_path, folder) == 0))
        return TRUE;
    }
  return FALSE;
}

/* --- by path --- */

/* What is in the folder of a pool is found by its name. */
static const RoostVolume *
find_in_pool (RoostPool *pool, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  const RoostVolume *volume;
  GHashTableIter iter;
  gpointer found;

  if (pool->backend->flags & ROOST_BACKEND_FILES)
    {
      g_autofree char *folder = g_path_get_dirname (path);

      volume = roost_pool_find_volume (pool, name);
      return g_strcmp0 (pool->config->path, folder) == 0 || g_strcmp0 (pool->real_path, folder) == 0
                 ? volume
                 : NULL;
    }
  g_hash_table_iter_init (&iter, pool->volumes);
  while (g_hash_table_iter_next (&iter, NULL, &found))
    if (g_strcmp0 (((const RoostVolume *)found)->path, path) == 0)
      return found;
  return NULL;
}

const RoostVolume *
roost_storage_find_path (RoostStorage *storage, const char *path, RoostPool **out_pool)
{
  GHashTableIter iter;
  gpointer found;

  g_hash_table_iter_init (&iter, storage->by_uuid);
  while (g_hash_table_iter_next (&iter, NULL, &found))
    {
      RoostPool *pool = found;
      const RoostVolume *volume =
          pool->state == ROOST_POOL_ACTIVE ? find_in_pool (pool, path) : NULL;

      if (volume == NULL)
        continue;
      *out_pool = pool;
      return volume;
    }
  return NULL;
}

/* Names in headers are relative to the image's own folder. */
static gboolean
is_above (RoostPool *pool, const RoostVolume *volume, const char *path)
{
  g_autofree char *own = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *below = NULL;

  if (volume->backing == NULL)
    return FALSE;
  own = roost_pool_volume_path (pool, volume);
  folder = g_path_get_dirname (own);
  below = g_canonicalize_filename (volume->backing, folder);
  return g_str_equal (below, path);
}

static void
add_above (RoostPool *pool, const char *path, GPtrArray *above)
{
  GHashTableIter iter;
  gpointer found;

  g_hash_table_iter_init (&iter, pool->volumes);
  while (g_hash_table_iter_next (&iter, NULL, &found))
    if (is_above (pool, found, path))
      g_ptr_array_add (above, roost_pool_volume_path (pool, found));
}

GStrv
roost_storage_find_above (RoostStorage *storage, const char *path)
{
  GPtrArray *above = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer found;

  g_hash_table_iter_init (&iter, storage->by_uuid);
  while (g_hash_table_iter_next (&iter, NULL, &found))
    if (((RoostPool *)found)->state == ROOST_POOL_ACTIVE)
      add_above (found, path, above);
  g_ptr_array_add (above, NULL);
  return (GStrv)g_ptr_array_free (above, FALSE);
}

gboolean
roost_storage_check_nothing_above (RoostPool *pool, const char *name, GError **error)
{
  const RoostVolume *volume = roost_pool_get_volume (pool, name, error);
  g_autofree char *path = NULL;
  g_auto (GStrv) above = NULL;

  if (volume == NULL || !roost_pool_need_unused (pool, name, error))
    return FALSE;
  path = roost_pool_volume_path (pool, volume);
  above = roost_storage_find_above (pool->storage, path);
  return above[0] == NULL
         || roost_throw (
             error, ROOST_ERROR_BUSY,
             "the image '%s' lies above the volume '%s' of pool '%s', and would be lost "
             "with it: delete that first, or delete with the option force",
             above[0], name, pool->config->name);
}
