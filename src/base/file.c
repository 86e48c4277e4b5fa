/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/file.h"

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

typedef struct
{
  char *path;
  char *data;
  gsize length;
  guint mode;
} FileWork;

static void
file_work_clear (FileWork *work)
{
  g_free (work->path);
  g_free (work->data);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FileWork, file_work_clear)

static gboolean
sync_folder_of (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_auto (RoostFd) fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0 || fsync (fd) < 0)
    return roost_throw_errno (error, errno, "cannot sync the folder %s", folder);
  return TRUE;
}

static gboolean
write_all (int fd, const char *data, gsize length)
{
  while (length > 0)
    {
      gssize n = write (fd, data, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      data += n;
      length -= (gsize)n;
    }
  return TRUE;
}

/* A fixed name: what a crash leaves behind is replaced by the next write and ignored by loaders. */
static gboolean
write_temporary (const FileWork *work, const char *temporary, GError **error)
{
  g_auto (RoostFd) fd =
      open (temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, work->mode);

  if (fd < 0 || fchmod (fd, work->mode) < 0 || !write_all (fd, work->data, work->length)
      || fsync (fd) < 0)
    return roost_throw_errno (error, errno, "cannot write %s", work->path);
  return TRUE;
}

static gboolean
write_in_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  const FileWork *work = data;
  g_autofree char *temporary = g_strconcat (work->path, ".new", NULL);

  if (!write_temporary (work, temporary, error))
    {
      g_unlink (temporary);
      return FALSE;
    }
  if (rename (temporary, work->path) < 0)
    return roost_throw_errno (error, errno, "cannot replace %s", work->path);
  return sync_folder_of (work->path, error);
}

static gboolean
remove_in_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  const FileWork *work = data;

  if (g_unlink (work->path) < 0)
    {
      if (errno == ENOENT)
        return TRUE;
      return roost_throw_errno (error, errno, "cannot remove %s", work->path);
    }
  return sync_folder_of (work->path, error);
}

/* --- one writer a path at a time, in the order of the calls --- */

typedef struct
{
  CoGate *left; /* opened when the path's worker is done */
  guint next_ticket;
  guint now_serving;
} PathQueue;

static GHashTable *queues; /* path → PathQueue; touched only by the holder of the baton */

static void
path_queue_free (gpointer p)
{
  PathQueue *queue = p;

  co_gate_free (queue->left);
  g_free (queue);
}

static PathQueue *
path_enter (const char *path)
{
  PathQueue *queue;
  guint ticket;

  if (queues == NULL)
    queues = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, path_queue_free);
  queue = g_hash_table_lookup (queues, path);
  if (queue == NULL)
    {
      queue = g_new0 (PathQueue, 1);
      queue->left = co_gate_new ();
      g_hash_table_insert (queues, g_strdup (path), queue);
    }
  ticket = queue->next_ticket++;
  while (queue->now_serving != ticket)
    co_gate_wait (queue->left, 0, NULL, NULL);
  return queue;
}

static void
path_leave (const char *path, PathQueue *queue)
{
  queue->now_serving++;
  if (queue->now_serving != queue->next_ticket)
    co_gate_open (queue->left);
  else
    g_hash_table_remove (queues, path);
  if (g_hash_table_size (queues) == 0)
    g_clear_pointer (&queues, g_hash_table_unref);
}

static gboolean
run_on_path (FileWork *work, CoThreadFunc func, GError **error)
{
  PathQueue *queue = path_enter (work->path);
  gboolean ok = co_thread (func, work, NULL, error);

  path_leave (work->path, queue);
  return ok;
}

gboolean
roost_file_write (const char *path, const char *data, gsize length, guint mode, GError **error)
{
  g_auto (FileWork) work = { g_strdup (path), g_memdup2 (data, length), length, mode };

  return run_on_path (&work, write_in_thread, error);
}

gboolean
roost_file_remove (const char *path, GError **error)
{
  g_auto (FileWork) work = { .path = g_strdup (path) };

  return run_on_path (&work, remove_in_thread, error);
}

void
roost_file_set_aside (const char *path, const char *why)
{
  g_autofree char *aside = g_strconcat (path, ".bad", NULL);

  if (g_rename (path, aside) < 0)
    roost_log (G_LOG_LEVEL_WARNING, ROOST_MESSAGE_FILE_SET_ASIDE, NULL, NULL,
               "%s cannot be used (%s) and cannot be set aside: %s", path, why, g_strerror (errno));
  else
    roost_log (G_LOG_LEVEL_WARNING, ROOST_MESSAGE_FILE_SET_ASIDE, NULL, NULL,
               "%s cannot be used (%s); it is set aside as %s", path, why, aside);
}

gboolean
roost_dir_make (const char *path, guint mode, GError **error)
{
  if (g_mkdir_with_parents (path, 0700) < 0 || chmod (path, mode) < 0)
    return roost_throw_errno (error, errno, "cannot make the folder %s", path);
  return TRUE;
}
