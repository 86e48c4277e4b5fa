/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/iscsi-record.h"

#include "base/co.h"
#include "base/error.h"

#include <string.h>

#define FILE_MODE 0600
#define AUTH      "node.session.auth."
#define LAST_LINE "# END RECORD"

const char *const roost_iscsi_record_folders[] = { "/etc/iscsi/nodes", "/var/lib/iscsi/nodes",
                                                   NULL };

typedef struct
{
  const char *const *folders;
  const char *target, *username, *password;
  char *portal; /* "HOST,PORT": the name of the record begins so */
  guint n_changed;
} Work;

/* Lines of ours are taken out wherever they stand. */
static gboolean
is_ours (const char *line)
{
  return g_str_has_prefix (line, AUTH "authmethod ") || g_str_has_prefix (line, AUTH "username ")
         || g_str_has_prefix (line, AUTH "password ") || g_str_equal (line, LAST_LINE);
}

char *
roost_iscsi_record_change (const char *text, const char *username, const char *password)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GString *out = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (!is_ours (lines[i]) && *lines[i] != '\0')
        g_string_append_printf (out, "%s\n", lines[i]);
      explicit_bzero (lines[i], strlen (lines[i]));
    }
  g_string_append_printf (
      out, AUTH "authmethod = CHAP\n" AUTH "username = %s\n" AUTH "password = %s\n" LAST_LINE "\n",
      username, password);
  return g_string_free (out, FALSE);
}

static gboolean
change_file (Work *work, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *changed = NULL;
  g_autoptr (GError) local = NULL;
  gboolean good;

  if (!g_file_get_contents (path, &text, NULL, &local))
    return roost_throw (error, ROOST_ERROR_IO, "%s", local->message);
  changed = roost_iscsi_record_change (text, work->username, work->password);
  good = g_file_set_contents_full (path, changed, -1, G_FILE_SET_CONTENTS_CONSISTENT, FILE_MODE,
                                   &local);
  explicit_bzero (text, strlen (text));
  explicit_bzero (changed, strlen (changed));
  work->n_changed++;
  return good || roost_throw (error, ROOST_ERROR_IO, "%s", local->message);
}

/* A record is a file, or a folder with one for each interface. */
static gboolean
change_record (Work *work, const char *path, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  if (dir == NULL)
    return change_file (work, path, error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      if (!change_file (work, file, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_of_portal (const char *name, const char *portal)
{
  gsize length = strlen (portal);

  return g_str_has_prefix (name, portal) && (name[length] == '\0' || name[length] == ',');
}

static gboolean
change_folder (Work *work, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, work->target, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *record = g_build_filename (path, name, NULL);

      if (is_of_portal (name, work->portal) && !change_record (work, record, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
change_all (gpointer p, GCancellable *cancellable, GError **error)
{
  Work *work = p;

  for (guint i = 0; work->folders[i] != NULL; i++)
    if (!change_folder (work, work->folders[i], error))
      return FALSE;
  return work->n_changed > 0
         || roost_throw (error, ROOST_ERROR_STORAGE, "iscsiadm has no record of '%s' at '%s'",
                         work->target, work->portal);
}

/* "[fd00::1]:3260" → "fd00::1,3260" */
static char *
record_name (const char *portal)
{
  const char *colon = strrchr (portal, ':');
  g_autofree char *host = g_strndup (portal, (gsize)(colon - portal));
  gsize length = strlen (host);

  if (*host != '[' || length < 2)
    return g_strdup_printf ("%s,%s", host, colon + 1);
  host[length - 1] = '\0';
  return g_strdup_printf ("%s,%s", host + 1, colon + 1);
}

gboolean
roost_iscsi_record_set_password (const char *const *folders,
                                 const char *target,
                                 const char *portal,
                                 const char *username,
                                 const char *password,
                                 GError **error)
{
  g_autofree char *name = record_name (portal);
  Work work = { folders, target, username, password, name, 0 };

  return co_thread (change_all, &work, NULL, error);
}
