/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/* A domain that goes with what belongs to it, as far as the caller names it. */

typedef struct
{
  GStrv
      storage; /* (nullable): disks whose volumes go: by their targets, or by the volumes' paths */
  gboolean nvram; /* the variables of the firmware go */
  gboolean tpm;   /* the state of the TPM goes */
} RoostDeleteOptions;

/* Something that belongs to a domain. */
typedef struct
{
  const char *kind; /* "volume", "nvram", "tpm" */
  char *target;     /* (nullable): of the disk */
  char *path;
  char *pool;           /* (nullable): uuid, of a volume */
  char *volume;         /* (nullable): name */
  guint64 size;         /* bytes that it takes; 0: not known */
  gboolean is_readonly; /* the domain only reads it: a CD, say */
  gboolean is_named;    /* the caller has named it: it goes */
  char *refused;        /* (nullable): why it cannot be removed */
  guint64 inode;
} RoostDeleteItem;

/**
 * roost_domain_delete_plan:
 * What belongs to the domain, what of it @options names, and what could not be removed. Nothing is
 * changed. Awaits: yes. Errors: INVALID_ARGUMENT (something is named that is not there),
 * NOT_SUPPORTED (the domain is transient).
 * Returns: (transfer full): of RoostDeleteItem
 */
GPtrArray *
roost_domain_delete_plan (RoostDomain *domain, const RoostDeleteOptions *options, GError **error);

/**
 * roost_domain_delete_begin:
 * Checks, then goes on in a coroutine, with the domain held by the job "delete": first the volumes,
 * then the state, at last the definition. What cannot be removed leaves the domain defined; the
 * error then names what is gone. A daemon that is killed meanwhile leaves the rest to the next one.
 * @out_items: (transfer full): as roost_domain_delete_plan ()
 * Awaits: yes. Errors: those of the plan; RUNNING; BUSY (another domain or image uses a volume that
 * is named), STORAGE. Returns: (transfer full)
 */
RoostJob *roost_domain_delete_begin (RoostDomain *domain,
                                     const RoostDeleteOptions *options,
                                     const char *caller,
                                     GPtrArray **out_items,
                                     GError **error);
