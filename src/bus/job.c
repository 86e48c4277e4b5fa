/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/handlers.h"

#include "base/error.h"

typedef struct
{
  RoostUint timeout_us;
} WaitOptions;

#define US_PER_MS 1000

const RoostType roost_options_wait = {
  .name = "wait-options",
  .size = sizeof (WaitOptions),
  .fields =
      (const RoostField[]){
          { .path = "@timeout",
            .kind = ROOST_FIELD_UINT,
            .offset = G_STRUCT_OFFSET (WaitOptions, timeout_us),
            .max = G_MAXUINT32 * (guint64)US_PER_MS,
            .doc = "microseconds to wait at the most" },
          ROOST_FIELD_END,
      },
};

GVariant *
job_cancel (RoostCall *call, GError **error)
{
  return roost_job_cancel (ROOST_CALL_JOB (call), error) ? g_variant_new ("()") : NULL;
}

/* Somebody waits for a job: no coroutine, for there may be many and it may take long. */
typedef struct
{
  RoostCall *call;
  RoostJob *job;
  gulong completed;
  guint timeout;
} Wait;

static void
wait_end (Wait *wait, const GError *error)
{
  g_signal_handler_disconnect (wait->job, wait->completed);
  g_clear_handle_id (&wait->timeout, g_source_remove);
  roost_call_reply (wait->call, error == NULL ? g_variant_new ("()") : NULL, error);
  g_object_unref (wait->job);
  g_free (wait);
}

static void
on_completed (RoostJob *job, Wait *wait)
{
  wait_end (wait, roost_job_error (job));
}

static gboolean
on_timeout (gpointer p)
{
  Wait *wait = p;
  g_autoptr (GError) error = NULL;

  wait->timeout = 0;
  roost_throw (&error, ROOST_ERROR_TIMEOUT, "job %u (%s) still runs", roost_job_number (wait->job),
               roost_job_operation (wait->job));
  wait_end (wait, error);
  return G_SOURCE_REMOVE;
}

GVariant *
job_wait (RoostCall *call, GError **error)
{
  const WaitOptions *options = call->options;
  RoostJob *job = ROOST_CALL_JOB (call);
  Wait *wait;

  if (roost_job_state (job) != ROOST_JOB_RUNNING)
    {
      const GError *failure = roost_job_error (job);

      if (failure != NULL)
        g_propagate_error (error, g_error_copy (failure));
      return failure == NULL ? g_variant_new ("()") : NULL;
    }
  wait = g_new0 (Wait, 1);
  wait->call = call;
  wait->job = g_object_ref (job);
  wait->completed = g_signal_connect (job, "completed", G_CALLBACK (on_completed), wait);
  if (options->timeout_us.is_set)
    wait->timeout =
        g_timeout_add ((guint)(options->timeout_us.value / US_PER_MS), on_timeout, wait);
  return NULL;
}
