/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/start-op.h"

/* Opens what the command line asks of the host into start->fds. Awaits: yes.
 * Errors: HOST_DEVICE names the device; NOT_SUPPORTED. */
gboolean roost_start_open_host (RoostStart *start, GError **error);

/**
 * roost_manager_secret_value:
 * Returns: (transfer full): what @request asks for, of the secrets of @manager. Awaits: yes.
 * Errors: NOT_FOUND (no such secret, or it has no value), IO, STORAGE.
 */
GBytes *roost_manager_secret_value (RoostManager *manager,
                                    const RoostSecretRequest *request,
                                    GError **error);

/* Writes the files of secrets that the command line names. Awaits: yes. Errors: NOT_FOUND, IO. */
gboolean roost_start_write_secrets (RoostStart *start, GError **error);

/* QEMU, which answers, has read them all. */
void roost_start_remove_secrets (RoostStart *start);

/* In start-process.c: whom QEMU and its helpers run as. */
void roost_start_as_qemu (const RoostStart *start, RoostSpawn *spawn);
