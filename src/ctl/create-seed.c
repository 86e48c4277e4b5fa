/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/create-run.h"

#include "base/error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* A FAT of this size holds what cloud-init takes. */
#define FAT_KIB "2048"

static const char *const iso_tools[] = { "xorrisofs", "genisoimage", "mkisofs", "xorriso", NULL };

/* Programs of the administrator are not in everybody's PATH. */
static char *
find_program (const char *name)
{
  const char *const folders[] = { "/usr/sbin", "/sbin", NULL };
  char *found = g_find_program_in_path (name);

  for (const char *const *folder = folders; found == NULL && *folder != NULL; folder++)
    {
      g_autofree char *path = g_build_filename (*folder, name, NULL);

      if (access (path, X_OK) == 0)
        found = g_steal_pointer (&path);
    }
  return found;
}

char *
ctl_seed_find_tool (GError **error)
{
  g_autofree char *fat = find_program ("mkfs.vfat");
  g_autofree char *mcopy = find_program ("mcopy");

  for (const char *const *name = iso_tools; *name != NULL; name++)
    {
      char *found = find_program (*name);

      if (found != NULL)
        return found;
    }
  if (fat != NULL && mcopy != NULL)
    return g_steal_pointer (&fat);
  roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
               "no program is here that makes the seed for cloud-init; install xorriso or "
               "genisoimage (or dosfstools and mtools), or say --no-seed");
  return NULL;
}

static gboolean
run (const char *const *argv, const char *folder, GError **error)
{
  g_autofree char *errors = NULL;
  g_autoptr (GError) local = NULL;
  int status;

  if (!g_spawn_sync (folder, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
                     NULL, NULL, NULL, &errors, &status, error))
    return FALSE;
  if (g_spawn_check_wait_status (status, &local))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_IO, "%s could not make the seed: %s (%s)", argv[0],
                      g_strstrip (errors), local->message);
}

static gboolean
run_iso_tool (const char *tool, const char *folder, GError **error)
{
  const char *argv[] = { tool,        "-as",       "genisoimage", "-quiet",  "-output",
                         "seed.iso",  "-volid",    "CIDATA",      "-joliet", "-rational-rock",
                         "user-data", "meta-data", NULL };
  g_autofree char *name = g_path_get_basename (tool);
  gboolean is_many = g_str_equal (name, "xorriso");

  if (!is_many)
    argv[2] = tool;
  return run (is_many ? argv : argv + 2, folder, error);
}

static gboolean
run_fat_tools (const char *tool, const char *folder, GError **error)
{
  g_autofree char *mcopy = find_program ("mcopy");
  const char *format[] = { tool, "-n", "CIDATA", "-C", "seed.iso", FAT_KIB, NULL };
  const char *copy[] = { mcopy, "-oi", "seed.iso", "user-data", "meta-data", "::", NULL };

  return run (format, folder, error) && run (copy, folder, error);
}

static gboolean
write_documents (const char *folder, const char *user_data, const char *meta_data, GError **error)
{
  g_autofree char *user_file = g_build_filename (folder, "user-data", NULL);
  g_autofree char *meta_file = g_build_filename (folder, "meta-data", NULL);

  return g_file_set_contents (user_file, user_data, -1, error)
         && g_file_set_contents (meta_file, meta_data, -1, error);
}

char *
ctl_seed_make (const char *tool, const char *user_data, const char *meta_data, GError **error)
{
  g_autofree char *folder = g_dir_make_tmp ("roostctl-XXXXXX", error);
  g_autofree char *image = NULL;
  g_autofree char *name = g_path_get_basename (tool);
  gboolean is_fat = g_str_equal (name, "mkfs.vfat");

  if (folder == NULL)
    return NULL;
  image = g_build_filename (folder, "seed.iso", NULL);
  if (write_documents (folder, user_data, meta_data, error)
      && (is_fat ? run_fat_tools (tool, folder, error) : run_iso_tool (tool, folder, error)))
    return g_steal_pointer (&image);
  ctl_seed_remove (image);
  return NULL;
}

void
ctl_seed_remove (const char *image)
{
  const char *const names[] = { "seed.iso", "user-data", "meta-data", NULL };
  g_autofree char *folder = g_path_get_dirname (image);

  for (const char *const *name = names; *name != NULL; name++)
    {
      g_autofree char *path = g_build_filename (folder, *name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}
