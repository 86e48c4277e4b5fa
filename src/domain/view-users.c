/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/view-volumes.h"

#include "base/compat.h"
#include "base/error.h"
#include "domain/domain-private.h"
#include "model/source-place.h"
#include "model/tables.h"

#include <string.h>

/* --- who uses a file --- */

static gboolean
is_at (const RoostStorageSource *source, const char *path)
{
  g_autofree char *url = roost_source_url (source);
  const char *own = source->type == ROOST_SOURCE_TYPE_BLOCK ? source->dev : source->file;

  if (url != NULL)
    own = url;
  if (own == NULL)
    return FALSE;
  return g_str_has_suffix (path, "/") ? g_str_has_prefix (own, path) : g_str_equal (own, path);
}

static gboolean
disk_uses (const RoostDisk *disk, const char *path)
{
  const RoostBackingStore *store = disk->backing_store;

  if (is_at (&disk->source, path) || (disk->mirror != NULL && is_at (&disk->mirror->source, path)))
    return TRUE;
  while (store != NULL && !is_at (&store->source, path))
    store = store->backing_store;
  return store != NULL;
}

gboolean
roost_view_uses_path (const RoostDomainConfig *config, const char *path)
{
  const RoostDisk *disk;

  ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
    if (disk_uses (disk, path))
      return TRUE;
  return FALSE;
}

gboolean
roost_view_writes_path (const RoostDomainConfig *config, const char *path)
{
  const RoostDisk *disk;

  ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
    if (!disk->readonly && is_at (&disk->source, path))
      return TRUE;
  return FALSE;
}

/* --- which volume a disk is --- */

/* A volume by its name, wherever it is. Awaits. Returns: (transfer full): its path */
static char *
path_of_named (RoostStorage *storage, const RoostDisk *disk, GError **error)
{
  RoostDisk *copy = roost_type_copy (&roost_disk_type, disk);
  const RoostStorageSource *found = &copy->source;
  char *path = NULL;

  if (roost_storage_resolve (storage, &copy->source, error))
    {
      path = g_strdup (found->file != NULL ? found->file : found->dev);
      if (path == NULL)
        roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                     "the volume '%s' of pool '%s' is no file or device of this host",
                     disk->source.volume, disk->source.pool);
    }
  roost_type_free (&roost_disk_type, copy);
  return path;
}

static gboolean
find_named (RoostStorage *storage, const RoostDisk *disk, RoostVolumePlace *out, GError **error)
{
  out->path = path_of_named (storage, disk, error);
  if (out->path == NULL)
    return FALSE;
  out->pool = g_object_ref (roost_storage_find_name (storage, disk->source.pool));
  out->name = g_strdup (disk->source.volume);
  return TRUE;
}

static gboolean
find_at (RoostStorage *storage, const char *path, RoostVolumePlace *out, GError **error)
{
  RoostPool *pool = NULL;
  const RoostVolume *volume = roost_storage_find_path (storage, path, &pool);

  if (volume == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "%s is in no active pool: make a pool of its folder", path);
  out->pool = g_object_ref (pool);
  out->name = g_strdup (volume->name);
  out->path = roost_pool_volume_path (pool, volume);
  return TRUE;
}

gboolean
roost_volumes_find (RoostManager *manager,
                    const RoostDisk *disk,
                    RoostVolumePlace *out,
                    GError **error)
{
  const RoostStorageSource *source = &disk->source;
  const char *path = source->type == ROOST_SOURCE_TYPE_BLOCK ? source->dev : source->file;

  if (manager->storage == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "this daemon has no storage pools");
  if (source->type == ROOST_SOURCE_TYPE_VOLUME && source->pool != NULL && source->volume != NULL)
    return find_named (manager->storage, disk, out, error);
  return path != NULL
             ? find_at (manager->storage, path, out, error)
             : roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "it is of type '%s', no volume",
                            roost_source_type_names[source->type]);
}

void
roost_volume_place_clear (RoostVolumePlace *place)
{
  g_clear_object (&place->pool);
  g_clear_pointer (&place->name, g_free);
  g_clear_pointer (&place->path, g_free);
}

/* --- which disks are at a volume --- */

/* A document without the name cannot have the volume: most need not be parsed. */
static gboolean
may_name (RoostDocument *document, const char *volume)
{
  g_autofree char *escaped = g_markup_escape_text (volume, -1);

  return strstr (roost_document_text (document), escaped) != NULL
         || strpbrk (volume, "<>&'\"") != NULL;
}

static gboolean
is_volume (const RoostStorageSource *source, const char *pool, const char *volume, const char *path)
{
  if (source->type == ROOST_SOURCE_TYPE_VOLUME)
    return g_strcmp0 (source->pool, pool) == 0 && g_strcmp0 (source->volume, volume) == 0;
  return is_at (source, path);
}

static gboolean
has_volume (RoostDocument *document, const char *pool, const char *volume, const char *path)
{
  const RoostDisk *disk;

  if (document == NULL || !may_name (document, volume))
    return FALSE;
  ROOST_LIST_EACH (const RoostDisk, disk, roost_document_config (document)->devices.disks)
    if (is_volume (&disk->source, pool, volume, path) || disk_uses (disk, path))
      return TRUE;
  return FALSE;
}

RoostDomain *
roost_volumes_find_user (RoostManager *manager,
                         const RoostDomain *except,
                         const char *pool,
                         const char *volume,
                         const char *path)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, manager->by_uuid);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const RoostDomain *domain = value;
      RoostDocument *running = domain->run != NULL ? domain->run->document : NULL;

      if (domain != except
          && (has_volume (domain->next, pool, volume, path)
              || has_volume (running, pool, volume, path)))
        return value;
    }
  return NULL;
}

/* --- images below others --- */

/* As qcow2: that it names an image below it was written by QEMU, and by no guest. */
static gboolean
has_overlay (const RoostDomainConfig *config,
             const char *pool,
             const char *volume,
             const char *path)
{
  const RoostDisk *disk;

  ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
    if (g_strcmp0 (disk->format, "qcow2") == 0 && is_volume (&disk->source, pool, volume, path))
      return TRUE;
  return FALSE;
}

static RoostDomain *
overlay_user (RoostManager *manager, const char *path)
{
  RoostPool *pool = NULL;
  const RoostVolume *volume = roost_storage_find_path (manager->storage, path, &pool);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, manager->by_uuid);
  while (volume != NULL && g_hash_table_iter_next (&iter, NULL, &value))
    {
      RoostDomain *domain = value;

      if (domain->next != NULL && may_name (domain->next, volume->name)
          && has_overlay (roost_document_config (domain->next), roost_pool_name (pool),
                          volume->name, path))
        return domain;
    }
  return NULL;
}

/* The image below a linked clone must stay as it is. */
gboolean
roost_volumes_check_not_below (RoostManager *manager, const RoostDisk *disk, GError **error)
{
  const RoostStorageSource *source = &disk->source;
  const char *path = source->type == ROOST_SOURCE_TYPE_BLOCK ? source->dev : source->file;
  g_auto (GStrv) above = NULL;

  if (path == NULL || disk->readonly || disk->transient || manager->storage == NULL)
    return TRUE;
  above = roost_storage_find_above (manager->storage, path);
  for (guint i = 0; above[i] != NULL; i++)
    {
      RoostDomain *user = overlay_user (manager, above[i]);

      if (user != NULL)
        return roost_throw (error, ROOST_ERROR_STORAGE,
                            "disk '%s': its image is below the one of domain '%s' (%s), which "
                            "would be lost when this one is written: make the disk <readonly/>, or "
                            "delete that domain with its disks first",
                            disk->target, user->name, above[i]);
    }
  return TRUE;
}

/* --- what the manager tells storage/ --- */

static gboolean
runs_with (const RoostDomain *domain, const char *path, gboolean is_written)
{
  const RoostDomainConfig *config;

  if (domain->run == NULL || domain->run->document == NULL)
    return FALSE;
  config = roost_document_config (domain->run->document);
  return is_written ? roost_view_writes_path (config, path) : roost_view_uses_path (config, path);
}

static GStrv
users_of (const char *path, gboolean is_written, gpointer p)
{
  RoostManager *manager = p;
  g_autoptr (GPtrArray) users = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, manager->by_uuid);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const RoostDomain *domain = value;

      if (runs_with (domain, path, is_written))
        g_ptr_array_add (users, g_strdup (domain->uuid));
    }
  g_ptr_array_add (users, NULL);
  return (GStrv)g_ptr_array_steal (users, NULL);
}

static const char *
name_of (const char *uuid, gpointer p)
{
  const RoostDomain *domain = roost_manager_find_uuid (p, uuid);

  return domain != NULL ? domain->name : NULL;
}

void
roost_manager_set_storage (RoostManager *manager, RoostStorage *storage)
{
  g_set_object (&manager->storage, storage);
  roost_storage_set_users (storage, users_of, name_of, manager);
  roost_storage_set_secrets (storage, manager->secrets);
  if (manager->qemu_user.is_other)
    roost_storage_set_owner (storage, manager->qemu_user.uid, manager->qemu_user.gid);
}
