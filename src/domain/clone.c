/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/clone.h"

#include "base/compat.h"
#include "base/error.h"
#include "domain/clone-private.h"
#include "domain/store.h"
#include "domain/view.h"

#include <string.h>

static void
clone_free (gpointer p)
{
  RoostClone *clone = p;

  roost_claim_clear (&clone->claim);
  g_clear_pointer (&clone->config, roost_domain_config_free);
  g_clear_pointer (&clone->disks, g_ptr_array_unref);
  g_clear_pointer (&clone->remains, roost_remains_free);
  g_free (clone->nvram_from);
  g_clear_object (&clone->job);
  g_object_unref (clone->manager);
  g_object_unref (clone->domain);
  g_free (clone);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostClone, clone_free)

/* --- the new document --- */

/* Everything of @from but what there must be once only, as a definition would take it. Awaits. */
static gboolean
make_config (RoostClone *clone, const char *name, GError **error)
{
  g_autoptr (RoostDomainConfig) copy =
      roost_domain_config_copy (roost_document_config (clone->domain->next));
  g_autofree char *text = NULL;
  RoostCloneDisk *disk;

  roost_clone_change_identity (copy, name, clone->remains->uuid);
  ROOST_LIST_EACH (RoostCloneDisk, disk, clone->disks)
    {
      g_autofree char *path = g_build_filename ("/", disk->name, NULL);

      roost_clone_set_disk (copy, disk, clone->is_linked, FALSE, path);
    }
  text = roost_domain_config_format (copy, ROOST_FORMAT_SECRETS);
  clone->config = roost_manager_prepare (clone->manager, text, NULL, error);
  return clone->config != NULL;
}

/* --- firmware and TPM --- */

static gboolean
read_state_option (
    const char *option, const char *value, const char *usual, gboolean *out_copy, GError **error)
{
  const char *chosen = value != NULL ? value : usual;

  *out_copy = g_str_equal (chosen, "copy");
  return *out_copy || g_str_equal (chosen, "new")
         || roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                         "%s '%s' is not known; there are 'copy', 'new'", option, value);
}

/* Returns: (transfer full): where the variables of @name are to be */
static char *
nvram_path (const RoostManager *manager, const char *name, const char *old_path)
{
  g_autofree char *folder = roost_store_nvram_dir (manager->places);
  const char *dot = strrchr (old_path, '.');
  const char *suffix = dot != NULL && strchr (dot, '/') == NULL ? dot : "";

  return g_strdup_printf ("%s/%s_VARS%s", folder, name, suffix);
}

static gboolean
plan_nvram (RoostClone *clone, gboolean is_copied, GError **error)
{
  g_autoptr (RoostDomainConfig) old =
      roost_domain_config_copy (roost_document_config (clone->domain->next));
  const char *path = NULL;
  const char *template = NULL;

  if (old->os.nvram_source.is_given && old->os.nvram_source.type != ROOST_SOURCE_TYPE_FILE)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the variables of the firmware of '%s' are in no file of this host",
                        clone->domain->name);
  if (!roost_manager_choose_firmware (clone->manager, old, error))
    return FALSE;
  if (!roost_view_nvram (old, &path, &template))
    return TRUE;
  clone->remains->nvram = nvram_path (clone->manager, clone->config->name, path);
  roost_clone_set_nvram (clone->config, clone->remains->nvram);
  if (g_file_test (clone->remains->nvram, G_FILE_TEST_EXISTS))
    {
      roost_throw (error, ROOST_ERROR_EXISTS,
                   "there are variables of a firmware in %s already: remove them, or take another "
                   "name",
                   clone->remains->nvram);
      return FALSE;
    }
  if (is_copied && g_file_test (path, G_FILE_TEST_EXISTS))
    clone->nvram_from = g_strdup (path);
  return TRUE;
}

static gboolean
plan_state (RoostClone *clone, const RoostCloneOptions *options, GError **error)
{
  gboolean is_nvram_copied, is_tpm_copied;

  if (!read_state_option ("nvram", options->nvram, "copy", &is_nvram_copied, error)
      || !read_state_option ("tpm", options->tpm, "new", &is_tpm_copied, error)
      || !plan_nvram (clone, is_nvram_copied, error))
    return FALSE;
  clone->copies_tpm = is_tpm_copied && roost_clone_has_tpm (clone->config);
  clone->remains->has_tpm = clone->copies_tpm;
  if (clone->domain->run != NULL && (clone->nvram_from != NULL || clone->copies_tpm))
    return roost_throw (error, ROOST_ERROR_RUNNING,
                        "domain '%s' runs, and its firmware or TPM may write: shut it down first, "
                        "or take nvram 'new' and tpm 'new'",
                        clone->domain->name);
  return TRUE;
}

/* --- who asks for it --- */

static gboolean
check_free (RoostManager *manager, const char *name, const char *uuid, GError **error)
{
  if (roost_manager_find_name (manager, name) != NULL)
    return roost_throw (error, ROOST_ERROR_EXISTS, "there is a domain '%s' already", name);
  return roost_manager_find_uuid (manager, uuid) == NULL
         || roost_throw (error, ROOST_ERROR_EXISTS, "there is a domain with the uuid %s already",
                         uuid);
}

static gboolean
check_source (RoostDomain *domain, const RoostCloneOptions *options, GError **error)
{
  if (domain->next == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "domain '%s' is transient: no configuration of it is stored", domain->name);
  if (domain->manager->storage == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "this daemon has no storage pools");
  return options->uuid == NULL || g_uuid_string_is_valid (options->uuid)
         || roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is no uuid", options->uuid);
}

/* All that can be wrong is found here. Awaits. */
static gboolean
prepare (RoostClone *clone, const char *name, const RoostCloneOptions *options, GError **error)
{
  const char *uuid = clone->remains->uuid;
  const RoostCloneDisk *disk;

  if (!check_free (clone->manager, name, uuid, error)
      || !roost_claim_take (clone->manager, name, uuid, &clone->claim, error))
    return FALSE;
  clone->is_linked = g_strcmp0 (options->mode, "linked") == 0;
  clone->disks = roost_clone_plan (clone->domain, name, options, error);
  if (clone->disks == NULL || !make_config (clone, name, error)
      || !plan_state (clone, options, error))
    return FALSE;
  ROOST_LIST_EACH (const RoostCloneDisk, disk, clone->disks)
    clone->weight_all += disk->weight;
  roost_job_set_detail (clone->job, "name", g_variant_new_string (name));
  roost_job_set_detail (clone->job, "uuid", g_variant_new_string (uuid));
  return TRUE;
}

static void
clone_body (gpointer p)
{
  g_autoptr (RoostClone) clone = p;
  g_autoptr (GError) error = NULL;

  roost_job_run_here (clone->job);
  roost_clone_run (clone, &error);
  roost_domain_release (clone->domain, clone->job, error);
}

static RoostClone *
clone_new (RoostDomain *domain, RoostJob *job, const char *uuid)
{
  RoostClone *clone = g_new0 (RoostClone, 1);
  g_autofree char *made = uuid != NULL ? g_ascii_strdown (uuid, -1) : g_uuid_string_random ();

  clone->domain = g_object_ref (domain);
  clone->manager = g_object_ref (domain->manager);
  clone->job = g_object_ref (job);
  clone->remains = roost_remains_new (made, TRUE);
  return clone;
}

RoostJob *
roost_domain_clone_begin (RoostDomain *domain,
                          const char *name,
                          const RoostCloneOptions *options,
                          const char *caller,
                          char **out_uuid,
                          GError **error)
{
  g_autoptr (RoostClone) clone = NULL;
  g_autoptr (GError) local = NULL;
  RoostJob *job = roost_domain_hold (domain, "clone", caller, ROOST_JOB_CAN_CANCEL, error);

  if (job == NULL)
    return NULL;
  clone = clone_new (domain, job, options->uuid);
  if (!check_source (domain, options, &local) || !prepare (clone, name, options, &local))
    {
      roost_domain_release (domain, job, local);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  *out_uuid = g_strdup (clone->remains->uuid);
  job = g_object_ref (clone->job);
  co_spawn ("clone", clone_body, g_steal_pointer (&clone));
  return job;
}
