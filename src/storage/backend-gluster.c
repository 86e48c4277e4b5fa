/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* gluster: the files in a folder of a GlusterFS volume. QEMU speaks to its servers itself; we look
 * at it through a mount in the run folder, that nobody else sees. */

#include "base/compat.h"
#include "base/error.h"
#include "base/file.h"
#include "model/source-place.h"
#include "storage/backend-files.h"
#include "storage/backend-tools.h"
#include "storage/storage-private.h"

#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>

/* A server that does not answer holds mount(8) for minutes. */
#define MOUNT_MS (60 * 1000)

static char *
mount_point (RoostPool *pool)
{
  return g_build_filename (pool->storage->run_dir, "gluster", pool->config->uuid, NULL);
}

/* The folder of the volumes, as we see it. */
static char *
folder_of (RoostPool *pool)
{
  g_autofree char *mount = mount_point (pool);

  return g_build_filename (mount, pool->config->dir, NULL);
}

/* What mount takes: "HOST:/VOLUME", and the other servers as an option. */
static char *
mount_source (const RoostPoolConfig *config)
{
  return g_strdup_printf ("%s:/%s", ((RoostPoolHost *)config->hosts->pdata[0])->name,
                          config->source_name);
}

static char *
mount_options (const RoostPoolConfig *config)
{
  GString *options = g_string_new ("nodev,nosuid,noexec,direct-io-mode=1");

  for (guint i = 1; i < config->hosts->len; i++)
    g_string_append_printf (options, "%s%s", i == 1 ? ",backup-volfile-servers=" : ":",
                            ((RoostPoolHost *)config->hosts->pdata[i])->name);
  return g_string_free (options, FALSE);
}

static gboolean
make_folder (gpointer path, GCancellable *cancellable, GError **error)
{
  return roost_dir_make (path, 0700, error);
}

static gboolean
gluster_stop (RoostPool *pool, GError **error)
{
  g_autofree char *path = mount_point (pool);
  g_autofree char *there = roost_mounted_on (path);

  if (there != NULL && !roost_argv_do (roost_argv_begin ("umount", path, NULL), NULL, error))
    return FALSE;
  g_rmdir (path);
  return TRUE;
}

static gboolean
gluster_start (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  const RoostToolOptions options = { .timeout_ms = MOUNT_MS };
  g_autofree char *path = mount_point (pool);
  g_autofree char *there = roost_mounted_on (path);
  g_autofree char *source = mount_source (pool->config);
  g_autofree char *words = mount_options (pool->config);
  g_autofree char *output = NULL;

  if (there != NULL)
    return TRUE;
  if (!co_thread (make_folder, path, NULL, error))
    return FALSE;
  output = roost_argv_run (
      roost_argv_begin ("mount", "-t", "glusterfs", "-o", words, source, path, NULL), &options,
      cancellable, error);
  if (output == NULL)
    g_rmdir (path);
  return output != NULL;
}

static gboolean
gluster_is_active (RoostPool *pool)
{
  g_autofree char *path = mount_point (pool);
  g_autofree char *there = roost_mounted_on (path);

  return there != NULL;
}

/* --- volumes --- */

static void
gluster_locate (RoostPool *pool, const RoostVolume *volume, RoostStorageSource *out)
{
  const RoostPoolConfig *config = pool->config;
  const RoostPoolHost *host;

  out->type = ROOST_SOURCE_TYPE_NETWORK;
  out->is_given = TRUE;
  out->protocol = ROOST_NET_PROTOCOL_GLUSTER;
  out->name = g_build_filename (config->source_name, config->dir, volume->name, NULL);
  ROOST_LIST_EACH (const RoostPoolHost, host, config->hosts)
    roost_source_add_host (out, ROOST_HOST_TRANSPORT_UNSET, host->name, host->port, NULL);
}

typedef struct
{
  char *folder;
  RoostScan *scan;
} Scan;

static gboolean
scan_in_thread (gpointer p, GCancellable *cancellable, GError **error)
{
  Scan *work = p;

  work->scan->volumes = roost_folder_scan (work->folder, cancellable, error);
  return work->scan->volumes != NULL
         && roost_folder_space (work->folder, &work->scan->space, error);
}

/* They are files for us, and on a server for all others. */
static void
show_remote (RoostPool *pool, RoostVolume *volume)
{
  g_auto (RoostStorageSource) source = { 0 };

  gluster_locate (pool, volume, &source);
  volume->path = roost_source_url (&source);
  volume->type =
      volume->type == ROOST_VOLUME_TYPE_DIR ? ROOST_VOLUME_TYPE_NETDIR : ROOST_VOLUME_TYPE_NETWORK;
}

static gboolean
gluster_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  g_autofree char *folder = folder_of (pool);
  Scan work = { folder, out };

  if (!co_thread (scan_in_thread, &work, cancellable, error))
    return FALSE;
  for (guint i = 0; i < out->volumes->len; i++)
    show_remote (pool, out->volumes->pdata[i]);
  return TRUE;
}

static gboolean
gluster_create (RoostPool *pool, const RoostVolumeConfig *config, GError **error)
{
  g_autofree char *folder = folder_of (pool);
  g_autofree char *path = g_build_filename (folder, config->name, NULL);
  RoostArgv *argv = roost_argv_begin ("qemu-img", "create", "-q", "-f", "raw", path, NULL);

  roost_argv_printf (argv, "%" PRIu64, config->capacity.value);
  return roost_argv_do (argv, NULL, error);
}

typedef struct
{
  char *folder;
  const char *name;
} Remove;

static gboolean
remove_in_thread (gpointer p, GCancellable *cancellable, GError **error)
{
  const Remove *work = p;

  return roost_folder_remove (work->folder, work->name, error);
}

static gboolean
gluster_remove (RoostPool *pool, const RoostVolume *volume, GError **error)
{
  g_autofree char *folder = folder_of (pool);
  g_autofree char *name = g_strdup (volume->name);
  Remove work = { folder, name };

  return co_thread (remove_in_thread, &work, NULL, error);
}

static gboolean
gluster_resize (RoostPool *pool, const RoostVolume *volume, guint64 capacity, GError **error)
{
  g_autofree char *folder = folder_of (pool);
  g_autofree char *path = g_build_filename (folder, volume->name, NULL);
  const char *format = roost_volume_format_is_image (volume->format) ? volume->format : "raw";
  RoostArgv *argv =
      roost_argv_begin ("qemu-img", "resize", "-q", "-f", format, "--shrink", path, NULL);

  roost_argv_printf (argv, "%" PRIu64, capacity);
  return roost_argv_do (argv, NULL, error);
}

static const char *const gluster_tools[] = { "mount", "mount.glusterfs", NULL };

const RoostBackend roost_backend_gluster = {
  .kind = ROOST_POOL_KIND_GLUSTER,
  .flags = ROOST_BACKEND_PRIVILEGED,
  .tools = gluster_tools,
  .start = gluster_start,
  .stop = gluster_stop,
  .is_active = gluster_is_active,
  .scan = gluster_scan,
  .locate = gluster_locate,
  .create_volume = gluster_create,
  .remove_volume = gluster_remove,
  .resize_volume = gluster_resize,
};
