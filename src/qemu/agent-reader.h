/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "qemu/qmp-message.h"

/*
 * The wire form of the guest agent, without the connection: bytes to lines, and commands to bytes.
 * Everything that comes from there is the guest's: nothing of it is believed. Source: QEMU
 * docs/interop/qemu-ga-ref, guest-sync-delimited.
 */

/* The longest line that is read, in bytes. */
#define ROOST_AGENT_MAX_LINE (1024 * 1024)

/* The byte before the answer to guest-sync-delimited; it stands in no JSON. */
#define ROOST_AGENT_DELIMITER '\xff'

/* Zero-initialized is empty. */
typedef struct
{
  RoostQmpLines lines;
  gboolean is_hunting; /* all up to the next delimiter is dropped as it comes */
} RoostAgentReader;

typedef enum
{
  ROOST_AGENT_MORE,     /* no whole line is there */
  ROOST_AGENT_LINE,     /* one is */
  ROOST_AGENT_TOO_LONG, /* what came is too long for one */
} RoostAgentGot;

/* A line without its end and, where a delimiter stood in it, without all up to the last one. */
typedef struct
{
  const char *text; /* valid until the next call */
  gsize length;
  gboolean is_delimited;
} RoostAgentLine;

/* Forgets what came; from now on only what follows a delimiter counts. */
void roost_agent_reader_hunt (RoostAgentReader *reader);
void roost_agent_reader_add (RoostAgentReader *reader, const char *bytes, gsize length);
RoostAgentGot roost_agent_reader_next (RoostAgentReader *reader, RoostAgentLine *out_line);

/* Is something left that was not given out? */
gboolean roost_agent_reader_has_rest (const RoostAgentReader *reader);
void roost_agent_reader_clear (RoostAgentReader *reader);

/* @args: (nullable) (transfer none). Returns: (transfer full): one line with its end */
char *roost_agent_format (const char *command, JsonObject *args);

/* Returns: (transfer full): guest-sync-delimited with @id, without a delimiter before it */
char *roost_agent_sync_text (gint64 id);

/**
 * roost_agent_clean:
 * @text: (nullable): words of the guest
 * Returns: (transfer full): one line of at most 300 characters that can be shown and logged
 */
char *roost_agent_clean (const char *text);
