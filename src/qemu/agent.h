/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

/*
 * A client of the agent in the guest. The guest is hostile: lines are limited, types are the
 * caller's to check, what nobody asked for is not even read, and what comes faster than
 * ROOST_AGENT_BYTES_PER_SECOND stays with QEMU, which stops the guest from writing.
 *
 * One command is under way at a time; the others wait in order. An answer has no name on it, so
 * whenever it is in doubt what the next line would be (a new connection, an answer that was given
 * up or not understood) the stream is first brought back into step by guest-sync-delimited with a
 * random number, and all that comes before its answer is dropped.
 *
 * Signal: "closed": once; every waiting call has ended with AGENT_UNAVAILABLE before
 */
#define ROOST_TYPE_AGENT (roost_agent_get_type ())
G_DECLARE_FINAL_TYPE (RoostAgent, roost_agent, ROOST, AGENT, GObject)

/* The deadline of an ordinary command, milliseconds. */
#define ROOST_AGENT_DEADLINE_MS 10000

#define ROOST_AGENT_BYTES_PER_SECOND (16 * 1024 * 1024)

/* Calls of one guest that wait for their turn; a further one is refused. */
#define ROOST_AGENT_MAX_WAITING 64

typedef struct
{
  const char *name;          /* such as "guest-ping" */
  JsonObject *args;          /* (nullable) */
  guint timeout_ms;          /* the waiting for its turn included; 0 = ROOST_AGENT_DEADLINE_MS */
  GCancellable *cancellable; /* (nullable): stops the waiting, not the guest */
  gboolean was_sent;         /* written: the guest may have done it, whatever came back */
} RoostAgentCommand;

/**
 * roost_agent_new:
 * @fd: a connected stream to the channel of the guest; the client takes it
 * Nothing is said to the guest before the first call. Awaits: no.
 */
RoostAgent *roost_agent_new (int fd);

/**
 * roost_agent_call:
 * Sends one command and waits for its answer. One that QEMU's agent answers only when it fails
 * (guest-shutdown, guest-suspend-*) has succeeded when the agent goes on after it without an error,
 * or is gone; then an empty object comes back. Awaits: yes.
 * Errors: AGENT (the text of the guest, made safe, or what was wrong with its answer), TIMEOUT,
 * CANCELLED, AGENT_UNAVAILABLE (closed), LIMIT_EXCEEDED (too many wait).
 * Source: QEMU docs/interop/qemu-ga-ref. Returns: (transfer full): the "return" value
 */
JsonNode *roost_agent_call (RoostAgent *agent, RoostAgentCommand *command, GError **error);

/* Is a command under way, or waiting? */
gboolean roost_agent_is_busy (RoostAgent *agent);
gboolean roost_agent_is_open (RoostAgent *agent);

/* The guest has visibly begun with what a command that answers only failure told it (it sleeps, it
 * powers off): that command has succeeded, and its answer is waited for no more. */
void roost_agent_confirm (RoostAgent *agent);

/* Ends the connection; idempotent; emits "closed". */
void roost_agent_close (RoostAgent *agent);
