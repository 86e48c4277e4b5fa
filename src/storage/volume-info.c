/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "storage/pool-private.h"
#include "storage/storage-private.h"

#include <inttypes.h>
#include <sys/stat.h>

#define NS_PER_S ((gint64)1000000000)

/* What qemu-img is told when nobody asked it to find out. */
static const char *
format_for_tool (const RoostVolume *volume)
{
  return roost_volume_format_is_image (volume->format) ? volume->format : "raw";
}

static gboolean
need_image (const RoostVolume *volume, GError **error)
{
  return volume->type == ROOST_VOLUME_TYPE_FILE || volume->type == ROOST_VOLUME_TYPE_BLOCK
         || roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "the volume '%s' is no image",
                         volume->name);
}

RoostImageInfo *
roost_pool_volume_info (RoostPool *pool, const char *name, gboolean probe, GError **error)
{
  const RoostVolume *volume = roost_pool_get_volume (pool, name, error);
  g_autofree char *path = NULL;

  if (volume == NULL || !need_image (volume, error))
    return NULL;
  path = roost_pool_volume_path (pool, volume);
  return roost_image_info (path, probe ? NULL : format_for_tool (volume), NULL, error);
}

GPtrArray *
roost_pool_volume_chain (RoostPool *pool, const char *name, gboolean allow_outside, GError **error)
{
  const RoostVolume *volume = roost_pool_get_volume (pool, name, error);
  g_autofree char *path = NULL;

  if (volume == NULL || !need_image (volume, error))
    return NULL;
  path = roost_pool_volume_path (pool, volume);
  return roost_image_chain (path, format_for_tool (volume),
                            allow_outside ? NULL : roost_storage_allows, pool->storage, error);
}

/* --- its document --- */

static RoostVolumeConfig *
config_of (RoostPool *pool, const RoostVolume *volume)
{
  g_autoptr (RoostVolumeConfig) config = g_new0 (RoostVolumeConfig, 1);

  config->type = volume->type;
  config->name = g_strdup (volume->name);
  config->path = roost_pool_volume_path (pool, volume);
  config->key = g_strdup (config->path);
  config->capacity = (RoostUint){ volume->capacity, TRUE };
  config->allocation = (RoostUint){ volume->allocation, TRUE };
  config->physical = (RoostUint){ volume->physical, volume->physical > 0 };
  config->format = g_strdup (volume->format);
  if (volume->changed_ns > 0)
    config->mtime = g_strdup_printf ("%" PRIi64 ".%09" PRIi64, volume->changed_ns / NS_PER_S,
                                     volume->changed_ns % NS_PER_S);
  return g_steal_pointer (&config);
}

static void
add_info (RoostVolumeConfig *config, const RoostImageInfo *info)
{
  config->capacity.value = info->capacity;
  if (g_str_equal (info->format, "qcow2"))
    {
      config->compat = g_strdup (info->compat);
      config->lazy_refcounts = info->lazy_refcounts;
      config->extended_l2 = info->extended_l2;
      config->has_features = info->lazy_refcounts || info->extended_l2;
      config->cluster_size = (RoostUint){ info->cluster_size, info->cluster_size > 0 };
    }
  if (info->data_file != NULL)
    config->data_file = g_path_get_basename (info->data_file);
  if (info->backing == NULL)
    return;
  config->backing = g_new0 (RoostVolumeBacking, 1);
  config->backing->path = g_strdup (info->backing);
  config->backing->format = g_strdup (info->backing_format);
}

char *
roost_pool_volume_xml (RoostPool *pool, const char *name, GError **error)
{
  const RoostVolume *volume = roost_pool_get_volume (pool, name, error);
  g_autoptr (RoostVolumeConfig) config = NULL;
  g_autoptr (RoostImageInfo) info = NULL;

  if (volume == NULL)
    return NULL;
  config = config_of (pool, volume);
  /* Only what may tell more than its first bytes did; one that is broken is shown all the same. */
  if (volume->type == ROOST_VOLUME_TYPE_FILE && roost_volume_format_is_image (volume->format)
      && !g_str_equal (volume->format, "raw"))
    info = roost_pool_volume_info (pool, name, FALSE, NULL);
  if (info != NULL)
    add_info (config, info);
  return roost_volume_config_format (config);
}
