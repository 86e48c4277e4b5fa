/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/log-file.h"

#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define TAIL_BYTES 2048
#define COPY_BYTES (64 * 1024)

/* The header of the last start is looked for so far from the end. */
#define SEARCH_BYTES (64 * 1024 * 1024)

static char *
numbered (const char *path, guint number)
{
  return g_strdup_printf ("%s.%u", path, number);
}

/* Makes room for a new NAME.1. */
static void
shift (const char *path, guint keep)
{
  for (guint i = keep; i > 1; i--)
    {
      g_autofree char *from = numbered (path, i - 1);
      g_autofree char *to = numbered (path, i);

      rename (from, to);
    }
}

static void
rotate (const char *path, guint keep)
{
  g_autofree char *to = numbered (path, 1);

  if (keep == 0)
    {
      g_unlink (path);
      return;
    }
  shift (path, keep);
  rename (path, to);
}

static int
open_log (const char *path, int flags)
{
  return open (path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int
roost_log_file_open (const char *path,
                     const RoostLogLimits *limits,
                     const char *header,
                     gint64 *out_from,
                     GError **error)
{
  g_auto (RoostFd) fd = -1;
  gsize length = strlen (header);
  struct stat st;

  if (stat (path, &st) == 0 && (guint64)st.st_size > limits->max_size)
    rotate (path, limits->keep);
  fd = open_log (path, O_WRONLY | O_APPEND | O_CREAT);
  if (fd < 0 || write (fd, header, length) != (gssize)length || fstat (fd, &st) < 0)
    {
      roost_throw_errno (error, errno, "cannot write the log %s", path);
      return -1;
    }
  *out_from = st.st_size;
  return roost_fd_steal (&fd);
}

static char *
time_text (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  return g_date_time_format_iso8601 (now);
}

static char *
mark_of (const char *name, const char *uuid)
{
  return g_strdup_printf (": starting %s (%s), ", name, uuid);
}

char *
roost_log_file_header (const char *name, const char *uuid, const char *what)
{
  g_autofree char *when = time_text ();
  g_autofree char *mark = mark_of (name, uuid);

  return g_strconcat (when, mark, what, "\n", NULL);
}

void
roost_log_file_note (const char *path, const char *text)
{
  g_auto (RoostFd) fd = open_log (path, O_WRONLY | O_APPEND);
  g_autofree char *when = time_text ();
  g_autofree char *line = g_strconcat (when, ": ", text, "\n", NULL);

  if (fd >= 0 && write (fd, line, strlen (line)) < 0)
    return;
}

/* --- while somebody writes --- */

static gboolean
write_all (int fd, const char *bytes, gsize length)
{
  while (length > 0)
    {
      gssize n = write (fd, bytes, length);

      if (n < 0)
        return FALSE;
      bytes += n;
      length -= (gsize)n;
    }
  return TRUE;
}

/* To the end, also when it grows meanwhile. */
static gboolean
copy (int from, int to)
{
  g_autofree char *bytes = g_malloc (COPY_BYTES);
  gssize n;

  while ((n = read (from, bytes, COPY_BYTES)) > 0)
    if (!write_all (to, bytes, (gsize)n))
      return FALSE;
  return n == 0;
}

static gboolean
keep_copy (int from, const char *path, guint keep, GError **error)
{
  g_autofree char *fresh = g_strconcat (path, ".new", NULL);
  g_autofree char *first = numbered (path, 1);
  g_auto (RoostFd) to = -1;

  g_unlink (fresh);
  to = open_log (fresh, O_WRONLY | O_CREAT | O_EXCL);
  if (to < 0 || !copy (from, to))
    {
      roost_throw_errno (error, errno, "cannot copy the log %s", path);
      g_unlink (fresh);
      return FALSE;
    }
  shift (path, keep);
  if (rename (fresh, first) < 0)
    return roost_throw_errno (error, errno, "cannot make %s", first);
  return TRUE;
}

gboolean
roost_log_file_limit (const char *path,
                      const RoostLogLimits *limits,
                      gboolean *out_is_cut,
                      GError **error)
{
  g_auto (RoostFd) fd = open_log (path, O_RDWR | O_APPEND);
  struct stat st;

  *out_is_cut = FALSE;
  if (fd < 0 || fstat (fd, &st) < 0)
    return roost_throw_errno (error, errno, "cannot look at the log %s", path);
  if (!S_ISREG (st.st_mode) || (guint64)st.st_size <= limits->max_size)
    return TRUE;
  if (limits->keep > 0 && !keep_copy (fd, path, limits->keep, error))
    return FALSE;
  if (ftruncate (fd, 0) < 0)
    return roost_throw_errno (error, errno, "cannot cut the log %s", path);
  *out_is_cut = TRUE;
  return TRUE;
}

/* --- reading --- */

/* Returns: where the last line that holds @mark begins; 0 when there is none */
static gint64
find_mark (int fd, const char *mark)
{
  gint64 size = lseek (fd, 0, SEEK_END);
  gint64 from = MAX (size - SEARCH_BYTES, 0);
  g_autofree char *bytes = g_malloc ((gsize)MAX (size - from, 0) + 1);
  gssize n = pread (fd, bytes, (gsize)MAX (size - from, 0), from);
  char *at;

  if (n <= 0)
    return 0;
  for (gssize i = 0; i < n; i++)
    if (bytes[i] == '\0')
      bytes[i] = ' ';
  bytes[n] = '\0';
  at = g_strrstr (bytes, mark);
  if (at == NULL)
    return 0;
  while (at > bytes && at[-1] != '\n')
    at--;
  return from + (at - bytes);
}

int
roost_log_file_read (const char *path, const char *name, const char *uuid, GError **error)
{
  g_auto (RoostFd) fd = open_log (path, O_RDONLY);
  g_autofree char *mark = name != NULL ? mark_of (name, uuid) : NULL;
  gint64 from;

  if (fd < 0)
    {
      roost_throw_errno (error, errno, "there is no log %s", path);
      return -1;
    }
  from = mark != NULL ? find_mark (fd, mark) : 0;
  if (lseek (fd, from, SEEK_SET) >= 0)
    return roost_fd_steal (&fd);
  roost_throw_errno (error, errno, "cannot read the log %s", path);
  return -1;
}

char *
roost_log_file_tail (const char *path, gint64 from)
{
  g_auto (RoostFd) fd = path != NULL ? open_log (path, O_RDONLY) : -1;
  char bytes[TAIL_BYTES + 1];
  struct stat st;
  gssize n;

  if (fd < 0 || fstat (fd, &st) < 0)
    return g_strdup ("");
  if (st.st_size < from)
    from = 0; /* it was cut meanwhile */
  if (st.st_size == from)
    return g_strdup ("");
  n = pread (fd, bytes, TAIL_BYTES, MAX (from, st.st_size - TAIL_BYTES));
  bytes[MAX (n, 0)] = '\0';
  return g_utf8_make_valid (g_strstrip (bytes), -1);
}
