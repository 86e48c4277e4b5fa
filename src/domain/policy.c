/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/policy.h"

#include "base/co.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/domain-private.h"
#include "domain/dump.h"
#include "domain/status.h"
#include "domain/view.h"

/* How long QEMU may take to write what it has in memory. */
#define GRACE_MS 10000

/* --- in a coroutine: start the guest again within its process --- */

/* What is waited for belongs to this run: another one may have begun meanwhile. */
typedef struct
{
  RoostDomain *domain;
  const RoostRun *run;
  gboolean has_dump;
  RoostAction then;
  const char *reason; /* of the end, where it is one; static */
} Follow;

static void
follow_free (Follow *follow)
{
  g_object_unref (follow->domain);
  g_free (follow);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Follow, follow_free)

/* A daemon that is killed between the two leaves a note, so that the next one goes on. */
static gboolean
restart (Follow *follow, GError **error)
{
  RoostDomain *domain = follow->domain;
  g_autoptr (JsonNode) cont = NULL;

  domain->run->is_restarting = TRUE;
  domain->run->is_rebooting = FALSE;
  domain->run->was_asked = FALSE;
  roost_status_note (domain);
  if (!roost_domain_press_reset (domain, error))
    return FALSE;
  if (domain->run != follow->run)
    return TRUE;
  cont = roost_domain_qmp (domain, "cont", NULL, NULL, error);
  if (domain->run != follow->run)
    return TRUE;
  domain->run->is_restarting = FALSE;
  if (cont != NULL)
    roost_domain_set_state (domain, ROOST_DOMAIN_RUNNING, "booted");
  roost_status_note (domain);
  return cont != NULL;
}

static char *
dump_path (RoostDomain *domain, GError **error)
{
  const char *chosen = roost_manager_host (domain->manager)->dump_dir;
  g_autofree char *folder =
      chosen != NULL ? g_strdup (chosen)
                     : g_build_filename (domain->manager->places->state_dir, "dump", NULL);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *when = g_date_time_format (now, "%Y%m%dT%H%M%S");
  g_autofree char *file =
      g_strdup_printf ("%s-%s.%06dZ.core", domain->name, when, g_date_time_get_microsecond (now));

  if (!g_file_test (folder, G_FILE_TEST_IS_DIR) && !roost_dir_make (folder, 0700, error))
    return NULL;
  return g_build_filename (folder, g_strdelimit (file, "/", '_'), NULL);
}

/* One that an earlier daemon began is as good. */
static gboolean
wait_for_other (Follow *follow, gboolean *out_is_done, GError **error)
{
  RoostJob *running = roost_domain_job (follow->domain);
  g_autoptr (RoostJob) job = NULL;

  *out_is_done = running != NULL && g_str_equal (roost_job_operation (running), "dump");
  if (!*out_is_done)
    return TRUE;
  job = g_object_ref (running);
  return roost_job_wait (job, 0, follow->domain->manager->closing, error);
}

static gboolean
dump (Follow *follow, GError **error)
{
  static const RoostDumpOptions options = { 0 };
  RoostDomain *domain = follow->domain;
  g_autofree char *path = NULL;
  gboolean is_done = FALSE;

  if (!wait_for_other (follow, &is_done, error))
    return FALSE;
  if (is_done)
    return TRUE;
  path = dump_path (domain, error);
  if (path == NULL || !roost_domain_dump (domain, path, &options, "", error))
    return FALSE;
  roost_log (G_LOG_LEVEL_MESSAGE, NULL, domain->uuid, domain->name,
             "the memory of the guest is in %s", path);
  return TRUE;
}

static void
warn (RoostDomain *domain, const char *what, const GError *error)
{
  roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name, "%s: %s", what,
             error != NULL ? error->message : "QEMU is gone");
}

static gboolean
is_over (const Follow *follow)
{
  const RoostDomain *domain = follow->domain;

  return domain->run != follow->run || domain->manager == NULL
         || g_cancellable_is_cancelled (domain->manager->closing);
}

/* It goes on where it stood. */
static gboolean
go_on (Follow *follow, GError **error)
{
  g_autoptr (JsonNode) cont = roost_domain_qmp (follow->domain, "cont", NULL, NULL, error);

  return cont != NULL;
}

static void
do_then (Follow *follow)
{
  g_autoptr (GError) error = NULL;
  RoostDomain *domain = follow->domain;

  if (follow->then == ROOST_ACTION_DESTROY)
    roost_domain_end (domain, follow->reason, GRACE_MS);
  else if (follow->then == ROOST_ACTION_PRESERVE ? !go_on (follow, &error)
                                                 : !restart (follow, &error))
    warn (domain, "the guest could not be started again", error);
}

static void
follow_body (gpointer p)
{
  g_autoptr (Follow) follow = p;
  g_autoptr (GError) error = NULL;
  RoostDomain *domain = follow->domain;

  if (is_over (follow))
    return;
  if (follow->has_dump && !dump (follow, &error))
    warn (domain, "the memory of the guest could not be dumped", error);
  if (!is_over (follow))
    do_then (follow);
  if (domain->run == follow->run)
    domain->run->is_following = FALSE;
}

/* @then: PRESERVE: goes on */
static void
follow_up (RoostDomain *domain, gboolean has_dump, RoostAction then, const char *reason)
{
  Follow *follow;

  if (domain->run->is_following)
    return;
  domain->run->is_following = TRUE;
  follow = g_new0 (Follow, 1);
  *follow = (Follow){ g_object_ref (domain), domain->run, has_dump, then, reason };
  co_spawn ("follow-up", follow_body, follow);
}

/* --- the policies --- */

/* A guest that restarted would outlive what its host is at. */
static RoostAction
without_restart (RoostDomain *domain, RoostAction action)
{
  if (!roost_manager_is_leaving (domain->manager))
    return action;
  if (action == ROOST_ACTION_RESTART)
    return ROOST_ACTION_DESTROY;
  return action == ROOST_ACTION_DUMP_RESTART ? ROOST_ACTION_DUMP_DESTROY : action;
}

/* @reason: of the end, where it is one */
static void
apply (RoostDomain *domain, RoostAction action, const char *reason)
{
  switch (without_restart (domain, action))
    {
    case ROOST_ACTION_DESTROY:
      roost_domain_end (domain, reason, GRACE_MS);
      return;
    case ROOST_ACTION_RESTART:
      follow_up (domain, FALSE, ROOST_ACTION_RESTART, reason);
      return;
    case ROOST_ACTION_DUMP_DESTROY:
      follow_up (domain, TRUE, ROOST_ACTION_DESTROY, reason);
      return;
    case ROOST_ACTION_DUMP_RESTART:
      follow_up (domain, TRUE, ROOST_ACTION_RESTART, reason);
      return;
    case ROOST_ACTION_PRESERVE:
    default:
      if (domain->state != ROOST_DOMAIN_CRASHED)
        roost_domain_set_state (domain, ROOST_DOMAIN_PAUSED, "shutting-down");
      roost_status_note (domain);
      return;
    }
}

void
roost_policy_poweroff (RoostDomain *domain)
{
  RoostAction action = roost_view_on_poweroff (roost_domain_config (domain));

  apply (domain, domain->run->is_rebooting ? ROOST_ACTION_RESTART : action, "shutdown");
}

void
roost_policy_reboot (RoostDomain *domain)
{
  apply (domain, roost_view_on_reboot (roost_domain_config (domain)), "shutdown");
}

void
roost_policy_crash (RoostDomain *domain)
{
  apply (domain, roost_view_on_crash (roost_domain_config (domain)), "crashed");
}

void
roost_policy_watchdog (RoostDomain *domain)
{
  if (roost_view_watchdog_dumps (roost_domain_config (domain)))
    follow_up (domain, TRUE, ROOST_ACTION_PRESERVE, "watchdog");
}

gboolean
roost_policy_go_on (RoostDomain *domain)
{
  if (!domain->run->is_restarting || domain->run->is_following)
    return domain->run->is_restarting;
  follow_up (domain, FALSE, ROOST_ACTION_RESTART, "shutdown");
  return TRUE;
}
