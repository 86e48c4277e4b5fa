/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * A long operation is a table of steps, each with its undo beside it. The runner gives roll-back,
 * progress, cancellation, the journal for recovery after a crash, and fault injection.
 */
typedef enum
{
  ROOST_STEP_NO_CANCEL =
      1 << 0,                 /* runs to its end even when the operation was cancelled meanwhile */
  ROOST_STEP_COMMIT = 1 << 1, /* once this step is done nothing before it is undone any more */
} RoostStepFlags;

typedef struct
{
  const char *name; /* as it stands in errors and in the journal: "spawn qemu" */
  gboolean (*run) (gpointer op, GCancellable *cancellable, GError **error);
  void (*undo) (gpointer op); /* (nullable): idempotent; works from stored facts; may await; not
                                 cancellable */
  RoostStepFlags flags;
} RoostStep;

/* What the owner of an operation may hook in; every member may be NULL. */
typedef struct
{
  /* Before step @index of @n runs: where the journal is written. FALSE stops the operation. */
  gboolean (*before) (gpointer op, const RoostStep *step, guint index, guint n, GError **error);
  /* The operation stopped and undo begins with the step before @index. */
  void (*undoing) (gpointer op, guint index, const GError *reason);
} RoostStepHooks;

/**
 * roost_steps_run:
 * @steps: a table that ends with a row whose name is NULL
 * @op: what the steps work on
 * @hooks: (nullable)
 * @cancellable: (nullable): looked at before each step and handed to it
 *
 * Runs the steps in order. When one fails, its own partial work is its own to clean up; the
 * steps before it are undone in reverse, down to the last commit point, and the error is prefixed
 * with the step's name. Awaits: yes.
 *
 * Errors: those of the steps; CANCELLED.
 */
gboolean roost_steps_run (const RoostStep *steps,
                          gpointer op,
                          const RoostStepHooks *hooks,
                          GCancellable *cancellable,
                          GError **error);

/**
 * roost_steps_undo:
 * @name: the step that the journal names as the last begun; unknown names undo everything
 *
 * After a crash: undoes that step (it may have run half-way) and all before it, in reverse, down to
 * the last commit point before it. Awaits: yes.
 */
void roost_steps_undo (const RoostStep *steps, const char *name, gpointer op);

/*
 * Fault injection, for tests only: the environment variable ROOST_FAULT holds "NAME:KIND" or
 * "K:KIND", NAME a step's name, K the K-th step begun since the daemon started (from 1), KIND one
 * of "fail", "fail-after" (the step did its work), "cancel" and "kill" (SIGKILL to ourselves
 * before the step), "kill-after" (right after it).
 */
