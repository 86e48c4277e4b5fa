/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/co.h"
#include "base/error.h"
#include "base/log.h"
#include "domain/helper.h"
#include "domain/hooks.h"
#include "domain/log-file.h"
#include "domain/start-op.h"
#include "domain/status.h"

const RoostStep roost_start_steps[] = {
  { "configure", roost_start_configure, NULL },
  { "make folder", roost_start_make_folder, roost_start_undo_folder },
  { "prepare hooks", roost_start_prepare_hooks, roost_start_undo_prepare_hooks },
  { "copy nvram", roost_start_copy_nvram, roost_start_undo_nvram },
  { "check storage", roost_start_check_storage, NULL },
  { "make overlays", roost_start_make_overlays, NULL },
  { "lend files", roost_start_lend_files, NULL },
  { "build command", roost_start_build_command, NULL },
  { "open log", roost_start_open_log, NULL },
  { "open monitor", roost_start_open_monitor, roost_start_undo_monitor },
  { "start helpers", roost_start_helpers, roost_start_undo_helpers },
  { "start hooks", roost_start_start_hooks, roost_start_undo_start_hooks },
  { "spawn qemu", roost_start_spawn, roost_start_undo_spawn },
  { "connect monitor", roost_start_connect, roost_start_undo_connect },
  { "set up guest", roost_start_set_up, NULL },
  { "run guest", roost_start_run_guest, NULL },
  { NULL },
};

/* The journal: what is about to be done stands in the status file before it is done. */
static gboolean
before_step (gpointer p, const RoostStep *step, guint index, guint n, GError **error)
{
  RoostStart *start = p;

  start->run->step = step->name;
  roost_job_set_phase (roost_domain_own_job (start->domain), step->name, (double)index / n);
  return roost_status_write (start->domain, error);
}

static void
undoing (gpointer p, guint index, const GError *reason)
{
  RoostStart *start = p;

  roost_job_refuse_cancel (roost_domain_own_job (start->domain));
}

static const RoostStepHooks hooks = { before_step, undoing };

static void
start_clear (RoostStart *start)
{
  g_clear_pointer (&start->config, roost_domain_config_free);
  g_clear_pointer (&start->facts, roost_facts_unref);
  g_clear_pointer (&start->command, roost_command_free);
  roost_fd_clear (&start->log_fd);
  g_ptr_array_unref (start->peers);
  roost_fd_clear (&start->monitor_fd);
  for (guint i = 0; i < start->fds->len; i++)
    close (g_array_index (start->fds, RoostPassedFd, i).fd);
  g_array_unref (start->fds);
}

/* What QEMU said is the reason that people can act on; after a cancellation it says nothing new. */
static void
explain (RoostRun *run, GCancellable *cancellable, GError **error)
{
  g_autofree char *tail = roost_log_file_tail (run->log_path, run->log_from);
  g_autofree char *text = g_strdup_printf ("%s: %s", (*error)->message, tail);

  if (g_cancellable_is_cancelled (cancellable))
    {
      if ((*error)->domain == ROOST_ERROR)
        (*error)->code = ROOST_ERROR_CANCELLED;
      return;
    }
  if (g_error_matches (*error, ROOST_ERROR, ROOST_ERROR_NOT_RUNNING))
    (*error)->code = ROOST_ERROR_QEMU;
  if (*tail == '\0')
    return;
  g_free ((*error)->message);
  (*error)->message = g_steal_pointer (&text);
}

static gboolean
run_steps (RoostDomain *domain,
           const RoostStartOptions *options,
           GCancellable *cancellable,
           GError **error)
{
  RoostStart start = { .domain = domain,
                       .run = domain->run,
                       .options = options,
                       .log_fd = -1,
                       .monitor_fd = -1,
                       .peers = roost_peers_new () };
  gboolean ok;

  start.fds = g_array_new (FALSE, FALSE, sizeof (RoostPassedFd));
  ok = roost_steps_run (roost_start_steps, &start, &hooks, cancellable, error);
  start_clear (&start);
  return ok;
}

/* No await is between the last step, which saw QEMU alive, and this. */
static void
finish (RoostDomain *domain, const RoostStartOptions *options)
{
  RoostRun *run = domain->run;

  run->is_starting = FALSE;
  run->step = NULL;
  if (domain->state == ROOST_DOMAIN_STARTING)
    roost_domain_set_state (domain, options->paused ? ROOST_DOMAIN_PAUSED : ROOST_DOMAIN_RUNNING,
                            options->paused ? "starting-up" : "booted");
  roost_start_forget_nvram (run);
  run->is_hooked = TRUE;
  run->is_reconnected = TRUE;
  roost_status_note (domain);
}

static gboolean
start_held (RoostDomain *domain,
            const RoostStartOptions *options,
            GCancellable *cancellable,
            GError **error)
{
  g_autoptr (GError) local = NULL;
  RoostManager *manager = domain->manager;

  domain->run = roost_run_new (manager->next_id++, manager->places->run_dir, domain->uuid);
  domain->run->is_starting = TRUE;
  domain->run->is_paused_start = options->paused;
  roost_domain_set_state (domain, ROOST_DOMAIN_STARTING, "booted");
  if (run_steps (domain, options, cancellable, &local))
    {
      finish (domain, options);
      roost_log (G_LOG_LEVEL_MESSAGE, ROOST_MESSAGE_DOMAIN_STARTED, domain->uuid, domain->name,
                 "started, QEMU is process %d", (int)roost_domain_pid (domain));
      roost_hooks_tell (domain, "started", "begin", cancellable);
      return TRUE;
    }
  explain (domain->run, cancellable, &local);
  roost_log (G_LOG_LEVEL_WARNING, ROOST_MESSAGE_START_UNDONE, domain->uuid, domain->name,
             "cannot be started: %s", local->message);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static void
pass_on_cancel (GCancellable *cancellable, gpointer job_cancellable)
{
  g_cancellable_cancel (job_cancellable);
}

gboolean
roost_domain_start (RoostDomain *domain,
                    const RoostStartOptions *options,
                    const char *caller,
                    GCancellable *cancellable,
                    GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autoptr (GError) local = NULL;
  RoostJob *job;
  gulong link = 0;

  if (domain->run != NULL && !domain->run->is_starting)
    return roost_throw (error, ROOST_ERROR_RUNNING, "domain '%s' is running already", domain->name);
  if (domain->manager != NULL && roost_manager_is_leaving (domain->manager))
    return roost_throw (error, ROOST_ERROR_BUSY,
                        "domain '%s' is not started: guests are being shut down", domain->name);
  job = roost_domain_hold (domain, "start", caller, ROOST_JOB_CAN_CANCEL, error);
  if (job == NULL)
    return FALSE;
  if (cancellable != NULL)
    link = g_cancellable_connect (cancellable, G_CALLBACK (pass_on_cancel),
                                  roost_job_cancellable (job), NULL);
  if (!start_held (domain, options, roost_job_cancellable (job), &local))
    roost_domain_stopped (domain, domain->run->ending != NULL ? domain->run->ending : "failed");
  g_cancellable_disconnect (cancellable, link);
  roost_domain_release (domain, job, local);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

void
roost_domain_undo_start (RoostDomain *domain, const char *step)
{
  RoostStart start = { .domain = domain,
                       .run = domain->run,
                       .log_fd = -1,
                       .monitor_fd = -1,
                       .peers = roost_peers_new () };

  start.fds = g_array_new (FALSE, FALSE, sizeof (RoostPassedFd));
  roost_steps_undo (roost_start_steps, step, &start);
  start_clear (&start);
  roost_log (G_LOG_LEVEL_WARNING, ROOST_MESSAGE_START_UNDONE, domain->uuid, domain->name,
             "its start had got to '%s' when the daemon ended; it is undone", step);
  roost_domain_stopped (domain, "failed");
}
