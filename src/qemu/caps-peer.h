/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "qemu/process.h"
#include "qemu/qmp.h"

/* A QEMU that is started only to be asked. Zero-initialized is none. */
typedef struct
{
  RoostProcess *process;
  RoostQmp *qmp;
  int log_fd; /* what it wrote to stdout and stderr */
  const char *binary;
} RoostCapsPeer;

/**
 * roost_caps_peer_open:
 * @args: NULL-terminated; beside those that every such QEMU gets
 * Awaits: yes. Errors: QEMU (the text holds the end of its stderr), TIMEOUT, LIMIT_EXCEEDED.
 */
gboolean roost_caps_peer_open (RoostCapsPeer *out_peer,
                               const char *binary,
                               const char *const *args,
                               GError **error);

/* Ends it. Awaits: yes. */
void roost_caps_peer_close (RoostCapsPeer *peer);

/* One command. Awaits: yes. Errors: QEMU: it refused, or it died (then the monitor is closed);
 * TIMEOUT: it hangs. */
JsonNode *
roost_caps_peer_ask (RoostCapsPeer *peer, const char *command, JsonObject *args, GError **error);

/* The same with one argument. */
JsonNode *roost_caps_peer_ask_about (
    RoostCapsPeer *peer, const char *command, const char *name, const char *value, GError **error);
