/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

#include <json-glib/json-glib.h>

/*
 * What each event of QEMU means: a row says who handles it, or why nobody does. An event without a
 * row is one of a newer QEMU, and only noted for debugging. Rows are kept in the order of events:
 * what an event changes is told before the next one is looked at.
 */
typedef struct
{
  const char *name; /* NULL ends a table */

  /* @data: never NULL; its types are not checked yet. @domain has a run. Awaits: no. */
  void (*func) (RoostDomain *domain, JsonObject *data);
  const char *why_not; /* without @func */
} RoostEventRow;

extern const RoostEventRow roost_run_events[];     /* domain-events.c: run, stop, power, panic */
extern const RoostEventRow roost_device_events[];  /* events-device.c */
extern const RoostEventRow roost_block_events[];   /* events-block.c */
extern const RoostEventRow roost_ignored_events[]; /* events.c */

/* Returns: (nullable): the row of the event @name */
const RoostEventRow *roost_event_find (const char *name);

/* The text of a member; "" where it is none. */
const char *roost_event_text (JsonObject *data, const char *name);

/* A size or count, which cannot be less than 0. */
guint64 roost_event_size (JsonObject *data, const char *name);
