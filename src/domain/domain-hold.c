/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/domain-private.h"

#include "base/co.h"
#include "base/error.h"

/* "held by 'start' since 2024-05-01T12:00:00Z, asked for by :1.42" */
static gboolean
throw_busy (RoostDomain *domain, GError **error)
{
  RoostJob *job = domain->job;
  const char *caller = roost_job_caller (job);
  g_autoptr (GDateTime) since =
      g_date_time_new_from_unix_utc (roost_job_started_us (job) / G_USEC_PER_SEC);
  g_autofree char *since_text = g_date_time_format_iso8601 (since);

  return roost_throw (error, ROOST_ERROR_BUSY,
                      "domain '%s' is held by job %u ('%s') since %s, asked for by %s",
                      domain->name, roost_job_number (job), roost_job_operation (job), since_text,
                      *caller != '\0' ? caller : "the daemon itself");
}

RoostJob *
roost_domain_hold (
    RoostDomain *domain, const char *operation, const char *caller, guint flags, GError **error)
{
  if (domain->manager == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_FOUND, "domain '%s' was removed", domain->name);
      return NULL;
    }
  if (domain->job != NULL)
    {
      throw_busy (domain, error);
      return NULL;
    }
  if (domain->is_doomed && !g_str_equal (operation, "destroy"))
    {
      roost_throw (error, ROOST_ERROR_BUSY, "domain '%s' is being destroyed", domain->name);
      return NULL;
    }
  domain->job = g_object_ref (
      roost_manager_new_job (domain->manager, operation, domain->uuid, caller, flags));
  roost_domain_changed (domain, ROOST_CHANGE_JOB);
  return domain->job;
}

void
roost_domain_release (RoostDomain *domain, RoostJob *job, const GError *error)
{
  g_autoptr (RoostJob) held = NULL;

  g_return_if_fail (domain->job == job);
  held = g_steal_pointer (&domain->job);
  roost_job_end (held, error);
  roost_domain_changed (domain, ROOST_CHANGE_JOB);
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
