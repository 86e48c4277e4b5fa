/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.roost1.StorageVolume. */

#include "base/error.h"
#include "bus/handlers.h"
#include "bus/storage-handlers.h"
#include "bus/storage.h"

/* --- options --- */

typedef struct
{
  gboolean shrink;
  char *preallocation;
  char *secret;
  char *method;
  char *algorithm;
  RoostUint offset, length;
  gboolean sparse;
  gboolean probe;
  gboolean outside;
  gboolean force;
} VolumeOptions;

#define OPTION(name, kind_, member, doc_)                                                          \
  {                                                                                                \
    .path = "@" name, .kind = ROOST_FIELD_##kind_,                                                 \
    .offset = G_STRUCT_OFFSET (VolumeOptions, member), .doc = doc_                                 \
  }
#define OPTIONS(name_, ...)                                                                        \
  {                                                                                                \
    .name = name_, .size = sizeof (VolumeOptions), .fields = (const RoostField[])                  \
    {                                                                                              \
      __VA_ARGS__, ROOST_FIELD_END                                                                 \
    }                                                                                              \
  }

const RoostType roost_options_volume_delete = OPTIONS (
    "volume-delete-options", OPTION ("force", FLAG, force, "also when images lie above it"));
const RoostType roost_options_volume_resize =
    OPTIONS ("volume-resize-options",
             OPTION ("shrink", FLAG, shrink, "it may become smaller"),
             OPTION ("preallocation", STRING, preallocation, "of what is added"),
             OPTION ("secret", STRING, secret, "what it is encrypted with"));
const RoostType roost_options_volume_wipe =
    OPTIONS ("volume-wipe-options", OPTION ("method", STRING, method, "zero or trim"));
const RoostType roost_options_volume_range =
    OPTIONS ("volume-range-options",
             OPTION ("offset", UINT, offset, "first byte"),
             OPTION ("length", UINT, length, "bytes at the most"),
             OPTION ("sparse", FLAG, sparse, "holes instead of zeros"));
const RoostType roost_options_volume_checksum =
    OPTIONS ("volume-checksum-options", OPTION ("algorithm", STRING, algorithm, "sha256, …"));
const RoostType roost_options_volume_info =
    OPTIONS ("volume-info-options", OPTION ("probe", FLAG, probe, "find the format out"));
const RoostType roost_options_volume_chain =
    OPTIONS ("volume-chain-options", OPTION ("outside", FLAG, outside, "also outside of pools"));

/* --- */

static RoostPool *
pool_of (RoostCall *call)
{
  return roost_volume_ref_pool (ROOST_VOLUME_REF (call->object));
}

static RoostVolumeCall
volume_call (RoostCall *call)
{
  return (RoostVolumeCall){ roost_volume_ref_name (ROOST_VOLUME_REF (call->object)), call->caller };
}

/* @job: (transfer full) (nullable) */
static GVariant *
job_reply (RoostJob *job)
{
  g_autoptr (RoostJob) own = job;

  return own != NULL ? g_variant_new ("(@o)", roost_bus_job_variant (own)) : NULL;
}

GVariant *
volume_delete (RoostCall *call, GError **error)
{
  const VolumeOptions *options = call->options;
  const RoostVolumeCall what = volume_call (call);
  RoostPool *pool = pool_of (call);

  if (!options->force && !roost_storage_check_nothing_above (pool, what.name, error))
    return NULL;
  return roost_pool_delete_volume (pool, &what, error) ? g_variant_new ("()") : NULL;
}

GVariant *
volume_resize (RoostCall *call, GError **error)
{
  const VolumeOptions *options = call->options;
  const RoostVolumeCall what = volume_call (call);
  RoostVolumeResize resize = { .shrink = options->shrink,
                               .preallocation = options->preallocation,
                               .secret = options->secret };

  g_variant_get_child (call->args, 0, "t", &resize.capacity);
  return job_reply (roost_pool_resize_volume (pool_of (call), &what, &resize, error));
}

GVariant *
volume_wipe (RoostCall *call, GError **error)
{
  const VolumeOptions *options = call->options;
  const RoostVolumeCall what = volume_call (call);
  const char *method = options->method != NULL ? options->method : "zero";

  return job_reply (roost_pool_wipe_volume (pool_of (call), &what, method, error));
}

static RoostTransferRange
range_of (RoostCall *call)
{
  const VolumeOptions *options = call->options;

  return (RoostTransferRange){ options->offset.value, options->length.value, options->sparse };
}

static int
descriptor_of (RoostCall *call, GError **error)
{
  gint32 handle;

  g_variant_get_child (call->args, 0, "h", &handle);
  return roost_call_get_fd (call, handle, error);
}

static gboolean
check_range (const RoostTransferRange *range, GError **error)
{
  return (range->offset <= G_MAXINT64 && range->length <= G_MAXINT64 - range->offset)
         || roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "offset and length are too large");
}

GVariant *
volume_upload (RoostCall *call, GError **error)
{
  const RoostVolumeCall what = volume_call (call);
  const RoostTransferRange range = range_of (call);
  int fd = check_range (&range, error) ? descriptor_of (call, error) : -1;

  if (fd < 0)
    return NULL;
  return job_reply (roost_pool_upload_volume (pool_of (call), &what, fd, &range, error));
}

GVariant *
volume_download (RoostCall *call, GError **error)
{
  const RoostVolumeCall what = volume_call (call);
  const RoostTransferRange range = range_of (call);
  int fd = check_range (&range, error) ? descriptor_of (call, error) : -1;

  if (fd < 0)
    return NULL;
  return job_reply (roost_pool_download_volume (pool_of (call), &what, fd, &range, error));
}

GVariant *
volume_checksum (RoostCall *call, GError **error)
{
  const VolumeOptions *options = call->options;
  const RoostVolumeCall what = volume_call (call);
  const char *algorithm = options->algorithm != NULL ? options->algorithm : "sha256";

  return job_reply (roost_pool_checksum_volume (pool_of (call), &what, algorithm, error));
}

/* --- facts --- */

static void
add_string (GVariantBuilder *builder, const char *key, const char *value)
{
  if (value != NULL)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (value));
}

static void
add_size (GVariantBuilder *builder, const char *key, guint64 value)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_uint64 (value));
}

static void
add_flag (GVariantBuilder *builder, const char *key, gboolean value)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_boolean (value));
}

static GVariant *
info_variant (const RoostImageInfo *info)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_string (&builder, "format", info->format);
  add_size (&builder, "capacity", info->capacity);
  add_size (&builder, "allocation", info->allocation);
  if (info->cluster_size > 0)
    add_size (&builder, "cluster-size", info->cluster_size);
  add_string (&builder, "backing", info->backing);
  add_string (&builder, "backing-format", info->backing_format);
  add_string (&builder, "data-file", info->data_file);
  add_string (&builder, "compat", info->compat);
  if (info->compat != NULL)
    {
      add_flag (&builder, "lazy-refcounts", info->lazy_refcounts);
      add_flag (&builder, "extended-l2", info->extended_l2);
      add_flag (&builder, "corrupt", info->is_corrupt);
    }
  add_flag (&builder, "encrypted", info->is_encrypted);
  add_flag (&builder, "dirty", info->is_dirty);
  return g_variant_builder_end (&builder);
}

GVariant *
volume_get_info (RoostCall *call, GError **error)
{
  const VolumeOptions *options = call->options;
  g_autoptr (RoostImageInfo) info =
      roost_pool_volume_info (pool_of (call), volume_call (call).name, options->probe, error);

  return info != NULL ? g_variant_new ("(@a{sv})", info_variant (info)) : NULL;
}

GVariant *
volume_get_chain (RoostCall *call, GError **error)
{
  const VolumeOptions *options = call->options;
  g_autoptr (GPtrArray) chain =
      roost_pool_volume_chain (pool_of (call), volume_call (call).name, options->outside, error);
  GVariantBuilder builder;

  if (chain == NULL)
    return NULL;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ss)"));
  for (guint i = 0; i < chain->len; i++)
    {
      const RoostImageLink *link = chain->pdata[i];

      g_variant_builder_add (&builder, "(ss)", link->path, link->format);
    }
  return g_variant_new ("(a(ss))", &builder);
}

GVariant *
volume_get_xml (RoostCall *call, GError **error)
{
  g_autofree char *xml = roost_pool_volume_xml (pool_of (call), volume_call (call).name, error);

  return xml != NULL ? g_variant_new ("(s)", xml) : NULL;
}
