/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/* A copy of a domain with its disks, under another name. */

typedef struct
{
  char *uuid; /* (nullable): a new one is made */
  char
      *mode; /* (nullable): "full": the disks are copied; "linked": they are images above the old */
  char *pool;   /* (nullable): name or uuid: where new volumes go; NULL: each beside its source */
  GStrv disks;  /* (nullable): targets of those to copy; NULL: all that a guest writes to */
  GStrv shared; /* (nullable): targets of those that both domains are to have */
  char *nvram;  /* (nullable): the variables of the firmware: "copy", or "new" from the template */
  char *tpm;    /* (nullable): the state of the TPM: "new", or "copy" */
} RoostCloneOptions;

/**
 * roost_domain_clone_begin:
 * @name: of the new domain
 * @out_uuid: (transfer full): what it will be
 * Checks everything, then goes on in a coroutine, with the domain held by the job "clone". All or
 * nothing: a job that fails or is cancelled leaves no volume and no domain; nor does a daemon that
 * is killed, once the next one runs. The job's details: "name", "uuid" of the new domain, "disk":
 * the target of the one that is copied now.
 * Awaits: yes. Errors: INVALID_ARGUMENT, EXISTS, RUNNING (a disk would be copied while a guest
 * writes to it), NOT_SUPPORTED (a disk is in no pool), NOT_FOUND, BUSY, STORAGE, …
 * Returns: (transfer full)
 */
RoostJob *roost_domain_clone_begin (RoostDomain *domain,
                                    const char *name,
                                    const RoostCloneOptions *options,
                                    const char *caller,
                                    char **out_uuid,
                                    GError **error);
