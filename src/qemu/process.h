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

typedef struct
{
  int resource;  /* RLIMIT_MEMLOCK … */
  guint64 value; /* soft and hard; RLIM_INFINITY */
} RoostLimit;

/* What to run, and as whom. Zero means: as the daemon itself. */
typedef struct
{
  const char *const *argv;  /* [0] is the binary's path */
  const char *const *env;   /* (nullable): NULL-terminated "NAME=value"; NULL = a minimal one */
  const char *dir;          /* (nullable): the working folder; NULL = "/" */
  int log_fd;               /* becomes stdout and stderr */
  int stdin_fd;             /* 0 = /dev/null */
  const RoostPassedFd *fds; /* (nullable): to keep; every other one is closed */
  guint n_fds;              /* at most ROOST_PROCESS_MAX_FDS */
  const RoostLimit *limits; /* (nullable) */
  guint n_limits;
  guint umask;            /* 0 = 0077 */
  gboolean is_other_user; /* become @uid, @gid with just @groups; looked up by the caller */
  uid_t uid;
  gid_t gid;
  const gid_t *groups;
  guint n_groups;
} RoostSpawn;

#define ROOST_PROCESS_MAX_FDS 256

/**
 * roost_process_spawn:
 * @spawn: (transfer none): may go after the call
 * Returns once exec has succeeded. Own session, default signal mask and dispositions. The process
 * is reaped even when the caller drops the object. Awaits: no.
 * Errors: QEMU (exec or a step before it failed, with the system's reason), LIMIT_EXCEEDED (no
 * descriptors or processes left), INVALID_ARGUMENT (a target below 3, or twice).
 */
RoostProcess *roost_process_spawn (const RoostSpawn *spawn, GError **error);

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
