/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/start-op.h"

/**
 * roost_swtpm_start:
 * Starts the TPM emulator of the configuration, if it has one, and adds it to run->helpers. Its
 * state is STATE_DIR/tpm/UUID. It has the other end of the socket pair that QEMU gets, and ends
 * with it. Awaits: no. Errors: NOT_SUPPORTED (swtpm is not installed), QEMU (it would not start).
 */
gboolean roost_swtpm_start (RoostStart *start, GCancellable *cancellable, GError **error);

/* Removes the state of the TPM of @uuid. Awaits: no. */
void roost_swtpm_forget (const RoostPlaces *places, const char *uuid);
