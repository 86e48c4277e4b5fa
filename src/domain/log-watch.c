/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"
#include "base/log.h"
#include "domain/domain-private.h"
#include "domain/log-file.h"
#include "domain/store.h"

/* --- limits, while guests run --- */

typedef struct
{
  RoostLogLimits limits;
  GPtrArray *paths;
} Work;

static gboolean
limit_in_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  const Work *work = data;

  for (guint i = 0; i < work->paths->len; i++)
    {
      g_autoptr (GError) local = NULL;
      gboolean is_cut;

      if (!roost_log_file_limit (work->paths->pdata[i], &work->limits, &is_cut, &local)
          && !g_error_matches (local, ROOST_ERROR, ROOST_ERROR_NOT_FOUND))
        roost_warning ("%s", local->message);
    }
  return TRUE;
}

/* A start sees to its log by itself. */
static GPtrArray *
paths_of (RoostManager *manager)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, manager->by_uuid);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const RoostRun *run = ((RoostDomain *)value)->run;

      if (run != NULL && run->log_path != NULL && !run->is_starting)
        g_ptr_array_add (paths, g_strdup (run->log_path));
    }
  return paths;
}

static RoostLogLimits
limits_of (RoostManager *manager)
{
  const RoostLogConfig *config = &roost_manager_host (manager)->log;

  return (RoostLogLimits){ config->max_size, config->keep };
}

static void
limit_body (gpointer p)
{
  g_autoptr (RoostManager) manager = p;
  g_autoptr (GPtrArray) paths = paths_of (manager);
  Work work = { limits_of (manager), paths };

  if (paths->len > 0)
    co_thread (limit_in_thread, &work, NULL, NULL);
  manager->is_limiting_logs = FALSE;
}

static gboolean
on_log_timer (gpointer p)
{
  RoostManager *manager = p;

  if (manager->is_limiting_logs || g_cancellable_is_cancelled (manager->closing))
    return G_SOURCE_CONTINUE;
  manager->is_limiting_logs = TRUE;
  co_spawn ("logs", limit_body, g_object_ref (manager));
  return G_SOURCE_CONTINUE;
}

void
roost_manager_watch_logs (RoostManager *manager)
{
  manager->log_timer = g_timeout_add_seconds_full (
      G_PRIORITY_LOW, roost_manager_host (manager)->log.check_s, on_log_timer, manager, NULL);
}

/* --- reading --- */

typedef struct
{
  const char *path;
  const char *name; /* (nullable) */
  const char *uuid;
  RoostFd fd;
} Reading;

static gboolean
read_in_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  Reading *reading = data;

  reading->fd = roost_log_file_read (reading->path, reading->name, reading->uuid, error);
  return reading->fd >= 0;
}

int
roost_domain_open_log (RoostDomain *domain, gboolean is_last, GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autofree char *path = NULL;
  g_autoptr (GError) local = NULL;
  Reading reading = { .name = is_last ? held->name : NULL, .uuid = held->uuid, .fd = -1 };

  if (held->manager == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_FOUND, "domain '%s' was removed", held->name);
      return -1;
    }
  path = roost_store_log_path (held->manager->places, held->name);
  reading.path = path;
  if (co_thread (read_in_thread, &reading, NULL, &local))
    return reading.fd;
  if (g_error_matches (local, ROOST_ERROR, ROOST_ERROR_NOT_FOUND))
    roost_throw (error, ROOST_ERROR_NOT_FOUND, "domain '%s' has no log: it was never started",
                 held->name);
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return -1;
}
