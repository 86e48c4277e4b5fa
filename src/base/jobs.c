/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/jobs.h"

#include "base/job-private.h"

/* How long a job can be looked at after its end. */
#define KEPT_SECONDS  60
#define SWEEP_SECONDS 5

struct _RoostJobs
{
  GObject parent;
  GHashTable *by_number; /* → RoostJob, owned */
  GQueue ended;          /* which are to be forgotten, and when */
  guint sweep_timer;
  guint next;
};

G_DEFINE_FINAL_TYPE (RoostJobs, roost_jobs, G_TYPE_OBJECT)

enum
{
  ADDED,
  REMOVED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
roost_jobs_finalize (GObject *object)
{
  RoostJobs *jobs = ROOST_JOBS (object);

  g_clear_handle_id (&jobs->sweep_timer, g_source_remove);
  g_queue_clear_full (&jobs->ended, g_free);
  g_hash_table_unref (jobs->by_number);
  G_OBJECT_CLASS (roost_jobs_parent_class)->finalize (object);
}

static guint
new_signal (const char *name)
{
  return g_signal_new (name, ROOST_TYPE_JOBS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                       1, ROOST_TYPE_JOB);
}

static void
roost_jobs_class_init (RoostJobsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = roost_jobs_finalize;
  signals[ADDED] = new_signal ("added");
  signals[REMOVED] = new_signal ("removed");
}

static void
roost_jobs_init (RoostJobs *jobs)
{
  jobs->by_number = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  jobs->next = 1;
}

RoostJobs *
roost_jobs_new (void)
{
  return g_object_new (ROOST_TYPE_JOBS, NULL);
}

/* An ended job, in the order of the ends. */
typedef struct
{
  guint number;
  gint64 ended_us; /* monotonic */
} Ended;

static void
forget_job (RoostJobs *jobs, guint number)
{
  g_autoptr (RoostJob) job = g_object_ref (roost_jobs_find (jobs, number));

  g_hash_table_remove (jobs->by_number, GUINT_TO_POINTER (number));
  g_signal_emit (jobs, signals[REMOVED], 0, job);
}

static gboolean
on_sweep (gpointer p)
{
  RoostJobs *jobs = p;
  gint64 old_us = g_get_monotonic_time () - KEPT_SECONDS * G_USEC_PER_SEC;
  Ended *first;

  while ((first = g_queue_peek_head (&jobs->ended)) != NULL && first->ended_us <= old_us)
    {
      g_autofree Ended *ended = g_queue_pop_head (&jobs->ended);

      forget_job (jobs, ended->number);
    }
  if (first != NULL)
    return G_SOURCE_CONTINUE;
  jobs->sweep_timer = 0;
  return G_SOURCE_REMOVE;
}

static void
on_completed (RoostJob *job, gpointer p)
{
  RoostJobs *jobs = p;
  Ended *ended = g_new (Ended, 1);

  *ended = (Ended){ roost_job_number (job), g_get_monotonic_time () };
  g_queue_push_tail (&jobs->ended, ended);
  if (jobs->sweep_timer == 0)
    jobs->sweep_timer =
        g_timeout_add_seconds_full (G_PRIORITY_LOW, SWEEP_SECONDS, on_sweep, jobs, NULL);
}

RoostJob *
roost_jobs_add (RoostJobs *jobs,
                const char *operation,
                const RoostJobSubject *subject,
                const char *caller,
                guint flags)
{
  return roost_jobs_add_again (jobs, jobs->next, operation, subject, caller, flags);
}

RoostJob *
roost_jobs_add_again (RoostJobs *jobs,
                      guint number,
                      const char *operation,
                      const RoostJobSubject *subject,
                      const char *caller,
                      guint flags)
{
  gboolean is_free = number > 0 && roost_jobs_find (jobs, number) == NULL;
  RoostJob *job = roost_job_new (is_free ? number : jobs->next, operation, subject, caller, flags);

  jobs->next = MAX (jobs->next, roost_job_number (job) + 1);

  g_hash_table_insert (jobs->by_number, GUINT_TO_POINTER (roost_job_number (job)), job);
  g_signal_connect_object (job, "completed", G_CALLBACK (on_completed), jobs, 0);
  g_signal_emit (jobs, signals[ADDED], 0, job);
  return job;
}

RoostJob *
roost_jobs_find (RoostJobs *jobs, guint number)
{
  return g_hash_table_lookup (jobs->by_number, GUINT_TO_POINTER (number));
}

GPtrArray *
roost_jobs_list (RoostJobs *jobs)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer job;

  g_hash_table_iter_init (&iter, jobs->by_number);
  while (g_hash_table_iter_next (&iter, NULL, &job))
    g_ptr_array_add (list, g_object_ref (job));
  return list;
}

void
roost_jobs_cancel_all (RoostJobs *jobs)
{
  g_autoptr (GPtrArray) list = roost_jobs_list (jobs);

  for (guint i = 0; i < list->len; i++)
    if (roost_job_state (list->pdata[i]) == ROOST_JOB_RUNNING)
      g_cancellable_cancel (roost_job_cancellable (list->pdata[i]));
}
