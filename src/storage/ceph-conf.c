/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/ceph-conf.h"

#include "base/compat.h"
#include "base/error.h"
#include "base/file.h"
#include "storage/storage-private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define USUAL_FILE  "/etc/ceph/ceph.conf"
#define FOLDER_MODE 0711
#define FILE_MODE   0640

char *
roost_ceph_conf_path (RoostPool *pool)
{
  g_autofree char *name = g_strconcat (pool->config->uuid, ".conf", NULL);

  if (pool->config->rbd_options == NULL || pool->config->rbd_options->len == 0)
    return NULL;
  return g_build_filename (pool->storage->run_dir, "ceph", name, NULL);
}

/* In a file, a name and a value have no means for these. */
#define NOT_IN_NAME  "=[]" NOT_IN_VALUE
#define NOT_IN_VALUE "#;\"\\"

static gboolean
can_hold (const char *text, const char *refused)
{
  for (const char *p = text; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p) || strchr (refused, *p) != NULL)
      return FALSE;
  return TRUE;
}

/* Returns: (transfer full): the section of the pool's user, where an option wins over all others */
static char *
section_of (const RoostPoolConfig *config, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  RoostPoolOption *option;

  g_string_printf (text, "\n[client.%s]\n",
                   config->auth != NULL ? config->auth->username : ROOST_CEPH_USUAL_USER);
  ROOST_LIST_EACH (RoostPoolOption, option, config->rbd_options)
    {
      if (!can_hold (option->name, NOT_IN_NAME) || !can_hold (option->value, NOT_IN_VALUE))
        {
          roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                       "the option '%s' of the pool '%s' has a character that no configuration of "
                       "Ceph can hold",
                       option->name, config->name);
          return NULL;
        }
      g_string_append_printf (text, "%s = \"%s\"\n", option->name, option->value);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

typedef struct
{
  const char *path, *section;
  gid_t group; /* of QEMU; -1: our own */
} Work;

static gboolean
write_in_thread (gpointer p, GCancellable *cancellable, GError **error)
{
  const Work *work = p;
  const char *usual_file = g_getenv ("CEPH_CONF");
  g_autofree char *folder = g_path_get_dirname (work->path);
  g_autofree char *usual = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) local = NULL;

  g_file_get_contents (usual_file != NULL ? usual_file : USUAL_FILE, &usual, NULL, NULL);
  text = g_strconcat (usual != NULL ? usual : "", work->section, NULL);
  if (!roost_dir_make (folder, FOLDER_MODE, error))
    return FALSE;
  if (!g_file_set_contents_full (work->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                 &local))
    return roost_throw (error, ROOST_ERROR_IO, "%s", local->message);
  if (chown (work->path, (uid_t)-1, work->group) < 0 || chmod (work->path, FILE_MODE) < 0)
    return roost_throw_errno (error, errno, "cannot give '%s' to QEMU", work->path);
  return TRUE;
}

gboolean
roost_ceph_conf_write (RoostPool *pool, GError **error)
{
  g_autofree char *path = roost_ceph_conf_path (pool);
  g_autofree char *section = path != NULL ? section_of (pool->config, error) : NULL;
  Work work = { path, section, pool->storage->group };

  if (path == NULL)
    return TRUE;
  return section != NULL && co_thread (write_in_thread, &work, NULL, error);
}

gboolean
roost_ceph_conf_remove (RoostPool *pool, GError **error)
{
  g_autofree char *path = roost_ceph_conf_path (pool);

  return path == NULL || roost_file_remove (path, error);
}
