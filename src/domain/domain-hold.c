/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/domain-private.h"

#include "base/co.h"
#include "base/error.h"
#include "domain/job-rules.h"

/* "held by job 4 ('start') since 2024-05-01T12:00:00Z, asked for by :1.42" */
static gboolean
throw_busy (RoostDomain *domain, RoostJob *job, GError **error)
{
  const char *caller = roost_job_caller (job);
  g_autoptr (GDateTime) since =
      g_date_time_new_from_unix_utc (roost_job_started_us (job) / G_USEC_PER_SEC);
  g_autofree char *since_text = g_date_time_format_iso8601 (since);

  return roost_throw (error, ROOST_ERROR_BUSY,
                      "domain '%s' is held by job %u ('%s') since %s, asked for by %s",
                      domain->name, roost_job_number (job), roost_job_operation (job), since_text,
                      *caller != '\0' ? caller : "the daemon itself");
}

/* END has to wait until all others are gone: roost_domain_destroy () sees to that. */
static gboolean
check_beside (RoostDomain *domain, const char *operation, GError **error)
{
  const RoostJobRule *rule = roost_job_rule_find (operation);

  if (rule == NULL)
    g_critical ("the operation '%s' has no row in job-rules.c", operation);
  for (guint i = 0; i < domain->jobs->len; i++)
    {
      RoostJob *job = domain->jobs->pdata[i];
      const char *running = roost_job_operation (job);

      if (!roost_job_rule_allows (running, operation) || rule->kind == ROOST_KIND_END)
        return throw_busy (domain, job, error);
    }
  return TRUE;
}

/* The job that has run longest is the one to show: what came beside it is short. */
static void
jobs_changed (RoostDomain *domain)
{
  domain->job = domain->jobs->len > 0 ? domain->jobs->pdata[0] : NULL;
  roost_domain_changed (domain, ROOST_CHANGE_JOB);
}

static void
add_job (RoostDomain *domain, RoostJob *job)
{
  roost_job_run_here (job);
  g_ptr_array_add (domain->jobs, g_object_ref (job));
  jobs_changed (domain);
}

RoostJob *
roost_domain_hold (
    RoostDomain *domain, const char *operation, const char *caller, guint flags, GError **error)
{
  RoostJob *job;

  if (domain->manager == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_FOUND, "domain '%s' was removed", domain->name);
      return NULL;
    }
  if (!check_beside (domain, operation, error))
    return NULL;
  if (domain->is_doomed && !g_str_equal (operation, "destroy"))
    {
      roost_throw (error, ROOST_ERROR_BUSY, "domain '%s' is being destroyed", domain->name);
      return NULL;
    }
  job = roost_manager_new_job (domain->manager, operation, domain->uuid, caller, flags);
  add_job (domain, job);
  return job;
}

RoostJob *
roost_domain_hold_again (RoostDomain *domain,
                         const char *operation,
                         const char *caller,
                         guint number)
{
  const RoostJobSubject subject = { .domain_uuid = domain->uuid };
  RoostJob *job =
      roost_jobs_add_again (domain->manager->jobs, number, operation, &subject, caller, 0);

  add_job (domain, job);
  return job;
}

void
roost_domain_release (RoostDomain *domain, RoostJob *job, const GError *error)
{
  g_autoptr (RoostJob) held = g_object_ref (job);

  g_return_if_fail (g_ptr_array_remove (domain->jobs, job));
  domain->job = domain->jobs->len > 0 ? domain->jobs->pdata[0] : NULL;
  roost_job_end (held, error);
  jobs_changed (domain);
}

RoostJob *
roost_domain_own_job (RoostDomain *domain)
{
  for (guint i = 0; i < domain->jobs->len; i++)
    if (roost_job_runs_here (domain->jobs->pdata[i]))
      return domain->jobs->pdata[i];
  return NULL;
}

gboolean
roost_domain_operate (RoostDomain *domain,
                      const char *operation,
                      const char *caller,
                      RoostBody body,
                      gpointer data,
                      GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autoptr (GError) local = NULL;
  RoostJob *job = roost_domain_hold (held, operation, caller, 0, error);

  if (job == NULL)
    return FALSE;
  body (held, data, &local);
  roost_domain_release (held, job, local);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
roost_domain_operate_active (RoostDomain *domain,
                             const char *operation,
                             const char *caller,
                             RoostBody body,
                             gpointer data,
                             GError **error)
{
  if (domain->run == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' is not running", domain->name);
  return roost_domain_operate (domain, operation, caller, body, data, error);
}
