/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/manager.h"

#include "base/co.h"
#include "base/error.h"
#include "base/log.h"
#include "domain/domain-private.h"
#include "domain/lend.h"
#include "domain/status.h"
#include "domain/store.h"
#include "domain/view.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

/* Whom the system daemon runs QEMU as. */
#define QEMU_USER "roost-qemu"

G_DEFINE_FINAL_TYPE (RoostManager, roost_manager, G_TYPE_OBJECT)

enum
{
  DOMAIN_ADDED,
  DOMAIN_REMOVED,
  JOB_ADDED,
  JOB_REMOVED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
roost_manager_finalize (GObject *object)
{
  RoostManager *manager = ROOST_MANAGER (object);
  GHashTableIter iter;
  gpointer domain;

  g_hash_table_iter_init (&iter, manager->by_uuid);
  while (g_hash_table_iter_next (&iter, NULL, &domain))
    roost_domain_forget (domain);
  g_hash_table_unref (manager->by_name);
  g_hash_table_unref (manager->by_uuid);
  g_signal_handlers_disconnect_by_data (manager->jobs, manager);
  g_object_unref (manager->jobs);
  g_hash_table_unref (manager->claims);
  roost_host_owners_free (manager->host_owners);
  g_clear_handle_id (&manager->log_timer, g_source_remove);
  roost_manager_set_login (manager, NULL);
  g_clear_pointer (&manager->hook_turns, g_hash_table_unref);
  roost_lender_free (manager->lender);
  roost_host_config_free (manager->defaults);
  g_object_unref (manager->closing);
  g_clear_object (&manager->caps);
  if (manager->storage != NULL)
    roost_storage_set_users (manager->storage, NULL, NULL, NULL);
  g_clear_object (&manager->storage);
  g_clear_object (&manager->secrets);
  g_clear_pointer (&manager->scopes, roost_scopes_unref);
  roost_places_free (manager->places);
  g_free (manager->qemu_user.groups);
  g_free (manager->boot_id);
  G_OBJECT_CLASS (roost_manager_parent_class)->finalize (object);
}

static guint
new_signal (const char *name, GType type)
{
  return g_signal_new (name, ROOST_TYPE_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, 1, type);
}

static void
roost_manager_class_init (RoostManagerClass *class)
{
  G_OBJECT_CLASS (class)->finalize = roost_manager_finalize;
  signals[DOMAIN_ADDED] = new_signal ("domain-added", ROOST_TYPE_DOMAIN);
  signals[DOMAIN_REMOVED] = new_signal ("domain-removed", ROOST_TYPE_DOMAIN);
  signals[JOB_ADDED] = new_signal ("job-added", ROOST_TYPE_JOB);
  signals[JOB_REMOVED] = new_signal ("job-removed", ROOST_TYPE_JOB);
}

static void
on_job_added (RoostJobs *jobs, RoostJob *job, RoostManager *manager)
{
  g_signal_connect_object (job, "completed", G_CALLBACK (roost_manager_review_inhibitors), manager,
                           G_CONNECT_SWAPPED);
  roost_manager_review_inhibitors (manager);
  g_signal_emit (manager, signals[JOB_ADDED], 0, job);
}

static void
on_job_removed (RoostJobs *jobs, RoostJob *job, RoostManager *manager)
{
  g_signal_emit (manager, signals[JOB_REMOVED], 0, job);
}

static void
roost_manager_init (RoostManager *manager)
{
  manager->by_uuid = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  manager->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  manager->jobs = roost_jobs_new ();
  g_signal_connect (manager->jobs, "added", G_CALLBACK (on_job_added), manager);
  g_signal_connect (manager->jobs, "removed", G_CALLBACK (on_job_removed), manager);
  manager->claims = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  manager->host_owners = roost_host_owners_new ();
  manager->closing = g_cancellable_new ();
  manager->boot_id = roost_status_boot_id ();
  manager->next_id = 1;
  manager->qmp_deadline_ms = ROOST_QMP_DEADLINE_MS;
}

static void
find_qemu_user (RoostQemuUser *user)
{
  const struct passwd *entry = getpwnam (QEMU_USER);
  gid_t groups[32];
  int n = G_N_ELEMENTS (groups);

  if (entry == NULL)
    {
      roost_warning ("there is no user '%s': guests run as the daemon's own", QEMU_USER);
      return;
    }
  user->is_other = TRUE;
  user->uid = entry->pw_uid;
  user->gid = entry->pw_gid;
  if (getgrouplist (QEMU_USER, entry->pw_gid, groups, &n) < 0)
    return;
  user->groups = g_memdup2 (groups, sizeof (gid_t) * (gsize)n);
  user->n_groups = (guint)n;
}

RoostManager *
roost_manager_new (RoostPlaces *places, RoostCaps *caps)
{
  RoostManager *manager = g_object_new (ROOST_TYPE_MANAGER, NULL);

  manager->places = places;
  manager->caps = caps != NULL ? g_object_ref (caps) : NULL;
  manager->secrets = roost_secrets_new (places->config_dir);
  if (places->is_privileged && geteuid () == 0)
    find_qemu_user (&manager->qemu_user);
  return manager;
}

void
roost_manager_set_scopes (RoostManager *manager, RoostScopes *scopes)
{
  g_clear_pointer (&manager->scopes, roost_scopes_unref);
  if (scopes != NULL)
    manager->scopes = roost_scopes_ref (scopes);
}

const RoostHostConfig *
roost_manager_host (RoostManager *manager)
{
  if (manager->places->host != NULL)
    return manager->places->host;
  if (manager->defaults == NULL)
    manager->defaults = roost_host_config_new ();
  return manager->defaults;
}

void
roost_manager_set_deadline (RoostManager *manager, guint deadline_ms)
{
  manager->qmp_deadline_ms = deadline_ms;
}

gboolean
roost_manager_give_to_qemu (RoostManager *manager, const char *path, GError **error)
{
  const RoostQemuUser *user = &manager->qemu_user;

  if (user->is_other && lchown (path, user->uid, user->gid) < 0)
    return roost_throw_errno (error, errno, "cannot give %s to the user '%s'", path, QEMU_USER);
  return TRUE;
}

/* --- domains --- */

void
roost_manager_add (RoostManager *manager, RoostDomain *domain)
{
  g_hash_table_insert (manager->by_uuid, domain->uuid, domain);
  g_hash_table_insert (manager->by_name, domain->name, domain);
  g_signal_emit (manager, signals[DOMAIN_ADDED], 0, domain);
}

void
roost_manager_remove (RoostManager *manager, RoostDomain *domain)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);

  g_hash_table_remove (manager->by_name, domain->name);
  g_hash_table_remove (manager->by_uuid, domain->uuid);
  roost_domain_forget (domain);
  g_signal_emit (manager, signals[DOMAIN_REMOVED], 0, domain);
}

void
roost_manager_set_name (RoostManager *manager, RoostDomain *domain, const char *name)
{
  g_hash_table_remove (manager->by_name, domain->name);
  g_free (domain->name);
  domain->name = g_strdup (name);
  g_hash_table_insert (manager->by_name, domain->name, domain);
  roost_domain_changed (domain, ROOST_CHANGE_CONFIG);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  const RoostDomain *const *left = a;
  const RoostDomain *const *right = b;

  return strcmp ((*left)->name, (*right)->name);
}

GPtrArray *
roost_manager_domains (RoostManager *manager)
{
  GPtrArray *domains = g_ptr_array_new_full (g_hash_table_size (manager->by_uuid), g_object_unref);
  GHashTableIter iter;
  gpointer domain;

  g_hash_table_iter_init (&iter, manager->by_uuid);
  while (g_hash_table_iter_next (&iter, NULL, &domain))
    g_ptr_array_add (domains, g_object_ref (domain));
  g_ptr_array_sort (domains, compare_names);
  return domains;
}

guint
roost_manager_n_domains (RoostManager *manager)
{
  return g_hash_table_size (manager->by_uuid);
}

RoostDomain *
roost_manager_find_uuid (RoostManager *manager, const char *uuid)
{
  return g_hash_table_lookup (manager->by_uuid, uuid);
}

RoostDomain *
roost_manager_find_name (RoostManager *manager, const char *name)
{
  return g_hash_table_lookup (manager->by_name, name);
}

RoostDomain *
roost_manager_find_pid (RoostManager *manager, pid_t pid)
{
  GHashTableIter iter;
  gpointer domain;

  g_hash_table_iter_init (&iter, manager->by_uuid);
  while (pid > 0 && g_hash_table_iter_next (&iter, NULL, &domain))
    if (roost_domain_pid (domain) == pid)
      return domain;
  return NULL;
}

gboolean
roost_manager_owns_port (RoostManager *manager, guint port)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, manager->by_uuid);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const RoostDomain *domain = value;

      if (domain->run != NULL && domain->run->document != NULL
          && roost_view_has_port (roost_document_config (domain->run->document), port))
        return TRUE;
    }
  return FALSE;
}

RoostSecrets *
roost_manager_secrets (RoostManager *manager)
{
  return manager->secrets;
}

RoostCaps *
roost_manager_caps (RoostManager *manager)
{
  return manager->caps;
}

/* --- jobs --- */

RoostJob *
roost_manager_new_job (RoostManager *manager,
                       const char *operation,
                       const char *domain_uuid,
                       const char *caller,
                       guint flags)
{
  const RoostJobSubject subject = { .domain_uuid = domain_uuid };

  return roost_jobs_add (manager->jobs, operation, &subject, caller, flags);
}

RoostJob *
roost_manager_find_job (RoostManager *manager, guint number)
{
  return roost_jobs_find (manager->jobs, number);
}

GPtrArray *
roost_manager_jobs (RoostManager *manager)
{
  return roost_jobs_list (manager->jobs);
}

RoostJobs *
roost_manager_job_list (RoostManager *manager)
{
  return manager->jobs;
}

/* --- the end of the daemon --- */

#define CLOSE_POLL_MS 5

typedef struct
{
  RoostManager *manager;
  void (*done) (gpointer);
  gpointer data;
} Closing;

static gboolean
on_close_poll (gpointer p)
{
  g_autofree Closing *closing = NULL;

  if (co_count () > 0)
    return G_SOURCE_CONTINUE;
  closing = p;
  closing->done (closing->data);
  g_object_unref (closing->manager);
  return G_SOURCE_REMOVE;
}

void
roost_manager_close (RoostManager *manager, void (*done) (gpointer), gpointer data)
{
  Closing *closing = g_new (Closing, 1);

  g_cancellable_cancel (manager->closing);
  roost_jobs_cancel_all (manager->jobs);
  *closing = (Closing){ g_object_ref (manager), done, data };
  g_timeout_add (CLOSE_POLL_MS, on_close_poll, closing);
}
