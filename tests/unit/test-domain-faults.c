/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-qemu.h"

#include "base/co.h"
#include "base/error.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* What goes wrong: in a start, in QEMU, in the daemon. */

static const char *const steps[] = { "configure",     "make folder",     "copy nvram",
                                     "check storage", "make overlays",   "build command",
                                     "open log",      "open monitor",    "start helpers",
                                     "spawn qemu",    "connect monitor", "set up guest",
                                     "run guest" };

#define NVRAM_XML(path, template)                                                                  \
  "<domain type='qemu'><name>demo</name><uuid>" FAKE_UUID "</uuid><memory>65536</memory>"          \
  "<os><type arch='x86_64' machine='pc'>hvm</type><nvram template='%s'>%s</nvram></os></domain>"

static char *
xml_with_nvram (FakeWorld *world)
{
  g_autofree char *path = fake_world_path (world, "state/nvram/demo_VARS.fd");
  g_autofree char *template = fake_world_path (world, "template.fd");

  g_assert_true (g_file_set_contents (template, "variables", -1, NULL));
  return g_strdup_printf (NVRAM_XML (path, template), template, path);
}

static void
test_each_step (gconstpointer data)
{
  const char *kind = data;
  g_autoptr (FakeWorld) world = fake_world_new ();
  g_autofree char *xml = xml_with_nvram (world);
  RoostDomain *domain = fake_world_define (world, xml);
  g_autofree char *nvram_dir = fake_world_path (world, "state/nvram");
  g_autofree char *before = NULL;

  g_assert_cmpint (g_mkdir_with_parents (nvram_dir, 0700), ==, 0);
  before = fake_world_files (world);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autofree char *fault = g_strdup_printf ("%s:%s", steps[i], kind);
      g_autofree char *after = NULL;
      g_autoptr (GError) error = NULL;

      g_setenv ("ROOST_FAULT", fault, TRUE);
      g_assert_false (fake_world_start (domain, FALSE, &error));
      g_unsetenv ("ROOST_FAULT");
      g_assert_true (g_str_has_prefix (error->message, steps[i]));
      g_assert_cmpstr (roost_domain_state_name (roost_domain_state (domain)), ==, "shut-off");
      g_assert_cmpuint (roost_domain_id (domain), ==, 0);
      g_assert_null (roost_domain_job (domain));
      g_assert_cmpuint (fake_world_processes (world), ==, 0);
      after = fake_world_files (world);
      g_assert_cmpstr (after, ==, before);
    }
  g_assert_true (fake_world_start (domain, FALSE, NULL));
}

/* A start that resets the variables and fails gives the old ones back. */
static void
reset_body (gpointer p)
{
  const RoostStartOptions options = { .reset_nvram = TRUE };
  g_autoptr (GError) error = NULL;
  gboolean is_faulty = g_getenv ("ROOST_FAULT") != NULL;

  g_assert_true (roost_domain_start (p, &options, "", NULL, &error) != is_faulty);
}

static void
test_reset_nvram (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  g_autofree char *xml = xml_with_nvram (world);
  RoostDomain *domain = fake_world_define (world, xml);
  g_autofree char *path = fake_world_path (world, "state/nvram/demo_VARS.fd");
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *old = NULL;
  g_autofree char *fresh = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "the guest's", -1, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autofree char *fault = g_strdup_printf ("%s:fail-after", steps[i]);

      g_setenv ("ROOST_FAULT", fault, TRUE);
      fake_world_run (reset_body, domain);
      g_unsetenv ("ROOST_FAULT");
      g_clear_pointer (&old, g_free);
      g_assert_true (g_file_get_contents (path, &old, NULL, NULL));
      g_assert_cmpstr (old, ==, "the guest's");
    }
  fake_world_run (reset_body, domain);
  g_assert_true (g_file_get_contents (path, &fresh, NULL, NULL));
  g_assert_cmpstr (fresh, ==, "variables");
}

static void
assert_start_fails (const char *mode, const char *words)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML (""));
  g_autofree char *before = fake_world_files (world);
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;

  fake_world_set_mode (mode);
  g_assert_false (fake_world_start (domain, FALSE, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_QEMU);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_cmpstr (world->states->str, ==, "starting/booted shut-off/failed ");
  after = fake_world_files (world);
  g_assert_cmpstr (after, ==, before);
  fake_world_set_mode ("normal");
  g_assert_true (fake_world_start (domain, FALSE, NULL));
}

static void
test_bad_qemu (void)
{
  assert_start_fails ("exit", "flux capacitor");
  assert_start_fails ("refuse-cont", "the fake refuses");
  assert_start_fails ("die-at-cont", "caught fire");
}

static void
test_missing_disk (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain =
      fake_world_define (world, FAKE_XML ("<devices><disk type='file' device='disk'>"
                                          "<source file='/nowhere/disk.img'/>"
                                          "<target dev='vda' bus='virtio'/></disk></devices>"));
  g_autoptr (GError) error = NULL;

  g_assert_false (fake_world_start (domain, FALSE, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, "disk 'vda': /nowhere/disk.img"));
}

static void
test_killed (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML (""));
  gint64 begin;

  g_assert_true (fake_world_start (domain, FALSE, NULL));
  begin = g_get_monotonic_time ();
  kill (roost_domain_pid (domain), SIGKILL);
  fake_world_await (domain, ROOST_DOMAIN_SHUT_OFF);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 1 * G_USEC_PER_SEC);
  g_assert_cmpstr (roost_domain_reason (domain), ==, "crashed");
}

static void
test_ended_from_outside (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML (""));

  g_assert_true (fake_world_start (domain, FALSE, NULL));
  kill (roost_domain_pid (domain), SIGTERM);
  fake_world_await (domain, ROOST_DOMAIN_SHUT_OFF);
  g_assert_cmpstr (roost_domain_reason (domain), ==, "destroyed");
}

/* --- one at a time --- */

typedef struct
{
  RoostDomain *domain;
  GError *error;
  gboolean ok;
} Start;

static void
start_body (gpointer p)
{
  Start *start = p;
  const RoostStartOptions options = { 0 };

  start->ok = roost_domain_start (start->domain, &options, ":1.7", NULL, &start->error);
}

static void
spin (guint ms)
{
  gint64 until = g_get_monotonic_time () + ms * 1000;

  while (g_get_monotonic_time () < until)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (500);
    }
}

static void
busy_body (gpointer p)
{
  Start *start = p;
  g_autoptr (GError) error = NULL;
  const RoostStartOptions options = { 0 };

  g_assert_false (roost_domain_suspend (start->domain, ":1.8", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "'start'"));
  g_assert_nonnull (strstr (error->message, ":1.7"));
  g_clear_error (&error);
  g_assert_false (roost_domain_start (start->domain, &options, "", NULL, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_BUSY);
}

static void
destroy_body (gpointer p)
{
  const RoostDestroyOptions options = { 0 };
  g_autoptr (GError) error = NULL;

  roost_domain_destroy (((Start *)p)->domain, &options, "", &error);
  g_assert_no_error (error);
}

/* QEMU never greets: others hear who has the domain, and destroy takes it away. */
static void
test_busy (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  Start start = { fake_world_define (world, FAKE_XML ("")), NULL, FALSE };

  fake_world_set_mode ("mute");
  co_spawn ("start", start_body, &start);
  spin (300);
  g_assert_cmpint (roost_domain_state (start.domain), ==, ROOST_DOMAIN_STARTING);
  co_spawn ("busy", busy_body, &start);
  co_spawn ("destroy", destroy_body, &start);
  fake_world_await (start.domain, ROOST_DOMAIN_SHUT_OFF);
  g_assert_false (start.ok);
  g_assert_error (start.error, ROOST_ERROR, ROOST_ERROR_CANCELLED);
  g_assert_cmpstr (roost_domain_reason (start.domain), ==, "destroyed");
  g_assert_cmpuint (fake_world_processes (world), ==, 0);
  g_clear_error (&start.error);
}

static void
cancel_body (gpointer p)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (roost_job_cancel (roost_domain_job (((Start *)p)->domain), &error));
}

static void
test_cancel (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  Start start = { fake_world_define (world, FAKE_XML ("")), NULL, FALSE };

  fake_world_set_mode ("mute");
  co_spawn ("start", start_body, &start);
  spin (200);
  fake_world_run (cancel_body, &start);
  g_assert_error (start.error, ROOST_ERROR, ROOST_ERROR_CANCELLED);
  g_assert_cmpint (roost_job_state (roost_manager_find_job (world->manager, 1)), ==,
                   ROOST_JOB_CANCELLED);
  g_assert_cmpuint (fake_world_processes (world), ==, 0);
  g_clear_error (&start.error);
}

/* --- a QEMU that hangs --- */

static void
patient_destroy_body (gpointer p)
{
  Start *start = p;
  RoostDestroyOptions options = { .grace_ms = 3600 * 1000 };

  start->ok = roost_domain_destroy (start->domain, &options, "", &start->error);
}

/* A process that is stopped cannot heed SIGTERM: nobody waits out an hour of grace for it. */
static void
test_stopped (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  Start start = { fake_world_define (world, FAKE_XML ("")), NULL, FALSE };
  RoostDomain *domain = start.domain;

  g_assert_true (fake_world_start (domain, FALSE, NULL));
  kill (roost_domain_pid (domain), SIGSTOP);
  fake_world_run (patient_destroy_body, &start);
  g_assert_true (start.ok);
  g_assert_cmpstr (roost_domain_reason (domain), ==, "destroyed");
}

static void
suspend_body (gpointer p)
{
  Start *start = p;

  start->ok = roost_domain_suspend (start->domain, "", &start->error);
}

/* A deadline that is missed marks the domain. */
static void
test_deaf (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  Start start = { fake_world_define (world, FAKE_XML ("")), NULL, FALSE };
  RoostDomain *domain = start.domain;

  fake_world_set_mode ("deaf");
  roost_manager_set_deadline (world->manager, 300);
  g_assert_true (fake_world_start (domain, FALSE, NULL));
  fake_world_run (suspend_body, &start);
  g_assert_error (start.error, ROOST_ERROR, ROOST_ERROR_TIMEOUT);
  g_clear_error (&start.error);
  g_assert_false (roost_domain_is_responsive (domain));
  g_assert_true (fake_world_destroy (domain, NULL));
  g_assert_true (roost_domain_is_responsive (domain));
}

static void
resume_body (gpointer p)
{
  Start *start = p;

  start->ok = roost_domain_resume (start->domain, "", &start->error);
}

/* An answer that comes late shows that it lives; a destroy takes it from who waits. */
static void
test_late (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  Start start = { fake_world_define (world, FAKE_XML ("")), NULL, FALSE };
  RoostDomain *domain = start.domain;

  roost_manager_set_deadline (world->manager, 300);
  g_assert_true (fake_world_start (domain, FALSE, NULL));
  kill (roost_domain_pid (domain), SIGSTOP);
  fake_world_run (suspend_body, &start);
  g_assert_error (start.error, ROOST_ERROR, ROOST_ERROR_TIMEOUT);
  g_clear_error (&start.error);
  g_assert_false (roost_domain_is_responsive (domain));
  kill (roost_domain_pid (domain), SIGCONT);
  fake_world_await (domain, ROOST_DOMAIN_PAUSED); /* it had only been late */
  g_assert_true (roost_domain_is_responsive (domain));
  kill (roost_domain_pid (domain), SIGSTOP);
  roost_manager_set_deadline (world->manager, 60000);
  co_spawn ("resume", resume_body, &start);
  fake_world_run (destroy_body, &start);
  g_assert_false (start.ok);
  g_assert_cmpint (roost_domain_state (domain), ==, ROOST_DOMAIN_SHUT_OFF);
  g_clear_error (&start.error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/faults/each-step/fail", "fail", test_each_step);
  g_test_add_data_func ("/faults/each-step/fail-after", "fail-after", test_each_step);
  g_test_add_data_func ("/faults/each-step/cancel", "cancel", test_each_step);
  g_test_add_func ("/faults/reset-nvram", test_reset_nvram);
  g_test_add_func ("/faults/bad-qemu", test_bad_qemu);
  g_test_add_func ("/faults/missing-disk", test_missing_disk);
  g_test_add_func ("/faults/killed", test_killed);
  g_test_add_func ("/faults/ended-from-outside", test_ended_from_outside);
  g_test_add_func ("/faults/busy", test_busy);
  g_test_add_func ("/faults/cancel", test_cancel);
  g_test_add_func ("/faults/stopped", test_stopped);
  g_test_add_func ("/faults/deaf", test_deaf);
  g_test_add_func ("/faults/late", test_late);
  return g_test_run ();
}
