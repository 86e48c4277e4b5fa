/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/co.h"
#include "domain/domain-private.h"

/* A dump that QEMU is at, as a part of the run; it stands in the status file. */
typedef struct RoostDump
{
  char *path; /* (nullable): to be removed when the dump fails */
  char *format;
  gboolean is_ready; /* the file is made: from now on it is in the status file */
  gboolean is_begun; /* QEMU has said that it is at it */
  gboolean crash;
  gboolean reset;
  guint job; /* its number, caller and beginning, for the next daemon */
  char *caller;
  gint64 started_us;
  char *failure;   /* (nullable): what QEMU said */
  CoGate *changed; /* opened when QEMU told of its end */
} RoostDump;

void roost_dump_free (RoostDump *dump);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostDump, roost_dump_free)

/* For the status file. */
JsonObject *roost_dump_to_json (const RoostDump *dump);

/* @object: (nullable). Returns: (transfer full) (nullable) */
RoostDump *roost_dump_from_json (JsonObject *object);

/* One dump under way. */
typedef struct
{
  RoostDomain *domain; /* owned */
  RoostRun *run;       /* compare only, once something was awaited */
  RoostJob *job;       /* borrowed: the domain has it until it is released */
  char *path;          /* (nullable) */
  gboolean has_made;   /* the file at @path */
  int fd;              /* -1: not open yet */
} RoostDumping;

/* dump-steps.c: to the end of it, whatever that is. @is_begun: by an earlier daemon. Awaits: yes.
 */
gboolean roost_dump_run (RoostDumping *dumping, gboolean is_begun, GError **error);

/* QEMU's event DUMP_COMPLETED. Awaits: no. */
void roost_dump_on_event (RoostDomain *domain, JsonObject *data);

/* QEMU has ended while no daemon was there: what it had written is of no use. Awaits: no. */
void roost_dump_discard (const RoostDump *dump);

/* After a restart of the daemon: holds the domain again, and watches run->dump to its end. Awaits:
 * no. */
void roost_dump_resume (RoostDomain *domain);
