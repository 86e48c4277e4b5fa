/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/qmp.h"

#include "base/co.h"
#include "base/error.h"
#include "base/json.h"

#include "fake-qmp.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* One peer and one client; a test's coroutine works on it, and what happened stands in the log. */
typedef struct
{
  FakeQmp *peer;
  RoostQmp *qmp;
  GString *log;
  GError *error; /* of roost_qmp_open */
  guint timeout_ms;
} World;

static guint n_warnings;

static World *
world_new (void)
{
  World *world = g_new0 (World, 1);

  world->peer = fake_qmp_new ();
  world->log = g_string_new (NULL);
  world->timeout_ms = 10000;
  return world;
}

static void
spin (void)
{
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
world_free (World *world)
{
  if (world->qmp != NULL)
    roost_qmp_close (world->qmp);
  spin ();
  g_clear_object (&world->qmp);
  g_clear_error (&world->error);
  fake_qmp_free (world->peer);
  g_string_free (world->log, TRUE);
  g_free (world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

static void
on_event (RoostQmp *qmp, const char *name, JsonObject *data, gint64 when_us, gpointer p)
{
  World *world = p;

  g_assert_false (co_running ());
  g_string_append_printf (world->log, "[%s %d]", name, (int)roost_json_int (data, "n", -1));
}

static void
on_closed (RoostQmp *qmp, GError *why, gpointer p)
{
  World *world = p;

  g_assert_error (why, ROOST_ERROR, ROOST_ERROR_NOT_RUNNING);
  g_string_append (world->log, "[closed]");
}

static void
open_it (gpointer p)
{
  World *world = p;

  world->qmp =
      roost_qmp_open (fake_qmp_connection (world->peer), world->timeout_ms, NULL, &world->error);
  if (world->qmp == NULL)
    return;
  g_signal_connect (world->qmp, "event", G_CALLBACK (on_event), world);
  g_signal_connect (world->qmp, "closed", G_CALLBACK (on_closed), world);
}

static World *
world_opened (gboolean has_oob)
{
  World *world = world_new ();

  fake_qmp_greet (world->peer, has_oob);
  co_spawn ("open", open_it, world);
  spin ();
  g_assert_no_error (world->error);
  return world;
}

/* One call in a coroutine of its own; its outcome goes to the log as "name=outcome ". */
typedef struct
{
  World *world;
  const char *command;
  guint timeout_ms;
  GCancellable *cancellable;
  gboolean is_oob;
} Ask;

static const char *
outcome_of (JsonNode *value, const GError *error)
{
  if (value != NULL)
    return "ok";
  g_assert_cmpint (error->domain, ==, ROOST_ERROR);
  return roost_error_name (error->code) + strlen ("org.roost1.Error.");
}

static void
ask (gpointer p)
{
  g_autofree Ask *it = p;
  World *world = it->world;
  g_autoptr (RoostQmp) qmp = g_object_ref (world->qmp);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) value = NULL;

  value = (it->is_oob ? roost_qmp_call_oob : roost_qmp_call) (
      qmp, it->command, NULL, it->timeout_ms, it->cancellable, &error);
  g_string_append_printf (world->log, "%s=%s ", it->command, outcome_of (value, error));
}

static void
spawn_ask (World *world, const char *command, guint timeout_ms)
{
  Ask *it = g_new0 (Ask, 1);

  *it = (Ask){ world, command, timeout_ms, NULL, FALSE };
  co_spawn ("ask", ask, it);
}

/* --- opening --- */

static void
test_open (void)
{
  g_autoptr (World) world = world_opened (TRUE);

  g_assert_cmpstr (roost_qmp_greeting (world->qmp), ==, "QEMU 7.2.22 (Fake 1)");
  g_assert_cmpstr (fake_qmp_seen (world->peer), ==, "qmp_capabilities");
  g_assert_true (roost_qmp_is_open (world->qmp));
}

static gboolean
greet_late (gpointer p)
{
  fake_qmp_greet (p, FALSE);
  return G_SOURCE_REMOVE;
}

static void
test_late_greeting (void)
{
  g_autoptr (World) world = world_new ();

  /* What a former client asked for, and noise, come first. */
  fake_qmp_send (world->peer, "{\"return\": {}, \"id\": \"roost-00000000-1\"}\r\n", -1);
  fake_qmp_send (world->peer, "{\"return\": {}}\r\n\r\n", -1);
  g_timeout_add (20, greet_late, world->peer);
  co_spawn ("open", open_it, world);
  spin ();
  g_assert_no_error (world->error);
  g_assert_nonnull (world->qmp);
}

static void
test_no_greeting (void)
{
  g_autoptr (World) silent = world_new ();
  g_autoptr (World) gone = world_new ();
  g_autoptr (World) noisy = world_new ();

  silent->timeout_ms = 10;
  co_spawn ("open", open_it, silent);
  spin ();
  g_assert_error (silent->error, ROOST_ERROR, ROOST_ERROR_TIMEOUT);

  fake_qmp_close (gone->peer);
  co_spawn ("open", open_it, gone);
  spin ();
  g_assert_error (gone->error, ROOST_ERROR, ROOST_ERROR_NOT_RUNNING);

  noisy->timeout_ms = 10;
  fake_qmp_send (noisy->peer, "SSH-2.0-OpenSSH_9.2\r\n", -1);
  co_spawn ("open", open_it, noisy);
  spin ();
  g_assert_error (noisy->error, ROOST_ERROR, ROOST_ERROR_TIMEOUT);
}

static gboolean
refuse (FakeQmp *peer, const char *command, const char *id, JsonObject *args, int fd, gpointer data)
{
  fake_qmp_fail (peer, id, "GenericError", "not today");
  return TRUE;
}

static void
test_refused (void)
{
  g_autoptr (World) world = world_new ();

  fake_qmp_set_handler (world->peer, refuse, NULL);
  fake_qmp_greet (world->peer, FALSE);
  co_spawn ("open", open_it, world);
  spin ();
  g_assert_error (world->error, ROOST_ERROR, ROOST_ERROR_QEMU);
  g_assert_nonnull (strstr (world->error->message, "not today"));
}

static void
connect_to (gpointer p)
{
  World *world = p;
  g_autofree char *long_path = g_strnfill (200, 'x');

  g_assert_null (roost_qmp_connect ("/nonexistent/qmp", 100, NULL, &world->error));
  g_assert_error (world->error, ROOST_ERROR, ROOST_ERROR_NOT_RUNNING);
  g_clear_error (&world->error);
  g_assert_null (roost_qmp_connect (long_path, 100, NULL, &world->error));
  g_assert_error (world->error, ROOST_ERROR, ROOST_ERROR_INVALID_ARGUMENT);
}

static void
test_connect (void)
{
  g_autoptr (World) world = world_new ();

  co_spawn ("connect", connect_to, world);
  spin ();
}

/* --- calls --- */

static gboolean
answer_by_name (
    FakeQmp *peer, const char *command, const char *id, JsonObject *args, int fd, gpointer data)
{
  if (g_str_equal (command, "fail"))
    fake_qmp_fail (peer, id, "DeviceNotFound", "no such thing");
  else if (g_str_equal (command, "odd"))
    fake_qmp_reply (peer, id, "[1, \"two\", null, {\"a\": 1e9}]");
  else if (!g_str_has_prefix (command, "silent"))
    return FALSE;
  return TRUE;
}

static void
test_calls (void)
{
  g_autoptr (World) world = world_opened (FALSE);

  fake_qmp_set_handler (world->peer, answer_by_name, NULL);
  spawn_ask (world, "one", 1000);
  spawn_ask (world, "fail", 1000);
  spawn_ask (world, "odd", 1000);
  spin ();
  g_assert_cmpstr (world->log->str, ==, "one=ok fail=Qemu odd=ok ");
}

/* QEMU gets no more than it takes without stopping to read; the rest follows in order. */
static void
test_many_in_flight (void)
{
  g_autoptr (World) world = world_opened (FALSE);

  for (int i = 0; i < 30; i++)
    spawn_ask (world, "c", 5000);
  spin ();
  g_assert_cmpuint (strlen (world->log->str), ==, 30 * strlen ("c=ok "));
}

static void
test_timeout (void)
{
  g_autoptr (World) world = world_opened (FALSE);

  fake_qmp_set_handler (world->peer, answer_by_name, NULL);
  for (int i = 0; i < 8; i++) /* the last one is not even sent */
    spawn_ask (world, i < 7 ? "silent" : "unsent", 20);
  spin ();
  g_assert_cmpstr (world->log->str, ==,
                   "silent=Timeout silent=Timeout silent=Timeout silent=Timeout silent=Timeout "
                   "silent=Timeout silent=Timeout unsent=Timeout ");
  g_assert_null (strstr (fake_qmp_seen (world->peer), "unsent"));
}

static char *kept_id;

static gboolean
keep_id (
    FakeQmp *peer, const char *command, const char *id, JsonObject *args, int fd, gpointer data)
{
  if (!g_str_equal (command, "late"))
    return FALSE;
  g_free (kept_id);
  kept_id = g_strdup (id);
  return TRUE;
}

/* The answer to a call whose caller has given up is dropped, and the next one gets its own. */
static void
test_late_answer (void)
{
  g_autoptr (World) world = world_opened (FALSE);

  fake_qmp_set_handler (world->peer, keep_id, NULL);
  spawn_ask (world, "late", 10);
  spin ();
  fake_qmp_reply (world->peer, kept_id, "{}");
  fake_qmp_reply (world->peer, kept_id, "{}");
  fake_qmp_reply (world->peer, "roost-ffffffff-1", "{}");
  fake_qmp_send (world->peer, "{\"return\": {}, \"id\": 3}\r\n", -1);
  fake_qmp_send (world->peer, "{\"error\": {\"class\": \"X\", \"desc\": \"y\"}}\r\n", -1);
  spawn_ask (world, "next", 1000);
  spin ();
  g_assert_cmpstr (world->log->str, ==, "late=Timeout next=ok ");
  g_clear_pointer (&kept_id, g_free);
}

static void
test_cancel (void)
{
  g_autoptr (World) world = world_opened (FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Ask *first = g_new0 (Ask, 1);
  Ask *second = g_new0 (Ask, 1);

  fake_qmp_set_handler (world->peer, answer_by_name, NULL);
  *first = (Ask){ world, "silent", 0, cancellable, FALSE };
  *second = (Ask){ world, "never", 0, cancellable, FALSE };
  co_spawn ("ask", ask, first);
  g_cancellable_cancel (cancellable);
  co_spawn ("ask", ask, second);
  spin ();
  g_assert_cmpstr (world->log->str, ==, "never=Cancelled silent=Cancelled ");
  g_assert_null (strstr (fake_qmp_seen (world->peer), "never"));
}

static void
test_oob (void)
{
  g_autoptr (World) without = world_opened (FALSE);
  g_autoptr (World) with = world_opened (TRUE);
  Ask *refused = g_new0 (Ask, 1);
  Ask *probe = g_new0 (Ask, 1);

  *refused = (Ask){ without, "query-yank", 1000, NULL, TRUE };
  co_spawn ("ask", ask, refused);
  fake_qmp_set_handler (with->peer, answer_by_name, NULL);
  for (int i = 0; i < 10; i++)
    spawn_ask (with, "silent", 200);
  *probe = (Ask){ with, "query-yank", 1000, NULL, TRUE };
  co_spawn ("ask", ask, probe);
  spin ();
  g_assert_cmpstr (without->log->str, ==, "query-yank=NotSupported ");
  g_assert_true (g_str_has_prefix (with->log->str, "query-yank=ok "));
}

/* Takes a kilobyte through the descriptor that came. */
static gboolean
use_fd (FakeQmp *peer, const char *command, const char *id, JsonObject *args, int fd, gpointer data)
{
  g_assert_cmpstr (roost_json_string (args, "fdname"), ==, "pipe");
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, "hello", 5), ==, 5);
  close (fd);
  return FALSE;
}

static void
pass_fd (gpointer p)
{
  World *world = p;
  g_autoptr (JsonObject) args = json_object_new ();
  g_autoptr (JsonNode) value = NULL;
  char text[8] = "";
  int ends[2];

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  json_object_set_string_member (args, "fdname", "pipe");
  value = roost_qmp_call_with_fd (world->qmp, "getfd", args, ends[1], 1000, NULL, &world->error);
  g_assert_no_error (world->error);
  close (ends[1]);
  g_assert_cmpint (read (ends[0], text, sizeof text), ==, 5);
  g_assert_cmpint (read (ends[0], text, sizeof text), ==, 0); /* no copy is left */
  close (ends[0]);
}

static void
test_pass_fd (void)
{
  g_autoptr (World) world = world_opened (FALSE);

  fake_qmp_set_handler (world->peer, use_fd, NULL);
  co_spawn ("pass-fd", pass_fd, world);
  spin ();
}

/* A full socket: the command is written in pieces, and one behind it that gave up is not. */
static void
long_call (gpointer p)
{
  World *world = p;
  g_autoptr (JsonObject) args = json_object_new ();
  g_autofree char *text = g_strnfill (3 * 1024 * 1024, 'x');
  g_autoptr (JsonNode) value = NULL;

  json_object_set_string_member (args, "data", text);
  value = roost_qmp_call (world->qmp, "long", args, 10000, NULL, &world->error);
  g_string_append (world->log, value != NULL ? "long=ok " : "long=failed ");
}

static gboolean
thaw (gpointer p)
{
  fake_qmp_freeze (p, FALSE);
  return G_SOURCE_REMOVE;
}

static void
test_full_socket (void)
{
  g_autoptr (World) world = world_opened (FALSE);

  fake_qmp_freeze (world->peer, TRUE);
  co_spawn ("long", long_call, world);
  spawn_ask (world, "impatient", 10);
  spawn_ask (world, "patient", 10000);
  g_timeout_add (50, thaw, world->peer);
  spin ();
  g_assert_no_error (world->error);
  g_assert_cmpstr (world->log->str, ==, "impatient=Timeout long=ok patient=ok ");
  g_assert_null (strstr (fake_qmp_seen (world->peer), "impatient"));
}

/* --- what a peer can send --- */

static void
test_events_in_order (void)
{
  g_autoptr (World) world = world_opened (FALSE);
  const char *text = "{\"event\": \"A\", \"data\": {\"n\": 1}, \"timestamp\": {\"seconds\": 1,"
                     " \"microseconds\": 2}}\r\n{\"event\": \"B\"}\n"
                     "{\"event\": \"C\", \"data\": [], \"timestamp\": 7}\n";

  for (const char *at = text; *at != '\0'; at++) /* byte by byte */
    {
      fake_qmp_send (world->peer, at, 1);
      g_main_context_iteration (NULL, FALSE);
    }
  spin ();
  g_assert_cmpstr (world->log->str, ==, "[A 1][B -1][C -1]");
}

static gboolean
events_around (
    FakeQmp *peer, const char *command, const char *id, JsonObject *args, int fd, gpointer data)
{
  fake_qmp_send (peer, "{\"event\": \"BEFORE\"}\n", -1);
  fake_qmp_reply (peer, id, "{}");
  fake_qmp_send (peer, "{\"event\": \"AFTER\"}\n", -1);
  return TRUE;
}

/* The caller goes on between what came before and after its answer. */
static void
test_events_around_answer (void)
{
  g_autoptr (World) world = world_opened (FALSE);

  fake_qmp_set_handler (world->peer, events_around, NULL);
  spawn_ask (world, "cont", 1000);
  spin ();
  g_assert_cmpstr (world->log->str, ==, "[BEFORE -1]cont=ok [AFTER -1]");
}

static void
test_garbage (void)
{
  g_autoptr (World) world = world_opened (FALSE);
  g_autofree char *deep = g_strnfill (100000, '[');
  static const char *const lines[] = {
    "not json at all\n",
    "{\"unfinished\": \n",
    "[]\n",
    "42\n",
    "\xff\xfe{}\n",
    "{}\n",
    "{\"QMP\": {}}\n",
    "{\"return\": 1, \"error\": 2, \"id\": {\"a\": []}}\n",
    "{\"event\": 1}\n",
    "{\"error\": \"text\", \"id\": \"x\"}\n",
    "{\"event\": \"E\", \"timestamp\": {\"seconds\": 99999999999999999999}}\n",
  };

  n_warnings = 0;
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    fake_qmp_send (world->peer, lines[i], -1);
  fake_qmp_send (world->peer, "\0\0\n", 3);
  fake_qmp_send (world->peer, deep, -1);
  fake_qmp_send (world->peer, "\n", 1);
  spawn_ask (world, "alive", 1000);
  spin ();
  g_assert_cmpuint (n_warnings, ==, 1); /* a flood of garbage does not fill the log */
  g_assert_cmpstr (world->log->str, ==, "[E -1]alive=ok ");
}

static void
test_long_line (void)
{
  g_autoptr (World) world = world_opened (FALSE);
  g_autofree char *text = g_strnfill (ROOST_QMP_MAX_LINE - 100, 'x');
  g_autofree char *line =
      g_strdup_printf ("{\"event\": \"LONG\", \"data\": {\"s\": \"%s\"}}\n", text);

  fake_qmp_send (world->peer, line, -1);
  spawn_ask (world, "after", 10000);
  spin ();
  g_assert_cmpstr (world->log->str, ==, "[LONG -1]after=ok ");
}

static void
test_endless_line (void)
{
  g_autoptr (World) world = world_opened (FALSE);
  g_autofree char *text = g_strnfill (ROOST_QMP_MAX_LINE + 200000, 'x');

  fake_qmp_set_handler (world->peer, answer_by_name, NULL);
  spawn_ask (world, "silent", 10000);
  fake_qmp_send (world->peer, text, -1);
  spin ();
  g_assert_cmpstr (world->log->str, ==, "silent=NotRunning [closed]");
}

/* --- the end --- */

static void
test_peer_closes (void)
{
  g_autoptr (World) world = world_opened (FALSE);

  fake_qmp_set_handler (world->peer, answer_by_name, NULL);
  spawn_ask (world, "silent1", 0);
  spawn_ask (world, "silent2", 0);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  fake_qmp_send (world->peer, "{\"event\": \"SHUTDOWN\"}\n{\"event\": \"cut", -1);
  fake_qmp_close (world->peer);
  spawn_ask (world, "into-the-void", 0);
  spin ();
  g_assert_cmpstr (world->log->str, ==,
                   "[SHUTDOWN -1]silent1=NotRunning silent2=NotRunning "
                   "into-the-void=NotRunning [closed]");
  g_assert_false (roost_qmp_is_open (world->qmp));
  spawn_ask (world, "more", 0);
  spin ();
  g_assert_true (g_str_has_suffix (world->log->str, "[closed]more=NotRunning "));
}

static void
close_on_event (RoostQmp *qmp, const char *name, JsonObject *data, gint64 when_us, gpointer p)
{
  roost_qmp_close (qmp);
  roost_qmp_close (qmp);
}

static void
close_it (gpointer p)
{
  World *world = p;

  roost_qmp_close (world->qmp);
  g_string_append (world->log, "closing ");
}

static void
test_close_ourselves (void)
{
  g_autoptr (World) world = world_opened (FALSE);
  g_autoptr (World) other = world_opened (FALSE);

  fake_qmp_set_handler (world->peer, answer_by_name, NULL);
  spawn_ask (world, "silent", 0);
  co_spawn ("close", close_it, world);
  spin ();
  g_assert_cmpstr (world->log->str, ==, "closing silent=NotRunning [closed]");

  /* From within an event, with more lines behind it. */
  g_signal_connect (other->qmp, "event", G_CALLBACK (close_on_event), NULL);
  fake_qmp_send (other->peer, "{\"event\": \"A\"}\n{\"event\": \"B\"}\n", -1);
  spin ();
  g_assert_cmpstr (other->log->str, ==, "[A -1][closed]");
}

static void
many_calls (gpointer p)
{
  World *world = p;

  for (int i = 0; i < 10000; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) value = roost_qmp_call (world->qmp, "query", NULL, 10000, NULL, &error);

      g_assert_no_error (error);
    }
}

static void
test_many_calls (void)
{
  g_autoptr (World) world = world_opened (FALSE);
  gint64 start = g_get_monotonic_time ();

  co_spawn ("many", many_calls, world);
  spin ();
  g_test_message ("%.1f us a call", (double)(g_get_monotonic_time () - start) / 10000);
}

static GLogWriterOutput
count_warnings (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  if (level & G_LOG_LEVEL_WARNING)
    n_warnings++;
  return g_log_writer_default (level, fields, n_fields, data);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
  g_log_set_writer_func (count_warnings, NULL, NULL);
  g_test_add_func ("/qmp/open", test_open);
  g_test_add_func ("/qmp/late-greeting", test_late_greeting);
  g_test_add_func ("/qmp/no-greeting", test_no_greeting);
  g_test_add_func ("/qmp/refused", test_refused);
  g_test_add_func ("/qmp/connect", test_connect);
  g_test_add_func ("/qmp/calls", test_calls);
  g_test_add_func ("/qmp/many-in-flight", test_many_in_flight);
  g_test_add_func ("/qmp/timeout", test_timeout);
  g_test_add_func ("/qmp/late-answer", test_late_answer);
  g_test_add_func ("/qmp/cancel", test_cancel);
  g_test_add_func ("/qmp/oob", test_oob);
  g_test_add_func ("/qmp/pass-fd", test_pass_fd);
  g_test_add_func ("/qmp/full-socket", test_full_socket);
  g_test_add_func ("/qmp/events-in-order", test_events_in_order);
  g_test_add_func ("/qmp/events-around-answer", test_events_around_answer);
  g_test_add_func ("/qmp/garbage", test_garbage);
  g_test_add_func ("/qmp/long-line", test_long_line);
  g_test_add_func ("/qmp/endless-line", test_endless_line);
  g_test_add_func ("/qmp/peer-closes", test_peer_closes);
  g_test_add_func ("/qmp/close-ourselves", test_close_ourselves);
  g_test_add_func ("/qmp/many-calls", test_many_calls);
  return g_test_run ();
}
