/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-config.h"

/**
 * roost_cpu_resolve:
 * @config: completed, of a guest that is about to start
 * @facts: of the binary that runs it
 * "host-model", and match='minimum', become what they mean on this host at this moment: the named
 * model nearest to what the accelerator can do, and each feature by which it differs. So the guest
 * keeps its processor when it is saved, restored or migrated, and its document says what it has.
 * What the document asks of single features is kept. Where QEMU does not say what it can do
 * (ARM, or KVM that is not there) nothing is changed; nor on POWER, where the machine carries it.
 * Awaits: no.
 */
void roost_cpu_resolve (RoostDomainConfig *config, const RoostFacts *facts);
