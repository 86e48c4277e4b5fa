/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"
#include "domain/manager.h"

/*
 * Scripts of the administrator: every executable file in CONFIG_DIR/hooks/qemu.d, in the order of
 * their names, called as
 *
 *   SCRIPT NAME OPERATION PHASE -
 *
 * with the XML of the domain, without secrets, on its standard input. The operations and phases:
 *
 *   prepare begin    before anything of the host is touched; may refuse
 *   start begin      everything is there, QEMU is about to run; may refuse
 *   started begin    the guest runs
 *   stopped end      QEMU has ended
 *   release end      and all that it held is released
 *   reconnect begin  a new daemon has taken the guest over
 *
 * The scripts for one domain run one after the other. One that takes longer than the configuration
 * of the host allows is killed with all its process group. What it writes to stderr is in the error
 * or in the log. What must follow a guest's end is written down first, so that a daemon that was
 * killed leaves it to the next.
 */

typedef struct
{
  const char *uuid;
  const char *name; /* of the domain */
  const char *operation;
  const char *phase;
  const char *xml;
} RoostHook;

/* Are there any scripts? Awaits: no. */
gboolean roost_hooks_exist (RoostManager *manager);

/**
 * roost_hooks_run:
 * @cancellable: (nullable): kills the script that runs
 * @out_n: (optional): how many scripts ran
 * Awaits: yes. Errors: HOOK (the status or signal, and the end of its stderr), TIMEOUT, CANCELLED;
 * the scripts that follow are not run then.
 */
gboolean roost_hooks_run (RoostManager *manager,
                          const RoostHook *hook,
                          GCancellable *cancellable,
                          guint *out_n,
                          GError **error);

/* The same for a domain that is active, with its own XML; a script that ran is a taint.
 * Awaits: yes. */
gboolean roost_hooks_call (RoostDomain *domain,
                           const char *operation,
                           const char *phase,
                           GCancellable *cancellable,
                           GError **error);

/* Where a failure only goes to the log. Awaits: yes. */
void roost_hooks_tell (RoostDomain *domain,
                       const char *operation,
                       const char *phase,
                       GCancellable *cancellable);

/* The guest has ended and @domain->run is about to go: "stopped" and "release" follow in a
 * coroutine of their own. Awaits: no. */
void roost_hooks_stopped (RoostDomain *domain);

/* Runs what a killed daemon left to be run, as the file @path says; a file of another boot is
 * removed. Awaits: no. */
void roost_hooks_recover (RoostManager *manager, const char *path);

/* How the names of those files end. */
#define ROOST_HOOKS_SUFFIX ".release"

/* --- steps of a start; see start-op.h --- */

gboolean roost_start_prepare_hooks (gpointer op, GCancellable *cancellable, GError **error);
void roost_start_undo_prepare_hooks (gpointer op);
gboolean roost_start_start_hooks (gpointer op, GCancellable *cancellable, GError **error);
void roost_start_undo_start_hooks (gpointer op);
