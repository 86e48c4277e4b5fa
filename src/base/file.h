/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* Files that survive a crash at any instant: temporary, fsync, rename, fsync of the folder. */

/**
 * roost_file_write:
 * @path: the file to replace; its folder exists
 * @data: @length bytes; copied before the first await
 * @mode: permission bits, such as 0600
 *
 * After success the new content is durable; after a failure the old file is whole. Writes to one
 * path are made in the order of the calls. Awaits: yes. Errors: NO_SPACE, IO, NOT_FOUND (folder).
 */
gboolean
roost_file_write (const char *path, const char *data, gsize length, guint mode, GError **error);

/* Removes @path durably; a file that is not there is fine. Awaits: yes. Errors: IO. */
gboolean roost_file_remove (const char *path, GError **error);

/**
 * roost_file_set_aside: renames a file that cannot be understood to "PATH.bad" (an older one of
 * that name is replaced) and logs where it went and why. Awaits: no; only for the start of the
 * daemon.
 */
void roost_file_set_aside (const char *path, const char *why);

/* Creates @path and its parents with @mode (umask is not applied to the last part). Awaits: no. */
gboolean roost_dir_make (const char *path, guint mode, GError **error);
