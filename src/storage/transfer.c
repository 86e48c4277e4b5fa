/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/transfer.h"

#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define CHUNK (256 * 1024)

/* Holes are looked for in pieces of this size. */
#define HOLE (64 * 1024)

/* What poll () says may be written to a pipe at least. */
#define PIPE_PIECE 4096

guint64
roost_transfer_done (RoostTransfer *transfer)
{
  return (guint64)__atomic_load_n (&transfer->done, __ATOMIC_RELAXED);
}

static void
count (RoostTransfer *transfer, gsize bytes)
{
  __atomic_add_fetch (&transfer->done, (gint64)bytes, __ATOMIC_RELAXED);
}

/* --- descriptors of clients --- */

/* Waits until @fd is ready. Files always are. */
static gboolean
wait_ready (int fd, short events, GCancellable *cancellable, GError **error)
{
  GPollFD cancel = { .fd = -1 };
  gboolean has_cancel = g_cancellable_make_pollfd (cancellable, &cancel);
  struct pollfd fds[] = { { .fd = fd, .events = events },
                          { .fd = has_cancel ? cancel.fd : -1, .events = POLLIN } };
  int result;

  do
    result = poll (fds, G_N_ELEMENTS (fds), -1);
  while (result < 0 && errno == EINTR);
  if (has_cancel)
    g_cancellable_release_fd (cancellable);
  if (result < 0)
    return roost_throw_errno (error, errno, "cannot wait for the descriptor");
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static gboolean
is_regular (int fd)
{
  struct stat st;

  return fstat (fd, &st) == 0 && (S_ISREG (st.st_mode) || S_ISBLK (st.st_mode));
}

static gssize
read_some (int fd, char *buffer, gsize size, GCancellable *cancellable, GError **error)
{
  for (;;)
    {
      ssize_t n;

      if (!wait_ready (fd, POLLIN, cancellable, error))
        return -1;
      n = read (fd, buffer, size);
      if (n >= 0)
        return n;
      if (errno != EINTR && errno != EAGAIN)
        {
          roost_throw_errno (error, errno, "cannot read from the descriptor");
          return -1;
        }
    }
}

/* Never more at once than goes in without waiting. */
static ssize_t
write_piece (int fd, const char *data, gsize length, gboolean is_file)
{
  ssize_t n;

  if (is_file)
    return write (fd, data, length);
  n = send (fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0 && errno == ENOTSOCK)
    n = write (fd, data, MIN (length, PIPE_PIECE));
  return n;
}

static gboolean
write_all (int fd, const char *data, gsize length, GCancellable *cancellable, GError **error)
{
  gboolean is_file = is_regular (fd);

  while (length > 0)
    {
      ssize_t n;

      if (!wait_ready (fd, POLLOUT, cancellable, error))
        return FALSE;
      n = write_piece (fd, data, length, is_file);
      if (n < 0 && errno != EINTR && errno != EAGAIN)
        return roost_throw_errno (error, errno, "cannot write to the descriptor");
      if (n > 0)
        {
          data += n;
          length -= (gsize)n;
        }
    }
  return TRUE;
}

/* --- the volume's side --- */

static gboolean
write_at (int fd, const char *data, gsize length, guint64 offset, GError **error)
{
  while (length > 0)
    {
      ssize_t n = pwrite (fd, data, length, (off_t)offset);

      if (n < 0 && errno != EINTR)
        return roost_throw_errno (error, errno, "cannot write to the volume");
      if (n > 0)
        {
          data += n;
          offset += (guint64)n;
          length -= (gsize)n;
        }
    }
  return TRUE;
}

static gssize
read_at (int fd, char *buffer, gsize size, guint64 offset, GError **error)
{
  ssize_t n;

  do
    n = pread (fd, buffer, size, (off_t)offset);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    roost_throw_errno (error, errno, "cannot read the volume");
  return n;
}

static gboolean
is_zero (const char *data, gsize length)
{
  return length == 0 || (data[0] == '\0' && memcmp (data, data + 1, length - 1) == 0);
}

/* A hole in what there may be already; FALSE: bytes have to be written. */
static gboolean
make_hole (int fd, guint64 offset, guint64 length)
{
  return fallocate (fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)length)
         == 0;
}

static gboolean
grow_to (int fd, guint64 size, GError **error)
{
  struct stat st;

  if (fstat (fd, &st) != 0)
    return roost_throw_errno (error, errno, "cannot look at the volume");
  if (S_ISREG (st.st_mode) && (guint64)st.st_size < size && ftruncate (fd, (off_t)size) != 0)
    return roost_throw_errno (error, errno, "cannot make the volume larger");
  return TRUE;
}

static gboolean
write_sparse (int fd, const char *data, gsize length, guint64 offset, GError **error)
{
  for (gsize at = 0; at < length; at += HOLE)
    {
      gsize piece = MIN (length - at, HOLE);

      if (is_zero (data + at, piece) && make_hole (fd, offset + at, piece))
        continue;
      if (!write_at (fd, data + at, piece, offset + at, error))
        return FALSE;
    }
  return grow_to (fd, offset + length, error);
}

static gboolean
finish (int fd, GError **error)
{
  if (fsync (fd) != 0)
    return roost_throw_errno (error, errno, "cannot write the volume to the disk");
  return TRUE;
}

gboolean
roost_transfer_upload (gpointer p, GCancellable *cancellable, GError **error)
{
  RoostTransfer *transfer = p;
  g_autofree char *buffer = g_malloc (CHUNK);
  guint64 at = transfer->offset;
  guint64 left = transfer->length;

  while (left > 0)
    {
      gssize n = read_some (transfer->from, buffer, MIN (CHUNK, left), cancellable, error);

      if (n < 0)
        return FALSE;
      if (n == 0)
        break;
      if (!(transfer->is_sparse ? write_sparse : write_at) (transfer->to, buffer, (gsize)n, at,
                                                            error))
        return FALSE;
      at += (guint64)n;
      left -= (guint64)n;
      count (transfer, (gsize)n);
    }
  return finish (transfer->to, error);
}

/* Returns: where data begins again at or after @offset, at most @end */
static guint64
next_data (int fd, guint64 offset, guint64 end)
{
  off_t at = lseek (fd, (off_t)offset, SEEK_DATA);

  if (at >= 0)
    return MIN ((guint64)at, end);
  return errno == ENXIO ? end : offset;
}

static gboolean
skip_hole (RoostTransfer *transfer, guint64 length, GError **error)
{
  if (length > 0 && lseek (transfer->to, (off_t)length, SEEK_CUR) < 0)
    return roost_throw_errno (error, errno, "the descriptor cannot seek");
  count (transfer, length);
  return TRUE;
}

/* The last hole is there only when the file is long enough. */
static gboolean
end_sparse (int fd, GError **error)
{
  off_t at = lseek (fd, 0, SEEK_CUR);

  return at < 0 || grow_to (fd, (guint64)at, error);
}

gboolean
roost_transfer_download (gpointer p, GCancellable *cancellable, GError **error)
{
  RoostTransfer *transfer = p;
  g_autofree char *buffer = g_malloc (CHUNK);
  guint64 at = transfer->offset;
  guint64 end = transfer->offset + transfer->length;
  gboolean is_sparse = transfer->is_sparse && is_regular (transfer->to);

  while (at < end)
    {
      gssize n;

      if (is_sparse)
        {
          guint64 data = next_data (transfer->from, at, end);

          if (!skip_hole (transfer, data - at, error))
            return FALSE;
          at = data;
        }
      n = at < end ? read_at (transfer->from, buffer, MIN (CHUNK, end - at), at, error) : 0;
      if (n < 0 || !write_all (transfer->to, buffer, (gsize)n, cancellable, error))
        return FALSE;
      if (n == 0)
        break;
      at += (guint64)n;
      count (transfer, (gsize)n);
    }
  return !is_sparse || end_sparse (transfer->to, error);
}

gboolean
roost_transfer_zero (gpointer p, GCancellable *cancellable, GError **error)
{
  RoostTransfer *transfer = p;
  g_autofree char *zeros = g_malloc0 (CHUNK);
  guint64 left = transfer->length;

  for (guint64 at = transfer->offset; left > 0;)
    {
      gsize piece = MIN (CHUNK, left);

      if (g_cancellable_set_error_if_cancelled (cancellable, error)
          || !write_at (transfer->to, zeros, piece, at, error))
        return FALSE;
      at += piece;
      left -= piece;
      count (transfer, piece);
    }
  return finish (transfer->to, error);
}

gboolean
roost_transfer_trim (gpointer p, GCancellable *cancellable, GError **error)
{
  RoostTransfer *transfer = p;
  guint64 range[] = { transfer->offset, transfer->length };
  struct stat st;
  int result;

  if (fstat (transfer->to, &st) != 0)
    return roost_throw_errno (error, errno, "cannot look at the volume");
  if (transfer->length == 0)
    return TRUE;
  if (S_ISBLK (st.st_mode))
    result = ioctl (transfer->to, BLKDISCARD, range);
  else
    result = make_hole (transfer->to, transfer->offset, transfer->length) ? 0 : -1;
  if (result != 0 && errno == EOPNOTSUPP)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the storage of the volume cannot discard; wipe it with zeros");
  if (result != 0)
    return roost_throw_errno (error, errno, "cannot discard the volume's blocks");
  count (transfer, transfer->length);
  return finish (transfer->to, error);
}

gboolean
roost_transfer_checksum (gpointer p, GCancellable *cancellable, GError **error)
{
  RoostChecksumWork *work = p;
  RoostTransfer *transfer = &work->transfer;
  g_autoptr (GChecksum) checksum = g_checksum_new (work->type);
  g_autofree char *buffer = g_malloc (CHUNK);
  guint64 left = transfer->length;

  for (guint64 at = transfer->offset; left > 0;)
    {
      gssize n = read_at (transfer->from, buffer, MIN (CHUNK, left), at, error);

      if (n < 0 || g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (n == 0)
        break;
      g_checksum_update (checksum, (const guchar *)buffer, n);
      at += (guint64)n;
      left -= (guint64)n;
      count (transfer, (gsize)n);
    }
  work->text = g_strdup (g_checksum_get_string (checksum));
  return TRUE;
}
