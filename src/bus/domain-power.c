/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/handlers.h"

#include "base/error.h"
#include "domain/autostart.h"
#include "domain/power.h"

/* --- options --- */

typedef struct
{
  char *run;
} LogOptions;

const RoostType roost_options_log = {
  .name = "log-options",
  .size = sizeof (LogOptions),
  .fields =
      (const RoostField[]){
          { .path = "@run",
            .kind = ROOST_FIELD_STRING,
            .offset = G_STRUCT_OFFSET (LogOptions, run),
            .doc = "\"last\" (the default) or \"all\"" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  gboolean live;
  gboolean config;
} LifecycleOptions;

const RoostType roost_options_lifecycle = {
  .name = "lifecycle-options",
  .size = sizeof (LifecycleOptions),
  .fields =
      (const RoostField[]){
          { .path = "@live",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (LifecycleOptions, live),
            .doc = "change what runs" },
          { .path = "@config",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (LifecycleOptions, config),
            .doc = "change what the next start uses" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  RoostUint time_us;
  gboolean sync;
} TimeOptions;

const RoostType roost_options_time = {
  .name = "time-options",
  .size = sizeof (TimeOptions),
  .fields =
      (const RoostField[]){
          { .path = "@time",
            .kind = ROOST_FIELD_UINT,
            .offset = G_STRUCT_OFFSET (TimeOptions, time_us),
            .max = G_MAXINT64 / 1000,
            .doc = "microseconds since 1970-01-01 UTC; the host's clock without it" },
          { .path = "@sync",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (TimeOptions, sync),
            .doc = "from the clock of the guest's own hardware" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  RoostUint order;
  RoostUint delay_us;
} AutostartOptions;

const RoostType roost_options_autostart = {
  .name = "autostart-options",
  .size = sizeof (AutostartOptions),
  .fields =
      (const RoostField[]){
          { .path = "@order",
            .kind = ROOST_FIELD_UINT,
            .offset = G_STRUCT_OFFSET (AutostartOptions, order),
            .max = G_MAXINT,
            .doc = "its place among those that start with the daemon; 0: after all that have one" },
          { .path = "@delay",
            .kind = ROOST_FIELD_UINT,
            .offset = G_STRUCT_OFFSET (AutostartOptions, delay_us),
            .max = ROOST_AUTOSTART_MAX_DELAY_US,
            .doc = "microseconds after those of the order before" },
          ROOST_FIELD_END,
      },
};

/* --- handlers --- */

GVariant *
domain_open_log (RoostCall *call, GError **error)
{
  const LogOptions *options = call->options;
  gboolean is_all = g_strcmp0 (options->run, "all") == 0;

  if (options->run != NULL && !is_all && !g_str_equal (options->run, "last"))
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                   "option run: it is \"last\" or \"all\", not '%s'", options->run);
      return NULL;
    }
  return roost_call_fd (call, roost_domain_open_log (ROOST_CALL_DOMAIN (call), !is_all, error));
}

GVariant *
domain_set_lifecycle_action (RoostCall *call, GError **error)
{
  const LifecycleOptions *options = call->options;
  RoostLifecycleChange change = { .live = options->live, .config = options->config };

  g_variant_get_child (call->args, 0, "&s", &change.event);
  g_variant_get_child (call->args, 1, "&s", &change.action);
  return roost_call_done (
      roost_domain_set_lifecycle (ROOST_CALL_DOMAIN (call), &change, call->caller, error));
}

GVariant *
domain_pm_wakeup (RoostCall *call, GError **error)
{
  return roost_call_done (roost_domain_pm_wakeup (ROOST_CALL_DOMAIN (call), call->caller, error));
}

GVariant *
domain_pm_suspend (RoostCall *call, GError **error)
{
  const char *target;

  g_variant_get_child (call->args, 0, "&s", &target);
  return roost_call_done (
      roost_domain_pm_suspend (ROOST_CALL_DOMAIN (call), target, call->caller, error));
}

GVariant *
domain_set_time (RoostCall *call, GError **error)
{
  const TimeOptions *options = call->options;
  const RoostTimeOptions time = { .has_time = options->time_us.is_set,
                                  .time_us = (gint64)options->time_us.value,
                                  .is_sync = options->sync };

  return roost_call_done (
      roost_domain_set_time (ROOST_CALL_DOMAIN (call), &time, call->caller, error));
}

/* What no option names stays as it is. */
GVariant *
domain_set_autostart (RoostCall *call, GError **error)
{
  const AutostartOptions *options = call->options;
  RoostAutostart wanted = *roost_domain_autostart (ROOST_CALL_DOMAIN (call));

  g_variant_get_child (call->args, 0, "b", &wanted.is_on);
  if (options->order.is_set)
    wanted.order = (guint)options->order.value;
  if (options->delay_us.is_set)
    wanted.delay_us = options->delay_us.value;
  return roost_call_done (
      roost_domain_set_autostart (ROOST_CALL_DOMAIN (call), &wanted, call->caller, error));
}
