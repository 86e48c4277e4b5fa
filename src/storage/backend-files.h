/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "storage/backend.h"
#include "storage/folder.h"

/* What the kinds share whose volumes are files in a folder. */
gboolean
roost_files_build (RoostPool *pool, gboolean overwrite, GCancellable *cancellable, GError **error);
gboolean roost_files_remove (RoostPool *pool, GError **error);
gboolean
roost_files_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error);

/* Returns: (transfer full) (nullable): what is mounted on @path. Awaits: yes. */
char *roost_mounted_on (const char *path);
