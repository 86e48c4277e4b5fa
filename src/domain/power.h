/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"
#include "domain/manager.h"

/*
 * Sleep and time of a guest, and what is to follow when it powers off, reboots or crashes.
 */

/**
 * roost_domain_pm_suspend:
 * @target: "mem", "disk" or "hybrid"
 * Asks the guest, by its agent, to put itself to sleep; returns when it was asked. That it sleeps
 * is seen by its state: "pm-suspended", or "shut-off" after "disk". Awaits: yes. Errors:
 * INVALID_ARGUMENT, NOT_RUNNING, BUSY, AGENT_UNAVAILABLE, AGENT (the guest cannot), NOT_SUPPORTED
 * (it does not run, or the domain has no such sleep).
 */
gboolean roost_domain_pm_suspend (RoostDomain *domain,
                                  const char *target,
                                  const char *caller,
                                  GError **error);

/* Wakes a guest that sleeps. Awaits: yes. Errors: NOT_RUNNING, BUSY, NOT_SUPPORTED (it is awake),
 * QEMU. */
gboolean roost_domain_pm_wakeup (RoostDomain *domain, const char *caller, GError **error);

typedef struct
{
  const char *event;  /* "poweroff", "reboot", "crash" */
  const char *action; /* as in the XML: "destroy", "restart", … */
  gboolean live;      /* neither: both, where they exist */
  gboolean config;
} RoostLifecycleChange;

/* Changes what follows when the guest powers off, reboots or crashes. Awaits: yes.
 * Errors: INVALID_ARGUMENT (the text names what there is), NOT_SUPPORTED (this action for this
 * event), NOT_RUNNING, BUSY, QEMU, NO_SPACE, IO. */
gboolean roost_domain_set_lifecycle (RoostDomain *domain,
                                     const RoostLifecycleChange *change,
                                     const char *caller,
                                     GError **error);

typedef struct
{
  gboolean has_time;
  gint64 time_us;   /* since the epoch, UTC; without has_time the host's clock */
  gboolean is_sync; /* from the clock of its own hardware instead */
} RoostTimeOptions;

/**
 * roost_domain_set_time:
 * Sets the guest's clock by its agent; QEMU then forgets the ticks of the RTC that the guest has
 * missed. It does not hold the domain. Awaits: yes. Errors: NOT_RUNNING, AGENT_UNAVAILABLE, AGENT,
 * TIMEOUT, INVALID_ARGUMENT (a time and the RTC at once; a time before the epoch).
 */
gboolean roost_domain_set_time (RoostDomain *domain,
                                const RoostTimeOptions *options,
                                const char *caller,
                                GError **error);
