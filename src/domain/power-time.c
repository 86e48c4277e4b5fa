/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/power-time.h"

#include "base/co.h"
#include "base/error.h"
#include "base/log.h"
#include "domain/domain-agent.h"
#include "domain/domain-private.h"
#include "domain/power.h"
#include "domain/view.h"

/* --- sleep --- */

static const struct
{
  const char *target;
  const char *command;
} sleeps[] = {
  { "mem", "guest-suspend-ram" },
  { "disk", "guest-suspend-disk" },
  { "hybrid", "guest-suspend-hybrid" },
};

static const char *
command_of (const char *target, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (sleeps); i++)
    if (g_str_equal (sleeps[i].target, target))
      return sleeps[i].command;
  roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
               "there is no sleep '%s'; there are mem, disk, hybrid", target);
  return NULL;
}

/* What the firmware was told not to offer, the guest cannot do. */
static gboolean
check_sleep (RoostDomain *domain, const char *target, GError **error)
{
  const RoostDomainConfig *config = roost_domain_config (domain);

  if (domain->state != ROOST_DOMAIN_RUNNING)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "domain '%s' is %s: only a guest that runs can go to sleep", domain->name,
                        roost_domain_state_name (domain->state));
  if (roost_view_can_sleep (config, !g_str_equal (target, "mem"), !g_str_equal (target, "disk")))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                      "domain '%s' has no sleep '%s': its <pm> says so", domain->name, target);
}

typedef struct
{
  const char *target;
  const char *caller;
} Sleep;

static gboolean
suspend_held (RoostDomain *domain, gpointer data, GError **error)
{
  const Sleep *sleep = data;
  const char *command = command_of (sleep->target, error);
  const RoostAgentContext context = { .caller = sleep->caller,
                                      .cancellable = roost_job_cancellable (domain->job) };
  g_autoptr (JsonNode) answer = NULL;

  if (command == NULL || !check_sleep (domain, sleep->target, error))
    return FALSE;
  answer = roost_domain_agent_call (domain, command, NULL, &context, error);
  return answer != NULL;
}

gboolean
roost_domain_pm_suspend (RoostDomain *domain,
                         const char *target,
                         const char *caller,
                         GError **error)
{
  Sleep sleep = { target, caller };

  return roost_domain_operate_active (domain, "pm-suspend", caller, suspend_held, &sleep, error);
}

/* --- time --- */

/* The ticks that the guest did not get while it stood still would make its clock run ahead now. Not
 * every machine has such a clock. */
static void
forget_missed_ticks (RoostDomain *domain)
{
  g_autoptr (JsonNode) answer = NULL;

  if (domain->run != NULL && domain->manager != NULL)
    answer =
        roost_domain_qmp (domain, "rtc-reset-reinjection", NULL, domain->manager->closing, NULL);
}

gboolean
roost_domain_set_time (RoostDomain *domain,
                       const RoostTimeOptions *options,
                       const char *caller,
                       GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  const RoostAgentContext context = { .caller = caller };
  gint64 time_us = options->has_time ? options->time_us : g_get_real_time ();

  if (options->has_time && options->is_sync)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "time and sync exclude each other: the time comes from one of them");
  if (time_us <= 0)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the time must lie after 1970-01-01 00:00:00 UTC");
  if (!roost_domain_agent_set_time (held, options->is_sync ? 0 : (guint64)time_us, &context, error))
    return FALSE;
  forget_missed_ticks (held);
  return TRUE;
}

/* --- by itself --- */

static void
catch_up_body (gpointer p)
{
  g_autoptr (RoostDomain) domain = p;
  static const RoostTimeOptions options = { 0 };
  g_autoptr (GError) error = NULL;

  if (roost_domain_set_time (domain, &options, "", &error))
    roost_log (G_LOG_LEVEL_INFO, NULL, domain->uuid, domain->name, "the clock of the guest is set");
  else
    roost_log (G_LOG_LEVEL_INFO, NULL, domain->uuid, domain->name,
               "the clock of the guest could not be set: %s", error->message);
}

void
roost_time_catch_up (RoostDomain *domain)
{
  if (domain->run != NULL && domain->state == ROOST_DOMAIN_RUNNING && domain->is_agent_connected
      && domain->manager != NULL)
    co_spawn ("set-time", catch_up_body, g_object_ref (domain));
}

gboolean
roost_time_was_long (RoostDomain *domain)
{
  guint limit_s = roost_manager_host (domain->manager)->after_pause_s;

  return limit_s > 0 && domain->state == ROOST_DOMAIN_PAUSED
         && g_get_real_time () - domain->since_us >= (gint64)limit_s * G_USEC_PER_SEC;
}
