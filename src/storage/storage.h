/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/jobs.h"
#include "model/disk-types.h"
#include "storage/pool.h"
#include "storage/secrets.h"

/*
 * All storage pools of this daemon.
 *
 * Signals: "pool-added" (RoostPool), "pool-removed" (RoostPool)
 */
#define ROOST_TYPE_STORAGE (roost_storage_get_type ())
G_DECLARE_FINAL_TYPE (RoostStorage, roost_storage, ROOST, STORAGE, GObject)

typedef struct
{
  const char *config_dir; /* pool/UUID.xml, pool/UUID.json (autostart) */
  const char *run_dir;    /* pool/UUID.xml: what is active */
  gboolean is_privileged; /* the system daemon */
} RoostStoragePlaces;

RoostStorage *roost_storage_new (const RoostStoragePlaces *places, RoostJobs *jobs);

/* Reads definitions and finds what is active, which goes on in coroutines. A file that cannot be
 * used is set aside. Errors: only when the folders cannot be used. Awaits: no. */
gboolean roost_storage_load (RoostStorage *storage, GError **error);

/* Starts the pools that are marked for it, once after load (). */
void roost_storage_autostart (RoostStorage *storage);

GPtrArray *roost_storage_pools (RoostStorage *storage); /* (transfer container): refs, by name */
RoostPool *roost_storage_find_uuid (RoostStorage *storage,
                                    const char *uuid); /* (transfer none) (nullable) */
RoostPool *roost_storage_find_name (RoostStorage *storage,
                                    const char *name); /* (transfer none) (nullable) */

/* Where the keys of encrypted volumes are; before the first volume is made. */
void roost_storage_set_secrets (RoostStorage *storage, RoostSecrets *secrets);

/* Whom a new volume belongs to whose document names nobody: the user that QEMU runs as, where that
 * is another one. */
void roost_storage_set_owner (RoostStorage *storage, uid_t user, gid_t group);

/* Who runs with the file or device @path, or with one below it when it ends in "/"? With
 * @is_written only those who write to it. Returns: (transfer full): uuids of domains */
typedef GStrv (*RoostStorageUsers) (const char *path, gboolean is_written, gpointer data);

/* Returns: (transfer none) (nullable): what the domain with that uuid is called */
typedef const char *(*RoostStorageUserName) (const char *uuid, gpointer data);
void roost_storage_set_users (RoostStorage *storage,
                              RoostStorageUsers users,
                              RoostStorageUserName name,
                              gpointer data);

/* Is something of a volume in use at @path, or below it when it ends in "/"? @is_written: only
 * those who write to it count. @what: begins the text: "the volume 'a' of pool 'b'". Errors: BUSY
 * names the domain, or the job that makes an image above it. */
gboolean roost_storage_check_unused (
    RoostStorage *storage, const char *path, gboolean is_written, const char *what, GError **error);

/**
 * roost_storage_define:
 * Stores @xml durably as a new pool, or as the next definition of the one with its uuid and name.
 * @validate: what is not understood is an error, too. Awaits: yes.
 * Errors: INVALID_XML, EXISTS, BUSY, NO_SPACE, IO. Returns: (transfer full)
 */
RoostPool *roost_storage_define (
    RoostStorage *storage, const char *xml, gboolean validate, const char *caller, GError **error);

/* Starts a pool that is forgotten when it is stopped. @build: first make what it is kept in.
 * Awaits: yes. */
RoostPool *roost_storage_start_transient (
    RoostStorage *storage, const char *xml, gboolean build, const char *caller, GError **error);

/* Which kinds this host can serve, and what is missing, as <storagepoolCapabilities>. */
char *roost_storage_capabilities (RoostStorage *storage);

/* @spec: (nullable): a <source>. Awaits: yes. Errors: INVALID_ARGUMENT (kind), INVALID_XML,
 * NOT_SUPPORTED, STORAGE. Returns: (transfer full): <sources> */
char *roost_storage_find_sources (RoostStorage *storage,
                                  const char *kind,
                                  const char *spec,
                                  GError **error);

/**
 * roost_storage_resolve:
 * @source: names a pool and a volume; becomes one of type file, block or network. Its own <auth>
 * goes before that of the pool.
 * Where the volume is; a pool that is just starting is waited for. Awaits: yes. Errors: NOT_FOUND,
 * NOT_RUNNING (the pool is not active), NOT_SUPPORTED (it cannot be reached in that mode).
 */
gboolean roost_storage_resolve (RoostStorage *storage, RoostStorageSource *source, GError **error);

/* Returns: (transfer none) (nullable): what an active pool has at @path, until the next turn of the
 * main loop, with @out_pool. */
const RoostVolume *
roost_storage_find_path (RoostStorage *storage, const char *path, RoostPool **out_pool);

/**
 * roost_storage_find_above:
 * Returns: (transfer full): the paths of the volumes of active pools whose headers name the image
 * at
 *   @path as the one below them. Headers are written by guests, too, where these have a whole raw
 *   disk: it is a reason not to remove something, and none to open anything.
 */
GStrv roost_storage_find_above (RoostStorage *storage, const char *path);

/* BUSY when a running domain uses the volume @name, or an image lies above it, which would be lost
 * with it. */
gboolean roost_storage_check_nothing_above (RoostPool *pool, const char *name, GError **error);

/* A RoostImageAllowed with a RoostStorage: is @path a file right in the folder of an active pool?
 */
gboolean roost_storage_allows (const char *path, gpointer storage);
