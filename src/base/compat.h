/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What newer GLibs have and 2.74 has not. */

#include <glib.h>
#include <glib-unix.h>
#include <unistd.h>

/* A file descriptor that closes itself at the end of its scope; -1 is none. */
typedef int RoostFd;

static inline void
roost_fd_clear (RoostFd *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static inline int
roost_fd_steal (RoostFd *fd)
{
  int taken = *fd;

  *fd = -1;
  return taken;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RoostFd, roost_fd_clear)

/* Walks a GPtrArray that may be NULL (an empty list of a model struct is NULL). */
#define ROOST_LIST_EACH(Type, item, list)                                                          \
  for (guint item##_i = 0;                                                                         \
       (list) != NULL && item##_i < (list)->len && ((item) = (Type *)(list)->pdata[item##_i], 1);  \
       item##_i++)
