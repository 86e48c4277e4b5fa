/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/manager.h"
#include "model/domain-types.h"

/* Disks that name a volume of a storage pool, and who uses a file. */

/**
 * roost_volumes_resolve_disk:
 * A disk of type 'volume' becomes one of type 'file', 'block' or 'network'; another one is left as
 * it is. The images below a volume must be in active pools; they are named in the disk's
 * backing_store, unless there was one. Awaits: yes.
 * Errors: NOT_FOUND, NOT_RUNNING (the pool is not active), NOT_SUPPORTED, STORAGE.
 */
gboolean roost_volumes_resolve_disk (RoostManager *manager, RoostDisk *disk, GError **error);

/* @stored, a copy of what @given became when it was resolved, names the volume again. */
void roost_volumes_keep_name (RoostDisk *stored, const RoostDisk *given);

/* Resolves all disks of @config. */
gboolean roost_volumes_resolve (RoostManager *manager, RoostDomainConfig *config, GError **error);

/* --- <transient/> --- */

typedef struct
{
  char *alias;
  char *target;
  char *path;   /* of the image */
  char *format; /* "raw" */
  gboolean is_encrypted;
} RoostTransientDisk;

/* Returns: (transfer full): of RoostTransientDisk; .path is the overlay where there is one already
 */
GPtrArray *roost_view_transients (const RoostDomainConfig *config);

/* The disk @alias gets the image @path on top of the one that it has. */
void roost_view_put_overlay (RoostDomainConfig *config, const char *alias, const char *path);

/* Does a disk of @config, or an image below it that the document names, stand at @path (a URL for
 * one on a server, see model/source-place.h), or below it when it ends in "/"? */
gboolean roost_view_uses_path (const RoostDomainConfig *config, const char *path);
