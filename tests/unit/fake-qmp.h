/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

/*
 * The other end of a QMP connection, for tests: it lives in the same main loop, greets when told,
 * and answers each command by a handler, or with an empty object.
 */
typedef struct FakeQmp FakeQmp;

/* @id: to reply with; @fd: passed beside the command, -1: none; the handler owns it.
 * Returns: FALSE when the peer shall answer {} itself */
typedef gboolean (*FakeQmpHandler) (
    FakeQmp *peer, const char *command, const char *id, JsonObject *args, int fd, gpointer data);

FakeQmp *fake_qmp_new (void);
void fake_qmp_free (FakeQmp *peer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeQmp, fake_qmp_free)

/* Returns: (transfer none): the client's end */
GSocketConnection *fake_qmp_connection (FakeQmp *peer);

void fake_qmp_set_handler (FakeQmp *peer, FakeQmpHandler handler, gpointer data);

/* Sends a greeting, with the capability "oob" when @has_oob. */
void fake_qmp_greet (FakeQmp *peer, gboolean has_oob);

/* Bytes as they are; waits in the main loop when the client does not read. */
void fake_qmp_send (FakeQmp *peer, const char *bytes, gssize length);
void fake_qmp_reply (FakeQmp *peer, const char *id, const char *value);
void fake_qmp_fail (FakeQmp *peer, const char *id, const char *class, const char *text);

/* Stops reading, as a stopped process would; and goes on. */
void fake_qmp_freeze (FakeQmp *peer, gboolean frozen);

/* Closes its end when all is sent. */
void fake_qmp_close (FakeQmp *peer);

/* Returns: (transfer none): names of the commands that came, joined by spaces */
const char *fake_qmp_seen (FakeQmp *peer);
