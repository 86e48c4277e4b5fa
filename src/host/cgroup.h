/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

/*
 * The cgroup (version 2) of a guest: that of its systemd scope. Limits of the whole guest are
 * systemd's to set, see roost_scopes_set (); this is what lies below the scope, which systemd has
 * delegated to us: threaded groups, one for each vCPU and so on, for quotas of their own.
 *
 * Source: the kernel's admin-guide/cgroup-v2, "Threads"; systemd's CGROUP_DELEGATION.
 */
typedef struct
{
  char *root;        /* the mount of cgroup2 */
  char *dir;         /* of the scope, below the mount of cgroup2 */
  char *unit;        /* "machine-roost\x2d1\x2dweb.scope" */
  GStrv controllers; /* that can be used there: "cpu", "memory", "io", … */
} RoostCgroup;

/**
 * roost_cgroup_find:
 * @root: (nullable): the mount of cgroup2; NULL = where it is on this host
 * @proc_cgroup: (nullable): what /proc/PID/cgroup says; NULL = read it of @pid
 * Awaits: no. Returns: (transfer full)
 * Errors: NOT_SUPPORTED: the host has no cgroup2, or the process is in no scope of ours (there is
 * no systemd); the text says which.
 */
RoostCgroup *
roost_cgroup_find (const char *root, const char *proc_cgroup, pid_t pid, GError **error);
void roost_cgroup_free (RoostCgroup *cgroup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostCgroup, roost_cgroup_free)

/* Errors: NOT_SUPPORTED, naming what there is and how to get @controller. Awaits: no. */
gboolean roost_cgroup_check (const RoostCgroup *cgroup, const char *controller, GError **error);

/* Does the kernel share the block device @path by weights, so that one of its own does something?
 * Errors: NOT_SUPPORTED, saying how to have it. Awaits: no.
 * Source: the kernel's admin-guide/cgroup-v2, "io.cost.qos"; block/bfq-iosched. */
gboolean roost_cgroup_check_weight (const RoostCgroup *cgroup, const char *path, GError **error);

/* Some threads of the guest that share a quota. */
typedef struct
{
  char *name;      /* "vcpu0", "emulator", "iothread1" */
  GArray *threads; /* of pid_t */
  gint64 quota_us; /* in each period; negative: no limit */
  guint64 period_us;
} RoostThreadGroup;

void roost_thread_group_free (RoostThreadGroup *group);

/**
 * roost_cgroup_set_quotas:
 * @groups: of RoostThreadGroup
 * Makes the groups that are not there, puts the threads in and sets the quotas; a thread that ended
 * meanwhile is no error. Awaits: yes. Errors: NOT_SUPPORTED (no controller, or the scope is not
 * delegated), IO.
 */
gboolean roost_cgroup_set_quotas (const RoostCgroup *cgroup, GPtrArray *groups, GError **error);
