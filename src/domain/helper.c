/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/helper.h"

#include "base/co.h"
#include "base/error.h"
#include "base/log.h"
#include "domain/helper-run.h"
#include "domain/log-file.h"
#include "domain/status.h"
#include "domain/view-helpers.h"
#include "host/cgroup.h"
#include "host/scope.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define KILL_WAIT_MS   30000
#define READY_WAIT_MS  30000
#define ENDING_TRIES   20
#define ENDING_LOOK_MS 50
#define READY_LOOK_MS  20

/* --- one --- */

RoostHelper *
roost_helper_new (const char *alias, const char *name, RoostProcess *process)
{
  RoostHelper *helper = g_new0 (RoostHelper, 1);

  helper->alias = g_strdup (alias);
  helper->name = g_intern_string (name);
  helper->process = process;
  return helper;
}

void
roost_helper_free (RoostHelper *helper)
{
  g_free (helper->alias);
  g_object_unref (helper->process);
  g_free (helper);
}

static void
peer_free (gpointer p)
{
  RoostPeer *peer = p;

  if (peer->fd >= 0)
    close (peer->fd);
  g_free (peer->alias);
  g_free (peer);
}

GPtrArray *
roost_peers_new (void)
{
  return g_ptr_array_new_with_free_func (peer_free);
}

void
roost_peers_add (GPtrArray *peers, const char *alias, int fd)
{
  RoostPeer *peer = g_new0 (RoostPeer, 1);

  peer->alias = g_strdup (alias);
  peer->fd = fd;
  g_ptr_array_add (peers, peer);
}

/* --- starting --- */

static gboolean
start_one (RoostStart *start, const RoostHelperPlan *plan, GError **error)
{
  RoostProcess *process = roost_helper_run (start, plan, error);

  if (process == NULL)
    return FALSE;
  g_ptr_array_add (start->run->helpers,
                   roost_helper_new (plan->alias, roost_helper_program (plan->kind), process));
  return TRUE;
}

/* What it said since @log_from; the start of a domain adds that by itself. */
static gboolean
explain (const RoostStart *start, const RoostHelperPlan *plan, gint64 log_from, GError **error)
{
  g_autofree char *tail = roost_log_file_tail (start->run->log_path, log_from);
  gboolean is_told = log_from >= 0 && *tail != '\0';

  return roost_throw (error, ROOST_ERROR_QEMU, "%s: the program '%s' does not serve it%s%s",
                      plan->alias, roost_helper_program (plan->kind), is_told ? ": " : "",
                      is_told ? tail : "");
}

/* Awaits: yes. */
static gboolean
await_ready (RoostStart *start, const RoostHelperPlan *plan, gint64 log_from, GError **error)
{
  const RoostHelper *helper = start->run->helpers->pdata[start->run->helpers->len - 1];
  g_autoptr (RoostProcess) process = g_object_ref (helper->process);
  gint64 until = g_get_monotonic_time () + READY_WAIT_MS * G_TIME_SPAN_MILLISECOND;

  while (start->domain->run == start->run
         && !roost_helper_is_ready (start->run, plan, process, log_from >= 0))
    {
      if (!roost_process_is_alive (process) || g_get_monotonic_time () > until)
        return explain (start, plan, log_from, error);
      if (!co_sleep (READY_LOOK_MS, NULL, error))
        return FALSE;
    }
  return start->domain->run == start->run
         || roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has ended",
                         start->domain->name);
}

static gboolean
look_in_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  const RoostHelperPlan *plan = data;

  for (guint i = 0; plan->forwards != NULL && i < plan->forwards->len; i++)
    if (!roost_forward_check (plan->forwards->pdata[i], error))
      return FALSE;
  return plan->folder == NULL || g_file_test (plan->folder, G_FILE_TEST_IS_DIR)
         || roost_throw (error, ROOST_ERROR_STORAGE, "%s: %s is no folder that can be shared",
                         plan->alias, plan->folder);
}

/* The passt of a card that was just taken away may still be ending. Awaits: yes. */
static gboolean
look_patiently (RoostHelperPlan *plan, GError **error)
{
  g_autoptr (GError) local = NULL;

  for (guint i = 0; !co_thread (look_in_thread, plan, NULL, &local); i++)
    {
      if (i >= ENDING_TRIES || !g_error_matches (local, ROOST_ERROR, ROOST_ERROR_EXISTS))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      g_clear_error (&local);
      if (!co_sleep (ENDING_LOOK_MS, NULL, error))
        return FALSE;
    }
  return TRUE;
}

/* Not every folder can be looked at at once, nor all ports. */
static gboolean
check_host (const RoostStart *start, const GPtrArray *plans, GError **error)
{
  for (guint i = 0; i < plans->len; i++)
    {
      RoostHelperPlan *plan = plans->pdata[i];

      if ((plan->folder != NULL || plan->forwards != NULL) && !look_patiently (plan, error))
        return FALSE;
    }
  return start->domain->run == start->run
         || roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has ended",
                         start->domain->name);
}

static gboolean
start_all (RoostStart *start, const char *alias, GError **error)
{
  g_autoptr (GPtrArray) plans = roost_view_helpers (start->config);

  for (guint i = plans->len; i-- > 0;)
    if (alias != NULL && g_strcmp0 (((RoostHelperPlan *)plans->pdata[i])->alias, alias) != 0)
      g_ptr_array_remove_index (plans, i);
  if (!check_host (start, plans, error))
    return FALSE;
  for (guint i = 0; i < plans->len; i++)
    {
      gint64 log_from = alias != NULL ? lseek (start->log_fd, 0, SEEK_END) : -1;

      if (!start_one (start, plans->pdata[i], error)
          || !await_ready (start, plans->pdata[i], log_from, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
roost_helpers_start (RoostStart *start, const char *alias, GError **error)
{
  RoostRun *run = start->run;
  guint before = run->helpers->len;

  if (start_all (start, alias, error)
      && (run->helpers->len == before || roost_status_write (start->domain, error)))
    return TRUE;
  if (start->domain->run != run)
    return FALSE;
  for (guint i = run->helpers->len; i-- > before;)
    {
      RoostHelper *helper = run->helpers->pdata[i];

      roost_process_signal (helper->process, SIGKILL);
      g_ptr_array_remove_index (run->helpers, i);
    }
  return FALSE;
}

void
roost_helpers_join (RoostDomain *domain, const char *alias)
{
  const GPtrArray *helpers = domain->run->helpers;
  g_autoptr (RoostCgroup) cgroup = NULL;
  g_autoptr (GError) error = NULL;
  pid_t pid = 0;

  for (guint i = 0; i < helpers->len; i++)
    if (g_str_equal (((RoostHelper *)helpers->pdata[i])->alias, alias))
      pid = roost_process_pid (((RoostHelper *)helpers->pdata[i])->process);
  if (pid == 0 || domain->manager->scopes == NULL)
    return;
  cgroup = roost_cgroup_find (NULL, NULL, roost_process_pid (domain->run->process), NULL);
  if (cgroup != NULL && !roost_scopes_join (domain->manager->scopes, cgroup->unit, &pid, 1, &error))
    roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
               "the helper of '%s' is outside of the guest's scope: %s", alias, error->message);
}

/* --- ending --- */

static void
end_at (RoostDomain *domain, guint index)
{
  RoostHelper *helper = domain->run->helpers->pdata[index];

  roost_helper_forget (domain->run, helper);
  roost_process_signal (helper->process, SIGTERM);
  g_ptr_array_remove_index (domain->run->helpers, index);
}

void
roost_helpers_end (RoostDomain *domain, const char *alias)
{
  GPtrArray *helpers = domain->run->helpers;
  guint before = helpers->len;

  for (guint i = helpers->len; i-- > 0;)
    if (g_str_equal (((RoostHelper *)helpers->pdata[i])->alias, alias))
      end_at (domain, i);
  if (helpers->len < before)
    roost_status_note (domain);
}

static gboolean
is_needed (const GPtrArray *plans, const RoostHelper *helper)
{
  if (*helper->alias == '\0')
    return TRUE;
  for (guint i = 0; i < plans->len; i++)
    if (g_strcmp0 (((RoostHelperPlan *)plans->pdata[i])->alias, helper->alias) == 0)
      return TRUE;
  return FALSE;
}

void
roost_helpers_end_stray (RoostDomain *domain)
{
  GPtrArray *helpers = domain->run->helpers;
  g_autoptr (GPtrArray) plans = roost_view_helpers (roost_document_config (domain->run->document));

  for (guint i = helpers->len; i-- > 0;)
    if (!is_needed (plans, helpers->pdata[i]))
      end_at (domain, i);
}

void
roost_helpers_kill (RoostRun *run)
{
  g_autoptr (GPtrArray) helpers = g_steal_pointer (&run->helpers);

  run->helpers = g_ptr_array_new_with_free_func ((GDestroyNotify)roost_helper_free);
  for (guint i = helpers->len; i-- > 0;)
    {
      RoostHelper *helper = helpers->pdata[i];

      roost_process_signal (helper->process, SIGKILL);
      roost_process_wait (helper->process, KILL_WAIT_MS, NULL, NULL);
    }
}

GArray *
roost_helpers_pids (const RoostRun *run)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (pid_t));

  for (guint i = 0; i < run->helpers->len; i++)
    {
      RoostProcess *process = ((RoostHelper *)run->helpers->pdata[i])->process;
      pid_t pid = roost_process_pid (process);

      if (roost_process_is_alive (process))
        g_array_append_val (pids, pid);
    }
  return pids;
}
