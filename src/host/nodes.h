/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/bitmap.h"

#include <sys/types.h>

/* Nodes of memory (NUMA). */

/* Returns: (transfer full) (nullable): those that have memory, from @sys_dir,
 * "/sys/devices/system" or a test's copy; NULL where the host does not tell. Awaits: no. */
RoostBitmap *roost_host_memory_nodes (const char *sys_dir);

/**
 * roost_process_move_memory:
 * Moves what the process has in other nodes to @nodes, as far as the kernel can; what is new may
 * still come from elsewhere. It takes a second for each few gigabytes. Awaits: yes.
 * Errors: NOT_SUPPORTED (not permitted, or no such host), NOT_FOUND (the process has ended), IO.
 * Source: migrate_pages(2).
 */
gboolean roost_process_move_memory (pid_t pid, const RoostBitmap *nodes, GError **error);
