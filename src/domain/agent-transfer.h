/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain-agent.h"

/*
 * A job that works with the agent for a while: over the connection with which it began, so that
 * what it has open in the guest is never mistaken for what a later agent has. Its coroutine owns
 * it.
 */

/* Of one domain at a time. */
#define ROOST_AGENT_MAX_JOBS 32

/* What is read or written at once: its base64 is well below ROOST_AGENT_MAX_LINE, and others get
 * their turn in between. */
#define ROOST_AGENT_CHUNK (192 * 1024)

typedef struct
{
  RoostDomain *domain;
  RoostAgent *agent;
  RoostJob *job;             /* NULL until it has begun */
  GCancellable *cancellable; /* of the caller, then of the job; not owned */
  guint timeout_ms;          /* of each command */
} RoostTransfer;

/* Errors: those of roost_domain_open_agent; LIMIT_EXCEEDED. Awaits: no. */
RoostTransfer *
roost_transfer_new (RoostDomain *domain, const RoostAgentContext *context, GError **error);

/* Ends its job with (nullable) @error, if it has begun. */
void roost_transfer_free (RoostTransfer *transfer);
void roost_transfer_end (RoostTransfer *transfer, const GError *error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostTransfer, roost_transfer_free)

/* Makes the job. Returns: (transfer none) */
RoostJob *roost_transfer_begin (RoostTransfer *transfer, const char *operation, const char *caller);

/* One command. Awaits: yes. @args: (nullable) (transfer full) */
JsonNode *roost_transfer_call (RoostTransfer *transfer,
                               const char *command,
                               JsonObject *args,
                               GError **error);

/* The same for tidying up: also after it was cancelled, in a short time, and without a word when it
 * fails. */
void roost_transfer_tidy (RoostTransfer *transfer, const char *command, JsonObject *args);

/* --- files of the guest; all await --- */

/* Returns: a handle, or -1. @mode: as of fopen () */
gint64
roost_transfer_open (RoostTransfer *transfer, const char *path, const char *mode, GError **error);

/* @out_bytes: at most @count; fewer, also none, at the end, which may move. */
gboolean roost_transfer_read (
    RoostTransfer *transfer, gint64 handle, guint count, GBytes **out_bytes, GError **error);
gboolean roost_transfer_write (
    RoostTransfer *transfer, gint64 handle, const void *bytes, gsize length, GError **error);

/* Returns: the position from the beginning, or -1. @whence: "set", "end" */
gint64 roost_transfer_seek (
    RoostTransfer *transfer, gint64 handle, gint64 offset, const char *whence, GError **error);
gboolean roost_transfer_close (RoostTransfer *transfer, gint64 handle, GError **error);
