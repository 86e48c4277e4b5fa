/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/block-info.h"

#include "base/compat.h"
#include "base/error.h"
#include "base/json.h"
#include "domain/domain-private.h"
#include "domain/stats-reply.h"
#include "domain/view-devices.h"
#include "storage/image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static RoostDiskView *
find_disk (RoostDomain *domain, const char *name, GError **error)
{
  RoostDiskView *disk = roost_view_find_disk (roost_domain_config (domain), name);

  if (disk == NULL)
    roost_throw (error, ROOST_ERROR_NOT_FOUND,
                 "domain '%s' has no disk '%s': name it by its target or its alias", domain->name,
                 name);
  return disk;
}

/* --- a guest that runs --- */

static JsonNode *
ask (RoostDomain *domain, const char *command, JsonObject *args, gint64 until, GError **error)
{
  gint64 left = (until - g_get_monotonic_time ()) / 1000;

  return roost_domain_qmp_within (domain, command, args, (guint)MAX (left, 1), error);
}

/* Returns: (transfer full): the statistics of @disk, a{sv} */
static GVariant *
ask_for_disk (RoostDomain *domain, RoostDiskView *disk, guint timeout_ms, GError **error)
{
  gint64 until = g_get_monotonic_time () + (gint64)timeout_ms * 1000;
  g_autoptr (JsonObject) args = json_object_new ();
  g_autoptr (JsonNode) stats = ask (domain, "query-blockstats", NULL, until, error);
  g_autoptr (JsonNode) nodes = NULL;
  g_autoptr (GPtrArray) disks = g_ptr_array_new ();
  g_autoptr (GVariant) list = NULL;

  json_object_set_boolean_member (args, "flat", TRUE);
  if (stats != NULL)
    nodes = ask (domain, "query-named-block-nodes", args, until, error);
  if (nodes == NULL)
    return NULL;
  g_ptr_array_add (disks, disk);
  list = g_variant_ref_sink (roost_stats_block (disks, roost_json_node_array (stats),
                                                roost_json_node_array (nodes), FALSE));
  return g_variant_get_child_value (list, 0);
}

/* --- a shut-off one --- */

typedef struct
{
  const char *path;
  guint64 size;
  guint64 used;
  gboolean is_device;
} Look;

static gboolean
look_at_file (gpointer data, GCancellable *cancellable, GError **error)
{
  Look *look = data;
  g_auto (RoostFd) fd = open (look->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat st;
  off_t end;

  if (fd < 0 || fstat (fd, &st) < 0)
    return roost_throw_errno (error, errno, "cannot look at %s", look->path);
  if (!S_ISREG (st.st_mode) && !S_ISBLK (st.st_mode))
    return roost_throw (error, ROOST_ERROR_STORAGE, "%s is neither a file nor a block device",
                        look->path);
  end = lseek (fd, 0, SEEK_END);
  if (end < 0)
    return roost_throw_errno (error, errno, "cannot tell the size of %s", look->path);
  look->size = (guint64)end;
  look->used = (guint64)st.st_blocks * 512;
  look->is_device = S_ISBLK (st.st_mode);
  return TRUE;
}

static GVariant *
look_at_disk (RoostDomain *domain, const RoostDiskView *disk, GError **error)
{
  Look look = { .path = disk->path };
  g_autoptr (RoostImageInfo) info = NULL;
  gboolean is_raw = g_strcmp0 (disk->format, "raw") == 0;
  GVariantBuilder out;

  if (disk->path == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                   "disk '%s' is no file or block device of this host: its sizes are known while "
                   "the guest runs",
                   disk->target);
      return NULL;
    }
  if (!co_thread (look_at_file, &look, NULL, error))
    return NULL;
  info = roost_image_info (disk->path, disk->format != NULL ? disk->format : "raw",
                           domain->manager->closing, error);
  if (info == NULL)
    return NULL;
  g_variant_builder_init (&out, G_VARIANT_TYPE_VARDICT);
  roost_stats_add (&out, "capacity", info->capacity);
  if (!look.is_device || is_raw)
    roost_stats_add (&out, "allocation", look.is_device ? look.size : look.used);
  roost_stats_add (&out, "physical", look.size);
  roost_stats_add_text (&out, "format", info->format);
  return g_variant_ref_sink (g_variant_builder_end (&out));
}

GVariant *
roost_domain_block_info (RoostDomain *domain, const char *name, guint timeout_ms, GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autoptr (RoostDiskView) disk = find_disk (domain, name, error);
  g_autoptr (GVariant) all = NULL;
  static const char *const wanted[] = { "capacity", "allocation", "physical",
                                        "format",   "node",       "threshold" };
  GVariantDict out;

  if (disk == NULL)
    return NULL;
  all = domain->run != NULL ? ask_for_disk (domain, disk, timeout_ms, error)
                            : look_at_disk (domain, disk, error);
  if (all == NULL)
    return NULL;
  g_variant_dict_init (&out, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (all, wanted[i], NULL);

      if (value != NULL)
        g_variant_dict_insert_value (&out, wanted[i], value);
    }
  return g_variant_ref_sink (g_variant_dict_end (&out));
}

/* --- the threshold --- */

typedef struct
{
  RoostDiskView *disk;
  guint64 bytes;
} Threshold;

/* The node that holds the image's file or device: "vda-0-format" stands on "vda-0-storage". */
static char *
storage_node_of (const char *node)
{
  return g_str_has_suffix (node, "-format")
             ? g_strdup_printf ("%.*s-storage", (int)(strlen (node) - strlen ("-format")), node)
             : g_strdup (node);
}

static gboolean
set_threshold (RoostDomain *domain, gpointer data, GError **error)
{
  Threshold *threshold = data;
  g_autoptr (GVariant) now =
      ask_for_disk (domain, threshold->disk, domain->manager->qmp_deadline_ms, error);
  g_autoptr (JsonObject) args = json_object_new ();
  g_autoptr (JsonNode) answer = NULL;
  g_autofree char *storage = NULL;
  const char *node;

  if (now == NULL)
    return FALSE;
  if (!g_variant_lookup (now, "node", "&s", &node))
    return roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no medium in disk '%s'",
                        threshold->disk->target);
  storage = storage_node_of (node);
  json_object_set_string_member (args, "node-name", storage);
  json_object_set_int_member (args, "write-threshold", (gint64)threshold->bytes);
  answer =
      roost_domain_qmp (domain, "block-set-write-threshold", args, domain->manager->closing, error);
  return answer != NULL;
}

gboolean
roost_domain_set_disk_threshold (
    RoostDomain *domain, const char *name, guint64 bytes, const char *caller, GError **error)
{
  g_autoptr (RoostDiskView) disk = find_disk (domain, name, error);
  Threshold threshold = { disk, bytes };

  if (disk == NULL)
    return FALSE;
  if (bytes > G_MAXINT64)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "a threshold of %" G_GUINT64_FORMAT " bytes is beyond any disk", bytes);
  return roost_domain_operate_active (domain, "set-disk-threshold", caller, set_threshold,
                                      &threshold, error);
}
