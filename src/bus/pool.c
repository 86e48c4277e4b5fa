/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.roost1.StoragePool, and what Manager has for storage. */

#include "base/error.h"
#include "bus/handlers.h"
#include "bus/storage-handlers.h"
#include "bus/storage.h"

#define PAGE_USUAL 1000
#define PAGE_MAX   10000

/* --- options --- */

typedef struct
{
  gboolean validate;
  gboolean build;
  gboolean overwrite;
} PoolOptions;

#define POOL_FLAG(name, member, doc_)                                                              \
  {                                                                                                \
    .path = "@" name, .kind = ROOST_FIELD_FLAG, .offset = G_STRUCT_OFFSET (PoolOptions, member),   \
    .doc = doc_                                                                                    \
  }
#define POOL_OPTIONS(name_, ...)                                                                   \
  {                                                                                                \
    .name = name_, .size = sizeof (PoolOptions), .fields = (const RoostField[])                    \
    {                                                                                              \
      __VA_ARGS__, ROOST_FIELD_END                                                                 \
    }                                                                                              \
  }

const RoostType roost_options_pool_define = POOL_OPTIONS (
    "pool-define-options", POOL_FLAG ("validate", validate, "refuse what is not understood"));
const RoostType roost_options_pool_transient = POOL_OPTIONS (
    "pool-transient-options", POOL_FLAG ("build", build, "first make what it is kept in"));
const RoostType roost_options_pool_build = POOL_OPTIONS (
    "pool-build-options", POOL_FLAG ("overwrite", overwrite, "what is on the device is lost"));

typedef struct
{
  RoostUint offset, limit;
} PageOptions;

const RoostType roost_options_page = {
  .name = "page-options",
  .size = sizeof (PageOptions),
  .fields =
      (const RoostField[]){
          { .path = "@offset",
            .kind = ROOST_FIELD_UINT,
            .offset = G_STRUCT_OFFSET (PageOptions, offset),
            .max = G_MAXUINT32,
            .doc = "how many to leave out" },
          { .path = "@limit",
            .kind = ROOST_FIELD_UINT,
            .offset = G_STRUCT_OFFSET (PageOptions, limit),
            .min = 1,
            .max = PAGE_MAX,
            .doc = "how many at the most" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  char *preallocation;
  gboolean outside;
  char *source_format;
  char *source_secret;
} CreateOptions;

#define CREATE_ROWS                                                                                \
  { .path = "@preallocation",                                                                      \
    .kind = ROOST_FIELD_STRING,                                                                    \
    .offset = G_STRUCT_OFFSET (CreateOptions, preallocation),                                      \
    .doc = "off, metadata, falloc or full" },                                                      \
  {                                                                                                \
    .path = "@outside", .kind = ROOST_FIELD_FLAG,                                                  \
    .offset = G_STRUCT_OFFSET (CreateOptions, outside),                                            \
    .doc = "images below may be outside of all pools"                                              \
  }

const RoostType roost_options_volume_create = {
  .name = "volume-create-options",
  .size = sizeof (CreateOptions),
  .fields = (const RoostField[]){ CREATE_ROWS, ROOST_FIELD_END },
};

const RoostType roost_options_volume_copy = {
  .name = "volume-copy-options",
  .size = sizeof (CreateOptions),
  .fields =
      (const RoostField[]){
          CREATE_ROWS,
          { .path = "@source-format",
            .kind = ROOST_FIELD_STRING,
            .offset = G_STRUCT_OFFSET (CreateOptions, source_format),
            .doc = "format of the source" },
          { .path = "@source-secret",
            .kind = ROOST_FIELD_STRING,
            .offset = G_STRUCT_OFFSET (CreateOptions, source_secret),
            .doc = "uuid or usage of the secret of the source" },
          ROOST_FIELD_END,
      },
};

/* --- the manager --- */

static const char *
string_at (RoostCall *call, gsize index)
{
  const char *text;

  g_variant_get_child (call->args, index, "&s", &text);
  return text;
}

static RoostStorage *
storage_of (RoostCall *call, GError **error)
{
  RoostStorage *storage = roost_bus_storage (call->bus);

  if (storage == NULL)
    roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "this daemon has no storage");
  return storage;
}

static GVariant *
pool_reply (RoostPool *pool)
{
  g_autofree char *path = roost_bus_pool_path (roost_pool_uuid (pool));

  return g_variant_new ("(o)", path);
}

static GVariant *
nothing_or_error (gboolean good)
{
  return good ? g_variant_new ("()") : NULL;
}

GVariant *
manager_define_storage_pool (RoostCall *call, GError **error)
{
  const PoolOptions *options = call->options;
  RoostStorage *storage = storage_of (call, error);
  g_autoptr (RoostPool) pool = NULL;

  if (storage != NULL)
    pool =
        roost_storage_define (storage, string_at (call, 0), options->validate, call->caller, error);
  return pool != NULL ? pool_reply (pool) : NULL;
}

GVariant *
manager_start_transient_storage_pool (RoostCall *call, GError **error)
{
  const PoolOptions *options = call->options;
  RoostStorage *storage = storage_of (call, error);
  g_autoptr (RoostPool) pool = NULL;

  if (storage != NULL)
    pool = roost_storage_start_transient (storage, string_at (call, 0), options->build,
                                          call->caller, error);
  return pool != NULL ? pool_reply (pool) : NULL;
}

GVariant *
manager_list_storage_pools (RoostCall *call, GError **error)
{
  RoostStorage *storage = storage_of (call, error);
  g_autoptr (GPtrArray) pools = NULL;
  GVariantBuilder builder;

  if (storage == NULL)
    return NULL;
  pools = roost_storage_pools (storage);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("ao"));
  for (guint i = 0; i < pools->len; i++)
    {
      g_autofree char *path = roost_bus_pool_path (roost_pool_uuid (pools->pdata[i]));

      g_variant_builder_add (&builder, "o", path);
    }
  return g_variant_new ("(ao)", &builder);
}

GVariant *
manager_get_storage_pool_by_name (RoostCall *call, GError **error)
{
  const char *name = string_at (call, 0);
  RoostStorage *storage = storage_of (call, error);
  RoostPool *pool = storage != NULL ? roost_storage_find_name (storage, name) : NULL;

  if (pool != NULL)
    return pool_reply (pool);
  if (storage != NULL)
    roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no storage pool '%s'", name);
  return NULL;
}

GVariant *
manager_get_storage_pool_by_uuid (RoostCall *call, GError **error)
{
  const char *uuid = string_at (call, 0);
  g_autofree char *small = g_ascii_strdown (uuid, -1);
  RoostStorage *storage = storage_of (call, error);
  RoostPool *pool = storage != NULL ? roost_storage_find_uuid (storage, small) : NULL;

  if (pool != NULL)
    return pool_reply (pool);
  if (storage != NULL)
    roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no storage pool with the uuid %s", uuid);
  return NULL;
}

GVariant *
manager_get_storage_volume_by_path (RoostCall *call, GError **error)
{
  const char *path = string_at (call, 0);
  RoostStorage *storage = storage_of (call, error);
  const RoostVolume *volume;
  g_autofree char *object = NULL;
  RoostPool *pool = NULL;

  if (storage == NULL)
    return NULL;
  volume = roost_storage_find_path (storage, path, &pool);
  if (volume == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_FOUND, "no active pool has a volume at '%s'", path);
      return NULL;
    }
  object = roost_bus_volume_path (roost_pool_uuid (pool), volume->name);
  return g_variant_new ("(o)", object);
}

GVariant *
manager_find_storage_pool_sources (RoostCall *call, GError **error)
{
  RoostStorage *storage = storage_of (call, error);
  g_autofree char *xml = NULL;

  if (storage != NULL)
    xml = roost_storage_find_sources (storage, string_at (call, 0), string_at (call, 1), error);
  return xml != NULL ? g_variant_new ("(s)", xml) : NULL;
}

GVariant *
manager_get_storage_capabilities (RoostCall *call, GError **error)
{
  RoostStorage *storage = storage_of (call, error);
  g_autofree char *xml = storage != NULL ? roost_storage_capabilities (storage) : NULL;

  return xml != NULL ? g_variant_new ("(s)", xml) : NULL;
}

/* --- a pool --- */

#define CALL_POOL(call) ((RoostPool *)(call)->object)

GVariant *
pool_start (RoostCall *call, GError **error)
{
  return nothing_or_error (roost_pool_start (CALL_POOL (call), call->caller, error));
}

GVariant *
pool_stop (RoostCall *call, GError **error)
{
  return nothing_or_error (roost_pool_stop (CALL_POOL (call), call->caller, error));
}

GVariant *
pool_build (RoostCall *call, GError **error)
{
  const PoolOptions *options = call->options;

  return nothing_or_error (
      roost_pool_build (CALL_POOL (call), options->overwrite, call->caller, error));
}

GVariant *
pool_delete (RoostCall *call, GError **error)
{
  return nothing_or_error (roost_pool_delete (CALL_POOL (call), call->caller, error));
}

GVariant *
pool_refresh (RoostCall *call, GError **error)
{
  return nothing_or_error (roost_pool_refresh (CALL_POOL (call), call->caller, error));
}

GVariant *
pool_undefine (RoostCall *call, GError **error)
{
  return nothing_or_error (roost_pool_undefine (CALL_POOL (call), call->caller, error));
}

GVariant *
pool_set_autostart (RoostCall *call, GError **error)
{
  gboolean is_autostart;

  g_variant_get_child (call->args, 0, "b", &is_autostart);
  return nothing_or_error (
      roost_pool_set_autostart (CALL_POOL (call), is_autostart, call->caller, error));
}

GVariant *
pool_get_xml (RoostCall *call, GError **error)
{
  g_autofree char *xml = roost_pool_get_xml (CALL_POOL (call));

  return g_variant_new ("(s)", xml);
}

GVariant *
pool_list_volumes (RoostCall *call, GError **error)
{
  const PageOptions *options = call->options;
  RoostPool *pool = CALL_POOL (call);
  GPtrArray *volumes = roost_pool_volumes (pool);
  guint64 limit = options->limit.is_set ? options->limit.value : PAGE_USUAL;
  guint64 end = MIN (options->offset.value + limit, volumes->len);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ossttt)"));
  for (guint64 i = options->offset.value; i < end; i++)
    {
      const RoostVolume *volume = volumes->pdata[i];
      g_autofree char *path = roost_bus_volume_path (roost_pool_uuid (pool), volume->name);

      g_variant_builder_add (&builder, "(ossttt)", path, volume->name, volume->format,
                             volume->capacity, volume->allocation, volume->physical);
    }
  return g_variant_new ("(a(ossttt)u)", &builder, volumes->len);
}

GVariant *
pool_get_volume_by_name (RoostCall *call, GError **error)
{
  const char *name = string_at (call, 0);
  RoostPool *pool = CALL_POOL (call);
  g_autofree char *path = NULL;

  if (roost_pool_find_volume (pool, name) == NULL)
    {
      if (roost_pool_state (pool) != ROOST_POOL_ACTIVE)
        roost_throw (error, ROOST_ERROR_NOT_RUNNING, "the pool '%s' is not active; start it",
                     roost_pool_name (pool));
      else
        roost_throw (error, ROOST_ERROR_NOT_FOUND, "the pool '%s' has no volume '%s'",
                     roost_pool_name (pool), name);
      return NULL;
    }
  path = roost_bus_volume_path (roost_pool_uuid (pool), name);
  return g_variant_new ("(o)", path);
}

/* --- new volumes --- */

static RoostVolumeRequest
request_of (RoostCall *call)
{
  const CreateOptions *options = call->options;

  return (RoostVolumeRequest){
    .xml = string_at (call, 0),
    .caller = call->caller,
    .options = { options->preallocation, options->outside, options->source_format,
                 options->source_secret },
  };
}

static GVariant *
create_reply (RoostCall *call, const RoostVolumeRequest *request, GError **error)
{
  RoostPool *pool = CALL_POOL (call);
  g_autoptr (RoostJob) job = roost_pool_create_volume (pool, request, error);
  g_autofree char *path = NULL;

  if (job == NULL)
    return NULL;
  path = roost_bus_volume_path (roost_pool_uuid (pool), roost_job_subject (job)->volume);
  return g_variant_new ("(o@o)", path, roost_bus_job_variant (job));
}

GVariant *
pool_create_volume (RoostCall *call, GError **error)
{
  const RoostVolumeRequest request = request_of (call);

  return create_reply (call, &request, error);
}

GVariant *
pool_copy_volume (RoostCall *call, GError **error)
{
  RoostVolumeRequest request = request_of (call);
  g_autoptr (GObject) source = NULL;
  RoostTarget target;
  const char *path;

  g_variant_get_child (call->args, 1, "&o", &path);
  if (!roost_bus_find (call->bus, path, &target, error))
    return NULL;
  source = target.object;
  if (target.kind != &roost_kind_volume)
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "%s is no volume", path);
      return NULL;
    }
  request.source = roost_volume_ref_pool (ROOST_VOLUME_REF (source));
  request.source_name = roost_volume_ref_name (ROOST_VOLUME_REF (source));
  return create_reply (call, &request, error);
}
