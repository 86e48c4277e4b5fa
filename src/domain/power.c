/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/power.h"

#include "base/co.h"
#include "base/error.h"
#include "base/log.h"
#include "domain/amend.h"
#include "domain/domain-private.h"
#include "domain/view.h"

/* So long after the last reset the firmware is done with its own. */
#define QUIET_MS 5000

/* --- reset, and what follows a reboot --- */

/* What QEMU does when the guest reboots: by itself, or it stops and leaves it to us.
 * Awaits: yes. */
static gboolean
set_reboot_action (RoostDomain *domain, gboolean stops, GError **error)
{
  g_autoptr (JsonObject) args = json_object_new ();
  g_autoptr (JsonNode) answer = NULL;

  json_object_set_string_member (args, "reboot", stops ? "shutdown" : "reset");
  answer = roost_domain_qmp (domain, "set-action", args, NULL, error);
  return answer != NULL;
}

static gboolean
has_to_stop (RoostDomain *domain)
{
  return domain->run->document != NULL
         && roost_view_on_reboot (roost_domain_config (domain)) != ROOST_ACTION_RESTART;
}

void
roost_domain_rearm (RoostDomain *domain)
{
  g_autoptr (GError) error = NULL;

  if (domain->run != NULL && has_to_stop (domain) && !set_reboot_action (domain, TRUE, &error))
    roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
               "a reboot of the guest will not be stopped: %s", error->message);
}

static void
rearm_body (gpointer p)
{
  g_autoptr (RoostDomain) domain = p;

  roost_domain_rearm (domain);
}

static gboolean
on_rearm_timer (gpointer p)
{
  RoostDomain *domain = p;

  domain->run->rearm_timer = 0;
  co_spawn ("rearm", rearm_body, g_object_ref (domain));
  return G_SOURCE_REMOVE;
}

static void
rearm_later (RoostDomain *domain)
{
  g_clear_handle_id (&domain->run->rearm_timer, g_source_remove);
  domain->run->rearm_timer = g_timeout_add (QUIET_MS, on_rearm_timer, domain);
}

void
roost_domain_was_reset (RoostDomain *domain)
{
  if (domain->run->rearm_timer > 0)
    rearm_later (domain);
}

/* Firmware that finds memory of an earlier boot resets once more, or thrice, and QEMU cannot tell
 * that from a reboot of the guest: it may do so until it has been quiet for a while. */
gboolean
roost_domain_press_reset (RoostDomain *domain, GError **error)
{
  const RoostRun *run = domain->run;

  if (!has_to_stop (domain))
    return roost_domain_command (domain, "system_reset", error);
  if (!set_reboot_action (domain, FALSE, error))
    return FALSE;
  if (domain->run != run)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has ended", domain->name);
  rearm_later (domain);
  return roost_domain_command (domain, "system_reset", error);
}

/* --- what follows --- */

static gboolean
change_lifecycle (RoostDomainConfig *config, gboolean is_running, gpointer data, GError **error)
{
  const RoostLifecycleChange *change = data;

  return roost_view_set_lifecycle (config, change->event, change->action, error);
}

static gboolean
apply_lifecycle (RoostAmend *amend, gpointer data, GError **error)
{
  gboolean had = roost_view_on_reboot (amend->was) != ROOST_ACTION_RESTART;
  gboolean stops = roost_view_on_reboot (amend->running) != ROOST_ACTION_RESTART;

  return had == stops || set_reboot_action (amend->domain, stops, error);
}

static void
revert_lifecycle (RoostAmend *amend, gpointer data)
{
  gboolean had = roost_view_on_reboot (amend->was) != ROOST_ACTION_RESTART;

  set_reboot_action (amend->domain, had, NULL);
}

gboolean
roost_domain_set_lifecycle (RoostDomain *domain,
                            const RoostLifecycleChange *change,
                            const char *caller,
                            GError **error)
{
  static const RoostAmendFuncs funcs = { change_lifecycle, apply_lifecycle, revert_lifecycle };
  const RoostAmendRequest request = { "set-lifecycle", caller, change->live, change->config };

  return roost_domain_amend (domain, &request, &funcs, (gpointer)change, error);
}

/* --- sleep --- */

static gboolean
wakeup_held (RoostDomain *domain, gpointer data, GError **error)
{
  if (domain->state != ROOST_DOMAIN_PM_SUSPENDED)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "domain '%s' is %s: only a guest that sleeps can be woken", domain->name,
                        roost_domain_state_name (domain->state));
  return roost_domain_command (domain, "system_wakeup", error);
}

gboolean
roost_domain_pm_wakeup (RoostDomain *domain, const char *caller, GError **error)
{
  return roost_domain_operate_active (domain, "pm-wakeup", caller, wakeup_held, NULL, error);
}
