/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/lend-file.h"

#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As many symbolic links as the kernel follows. */
#define LINKS_MAX 40

void
roost_lent_file_clear (RoostLentFile *file)
{
  g_clear_pointer (&file->path, g_free);
}

/* --- what QEMU may --- */

static void
set_groups (const gid_t *groups, guint n)
{
  if (syscall (SYS_setgroups, n, groups) < 0)
    g_error ("the groups of a thread cannot be set: %s", g_strerror (errno));
}

/* The kernel itself answers, with all lists of access and all folders: this thread alone is QEMU's
 * user for the while. */
static gboolean
may (const RoostQemuUser *user, const char *path, int mode)
{
  int n_own = getgroups (0, NULL);
  g_autofree gid_t *own = g_new0 (gid_t, (gsize)MAX (n_own, 1));
  gboolean yes;

  n_own = getgroups (n_own, own);
  g_return_val_if_fail (n_own >= 0, FALSE);
  set_groups (user->groups, user->n_groups);
  setfsgid (user->gid);
  setfsuid (user->uid);
  yes = syscall (SYS_faccessat2, AT_FDCWD, path, mode, AT_EACCESS) == 0 || errno == ENOSYS;
  setfsuid (geteuid ());
  setfsgid (getegid ());
  set_groups (own, (guint)n_own);
  return yes;
}

static gboolean
may_open (const RoostQemuUser *user, const char *path, gboolean is_written)
{
  return may (user, path, is_written ? R_OK | W_OK : R_OK);
}

/* --- which file it is --- */

/* Replaces the first symbolic link in @path, which root has to have made. Returns: (transfer full)
 * (nullable): NULL without @error: there is none */
static char *
follow_first (const char *path, GError **error)
{
  for (const char *at = path; at != NULL; at = strchr (at + 1, '/'))
    {
      const char *end = strchr (at + 1, '/');
      g_autofree char *whole = g_strndup (path, end != NULL ? (gsize)(end - path) : strlen (path));
      g_autofree char *target = NULL;
      g_autofree char *folder = g_path_get_dirname (whole);
      struct stat st;

      if (lstat (whole, &st) < 0 || !S_ISLNK (st.st_mode))
        continue;
      if (st.st_uid != 0)
        {
          roost_throw (error, ROOST_ERROR_STORAGE,
                       "%s is a symbolic link that is not root's: name the file itself", whole);
          return NULL;
        }
      target = g_file_read_link (whole, error);
      if (target == NULL)
        return NULL;
      return g_path_is_absolute (target)
                 ? g_strconcat (target, end, NULL)
                 : g_strconcat (folder, "/", target, end != NULL ? end : "", NULL);
    }
  return NULL;
}

static char *
resolve (const char *path, GError **error)
{
  g_autofree char *real = g_strdup (path);
  g_autoptr (GError) local = NULL;

  for (guint i = 0; i < LINKS_MAX; i++)
    {
      char *next = follow_first (real, &local);

      if (local != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
      if (next == NULL)
        return g_canonicalize_filename (real, "/");
      g_free (real);
      real = next;
    }
  roost_throw (error, ROOST_ERROR_STORAGE, "%s goes through too many symbolic links", path);
  return NULL;
}

/* No link is followed any more: nothing can be put between the look and this. */
static int
open_path (const char *path)
{
  struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };

  return (int)syscall (SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

static gboolean
find (const char *path, RoostLentFile *out, GError **error)
{
  g_autofree char *real = resolve (path, error);
  g_auto (RoostFd) fd = -1;
  struct stat st;

  if (real == NULL)
    return FALSE;
  fd = open_path (real);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
    return TRUE;
  if (fd < 0 || fstat (fd, &st) < 0)
    return roost_throw_errno (error, errno, "cannot look at %s", real);
  if (S_ISREG (st.st_mode) || S_ISBLK (st.st_mode))
    *out = (RoostLentFile){ g_steal_pointer (&real), st.st_uid, st.st_ino };
  return TRUE;
}

gboolean
roost_lent_file_look (const RoostQemuUser *user,
                      const char *path,
                      gboolean is_written,
                      RoostLentFile *out,
                      gboolean *out_may,
                      GError **error)
{
  g_autoptr (GError) local = NULL;

  *out = (RoostLentFile){ 0 };
  *out_may = may_open (user, path, is_written);
  if (find (path, out, &local) || *out_may)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
roost_lent_file_check (const RoostLentFile *file, GError **error)
{
  static const char *const closed[] = { "/bin/",  "/boot/", "/etc/",  "/lib/", "/lib32/", "/lib64/",
                                        "/proc/", "/root/", "/sbin/", "/sys/", "/usr/" };
  struct stat st;

  for (guint i = 0; i < G_N_ELEMENTS (closed); i++)
    if (g_str_has_prefix (file->path, closed[i]))
      return roost_throw (error, ROOST_ERROR_STORAGE,
                          "%s is not given to QEMU, which may not open it: it is the system's; put "
                          "a copy elsewhere",
                          file->path);
  if (lstat (file->path, &st) < 0)
    return roost_throw_errno (error, errno, "%s", file->path);
  return !S_ISREG (st.st_mode) || st.st_nlink == 1
         || roost_throw (error, ROOST_ERROR_STORAGE,
                         "%s is not given to QEMU, which may not open it: it has another name, "
                         "too (a hard link)",
                         file->path);
}

/* --- giving and taking back --- */

/* What is in the way of one who owns the file. */
static gboolean
throw_closed (const RoostLentFile *file,
              const RoostQemuUser *user,
              gboolean is_written,
              GError **error)
{
  for (const char *at = strchr (file->path + 1, '/'); at != NULL; at = strchr (at + 1, '/'))
    {
      g_autofree char *folder = g_strndup (file->path, (gsize)(at - file->path));

      if (!may (user, folder, X_OK))
        return roost_throw (error, ROOST_ERROR_STORAGE,
                            "%s is out of reach for QEMU: the folder %s is closed to its user; "
                            "open it (setfacl -m u:%u:x), or put the file elsewhere",
                            file->path, folder, (guint)user->uid);
    }
  return roost_throw (error, ROOST_ERROR_STORAGE, "%s cannot be %s, not even by its owner",
                      file->path, is_written ? "written" : "read");
}

/* Awaits: no. Returns: a descriptor of what is still the same file, or -1 */
static int
open_same (const RoostLentFile *file, struct stat *out_st, GError **error)
{
  g_auto (RoostFd) fd = open_path (file->path);

  if (fd < 0 || fstat (fd, out_st) < 0)
    {
      roost_throw_errno (error, errno, "cannot look at %s", file->path);
      return -1;
    }
  if (out_st->st_ino == file->inode && (S_ISREG (out_st->st_mode) || S_ISBLK (out_st->st_mode)))
    return roost_fd_steal (&fd);
  roost_throw (error, ROOST_ERROR_STORAGE, "%s is another file by now", file->path);
  return -1;
}

static gboolean
set_owner (int fd, const char *path, uid_t owner, GError **error)
{
  if (fchownat (fd, "", owner, (gid_t)-1, AT_EMPTY_PATH) < 0)
    return roost_throw_errno (error, errno, "the owner of %s cannot be changed", path);
  return TRUE;
}

gboolean
roost_lent_file_give (const RoostLentFile *file,
                      const RoostQemuUser *user,
                      gboolean is_written,
                      GError **error)
{
  struct stat st;
  g_auto (RoostFd) fd = open_same (file, &st, error);

  if (fd < 0 || (st.st_uid != user->uid && !set_owner (fd, file->path, user->uid, error)))
    return FALSE;
  if (may_open (user, file->path, is_written))
    return TRUE;
  if (st.st_uid != user->uid)
    set_owner (fd, file->path, st.st_uid, NULL);
  return throw_closed (file, user, is_written, error);
}

gboolean
roost_lent_file_restore (const RoostLentFile *file, const RoostQemuUser *user, GError **error)
{
  struct stat st;
  g_auto (RoostFd) fd = open_same (file, &st, error);

  return fd >= 0 && (st.st_uid != user->uid || set_owner (fd, file->path, file->owner, error));
}
