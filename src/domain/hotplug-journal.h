/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/amend.h"
#include "qemu/plug.h"

/*
 * What a daemon that takes over needs to know of a plug that was under way: the device, both
 * configurations as they are to be, and what undoes it. Kept as JSON in the status file.
 */
typedef struct
{
  char *alias;
  char *running;   /* the document */
  char *next;      /* (nullable): the document */
  GPtrArray *undo; /* of RoostJournalUndo: the order is that of the commands which it undoes */
} RoostJournal;

typedef struct
{
  char *command;
  JsonObject *args;
} RoostJournalUndo;

/* Returns: (transfer full): JSON */
char *roost_journal_of_plug (const RoostAmend *amend, const char *alias, const RoostPlug *plug);

/* Returns: (transfer full) (nullable): NULL when it cannot be read. */
RoostJournal *roost_journal_read (const char *text);
void roost_journal_free (RoostJournal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostJournal, roost_journal_free)
