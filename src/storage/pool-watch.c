/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/co.h"
#include "base/log.h"
#include "storage/folder.h"
#include "storage/pool-private.h"

/* Changes are gathered for so long before they are looked at. */
#define GATHER_MS 100

/* When so many names are touched, a look at everything is cheaper. */
#define MANY 1000

/* --- looking at some volumes --- */

typedef struct
{
  char *folder;
  GPtrArray *names; /* of char *, owned */
  GPtrArray *found; /* of RoostVolume; NULL for what is gone */
  RoostSpace space;
} Look;

static void
look_free (Look *look)
{
  g_free (look->folder);
  g_ptr_array_unref (look->names);
  g_ptr_array_unref (look->found);
  g_free (look);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Look, look_free)

static void
free_found (gpointer volume)
{
  if (volume != NULL)
    roost_volume_free (volume);
}

static Look *
look_new (RoostPool *pool)
{
  Look *look = g_new0 (Look, 1);

  look->folder = g_strdup (pool->config->path);
  look->names = g_ptr_array_new_with_free_func (g_free);
  look->found = g_ptr_array_new_with_free_func (free_found);
  return look;
}

static gboolean
look_in_thread (gpointer p, GCancellable *cancellable, GError **error)
{
  Look *look = p;

  for (guint i = 0; i < look->names->len; i++)
    g_ptr_array_add (look->found, roost_folder_look (look->folder, look->names->pdata[i]));
  return roost_folder_space (look->folder, &look->space, error);
}

static void
take_look (RoostPool *pool, Look *look)
{
  g_ptr_array_set_free_func (look->found, NULL);
  for (guint i = 0; i < look->found->len; i++)
    if (look->found->pdata[i] != NULL)
      roost_pool_put_volume (pool, look->found->pdata[i]);
    else
      roost_pool_drop_volume (pool, look->names->pdata[i]);
  pool->space = look->space;
  roost_pool_changed (pool, ROOST_POOL_CHANGE_SPACE);
}

/* Awaits. */
static void
run_look (RoostPool *pool, Look *look)
{
  g_autoptr (GError) error = NULL;

  if (!co_thread (look_in_thread, look, NULL, &error))
    roost_debug ("pool '%s': %s", pool->config->name, error->message);
  else if (pool->state == ROOST_POOL_ACTIVE)
    take_look (pool, look);
}

void
roost_pool_look_volume (RoostPool *pool, const char *name)
{
  g_autoptr (Look) look = NULL;

  if (!(pool->backend->flags & ROOST_BACKEND_FILES))
    {
      roost_pool_scan (pool, NULL, NULL);
      return;
    }
  look = look_new (pool);
  g_ptr_array_add (look->names, g_strdup (name));
  run_look (pool, look);
}

/* --- what inotify tells --- */

static gboolean
needs_look (RoostPool *pool)
{
  return pool->monitor != NULL && (pool->look_all || g_hash_table_size (pool->touched) > 0);
}

static void
look_touched (RoostPool *pool)
{
  g_autoptr (Look) look = look_new (pool);
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, pool->touched);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (look->names, g_strdup (name));
  g_hash_table_remove_all (pool->touched);
  run_look (pool, look);
}

static void
look_at_all (RoostPool *pool)
{
  g_autoptr (GError) error = NULL;

  pool->look_all = FALSE;
  g_hash_table_remove_all (pool->touched);
  if (!roost_pool_scan (pool, NULL, &error))
    roost_warning ("pool '%s': %s", pool->config->name, error->message);
}

static void
look_co (gpointer p)
{
  g_autoptr (RoostPool) pool = p;

  while (needs_look (pool))
    if (pool->look_all || g_hash_table_size (pool->touched) > MANY)
      look_at_all (pool);
    else
      look_touched (pool);
  pool->is_looking = FALSE;
}

static gboolean
on_gathered (gpointer p)
{
  RoostPool *pool = p;

  pool->look_timer = 0;
  if (!pool->is_looking)
    {
      pool->is_looking = TRUE;
      co_spawn ("pool-look", look_co, g_object_ref (pool));
    }
  return G_SOURCE_REMOVE;
}

static void
touch (RoostPool *pool, GFile *file)
{
  g_autofree char *name = file != NULL ? g_file_get_basename (file) : NULL;

  if (name == NULL || g_str_has_prefix (name, ROOST_FOLDER_TEMPORARY))
    return;
  g_hash_table_add (pool->touched, g_steal_pointer (&name));
  if (pool->look_timer == 0)
    pool->look_timer = g_timeout_add (GATHER_MS, on_gathered, pool);
}

static void
on_changed (
    GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, RoostPool *pool)
{
  touch (pool, file);
  touch (pool, other);
}

void
roost_pool_watch (RoostPool *pool)
{
  g_autoptr (GFile) folder = NULL;
  g_autoptr (GError) error = NULL;

  if (!(pool->backend->flags & ROOST_BACKEND_WATCH) || pool->monitor != NULL)
    return;
  folder = g_file_new_for_path (pool->config->path);
  pool->monitor = g_file_monitor_directory (folder, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);
  if (pool->monitor == NULL)
    {
      roost_warning ("pool '%s' does not follow its folder by itself: %s", pool->config->name,
                     error->message);
      return;
    }
  g_signal_connect (pool->monitor, "changed", G_CALLBACK (on_changed), pool);
}

void
roost_pool_unwatch (RoostPool *pool)
{
  g_clear_handle_id (&pool->look_timer, g_source_remove);
  if (pool->monitor == NULL)
    return;
  g_signal_handlers_disconnect_by_data (pool->monitor, pool);
  g_file_monitor_cancel (pool->monitor);
  g_clear_object (&pool->monitor);
}
