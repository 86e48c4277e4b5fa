/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/agent.h"

#include "base/co.h"
#include "base/error.h"
#include "base/json.h"
#include "qemu/agent-reader.h"

#include "fake-agent.h"

#include <string.h>

/* Long enough to hold on any machine where an answer comes, short where none does. */
#define LONG_MS  60000
#define SHORT_MS 50

typedef struct
{
  FakeAgent *peer;
  RoostAgent *agent;
  GString *log; /* of the ends of the calls */
  gboolean was_sent;
  guint n_closed;
} World;

static void
on_closed (RoostAgent *agent, World *world)
{
  world->n_closed++;
}

static World *
world_new (FakeAgentHandler handler)
{
  World *world = g_new0 (World, 1);

  world->peer = fake_agent_new ();
  world->agent = roost_agent_new (fake_agent_take_fd (world->peer));
  world->log = g_string_new (NULL);
  fake_agent_set_handler (world->peer, handler, world);
  g_signal_connect (world->agent, "closed", G_CALLBACK (on_closed), world);
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
  fake_agent_flood (world->peer, NULL);
  roost_agent_close (world->agent);
  spin ();
  g_assert_cmpuint (world->n_closed, ==, 1);
  g_object_unref (world->agent);
  fake_agent_free (world->peer);
  g_string_free (world->log, TRUE);
  g_free (world);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

typedef struct
{
  World *world;
  const char *command;
  guint timeout_ms;
  GCancellable *cancellable;
} Ask;

/* What came back: "ok" or the code with its text. */
static void
ask_body (gpointer p)
{
  g_autofree Ask *ask = p;
  World *world = ask->world;
  RoostAgentCommand command = { .name = ask->command,
                                .timeout_ms = ask->timeout_ms,
                                .cancellable = ask->cancellable };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) value = roost_agent_call (world->agent, &command, &error);
  const char *name = error != NULL ? strrchr (roost_error_name (error->code), '.') + 1 : "ok";

  g_assert_true ((value == NULL) == (error != NULL));
  g_string_append_printf (world->log, "%s%s%s%s", world->log->len > 0 ? "; " : "", name,
                          error != NULL ? ": " : "", error != NULL ? error->message : "");
  world->was_sent = command.was_sent;
}

static void
begin (World *world, const char *command, guint timeout_ms, GCancellable *cancellable)
{
  Ask *ask = g_new (Ask, 1);

  *ask = (Ask){ world, command, timeout_ms, cancellable };
  co_spawn ("ask", ask_body, ask);
}

/* Returns: (transfer none): how it ended */
static const char *
ask (World *world, const char *command, guint timeout_ms)
{
  g_string_truncate (world->log, 0);
  begin (world, command, timeout_ms, NULL);
  spin ();
  return world->log->str;
}

#define assert_prefix(text, prefix)                                                                \
  do                                                                                               \
    {                                                                                              \
      const char *is = (text);                                                                     \
      if (!g_str_has_prefix (is, (prefix)))                                                        \
        g_error ("\"%s\" does not begin with \"%s\"", is, (prefix));                               \
    }                                                                                              \
  while (0)

/* --- in step --- */

static void
test_in_step (void)
{
  g_autoptr (World) world = world_new (NULL);

  g_assert_false (roost_agent_is_busy (world->agent));
  g_assert_cmpstr (ask (world, "guest-ping", LONG_MS), ==, "ok");
  g_assert_cmpstr (ask (world, "guest-ping", LONG_MS), ==, "ok");
  g_assert_cmpstr (fake_agent_seen (world->peer), ==, "sync guest-ping guest-ping");
  g_assert_true (world->was_sent);
}

static gboolean
fail_with_escapes (FakeAgent *peer, const char *command, JsonObject *args, gpointer data)
{
  if (!g_str_equal (command, "guest-bad"))
    return FALSE;
  fake_agent_send (
      peer, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"a\\u001b[31m\\nb\"}}\n", -1);
  return TRUE;
}

static void
test_guest_error (void)
{
  g_autoptr (World) world = world_new (fail_with_escapes);

  g_assert_cmpstr (ask (world, "guest-bad", LONG_MS), ==,
                   "Agent: the guest agent: guest-bad: a [31m b");
  g_assert_cmpstr (ask (world, "guest-ping", LONG_MS), ==, "ok");
  g_assert_cmpstr (fake_agent_seen (world->peer), ==, "sync guest-bad guest-ping");
}

/* What the guest says before it is asked, a half line too, is not an answer. */
static void
test_stale_bytes (void)
{
  g_autoptr (World) world = world_new (NULL);

  fake_agent_send (world->peer, "{\"return\": \"old\"}\n{\"return\": [1, 2", -1);
  g_assert_cmpstr (ask (world, "guest-ping", LONG_MS), ==, "ok");
  fake_agent_send (world->peer, "{\"return\": \"older\"}\n", -1);
  while (fake_agent_sent (world->peer) == 0)
    g_main_context_iteration (NULL, TRUE);
  spin ();
  g_assert_cmpstr (ask (world, "guest-ping", LONG_MS), ==, "ok");
  g_assert_cmpstr (fake_agent_seen (world->peer), ==, "sync guest-ping sync guest-ping");
}

static gboolean
wrong_sync_first (FakeAgent *peer, const char *command, JsonObject *args, gpointer data)
{
  if (g_str_equal (command, "guest-sync-delimited"))
    fake_agent_send (peer, "\xff{\"return\": 0}\n\xff{\"return\": \"x\"}\n\xff{]\n\xff\xff\n", -1);
  return FALSE;
}

static void
test_wrong_sync (void)
{
  g_autoptr (World) world = world_new (wrong_sync_first);

  g_assert_cmpstr (ask (world, "guest-ping", LONG_MS), ==, "ok");
}

/* --- silence --- */

static gboolean
silent_when_slow (FakeAgent *peer, const char *command, JsonObject *args, gpointer data)
{
  return g_str_equal (command, "guest-slow");
}

static void
test_late_answer (void)
{
  g_autoptr (World) world = world_new (silent_when_slow);

  assert_prefix (ask (world, "guest-slow", SHORT_MS),
                 "Timeout: the guest agent has not answered guest-slow within 50 ms");
  g_assert_true (world->was_sent);
  fake_agent_send (world->peer, "{\"error\": {\"desc\": \"too late\"}}\n", -1);
  g_assert_cmpstr (ask (world, "guest-ping", LONG_MS), ==, "ok");
  g_assert_cmpstr (fake_agent_seen (world->peer), ==, "sync guest-slow sync guest-ping");
}

static gboolean
silent (FakeAgent *peer, const char *command, JsonObject *args, gpointer data)
{
  return TRUE;
}

static void
test_silence (void)
{
  g_autoptr (World) world = world_new (silent);

  assert_prefix (ask (world, "guest-ping", SHORT_MS), "Timeout");
  g_assert_false (world->was_sent);
  assert_prefix (ask (world, "guest-ping", SHORT_MS), "Timeout");
  fake_agent_set_handler (world->peer, NULL, NULL);
  g_assert_cmpstr (ask (world, "guest-ping", LONG_MS), ==, "ok");
}

static void
test_cancel (void)
{
  g_autoptr (World) world = world_new (silent_when_slow);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  begin (world, "guest-slow", LONG_MS, cancellable);
  begin (world, "guest-later", LONG_MS, cancellable);
  begin (world, "guest-ping", LONG_MS, NULL);
  while (strstr (fake_agent_seen (world->peer), "guest-slow") == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (roost_agent_is_busy (world->agent));
  g_cancellable_cancel (cancellable);
  spin ();
  g_assert_nonnull (strstr (world->log->str, "Cancelled: guest-slow was cancelled"));
  g_assert_nonnull (strstr (world->log->str, "Cancelled: guest-later was cancelled"));
  g_assert_true (g_str_has_suffix (world->log->str, "; ok"));
  g_assert_null (strstr (fake_agent_seen (world->peer), "guest-later"));
}

/* --- nonsense --- */

static char *nonsense;

static gboolean
answer_nonsense (FakeAgent *peer, const char *command, JsonObject *args, gpointer data)
{
  if (!g_str_equal (command, "guest-odd"))
    return FALSE;
  fake_agent_send (peer, nonsense, -1);
  return TRUE;
}

static void
test_nonsense (void)
{
  g_autofree char *bomb = g_strnfill (100000, '[');
  const char *const all[] = {
    "hello",
    "{",
    "[]",
    "17",
    "{\"return\"",
    "{\"error\": 3}",
    "{\"id\": 1}",
    "\x80",
    "{\"a\": \"\xc3\x28\"}",
    "{\"error\": []}",
    "\"\\ud800\"",
    bomb,
  };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      g_autoptr (World) world = world_new (answer_nonsense);

      nonsense = g_strconcat (all[i], "\n", NULL);
      assert_prefix (ask (world, "guest-odd", LONG_MS),
                     "Agent: the guest agent answered guest-odd with what is no answer: ");
      g_assert_cmpstr (ask (world, "guest-ping", LONG_MS), ==, "ok");
      g_free (nonsense);
    }
}

static gboolean
flood_when_asked (FakeAgent *peer, const char *command, JsonObject *args, gpointer data)
{
  if (g_str_equal (command, "guest-flood"))
    fake_agent_flood (peer, "{\"return\": [");
  return g_str_equal (command, "guest-flood");
}

static void
test_endless_line (void)
{
  g_autoptr (World) world = world_new (flood_when_asked);

  g_assert_cmpstr (ask (world, "guest-flood", LONG_MS), ==,
                   "Agent: the guest agent answered guest-flood with more than 1 MiB");
  assert_prefix (ask (world, "guest-ping", LONG_MS), "Agent: the guest agent answered guest-ping");
  fake_agent_flood (world->peer, NULL);
  g_assert_cmpstr (ask (world, "guest-ping", LONG_MS), ==, "ok");
}

static gboolean
flood_at_sync (FakeAgent *peer, const char *command, JsonObject *args, gpointer data)
{
  fake_agent_flood (peer, "\xff{\"return\": 1}\n");
  return TRUE;
}

/* A guest that talks without end is read no faster than allowed, and while nobody waits not at all.
 */
static void
test_rate (void)
{
  g_autoptr (World) world = world_new (flood_at_sync);
  gint64 begin_us = g_get_monotonic_time ();
  guint64 allowed, sent;

  assert_prefix (ask (world, "guest-ping", 500), "Timeout");
  allowed =
      (guint64)(g_get_monotonic_time () - begin_us) * ROOST_AGENT_BYTES_PER_SECOND / G_USEC_PER_SEC
      + 4 * 1024 * 1024;
  g_assert_cmpuint (fake_agent_sent (world->peer), <, allowed);
  sent = fake_agent_sent (world->peer);
  for (guint i = 0; i < 1000; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (fake_agent_sent (world->peer), <, sent + 1024 * 1024);
}

/* --- the end --- */

static gboolean
close_when_asked (FakeAgent *peer, const char *command, JsonObject *args, gpointer data)
{
  if (g_str_has_prefix (command, "guest-sync"))
    return FALSE;
  fake_agent_close (peer);
  return TRUE;
}

static void
test_close (void)
{
  g_autoptr (World) world = world_new (close_when_asked);

  begin (world, "guest-ping", LONG_MS, NULL);
  begin (world, "guest-info", LONG_MS, NULL);
  spin ();
  g_assert_cmpstr (world->log->str, ==,
                   "AgentUnavailable: the connection to the guest agent was closed during "
                   "guest-ping; AgentUnavailable: the connection to the guest agent was closed "
                   "before guest-info");
  g_assert_cmpuint (world->n_closed, ==, 1);
  assert_prefix (ask (world, "guest-ping", LONG_MS), "AgentUnavailable");
}

static void
test_close_while_idle (void)
{
  g_autoptr (World) world = world_new (NULL);

  g_assert_cmpstr (ask (world, "guest-ping", LONG_MS), ==, "ok");
  fake_agent_close (world->peer);
  while (world->n_closed == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (roost_agent_is_open (world->agent));
}

static void
test_too_many (void)
{
  g_autoptr (World) world = world_new (silent);

  for (guint i = 0; i < ROOST_AGENT_MAX_WAITING + 1; i++)
    begin (world, "guest-ping", LONG_MS, NULL);
  g_assert_cmpstr (world->log->str, ==, "");
  begin (world, "guest-ping", LONG_MS, NULL);
  assert_prefix (world->log->str, "LimitExceeded");
  roost_agent_close (world->agent);
  spin ();
}

/* --- what answers only when it fails --- */

static gboolean
refuse_shutdown (FakeAgent *peer, const char *command, JsonObject *args, gpointer data)
{
  if (!g_str_equal (command, "guest-shutdown"))
    return FALSE;
  fake_agent_send (peer, "{\"error\": {\"desc\": \"no\"}}\n", -1);
  return TRUE;
}

static void
test_shutdown (void)
{
  g_autoptr (World) good = world_new (silent_when_slow);
  g_autoptr (World) bad = world_new (refuse_shutdown);
  g_autoptr (World) gone = world_new (close_when_asked);

  fake_agent_set_handler (good->peer, refuse_shutdown, good);
  g_assert_cmpstr (ask (good, "guest-shutdown", LONG_MS), ==,
                   "Agent: the guest agent: guest-shutdown: no");
  g_assert_cmpstr (ask (good, "guest-ping", LONG_MS), ==, "ok");
  g_assert_cmpstr (ask (bad, "guest-shutdown", LONG_MS), ==,
                   "Agent: the guest agent: guest-shutdown: no");
  g_assert_cmpstr (ask (gone, "guest-shutdown", LONG_MS), ==, "ok");
}

static gboolean
say_nothing_to_shutdown (FakeAgent *peer, const char *command, JsonObject *args, gpointer data)
{
  return g_str_equal (command, "guest-shutdown");
}

static void
test_shutdown_taken (void)
{
  g_autoptr (World) world = world_new (say_nothing_to_shutdown);

  g_assert_cmpstr (ask (world, "guest-shutdown", LONG_MS), ==, "ok");
  g_assert_cmpstr (ask (world, "guest-ping", LONG_MS), ==, "ok");
  g_assert_cmpstr (fake_agent_seen (world->peer), ==, "sync guest-shutdown sync guest-ping");
}

static gboolean
silent_after_suspend (FakeAgent *peer, const char *command, JsonObject *args, gpointer data)
{
  static gboolean is_asleep;

  is_asleep |= g_str_equal (command, "guest-suspend-ram");
  return is_asleep;
}

/* A guest that sleeps cannot answer; that it does is seen otherwise. */
static void
test_confirm (void)
{
  g_autoptr (World) world = world_new (silent_after_suspend);

  begin (world, "guest-suspend-ram", LONG_MS, NULL);
  roost_agent_confirm (world->agent); /* not yet: it was not sent */
  while (strstr (fake_agent_seen (world->peer), "guest-suspend-ram") == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (world->log->str, ==, "");
  roost_agent_confirm (world->agent);
  spin ();
  g_assert_cmpstr (world->log->str, ==, "ok");
  fake_agent_set_handler (world->peer, NULL, NULL);
  fake_agent_send (world->peer, "{\"error\": {\"desc\": \"too late\"}}\n", -1);
  g_assert_cmpstr (ask (world, "guest-ping", LONG_MS), ==, "ok");
}

/* --- the reader alone --- */

static void
test_reader (void)
{
  RoostAgentReader reader = { 0 };
  RoostAgentLine line;

  roost_agent_reader_add (&reader, "one\ntwo", 7);
  g_assert_cmpint (roost_agent_reader_next (&reader, &line), ==, ROOST_AGENT_LINE);
  g_assert_cmpint (strncmp (line.text, "one", line.length), ==, 0);
  g_assert_false (line.is_delimited);
  g_assert_cmpint (roost_agent_reader_next (&reader, &line), ==, ROOST_AGENT_MORE);
  g_assert_true (roost_agent_reader_has_rest (&reader));
  roost_agent_reader_hunt (&reader);
  roost_agent_reader_add (&reader, "three\nfo\xffur", 11);
  roost_agent_reader_add (&reader, "\n", 1);
  g_assert_cmpint (roost_agent_reader_next (&reader, &line), ==, ROOST_AGENT_LINE);
  g_assert_cmpuint (line.length, ==, 2);
  g_assert_cmpint (strncmp (line.text, "ur", 2), ==, 0);
  g_assert_true (line.is_delimited);
  roost_agent_reader_clear (&reader);
}

static void
test_clean (void)
{
  g_autofree char *plain = roost_agent_clean ("  caf\xc3\xa9\t\x07 \xff ");
  g_autofree char *none = roost_agent_clean (NULL);
  g_autofree char *many = g_strnfill (1000, 'x');
  g_autofree char *cut = roost_agent_clean (many);

  g_assert_cmpstr (plain, ==, "café   \xef\xbf\xbd");
  g_assert_cmpstr (none, ==, "");
  g_assert_cmpint (g_utf8_strlen (cut, -1), ==, 301);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agent/in-step", test_in_step);
  g_test_add_func ("/agent/guest-error", test_guest_error);
  g_test_add_func ("/agent/stale-bytes", test_stale_bytes);
  g_test_add_func ("/agent/wrong-sync", test_wrong_sync);
  g_test_add_func ("/agent/late-answer", test_late_answer);
  g_test_add_func ("/agent/silence", test_silence);
  g_test_add_func ("/agent/cancel", test_cancel);
  g_test_add_func ("/agent/nonsense", test_nonsense);
  g_test_add_func ("/agent/endless-line", test_endless_line);
  g_test_add_func ("/agent/rate", test_rate);
  g_test_add_func ("/agent/close", test_close);
  g_test_add_func ("/agent/close-while-idle", test_close_while_idle);
  g_test_add_func ("/agent/too-many", test_too_many);
  g_test_add_func ("/agent/shutdown", test_shutdown);
  g_test_add_func ("/agent/shutdown-taken", test_shutdown_taken);
  g_test_add_func ("/agent/confirm", test_confirm);
  g_test_add_func ("/agent/reader", test_reader);
  g_test_add_func ("/agent/clean", test_clean);
  return g_test_run ();
}
