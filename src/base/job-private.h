/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job.h"

/* The side of a job that who makes it and drives it sees: domain/ and storage/. */

typedef enum
{
  ROOST_JOB_CAN_CANCEL = 1 << 0,
} RoostJobFlags;

RoostJob *roost_job_new (guint number,
                         const char *operation,
                         const RoostJobSubject *subject,
                         const char *caller,
                         guint flags);

/* The coroutine that runs now is the one that does the job (roost_domain_hold () has said so; say
 * it again when another takes it over). */
void roost_job_run_here (RoostJob *job);
gboolean roost_job_runs_here (RoostJob *job);

/* Returns: (transfer none): cancelled when somebody asked the job to stop. */
GCancellable *roost_job_cancellable (RoostJob *job);

/* @phase: a static string. @progress: 0.0 … 1.0, or -1.0. */
void roost_job_set_phase (RoostJob *job, const char *phase, double progress);

/* Sets the progress, too, and the rate by the clock. @total: 0 = not known. */
void roost_job_set_bytes (RoostJob *job, guint64 done, guint64 total);

/* @name: as the documentation of the operation says it. @value: floating; (nullable): takes it
 * away. */
void roost_job_set_detail (RoostJob *job, const char *name, GVariant *value);

/* Of a job that was begun by an earlier daemon. @started_us: wall clock */
void roost_job_set_started (RoostJob *job, gint64 started_us);

/* From here on it cannot be cancelled: it is past its commit point, or it is being undone. */
void roost_job_refuse_cancel (RoostJob *job);

/* Once; @error NULL: completed; CANCELLED: cancelled; else failed. */
void roost_job_end (RoostJob *job, const GError *error);
