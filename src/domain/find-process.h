/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "qemu/process.h"

/**
 * roost_find_process_with_socket:
 * @inode: of a socket, as fstat () gave it to who made it; 0 finds nobody
 * Looks through /proc for a process other than ourselves that has this socket open: the one that
 * was given the monitor's. Awaits: no.
 * Returns: (transfer full) (nullable)
 */
RoostProcess *roost_find_process_with_socket (guint64 inode);

/* Returns: the inode of the unix socket that is bound at @path; 0 where there is none. */
guint64 roost_find_socket_at (const char *path);

/* Returns: the letter of proc(5): 'R', 'S', 'D', 'T', 'Z' …; NUL when there is no such process */
char roost_process_state (pid_t pid);

/* Is the process stopped (by SIGSTOP or a tracer), so that it cannot act on a signal? */
gboolean roost_process_is_stopped (pid_t pid);

/* Clock ticks since boot at which @pid began; 0 when there is none. */
guint64 roost_process_began (pid_t pid);
