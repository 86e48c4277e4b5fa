/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/job.h"

#include "base/co.h"
#include "base/error.h"
#include "base/job-private.h"
#include "base/rate.h"

struct _RoostJob
{
  GObject parent;
  guint number;
  const char *operation;   /* interned */
  RoostJobSubject subject; /* owns its strings */
  char *caller;
  gint64 started_us;
  RoostJobState state;
  const char *phase;
  double progress;
  guint64 bytes_total;
  guint64 bytes_done;
  RoostRate rate;
  GHashTable *details; /* name → GVariant, owned */
  GError *error;
  gboolean can_cancel;
  GCancellable *cancellable;
  CoGate *ended;
  const Co *co; /* who does it */
};

G_DEFINE_FINAL_TYPE (RoostJob, roost_job, G_TYPE_OBJECT)

enum
{
  CHANGED,
  COMPLETED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static const char *const state_names[] = {
  [ROOST_JOB_RUNNING] = "running",
  [ROOST_JOB_COMPLETED] = "completed",
  [ROOST_JOB_FAILED] = "failed",
  [ROOST_JOB_CANCELLED] = "cancelled",
};

const char *
roost_job_state_name (RoostJobState state)
{
  g_return_val_if_fail ((guint)state < G_N_ELEMENTS (state_names), "");
  return state_names[state];
}

static void
roost_job_finalize (GObject *object)
{
  RoostJob *job = ROOST_JOB (object);

  g_free ((char *)job->subject.domain_uuid);
  g_free ((char *)job->subject.pool_uuid);
  g_free ((char *)job->subject.volume);
  g_free (job->caller);
  g_clear_error (&job->error);
  g_hash_table_unref (job->details);
  g_object_unref (job->cancellable);
  co_gate_free (job->ended);
  G_OBJECT_CLASS (roost_job_parent_class)->finalize (object);
}

static void
roost_job_class_init (RoostJobClass *class)
{
  G_OBJECT_CLASS (class)->finalize = roost_job_finalize;
  signals[CHANGED] = g_signal_new ("changed", ROOST_TYPE_JOB, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[COMPLETED] = g_signal_new ("completed", ROOST_TYPE_JOB, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 0);
}

static void
roost_job_init (RoostJob *job)
{
  job->phase = "";
  job->progress = -1.0;
  job->started_us = g_get_real_time ();
  job->cancellable = g_cancellable_new ();
  job->details =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_variant_unref);
  job->ended = co_gate_new ();
}

RoostJob *
roost_job_new (guint number,
               const char *operation,
               const RoostJobSubject *subject,
               const char *caller,
               guint flags)
{
  RoostJob *job = g_object_new (ROOST_TYPE_JOB, NULL);

  job->number = number;
  job->operation = g_intern_string (operation);
  job->subject.domain_uuid = g_strdup (subject->domain_uuid);
  job->subject.pool_uuid = g_strdup (subject->pool_uuid);
  job->subject.volume = g_strdup (subject->volume);
  job->caller = g_strdup (caller != NULL ? caller : "");
  job->can_cancel = (flags & ROOST_JOB_CAN_CANCEL) != 0;
  return job;
}

guint
roost_job_number (RoostJob *job)
{
  return job->number;
}

const char *
roost_job_operation (RoostJob *job)
{
  return job->operation;
}

const RoostJobSubject *
roost_job_subject (RoostJob *job)
{
  return &job->subject;
}

const char *
roost_job_domain_uuid (RoostJob *job)
{
  return job->subject.domain_uuid;
}

const char *
roost_job_caller (RoostJob *job)
{
  return job->caller;
}

gint64
roost_job_started_us (RoostJob *job)
{
  return job->started_us;
}

RoostJobState
roost_job_state (RoostJob *job)
{
  return job->state;
}

const char *
roost_job_phase (RoostJob *job)
{
  return job->phase;
}

double
roost_job_progress (RoostJob *job)
{
  return job->progress;
}

guint64
roost_job_bytes_total (RoostJob *job)
{
  return job->bytes_total;
}

guint64
roost_job_bytes_done (RoostJob *job)
{
  return job->bytes_done;
}

guint64
roost_job_rate (RoostJob *job)
{
  return job->state == ROOST_JOB_RUNNING ? job->rate.per_second : 0;
}

GVariant *
roost_job_details (RoostJob *job)
{
  GVariantBuilder builder;
  GHashTableIter iter;
  gpointer name, value;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_hash_table_iter_init (&iter, job->details);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_variant_builder_add (&builder, "{sv}", name, value);
  return g_variant_builder_end (&builder);
}

const GError *
roost_job_error (RoostJob *job)
{
  return job->error;
}

gboolean
roost_job_is_cancellable (RoostJob *job)
{
  return job->state == ROOST_JOB_RUNNING && job->can_cancel;
}

void
roost_job_run_here (RoostJob *job)
{
  job->co = co_self ();
}

gboolean
roost_job_runs_here (RoostJob *job)
{
  return job->co == co_self ();
}

GCancellable *
roost_job_cancellable (RoostJob *job)
{
  return job->cancellable;
}

void
roost_job_set_phase (RoostJob *job, const char *phase, double progress)
{
  job->phase = phase;
  job->progress = progress;
  g_signal_emit (job, signals[CHANGED], 0);
}

void
roost_job_set_bytes (RoostJob *job, guint64 done, guint64 total)
{
  job->bytes_done = done;
  job->bytes_total = total;
  job->progress = total > 0 ? CLAMP ((double)done / (double)total, 0.0, 1.0) : -1.0;
  roost_rate_add (&job->rate, done, g_get_monotonic_time ());
  g_signal_emit (job, signals[CHANGED], 0);
}

void
roost_job_set_detail (RoostJob *job, const char *name, GVariant *value)
{
  if (value != NULL)
    g_hash_table_insert (job->details, g_strdup (name), g_variant_ref_sink (value));
  else
    g_hash_table_remove (job->details, name);
  g_signal_emit (job, signals[CHANGED], 0);
}

void
roost_job_set_started (RoostJob *job, gint64 started_us)
{
  job->started_us = started_us;
}

void
roost_job_refuse_cancel (RoostJob *job)
{
  if (!job->can_cancel)
    return;
  job->can_cancel = FALSE;
  g_signal_emit (job, signals[CHANGED], 0);
}

static RoostJobState
state_after (const GError *error)
{
  if (error == NULL)
    return ROOST_JOB_COMPLETED;
  return g_error_matches (error, ROOST_ERROR, ROOST_ERROR_CANCELLED) ? ROOST_JOB_CANCELLED
                                                                     : ROOST_JOB_FAILED;
}

void
roost_job_end (RoostJob *job, const GError *error)
{
  g_return_if_fail (job->state == ROOST_JOB_RUNNING);
  job->state = state_after (error);
  job->error = error != NULL ? g_error_copy (error) : NULL;
  job->progress = error == NULL ? 1.0 : job->progress;
  co_gate_open (job->ended);
  g_signal_emit (job, signals[CHANGED], 0);
  g_signal_emit (job, signals[COMPLETED], 0);
}

gboolean
roost_job_cancel (RoostJob *job, GError **error)
{
  if (job->state != ROOST_JOB_RUNNING)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "job %u has ended already (%s)",
                        job->number, roost_job_state_name (job->state));
  if (!job->can_cancel)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "job %u ('%s') cannot be cancelled at this point", job->number,
                        job->operation);
  g_cancellable_cancel (job->cancellable);
  return TRUE;
}

gboolean
roost_job_wait (RoostJob *job, guint timeout_ms, GCancellable *cancellable, GError **error)
{
  g_autoptr (RoostJob) held = g_object_ref (job);

  if (job->state == ROOST_JOB_RUNNING
      && !co_gate_wait (held->ended, timeout_ms, cancellable, error))
    return FALSE;
  if (job->error == NULL)
    return TRUE;
  g_propagate_error (error, g_error_copy (job->error));
  return FALSE;
}
