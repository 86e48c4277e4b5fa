/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/view-devices.h"

#include <gio/gio.h>

/* Statistics that the host keeps, and QEMU is not asked for. */

/* Adds "time-user", "time-system", "time-waiting" (t, microseconds) and "cpu" (u) of the thread
 * @thread of the process @pid to a dictionary; nothing when it is none of its threads. */
void roost_stats_add_thread (GVariantBuilder *out, pid_t pid, pid_t thread);

/**
 * roost_stats_net:
 * @nics: of RoostNicView
 * @timeout_ms: for Open vSwitch
 * What the host counted for each card, as the guest sees it: what a tap receives the guest has
 * sent. Awaits: yes. Returns: (transfer floating): aa{sv}
 */
GVariant *roost_stats_net (GPtrArray *nics, guint timeout_ms);

/* --- for tests --- */

/* Adds the counters in the folder @statistics of an interface of the host. Returns: whether any is
 * there */
gboolean
roost_stats_add_interface (GVariantBuilder *out, const char *statistics, gboolean is_swapped);

/* Adds those of the answer of "ovs-vsctl --format=json --columns=statistics list Interface NAME".
 */
gboolean roost_stats_add_switch (GVariantBuilder *out, const char *text, gsize length);
