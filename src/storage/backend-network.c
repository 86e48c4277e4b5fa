/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rbd, zfs, nbd: volumes that programs of the storage tell of. */

#include "base/compat.h"
#include "base/error.h"
#include "storage/backend-tools.h"

#include <inttypes.h>
#include <string.h>

/* --- rbd: a pool of Ceph --- */

/* Adds who to ask, and as whom. */
static void
add_cluster (const RoostPoolConfig *config, RoostArgv *argv)
{
  g_autoptr (GString) hosts = g_string_new (NULL);
  RoostPoolHost *host;
  RoostPoolOption *option;

  ROOST_LIST_EACH (RoostPoolHost, host, config->hosts)
    {
      gboolean is_v6 = strchr (host->name, ':') != NULL;

      g_string_append_printf (hosts, is_v6 ? "%s[%s]" : "%s%s", hosts->len > 0 ? "," : "",
                              host->name);
      if (host->port != NULL)
        g_string_append_printf (hosts, ":%s", host->port);
    }
  roost_argv_add (argv, "-m", hosts->str, "-p", config->source_name, NULL);
  ROOST_LIST_EACH (RoostPoolOption, option, config->rbd_options)
    roost_argv_printf (argv, "--%s=%s", option->name, option->value);
}

static RoostArgv *
rbd_command (RoostPool *pool, const char *verb)
{
  RoostArgv *argv = roost_argv_begin ("rbd", verb, NULL);

  add_cluster (pool->config, argv);
  return argv;
}

static void
add_image (RoostPool *pool, JsonObject *row, RoostScan *out)
{
  const char *name = roost_json_string (row, "image");
  gint64 size = roost_json_int (row, "size", 0);
  g_autofree char *path = NULL;

  if (name == NULL || roost_json_string (row, "snapshot") != NULL)
    return;
  path = g_strdup_printf ("%s/%s", pool->config->source_name, name);
  roost_scan_add (out, name, path, ROOST_VOLUME_TYPE_NETWORK, (guint64)MAX (size, 0));
}

static gboolean
rbd_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  RoostArgv *argv = rbd_command (pool, "ls");
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) document = NULL;
  JsonArray *rows;

  roost_argv_add (argv, "--long", "--format", "json", NULL);
  text = roost_argv_ask (argv, cancellable, error);
  document = text != NULL ? roost_json_parse (text, strlen (text), error) : NULL;
  if (document == NULL)
    return FALSE;
  rows = roost_json_node_array (document);
  roost_scan_begin (out);
  for (guint i = 0; i < roost_json_length (rows); i++)
    add_image (pool, roost_json_object_at (rows, i), out);
  return TRUE;
}

static gboolean
rbd_start (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  if (pool->config->auth != NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "a cluster that wants a key is not supported for pools");
  return TRUE; /* the scan that follows asks it */
}

static gboolean
always_active (RoostPool *pool)
{
  return TRUE;
}

static gboolean
rbd_create (RoostPool *pool, const RoostVolumeConfig *config, GError **error)
{
  RoostArgv *argv = rbd_command (pool, "create");

  roost_argv_add (argv, "--size", NULL);
  roost_argv_printf (argv, "%" PRIu64 "B", config->capacity.value);
  roost_argv_add (argv, "--image", config->name, NULL);
  return roost_argv_do (argv, NULL, error);
}

static gboolean
rbd_remove (RoostPool *pool, const RoostVolume *volume, GError **error)
{
  RoostArgv *argv = rbd_command (pool, "rm");

  roost_argv_add (argv, "--no-progress", "--image", volume->name, NULL);
  return roost_argv_do (argv, NULL, error);
}

static gboolean
rbd_resize (RoostPool *pool, const RoostVolume *volume, guint64 capacity, GError **error)
{
  RoostArgv *argv = rbd_command (pool, "resize");

  roost_argv_add (argv, "--no-progress", "--allow-shrink", "--size", NULL);
  roost_argv_printf (argv, "%" PRIu64 "B", capacity);
  roost_argv_add (argv, "--image", volume->name, NULL);
  return roost_argv_do (argv, NULL, error);
}

static const char *const rbd_tools[] = { "rbd", NULL };

const RoostBackend roost_backend_rbd = {
  .kind = ROOST_POOL_KIND_RBD,
  .tools = rbd_tools,
  .start = rbd_start,
  .is_active = always_active,
  .scan = rbd_scan,
  .create_volume = rbd_create,
  .remove_volume = rbd_remove,
  .resize_volume = rbd_resize,
};

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

/* Returns: (transfer full): as QEMU takes it */
static char *
nbd_url (const RoostPoolConfig *config, const char *name)
{
  const RoostPoolHost *host = config->hosts->pdata[0];
  g_autofree char *export = g_uri_escape_string (name, NULL, FALSE);
  g_autofree char *portal = NULL;

  if (host->transport == ROOST_HOST_TRANSPORT_UNIX)
    {
      g_autofree char *socket = g_uri_escape_string (host->socket, "/", FALSE);

      return g_strdup_printf ("nbd+unix:///%s?socket=%s", export, socket);
    }
  portal = roost_pool_portal (config, (guint)roost_number (NBD_PORT));
  return g_strdup_printf ("nbd://%s/%s", portal, export);
}

/* "export: 'NAME'", and below it "size:  1048576". The unnamed export is called "default". */
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
            volume = roost_scan_add (out, *name != '\0' ? name : "default", url,
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
  .is_active = always_active,
  .scan = nbd_scan,
};
