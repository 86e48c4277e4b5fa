/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/**
 * roost_domain_stats:
 * What the domain uses, as far as the host knows it without asking QEMU, so that a hung guest
 * delays nobody: "state" (s), "memory" (t, bytes), "vcpus" (u) always; while it has a process
 * "cpu-user" and "cpu-system" (t, microseconds), "resident" (t, bytes), "threads" (u), and, where
 * the host lets us see them, "io-read" and "io-written" (t, bytes that came from and went to
 * storage). Awaits: no. Returns: (transfer floating): a{sv}
 */
GVariant *roost_domain_stats (RoostDomain *domain);
