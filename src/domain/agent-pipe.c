/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/agent-pipe.h"

#include "base/co.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <unistd.h>

gboolean
roost_pipe_open (int out_fds[2], gboolean is_ours_reading, GError **error)
{
  if (!g_unix_open_pipe (out_fds, FD_CLOEXEC, NULL))
    return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED, "cannot make a pipe: %s",
                        g_strerror (errno));
  g_unix_set_fd_nonblocking (out_fds[is_ours_reading ? 0 : 1], TRUE, NULL);
  return TRUE;
}

/* --- waiting --- */

typedef struct
{
  GTask *task;
  GSource *ready;
  GSource *cancel;
} Wait;

/* The first of the two sources takes the other with it: so the task returns once. */
static GTask *
settle (Wait *wait)
{
  g_source_destroy (wait->ready);
  g_source_destroy (wait->cancel);
  return wait->task;
}

static gboolean
on_ready (int fd, GIOCondition condition, gpointer p)
{
  g_task_return_boolean (settle (p), TRUE);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer p)
{
  g_task_return_new_error (settle (p), ROOST_ERROR, ROOST_ERROR_CANCELLED, "it was cancelled");
  return G_SOURCE_REMOVE;
}

static gboolean
wait_for (int fd, GIOCondition condition, GCancellable *cancellable, GError **error)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, co_wake, co_self ());
  g_autoptr (GSource) ready = g_unix_fd_source_new (fd, condition | G_IO_HUP | G_IO_ERR);
  g_autoptr (GSource) cancel = g_cancellable_source_new (cancellable);
  g_autoptr (GAsyncResult) res = NULL;
  Wait wait = { task, ready, cancel };

  if (g_cancellable_is_cancelled (cancellable))
    return roost_throw (error, ROOST_ERROR_CANCELLED, "it was cancelled");
  g_source_set_callback (ready, G_SOURCE_FUNC (on_ready), &wait, NULL);
  g_source_set_callback (cancel, G_SOURCE_FUNC (on_cancelled), &wait, NULL);
  g_source_attach (ready, NULL);
  g_source_attach (cancel, NULL);
  res = co_wait ();
  return g_task_propagate_boolean (G_TASK (res), error);
}

/* --- bytes; GIO has SIGPIPE ignored --- */

gboolean
roost_pipe_write (
    int fd, const void *bytes, gsize length, GCancellable *cancellable, GError **error)
{
  const char *at = bytes;

  while (length > 0)
    {
      gssize n = write (fd, at, length);

      if (n >= 0)
        {
          at += n;
          length -= (gsize)n;
        }
      else if (errno == EPIPE)
        return roost_throw (error, ROOST_ERROR_IO, "the reader has closed the pipe");
      else if (errno != EAGAIN && errno != EINTR)
        return roost_throw_errno (error, errno, "cannot write to the pipe");
      else if (!wait_for (fd, G_IO_OUT, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

gssize
roost_pipe_read (int fd, void *bytes, gsize size, GCancellable *cancellable, GError **error)
{
  gssize n;

  while ((n = read (fd, bytes, size)) < 0)
    {
      if (errno != EAGAIN && errno != EINTR)
        {
          roost_throw_errno (error, errno, "cannot read from the pipe");
          return -1;
        }
      if (!wait_for (fd, G_IO_IN, cancellable, error))
        return -1;
    }
  return n;
}
