/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* dir: a folder of the host. */

#include "base/co.h"
#include "base/error.h"
#include "storage/backend-files.h"
#include "storage/pool-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSABLE 0711

typedef struct
{
  const char *path;
  RoostPermissions permissions;
} Build;

static gboolean
apply_permissions (const char *path, const RoostPermissions *permissions, GError **error)
{
  uid_t owner = permissions->owner.is_set ? (uid_t)permissions->owner.value : (uid_t)-1;
  gid_t group = permissions->group.is_set ? (gid_t)permissions->group.value : (gid_t)-1;

  if ((owner != (uid_t)-1 || group != (gid_t)-1) && lchown (path, owner, group) != 0)
    return roost_throw_errno (error, errno, "cannot give '%s' to %d:%d", path, (int)owner,
                              (int)group);
  if (permissions->mode.is_set && chmod (path, (mode_t)permissions->mode.value) != 0)
    return roost_throw_errno (error, errno, "cannot set the mode of '%s'", path);
  return TRUE;
}

/* What is made has @mode, whatever the umask: QEMU, which may be another user, passes through. */
static gboolean
make_folder (const char *path, mode_t mode, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);
  gboolean is_made = mkdir (path, 0700) == 0;

  if (!is_made && errno == ENOENT && !g_str_equal (parent, path))
    {
      if (!make_folder (parent, PASSABLE, error))
        return FALSE;
      is_made = mkdir (path, 0700) == 0;
    }
  if (is_made ? chmod (path, mode) == 0 : g_file_test (path, G_FILE_TEST_IS_DIR))
    return TRUE;
  return roost_throw_errno (error, errno, "cannot make the folder '%s'", path);
}

static gboolean
build_in_thread (gpointer p, GCancellable *cancellable, GError **error)
{
  Build *build = p;
  mode_t mode = build->permissions.mode.is_set ? (mode_t)build->permissions.mode.value : PASSABLE;

  return make_folder (build->path, mode & 07777, error)
         && apply_permissions (build->path, &build->permissions, error);
}

gboolean
roost_files_build (RoostPool *pool, gboolean overwrite, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = g_strdup (pool->config->path);
  Build build = { .path = path, .permissions = pool->config->permissions };

  return co_thread (build_in_thread, &build, cancellable, error);
}

static gboolean
remove_in_thread (gpointer path, GCancellable *cancellable, GError **error)
{
  if (rmdir (path) == 0 || errno == ENOENT)
    return TRUE;
  if (errno == ENOTEMPTY || errno == EEXIST)
    return roost_throw (error, ROOST_ERROR_STORAGE,
                        "the folder '%s' is not empty; delete its volumes first",
                        (const char *)path);
  return roost_throw_errno (error, errno, "cannot remove the folder '%s'", (const char *)path);
}

gboolean
roost_files_remove (RoostPool *pool, GError **error)
{
  g_autofree char *path = g_strdup (pool->config->path);

  return co_thread (remove_in_thread, path, NULL, error);
}

/* --- what is in it --- */

typedef struct
{
  char *folder;
  RoostScan *scan;
  gboolean clean; /* remove what we left behind */
} Scan;

static gboolean
scan_in_thread (gpointer p, GCancellable *cancellable, GError **error)
{
  Scan *work = p;

  if (work->clean)
    roost_folder_clean (work->folder);
  work->scan->real_path = realpath (work->folder, NULL);
  work->scan->volumes = roost_folder_scan (work->folder, cancellable, error);
  return work->scan->volumes != NULL
         && roost_folder_space (work->folder, &work->scan->space, error);
}

gboolean
roost_files_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  g_autofree char *folder = g_strdup (pool->config->path);
  /* While it is held alone nothing of ours is in the making. */
  Scan work = { .folder = folder, .scan = out, .clean = pool->state == ROOST_POOL_STARTING };

  return co_thread (scan_in_thread, &work, cancellable, error);
}

/* --- dir --- */

static gboolean
is_folder_in_thread (gpointer path, GCancellable *cancellable, GError **error)
{
  struct stat st;

  if (stat (path, &st) != 0)
    return roost_throw_errno (error, errno, "the folder '%s'", (const char *)path);
  return S_ISDIR (st.st_mode)
         || roost_throw (error, ROOST_ERROR_STORAGE, "'%s' is no folder", (const char *)path);
}

static gboolean
dir_start (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = g_strdup (pool->config->path);

  if (co_thread (is_folder_in_thread, path, cancellable, error))
    return TRUE;
  g_prefix_error (error, "pool '%s' (build it first?): ", pool->config->name);
  return FALSE;
}

static gboolean
dir_is_active (RoostPool *pool)
{
  return dir_start (pool, NULL, NULL);
}

const RoostBackend roost_backend_dir = {
  .kind = ROOST_POOL_KIND_DIR,
  .flags = ROOST_BACKEND_FILES | ROOST_BACKEND_WATCH,
  .start = dir_start,
  .is_active = dir_is_active,
  .build = roost_files_build,
  .remove = roost_files_remove,
  .scan = roost_files_scan,
};
