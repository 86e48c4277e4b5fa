/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/secret-vault.h"

#include "base/co.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "storage/tool.h"

#include <string.h>

#define FILE_MODE 0600
#define TOOL      "systemd-creds"

typedef struct
{
  gpointer data;
  gsize length;
} Wiped;

static void
wipe (gpointer p)
{
  Wiped *wiped = p;

  if (wiped->data != NULL) /* an empty one may have none */
    explicit_bzero (wiped->data, wiped->length);
  g_free (wiped->data);
  g_free (wiped);
}

GBytes *
roost_secret_bytes_take (gpointer data, gsize length)
{
  Wiped *wiped = g_new (Wiped, 1);

  *wiped = (Wiped){ data, length };
  return g_bytes_new_with_free_func (data, length, wipe, wiped);
}

static char *
path_of (const char *folder, const char *uuid, gboolean is_encrypted)
{
  return g_strdup_printf ("%s/%s%s", folder, uuid, is_encrypted ? ".cred" : ".value");
}

/* It may stand in the name of the credential, which the tool checks: a value that was moved to
 * another secret's place is not accepted. */
static char *
name_option (const char *uuid)
{
  return g_strconcat ("--name=roost-secret-", uuid, NULL);
}

/* Returns: (transfer full) (nullable): the encrypted value, in base64; NULL where it cannot be */
static char *
encrypt (const char *uuid, GBytes *value)
{
  g_autofree char *name = name_option (uuid);
  const char *argv[] = { TOOL, "encrypt", name, "-", "-", NULL };
  RoostToolOptions options = { .timeout_ms = ROOST_TOOL_QUICK_MS, .input = value };
  g_autoptr (GError) error = NULL;
  char *text;

  if (!roost_tool_exists (TOOL))
    return NULL;
  text = roost_tool_run (argv, &options, NULL, &error);
  if (text == NULL)
    roost_info ("the value of secret %s is kept without encryption: %s", uuid, error->message);
  return text;
}

gboolean
roost_vault_write (
    const char *folder, const char *uuid, GBytes *value, gboolean *out_is_encrypted, GError **error)
{
  g_autofree char *text = encrypt (uuid, value);
  g_autofree char *path = path_of (folder, uuid, text != NULL);
  g_autofree char *other = path_of (folder, uuid, text == NULL);
  gsize length = text != NULL ? strlen (text) : g_bytes_get_size (value);
  const char *data = text != NULL ? text : g_bytes_get_data (value, NULL);

  *out_is_encrypted = text != NULL;
  return roost_file_write (path, data, length, FILE_MODE, error)
         && roost_file_remove (other, error);
}

static GBytes *
decrypt (const char *path, const char *uuid, GError **error)
{
  g_autofree char *name = name_option (uuid);
  const char *argv[] = { TOOL, "decrypt", "--transcode=base64", name, path, "-", NULL };
  RoostToolOptions options = { .timeout_ms = ROOST_TOOL_QUICK_MS };
  g_autofree char *text = roost_tool_run (argv, &options, NULL, error);
  gsize length = 0;
  gpointer data;

  if (text == NULL)
    {
      g_prefix_error (error, "the value of secret %s cannot be decrypted: ", uuid);
      return NULL;
    }
  data = g_base64_decode (text, &length);
  explicit_bzero (text, strlen (text));
  return roost_secret_bytes_take (data, length);
}

typedef struct
{
  const char *path;
  char *data; /* owned by who reads */
  gsize length;
} Plain;

static gboolean
read_plain (gpointer p, GCancellable *cancellable, GError **error)
{
  Plain *plain = p;
  g_autoptr (GError) local = NULL;

  return g_file_get_contents (plain->path, &plain->data, &plain->length, &local)
         || roost_throw (error, ROOST_ERROR_IO, "%s", local->message);
}

GBytes *
roost_vault_read (const char *folder, const char *uuid, gboolean is_encrypted, GError **error)
{
  g_autofree char *path = path_of (folder, uuid, is_encrypted);
  Plain plain = { .path = path };

  if (is_encrypted)
    return decrypt (path, uuid, error);
  return co_thread (read_plain, &plain, NULL, error)
             ? roost_secret_bytes_take (plain.data, plain.length)
             : NULL;
}

gboolean
roost_vault_remove (const char *folder, const char *uuid, GError **error)
{
  g_autofree char *encrypted = path_of (folder, uuid, TRUE);
  g_autofree char *plain = path_of (folder, uuid, FALSE);

  return roost_file_remove (encrypted, error) && roost_file_remove (plain, error);
}

gboolean
roost_vault_has (const char *folder, const char *uuid, gboolean *out_is_encrypted)
{
  g_autofree char *encrypted = path_of (folder, uuid, TRUE);
  g_autofree char *plain = path_of (folder, uuid, FALSE);

  *out_is_encrypted = g_file_test (encrypted, G_FILE_TEST_EXISTS);
  return *out_is_encrypted || g_file_test (plain, G_FILE_TEST_EXISTS);
}
