/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain-private.h"

/*
 * Where QEMU runs as a user of its own, images and devices that it may not open are lent to it:
 * they belong to it for as long as a running domain uses them, and go back to their owner then.
 * What it may open stays as it is. STATE_DIR/lent holds what is lent, and is written before: the
 * next daemon gives back what a killed one, or a host that went down, could not.
 */
typedef struct RoostLender RoostLender;

void roost_lender_free (RoostLender *lender);

/**
 * roost_lend:
 * @config: as it is to run
 * @alias: (nullable): of one of its disks; all that it needs
 * What the domain does not use in the end goes back with roost_lend_settle (). Awaits: yes.
 * Errors: STORAGE names what is in the way, NO_SPACE, IO.
 */
gboolean roost_lend (RoostDomain *domain,
                     const RoostDomainConfig *config,
                     const char *alias,
                     GError **error);

/* What is lent between these two stays lent, whether or not it is in use yet: for a change of what
 * runs. Awaits: no. Returns: for roost_lend_end (), which settles */
gpointer roost_lend_begin (RoostDomain *domain);
void roost_lend_end (RoostDomain *domain, gpointer run);

/* May QEMU read the file @path as it is? Awaits: yes. */
gboolean roost_lend_may_read (RoostManager *manager, const char *path);

/* Takes back what the domain runs without: all of it when it has ended. It goes on after the call.
 * Awaits: no. */
void roost_lend_settle (RoostDomain *domain);

/* Reads what an earlier daemon has lent; before the domains that run are known. Awaits: no. */
void roost_lend_load (RoostManager *manager);

/* Takes back what was lent to those that do not run. Awaits: no. */
void roost_lend_sweep (RoostManager *manager);
