/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * Coroutines. An operation that takes time is written top to bottom and awaits what it needs,
 * while the main loop goes on serving everybody else:
 *
 *   something_async (thing, cancellable, co_wake, co_self ());
 *   g_autoptr (GAsyncResult) res = co_wait ();
 *   return something_finish (thing, res, error);
 *
 * Each coroutine has a thread, and a baton lets exactly one of {main loop, one coroutine} run at a
 * time. So there are no locks, and gdb, core files and the sanitizers see every suspended
 * operation by name. After an await the world may have changed: look again.
 *
 * Rules: only the functions here that say "Awaits: yes" yield. Never block in a coroutine: blocking
 * work goes through co_thread (). Never iterate a main context.
 */
typedef struct Co Co;
typedef void (*CoFunc) (gpointer data);

/* At most this many coroutines live at once; a further one waits until another has ended. A guard
 * against a runaway and no scheduler: a coroutine may wait for another one, so a low limit could
 * deadlock, and 64 callers of hung guests would stop everybody else. What one caller may have
 * pending is bounded in bus/. */
#define CO_LIMIT 1024

/**
 * co_spawn:
 * @name: a static string; what gdb and top show (the first 15 bytes)
 * @func: the body
 * @data: for @func, which also frees it
 * Starts a coroutine. From the main loop it runs at once, up to its first await; from within a
 * coroutine, and when CO_LIMIT are alive, it runs later from the main loop, in order.
 */
void co_spawn (const char *name, CoFunc func, gpointer data);

/* Returns: (nullable): the running coroutine, NULL in the main loop. */
Co *co_self (void);
gboolean co_running (void);

/* Returns: how many coroutines are alive or waiting for their turn. */
guint co_count (void);

/**
 * co_wake: a GAsyncReadyCallback; pass it with co_self () as its data. Each co_wake answers
 * exactly one co_wait. When it is called before co_wait, that returns at once.
 */
void co_wake (GObject *source, GAsyncResult *res, gpointer co);

/**
 * co_wait: waits for the co_wake of the one call that was started before. Awaits: yes.
 * Returns: (transfer full): the result to hand to the call's _finish
 */
GAsyncResult *co_wait (void);

/**
 * co_sleep:
 * @ms: milliseconds on the monotonic clock
 * @cancellable: (nullable): ends the sleep early
 * Awaits: yes. Errors: CANCELLED.
 */
gboolean co_sleep (guint ms, GCancellable *cancellable, GError **error);

typedef gboolean (*CoThreadFunc) (gpointer data, GCancellable *cancellable, GError **error);

/**
 * co_thread:
 * @func: blocking work (fsync, stat on a slow mount); runs in a worker thread and must not touch
 *   anything that the main loop or another coroutine may use; sets its error whenever it is FALSE
 * @data: (transfer none): for @func
 * Awaits: yes, always to the end of @func, also when cancelled. Errors: those of @func.
 */
gboolean co_thread (CoThreadFunc func, gpointer data, GCancellable *cancellable, GError **error);

/*
 * A gate: coroutines wait until something has happened. It holds no state: open it when the
 * condition that its waiters look at may have become true; each looks again.
 */
typedef struct CoGate CoGate;
CoGate *co_gate_new (void);

/* Frees the gate; waiters wake with CANCELLED. */
void co_gate_free (CoGate *gate);

/* Wakes all who wait, from the main loop in a later turn. Awaits: no. */
void co_gate_open (CoGate *gate);

/**
 * co_gate_wait:
 * @timeout_ms: milliseconds; 0 waits for ever
 * Waits for the next co_gate_open. Awaits: yes. Errors: TIMEOUT, CANCELLED.
 */
gboolean co_gate_wait (CoGate *gate, guint timeout_ms, GCancellable *cancellable, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CoGate, co_gate_free)
