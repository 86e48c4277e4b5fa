/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-types.h"

/**
 * roost_defaults_apply_controllers:
 * Indexes, models, model names and limits of the controllers that are there, and those which the
 * machine or the devices imply. Drive addresses must be assigned before.
 * Errors: EXISTS (two of one index), INVALID_XML (the wrong kind of root bus), NOT_SUPPORTED (the
 * binary has no USB controller for a <controller> without a model).
 */
gboolean roost_defaults_apply_controllers (RoostDomainConfig *config,
                                           const RoostFacts *facts,
                                           GError **error);

/* The QEMU device behind the model of a PCI controller. */
void roost_defaults_complete_pci_controller (const RoostDomainConfig *config,
                                             RoostController *controller,
                                             const RoostFacts *facts);
