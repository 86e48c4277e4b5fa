/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain-private.h"
#include "domain/view-devices.h"

/*
 * The limits of network cards (<bandwidth>), by the program tc on the tap of the host: what goes to
 * the guest is shaped as it leaves the tap (HTB), what comes from it is policed as it enters. The
 * limits end with the tap; where that was there before the guest they are taken off.
 */

/* Can all limits of @config be set, or those of the card @alias (nullable)?
 * Errors: NOT_SUPPORTED names a card that is no tap. */
gboolean roost_bandwidth_check (const RoostDomainConfig *config, const char *alias, GError **error);

/* Gives the tap of the card @alias its limits; one without is left as it is. Awaits: yes.
 * Errors: NOT_SUPPORTED (no tc here), HOST_DEVICE (the kernel refuses). */
gboolean roost_bandwidth_begin (const RoostDomainConfig *config, const char *alias, GError **error);

/* Changes the limits of the card @alias from those in @was to those in @now; those in @was come
 * back when that fails. Awaits: yes. Errors: as above. */
gboolean roost_bandwidth_change (const RoostDomainConfig *was,
                                 const RoostDomainConfig *now,
                                 const char *alias,
                                 GError **error);

/* A daemon that takes over: what is in force is what the running configuration says, whatever the
 * last one was at. Awaits: yes. */
void roost_bandwidth_restore (RoostDomain *domain);

/* The guest of @config has ended, or let go of the card @alias (nullable: all): a tap that stays
 * loses its limits. Awaits: no. */
void roost_bandwidth_end (const RoostDomainConfig *config, const char *alias);

/* Returns: (transfer full): what tc -batch is told to set the limits of @nic; "" for none */
char *roost_bandwidth_script (const RoostNicView *nic);
