/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/display.h"

#include "base/compat.h"

#include <fcntl.h>
#include <sys/socket.h>

/*
 * A second descriptor of QEMU's end of the pair, on which nothing is read or written. When the
 * viewer closes its end the poll says so. It also lets a viewer be cut off.
 */
struct RoostViewer
{
  RoostFd fd;
  guint source;
  RoostViewer **slot;
};

static gboolean
on_hang_up (int fd, GIOCondition condition, gpointer p)
{
  RoostViewer *viewer = p;

  viewer->source = 0;
  *viewer->slot = NULL;
  roost_viewer_free (viewer);
  return G_SOURCE_REMOVE;
}

RoostViewer *
roost_viewer_new (int fd, RoostViewer **slot)
{
  RoostViewer *viewer = g_new0 (RoostViewer, 1);

  viewer->fd = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  viewer->slot = slot;
  if (viewer->fd >= 0)
    viewer->source = g_unix_fd_add (viewer->fd, G_IO_HUP, on_hang_up, viewer);
  return viewer;
}

void
roost_viewer_cut (RoostViewer *viewer)
{
  if (viewer->fd >= 0)
    shutdown (viewer->fd, SHUT_RDWR);
  roost_viewer_free (viewer);
}

void
roost_viewer_free (RoostViewer *viewer)
{
  g_clear_handle_id (&viewer->source, g_source_remove);
  roost_fd_clear (&viewer->fd);
  g_free (viewer);
}
