/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/json.h"

#include <gio/gio.h>

/*
 * The wire form of QMP, without the connection: bytes to lines, lines to messages, commands to
 * bytes. Source: QEMU docs/interop/qmp-spec.
 */

/* Bytes that have come, cut into lines. Zero-initialized is empty. */
typedef struct
{
  char *bytes;
  gsize start;   /* the first line begins here */
  gsize scanned; /* no newline between start and here */
  gsize length;
  gsize size;
} RoostQmpLines;

/* Returns: (transfer none): room for @wanted more bytes; say with _add how many came. */
char *roost_qmp_lines_room (RoostQmpLines *lines, gsize wanted);
void roost_qmp_lines_add (RoostQmpLines *lines, gsize n);

/**
 * roost_qmp_lines_next:
 * Returns: (transfer none) (nullable): the next whole line, without its end, until the next call
 *   of any of these; NULL when more bytes are needed
 */
const char *roost_qmp_lines_next (RoostQmpLines *lines, gsize *out_length);

/* Returns: how long the unfinished last line is by now */
gsize roost_qmp_lines_pending (const RoostQmpLines *lines);
void roost_qmp_lines_clear (RoostQmpLines *lines);

typedef enum
{
  ROOST_QMP_OTHER, /* well-formed, but nothing that QMP knows */
  ROOST_QMP_GREETING,
  ROOST_QMP_EVENT,
  ROOST_QMP_RETURN,
  ROOST_QMP_ERROR,
} RoostQmpKind;

typedef struct
{
  RoostQmpKind kind;
  JsonNode *root;     /* owns what the others point to */
  const char *id;     /* (nullable): return and error */
  JsonNode *value;    /* return: what it returned */
  const char *name;   /* event: its name; error: its class */
  const char *text;   /* error: its description */
  JsonObject *object; /* (nullable): the greeting's "QMP"; the event's "data" */
  gint64 when_us;     /* event: since the epoch, by QEMU's clock; our clock where it says none */
} RoostQmpMessage;

/**
 * roost_qmp_message_parse:
 * Awaits: no. Errors: those of roost_json_parse; INVALID_ARGUMENT when it is no JSON object.
 */
gboolean roost_qmp_message_parse (RoostQmpMessage *out_message,
                                  const char *line,
                                  gsize length,
                                  GError **error);
void roost_qmp_message_clear (RoostQmpMessage *message);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RoostQmpMessage, roost_qmp_message_clear)

/**
 * roost_qmp_command_format:
 * @verb: "execute" or "exec-oob"
 * @args: (nullable) (transfer none)
 * Returns: (transfer full): one line with its end
 */
char *
roost_qmp_command_format (const char *verb, const char *command, JsonObject *args, const char *id);
