/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/hotplug-private.h"

#include "base/co.h"
#include "base/error.h"
#include "base/log.h"
#include "domain/bandwidth.h"
#include "domain/helper.h"
#include "domain/hotplug-vcpus.h"
#include "domain/lend.h"
#include "domain/read-anew.h"
#include "domain/status.h"
#include "domain/transient.h"

#include <string.h>

/*
 * An unplug is asked for, and then the guest decides. What it has let go leaves the running
 * configuration at that moment, whoever asked for it, and whether anybody still waits.
 */

/* --- what a device had on the host --- */

typedef struct
{
  RoostDomain *domain;
  const RoostRun *run;       /* only to compare */
  RoostDomainConfig *config; /* with the device */
  RoostUnplug *unplug;
  gboolean is_memory;
} CleanUp;

static void
drop_backends (const CleanUp *clean, GError **error)
{
  RoostDomain *domain = clean->domain;
  g_autoptr (RoostFacts) facts = roost_manager_facts (domain->manager, clean->config, error);
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  g_autoptr (RoostPlug) plug = NULL;
  RoostDeviceRef ref;
  RoostLaunch launch;

  if (facts == NULL || domain->run == NULL
      || !roost_device_find_alias (clean->config, clean->unplug->alias, &ref))
    return;
  g_array_append_val (refs, ref);
  roost_hotplug_launch (domain, TRUE, &launch);
  plug = roost_plug_build (clean->config, refs, facts, &launch, error);
  if (plug != NULL)
    roost_commands_undo (domain, plug->commands, plug->commands->len, FALSE);
}

static gboolean
is_current (const CleanUp *clean)
{
  return clean->domain->manager != NULL && clean->domain->run == clean->run;
}

static gboolean
take_down (gpointer op, GCancellable *cancellable, GError **error)
{
  CleanUp *clean = op;
  RoostDomain *domain = clean->domain;
  const char *alias = clean->unplug->alias;
  g_autoptr (GError) local = NULL;

  if (is_current (clean))
    drop_backends (clean, &local);
  if (local != NULL)
    roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
               "what the device '%s' had is still there: %s", alias, local->message);
  roost_bandwidth_end (clean->config, alias);
  if (is_current (clean))
    roost_helpers_end (domain, alias);
  if (is_current (clean))
    roost_host_devices_leave (domain, alias);
  if (is_current (clean))
    roost_transient_forget (domain, alias);
  if (is_current (clean))
    roost_lend_settle (domain);
  return TRUE;
}

static gboolean
forget (gpointer op, GCancellable *cancellable, GError **error)
{
  CleanUp *clean = op;
  RoostUnplug *unplug = clean->unplug;

  if (unplug->is_stored && clean->domain->manager != NULL)
    roost_hotplug_forget_stored (clean->domain, unplug->xml, &unplug->error);
  return TRUE;
}

/* What of it a killed daemon left is done by the next one: see roost_hotplug_finish_gone (). */
static const RoostStep clean_steps[] = {
  { "take device down", take_down, NULL },
  { "forget device", forget, NULL, ROOST_STEP_COMMIT | ROOST_STEP_NO_CANCEL },
  { NULL },
};

static void
clean_up_body (gpointer p)
{
  CleanUp *clean = p;
  RoostDomain *domain = clean->domain;

  roost_steps_run (clean_steps, clean, NULL, NULL, NULL);
  clean->unplug->state = ROOST_UNPLUG_GONE;
  if (domain->run == clean->run && clean->is_memory)
    roost_domain_read_memory (domain);
  if (domain->run == clean->run)
    {
      g_ptr_array_remove (domain->run->unplugs, clean->unplug);
      domain->run->n_cleaning--;
      roost_status_note (domain);
      co_gate_open (domain->run->unplugged);
    }
  roost_domain_config_free (clean->config);
  roost_unplug_unref (clean->unplug);
  g_object_unref (clean->domain);
  g_free (clean);
}

static void
clean_up (RoostDomain *domain, const RoostDomainConfig *config, const RoostDeviceRef *ref)
{
  const char *alias = ref->info->alias;
  RoostUnplug *unplug = roost_unplugs_find (domain->run->unplugs, alias);
  CleanUp *clean = g_new0 (CleanUp, 1);

  clean->domain = g_object_ref (domain);
  clean->run = domain->run;
  clean->config = roost_domain_config_copy (config);
  clean->unplug = unplug != NULL ? roost_unplug_ref (unplug) : roost_unplug_new (alias, "", FALSE);
  clean->is_memory = ref->kind == ROOST_DEVICE_MEMORY;
  domain->run->n_cleaning++;
  co_spawn ("clean-up", clean_up_body, clean);
}

void
roost_hotplug_finish_gone (RoostDomain *domain, RoostUnplug *unplug)
{
  g_autoptr (RoostDomainConfig) config =
      roost_domain_config_copy (roost_document_config (domain->run->document));
  g_auto (RoostDeviceRef) device = { 0 };
  RoostDeviceRef found;

  if (roost_device_parse (unplug->xml, &device, NULL) && roost_device_insert (config, &device, NULL)
      && roost_device_find_alias (config, unplug->alias, &found))
    clean_up (domain, config, &found);
  else
    g_ptr_array_remove (domain->run->unplugs, unplug);
}

/* A plug that is undone: nothing of it was shown yet. */
static void
gone_unseen (RoostDomain *domain, const char *alias)
{
  RoostUnplug *unplug = roost_unplugs_find (domain->run->unplugs, alias);

  if (unplug == NULL)
    return;
  unplug->state = ROOST_UNPLUG_GONE;
  co_gate_open (domain->run->unplugged);
}

void
roost_hotplug_gone (RoostDomain *domain, const char *alias)
{
  g_autoptr (RoostDomainConfig) config = NULL;
  RoostDeviceRef ref;

  if (domain->run->document == NULL || roost_hotplug_vcpu_gone (domain, alias))
    return;
  config = roost_domain_config_copy (roost_document_config (domain->run->document));
  if (!roost_device_find_alias (config, alias, &ref))
    {
      gone_unseen (domain, alias);
      return;
    }
  clean_up (domain, config, &ref);
  roost_device_remove (config, &ref);
  roost_domain_set_running (domain, config);
  roost_log (G_LOG_LEVEL_INFO, NULL, domain->uuid, domain->name, "the device '%s' is gone", alias);
}

void
roost_hotplug_refused (RoostDomain *domain, const char *alias)
{
  RoostUnplug *unplug = roost_unplugs_find (domain->run->unplugs, alias);

  if (unplug == NULL || unplug->state != ROOST_UNPLUG_PENDING)
    return;
  unplug->state = ROOST_UNPLUG_REFUSED;
  co_gate_open (domain->run->unplugged);
}

/* --- the stored configuration --- */

static gboolean
check_users (const RoostDomainConfig *config, const RoostDeviceRef *ref, GError **error)
{
  g_autofree char *label = roost_device_label (ref);
  g_autofree char *user = roost_device_user (config, ref);

  if (user == NULL)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_BUSY, "%s is used by %s; detach that first", label, user);
}

/* Finds there what @xml says of the device that runs. */
static gboolean
find_stored (const RoostAmend *amend, const char *xml, RoostDeviceRef *out, GError **error)
{
  g_auto (RoostDeviceRef) live = { 0 };

  return roost_device_parse (xml, &live, error)
         && roost_device_find_twin (amend->next, &live, out, error);
}

static gboolean
remove_stored (RoostAmend *amend, const char *xml, GError **error)
{
  RoostDeviceRef ref;

  if (!find_stored (amend, xml, &ref, error) || !check_users (amend->next, &ref, error))
    return FALSE;
  roost_device_remove (amend->next, &ref);
  return roost_amend_check_next (amend, error);
}

gboolean
roost_hotplug_forget_stored (RoostDomain *domain, const char *xml, GError **error)
{
  g_autoptr (RoostAmend) amend = NULL;

  if (!domain->is_persistent)
    return TRUE;
  amend = roost_amend_new (domain, ROOST_AMEND_CONFIG, error);
  return amend != NULL && remove_stored (amend, xml, error) && roost_amend_store (amend, error);
}

/* --- waiting --- */

static gboolean
say_how_it_ended (RoostDomain *domain, const RoostUnplug *unplug, GError **error)
{
  if (unplug->state == ROOST_UNPLUG_REFUSED)
    return roost_throw (error, ROOST_ERROR_BUSY, "the guest refuses to let the device '%s' go",
                        unplug->alias);
  if (unplug->error != NULL)
    {
      g_propagate_prefixed_error (error, g_error_copy (unplug->error),
                                  "the device '%s' is gone, but the stored configuration still "
                                  "has it: ",
                                  unplug->alias);
      return FALSE;
    }
  return TRUE;
}

static gboolean
throw_late (const RoostUnplug *unplug, const GError *why, GError **error)
{
  if (g_error_matches (why, ROOST_ERROR, ROOST_ERROR_TIMEOUT))
    return roost_throw (error, ROOST_ERROR_TIMEOUT,
                        "the guest has not let the device '%s' go in time; it may still do so, "
                        "which DeviceRemoved then says",
                        unplug->alias);
  g_propagate_error (error, g_error_copy (why));
  return FALSE;
}

/* QEMU tells of the end of a device only when nothing in it refers to it any more; its xHCI
 * controllers never get that far. So it is looked whether a device is still there; twice, for the
 * usual ones come to their end a moment after they left. */
#define LOOK_MS 2000

typedef struct
{
  RoostDomain *domain;
  RoostUnplug *unplug;
  gint64 deadline;
  guint n_missing;
} Await;

static void
leave (RoostDomain *domain, const char *alias)
{
  roost_hotplug_gone (domain, alias);
  roost_domain_emit (domain, "DeviceRemoved", g_variant_new ("(s)", alias));
}

static void
look (Await *await)
{
  RoostDomain *domain = await->domain;
  const RoostRun *run = domain->run;
  g_autoptr (GHashTable) there = roost_hotplug_list (domain);

  if (there == NULL || domain->run != run || await->unplug->state != ROOST_UNPLUG_PENDING)
    return;
  await->n_missing = g_hash_table_contains (there, await->unplug->alias) ? 0 : await->n_missing + 1;
  if (await->n_missing != 2) /* once: what follows takes a while */
    return;
  if (roost_hotplug_is_vcpu (await->unplug->alias))
    roost_hotplug_gone (domain, await->unplug->alias);
  else
    leave (domain, await->unplug->alias);
}

/* FALSE: the deadline is over, or it was cancelled. */
static gboolean
wait_a_while (Await *await, GCancellable *cancellable, GError **error)
{
  gint64 left_ms = (await->deadline - g_get_monotonic_time ()) / 1000;
  g_autoptr (GError) local = NULL;

  if (co_gate_wait (await->domain->run->unplugged, (guint)CLAMP (left_ms, 1, LOOK_MS), cancellable,
                    &local))
    return TRUE;
  if (left_ms <= LOOK_MS || !g_error_matches (local, ROOST_ERROR, ROOST_ERROR_TIMEOUT))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  look (await);
  return TRUE;
}

gboolean
roost_hotplug_await (RoostDomain *domain,
                     RoostUnplug *unplug,
                     guint timeout_ms,
                     GCancellable *cancellable,
                     GError **error)
{
  Await await = { domain, unplug, g_get_monotonic_time () + (gint64)timeout_ms * 1000, 0 };
  RoostRun *run = domain->run;
  g_autoptr (GError) why = NULL;

  while (unplug->state == ROOST_UNPLUG_PENDING && domain->run == run && why == NULL)
    wait_a_while (&await, cancellable, &why);
  if (unplug->state != ROOST_UNPLUG_PENDING)
    return say_how_it_ended (domain, unplug, error);
  if (domain->run != run)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has ended", domain->name);
  return throw_late (unplug, why, error);
}

typedef struct
{
  RoostDomain *domain;
  RoostJob *job;
  RoostUnplug *unplug;
  guint timeout_ms;
} Wait;

static void
wait_body (gpointer p)
{
  Wait *wait = p;
  RoostDomain *domain = wait->domain;
  RoostRun *run = domain->run;
  g_autoptr (GError) error = NULL;

  roost_job_run_here (wait->job);
  roost_hotplug_await (domain, wait->unplug, wait->timeout_ms, roost_job_cancellable (wait->job),
                       &error);
  if (run != NULL && domain->run == run && wait->unplug->state != ROOST_UNPLUG_GONE)
    {
      /* Should it go later, only what runs loses it: nobody asked for more at that time. */
      g_ptr_array_remove (run->unplugs, wait->unplug);
      roost_status_note (domain);
    }
  roost_domain_release (domain, wait->job, error);
  roost_unplug_unref (wait->unplug);
  g_object_unref (wait->job);
  g_object_unref (wait->domain);
  g_free (wait);
}

/* --- asking --- */

/* Finds the device that runs. Stored devices have no alias: it is found there by what it is. */
static RoostUnplug *
prepare (RoostAmend *amend, const char *device, GError **error)
{
  g_autofree char *xml = NULL;
  RoostDeviceRef ref;

  if (!roost_device_find (amend->running, device, &ref, error)
      || !check_users (amend->running, &ref, error) || !roost_plug_check (&ref, error))
    return NULL;
  xml = roost_device_format (&ref, ROOST_FORMAT_SECRETS | ROOST_FORMAT_LIVE);
  if (amend->next != NULL && !remove_stored (amend, xml, error))
    {
      g_prefix_error (error, "in the configuration of the next start: ");
      return NULL;
    }
  return roost_unplug_new (ref.info->alias, xml, amend->next != NULL);
}

static gboolean
ask_out (RoostAmend *amend, const char *alias, GError **error)
{
  g_autoptr (GError) local = NULL;
  RoostDeviceRef ref;

  if (roost_device_find_alias (amend->running, alias, &ref) && !roost_plug_has_device (&ref))
    {
      leave (amend->domain, alias);
      return TRUE;
    }
  if (roost_hotplug_ask_out (amend->domain, alias, &local))
    return TRUE;
  if (roost_device_find_alias (amend->running, alias, &ref))
    roost_hotplug_explain (&ref, local);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static RoostUnplug *
ask (RoostAmend *amend, const char *device, GError **error)
{
  RoostDomain *domain = amend->domain;
  g_autoptr (RoostUnplug) unplug = prepare (amend, device, error);

  if (unplug == NULL || !roost_amend_is_current (amend, error))
    return NULL;
  if (roost_unplugs_find (domain->run->unplugs, unplug->alias) != NULL)
    {
      roost_throw (error, ROOST_ERROR_BUSY, "the guest was asked already to let '%s' go",
                   unplug->alias);
      return NULL;
    }
  g_ptr_array_add (domain->run->unplugs, roost_unplug_ref (unplug));
  if (roost_status_write (domain, error) && ask_out (amend, unplug->alias, error))
    return g_steal_pointer (&unplug);
  if (roost_amend_is_current (amend, NULL) && unplug->state == ROOST_UNPLUG_PENDING)
    g_ptr_array_remove (domain->run->unplugs, unplug);
  return NULL;
}

/* An alias is that of a device which runs: what is stored has none. */
static char *
xml_of (RoostDomain *domain, const char *device)
{
  RoostDeviceRef ref;

  if (strchr (device, '<') != NULL || domain->run == NULL || domain->run->document == NULL
      || !roost_device_find_alias (roost_document_config (domain->run->document), device, &ref))
    return NULL;
  return roost_device_format (&ref, ROOST_FORMAT_SECRETS | ROOST_FORMAT_LIVE);
}

static gboolean
detach_stored (RoostAmend *amend, const char *device, GError **error)
{
  g_autofree char *xml = xml_of (amend->domain, device);
  RoostDeviceRef ref;

  if (xml != NULL ? !find_stored (amend, xml, &ref, error)
                  : !roost_device_find (amend->next, device, &ref, error))
    return FALSE;
  if (!check_users (amend->next, &ref, error))
    return FALSE;
  roost_device_remove (amend->next, &ref);
  return roost_amend_check_next (amend, error) && roost_amend_store (amend, error);
}

/* Returns: (nullable) (transfer full): what is to be waited for. */
static RoostUnplug *
begin (RoostDomain *domain, const char *device, const RoostDetachOptions *options, GError **error)
{
  g_autoptr (RoostAmend) amend = NULL;
  guint what = 0;

  if (!roost_amend_choose (domain, options->where.live, options->where.config, &what, error))
    return NULL;
  amend = roost_amend_new (domain, what, error);
  if (amend == NULL)
    return NULL;
  if (what & ROOST_AMEND_LIVE)
    return ask (amend, device, error);
  detach_stored (amend, device, error);
  return NULL;
}

static void
wait_in_job (RoostDomain *domain, RoostJob *job, RoostUnplug *unplug, guint timeout_ms)
{
  Wait *wait = g_new0 (Wait, 1);

  wait->domain = g_object_ref (domain);
  wait->job = g_object_ref (job);
  wait->unplug = unplug;
  wait->timeout_ms = timeout_ms != 0 ? timeout_ms : ROOST_DETACH_TIMEOUT_MS;
  roost_job_set_phase (job, "waiting for the guest", -1.0);
  co_spawn ("detach", wait_body, wait);
}

RoostJob *
roost_domain_detach_device (RoostDomain *domain,
                            const char *device,
                            const RoostDetachOptions *options,
                            const char *caller,
                            GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autoptr (GError) local = NULL;
  g_autoptr (RoostJob) job = NULL;
  RoostJob *taken = roost_domain_hold (held, "detach-device", caller, ROOST_JOB_CAN_CANCEL, error);
  RoostUnplug *unplug;

  if (taken == NULL)
    return NULL;
  job = g_object_ref (taken);
  unplug = begin (held, device, options, &local);
  if (unplug != NULL)
    {
      wait_in_job (held, job, unplug, options->timeout_ms);
      return g_steal_pointer (&job);
    }
  roost_domain_release (held, job, local);
  if (local == NULL)
    return g_steal_pointer (&job);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}
