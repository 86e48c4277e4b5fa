/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/co.h"
#include "base/error.h"

static GString *trace;

static void
spin_until_idle (void)
{
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
sleeper (gpointer data)
{
  g_string_append (trace, "a");
  g_assert_true (co_sleep (GPOINTER_TO_UINT (data), NULL, NULL));
  g_string_append (trace, "b");
}

static void
test_order (void)
{
  g_string_truncate (trace, 0);
  co_spawn ("sleeper", sleeper, GUINT_TO_POINTER (1));
  g_string_append (trace, "-");
  spin_until_idle ();
  g_assert_cmpstr (trace->str, ==, "a-b");
}

static void
spawner (gpointer data)
{
  co_spawn ("inner", sleeper, GUINT_TO_POINTER (0));
  g_string_append (trace, "s");
}

static void
test_spawn_inside (void)
{
  g_string_truncate (trace, 0);
  co_spawn ("outer", spawner, NULL);
  spin_until_idle ();
  g_assert_cmpstr (trace->str, ==, "sab");
}

static guint peak;

static void
crowd_member (gpointer data)
{
  guint *n = data;

  (*n)++;
  peak = MAX (peak, *n);
  co_sleep (1, NULL, NULL);
  (*n)--;
}

static void
test_limit (void)
{
  guint n = 0;

  peak = 0;
  for (int i = 0; i < CO_LIMIT * 2; i++)
    co_spawn ("crowd", crowd_member, &n);
  g_assert_cmpuint (co_count (), ==, CO_LIMIT * 2);
  spin_until_idle ();
  g_assert_cmpuint (peak, ==, CO_LIMIT);
  g_assert_cmpuint (n, ==, 0);
}

typedef struct
{
  CoGate *gate;
  GCancellable *cancellable;
  guint timeout_ms;
  int code; /* -1: woken */
} Wait;

static void
gate_waiter (gpointer data)
{
  Wait *wait = data;
  g_autoptr (GError) error = NULL;

  wait->code = -1;
  if (!co_gate_wait (wait->gate, wait->timeout_ms, wait->cancellable, &error))
    wait->code = error->code;
}

static void
test_gate (void)
{
  g_autoptr (CoGate) gate = co_gate_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Wait late = { gate, NULL, 1, 0 };
  Wait cancelled = { gate, cancellable, 0, 0 };
  Wait woken = { gate, NULL, 10000, 0 };
  Wait orphan = { co_gate_new (), NULL, 0, 0 };

  co_spawn ("late", gate_waiter, &late);
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (late.code, ==, ROOST_ERROR_TIMEOUT);

  co_spawn ("cancelled", gate_waiter, &cancelled);
  co_spawn ("woken", gate_waiter, &woken);
  co_spawn ("orphan", gate_waiter, &orphan);
  g_cancellable_cancel (cancellable);
  co_gate_open (gate);
  co_gate_free (orphan.gate);
  spin_until_idle ();
  g_assert_cmpint (cancelled.code, ==, ROOST_ERROR_CANCELLED);
  g_assert_cmpint (woken.code, ==, -1);
  g_assert_cmpint (orphan.code, ==, ROOST_ERROR_CANCELLED);

  /* Already cancelled: it does not wait at all. */
  co_spawn ("cancelled", gate_waiter, &cancelled);
  g_assert_cmpuint (co_count (), ==, 0);
  g_assert_cmpint (cancelled.code, ==, ROOST_ERROR_CANCELLED);
}

static gboolean
blocking_work (gpointer data, GCancellable *cancellable, GError **error)
{
  g_usleep (1000);
  if (data == NULL)
    return roost_throw (error, ROOST_ERROR_IO, "no data");
  *(int *)data = 42;
  return TRUE;
}

static void
thread_user (gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (co_thread (blocking_work, data, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (co_thread (blocking_work, NULL, NULL, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_IO);
}

static void
test_thread (void)
{
  int answer = 0;

  co_spawn ("thread-user", thread_user, &answer);
  spin_until_idle ();
  g_assert_cmpint (answer, ==, 42);
}

int
main (int argc, char **argv)
{
  int rc;

  g_test_init (&argc, &argv, NULL);
  trace = g_string_new (NULL);
  g_test_add_func ("/co/order", test_order);
  g_test_add_func ("/co/spawn-inside", test_spawn_inside);
  g_test_add_func ("/co/limit", test_limit);
  g_test_add_func ("/co/gate", test_gate);
  g_test_add_func ("/co/thread", test_thread);
  rc = g_test_run ();
  g_string_free (trace, TRUE);
  return rc;
}
