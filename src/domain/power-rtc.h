/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/*
 * <clock offset='variable'>: the distance between the guest's clock and the host's is the guest's
 * own business, and the next start gives it back. It is kept in what runs and in what is stored.
 */

/* The guest has set its clock to @seconds from the host's. Awaits: no. */
void roost_rtc_changed (RoostDomain *domain, gint64 seconds);

/* Asks QEMU for it, after nobody listened for a while. A guest that is paused keeps its clock
 * running. Awaits: yes. */
void roost_rtc_read (RoostDomain *domain);
