/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/address.h"

#include "model/address-parts.h"
#include "model/address-pci.h"

/* The console that is a serial port shows that port's address. */
static void
mirror_console_address (RoostDomainConfig *config)
{
  const GPtrArray *serials = config->devices.serials;
  const GPtrArray *consoles = config->devices.consoles;
  const RoostChardev *serial;
  RoostChardev *console;

  if (serials == NULL || serials->len == 0 || consoles == NULL || consoles->len == 0)
    return;
  serial = g_ptr_array_index (serials, 0);
  console = g_ptr_array_index (consoles, 0);
  if (console->console_target != ROOST_CONSOLE_TARGET_SERIAL)
    return;
  roost_address_free (console->info.address);
  console->info.address = roost_address_copy (serial->info.address);
}

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
  if (!roost_addresses_assign_pci (config, facts, error)
      || !roost_addresses_assign_usb (config, error)
      || !roost_addresses_assign_memory (config, error))
    return FALSE;
  mirror_console_address (config);
  return TRUE;
}
