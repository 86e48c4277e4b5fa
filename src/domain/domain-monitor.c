/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/domain-private.h"

#include "base/co.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/find-process.h"
#include "domain/recover.h"

#include <string.h>

/* How often a QEMU that did not answer is asked again, and how long it gets. */
#define PROBE_EVERY_MS 5000
#define PROBE_WAIT_MS  1000

/* From a connection that was lost to the next. */
#define RECONNECT_MS 200

static void start_probing (RoostDomain *domain);

static void
on_event (RoostQmp *qmp, const char *name, JsonObject *data, gint64 when_us, gpointer p)
{
  g_autoptr (RoostDomain) domain = g_object_ref (p);

  roost_domain_set_responsive (domain, TRUE);
  roost_domain_on_event (domain, name, data);
}

/* --- a QEMU that does not answer --- */

static RoostQmp *
open_monitor (RoostDomain *domain)
{
  RoostQmp *qmp = domain->run != NULL ? domain->run->qmp : NULL;

  return qmp != NULL && roost_qmp_is_open (qmp) ? g_object_ref (qmp) : NULL;
}

/* What the kernel says of the process tells more than its silence. Returns: (nullable) */
static const char *
hang_by_process (RoostDomain *domain)
{
  switch (roost_process_state (roost_domain_pid (domain)))
    {
    case 'T':
    case 't':
      return "stopped";
    case 'Z':
    case 'X':
    case '\0':
      return "dead";
    default:
      return NULL;
    }
}

/* In-band silence with an answer out of band: QEMU's main loop is stuck. With none it waits in the
 * kernel, or gets no CPU. Awaits: yes. */
static const char *
hang_by_probe (RoostDomain *domain, RoostQmp *qmp)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer =
      roost_qmp_call_oob (qmp, "query-yank", NULL, PROBE_WAIT_MS, domain->manager->closing, &error);
  const char *how;

  if (answer != NULL)
    return "main-loop-stuck";
  if (!g_error_matches (error, ROOST_ERROR, ROOST_ERROR_TIMEOUT))
    return "unknown";
  how = hang_by_process (domain);
  if (how != NULL)
    return how;
  return roost_process_state (roost_domain_pid (domain)) == 'D' ? "blocked" : "starved";
}

static void
say_how_it_hangs (RoostDomain *domain, const char *how)
{
  static const char *const words[][2] = {
    { "stopped", "does not answer: its process is stopped, SIGCONT would let it go on" },
    { "dead", "has ended, and is not gone yet" },
    { "main-loop-stuck", "is alive, but its main loop is stuck" },
    { "blocked", "does not answer: it waits in the kernel, as for a disk" },
    { "starved", "does not answer at all: it gets no CPU" },
    { "unknown", "does not answer" },
  };

  if (domain->run == NULL || (!domain->is_responsive && g_str_equal (domain->hang, how)))
    return;
  roost_domain_set_hang (domain, how);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i][0], how))
      roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name, "QEMU %s", words[i][1]);
}

/* Awaits: yes. */
static void
find_how_it_hangs (RoostDomain *domain, RoostQmp *qmp)
{
  const RoostRun *run = domain->run;
  const char *how = hang_by_process (domain);

  if (how == NULL)
    how = hang_by_probe (domain, qmp);
  if (domain->run == run && domain->manager != NULL)
    say_how_it_hangs (domain, how);
}

static void
probe (gpointer p)
{
  g_autoptr (RoostDomain) domain = p;
  g_autoptr (RoostQmp) qmp = open_monitor (domain);
  g_autoptr (JsonNode) answer = NULL;

  if (qmp == NULL || domain->manager == NULL)
    return;
  answer =
      roost_qmp_call (qmp, "query-status", NULL, PROBE_WAIT_MS, domain->manager->closing, NULL);
  if (answer == NULL)
    {
      start_probing (domain);
      if (roost_qmp_is_open (qmp) && domain->manager != NULL)
        find_how_it_hangs (domain, qmp);
      return;
    }
  roost_domain_set_responsive (domain, TRUE);
  roost_log (G_LOG_LEVEL_INFO, NULL, domain->uuid, domain->name, "QEMU answers again");
}

static gboolean
on_probe_timer (gpointer p)
{
  RoostDomain *domain = p;

  domain->run->probe_timer = 0;
  if (domain->run->qmp == NULL)
    roost_recover_monitor (domain);
  else if (!domain->is_responsive)
    co_spawn ("probe", probe, g_object_ref (domain));
  return G_SOURCE_REMOVE;
}

static void
probe_in (RoostDomain *domain, guint ms)
{
  if (domain->run != NULL && domain->run->probe_timer == 0)
    domain->run->probe_timer = g_timeout_add (ms, on_probe_timer, domain);
}

static void
start_probing (RoostDomain *domain)
{
  probe_in (domain, PROBE_EVERY_MS);
}

static void
missed_deadline (RoostDomain *domain, RoostQmp *qmp)
{
  if (!domain->is_responsive || domain->manager == NULL)
    return;
  roost_domain_set_responsive (domain, FALSE);
  start_probing (domain);
  find_how_it_hangs (domain, qmp);
}

/* A short wait is over, which by itself says little; a process that is stopped says all. */
static void
look_at_process (RoostDomain *domain)
{
  const char *how = domain->run != NULL ? hang_by_process (domain) : NULL;

  if (how == NULL || !domain->is_responsive)
    return;
  say_how_it_hangs (domain, how);
  start_probing (domain);
}

/* Mostly QEMU has ended, and its process says so in a moment. Where it lives on, what it wrote was
 * not understood: connect again. */
static void
on_closed (RoostQmp *qmp, GError *why, gpointer p)
{
  RoostDomain *domain = p;

  if (domain->run->is_starting)
    return;
  roost_run_drop_monitor (domain->run);
  probe_in (domain, RECONNECT_MS);
}

/* --- commands --- */

gboolean
roost_domain_connect (RoostDomain *domain,
                      guint timeout_ms,
                      GCancellable *cancellable,
                      GError **error)
{
  RoostRun *run = domain->run;
  g_autoptr (RoostQmp) qmp = roost_qmp_connect (run->monitor_path, timeout_ms, cancellable, error);

  if (qmp == NULL)
    return FALSE;
  if (domain->run != run)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has ended", domain->name);
  run->qmp = g_steal_pointer (&qmp);
  run->event_handler = g_signal_connect (run->qmp, "event", G_CALLBACK (on_event), domain);
  run->closed_handler = g_signal_connect (run->qmp, "closed", G_CALLBACK (on_closed), domain);
  return TRUE;
}

static RoostQmp *
need_monitor (RoostDomain *domain, GError **error)
{
  RoostQmp *qmp = open_monitor (domain);

  if (qmp == NULL)
    roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has no connection to QEMU",
                 domain->name);
  return qmp;
}

/* Hands on @own, which it takes. */
static void
throw_silence (RoostDomain *domain, RoostQmp *qmp, GError *own, GError **error)
{
  if (g_error_matches (own, ROOST_ERROR, ROOST_ERROR_TIMEOUT))
    missed_deadline (domain, qmp);
  g_propagate_error (error, own);
}

JsonNode *
roost_domain_qmp_within (
    RoostDomain *domain, const char *command, JsonObject *args, guint timeout_ms, GError **error)
{
  g_autoptr (RoostQmp) qmp = open_monitor (domain);
  g_autoptr (GError) local = NULL;
  JsonNode *answer = NULL;

  if (qmp == NULL || domain->manager == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has no connection to QEMU",
                   domain->name);
      return NULL;
    }
  answer = roost_qmp_call (qmp, command, args, timeout_ms, domain->manager->closing, &local);
  if (answer != NULL)
    return answer;
  if (g_error_matches (local, ROOST_ERROR, ROOST_ERROR_TIMEOUT))
    {
      if (timeout_ms >= domain->manager->qmp_deadline_ms)
        missed_deadline (domain, qmp);
      else
        look_at_process (domain);
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

JsonNode *
roost_domain_qmp (RoostDomain *domain,
                  const char *command,
                  JsonObject *args,
                  GCancellable *cancellable,
                  GError **error)
{
  g_autoptr (RoostQmp) qmp = need_monitor (domain, error);
  GError *local = NULL;
  JsonNode *answer;

  if (qmp == NULL)
    return NULL;
  answer =
      roost_qmp_call (qmp, command, args, domain->manager->qmp_deadline_ms, cancellable, &local);
  if (answer == NULL)
    throw_silence (domain, qmp, local, error);
  return answer;
}

JsonNode *
roost_domain_qmp_with_fd (
    RoostDomain *domain, const char *command, JsonObject *args, int fd, GError **error)
{
  g_autoptr (RoostQmp) qmp = need_monitor (domain, error);
  GError *local = NULL;
  JsonNode *answer;

  if (qmp == NULL)
    return NULL;
  answer = roost_qmp_call_with_fd (qmp, command, args, fd, domain->manager->qmp_deadline_ms, NULL,
                                   &local);
  if (answer == NULL)
    throw_silence (domain, qmp, local, error);
  return answer;
}

gboolean
roost_domain_command (RoostDomain *domain, const char *command, GError **error)
{
  RoostJob *job = roost_domain_own_job (domain);
  GCancellable *cancellable = job != NULL ? roost_job_cancellable (job) : NULL;
  g_autoptr (JsonNode) answer = roost_domain_qmp (domain, command, NULL, cancellable, error);

  return answer != NULL;
}

const char *
roost_alias_of (const char *device)
{
  const char *slash = device != NULL ? strrchr (device, '/') : NULL;

  if (slash != NULL)
    return slash + 1;
  return device != NULL ? device : "";
}
