/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/find-process.h"

#include <string.h>
#include <unistd.h>

/* What stands after the command's name, which may itself hold anything. */
static char *
read_stat (pid_t pid, const char **out_rest)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int)pid);
  g_autofree char *text = NULL;
  const char *bracket;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;
  bracket = strrchr (text, ')');
  if (bracket == NULL || bracket[1] != ' ')
    return NULL;
  *out_rest = bracket + 2;
  return g_steal_pointer (&text);
}

char
roost_process_state (pid_t pid)
{
  const char *rest = NULL;
  g_autofree char *text = read_stat (pid, &rest);

  return text != NULL ? *rest : '\0';
}

gboolean
roost_process_is_stopped (pid_t pid)
{
  char state = roost_process_state (pid);

  return state == 'T' || state == 't';
}

guint64
roost_process_began (pid_t pid)
{
  const char *rest = NULL;
  g_autofree char *text = read_stat (pid, &rest);
  g_auto (GStrv) fields = text != NULL ? g_strsplit (rest, " ", 22) : NULL;

  /* rest begins with field 3, and field 22 is wanted */
  return fields != NULL && g_strv_length (fields) > 19 ? g_ascii_strtoull (fields[19], NULL, 10)
                                                       : 0;
}

static gboolean
has_socket (const char *pid, const char *wanted)
{
  g_autofree char *folder = g_build_filename ("/proc", pid, "fd", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);

      if (g_strcmp0 (target, wanted) == 0)
        return TRUE;
    }
  return FALSE;
}

RoostProcess *
roost_find_process_with_socket (guint64 inode)
{
  g_autofree char *wanted = g_strdup_printf ("socket:[%" G_GUINT64_FORMAT "]", inode);
  g_autoptr (GDir) dir = inode != 0 ? g_dir_open ("/proc", 0, NULL) : NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      pid_t pid = (pid_t)g_ascii_strtoll (name, NULL, 10);

      if (pid > 1 && pid != getpid () && has_socket (name, wanted))
        return roost_process_adopt (pid, roost_process_began (pid), NULL);
    }
  return NULL;
}

/* Source: proc(5), /proc/net/unix: "Num RefCount Protocol Flags Type St Inode Path" */
guint64
roost_find_socket_at (const char *path)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/net/unix", &text, NULL, NULL))
    return 0;
  lines = g_strsplit (text, "\n", 0);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *found = strchr (lines[i], '/');
      g_auto (GStrv) fields = NULL;

      if (g_strcmp0 (found, path) != 0)
        continue;
      fields = g_strsplit_set (g_strstrip (lines[i]), " ", 0);
      for (guint k = g_strv_length (fields); k-- > 1;)
        if (g_str_equal (fields[k], path) && *fields[k - 1] != '\0')
          return g_ascii_strtoull (fields[k - 1], NULL, 10);
    }
  return 0;
}
