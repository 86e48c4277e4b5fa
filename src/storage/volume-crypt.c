/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/volume-crypt.h"

#include "base/error.h"
#include "model/pool-types.h"
#include "storage/qemu-img.h"

#include <inttypes.h>

static gboolean
is_qcow2 (const RoostVolumeConfig *config)
{
  return g_strcmp0 (config->format, "qcow2") == 0;
}

static const RoostSecret *
secret_of (const RoostVolumeConfig *config)
{
  const GPtrArray *secrets = config->encryption->secrets;

  return secrets != NULL && secrets->len > 0 ? secrets->pdata[0] : NULL;
}

gboolean
roost_volume_crypt_check (const RoostVolumeConfig *config, GError **error)
{
  const RoostEncryption *encryption = config->encryption;

  if (encryption->format != ROOST_ENCRYPTION_FORMAT_LUKS)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "a volume is encrypted by format='luks', not '%s'",
                        roost_encryption_format_names[encryption->format]);
  if (!is_qcow2 (config) && g_strcmp0 (config->format, "raw") != 0)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "a volume of format '%s' cannot be encrypted, one of raw or qcow2 can",
                        config->format != NULL ? config->format : "");
  if (secret_of (config) == NULL)
    return roost_throw (
        error, ROOST_ERROR_NOT_SUPPORTED,
        "an encrypted volume needs <secret type='passphrase'> with the uuid or usage "
        "of a secret that was defined before");
  return TRUE;
}

static GBytes *
find (RoostSecrets *secrets, const char *uuid, const char *usage, GError **error)
{
  RoostSecretItem *secret = uuid != NULL ? roost_secrets_find_uuid (secrets, uuid)
                                         : roost_secrets_find_usage (secrets, "volume", usage);

  if (secret != NULL)
    return roost_secret_item_get_value (secret, error);
  roost_throw (error, ROOST_ERROR_NOT_FOUND, "the secret '%s' of the volume is not known",
               uuid != NULL ? uuid : usage);
  return NULL;
}

GBytes *
roost_volume_crypt_key (RoostSecrets *secrets, const RoostVolumeConfig *config, GError **error)
{
  const RoostSecret *wanted = secret_of (config);

  return find (secrets, wanted->uuid, wanted->usage, error);
}

GBytes *
roost_volume_crypt_find (RoostSecrets *secrets, const char *name, GError **error)
{
  gboolean is_uuid = g_uuid_string_is_valid (name);

  return find (secrets, is_uuid ? name : NULL, is_uuid ? NULL : name, error);
}

static void
add (const RoostVolumeConfig *config, GString *options, const char *name, const char *value)
{
  g_autofree char *full = g_strconcat (is_qcow2 (config) ? "encrypt." : "", name, NULL);

  if (value != NULL)
    roost_img_append_option (options, full, value);
}

void
roost_volume_crypt_options (const RoostVolumeConfig *config, const char *id, GString *options)
{
  const RoostEncryption *encryption = config->encryption;
  g_autofree char *cipher = NULL;

  if (encryption->has_cipher)
    cipher =
        g_strdup_printf ("%s-%" PRIu64, encryption->cipher_name, encryption->cipher_size.value);
  if (is_qcow2 (config))
    add (config, options, "format", "luks");
  add (config, options, "key-secret", id);
  add (config, options, "cipher-alg", cipher);
  add (config, options, "cipher-mode", encryption->cipher_mode);
  add (config, options, "hash-alg", encryption->cipher_hash);
  add (config, options, "ivgen-alg", encryption->ivgen_name);
  add (config, options, "ivgen-hash-alg", encryption->ivgen_hash);
}
