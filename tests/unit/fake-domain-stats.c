/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The part of the fake domain room that statistics and the monitor take. */
#include "base/co.h"
#include "base/error.h"
#include "domain/addresses.h"
#include "domain/block-info.h"
#include "domain/monitor-command.h"
#include "domain/stats-memory.h"
#include "domain/stats.h"

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

guint
roost_stats_group_find (const char *name)
{
  return g_str_equal (name, "block") ? ROOST_STATS_BLOCK : 0;
}

const char **
roost_stats_group_names (guint groups)
{
  const char **names = g_new0 (const char *, 2);

  names[0] = "block";
  return names;
}

/* Asked for by groups: one key, which no plain answer has. */
GVariant *
roost_domain_get_stats (RoostDomain *domain, const RoostStatsRequest *request)
{
  GVariantDict dict;

  co_sleep (1, NULL, NULL);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "asked", "u", request->timeout_ms);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

GPtrArray *
roost_domains_get_stats (GPtrArray *domains, const RoostStatsRequest *request)
{
  GPtrArray *results = g_ptr_array_new_with_free_func ((GDestroyNotify)g_variant_unref);

  for (guint i = 0; i < domains->len; i++)
    g_ptr_array_add (results, roost_domain_get_stats (domains->pdata[i], request));
  return results;
}

GVariant *
roost_domain_block_info (RoostDomain *domain, const char *disk, guint timeout_ms, GError **error)
{
  roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no disk '%s'", disk);
  return NULL;
}

gboolean
roost_domain_set_disk_threshold (
    RoostDomain *domain, const char *disk, guint64 bytes, const char *caller, GError **error)
{
  return roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no disk '%s'", disk);
}

GVariant *
roost_domain_addresses (RoostDomain *domain, const RoostAddressRequest *request, GError **error)
{
  return g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0);
}

char *
roost_domain_monitor_command (
    RoostDomain *domain, const char *text, guint timeout_ms, const char *caller, GError **error)
{
  return co_sleep (1, NULL, error) ? g_strdup (text) : NULL;
}
