/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/manager.h"

/*
 * What is on disk of a domain that does not exist yet, or is not to exist any longer: volumes, and
 * the state of its firmware and TPM. It is written down before the first of it is made (a clone) or
 * removed (a deletion), so that the next daemon removes what was left half-way. A volume is known
 * by its pool, its name and its inode: one that somebody else made under that name stays.
 */
typedef struct
{
  char *pool; /* uuid */
  char *name;
  guint64 inode; /* 0: it is not there yet, or is no file */
} RoostRemain;

typedef struct
{
  char *uuid;         /* of the domain */
  gboolean is_clone;  /* it all stays once the domain is defined; else the definition goes, too */
  GPtrArray *volumes; /* of RoostRemain */
  char *nvram;        /* (nullable): path */
  gboolean has_tpm;
} RoostRemains;

RoostRemains *roost_remains_new (const char *uuid, gboolean is_clone);
void roost_remains_free (RoostRemains *remains);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostRemains, roost_remains_free)

/* Returns: (transfer none): the new one */
RoostRemain *roost_remains_add (RoostRemains *remains, const char *pool, const char *name);

/* Returns: (transfer full): for the file. */
char *roost_remains_to_text (const RoostRemains *remains);

/* Errors: INVALID_ARGUMENT. */
RoostRemains *roost_remains_from_text (const char *text, GError **error);

/* Writes it down, durably. Awaits: yes. Errors: NO_SPACE, IO. */
gboolean roost_remains_write (RoostManager *manager, const RoostRemains *remains, GError **error);

/* Nothing is left to be done. Awaits: yes. Errors: IO. */
gboolean roost_remains_forget (RoostManager *manager, const char *uuid, GError **error);

/* Removes the state of the firmware and of the TPM. Awaits: yes. Errors: IO. */
gboolean
roost_remains_remove_state (RoostManager *manager, const RoostRemains *remains, GError **error);

/* When the daemon starts: drops the definitions of domains whose deletion had begun; before the
 * definitions are read. Awaits: no. */
void roost_remains_drop_definitions (RoostManager *manager);

/* After that: removes what is left, as the pools come up. Awaits: no. */
void roost_remains_resume (RoostManager *manager);
