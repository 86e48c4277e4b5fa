/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "domain/manager-private.h"

/* Whom one file or block device belongs to. All of it blocks: for worker threads. */

typedef struct
{
  char *path; /* without symbolic links */
  uid_t owner;
  guint64 inode;
} RoostLentFile;

void roost_lent_file_clear (RoostLentFile *file);

/**
 * roost_lent_file_look:
 * @path: as a document names it
 * @out: .path stays NULL where it is no regular file or block device, is not there, or cannot be
 *   looked at, which does not matter when QEMU may
 * @out_may: may QEMU open it, through all the folders above it?
 * A symbolic link is followed only where root made it: QEMU may write to the folder of an image.
 * Errors: STORAGE (a link of somebody else), IO.
 */
gboolean roost_lent_file_look (const RoostQemuUser *user,
                               const char *path,
                               gboolean is_written,
                               RoostLentFile *out,
                               gboolean *out_may,
                               GError **error);

/* May it be given away? Not what is the system's, or has a second name. Errors: STORAGE. */
gboolean roost_lent_file_check (const RoostLentFile *file, GError **error);

/* Makes @file the user's own; the group and the mode stay. Undone when QEMU still may not open it.
 * Errors: STORAGE says what is in the way; IO. */
gboolean roost_lent_file_give (const RoostLentFile *file,
                               const RoostQemuUser *user,
                               gboolean is_written,
                               GError **error);

/* Gives @file back to its owner, unless it is somebody else's by now. Errors: NOT_FOUND (there
 * is none), STORAGE (it is another one), IO. */
gboolean
roost_lent_file_restore (const RoostLentFile *file, const RoostQemuUser *user, GError **error);
