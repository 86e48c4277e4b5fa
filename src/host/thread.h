/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/bitmap.h"

#include <sys/types.h>

/*
 * Threads of another process: where they run and how they are scheduled. A thread's number comes
 * from QEMU, which is not trusted: each call names the process too, and a thread of another one is
 * NOT_FOUND.
 */

/* Returns: (transfer full): of pid_t: the threads of @pid; empty when it has ended. Awaits: no. */
GArray *roost_threads_list (pid_t pid);

/**
 * roost_thread_set_cpus:
 * @cpus: (nullable): NULL = wherever the kernel lets it, also on processors that come later
 * Awaits: no. Errors: NOT_FOUND (no such thread of @pid), INVALID_ARGUMENT (none of @cpus is there
 * for it: names those that are), NOT_SUPPORTED (not permitted).
 */
gboolean roost_thread_set_cpus (pid_t pid, pid_t thread, const RoostBitmap *cpus, GError **error);

/* Returns: (transfer full) (nullable): where it may run. Awaits: no. */
RoostBitmap *roost_thread_get_cpus (pid_t thread);

typedef enum
{
  ROOST_THREAD_OTHER,
  ROOST_THREAD_BATCH,
  ROOST_THREAD_IDLE,
  ROOST_THREAD_FIFO,
  ROOST_THREAD_RR,
} RoostThreadPolicy;

/* @priority: of FIFO and RR, 1 to 99. Errors: NOT_FOUND, NOT_SUPPORTED (not permitted: says what
 * would do). Awaits: no. */
gboolean roost_thread_set_policy (
    pid_t pid, pid_t thread, RoostThreadPolicy policy, int priority, GError **error);

/* Returns: (transfer full): the processors that are online, from @sys_dir, "/sys/devices/system" or
 * a test's copy. Awaits: no. */
RoostBitmap *roost_host_online_cpus (const char *sys_dir);

/* Whether the daemon itself may not run on all processors that are online: then a guest would
 * inherit that. Awaits: no. */
gboolean roost_host_is_confined (void);
