/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/stats-reply.h"

#include "base/json.h"

/* Longer than any chain that Roost builds. */
#define MAX_DEPTH 256

/* Source: QEMU qapi/block-core.json, BlockDeviceStats; times come in nanoseconds. */
static const struct
{
  const char *key;
  const char *name;
  guint64 divisor;
} keys[] = {
  { "read-bytes", "rd_bytes", 1 },
  { "read-operations", "rd_operations", 1 },
  { "read-time", "rd_total_time_ns", 1000 },
  { "read-failures", "failed_rd_operations", 1 },
  { "read-merges", "rd_merged", 1 },
  { "write-bytes", "wr_bytes", 1 },
  { "write-operations", "wr_operations", 1 },
  { "write-time", "wr_total_time_ns", 1000 },
  { "write-failures", "failed_wr_operations", 1 },
  { "write-merges", "wr_merged", 1 },
  { "discard-bytes", "unmap_bytes", 1 },
  { "discard-operations", "unmap_operations", 1 },
  { "discard-time", "unmap_total_time_ns", 1000 },
  { "discard-failures", "failed_unmap_operations", 1 },
  { "flush-operations", "flush_operations", 1 },
  { "flush-time", "flush_total_time_ns", 1000 },
  { "flush-failures", "failed_flush_operations", 1 },
  { "idle-time", "idle_time_ns", 1000 },
};

/* Nodes that only pass on what they are asked: the image is below them. */
static const char *const filters[] = {
  "copy-on-read", "throttle",        "mirror_top", "commit_top",   "copy-before-write", "compress",
  "preallocate",  "snapshot-access", "blkdebug",   "blklogwrites", "blkverify",         "blkreplay",
  NULL,
};

/* --- the nodes by their names --- */

static GHashTable *
index_nodes (JsonArray *nodes)
{
  GHashTable *index = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < MIN (roost_json_length (nodes), ROOST_STATS_MAX_ITEMS); i++)
    {
      JsonObject *node = roost_json_object_at (nodes, i);
      const char *name = roost_json_string (node, "node-name");

      if (name != NULL)
        g_hash_table_insert (index, (gpointer)name, node);
    }
  return index;
}

/* What query-named-block-nodes says of the node of an entry of query-blockstats. */
static JsonObject *
node_of (GHashTable *index, JsonObject *stats)
{
  const char *name = roost_json_string (stats, "node-name");

  return name != NULL ? g_hash_table_lookup (index, name) : NULL;
}

static const char *
driver_of (GHashTable *index, JsonObject *stats)
{
  const char *driver = roost_json_string (node_of (index, stats), "drv");

  return driver != NULL ? driver : "";
}

/* The entry of the image itself, below what only passes on. */
static JsonObject *
image_of (GHashTable *index, JsonObject *stats)
{
  for (guint depth = 0; depth < MAX_DEPTH; depth++)
    {
      JsonObject *below = roost_json_object (stats, "parent");

      if (!g_strv_contains (filters, driver_of (index, stats)))
        break;
      if (below == NULL)
        below = roost_json_object (stats, "backing");
      if (below == NULL)
        break;
      stats = below;
    }
  return stats;
}

/* The entry of the file or device that holds the image. */
static JsonObject *
storage_of (JsonObject *stats)
{
  for (guint depth = 0; depth < MAX_DEPTH; depth++)
    {
      JsonObject *below = roost_json_object (stats, "parent");

      if (below == NULL)
        break;
      stats = below;
    }
  return stats;
}

/* --- sizes --- */

/* A file tells how much of it is in use, at any time. On a device there are no holes: an image that
 * is one to one fills it, of another one only how far it was written is known. */
static void
add_allocation (GVariantBuilder *out, GHashTable *index, JsonObject *image, JsonObject *storage)
{
  JsonObject *info = roost_json_object (node_of (index, image), "image");
  JsonObject *below = roost_json_object (node_of (index, storage), "image");
  JsonObject *stats = roost_json_object (storage, "stats");

  if (!g_str_equal (driver_of (index, storage), "host_device"))
    roost_stats_add_count (out, "allocation", info, "actual-size", 1);
  else if (g_str_equal (driver_of (index, image), "raw"))
    roost_stats_add_count (out, "allocation", below, "virtual-size", 1);
  else if (roost_json_int (stats, "wr_highest_offset", 0) > 0)
    roost_stats_add_count (out, "allocation", stats, "wr_highest_offset", 1);
}

static void
add_image (GVariantBuilder *out, GHashTable *index, JsonObject *image)
{
  JsonObject *storage = storage_of (image);
  JsonObject *node = node_of (index, storage);

  roost_stats_add_text (out, "node", roost_json_string (image, "node-name"));
  roost_stats_add_text (out, "format", roost_json_string (node_of (index, image), "drv"));
  roost_stats_add_count (out, "capacity", roost_json_object (node_of (index, image), "image"),
                         "virtual-size", 1);
  roost_stats_add_count (out, "physical", roost_json_object (node, "image"), "virtual-size", 1);
  add_allocation (out, index, image, storage);
  if (roost_json_int (node, "write_threshold", 0) > 0)
    roost_stats_add_count (out, "threshold", node, "write_threshold", 1);
}

static GVariant *
chain_of (GHashTable *index, JsonObject *image)
{
  JsonObject *at = roost_json_object (image, "backing");
  GVariantBuilder out;

  g_variant_builder_init (&out, G_VARIANT_TYPE ("aa{sv}"));
  for (guint depth = 1; at != NULL && depth < MAX_DEPTH; depth++)
    {
      JsonObject *backing = image_of (index, at);

      g_variant_builder_open (&out, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&out, "{sv}", "depth", g_variant_new_uint32 (depth));
      add_image (&out, index, backing);
      g_variant_builder_close (&out);
      at = roost_json_object (backing, "backing");
    }
  return g_variant_builder_end (&out);
}

/* --- disks --- */

static JsonObject *
find_drive (JsonArray *blockstats, const char *alias)
{
  for (guint i = 0; i < MIN (roost_json_length (blockstats), ROOST_STATS_MAX_ITEMS); i++)
    {
      JsonObject *drive = roost_json_object_at (blockstats, i);
      g_autofree char *name = roost_stats_alias (roost_json_string (drive, "qdev"));

      if (g_strcmp0 (name, alias) == 0)
        return drive;
    }
  return NULL;
}

static void
add_drive (GVariantBuilder *out, GHashTable *index, JsonObject *drive, gboolean with_chain)
{
  JsonObject *stats = roost_json_object (drive, "stats");
  JsonObject *image;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    roost_stats_add_count (out, keys[i].key, stats, keys[i].name, keys[i].divisor);
  if (roost_json_string (drive, "node-name") == NULL)
    return; /* there is no medium in it */
  image = image_of (index, drive);
  add_image (out, index, image);
  if (with_chain)
    g_variant_builder_add (out, "{sv}", "chain", chain_of (index, image));
}

GVariant *
roost_stats_block (GPtrArray *disks, JsonArray *blockstats, JsonArray *nodes, gboolean with_chain)
{
  g_autoptr (GHashTable) index = index_nodes (nodes);
  GVariantBuilder out;

  g_variant_builder_init (&out, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < disks->len; i++)
    {
      const RoostDiskView *disk = disks->pdata[i];
      JsonObject *drive = disk->alias != NULL ? find_drive (blockstats, disk->alias) : NULL;

      g_variant_builder_open (&out, G_VARIANT_TYPE_VARDICT);
      roost_stats_add_text (&out, "device", disk->alias);
      roost_stats_add_text (&out, "target", disk->target);
      roost_stats_add_text (&out, "kind", disk->kind);
      if (drive != NULL)
        add_drive (&out, index, drive, with_chain);
      g_variant_builder_close (&out);
    }
  return g_variant_builder_end (&out);
}
