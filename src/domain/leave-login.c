/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"
#include "domain/domain-private.h"
#include "domain/job-rules.h"
#include "domain/leave.h"
#include "domain/power-time.h"

/* Jobs that are over in a moment are none of logind's business. */
#define SHORT_MS 1000

/* --- inhibitors --- */

/* One that waits for its guest may wait for ever, and what runs inside a guest does not hurt the
 * host when it stops. */
static gboolean
is_worth_it (RoostJob *job)
{
  const RoostJobRule *rule = roost_job_rule_find (roost_job_operation (job));

  return roost_job_state (job) == ROOST_JOB_RUNNING
         && (rule == NULL || rule->kind != ROOST_KIND_WAIT)
         && !g_str_has_prefix (roost_job_operation (job), "guest-");
}

/* @out_is_soon: one may be worth it in a moment */
static gboolean
has_long_job (RoostManager *manager, gboolean *out_is_soon)
{
  g_autoptr (GPtrArray) jobs = roost_manager_jobs (manager);
  gint64 now_us = g_get_real_time ();
  gboolean is_long = FALSE;

  *out_is_soon = FALSE;
  for (guint i = 0; i < jobs->len; i++)
    if (is_worth_it (jobs->pdata[i]))
      {
        gint64 age_us = now_us - roost_job_started_us (jobs->pdata[i]);

        is_long |= age_us >= SHORT_MS * G_TIME_SPAN_MILLISECOND || age_us < 0;
        *out_is_soon |= !is_long;
      }
  return is_long;
}

static gboolean
has_guest (RoostManager *manager)
{
  GHashTableIter iter;
  gpointer domain;

  g_hash_table_iter_init (&iter, manager->by_uuid);
  while (g_hash_table_iter_next (&iter, NULL, &domain))
    if (((RoostDomain *)domain)->run != NULL)
      return TRUE;
  return FALSE;
}

static gboolean
on_review (gpointer p)
{
  RoostManager *manager = p;
  const RoostPowerConfig *config = &roost_manager_host (manager)->power;
  gboolean is_soon = FALSE;
  gboolean has_job = has_long_job (manager, &is_soon);

  manager->review_timer = 0;
  if (manager->login == NULL)
    return G_SOURCE_REMOVE;
  roost_login_inhibit (manager->login, ROOST_INHIBIT_JOBS, config->inhibit_jobs && has_job);
  roost_login_inhibit (manager->login, ROOST_INHIBIT_GUESTS,
                       config->inhibit_guests && !manager->has_released && has_guest (manager));
  if (is_soon)
    manager->review_timer = g_timeout_add (SHORT_MS, on_review, manager);
  return G_SOURCE_REMOVE;
}

void
roost_manager_review_inhibitors (RoostManager *manager)
{
  if (manager->login == NULL)
    return;
  g_clear_handle_id (&manager->review_timer, g_source_remove);
  manager->review_timer = g_idle_add (on_review, manager);
}

/* --- what logind tells --- */

/* Nothing is to be done before the host sleeps: let it. */
static void
on_sleep (RoostLogin *login, gboolean is_before, RoostManager *manager)
{
  g_autoptr (GPtrArray) domains = NULL;

  manager->has_released = is_before;
  roost_manager_review_inhibitors (manager);
  if (is_before || !roost_manager_host (manager)->after_sleep)
    return;
  domains = roost_manager_domains (manager);
  for (guint i = 0; i < domains->len; i++)
    roost_time_catch_up (domains->pdata[i]);
}

static void
on_left_host (gpointer p)
{
  g_autoptr (RoostManager) manager = p;

  manager->has_released = TRUE;
  roost_manager_review_inhibitors (manager);
}

static void
on_shutdown (RoostLogin *login, gboolean is_before, RoostManager *manager)
{
  if (is_before)
    {
      roost_info ("the host goes down");
      roost_manager_leave (manager, roost_manager_leave_for (manager, TRUE), on_left_host,
                           g_object_ref (manager));
      return;
    }
  manager->has_released = FALSE;
  roost_manager_review_inhibitors (manager);
}

/* The system's guests belong to nobody's session. */
static void
on_left (RoostLogin *login, RoostManager *manager)
{
  if (manager->places->is_privileged)
    return;
  roost_info ("the user has left");
  roost_manager_leave (manager, roost_manager_leave_for (manager, FALSE), NULL, NULL);
}

void
roost_manager_set_login (RoostManager *manager, RoostLogin *login)
{
  if (manager->login != NULL)
    g_signal_handlers_disconnect_by_data (manager->login, manager);
  g_clear_handle_id (&manager->review_timer, g_source_remove);
  g_set_object (&manager->login, login);
  if (login == NULL)
    return;
  g_signal_connect (login, "sleep", G_CALLBACK (on_sleep), manager);
  g_signal_connect (login, "shutdown", G_CALLBACK (on_shutdown), manager);
  g_signal_connect (login, "left", G_CALLBACK (on_left), manager);
  roost_manager_review_inhibitors (manager);
}
