/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A domain as a whole, with what belongs to it: copied, and removed. */

#include "base/compat.h"
#include "bus/handlers.h"
#include "bus/storage.h"
#include "domain/clone.h"
#include "domain/delete.h"

/* --- options --- */

#define CLONE_ROW(name, kind_, member, doc_)                                                       \
  {                                                                                                \
    .path = "@" name, .kind = ROOST_FIELD_##kind_,                                                 \
    .offset = G_STRUCT_OFFSET (RoostCloneOptions, member), .doc = doc_                             \
  }

const RoostType roost_options_clone = {
  .name = "clone-options",
  .size = sizeof (RoostCloneOptions),
  .fields =
      (const RoostField[]){
          CLONE_ROW ("uuid", STRING, uuid, "of the new domain"),
          CLONE_ROW ("mode", STRING, mode, "full or linked"),
          CLONE_ROW ("pool", STRING, pool, "where new volumes go"),
          CLONE_ROW ("disks", STRINGS, disks, "targets of those to copy"),
          CLONE_ROW ("shared", STRINGS, shared, "targets of those that both are to have"),
          CLONE_ROW ("nvram", STRING, nvram, "copy or new"),
          CLONE_ROW ("tpm", STRING, tpm, "new or copy"),
          ROOST_FIELD_END,
      },
};

typedef struct
{
  RoostDeleteOptions what;
  gboolean dry_run;
} DeleteOptions;

#define DELETE_ROW(name, kind_, member, doc_)                                                      \
  {                                                                                                \
    .path = "@" name, .kind = ROOST_FIELD_##kind_,                                                 \
    .offset = G_STRUCT_OFFSET (DeleteOptions, member), .doc = doc_                                 \
  }

const RoostType roost_options_delete = {
  .name = "delete-options",
  .size = sizeof (DeleteOptions),
  .fields =
      (const RoostField[]){
          DELETE_ROW ("storage", STRINGS, what.storage, "disks whose volumes go"),
          DELETE_ROW ("nvram", FLAG, what.nvram, "the firmware variables go"),
          DELETE_ROW ("tpm", FLAG, what.tpm, "the state of the TPM goes"),
          DELETE_ROW ("dry-run", FLAG, dry_run, "change nothing"),
          ROOST_FIELD_END,
      },
};

/* --- handlers --- */

GVariant *
domain_clone (RoostCall *call, GError **error)
{
  g_autofree char *uuid = NULL;
  g_autofree char *path = NULL;
  g_autoptr (RoostJob) job = NULL;
  const char *name;

  g_variant_get_child (call->args, 0, "&s", &name);
  job = roost_domain_clone_begin (ROOST_CALL_DOMAIN (call), name, call->options, call->caller,
                                  &uuid, error);
  if (job == NULL)
    return NULL;
  path = roost_bus_domain_path (uuid);
  return g_variant_new ("(o@o)", path, roost_bus_job_variant (job));
}

static void
add_text (GVariantBuilder *builder, const char *key, const char *text)
{
  if (text != NULL)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (text));
}

static GVariant *
item_variant (const RoostDeleteItem *item)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_text (&builder, "kind", item->kind);
  add_text (&builder, "target", item->target);
  if (item->target != NULL)
    g_variant_builder_add (&builder, "{sv}", "readonly", g_variant_new_boolean (item->is_readonly));
  add_text (&builder, "path", item->path);
  if (item->volume != NULL)
    {
      g_autofree char *path = roost_bus_volume_path (item->pool, item->volume);

      g_variant_builder_add (&builder, "{sv}", "volume", g_variant_new_object_path (path));
      g_variant_builder_add (&builder, "{sv}", "size", g_variant_new_uint64 (item->size));
    }
  add_text (&builder, "refused", item->refused);
  g_variant_builder_add (&builder, "{sv}", "removed", g_variant_new_boolean (item->is_named));
  return g_variant_builder_end (&builder);
}

static GVariant *
items_variant (const GPtrArray *items)
{
  GVariantBuilder builder;
  const RoostDeleteItem *item;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  ROOST_LIST_EACH (const RoostDeleteItem, item, items)
    g_variant_builder_add_value (&builder, item_variant (item));
  return g_variant_builder_end (&builder);
}

GVariant *
domain_delete (RoostCall *call, GError **error)
{
  const DeleteOptions *options = call->options;
  RoostDomain *domain = ROOST_CALL_DOMAIN (call);
  g_autoptr (GPtrArray) items = NULL;
  g_autoptr (RoostJob) job = NULL;

  if (options->dry_run)
    items = roost_domain_delete_plan (domain, &options->what, error);
  else
    job = roost_domain_delete_begin (domain, &options->what, call->caller, &items, error);
  if (items == NULL)
    return NULL;
  return g_variant_new ("(@aa{sv}@o)", items_variant (items), roost_bus_job_variant (job));
}
