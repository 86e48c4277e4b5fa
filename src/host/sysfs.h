/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Attributes below @sys_dir, which is "/sys" but in tests: SYS/FOLDER/NAME/FILE. */

/* Returns: (transfer full) (nullable): what is in it, without the newline */
char *
roost_sysfs_read (const char *sys_dir, const char *folder, const char *name, const char *file);
gboolean
roost_sysfs_exists (const char *sys_dir, const char *folder, const char *name, const char *file);

/* Returns: (transfer full) (nullable): the last part of what the link points to */
char *
roost_sysfs_link (const char *sys_dir, const char *folder, const char *name, const char *file);

/* Writes to SYS/FOLDER/FILE. May block: drivers come and go meanwhile. Errors: IO, NOT_FOUND. */
gboolean roost_sysfs_write (
    const char *sys_dir, const char *folder, const char *file, const char *text, GError **error);
