/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/handlers.h"

#include "base/error.h"
#include "domain/stats-memory.h"
#include "domain/stats.h"

/* --- options --- */

const RoostType roost_options_memory_period = {
  .name = "memory-period-options",
  .size = sizeof (RoostMemoryPeriodOptions),
  .fields =
      (const RoostField[]){
          { .path = "@live",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (RoostMemoryPeriodOptions, live),
            .doc = "of the guest that runs" },
          { .path = "@config",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (RoostMemoryPeriodOptions, config),
            .doc = "of the next start" },
          ROOST_FIELD_END,
      },
};

/* --- handlers --- */

GVariant *
domain_get_stats (RoostCall *call, GError **error)
{
  return g_variant_new ("(@a{sv})", roost_domain_stats (ROOST_CALL_DOMAIN (call)));
}

GVariant *
domain_set_memory_stats_period (RoostCall *call, GError **error)
{
  guint64 period_us;

  g_variant_get_child (call->args, 0, "t", &period_us);
  return roost_domain_set_memory_period (ROOST_CALL_DOMAIN (call), period_us, call->options,
                                         call->caller, error)
             ? g_variant_new ("()")
             : NULL;
}
