/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/volume.h"

RoostVolume *
roost_volume_new (const char *name)
{
  RoostVolume *volume = g_new0 (RoostVolume, 1);

  volume->name = g_strdup (name);
  volume->format = "raw";
  return volume;
}

void
roost_volume_free (RoostVolume *volume)
{
  g_free (volume->name);
  g_free (volume->path);
  g_free (volume->backing);
  g_free (volume);
}

gboolean
roost_volume_equal (const RoostVolume *a, const RoostVolume *b)
{
  return a->capacity == b->capacity && a->allocation == b->allocation && a->physical == b->physical
         && a->changed_ns == b->changed_ns && a->inode == b->inode && a->type == b->type
         && g_str_equal (a->format, b->format) && g_str_equal (a->name, b->name)
         && g_strcmp0 (a->path, b->path) == 0 && g_strcmp0 (a->backing, b->backing) == 0;
}
