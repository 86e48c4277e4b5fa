/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/autostart.h"
#include "fake-qemu.h"

#include "base/co.h"
#include "base/error.h"

#include <signal.h>

#define UUID_2 "11111111-2222-3333-4444-555555555555"

/* --- definitions --- */

static void
test_define (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML ("<title>one</title>"));
  g_autofree char *path = fake_world_path (world, "config/domain/" FAKE_UUID ".xml");
  g_autofree char *xml = NULL;

  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpstr (roost_domain_name (domain), ==, "demo");
  g_assert_cmpstr (roost_domain_uuid (domain), ==, FAKE_UUID);
  g_assert_cmpint (roost_domain_state (domain), ==, ROOST_DOMAIN_SHUT_OFF);
  g_assert_cmpstr (roost_domain_reason (domain), ==, "unknown");
  g_assert_true (roost_domain_is_persistent (domain));
  g_assert_cmpstr (roost_domain_summary (domain)->title, ==, "one");
  g_assert_cmpuint (roost_domain_memory (domain), ==, 64 << 20);
  g_assert_true (roost_manager_find_name (world->manager, "demo") == domain);
  xml = roost_domain_get_xml (domain, TRUE, FALSE, NULL);
  g_assert_nonnull (strstr (xml, "<title>one</title>"));
  g_assert_true (domain == fake_world_define (world, FAKE_XML ("<title>two</title>")));
  g_assert_cmpstr (roost_domain_summary (domain)->title, ==, "two");
  g_assert_cmpuint (roost_manager_n_domains (world->manager), ==, 1);
}

typedef struct
{
  FakeWorld *world;
  const char *xml;
  GError *error;
  RoostDomain *domain;
} Define;

static void
define_body (gpointer p)
{
  Define *define = p;

  define->domain = roost_manager_define (define->world->manager, define->xml, "", &define->error);
}

static void
assert_refused (FakeWorld *world, const char *xml, RoostError code)
{
  Define define = { world, xml, NULL, NULL };

  fake_world_run (define_body, &define);
  g_assert_null (define.domain);
  g_assert_error (define.error, ROOST_ERROR, (int)code);
  g_clear_error (&define.error);
}

static void
test_conflicts (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();

  fake_world_define (world, FAKE_XML (""));
  assert_refused (world, FAKE_XML_NAMED ("demo", UUID_2, ""), ROOST_ERROR_EXISTS);
  assert_refused (world, FAKE_XML_NAMED ("other", FAKE_UUID, ""), ROOST_ERROR_EXISTS);
  assert_refused (world, "<domain", ROOST_ERROR_INVALID_XML);
  g_assert_cmpuint (roost_manager_n_domains (world->manager), ==, 1);
}

/* Two definitions of one name at once: one wins, the other hears of it. */
static void
test_defined_at_once (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  Define first = { world, FAKE_XML_NAMED ("demo", FAKE_UUID, ""), NULL, NULL };
  Define second = { world, FAKE_XML_NAMED ("demo", UUID_2, ""), NULL, NULL };

  co_spawn ("first", define_body, &first);
  fake_world_run (define_body, &second);
  g_assert_no_error (first.error);
  if (!g_error_matches (second.error, ROOST_ERROR, ROOST_ERROR_EXISTS))
    g_assert_error (second.error, ROOST_ERROR, ROOST_ERROR_BUSY);
  g_assert_cmpuint (roost_manager_n_domains (world->manager), ==, 1);
  g_clear_object (&first.domain);
  g_clear_error (&second.error);
}

static void
autostart_body (gpointer p)
{
  g_autoptr (GError) error = NULL;

  const RoostAutostart autostart = { .is_on = TRUE, .order = 7, .delay_us = 1500000 };

  roost_domain_set_autostart (p, &autostart, "", &error);
  g_assert_no_error (error);
}

static void
test_load (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  g_autofree char *bad = fake_world_path (world, "config/domain/" UUID_2 ".xml");
  g_autofree char *aside = g_strconcat (bad, ".bad", NULL);
  g_autofree char *orphan =
      fake_world_path (world, "config/domain/22222222-2222-3333-4444-555555555555.json");
  RoostDomain *domain = fake_world_define (world, FAKE_XML ("<title>kept</title>"));

  fake_world_run (autostart_body, domain);
  fake_world_stop (world);
  g_assert_true (g_file_set_contents (bad, "<domain><name>cut", -1, NULL));
  g_assert_true (g_file_set_contents (orphan, "{}", -1, NULL));
  fake_world_restart (world);
  g_assert_cmpuint (roost_manager_n_domains (world->manager), ==, 1);
  domain = roost_manager_find_name (world->manager, "demo");
  g_assert_cmpstr (roost_domain_summary (domain)->title, ==, "kept");
  g_assert_true (roost_domain_is_autostart (domain));
  g_assert_cmpuint (roost_domain_autostart (domain)->order, ==, 7);
  g_assert_cmpuint (roost_domain_autostart (domain)->delay_us, ==, 1500000);
  g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (bad, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (orphan, G_FILE_TEST_EXISTS));
}

static void
undefine_body (gpointer p)
{
  const RoostUndefineOptions options = { 0 };
  g_autoptr (GError) error = NULL;

  roost_domain_undefine (p, &options, "", &error);
  g_assert_no_error (error);
}

static void
test_undefine (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  g_autofree char *before = fake_world_files (world);
  g_autofree char *after = NULL;
  g_autoptr (RoostDomain) domain = g_object_ref (fake_world_define (world, FAKE_XML ("")));

  fake_world_run (undefine_body, domain);
  after = fake_world_files (world);
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpuint (roost_manager_n_domains (world->manager), ==, 0);
}

/* --- life --- */

static void
test_start_destroy (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML (""));
  g_autofree char *before = fake_world_files (world);
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;
  RoostJob *job;

  g_assert_true (fake_world_start (domain, FALSE, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (world->states->str, ==, "starting/booted running/booted ");
  g_assert_cmpint (roost_domain_pid (domain), >, 1);
  g_assert_true (roost_manager_find_pid (world->manager, roost_domain_pid (domain)) == domain);
  g_assert_cmpuint (roost_domain_id (domain), ==, 1);
  job = roost_manager_find_job (world->manager, 1);
  g_assert_cmpstr (roost_job_operation (job), ==, "start");
  g_assert_cmpint (roost_job_state (job), ==, ROOST_JOB_COMPLETED);
  g_assert_false (fake_world_start (domain, FALSE, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_RUNNING);
  g_assert_true (fake_world_destroy (domain, NULL));
  g_assert_cmpstr (world->states->str, ==, "starting/booted running/booted shut-off/destroyed ");
  g_assert_cmpuint (roost_domain_id (domain), ==, 0);
  g_assert_cmpint (roost_domain_pid (domain), ==, 0);
  after = fake_world_files (world);
  g_assert_cmpstr (after, ==, before);
  g_assert_false (fake_world_destroy (domain, NULL));
}

static void
test_pause (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML (""));

  g_assert_true (fake_world_start (domain, TRUE, NULL));
  g_assert_true (fake_world_call (roost_domain_resume, domain, NULL));
  g_assert_true (fake_world_call (roost_domain_suspend, domain, NULL));
  g_assert_true (fake_world_call (roost_domain_suspend, domain, NULL));
  g_assert_true (fake_world_call (roost_domain_resume, domain, NULL));
  g_assert_cmpstr (world->states->str, ==,
                   "starting/booted paused/starting-up running/unpaused paused/user "
                   "running/unpaused ");
}

static void
test_shutdown_and_reboot (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML (""));
  pid_t pid;

  g_assert_true (fake_world_start (domain, FALSE, NULL));
  pid = roost_domain_pid (domain);
  g_assert_true (fake_world_call (roost_domain_reboot, domain, NULL));
  fake_world_await (domain, ROOST_DOMAIN_RUNNING);
  g_assert_cmpint (roost_domain_pid (domain), ==, pid);
  g_assert_cmpstr (world->events->str, ==, "RebootOccurred() ");
  g_assert_true (fake_world_call (roost_domain_shutdown, domain, NULL));
  fake_world_await (domain, ROOST_DOMAIN_SHUT_OFF);
  g_assert_cmpstr (world->states->str, ==,
                   "starting/booted running/booted shutting-down/user running/booted "
                   "shutting-down/user shut-off/shutdown ");
}

static void
test_policies (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (
      world, FAKE_XML ("<on_poweroff>restart</on_poweroff><on_crash>preserve</on_crash>"));

  g_assert_true (fake_world_start (domain, FALSE, NULL));
  fake_world_tell (world, domain, "{\"event\": \"power-off\"}");
  fake_world_await_states (world,
                           "starting/booted running/booted shutting-down/guest running/booted ");
  fake_world_tell (world, domain, "{\"event\": \"panic\"}");
  fake_world_await (domain, ROOST_DOMAIN_CRASHED);
  g_assert_true (fake_world_destroy (domain, NULL));
  g_assert_cmpstr (world->states->str, ==,
                   "starting/booted running/booted shutting-down/guest running/booted "
                   "crashed/panicked shut-off/destroyed ");
  g_assert_cmpstr (world->events->str, ==, "RebootOccurred() GuestPanicked('pause',) ");
}

static void
test_crash_policy (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML ("<on_crash>destroy</on_crash>"));

  g_assert_true (fake_world_start (domain, FALSE, NULL));
  fake_world_tell (world, domain, "{\"event\": \"panic\"}");
  fake_world_await (domain, ROOST_DOMAIN_SHUT_OFF);
  g_assert_cmpstr (roost_domain_reason (domain), ==, "crashed");
}

static void
test_events (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML (""));

  g_assert_true (fake_world_start (domain, FALSE, NULL));
  fake_world_tell (world, domain,
                   "{\"event\": \"BLOCK_IO_ERROR\", \"data\": {\"qom-path\": "
                   "\"/machine/peripheral/virtio-disk0\", \"node-name\": \"n\", \"operation\": "
                   "\"write\", \"action\": \"stop\", \"nospace\": true, \"reason\": \"full\"}}");
  fake_world_tell (world, domain, "{\"event\": \"STOP\"}");
  fake_world_await (domain, ROOST_DOMAIN_PAUSED);
  g_assert_cmpstr (roost_domain_reason (domain), ==, "io-error");
  fake_world_tell (world, domain, "{\"event\": \"RESUME\"}");
  fake_world_await (domain, ROOST_DOMAIN_RUNNING);
  fake_world_tell (world, domain,
                   "{\"event\": \"WATCHDOG\", \"data\": {\"action\": \"pause\"}}\n"
                   "{\"event\": \"STOP\"}");
  fake_world_await (domain, ROOST_DOMAIN_PAUSED);
  g_assert_cmpstr (roost_domain_reason (domain), ==, "watchdog");
  fake_world_tell (world, domain, "{\"event\": \"SUSPEND\"}");
  fake_world_await (domain, ROOST_DOMAIN_PM_SUSPENDED);
  fake_world_tell (world, domain,
                   "{\"event\": \"BALLOON_CHANGE\", \"data\": {\"actual\": 1048576}}\n"
                   "{\"event\": \"BALLOON_CHANGE\", \"data\": {\"actual\": \"rubbish\"}}\n"
                   "{\"event\": \"BLOCK_IO_ERROR\", \"data\": {}}\n"
                   "{\"event\": \"NO_SUCH\", \"data\": {}}\n"
                   "{\"event\": \"WAKEUP\"}");
  fake_world_await (domain, ROOST_DOMAIN_RUNNING);
  g_assert_cmpuint (roost_domain_memory (domain), ==, 1 << 20);
  g_assert_cmpstr (world->events->str, ==,
                   "IoError('virtio-disk0', 'write', 'stop', true, 'full') "
                   "WatchdogFired('pause',) BalloonChanged(1048576,) "
                   "IoError('', '', '', false, '') ");
}

static void
test_transient (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  g_autoptr (RoostDomain) domain = g_object_ref (fake_world_define (world, FAKE_XML ("")));
  g_autoptr (GError) error = NULL;

  g_assert_true (fake_world_start (domain, FALSE, NULL));
  fake_world_run (undefine_body, domain);
  g_assert_false (roost_domain_is_persistent (domain));
  g_assert_null (roost_domain_next_config (domain));
  g_assert_null (roost_domain_get_xml (domain, TRUE, FALSE, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_FOUND);
  g_assert_cmpuint (roost_manager_n_domains (world->manager), ==, 1);
  g_assert_true (fake_world_destroy (domain, NULL));
  g_assert_cmpuint (roost_manager_n_domains (world->manager), ==, 0);
  g_clear_error (&error);
  g_assert_false (fake_world_call (roost_domain_suspend, domain, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_RUNNING);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/domain/define", test_define);
  g_test_add_func ("/domain/conflicts", test_conflicts);
  g_test_add_func ("/domain/defined-at-once", test_defined_at_once);
  g_test_add_func ("/domain/load", test_load);
  g_test_add_func ("/domain/undefine", test_undefine);
  g_test_add_func ("/domain/start-destroy", test_start_destroy);
  g_test_add_func ("/domain/pause", test_pause);
  g_test_add_func ("/domain/shutdown-and-reboot", test_shutdown_and_reboot);
  g_test_add_func ("/domain/policies", test_policies);
  g_test_add_func ("/domain/crash-policy", test_crash_policy);
  g_test_add_func ("/domain/events", test_events);
  g_test_add_func ("/domain/transient", test_transient);
  return g_test_run ();
}
