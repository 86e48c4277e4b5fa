/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"
#include "qemu/process.h"

/* How much memory a QEMU may lock, see model/memory-lock.h. None of these awaits. */

/**
 * roost_memory_limit_choose:
 * @out: what the QEMU of @config is to be started with; .value 0: as it is
 * Errors: LIMIT_EXCEEDED: the service may not give it what it is certain to lock.
 */
gboolean roost_memory_limit_choose (RoostDomain *domain,
                                    const RoostDomainConfig *config,
                                    RoostLimit *out,
                                    GError **error);

/* Lets the QEMU that runs lock what @config needs, which has another device than before. Is not
 * taken back when that goes: the host may hold its memory for a while. Errors: as above. */
gboolean
roost_memory_limit_raise (RoostDomain *domain, const RoostDomainConfig *config, GError **error);
