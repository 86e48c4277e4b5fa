/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/facts.h"
#include "qemu/caps-peer.h"

/* What a started QEMU says of CPUs. All await. A target that cannot say something has none of it.
 */

/* @out_cpus: name → RoostCpuFacts */
void roost_caps_cpu_list (RoostCapsPeer *peer, GHashTable *out_cpus);

/* @out_props: property → value as text, of the model @model in full */
void roost_caps_cpu_expand (RoostCapsPeer *peer, const char *model, GHashTable *out_props);

/**
 * roost_caps_cpu_nearest:
 * @model: "host" or "max"
 * @cpus: what the accelerator can run
 * Returns: (nullable): the model with the fewest features more or less than @model, of the same
 *   vendor where there is one
 */
RoostNearestCpu *roost_caps_cpu_nearest (RoostCapsPeer *peer, const char *model, GHashTable *cpus);
