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

/* The watchdog has stopped the guest: where it asks for a dump, that is made, and the guest goes
 * on. */
void roost_policy_watchdog (RoostDomain *domain);

/* A restart that a killed daemon left half-way goes on. Returns: TRUE when there is one. */
gboolean roost_policy_go_on (RoostDomain *domain);
