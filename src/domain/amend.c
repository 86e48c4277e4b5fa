/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/amend.h"

#include "base/error.h"
#include "domain/domain-private.h"
#include "domain/status.h"
#include "domain/store.h"
#include "domain/view.h"
#include "model/address.h"
#include "model/device-edit.h"

/* --- which of both --- */

gboolean
roost_amend_choose (
    RoostDomain *domain, gboolean live, gboolean config, guint *out_what, GError **error)
{
  guint what = 0;

  if (live && domain->run == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING,
                        "domain '%s' is not running; leave out the option 'live' to change what "
                        "its next start uses",
                        domain->name);
  if (config && !domain->is_persistent)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "domain '%s' is transient: there is no stored configuration to change",
                        domain->name);
  if (live || (!config && domain->run != NULL))
    what |= ROOST_AMEND_LIVE;
  if (config || (!live && domain->is_persistent))
    what |= ROOST_AMEND_CONFIG;
  if (what == 0)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has ended", domain->name);
  *out_what = what;
  return TRUE;
}

/* --- one change --- */

static gboolean
throw_ended (RoostDomain *domain, GError **error)
{
  return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has ended meanwhile",
                      domain->name);
}

RoostAmend *
roost_amend_new (RoostDomain *domain, guint what, GError **error)
{
  g_autoptr (RoostAmend) amend = g_new0 (RoostAmend, 1);
  RoostRun *run = domain->run;

  amend->domain = g_object_ref (domain);
  amend->what = what;
  if (what & ROOST_AMEND_LIVE)
    {
      if (run == NULL || run->is_starting || run->document == NULL)
        {
          roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' does not run yet",
                       domain->name);
          return NULL;
        }
      amend->run = run;
      amend->was = roost_domain_config_copy (roost_document_config (run->document));
      amend->running = roost_domain_config_copy (amend->was);
    }
  if (what & ROOST_AMEND_CONFIG)
    amend->next = roost_domain_config_copy (roost_document_config (domain->next));
  return g_steal_pointer (&amend);
}

void
roost_amend_free (RoostAmend *amend)
{
  g_clear_object (&amend->domain);
  g_clear_pointer (&amend->was, roost_domain_config_free);
  g_clear_pointer (&amend->running, roost_domain_config_free);
  g_clear_pointer (&amend->next, roost_domain_config_free);
  g_clear_pointer (&amend->facts, roost_facts_unref);
  g_free (amend);
}

gboolean
roost_amend_is_current (const RoostAmend *amend, GError **error)
{
  if (amend->domain->manager == NULL)
    return throw_ended (amend->domain, error);
  if (amend->what & ROOST_AMEND_LIVE && amend->domain->run != amend->run)
    return throw_ended (amend->domain, error);
  return TRUE;
}

static gboolean
complete (RoostAmend *amend, RoostDomainConfig *config, GError **error)
{
  g_clear_pointer (&amend->facts, roost_facts_unref);
  return roost_manager_complete (amend->domain->manager, config, NULL, &amend->facts, error)
         && roost_amend_is_current (amend, error);
}

gboolean
roost_amend_check_next (RoostAmend *amend, GError **error)
{
  if (!roost_amend_is_current (amend, error))
    return FALSE;
  if (amend->next == NULL || complete (amend, amend->next, error))
    return TRUE;
  if (amend->what & ROOST_AMEND_LIVE)
    g_prefix_error (error, "in the configuration of the next start: ");
  return FALSE;
}

gboolean
roost_amend_check_running (RoostAmend *amend, GError **error)
{
  if (!roost_amend_is_current (amend, error))
    return FALSE;
  if (amend->running == NULL)
    return TRUE;
  if (!complete (amend, amend->running, error))
    return FALSE;
  roost_view_keep_ports (amend->was, amend->running);
  return roost_aliases_assign (amend->running, amend->facts, error);
}

gboolean
roost_amend_check (RoostAmend *amend, GError **error)
{
  return roost_amend_check_next (amend, error) && roost_amend_check_running (amend, error);
}

gboolean
roost_amend_store (RoostAmend *amend, GError **error)
{
  RoostDomain *domain = amend->domain;
  g_autoptr (RoostDocument) document = NULL;

  if (amend->next == NULL)
    return TRUE;
  if (domain->manager == NULL)
    return throw_ended (domain, error);
  document = roost_document_new (amend->next);
  if (!roost_store_write (domain->manager->places, domain->uuid, roost_document_text (document),
                          error))
    return FALSE;
  roost_domain_set_next (domain, document);
  return TRUE;
}

void
roost_amend_publish (RoostAmend *amend)
{
  if (amend->running == NULL || !roost_amend_is_current (amend, NULL))
    return;
  roost_devices_drop_gone (amend->running, amend->was,
                           roost_document_config (amend->domain->run->document));
  roost_domain_set_running (amend->domain, amend->running);
}

void
roost_domain_set_running (RoostDomain *domain, const RoostDomainConfig *config)
{
  RoostRun *run = domain->run;

  g_clear_pointer (&run->document, roost_document_unref);
  run->document = roost_document_new (config);
  roost_domain_find_taints (domain);
  roost_status_note (domain);
  roost_domain_changed (domain, ROOST_CHANGE_CONFIG | ROOST_CHANGE_TAINTS);
}

/* --- the usual way --- */

typedef struct
{
  const RoostAmendRequest *request;
  const RoostAmendFuncs *funcs;
  gpointer data;
} Call;

static gboolean
change_both (RoostAmend *amend, const Call *call, GError **error)
{
  return (amend->running == NULL || call->funcs->change (amend->running, TRUE, call->data, error))
         && (amend->next == NULL || call->funcs->change (amend->next, FALSE, call->data, error));
}

static gboolean
apply (RoostAmend *amend, const Call *call, GError **error)
{
  if (!(amend->what & ROOST_AMEND_LIVE) || call->funcs->apply == NULL)
    return TRUE;
  return call->funcs->apply (amend, call->data, error);
}

static gboolean
amend_held (RoostDomain *domain, gpointer data, GError **error)
{
  const Call *call = data;
  g_autoptr (RoostAmend) amend = NULL;
  guint what = 0;

  if (!roost_amend_choose (domain, call->request->live, call->request->config, &what, error))
    return FALSE;
  amend = roost_amend_new (domain, what, error);
  if (amend == NULL || !change_both (amend, call, error) || !roost_amend_check (amend, error)
      || !apply (amend, call, error))
    return FALSE;
  if (!roost_amend_store (amend, error))
    {
      if (amend->running != NULL && call->funcs->revert != NULL
          && roost_amend_is_current (amend, NULL))
        call->funcs->revert (amend, call->data);
      return FALSE;
    }
  roost_amend_publish (amend);
  return TRUE;
}

gboolean
roost_domain_amend (RoostDomain *domain,
                    const RoostAmendRequest *request,
                    const RoostAmendFuncs *funcs,
                    gpointer data,
                    GError **error)
{
  Call call = { request, funcs, data };

  return roost_domain_operate (domain, request->operation, request->caller, amend_held, &call,
                               error);
}
