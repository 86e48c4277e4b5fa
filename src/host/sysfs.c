/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/sysfs.h"

#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

char *
roost_sysfs_read (const char *sys_dir, const char *folder, const char *name, const char *file)
{
  g_autofree char *path = g_build_filename (sys_dir, folder, name, file, NULL);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? g_strstrip (text) : NULL;
}

gboolean
roost_sysfs_exists (const char *sys_dir, const char *folder, const char *name, const char *file)
{
  g_autofree char *path = g_build_filename (sys_dir, folder, name, file, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

char *
roost_sysfs_link (const char *sys_dir, const char *folder, const char *name, const char *file)
{
  g_autofree char *path = g_build_filename (sys_dir, folder, name, file, NULL);
  g_autofree char *target = g_file_read_link (path, NULL);

  return target != NULL ? g_path_get_basename (target) : NULL;
}

gboolean
roost_sysfs_write (
    const char *sys_dir, const char *folder, const char *file, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (sys_dir, folder, file, NULL);
  g_auto (RoostFd) fd = open (path, O_WRONLY | O_TRUNC | O_CLOEXEC);

  if (fd < 0 || write (fd, text, strlen (text)) != (gssize)strlen (text))
    return roost_throw_errno (error, errno, "cannot write '%s' to %s", *text != '\n' ? text : "",
                              path);
  return TRUE;
}
