/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/co.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/domain-agent.h"
#include "domain/domain-private.h"
#include "domain/dump-private.h"
#include "domain/find-process.h"
#include "domain/helper.h"
#include "domain/hotplug.h"
#include "domain/hooks.h"
#include "domain/hotplug-journal.h"
#include "domain/power-rtc.h"
#include "domain/read-anew.h"
#include "domain/recover.h"
#include "domain/start-op.h"
#include "domain/status.h"
#include "domain/tune-private.h"
#include "domain/unplug.h"
#include "domain/view.h"

#include <glib/gstdio.h>
#include <string.h>

/*
 * What a daemon that was killed left behind, taken up by the next one:
 *
 * - a guest that runs is adopted: its process by PID and start time, its identity by query-uuid,
 *   its state by query-status. Where QEMU does not answer the domain stays as it was, marked as not
 *   responsive, and is asked again; nobody is ended on a doubt;
 * - a start that was half-way is undone, unless the guest runs already: then it is done;
 * - an end that was under way (destroy, power-off) goes on;
 * - a guest that has ended meanwhile is reported as shut off;
 * - a guest whose status file cannot be read is found by the socket of its monitor;
 * - what was left before the host's last boot is removed.
 */

#define CONNECT_WAIT_MS 10000
#define RETRY_MS        5000
#define GRACE_MS        10000

#define SUFFIX ".status"

/* --- taking over --- */

static gboolean
check_uuid (RoostDomain *domain, GError **error)
{
  g_autoptr (JsonNode) answer =
      roost_domain_qmp (domain, "query-uuid", NULL, domain->manager->closing, error);
  const char *uuid = roost_json_string (roost_json_node_object (answer), "UUID");

  if (answer == NULL)
    return FALSE;
  if (g_strcmp0 (uuid, domain->uuid) != 0)
    return roost_throw (error, ROOST_ERROR_INCOMPATIBLE_GUEST, "QEMU runs another guest (%s)",
                        uuid != NULL ? uuid : "without a uuid");
  return TRUE;
}

static gboolean
is_undecided_start (const RoostRun *run)
{
  return run->step != NULL;
}

/* The start is done when the guest runs; it had only not been noted. */
static void
settle_start (RoostDomain *domain, gboolean is_running)
{
  RoostRun *run = domain->run;
  const char *step = run->step;

  if (!is_running)
    {
      run->is_starting = TRUE; /* the end of QEMU is the undo's to see */
      roost_domain_undo_start (domain, step);
      return;
    }
  run->step = NULL;
  roost_start_forget_nvram (run);
}

static gboolean
read_status (RoostDomain *domain, GError **error)
{
  RoostRun *run = domain->run;
  g_autoptr (JsonNode) answer =
      roost_domain_qmp (domain, "query-status", NULL, domain->manager->closing, error);
  JsonObject *object = roost_json_node_object (answer);
  const char *status = roost_json_string (object, "status");
  gboolean is_running = roost_json_bool (object, "running", FALSE);

  if (answer == NULL || domain->run != run)
    return answer != NULL;
  if (is_undecided_start (run))
    settle_start (domain, is_running);
  if (domain->run == run && run->ending == NULL)
    roost_domain_follow_status (domain, status != NULL ? status : "", is_running);
  return TRUE;
}

static gboolean
try_once (RoostDomain *domain, GError **error)
{
  return roost_domain_connect (domain, CONNECT_WAIT_MS, domain->manager->closing, error)
         && check_uuid (domain, error) && read_status (domain, error);
}

static void
adopted (RoostDomain *domain)
{
  roost_domain_set_responsive (domain, TRUE);
  if (domain->run->ending != NULL)
    roost_domain_end (domain, domain->run->ending, GRACE_MS);
  else
    roost_status_note (domain);
  roost_log (G_LOG_LEVEL_MESSAGE, ROOST_MESSAGE_DOMAIN_ADOPTED, domain->uuid, domain->name,
             "taken over: QEMU is process %d, %s", (int)roost_domain_pid (domain),
             roost_domain_state_name (domain->state));
  if (domain->run != NULL && domain->run->is_tuning)
    roost_tune_resume (domain);
}

static void
settled (RoostRun *run)
{
  run->is_settling = FALSE;
  co_gate_open (run->settled);
}

gboolean
roost_domain_settle (RoostDomain *domain, GError **error)
{
  const RoostRun *run = domain->run;

  while (run != NULL && domain->run == run && run->is_settling)
    if (!co_gate_wait (run->settled, 0, NULL, NULL))
      break;
  if (domain->manager != NULL)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_FOUND, "domain '%s' was removed", domain->name);
}

/* Until it succeeds, the guest ends, or the daemon does. */
static gboolean
take_over (RoostDomain *domain)
{
  RoostRun *run = domain->run;

  while (domain->run == run && domain->manager != NULL)
    {
      g_autoptr (GError) error = NULL;

      if (try_once (domain, &error))
        return TRUE;
      if (domain->run != run)
        return FALSE;
      settled (run);
      roost_run_drop_monitor (domain->run);
      roost_domain_set_hang (
          domain, roost_process_is_stopped (roost_domain_pid (domain)) ? "stopped" : "unknown");
      if (run->ending == NULL) /* else it is about to go */
        roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
                   "QEMU cannot be reached; it is asked again: %s", error->message);
      if (!co_sleep (RETRY_MS, domain->manager->closing, NULL))
        return FALSE;
    }
  return FALSE;
}

static void
take_over_body (gpointer p)
{
  g_autoptr (RoostDomain) domain = p;
  RoostRun *run = domain->run;
  gboolean had_hook;

  if (run == NULL || !take_over (domain) || domain->run != run)
    return;
  had_hook = run->is_reconnected;
  run->is_reconnected = TRUE;
  run->is_taken_over = FALSE;
  adopted (domain);
  roost_domain_read_anew (domain);
  roost_domain_rearm (domain);
  roost_rtc_read (domain);
  if (domain->run == run && run->ending == NULL)
    roost_hotplug_recover (domain);
  if (domain->run == run)
    settled (run);
  if (domain->run == run && !had_hook)
    roost_hooks_tell (domain, "reconnect", "begin", domain->manager->closing);
}

void
roost_recover_monitor (RoostDomain *domain)
{
  if (domain->run->is_taken_over)
    return;
  domain->run->is_taken_over = TRUE;
  domain->run->is_settling = !roost_process_is_stopped (roost_domain_pid (domain));
  co_spawn ("take-over", take_over_body, g_object_ref (domain));
}

static void
undo_body (gpointer p)
{
  g_autoptr (RoostDomain) domain = p;
  RoostJob *job = roost_domain_hold (domain, "undo-start", "", 0, NULL);

  if (job == NULL)
    return;
  roost_domain_undo_start (domain, domain->run->step);
  roost_domain_release (domain, job, NULL);
}

/* --- from a status file --- */

static void
adopt_helpers (RoostRun *run, const GPtrArray *marks)
{
  for (guint i = 0; i < marks->len; i++)
    {
      const RoostHelperMark *helper = marks->pdata[i];
      RoostProcess *process = roost_process_adopt (helper->mark.pid, helper->mark.start_time, NULL);

      if (process != NULL)
        g_ptr_array_add (run->helpers, roost_helper_new (helper->alias, helper->name, process));
    }
}

static RoostRun *
run_of (RoostManager *manager, RoostStatus *status)
{
  RoostRun *run = roost_run_new (status->id, manager->places->run_dir, status->uuid);

  run->monitor_inode = status->monitor_inode;
  run->log_path = g_strdup (status->log_path);
  run->log_from = status->log_from;
  run->made_nvram = g_strdup (status->made_nvram);
  run->had_nvram = status->had_nvram;
  run->step = status->step != NULL ? g_intern_string (status->step) : NULL;
  run->is_starting = status->step != NULL;
  run->ending = status->ending != NULL ? g_intern_string (status->ending) : NULL;
  run->is_rebooting = status->is_rebooting;
  run->was_asked = status->was_asked;
  run->is_hooked = status->is_hooked;
  run->is_restarting = status->is_restarting;
  run->rtc_base = status->rtc_base;
  g_ptr_array_extend (run->taints, status->taints, NULL, NULL);
  run->journal = g_strdup (status->journal);
  for (guint i = 0; i < status->unplugs->len; i++)
    g_ptr_array_add (run->unplugs, roost_unplug_ref (status->unplugs->pdata[i]));
  run->wait_status = -1;
  run->is_tuning = status->is_tuning;
  run->dump = g_steal_pointer (&status->dump);
  if (status->xml != NULL)
    run->document = roost_document_parse (status->xml, NULL);
  if (status->qemu.pid > 0)
    run->process = roost_process_adopt (status->qemu.pid, status->qemu.start_time, NULL);
  adopt_helpers (run, status->helpers);
  return run;
}

/* The domain of @status; one whose configuration is gone or cannot be used comes back as a
 * transient one, from the running configuration. */
static RoostDomain *
domain_of (RoostManager *manager, const RoostStatus *status, RoostRun *run)
{
  RoostDomain *domain = roost_manager_find_uuid (manager, status->uuid);

  if (domain != NULL || run->document == NULL
      || roost_manager_find_name (manager, status->name) != NULL)
    return domain;
  domain = roost_domain_new (manager, status->uuid, status->name, run->document);
  roost_manager_add (manager, domain);
  return domain;
}

/* Also what was just being plugged: QEMU may have it. */
static void
adopt_devices (RoostDomain *domain)
{
  const RoostRun *run = domain->run;
  g_autoptr (RoostJournal) journal =
      run->journal != NULL ? roost_journal_read (run->journal) : NULL;
  g_autoptr (RoostDomainConfig) config =
      journal != NULL ? roost_domain_config_parse (journal->running, NULL, NULL) : NULL;

  roost_host_devices_adopt (domain, roost_document_config (run->document));
  if (config != NULL)
    roost_host_devices_adopt (domain, config);
}

static void
restore (RoostDomain *domain, const RoostStatus *status, RoostRun *run)
{
  RoostManager *manager = domain->manager;

  domain->run = run;
  domain->state = status->state;
  domain->reason = g_intern_string (status->reason != NULL ? status->reason : "unknown");
  domain->since_us = status->since_us;
  domain->memory = status->memory;
  manager->next_id = MAX (manager->next_id, status->id + 1);
  if (run->document != NULL)
    {
      roost_domain_find_taints (domain);
      adopt_devices (domain);
    }
  roost_domain_changed (domain, ROOST_CHANGE_STATE | ROOST_CHANGE_CONFIG);
}

/* What its end meant that nobody saw. With -no-shutdown QEMU stays after a power-off: one that is
 * gone without being told to has crashed. */
static const char *
reason_of_lost (const RoostRun *run)
{
  return run->ending != NULL ? run->ending : "crashed";
}

/* Did the start get to the step that lets the guest go? So too one of a step that we do not know.
 */
static gboolean
may_have_begun (const RoostRun *run)
{
  const RoostStep *step = roost_start_steps;

  while (step->name != NULL && !g_str_equal (step->name, run->step))
    step++;
  return step->name == NULL || step->run == roost_start_run_guest;
}

static void
take_up (RoostDomain *domain)
{
  RoostRun *run = domain->run;

  if (run->step != NULL && (run->process == NULL || !may_have_begun (run)))
    {
      co_spawn ("undo-start", undo_body, g_object_ref (domain));
      return;
    }
  if (run->process == NULL)
    {
      roost_log (G_LOG_LEVEL_WARNING, ROOST_MESSAGE_DOMAIN_STOPPED, domain->uuid, domain->name,
                 "QEMU has ended while no daemon was there (%s)", reason_of_lost (run));
      if (run->dump != NULL)
        roost_dump_discard (run->dump);
      roost_domain_stopped (domain, reason_of_lost (run));
      return;
    }
  run->is_hooked = TRUE;
  run->is_starting = FALSE; /* its end is an end, whatever the start had still to do */
  roost_domain_watch (domain);
  roost_recover_monitor (domain);
  if (domain->run == run && run->dump != NULL)
    roost_dump_resume (domain);
}

static void
recover_status (RoostManager *manager, const char *path, RoostStatus *status)
{
  RoostRun *run;
  RoostDomain *domain;

  if (g_strcmp0 (status->boot_id, manager->boot_id) != 0)
    {
      if (status->dump != NULL)
        roost_dump_discard (status->dump);
      roost_status_remove (manager->places->run_dir, status->uuid);
      return;
    }
  run = run_of (manager, status);
  domain = domain_of (manager, status, run);
  if (domain == NULL)
    {
      roost_run_free (run);
      roost_file_set_aside (path, "it has no configuration, or its name is another domain's");
      return;
    }
  restore (domain, status, run);
  take_up (domain);
}

/* A status that cannot be read: its guest may run all the same, and is known by the socket of its
 * monitor. The configuration must do for what really runs. */
static void
recover_lost (RoostManager *manager, const char *uuid)
{
  RoostDomain *domain = roost_manager_find_uuid (manager, uuid);
  RoostRun *run;

  if (domain == NULL || domain->run != NULL)
    return;
  run = roost_run_new (manager->next_id, manager->places->run_dir, uuid);
  run->monitor_inode = roost_find_socket_at (run->monitor_path);
  run->process = roost_find_process_with_socket (run->monitor_inode);
  if (run->process == NULL)
    {
      roost_run_free (run);
      roost_status_remove (manager->places->run_dir, uuid);
      return;
    }
  run->document = roost_document_ref (domain->next);
  run->wait_status = -1;
  g_ptr_array_add (run->taints, (gpointer)g_intern_string ("external-launch"));
  manager->next_id++;
  domain->run = run;
  roost_domain_find_taints (domain);
  roost_domain_set_state (domain, ROOST_DOMAIN_PAUSED, "unknown");
  take_up (domain);
}

static void
recover_file (RoostManager *manager, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostStatus) status = roost_status_read (path, &error);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *uuid = g_strndup (name, strlen (name) - strlen (SUFFIX));

  if (status != NULL && g_str_equal (status->uuid, uuid))
    {
      recover_status (manager, path, status);
      return;
    }
  roost_file_set_aside (path,
                        status == NULL ? error->message : "the uuid in it is not that of its name");
  recover_lost (manager, uuid);
}

void
roost_manager_recover (RoostManager *manager)
{
  g_autofree char *folder = g_build_filename (manager->places->run_dir, "domain", NULL);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) releases = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, SUFFIX))
      g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
    else if (g_str_has_suffix (name, ROOST_HOOKS_SUFFIX))
      g_ptr_array_add (releases, g_build_filename (folder, name, NULL));
  for (guint i = 0; i < paths->len; i++)
    recover_file (manager, paths->pdata[i]);
  roost_host_devices_sweep (manager);
  for (guint i = 0; i < releases->len; i++)
    roost_hooks_recover (manager, releases->pdata[i]);
}
