/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/**
 * roost_hook_script_run:
 * @argv: [0] is the script's path
 * @xml: on its standard input
 * @timeout_ms: after it the script is killed, with its process group
 * @cancellable: (nullable): kills it as well
 * Runs one script in a session of its own, with a minimal environment and no other descriptors.
 * A process that it leaves behind lives on, but nobody listens to it. Awaits: yes.
 * Errors: HOOK with the end of what it wrote, TIMEOUT, CANCELLED.
 */
gboolean roost_hook_script_run (const char *const *argv,
                                const char *xml,
                                guint timeout_ms,
                                GCancellable *cancellable,
                                GError **error);
