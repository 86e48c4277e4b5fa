/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-qmp.h"

#include "base/json.h"

#include "qemu/qmp-message.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct FakeQmp
{
  GSocketConnection *connection; /* the client's end */
  int fd;
  guint in;
  guint out;
  RoostQmpLines lines;
  GString *unsent;
  gboolean close_when_sent;
  GString *seen;
  FakeQmpHandler handler;
  gpointer data;
};

static void
close_now (FakeQmp *peer)
{
  g_clear_handle_id (&peer->in, g_source_remove);
  g_clear_handle_id (&peer->out, g_source_remove);
  if (peer->fd >= 0)
    close (peer->fd);
  peer->fd = -1;
}

static void
take_command (FakeQmp *peer, const char *line, gsize length, int fd)
{
  g_autoptr (JsonNode) node = roost_json_parse (line, length, NULL);
  JsonObject *root = roost_json_node_object (node);
  const char *command = roost_json_string (root, "execute");
  const char *id = roost_json_string (root, "id");

  if (command == NULL)
    command = roost_json_string (root, "exec-oob");
  g_assert_nonnull (command);
  g_assert_nonnull (id);
  g_string_append_printf (peer->seen, "%s%s", peer->seen->len > 0 ? " " : "", command);
  if (peer->handler == NULL
      || !peer->handler (peer, command, id, roost_json_object (root, "arguments"), fd, peer->data))
    fake_qmp_reply (peer, id, "{}");
}

static gssize
receive (int socket, char *room, gsize length, int *out_fd)
{
  union
  {
    struct cmsghdr header;
    char room[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct iovec vector = { room, length };
  struct msghdr message = {
    .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  gssize n = recvmsg (socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR (&message) : NULL;

  *out_fd = -1;
  if (header != NULL && header->cmsg_type == SCM_RIGHTS)
    memcpy (out_fd, CMSG_DATA (header), sizeof *out_fd);
  return n;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer p)
{
  FakeQmp *peer = p;
  const char *line;
  gsize length;
  int passed;
  gssize n = receive (fd, roost_qmp_lines_room (&peer->lines, 4096), 4096, &passed);

  if (n <= 0)
    {
      peer->in = 0;
      return G_SOURCE_REMOVE;
    }
  roost_qmp_lines_add (&peer->lines, (gsize)n);
  while ((line = roost_qmp_lines_next (&peer->lines, &length)) != NULL)
    {
      take_command (peer, line, length, passed);
      passed = -1;
    }
  return peer->in != 0;
}

FakeQmp *
fake_qmp_new (void)
{
  FakeQmp *peer = g_new0 (FakeQmp, 1);
  g_autoptr (GSocket) socket = NULL;
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), ==,
                   0);
  socket = g_socket_new_from_fd (pair[0], NULL);
  g_assert_nonnull (socket);
  peer->connection = g_socket_connection_factory_create_connection (socket);
  peer->fd = pair[1];
  peer->unsent = g_string_new (NULL);
  peer->seen = g_string_new (NULL);
  fake_qmp_freeze (peer, FALSE);
  return peer;
}

void
fake_qmp_free (FakeQmp *peer)
{
  close_now (peer);
  g_object_unref (peer->connection);
  roost_qmp_lines_clear (&peer->lines);
  g_string_free (peer->unsent, TRUE);
  g_string_free (peer->seen, TRUE);
  g_free (peer);
}

GSocketConnection *
fake_qmp_connection (FakeQmp *peer)
{
  return peer->connection;
}

void
fake_qmp_set_handler (FakeQmp *peer, FakeQmpHandler handler, gpointer data)
{
  peer->handler = handler;
  peer->data = data;
}

void
fake_qmp_greet (FakeQmp *peer, gboolean has_oob)
{
  g_autofree char *text = g_strdup_printf (
      "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7},"
      " \"package\": \"Fake 1\"}, \"capabilities\": [%s]}}\r\n",
      has_oob ? "\"oob\"" : "");

  fake_qmp_send (peer, text, -1);
}

static gboolean
on_writable (int fd, GIOCondition condition, gpointer p)
{
  FakeQmp *peer = p;
  gssize n;

  while (peer->unsent->len > 0)
    {
      n = send (fd, peer->unsent->str, peer->unsent->len, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN)
        return G_SOURCE_CONTINUE;
      if (n < 0)
        n = (gssize)peer->unsent->len;
      g_string_erase (peer->unsent, 0, n);
    }
  peer->out = 0;
  if (peer->close_when_sent)
    close_now (peer);
  return G_SOURCE_REMOVE;
}

void
fake_qmp_send (FakeQmp *peer, const char *bytes, gssize length)
{
  g_string_append_len (peer->unsent, bytes, length);
  if (peer->out == 0 && peer->fd >= 0 && on_writable (peer->fd, G_IO_OUT, peer))
    peer->out = g_unix_fd_add (peer->fd, G_IO_OUT, on_writable, peer);
}

void
fake_qmp_reply (FakeQmp *peer, const char *id, const char *value)
{
  g_autofree char *text = g_strdup_printf ("{\"return\": %s, \"id\": \"%s\"}\r\n", value, id);

  fake_qmp_send (peer, text, -1);
}

void
fake_qmp_fail (FakeQmp *peer, const char *id, const char *class, const char *text)
{
  g_autofree char *line = g_strdup_printf (
      "{\"id\": \"%s\", \"error\": {\"class\": \"%s\", \"desc\": \"%s\"}}\r\n", id, class, text);

  fake_qmp_send (peer, line, -1);
}

void
fake_qmp_freeze (FakeQmp *peer, gboolean frozen)
{
  g_clear_handle_id (&peer->in, g_source_remove);
  if (!frozen)
    peer->in = g_unix_fd_add (peer->fd, G_IO_IN | G_IO_HUP, on_readable, peer);
}

void
fake_qmp_close (FakeQmp *peer)
{
  peer->close_when_sent = TRUE;
  if (peer->out == 0)
    close_now (peer);
}

const char *
fake_qmp_seen (FakeQmp *peer)
{
  return peer->seen->str;
}
