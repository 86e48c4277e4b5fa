/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/view-devices.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>

/*
 * QEMU's answers as statistics. Pure: nothing is asked, and nothing that an answer names is opened.
 * Types are checked, and what is missing or cannot be (a negative size) is left out. Keys, types
 * and units are those of org.roost1.Domain.GetStats. Every GVariant comes floating.
 */

/* Lists are cut there: an answer may be as long as a peer likes. */
#define ROOST_STATS_MAX_ITEMS 4096

/* @balloon: query-balloon; @guest: (nullable): the guest-stats of the balloon. Returns: a{sv} */
GVariant *roost_stats_balloon (JsonObject *balloon, JsonObject *guest);

/**
 * roost_stats_block:
 * @disks: of RoostDiskView
 * @blockstats: query-blockstats
 * @nodes: query-named-block-nodes with "flat"
 * @with_chain: also the backing images
 * Returns: aa{sv}, in the order of @disks
 */
GVariant *
roost_stats_block (GPtrArray *disks, JsonArray *blockstats, JsonArray *nodes, gboolean with_chain);

/* @pid: of QEMU; the threads that the answer names are looked up among its own. Returns: aa{sv} */
GVariant *roost_stats_vcpus (JsonArray *cpus, pid_t pid);
GVariant *roost_stats_iothreads (JsonArray *iothreads, pid_t pid);

/* @jobs: query-jobs. Returns: aa{sv} */
GVariant *roost_stats_jobs (JsonArray *jobs);

/* Adds what query-stats says of one target ("vm", "vcpu") to the aa{sv} in @out. */
void roost_stats_qemu (GVariantBuilder *out, const char *target, JsonArray *results);

/* "sata0-0-0" and "/machine/peripheral/virtio-disk0/virtio-backend" name the device. Returns:
 * (transfer full): its alias; "" for none */
char *roost_stats_alias (const char *qdev);

/* --- for the files of statistics --- */

void roost_stats_add (GVariantBuilder *stats, const char *key, guint64 value);
void roost_stats_add_text (GVariantBuilder *stats, const char *key, const char *value);

/* Adds the member @name of @object as @key, divided by @divisor, unless it is no count. */
void roost_stats_add_count (
    GVariantBuilder *stats, const char *key, JsonObject *object, const char *name, guint64 divisor);
