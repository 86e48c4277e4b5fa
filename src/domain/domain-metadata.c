/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/amend.h"
#include "domain/domain-private.h"
#include "model/metadata.h"

static gboolean
set (RoostDomainConfig *config, gboolean is_running, gpointer data, GError **error)
{
  const RoostMetadataChange *change = data;

  return roost_metadata_set (config, change->what, change->value, error);
}

gboolean
roost_domain_set_metadata (RoostDomain *domain,
                           const RoostMetadataChange *change,
                           const char *caller,
                           GError **error)
{
  const RoostAmendFuncs funcs = { .change = set };
  const RoostAmendRequest request = {
    .operation = "set-metadata", .caller = caller, .live = change->live, .config = change->config
  };

  return roost_domain_amend (domain, &request, &funcs, (gpointer)change, error);
}

char *
roost_domain_get_metadata (RoostDomain *domain,
                           const char *what,
                           gboolean is_inactive,
                           GError **error)
{
  const RoostDomainConfig *config = roost_domain_shown_config (domain, is_inactive, error);

  return config != NULL ? roost_metadata_get (config, what, error) : NULL;
}
