/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/dump-private.h"
#include "domain/hotplug.h"

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/events.h"
#include "domain/policy.h"
#include "domain/power-rtc.h"
#include "domain/power-time.h"
#include "domain/status.h"

/*
 * What QEMU tells, as states and signals. QEMU runs with -no-shutdown: it stays, stopped, when the
 * guest has powered off, so that what follows is decided here. It says why it stops before it says
 * that it has stopped.
 */

/* --- run and stop --- */

static void
on_stop (RoostDomain *domain, JsonObject *data)
{
  RoostRun *run = domain->run;
  const char *reason = run->pause_reason != NULL ? run->pause_reason : "unknown";

  run->pause_reason = NULL;
  if (domain->state == ROOST_DOMAIN_SHUTTING_DOWN || domain->state == ROOST_DOMAIN_CRASHED
      || run->is_starting)
    return;
  roost_domain_set_state (domain, ROOST_DOMAIN_PAUSED, reason);
  roost_status_note (domain);
}

static void
on_resume (RoostDomain *domain, JsonObject *data)
{
  RoostRun *run = domain->run;
  gboolean was_paused = domain->state == ROOST_DOMAIN_PAUSED;
  gboolean was_long = roost_time_was_long (domain);

  run->pause_reason = NULL;
  if (run->ending != NULL)
    return;
  roost_domain_set_state (domain, ROOST_DOMAIN_RUNNING, was_paused ? "unpaused" : "booted");
  roost_status_note (domain);
  if (was_long)
    roost_time_catch_up (domain);
}

/* A guest that sleeps, or goes, does not answer the command by which the agent was told so. */
static void
confirm_agent (RoostDomain *domain)
{
  if (domain->run->agent != NULL)
    roost_agent_confirm (domain->run->agent);
}

static void
on_suspend (RoostDomain *domain, JsonObject *data)
{
  roost_domain_set_state (domain, ROOST_DOMAIN_PM_SUSPENDED, "guest");
  roost_status_note (domain);
  confirm_agent (domain);
}

static void
on_wakeup (RoostDomain *domain, JsonObject *data)
{
  roost_domain_set_state (domain, ROOST_DOMAIN_RUNNING, "wakeup");
  roost_status_note (domain);
}

/* --- power-off, reset, panic --- */

static void
on_shutdown (RoostDomain *domain, JsonObject *data)
{
  RoostRun *run = domain->run;
  const char *reason = roost_event_text (data, "reason");

  if (run->ending != NULL)
    return; /* ours */
  if (g_str_equal (reason, "host-signal") || g_str_equal (reason, "host-qmp-quit")
      || g_str_equal (reason, "host-ui"))
    {
      run->ending = "destroyed"; /* somebody ended QEMU; it goes by itself */
      return;
    }
  if (g_str_equal (reason, "guest-panic"))
    return; /* GUEST_PANICKED came before */
  roost_domain_set_state (domain, ROOST_DOMAIN_SHUTTING_DOWN, run->was_asked ? "user" : "guest");
  roost_status_note (domain);
  confirm_agent (domain);
  if (g_str_equal (reason, "guest-reset"))
    roost_policy_reboot (domain);
  else
    roost_policy_poweroff (domain);
}

static void
on_reset (RoostDomain *domain, JsonObject *data)
{
  roost_domain_was_reset (domain);
  roost_domain_emit (domain, "RebootOccurred", g_variant_new ("()"));
}

static void
on_panicked (RoostDomain *domain, JsonObject *data)
{
  const char *action = roost_event_text (data, "action");

  roost_domain_emit (domain, "GuestPanicked", g_variant_new ("(s)", action));
  roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name, "the guest panicked (%s)",
             action);
  if (g_str_equal (action, "run") || domain->run->ending != NULL)
    return;
  roost_domain_set_state (domain, ROOST_DOMAIN_CRASHED, "panicked");
  roost_status_note (domain);
  roost_policy_crash (domain);
}

static void
on_watchdog (RoostDomain *domain, JsonObject *data)
{
  const char *action = roost_event_text (data, "action");

  if (g_str_equal (action, "pause"))
    {
      domain->run->pause_reason = "watchdog";
      roost_policy_watchdog (domain);
    }
  roost_domain_emit (domain, "WatchdogFired", g_variant_new ("(s)", action));
}

/* The guest crashed, and its own dump kernel is at work: it goes on. */
static void
on_crash_loaded (RoostDomain *domain, JsonObject *data)
{
  roost_domain_emit (domain, "GuestCrashLoaded",
                     g_variant_new ("(s)", roost_event_text (data, "action")));
  roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
             "the guest crashed, and writes a dump of itself");
}

static void
on_dump_completed (RoostDomain *domain, JsonObject *data)
{
  const char *text = roost_json_string (data, "error");
  const char *status = roost_event_text (roost_json_object (data, "result"), "status");

  if (text == NULL)
    text = g_str_equal (status, "completed") ? "" : "QEMU does not say why";
  roost_dump_on_event (domain, data);
  roost_domain_emit (domain, "DumpCompleted", g_variant_new ("(bs)", *text == '\0', text));
}

const RoostEventRow roost_run_events[] = {
  { "STOP", on_stop },
  { "RESUME", on_resume },
  { "SHUTDOWN", on_shutdown },
  { "RESET", on_reset },
  { "SUSPEND", on_suspend },
  { "SUSPEND_DISK", on_suspend },
  { "WAKEUP", on_wakeup },
  { "GUEST_PANICKED", on_panicked },
  { "GUEST_CRASHLOADED", on_crash_loaded },
  { "WATCHDOG", on_watchdog },
  { "DUMP_COMPLETED", on_dump_completed },
  { NULL },
};

/* --- events that were lost --- */

/* Why a guest that QEMU calls so is stopped. Source: QEMU qapi/run-state.json, RunState. */
static const struct
{
  const char *status;
  RoostDomainState state;
  const char *reason;
} stopped_states[] = {
  { "prelaunch", ROOST_DOMAIN_PAUSED, "starting-up" },
  { "paused", ROOST_DOMAIN_PAUSED, "user" },
  { "io-error", ROOST_DOMAIN_PAUSED, "io-error" },
  { "watchdog", ROOST_DOMAIN_PAUSED, "watchdog" },
  { "suspended", ROOST_DOMAIN_PM_SUSPENDED, "guest" },
  { "guest-panicked", ROOST_DOMAIN_CRASHED, "panicked" },
};

static void
follow_stopped (RoostDomain *domain, const char *status)
{
  for (guint i = 0; i < G_N_ELEMENTS (stopped_states); i++)
    if (g_str_equal (stopped_states[i].status, status))
      {
        if (domain->state != stopped_states[i].state)
          roost_domain_set_state (domain, stopped_states[i].state, stopped_states[i].reason);
        return;
      }
  if (domain->state != ROOST_DOMAIN_PAUSED)
    roost_domain_set_state (domain, ROOST_DOMAIN_PAUSED, "unknown");
}

void
roost_domain_follow_status (RoostDomain *domain, const char *status, gboolean is_running)
{
  if (is_running)
    {
      domain->run->is_restarting = FALSE;
      if (domain->state != ROOST_DOMAIN_RUNNING)
        roost_domain_set_state (domain, ROOST_DOMAIN_RUNNING, "adopted");
      return;
    }
  if (roost_policy_go_on (domain))
    return;
  if (g_str_equal (status, "shutdown"))
    {
      roost_domain_set_state (domain, ROOST_DOMAIN_SHUTTING_DOWN,
                              domain->run->was_asked ? "user" : "guest");
      roost_policy_poweroff (domain);
      return;
    }
  follow_stopped (domain, status);
  if (domain->state == ROOST_DOMAIN_CRASHED)
    roost_policy_crash (domain);
  else if (g_str_equal (status, "watchdog"))
    roost_policy_watchdog (domain);
}
