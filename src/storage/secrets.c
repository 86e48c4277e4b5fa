/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/secrets.h"

#include "base/co.h"
#include "base/error.h"
#include "base/file.h"

#include <string.h>

#define FILE_MODE   0600
#define FOLDER_MODE 0700

struct _RoostSecrets
{
  GObject parent;
  char *folder;
  GHashTable *by_uuid; /* → RoostSecretItem, owned */
};

struct _RoostSecretItem
{
  GObject parent;
  char *folder;
  RoostSecretConfig *config;
  GBytes *memory;                 /* (nullable): the value of an ephemeral one */
  gboolean is_kept, is_encrypted; /* a value is in the vault; encrypted there */
  gboolean is_leaving;            /* it is being undefined */
  guint writers;                  /* how many values are on their way to the vault */
  CoGate *written;                /* opens when there is one less */
};

G_DEFINE_FINAL_TYPE (RoostSecrets, roost_secrets, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE (RoostSecretItem, roost_secret_item, G_TYPE_OBJECT)

enum
{
  SECRET_ADDED,
  SECRET_REMOVED,
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* --- one secret --- */

static void
roost_secret_item_finalize (GObject *object)
{
  RoostSecretItem *secret = ROOST_SECRET_ITEM (object);

  roost_secret_config_free (secret->config);
  g_clear_pointer (&secret->memory, g_bytes_unref);
  co_gate_free (secret->written);
  g_free (secret->folder);
  G_OBJECT_CLASS (roost_secret_item_parent_class)->finalize (object);
}

static void
roost_secret_item_class_init (RoostSecretItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = roost_secret_item_finalize;
  signals[CHANGED] = g_signal_new ("changed", ROOST_TYPE_SECRET_ITEM, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
roost_secret_item_init (RoostSecretItem *secret)
{
  secret->written = co_gate_new ();
}

static void
changed (RoostSecretItem *secret)
{
  g_signal_emit (secret, signals[CHANGED], 0, 1u);
}

static gboolean
is_ephemeral (const RoostSecretItem *secret)
{
  return secret->config->is_ephemeral == ROOST_YES;
}

const RoostSecretConfig *
roost_secret_item_config (RoostSecretItem *secret)
{
  return secret->config;
}

gboolean
roost_secret_item_has_value (RoostSecretItem *secret)
{
  return *roost_secret_item_protection (secret) != '\0';
}

const char *
roost_secret_item_protection (RoostSecretItem *secret)
{
  if (secret->memory != NULL)
    return "memory";
  if (!secret->is_kept)
    return "";
  return secret->is_encrypted ? "systemd-creds" : "file";
}

static gboolean
need_staying (RoostSecretItem *secret, GError **error)
{
  return !secret->is_leaving
         || roost_throw (error, ROOST_ERROR_NOT_FOUND, "secret %s is being undefined",
                         secret->config->uuid);
}

/* Who undefines it waits for this: no value comes after it. */
static gboolean
keep (RoostSecretItem *secret, GBytes *value, GError **error)
{
  gboolean is_encrypted = FALSE;
  gboolean good;

  secret->writers++;
  good = roost_vault_write (secret->folder, secret->config->uuid, value, &is_encrypted, error);
  secret->writers--;
  co_gate_open (secret->written);
  if (good)
    {
      secret->is_kept = TRUE;
      secret->is_encrypted = is_encrypted;
    }
  return good;
}

gboolean
roost_secret_item_set_value (RoostSecretItem *secret, GBytes *value, GError **error)
{
  g_autoptr (RoostSecretItem) held = g_object_ref (secret);

  if (!need_staying (held, error))
    return FALSE;
  if (g_bytes_get_size (value) == 0)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "the value of secret %s is empty",
                        secret->config->uuid);
  if (g_bytes_get_size (value) > ROOST_SECRET_MAX)
    return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                        "the value of a secret has at most %d bytes", ROOST_SECRET_MAX);
  if (is_ephemeral (secret))
    {
      g_clear_pointer (&secret->memory, g_bytes_unref);
      secret->memory = g_bytes_ref (value);
    }
  else if (!keep (held, value, error))
    return FALSE;
  changed (held);
  return TRUE;
}

GBytes *
roost_secret_item_get_value (RoostSecretItem *secret, GError **error)
{
  g_autoptr (RoostSecretItem) held = g_object_ref (secret);

  if (held->memory != NULL)
    return g_bytes_ref (held->memory);
  if (held->is_kept)
    return roost_vault_read (held->folder, held->config->uuid, held->is_encrypted, error);
  if (is_ephemeral (held))
    roost_throw (error, ROOST_ERROR_NOT_FOUND,
                 "secret %s is ephemeral and has no value since the daemon was started",
                 held->config->uuid);
  else
    roost_throw (error, ROOST_ERROR_NOT_FOUND, "secret %s has no value; give it one with SetValue",
                 held->config->uuid);
  return NULL;
}

/* A key of Ceph begins with the number of its algorithm, two bytes: 1 is AES. The text of one is
 * "AQ…". */
static GBytes *
decode_ceph_key (GBytes *value)
{
  gsize length = g_bytes_get_size (value);
  g_autofree char *text = g_strndup (g_bytes_get_data (value, NULL), length);
  guchar *key = g_base64_decode (g_strstrip (text), &length);

  explicit_bzero (text, strlen (text));
  if (length > 2 && key[0] == 1 && key[1] == 0)
    return roost_secret_bytes_take (key, length);
  g_free (key);
  return g_bytes_ref (value);
}

GBytes *
roost_secret_item_get_key (RoostSecretItem *secret, GError **error)
{
  gboolean is_ceph = secret->config->usage == ROOST_SECRET_USAGE_CEPH;
  g_autoptr (GBytes) value = roost_secret_item_get_value (secret, error);

  if (value == NULL || !is_ceph)
    return g_steal_pointer (&value);
  return decode_ceph_key (value);
}

/* --- all of them --- */

static void
roost_secrets_finalize (GObject *object)
{
  RoostSecrets *secrets = ROOST_SECRETS (object);

  g_hash_table_unref (secrets->by_uuid);
  g_free (secrets->folder);
  G_OBJECT_CLASS (roost_secrets_parent_class)->finalize (object);
}

static guint
list_signal (const char *name)
{
  return g_signal_new (name, ROOST_TYPE_SECRETS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, 1, ROOST_TYPE_SECRET_ITEM);
}

static void
roost_secrets_class_init (RoostSecretsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = roost_secrets_finalize;
  signals[SECRET_ADDED] = list_signal ("secret-added");
  signals[SECRET_REMOVED] = list_signal ("secret-removed");
}

static void
roost_secrets_init (RoostSecrets *secrets)
{
  secrets->by_uuid = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

RoostSecrets *
roost_secrets_new (const char *config_dir)
{
  RoostSecrets *secrets = g_object_new (ROOST_TYPE_SECRETS, NULL);

  secrets->folder = g_build_filename (config_dir, "secret", NULL);
  return secrets;
}

static RoostSecretItem *
add (RoostSecrets *secrets, RoostSecretConfig *config)
{
  RoostSecretItem *secret = g_object_new (ROOST_TYPE_SECRET_ITEM, NULL);

  secret->folder = g_strdup (secrets->folder);
  secret->config = config;
  g_hash_table_insert (secrets->by_uuid, g_strdup (config->uuid), secret);
  g_signal_emit (secrets, signals[SECRET_ADDED], 0, secret);
  return secret;
}

static char *
file_of (RoostSecrets *secrets, const char *uuid)
{
  return g_strdup_printf ("%s/%s.xml", secrets->folder, uuid);
}

static void
load_file (RoostSecrets *secrets, const char *file)
{
  g_autofree char *path = g_build_filename (secrets->folder, file, NULL);
  g_autofree char *uuid = g_strndup (file, strlen (file) - strlen (".xml"));
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostSecretConfig) config = NULL;

  if (g_file_get_contents (path, &text, NULL, &error))
    config = roost_secret_config_parse (text, NULL, &error);
  if (config == NULL)
    roost_file_set_aside (path, error->message);
  else if (!g_str_equal (config->uuid, uuid))
    roost_file_set_aside (path, "it holds another uuid");
  else
    {
      RoostSecretItem *secret = add (secrets, g_steal_pointer (&config));

      secret->is_kept = roost_vault_has (secrets->folder, uuid, &secret->is_encrypted);
    }
}

gboolean
roost_secrets_load (RoostSecrets *secrets, GError **error)
{
  g_autoptr (GDir) dir = NULL;
  const char *file;

  if (!roost_dir_make (secrets->folder, FOLDER_MODE, error))
    return FALSE;
  dir = g_dir_open (secrets->folder, 0, error);
  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (file, ".xml"))
      load_file (secrets, file);
  return dir != NULL;
}

GPtrArray *
roost_secrets_list (RoostSecrets *secrets)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer secret;

  g_hash_table_iter_init (&iter, secrets->by_uuid);
  while (g_hash_table_iter_next (&iter, NULL, &secret))
    g_ptr_array_add (list, g_object_ref (secret));
  return list;
}

RoostSecretItem *
roost_secrets_find_uuid (RoostSecrets *secrets, const char *uuid)
{
  return g_hash_table_lookup (secrets->by_uuid, uuid);
}

RoostSecretItem *
roost_secrets_find_usage (RoostSecrets *secrets, const char *type, const char *id)
{
  GHashTableIter iter;
  gpointer p;

  g_hash_table_iter_init (&iter, secrets->by_uuid);
  while (g_hash_table_iter_next (&iter, NULL, &p))
    {
      const RoostSecretConfig *config = ((RoostSecretItem *)p)->config;

      if (g_strcmp0 (roost_secret_config_usage_id (config), id) == 0
          && (type == NULL || g_strcmp0 (roost_secret_usage_names[config->usage], type) == 0))
        return p;
    }
  return NULL;
}

/* --- definitions --- */

static gboolean
check_new (RoostSecrets *secrets, const RoostSecretConfig *config, GError **error)
{
  const char *id = roost_secret_config_usage_id (config);
  RoostSecretItem *user = NULL;
  RoostSecretItem *old = roost_secrets_find_uuid (secrets, config->uuid);

  if (id != NULL)
    user = roost_secrets_find_usage (secrets, roost_secret_usage_names[config->usage], id);
  if (user != NULL && user != old)
    return roost_throw (error, ROOST_ERROR_EXISTS, "secret %s is the one for %s '%s'",
                        user->config->uuid, roost_secret_usage_names[config->usage], id);
  if (old == NULL)
    return TRUE;
  if (is_ephemeral (old) != (config->is_ephemeral == ROOST_YES))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "whether secret %s is ephemeral cannot be changed: undefine it first",
                        config->uuid);
  if (old->config->is_private == ROOST_YES && config->is_private != ROOST_YES)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "secret %s is private and stays so: undefine it first", config->uuid);
  return TRUE;
}

static gboolean
write_config (RoostSecrets *secrets, const RoostSecretConfig *config, GError **error)
{
  g_autofree char *path = file_of (secrets, config->uuid);
  g_autofree char *xml = roost_secret_config_format (config);

  return config->is_ephemeral == ROOST_YES
         || roost_file_write (path, xml, strlen (xml), FILE_MODE, error);
}

static void
drop (RoostSecrets *secrets, RoostSecretItem *secret)
{
  g_autoptr (RoostSecretItem) held = g_object_ref (secret);

  if (g_hash_table_remove (secrets->by_uuid, held->config->uuid))
    g_signal_emit (secrets, signals[SECRET_REMOVED], 0, held);
}

/* It is added before it is written, so that nobody else takes its usage meanwhile. */
static RoostSecretItem *
define_new (RoostSecrets *secrets, RoostSecretConfig *config, GError **error)
{
  g_autoptr (RoostSecretItem) secret = g_object_ref (add (secrets, config));

  if (write_config (secrets, config, error))
    return g_steal_pointer (&secret);
  drop (secrets, secret);
  return NULL;
}

RoostSecretItem *
roost_secrets_define (RoostSecrets *secrets, const char *xml, GError **error)
{
  g_autoptr (RoostSecretConfig) config = roost_secret_config_parse (xml, NULL, error);
  g_autoptr (RoostSecretItem) secret = NULL;

  if (config == NULL || !check_new (secrets, config, error))
    return NULL;
  secret = roost_secrets_find_uuid (secrets, config->uuid);
  if (secret == NULL)
    return define_new (secrets, g_steal_pointer (&config), error);
  g_object_ref (secret);
  if (!need_staying (secret, error) || !write_config (secrets, config, error))
    return NULL;
  if (roost_secrets_find_uuid (secrets, config->uuid) != secret)
    {
      g_autofree char *path = file_of (secrets, config->uuid);

      roost_throw (error, ROOST_ERROR_NOT_FOUND, "secret %s was undefined meanwhile", config->uuid);
      roost_file_remove (path, NULL);
      return NULL;
    }
  roost_secret_config_free (secret->config);
  secret->config = g_steal_pointer (&config);
  changed (secret);
  return g_steal_pointer (&secret);
}

/* The value goes first: what is left after a crash has none and can be undefined again. */
static gboolean
remove_files (RoostSecrets *secrets, RoostSecretItem *secret, GError **error)
{
  g_autofree char *path = file_of (secrets, secret->config->uuid);

  if (!roost_vault_remove (secrets->folder, secret->config->uuid, error))
    return FALSE;
  secret->is_kept = FALSE;
  return roost_file_remove (path, error);
}

gboolean
roost_secrets_undefine (RoostSecrets *secrets, RoostSecretItem *secret, GError **error)
{
  g_autoptr (RoostSecretItem) held = g_object_ref (secret);

  if (!need_staying (held, error))
    return FALSE;
  held->is_leaving = TRUE;
  while (held->writers > 0)
    co_gate_wait (held->written, 0, NULL, NULL);
  if (!remove_files (secrets, held, error))
    {
      held->is_leaving = FALSE;
      return FALSE;
    }
  g_clear_pointer (&held->memory, g_bytes_unref);
  drop (secrets, held);
  return TRUE;
}
