/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "qemu/process.h"

/**
 * roost_spawn_run: the part of roost_process_spawn between fork and exec.
 * @out_pidfd: (transfer full): refers to the new process
 * Returns: its PID, when exec has succeeded; -1 on error
 */
pid_t roost_spawn_run (const RoostSpawn *spawn, int *out_pidfd, GError **error);
