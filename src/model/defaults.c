/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/defaults.h"

#include "model/address-parts.h"
#include "model/controller-list.h"
#include "model/defaults-controller.h"
#include "model/defaults-parts.h"

gboolean
roost_defaults_apply (RoostDomainConfig *config, const RoostFacts *facts, GError **error)
{
  if (!roost_defaults_apply_domain (config, facts, error)
      || !roost_defaults_apply_memory (config, error)
      || !roost_defaults_apply_cpu (config, facts, error))
    return FALSE;
  roost_defaults_apply_features (config);
  if (!roost_defaults_apply_disks (config, error)
      || !roost_defaults_apply_interfaces (config, facts, error))
    return FALSE;
  roost_defaults_apply_chardevs (config);
  if (!roost_defaults_apply_media (config, facts, error))
    return FALSE;
  roost_defaults_apply_devices (config);
  /* Where drives sit says which controllers there must be. */
  return roost_config_order_controllers (config, error)
         && roost_addresses_assign_drives (config, error)
         && roost_defaults_apply_controllers (config, facts, error);
}
