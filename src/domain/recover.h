/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/* Connects to the QEMU of a domain whose process runs, again and again until it answers, and
 * follows what it says. Awaits: no. */
void roost_recover_monitor (RoostDomain *domain);
