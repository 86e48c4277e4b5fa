/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/**
 * roost_domain_monitor_command:
 * @text: {"execute": …, "arguments": …}, or with "exec-oob"
 * @timeout_ms: how long QEMU may take; 0 = the usual deadline
 * Sends a command as it is, and taints the domain with "custom-monitor". What is not a plain
 * question ("query-…", "qom-get", …) holds the domain. Awaits: yes. Returns: (transfer full): what
 * QEMU returned, as JSON. Errors: INVALID_ARGUMENT, NOT_RUNNING, BUSY, QEMU, TIMEOUT, NOT_SUPPORTED
 * (no out-of-band commands).
 */
char *roost_domain_monitor_command (
    RoostDomain *domain, const char *text, guint timeout_ms, const char *caller, GError **error);

/* --- pure, for its test --- */

/* Is @command a question, after which QEMU is as it was? */
gboolean roost_monitor_is_question (const char *command);
