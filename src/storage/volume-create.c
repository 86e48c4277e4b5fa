/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A new volume: empty, over an image below, or with the content of another one. It is made under a
 * temporary name and gets its own when it is whole. */

#include "base/co.h"
#include "base/error.h"
#include "base/steps.h"
#include "storage/backend-files.h"
#include "storage/pool-private.h"
#include "storage/storage-private.h"
#include "storage/volume-content.h"
#include "storage/volume-crypt.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  RoostVolumeOp *op;
  RoostStorage *storage;
  RoostVolumeConfig *config;
  char *folder;
  char *temporary;     /* name */
  char *path;          /* of the temporary */
  char *preallocation; /* (nullable) */
  GBytes *key;         /* (nullable): it is to be encrypted */
  RoostVolumeOrigin origin;
  RoostPool *source; /* (nullable) */
  char *source_name;
  char *source_secret;  /* (nullable) */
  RoostJob *source_job; /* (nullable): holds the source */
  gboolean allow_outside;
  gboolean is_below_encrypted;
  gboolean (*on_place) (guint64 inode, gpointer data, GError **error);
  gpointer place_data;
  guint64 inode;
} Create;

static void
create_free (gpointer p)
{
  Create *create = p;

  if (create->source_job != NULL)
    roost_pool_release (create->source, create->source_job, NULL);
  roost_storage_drop_bases (create->storage, create);
  g_clear_object (&create->source_job);
  g_clear_object (&create->source);
  g_clear_pointer (&create->key, g_bytes_unref);
  roost_volume_origin_clear (&create->origin);
  roost_volume_config_free (create->config);
  g_free (create->source_name);
  g_free (create->source_secret);
  g_free (create->folder);
  g_free (create->temporary);
  g_free (create->path);
  g_free (create->preallocation);
  g_object_unref (create->storage);
  g_free (create);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Create, create_free)

/* --- steps --- */

static gboolean
make_file (gpointer p, GCancellable *cancellable, GError **error)
{
  const Create *create = p;

  return roost_folder_create (create->folder, create->temporary, error);
}

static gboolean
remove_file (gpointer p, GCancellable *cancellable, GError **error)
{
  const Create *create = p;

  return roost_folder_remove (create->folder, create->temporary, error);
}

static gboolean
step_make_file (gpointer p, GCancellable *cancellable, GError **error)
{
  return co_thread (make_file, p, cancellable, error);
}

static void
undo_make_file (gpointer p)
{
  co_thread (remove_file, p, NULL, NULL);
}

static gboolean
write_content (const Create *create, GCancellable *cancellable, GError **error)
{
  const RoostVolumeContent content = {
    .config = create->config,
    .folder = create->folder,
    .preallocation = create->preallocation,
    .path = create->path,
    .origin = &create->origin,
    .key = create->key,
    .is_below_encrypted = create->is_below_encrypted,
    .job = create->op->job,
  };

  if (create->origin.path != NULL)
    return roost_volume_content_copy (&content, cancellable, error);
  return roost_volume_content_create (&content, cancellable, error);
}

static gboolean
step_write (gpointer p, GCancellable *cancellable, GError **error)
{
  return write_content (p, cancellable, error);
}

static gboolean
give (gpointer p, GCancellable *cancellable, GError **error)
{
  const Create *create = p;
  const RoostPermissions *permissions = &create->config->permissions;
  uid_t owner =
      permissions->owner.is_set ? (uid_t)permissions->owner.value : create->storage->owner;
  gid_t group =
      permissions->group.is_set ? (gid_t)permissions->group.value : create->storage->group;
  mode_t mode = permissions->mode.is_set ? (mode_t)permissions->mode.value : 0600;

  if ((owner != (uid_t)-1 || group != (gid_t)-1) && lchown (create->path, owner, group) != 0)
    return roost_throw_errno (error, errno, "cannot give the volume to %d:%d", (int)owner,
                              (int)group);
  if (chmod (create->path, mode) != 0)
    return roost_throw_errno (error, errno, "cannot set the mode of the volume");
  return TRUE;
}

static gboolean
step_give (gpointer p, GCancellable *cancellable, GError **error)
{
  return co_thread (give, p, cancellable, error);
}

static gboolean
find_inode (gpointer p, GCancellable *cancellable, GError **error)
{
  Create *create = p;
  struct stat st;

  if (lstat (create->path, &st) != 0)
    return roost_throw_errno (error, errno, "the new volume");
  create->inode = st.st_ino;
  return TRUE;
}

/* Whoever asked for it is told what it is before it is there. */
static gboolean
step_tell (gpointer p, GCancellable *cancellable, GError **error)
{
  Create *create = p;

  if (create->on_place == NULL)
    return TRUE;
  return co_thread (find_inode, create, NULL, error)
         && create->on_place (create->inode, create->place_data, error);
}

static gboolean
rename_file (gpointer p, GCancellable *cancellable, GError **error)
{
  const Create *create = p;

  return roost_folder_rename (create->folder, create->temporary, create->config->name, FALSE,
                              error);
}

static gboolean
step_rename (gpointer p, GCancellable *cancellable, GError **error)
{
  return co_thread (rename_file, p, NULL, error);
}

static const RoostStep create_steps[] = {
  { "make file", step_make_file, undo_make_file, 0 },
  { "write content", step_write, NULL, 0 },
  { "set permissions", step_give, NULL, 0 },
  { "tell", step_tell, NULL, 0 },
  { "put in place", step_rename, NULL, ROOST_STEP_COMMIT | ROOST_STEP_NO_CANCEL },
  { NULL },
};

static gboolean
show_step (gpointer p, const RoostStep *step, guint index, guint n, GError **error)
{
  Create *create = p;

  roost_job_set_phase (create->op->job, step->name, -1.0);
  return TRUE;
}

static gboolean
make_folder (gpointer p, GCancellable *cancellable, GError **error)
{
  const Create *create = p;
  const RoostPermissions *permissions = &create->config->permissions;
  g_autofree char *path = g_build_filename (create->folder, create->config->name, NULL);
  mode_t mode = permissions->mode.is_set ? (mode_t)permissions->mode.value : 0711;

  if (mkdir (path, mode) == 0)
    return TRUE;
  if (errno == EEXIST)
    return roost_throw (error, ROOST_ERROR_EXISTS, "there is '%s' already", path);
  return roost_throw_errno (error, errno, "cannot make the folder '%s'", path);
}

static gboolean
run_create (RoostVolumeOp *op, GError **error)
{
  const RoostStepHooks hooks = { .before = show_step };
  Create *create = op->data;

  create->op = op;
  if (create->config->type == ROOST_VOLUME_TYPE_DIR)
    return co_thread (make_folder, create, NULL, error);
  return roost_steps_run (create_steps, create, &hooks, roost_job_cancellable (op->job), error);
}

/* --- volumes that are no files --- */

static gboolean
fill_node (Create *create, const char *path, GCancellable *cancellable, GError **error)
{
  g_free (create->path);
  create->path = g_strdup (path);
  return (create->origin.path == NULL
          && (create->config->format == NULL || g_str_equal (create->config->format, "raw")
              || !roost_volume_format_is_image (create->config->format))
          && create->key == NULL)
         || write_content (create, cancellable, error);
}

static gboolean
run_create_node (RoostVolumeOp *op, GError **error)
{
  Create *create = op->data;
  RoostPool *pool = op->pool;
  const RoostVolume *volume;
  g_autofree char *path = NULL;

  create->op = op;
  roost_job_set_phase (op->job, "make node", -1.0);
  if ((create->on_place != NULL && !create->on_place (0, create->place_data, error))
      || !pool->backend->create_volume (pool, create->config, error)
      || !roost_pool_scan (pool, NULL, error))
    return FALSE;
  volume = roost_pool_get_volume (pool, create->config->name, error);
  if (volume == NULL)
    return FALSE;
  path = roost_pool_volume_path (pool, volume);
  if (create->config->format == NULL)
    create->config->format = g_strdup ("raw");
  if (fill_node (create, path, roost_job_cancellable (op->job), error))
    return TRUE;
  volume = roost_pool_find_volume (pool, create->config->name);
  if (volume != NULL && pool->backend->remove_volume != NULL)
    pool->backend->remove_volume (pool, volume, NULL);
  return FALSE;
}

/* --- what may be made --- */

static gboolean
check_preallocation (const char *text, GError **error)
{
  static const char *const known[] = { "off", "metadata", "falloc", "full", NULL };

  return text == NULL || g_strv_contains (known, text)
         || roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                         "preallocation is off, metadata, falloc or full, not '%s'", text);
}

static gboolean
check_content (const Create *create, RoostPool *pool, GError **error)
{
  const RoostVolumeConfig *config = create->config;
  gboolean is_file = config->type != ROOST_VOLUME_TYPE_DIR;

  if (config->encryption != NULL && !roost_volume_crypt_check (config, error))
    return FALSE;
  if (is_file && !config->capacity.is_set && config->backing == NULL && create->source_name == NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_XML, "<volume>: <capacity> is missing");
  if (config->format != NULL && is_file && (pool->backend->flags & ROOST_BACKEND_FILES)
      && !roost_volume_format_is_image (config->format))
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "a volume of format '%s' can be shown, but not made", config->format);
  if (config->backing != NULL && create->source_name != NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "a copy has no <backingStore>; it holds everything itself");
  if (config->backing != NULL && g_strcmp0 (config->format, "qcow2") != 0
      && g_strcmp0 (config->format, "qed") != 0)
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "only qcow2 and qed have an image below them, not '%s'",
                        config->format != NULL ? config->format : "raw");
  return TRUE;
}

static gboolean
check_data_file (const Create *create, RoostPool *pool, GError **error)
{
  const char *name = create->config->data_file;
  const RoostVolume *volume;

  if (name == NULL)
    return TRUE;
  if (g_strcmp0 (create->config->format, "qcow2") != 0)
    return roost_throw (error, ROOST_ERROR_INVALID_XML, "<dataFile> is for qcow2");
  volume = roost_pool_get_volume (pool, name, error);
  if (volume == NULL)
    return FALSE;
  if (!g_str_equal (volume->format, "raw"))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the data file '%s' has to be a raw volume", name);
  return roost_pool_need_unused (pool, name, error);
}

/* The image below may be named as a volume of this pool. */
static gboolean
resolve_backing (Create *create, RoostPool *pool, GError **error)
{
  RoostVolumeBacking *backing = create->config->backing;
  const RoostVolume *volume;

  if (backing == NULL || *backing->path == '/')
    return TRUE;
  volume = roost_pool_get_volume (pool, backing->path, error);
  if (volume == NULL)
    return FALSE;
  g_free (backing->path);
  backing->path = roost_pool_volume_path (pool, volume);
  return TRUE;
}

/* qemu-img cannot open what is encrypted to see how large it is. Awaits. */
static gboolean
find_size (Create *create, const GPtrArray *chain, GError **error)
{
  const RoostImageLink *below = chain->pdata[0];
  RoostUint *capacity = &create->config->capacity;
  g_autoptr (RoostImageInfo) info = NULL;

  for (guint i = 0; i < chain->len; i++)
    if (((RoostImageLink *)chain->pdata[i])->is_encrypted)
      create->is_below_encrypted = TRUE;
  if (!create->is_below_encrypted || capacity->is_set)
    return TRUE;
  info = roost_image_info (below->path, below->format, NULL, error);
  if (info != NULL)
    *capacity = (RoostUint){ info->capacity, TRUE };
  return info != NULL;
}

static gboolean
take_bases (Create *create, const GPtrArray *chain, RoostJob *job, GError **error)
{
  for (guint i = create->config->backing != NULL ? 0 : 1; i < chain->len; i++)
    if (!roost_storage_take_base (create->storage, ((RoostImageLink *)chain->pdata[i])->path,
                                  create, job, error))
      return FALSE;
  return TRUE;
}

/* Everything that qemu-img would open stays where the user may look, and as it is. Awaits. */
static gboolean
check_chain (Create *create, RoostJob *job, GError **error)
{
  const RoostVolumeBacking *backing = create->config->backing;
  const char *path = backing != NULL ? backing->path : create->origin.path;
  const char *format = backing != NULL ? backing->format : create->origin.format;
  g_autoptr (GPtrArray) chain = NULL;

  if (path == NULL)
    return TRUE;
  chain = roost_image_chain (path, format, create->allow_outside ? NULL : roost_storage_allows,
                             create->storage, error);
  if (chain == NULL)
    return FALSE;
  if (backing != NULL && !create->allow_outside
      && !roost_storage_allows (((RoostImageLink *)chain->pdata[0])->path, create->storage))
    return roost_throw (error, ROOST_ERROR_STORAGE,
                        "the image below, '%s', is in no active pool; the option 'outside' allows "
                        "it",
                        path);
  return (backing == NULL || find_size (create, chain, error))
         && take_bases (create, chain, job, error);
}

static gboolean
hold_source (Create *create, const char *caller, GError **error)
{
  const RoostVolume *volume;

  if (create->source_name == NULL)
    return TRUE;
  volume = roost_pool_get_volume (create->source, create->source_name, error);
  if (volume == NULL)
    return FALSE;
  if (volume->type == ROOST_VOLUME_TYPE_DIR)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "the volume '%s' is a folder",
                        create->source_name);
  if (!roost_pool_need_unwritten (create->source, create->source_name, error))
    return FALSE;
  create->origin.path = roost_pool_volume_path (create->source, volume);
  if (create->origin.format == NULL)
    create->origin.format =
        g_strdup (roost_volume_format_is_image (volume->format) ? volume->format : "raw");
  create->source_job =
      roost_pool_hold (create->source, create->source_name, "copy-from", caller, error);
  return create->source_job != NULL;
}

/* The origin is known to be encrypted, and nobody said by what. */
static gboolean
check_no_key (Create *create, GError **error)
{
  RoostVolumeOrigin *origin = &create->origin;
  const RoostVolumeConfig *config = create->config;
  gboolean is_raw = config->format == NULL || g_str_equal (config->format, "raw");
  g_autoptr (RoostImageInfo) info = NULL;

  if (g_str_equal (origin->format, "luks") && is_raw && config->encryption == NULL)
    {
      /* Byte for byte, it stays what it is. */
      g_free (origin->format);
      origin->format = g_strdup ("raw");
      return TRUE;
    }
  if (g_str_equal (origin->format, "qcow2"))
    {
      info = roost_image_info (origin->path, origin->format, NULL, error);
      if (info == NULL)
        return FALSE;
    }
  if (!g_str_equal (origin->format, "luks") && (info == NULL || !info->is_encrypted))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                      "the volume '%s' is encrypted: name its secret by the option 'source-secret'",
                      create->source_name);
}

/* What the origin is opened with, and what the volume will be. Awaits. */
static gboolean
find_keys (Create *create, GError **error)
{
  RoostSecrets *secrets = create->storage->secrets;

  if (create->config->encryption != NULL
      && (create->key = roost_volume_crypt_key (secrets, create->config, error)) == NULL)
    return FALSE;
  if (create->source_name == NULL)
    return TRUE;
  if (create->source_secret == NULL)
    return check_no_key (create, error);
  create->origin.key = roost_volume_crypt_find (secrets, create->source_secret, error);
  return create->origin.key != NULL;
}

static Create *
create_new (RoostPool *pool, const RoostVolumeRequest *request, GError **error)
{
  g_autoptr (RoostVolumeConfig) config = roost_volume_config_parse (request->xml, NULL, error);
  g_autofree char *token = g_uuid_string_random ();
  Create *create;

  if (config == NULL || !roost_volume_config_complete (config, pool->config, NULL, error)
      || !check_preallocation (request->options.preallocation, error))
    return NULL;
  create = g_new0 (Create, 1);
  create->config = g_steal_pointer (&config);
  create->storage = g_object_ref (pool->storage);
  create->folder = g_strdup (roost_pool_path (pool));
  create->temporary = g_strdup_printf (ROOST_FOLDER_TEMPORARY "%.8s.part", token);
  create->path = g_build_filename (create->folder, create->temporary, NULL);
  create->preallocation = g_strdup (request->options.preallocation);
  create->source = request->source != NULL ? g_object_ref (request->source) : NULL;
  create->source_name = g_strdup (request->source_name);
  create->origin.format = g_strdup (request->options.source_format);
  create->source_secret = g_strdup (request->options.source_secret);
  create->allow_outside = request->options.allow_outside;
  create->on_place = request->on_place;
  create->place_data = request->data;
  return create;
}

static gboolean
check_request (Create *create, RoostPool *pool, RoostJob *job, GError **error)
{
  return check_content (create, pool, error) && check_data_file (create, pool, error)
         && resolve_backing (create, pool, error)
         && hold_source (create, roost_job_caller (job), error) && find_keys (create, error)
         && check_chain (create, job, error);
}

static gboolean
need_absent (RoostPool *pool, const char *name, GError **error)
{
  if (g_str_has_prefix (name, ROOST_FOLDER_TEMPORARY))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "names that begin with '%s' are kept for what is in the making",
                        ROOST_FOLDER_TEMPORARY);
  return roost_pool_find_volume (pool, name) == NULL
         || roost_throw (error, ROOST_ERROR_EXISTS, "the pool '%s' has a volume '%s' already",
                         roost_pool_name (pool), name);
}

RoostJob *
roost_pool_create_volume (RoostPool *pool, const RoostVolumeRequest *request, GError **error)
{
  g_autoptr (Create) create = NULL;
  g_autoptr (RoostJob) job = NULL;
  g_autoptr (GError) local = NULL;
  gboolean is_node;

  if (!roost_pool_need_active (pool, error))
    return NULL;
  create = create_new (pool, request, error);
  if (create == NULL || !need_absent (pool, create->config->name, error))
    return NULL;
  is_node = !(pool->backend->flags & ROOST_BACKEND_FILES);
  if (is_node && pool->backend->create_volume == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                   "no volumes can be made in a pool of type '%s'", roost_pool_kind_name (pool));
      return NULL;
    }
  job = roost_pool_hold (pool, create->config->name,
                         request->source_name != NULL ? "copy-volume" : "create-volume",
                         request->caller, error);
  if (job == NULL)
    return NULL;
  if (!check_request (create, pool, job, &local))
    {
      roost_pool_release (pool, job, local);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  roost_volume_op_begin (&(RoostVolumeOp){ pool, job, is_node ? run_create_node : run_create,
                                           g_steal_pointer (&create), create_free });
  return g_steal_pointer (&job);
}
