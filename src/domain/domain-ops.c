/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/domain-private.h"

#include "base/error.h"
#include "domain/status.h"

/* --- power-off and reset --- */

/* The guest's answer comes as events, see domain-events.c. */
static gboolean
press_power (RoostDomain *domain, gboolean is_reboot, GError **error)
{
  if (domain->state == ROOST_DOMAIN_SHUTTING_DOWN && !is_reboot)
    return TRUE; /* it is at it */
  domain->run->is_rebooting = is_reboot;
  domain->run->was_asked = TRUE;
  roost_status_note (domain);
  return roost_domain_command (domain, "system_powerdown", error);
}

static gboolean
shutdown_held (RoostDomain *domain, gpointer data, GError **error)
{
  return press_power (domain, FALSE, error);
}

gboolean
roost_domain_shutdown (RoostDomain *domain, const char *caller, GError **error)
{
  return roost_domain_operate_active (domain, "shutdown", caller, shutdown_held, NULL, error);
}

static gboolean
reboot_held (RoostDomain *domain, gpointer data, GError **error)
{
  return press_power (domain, TRUE, error);
}

gboolean
roost_domain_reboot (RoostDomain *domain, const char *caller, GError **error)
{
  return roost_domain_operate_active (domain, "reboot", caller, reboot_held, NULL, error);
}

static gboolean
reset_held (RoostDomain *domain, gpointer data, GError **error)
{
  return roost_domain_press_reset (domain, error);
}

gboolean
roost_domain_reset (RoostDomain *domain, const char *caller, GError **error)
{
  return roost_domain_operate_active (domain, "reset", caller, reset_held, NULL, error);
}

/* --- pause --- */

static gboolean
throw_state (RoostDomain *domain, const char *what, GError **error)
{
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "domain '%s' is %s (%s): it cannot be %s",
                      domain->name, roost_domain_state_name (domain->state), domain->reason, what);
}

static gboolean
suspend_held (RoostDomain *domain, gpointer data, GError **error)
{
  RoostRun *run = domain->run;

  if (domain->state == ROOST_DOMAIN_PAUSED)
    return TRUE;
  if (domain->state != ROOST_DOMAIN_RUNNING)
    return throw_state (domain, "suspended", error);
  run->pause_reason = "user";
  if (!roost_domain_command (domain, "stop", error))
    return FALSE;
  /* The event STOP came first, unless the guest stopped by itself meanwhile. */
  if (domain->run == run && domain->state == ROOST_DOMAIN_RUNNING)
    roost_domain_set_state (domain, ROOST_DOMAIN_PAUSED, "user");
  return TRUE;
}

gboolean
roost_domain_suspend (RoostDomain *domain, const char *caller, GError **error)
{
  return roost_domain_operate_active (domain, "suspend", caller, suspend_held, NULL, error);
}

static gboolean
resume_held (RoostDomain *domain, gpointer data, GError **error)
{
  RoostRun *run = domain->run;

  if (domain->state == ROOST_DOMAIN_RUNNING)
    return TRUE;
  if (domain->state != ROOST_DOMAIN_PAUSED)
    return throw_state (domain, "resumed", error);
  if (!roost_domain_command (domain, "cont", error))
    return FALSE;
  if (domain->run == run && domain->state == ROOST_DOMAIN_PAUSED)
    roost_domain_set_state (domain, ROOST_DOMAIN_RUNNING, "unpaused");
  return TRUE;
}

gboolean
roost_domain_resume (RoostDomain *domain, const char *caller, GError **error)
{
  return roost_domain_operate_active (domain, "resume", caller, resume_held, NULL, error);
}
