/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "storage/pool.h"

/*
 * The options of a pool for the Ceph client, as a file: QEMU takes them in no other way. It holds
 * what the host's own ceph.conf does, then those of the pool, which win; it is in the run folder,
 * readable by whom QEMU runs as, while the pool is active.
 */

/* Who asks when a pool names nobody. */
#define ROOST_CEPH_USUAL_USER "admin"

/* Returns: (transfer full) (nullable): its path; NULL: the pool has no options */
char *roost_ceph_conf_path (RoostPool *pool);

/* Writes it when there are options. Awaits: yes. Errors: INVALID_ARGUMENT (one that such a file
 * cannot hold), IO, NO_SPACE. */
gboolean roost_ceph_conf_write (RoostPool *pool, GError **error);

/* Awaits: yes. Errors: IO. */
gboolean roost_ceph_conf_remove (RoostPool *pool, GError **error);
