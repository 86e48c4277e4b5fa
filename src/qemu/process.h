/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * A QEMU process, held by pidfd: a PID that was reused can never be signalled. It lives in a
 * session of its own and outlives the daemon.
 *
 * Signal "exited" (int wait_status): once; -1 where it is unknown because the process was adopted.
 */
#define ROOST_TYPE_PROCESS (roost_process_get_type ())
G_DECLARE_FINAL_TYPE (RoostProcess, roost_process, ROOST, PROCESS, GObject)

typedef struct
{
  int fd;     /* ours; stays open */
  int target; /* its number in the child, 3 or more */
} RoostPassedFd;

/**
 * roost_process_spawn:
 * @argv: [0] is the binary's path
 * @env: (nullable): NULL-terminated "NAME=value"; NULL inherits a minimal environment
 * @log_fd: becomes stdout and stderr
 * @fds: (nullable): @n_fds descriptors to keep; every other one is closed
 * Returns once exec has succeeded. Own session, default signal mask and dispositions. Awaits: no.
 * Errors: QEMU (exec failed, with the system's reason), LIMIT_EXCEEDED (no descriptors or processes
 * left).
 */
RoostProcess *roost_process_spawn (const char *const *argv,
                                   const char *const *env,
                                   int log_fd,
                                   const RoostPassedFd *fds,
                                   guint n_fds,
                                   GError **error);

/**
 * roost_process_adopt:
 * @pid, @start_time: as stored earlier; start_time in clock ticks since boot (/proc/PID/stat, field
 * 22) Errors: NOT_RUNNING: no such process, or another one that has the same PID now.
 */
RoostProcess *roost_process_adopt (pid_t pid, guint64 start_time, GError **error);

pid_t roost_process_pid (RoostProcess *process);
guint64 roost_process_start_time (RoostProcess *process);
gboolean roost_process_is_alive (RoostProcess *process);

/* Sends @signum unless it has ended. */
void roost_process_signal (RoostProcess *process, int signum);

/**
 * roost_process_wait: until it has ended. @timeout_ms 0 = for ever. Awaits: yes.
 * Errors: TIMEOUT, CANCELLED.
 */
gboolean roost_process_wait (RoostProcess *process,
                             guint timeout_ms,
                             GCancellable *cancellable,
                             GError **error);

/**
 * roost_process_end: SIGTERM, @grace_ms later SIGKILL, and waits until it has ended. Awaits: yes.
 * Errors: TIMEOUT when even SIGKILL does not end it (stuck in the kernel), after 30 s.
 */
gboolean roost_process_end (RoostProcess *process, guint grace_ms, GError **error);
