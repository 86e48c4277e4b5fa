/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/secret-config.h"

#include "base/error.h"
#include "model/tables.h"

ROOST_ENUM_DEFINE (ROOST_SECRET_USAGE, roost_secret_usage)

/* clang-format off */
#define T RoostSecretConfig
static const RoostField secret_fields[] = {
  ROW (YES_NO, "@ephemeral", is_ephemeral, HOST, "keep the value in memory only?"),
  ROW (YES_NO, "@private", is_private, HOST, "never give the value back?"),
  ROW (UUID, "uuid", uuid, HOST, "made up where it is missing"),
  ROW (STRING, "description", description, HOST, "for people"),
  ROW (ENUM, "usage/@type", usage, HOST, "what it is for", .names = roost_secret_usage_names),
  ROW (STRING, "usage/volume", volume, HOST, "volume: its path"),
  ROW (STRING, "usage/name", name, HOST, "ceph, tls, vtpm: a name that is unique for that use"),
  ROW (STRING, "usage/target", target, HOST, "iscsi: a name that is unique for that use"),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_secret_config_type, "secret-config", RoostSecretConfig, secret_fields,
                "A secret: a passphrase or key, whose value is not in the document.", position);
/* clang-format on */

/* Which member holds the user of each usage, and its element. */
static const struct
{
  gsize offset;
  const char *element;
} users[] = {
  [ROOST_SECRET_USAGE_VOLUME] = { G_STRUCT_OFFSET (RoostSecretConfig, volume), "volume" },
  [ROOST_SECRET_USAGE_CEPH] = { G_STRUCT_OFFSET (RoostSecretConfig, name), "name" },
  [ROOST_SECRET_USAGE_ISCSI] = { G_STRUCT_OFFSET (RoostSecretConfig, target), "target" },
  [ROOST_SECRET_USAGE_TLS] = { G_STRUCT_OFFSET (RoostSecretConfig, name), "name" },
  [ROOST_SECRET_USAGE_VTPM] = { G_STRUCT_OFFSET (RoostSecretConfig, name), "name" },
};

const char *
roost_secret_config_usage_id (const RoostSecretConfig *config)
{
  if (config->usage == 0)
    return NULL;
  return G_STRUCT_MEMBER (char *, config, users[config->usage].offset);
}

static gboolean
check (const RoostSecretConfig *config, GError **error)
{
  const char *user = roost_secret_config_usage_id (config);

  if (config->usage != 0 && (user == NULL || *user == '\0'))
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "line %u, column %u: <secret>: <usage type='%s'> needs <%s>",
                        config->position.line, config->position.column,
                        roost_secret_usage_names[config->usage], users[config->usage].element);
  if (config->usage == 0
      && (config->volume != NULL || config->name != NULL || config->target != NULL))
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "line %u, column %u: <secret>: <usage> needs a type", config->position.line,
                        config->position.column);
  return TRUE;
}

RoostSecretConfig *
roost_secret_config_parse (const char *xml, RoostIssues *issues, GError **error)
{
  g_autoptr (RoostSecretConfig) config =
      roost_type_parse_text (&roost_secret_config_type, "secret", xml, issues, error);

  if (config == NULL || !check (config, error))
    return NULL;
  if (config->uuid == NULL)
    config->uuid = g_uuid_string_random ();
  return g_steal_pointer (&config);
}

char *
roost_secret_config_format (const RoostSecretConfig *config)
{
  GString *out = g_string_new (NULL);

  roost_type_format (&roost_secret_config_type, config, "secret", 0, 0, out);
  return g_string_free (out, FALSE);
}

void
roost_secret_config_free (RoostSecretConfig *config)
{
  roost_type_free (&roost_secret_config_type, config);
}
