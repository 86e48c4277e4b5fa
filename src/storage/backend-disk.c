/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* disk: the partitions of a disk, by parted's output for machines. */

#include "base/error.h"
#include "storage/backend-tools.h"
#include "storage/partitions.h"

#include <inttypes.h>
#include <string.h>

#define BLOCK ((guint64)4096)

static const RoostPoolDevice *
device_of (RoostPool *pool)
{
  return pool->config->devices->pdata[0];
}

static RoostArgv *
parted (RoostPool *pool)
{
  return roost_argv_begin ("parted", "--script", "--machine", device_of (pool)->path, "unit", "B",
                           NULL);
}

/* What stands between the disk's name and a number: "sda1", "nvme0n1p1". */
static const char *
separator (const RoostPoolDevice *device)
{
  gsize length = strlen (device->path);

  if (device->part_separator != ROOST_UNSET)
    return device->part_separator == ROOST_YES ? "p" : "";
  return g_ascii_isdigit (device->path[length - 1]) ? "p" : "";
}

static char *
partition_path (RoostPool *pool, guint64 number)
{
  return g_strdup_printf ("%s%s%" PRIu64, device_of (pool)->path, separator (device_of (pool)),
                          number);
}

/* Returns: (transfer full): of RoostPart */
static GArray *
print_parts (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  RoostArgv *argv = parted (pool);
  g_autofree char *text = NULL;

  roost_argv_add (argv, "print", "free", NULL);
  text = roost_argv_ask (argv, cancellable, error);
  return text != NULL ? roost_parts_read (text, error) : NULL;
}

static gboolean
disk_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  g_autoptr (GArray) parts = print_parts (pool, cancellable, error);

  if (parts == NULL)
    return FALSE;
  roost_scan_begin (out);
  for (guint i = 0; i < parts->len; i++)
    {
      const RoostPart *part = &g_array_index (parts, RoostPart, i);
      g_autofree char *path = partition_path (pool, part->number);
      g_autofree char *name = g_path_get_basename (path);

      if (part->is_free)
        roost_scan_count_free (out, part->size);
      else if (!part->holds_others)
        {
          roost_scan_add (out, name, path, ROOST_VOLUME_TYPE_BLOCK, part->size);
          roost_scan_count (out, part->size);
        }
    }
  return TRUE;
}

static gboolean
disk_start (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  return TRUE; /* the scan that follows reads the table, or says why not */
}

static gboolean
disk_is_active (RoostPool *pool)
{
  return TRUE;
}

static const char *
label_of (const RoostPoolConfig *config)
{
  if (g_strcmp0 (config->format, "unknown") == 0 || g_strcmp0 (config->format, "dos") == 0)
    return "msdos";
  return config->format;
}

static gboolean
disk_build (RoostPool *pool, gboolean overwrite, GCancellable *cancellable, GError **error)
{
  RoostArgv *argv;

  if (!overwrite)
    {
      g_autoptr (GArray) parts = print_parts (pool, cancellable, NULL);

      if (parts != NULL)
        return roost_throw (error, ROOST_ERROR_EXISTS,
                            "'%s' has a partition table; the option 'overwrite' loses it",
                            device_of (pool)->path);
    }
  argv = parted (pool);
  roost_argv_add (argv, "mklabel", label_of (pool->config), NULL);
  return roost_argv_do (argv, cancellable, error);
}

/* A partition ends with a sector, and takes whole blocks. */
static guint64
size_of_new (const RoostVolumeConfig *config)
{
  return (config->capacity.value + BLOCK - 1) / BLOCK * BLOCK;
}

static gboolean
disk_create (RoostPool *pool, const RoostVolumeConfig *config, GError **error)
{
  g_autoptr (GArray) parts = print_parts (pool, NULL, error);
  g_autofree char *path = NULL;
  g_autofree char *name = NULL;
  guint64 size = size_of_new (config);
  guint64 start, number;
  RoostArgv *argv;

  if (parts == NULL)
    return FALSE;
  if (!roost_parts_find_room (parts, size, &start, &number))
    return roost_throw (error, ROOST_ERROR_NO_SPACE, "'%s' has no gap of %" PRIu64 " bytes",
                        device_of (pool)->path, size);
  path = partition_path (pool, number);
  name = g_path_get_basename (path);
  if (!g_str_equal (name, config->name))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the next partition of '%s' is called '%s', not '%s'",
                        device_of (pool)->path, name, config->name);
  argv = parted (pool);
  roost_argv_add (argv, "mkpart", "primary", NULL);
  roost_argv_printf (argv, "%" PRIu64 "B", start);
  roost_argv_printf (argv, "%" PRIu64 "B", start + size - 1);
  return roost_argv_do (argv, NULL, error);
}

static gboolean
disk_remove_volume (RoostPool *pool, const RoostVolume *volume, GError **error)
{
  gsize length = strlen (volume->name);
  RoostArgv *argv;

  while (length > 0 && g_ascii_isdigit (volume->name[length - 1]))
    length--;
  argv = parted (pool);
  roost_argv_add (argv, "rm", volume->name + length, NULL);
  return roost_argv_do (argv, NULL, error);
}

static const char *const tools[] = { "parted", NULL };

const RoostBackend roost_backend_disk = {
  .kind = ROOST_POOL_KIND_DISK,
  .flags = ROOST_BACKEND_PRIVILEGED,
  .tools = tools,
  .start = disk_start,
  .is_active = disk_is_active,
  .build = disk_build,
  .scan = disk_scan,
  .create_volume = disk_create,
  .remove_volume = disk_remove_volume,
};
