/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/handlers.h"

#include "domain/hotplug.h"

typedef struct
{
  gboolean inactive;
} GetOptions;

const RoostType roost_options_get_metadata = {
  .name = "get-metadata-options",
  .size = sizeof (GetOptions),
  .fields =
      (const RoostField[]){
          { .path = "@inactive",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (GetOptions, inactive),
            .doc = "of what the next start will use" },
          ROOST_FIELD_END,
      },
};

GVariant *
domain_rename (RoostCall *call, GError **error)
{
  const char *name;

  g_variant_get_child (call->args, 0, "&s", &name);
  return roost_call_done (
      roost_domain_rename (ROOST_CALL_DOMAIN (call), name, call->caller, error));
}

GVariant *
domain_set_metadata (RoostCall *call, GError **error)
{
  const RoostDeviceOptions *where = call->options;
  RoostMetadataChange change = { .live = where->live, .config = where->config };

  g_variant_get_child (call->args, 0, "&s", &change.what);
  g_variant_get_child (call->args, 1, "&s", &change.value);
  return roost_call_done (
      roost_domain_set_metadata (ROOST_CALL_DOMAIN (call), &change, call->caller, error));
}

GVariant *
domain_get_metadata (RoostCall *call, GError **error)
{
  const GetOptions *options = call->options;
  g_autofree char *value = NULL;
  const char *what;

  g_variant_get_child (call->args, 0, "&s", &what);
  value = roost_domain_get_metadata (ROOST_CALL_DOMAIN (call), what, options->inactive, error);
  return value != NULL ? g_variant_new ("(s)", value) : NULL;
}
