/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/disk-types.h"

/* Where a source is: the part of it that a volume of a pool stands for. */

/* Forgets the type, the paths, the volume and the server with its user; the rest stays. */
void roost_source_clear_place (RoostStorageSource *source);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RoostStorageSource, roost_source_clear_place)

/* Adds a server; all but @transport are nullable. */
void roost_source_add_host (RoostStorageSource *source,
                            RoostHostTransport transport,
                            const char *name,
                            const char *port,
                            const char *socket);

/* Adds who we are there. @secret: copied */
void roost_source_set_auth (RoostStorageSource *source,
                            RoostSecretType type,
                            const char *username,
                            const RoostSecret *secret);

/* Gives @source, which names a volume, the place of @given, the same one before it was looked up.
 */
void roost_source_keep_volume (RoostStorageSource *source, const RoostStorageSource *given);

/**
 * roost_source_url:
 * Where an image on a server is: "iscsi://HOST:PORT/TARGET/LUN", "nbd+unix:///EXPORT?socket=PATH",
 * "rbd://HOST:PORT/POOL/IMAGE" … by its first host. What is at one place has one URL, whether or
 * not the port was given. Returns: (transfer full) (nullable): NULL for all other sources
 */
char *roost_source_url (const RoostStorageSource *source);
