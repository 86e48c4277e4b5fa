/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "storage/answers.h"
#include "storage/pool-private.h"
#include "storage/tool.h"

/* What the backends share that read the output of programs. */

/* Runs a program that only asks, with a deadline. @argv: ends with NULL. Returns: (transfer full)
 */
char *roost_ask (const char *const *argv, GCancellable *cancellable, GError **error);

/* A list of arguments: add strings, then NULL. */
typedef GPtrArray RoostArgv;
RoostArgv *roost_argv_begin (const char *program, ...) G_GNUC_NULL_TERMINATED;
void roost_argv_add (RoostArgv *argv, ...) G_GNUC_NULL_TERMINATED;
G_GNUC_PRINTF (2, 3) void roost_argv_printf (RoostArgv *argv, const char *format, ...);

/* Ends the list, runs it with a deadline and frees it. */
char *roost_argv_ask (RoostArgv *argv, GCancellable *cancellable, GError **error);

/* Ends the list, runs it as @options say and frees it. Returns: (transfer full): what it said */
char *roost_argv_run (RoostArgv *argv,
                      const RoostToolOptions *options,
                      GCancellable *cancellable,
                      GError **error);

/* The same, as long as it takes. */
gboolean roost_argv_do (RoostArgv *argv, GCancellable *cancellable, GError **error);

void roost_scan_begin (RoostScan *scan);

/* Adds a volume; a name that no volume can have, or that another has, is left out. @path:
 * (nullable) (transfer none) */
RoostVolume *roost_scan_add (
    RoostScan *scan, const char *name, const char *path, RoostVolumeType type, guint64 size);

/* Begins it, and adds a block device in the pool's folder for each of @answers. @answers:
 * (nullable): FALSE, after an error */
gboolean roost_scan_blocks (RoostPool *pool, RoostScan *scan, GPtrArray *answers);

/* Counts a volume of @size bytes that are all in use. */
void roost_scan_count (RoostScan *scan, guint64 size);
void roost_scan_count_free (RoostScan *scan, guint64 size);

/* Opens each block volume of @scan to learn its size. Awaits: yes. */
gboolean roost_scan_measure (RoostScan *scan, GError **error);

/* A is_active for what is reached anew each time. */
gboolean roost_always_active (RoostPool *pool);

/* "HOST" or "HOST:PORT" of the first host; IPv6 in brackets. Returns: (transfer full) */
char *roost_pool_portal (const RoostPoolConfig *config, guint default_port);

/* "<sources>\n" … "</sources>\n" around what @each adds for each name of @answers (transfer full)
 * that is a text. */
char *roost_sources (GPtrArray *answers,
                     void (*each) (const char *name, gconstpointer data, GString *out),
                     gconstpointer data);
