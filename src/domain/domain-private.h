/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/co.h"
#include "domain/autostart.h"
#include "domain/device.h"
#include "domain/document.h"
#include "domain/domain.h"
#include "base/job-private.h"
#include "domain/manager-private.h"
#include "domain/run.h"

/* What the files of this room share about a domain. */

struct _RoostDomain
{
  GObject parent;
  RoostManager *manager; /* borrowed; NULL once the manager has forgotten the domain */
  char *uuid;
  char *name;
  RoostDomainState state;
  const char *reason; /* interned */
  gint64 since_us;
  RoostDocument *next; /* (nullable): of a transient domain that was adopted there is none */
  gboolean is_persistent;
  RoostAutostart autostart;
  gboolean is_responsive;
  const char *hang; /* how it does not answer; interned, "" while it does */
  gboolean is_agent_connected;
  gboolean is_doomed;  /* a destroy takes over: nobody else may hold it */
  guint64 memory;      /* bytes, from the balloon; 0 = as configured */
  const char **taints; /* interned */
  GPtrArray *jobs;     /* of RoostJob, owned: all that hold it, in the order of their beginning */
  RoostJob *job;       /* (nullable): the first of them */
  RoostRun *run;       /* (nullable): what is there only while it is active */
  guint n_agent_jobs;  /* that carry files or follow programs of the guest */
  GHashTable *devices; /* alias → RoostDevice */
  RoostDocument *shown_document; /* (nullable): what .devices shows */
  CoGate *ended;                 /* opened when it was shut off */
};

RoostDomain *
roost_domain_new (RoostManager *manager, const char *uuid, const char *name, RoostDocument *next);

/* The manager has forgotten it: operations that still hold a reference find nothing to do. */
void roost_domain_forget (RoostDomain *domain);

/* --- domain-state.c --- */

/* Emits both signals; nothing when neither is new. */
void roost_domain_set_state (RoostDomain *domain, RoostDomainState state, const char *reason);
void roost_domain_changed (RoostDomain *domain, RoostDomainChange what);
void roost_domain_set_responsive (RoostDomain *domain, gboolean is_responsive);

/* QEMU does not answer, and this is how: "stopped", "main-loop-stuck", … */
void roost_domain_set_hang (RoostDomain *domain, const char *how);

/* Emits "device-added" or "device-removed". */
void roost_domain_tell_device (RoostDomain *domain, RoostDevice *device, gboolean is_added);

/* From the running configuration and what happened to it; says nothing. */
void roost_domain_find_taints (RoostDomain *domain);

/* Something out of the ordinary happened to what runs: shown, kept and told in its log, once.
 * @name: one of taints.c */
void roost_domain_add_taint (RoostDomain *domain, const char *name);

/* @args: floating */
void roost_domain_emit (RoostDomain *domain, const char *name, GVariant *args);
void roost_domain_set_next (RoostDomain *domain, RoostDocument *next); /* (nullable) */
void roost_domain_set_flags (RoostDomain *domain, gboolean is_persistent, gboolean is_autostart);

/* --- domain-hold.c: one operation at a time, but for those that may run beside it --- */

/* @operation: has a row in job-rules.c, which says beside what it may run; other than "destroy",
 * which takes over. @flags: RoostJobFlags. The job belongs to the coroutine that asks, see
 * roost_job_run_here (). Returns: (transfer none): to be released.
 * Errors: BUSY with the holder; NOT_FOUND when the domain was removed. Awaits: no. */
RoostJob *roost_domain_hold (
    RoostDomain *domain, const char *operation, const char *caller, guint flags, GError **error);

/* The same for what an earlier daemon began, as job @number where that is free; always granted.
 * Awaits: no. */
RoostJob *roost_domain_hold_again (RoostDomain *domain,
                                   const char *operation,
                                   const char *caller,
                                   guint number);
void roost_domain_release (RoostDomain *domain, RoostJob *job, const GError *error);

/* Returns: (transfer none) (nullable): the job that the running coroutine holds the domain with.
 * Others may run beside it, so domain->job need not be yours. */
RoostJob *roost_domain_own_job (RoostDomain *domain);

/* Holds the domain while @body runs. Awaits: yes. */
typedef gboolean (*RoostBody) (RoostDomain *domain, gpointer data, GError **error);
gboolean roost_domain_operate (RoostDomain *domain,
                               const char *operation,
                               const char *caller,
                               RoostBody body,
                               gpointer data,
                               GError **error);

/* The same, for what needs a running guest. */
gboolean roost_domain_operate_active (RoostDomain *domain,
                                      const char *operation,
                                      const char *caller,
                                      RoostBody body,
                                      gpointer data,
                                      GError **error);

/* --- domain-monitor.c --- */

/* Connects to QEMU and listens to it. Awaits: yes. */
gboolean roost_domain_connect (RoostDomain *domain,
                               guint timeout_ms,
                               GCancellable *cancellable,
                               GError **error);

/* One command with the usual deadline; a domain that misses it is marked. Awaits: yes. */
JsonNode *roost_domain_qmp (RoostDomain *domain,
                            const char *command,
                            JsonObject *args,
                            GCancellable *cancellable,
                            GError **error);

/* The same with the descriptor @fd beside the command (getfd, add-fd). Awaits: yes. */
JsonNode *roost_domain_qmp_with_fd (
    RoostDomain *domain, const char *command, JsonObject *args, int fd, GError **error);

/* The same with another deadline, in milliseconds. When that is shorter than the usual one a domain
 * is marked only where its process says clearly that it cannot answer. Awaits: yes. */
JsonNode *roost_domain_qmp_within (
    RoostDomain *domain, const char *command, JsonObject *args, guint timeout_ms, GError **error);

/* Where the answer says nothing. Awaits: yes. */
gboolean roost_domain_command (RoostDomain *domain, const char *command, GError **error);

/* @device: (nullable): an alias, or a path "/machine/peripheral/ALIAS"; "" for none */
const char *roost_alias_of (const char *device);

/* --- power.c --- */

/* Presses reset, also where a reboot of the guest's own would end it. Awaits: yes. */
gboolean roost_domain_press_reset (RoostDomain *domain, GError **error);

/* QEMU has reset the guest, for whatever reason. Awaits: no. */
void roost_domain_was_reset (RoostDomain *domain);

/* Makes QEMU stop when the guest reboots, where it has to; after a takeover. Awaits: yes. */
void roost_domain_rearm (RoostDomain *domain);

/* --- events*.c, domain-events.c --- */

/* The guest has a channel open, or no longer; tells what is new, also of the agent. */
void roost_domain_set_channel (RoostDomain *domain, const char *alias, gboolean is_open);

void roost_domain_on_event (RoostDomain *domain, const char *name, JsonObject *data);

/* Brings the state in line with QEMU's own ("status" of query-status), after events were lost. */
void roost_domain_follow_status (RoostDomain *domain, const char *status, gboolean is_running);

/* --- domain-start.c --- */

/* Undoes a start that a killed daemon left at @step. Awaits: yes. */
void roost_domain_undo_start (RoostDomain *domain, const char *step);

/* --- domain-stop.c --- */

/* QEMU is to end; @reason is what its end then means. Awaits: no. */
void roost_domain_end (RoostDomain *domain, const char *reason, guint grace_ms);

/* QEMU has ended: lets go of all that the run had and says so. Awaits: no. */
void roost_domain_stopped (RoostDomain *domain, const char *reason);

/* Follows the life of run->process. */
void roost_domain_watch (RoostDomain *domain);

/* --- stats-memory.c --- */

/* Returns: (transfer full): the arguments of qom-set that make the balloon @alias ask its driver
 * every @seconds; 0 = never */
JsonObject *roost_memory_period_args (const char *alias, guint64 seconds);
