/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-config.h"

/**
 * roost_addresses_assign:
 * @config: with its defaults applied (model/defaults.h)
 *
 * Gives every device that needs a guest address and has none one: PCI (adding bridges and root
 * ports where they are missing), USB, drive, virtio-serial, CCID, CCW, spapr-vio, virtio-mmio, DIMM
 * slots. An address that is there is never moved, so that a second run changes nothing.
 * Awaits: no.
 *
 * Errors: EXISTS (an address used twice; names both devices), INVALID_XML (an address that cannot
 * be), LIMIT_EXCEEDED (no room).
 */
gboolean
roost_addresses_assign (RoostDomainConfig *config, const RoostFacts *facts, GError **error);

/**
 * roost_aliases_assign:
 * Gives each device without one its alias, by which QEMU knows it: "net0", "virtio-disk0",
 * "pci.1", "usb". The user's own aliases stay. Live only: call it for a domain that starts, or
 * for its command line. Awaits: no.
 * Errors: EXISTS (one alias twice).
 */
gboolean roost_aliases_assign (RoostDomainConfig *config, const RoostFacts *facts, GError **error);
