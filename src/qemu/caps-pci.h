/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/facts.h"

/*
 * roost_caps_pci_read:
 * @devices_dir: "/sys/bus/pci/devices"; one that is missing has no devices
 * Returns: (transfer full): the table for RoostFacts.host_pci. A device is PCI Express when the
 *   kernel shows the whole of its extended configuration space, 4096 bytes; anybody may see that.
 * Awaits: no; the kernel answers from memory.
 */
GHashTable *roost_caps_pci_read (const char *devices_dir);
