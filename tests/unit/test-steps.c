/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/co.h"
#include "base/error.h"
#include "base/steps.h"

/* The world of these tests: a line of letters that steps put down and take away. */
typedef struct
{
  GString *world;
  GString *undone;
  GCancellable *cancellable;
  GError *error;
  gboolean ok;
} Op;

#define STEP(letter)                                                                               \
  static gboolean do_##letter (gpointer p, GCancellable *cancellable, GError **error)              \
  {                                                                                                \
    co_sleep (0, NULL, NULL);                                                                      \
    g_string_append (((Op *)p)->world, #letter);                                                   \
    return TRUE;                                                                                   \
  }                                                                                                \
  static void undo_##letter (gpointer p)                                                           \
  {                                                                                                \
    Op *op = p;                                                                                    \
    g_string_append (op->undone, #letter);                                                         \
    if (op->world->len > 0 && op->world->str[op->world->len - 1] == #letter[0])                    \
      g_string_truncate (op->world, op->world->len - 1);                                           \
  }

STEP (a)
STEP (b)
STEP (c)

static const RoostStep plain[] = {
  { "put a", do_a, undo_a },
  { "put b", do_b, undo_b },
  { "put c", do_c, undo_c },
  { NULL },
};

static const RoostStep with_commit[] = {
  { "put a", do_a, undo_a },
  { "put b", do_b, undo_b, ROOST_STEP_COMMIT },
  { "put c", do_c, undo_c },
  { NULL },
};

static const RoostStep *table;

static void
body (gpointer p)
{
  Op *op = p;

  op->ok = roost_steps_run (table, op, NULL, op->cancellable, &op->error);
}

static void
run_with_fault (const RoostStep *steps, const char *fault, Op *op)
{
  *op = (Op){ g_string_new (NULL), g_string_new (NULL), g_cancellable_new (), NULL, FALSE };
  table = steps;
  if (fault != NULL)
    g_setenv ("ROOST_FAULT", fault, TRUE);
  co_spawn ("steps", body, op);
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
  g_unsetenv ("ROOST_FAULT");
}

static void
op_clear (Op *op)
{
  g_string_free (op->world, TRUE);
  g_string_free (op->undone, TRUE);
  g_object_unref (op->cancellable);
  g_clear_error (&op->error);
}

static void
test_all_run (void)
{
  Op op;

  run_with_fault (plain, NULL, &op);
  g_assert_true (op.ok);
  g_assert_cmpstr (op.world->str, ==, "abc");
  op_clear (&op);
}

static void
test_each_fault_undoes (void)
{
  static const char *const names[] = { "put a", "put b", "put c" };
  static const char *const kinds[] = { "fail", "fail-after", "cancel" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
      {
        g_autofree char *fault = g_strdup_printf ("%s:%s", names[i], kinds[k]);
        Op op;

        run_with_fault (plain, fault, &op);
        g_assert_false (op.ok);
        g_assert_cmpstr (op.world->str, ==, "");
        if (g_str_equal (kinds[k], "cancel"))
          g_assert_error (op.error, ROOST_ERROR, ROOST_ERROR_CANCELLED);
        else
          g_assert_error (op.error, ROOST_ERROR, ROOST_ERROR_IO);
        g_assert_true (g_str_has_prefix (op.error->message, names[i]));
        op_clear (&op);
      }
}

static void
test_commit (void)
{
  Op op;

  run_with_fault (with_commit, "put c:fail", &op);
  g_assert_false (op.ok);
  g_assert_cmpstr (op.world->str, ==, "ab");
  g_assert_cmpstr (op.undone->str, ==, "");
  op_clear (&op);
  run_with_fault (with_commit, "put b:fail", &op);
  g_assert_cmpstr (op.world->str, ==, "");
  op_clear (&op);
}

static void
test_after_a_crash (void)
{
  Op op = { g_string_new ("ab"), g_string_new (NULL), NULL, NULL, FALSE };

  roost_steps_undo (plain, "put b", &op);
  g_assert_cmpstr (op.undone->str, ==, "ba");
  g_string_truncate (op.undone, 0);
  roost_steps_undo (plain, "a step of another version", &op);
  g_assert_cmpstr (op.undone->str, ==, "cba");
  g_string_truncate (op.undone, 0);
  roost_steps_undo (with_commit, "put c", &op);
  g_assert_cmpstr (op.undone->str, ==, "c");
  g_string_free (op.world, TRUE);
  g_string_free (op.undone, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/steps/all-run", test_all_run);
  g_test_add_func ("/steps/each-fault-undoes", test_each_fault_undoes);
  g_test_add_func ("/steps/commit", test_commit);
  g_test_add_func ("/steps/after-a-crash", test_after_a_crash);
  return g_test_run ();
}
