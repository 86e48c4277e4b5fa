/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The part of the fake domain room that statistics and the monitor take. */
#include "base/co.h"
#include "base/error.h"
#include "domain/stats-memory.h"

const char *
roost_domain_hang (RoostDomain *domain)
{
  return "";
}

GStrv
roost_domain_open_trays (RoostDomain *domain)
{
  return g_strsplit ("", " ", 0);
}

GStrv
roost_domain_open_channels (RoostDomain *domain)
{
  return g_strsplit ("channel0", " ", 0);
}

GStrv
roost_domain_guest_macs (RoostDomain *domain)
{
  return g_strsplit ("net0 52:54:00:00:00:01", " ", 0);
}

guint64
roost_domain_memory_period_us (RoostDomain *domain)
{
  return 0;
}

gboolean
roost_domain_set_memory_period (RoostDomain *domain,
                                guint64 period_us,
                                const RoostMemoryPeriodOptions *options,
                                const char *caller,
                                GError **error)
{
  return co_sleep (1, NULL, error);
}
