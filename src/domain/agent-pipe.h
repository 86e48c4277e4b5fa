/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* Our end of a pipe whose other end a client has. */

/* Errors: LIMIT_EXCEEDED. @out_fds: [0] reads, [1] writes; ours does not block. */
gboolean roost_pipe_open (int out_fds[2], gboolean is_ours_reading, GError **error);

/**
 * roost_pipe_write:
 * Writes it all, as fast as the client reads. Awaits: yes. Errors: CANCELLED; IO when the client
 * has closed its end (the text says so).
 */
gboolean roost_pipe_write (
    int fd, const void *bytes, gsize length, GCancellable *cancellable, GError **error);

/* Reads some; 0 at the client's end. Awaits: yes. Returns: -1 on error. Errors: CANCELLED, IO. */
gssize roost_pipe_read (int fd, void *bytes, gsize size, GCancellable *cancellable, GError **error);
