/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* zfs, nbd: volumes that programs of the storage tell of. */

#include "base/compat.h"
#include "base/error.h"
#include "model/source-place.h"
#include "storage/backend-tools.h"

#include <inttypes.h>
#include <string.h>

/* --- zfs: a pool or dataset --- */

static gboolean
zfs_start (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  return roost_argv_do (
      roost_argv_begin ("zfs", "list", "-H", "-o", "name", pool->config->source_name, NULL),
      cancellable, error);
}

static gboolean
zfs_is_active (RoostPool *pool)
{
  return zfs_start (pool, NULL, NULL);
}

static void
add_zvol (RoostPool *pool, const char *line, RoostScan *out)
{
  g_auto (GStrv) words = g_strsplit (line, "\t", -1);
  gsize skip = strlen (pool->config->source_name) + 1;
  g_autofree char *path = NULL;
  RoostVolume *volume;

  if (g_strv_length (words) < 3 || strlen (words[0]) <= skip)
    return;
  path = g_build_filename (pool->config->path, words[0] + skip, NULL);
  volume =
      roost_scan_add (out, words[0] + skip, path, ROOST_VOLUME_TYPE_BLOCK, roost_number (words[1]));
  if (volume != NULL)
    volume->allocation = roost_number (words[2]);
}

static gboolean
zfs_space (RoostPool *pool, RoostSpace *out, GCancellable *cancellable, GError **error)
{
  g_autofree char *text =
      roost_argv_ask (roost_argv_begin ("zfs", "list", "-Hp", "-o", "used,available",
                                        pool->config->source_name, NULL),
                      cancellable, error);
  g_auto (GStrv) words = text != NULL ? g_strsplit (g_strchomp (text), "\t", 2) : NULL;

  if (words == NULL)
    return FALSE;
  out->allocation = roost_number (words[0]);
  out->available = words[0] != NULL ? roost_number (words[1]) : 0;
  out->capacity = out->allocation + out->available;
  return TRUE;
}

static gboolean
zfs_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!zfs_space (pool, &out->space, cancellable, error))
    return FALSE;
  text =
      roost_argv_ask (roost_argv_begin ("zfs", "list", "-Hp", "-t", "volume", "-r", "-d", "1", "-o",
                                        "name,volsize,used", pool->config->source_name, NULL),
                      cancellable, error);
  if (text == NULL)
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  roost_scan_begin (out);
  for (guint i = 0; lines[i] != NULL; i++)
    add_zvol (pool, lines[i], out);
  return TRUE;
}

static gboolean
zfs_create (RoostPool *pool, const RoostVolumeConfig *config, GError **error)
{
  gboolean is_sparse =
      config->allocation.is_set && config->allocation.value < config->capacity.value;
  RoostArgv *argv = roost_argv_begin ("zfs", "create", NULL);

  if (is_sparse)
    roost_argv_add (argv, "-s", NULL);
  roost_argv_add (argv, "-V", NULL);
  roost_argv_printf (argv, "%" PRIu64, config->capacity.value);
  roost_argv_printf (argv, "%s/%s", pool->config->source_name, config->name);
  return roost_argv_do (argv, NULL, error);
}

static gboolean
zfs_remove_volume (RoostPool *pool, const RoostVolume *volume, GError **error)
{
  RoostArgv *argv = roost_argv_begin ("zfs", "destroy", NULL);

  roost_argv_printf (argv, "%s/%s", pool->config->source_name, volume->name);
  return roost_argv_do (argv, NULL, error);
}

static gboolean
zfs_resize (RoostPool *pool, const RoostVolume *volume, guint64 capacity, GError **error)
{
  RoostArgv *argv = roost_argv_begin ("zfs", "set", NULL);

  roost_argv_printf (argv, "volsize=%" PRIu64, capacity);
  roost_argv_printf (argv, "%s/%s", pool->config->source_name, volume->name);
  return roost_argv_do (argv, NULL, error);
}

static gboolean
zfs_build (RoostPool *pool, gboolean overwrite, GCancellable *cancellable, GError **error)
{
  RoostArgv *argv = roost_argv_begin ("zpool", "create", NULL);
  RoostPoolDevice *device;

  if (overwrite)
    roost_argv_add (argv, "-f", NULL);
  roost_argv_add (argv, pool->config->source_name, NULL);
  ROOST_LIST_EACH (RoostPoolDevice, device, pool->config->devices)
    roost_argv_add (argv, device->path, NULL);
  return roost_argv_do (argv, cancellable, error);
}

static gboolean
zfs_remove (RoostPool *pool, GError **error)
{
  return roost_argv_do (roost_argv_begin ("zpool", "destroy", pool->config->source_name, NULL),
                        NULL, error);
}

static void
add_zpool (const char *line, gconstpointer data, GString *out)
{
  g_autofree char *text =
      g_markup_printf_escaped ("  <source>\n    <name>%s</name>\n  </source>\n", line);

  g_string_append (out, text);
}

static char *
zfs_sources (const RoostPoolConfig *spec, GError **error)
{
  g_autofree char *text =
      roost_argv_ask (roost_argv_begin ("zpool", "list", "-H", "-o", "name", NULL), NULL, error);

  return text != NULL ? roost_sources (text, add_zpool, NULL) : NULL;
}

static const char *const zfs_tools[] = { "zfs", "zpool", NULL };

const RoostBackend roost_backend_zfs = {
  .kind = ROOST_POOL_KIND_ZFS,
  .flags = ROOST_BACKEND_PRIVILEGED,
  .tools = zfs_tools,
  .start = zfs_start,
  .is_active = zfs_is_active,
  .build = zfs_build,
  .remove = zfs_remove,
  .scan = zfs_scan,
  .create_volume = zfs_create,
  .remove_volume = zfs_remove_volume,
  .resize_volume = zfs_resize,
  .find_sources = zfs_sources,
};

/* --- nbd: the exports of a server --- */

#define NBD_PORT "10809"

static RoostArgv *
nbd_list_command (const RoostPoolConfig *config)
{
  const RoostPoolHost *host = config->hosts->pdata[0];
  RoostArgv *argv = roost_argv_begin ("qemu-nbd", "--list", NULL);

  if (host->transport == ROOST_HOST_TRANSPORT_UNIX)
    roost_argv_add (argv, "-k", host->socket, NULL);
  else
    roost_argv_add (argv, "-b", host->name, "-p", host->port != NULL ? host->port : NBD_PORT, NULL);
  return argv;
}

/* The unnamed export is shown as this. */
#define UNNAMED "default"

static void
nbd_place (const RoostPoolConfig *config, const char *export, RoostStorageSource *out)
{
  const RoostPoolHost *host = config->hosts->pdata[0];

  out->type = ROOST_SOURCE_TYPE_NETWORK;
  out->is_given = TRUE;
  out->protocol = ROOST_NET_PROTOCOL_NBD;
  out->name = *export != '\0' ? g_strdup (export) : NULL;
  roost_source_add_host (out, host->transport, host->name, host->port, host->socket);
}

static char *
nbd_url (const RoostPoolConfig *config, const char *export)
{
  g_auto (RoostStorageSource) source = { 0 };

  nbd_place (config, export, &source);
  return roost_source_url (&source);
}

static void
nbd_locate (RoostPool *pool, const RoostVolume *volume, RoostStorageSource *out)
{
  g_autofree char *unnamed = nbd_url (pool->config, "");

  nbd_place (pool->config, g_strcmp0 (volume->path, unnamed) == 0 ? "" : volume->name, out);
}

/* "export: 'NAME'", and below it "size:  1048576". */
static void
read_exports (RoostPool *pool, const char *text, RoostScan *out)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  const char *wanted = pool->config->source_name;
  RoostVolume *volume = NULL;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strstrip (lines[i]);

      if (g_str_has_prefix (line, "export: '") && g_str_has_suffix (line, "'"))
        {
          const char *from = line + strlen ("export: '");
          g_autofree char *name = g_strndup (from, strlen (from) - 1);
          g_autofree char *url = nbd_url (pool->config, name);

          volume = NULL;
          if (wanted == NULL || g_str_equal (wanted, name))
            volume = roost_scan_add (out, *name != '\0' ? name : UNNAMED, url,
                                     ROOST_VOLUME_TYPE_NETWORK, 0);
        }
      else if (volume != NULL && g_str_has_prefix (line, "size:"))
        {
          volume->capacity = volume->allocation = volume->physical =
              roost_number (g_strchug (lines[i] + (line - lines[i]) + strlen ("size:")));
          out->space.capacity += volume->capacity;
          out->space.allocation += volume->capacity;
        }
    }
}

static gboolean
nbd_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  g_autofree char *text = roost_argv_ask (nbd_list_command (pool->config), cancellable, error);

  if (text == NULL)
    return FALSE;
  roost_scan_begin (out);
  read_exports (pool, text, out);
  return TRUE;
}

static gboolean
nbd_start (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  return TRUE; /* the scan that follows asks the server */
}

static const char *const nbd_tools[] = { "qemu-nbd", NULL };

const RoostBackend roost_backend_nbd = {
  .kind = ROOST_POOL_KIND_NBD,
  .tools = nbd_tools,
  .start = nbd_start,
  .is_active = roost_always_active,
  .scan = nbd_scan,
  .locate = nbd_locate,
};
