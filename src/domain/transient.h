/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain-private.h"

/*
 * Disks with <transient/>: what the guest writes goes into an overlay, STATE_DIR/transient/UUID/
 * ALIAS.qcow2, which is thrown away when the guest stops or lets the disk go. The image below is
 * opened for reading only, so several guests can have it.
 */

/* Makes the overlays of @config, or of its disk @alias (nullable: all), and makes them what the
 * disks of @config use. What it made before it failed goes with the next roost_transient_drop ().
 * Awaits: yes. Errors: NOT_SUPPORTED (encrypted; no qemu-img), STORAGE, NO_SPACE, IO. */
gboolean roost_transient_make (RoostDomain *domain,
                               RoostDomainConfig *config,
                               const char *alias,
                               GError **error);

/* Removes the overlay of the disk @alias, if it has one. Awaits: yes. */
void roost_transient_forget (RoostDomain *domain, const char *alias);

/* The guest has ended: removes all of them, the large ones after the call. Awaits: no. */
void roost_transient_drop (RoostManager *manager, const char *uuid);

/* Removes those of guests that do not run: the host went down before they could be. Awaits: no. */
void roost_transient_sweep (RoostManager *manager);
