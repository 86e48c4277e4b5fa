/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/call.h"

/* The handlers of storage; see handlers.h. */

extern const RoostType roost_options_pool_define;
extern const RoostType roost_options_pool_transient;
extern const RoostType roost_options_pool_build;
extern const RoostType roost_options_page;
extern const RoostType roost_options_volume_create;
extern const RoostType roost_options_volume_copy;
extern const RoostType roost_options_volume_resize;
extern const RoostType roost_options_volume_delete;
extern const RoostType roost_options_volume_wipe;
extern const RoostType roost_options_volume_range;
extern const RoostType roost_options_volume_checksum;
extern const RoostType roost_options_volume_info;
extern const RoostType roost_options_volume_chain;

GVariant *manager_define_storage_pool (RoostCall *call, GError **error);
GVariant *manager_start_transient_storage_pool (RoostCall *call, GError **error);
GVariant *manager_list_storage_pools (RoostCall *call, GError **error);
GVariant *manager_get_storage_pool_by_name (RoostCall *call, GError **error);
GVariant *manager_get_storage_pool_by_uuid (RoostCall *call, GError **error);
GVariant *manager_get_storage_volume_by_path (RoostCall *call, GError **error);
GVariant *manager_find_storage_pool_sources (RoostCall *call, GError **error);
GVariant *manager_get_storage_capabilities (RoostCall *call, GError **error);

GVariant *pool_start (RoostCall *call, GError **error);
GVariant *pool_stop (RoostCall *call, GError **error);
GVariant *pool_build (RoostCall *call, GError **error);
GVariant *pool_delete (RoostCall *call, GError **error);
GVariant *pool_refresh (RoostCall *call, GError **error);
GVariant *pool_undefine (RoostCall *call, GError **error);
GVariant *pool_set_autostart (RoostCall *call, GError **error);
GVariant *pool_get_xml (RoostCall *call, GError **error);
GVariant *pool_list_volumes (RoostCall *call, GError **error);
GVariant *pool_get_volume_by_name (RoostCall *call, GError **error);
GVariant *pool_create_volume (RoostCall *call, GError **error);
GVariant *pool_copy_volume (RoostCall *call, GError **error);

GVariant *volume_delete (RoostCall *call, GError **error);
GVariant *volume_resize (RoostCall *call, GError **error);
GVariant *volume_wipe (RoostCall *call, GError **error);
GVariant *volume_upload (RoostCall *call, GError **error);
GVariant *volume_download (RoostCall *call, GError **error);
GVariant *volume_checksum (RoostCall *call, GError **error);
GVariant *volume_get_info (RoostCall *call, GError **error);
GVariant *volume_get_chain (RoostCall *call, GError **error);
GVariant *volume_get_xml (RoostCall *call, GError **error);
