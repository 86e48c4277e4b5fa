/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

#include <json-glib/json-glib.h>

/* After a new connection to QEMU, which tells nothing twice: the balloon, open channels and the
 * agent, trays, filters of network cards, and jobs, of which each is told as QemuJobChanged. What
 * does not answer is left as it is. Awaits: yes. */
void roost_domain_read_anew (RoostDomain *domain);

/* The first part of it: what the balloon leaves, and how large memory devices are. Awaits: yes. */
void roost_domain_read_memory (RoostDomain *domain);

/* Reads, in a coroutine, what the guest wants to receive on its network cards. Awaits: no. */
void roost_domain_read_filters (RoostDomain *domain);

/* --- what an answer says; each tells what is new. Awaits: no --- */

void roost_domain_take_chardevs (RoostDomain *domain, JsonArray *chardevs);
void roost_domain_take_drives (RoostDomain *domain, JsonArray *drives);
void roost_domain_take_filters (RoostDomain *domain, JsonArray *filters);
void roost_domain_take_jobs (RoostDomain *domain, JsonArray *jobs);
