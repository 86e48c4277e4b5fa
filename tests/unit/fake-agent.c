/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-agent.h"

#include "base/json.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct FakeAgent
{
  int client_fd;
  int fd;
  guint in;
  guint out;
  GString *received;
  GString *unsent;
  const char *flood;
  guint64 sent;
  GString *seen;
  FakeAgentHandler handler;
  gpointer data;
};

static void
answer (FakeAgent *agent, const char *command, JsonObject *args)
{
  gboolean is_sync = g_str_equal (command, "guest-sync-delimited");
  g_autofree char *text = NULL;

  g_string_append_printf (agent->seen, "%s%s", agent->seen->len > 0 ? " " : "",
                          is_sync ? "sync" : command);
  if (agent->handler != NULL && agent->handler (agent, command, args, agent->data))
    return;
  text = is_sync ? g_strdup_printf ("\xff{\"return\": %" G_GINT64_FORMAT "}\n",
                                    roost_json_int (args, "id", -1))
                 : g_strdup ("{\"return\": {}}\n");
  fake_agent_send (agent, text, -1);
}

static void
take_line (FakeAgent *agent, const char *line, gsize length)
{
  const char *delimiter = memrchr (line, '\xff', length);
  const char *text = delimiter != NULL ? delimiter + 1 : line;
  g_autoptr (JsonNode) node = roost_json_parse (text, length - (gsize)(text - line), NULL);
  JsonObject *root = roost_json_node_object (node);

  if (delimiter != NULL)
    fake_agent_send (agent, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no JSON\"}}\n",
                     -1);
  g_assert_nonnull (root);
  answer (agent, roost_json_string (root, "execute"), roost_json_object (root, "arguments"));
}

static gboolean
on_in (int fd, GIOCondition condition, gpointer p)
{
  FakeAgent *agent = p;
  char bytes[4096];
  gssize n = read (fd, bytes, sizeof bytes);
  const char *end;

  if (n <= 0)
    {
      agent->in = 0;
      return G_SOURCE_REMOVE;
    }
  g_string_append_len (agent->received, bytes, n);
  while (agent->fd >= 0
         && (end = memchr (agent->received->str, '\n', agent->received->len)) != NULL)
    {
      gsize length = (gsize)(end - agent->received->str);
      g_autofree char *line = g_strndup (agent->received->str, length);

      g_string_erase (agent->received, 0, (gssize)length + 1);
      take_line (agent, line, length);
    }
  return agent->fd >= 0;
}

static gboolean
on_out (int fd, GIOCondition condition, gpointer p)
{
  FakeAgent *agent = p;
  gssize n;

  while (agent->flood != NULL && agent->unsent->len < 65536)
    g_string_append (agent->unsent, agent->flood);
  n = send (fd, agent->unsent->str, agent->unsent->len, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n > 0)
    g_string_erase (agent->unsent, 0, n);
  agent->sent += (guint64)MAX (n, 0);
  if ((n > 0 || errno == EAGAIN) && (agent->unsent->len > 0 || agent->flood != NULL))
    return G_SOURCE_CONTINUE;
  agent->out = 0;
  return G_SOURCE_REMOVE;
}

void
fake_agent_send (FakeAgent *agent, const char *bytes, gssize length)
{
  g_string_append_len (agent->unsent, bytes, length);
  if (agent->out == 0 && agent->fd >= 0)
    agent->out = g_unix_fd_add (agent->fd, G_IO_OUT, on_out, agent);
}

void
fake_agent_flood (FakeAgent *agent, const char *pattern)
{
  agent->flood = pattern;
  fake_agent_send (agent, "", 0);
}

guint64
fake_agent_sent (FakeAgent *agent)
{
  return agent->sent;
}

const char *
fake_agent_seen (FakeAgent *agent)
{
  return agent->seen->str;
}

void
fake_agent_set_handler (FakeAgent *agent, FakeAgentHandler handler, gpointer data)
{
  agent->handler = handler;
  agent->data = data;
}

FakeAgent *
fake_agent_new (void)
{
  FakeAgent *agent = g_new0 (FakeAgent, 1);
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  agent->client_fd = pair[0];
  agent->fd = pair[1];
  g_unix_set_fd_nonblocking (agent->fd, TRUE, NULL);
  agent->received = g_string_new (NULL);
  agent->unsent = g_string_new (NULL);
  agent->seen = g_string_new (NULL);
  agent->in = g_unix_fd_add (agent->fd, G_IO_IN | G_IO_HUP, on_in, agent);
  return agent;
}

int
fake_agent_take_fd (FakeAgent *agent)
{
  int fd = agent->client_fd;

  agent->client_fd = -1;
  return fd;
}

void
fake_agent_close (FakeAgent *agent)
{
  g_clear_handle_id (&agent->in, g_source_remove);
  g_clear_handle_id (&agent->out, g_source_remove);
  if (agent->fd >= 0)
    close (agent->fd);
  agent->fd = -1;
}

void
fake_agent_free (FakeAgent *agent)
{
  fake_agent_close (agent);
  if (agent->client_fd >= 0)
    close (agent->client_fd);
  g_string_free (agent->received, TRUE);
  g_string_free (agent->unsent, TRUE);
  g_string_free (agent->seen, TRUE);
  g_free (agent);
}
