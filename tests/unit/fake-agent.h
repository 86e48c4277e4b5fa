/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

/*
 * An agent in a guest, for tests: it lives in the same main loop and answers each command by a
 * handler, or with an empty object. It knows guest-sync-delimited, and forgets a half line when the
 * delimiter comes, as QEMU's agent does.
 */
typedef struct FakeAgent FakeAgent;

/* Returns: FALSE when the agent shall answer itself */
typedef gboolean (*FakeAgentHandler) (FakeAgent *agent,
                                      const char *command,
                                      JsonObject *args,
                                      gpointer data);

FakeAgent *fake_agent_new (void);
void fake_agent_free (FakeAgent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeAgent, fake_agent_free)

/* Returns: the client's end, once, which the caller then owns */
int fake_agent_take_fd (FakeAgent *agent);
void fake_agent_set_handler (FakeAgent *agent, FakeAgentHandler handler, gpointer data);

/* Bytes as they are; -1: up to the NUL. What the client does not read waits. */
void fake_agent_send (FakeAgent *agent, const char *bytes, gssize length);

/* Sends @pattern again and again, as fast as it is read. NULL: no more. */
void fake_agent_flood (FakeAgent *agent, const char *pattern);

/* Returns: how many bytes went out. */
guint64 fake_agent_sent (FakeAgent *agent);
void fake_agent_close (FakeAgent *agent);

/* Returns: (transfer none): names of the commands that came, joined by spaces; "sync" for the
 * sync */
const char *fake_agent_seen (FakeAgent *agent);
