/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/domain-private.h"

#include "base/co.h"
#include "base/error.h"
#include "base/log.h"
#include "domain/bandwidth.h"
#include "domain/find-process.h"
#include "domain/helper.h"
#include "domain/hooks.h"
#include "domain/lend.h"
#include "domain/log-file.h"
#include "domain/status.h"
#include "domain/transient.h"

#include <signal.h>
#include <sys/wait.h>

#define DEFAULT_GRACE_MS 10000
#define SECOND_LOOK_MS   100

/* After SIGKILL a process is the kernel's: when it is stuck there, say so. */
#define KILLED_WAIT_MS 30000

/* QEMU's last events are read after its end was seen, for at most this long. */
#define LAST_EVENTS_MS 200

/* --- the end of the process --- */

static const char *
reason_of (const RoostRun *run)
{
  if (run->ending != NULL)
    return run->ending;
  return run->wait_status != -1 && WIFEXITED (run->wait_status)
                 && WEXITSTATUS (run->wait_status) == 0
             ? "shutdown"
             : "crashed";
}

static char *
how_it_ended (const RoostRun *run)
{
  if (run->ending != NULL)
    return g_strdup ("the guest panicked");
  if (run->wait_status == -1)
    return g_strdup ("QEMU has ended");
  if (WIFSIGNALED (run->wait_status))
    return g_strdup_printf ("QEMU was ended by signal %d (%s)", WTERMSIG (run->wait_status),
                            g_strsignal (WTERMSIG (run->wait_status)));
  return g_strdup_printf ("QEMU has ended with status %d", WEXITSTATUS (run->wait_status));
}

static void
log_end (RoostDomain *domain, const char *reason)
{
  g_autofree char *how = how_it_ended (domain->run);
  g_autofree char *tail = NULL;

  if (!g_str_equal (reason, "crashed"))
    {
      roost_log (G_LOG_LEVEL_MESSAGE, ROOST_MESSAGE_DOMAIN_STOPPED, domain->uuid, domain->name,
                 "shut off (%s)", reason);
      return;
    }
  tail = roost_log_file_tail (domain->run->log_path, domain->run->log_from);
  roost_log (G_LOG_LEVEL_WARNING, ROOST_MESSAGE_DOMAIN_CRASHED, domain->uuid, domain->name,
             "crashed: %s%s%s", how, *tail != '\0' ? "; its last words: " : "", tail);
}

static void
settle_end (RoostDomain *domain)
{
  const char *reason = reason_of (domain->run);

  log_end (domain, reason);
  roost_domain_stopped (domain, reason);
}

static gboolean
on_last_events (gpointer p)
{
  g_autoptr (RoostDomain) domain = g_object_ref (p);

  domain->run->kill_timer = 0;
  settle_end (domain);
  return G_SOURCE_REMOVE;
}

static void
on_monitor_closed (RoostQmp *qmp, GError *why, gpointer p)
{
  g_autoptr (RoostDomain) domain = g_object_ref (p);

  settle_end (domain);
}

/* What QEMU said last, why it ends, may still be in the monitor's socket: read that first. */
static void
on_exited (RoostProcess *process, int wait_status, gpointer p)
{
  g_autoptr (RoostDomain) domain = g_object_ref (p);
  RoostRun *run = domain->run;

  run->wait_status = wait_status;
  if (run->is_starting)
    return; /* the start sees it, and cleans up */
  g_clear_handle_id (&run->kill_timer, g_source_remove);
  if (run->qmp == NULL || !roost_qmp_is_open (run->qmp))
    {
      settle_end (domain);
      return;
    }
  g_clear_signal_handler (&run->closed_handler, run->qmp);
  run->closed_handler =
      g_signal_connect (run->qmp, "closed", G_CALLBACK (on_monitor_closed), domain);
  run->kill_timer = g_timeout_add (LAST_EVENTS_MS, on_last_events, domain);
}

void
roost_domain_watch (RoostDomain *domain)
{
  RoostRun *run = domain->run;

  run->wait_status = -1;
  run->exited_handler = g_signal_connect (run->process, "exited", G_CALLBACK (on_exited), domain);
}

void
roost_domain_stopped (RoostDomain *domain, const char *reason)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  RoostRun *run;

  if (domain->run->is_hooked)
    roost_hooks_stopped (domain);
  run = g_steal_pointer (&domain->run);
  for (guint i = 0; i < run->helpers->len; i++)
    roost_process_signal (((RoostHelper *)run->helpers->pdata[i])->process, SIGTERM);
  if (domain->manager != NULL)
    {
      roost_status_remove (domain->manager->places->run_dir, domain->uuid);
      roost_transient_drop (domain->manager, domain->uuid);
      roost_lend_settle (domain);
    }
  if (run->document != NULL)
    roost_bandwidth_end (roost_document_config (run->document), NULL);
  roost_host_devices_leave (domain, NULL);
  roost_run_free (run);
  domain->memory = 0;
  domain->is_agent_connected = FALSE;
  domain->is_doomed = FALSE;
  g_free (domain->taints);
  domain->taints = g_new0 (const char *, 1);
  roost_domain_set_responsive (domain, TRUE);
  roost_domain_changed (domain, ROOST_CHANGE_CONFIG | ROOST_CHANGE_TAINTS | ROOST_CHANGE_MEMORY
                                    | ROOST_CHANGE_AGENT);
  roost_domain_set_state (domain, ROOST_DOMAIN_SHUT_OFF, reason);
  co_gate_open (domain->ended);
  if (!domain->is_persistent && domain->manager != NULL)
    roost_manager_remove (domain->manager, domain);
}

/* --- making it end --- */

static void
kill_now (RoostDomain *domain)
{
  roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
             "QEMU does not end by itself: it is killed");
  roost_process_signal (domain->run->process, SIGKILL);
}

static gboolean
on_grace_over (gpointer p)
{
  RoostDomain *domain = p;

  domain->run->kill_timer = 0;
  kill_now (domain);
  return G_SOURCE_REMOVE;
}

/* It would not act on SIGTERM. */
static gboolean
is_stuck (RoostDomain *domain)
{
  return !domain->is_responsive
         || roost_process_is_stopped (roost_process_pid (domain->run->process));
}

/* A process that was stopped a moment ago shows it only now. */
static gboolean
on_second_look (gpointer p)
{
  RoostDomain *domain = p;

  domain->run->kill_timer = 0;
  if (is_stuck (domain))
    kill_now (domain);
  else
    domain->run->kill_timer = g_timeout_add (domain->run->grace_ms, on_grace_over, domain);
  return G_SOURCE_REMOVE;
}

void
roost_domain_end (RoostDomain *domain, const char *reason, guint grace_ms)
{
  RoostRun *run = domain->run;

  if (run->ending == NULL)
    run->ending = g_intern_string (reason);
  roost_status_note (domain);
  if (run->process == NULL)
    return;
  g_clear_handle_id (&run->kill_timer, g_source_remove);
  if (grace_ms != G_MAXUINT && (run->is_starting || is_stuck (domain)))
    {
      roost_process_signal (run->process, SIGKILL);
      return;
    }
  roost_process_signal (run->process, SIGTERM);
  if (grace_ms == G_MAXUINT)
    return;
  run->grace_ms = grace_ms - MIN (grace_ms, SECOND_LOOK_MS);
  run->kill_timer = g_timeout_add (MIN (grace_ms, SECOND_LOOK_MS), on_second_look, domain);
}

/* Awaits: yes. @wait_ms 0: for ever. */
static gboolean
wait_ended (RoostDomain *domain, const RoostRun *run, guint wait_ms, GError **error)
{
  g_autoptr (GError) local = NULL;

  while (domain->run == run)
    if (!co_gate_wait (domain->ended, wait_ms, NULL, &local))
      {
        roost_throw (error, ROOST_ERROR_TIMEOUT, "domain '%s': QEMU (process %d) does not end",
                     domain->name, (int)roost_domain_pid (domain));
        return FALSE;
      }
  return TRUE;
}

static gboolean
destroy_held (RoostDomain *domain, gpointer data, GError **error)
{
  const RoostDestroyOptions *options = data;
  RoostRun *run = domain->run;
  guint grace_ms = options->grace_ms > 0 ? options->grace_ms : DEFAULT_GRACE_MS;

  if (run == NULL)
    return TRUE;
  if (!options->graceful)
    {
      roost_domain_end (domain, "destroyed", grace_ms);
      return wait_ended (domain, run, grace_ms + KILLED_WAIT_MS, error);
    }
  roost_domain_end (domain, "destroyed", G_MAXUINT);
  if (wait_ended (domain, run, grace_ms, error))
    return TRUE;
  run->ending = NULL; /* it lives on, and what it does next is its own */
  return FALSE;
}

static gpointer
ref_job (gconstpointer job, gpointer data)
{
  return g_object_ref ((gpointer)job);
}

/* All who hold the domain are told to stop, and QEMU is ended below it, so that nothing that it
 * waits for can keep it. */
static void
take_over (RoostDomain *domain, const RoostDestroyOptions *options)
{
  g_autoptr (GPtrArray) holders = g_ptr_array_copy (domain->jobs, ref_job, NULL);
  guint grace_ms = options->grace_ms > 0 ? options->grace_ms : DEFAULT_GRACE_MS;

  domain->is_doomed = TRUE;
  for (guint i = 0; i < holders->len; i++)
    g_cancellable_cancel (roost_job_cancellable (holders->pdata[i]));
  if (domain->run != NULL)
    roost_domain_end (domain, "destroyed", options->graceful ? G_MAXUINT : grace_ms);
  for (guint i = 0; i < holders->len; i++)
    roost_job_wait (holders->pdata[i], 0, NULL, NULL);
}

gboolean
roost_domain_destroy (RoostDomain *domain,
                      const RoostDestroyOptions *options,
                      const char *caller,
                      GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);

  if (domain->run == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' is not running", domain->name);
  while (domain->run != NULL && domain->job != NULL)
    take_over (domain, options);
  domain->is_doomed = FALSE;
  if (domain->run == NULL)
    return TRUE;
  return roost_domain_operate (domain, "destroy", caller, destroy_held, (gpointer)options, error);
}
