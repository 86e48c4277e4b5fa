/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/hotplug-private.h"

#include "base/co.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/bandwidth.h"
#include "domain/hotplug-journal.h"
#include "domain/chardevs.h"
#include "domain/hotplug-view.h"
#include "domain/read-anew.h"
#include "domain/helper.h"
#include "domain/lend.h"
#include "domain/memory-limit.h"
#include "domain/start-host.h"
#include "domain/status.h"
#include "domain/transient.h"
#include "domain/view-host.h"
#include "domain/view.h"
#include "domain/view-volumes.h"

#include <fcntl.h>

/* A plug, step by step; see base/steps.h. */
typedef struct
{
  RoostDomain *domain;
  const char *xml;
  RoostDeviceOptions options;
  RoostAmend *amend;
  RoostDeviceRef given; /* as it was written, until a copy of it is in both configurations */
  char *alias;
  RoostPlug *plug; /* (nullable): without LIVE there is none */
  GArray *fds;     /* of RoostPassedFd, ours */
  guint n_done;
} RoostAttach;

/* --- choose --- */

/* What the checks and addresses cannot say as clearly. */
static gboolean
check_taken (const RoostDomainConfig *config, const RoostDeviceRef *given, GError **error)
{
  RoostDeviceRef taken = { 0 };
  const char *alias = given->info->alias;

  if (alias != NULL && roost_device_find_alias (config, alias, &taken))
    return roost_throw (error, ROOST_ERROR_EXISTS, "there is a device '%s' already", alias);
  if (given->kind != ROOST_DEVICE_DISK && given->kind != ROOST_DEVICE_CONTROLLER)
    return TRUE;
  if (given->kind == ROOST_DEVICE_DISK && given->disk->target == NULL)
    return TRUE;
  if (given->kind == ROOST_DEVICE_CONTROLLER && !given->controller->index.is_set)
    return TRUE;
  if (!roost_device_find_like (config, given, &taken, NULL))
    return TRUE;
  if (given->kind == ROOST_DEVICE_DISK)
    return roost_throw (error, ROOST_ERROR_EXISTS,
                        "there is a disk at the target '%s' already; to change it, update it",
                        given->disk->target);
  return roost_throw (error, ROOST_ERROR_EXISTS,
                      "there is a controller of this type with the index %" G_GINT64_FORMAT,
                      given->controller->index.value);
}

static gboolean
add_to (RoostDomainConfig *config, const RoostDeviceRef *device, GError **error)
{
  g_auto (RoostDeviceRef) copy = { 0 };

  if (!check_taken (config, device, error))
    return FALSE;
  roost_device_copy (device, &copy);
  return roost_device_insert (config, &copy, error);
}

/* What is stored names the volume, and the image below a temporary overlay. */
static void
keep_source (RoostDisk *stored, const RoostDisk *given)
{
  if (given->transient)
    roost_disk_take_medium (stored, given);
  else
    roost_volumes_keep_name (stored, given);
}

/* Both get the same device: its MAC and its address, too, unless another has it there. */
static gboolean
add_to_stored (RoostAttach *attach, GError **error)
{
  g_auto (RoostDeviceRef) copy = { 0 };
  RoostDeviceRef live = { 0 };

  if (attach->alias != NULL
      && roost_device_find_alias (attach->amend->running, attach->alias, &live))
    {
      roost_device_as_stored (&live, &attach->given, &copy);
      if (copy.kind == ROOST_DEVICE_DISK)
        keep_source (copy.disk, attach->given.disk);
      roost_view_forget_host (&copy, &attach->given);
      return add_to (attach->amend->next, &copy, error);
    }
  return add_to (attach->amend->next, &attach->given, error);
}

static gboolean
complete_stored (RoostAttach *attach, GError **error)
{
  RoostAmend *amend = attach->amend;
  g_autoptr (RoostDomainConfig) before = roost_domain_config_copy (amend->next);
  g_autoptr (GError) local = NULL;

  if (!add_to_stored (attach, error))
    return FALSE;
  if (roost_amend_check_next (amend, &local))
    return TRUE;
  if (!g_error_matches (local, ROOST_ERROR, ROOST_ERROR_EXISTS) || attach->alias == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  roost_domain_config_free (amend->next);
  amend->next = g_steal_pointer (&before);
  return add_to (amend->next, &attach->given, error) && roost_amend_check_next (amend, error);
}

/* The machine's own bus takes nothing while it runs, and a port for it there cannot be added. */
static gboolean
check_added (const GArray *added, const RoostDeviceRef *given, GError **error)
{
  g_autofree char *label = roost_device_label (given);
  const RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, added)
    if (ref->kind == ROOST_DEVICE_CONTROLLER && given->kind != ROOST_DEVICE_CONTROLLER
        && ref->controller->type == ROOST_CONTROLLER_TYPE_PCI)
      return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                          "no PCI port is free for %s; add <controller type='pci' model='%s'/> to "
                          "the stored configuration, for the next start",
                          label, roost_controller_model_names[ref->controller->model]);
  return TRUE;
}

static char *
alias_of_new (RoostAttach *attach, const GArray *added)
{
  const RoostDeviceRef *ref;
  const char *alias = NULL;

  ROOST_REFS_EACH (ref, added)
    if (ref->kind == attach->given.kind)
      alias = ref->info->alias; /* the last of its list */
  return g_strdup (alias);
}

static gboolean
complete_running (RoostAttach *attach, GError **error)
{
  RoostAmend *amend = attach->amend;
  g_autoptr (GArray) added = NULL;
  RoostLaunch launch;

  if (!roost_plug_check (&attach->given, error) || !add_to (amend->running, &attach->given, error)
      || !roost_volumes_resolve (attach->domain->manager, amend->running, error)
      || !roost_amend_check_running (amend, error))
    return FALSE;
  added = roost_devices_added (amend->was, amend->running);
  if (!check_added (added, &attach->given, error))
    return FALSE;
  attach->alias = alias_of_new (attach, added);
  if (attach->alias == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "the device got no name");
  if (!roost_bandwidth_check (amend->running, attach->alias, error)
      || !roost_host_devices_take (attach->domain, amend->running, attach->alias, error)
      || !roost_transient_make (attach->domain, amend->running, attach->alias, error)
      || !roost_lend (attach->domain, amend->running, attach->alias, error)
      || !roost_amend_is_current (amend, error))
    return FALSE;
  roost_view_begin_memory (amend->running, attach->alias);
  roost_hotplug_launch (attach->domain, FALSE, &launch);
  attach->plug = roost_plug_build (amend->running, added, amend->facts, &launch, error);
  return attach->plug != NULL;
}

static gboolean
choose (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostAttach *attach = op;
  RoostDomain *domain = attach->domain;
  guint what = 0;

  if (!roost_device_parse (attach->xml, &attach->given, error)
      || !roost_amend_choose (domain, attach->options.live, attach->options.config, &what, error)
      || !roost_hotplug_settle (domain, error))
    return FALSE;
  attach->amend = roost_amend_new (domain, what, error);
  if (attach->amend == NULL)
    return FALSE;
  return (attach->amend->running == NULL || complete_running (attach, error))
         && (attach->amend->next == NULL || complete_stored (attach, error));
}

/* --- the host's side --- */

static gboolean
open_host (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostAttach *attach = op;
  RoostStart start = { .domain = attach->domain,
                       .run = attach->domain->run,
                       .config = attach->amend->running,
                       .log_fd = -1,
                       .monitor_fd = -1,
                       .fds = attach->fds };

  g_autoptr (GPtrArray) peers = roost_peers_new ();
  g_auto (RoostFd) log = -1;

  if (attach->plug == NULL)
    return TRUE;
  if (!roost_memory_limit_raise (attach->domain, attach->amend->running, error))
    return FALSE;
  start.command = attach->plug->needs;
  start.peers = peers;
  if (!roost_start_open_host (&start, error) || !roost_amend_is_current (attach->amend, error))
    return FALSE;
  log = open (start.run->log_path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
  if (log < 0)
    log = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  start.log_fd = log;
  if (!roost_helpers_start (&start, attach->alias, error))
    return FALSE;
  roost_helpers_join (attach->domain, attach->alias);
  return TRUE;
}

static void
undo_host (gpointer op)
{
  RoostAttach *attach = op;
  RoostDomain *domain = attach->domain;
  RoostDeviceRef stayed;

  if (attach->plug == NULL || domain->run == NULL || attach->amend->run != domain->run
      || (domain->run->document != NULL
          && roost_device_find_alias (roost_document_config (domain->run->document), attach->alias,
                                      &stayed)))
    return;
  roost_helpers_end (domain, attach->alias);
}

/* --- plug --- */

/* A pty has its path only now. */
static gboolean
learn_pty (RoostAttach *attach, GError **error)
{
  g_autoptr (JsonNode) answer = NULL;

  if (!roost_view_has_pty (attach->amend->running))
    return TRUE;
  answer = roost_domain_qmp (attach->domain, "query-chardev", NULL, NULL, error);
  if (answer == NULL)
    return FALSE;
  roost_chardevs_set_ptys (roost_json_node_array (answer), attach->amend->running);
  return TRUE;
}

static void
undo_plug (gpointer op)
{
  RoostAttach *attach = op;

  if (attach->plug == NULL)
    return;
  if (!roost_commands_undo (attach->domain, attach->plug->commands, attach->n_done, TRUE))
    roost_amend_publish (attach->amend); /* it is there: so it is shown */
  attach->n_done = 0;
}

static void
settle (RoostAttach *attach)
{
  RoostCommander commander = { .domain = attach->domain };

  roost_commands_run (&commander, attach->plug->settle, NULL);
}

static gboolean
plug (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostAttach *attach = op;
  RoostCommander commander = { .domain = attach->domain,
                               .fds = attach->fds,
                               .cancellable = cancellable };
  g_autoptr (GError) local = NULL;
  gboolean ok;

  if (attach->plug == NULL)
    return TRUE;
  ok = roost_commands_run (&commander, attach->plug->commands, &local);
  if (!ok)
    {
      roost_hotplug_explain (&attach->given, local);
      g_propagate_error (error, g_steal_pointer (&local));
    }
  attach->n_done = commander.n_done;
  ok = ok && learn_pty (attach, error) && roost_amend_is_current (attach->amend, error);
  if (!ok)
    undo_plug (attach);
  if (attach->domain->run != NULL)
    settle (attach);
  return ok;
}

static gboolean
store (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostAttach *attach = op;

  return roost_amend_store (attach->amend, error);
}

static const RoostStep steps[] = {
  { "choose device", choose, NULL },
  { "open device", open_host, undo_host },
  { "plug device", plug, undo_plug },
  { "store device", store, NULL, ROOST_STEP_COMMIT | ROOST_STEP_NO_CANCEL },
  { NULL },
};

/* --- the journal --- */

static gboolean
before_step (gpointer op, const RoostStep *step, guint index, guint n, GError **error)
{
  RoostAttach *attach = op;
  RoostRun *run = attach->domain->run;

  roost_job_set_phase (roost_domain_own_job (attach->domain), step->name, (double)index / n);
  if (step->run != plug || attach->plug == NULL || run == NULL)
    return TRUE;
  g_free (run->journal);
  run->journal = roost_journal_of_plug (attach->amend, attach->alias, attach->plug);
  return roost_status_write (attach->domain, error);
}

static void
undoing (gpointer op, guint index, const GError *reason)
{
  RoostAttach *attach = op;

  roost_job_refuse_cancel (roost_domain_own_job (attach->domain));
}

static const RoostStepHooks hooks = { before_step, undoing };

static void
drop_journal (RoostDomain *domain)
{
  if (domain->run == NULL || domain->run->journal == NULL)
    return;
  g_clear_pointer (&domain->run->journal, g_free);
  roost_status_note (domain);
}

/* --- the whole --- */

static void
attach_clear (RoostAttach *attach)
{
  roost_device_clear (&attach->given);
  g_clear_pointer (&attach->amend, roost_amend_free);
  g_clear_pointer (&attach->plug, roost_plug_free);
  for (guint i = 0; i < attach->fds->len; i++)
    close (g_array_index (attach->fds, RoostPassedFd, i).fd);
  g_array_unref (attach->fds);
  g_free (attach->alias);
}

/* Unless the device could not be taken back. */
static void
drop_what_it_took (const RoostAttach *attach)
{
  RoostDomain *domain = attach->domain;
  RoostDeviceRef stayed;

  if (attach->alias == NULL || domain->manager == NULL || domain->run == NULL
      || domain->run->document == NULL
      || roost_device_find_alias (roost_document_config (domain->run->document), attach->alias,
                                  &stayed))
    return;
  roost_host_devices_leave (domain, attach->alias);
  if (attach->given.kind == ROOST_DEVICE_DISK)
    roost_transient_forget (domain, attach->alias);
}

static gboolean
attach_held (RoostDomain *domain, gpointer data, GError **error)
{
  RoostAttach *attach = data;
  GCancellable *cancellable = roost_job_cancellable (roost_domain_own_job (domain));
  gpointer lending = roost_lend_begin (domain);
  gboolean ok = roost_steps_run (steps, attach, &hooks, cancellable, error);

  if (ok)
    roost_amend_publish (attach->amend);
  roost_lend_end (domain, lending);
  drop_journal (domain);
  if (ok && attach->given.kind == ROOST_DEVICE_MEMORY)
    roost_domain_read_memory (domain);
  if (!ok)
    drop_what_it_took (attach);
  if (!ok || attach->alias == NULL)
    return ok;
  roost_domain_emit (domain, "DeviceAdded", g_variant_new ("(s)", attach->alias));
  roost_log (G_LOG_LEVEL_INFO, NULL, domain->uuid, domain->name, "the device '%s' was plugged",
             attach->alias);
  return TRUE;
}

char *
roost_domain_attach_device (RoostDomain *domain,
                            const char *xml,
                            const RoostDeviceOptions *options,
                            const char *caller,
                            GError **error)
{
  RoostAttach attach = { .domain = domain, .xml = xml, .options = *options };
  char *alias = NULL;

  attach.fds = g_array_new (FALSE, FALSE, sizeof (RoostPassedFd));
  if (roost_domain_operate (domain, "attach-device", caller, attach_held, &attach, error))
    alias = g_strdup (attach.alias != NULL ? attach.alias : "");
  attach_clear (&attach);
  return alias;
}
