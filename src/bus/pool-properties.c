/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/storage.h"

#define POOL_GETTER(name, constructor, value)                                                      \
  GVariant *pool_get_##name (RoostBus *bus, gpointer object)                                       \
  {                                                                                                \
    RoostPool *pool = object;                                                                      \
                                                                                                   \
    return g_variant_new_##constructor (value);                                                    \
  }

POOL_GETTER (name, string, roost_pool_name (pool))
POOL_GETTER (uuid, string, roost_pool_uuid (pool))
POOL_GETTER (kind, string, roost_pool_kind_name (pool))
POOL_GETTER (state, string, roost_pool_state_name (roost_pool_state (pool)))
POOL_GETTER (path, string, roost_pool_path (pool))
POOL_GETTER (persistent, boolean, roost_pool_is_persistent (pool))
POOL_GETTER (autostart, boolean, roost_pool_is_autostart (pool))
POOL_GETTER (capacity, uint64, roost_pool_space (pool)->capacity)
POOL_GETTER (allocation, uint64, roost_pool_space (pool)->allocation)
POOL_GETTER (available, uint64, roost_pool_space (pool)->available)
POOL_GETTER (volume_count, uint32, roost_pool_n_volumes (pool))

GVariant *
pool_get_job (RoostBus *bus, gpointer object)
{
  return roost_bus_job_variant (roost_pool_job (object));
}
