/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/pool-auth.h"

#include "base/error.h"
#include "storage/storage-private.h"

#include <string.h>

void
roost_wiped_free (RoostWiped *text)
{
  explicit_bzero (text, strlen (text));
  g_free (text);
}

GBytes *
roost_wiped_to_bytes (RoostWiped *text)
{
  return roost_secret_bytes_take (text, strlen (text));
}

/* Of what usage the secrets for a server are; NULL = of any. */
static const char *
usage_type (RoostPoolAuthType type)
{
  if (type == ROOST_POOL_AUTH_TYPE_CHAP)
    return "iscsi";
  return type == ROOST_POOL_AUTH_TYPE_CEPH ? "ceph" : NULL;
}

static GBytes *
value_of (RoostPool *pool, GError **error)
{
  const RoostPoolAuth *auth = pool->config->auth;
  const RoostSecret *wanted = auth->secret;
  RoostSecrets *secrets = pool->storage != NULL ? pool->storage->secrets : NULL;
  RoostSecretItem *secret = NULL;

  if (secrets != NULL && wanted->uuid != NULL)
    secret = roost_secrets_find_uuid (secrets, wanted->uuid);
  else if (secrets != NULL)
    secret = roost_secrets_find_usage (secrets, usage_type (auth->type), wanted->usage);
  if (secret != NULL)
    return roost_secret_item_get_key (secret, error);
  roost_throw (error, ROOST_ERROR_NOT_FOUND,
               "the secret '%s' of the pool '%s' is not known: define it (roostctl secret-define) "
               "and give it its value",
               wanted->uuid != NULL ? wanted->uuid : wanted->usage, pool->config->name);
  return NULL;
}

RoostWiped *
roost_pool_auth_password (RoostPool *pool, GError **error)
{
  g_autoptr (GBytes) value = value_of (pool, error);
  const char *data = value != NULL ? g_bytes_get_data (value, NULL) : NULL;
  gsize length = value != NULL ? g_bytes_get_size (value) : 0;

  if (value == NULL)
    return NULL;
  for (gsize i = 0; i < length; i++)
    if (g_ascii_iscntrl (data[i]))
      {
        roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                     "the secret of the pool '%s' is no password: it holds more than one line, or "
                     "control characters",
                     pool->config->name);
        return NULL;
      }
  return g_strndup (data, length);
}

RoostWiped *
roost_pool_auth_key (RoostPool *pool, GError **error)
{
  g_autoptr (GBytes) value = value_of (pool, error);
  gsize length = 0;
  const guchar *data = value != NULL ? g_bytes_get_data (value, &length) : NULL;

  return value != NULL ? g_base64_encode (data, length) : NULL;
}
