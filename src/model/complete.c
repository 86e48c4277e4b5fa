/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain-config.h"

#include "model/address.h"
#include "model/check.h"
#include "model/defaults.h"

gboolean
roost_domain_config_complete (RoostDomainConfig *config,
                              const RoostFacts *facts,
                              RoostIssues *issues,
                              GError **error)
{
  return roost_defaults_apply (config, facts, error)
         && roost_check_all (config, facts, issues, error)
         && roost_addresses_assign (config, facts, error);
}
