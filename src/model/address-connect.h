/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/address-topology.h"
#include "model/device-walk.h"

/*
 * What a device of the domain is on PCI: nothing, a conventional or an express endpoint, a bridge.
 */

/**
 * roost_pci_plug_of:
 * @has_pcie: the domain's bus 0 is express
 * Returns: RoostPciPlug; 0 when the device does not sit on PCI
 */
guint roost_pci_plug_of (const RoostDeviceRef *ref, const RoostFacts *facts, gboolean has_pcie);

/* ROOST_PCI_BUS_NONE for what is no PCI controller */
RoostPciBusModel roost_pci_bus_of (const RoostController *controller);
RoostControllerModel roost_pci_bus_to_model (RoostPciBusModel bus);

/* Is this a virtio device, so that it may sit on CCW or virtio-mmio instead of PCI? */
gboolean roost_device_is_virtio (const RoostDeviceRef *ref);

/* Does the device sit on bus 0 already because the user said so, or has another kind of address? */
gboolean roost_address_is_pci (const RoostAddress *address);

/* A PCI address that names a place; <address type='pci'/> does not. */
gboolean roost_address_names_pci_place (const RoostAddress *address);

/* Is a PCI address what the device still needs? */
gboolean roost_address_wants_pci (const RoostAddress *address);
