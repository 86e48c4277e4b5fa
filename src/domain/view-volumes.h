/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/manager.h"
#include "model/domain-types.h"

/* Disks that name a volume of a storage pool, and who uses a file. */

/**
 * roost_volumes_resolve_disk:
 * A disk of type 'volume' becomes one of type 'file', 'block' or 'network'. The images below a file
 * or device are named in the disk's backing_store, unless there was one; those below a volume must
 * be in active pools. One that stands below the disk of a domain (a linked clone)
 * is not written. Awaits: yes.
 * Errors: NOT_FOUND, NOT_RUNNING (the pool is not active), NOT_SUPPORTED, STORAGE.
 */
gboolean roost_volumes_resolve_disk (RoostManager *manager, RoostDisk *disk, GError **error);

/* @stored, a copy of what @given became when it was resolved, says no more than that. */
void roost_volumes_keep_name (RoostDisk *stored, const RoostDisk *given);

/* Resolves all disks of @config. */
gboolean roost_volumes_resolve (RoostManager *manager, RoostDomainConfig *config, GError **error);

/* The same for a command line that is only shown: what cannot be found stays as it is. Awaits: yes.
 */
void roost_volumes_resolve_known (RoostManager *manager, RoostDomainConfig *config);

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

/* Where the bytes of a disk are. */
typedef struct
{
  RoostPool *pool; /* owned */
  char *name, *path;
} RoostVolumePlace;

void roost_volume_place_clear (RoostVolumePlace *place);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RoostVolumePlace, roost_volume_place_clear)

/* Which volume of an active pool @disk is, whether it names it or its path. Awaits: yes. Errors:
 * NOT_SUPPORTED (it is in no active pool, or no file or device of this host), NOT_FOUND,
 * NOT_RUNNING. */
gboolean roost_volumes_find (RoostManager *manager,
                             const RoostDisk *disk,
                             RoostVolumePlace *out,
                             GError **error);

/* Is there a disk of @config at @path that its guest may write to? */
gboolean roost_view_writes_path (const RoostDomainConfig *config, const char *path);

/**
 * roost_volumes_find_user:
 * @except: not this domain
 * @pool, @volume, @path: the names of a volume and where it is
 * Returns: (transfer none) (nullable): a domain that has it among its disks, as it runs or as it is
 *   stored
 */
RoostDomain *roost_volumes_find_user (RoostManager *manager,
                                      const RoostDomain *except,
                                      const char *pool,
                                      const char *volume,
                                      const char *path);

/* Does a disk of @config, or an image below it that the document names, stand at @path (a URL for
 * one on a server, see model/source-place.h), or below it when it ends in "/"? */
gboolean roost_view_uses_path (const RoostDomainConfig *config, const char *path);

/* May @disk, resolved, be written? Not when its image is below that of a linked clone. Awaits: no.
 * Errors: STORAGE. */
gboolean
roost_volumes_check_not_below (RoostManager *manager, const RoostDisk *disk, GError **error);
