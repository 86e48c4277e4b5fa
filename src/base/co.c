/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/co.h"

#include "base/error.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#define STACK_BYTES (1024 * 1024)

/* Threads that have ended a coroutine and wait for the next one. */
#define IDLE_LIMIT 8

struct Co
{
  pthread_t thread;
  sem_t resume; /* posted by the loop: go on */
  sem_t yield;  /* posted by the coroutine: it waits, or it is done */
  gboolean waiting;
  gboolean done;
  gboolean quit; /* no further work: the thread ends */
  const char *name;
  CoFunc func;
  gpointer data;
  GAsyncResult *res;
};

typedef struct
{
  const char *name;
  CoFunc func;
  gpointer data;
} Pending;

static _Thread_local Co *current;

/* Touched only by whoever holds the baton. */
static guint n_alive;
static GQueue pending = G_QUEUE_INIT;
static GQueue idle = G_QUEUE_INIT;
static guint pending_source;

Co *
co_self (void)
{
  return current;
}

gboolean
co_running (void)
{
  return current != NULL;
}

guint
co_count (void)
{
  return n_alive + pending.length;
}

static void *
thread_body (void *p)
{
  Co *co = current = p;
  char name[16]; /* the kernel's limit */

  for (;;)
    {
      sem_wait (&co->resume);
      if (co->quit)
        return NULL;
      g_strlcpy (name, co->name, sizeof name);
      pthread_setname_np (pthread_self (), name);
      co->func (co->data);
      co->done = TRUE;
      sem_post (&co->yield);
    }
}

static void
co_free (Co *co)
{
  co->quit = TRUE;
  sem_post (&co->resume);
  pthread_join (co->thread, NULL);
  sem_destroy (&co->resume);
  sem_destroy (&co->yield);
  g_free (co);
}

static Co *
co_new (void)
{
  Co *co = g_new0 (Co, 1);
  pthread_attr_t attr;
  sigset_t all, before;

  sem_init (&co->resume, 0, 0);
  sem_init (&co->yield, 0, 0);
  pthread_attr_init (&attr);
  pthread_attr_setstacksize (&attr, STACK_BYTES);
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  if (pthread_create (&co->thread, &attr, thread_body, co) != 0)
    g_error ("cannot start a coroutine thread");
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  pthread_attr_destroy (&attr);
  return co;
}

static gboolean run_pending (gpointer data);

static void
schedule_pending (void)
{
  if (pending_source == 0 && pending.length > 0 && n_alive < CO_LIMIT)
    pending_source = g_idle_add_full (G_PRIORITY_DEFAULT, run_pending, NULL, NULL);
}

/* Gives the baton to @co until it waits or ends. */
static void
enter (Co *co)
{
  sem_post (&co->resume);
  while (sem_wait (&co->yield) != 0)
    ;
  if (!co->done)
    return;
  n_alive--;
  if (idle.length < IDLE_LIMIT)
    g_queue_push_head (&idle, co);
  else
    co_free (co);
  schedule_pending ();
}

static void
start (const char *name, CoFunc func, gpointer data)
{
  Co *co = idle.length > 0 ? g_queue_pop_head (&idle) : co_new ();

  co->name = name;
  co->func = func;
  co->data = data;
  co->done = FALSE;
  n_alive++;
  enter (co);
}

static gboolean
run_pending (gpointer data)
{
  g_autofree Pending *next = NULL;

  pending_source = 0;
  if (n_alive >= CO_LIMIT)
    return G_SOURCE_REMOVE;
  next = g_queue_pop_head (&pending);
  if (next != NULL)
    start (next->name, next->func, next->data);
  schedule_pending ();
  return G_SOURCE_REMOVE;
}

void
co_spawn (const char *name, CoFunc func, gpointer data)
{
  Pending *later;

  if (!co_running () && n_alive < CO_LIMIT && pending.length == 0)
    {
      start (name, func, data);
      return;
    }
  later = g_new (Pending, 1);
  *later = (Pending){ name, func, data };
  g_queue_push_tail (&pending, later);
  schedule_pending ();
}

void
co_wake (GObject *source, GAsyncResult *res, gpointer p)
{
  Co *co = p;

  g_assert (!co_running ());
  g_assert (co->res == NULL);
  co->res = g_object_ref (res);
  if (co->waiting)
    enter (co);
}

GAsyncResult *
co_wait (void)
{
  Co *co = current;

  g_assert (co != NULL);
  if (co->res == NULL)
    {
      co->waiting = TRUE;
      sem_post (&co->yield);
      sem_wait (&co->resume);
      co->waiting = FALSE;
    }
  return g_steal_pointer (&co->res);
}

/* --- waiting for time, for a thread, for a gate --- */

static gboolean
throw_if_cancelled (GCancellable *cancellable, GError **error)
{
  if (!g_cancellable_is_cancelled (cancellable))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_CANCELLED, "the operation was cancelled");
}

gboolean
co_sleep (guint ms, GCancellable *cancellable, GError **error)
{
  g_autoptr (CoGate) never = co_gate_new ();
  g_autoptr (GError) local = NULL;

  if (ms == 0)
    return throw_if_cancelled (cancellable, error);
  if (co_gate_wait (never, ms, cancellable, &local)
      || g_error_matches (local, ROOST_ERROR, ROOST_ERROR_TIMEOUT))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* GLib's own locks order what happens here already. The atomic turn says it again in a way that
 * the thread sanitizer can see, which does not know them. */
typedef struct
{
  CoThreadFunc func;
  gpointer data;
  GCancellable *cancellable;
  GTask *task; /* the worker's reference */
  enum
  {
    TURN_OF_CALLER,
    TURN_OF_THREAD,
  } turn;
} ThreadWork;

static void
thread_work (gpointer p, gpointer unused)
{
  ThreadWork *work = p;
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;
  gboolean ok;

  g_assert (g_atomic_int_get (&work->turn) == TURN_OF_THREAD);
  task = work->task;
  ok = work->func (work->data, work->cancellable, &error);
  g_atomic_int_set (&work->turn, TURN_OF_CALLER);
  if (ok)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Without a limit: work that hangs on a dead mount must not keep the work of others waiting. GLib's
 * own for tasks has one, and grows slowly. */
static GThreadPool *
workers (void)
{
  static GThreadPool *pool;

  if (pool == NULL)
    pool = g_thread_pool_new (thread_work, NULL, -1, FALSE, NULL);
  return pool;
}

gboolean
co_thread (CoThreadFunc func, gpointer data, GCancellable *cancellable, GError **error)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, co_wake, co_self ());
  g_autoptr (GAsyncResult) res = NULL;
  ThreadWork work = { func, data, cancellable, g_object_ref (task), TURN_OF_CALLER };

  g_atomic_int_set (&work.turn, TURN_OF_THREAD);
  g_thread_pool_push (workers (), &work, NULL);
  res = co_wait ();
  g_assert (g_atomic_int_get (&work.turn) == TURN_OF_CALLER);
  return g_task_propagate_boolean (G_TASK (res), error);
}

struct CoGate
{
  GPtrArray *waiters; /* of Waiter, borrowed from their stacks */
};

/* Lives on the waiting coroutine's stack. Whoever settles it first wins; the rest is undone. The
 * result is delivered by an idle source, so that whoever settles, a coroutine too, keeps the baton.
 */
typedef struct
{
  CoGate *gate; /* NULL once settled */
  GTask *task;
  GError *error;
  guint timer;
  guint delivery;
} Waiter;

static gboolean
on_waiter_delivery (gpointer p)
{
  Waiter *waiter = p;

  waiter->delivery = 0;
  if (waiter->error != NULL)
    g_task_return_error (waiter->task, g_steal_pointer (&waiter->error));
  else
    g_task_return_boolean (waiter->task, TRUE);
  return G_SOURCE_REMOVE;
}

static void
waiter_settle (Waiter *waiter, GError *error)
{
  g_ptr_array_remove_fast (waiter->gate->waiters, waiter);
  waiter->gate = NULL;
  waiter->error = error;
  g_clear_handle_id (&waiter->timer, g_source_remove);
  waiter->delivery = g_idle_add_full (G_PRIORITY_DEFAULT, on_waiter_delivery, waiter, NULL);
}

static gboolean
on_waiter_timeout (gpointer p)
{
  Waiter *waiter = p;

  waiter->timer = 0;
  waiter_settle (waiter, g_error_new (ROOST_ERROR, ROOST_ERROR_TIMEOUT, "timed out"));
  return G_SOURCE_REMOVE;
}

/* Emitted by whoever cancels: the main loop, or another coroutine. */
static void
on_waiter_cancelled (GCancellable *cancellable, gpointer p)
{
  Waiter *waiter = p;

  if (waiter->gate != NULL)
    waiter_settle (waiter,
                   g_error_new (ROOST_ERROR, ROOST_ERROR_CANCELLED, "the operation was cancelled"));
}

CoGate *
co_gate_new (void)
{
  CoGate *gate = g_new0 (CoGate, 1);

  gate->waiters = g_ptr_array_new ();
  return gate;
}

void
co_gate_free (CoGate *gate)
{
  if (gate == NULL)
    return;
  while (gate->waiters->len > 0)
    waiter_settle (gate->waiters->pdata[0],
                   g_error_new (ROOST_ERROR, ROOST_ERROR_CANCELLED, "the object is gone"));
  g_ptr_array_unref (gate->waiters);
  g_free (gate);
}

void
co_gate_open (CoGate *gate)
{
  while (gate->waiters->len > 0)
    waiter_settle (gate->waiters->pdata[0], NULL);
}

gboolean
co_gate_wait (CoGate *gate, guint timeout_ms, GCancellable *cancellable, GError **error)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, co_wake, co_self ());
  g_autoptr (GAsyncResult) res = NULL;
  Waiter waiter = { .gate = gate, .task = task };
  gulong handler = 0;

  if (!throw_if_cancelled (cancellable, error))
    return FALSE;
  g_ptr_array_add (gate->waiters, &waiter);
  if (timeout_ms > 0)
    waiter.timer = g_timeout_add (timeout_ms, on_waiter_timeout, &waiter);
  if (cancellable != NULL)
    handler =
        g_signal_connect (cancellable, "cancelled", G_CALLBACK (on_waiter_cancelled), &waiter);
  res = co_wait ();
  g_clear_signal_handler (&handler, cancellable);
  return g_task_propagate_boolean (G_TASK (res), error);
}
