/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-qemu.h"

#include "base/co.h"
#include "base/error.h"
#include "base/json.h"

#include <signal.h>
#include <string.h>

/* A daemon ends, whatever it was at, and another one takes over. */

#define STATUS "run/domain/" FAKE_UUID ".status"

/* A domain that runs, or is paused, without a daemon. Returns: its process */
static pid_t
leave_guest (FakeWorld *world, gboolean paused)
{
  RoostDomain *domain = fake_world_define (world, FAKE_XML ("<title>left</title>"));
  pid_t pid;

  g_assert_true (fake_world_start (domain, paused, NULL));
  pid = roost_domain_pid (domain);
  fake_world_stop (world);
  g_string_truncate (world->states, 0);
  g_assert_cmpuint (fake_world_processes (world), ==, 1);
  return pid;
}

static RoostDomain *
demo (FakeWorld *world)
{
  return roost_manager_find_name (world->manager, "demo");
}

static JsonNode *
read_status (FakeWorld *world)
{
  g_autofree char *path = fake_world_path (world, STATUS);
  g_autofree char *text = NULL;
  gsize length = 0;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  return roost_json_parse (text, length, NULL);
}

static void
write_status (FakeWorld *world, JsonNode *node)
{
  g_autofree char *path = fake_world_path (world, STATUS);
  g_autofree char *text = json_to_string (node, FALSE);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
set_in_status (FakeWorld *world, const char *name, const char *value)
{
  g_autoptr (JsonNode) node = read_status (world);

  json_object_set_string_member (json_node_get_object (node), name, value);
  write_status (world, node);
}

static void
assert_no_trace (FakeWorld *world)
{
  g_autofree char *files = fake_world_files (world);

  g_assert_null (strstr (files, "status"));
  g_assert_null (strstr (files, "sock"));
}

/* --- guests that run --- */

static void
test_adopt (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  pid_t pid = leave_guest (world, FALSE);
  g_autofree char *xml = NULL;

  fake_world_restart (world);
  g_assert_cmpint (roost_domain_pid (demo (world)), ==, pid);
  g_assert_cmpint (roost_domain_state (demo (world)), ==, ROOST_DOMAIN_RUNNING);
  g_assert_cmpstr (roost_domain_reason (demo (world)), ==, "booted");
  g_assert_cmpuint (roost_domain_id (demo (world)), ==, 1);
  g_assert_true (roost_domain_is_persistent (demo (world)));
  xml = roost_domain_get_xml (demo (world), FALSE, FALSE, NULL);
  g_assert_nonnull (strstr (xml, "<title>left</title>"));
  g_assert_true (fake_world_call (roost_domain_suspend, demo (world), NULL));
  g_assert_true (fake_world_destroy (demo (world), NULL));
  g_assert_cmpstr (world->states->str, ==, "paused/user shut-off/destroyed ");
  g_assert_cmpuint (fake_world_processes (world), ==, 0);
  g_assert_true (fake_world_start (demo (world), FALSE, NULL));
  g_assert_cmpuint (roost_domain_id (demo (world)), ==, 2);
}

static void
test_died_meanwhile (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();

  kill (leave_guest (world, FALSE), SIGKILL);
  fake_world_restart (world);
  g_assert_cmpint (roost_domain_state (demo (world)), ==, ROOST_DOMAIN_SHUT_OFF);
  g_assert_cmpstr (roost_domain_reason (demo (world)), ==, "crashed");
  assert_no_trace (world);
}

static void
test_powered_off_meanwhile (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  g_autofree char *control = fake_world_path (world, "run/domain/" FAKE_UUID "/control");
  g_autoptr (GIOChannel) pipe = NULL;

  leave_guest (world, FALSE);
  pipe = g_io_channel_new_file (control, "w", NULL);
  g_io_channel_write_chars (pipe, "{\"event\": \"power-off\"}\n", -1, NULL, NULL);
  g_io_channel_shutdown (pipe, TRUE, NULL);
  g_usleep (100 * 1000);
  fake_world_restart (world);
  fake_world_await (demo (world), ROOST_DOMAIN_SHUT_OFF);
  g_assert_cmpstr (world->states->str, ==, "shutting-down/guest shut-off/shutdown ");
}

/* The process has another's number now: it is left alone. */
static void
test_reused_pid (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  g_autoptr (JsonNode) node = NULL;
  JsonObject *qemu;

  leave_guest (world, FALSE);
  node = read_status (world);
  qemu = json_object_get_object_member (json_node_get_object (node), "qemu");
  json_object_set_int_member (qemu, "start-time",
                              json_object_get_int_member (qemu, "start-time") - 1);
  write_status (world, node);
  fake_world_restart (world);
  g_assert_cmpint (roost_domain_state (demo (world)), ==, ROOST_DOMAIN_SHUT_OFF);
  g_assert_cmpuint (fake_world_processes (world), ==, 1);
}

/* --- files that cannot be used --- */

static void
test_lost_config (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  g_autofree char *config = fake_world_path (world, "config/domain/" FAKE_UUID ".xml");
  pid_t pid = leave_guest (world, FALSE);

  g_assert_true (g_file_set_contents (config, "<domain>", -1, NULL));
  fake_world_restart (world);
  g_assert_cmpint (roost_domain_pid (demo (world)), ==, pid);
  g_assert_false (roost_domain_is_persistent (demo (world)));
  g_assert_true (fake_world_destroy (demo (world), NULL));
  g_assert_cmpuint (roost_manager_n_domains (world->manager), ==, 0);
}

/* Without a status the guest is found by its socket, and taken over. */
static void
test_lost_status (void)
{
  static const char *const rubbish[] = { "", "{", "[]", "{\"uuid\": 1}", "\xff\xfe" };

  for (guint i = 0; i < G_N_ELEMENTS (rubbish); i++)
    {
      g_autoptr (FakeWorld) world = fake_world_new ();
      g_autofree char *path = fake_world_path (world, STATUS);
      g_autofree char *aside = g_strconcat (path, ".bad", NULL);
      pid_t pid = leave_guest (world, FALSE);

      g_assert_true (g_file_set_contents (path, rubbish[i], -1, NULL));
      fake_world_restart (world);
      g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
      g_assert_cmpint (roost_domain_pid (demo (world)), ==, pid);
      g_assert_cmpint (roost_domain_state (demo (world)), ==, ROOST_DOMAIN_RUNNING);
      g_assert_cmpstr (roost_domain_reason (demo (world)), ==, "adopted");
    }
}

static void
test_cut_everywhere (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  g_autofree char *path = fake_world_path (world, STATUS);
  g_autofree char *text = NULL;
  gsize length = 0;
  pid_t pid = leave_guest (world, FALSE);

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  for (gsize cut = 0; cut < length; cut += 97)
    {
      g_assert_true (g_file_set_contents (path, text, (gssize)cut, NULL));
      fake_world_restart (world);
      g_assert_cmpint (roost_domain_pid (demo (world)), ==, pid);
      fake_world_stop (world);
    }
}

static void
test_other_boot (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  pid_t pid = leave_guest (world, FALSE);

  kill (pid, SIGKILL);
  set_in_status (world, "boot", "an older one");
  fake_world_restart (world);
  g_assert_cmpint (roost_domain_state (demo (world)), ==, ROOST_DOMAIN_SHUT_OFF);
  g_assert_cmpstr (roost_domain_reason (demo (world)), ==, "unknown");
  assert_no_trace (world);
}

/* --- what was half-way --- */

static void
test_start_undone (void)
{
  static const char *const steps[] = { "configure",       "make folder",
                                       "open monitor",    "spawn qemu",
                                       "connect monitor", "set up guest",
                                       "run guest",       "a step of another version" };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr (FakeWorld) world = fake_world_new ();
      gboolean has_qemu = i >= 3;

      leave_guest (world, TRUE);
      set_in_status (world, "step", steps[i]);
      fake_world_restart (world);
      g_assert_cmpint (roost_domain_state (demo (world)), ==, ROOST_DOMAIN_SHUT_OFF);
      g_assert_cmpstr (roost_domain_reason (demo (world)), ==, "failed");
      g_assert_null (roost_domain_job (demo (world)));
      if (has_qemu)
        g_assert_cmpuint (fake_world_processes (world), ==, 0);
      assert_no_trace (world);
    }
}

/* Killed between the spawn and its note: the process is known by the socket that it was given. */
static void
test_start_undone_without_pid (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  g_autoptr (JsonNode) node = NULL;

  leave_guest (world, TRUE);
  node = read_status (world);
  json_object_remove_member (json_node_get_object (node), "qemu");
  json_object_set_string_member (json_node_get_object (node), "step", "spawn qemu");
  write_status (world, node);
  fake_world_restart (world);
  g_assert_cmpuint (fake_world_processes (world), ==, 0);
  assert_no_trace (world);
}

static void
test_start_was_done (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  pid_t pid = leave_guest (world, FALSE);

  set_in_status (world, "step", "run guest");
  set_in_status (world, "state", "starting");
  fake_world_restart (world);
  g_assert_cmpint (roost_domain_pid (demo (world)), ==, pid);
  g_assert_cmpint (roost_domain_state (demo (world)), ==, ROOST_DOMAIN_RUNNING);
}

static void
test_end_goes_on (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();

  leave_guest (world, FALSE);
  set_in_status (world, "ending", "destroyed");
  fake_world_restart (world);
  fake_world_await (demo (world), ROOST_DOMAIN_SHUT_OFF);
  g_assert_cmpstr (roost_domain_reason (demo (world)), ==, "destroyed");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recover/adopt", test_adopt);
  g_test_add_func ("/recover/died-meanwhile", test_died_meanwhile);
  g_test_add_func ("/recover/powered-off-meanwhile", test_powered_off_meanwhile);
  g_test_add_func ("/recover/reused-pid", test_reused_pid);
  g_test_add_func ("/recover/lost-config", test_lost_config);
  g_test_add_func ("/recover/lost-status", test_lost_status);
  g_test_add_func ("/recover/cut-everywhere", test_cut_everywhere);
  g_test_add_func ("/recover/other-boot", test_other_boot);
  g_test_add_func ("/recover/start-undone", test_start_undone);
  g_test_add_func ("/recover/start-undone-without-pid", test_start_undone_without_pid);
  g_test_add_func ("/recover/start-was-done", test_start_was_done);
  g_test_add_func ("/recover/end-goes-on", test_end_goes_on);
  return g_test_run ();
}
