/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/storage.h"

#define NS_PER_US 1000

/* One that went since the call was taken looks empty. */
static const RoostVolume *
volume_of (gpointer object)
{
  static const RoostVolume none = { .format = "" };
  const RoostVolume *volume =
      roost_pool_find_volume (roost_volume_ref_pool (object), roost_volume_ref_name (object));

  return volume != NULL ? volume : &none;
}

#define VOLUME_GETTER(name, constructor, value)                                                    \
  GVariant *volume_get_##name (RoostBus *bus, gpointer object)                                     \
  {                                                                                                \
    const RoostVolume *volume = volume_of (object);                                                \
                                                                                                   \
    return g_variant_new_##constructor (value);                                                    \
  }

VOLUME_GETTER (type, string, roost_volume_type_names[volume->type])
VOLUME_GETTER (format, string, volume->format)
VOLUME_GETTER (capacity, uint64, volume->capacity)
VOLUME_GETTER (allocation, uint64, volume->allocation)
VOLUME_GETTER (physical, uint64, volume->physical)
VOLUME_GETTER (modified, uint64, (guint64)volume->changed_ns / NS_PER_US)

GVariant *
volume_get_name (RoostBus *bus, gpointer object)
{
  return g_variant_new_string (roost_volume_ref_name (object));
}

GVariant *
volume_get_pool (RoostBus *bus, gpointer object)
{
  g_autofree char *path = roost_bus_pool_path (roost_pool_uuid (roost_volume_ref_pool (object)));

  return g_variant_new_object_path (path);
}

GVariant *
volume_get_path (RoostBus *bus, gpointer object)
{
  const RoostVolume *volume = volume_of (object);
  g_autofree char *path = volume->name != NULL
                              ? roost_pool_volume_path (roost_volume_ref_pool (object), volume)
                              : g_strdup ("");

  return g_variant_new_string (path);
}

GVariant *
volume_get_users (RoostBus *bus, gpointer object)
{
  g_auto (GStrv) users =
      roost_pool_volume_users (roost_volume_ref_pool (object), roost_volume_ref_name (object));
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("ao"));
  for (guint i = 0; users[i] != NULL; i++)
    {
      g_autofree char *path = roost_bus_domain_path (users[i]);

      g_variant_builder_add (&builder, "o", path);
    }
  return g_variant_builder_end (&builder);
}

GVariant *
volume_get_job (RoostBus *bus, gpointer object)
{
  g_autoptr (RoostJob) job =
      roost_pool_volume_job (roost_volume_ref_pool (object), roost_volume_ref_name (object));

  return roost_bus_job_variant (job);
}
