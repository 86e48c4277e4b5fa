/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/clone.h"
#include "domain/domain-private.h"
#include "domain/remains.h"
#include "model/domain-types.h"

/* One disk that gets a volume of its own. */
typedef struct
{
  char *target;      /* "vda" */
  RoostPool *source; /* owned */
  char *source_name;
  char *source_path;
  char *format;    /* of the source, as the domain's document has it */
  char *secret;    /* (nullable): uuid or usage of the one it is encrypted with */
  RoostPool *pool; /* owned: where the new volume goes */
  char *name;      /* of the new volume */
  char *xml;       /* what it is to be */
  guint64 weight;  /* bytes that are to be copied, about */
  gboolean is_made;
} RoostCloneDisk;

/* A clone under way. */
typedef struct
{
  RoostDomain *domain; /* owned */
  RoostManager *manager;
  RoostJob *job; /* owned */
  RoostClaim claim;
  gboolean is_linked;
  RoostDomainConfig *config; /* of the clone */
  GPtrArray *disks;          /* of RoostCloneDisk */
  RoostRemains *remains;
  gboolean has_rest; /* something could not be removed: the next daemon tries again */
  char *nvram_from;  /* (nullable): what is copied to remains->nvram */
  gboolean copies_tpm;
  guint64 weight_done, weight_all;
} RoostClone;

/* --- clone-view.c: looks into configurations; pure --- */

/* Makes @config that of another domain: what must not be there twice is new, or is chosen anew. */
void roost_clone_change_identity (RoostDomainConfig *config, const char *name, const char *uuid);

/* Is there a TPM whose state is kept for it? */
gboolean roost_clone_has_tpm (const RoostDomainConfig *config);

/* Its variables are at @path. */
void roost_clone_set_nvram (RoostDomainConfig *config, const char *path);

/* Gives the disk @target of @config the volume @name of @pool, which is at @path. */
void roost_clone_set_disk (RoostDomainConfig *config,
                           const RoostCloneDisk *disk,
                           gboolean is_linked,
                           gboolean is_block,
                           const char *path);

/**
 * roost_clone_volume_name:
 * @volume: the source
 * @suffix: (nullable): what it ends in, such as ".qcow2"; NULL: as the source does
 * "web.qcow2" of domain "web" becomes "web2.qcow2" of domain "web2"; others get the name of the
 * domain and their target: "web2-vda.qcow2". Returns: (transfer full)
 */
char *roost_clone_volume_name (const char *volume,
                               const char *old_name,
                               const char *new_name,
                               const char *target,
                               const char *suffix);

/* --- clone-plan.c --- */

void roost_clone_disk_free (gpointer disk);

/* Which disks are copied, from where to where. Awaits: yes. Returns: (transfer full): of
 * RoostCloneDisk. Errors: as roost_domain_clone_begin (). */
GPtrArray *roost_clone_plan (RoostDomain *domain,
                             const char *name,
                             const RoostCloneOptions *options,
                             GError **error);

/* --- clone-steps.c --- */

/* Makes it; all or nothing. Awaits: yes. */
gboolean roost_clone_run (RoostClone *clone, GError **error);
