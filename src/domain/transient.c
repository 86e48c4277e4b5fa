/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/transient.h"

#include "base/co.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "domain/view-volumes.h"
#include "storage/tool.h"

#include <errno.h>
#include <glib/gstdio.h>

#define SUFFIX ".qcow2"

/* Of a folder whose files are being removed. */
#define DOOMED "old-"

static char *
top_of (const RoostManager *manager)
{
  return g_build_filename (manager->places->state_dir, "transient", NULL);
}

static char *
folder_of (const RoostManager *manager, const char *uuid)
{
  return g_build_filename (manager->places->state_dir, "transient", uuid, NULL);
}

static char *
path_of (const RoostDomain *domain, const char *alias)
{
  g_autofree char *folder = folder_of (domain->manager, domain->uuid);
  g_autofree char *name = g_strconcat (alias, SUFFIX, NULL);

  return g_build_filename (folder, name, NULL);
}

/* --- making --- */

static gboolean
make_folder (RoostDomain *domain, GError **error)
{
  g_autofree char *top = top_of (domain->manager);
  g_autofree char *folder = folder_of (domain->manager, domain->uuid);

  return roost_dir_make (top, domain->manager->places->is_privileged ? 0711 : 0700, error)
         && roost_dir_make (folder, 0700, error)
         && roost_manager_give_to_qemu (domain->manager, folder, error);
}

static gboolean
make_overlay (RoostDomain *domain, const RoostTransientDisk *disk, const char *path, GError **error)
{
  const char *argv[] = { "qemu-img",   "create", "-q",       "-f", "qcow2", "-F",
                         disk->format, "-b",     disk->path, "--", path,    NULL };
  RoostToolOptions options = { .timeout_ms = ROOST_TOOL_QUICK_MS, .is_bounded = TRUE };
  g_autofree char *said = NULL;

  if (disk->is_encrypted)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "disk '%s': an encrypted image cannot be <transient/>", disk->target);
  said = roost_tool_run (argv, &options, NULL, error);
  if (said == NULL)
    {
      g_prefix_error (error, "disk '%s': its overlay cannot be made: ", disk->target);
      return FALSE;
    }
  return roost_manager_give_to_qemu (domain->manager, path, error);
}

static gboolean
make_one (RoostDomain *domain,
          RoostDomainConfig *config,
          const RoostTransientDisk *disk,
          GError **error)
{
  g_autofree char *path = path_of (domain, disk->alias);

  if (!make_folder (domain, error) || !make_overlay (domain, disk, path, error))
    return FALSE;
  roost_view_put_overlay (config, disk->alias, path);
  return TRUE;
}

gboolean
roost_transient_make (RoostDomain *domain,
                      RoostDomainConfig *config,
                      const char *alias,
                      GError **error)
{
  g_autoptr (GPtrArray) disks = roost_view_transients (config);

  for (guint i = 0; i < disks->len; i++)
    {
      const RoostTransientDisk *disk = disks->pdata[i];

      if (domain->manager == NULL)
        return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "the daemon ends");
      if ((alias == NULL || g_strcmp0 (alias, disk->alias) == 0)
          && !make_one (domain, config, disk, error))
        return FALSE;
    }
  return TRUE;
}

/* --- removing, which takes time when they are large --- */

static gboolean
unlink_in_thread (gpointer path, GCancellable *cancellable, GError **error)
{
  g_unlink (path);
  return TRUE;
}

void
roost_transient_forget (RoostDomain *domain, const char *alias)
{
  g_autofree char *path = path_of (domain, alias);

  co_thread (unlink_in_thread, path, NULL, NULL);
}

static gboolean
remove_in_thread (gpointer folder, GCancellable *cancellable, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
  return TRUE;
}

static void
remove_body (gpointer p)
{
  g_autofree char *folder = p;

  co_thread (remove_in_thread, folder, NULL, NULL);
}

/* Under another name first: the next start of the guest makes its folder anew. */
static void
remove_later (RoostManager *manager, const char *name)
{
  g_autofree char *top = top_of (manager);
  g_autofree char *folder = g_build_filename (top, name, NULL);
  char *doomed = g_strdup_printf ("%s/" DOOMED "%s-%08x", top, name, g_random_int ());

  if (g_rename (folder, doomed) == 0)
    {
      co_spawn ("remove-overlays", remove_body, doomed);
      return;
    }
  if (errno != ENOENT)
    roost_warning ("%s cannot be removed: %s", folder, g_strerror (errno));
  g_free (doomed);
}

void
roost_transient_drop (RoostManager *manager, const char *uuid)
{
  remove_later (manager, uuid);
}

static gboolean
is_in_use (RoostManager *manager, const char *name)
{
  const RoostDomain *domain = roost_manager_find_uuid (manager, name);

  return domain != NULL && domain->run != NULL;
}

void
roost_transient_sweep (RoostManager *manager)
{
  g_autofree char *top = top_of (manager);
  g_autoptr (GDir) dir = g_dir_open (top, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (!is_in_use (manager, name))
      g_ptr_array_add (names, g_strdup (name));
  for (guint i = 0; i < names->len; i++)
    remove_later (manager, names->pdata[i]);
}
