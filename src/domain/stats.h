/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/**
 * roost_domain_stats:
 * What the domain uses, as far as the host knows it without asking QEMU, so that a hung guest
 * delays nobody: "state" (s), "memory" (t, bytes), "vcpus" (u) always; while it has a process
 * "cpu-user" and "cpu-system" (t, microseconds), "resident" (t, bytes), "threads" (u), and, where
 * the host lets us see them, "io-read" and "io-written" (t, bytes that came from and went to
 * storage). Awaits: no. Returns: (transfer floating): a{sv}
 */
GVariant *roost_domain_stats (RoostDomain *domain);

/* --- by groups, also from QEMU --- */

typedef enum
{
  ROOST_STATS_STATE = 1 << 0,
  ROOST_STATS_CPU = 1 << 1,
  ROOST_STATS_MEMORY = 1 << 2,
  ROOST_STATS_BALLOON = 1 << 3,
  ROOST_STATS_VCPU = 1 << 4,
  ROOST_STATS_BLOCK = 1 << 5,
  ROOST_STATS_NET = 1 << 6,
  ROOST_STATS_IOTHREAD = 1 << 7,
  ROOST_STATS_JOB = 1 << 8,
  ROOST_STATS_QEMU = 1 << 9,
  ROOST_STATS_ALL = (1 << 10) - 1,
} RoostStatsGroup;

/* The bit of the group @name ("state", "block"); "all" has every one; 0: there is none. */
guint roost_stats_group_find (const char *name);

/* Returns: (transfer full): the names of the groups @groups, NULL-terminated; of static strings */
const char **roost_stats_group_names (guint groups);

/* Adds what the host knows of the domain to a dictionary: of @groups what needs no question to
 * QEMU. Awaits: no. */
void roost_stats_add_host (RoostDomain *domain, guint groups, GVariantBuilder *stats);

typedef struct
{
  guint groups;        /* RoostStatsGroup */
  gboolean with_chain; /* of disks: the backing images, too */
  guint timeout_ms;    /* for QEMU's answers, all together */
} RoostStatsRequest;

#define ROOST_STATS_TIMEOUT_MS 1000

/**
 * roost_domain_get_stats:
 * What is asked for, as introspection/org.roost1.Domain.xml has it. A domain that does not answer
 * in time gives what the host knows, and "missing": nobody waits longer than @request says, and one
 * that is known not to answer is not asked. Awaits: yes. Returns: (transfer full): a{sv}
 */
GVariant *roost_domain_get_stats (RoostDomain *domain, const RoostStatsRequest *request);

/* The same of all @domains, side by side. Awaits: yes. Returns: (transfer full): of GVariant */
GPtrArray *roost_domains_get_stats (GPtrArray *domains, const RoostStatsRequest *request);
