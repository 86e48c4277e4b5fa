/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/agent-pipe.h"
#include "domain/agent-transfer.h"

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"

/*
 * A file of the guest in the hands of a client, as one end of a pipe. The other end is ours, and a
 * coroutine carries what comes.
 */

typedef struct
{
  RoostTransfer *transfer;
  gint64 handle;
  int fd; /* our end */
  gboolean is_reading;
  guint64 total; /* bytes; 0 = not known */
  RoostUint limit;
} File;

static void
file_free (File *file)
{
  g_clear_pointer (&file->transfer, roost_transfer_free);
  roost_fd_clear (&file->fd);
  g_free (file);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (File, file_free)

/* --- the work --- */

static gboolean
from_guest (File *file, GError **error)
{
  RoostTransfer *transfer = file->transfer;
  guint64 done = 0;

  while (!file->limit.is_set || done < file->limit.value)
    {
      guint64 left = file->limit.is_set ? file->limit.value - done : G_MAXUINT64;
      g_autoptr (GBytes) bytes = NULL;
      gconstpointer data;
      gsize length;

      if (!roost_transfer_read (transfer, file->handle, (guint)MIN (left, ROOST_AGENT_CHUNK),
                                &bytes, error))
        return FALSE;
      data = g_bytes_get_data (bytes, &length);
      if (length == 0)
        break;
      if (!roost_pipe_write (file->fd, data, length, transfer->cancellable, error))
        return FALSE;
      done += length;
      roost_job_set_bytes (transfer->job, done, MAX (file->total, done));
    }
  return TRUE;
}

/* As much as fits a command, unless the client is slow. Returns: -1 on error, 0 at its end */
static gssize
fill (File *file, char *bytes, GError **error)
{
  return roost_pipe_read (file->fd, bytes, ROOST_AGENT_CHUNK, file->transfer->cancellable, error);
}

static gboolean
to_guest (File *file, GError **error)
{
  RoostTransfer *transfer = file->transfer;
  g_autofree char *bytes = g_malloc (ROOST_AGENT_CHUNK);
  guint64 done = 0;
  gssize n;

  while ((n = fill (file, bytes, error)) > 0)
    {
      if (file->limit.is_set && done + (guint64)n > file->limit.value)
        return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                            "more than the %" G_GUINT64_FORMAT " bytes came that were announced",
                            file->limit.value);
      if (!roost_transfer_write (transfer, file->handle, bytes, (gsize)n, error))
        return FALSE;
      done += (guint64)n;
      roost_job_set_bytes (transfer->job, done, file->total);
    }
  if (n == 0 && file->limit.is_set && done < file->limit.value)
    return roost_throw (error, ROOST_ERROR_IO,
                        "the writer ended after %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                        " bytes",
                        done, file->limit.value);
  return n == 0;
}

static gboolean
work (File *file, GError **error)
{
  return (file->is_reading ? from_guest (file, error) : to_guest (file, error));
}

static JsonObject *
close_args (const File *file)
{
  JsonObject *args = json_object_new ();

  json_object_set_int_member (args, "handle", file->handle);
  return args;
}

static void
file_body (gpointer p)
{
  g_autoptr (File) file = p;
  g_autoptr (GError) error = NULL;
  gboolean is_done = work (file, &error);

  if (is_done && !file->is_reading)
    roost_transfer_close (file->transfer, file->handle, &error);
  else
    roost_transfer_tidy (file->transfer, "guest-file-close", close_args (file));
  roost_transfer_end (file->transfer, error);
}

/* --- the beginning --- */

static const struct
{
  const char *mode;
  const char *guest; /* as of fopen () */
  gboolean has_offset;
} modes[] = {
  { "read", "rb", TRUE },
  { "write", "wb", FALSE },
  { "append", "ab", FALSE },
  { "update", "r+b", TRUE },
};

static const char *
guest_mode (const RoostAgentFile *asked, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      if (!g_str_equal (modes[i].mode, asked->mode))
        continue;
      if (asked->offset == 0 || (modes[i].has_offset && asked->offset <= G_MAXINT64))
        return modes[i].guest;
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                   "an offset of %" G_GUINT64_FORMAT " is not possible with mode '%s'",
                   asked->offset, asked->mode);
      return NULL;
    }
  roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
               "mode '%s' is not known; there are 'read', 'write', 'append', 'update'",
               asked->mode);
  return NULL;
}

/* How far there is to go; nothing when the file cannot tell, as those of /proc. */
static gboolean
go_to_offset (File *file, guint64 offset, GError **error)
{
  gint64 end = -1;

  if (file->is_reading)
    end = roost_transfer_seek (file->transfer, file->handle, 0, "end", NULL);
  if (end > (gint64)offset)
    file->total = (guint64)end - offset;
  if (file->limit.is_set && (!file->is_reading || file->total > file->limit.value))
    file->total = file->limit.value;
  if (offset == 0 && end <= 0)
    return TRUE;
  return roost_transfer_seek (file->transfer, file->handle, (gint64)offset, "set", error) >= 0;
}

static File *
open_file (RoostTransfer *transfer, const RoostAgentFile *asked, const char *mode, GError **error)
{
  g_autoptr (File) file = g_new0 (File, 1);

  file->fd = -1;
  file->transfer = transfer;
  file->is_reading = g_str_equal (asked->mode, "read");
  file->limit = asked->length;
  file->handle = roost_transfer_open (transfer, asked->path, mode, error);
  if (file->handle < 0)
    return NULL;
  if (go_to_offset (file, asked->offset, error))
    return g_steal_pointer (&file);
  roost_transfer_tidy (transfer, "guest-file-close", close_args (file));
  return NULL;
}

static gboolean
check_alive (File *file, GError **error)
{
  if (file->transfer->domain->manager != NULL)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_FOUND, "domain '%s' was removed",
                      file->transfer->domain->name);
}

RoostJob *
roost_domain_agent_open_file (RoostDomain *domain,
                              const RoostAgentFile *asked,
                              const RoostAgentContext *context,
                              int *out_fd,
                              GError **error)
{
  const char *mode = guest_mode (asked, error);
  RoostTransfer *transfer = mode != NULL ? roost_transfer_new (domain, context, error) : NULL;
  g_autoptr (File) file = transfer != NULL ? open_file (transfer, asked, mode, error) : NULL;
  int pipe[2];
  RoostJob *job;

  if (file == NULL || !check_alive (file, error))
    return NULL;
  if (!roost_pipe_open (pipe, !file->is_reading, error))
    {
      roost_transfer_tidy (transfer, "guest-file-close", close_args (file));
      return NULL;
    }
  file->fd = pipe[file->is_reading ? 1 : 0];
  *out_fd = pipe[file->is_reading ? 0 : 1];
  job = g_object_ref (roost_transfer_begin (
      transfer, file->is_reading ? "guest-read" : "guest-write", context->caller));
  co_spawn ("guest-file", file_body, g_steal_pointer (&file));
  return job;
}
