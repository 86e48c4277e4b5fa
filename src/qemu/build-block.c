/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

#include <string.h>

/* Block nodes: for each image a storage node (where the bytes are), at times a slice of it, and a
 * format node, and the same for each image that backs it. */

/* --- what a disk says for all the nodes of its chain --- */

/* Who shares a disk must not see what the host has cached. */
RoostDiskCache
roost_disk_cache (const RoostDisk *disk)
{
  gboolean is_given =
      disk->cache != ROOST_DISK_CACHE_UNSET && disk->cache != ROOST_DISK_CACHE_DEFAULT;

  if (!is_given && disk->shareable && !disk->readonly)
    return ROOST_DISK_CACHE_NONE;
  return disk->cache;
}

static void
put_cache (JsonObject *node, const RoostDisk *disk)
{
  RoostDiskCache mode = disk != NULL ? roost_disk_cache (disk) : ROOST_DISK_CACHE_UNSET;
  JsonObject *cache;

  if (mode == ROOST_DISK_CACHE_UNSET || mode == ROOST_DISK_CACHE_DEFAULT)
    return;
  cache = json_object_new ();
  roost_put_bool (cache, "direct",
                  mode == ROOST_DISK_CACHE_NONE || mode == ROOST_DISK_CACHE_DIRECTSYNC);
  roost_put_bool (cache, "no-flush", mode == ROOST_DISK_CACHE_UNSAFE);
  roost_put_child (node, "cache", cache);
}

static void
put_aio (JsonObject *node, const RoostStorageSource *source, const RoostDisk *disk)
{
  gboolean is_local =
      source->type == ROOST_SOURCE_TYPE_FILE || source->type == ROOST_SOURCE_TYPE_BLOCK;

  if (disk == NULL || !is_local || disk->io == ROOST_DISK_IO_UNSET
      || disk->io == ROOST_DISK_IO_DEFAULT)
    return;
  roost_put_string (node, "aio", roost_disk_io_names[disk->io]);
}

static gboolean
add_reservations (RoostBuild *build, JsonObject *node, const RoostStorageSource *source)
{
  const RoostReservations *reservations = source->reservations;
  JsonObject *manager;
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;

  if (reservations == NULL || reservations->enabled == ROOST_NO)
    return TRUE;
  id = g_strdup (reservations->managed == ROOST_NO
                     ? json_object_get_string_member (node, "node-name")
                     : "pr-helper0");
  if (reservations->managed == ROOST_NO)
    path = g_strdup (reservations->path);
  else
    path = roost_build_run_path (build, "pr-helper0.sock");
  manager = roost_object_new ("qom-type", "pr-manager-helper");
  roost_put_printf (manager, "id", "%s%s", reservations->managed == ROOST_NO ? "pr-helper-" : "",
                    id);
  roost_put_string (manager, "path", path);
  roost_put_string (node, "pr-manager", json_object_get_string_member (manager, "id"));
  roost_build_object (build, manager);
  return TRUE;
}

gboolean
roost_build_storage (RoostBuild *build,
                     const RoostStorageSource *source,
                     const char *node,
                     const RoostDisk *disk,
                     GError **error)
{
  const RoostSourceAuth *auth = disk != NULL && source == &disk->source ? disk->auth : NULL;
  g_autoptr (JsonObject) object = roost_storage_object (build, source, auth, node, error);

  if (object == NULL)
    return FALSE;
  if (disk != NULL && disk->device == ROOST_DISK_DEVICE_FLOPPY
      && source->type == ROOST_SOURCE_TYPE_DIR)
    roost_put_bool (object, "floppy", TRUE);
  if (disk != NULL && disk->device == ROOST_DISK_DEVICE_CDROM
      && source->type == ROOST_SOURCE_TYPE_BLOCK
      && (g_str_has_prefix (source->dev, "/dev/cdrom")
          || g_str_has_prefix (source->dev, "/dev/sr")))
    roost_put_string (object, "driver", "host_cdrom");
  put_aio (object, source, disk);
  roost_put_string (object, "node-name", node);
  put_cache (object, disk);
  roost_put_bool (object, "auto-read-only", TRUE);
  roost_put_string (object, "discard", "unmap");
  add_reservations (build, object, source);
  roost_build_blockdev (build, g_steal_pointer (&object));
  return TRUE;
}

/* --- format --- */

static const RoostSlice *
storage_slice (const RoostStorageSource *source)
{
  const RoostSlice *slice;

  ROOST_LIST_EACH (RoostSlice, slice, source->slices)
    {
      if (g_strcmp0 (slice->type, "storage") == 0)
        return slice;
    }
  return NULL;
}

/* One image of a chain. */
typedef struct
{
  const char *name; /* the nodes are NAME-storage, NAME-format */
  const RoostStorageSource *source;
  const char *format;
  const RoostEncryption *encryption;
  RoostUint cache_max_size;
  gboolean is_read_only;
  gboolean is_top;
  const char *backing; /* (nullable): the format node below; "" ends the chain */
} Image;

static const RoostSecret *
first_secret (const RoostEncryption *encryption)
{
  return encryption->secrets != NULL ? encryption->secrets->pdata[0] : NULL;
}

/* Adds the secret of an encrypted image. Returns: (transfer full): its id */
static char *
add_passphrase (RoostBuild *build, const char *node, const RoostEncryption *encryption)
{
  const RoostSecret *secret = first_secret (encryption);
  char *id = g_strdup_printf ("%s-encryption-secret0", node);

  roost_build_secret (build, id, secret != NULL ? secret->uuid : NULL,
                      secret != NULL ? secret->usage : NULL);
  return id;
}

static gboolean
is_luks (const RoostEncryption *encryption)
{
  return encryption != NULL && encryption->engine != ROOST_ENCRYPTION_ENGINE_LIBRBD
         && (encryption->format == ROOST_ENCRYPTION_FORMAT_LUKS
             || encryption->format == ROOST_ENCRYPTION_FORMAT_LUKS2);
}

static void
put_encryption (RoostBuild *build, JsonObject *node, const Image *image, const char *name)
{
  const RoostEncryption *encryption = image->encryption;
  g_autofree char *id = NULL;
  JsonObject *encrypt;

  if (encryption == NULL || encryption->engine == ROOST_ENCRYPTION_ENGINE_LIBRBD)
    return;
  id = add_passphrase (build, name, encryption);
  if (g_str_equal (image->format, "raw"))
    {
      roost_put_string (node, "driver", "luks");
      roost_put_string (node, "key-secret", id);
      return;
    }
  encrypt = roost_object_new ("format", is_luks (encryption) ? "luks" : "aes");
  roost_put_string (encrypt, "key-secret", id);
  roost_put_child (node, "encrypt", encrypt);
}

static void
put_slice (JsonObject *node, const RoostSlice *slice)
{
  roost_put_int (node, "offset", (gint64)slice->offset.value);
  roost_put_int (node, "size", (gint64)slice->size.value);
}

/* A slice of a raw image is the format node itself; of another one it needs a node between. */
static void
build_slice (RoostBuild *build,
             const RoostSlice *slice,
             const char *name,
             const char *storage,
             const RoostDisk *disk)
{
  JsonObject *node = roost_object_new ("driver", "raw");

  roost_put_string (node, "node-name", name);
  put_slice (node, slice);
  roost_put_string (node, "file", storage);
  roost_put_bool (node, "auto-read-only", TRUE);
  roost_put_string (node, "discard", "unmap");
  put_cache (node, disk);
  roost_build_blockdev (build, node);
}

static void
put_discard (JsonObject *node, const RoostDisk *disk)
{
  RoostDetectZeroes zeroes = disk->detect_zeroes;

  if (disk->discard == ROOST_DISK_DISCARD_UNMAP || disk->discard == ROOST_DISK_DISCARD_IGNORE)
    roost_put_string (node, "discard", roost_disk_discard_names[disk->discard]);
  if (zeroes == ROOST_DETECT_ZEROES_UNSET || zeroes == ROOST_DETECT_ZEROES_DEFAULT)
    return;
  /* QEMU refuses to unmap zeroes of a node that must not unmap. */
  if (zeroes == ROOST_DETECT_ZEROES_UNMAP && disk->discard != ROOST_DISK_DISCARD_UNMAP)
    zeroes = ROOST_DETECT_ZEROES_ON;
  roost_put_string (node, "detect-zeroes", roost_detect_zeroes_names[zeroes]);
}

static gboolean
check_format (RoostBuild *build, const char *format, GError **error)
{
  g_autofree char *path = g_strconcat ("blockdev-add/arg-type/driver/^", format, NULL);

  if (roost_facts_has_qapi (build->facts, path)
      || !roost_facts_has_qapi (build->facts, "blockdev-add/arg-type/driver/^raw"))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "%s has no image format “%s”",
                      build->facts->binary, format);
}

static const char *
format_driver (const char *format)
{
  /* What older documents call it. */
  if (g_str_equal (format, "iso") || g_str_equal (format, "fat") || g_str_equal (format, "dir"))
    return "raw";
  if (g_str_equal (format, "ploop"))
    return "parallels";
  if (g_str_equal (format, "vhd"))
    return "vhdx";
  return format;
}

static void
put_backing (JsonObject *node, const char *backing)
{
  if (backing == NULL)
    return;
  if (*backing != '\0')
    roost_put_string (node, "backing", backing);
  else
    json_object_set_null_member (node, "backing");
}

static gboolean
build_format (RoostBuild *build, const Image *image, const RoostDisk *disk, GError **error)
{
  const RoostSlice *slice = storage_slice (image->source);
  gboolean is_raw = g_str_equal (image->format, "raw") && image->encryption == NULL;
  g_autofree char *storage = g_strconcat (image->name, "-storage", NULL);
  g_autofree char *between = g_strconcat (image->name, "-slice", NULL);
  g_autofree char *name = g_strconcat (image->name, "-format", NULL);
  JsonObject *node;

  if (!check_format (build, image->format, error))
    return FALSE;
  if (slice != NULL && !is_raw)
    build_slice (build, slice, between, storage, disk);
  node = roost_object_new ("node-name", name);
  roost_put_bool (node, "read-only", image->is_read_only);
  if (disk != NULL && image->is_top)
    put_discard (node, disk);
  put_cache (node, disk);
  roost_put_string (node, "driver", image->format);
  put_encryption (build, node, image, name);
  roost_put_uint (node, "cache-size", image->cache_max_size);
  if (slice != NULL && is_raw)
    put_slice (node, slice);
  roost_put_string (node, "file", slice != NULL && !is_raw ? between : storage);
  put_backing (node, image->backing);
  roost_build_blockdev (build, node);
  return TRUE;
}

static gboolean
build_image (RoostBuild *build, const Image *image, const RoostDisk *disk, GError **error)
{
  g_autofree char *storage = g_strconcat (image->name, "-storage", NULL);

  return roost_build_storage (build, image->source, storage, disk, error)
         && build_format (build, image, disk, error);
}

gboolean
roost_build_image (RoostBuild *build,
                   const char *name,
                   const RoostStorageSource *source,
                   const char *format,
                   gboolean is_read_only,
                   GError **error)
{
  Image image = {
    .name = name,
    .source = source,
    .format = format != NULL ? format : "raw",
    .is_read_only = is_read_only,
  };

  return build_image (build, &image, NULL, error);
}

/* --- chains --- */

#define MAX_CHAIN 200

static char *
image_name (const RoostDisk *disk, guint depth)
{
  return g_strdup_printf ("%s-%u", disk->target, depth);
}

static guint
chain_length (const RoostDisk *disk)
{
  guint length = 0;

  for (const RoostBackingStore *store = disk->backing_store;
       store != NULL && store->source.type != ROOST_SOURCE_TYPE_UNSET; store = store->backing_store)
    length++;
  return length;
}

/* Does the chain end with an empty <backingStore/>, which says that there is nothing below? */
static gboolean
chain_is_closed (const RoostDisk *disk)
{
  const RoostBackingStore *store = disk->backing_store;

  while (store != NULL && store->source.type != ROOST_SOURCE_TYPE_UNSET)
    store = store->backing_store;
  return store != NULL;
}

static gboolean
can_have_backing (const char *format)
{
  static const char *const formats[] = { "qcow2", "qcow", "qed", "vmdk", "cow", NULL };

  return g_strv_contains (formats, format);
}

static const RoostBackingStore *
store_at (const RoostDisk *disk, guint depth)
{
  const RoostBackingStore *store = disk->backing_store;

  for (guint i = 1; i < depth; i++)
    store = store->backing_store;
  return store;
}

static gboolean
build_level (RoostBuild *build, const RoostDisk *disk, guint depth, guint length, GError **error)
{
  const RoostBackingStore *store = depth > 0 ? store_at (disk, depth) : NULL;
  const RoostStorageSource *source = store != NULL ? &store->source : &disk->source;
  const char *format = store != NULL ? store->format : disk->format;
  g_autofree char *name = image_name (disk, depth);
  g_autofree char *below = g_strdup_printf ("%s-%u-format", disk->target, depth + 1);
  Image image = {
    .name = name,
    .source = source,
    .format = format_driver (format != NULL ? format : "raw"),
    .encryption = source->encryption,
    .cache_max_size = store != NULL ? store->cache_max_size : disk->cache_max_size,
    .is_read_only = store != NULL || disk->readonly || disk->device == ROOST_DISK_DEVICE_CDROM,
    .is_top = store == NULL,
  };

  if (image.encryption == NULL && store == NULL)
    image.encryption = disk->encryption;
  if (depth < length)
    image.backing = below;
  else if (chain_is_closed (disk) && can_have_backing (image.format))
    image.backing = "";
  return build_image (build, &image, disk, error);
}

gboolean
roost_build_chain (RoostBuild *build, const RoostDisk *disk, char **out_top, GError **error)
{
  guint length = chain_length (disk);
  JsonObject *filter;

  if (length > MAX_CHAIN)
    return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                        "disk “%s” has %u backing images, more than %u", disk->target, length,
                        MAX_CHAIN);
  for (guint depth = length + 1; depth-- > 0;)
    {
      if (!build_level (build, disk, depth, length, error))
        return FALSE;
    }
  if (disk->copy_on_read != ROOST_YES)
    {
      *out_top = g_strdup_printf ("%s-0-format", disk->target);
      return TRUE;
    }
  filter = roost_object_new ("driver", "copy-on-read");
  roost_put_printf (filter, "node-name", "%s-cor", disk->target);
  roost_put_printf (filter, "file", "%s-0-format", disk->target);
  roost_put_string (filter, "discard", "unmap");
  roost_build_blockdev (build, filter);
  *out_top = g_strdup_printf ("%s-cor", disk->target);
  return TRUE;
}
