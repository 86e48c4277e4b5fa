/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/address.h"

#include "model/address-parts.h"
#include "model/address-pci.h"

gboolean
roost_addresses_assign (RoostDomainConfig *config, const RoostFacts *facts, GError **error)
{
  /* virtio-serial may need another controller, so it comes before the places of controllers. */
  if (!roost_addresses_assign_drives (config, error)
      || !roost_addresses_assign_virtio_serial (config, error)
      || !roost_addresses_assign_ccid (config, error)
      || !roost_addresses_assign_spapr_vio (config, error)
      || !roost_addresses_assign_ccw (config, error))
    return FALSE;
  roost_addresses_assign_mmio (config);
  return roost_addresses_assign_pci (config, facts, error)
         && roost_addresses_assign_usb (config, error)
         && roost_addresses_assign_memory (config, error);
}
