/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain-config.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/tables.h"

RoostDomainConfig *
roost_domain_config_parse (const char *xml, RoostIssues *issues, GError **error)
{
  RoostDomainConfig *config =
      roost_type_parse_text (&roost_domain_type, "domain", xml, issues, error);

  /* As the rules of check.h say who they are. */
  if (config == NULL && error != NULL
      && g_error_matches (*error, ROOST_ERROR, ROOST_ERROR_INVALID_XML))
    {
      g_autofree char *text = g_steal_pointer (&(*error)->message);

      (*error)->message = g_strconcat (text, " (rule schema)", NULL);
    }
  return config;
}

char *
roost_domain_config_format (const RoostDomainConfig *config, guint flags)
{
  GString *out = g_string_sized_new (4096); /* most documents are shorter */

  roost_type_format (&roost_domain_type, config, "domain", flags, 0, out);
  return g_string_free (out, FALSE);
}

RoostDomainConfig *
roost_domain_config_copy (const RoostDomainConfig *config)
{
  return roost_type_copy (&roost_domain_type, config);
}

void
roost_domain_config_free (RoostDomainConfig *config)
{
  roost_type_free (&roost_domain_type, config);
}

const char *
roost_domain_config_name (const RoostDomainConfig *config)
{
  return config->name;
}

const char *
roost_domain_config_uuid (const RoostDomainConfig *config)
{
  return config->uuid;
}

const char *
roost_domain_config_arch (const RoostDomainConfig *config)
{
  return config->os.arch;
}

const char *
roost_domain_config_emulator (const RoostDomainConfig *config)
{
  return config->devices.emulator;
}

/* --- parts --- */

const RoostCharEndpoint *
roost_char_source_endpoint (const RoostCharSource *source, RoostCharMode mode)
{
  RoostCharEndpoint *endpoint;

  ROOST_LIST_EACH (RoostCharEndpoint, endpoint, source->endpoints)
    if (mode == ROOST_CHAR_MODE_UNSET || endpoint->mode == mode)
      return endpoint;
  return NULL;
}

RoostAddress *
roost_address_new (RoostAddressType type)
{
  RoostAddress *address = g_new0 (RoostAddress, 1);

  address->type = type;
  return address;
}

void
roost_address_free (RoostAddress *address)
{
  roost_type_free (&roost_address_type, address);
}

RoostAddress *
roost_address_copy (const RoostAddress *address)
{
  return address != NULL ? roost_type_copy (&roost_address_type, address) : NULL;
}

gboolean
roost_storage_source_is_empty (const RoostStorageSource *source)
{
  switch (source->type)
    {
    case ROOST_SOURCE_TYPE_UNSET:
    case ROOST_SOURCE_TYPE_FILE:
      return source->file == NULL && source->fdgroup == NULL;
    case ROOST_SOURCE_TYPE_BLOCK:
    case ROOST_SOURCE_TYPE_VHOSTVDPA:
      return source->dev == NULL;
    case ROOST_SOURCE_TYPE_DIR:
      return source->dir == NULL;
    case ROOST_SOURCE_TYPE_NETWORK:
      return source->protocol == ROOST_NET_PROTOCOL_UNSET;
    case ROOST_SOURCE_TYPE_VOLUME:
      return source->volume == NULL;
    case ROOST_SOURCE_TYPE_NVME:
    case ROOST_SOURCE_TYPE_VHOSTUSER:
      return FALSE;
    }
  return TRUE;
}
