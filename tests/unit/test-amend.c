/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/amend.h"

#include "base/co.h"
#include "base/error.h"
#include "fake-qemu.h"
#include "model/domain-types.h"

#include <glib/gstdio.h>

/* The title is what changes; each call leaves a letter. */
typedef struct
{
  RoostDomain *domain;
  RoostAmendRequest request;
  const char *title;
  const char *refuse; /* (nullable): which of "running", "stored", "apply" fails */
  GString *calls;
  GError *error;
  gboolean ok;
} Change;

static gboolean
refused (const Change *change, const char *what, GError **error)
{
  if (g_strcmp0 (change->refuse, what) != 0)
    return FALSE;
  roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "no %s", what);
  return TRUE;
}

static gboolean
change_title (RoostDomainConfig *config, gboolean is_running, gpointer data, GError **error)
{
  Change *change = data;

  g_string_append_c (change->calls, is_running ? 'r' : 's');
  if (refused (change, is_running ? "running" : "stored", error))
    return FALSE;
  g_free (config->title);
  config->title = g_strdup (change->title);
  return TRUE;
}

static gboolean
apply (RoostAmend *amend, gpointer data, GError **error)
{
  Change *change = data;

  g_assert_cmpstr (amend->was->title, !=, amend->running->title);
  g_string_append_c (change->calls, 'a');
  return co_sleep (1, NULL, NULL) && !refused (change, "apply", error);
}

static void
revert (RoostAmend *amend, gpointer data)
{
  Change *change = data;

  g_string_append_c (change->calls, 'u');
}

static const RoostAmendFuncs funcs = { change_title, apply, revert };

static void
change_body (gpointer p)
{
  Change *change = p;

  change->ok =
      roost_domain_amend (change->domain, &change->request, &funcs, change, &change->error);
}

/* Returns: (transfer full): which functions were called. */
static char *
run_change (Change *change)
{
  change->calls = g_string_new (NULL);
  change->request.operation = "set-lifecycle";
  change->request.caller = "";
  fake_world_run (change_body, change);
  g_assert_true (change->ok == (change->error == NULL));
  return g_string_free (change->calls, FALSE);
}

static const char *
running_title (RoostDomain *domain)
{
  return roost_domain_config (domain)->title;
}

static const char *
next_title (RoostDomain *domain)
{
  return roost_domain_next_config (domain)->title;
}

static void
test_neither_is_both (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML (""));
  Change off = { .domain = domain, .title = "one" };
  Change on = { .domain = domain, .title = "two" };
  g_autofree char *calls = run_change (&off);
  g_autofree char *live_calls = NULL;

  g_assert_no_error (off.error);
  g_assert_cmpstr (calls, ==, "s");
  g_assert_cmpstr (next_title (domain), ==, "one");
  g_assert_true (fake_world_start (domain, FALSE, NULL));
  live_calls = run_change (&on);
  g_assert_no_error (on.error);
  g_assert_cmpstr (live_calls, ==, "rsa");
  g_assert_cmpstr (running_title (domain), ==, "two");
  g_assert_cmpstr (next_title (domain), ==, "two");
  fake_world_stop (world);
  fake_world_restart (world);
  domain = roost_manager_find_name (world->manager, "demo");
  g_assert_cmpstr (running_title (domain), ==, "two");
  g_assert_cmpstr (next_title (domain), ==, "two");
}

static void
test_one_of_both (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML ("<title>old</title>"));
  Change live = { .domain = domain, .title = "live", .request.live = TRUE };
  Change config = { .domain = domain, .title = "config", .request.config = TRUE };
  g_autofree char *refused_calls = run_change (&live);
  g_autofree char *live_calls = NULL;
  g_autofree char *config_calls = NULL;

  g_assert_error (live.error, ROOST_ERROR, ROOST_ERROR_NOT_RUNNING);
  g_assert_cmpstr (refused_calls, ==, "");
  g_clear_error (&live.error);
  g_assert_true (fake_world_start (domain, FALSE, NULL));
  live_calls = run_change (&live);
  g_assert_cmpstr (live_calls, ==, "ra");
  g_assert_cmpstr (running_title (domain), ==, "live");
  g_assert_cmpstr (next_title (domain), ==, "old");
  config_calls = run_change (&config);
  g_assert_cmpstr (config_calls, ==, "s");
  g_assert_cmpstr (running_title (domain), ==, "live");
  g_assert_cmpstr (next_title (domain), ==, "config");
}

static void
transient_body (gpointer p)
{
  const RoostStartOptions options = { 0 };
  FakeWorld *world = p;
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostDomain) domain =
      roost_manager_start_transient (world->manager, FAKE_XML (""), &options, "", NULL, &error);

  g_assert_no_error (error);
}

static void
test_transient (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  Change config = { .title = "one", .request.config = TRUE };
  Change both = { .title = "one" };
  g_autofree char *calls = NULL;
  g_autofree char *both_calls = NULL;

  fake_world_run (transient_body, world);
  config.domain = both.domain = roost_manager_find_name (world->manager, "demo");
  calls = run_change (&config);
  g_assert_error (config.error, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED);
  g_assert_cmpstr (calls, ==, "");
  g_clear_error (&config.error);
  both_calls = run_change (&both);
  g_assert_no_error (both.error);
  g_assert_cmpstr (both_calls, ==, "ra");
  g_assert_cmpstr (running_title (both.domain), ==, "one");
}

static void
assert_nothing_changed (RoostDomain *domain, const char *refuse, const char *calls)
{
  Change change = { .domain = domain, .title = "new", .refuse = refuse };
  g_autofree char *called = run_change (&change);

  g_assert_nonnull (change.error);
  g_clear_error (&change.error);
  g_assert_cmpstr (called, ==, calls);
  g_assert_cmpstr (running_title (domain), ==, "old");
  g_assert_cmpstr (next_title (domain), ==, "old");
}

static void
test_all_or_nothing (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML ("<title>old</title>"));
  g_autofree char *folder = fake_world_path (world, "config/domain");
  g_autofree char *moved = fake_world_path (world, "config/elsewhere");

  g_assert_true (fake_world_start (domain, FALSE, NULL));
  assert_nothing_changed (domain, "running", "r");
  assert_nothing_changed (domain, "stored", "rs");
  assert_nothing_changed (domain, "apply", "rsa");
  g_assert_cmpint (g_rename (folder, moved), ==, 0);
  assert_nothing_changed (domain, NULL, "rsau");
  g_assert_cmpint (g_rename (moved, folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/amend/neither-is-both", test_neither_is_both);
  g_test_add_func ("/amend/one-of-both", test_one_of_both);
  g_test_add_func ("/amend/transient", test_transient);
  g_test_add_func ("/amend/all-or-nothing", test_all_or_nothing);
  return g_test_run ();
}
