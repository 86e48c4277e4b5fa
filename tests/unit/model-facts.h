/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-types.h"

/* A pretended QEMU for tests of the model: @arch is its target, @machines are "name" or
 * "name=alias" (the first is the default), @types are names of devices, or "name.property". */
RoostFacts *
test_facts_new (const char *arch, const char *const *machines, const char *const *types);

/* QEMU for x86_64 with the usual machines and devices. */
RoostFacts *test_facts_x86 (void);

/* @machine may be NULL; @devices is what stands in <devices>. Aborts when it does not parse. */
RoostDomainConfig *test_config_new (const char *arch, const char *machine, const char *devices);

/* Defaults and addresses. */
gboolean test_complete (RoostDomainConfig *config, const RoostFacts *facts, GError **error);
