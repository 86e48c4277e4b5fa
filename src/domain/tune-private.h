/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain-private.h"
#include "domain/tune.h"
#include "host/cgroup.h"

/* One application of a configuration to what runs. */
typedef struct
{
  RoostDomain *domain;
  const RoostRun *run;           /* compare only */
  const RoostDomainConfig *from; /* (nullable): what is in force; NULL = nothing was set yet */
  const RoostDomainConfig *to;
  gboolean is_all;     /* set also what does not differ: nobody knows what is in force */
  GHashTable *missing; /* (nullable): what the host cannot do comes here, name → reason, instead of
                          failing */
  RoostCgroup *cgroup; /* (nullable): once it was looked for */
  GError *no_cgroup;   /* (nullable): why there is none */
} RoostTuning;

/* What may run beside another daemon's doing: each awaits, and each looks whether the run is still
 * the same. */
gboolean roost_tune_threads (RoostTuning *tuning, GError **error); /* tune-threads.c */
gboolean roost_tune_scope (RoostTuning *tuning, GError **error);   /* tune-scope.c */
gboolean roost_tune_disks (RoostTuning *tuning, GError **error);   /* tune-disks.c */

gboolean roost_tune_caches (RoostTuning *tuning, GError **error); /* tune-cache.c */

/* --- tune-nodes.c --- */

/* Returns: (transfer floating): ay: the nodes as systemd takes them, a bit for each, eight a byte;
 * none is no limit. */
GVariant *roost_tune_node_bytes (const RoostDomainConfig *config);

/* The same of all nodes. Once a cgroup has nodes the kernel does not let it have none while
 * processes are in it. */
GVariant *roost_tune_all_node_bytes (void);

/* @from: (nullable): what runs; NULL = a start. Awaits: no. Errors: INVALID_ARGUMENT: the host has
 * no such node; NOT_SUPPORTED: not while it runs. */
gboolean
roost_tune_check_nodes (const RoostDomainConfig *from, const RoostDomainConfig *to, GError **error);

/* Moves what the guest has in other nodes, where its nodes change. Awaits: yes. Errors:
 * NOT_RUNNING.
 */
gboolean roost_tune_move_memory (RoostTuning *tuning, GError **error);

/* --- tune-apply.c --- */

/* Errors: NOT_RUNNING. */
gboolean roost_tuning_is_current (const RoostTuning *tuning, GError **error);

/* Returns: (transfer none) (nullable): the guest's cgroup, found once; NOT_SUPPORTED. */
const RoostCgroup *roost_tuning_cgroup (RoostTuning *tuning, GError **error);

/* Whether @error, which says that @name cannot be had, is not to stop the rest: then it is noted as
 * missing, and freed. */
gboolean roost_tuning_excuse (RoostTuning *tuning, const char *name, GError **error);

/* At a start, before the guest's first instruction. Awaits: yes. */
gboolean roost_tune_start (RoostDomain *domain, const RoostDomainConfig *config, GError **error);

/* After a restart of the daemon, where the last one was killed during a change. Awaits: no. */
void roost_tune_resume (RoostDomain *domain);

/* Pins and schedules the threads as the running configuration says, after some came. Awaits: yes.
 */
gboolean roost_tune_new_threads (RoostDomain *domain, GError **error);
