/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/state-copy.h"

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"
#include "base/file.h"
#include "domain/manager-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a firmware or TPM keeps is small; more than this is none of it. */
#define FILE_MAX ((off_t)256 * 1024 * 1024)

typedef struct
{
  const RoostQemuUser *user;
  const char *path;
  char *bytes;
  gsize length;
  GPtrArray *names;
} Read;

static gboolean
read_all (int fd, Read *work, gsize size, GError **error)
{
  ssize_t n = 1;

  work->bytes = g_malloc (MAX (size, 1));
  while (work->length < size && n > 0)
    {
      n = read (fd, work->bytes + work->length, size - work->length);
      if (n < 0 && errno == EINTR)
        n = 1;
      else if (n < 0)
        return roost_throw_errno (error, errno, "cannot read %s", work->path);
      else
        work->length += (gsize)n;
    }
  return TRUE;
}

/* A document may name any file of the host, and QEMU may put links where its own files are: only
 * what is QEMU's anyway is copied for QEMU. */
static gboolean
read_file (gpointer p, GCancellable *cancellable, GError **error)
{
  Read *work = p;
  g_auto (RoostFd) fd = open (work->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat st;

  if (fd < 0 || fstat (fd, &st) != 0)
    return roost_throw_errno (error, errno, "cannot read %s", work->path);
  if (!S_ISREG (st.st_mode) || st.st_size > FILE_MAX
      || (work->user->is_other && st.st_uid != work->user->uid))
    return roost_throw (error, ROOST_ERROR_IO, "%s is no file of a firmware or TPM", work->path);
  return read_all (fd, work, (gsize)st.st_size, error);
}

static gboolean
list_folder (gpointer p, GCancellable *cancellable, GError **error)
{
  Read *work = p;
  g_autoptr (GDir) dir = g_dir_open (work->path, 0, NULL);
  const char *name;

  work->names = g_ptr_array_new_with_free_func (g_free);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (!g_str_has_suffix (name, ".lock"))
      g_ptr_array_add (work->names, g_strdup (name));
  return TRUE;
}

gboolean
roost_state_copy_file (RoostManager *manager, const char *from, const char *to, GError **error)
{
  Read work = { .user = &manager->qemu_user, .path = from };
  g_autofree char *bytes = NULL;
  g_autofree char *folder = g_path_get_dirname (to);
  gboolean is_read = co_thread (read_file, &work, NULL, error);

  bytes = work.bytes;
  return is_read
         && (g_file_test (folder, G_FILE_TEST_IS_DIR) || roost_dir_make (folder, 0711, error))
         && roost_file_write (to, bytes, work.length, 0600, error)
         && roost_manager_give_to_qemu (manager, to, error);
}

gboolean
roost_state_copy_folder (RoostManager *manager, const char *from, const char *to, GError **error)
{
  Read work = { .path = from };
  g_autoptr (GPtrArray) names = NULL;

  if (!co_thread (list_folder, &work, NULL, error))
    return FALSE;
  names = work.names;
  if (!roost_dir_make (to, 0700, error))
    return FALSE;
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *source = g_build_filename (from, names->pdata[i], NULL);
      g_autofree char *target = g_build_filename (to, names->pdata[i], NULL);

      if (!roost_state_copy_file (manager, source, target, error))
        return FALSE;
    }
  return roost_manager_give_to_qemu (manager, to, error);
}
