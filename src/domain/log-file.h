/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * STATE_DIR/log/NAME.log: each start adds a header with its command line, and QEMU itself writes
 * the rest, so nothing is lost while no daemon runs. A log that has grown goes to NAME.log.1, .2,
 * …: by a new name when a guest starts; while one runs by a copy, after which it is cut to nothing.
 * QEMU appends, and so goes on at the new beginning; what it writes between the copy and the cut is
 * lost.
 */

typedef struct
{
  guint64 max_size; /* bytes */
  guint keep;       /* older ones; 0 = none */
} RoostLogLimits;

/**
 * roost_log_file_open:
 * @header: of this start, see roost_log_file_header ()
 * Returns: a descriptor for appending, @out_from where this run begins; or -1. Awaits: no.
 * Errors: IO, NO_SPACE.
 */
int roost_log_file_open (const char *path,
                         const RoostLogLimits *limits,
                         const char *header,
                         gint64 *out_from,
                         GError **error);

/* Returns: (transfer full): the line that a start begins with, with what @marks it to the end of
 * the line; and the part of it by which roost_log_file_find () knows it. */
char *roost_log_file_header (const char *name, const char *uuid, const char *what);

/* Adds a line with the time to a log that is there; what fails is let be. Awaits: no. */
void roost_log_file_note (const char *path, const char *text);

/**
 * roost_log_file_limit:
 * Copies and cuts a log that is too large, while somebody writes into it. For a worker thread.
 * @out_is_cut: whether it was. Errors: IO, NO_SPACE: it is left as it was.
 */
gboolean roost_log_file_limit (const char *path,
                               const RoostLogLimits *limits,
                               gboolean *out_is_cut,
                               GError **error);

/**
 * roost_log_file_read:
 * @name, @uuid: (nullable): begin where the last start of this domain does; NULL: at the beginning
 * Returns: a descriptor for reading, or -1. For a worker thread. Errors: NOT_FOUND, IO.
 */
int roost_log_file_read (const char *path, const char *name, const char *uuid, GError **error);

/* Returns: (transfer full): the last lines from @from on, at most about 2 KiB; "" when there are
 * none. Awaits: no. */
char *roost_log_file_tail (const char *path, gint64 from);
