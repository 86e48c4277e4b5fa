/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/steps.h"

#include "base/co.h"
#include "base/error.h"

#include <signal.h>

static guint n_begun;

/* Is there a fault of @kind for @step, the K-th that was begun? */
static gboolean
fault_hits (const RoostStep *step, const char *kind)
{
  const char *fault = g_getenv ("ROOST_FAULT");
  const char *colon = fault != NULL ? strrchr (fault, ':') : NULL;
  g_autofree char *where = NULL;

  if (colon == NULL || !g_str_equal (colon + 1, kind))
    return FALSE;
  where = g_strndup (fault, (gsize)(colon - fault));
  return g_str_equal (where, step->name) || g_ascii_strtoull (where, NULL, 10) == n_begun;
}

static gboolean
fault_before (const RoostStep *step, GCancellable *cancellable, GError **error)
{
  n_begun++;
  if (fault_hits (step, "kill"))
    raise (SIGKILL);
  if (fault_hits (step, "cancel"))
    g_cancellable_cancel (cancellable);
  if (fault_hits (step, "fail"))
    return roost_throw (error, ROOST_ERROR_IO, "injected fault");
  return TRUE;
}

static gboolean
fault_after (const RoostStep *step, GError **error)
{
  if (fault_hits (step, "kill-after"))
    raise (SIGKILL);
  if (fault_hits (step, "fail-after"))
    return roost_throw (error, ROOST_ERROR_IO, "injected fault");
  return TRUE;
}

static gboolean
step_run (const RoostStep *step, gpointer op, GCancellable *cancellable, GError **error)
{
  GCancellable *c = step->flags & ROOST_STEP_NO_CANCEL ? NULL : cancellable;

  if (!fault_before (step, cancellable, error))
    return FALSE;
  if (g_cancellable_is_cancelled (c))
    return roost_throw (error, ROOST_ERROR_CANCELLED, "the operation was cancelled");
  return step->run (op, c, error);
}

static void
undo_down_to (const RoostStep *steps, guint from, guint keep, gpointer op)
{
  for (guint i = from; i-- > keep;)
    if (steps[i].undo != NULL)
      steps[i].undo (op);
}

gboolean
roost_steps_run (const RoostStep *steps,
                 gpointer op,
                 const RoostStepHooks *hooks,
                 GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (GError) local = NULL;
  const RoostStep *step = NULL;
  guint n = 0;
  guint done = 0;
  guint keep = 0;

  g_assert (co_running ());
  while (steps[n].name != NULL)
    n++;
  while (done < n)
    {
      step = &steps[done];
      if (hooks != NULL && hooks->before != NULL && !hooks->before (op, step, done, n, &local))
        break;
      if (!step_run (step, op, cancellable, &local))
        break;
      done++;
      if (step->flags & ROOST_STEP_COMMIT)
        keep = done;
      if (!fault_after (step, &local))
        break;
    }
  if (local == NULL)
    return TRUE;
  g_prefix_error (&local, "%s: ", step->name);
  if (hooks != NULL && hooks->undoing != NULL)
    hooks->undoing (op, done, local);
  undo_down_to (steps, done, keep, op);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

void
roost_steps_undo (const RoostStep *steps, const char *name, gpointer op)
{
  guint begun = 0;
  guint keep = 0;

  while (steps[begun].name != NULL && !g_str_equal (steps[begun].name, name))
    begun++;
  for (guint i = 0; i < begun; i++)
    if (steps[i].name != NULL && steps[i].flags & ROOST_STEP_COMMIT)
      keep = i + 1;
  if (steps[begun].name != NULL)
    begun++;
  else
    keep = 0;
  undo_down_to (steps, begun, keep, op);
}
