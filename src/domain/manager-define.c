/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/manager.h"

#include "base/co.h"
#include "base/error.h"
#include "domain/domain-private.h"
#include "domain/store.h"
#include "domain/view-volumes.h"
#include "domain/view.h"
#include "model/address.h"
#include "model/resolve-cpu.h"
#include "qemu/argv.h"
#include "qemu/firmware.h"

#include <glib/gstdio.h>
#include <sys/utsname.h>

/* --- from XML to a completed config --- */

static char *
host_arch (void)
{
  struct utsname name;

  return uname (&name) == 0 ? g_strdup (name.machine) : g_strdup ("x86_64");
}

/* Returns: (transfer full) (nullable) */
static char *
binary_of (RoostManager *manager, const RoostDomainConfig *config, GError **error)
{
  const char *named = roost_domain_config_emulator (config);
  const char *arch = roost_domain_config_arch (config);
  g_autofree char *own = host_arch ();

  if (named != NULL)
    return g_strdup (named);
  return roost_manager_binary (manager, arch != NULL ? arch : own, error);
}

RoostFacts *
roost_manager_facts (RoostManager *manager, const RoostDomainConfig *config, GError **error)
{
  g_autofree char *binary = binary_of (manager, config, error);

  return binary != NULL ? roost_caps_get_facts (manager->caps, binary, error) : NULL;
}

gboolean
roost_manager_complete (RoostManager *manager,
                        RoostDomainConfig *config,
                        RoostIssues *issues,
                        RoostFacts **out_facts,
                        GError **error)
{
  g_autoptr (RoostFacts) facts = roost_manager_facts (manager, config, error);

  if (facts == NULL || !roost_domain_config_complete (config, facts, issues, error))
    return FALSE;
  if (out_facts != NULL)
    *out_facts = g_steal_pointer (&facts);
  return TRUE;
}

/* A choice of firmware is stored as a choice; which files it means is found at each start. */
gboolean
roost_manager_choose_firmware (RoostManager *manager, RoostDomainConfig *config, GError **error)
{
  g_autofree char *nvram_dir = roost_store_nvram_dir (manager->places);

  return roost_firmware_resolve (config, nvram_dir, NULL, error);
}

RoostDomainConfig *
roost_manager_prepare (RoostManager *manager, const char *xml, RoostIssues *issues, GError **error)
{
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (xml, issues, error);

  if (config == NULL || !roost_manager_complete (manager, config, issues, NULL, error))
    return NULL;
  return g_steal_pointer (&config);
}

/* --- claims: two definitions of one name must not pass each other while they write --- */

void
roost_claim_clear (RoostClaim *claim)
{
  if (claim->name != NULL)
    g_hash_table_remove (claim->manager->claims, claim->name);
  if (claim->uuid != NULL)
    g_hash_table_remove (claim->manager->claims, claim->uuid);
  g_clear_pointer (&claim->name, g_free);
  g_clear_pointer (&claim->uuid, g_free);
}

static gboolean
claim_one (RoostManager *manager, char *key, char **out_key)
{
  if (g_hash_table_contains (manager->claims, key))
    {
      g_free (key);
      return FALSE;
    }
  g_hash_table_add (manager->claims, g_strdup (key));
  *out_key = key;
  return TRUE;
}

gboolean
roost_claim_take (
    RoostManager *manager, const char *name, const char *uuid, RoostClaim *out, GError **error)
{
  out->manager = manager;
  if (!claim_one (manager, g_strconcat ("name:", name, NULL), &out->name)
      || !claim_one (manager, g_strconcat ("uuid:", uuid, NULL), &out->uuid))
    return roost_throw (error, ROOST_ERROR_BUSY,
                        "a domain named '%s' with uuid %s is being defined at this moment", name,
                        uuid);
  return TRUE;
}

static gboolean
claim (RoostManager *manager, const RoostDocument *document, RoostClaim *out, GError **error)
{
  return roost_claim_take (manager, roost_document_name (document), roost_document_uuid (document),
                           out, error);
}

/* Name and uuid go together: both of one domain, or both new. @out: (nullable) that domain. */
static gboolean
find_same (RoostManager *manager, const RoostDocument *document, RoostDomain **out, GError **error)
{
  const char *name = roost_document_name (document);
  const char *uuid = roost_document_uuid (document);
  RoostDomain *by_uuid = roost_manager_find_uuid (manager, uuid);
  RoostDomain *by_name = roost_manager_find_name (manager, name);

  if (by_name != NULL && by_name != by_uuid)
    return roost_throw (error, ROOST_ERROR_EXISTS,
                        "there is a domain '%s' already, with uuid %s; give that <uuid> to "
                        "redefine it, or choose another name",
                        name, roost_domain_uuid (by_name));
  if (by_uuid != NULL && by_name == NULL)
    return roost_throw (error, ROOST_ERROR_EXISTS,
                        "the uuid %s belongs to the domain '%s', not to '%s'", uuid,
                        roost_domain_name (by_uuid), name);
  *out = by_uuid;
  return TRUE;
}

/* --- definitions --- */

RoostDomain *
roost_manager_store_new (RoostManager *manager, RoostDocument *document, GError **error)
{
  RoostDomain *domain;

  if (!roost_store_write (manager->places, roost_document_uuid (document),
                          roost_document_text (document), error))
    return NULL;
  domain = roost_domain_new (manager, roost_document_uuid (document),
                             roost_document_name (document), document);
  domain->is_persistent = TRUE;
  roost_manager_add (manager, domain);
  return g_object_ref (domain);
}

static RoostDomain *
define_new (RoostManager *manager, RoostDocument *document, GError **error)
{
  g_auto (RoostClaim) held = { 0 };

  return claim (manager, document, &held, error)
             ? roost_manager_store_new (manager, document, error)
             : NULL;
}

static gboolean
redefine_held (RoostDomain *domain, gpointer data, GError **error)
{
  RoostDocument *document = data;

  if (!roost_store_write (domain->manager->places, domain->uuid, roost_document_text (document),
                          error))
    return FALSE;
  roost_domain_set_next (domain, document);
  roost_domain_set_flags (domain, TRUE, domain->autostart.is_on);
  return TRUE;
}

RoostDomain *
roost_manager_define (RoostManager *manager, const char *xml, const char *caller, GError **error)
{
  g_autoptr (RoostDomainConfig) config = roost_manager_prepare (manager, xml, NULL, error);
  g_autoptr (RoostDocument) document = NULL;
  RoostDomain *domain = NULL;

  if (config == NULL)
    return NULL;
  document = roost_document_new (config);
  if (!find_same (manager, document, &domain, error))
    return NULL;
  if (domain == NULL)
    return define_new (manager, document, error);
  if (!roost_domain_operate (domain, "define", caller, redefine_held, document, error))
    return NULL;
  return g_object_ref (domain);
}

gboolean
roost_domain_redefine (RoostDomain *domain, const char *xml, const char *caller, GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  RoostManager *manager = domain->manager;
  g_autoptr (RoostDomainConfig) config = NULL;
  g_autoptr (RoostDocument) document = NULL;

  if (manager == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_FOUND, "domain '%s' was removed", domain->name);
  config = roost_manager_prepare (manager, xml, NULL, error);
  if (config == NULL)
    return FALSE;
  document = roost_document_new (config);
  if (!g_str_equal (roost_document_name (document), domain->name)
      || !g_str_equal (roost_document_uuid (document), domain->uuid))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "name and uuid must be those of the domain: '%s', %s", domain->name,
                        domain->uuid);
  return roost_domain_operate (domain, "define", caller, redefine_held, document, error);
}

/* --- another name --- */

static RoostDomainConfig *
renamed (RoostDomain *domain, const char *name)
{
  RoostDomainConfig *config = roost_domain_config_copy (roost_document_config (domain->next));
  g_autoptr (RoostDomainConfig) chosen = roost_domain_config_copy (config);
  const char *path = NULL;
  const char *template = NULL;
  gboolean has_variables = roost_manager_choose_firmware (domain->manager, chosen, NULL)
                           && roost_view_nvram (chosen, &path, &template)
                           && g_file_test (path, G_FILE_TEST_EXISTS);

  roost_view_rename (config, name, has_variables ? path : NULL);
  return config;
}

/* The log is of no use under a name that nobody knows; that it cannot be moved is no reason to
 * fail. */
static void
move_log (RoostDomain *domain, const char *name)
{
  g_autofree char *old = roost_store_log_path (domain->manager->places, domain->name);
  g_autofree char *new = roost_store_log_path (domain->manager->places, name);

  if (!g_file_test (new, G_FILE_TEST_EXISTS))
    (void)g_rename (old, new);
}

static gboolean
rename_held (RoostDomain *domain, gpointer data, GError **error)
{
  const char *name = data;
  RoostManager *manager = domain->manager;
  g_autoptr (RoostDomainConfig) config = NULL;
  g_autoptr (RoostDocument) document = NULL;

  if (!domain->is_persistent)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "domain '%s' is transient: nothing is stored that could get another name",
                        domain->name);
  if (domain->run != NULL)
    return roost_throw (error, ROOST_ERROR_RUNNING,
                        "domain '%s' is running: it can get another name when it is shut off",
                        domain->name);
  config = renamed (domain, name);
  if (!roost_manager_complete (manager, config, NULL, NULL, error))
    return FALSE;
  document = roost_document_new (config);
  if (!redefine_held (domain, document, error))
    return FALSE;
  move_log (domain, name);
  roost_manager_set_name (manager, domain, name);
  return TRUE;
}

gboolean
roost_domain_rename (RoostDomain *domain, const char *name, const char *caller, GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_auto (RoostClaim) claimed = { 0 };
  RoostDomain *other;

  if (domain->manager == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_FOUND, "domain '%s' was removed", domain->name);
  other = roost_manager_find_name (domain->manager, name);
  if (other != NULL)
    return roost_throw (error, ROOST_ERROR_EXISTS, "there is a domain '%s' already, with uuid %s",
                        name, roost_domain_uuid (other));
  if (!roost_claim_take (domain->manager, name, domain->uuid, &claimed, error))
    return FALSE;
  return roost_domain_operate (domain, "rename", caller, rename_held, (gpointer)name, error);
}

RoostDomain *
roost_manager_start_transient (RoostManager *manager,
                               const char *xml,
                               const RoostStartOptions *options,
                               const char *caller,
                               GCancellable *cancellable,
                               GError **error)
{
  g_autoptr (RoostDomainConfig) config = roost_manager_prepare (manager, xml, NULL, error);
  g_autoptr (RoostDocument) document = NULL;
  g_autoptr (RoostDomain) domain = NULL;
  g_auto (RoostClaim) held = { 0 };
  RoostDomain *same = NULL;

  if (config == NULL)
    return NULL;
  document = roost_document_new (config);
  if (!find_same (manager, document, &same, error) || !claim (manager, document, &held, error))
    return NULL;
  if (same != NULL)
    {
      roost_throw (error, ROOST_ERROR_EXISTS, "there is a domain '%s' already",
                   roost_domain_name (same));
      return NULL;
    }
  domain = g_object_ref (roost_domain_new (manager, roost_document_uuid (document),
                                           roost_document_name (document), document));
  roost_manager_add (manager, domain);
  if (!roost_domain_start (domain, options, caller, cancellable, error))
    return NULL;
  return g_steal_pointer (&domain);
}

/* --- without any effect --- */

/* What runs has been through all that a start decides; so must what it is compared with. */
static gboolean
is_same_guest (RoostManager *manager,
               const RoostDomainConfig *running,
               RoostDomainConfig *config,
               const RoostFacts *facts,
               GError **error)
{
  if (!roost_manager_choose_firmware (manager, config, error))
    return FALSE;
  roost_cpu_resolve (config, facts);
  return roost_domain_config_same_abi (running, config, error);
}

gboolean
roost_manager_check_abi (RoostManager *manager, const char *xml, GError **error)
{
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (xml, NULL, error);
  g_autoptr (RoostFacts) facts = NULL;
  RoostDomain *domain;

  if (config == NULL || !roost_manager_complete (manager, config, NULL, &facts, error))
    return FALSE;
  domain = roost_manager_find_uuid (manager, roost_domain_config_uuid (config));
  if (domain == NULL || domain->run == NULL || domain->run->is_starting
      || domain->run->document == NULL)
    return TRUE;
  if (is_same_guest (manager, roost_document_config (domain->run->document), config, facts, error))
    return TRUE;
  g_prefix_error (error,
                  "the guest of '%s' runs and would see another machine after its next start: ",
                  roost_domain_name (domain));
  return FALSE;
}

/* What stopped the reading, unless it stands in the list already. */
static void
add_found (RoostIssues *issues, const GError *found)
{
  for (guint i = 0; i < roost_issues_length (issues); i++)
    if (roost_issues_get (issues, i)->severity == ROOST_ISSUE_ERROR)
      return;
  roost_issues_add (issues, ROOST_ISSUE_ERROR, NULL, "%s", found->message);
}

RoostIssues *
roost_manager_validate (RoostManager *manager, const char *xml, GError **error)
{
  g_autoptr (RoostIssues) issues = roost_issues_new ();
  g_autoptr (GError) found = NULL;
  g_autoptr (RoostDomainConfig) config = roost_manager_prepare (manager, xml, issues, &found);

  if (config == NULL)
    add_found (issues, found);
  return g_steal_pointer (&issues);
}

/* An XML from elsewhere may name a binary that is elsewhere: then the usual one is asked. */
static RoostFacts *
facts_for_show (RoostManager *manager, RoostDomainConfig *config, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *binary = binary_of (manager, config, error);
  g_autofree char *usual = NULL;
  const char *arch = roost_domain_config_arch (config);
  RoostFacts *facts;

  if (binary == NULL)
    return NULL;
  facts = roost_caps_get_facts (manager->caps, binary, &local);
  if (facts != NULL)
    return facts;
  if (g_error_matches (local, ROOST_ERROR, ROOST_ERROR_NOT_FOUND) && arch != NULL)
    usual = roost_caps_binary_for (manager->caps, arch);
  if (usual != NULL)
    return roost_caps_get_facts (manager->caps, usual, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

GStrv
roost_manager_arguments (RoostManager *manager, const char *xml, GError **error)
{
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (xml, NULL, error);
  g_autoptr (RoostFacts) facts = config != NULL ? facts_for_show (manager, config, error) : NULL;
  g_autofree char *run_dir = NULL;
  RoostLaunch launch = { .state_dir = manager->places->state_dir,
                         .is_privileged = manager->places->is_privileged,
                         .is_dry = TRUE,
                         .host = manager->places->host,
                         .monitor_fd = -1,
                         .now = g_get_real_time () / G_USEC_PER_SEC };

  if (facts == NULL || !roost_domain_config_complete (config, facts, NULL, error)
      || !roost_manager_choose_firmware (manager, config, error))
    return NULL;
  roost_cpu_resolve (config, facts);
  roost_volumes_resolve_known (manager, config);
  if (!roost_aliases_assign (config, facts, error))
    return NULL;
  run_dir = g_build_filename (manager->places->run_dir, "domain", roost_domain_config_uuid (config),
                              NULL);
  launch.run_dir = run_dir;
  return roost_argv_build (config, facts, &launch, error);
}
