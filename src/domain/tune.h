/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"
#include "model/domain-types.h"

/*
 * Tuning: what share of the host a guest gets. Where its threads run and how they are scheduled,
 * weights and limits of processor, memory and disks, throttles of its own disks. The guest sees
 * nothing of it, so all of it may be changed while it runs.
 *
 * Limits of the whole guest are properties of its systemd scope, quotas of single threads are
 * groups below it, pins and schedulers are the threads' own, throttles are QEMU's. What the host
 * cannot do (no systemd, a controller that is not delegated) is NOT_SUPPORTED for a change, and for
 * a start it is logged and told by roost_domain_tune_missing ().
 */

/* Which configuration, as in amend.h. */
typedef struct
{
  gboolean live;
  gboolean config;
} RoostTuneWhere;

typedef enum
{
  ROOST_TUNE_VCPU_PIN,           /* .number, .text: processors "0-3,^2"; "" = anywhere */
  ROOST_TUNE_EMULATOR_PIN,       /* .text */
  ROOST_TUNE_IOTHREAD_PIN,       /* .number, .text */
  ROOST_TUNE_VCPU_SCHEDULER,     /* .text: vCPUs "0-3", .policy, .priority */
  ROOST_TUNE_EMULATOR_SCHEDULER, /* .policy, .priority */
  ROOST_TUNE_IOTHREAD_SCHEDULER, /* .text: I/O threads, .policy, .priority */
  ROOST_TUNE_CPU,                /* .values: RoostTuneCpu */
  ROOST_TUNE_MEMORY,             /* .values: RoostTuneMemory */
  ROOST_TUNE_BLOCK_IO,           /* .values: RoostTuneBlockIo */
  ROOST_TUNE_BLOCK_DEVICE,       /* .text: path of a block device, .values: RoostTuneBlockDevice */
  ROOST_TUNE_DISK,               /* .text: target or alias of a disk, .values: RoostTuneDisk */
  ROOST_TUNE_NUMA_NODES, /* .text: nodes of the host; "" = anywhere, .values: RoostTuneNodes */
} RoostTuneKind;

/* What is not set stays as it is; 0 takes a value away, a negative quota is no limit. */
typedef struct
{
  RoostTuneWhere where;
  RoostUint weight;                                                       /* 2 … 10000 */
  RoostUint vcpu_period, emulator_period, iothread_period, global_period; /* microseconds */
  RoostInt vcpu_quota, emulator_quota, iothread_quota, global_quota;
} RoostTuneCpu;

typedef struct
{
  RoostTuneWhere where;
  RoostUint hard_limit, soft_limit, swap_hard_limit; /* bytes */
} RoostTuneMemory;

typedef struct
{
  RoostTuneWhere where;
  RoostUint weight; /* 1 … 10000 */
} RoostTuneBlockIo;

typedef struct
{
  RoostTuneWhere where;
  RoostUint weight;                                         /* 1 … 10000 */
  RoostUint read_bytes, write_bytes, read_iops, write_iops; /* a second */
} RoostTuneBlockDevice;

typedef struct
{
  RoostTuneWhere where;
  RoostIotune limits; /* group_name NULL: as it is */
} RoostTuneDisk;

typedef struct
{
  RoostTuneWhere where;
  char *mode; /* "strict", "preferred", "interleave", "restrictive"; NULL: as it is */
} RoostTuneNodes;

typedef struct
{
  RoostTuneKind kind;
  RoostTuneWhere where;
  const char *caller;
  guint number;
  const char *text;
  const char *policy; /* "other", "batch", "idle", "fifo", "rr" */
  int priority;       /* of fifo and rr: 1 … 99 */
  gconstpointer values;
} RoostTuneRequest;

/**
 * roost_domain_tune:
 * Makes one change, of what runs, of what is stored, or of both, all or nothing. Awaits: yes.
 * Errors: BUSY, NOT_RUNNING, NOT_FOUND (no such disk, thread), INVALID_ARGUMENT, NOT_SUPPORTED (the
 * host cannot: says why), IO, QEMU.
 */
gboolean roost_domain_tune (RoostDomain *domain, const RoostTuneRequest *request, GError **error);

/* Returns: (transfer none): a{ss}: what the configuration asks for and the host does not do, with
 * the reason. Awaits: no. */
GVariant *roost_domain_tune_missing (RoostDomain *domain);

/* tune-edit.c: makes @request's change in a configuration. Pure. Errors: NOT_FOUND,
 * INVALID_ARGUMENT. */
gboolean
roost_tune_edit (RoostDomainConfig *config, const RoostTuneRequest *request, GError **error);

/* tune-view.c. Returns: (transfer full): a{sv}: what @config says, each by the name of the property
 * of org.roost1.Domain.Tuning; what is not said is 0, "" or empty. Pure. */
GVariant *roost_tune_view (const RoostDomainConfig *config);
