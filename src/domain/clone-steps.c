/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The steps of a clone, each with its undo. */

#include "base/compat.h"
#include "base/error.h"
#include "base/log.h"
#include "base/steps.h"
#include "domain/clone-private.h"
#include "domain/state-copy.h"
#include "domain/store.h"

/* --- written down, for the next daemon --- */

static gboolean
note (gpointer p, GCancellable *cancellable, GError **error)
{
  RoostClone *clone = p;

  return roost_remains_write (clone->manager, clone->remains, error);
}

static void
undo_note (gpointer p)
{
  RoostClone *clone = p;

  if (!clone->has_rest)
    roost_remains_forget (clone->manager, clone->remains->uuid, NULL);
}

/* --- disks --- */

typedef struct
{
  RoostClone *clone;
  RoostCloneDisk *disk;
} Copying;

static void
on_progress (RoostJob *job, Copying *copying)
{
  const RoostClone *clone = copying->clone;
  double part = roost_job_progress (job);
  double done = (double)clone->weight_done;

  if (part > 0)
    done += part * (double)copying->disk->weight;
  roost_job_set_phase (clone->job, "copy disks", done / (double)clone->weight_all);
}

/* The volume is whole and about to get its name: from now on it would be left behind. */
static gboolean
on_place (guint64 inode, gpointer p, GError **error)
{
  Copying *copying = p;
  RoostClone *clone = copying->clone;
  RoostRemain *remain = roost_remains_add (clone->remains, roost_pool_uuid (copying->disk->pool),
                                           copying->disk->name);

  remain->inode = inode;
  return roost_remains_write (clone->manager, clone->remains, error);
}

static RoostJob *
begin_volume (Copying *copying, GError **error)
{
  const RoostCloneDisk *disk = copying->disk;
  const RoostClone *clone = copying->clone;
  const RoostVolumeRequest request = {
    .xml = disk->xml,
    .source = clone->is_linked ? NULL : disk->source,
    .source_name = clone->is_linked ? NULL : disk->source_name,
    .options = { .source_format = clone->is_linked ? NULL : disk->format,
                 .source_secret = disk->secret },
    .caller = roost_job_caller (clone->job),
    .on_place = on_place,
    .data = copying,
  };

  return roost_pool_create_volume (disk->pool, &request, error);
}

/* Waits for the job of a volume, which is cancelled with ours. */
static gboolean
follow (RoostJob *job, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (roost_job_wait (job, 0, cancellable, &local))
    return TRUE;
  if (roost_job_state (job) == ROOST_JOB_RUNNING)
    {
      roost_job_cancel (job, NULL);
      roost_job_wait (job, 0, NULL, NULL);
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
copy_disk (RoostClone *clone, RoostCloneDisk *disk, GCancellable *cancellable, GError **error)
{
  Copying copying = { clone, disk };
  g_autoptr (RoostJob) job = NULL;
  gboolean is_good;

  roost_job_set_detail (clone->job, "disk", g_variant_new_string (disk->target));
  job = begin_volume (&copying, error);
  if (job != NULL)
    {
      g_signal_connect (job, "changed", G_CALLBACK (on_progress), &copying);
      is_good = follow (job, cancellable, error);
      g_signal_handlers_disconnect_by_data (job, &copying);
      disk->is_made = roost_job_state (job) == ROOST_JOB_COMPLETED;
    }
  else
    is_good = FALSE;
  if (!is_good)
    g_prefix_error (error, "disk '%s': ", disk->target);
  clone->weight_done += disk->weight;
  return is_good;
}

static void
remove_volumes (gpointer p)
{
  RoostClone *clone = p;
  RoostCloneDisk *disk;

  ROOST_LIST_EACH (RoostCloneDisk, disk, clone->disks)
    {
      const RoostVolumeCall call = { disk->name, roost_job_caller (clone->job) };
      g_autoptr (GError) error = NULL;

      if (!disk->is_made)
        continue;
      disk->is_made = FALSE;
      if (roost_pool_delete_volume (disk->pool, &call, &error))
        continue;
      clone->has_rest = TRUE;
      roost_warning ("the volume '%s' of a clone that failed is still there: %s", disk->name,
                     error->message);
    }
}

static gboolean
copy_disks (gpointer p, GCancellable *cancellable, GError **error)
{
  RoostClone *clone = p;
  RoostCloneDisk *disk;

  ROOST_LIST_EACH (RoostCloneDisk, disk, clone->disks)
    if (!copy_disk (clone, disk, cancellable, error))
      {
        remove_volumes (clone);
        return FALSE;
      }
  return TRUE;
}

/* --- firmware and TPM --- */

static void
remove_state (gpointer p)
{
  RoostClone *clone = p;

  roost_remains_remove_state (clone->manager, clone->remains, NULL);
}

static gboolean
copy_state (gpointer p, GCancellable *cancellable, GError **error)
{
  RoostClone *clone = p;
  g_autofree char *from = roost_store_tpm_dir (clone->manager->places, clone->domain->uuid);
  g_autofree char *to = roost_store_tpm_dir (clone->manager->places, clone->remains->uuid);

  if ((clone->nvram_from == NULL
       || roost_state_copy_file (clone->manager, clone->nvram_from, clone->remains->nvram, error))
      && (!clone->copies_tpm || roost_state_copy_folder (clone->manager, from, to, error)))
    return TRUE;
  remove_state (clone);
  return FALSE;
}

/* --- the domain --- */

/* Where its volumes are is known for sure now that they are there. */
static gboolean
place_disks (RoostClone *clone, GError **error)
{
  RoostCloneDisk *disk;

  ROOST_LIST_EACH (RoostCloneDisk, disk, clone->disks)
    {
      const RoostVolume *volume = roost_pool_find_volume (disk->pool, disk->name);
      g_autofree char *path = NULL;

      if (volume == NULL)
        return roost_throw (error, ROOST_ERROR_STORAGE,
                            "the new volume '%s' of pool '%s' is not there any more", disk->name,
                            roost_pool_name (disk->pool));
      path = roost_pool_volume_path (disk->pool, volume);
      roost_clone_set_disk (clone->config, disk, clone->is_linked,
                            volume->type == ROOST_VOLUME_TYPE_BLOCK, path);
    }
  return TRUE;
}

static gboolean
define (gpointer p, GCancellable *cancellable, GError **error)
{
  RoostClone *clone = p;
  g_autoptr (RoostDocument) document = NULL;
  g_autoptr (RoostDomain) domain = NULL;

  roost_job_refuse_cancel (clone->job);
  if (!place_disks (clone, error)
      || !roost_manager_complete (clone->manager, clone->config, NULL, NULL, error))
    return FALSE;
  document = roost_document_new (clone->config);
  domain = roost_manager_store_new (clone->manager, document, error);
  return domain != NULL;
}

static const RoostStep steps[] = {
  { "note clone", note, undo_note, 0 },
  { "copy disks", copy_disks, remove_volumes, 0 },
  { "copy state", copy_state, remove_state, 0 },
  { "define clone", define, NULL, ROOST_STEP_COMMIT | ROOST_STEP_NO_CANCEL },
  { NULL },
};

static gboolean
show_step (gpointer p, const RoostStep *step, guint index, guint n, GError **error)
{
  RoostClone *clone = p;

  roost_job_set_phase (clone->job, step->name, -1.0);
  return TRUE;
}

gboolean
roost_clone_run (RoostClone *clone, GError **error)
{
  const RoostStepHooks hooks = { .before = show_step };
  g_autoptr (GError) local = NULL;

  if (!roost_steps_run (steps, clone, &hooks, roost_job_cancellable (clone->job), error))
    return FALSE;
  if (!roost_remains_forget (clone->manager, clone->remains->uuid, &local))
    roost_warning ("what was noted of a clone: %s", local->message);
  return TRUE;
}
