/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/view-volumes.h"

#include "base/compat.h"
#include "base/error.h"
#include "domain/domain-private.h"
#include "domain/lend.h"
#include "model/source-place.h"
#include "model/tables.h"

/* --- volumes --- */

/* One that is encrypted is opened with the secret of the disk. */
static RoostBackingStore *
store_new (const RoostDisk *disk, const RoostImageLink *link, RoostBackingStore *below)
{
  const RoostEncryption *encryption =
      disk->source.encryption != NULL ? disk->source.encryption : disk->encryption;
  RoostBackingStore *store = g_new0 (RoostBackingStore, 1);

  if (link->is_encrypted)
    store->source.encryption = roost_type_copy (&roost_encryption_type, encryption);
  store->format = g_strdup (g_str_equal (link->format, "luks") ? "raw" : link->format);
  store->source.type = ROOST_SOURCE_TYPE_FILE;
  store->source.is_given = TRUE;
  store->source.file = g_strdup (link->path);
  store->backing_store = below;
  return store;
}

/* @chain: (nullable): nothing is below */
static gboolean
take_chain (RoostDisk *disk, const GPtrArray *chain, GError **error)
{
  for (guint i = 1; chain != NULL && i < chain->len; i++)
    if (((RoostImageLink *)chain->pdata[i])->is_encrypted && disk->source.encryption == NULL
        && disk->encryption == NULL)
      return roost_throw (error, ROOST_ERROR_STORAGE,
                          "the image below, '%s', is encrypted, and the disk is not: name its "
                          "secret in <backingStore>",
                          ((RoostImageLink *)chain->pdata[i])->path);
  disk->backing_store = g_new0 (RoostBackingStore, 1); /* an empty one ends it */
  for (guint i = chain != NULL ? chain->len : 1; i-- > 1;)
    disk->backing_store = store_new (disk, chain->pdata[i], disk->backing_store);
  return TRUE;
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
  return take_chain (disk, chain, error);
}

/* --- images that are no volumes --- */

/* Does the file have a chain that we can read? What it says and is not so, QEMU says best. Awaits.
 * @out_is_whole: it needs no other */
static gboolean
may_have_chain (const char *path, const char *format, gboolean *out_is_whole)
{
  static const char *const with_chains[] = { "qcow2", "qcow", "qed", "vmdk", NULL };
  RoostImageHeader header = { 0 };
  gboolean yes = g_strv_contains (with_chains, format) && roost_image_look_at (path, &header)
                 && g_str_equal (header.format, format);

  *out_is_whole = yes && header.is_whole;
  g_free (header.backing);
  return yes;
}

/* An image may name any file: QEMU, which runs as another user, is given none for that. Awaits. */
static gboolean
check_below (RoostManager *manager, const GPtrArray *chain, GError **error)
{
  for (guint i = 1; i < chain->len; i++)
    {
      const RoostImageLink *link = chain->pdata[i];

      if (!(manager->storage != NULL && roost_storage_allows (link->path, manager->storage))
          && !roost_lend_may_read (manager, link->path))
        return roost_throw (error, ROOST_ERROR_STORAGE,
                            "the image below, '%s', is in no active pool and QEMU may not read it: "
                            "name it in <backingStore>, or make a pool of its folder",
                            link->path);
    }
  return TRUE;
}

/* What is below may be anywhere, also on a server: then QEMU finds it by itself. */
static gboolean
name_file_chain (RoostManager *manager, RoostDisk *disk, const char *path, GError **error)
{
  const char *format = disk->format != NULL ? disk->format : "raw";
  g_autoptr (GPtrArray) chain = NULL;
  g_autoptr (GError) local = NULL;
  gboolean is_whole = FALSE;

  if (disk->backing_store != NULL || !may_have_chain (path, format, &is_whole))
    return TRUE;
  if (!is_whole)
    {
      chain = roost_image_chain (path, format, NULL, NULL, &local);
      if (g_error_matches (local, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED))
        return TRUE;
    }
  if (local == NULL && (chain == NULL || check_below (manager, chain, &local))
      && take_chain (disk, chain, &local))
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&local), "disk '%s': ", disk->target);
  return FALSE;
}

static gboolean
resolve_disk (RoostManager *manager, RoostDisk *disk, GError **error)
{
  RoostStorageSource *source = &disk->source;
  RoostStorage *storage = manager->storage;

  if (source->type == ROOST_SOURCE_TYPE_FILE && source->file != NULL)
    return name_file_chain (manager, disk, source->file, error);
  if (source->type == ROOST_SOURCE_TYPE_BLOCK && source->dev != NULL)
    return name_file_chain (manager, disk, source->dev, error);
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
  if (given->source.type == ROOST_SOURCE_TYPE_VOLUME)
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
