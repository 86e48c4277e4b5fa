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

static gboolean
zfs_space (RoostPool *pool, RoostSpace *out, GCancellable *cancellable, GError **error)
{
  g_autofree char *text =
      roost_argv_ask (roost_argv_begin ("zfs", "list", "-Hp", "-o", "used,available",
                                        pool->config->source_name, NULL),
                      cancellable, error);

  return text != NULL && roost_answer_zfs_space (text, out, error);
}

static gboolean
zfs_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GPtrArray) answers = NULL;

  if (!zfs_space (pool, &out->space, cancellable, error))
    return FALSE;
  text =
      roost_argv_ask (roost_argv_begin ("zfs", "list", "-Hp", "-t", "volume", "-r", "-d", "1", "-o",
                                        "name,volsize,used", pool->config->source_name, NULL),
                      cancellable, error);
  if (text == NULL)
    return FALSE;
  answers = roost_answers_zfs (text, pool->config->source_name, error);
  return roost_scan_blocks (pool, out, answers);
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
add_zpool (const char *name, gconstpointer data, GString *out)
{
  g_autofree char *text =
      g_markup_printf_escaped ("  <source>\n    <name>%s</name>\n  </source>\n", name);

  g_string_append (out, text);
}

static char *
zfs_sources (const RoostPoolConfig *spec, GError **error)
{
  g_autofree char *text =
      roost_argv_ask (roost_argv_begin ("zpool", "list", "-H", "-o", "name", NULL), NULL, error);

  return text != NULL ? roost_sources (roost_answers_lines (text), add_zpool, NULL) : NULL;
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

static void
add_export (RoostPool *pool, const RoostAnswer *answer, RoostScan *out)
{
  const char *wanted = pool->config->source_name;
  g_autofree char *url = NULL;

  if (wanted != NULL && !g_str_equal (wanted, answer->name))
    return;
  url = nbd_url (pool->config, answer->name);
  if (roost_scan_add (out, *answer->name != '\0' ? answer->name : UNNAMED, url,
                      ROOST_VOLUME_TYPE_NETWORK, answer->size)
      != NULL)
    roost_scan_count (out, answer->size);
}

static gboolean
nbd_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  g_autofree char *text = roost_argv_ask (nbd_list_command (pool->config), cancellable, error);
  g_autoptr (GPtrArray) answers = text != NULL ? roost_answers_nbd (text, error) : NULL;
  RoostAnswer *answer;

  if (answers == NULL)
    return FALSE;
  roost_scan_begin (out);
  ROOST_LIST_EACH (RoostAnswer, answer, answers)
    add_export (pool, answer, out);
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
