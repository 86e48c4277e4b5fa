/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/firmware-list.h"

#include <string.h>

/* The largest that is read; real ones have two kilobytes. */
#define MAX_FILE (1024 * 1024)

static void
firmware_file_free (gpointer p)
{
  RoostFirmwareFile *file = p;

  g_free (file->name);
  g_clear_pointer (&file->root, json_node_unref);
  g_free (file->problem);
  g_free (file);
}

static void
add_names_of (GHashTable *paths, const char *dir)
{
  g_autoptr (GDir) folder = g_dir_open (dir, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    if (g_str_has_suffix (name, ".json") && *name != '.')
      g_hash_table_replace (paths, g_strdup (name), g_build_filename (dir, name, NULL));
}

static void
add_file (GPtrArray *files, const char *name, const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  RoostFirmwareFile *file;
  gsize length = 0;

  if (g_file_get_contents (path, &text, &length, &error) && length == 0)
    return; /* masked */
  file = g_new0 (RoostFirmwareFile, 1);
  file->name = g_strdup (name);
  g_ptr_array_add (files, file);
  if (text != NULL && length <= MAX_FILE)
    file->root = roost_json_parse (text, length, &error);
  if (file->root != NULL && roost_json_node_object (file->root) == NULL)
    g_clear_pointer (&file->root, json_node_unref);
  if (file->root == NULL)
    file->problem = g_strdup (error != NULL ? error->message : "no firmware descriptor");
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

static GHashTable *
collect_paths (const char *const *dirs)
{
  GHashTable *paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *own = g_build_filename (g_get_user_config_dir (), "qemu", "firmware", NULL);
  const char *const usual[] = { "/usr/share/qemu/firmware", "/etc/qemu/firmware", own, NULL };

  for (dirs = dirs != NULL ? dirs : usual; *dirs != NULL; dirs++)
    add_names_of (paths, *dirs);
  return paths;
}

GPtrArray *
roost_firmware_list (const char *const *dirs)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (firmware_file_free);
  g_autoptr (GHashTable) paths = collect_paths (dirs);
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (paths), compare_names);

  for (GList *at = names; at != NULL; at = at->next)
    add_file (files, at->data, g_hash_table_lookup (paths, at->data));
  return files;
}
