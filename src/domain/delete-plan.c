/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What belongs to a domain, and why some of it may not go. */

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"
#include "domain/delete-private.h"
#include "domain/store.h"
#include "domain/view-volumes.h"
#include "domain/view.h"
#include "model/domain-types.h"

static void
item_free (gpointer p)
{
  RoostDeleteItem *item = p;

  g_free (item->target);
  g_free (item->path);
  g_free (item->pool);
  g_free (item->volume);
  g_free (item->refused);
  g_free (item);
}

static RoostDeleteItem *
add_item (GPtrArray *items, const char *kind, const char *path)
{
  RoostDeleteItem *item = g_new0 (RoostDeleteItem, 1);

  item->kind = kind;
  item->path = g_strdup (path);
  g_ptr_array_add (items, item);
  return item;
}

/* --- volumes --- */

char *
roost_delete_refusal (RoostDomain *domain, const RoostDeleteItem *item)
{
  RoostManager *manager = domain->manager;
  RoostPool *pool = roost_storage_find_uuid (manager->storage, item->pool);
  RoostDomain *user;
  g_auto (GStrv) above = NULL;

  if (pool == NULL || roost_pool_find_volume (pool, item->volume) == NULL)
    return g_strdup_printf ("the volume '%s' is gone", item->volume);
  above = roost_storage_find_above (manager->storage, item->path);
  if (above[0] != NULL)
    return g_strdup_printf ("it is the image below %s", above[0]);
  user =
      roost_volumes_find_user (manager, domain, roost_pool_name (pool), item->volume, item->path);
  return user != NULL ? g_strdup_printf ("domain '%s' has it, too", roost_domain_name (user))
                      : NULL;
}

static void
fill_volume (RoostDomain *domain, RoostDeleteItem *item, RoostPool *pool, const char *name)
{
  const RoostVolume *volume = roost_pool_find_volume (pool, name);

  item->pool = g_strdup (roost_pool_uuid (pool));
  item->volume = g_strdup (name);
  if (volume != NULL)
    {
      item->size = volume->allocation;
      item->inode = volume->inode;
    }
  item->refused = roost_delete_refusal (domain, item);
}

static void
add_disk (RoostDomain *domain, const RoostDisk *disk, GPtrArray *items)
{
  const RoostStorageSource *source = &disk->source;
  const char *path = source->file != NULL ? source->file : source->dev;
  g_auto (RoostVolumePlace) place = { 0 };
  g_autoptr (GError) error = NULL;
  RoostDeleteItem *item;

  if (roost_storage_source_is_empty (source))
    return;
  roost_volumes_find (domain->manager, disk, &place, &error);
  if (place.path != NULL)
    path = place.path;
  item = add_item (items, "volume", path != NULL ? path : "");
  item->target = g_strdup (disk->target);
  item->is_readonly = disk->readonly || disk->device == ROOST_DISK_DEVICE_CDROM;
  if (error == NULL)
    fill_volume (domain, item, place.pool, place.name);
  else
    item->refused = g_strdup (error->message);
}

/* --- firmware and TPM --- */

static void
add_state (RoostDomain *domain, RoostDomainConfig *config, GPtrArray *items)
{
  g_autofree char *tpm = roost_store_tpm_dir (domain->manager->places, domain->uuid);
  const char *path = NULL;
  const char *template = NULL;

  roost_manager_choose_firmware (domain->manager, config, NULL);
  if (roost_view_nvram (config, &path, &template) && g_file_test (path, G_FILE_TEST_EXISTS))
    add_item (items, "nvram", path);
  if (g_file_test (tpm, G_FILE_TEST_IS_DIR))
    add_item (items, "tpm", tpm);
}

/* --- what is named --- */

/* Two disks may be one volume. */
static gboolean
is_named_already (const GPtrArray *items, const RoostDeleteItem *item)
{
  const RoostDeleteItem *other;

  ROOST_LIST_EACH (const RoostDeleteItem, other, items)
    if (other != item && other->is_named && g_str_equal (other->path, item->path))
      return TRUE;
  return FALSE;
}

static gboolean
name_storage (RoostDomain *domain, const char *name, GPtrArray *items, GError **error)
{
  RoostDeleteItem *item;
  gboolean is_known = FALSE;

  ROOST_LIST_EACH (RoostDeleteItem, item, items)
    if (item->target != NULL
        && (g_str_equal (item->target, name) || g_str_equal (item->path, name)))
      {
        is_known = TRUE;
        item->is_named = !is_named_already (items, item);
      }
  return is_known
         || roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                         "domain '%s' has no disk '%s' with a volume", domain->name, name);
}

static gboolean
name_state (
    RoostDomain *domain, const char *kind, gboolean is_named, GPtrArray *items, GError **error)
{
  RoostDeleteItem *item;

  if (!is_named)
    return TRUE;
  ROOST_LIST_EACH (RoostDeleteItem, item, items)
    if (g_str_equal (item->kind, kind))
      return item->is_named = TRUE;
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "domain '%s' has no %s of its own",
                      domain->name, kind);
}

GPtrArray *
roost_domain_delete_plan (RoostDomain *domain, const RoostDeleteOptions *options, GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (item_free);
  g_autoptr (RoostDomainConfig) config = NULL;
  const RoostDisk *disk;

  if (!domain->is_persistent || domain->next == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                   "domain '%s' is transient: it goes when it stops", domain->name);
      return NULL;
    }
  config = roost_domain_config_copy (roost_document_config (domain->next));
  ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
    add_disk (domain, disk, items);
  add_state (domain, config, items);
  for (guint i = 0; options->storage != NULL && options->storage[i] != NULL; i++)
    if (!name_storage (domain, options->storage[i], items, error))
      return NULL;
  if (!name_state (domain, "nvram", options->nvram, items, error)
      || !name_state (domain, "tpm", options->tpm, items, error))
    return NULL;
  return g_steal_pointer (&items);
}
