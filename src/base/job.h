/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * An operation that holds a domain or a storage pool. Short ones (start, destroy) are jobs too, so
 * that Busy can name them and a client can watch or cancel them; on the bus each is
 * /org/roost1/job/N while it runs and a minute after.
 *
 * Signals: "changed" (state, phase, progress), "completed"
 */
#define ROOST_TYPE_JOB (roost_job_get_type ())
G_DECLARE_FINAL_TYPE (RoostJob, roost_job, ROOST, JOB, GObject)

typedef enum
{
  ROOST_JOB_RUNNING,
  ROOST_JOB_COMPLETED,
  ROOST_JOB_FAILED,
  ROOST_JOB_CANCELLED,
} RoostJobState;

/* What a job works on; NULL where it is not about one. */
typedef struct
{
  const char *domain_uuid;
  const char *pool_uuid;
  const char *volume; /* its name, with pool_uuid */
} RoostJobSubject;

const char *roost_job_state_name (RoostJobState state);

guint roost_job_number (RoostJob *job);
const char *roost_job_operation (RoostJob *job); /* "start", "destroy", … */
const RoostJobSubject *roost_job_subject (RoostJob *job);
const char *roost_job_domain_uuid (RoostJob *job); /* (nullable) */
const char *roost_job_caller (RoostJob *job); /* unique bus name of who asked; "" = the daemon */
gint64 roost_job_started_us (RoostJob *job);  /* wall clock, microseconds since the epoch */
RoostJobState roost_job_state (RoostJob *job);
const char *roost_job_phase (RoostJob *job);   /* the step's name; "" */
double roost_job_progress (RoostJob *job);     /* 0.0 … 1.0; -1.0 unknown */
guint64 roost_job_bytes_total (RoostJob *job); /* 0: not known, or not counted in bytes */
guint64 roost_job_bytes_done (RoostJob *job);
guint64 roost_job_rate (RoostJob *job); /* bytes a second, now; 0 once it has ended */

/* Returns: (transfer floating): a{sv}: what else there is to say of this operation */
GVariant *roost_job_details (RoostJob *job);
const GError *roost_job_error (RoostJob *job); /* (nullable): of a failed or cancelled one */
gboolean roost_job_is_cancellable (RoostJob *job);

/* Asks the operation to stop; it is undone. Errors: INVALID_ARGUMENT when it has ended,
 * NOT_SUPPORTED. Awaits: no. */
gboolean roost_job_cancel (RoostJob *job, GError **error);

/* Waits for its end. Awaits: yes. Errors: TIMEOUT; else the job's own error. */
gboolean
roost_job_wait (RoostJob *job, guint timeout_ms, GCancellable *cancellable, GError **error);
