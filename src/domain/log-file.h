/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * STATE_DIR/log/NAME.log: each start adds its command line, and QEMU itself writes the rest, so
 * nothing is lost while no daemon runs. A log that has grown is moved to NAME.log.0, .1, .2 when a
 * guest starts.
 */

/* Returns: a descriptor for appending, @out_from where this run begins; or -1. Awaits: no.
 * Errors: IO, NO_SPACE. */
int roost_log_file_open (const char *path, const char *header, gint64 *out_from, GError **error);

/* Returns: (transfer full): the last lines from @from on, at most about 2 KiB; "" when there are
 * none. Awaits: no. */
char *roost_log_file_tail (const char *path, gint64 from);
