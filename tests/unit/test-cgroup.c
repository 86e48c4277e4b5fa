/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/co.h"
#include "base/error.h"
#include "host/cgroup.h"
#include "host/thread.h"

#include <glib/gstdio.h>
#include <sched.h>
#include <unistd.h>

/* A copy of the files that matter: what is found, and what is written where. */

#define UNIT  "machine-roost\\x2d3\\x2dweb.scope"
#define SCOPE "/machine.slice/" UNIT

typedef struct
{
  char *root;
  char *dir;
} Fixture;

static void
put (const char *dir, const char *file, const char *text)
{
  g_autofree char *path = g_build_filename (dir, file, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static char *
get (const char *dir, const char *file)
{
  g_autofree char *path = g_build_filename (dir, file, NULL);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static void
set_up (Fixture *fixture, gconstpointer controllers)
{
  fixture->root = g_dir_make_tmp ("cgroup-XXXXXX", NULL);
  fixture->dir = g_strconcat (fixture->root, SCOPE, NULL);
  g_assert_cmpint (g_mkdir_with_parents (fixture->dir, 0755), ==, 0);
  put (fixture->dir, "cgroup.controllers", controllers);
  put (fixture->dir, "cgroup.subtree_control", "");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  const char *argv[] = { "rm", "-r", fixture->root, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
  g_free (fixture->root);
  g_free (fixture->dir);
}

static void
test_find (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostCgroup) cgroup =
      roost_cgroup_find (fixture->root, "4:cpu:/x\n0::" SCOPE "/emulator\n", 1, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (cgroup->unit, ==, UNIT);
  g_assert_cmpstr (cgroup->dir, ==, fixture->dir);
  g_assert_true (roost_cgroup_check (cgroup, "memory", &error));
  g_assert_false (roost_cgroup_check (cgroup, "io", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "cpu, memory, pids"));
}

static void
assert_not_found (const char *root, const char *text, const char *why)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (roost_cgroup_find (root, text, 1, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, why));
}

static void
test_not_found (Fixture *fixture, gconstpointer data)
{
  assert_not_found (fixture->root, "0::/user.slice/user-0.slice\n", "in no scope");
  assert_not_found (fixture->root, "0::/machine.slice/machine-other.scope\n", "in no scope");
  assert_not_found (fixture->root, "1:cpu:/\n", "no cgroup version 2");
}

/* --- groups of threads --- */

typedef struct
{
  const RoostCgroup *cgroup;
  GPtrArray *groups;
  GError *error;
} Set;

static void
set_body (gpointer p)
{
  Set *set = p;

  roost_cgroup_set_quotas (set->cgroup, set->groups, &set->error);
}

static GError *
set_quota (Fixture *fixture, const char *name, gint64 quota_us)
{
  g_autoptr (RoostCgroup) cgroup = roost_cgroup_find (fixture->root, "0::" SCOPE "\n", 1, NULL);
  RoostThreadGroup *group = g_new0 (RoostThreadGroup, 1);
  Set set = { cgroup, g_ptr_array_new_with_free_func ((GDestroyNotify)roost_thread_group_free),
              NULL };
  pid_t own = getpid ();

  *group = (RoostThreadGroup){ g_strdup (name), g_array_new (FALSE, FALSE, sizeof (pid_t)),
                               quota_us, 100000 };
  g_array_append_val (group->threads, own);
  g_ptr_array_add (set.groups, group);
  co_spawn ("set", set_body, &set);
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
  g_ptr_array_unref (set.groups);
  return set.error;
}

/* A new folder in the kernel's has its files at once; here they are put there. */
static void
make_files (Fixture *fixture, const char *name)
{
  g_autofree char *dir = g_build_filename (fixture->dir, name, NULL);

  g_assert_cmpint (g_mkdir (dir, 0755), ==, 0);
  put (dir, "cgroup.type", "domain");
  put (dir, "cgroup.threads", "");
  put (dir, "cpu.max", "max 100000");
}

static void
test_quota (Fixture *fixture, gconstpointer data)
{
  g_autofree char *dir = g_build_filename (fixture->dir, "vcpu0", NULL);
  g_autofree char *own = g_strdup_printf ("%d", (int)getpid ());
  g_autofree char *type = NULL;
  g_autofree char *threads = NULL;
  g_autofree char *max = NULL;
  g_autofree char *enabled = NULL;
  g_autofree char *unlimited = NULL;

  make_files (fixture, "vcpu0");
  g_assert_no_error (set_quota (fixture, "vcpu0", 20000));
  type = get (dir, "cgroup.type");
  threads = get (dir, "cgroup.threads");
  max = get (dir, "cpu.max");
  enabled = get (fixture->dir, "cgroup.subtree_control");
  g_assert_true (g_str_has_prefix (type, "thread"));
  g_assert_true (g_str_has_prefix (threads, own));
  g_assert_true (g_str_has_prefix (max, "20000 100000"));
  g_assert_cmpstr (enabled, ==, "+cpu");
  g_assert_no_error (set_quota (fixture, "vcpu0", -1));
  unlimited = get (dir, "cpu.max");
  g_assert_true (g_str_has_prefix (unlimited, "max 100000"));
}

static void
test_no_controller (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = set_quota (fixture, "vcpu0", 20000);
  g_autofree char *dir = g_build_filename (fixture->dir, "vcpu0", NULL);

  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED);
  g_assert_false (g_file_test (dir, G_FILE_TEST_EXISTS));
}

/* --- threads --- */

static void
test_threads (void)
{
  g_autoptr (GArray) threads = roost_threads_list (getpid ());
  g_autoptr (RoostBitmap) before = roost_thread_get_cpus (0);
  g_autoptr (RoostBitmap) after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (threads->len, >=, 1);
  g_assert_true (roost_thread_set_cpus (getpid (), getpid (), NULL, &error));
  g_assert_no_error (error);
  after = roost_thread_get_cpus (0);
  for (int n = roost_bitmap_next (before, 0); n >= 0; n = roost_bitmap_next (before, (guint)n + 1))
    g_assert_true (roost_bitmap_has (after, (guint)n));
}

/* A thread of somebody else is not touched, whoever names it. */
static void
test_foreign_thread (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) policy = NULL;

  g_assert_false (roost_thread_set_cpus (getpid (), 1, NULL, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_FOUND);
  g_assert_false (roost_thread_set_policy (getpid (), 1, ROOST_THREAD_BATCH, 0, &policy));
  g_assert_error (policy, ROOST_ERROR, ROOST_ERROR_NOT_FOUND);
}

static void
test_no_such_cpu (void)
{
  g_autoptr (RoostBitmap) far = roost_bitmap_parse ("16000", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (roost_thread_set_cpus (getpid (), getpid (), far, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "16000"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/cgroup/find", Fixture, "cpu memory pids", set_up, test_find, tear_down);
  g_test_add ("/cgroup/not-found", Fixture, "cpu", set_up, test_not_found, tear_down);
  g_test_add ("/cgroup/quota", Fixture, "cpuset cpu", set_up, test_quota, tear_down);
  g_test_add ("/cgroup/no-controller", Fixture, "memory", set_up, test_no_controller, tear_down);
  g_test_add_func ("/thread/own", test_threads);
  g_test_add_func ("/thread/foreign", test_foreign_thread);
  g_test_add_func ("/thread/no-such-cpu", test_no_such_cpu);
  return g_test_run ();
}
