/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/*
 * What may run beside what: one table. Everything that holds a domain is an operation with a name
 * and a row; docs/jobs.md shows the same table, and a test compares the two. To add an operation,
 * add its row in job-rules.c and copy the line that the test prints into the page.
 *
 * Reading never holds a domain (properties, GetXml, statistics, screenshots, consoles), nor does
 * the guest agent: neither has a row.
 */
typedef enum
{
  ROOST_KIND_CONTROL = 1 << 0, /* the run state: suspend, reset; one or two commands to QEMU */
  ROOST_KIND_STORED = 1 << 1,  /* only what is stored: define, autostart */
  ROOST_KIND_TUNE = 1 << 2,    /* limits on the side of the host; the guest does not see them */
  ROOST_KIND_MODIFY = 1 << 3,  /* the guest's devices, several commands to QEMU */
  ROOST_KIND_WAIT = 1 << 4,    /* a change that waits for the guest, which may take for ever */
  ROOST_KIND_LONG = 1 << 5,    /* the guest's whole state: dump, save */
  ROOST_KIND_LIFE = 1 << 6,    /* from shut off to running */
  ROOST_KIND_END = 1 << 7,     /* destroy: cancels whatever runs, and begins when that has ended */
} RoostJobKind;

typedef struct
{
  const char *operation; /* "attach-device" */
  RoostJobKind kind;
  guint beside; /* the kinds that may begin while this one runs (RoostJobKind) */
  const char *doc;
} RoostJobRule;

/* Ends with a row whose operation is NULL. */
extern const RoostJobRule roost_job_rules[];

/* Returns: (nullable): the row of @operation. */
const RoostJobRule *roost_job_rule_find (const char *operation);

/* Whether @operation may begin while @running runs. One without a row excludes everything but END;
 * that it has none is a mistake in the program, and is logged as critical. */
gboolean roost_job_rule_allows (const char *running, const char *operation);

/* "control", "stored", … */
const char *roost_job_kind_name (RoostJobKind kind);

/* Returns: (transfer full): the row as a line of docs/jobs.md, without a newline. */
char *roost_job_rule_to_line (const RoostJobRule *rule);
