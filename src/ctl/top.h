/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/ctl.h"

/*
 * What `roostctl top` shows: two looks at the statistics of all domains, and what happened between
 * them. Without a terminal; verbs-top.c has the screen.
 */

typedef enum
{
  TOP_BY_CPU,
  TOP_BY_MEMORY,
  TOP_BY_DISK,
  TOP_BY_NET,
  TOP_BY_NAME,
} TopOrder;

/* A domain, between two looks. Rates are bytes a second; below 0: not known. */
typedef struct
{
  char *name;
  char *state;
  double cpu; /* percent of one CPU of the host */
  guint32 vcpus;
  guint64 memory_used; /* of the guest where its driver tells, else of QEMU on the host; bytes */
  guint64 memory_max;
  double disk_read, disk_write, net_receive, net_transmit;
  gboolean is_silent; /* QEMU did not answer */
} TopRow;

void top_row_free (TopRow *row);

/* One look at all domains. */
typedef struct
{
  gint64 when_us;  /* on the monotonic clock */
  GVariant *stats; /* a{oa{sv}} */
  GVariant *names; /* a(osss) */
} TopLook;

void top_look_clear (TopLook *look);

/* @only_active: leave out what is shut off. */
gboolean top_look (Ctl *ctl, gboolean only_active, TopLook *out, GError **error);

/* @before: (nullable): without it there are no rates. Returns: of TopRow, sorted */
GPtrArray *top_rows (const TopLook *before, const TopLook *now, TopOrder order, gboolean reverse);

/* Returns: (transfer full): the lines of the table, the heading first, each @width columns at most
 * (0 = as wide as it is); without their ends */
GStrv top_lines (GPtrArray *rows, guint width);

/* An array of objects. */
JsonNode *top_json (GPtrArray *rows);
