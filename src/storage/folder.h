/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "storage/volume.h"

/*
 * Blocking work on the folder of a pool, for worker threads (co_thread ()); every function blocks.
 * A name is one component and no symbolic link is followed, so that nothing leaves the folder.
 */

/* What we make begins so until it is whole; scans do not show it. */
#define ROOST_FOLDER_TEMPORARY ".roost-"

/* Returns: a descriptor of the file @name in @folder, or -1. @flags: of open(). Errors: NOT_FOUND,
 * STORAGE (a symbolic link, or leaves the folder), IO. */
int roost_folder_open (const char *folder, const char *name, int flags, GError **error);

/* Makes a new empty file @name of mode 0600. Errors: EXISTS, NO_SPACE, IO. */
gboolean roost_folder_create (const char *folder, const char *name, GError **error);

/* Puts @from in the place of @to, durably. @replace: there may be a file of that name. Errors:
 * EXISTS, IO. */
gboolean roost_folder_rename (
    const char *folder, const char *from, const char *to, gboolean replace, GError **error);

/* Removes a file, or an empty folder, durably; what is not there is fine. */
gboolean roost_folder_remove (const char *folder, const char *name, GError **error);

/* Removes what we left behind when we were killed. Returns: how many */
guint roost_folder_clean (const char *folder);

/**
 * roost_folder_look:
 * Returns: (transfer full) (nullable): the facts of the file @name, as far as a look at its first
 *   bytes tells them; NULL without an error when it is gone or is nothing that a pool shows
 */
RoostVolume *roost_folder_look (const char *folder, const char *name);

/* Returns: (transfer full): of RoostVolume, all that are shown. Errors: NOT_FOUND, IO. */
GPtrArray *roost_folder_scan (const char *folder, GCancellable *cancellable, GError **error);

/* The sizes of the file system, in bytes. */
gboolean roost_folder_space (const char *folder, RoostSpace *out, GError **error);
