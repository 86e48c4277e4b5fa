/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/console.h"

#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>

#define BUFFER_BYTES 4096

/* One direction: what was read and is not written yet. */
typedef struct
{
  RoostConsole *console;
  int from;
  int to;
  char bytes[BUFFER_BYTES];
  gsize start;
  gsize length;
  guint source; /* waits for one of both */
} Flow;

struct RoostConsole
{
  int device_fd;
  int client_fd;
  Flow out; /* to the client */
  Flow in;  /* to the device */
  RoostConsoleFunc on_end;
  gpointer data;
};

static void flow_wait (Flow *flow);

static gboolean
is_temporary (int err)
{
  return err == EAGAIN || err == EINTR;
}

/* FALSE: that end is closed. */
static gboolean
flow_read (Flow *flow)
{
  gssize n = read (flow->from, flow->bytes, sizeof flow->bytes);

  if (n < 0 && is_temporary (errno))
    return TRUE;
  if (n <= 0)
    return FALSE;
  flow->start = 0;
  flow->length = (gsize)n;
  return TRUE;
}

static gboolean
flow_write (Flow *flow)
{
  gssize n = write (flow->to, flow->bytes + flow->start, flow->length);

  if (n < 0)
    return is_temporary (errno);
  flow->start += (gsize)n;
  flow->length -= (gsize)n;
  return TRUE;
}

static gboolean
on_flow_ready (int fd, GIOCondition condition, gpointer p)
{
  Flow *flow = p;
  RoostConsole *console = flow->console;
  gboolean ok = flow->length > 0 || flow_read (flow);

  flow->source = 0;
  if (ok && flow->length > 0)
    ok = flow_write (flow);
  if (ok)
    flow_wait (flow);
  else
    console->on_end (console, console->data);
  return G_SOURCE_REMOVE;
}

/* For room to write while something is left, else for something to read. */
static void
flow_wait (Flow *flow)
{
  flow->source = flow->length > 0 ? g_unix_fd_add (flow->to, G_IO_OUT, on_flow_ready, flow)
                                  : g_unix_fd_add (flow->from, G_IO_IN, on_flow_ready, flow);
}

static void
flow_init (Flow *flow, RoostConsole *console, int from, int to)
{
  flow->console = console;
  flow->from = from;
  flow->to = to;
  flow_wait (flow);
}

RoostConsole *
roost_console_new (
    int device_fd, int *out_client_fd, RoostConsoleFunc on_end, gpointer data, GError **error)
{
  g_auto (RoostFd) device = device_fd;
  RoostConsole *console;
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    {
      roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED, "cannot make a socket pair: %s",
                   g_strerror (errno));
      return NULL;
    }
  g_unix_set_fd_nonblocking (device, TRUE, NULL);
  g_unix_set_fd_nonblocking (pair[0], TRUE, NULL);
  console = g_new0 (RoostConsole, 1);
  console->device_fd = roost_fd_steal (&device);
  console->client_fd = pair[0];
  console->on_end = on_end;
  console->data = data;
  flow_init (&console->out, console, console->device_fd, console->client_fd);
  flow_init (&console->in, console, console->client_fd, console->device_fd);
  *out_client_fd = pair[1];
  return console;
}

void
roost_console_close (RoostConsole *console)
{
  g_clear_handle_id (&console->out.source, g_source_remove);
  g_clear_handle_id (&console->in.source, g_source_remove);
  close (console->device_fd);
  close (console->client_fd);
  g_free (console);
}

int
roost_console_open_pty (const char *path, GError **error)
{
  g_auto (RoostFd) fd = open (path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  struct termios mode;

  if (fd < 0 || tcgetattr (fd, &mode) < 0)
    {
      roost_throw_errno (error, errno, "cannot open the terminal %s", path);
      return -1;
    }
  cfmakeraw (&mode);
  tcsetattr (fd, TCSANOW, &mode);
  return roost_fd_steal (&fd);
}

int
roost_console_open_socket (const char *path, GError **error)
{
  g_auto (RoostFd) fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (strlen (path) >= sizeof address.sun_path)
    {
      roost_throw (error, ROOST_ERROR_IO, "the path of the socket is too long: %s", path);
      return -1;
    }
  strcpy (address.sun_path, path);
  if (fd >= 0 && connect (fd, (struct sockaddr *)&address, sizeof address) == 0)
    return roost_fd_steal (&fd);
  if (errno == EAGAIN)
    roost_throw (error, ROOST_ERROR_BUSY, "others wait to be connected to %s already", path);
  else
    roost_throw_errno (error, errno, "cannot connect to %s", path);
  return -1;
}
