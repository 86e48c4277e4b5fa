/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/bus.h"
#include "bus/kind.h"
#include "storage/storage.h"

/* Storage on the bus: pools are objects that are listed, volumes are found when they are called. */

#define ROOST_BUS_PATH_POOLS ROOST_BUS_PATH "/pool"

/* A volume for the length of a call: the pool and a name. */
#define ROOST_TYPE_VOLUME_REF (roost_volume_ref_get_type ())
G_DECLARE_FINAL_TYPE (RoostVolumeRef, roost_volume_ref, ROOST, VOLUME_REF, GObject)

RoostPool *roost_volume_ref_pool (RoostVolumeRef *ref);
const char *roost_volume_ref_name (RoostVolumeRef *ref);

extern const RoostKind roost_kind_pool;
extern const RoostKind roost_kind_volume;

/* Shows the pools of @storage, now and later. Errors: IO (a path is taken). */
gboolean roost_bus_show_storage (RoostBus *bus, RoostStorage *storage, GError **error);

/* Stops following it. */
void roost_bus_hide_storage (RoostBus *bus, RoostStorage *storage);

/* Returns: (transfer full): object paths */
char *roost_bus_pool_path (const char *uuid);
char *roost_bus_volume_path (const char *pool_uuid, const char *name);

/* Returns: (transfer full): @name with each byte that no path may hold as '_' and two hex digits */
char *roost_bus_escape (const char *name);

/* Returns: (transfer full) (nullable): what was escaped; NULL when it was not */
char *roost_bus_unescape (const char *label);

/* Returns: (transfer floating): "o" of a job, "/" for NULL */
GVariant *roost_bus_job_variant (RoostJob *job);

/* --- the getters of the table of properties --- */

GVariant *pool_get_name (RoostBus *bus, gpointer object);
GVariant *pool_get_uuid (RoostBus *bus, gpointer object);
GVariant *pool_get_kind (RoostBus *bus, gpointer object);
GVariant *pool_get_state (RoostBus *bus, gpointer object);
GVariant *pool_get_path (RoostBus *bus, gpointer object);
GVariant *pool_get_persistent (RoostBus *bus, gpointer object);
GVariant *pool_get_autostart (RoostBus *bus, gpointer object);
GVariant *pool_get_capacity (RoostBus *bus, gpointer object);
GVariant *pool_get_allocation (RoostBus *bus, gpointer object);
GVariant *pool_get_available (RoostBus *bus, gpointer object);
GVariant *pool_get_volume_count (RoostBus *bus, gpointer object);
GVariant *pool_get_job (RoostBus *bus, gpointer object);

GVariant *volume_get_name (RoostBus *bus, gpointer object);
GVariant *volume_get_pool (RoostBus *bus, gpointer object);
GVariant *volume_get_path (RoostBus *bus, gpointer object);
GVariant *volume_get_type (RoostBus *bus, gpointer object);
GVariant *volume_get_format (RoostBus *bus, gpointer object);
GVariant *volume_get_capacity (RoostBus *bus, gpointer object);
GVariant *volume_get_allocation (RoostBus *bus, gpointer object);
GVariant *volume_get_physical (RoostBus *bus, gpointer object);
GVariant *volume_get_modified (RoostBus *bus, gpointer object);
GVariant *volume_get_users (RoostBus *bus, gpointer object);
GVariant *volume_get_job (RoostBus *bus, gpointer object);

GVariant *secret_get_uuid (RoostBus *bus, gpointer object);
GVariant *secret_get_usage_type (RoostBus *bus, gpointer object);
GVariant *secret_get_usage_id (RoostBus *bus, gpointer object);
GVariant *secret_get_description (RoostBus *bus, gpointer object);
GVariant *secret_get_ephemeral (RoostBus *bus, gpointer object);
GVariant *secret_get_private (RoostBus *bus, gpointer object);
GVariant *secret_get_has_value (RoostBus *bus, gpointer object);
GVariant *secret_get_protection (RoostBus *bus, gpointer object);
