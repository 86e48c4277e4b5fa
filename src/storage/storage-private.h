/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "storage/pool-private.h"
#include "storage/secrets.h"

struct _RoostStorage
{
  GObject parent;
  char *config_dir, *run_dir;
  gboolean is_privileged;
  RoostJobs *jobs;
  GHashTable *by_uuid; /* → RoostPool, owned */
  RoostStorageUsers users;
  RoostStorageUserName user_name;
  gpointer users_data;
  GPtrArray *bases;      /* of RoostBase: images above them are being made */
  RoostSecrets *secrets; /* (nullable) until they are set */
  uid_t owner;           /* of new volumes; -1: the daemon's own */
  gid_t group;
};

/* An image that nobody may change while another one is made above it. */
typedef struct
{
  char *path;
  const void *owner; /* who made it, for roost_storage_drop_bases () */
  RoostJob *job;     /* owned */
} RoostBase;

/* Errors: BUSY when somebody changes it just now. Awaits: no. */
gboolean roost_storage_take_base (
    RoostStorage *storage, const char *path, const void *owner, RoostJob *job, GError **error);
void roost_storage_drop_bases (RoostStorage *storage, const void *owner);

void roost_storage_add (RoostStorage *storage, RoostPool *pool); /* (transfer full) */
void roost_storage_remove (RoostStorage *storage, RoostPool *pool);

/* --- storage-store.c: files. Those that write await. --- */

gboolean
roost_storage_write_config (RoostStorage *storage, const RoostPoolConfig *config, GError **error);
gboolean roost_storage_remove_config (RoostStorage *storage, const char *uuid, GError **error);
gboolean roost_storage_write_autostart (RoostStorage *storage,
                                        const char *uuid,
                                        gboolean is_autostart,
                                        GError **error);

/* That it is active, in a file that is gone after the next boot. */
gboolean
roost_storage_write_active (RoostStorage *storage, const RoostPoolConfig *config, GError **error);
gboolean roost_storage_remove_active (RoostStorage *storage, const char *uuid, GError **error);
