/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/delete.h"

#include "base/compat.h"
#include "base/error.h"
#include "base/log.h"
#include "base/steps.h"
#include "domain/delete-private.h"
#include "domain/remains.h"
#include "domain/store.h"

#include <string.h>

typedef struct
{
  RoostDomain *domain; /* owned */
  RoostManager *manager;
  RoostJob *job;
  GPtrArray *items; /* of RoostDeleteItem */
  RoostRemains *remains;
  GString *gone; /* what was removed, for an error */
} Delete;

static void
delete_free (gpointer p)
{
  Delete *delete = p;

  g_string_free (delete->gone, TRUE);
  roost_remains_free (delete->remains);
  g_ptr_array_unref (delete->items);
  g_object_unref (delete->job);
  g_object_unref (delete->manager);
  g_object_unref (delete->domain);
  g_free (delete);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Delete, delete_free)

/* --- steps --- */

static gboolean
note (gpointer p, GCancellable *cancellable, GError **error)
{
  Delete *delete = p;

  return roost_remains_write (delete->manager, delete->remains, error);
}

static void
undo_note (gpointer p)
{
  Delete *delete = p;

  roost_remains_forget (delete->manager, delete->remains->uuid, NULL);
}

static gboolean
remove_volume (Delete *delete, const RoostDeleteItem *item, GError **error)
{
  const RoostVolumeCall call = { item->volume, roost_job_caller (delete->job) };
  RoostPool *pool = roost_storage_find_uuid (delete->manager->storage, item->pool);
  g_autofree char *refused = roost_delete_refusal (delete->domain, item);

  if (refused != NULL)
    return roost_throw (error, ROOST_ERROR_BUSY, "disk '%s': %s", item->target, refused);
  if (!roost_pool_delete_volume (pool, &call, error))
    {
      g_prefix_error (error, "disk '%s': ", item->target);
      return FALSE;
    }
  g_string_append_printf (delete->gone, "%s%s", delete->gone->len > 0 ? ", " : "", item->path);
  return TRUE;
}

static gboolean
remove_volumes (gpointer p, GCancellable *cancellable, GError **error)
{
  Delete *delete = p;
  const RoostDeleteItem *item;
  double n_done = 0;

  roost_job_refuse_cancel (delete->job);
  ROOST_LIST_EACH (const RoostDeleteItem, item, delete->items)
    {
      roost_job_set_phase (delete->job, "remove volumes", n_done++ / delete->items->len);
      if (item->is_named && item->volume != NULL && !remove_volume (delete, item, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
remove_state (gpointer p, GCancellable *cancellable, GError **error)
{
  Delete *delete = p;

  return roost_remains_remove_state (delete->manager, delete->remains, error);
}

static gboolean
remove_definition (gpointer p, GCancellable *cancellable, GError **error)
{
  Delete *delete = p;

  return roost_store_remove (delete->manager->places, delete->domain->uuid, error);
}

static const RoostStep steps[] = {
  { "note deletion", note, undo_note, 0 },
  { "remove volumes", remove_volumes, NULL, ROOST_STEP_NO_CANCEL },
  { "remove state", remove_state, NULL, ROOST_STEP_NO_CANCEL },
  { "remove definition", remove_definition, NULL, ROOST_STEP_COMMIT | ROOST_STEP_NO_CANCEL },
  { NULL },
};

static gboolean
show_step (gpointer p, const RoostStep *step, guint index, guint n, GError **error)
{
  Delete *delete = p;

  roost_job_set_phase (delete->job, step->name, -1.0);
  return TRUE;
}

/* The domain stays; says in @error what cannot be brought back. */
static void
tell_gone (const Delete *delete, GError *error)
{
  g_autofree char *message = g_steal_pointer (&error->message);

  error->message = delete->gone->len == 0
                       ? g_steal_pointer (&message)
                       : g_strdup_printf ("%s; the domain stays defined, but this is gone: %s",
                                          message, delete->gone->str);
}

static void
finish (Delete *delete)
{
  g_autoptr (GError) error = NULL;

  if (!roost_remains_forget (delete->manager, delete->remains->uuid, &error))
    roost_warning ("what was noted of a deletion: %s", error->message);
  roost_domain_set_flags (delete->domain, FALSE, FALSE);
}

static void
delete_body (gpointer p)
{
  const RoostStepHooks hooks = { .before = show_step };
  g_autoptr (Delete) delete = p;
  g_autoptr (GError) error = NULL;
  RoostDomain *domain = delete->domain;

  roost_job_run_here (delete->job);
  if (roost_steps_run (steps, delete, &hooks, roost_job_cancellable (delete->job), &error))
    finish (delete);
  else
    tell_gone (delete, error);
  roost_domain_release (domain, delete->job, error);
  if (error == NULL && domain->manager != NULL)
    roost_manager_remove (domain->manager, domain);
}

/* --- who asks for it --- */

static gboolean
check_items (const RoostDomain *domain, const GPtrArray *items, GError **error)
{
  const RoostDeleteItem *item;

  ROOST_LIST_EACH (const RoostDeleteItem, item, items)
    if (item->is_named && item->refused != NULL)
      return roost_throw (error, ROOST_ERROR_BUSY,
                          "domain '%s': %s (%s) cannot be removed: %s; nothing was", domain->name,
                          item->target, item->path, item->refused);
  return TRUE;
}

static RoostRemains *
remains_of (const RoostDomain *domain, const GPtrArray *items)
{
  RoostRemains *remains = roost_remains_new (domain->uuid, FALSE);
  const RoostDeleteItem *item;

  ROOST_LIST_EACH (const RoostDeleteItem, item, items)
    {
      if (!item->is_named)
        continue;
      if (item->volume != NULL)
        roost_remains_add (remains, item->pool, item->volume)->inode = item->inode;
      else if (g_str_equal (item->kind, "nvram"))
        remains->nvram = g_strdup (item->path);
      else
        remains->has_tpm = TRUE;
    }
  return remains;
}

static Delete *
delete_new (RoostDomain *domain, RoostJob *job, GPtrArray *items)
{
  Delete *delete = g_new0 (Delete, 1);

  delete->domain = g_object_ref (domain);
  delete->manager = g_object_ref (domain->manager);
  delete->job = g_object_ref (job);
  delete->items = g_ptr_array_ref (items);
  delete->remains = remains_of (domain, items);
  delete->gone = g_string_new (NULL);
  return delete;
}

/* Returns: (transfer full): what the held domain goes with */
static GPtrArray *
prepare (RoostDomain *domain, const RoostDeleteOptions *options, GError **error)
{
  g_autoptr (GPtrArray) items = NULL;

  if (domain->run != NULL)
    {
      roost_throw (error, ROOST_ERROR_RUNNING, "domain '%s' is running: end it first",
                   domain->name);
      return NULL;
    }
  items = roost_domain_delete_plan (domain, options, error);
  return items != NULL && check_items (domain, items, error) ? g_steal_pointer (&items) : NULL;
}

RoostJob *
roost_domain_delete_begin (RoostDomain *domain,
                           const RoostDeleteOptions *options,
                           const char *caller,
                           GPtrArray **out_items,
                           GError **error)
{
  RoostJob *job = roost_domain_hold (domain, "delete", caller, 0, error);
  g_autoptr (GPtrArray) items = NULL;
  g_autoptr (GError) local = NULL;

  if (job == NULL)
    return NULL;
  items = prepare (domain, options, &local);
  if (items == NULL)
    {
      roost_domain_release (domain, job, local);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  *out_items = g_ptr_array_ref (items);
  job = g_object_ref (job);
  co_spawn ("delete", delete_body, delete_new (domain, job, items));
  return job;
}
