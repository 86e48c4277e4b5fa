/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/* How often the guest's driver tells of the memory inside the guest. */

/* Microseconds; 0 = never, or there is no balloon. Awaits: no. */
guint64 roost_domain_memory_period_us (RoostDomain *domain);

/**
 * roost_domain_set_memory_period:
 * @period_us: microseconds, whole seconds; 0 = never
 * @live, @config: what to change; neither: both where they exist
 * Awaits: yes. Errors: NOT_SUPPORTED (no balloon, transient), INVALID_ARGUMENT, NOT_RUNNING, BUSY,
 * QEMU, NO_SPACE, IO.
 */
typedef struct
{
  gboolean live;
  gboolean config;
} RoostMemoryPeriodOptions;

gboolean roost_domain_set_memory_period (RoostDomain *domain,
                                         guint64 period_us,
                                         const RoostMemoryPeriodOptions *options,
                                         const char *caller,
                                         GError **error);
