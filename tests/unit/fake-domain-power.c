/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "domain/power.h"

/* Power and log of the fake domain: what the tables of the bus name, and no more. */

static gboolean
refuse (GError **error)
{
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "a fake domain has no power");
}

const char *
roost_taint_text (const char *name)
{
  return "";
}

int
roost_domain_open_log (RoostDomain *domain, gboolean is_last, GError **error)
{
  refuse (error);
  return -1;
}

gboolean
roost_domain_set_lifecycle (RoostDomain *domain,
                            const RoostLifecycleChange *change,
                            const char *caller,
                            GError **error)
{
  return refuse (error);
}

gboolean
roost_domain_pm_wakeup (RoostDomain *domain, const char *caller, GError **error)
{
  return refuse (error);
}

gboolean
roost_domain_pm_suspend (RoostDomain *domain,
                         const char *target,
                         const char *caller,
                         GError **error)
{
  return refuse (error);
}

gboolean
roost_domain_set_time (RoostDomain *domain,
                       const RoostTimeOptions *options,
                       const char *caller,
                       GError **error)
{
  return refuse (error);
}
