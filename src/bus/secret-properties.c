/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/storage.h"

static const RoostSecretConfig *
secret_config (gpointer object)
{
  return roost_secret_item_config (object);
}

GVariant *
secret_get_uuid (RoostBus *bus, gpointer object)
{
  return g_variant_new_string (secret_config (object)->uuid);
}

GVariant *
secret_get_usage_type (RoostBus *bus, gpointer object)
{
  return g_variant_new_string (roost_secret_usage_names[secret_config (object)->usage]);
}

GVariant *
secret_get_usage_id (RoostBus *bus, gpointer object)
{
  const char *id = roost_secret_config_usage_id (secret_config (object));

  return g_variant_new_string (id != NULL ? id : "");
}

GVariant *
secret_get_description (RoostBus *bus, gpointer object)
{
  const char *text = secret_config (object)->description;

  return g_variant_new_string (text != NULL ? text : "");
}

GVariant *
secret_get_ephemeral (RoostBus *bus, gpointer object)
{
  return g_variant_new_boolean (secret_config (object)->is_ephemeral == ROOST_YES);
}

GVariant *
secret_get_private (RoostBus *bus, gpointer object)
{
  return g_variant_new_boolean (secret_config (object)->is_private == ROOST_YES);
}

GVariant *
secret_get_has_value (RoostBus *bus, gpointer object)
{
  return g_variant_new_boolean (roost_secret_item_has_value (object));
}

GVariant *
secret_get_protection (RoostBus *bus, gpointer object)
{
  return g_variant_new_string (roost_secret_item_protection (object));
}
