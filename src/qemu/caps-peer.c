/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/caps-peer.h"

#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* A loaded machine may take seconds to start ten of them. */
#define START_MS  15000
#define ANSWER_MS 10000

/* How much of its stderr goes into an error. */
#define TAIL_BYTES 1024

#define MONITOR_FD 3

static GStrv
build_argv (const char *binary, const char *const *args)
{
  static const char *const common[] = {
    "-S",
    "-nodefaults",
    "-no-user-config",
    "-display",
    "none",
    "-chardev",
    "socket,id=mon,fd=3",
    "-mon",
    "chardev=mon,mode=control",
  };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_add (builder, binary);
  for (gsize i = 0; i < G_N_ELEMENTS (common); i++)
    g_strv_builder_add (builder, common[i]);
  g_strv_builder_addv (builder, (const char **)args);
  return g_strv_builder_end (builder);
}

static char *
read_tail (int fd)
{
  char bytes[TAIL_BYTES];
  off_t end = lseek (fd, 0, SEEK_END);
  gssize n = pread (fd, bytes, sizeof bytes, MAX (0, end - TAIL_BYTES));
  char *text = g_utf8_make_valid (bytes, MAX (n, 0));

  return g_strstrip (text);
}

/* Adds to @why what the binary has said itself. */
static gboolean
throw_with_tail (RoostCapsPeer *peer, const GError *why, GError **error)
{
  g_autofree char *tail = read_tail (peer->log_fd);
  RoostError code = why->code == ROOST_ERROR_TIMEOUT ? ROOST_ERROR_TIMEOUT : ROOST_ERROR_QEMU;

  return roost_throw (error, code, "%s does not answer as QEMU does: %s; it wrote: %s",
                      peer->binary, why->message, *tail != '\0' ? tail : "nothing");
}

static gboolean
spawn_peer (RoostCapsPeer *peer, const char *const *args, int monitor, GError **error)
{
  g_auto (GStrv) argv = build_argv (peer->binary, args);
  RoostPassedFd fds[] = { { monitor, MONITOR_FD } };
  RoostLimit limits[] = { { RLIMIT_CORE, 0 } };
  RoostSpawn spawn = { .argv = (const char *const *)argv,
                       .log_fd = peer->log_fd,
                       .fds = fds,
                       .n_fds = G_N_ELEMENTS (fds),
                       .limits = limits,
                       .n_limits = G_N_ELEMENTS (limits) };

  peer->process = roost_process_spawn (&spawn, error);
  return peer->process != NULL;
}

/* Returns: our end of the monitor */
static GSocketConnection *
start_peer (RoostCapsPeer *peer, const char *const *args, GError **error)
{
  g_auto (RoostFd) theirs = -1;
  g_autoptr (GSocket) ours = NULL;
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    {
      roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED, "cannot ask %s: %s", peer->binary,
                   g_strerror (errno));
      return NULL;
    }
  theirs = pair[1];
  ours = g_socket_new_from_fd (pair[0], error);
  if (ours == NULL)
    close (pair[0]);
  if (ours == NULL || !spawn_peer (peer, args, theirs, error))
    return NULL;
  return g_socket_connection_factory_create_connection (ours);
}

static gboolean
open_monitor (RoostCapsPeer *peer, GSocketConnection *connection, GError **error)
{
  g_autoptr (GError) local = NULL;

  peer->qmp = roost_qmp_open (connection, START_MS, NULL, &local);
  return peer->qmp != NULL || throw_with_tail (peer, local, error);
}

gboolean
roost_caps_peer_open (RoostCapsPeer *out_peer,
                      const char *binary,
                      const char *const *args,
                      GError **error)
{
  RoostCapsPeer peer = { .binary = binary };
  g_autoptr (GSocketConnection) connection = NULL;

  peer.log_fd = memfd_create ("roost-probe", MFD_CLOEXEC);
  if (peer.log_fd < 0)
    return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED, "cannot ask %s: %s", binary,
                        g_strerror (errno));
  connection = start_peer (&peer, args, error);
  if (connection == NULL || !open_monitor (&peer, connection, error))
    {
      roost_caps_peer_close (&peer);
      return FALSE;
    }
  *out_peer = peer;
  return TRUE;
}

void
roost_caps_peer_close (RoostCapsPeer *peer)
{
  if (peer->qmp != NULL)
    roost_qmp_close (peer->qmp);
  if (peer->process != NULL)
    roost_process_end (peer->process, 0, NULL);
  g_clear_object (&peer->qmp);
  g_clear_object (&peer->process);
  if (peer->binary != NULL)
    close (peer->log_fd);
  peer->binary = NULL;
}

JsonNode *
roost_caps_peer_ask (RoostCapsPeer *peer, const char *command, JsonObject *args, GError **error)
{
  g_autoptr (GError) local = NULL;
  JsonNode *value = roost_qmp_call (peer->qmp, command, args, ANSWER_MS, NULL, &local);

  if (value == NULL && local->code == ROOST_ERROR_QEMU)
    g_propagate_error (error, g_steal_pointer (&local));
  else if (value == NULL)
    throw_with_tail (peer, local, error);
  return value;
}

JsonNode *
roost_caps_peer_ask_about (
    RoostCapsPeer *peer, const char *command, const char *name, const char *value, GError **error)
{
  g_autoptr (JsonObject) args = json_object_new ();

  json_object_set_string_member (args, name, value);
  return roost_caps_peer_ask (peer, command, args, error);
}
