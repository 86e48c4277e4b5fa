/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/domain-private.h"

#include "base/error.h"
#include "base/file.h"
#include "domain/store.h"
#include "domain/view.h"

/* --- undefine --- */

/* Returns: (transfer full) (nullable): where the variables of its firmware are, or would be */
static char *
nvram_of (RoostDomain *domain)
{
  g_autoptr (RoostDomainConfig) config =
      roost_domain_config_copy (roost_document_config (domain->next));
  const char *path = NULL;
  const char *template = NULL;

  roost_manager_choose_firmware (domain->manager, config, NULL);
  return roost_view_nvram (config, &path, &template) ? g_strdup (path) : NULL;
}

static gboolean
check_options (RoostDomain *domain, const RoostUndefineOptions *options, GError **error)
{
  g_autofree char *path = nvram_of (domain);

  if (!domain->is_persistent)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "domain '%s' is transient: there is nothing to undefine", domain->name);
  if (options->keep_nvram && options->remove_nvram)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the firmware variables cannot be both kept and removed");
  if (path != NULL && g_file_test (path, G_FILE_TEST_EXISTS) && !options->keep_nvram
      && !options->remove_nvram)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "domain '%s' has firmware variables (%s): say by keep-nvram or "
                        "remove-nvram what becomes of them",
                        domain->name, path);
  return TRUE;
}

/* A running guest still uses them. */
static gboolean
remove_state (RoostDomain *domain, const RoostUndefineOptions *options, GError **error)
{
  g_autofree char *nvram = options->remove_nvram ? nvram_of (domain) : NULL;

  if (domain->run != NULL)
    return TRUE;
  if (!options->keep_tpm)
    roost_store_forget_tpm (domain->manager->places, domain->uuid);
  return nvram == NULL || roost_file_remove (nvram, error);
}

static gboolean
undefine_held (RoostDomain *domain, gpointer data, GError **error)
{
  const RoostUndefineOptions *options = data;

  if (!check_options (domain, options, error)
      || !roost_store_remove (domain->manager->places, domain->uuid, error))
    return FALSE;
  roost_domain_set_flags (domain, FALSE, FALSE);
  return remove_state (domain, options, error);
}

gboolean
roost_domain_undefine (RoostDomain *domain,
                       const RoostUndefineOptions *options,
                       const char *caller,
                       GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  gboolean was_persistent = domain->is_persistent;
  gboolean ok =
      roost_domain_operate (domain, "undefine", caller, undefine_held, (gpointer)options, error);

  if (was_persistent && !domain->is_persistent && domain->run == NULL && domain->manager != NULL)
    roost_manager_remove (domain->manager, domain);
  return ok;
}
