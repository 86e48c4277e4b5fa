/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/view-volumes.h"

#include "base/compat.h"
#include "base/error.h"
#include "domain/domain-private.h"
#include "model/source-place.h"
#include "model/tables.h"

/* --- volumes --- */

static RoostBackingStore *
store_new (const RoostImageLink *link, RoostBackingStore *below)
{
  RoostBackingStore *store = g_new0 (RoostBackingStore, 1);

  store->format = g_strdup (link->format);
  store->source.type = ROOST_SOURCE_TYPE_FILE;
  store->source.is_given = TRUE;
  store->source.file = g_strdup (link->path);
  store->backing_store = below;
  return store;
}

/* What the image's own header names is looked at first, and then named to QEMU: it opens that and
 * nothing else, and each image below is known to be in use. */
static gboolean
name_chain (RoostStorage *storage, RoostDisk *disk, GError **error)
{
  const char *format = disk->format != NULL ? disk->format : "raw";
  const char *path = disk->source.file != NULL ? disk->source.file : disk->source.dev;
  g_autoptr (GPtrArray) chain = NULL;

  if (disk->backing_store != NULL || g_str_equal (format, "raw"))
    return TRUE;
  if (path == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "which images are below one of format '%s' on a server is not looked at: "
                        "name them in <backingStore>, an empty one where there are none",
                        format);
  chain = roost_image_chain (path, format, roost_storage_allows, storage, error);
  if (chain == NULL)
    return FALSE;
  disk->backing_store = g_new0 (RoostBackingStore, 1); /* an empty one: nothing is below */
  for (guint i = chain->len; i-- > 1;)
    disk->backing_store = store_new (chain->pdata[i], disk->backing_store);
  return TRUE;
}

static gboolean
resolve_disk (RoostManager *manager, RoostDisk *disk, GError **error)
{
  RoostStorageSource *source = &disk->source;
  RoostStorage *storage = manager->storage;

  if (source->type != ROOST_SOURCE_TYPE_VOLUME || source->pool == NULL || source->volume == NULL)
    return TRUE;
  if (storage == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "this daemon has no storage pools");
  if (roost_storage_resolve (storage, source, error) && name_chain (storage, disk, error))
    return TRUE;
  g_prefix_error (error, "disk '%s': ", disk->target);
  /* The caller's domain is not what is not running. */
  if (error != NULL && g_error_matches (*error, ROOST_ERROR, ROOST_ERROR_NOT_RUNNING))
    (*error)->code = ROOST_ERROR_STORAGE;
  return FALSE;
}

gboolean
roost_volumes_resolve_disk (RoostManager *manager, RoostDisk *disk, GError **error)
{
  return resolve_disk (manager, disk, error)
         && roost_volumes_check_not_below (manager, disk, error);
}

void
roost_volumes_keep_name (RoostDisk *stored, const RoostDisk *given)
{
  if (given->source.type != ROOST_SOURCE_TYPE_VOLUME)
    return;
  roost_source_keep_volume (&stored->source, &given->source);
  if (given->backing_store == NULL && stored->backing_store != NULL)
    roost_type_free (&roost_backing_store_type, g_steal_pointer (&stored->backing_store));
}

gboolean
roost_volumes_resolve (RoostManager *manager, RoostDomainConfig *config, GError **error)
{
  RoostDisk *disk;

  ROOST_LIST_EACH (RoostDisk, disk, config->devices.disks)
    if (!roost_volumes_resolve_disk (manager, disk, error))
      return FALSE;
  return TRUE;
}

void
roost_volumes_resolve_known (RoostManager *manager, RoostDomainConfig *config)
{
  RoostDisk *disk;

  ROOST_LIST_EACH (RoostDisk, disk, config->devices.disks)
    (void)resolve_disk (manager, disk, NULL);
}

/* --- <transient/> --- */

static void
transient_free (gpointer p)
{
  RoostTransientDisk *disk = p;

  g_free (disk->alias);
  g_free (disk->target);
  g_free (disk->path);
  g_free (disk->format);
  g_free (disk);
}

GPtrArray *
roost_view_transients (const RoostDomainConfig *config)
{
  GPtrArray *views = g_ptr_array_new_with_free_func (transient_free);
  const RoostDisk *disk;

  ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
    {
      RoostTransientDisk *view;

      if (!disk->transient || disk->source.file == NULL)
        continue;
      view = g_new0 (RoostTransientDisk, 1);
      view->alias = g_strdup (disk->info.alias);
      view->target = g_strdup (disk->target);
      view->path = g_strdup (disk->source.file);
      view->format = g_strdup (disk->format != NULL ? disk->format : "raw");
      view->is_encrypted = disk->encryption != NULL || disk->source.encryption != NULL;
      g_ptr_array_add (views, view);
    }
  return views;
}

static void
put_on_top (RoostDisk *disk, const char *path)
{
  RoostBackingStore *store = g_new0 (RoostBackingStore, 1);

  store->format = disk->format != NULL ? disk->format : g_strdup ("raw");
  store->cache_max_size = disk->cache_max_size;
  store->source = disk->source;
  store->backing_store = disk->backing_store;
  disk->backing_store = store;
  disk->format = g_strdup ("qcow2");
  disk->source = (RoostStorageSource){ .type = ROOST_SOURCE_TYPE_FILE,
                                       .is_given = TRUE,
                                       .file = g_strdup (path) };
}

void
roost_view_put_overlay (RoostDomainConfig *config, const char *alias, const char *path)
{
  RoostDisk *disk;

  ROOST_LIST_EACH (RoostDisk, disk, config->devices.disks)
    if (g_strcmp0 (disk->info.alias, alias) == 0)
      put_on_top (disk, path);
}
