/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/domain.h"

#include "base/co.h"
#include "base/error.h"
#include "domain/device.h"
#include "domain/domain-private.h"

G_DEFINE_FINAL_TYPE (RoostDomain, roost_domain, G_TYPE_OBJECT)

enum
{
  CHANGED,
  STATE_CHANGED,
  EVENT,
  DEVICE_ADDED,
  DEVICE_REMOVED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static const char *const state_names[ROOST_DOMAIN_N_STATES] = {
  [ROOST_DOMAIN_SHUT_OFF] = "shut-off",
  [ROOST_DOMAIN_STARTING] = "starting",
  [ROOST_DOMAIN_RUNNING] = "running",
  [ROOST_DOMAIN_PAUSED] = "paused",
  [ROOST_DOMAIN_SHUTTING_DOWN] = "shutting-down",
  [ROOST_DOMAIN_PM_SUSPENDED] = "pm-suspended",
  [ROOST_DOMAIN_CRASHED] = "crashed",
};

const char *
roost_domain_state_name (RoostDomainState state)
{
  g_return_val_if_fail ((guint)state < ROOST_DOMAIN_N_STATES, "");
  return state_names[state];
}

static void
roost_domain_finalize (GObject *object)
{
  RoostDomain *domain = ROOST_DOMAIN (object);

  g_clear_pointer (&domain->run, roost_run_free);
  g_clear_pointer (&domain->next, roost_document_unref);
  g_ptr_array_unref (domain->jobs);
  g_hash_table_unref (domain->devices);
  g_clear_pointer (&domain->shown_document, roost_document_unref);
  co_gate_free (domain->ended);
  g_free (domain->taints);
  g_free (domain->uuid);
  g_free (domain->name);
  G_OBJECT_CLASS (roost_domain_parent_class)->finalize (object);
}

static void
roost_domain_class_init (RoostDomainClass *class)
{
  G_OBJECT_CLASS (class)->finalize = roost_domain_finalize;
  signals[CHANGED] = g_signal_new ("changed", ROOST_TYPE_DOMAIN, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[STATE_CHANGED] =
      g_signal_new ("state-changed", ROOST_TYPE_DOMAIN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_STRING);
  signals[EVENT] = g_signal_new ("event", ROOST_TYPE_DOMAIN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_VARIANT);
  signals[DEVICE_ADDED] = g_signal_new ("device-added", ROOST_TYPE_DOMAIN, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, ROOST_TYPE_DEVICE);
  signals[DEVICE_REMOVED] = g_signal_new ("device-removed", ROOST_TYPE_DOMAIN, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 1, ROOST_TYPE_DEVICE);
}

static void
roost_domain_init (RoostDomain *domain)
{
  domain->reason = "unknown";
  domain->since_us = g_get_real_time ();
  domain->is_responsive = TRUE;
  domain->hang = "";
  domain->taints = g_new0 (const char *, 1);
  domain->ended = co_gate_new ();
  domain->devices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  domain->jobs = g_ptr_array_new_with_free_func (g_object_unref);
}

RoostDomain *
roost_domain_new (RoostManager *manager, const char *uuid, const char *name, RoostDocument *next)
{
  RoostDomain *domain = g_object_new (ROOST_TYPE_DOMAIN, NULL);

  domain->manager = manager;
  domain->uuid = g_strdup (uuid);
  domain->name = g_strdup (name);
  domain->next = next != NULL ? roost_document_ref (next) : NULL;
  return domain;
}

void
roost_domain_forget (RoostDomain *domain)
{
  domain->manager = NULL;
}

/* --- signals --- */

void
roost_domain_tell_device (RoostDomain *domain, RoostDevice *device, gboolean is_added)
{
  g_signal_emit (domain, signals[is_added ? DEVICE_ADDED : DEVICE_REMOVED], 0, device);
}

void
roost_domain_changed (RoostDomain *domain, RoostDomainChange what)
{
  if (what & (ROOST_CHANGE_CONFIG | ROOST_CHANGE_STATE))
    roost_domain_sync_devices (domain);
  g_signal_emit (domain, signals[CHANGED], 0, what);
}

void
roost_domain_set_state (RoostDomain *domain, RoostDomainState state, const char *reason)
{
  reason = g_intern_string (reason);
  if (domain->state == state && domain->reason == reason)
    return;
  domain->state = state;
  domain->reason = reason;
  domain->since_us = g_get_real_time ();
  roost_domain_changed (domain, ROOST_CHANGE_STATE);
  g_signal_emit (domain, signals[STATE_CHANGED], 0, state, reason);
  if (domain->manager != NULL)
    roost_manager_review_inhibitors (domain->manager);
}

void
roost_domain_emit (RoostDomain *domain, const char *name, GVariant *args)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (args);

  g_signal_emit (domain, signals[EVENT], 0, name, held);
}

void
roost_domain_set_responsive (RoostDomain *domain, gboolean is_responsive)
{
  if (domain->is_responsive == is_responsive)
    return;
  domain->is_responsive = is_responsive;
  domain->hang = is_responsive ? "" : "unknown";
  roost_domain_changed (domain, ROOST_CHANGE_RESPONSIVE);
}

void
roost_domain_set_hang (RoostDomain *domain, const char *how)
{
  how = g_intern_string (how);
  if (!domain->is_responsive && domain->hang == how)
    return;
  domain->is_responsive = FALSE;
  domain->hang = how;
  roost_domain_changed (domain, ROOST_CHANGE_RESPONSIVE);
}

void
roost_domain_set_next (RoostDomain *domain, RoostDocument *next)
{
  g_autoptr (RoostDocument) old = domain->next;

  domain->next = next != NULL ? roost_document_ref (next) : NULL;
  roost_domain_changed (domain, ROOST_CHANGE_CONFIG);
}

void
roost_domain_set_flags (RoostDomain *domain, gboolean is_persistent, gboolean is_autostart)
{
  if (domain->is_persistent == is_persistent && domain->autostart.is_on == is_autostart)
    return;
  domain->is_persistent = is_persistent;
  domain->autostart.is_on = is_autostart;
  roost_domain_changed (domain, ROOST_CHANGE_FLAGS);
}

/* --- facts --- */

const char *
roost_domain_uuid (RoostDomain *domain)
{
  return domain->uuid;
}

const char *
roost_domain_name (RoostDomain *domain)
{
  return domain->name;
}

RoostDomainState
roost_domain_state (RoostDomain *domain)
{
  return domain->state;
}

const char *
roost_domain_reason (RoostDomain *domain)
{
  return domain->reason;
}

gint64
roost_domain_since_us (RoostDomain *domain)
{
  return domain->since_us;
}

guint
roost_domain_id (RoostDomain *domain)
{
  return domain->run != NULL ? domain->run->id : 0;
}

pid_t
roost_domain_pid (RoostDomain *domain)
{
  return domain->run != NULL && domain->run->process != NULL
             ? roost_process_pid (domain->run->process)
             : 0;
}

gboolean
roost_domain_is_active (RoostDomain *domain)
{
  return domain->run != NULL;
}

gboolean
roost_domain_is_persistent (RoostDomain *domain)
{
  return domain->is_persistent;
}

gboolean
roost_domain_is_autostart (RoostDomain *domain)
{
  return domain->autostart.is_on;
}

gboolean
roost_domain_is_responsive (RoostDomain *domain)
{
  return domain->is_responsive;
}

const char *
roost_domain_hang (RoostDomain *domain)
{
  return domain->hang;
}

GStrv
roost_domain_open_trays (RoostDomain *domain)
{
  return roost_seen_names (domain->run != NULL ? domain->run->seen->trays : NULL);
}

GStrv
roost_domain_open_channels (RoostDomain *domain)
{
  return roost_seen_names (domain->run != NULL ? domain->run->seen->channels : NULL);
}

GStrv
roost_domain_guest_macs (RoostDomain *domain)
{
  return roost_seen_pairs (domain->run != NULL ? domain->run->seen->macs : NULL);
}

gboolean
roost_domain_is_agent_connected (RoostDomain *domain)
{
  return domain->is_agent_connected;
}

static RoostDocument *
current_document (RoostDomain *domain)
{
  return domain->run != NULL && domain->run->document != NULL ? domain->run->document
                                                              : domain->next;
}

const RoostDomainSummary *
roost_domain_summary (RoostDomain *domain)
{
  return roost_document_summary (current_document (domain));
}

guint64
roost_domain_memory (RoostDomain *domain)
{
  const RoostDomainSummary *summary = roost_domain_summary (domain);

  return domain->memory > 0 ? domain->memory + summary->memory_resized : summary->memory;
}

const RoostDomainConfig *
roost_domain_config (RoostDomain *domain)
{
  return roost_document_config (current_document (domain));
}

const RoostDomainConfig *
roost_domain_next_config (RoostDomain *domain)
{
  return domain->is_persistent ? roost_document_config (domain->next) : NULL;
}

RoostJob *
roost_domain_job (RoostDomain *domain)
{
  return domain->job;
}

const GPtrArray *
roost_domain_jobs (RoostDomain *domain)
{
  return domain->jobs;
}

const RoostDomainConfig *
roost_domain_shown_config (RoostDomain *domain, gboolean inactive, GError **error)
{
  if (!inactive || domain->is_persistent)
    return inactive ? roost_domain_next_config (domain) : roost_domain_config (domain);
  roost_throw (error, ROOST_ERROR_NOT_FOUND,
               "domain '%s' is transient: there is no configuration for a next start",
               domain->name);
  return NULL;
}

char *
roost_domain_get_xml (RoostDomain *domain, gboolean inactive, gboolean secrets, GError **error)
{
  gboolean is_live = !inactive && domain->run != NULL;
  guint flags = (secrets ? ROOST_FORMAT_SECRETS : 0) | (is_live ? ROOST_FORMAT_LIVE : 0);
  const RoostDomainConfig *config = roost_domain_shown_config (domain, inactive, error);

  return config != NULL ? roost_domain_config_format (config, flags) : NULL;
}
