/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/log-file.h"

#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define ROTATE_BYTES (2 * 1024 * 1024)
#define KEPT         3
#define TAIL_BYTES   2048

static void
rotate (const char *path)
{
  for (guint i = KEPT; i-- > 0;)
    {
      g_autofree char *from = i == 0 ? g_strdup (path) : g_strdup_printf ("%s.%u", path, i - 1);
      g_autofree char *to = g_strdup_printf ("%s.%u", path, i);

      rename (from, to);
    }
}

static int
open_log (const char *path)
{
  return open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int
roost_log_file_open (const char *path, const char *header, gint64 *out_from, GError **error)
{
  g_auto (RoostFd) fd = -1;
  gsize length = strlen (header);
  struct stat st;

  if (stat (path, &st) == 0 && st.st_size > ROTATE_BYTES)
    rotate (path);
  fd = open_log (path);
  if (fd < 0 || write (fd, header, length) != (gssize)length || fstat (fd, &st) < 0)
    {
      roost_throw_errno (error, errno, "cannot write the log %s", path);
      return -1;
    }
  *out_from = st.st_size;
  return roost_fd_steal (&fd);
}

char *
roost_log_file_tail (const char *path, gint64 from)
{
  g_auto (RoostFd) fd = path != NULL ? open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
  char bytes[TAIL_BYTES + 1];
  struct stat st;
  gssize n;

  if (fd < 0 || fstat (fd, &st) < 0 || st.st_size <= from)
    return g_strdup ("");
  n = pread (fd, bytes, TAIL_BYTES, MAX (from, st.st_size - TAIL_BYTES));
  bytes[MAX (n, 0)] = '\0';
  return g_utf8_make_valid (g_strstrip (bytes), -1);
}
