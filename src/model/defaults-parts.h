/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-types.h"

/* One function for each part of the document; roost_defaults_apply () calls them in order. */

/* Name of the machine and the architecture, emulator, uuid, life-cycle actions, clock, boot. */
gboolean
roost_defaults_apply_domain (RoostDomainConfig *config, const RoostFacts *facts, GError **error);

/* Sizes: total, what the guest starts with, virtual CPUs, NUMA cells, I/O threads. */
gboolean roost_defaults_apply_memory (RoostDomainConfig *config, GError **error);
void roost_defaults_apply_features (RoostDomainConfig *config);
gboolean
roost_defaults_apply_cpu (RoostDomainConfig *config, const RoostFacts *facts, GError **error);
gboolean roost_defaults_apply_disks (RoostDomainConfig *config, GError **error);
gboolean roost_defaults_apply_interfaces (RoostDomainConfig *config,
                                          const RoostFacts *facts,
                                          GError **error);
void roost_defaults_apply_chardevs (RoostDomainConfig *config);
gboolean
roost_defaults_apply_media (RoostDomainConfig *config, const RoostFacts *facts, GError **error);
void roost_defaults_apply_devices (RoostDomainConfig *config);
