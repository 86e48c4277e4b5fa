/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-config.h"

/**
 * roost_defaults_apply:
 *
 * Fills in what a definition leaves to us, as libvirt's users know it: uuid, the machine's
 * canonical name, implied controllers and devices, models, MAC addresses, limits. What the document
 * says is never changed, and a second run changes nothing. Awaits: no.
 *
 * Errors: INVALID_XML, EXISTS, NOT_SUPPORTED (this binary has no such machine, or no model that
 * could stand in).
 */
gboolean roost_defaults_apply (RoostDomainConfig *config, const RoostFacts *facts, GError **error);
