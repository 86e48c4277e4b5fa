/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/caps-pci.h"

#include "base/compat.h"

#include <glib/gstdio.h>

#define EXTENDED_SPACE 4096

static int
group_of (const char *device_dir)
{
  g_autofree char *link = g_build_filename (device_dir, "iommu_group", NULL);
  g_autofree char *target = g_file_read_link (link, NULL);
  g_autofree char *number = target != NULL ? g_path_get_basename (target) : NULL;
  guint64 group;

  if (number == NULL || !g_ascii_string_to_unsigned (number, 10, 0, G_MAXINT, &group, NULL))
    return -1;
  return (int)group;
}

static RoostHostPciFacts *
read_device (const char *device_dir)
{
  g_autofree char *config = g_build_filename (device_dir, "config", NULL);
  RoostHostPciFacts *facts;
  GStatBuf status;

  if (g_stat (config, &status) != 0)
    return NULL;
  facts = g_new0 (RoostHostPciFacts, 1);
  facts->is_express = status.st_size >= EXTENDED_SPACE;
  facts->iommu_group = group_of (device_dir);
  return facts;
}

GHashTable *
roost_caps_pci_read (const char *devices_dir)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GDir) dir = g_dir_open (devices_dir, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (devices_dir, name, NULL);
      RoostHostPciFacts *facts = read_device (path);

      if (facts != NULL)
        g_hash_table_insert (table, g_strdup (name), facts);
    }
  return table;
}
