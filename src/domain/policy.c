/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/policy.h"

#include "base/co.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/domain-private.h"
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
} Follow;

static void
follow_free (Follow *follow)
{
  g_object_unref (follow->domain);
  g_free (follow);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Follow, follow_free)

static gboolean
restart (Follow *follow, GError **error)
{
  RoostDomain *domain = follow->domain;
  g_autoptr (JsonNode) reset = NULL;
  g_autoptr (JsonNode) cont = NULL;

  domain->run->is_rebooting = FALSE;
  domain->run->was_asked = FALSE;
  reset = roost_domain_qmp (domain, "system_reset", NULL, NULL, error);
  if (reset == NULL || domain->run != follow->run)
    return reset != NULL;
  cont = roost_domain_qmp (domain, "cont", NULL, NULL, error);
  if (cont != NULL && domain->run == follow->run)
    roost_domain_set_state (domain, ROOST_DOMAIN_RUNNING, "booted");
  return cont != NULL;
}

static char *
dump_path (RoostDomain *domain, GError **error)
{
  g_autofree char *folder = g_build_filename (domain->manager->places->state_dir, "dump", NULL);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *when = g_date_time_format (now, "%Y%m%dT%H%M%SZ");
  g_autofree char *file = g_strdup_printf ("%s-%s.core", domain->name, when);

  if (!roost_dir_make (folder, 0700, error)
      || !roost_manager_give_to_qemu (domain->manager, folder, error))
    return NULL;
  return g_build_filename (folder, g_strdelimit (file, "/", '_'), NULL);
}

/* The call returns when the dump is whole, which takes as long as the memory is large. */
static gboolean
dump (Follow *follow, GError **error)
{
  RoostDomain *domain = follow->domain;
  g_autofree char *path = dump_path (domain, error);
  g_autofree char *protocol = path != NULL ? g_strconcat ("file:", path, NULL) : NULL;
  g_autoptr (JsonObject) args = json_object_new ();
  g_autoptr (RoostQmp) qmp = NULL;
  g_autoptr (JsonNode) answer = NULL;

  if (path == NULL || domain->run->qmp == NULL)
    return FALSE;
  json_object_set_boolean_member (args, "paging", FALSE);
  json_object_set_string_member (args, "protocol", protocol);
  qmp = g_object_ref (domain->run->qmp);
  answer = roost_qmp_call (qmp, "dump-guest-memory", args, 0, domain->manager->closing, error);
  if (answer != NULL)
    roost_log (G_LOG_LEVEL_MESSAGE, NULL, domain->uuid, domain->name,
               "the memory of the guest is in %s", path);
  return answer != NULL;
}

static void
warn (RoostDomain *domain, const char *what, const GError *error)
{
  roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name, "%s: %s", what,
             error != NULL ? error->message : "QEMU is gone");
}

static void
follow_body (gpointer p)
{
  g_autoptr (Follow) follow = p;
  g_autoptr (GError) error = NULL;
  RoostDomain *domain = follow->domain;

  if (domain->run != follow->run)
    return;
  if (follow->has_dump && !dump (follow, &error))
    warn (domain, "the memory of the guest could not be dumped", error);
  if (domain->run != follow->run)
    return;
  g_clear_error (&error);
  if (follow->then == ROOST_ACTION_DESTROY)
    roost_domain_end (domain, "crashed", GRACE_MS);
  else if (!restart (follow, &error))
    warn (domain, "the guest could not be started again", error);
}

static void
follow_up (RoostDomain *domain, gboolean has_dump, RoostAction then)
{
  Follow *follow = g_new0 (Follow, 1);

  *follow = (Follow){ g_object_ref (domain), domain->run, has_dump, then };
  co_spawn ("follow-up", follow_body, follow);
}

/* --- the policies --- */

/* @reason: of the end, where it is one */
static void
apply (RoostDomain *domain, RoostAction action, const char *reason)
{
  switch (action)
    {
    case ROOST_ACTION_DESTROY:
      roost_domain_end (domain, reason, GRACE_MS);
      return;
    case ROOST_ACTION_RESTART:
      follow_up (domain, FALSE, ROOST_ACTION_RESTART);
      return;
    case ROOST_ACTION_DUMP_DESTROY:
      follow_up (domain, TRUE, ROOST_ACTION_DESTROY);
      return;
    case ROOST_ACTION_DUMP_RESTART:
      follow_up (domain, TRUE, ROOST_ACTION_RESTART);
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
  if (domain->run->is_rebooting)
    apply (domain, ROOST_ACTION_RESTART, NULL);
  else
    apply (domain, roost_view_on_poweroff (roost_domain_config (domain)), "shutdown");
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
