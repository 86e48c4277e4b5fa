/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain-config.h"

#include "model/address.h"
#include "model/blame.h"
#include "model/check.h"
#include "model/defaults.h"

/* What no single element is to blame for is the document's. */
static gboolean
blame_document (const RoostDomainConfig *config,
                const char *rule,
                RoostIssues *issues,
                GError **error,
                GError *reason)
{
  roost_blame_element (&reason, config, "domain", rule);
  roost_blame_report (issues, reason);
  g_propagate_error (error, reason);
  return FALSE;
}

gboolean
roost_domain_config_complete (RoostDomainConfig *config,
                              const RoostFacts *facts,
                              RoostIssues *issues,
                              GError **error)
{
  GError *reason = NULL;

  if (!roost_defaults_apply (config, facts, &reason))
    return blame_document (config, "defaults", issues, error, reason);
  if (!roost_check_all (config, facts, issues, error))
    return FALSE;
  if (!roost_addresses_assign (config, facts, &reason))
    return blame_document (config, "addresses", issues, error, reason);
  return TRUE;
}
