/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

/*
 * A QMP client. The peer may be an escaped guest: lines are limited, types are checked, unknown ids
 * are dropped, garbage is survived. Every command carries an id with a random prefix of this
 * connection, since QEMU may deliver a reply to the previous client's last command.
 *
 * Signals:
 *   "event" (char *name, JsonObject *data, gint64 when_us): in QEMU's order, from the main loop;
 *     @data is never NULL; a caller goes on between what came before and after its answer
 *   "closed" (GError *why): once; every waiting call has ended with NOT_RUNNING before
 *
 * QEMU is given a few commands at a time, so that it goes on reading and an out-of-band one never
 * waits behind ordinary ones; the rest waits here, and one whose deadline passes is never sent.
 */
#define ROOST_TYPE_QMP (roost_qmp_get_type ())
G_DECLARE_FINAL_TYPE (RoostQmp, roost_qmp, ROOST, QMP, GObject)

/* Longest line that is read, in bytes; more closes the connection. */
#define ROOST_QMP_MAX_LINE (10 * 1024 * 1024)

/* The deadline of an ordinary command, milliseconds. */
#define ROOST_QMP_DEADLINE_MS 30000

/**
 * roost_qmp_open:
 * @connection: a connected stream socket; the client takes a reference
 * Reads the greeting and negotiates capabilities (out-of-band when offered). Awaits: yes.
 * Errors: QEMU (no QMP greeting, or refused), NOT_RUNNING (closed), TIMEOUT, CANCELLED.
 */
RoostQmp *roost_qmp_open (GSocketConnection *connection,
                          guint timeout_ms,
                          GCancellable *cancellable,
                          GError **error);

/* Opens @path first. Errors: as above; NOT_RUNNING when nobody listens there. Awaits: yes. */
RoostQmp *
roost_qmp_connect (const char *path, guint timeout_ms, GCancellable *cancellable, GError **error);

/**
 * roost_qmp_call:
 * @command: such as "device_add"
 * @args: (nullable) (transfer none): keys as in the QAPI schema
 * @timeout_ms: 0 waits for ever
 * @cancellable: (nullable): stops the waiting, not QEMU
 * Sends one command and waits for its answer; calls are answered in order, and many may be in
 * flight. Awaits: yes. Errors: QEMU (class and text of QEMU's error), NOT_RUNNING, TIMEOUT,
 * CANCELLED. Source: QEMU docs/interop/qmp-spec. Returns: (transfer full): the "return" value
 */
JsonNode *roost_qmp_call (RoostQmp *qmp,
                          const char *command,
                          JsonObject *args,
                          guint timeout_ms,
                          GCancellable *cancellable,
                          GError **error);

/* Like roost_qmp_call with the descriptor @fd passed beside the command (getfd, add-fd). */
JsonNode *roost_qmp_call_with_fd (RoostQmp *qmp,
                                  const char *command,
                                  JsonObject *args,
                                  int fd,
                                  guint timeout_ms,
                                  GCancellable *cancellable,
                                  GError **error);

/* Like roost_qmp_call by "exec-oob"; NOT_SUPPORTED when QEMU does not offer it. */
JsonNode *roost_qmp_call_oob (RoostQmp *qmp,
                              const char *command,
                              JsonObject *args,
                              guint timeout_ms,
                              GCancellable *cancellable,
                              GError **error);

/* Returns: (transfer none): the "package" and version of the greeting, for the log. */
const char *roost_qmp_greeting (RoostQmp *qmp);
gboolean roost_qmp_is_open (RoostQmp *qmp);

/* Ends the connection; idempotent; emits "closed". QEMU goes on. */
void roost_qmp_close (RoostQmp *qmp);
