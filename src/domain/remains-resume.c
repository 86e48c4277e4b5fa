/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a killed daemon left of a clone or of a deletion goes, as soon as its pools are there. */

#include "base/co.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "domain/manager-private.h"
#include "domain/remains.h"
#include "domain/store.h"

#include <glib/gstdio.h>

/* --- reading --- */

/* Returns: (nullable): what the file says; one that cannot be understood is set aside */
static RoostRemains *
read_one (const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  RoostRemains *remains = NULL;

  if (g_file_get_contents (path, &text, NULL, &error))
    remains = roost_remains_from_text (text, &error);
  if (remains == NULL)
    roost_file_set_aside (path, error->message);
  return remains;
}

/* Returns: (transfer full): of RoostRemains */
static GPtrArray *
read_all (RoostManager *manager)
{
  g_autofree char *folder = g_build_filename (manager->places->state_dir, "unfinished", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify)roost_remains_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      RoostRemains *remains = g_str_has_suffix (name, ".json") ? read_one (path) : NULL;

      if (remains != NULL)
        g_ptr_array_add (all, remains);
    }
  return all;
}

void
roost_remains_drop_definitions (RoostManager *manager)
{
  g_autoptr (GPtrArray) all = read_all (manager);

  for (guint i = 0; i < all->len; i++)
    {
      const RoostRemains *remains = all->pdata[i];
      g_autofree char *path = roost_store_xml_path (manager->places, remains->uuid);

      if (!remains->is_clone && g_unlink (path) == 0)
        roost_info ("the deletion of domain %s had begun: it goes on", remains->uuid);
    }
}

/* --- removing --- */

typedef struct
{
  RoostManager *manager;
  RoostRemains *remains;
} Resume;

static void
resume_free (Resume *resume)
{
  g_object_unref (resume->manager);
  roost_remains_free (resume->remains);
  g_free (resume);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Resume, resume_free)

static void resume_body (gpointer p);

/* What waits for a pool holds nothing that holds the pool. */
typedef struct
{
  GWeakRef manager;
  RoostRemains *remains;
} Waiting;

static void
waiting_free (gpointer p, GClosure *closure)
{
  Waiting *waiting = p;

  g_weak_ref_clear (&waiting->manager);
  g_clear_pointer (&waiting->remains, roost_remains_free);
  g_free (waiting);
}

static void
on_pool_changed (RoostPool *pool, guint what, Waiting *waiting)
{
  RoostManager *manager = g_weak_ref_get (&waiting->manager);
  Resume *resume;

  if (manager == NULL || waiting->remains == NULL || roost_pool_state (pool) != ROOST_POOL_ACTIVE)
    {
      g_clear_object (&manager);
      return;
    }
  resume = g_new0 (Resume, 1);
  resume->manager = manager;
  resume->remains = g_steal_pointer (&waiting->remains);
  co_spawn ("unfinished", resume_body, resume);
  g_signal_handlers_disconnect_by_data (pool, waiting);
}

/* Goes on with all of it once @pool is active. */
static void
wait_for_pool (Resume *resume, RoostPool *pool)
{
  Waiting *waiting = g_new0 (Waiting, 1);

  g_weak_ref_init (&waiting->manager, resume->manager);
  waiting->remains = g_steal_pointer (&resume->remains);
  resume->remains = roost_remains_new (waiting->remains->uuid, FALSE);
  g_signal_connect_data (pool, "changed", G_CALLBACK (on_pool_changed), waiting, waiting_free, 0);
}

static gboolean
is_ours (const RoostVolume *volume, const RoostRemain *remain)
{
  return volume != NULL
         && (volume->type == ROOST_VOLUME_TYPE_BLOCK || volume->inode == remain->inode);
}

/* FALSE: its pool has to be waited for. */
static gboolean
remove_volume (Resume *resume, const RoostRemain *remain)
{
  RoostPool *pool = roost_storage_find_uuid (resume->manager->storage, remain->pool);
  const RoostVolumeCall call = { .name = remain->name, .caller = "" };
  g_autoptr (GError) error = NULL;

  if (pool == NULL)
    {
      roost_warning ("the volume '%s' of a pool that is gone (%s) was to be removed", remain->name,
                     remain->pool);
      return TRUE;
    }
  if (roost_pool_state (pool) != ROOST_POOL_ACTIVE)
    {
      wait_for_pool (resume, pool);
      return FALSE;
    }
  if (is_ours (roost_pool_find_volume (pool, remain->name), remain)
      && !roost_pool_delete_volume (pool, &call, &error))
    roost_warning ("the volume '%s' of pool '%s' was to be removed: %s", remain->name,
                   roost_pool_name (pool), error->message);
  return TRUE;
}

static void
resume_body (gpointer p)
{
  g_autoptr (Resume) resume = p;
  g_autoptr (GError) error = NULL;
  const GPtrArray *volumes = resume->remains->volumes;

  for (guint i = 0; i < volumes->len; i++)
    if (!remove_volume (resume, volumes->pdata[i]))
      return;
  if (!roost_remains_remove_state (resume->manager, resume->remains, &error)
      || !roost_remains_forget (resume->manager, resume->remains->uuid, &error))
    roost_warning ("what was left of domain %s: %s", resume->remains->uuid, error->message);
}

void
roost_remains_resume (RoostManager *manager)
{
  g_autoptr (GPtrArray) all = read_all (manager);

  g_ptr_array_set_free_func (all, NULL);
  for (guint i = 0; i < all->len; i++)
    {
      Resume *resume = g_new0 (Resume, 1);
      RoostRemains *remains = all->pdata[i];

      resume->manager = g_object_ref (manager);
      resume->remains = remains;
      if (remains->is_clone && roost_manager_find_uuid (manager, remains->uuid) != NULL)
        {
          g_ptr_array_set_size (remains->volumes, 0); /* it was finished */
          g_clear_pointer (&remains->nvram, g_free);
          remains->has_tpm = FALSE;
        }
      co_spawn ("unfinished", resume_body, resume);
    }
}
