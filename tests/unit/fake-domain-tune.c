/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "domain/tune.h"

/* Tuning for the tests of the bus room: nothing is set, and nothing can be. */

gboolean
roost_domain_tune (RoostDomain *domain, const RoostTuneRequest *request, GError **error)
{
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "the fake cannot be tuned");
}

GVariant *
roost_domain_tune_missing (RoostDomain *domain)
{
  return g_variant_new ("a{ss}", NULL);
}
