/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "storage/volume.h"

#include <json-glib/json-glib.h>

/*
 * What the programs of the storage said, as facts. Nothing here runs a program or awaits; each
 * function takes the text as it came, which may be anything: a server's words are in it. What does
 * not have the shape that the program promises is an error of the code STORAGE that names the
 * program and what was wrong. Sizes are bytes, at most G_MAXINT64.
 */

/* One thing that was told of. The name is as it was told: roost_scan_add () and roost_sources ()
 * leave out those that cannot be. */
typedef struct
{
  char *name;
  guint64 size; /* 0 where it is not told */
  guint64 used; /* when has_used */
  gboolean has_used;
} RoostAnswer;

void roost_answer_free (RoostAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostAnswer, roost_answer_free)

/* --- lists: (transfer full): of RoostAnswer --- */

/* "lvs --reportformat json --units b --nosuffix -o lv_name,lv_size,lv_attr": the volumes that a
 * guest can use: no snapshots that merge, no parts of others, no pools of thin ones. */
GPtrArray *roost_answers_lvs (const char *text, GError **error);

/* "rbd ls --long --format json": images; snapshots are left out. */
GPtrArray *roost_answers_rbd (const char *text, GError **error);

/* "zfs list -Hp -o name,volsize,used": names are below @dataset, without it. */
GPtrArray *roost_answers_zfs (const char *text, const char *dataset, GError **error);

/* "qemu-nbd --list": exports; the unnamed one is "". */
GPtrArray *roost_answers_nbd (const char *text, GError **error);

/* "iscsi-ls --show-luns": the numbers of the disks of @target, as text. */
GPtrArray *roost_answers_iscsi_ls (const char *text, const char *target);

/* "iscsiadm --mode discovery" and "--mode session": targets. */
GPtrArray *roost_answers_iscsiadm (const char *text);

/* "dmsetup ls" */
GPtrArray *roost_answers_dmsetup (const char *text);

/* "showmount --no-headers --exports": folders. */
GPtrArray *roost_answers_showmount (const char *text);

/* One name a line: "vgs --noheadings -o vg_name", "zpool list -H -o name". */
GPtrArray *roost_answers_lines (const char *text);

/* --- others --- */

/* "vgs --reportformat json --units b --nosuffix -o vg_size,vg_free" */
gboolean roost_answer_vgs (const char *text, RoostSpace *out, GError **error);

/* "zfs list -Hp -o used,available" */
gboolean roost_answer_zfs_space (const char *text, RoostSpace *out, GError **error);

/* "iscsi-readcapacity16 --size" */
gboolean roost_answer_capacity (const char *text, guint64 *out, GError **error);

/* /proc/self/mounts. Returns: (transfer full) (nullable): what was mounted last on @path */
char *roost_answer_mounted (const char *text, const char *path);

/* Throws that @program should have said @wanted, and said @text (nullable). */
gboolean
roost_throw_odd (GError **error, const char *program, const char *wanted, const char *text);

/* @program: for the error. Returns: (transfer full) */
JsonNode *roost_answer_json (const char *program, const char *text, GError **error);
