/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/folder.h"

#include "base/compat.h"
#include "base/error.h"
#include "storage/image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#define NS_PER_S    ((gint64)1000000000)
#define STAT_BLOCK  512
#define MAX_ENTRIES 1000000

/* A kernel without openat2 (or a filter that does not know it) gets O_NOFOLLOW: the same, as a name
 * is one component. */
static int
open_beneath (int folder, const char *name, int flags)
{
  struct open_how how = {
    .flags = (guint64)(flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY),
    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };
  long fd = syscall (SYS_openat2, folder, name, &how, sizeof how);

  if (fd < 0 && (errno == ENOSYS || errno == EPERM))
    fd = openat (folder, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
  return (int)fd;
}

static int
open_folder (const char *folder, GError **error)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    roost_throw_errno (error, errno, "the folder '%s'", folder);
  return fd;
}

int
roost_folder_open (const char *folder, const char *name, int flags, GError **error)
{
  g_auto (RoostFd) at = -1;
  int fd;

  if (!roost_storage_name_check ("volume", name, error))
    return -1;
  at = open_folder (folder, error);
  if (at < 0)
    return -1;
  fd = open_beneath (at, name, flags);
  if (fd < 0 && errno == ELOOP)
    roost_throw (error, ROOST_ERROR_STORAGE, "'%s/%s' is a symbolic link, which is not followed",
                 folder, name);
  else if (fd < 0)
    roost_throw_errno (error, errno, "cannot open '%s/%s'", folder, name);
  return fd;
}

gboolean
roost_folder_create (const char *folder, const char *name, GError **error)
{
  g_auto (RoostFd) at = open_folder (folder, error);
  g_auto (RoostFd) fd = -1;

  if (at < 0)
    return FALSE;
  fd = openat (at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST)
    return roost_throw (error, ROOST_ERROR_EXISTS, "there is '%s/%s' already", folder, name);
  if (fd < 0)
    return roost_throw_errno (error, errno, "cannot make '%s/%s'", folder, name);
  return TRUE;
}

/* A name that nobody may have yet. NFS and others cannot rename so: there a second name is made,
 * which is as safe; where there is only one name for a file, we look before. */
static int
rename_new (int at, const char *from, const char *to)
{
  struct stat st;

  if (renameat2 (at, from, at, to, RENAME_NOREPLACE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
    return -1;
  if (linkat (at, from, at, to, 0) == 0)
    return unlinkat (at, from, 0);
  if (errno == EEXIST)
    return -1;
  if (fstatat (at, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
    {
      errno = EEXIST;
      return -1;
    }
  return renameat (at, from, at, to);
}

gboolean
roost_folder_rename (
    const char *folder, const char *from, const char *to, gboolean replace, GError **error)
{
  g_auto (RoostFd) at = open_folder (folder, error);
  g_auto (RoostFd) fd = -1;

  if (at < 0)
    return FALSE;
  fd = open_beneath (at, from, O_RDONLY);
  if (fd < 0 || fsync (fd) != 0)
    return roost_throw_errno (error, errno, "cannot write '%s/%s' to the disk", folder, from);
  if ((replace ? renameat (at, from, at, to) : rename_new (at, from, to)) != 0)
    {
      if (errno == EEXIST)
        return roost_throw (error, ROOST_ERROR_EXISTS, "there is '%s/%s' already", folder, to);
      return roost_throw_errno (error, errno, "cannot make '%s/%s'", folder, to);
    }
  if (fsync (at) != 0)
    return roost_throw_errno (error, errno, "cannot write '%s' to the disk", folder);
  return TRUE;
}

gboolean
roost_folder_remove (const char *folder, const char *name, GError **error)
{
  g_auto (RoostFd) at = open_folder (folder, error);
  int result;

  if (at < 0)
    return FALSE;
  result = unlinkat (at, name, 0);
  if (result != 0 && errno == EISDIR)
    result = unlinkat (at, name, AT_REMOVEDIR);
  if (result != 0 && errno != ENOENT)
    return roost_throw_errno (error, errno, "cannot remove '%s/%s'", folder, name);
  fsync (at);
  return TRUE;
}

guint
roost_folder_clean (const char *folder)
{
  DIR *dir = opendir (folder);
  struct dirent *entry;
  guint n = 0;

  while (dir != NULL && (entry = readdir (dir)) != NULL)
    if (g_str_has_prefix (entry->d_name, ROOST_FOLDER_TEMPORARY)
        && unlinkat (dirfd (dir), entry->d_name, 0) == 0)
      n++;
  if (dir != NULL)
    closedir (dir);
  return n;
}

/* --- looking --- */

static void
look_inside (int at, RoostVolume *volume)
{
  g_auto (RoostFd) fd = open_beneath (at, volume->name, O_RDONLY | O_NONBLOCK);
  RoostImageHeader header;

  if (fd < 0)
    return;
  roost_image_look (fd, volume->physical, &header);
  volume->format = header.format;
  volume->capacity = header.capacity;
  volume->backing = g_steal_pointer (&header.backing);
}

static gboolean
is_shown (const char *name)
{
  return !g_str_has_prefix (name, ROOST_FOLDER_TEMPORARY)
         && roost_storage_name_check ("volume", name, NULL);
}

static RoostVolume *
look_at (int at, const char *name)
{
  RoostVolume *volume;
  struct stat st;

  if (!is_shown (name) || fstatat (at, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return NULL;
  if (!S_ISREG (st.st_mode) && !S_ISDIR (st.st_mode))
    return NULL;
  volume = roost_volume_new (name);
  volume->inode = st.st_ino;
  volume->changed_ns = st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec;
  volume->type = S_ISDIR (st.st_mode) ? ROOST_VOLUME_TYPE_DIR : ROOST_VOLUME_TYPE_FILE;
  if (volume->type == ROOST_VOLUME_TYPE_DIR)
    {
      volume->format = "dir";
      return volume;
    }
  volume->physical = volume->capacity = (guint64)st.st_size;
  volume->allocation = (guint64)st.st_blocks * STAT_BLOCK;
  look_inside (at, volume);
  return volume;
}

RoostVolume *
roost_folder_look (const char *folder, const char *name)
{
  g_auto (RoostFd) at = open_folder (folder, NULL);

  return at >= 0 ? look_at (at, name) : NULL;
}

GPtrArray *
roost_folder_scan (const char *folder, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) volumes =
      g_ptr_array_new_with_free_func ((GDestroyNotify)roost_volume_free);
  DIR *dir = opendir (folder);
  struct dirent *entry;

  if (dir == NULL)
    {
      roost_throw_errno (error, errno, "the folder '%s'", folder);
      return NULL;
    }
  while ((entry = readdir (dir)) != NULL && volumes->len < MAX_ENTRIES
         && !g_cancellable_is_cancelled (cancellable))
    {
      RoostVolume *volume = look_at (dirfd (dir), entry->d_name);

      if (volume != NULL)
        g_ptr_array_add (volumes, volume);
    }
  closedir (dir);
  return g_cancellable_set_error_if_cancelled (cancellable, error) ? NULL
                                                                   : g_steal_pointer (&volumes);
}

gboolean
roost_folder_space (const char *folder, RoostSpace *out, GError **error)
{
  struct statvfs st;

  if (statvfs (folder, &st) != 0)
    return roost_throw_errno (error, errno, "the folder '%s'", folder);
  *out = (RoostSpace){
    .capacity = (guint64)st.f_blocks * st.f_frsize,
    .allocation = (guint64)(st.f_blocks - st.f_bfree) * st.f_frsize,
    .available = (guint64)st.f_bavail * st.f_frsize,
  };
  return TRUE;
}
