/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/autostart.h"
#include "fake-domain.h"

#include "base/co.h"
#include "base/error.h"
#include "base/job-private.h"
#include "domain/device.h"
#include "domain/dump.h"
#include "domain/tune.h"

#include <fcntl.h>
#include <string.h>

struct _RoostManager
{
  GObject parent;
  GPtrArray *domains;
  GPtrArray *jobs;
  char *last;
  RoostSecrets *secrets;
};

struct _RoostDomain
{
  GObject parent;
  RoostManager *manager; /* not owned */
  char *uuid;
  char *name;
  RoostDomainState state;
  const char *reason;
  guint64 memory;
  RoostAutostart autostart;
  RoostJob *job;
};

G_DEFINE_FINAL_TYPE (RoostManager, roost_manager, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE (RoostDomain, roost_domain, G_TYPE_OBJECT)

static void
add_signal (gpointer klass, const char *name, guint n, GType first, GType second)
{
  g_signal_new (name, G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, n, first, second);
}

/* --- the manager --- */

static void
manager_finalize (GObject *object)
{
  RoostManager *manager = ROOST_MANAGER (object);

  g_ptr_array_unref (manager->domains);
  g_ptr_array_unref (manager->jobs);
  g_free (manager->last);
  g_object_unref (manager->secrets);
  G_OBJECT_CLASS (roost_manager_parent_class)->finalize (object);
}

static void
roost_manager_class_init (RoostManagerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = manager_finalize;
  add_signal (klass, "domain-added", 1, ROOST_TYPE_DOMAIN, 0);
  add_signal (klass, "domain-removed", 1, ROOST_TYPE_DOMAIN, 0);
  add_signal (klass, "job-added", 1, ROOST_TYPE_JOB, 0);
  add_signal (klass, "job-removed", 1, ROOST_TYPE_JOB, 0);
}

static void
roost_manager_init (RoostManager *manager)
{
  manager->domains = g_ptr_array_new_with_free_func (g_object_unref);
  manager->jobs = g_ptr_array_new_with_free_func (g_object_unref);
  manager->secrets = roost_secrets_new ("/nonexistent");
}

RoostManager *
fake_manager_new (void)
{
  return g_object_new (ROOST_TYPE_MANAGER, NULL);
}

RoostDomain *
fake_manager_add (RoostManager *manager, const char *name, guint number)
{
  RoostDomain *domain = g_object_new (ROOST_TYPE_DOMAIN, NULL);

  domain->manager = manager;
  domain->name = g_strdup (name);
  domain->uuid = g_strdup_printf ("6dd36eb1-0000-4000-8000-%012u", number);
  domain->reason = "unknown";
  domain->memory = 1 << 20;
  g_ptr_array_add (manager->domains, domain);
  g_signal_emit_by_name (manager, "domain-added", domain);
  return domain;
}

static void
on_cancelled (GCancellable *cancellable, RoostDomain *domain)
{
  RoostJob *job = g_steal_pointer (&domain->job);
  g_autoptr (GError) error = NULL;

  g_signal_emit_by_name (domain, "changed", ROOST_CHANGE_JOB);
  roost_throw (&error, ROOST_ERROR_CANCELLED, "job %u was cancelled", roost_job_number (job));
  roost_job_end (job, error);
}

RoostJob *
fake_manager_add_job (RoostManager *manager, RoostDomain *domain)
{
  const RoostJobSubject subject = { .domain_uuid = domain->uuid };
  RoostJob *job =
      roost_job_new (manager->jobs->len + 1, "start", &subject, "", ROOST_JOB_CAN_CANCEL);

  domain->job = job;
  g_ptr_array_add (manager->jobs, job);
  g_signal_connect (roost_job_cancellable (job), "cancelled", G_CALLBACK (on_cancelled), domain);
  g_signal_emit_by_name (manager, "job-added", job);
  g_signal_emit_by_name (domain, "changed", ROOST_CHANGE_JOB);
  return job;
}

const char *
fake_last_call (RoostManager *manager)
{
  return manager->last;
}

static gpointer
ref_copy (gconstpointer object, gpointer data)
{
  return g_object_ref ((gpointer)object);
}

GPtrArray *
roost_manager_domains (RoostManager *manager)
{
  return g_ptr_array_copy (manager->domains, ref_copy, NULL);
}

GPtrArray *
roost_manager_jobs (RoostManager *manager)
{
  return g_ptr_array_copy (manager->jobs, ref_copy, NULL);
}

RoostDomain *
roost_manager_find_uuid (RoostManager *manager, const char *uuid)
{
  for (guint i = 0; i < manager->domains->len; i++)
    if (g_str_equal (roost_domain_uuid (manager->domains->pdata[i]), uuid))
      return manager->domains->pdata[i];
  return NULL;
}

RoostDomain *
roost_manager_find_name (RoostManager *manager, const char *name)
{
  for (guint i = 0; i < manager->domains->len; i++)
    if (g_str_equal (roost_domain_name (manager->domains->pdata[i]), name))
      return manager->domains->pdata[i];
  return NULL;
}

RoostDomain *
roost_manager_find_pid (RoostManager *manager, pid_t pid)
{
  for (guint i = 0; i < manager->domains->len; i++)
    if (roost_domain_pid (manager->domains->pdata[i]) == pid)
      return manager->domains->pdata[i];
  return NULL;
}

RoostSecrets *
roost_manager_secrets (RoostManager *manager)
{
  return manager->secrets;
}

RoostCaps *
roost_manager_caps (RoostManager *manager)
{
  return NULL;
}

GStrv
roost_caps_list_binaries (RoostCaps *caps)
{
  return g_strsplit ("/usr/bin/qemu-system-x86_64", " ", 0);
}

RoostDomain *
roost_manager_define (RoostManager *manager, const char *xml, const char *caller, GError **error)
{
  if (!co_sleep (1, NULL, error))
    return NULL;
  if (!g_str_has_prefix (xml, "<domain"))
    {
      roost_throw (error, ROOST_ERROR_INVALID_XML, "line 1, column 1: no <domain>");
      return NULL;
    }
  return g_object_ref (fake_manager_add (manager, "defined", 77));
}

RoostDomain *
roost_manager_start_transient (RoostManager *manager,
                               const char *xml,
                               const RoostStartOptions *options,
                               const char *caller,
                               GCancellable *cancellable,
                               GError **error)
{
  g_autoptr (RoostDomain) domain = roost_manager_define (manager, xml, caller, error);

  if (domain == NULL || !roost_domain_start (domain, options, caller, NULL, error))
    return NULL;
  return g_steal_pointer (&domain);
}

gboolean
roost_manager_check_abi (RoostManager *manager, const char *xml, GError **error)
{
  return strstr (xml, "other-machine") == NULL
         || roost_throw (error, ROOST_ERROR_INCOMPATIBLE_GUEST,
                         "the guest would see another machine");
}

RoostIssues *
roost_manager_validate (RoostManager *manager, const char *xml, GError **error)
{
  return roost_issues_new ();
}

GStrv
roost_manager_arguments (RoostManager *manager, const char *xml, GError **error)
{
  return g_strsplit ("qemu -S", " ", 0);
}

char *
roost_manager_capabilities (
    RoostManager *manager, const char *arch, const char *machine, const char *type, GError **error)
{
  return g_strdup ("<domainCapabilities/>");
}

char *
roost_manager_host_capabilities (RoostManager *manager, GError **error)
{
  return g_strdup ("<capabilities/>");
}

/* --- a domain --- */

static void
domain_finalize (GObject *object)
{
  RoostDomain *domain = ROOST_DOMAIN (object);

  g_free (domain->uuid);
  g_free (domain->name);
  G_OBJECT_CLASS (roost_domain_parent_class)->finalize (object);
}

static void
roost_domain_class_init (RoostDomainClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = domain_finalize;
  add_signal (klass, "device-added", 1, ROOST_TYPE_DEVICE, 0);
  add_signal (klass, "device-removed", 1, ROOST_TYPE_DEVICE, 0);
  add_signal (klass, "changed", 1, G_TYPE_UINT, 0);
  add_signal (klass, "state-changed", 2, G_TYPE_UINT, G_TYPE_STRING);
  add_signal (klass, "event", 2, G_TYPE_STRING, G_TYPE_VARIANT);
}

static void
roost_domain_init (RoostDomain *domain)
{
}

/* One operation: it takes a moment, and says what it was called with. */
static gboolean
operate (RoostDomain *domain,
         RoostDomainState state,
         const char *reason,
         GError **error,
         const char *format,
         ...)
{
  va_list args;

  g_free (domain->manager->last);
  va_start (args, format);
  domain->manager->last = g_strdup_vprintf (format, args);
  va_end (args);
  if (!co_sleep (1, NULL, error))
    return FALSE;
  if (domain->state == state)
    return TRUE;
  domain->state = state;
  domain->reason = reason;
  g_signal_emit_by_name (domain, "changed", ROOST_CHANGE_STATE);
  g_signal_emit_by_name (domain, "state-changed", state, reason);
  return TRUE;
}

void
fake_domain_set_memory (RoostDomain *domain, guint64 bytes)
{
  domain->memory = bytes;
  g_signal_emit_by_name (domain, "changed", ROOST_CHANGE_MEMORY);
}

void
fake_domain_event (RoostDomain *domain, const char *name, GVariant *args)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (args);

  g_signal_emit_by_name (domain, "event", name, held);
}

const char *
roost_domain_state_name (RoostDomainState state)
{
  static const char *const names[] = { "shut-off",      "starting",     "running", "paused",
                                       "shutting-down", "pm-suspended", "crashed" };

  return names[state];
}

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
  return 1000000;
}

guint
roost_domain_id (RoostDomain *domain)
{
  return roost_domain_is_active (domain) ? 1 : 0;
}

pid_t
roost_domain_pid (RoostDomain *domain)
{
  return roost_domain_is_active (domain) ? 4711 : 0;
}

gboolean
roost_domain_is_active (RoostDomain *domain)
{
  return domain->state != ROOST_DOMAIN_SHUT_OFF;
}

gboolean
roost_domain_is_persistent (RoostDomain *domain)
{
  return TRUE;
}

gboolean
roost_domain_is_autostart (RoostDomain *domain)
{
  return domain->autostart.is_on;
}

gboolean
roost_domain_is_responsive (RoostDomain *domain)
{
  return TRUE;
}

gboolean
roost_domain_is_agent_connected (RoostDomain *domain)
{
  return FALSE;
}

const RoostDomainSummary *
roost_domain_summary (RoostDomain *domain)
{
  static char title[] = "A title", description[] = "";
  static const RoostDomainConfig untuned;
  static RoostDomainSummary summary = {
    .title = title,
    .description = description,
    .type = "qemu",
    .os_type = "hvm",
    .machine = "pc-q35-7.2",
    .arch = "x86_64",
    .memory_max = 1 << 30,
    .memory = 1 << 30,
    .vcpus_max = 2,
    .vcpus = 2,
  };

  if (summary.tuning == NULL)
    summary.tuning = roost_tune_view (&untuned);
  return &summary;
}

guint64
roost_domain_memory (RoostDomain *domain)
{
  return domain->memory;
}

const char *const *
roost_domain_taints (RoostDomain *domain)
{
  static const char *const none[] = { NULL };

  return none;
}

RoostJob *
roost_domain_job (RoostDomain *domain)
{
  return domain->job;
}

const GPtrArray *
roost_domain_jobs (RoostDomain *domain)
{
  static gpointer jobs[1];
  static GPtrArray list = { jobs, 0 };

  jobs[0] = domain->job;
  list.len = domain->job != NULL;
  return &list;
}

RoostJob *
roost_domain_dump_begin (RoostDomain *domain,
                         const RoostDumpTarget *target,
                         const RoostDumpOptions *options,
                         const char *caller,
                         GError **error)
{
  roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' is not running", domain->name);
  return NULL;
}

gboolean
roost_domain_start (RoostDomain *domain,
                    const RoostStartOptions *options,
                    const char *caller,
                    GCancellable *cancellable,
                    GError **error)
{
  if (roost_domain_is_active (domain))
    return roost_throw (error, ROOST_ERROR_RUNNING, "domain '%s' runs", domain->name);
  return operate (domain, options->paused ? ROOST_DOMAIN_PAUSED : ROOST_DOMAIN_RUNNING, "booted",
                  error, "start%s", options->paused ? " paused" : "");
}

gboolean
roost_domain_shutdown (RoostDomain *domain, const char *caller, GError **error)
{
  return operate (domain, ROOST_DOMAIN_SHUTTING_DOWN, "user", error, "shutdown");
}

gboolean
roost_domain_reboot (RoostDomain *domain, const char *caller, GError **error)
{
  return operate (domain, domain->state, "user", error, "reboot");
}

gboolean
roost_domain_reset (RoostDomain *domain, const char *caller, GError **error)
{
  return operate (domain, domain->state, "user", error, "reset");
}

gboolean
roost_domain_destroy (RoostDomain *domain,
                      const RoostDestroyOptions *options,
                      const char *caller,
                      GError **error)
{
  return operate (domain, ROOST_DOMAIN_SHUT_OFF, "destroyed", error, "destroy%s %u",
                  options->graceful ? " graceful" : "", options->grace_ms);
}

/* Nothing is taken over here. */
gboolean
roost_domain_settle (RoostDomain *domain, GError **error)
{
  return TRUE;
}

gboolean
roost_domain_suspend (RoostDomain *domain, const char *caller, GError **error)
{
  return operate (domain, ROOST_DOMAIN_PAUSED, "user", error, "suspend");
}

gboolean
roost_domain_resume (RoostDomain *domain, const char *caller, GError **error)
{
  return operate (domain, ROOST_DOMAIN_RUNNING, "unpaused", error, "resume");
}

gboolean
roost_domain_redefine (RoostDomain *domain, const char *xml, const char *caller, GError **error)
{
  return operate (domain, domain->state, "", error, "redefine %s", xml);
}

gboolean
roost_domain_rename (RoostDomain *domain, const char *name, const char *caller, GError **error)
{
  return operate (domain, domain->state, "", error, "rename %s", name);
}

gboolean
roost_domain_set_metadata (RoostDomain *domain,
                           const RoostMetadataChange *change,
                           const char *caller,
                           GError **error)
{
  return operate (domain, domain->state, "", error, "set-metadata %s %s", change->what,
                  change->value);
}

char *
roost_domain_get_metadata (RoostDomain *domain,
                           const char *what,
                           gboolean is_inactive,
                           GError **error)
{
  return g_strdup (what);
}

gboolean
roost_domain_undefine (RoostDomain *domain,
                       const RoostUndefineOptions *options,
                       const char *caller,
                       GError **error)
{
  g_autoptr (RoostDomain) own = g_object_ref (domain);

  if (!co_sleep (1, NULL, error))
    return FALSE;
  g_ptr_array_remove (domain->manager->domains, domain);
  g_signal_emit_by_name (domain->manager, "domain-removed", domain);
  return TRUE;
}

gboolean
roost_domain_set_autostart (RoostDomain *domain,
                            const RoostAutostart *autostart,
                            const char *caller,
                            GError **error)
{
  domain->autostart = *autostart;
  g_signal_emit_by_name (domain, "changed", ROOST_CHANGE_FLAGS);
  return TRUE;
}

const RoostAutostart *
roost_domain_autostart (RoostDomain *domain)
{
  return &domain->autostart;
}

char *
roost_domain_get_xml (RoostDomain *domain, gboolean inactive, gboolean secrets, GError **error)
{
  return g_strdup_printf ("<domain%s%s/>", inactive ? " inactive" : "", secrets ? " secrets" : "");
}

int
roost_domain_open_console (RoostDomain *domain, const char *alias, gboolean force, GError **error)
{
  if (g_strcmp0 (alias, "serial0") == 0)
    return open ("/dev/zero", O_RDWR | O_CLOEXEC);
  roost_throw (error, ROOST_ERROR_NOT_FOUND, "domain '%s' has no device '%s'", domain->name, alias);
  return -1;
}

int
roost_domain_screenshot (RoostDomain *domain, const char *device, guint head, GError **error)
{
  roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "domain '%s' has no head %u", domain->name, head);
  return -1;
}
