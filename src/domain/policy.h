/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/*
 * What follows when the guest has powered off, asked for a reboot, or panicked: on_poweroff,
 * on_reboot and on_crash of its configuration. QEMU is stopped then, and waits. Awaits: no; what
 * takes time goes on in a coroutine.
 */
void roost_policy_poweroff (RoostDomain *domain);
void roost_policy_reboot (RoostDomain *domain);
void roost_policy_crash (RoostDomain *domain);
