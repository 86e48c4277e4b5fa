/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "base/log.h"
#include "domain/amend.h"
#include "domain/status.h"
#include "domain/tune-private.h"
#include "domain/view-devices.h"

/* --- one application --- */

static void
tuning_clear (RoostTuning *tuning)
{
  g_object_unref (tuning->domain);
  g_clear_pointer (&tuning->missing, g_hash_table_unref);
  g_clear_pointer (&tuning->cgroup, roost_cgroup_free);
  g_clear_error (&tuning->no_cgroup);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RoostTuning, tuning_clear)

gboolean
roost_tuning_is_current (const RoostTuning *tuning, GError **error)
{
  if (tuning->domain->run == tuning->run && tuning->domain->manager != NULL)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has ended meanwhile",
                      tuning->domain->name);
}

const RoostCgroup *
roost_tuning_cgroup (RoostTuning *tuning, GError **error)
{
  if (tuning->cgroup == NULL && tuning->no_cgroup == NULL)
    tuning->cgroup = roost_cgroup_find (NULL, NULL, roost_process_pid (tuning->run->process),
                                        &tuning->no_cgroup);
  if (tuning->cgroup == NULL && error != NULL)
    *error = g_error_copy (tuning->no_cgroup);
  return tuning->cgroup;
}

gboolean
roost_tuning_excuse (RoostTuning *tuning, const char *name, GError **error)
{
  if (tuning->missing == NULL || !g_error_matches (*error, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED))
    return FALSE;
  roost_log (G_LOG_LEVEL_WARNING, NULL, tuning->domain->uuid, tuning->domain->name,
             "%s is not applied: %s", name, (*error)->message);
  g_hash_table_replace (tuning->missing, g_strdup (name), g_strdup ((*error)->message));
  g_clear_error (error);
  return TRUE;
}

static gboolean
apply (RoostTuning *tuning, GError **error)
{
  return roost_tune_move_memory (tuning, error) && roost_tune_threads (tuning, error)
         && roost_tune_caches (tuning, error) && roost_tune_scope (tuning, error)
         && roost_tune_disks (tuning, error);
}

static GHashTable *
missing_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

/* --- a change --- */

static gboolean
change (RoostDomainConfig *config, gboolean is_running, gpointer data, GError **error)
{
  return roost_tune_edit (config, data, error);
}

/* From here on a daemon that is killed leaves it open what is in force: the next one sets all. */
static gboolean
begin (RoostDomain *domain, gboolean is_tuning, GError **error)
{
  domain->run->is_tuning = is_tuning;
  return roost_status_write (domain, error);
}

static gboolean
apply_between (RoostDomain *domain,
               const RoostDomainConfig *from,
               const RoostDomainConfig *to,
               GError **error)
{
  g_auto (RoostTuning)
      tuning = { .domain = g_object_ref (domain), .run = domain->run, .from = from, .to = to };

  return apply (&tuning, error);
}

static void
go_back (RoostAmend *amend)
{
  RoostDomain *domain = amend->domain;
  g_autoptr (GError) error = NULL;

  if (!roost_amend_is_current (amend, NULL))
    return;
  if (!apply_between (domain, amend->running, amend->was, &error))
    roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
               "a change of its tuning could not be taken back: %s", error->message);
  if (roost_amend_is_current (amend, NULL))
    begin (domain, FALSE, NULL);
}

static gboolean
apply_amend (RoostAmend *amend, gpointer data, GError **error)
{
  if (!roost_tune_check_nodes (amend->was, amend->running, error)
      || !begin (amend->domain, TRUE, error))
    return FALSE;
  if (!apply_between (amend->domain, amend->was, amend->running, error))
    {
      go_back (amend);
      return FALSE;
    }
  if (roost_amend_is_current (amend, NULL))
    amend->domain->run->is_tuning = FALSE; /* written with the new configuration */
  return TRUE;
}

static void
revert_amend (RoostAmend *amend, gpointer data)
{
  go_back (amend);
}

gboolean
roost_domain_tune (RoostDomain *domain, const RoostTuneRequest *request, GError **error)
{
  static const RoostAmendFuncs funcs = { change, apply_amend, revert_amend };
  const RoostAmendRequest amend = { .operation = "tune",
                                    .caller = request->caller,
                                    .live = request->where.live,
                                    .config = request->where.config };

  return roost_domain_amend (domain, &amend, &funcs, (gpointer)request, error);
}

/* --- at a start, and after a crash of the daemon --- */

static void
set_missing (RoostDomain *domain, GHashTable *missing)
{
  g_clear_pointer (&domain->run->not_applied, g_hash_table_unref);
  domain->run->not_applied = g_hash_table_ref (missing);
  roost_domain_changed (domain, ROOST_CHANGE_CONFIG);
}

static gboolean
apply_all (RoostDomain *domain, const RoostDomainConfig *config, gboolean is_all, GError **error)
{
  g_auto (RoostTuning) tuning = { .domain = g_object_ref (domain),
                                  .run = domain->run,
                                  .to = config,
                                  .is_all = is_all,
                                  .missing = missing_new () };

  if (!apply (&tuning, error) || !roost_tuning_is_current (&tuning, error))
    return FALSE;
  set_missing (domain, tuning.missing);
  return TRUE;
}

gboolean
roost_tune_start (RoostDomain *domain, const RoostDomainConfig *config, GError **error)
{
  return roost_tune_check_nodes (NULL, config, error) && apply_all (domain, config, FALSE, error);
}

static gboolean
resume_held (RoostDomain *domain, gpointer data, GError **error)
{
  g_autoptr (RoostDomainConfig) config = roost_domain_config_copy (roost_domain_config (domain));
  RoostRun *run = domain->run;

  if (!apply_all (domain, config, TRUE, error))
    return FALSE;
  return domain->run != run || begin (domain, FALSE, error);
}

static void
resume_body (gpointer p)
{
  g_autoptr (RoostDomain) domain = p;
  g_autoptr (GError) error = NULL;

  if (domain->run != NULL
      && !roost_domain_operate_active (domain, "tune", "", resume_held, NULL, &error))
    roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
               "its tuning could not be set again: %s", error->message);
}

void
roost_tune_resume (RoostDomain *domain)
{
  co_spawn ("tune", resume_body, g_object_ref (domain));
}

static gboolean
tune_threads (RoostDomain *domain, GError **error)
{
  g_autoptr (RoostDomainConfig) config = roost_domain_config_copy (roost_domain_config (domain));
  g_auto (RoostTuning) tuning = {
    .domain = g_object_ref (domain), .run = domain->run, .to = config, .missing = missing_new ()
  };

  return roost_tune_threads (&tuning, error);
}

gboolean
roost_tune_new_threads (RoostDomain *domain, GError **error)
{
  if (domain->run == NULL)
    return TRUE;
  return tune_threads (domain, error);
}

/* A share of a bridge, which is the network's to give out; there are no networks of ours. */
static void
add_floors (RoostDomain *domain, GVariantBuilder *builder)
{
  g_autoptr (GPtrArray) nics = roost_view_nics (roost_domain_config (domain));

  for (guint i = 0; i < nics->len; i++)
    {
      const RoostNicView *nic = nics->pdata[i];
      g_autofree char *name = g_strdup_printf ("interface/%s/bandwidth/inbound/floor", nic->alias);

      if (nic->floor > 0)
        g_variant_builder_add (builder, "{ss}", name,
                               "a rate cannot be guaranteed, only limited: give the other "
                               "interfaces of the bridge limits (average) that leave as much");
    }
}

GVariant *
roost_domain_tune_missing (RoostDomain *domain)
{
  GHashTable *missing = domain->run != NULL ? domain->run->not_applied : NULL;
  GVariantBuilder builder;
  GHashTableIter iter;
  gpointer name, reason;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  if (missing != NULL)
    {
      g_hash_table_iter_init (&iter, missing);
      while (g_hash_table_iter_next (&iter, &name, &reason))
        g_variant_builder_add (&builder, "{ss}", name, reason);
    }
  if (domain->run != NULL && domain->run->document != NULL)
    add_floors (domain, &builder);
  return g_variant_builder_end (&builder);
}
