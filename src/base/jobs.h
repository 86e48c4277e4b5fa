/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job.h"

/*
 * The jobs of this daemon by number, whatever they work on. One that has ended is forgotten after a
 * minute.
 *
 * Signals: "added" (RoostJob), "removed" (RoostJob)
 */
#define ROOST_TYPE_JOBS (roost_jobs_get_type ())
G_DECLARE_FINAL_TYPE (RoostJobs, roost_jobs, ROOST, JOBS, GObject)

RoostJobs *roost_jobs_new (void);

/* Numbers a new job and tells of it. @flags: RoostJobFlags. Returns: (transfer none) */
RoostJob *roost_jobs_add (RoostJobs *jobs,
                          const char *operation,
                          const RoostJobSubject *subject,
                          const char *caller,
                          guint flags);

/* The same with the number that a job had in an earlier daemon; where it is taken, the next one. */
RoostJob *roost_jobs_add_again (RoostJobs *jobs,
                                guint number,
                                const char *operation,
                                const RoostJobSubject *subject,
                                const char *caller,
                                guint flags);

/* Returns: (transfer none) (nullable) */
RoostJob *roost_jobs_find (RoostJobs *jobs, guint number);

/* Returns: (transfer container): of RoostJob refs */
GPtrArray *roost_jobs_list (RoostJobs *jobs);

/* At the end of the daemon: asks all that run to stop. */
void roost_jobs_cancel_all (RoostJobs *jobs);
