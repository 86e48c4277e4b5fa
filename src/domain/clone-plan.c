/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which disks of a domain are copied for a clone, from where to where. */

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"
#include "domain/clone-private.h"
#include "domain/view-volumes.h"
#include "model/pool-types.h"
#include "model/tables.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

void
roost_clone_disk_free (gpointer p)
{
  RoostCloneDisk *disk = p;

  g_clear_object (&disk->source);
  g_clear_object (&disk->pool);
  g_free (disk->target);
  g_free (disk->source_name);
  g_free (disk->source_path);
  g_free (disk->format);
  g_free (disk->secret);
  g_free (disk->name);
  g_free (disk->xml);
  g_free (disk);
}

/* What all disks of one clone have in common. */
typedef struct
{
  RoostDomain *domain;
  const char *name;
  const RoostCloneOptions *options;
  gboolean is_linked;
  RoostPool *pool; /* (nullable): owned: where all new volumes go */
} Plan;

static void
plan_clear (Plan *plan)
{
  g_clear_object (&plan->pool);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Plan, plan_clear)

/* --- which --- */

static gboolean
names (const GStrv list, const char *target)
{
  return list != NULL && g_strv_contains ((const char *const *)list, target);
}

static gboolean
check_known (const RoostDomainConfig *config, const GStrv list, GError **error)
{
  for (guint i = 0; list != NULL && list[i] != NULL; i++)
    {
      const RoostDisk *disk;
      gboolean is_known = FALSE;

      ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
        is_known = is_known || g_strcmp0 (disk->target, list[i]) == 0;
      if (!is_known)
        return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "domain '%s' has no disk '%s'",
                            config->name, list[i]);
    }
  return TRUE;
}

/* Does a guest write to it, and nobody else is meant to? */
static gboolean
is_own (const RoostDisk *disk)
{
  return disk->device != ROOST_DISK_DEVICE_CDROM && !disk->readonly && !disk->shareable;
}

/* Is @disk to be copied? */
static gboolean
choose (const Plan *plan, const RoostDisk *disk, gboolean *out_copy, GError **error)
{
  const RoostCloneOptions *options = plan->options;
  gboolean is_wanted = names (options->disks, disk->target);
  gboolean is_shared = names (options->shared, disk->target);

  *out_copy = is_wanted;
  if (is_wanted && is_shared)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the disk '%s' cannot be both copied and shared", disk->target);
  if (roost_storage_source_is_empty (&disk->source))
    return !is_wanted
           || roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "the drive '%s' is empty",
                           disk->target);
  if (is_wanted || is_shared || !is_own (disk))
    return TRUE;
  if (options->disks != NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the guest writes to the disk '%s': name it in 'disks' to copy it, or in "
                        "'shared' to let both domains have it",
                        disk->target);
  *out_copy = TRUE;
  return TRUE;
}

/* --- from where --- */

static gboolean
find_source (const Plan *plan, const RoostDisk *disk, RoostCloneDisk *out, GError **error)
{
  g_auto (RoostVolumePlace) place = { 0 };

  if (disk->device == ROOST_DISK_DEVICE_LUN || disk->source.slices != NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the disk '%s' is a part of another one, or passed through; name it in "
                        "'shared' to let both domains have it",
                        disk->target);
  if (!roost_volumes_find (plan->domain->manager, disk, &place, error))
    {
      g_prefix_error (error,
                      "the disk '%s' cannot be copied, but named in 'shared': ", disk->target);
      return FALSE;
    }
  out->source = g_steal_pointer (&place.pool);
  out->source_name = g_steal_pointer (&place.name);
  out->source_path = g_steal_pointer (&place.path);
  return TRUE;
}

/* Who runs with it and may write to it? */
static gboolean
check_not_written (const Plan *plan, const RoostCloneDisk *disk, GError **error)
{
  g_auto (GStrv) users = roost_pool_volume_users (disk->source, disk->source_name);

  for (guint i = 0; users[i] != NULL; i++)
    {
      RoostDomain *user = roost_manager_find_uuid (plan->domain->manager, users[i]);

      if (user == NULL || user->run == NULL || user->run->document == NULL
          || (plan->is_linked
              && !roost_view_writes_path (roost_document_config (user->run->document),
                                          disk->source_path)))
        continue;
      return roost_throw (error, ROOST_ERROR_RUNNING,
                          "domain '%s' runs with the disk '%s' (%s) and may write to it: shut it "
                          "down first",
                          user->name, disk->target, disk->source_path);
    }
  return TRUE;
}

/* --- to where --- */

typedef struct
{
  const char *path;
  struct stat st;
} Look;

static gboolean
look (gpointer p, GCancellable *cancellable, GError **error)
{
  Look *look_ = p;

  if (stat (look_->path, &look_->st) == 0)
    return TRUE;
  return roost_throw_errno (error, errno, "the volume %s", look_->path);
}

static const RoostEncryption *
encryption_of (const RoostDisk *disk)
{
  return disk->source.encryption != NULL ? disk->source.encryption : disk->encryption;
}

static gboolean
take_secret (const Plan *plan, const RoostDisk *disk, RoostCloneDisk *out, GError **error)
{
  const RoostEncryption *encryption = encryption_of (disk);
  const RoostSecret *secret;

  if (encryption == NULL)
    return TRUE;
  if (encryption->secrets == NULL || encryption->secrets->len != 1)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the disk '%s' is encrypted by other than one secret", disk->target);
  secret = encryption->secrets->pdata[0];
  out->secret = g_strdup (secret->uuid != NULL ? secret->uuid : secret->usage);
  return TRUE;
}

static void
copy_features (RoostVolumeConfig *config, const RoostImageInfo *info)
{
  config->compat = g_strdup (info->compat);
  config->lazy_refcounts = info->lazy_refcounts;
  config->extended_l2 = info->extended_l2;
  config->has_features = info->lazy_refcounts || info->extended_l2;
  config->cluster_size = (RoostUint){ info->cluster_size, info->cluster_size > 0 };
}

static void
copy_owner (RoostVolumeConfig *config, const struct stat *st)
{
  if (!S_ISREG (st->st_mode))
    return;
  config->permissions.mode = (RoostUint){ st->st_mode & 0777, TRUE };
  if (geteuid () != 0)
    return; /* a user's own are the user's */
  config->permissions.owner = (RoostUint){ st->st_uid, TRUE };
  config->permissions.group = (RoostUint){ st->st_gid, TRUE };
}

/* The description of the new volume. Awaits. */
static gboolean
describe (const Plan *plan, const RoostEncryption *encryption, RoostCloneDisk *disk, GError **error)
{
  g_autoptr (RoostVolumeConfig) config = g_new0 (RoostVolumeConfig, 1);
  g_autoptr (RoostImageInfo) info = NULL;
  Look work = { .path = disk->source_path };
  const char *opened =
      encryption != NULL && g_str_equal (disk->format, "raw") ? "luks" : disk->format;

  config->name = g_strdup (disk->name);
  config->format = g_strdup (plan->is_linked ? "qcow2" : disk->format);
  if (encryption != NULL)
    config->encryption = roost_type_copy (&roost_encryption_type, encryption);
  info = roost_image_info (disk->source_path, opened, NULL, error);
  if (info == NULL || !co_thread (look, &work, NULL, error))
    return FALSE;
  disk->weight = plan->is_linked ? 1 : MAX (info->allocation, 1);
  config->capacity = (RoostUint){ info->capacity, TRUE };
  config->allocation = (RoostUint){ 0, TRUE };
  copy_owner (config, &work.st);
  if (plan->is_linked)
    {
      config->backing = g_new0 (RoostVolumeBacking, 1);
      config->backing->path = g_strdup (disk->source_path);
      config->backing->format = g_strdup (opened);
    }
  else if (g_str_equal (disk->format, "qcow2"))
    copy_features (config, info);
  disk->xml = roost_volume_config_format (config);
  return TRUE;
}

static const char *
suffix_for (const Plan *plan, const RoostCloneDisk *disk)
{
  return plan->is_linked && !g_str_has_suffix (disk->source_name, ".qcow2") ? ".qcow2" : NULL;
}

static gboolean
is_taken (const GPtrArray *disks, const RoostCloneDisk *disk)
{
  const RoostCloneDisk *other;

  ROOST_LIST_EACH (const RoostCloneDisk, other, disks)
    if (other->pool == disk->pool && g_str_equal (other->name, disk->name))
      return TRUE;
  return FALSE;
}

static gboolean
choose_name (const Plan *plan, RoostCloneDisk *disk, const GPtrArray *disks, GError **error)
{
  const char *suffix = suffix_for (plan, disk);

  disk->pool = g_object_ref (plan->pool != NULL ? plan->pool : disk->source);
  disk->name = roost_clone_volume_name (disk->source_name, plan->domain->name, plan->name,
                                        disk->target, suffix);
  if (is_taken (disks, disk))
    {
      g_free (disk->name);
      disk->name = g_strconcat (plan->name, "-", disk->target, suffix, NULL);
    }
  return roost_pool_find_volume (disk->pool, disk->name) == NULL
         || roost_throw (error, ROOST_ERROR_EXISTS,
                         "the pool '%s' has a volume '%s' already: take another name or pool",
                         roost_pool_name (disk->pool), disk->name);
}

/* --- all --- */

static RoostCloneDisk *
plan_disk (const Plan *plan, const RoostDisk *disk, const GPtrArray *disks, GError **error)
{
  RoostCloneDisk *out = g_new0 (RoostCloneDisk, 1);

  out->target = g_strdup (disk->target);
  out->format = g_strdup (disk->format != NULL ? disk->format : "raw");
  if (find_source (plan, disk, out, error) && check_not_written (plan, out, error)
      && take_secret (plan, disk, out, error) && choose_name (plan, out, disks, error)
      && describe (plan, encryption_of (disk), out, error))
    return out;
  roost_clone_disk_free (out);
  return NULL;
}

static gboolean
read_mode (const RoostCloneOptions *options, gboolean *out_is_linked, GError **error)
{
  *out_is_linked = g_strcmp0 (options->mode, "linked") == 0;
  return options->mode == NULL || *out_is_linked || g_str_equal (options->mode, "full")
         || roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                         "mode '%s' is not known; there are 'full', 'linked'", options->mode);
}

static gboolean
find_pool (RoostDomain *domain, const char *name, RoostPool **out, GError **error)
{
  RoostStorage *storage = domain->manager->storage;
  RoostPool *pool;

  if (name == NULL)
    return TRUE;
  pool = roost_storage_find_name (storage, name);
  if (pool == NULL)
    pool = roost_storage_find_uuid (storage, name);
  if (pool == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no pool '%s'", name);
  *out = g_object_ref (pool);
  return TRUE;
}

static GPtrArray *
plan_all (const Plan *plan, const RoostDomainConfig *config, GError **error)
{
  g_autoptr (GPtrArray) disks = g_ptr_array_new_with_free_func (roost_clone_disk_free);
  const RoostDisk *disk;

  ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
    {
      RoostCloneDisk *one;
      gboolean is_copied;

      if (!choose (plan, disk, &is_copied, error))
        return NULL;
      if (!is_copied)
        continue;
      one = plan_disk (plan, disk, disks, error);
      if (one == NULL)
        return NULL;
      g_ptr_array_add (disks, one);
    }
  return g_steal_pointer (&disks);
}

GPtrArray *
roost_clone_plan (RoostDomain *domain,
                  const char *name,
                  const RoostCloneOptions *options,
                  GError **error)
{
  g_auto (Plan) plan = { .domain = domain, .name = name, .options = options };
  g_autoptr (RoostDomainConfig) config =
      roost_domain_config_copy (roost_document_config (domain->next));

  if (!read_mode (options, &plan.is_linked, error) || !check_known (config, options->disks, error)
      || !check_known (config, options->shared, error)
      || !find_pool (domain, options->pool, &plan.pool, error))
    return NULL;
  return plan_all (&plan, config, error);
}
