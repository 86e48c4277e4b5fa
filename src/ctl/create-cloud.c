/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/create.h"

#include "base/error.h"

#include <crypt.h>
#include <json-glib/json-glib.h>
#include <string.h>

/* So that a guess costs something; a guest spends a tenth of a second on each login. */
#define HASH_ROUNDS 100000

#define MAX_HOSTNAME 63
#define MAX_USER     32
#define MAX_PASSWORD 511

/* --- documents: JSON, which every reader of YAML reads, and which has one way of quoting --- */

static char *
to_text (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autoptr (JsonGenerator) generator = json_generator_new ();

  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  return json_generator_to_data (generator, NULL);
}

static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
add_keys (JsonBuilder *builder, const CtlCloud *cloud)
{
  if (cloud->keys == NULL || cloud->keys[0] == NULL)
    return;
  json_builder_set_member_name (builder, "ssh_authorized_keys");
  json_builder_begin_array (builder);
  for (const char *const *key = cloud->keys; *key != NULL; key++)
    json_builder_add_string_value (builder, *key);
  json_builder_end_array (builder);
}

static void
add_user (JsonBuilder *builder, const CtlCloud *cloud)
{
  json_builder_set_member_name (builder, "users");
  json_builder_begin_array (builder);
  json_builder_begin_object (builder);
  add_string (builder, "name", cloud->user);
  add_string (builder, "sudo", "ALL=(ALL) NOPASSWD:ALL");
  add_string (builder, "shell", "/bin/bash");
  json_builder_set_member_name (builder, "lock_passwd");
  json_builder_add_boolean_value (builder, cloud->password_hash == NULL);
  if (cloud->password_hash != NULL)
    add_string (builder, "passwd", cloud->password_hash);
  add_keys (builder, cloud);
  json_builder_end_object (builder);
  json_builder_end_array (builder);
}

static void
add_usual_user (JsonBuilder *builder, const CtlCloud *cloud)
{
  add_keys (builder, cloud);
  if (cloud->password_hash == NULL)
    return;
  add_string (builder, "password", cloud->password_hash);
  json_builder_set_member_name (builder, "chpasswd");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "expire");
  json_builder_add_boolean_value (builder, FALSE);
  json_builder_end_object (builder);
}

char *
ctl_cloud_user_data (const CtlCloud *cloud)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *json = NULL;

  json_builder_begin_object (builder);
  if (cloud->user != NULL)
    add_user (builder, cloud);
  else
    add_usual_user (builder, cloud);
  json_builder_end_object (builder);
  json = to_text (builder);
  return g_strdup_printf ("#cloud-config\n%s\n", json);
}

char *
ctl_cloud_meta_data (const CtlCloud *cloud)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *json = NULL;

  json_builder_begin_object (builder);
  add_string (builder, "instance-id", cloud->instance_id);
  add_string (builder, "local-hostname", cloud->hostname);
  json_builder_end_object (builder);
  json = to_text (builder);
  return g_strconcat (json, "\n", NULL);
}

/* --- checks --- */

gboolean
ctl_cloud_check_user (const char *user, GError **error)
{
  gboolean good = g_ascii_islower (user[0]) || user[0] == '_';

  for (const char *c = user; *c != '\0'; c++)
    good = good && (g_ascii_islower (*c) || g_ascii_isdigit (*c) || *c == '_' || *c == '-');
  if (good && strlen (user) <= MAX_USER)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                      "'%s' is no name of a user: it begins with a small letter or '_', and has "
                      "small letters, digits, '_' and '-', %d at the most",
                      user, MAX_USER);
}

static gboolean
is_label (const char *label)
{
  gsize length = strlen (label);

  if (length == 0 || length > MAX_HOSTNAME || label[0] == '-' || label[length - 1] == '-')
    return FALSE;
  for (const char *c = label; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && *c != '-')
      return FALSE;
  return TRUE;
}

gboolean
ctl_cloud_check_hostname (const char *hostname, GError **error)
{
  g_auto (GStrv) labels = g_strsplit (hostname, ".", -1);
  gboolean good = labels[0] != NULL && strlen (hostname) <= 253;

  for (guint i = 0; good && labels[i] != NULL; i++)
    good = is_label (labels[i]);
  if (good)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                      "'%s' is no host name: it has letters, digits and '-' in parts of at most "
                      "%d, with '.' between them",
                      hostname, MAX_HOSTNAME);
}

/* What cloud-init looks at to see of which kind a document is; it ignores all others. */
gboolean
ctl_cloud_check_user_data (const char *text, GError **error)
{
  const char *const starts[] = { "#cloud-config",      "#cloud-boothook",
                                 "#include",           "#!",
                                 "#part-handler",      "#cloud-config-archive",
                                 "## template: jinja", "Content-Type:",
                                 "MIME-Version:",      NULL };

  for (const char *const *start = starts; *start != NULL; start++)
    if (g_ascii_strncasecmp (text, *start, strlen (*start)) == 0)
      return TRUE;
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                      "its first line is not what cloud-init knows; it is '#cloud-config', or "
                      "'#!' and the name of an interpreter");
}

char *
ctl_cloud_hostname (const char *name)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (const char *c = name; *c != '\0' && out->len < MAX_HOSTNAME; c++)
    if (g_ascii_isalnum (*c))
      g_string_append_c (out, g_ascii_tolower (*c));
    else if (out->len > 0 && out->str[out->len - 1] != '-')
      g_string_append_c (out, '-');
  while (out->len > 0 && out->str[out->len - 1] == '-')
    g_string_truncate (out, out->len - 1);
  return out->len > 0 ? g_strdup (out->str) : g_strdup ("guest");
}

/* --- keys and passwords --- */

static gboolean
is_printable (const char *text)
{
  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    if (!g_unichar_isprint (g_utf8_get_char (c)))
      return FALSE;
  return TRUE;
}

/* Is there a word of a kind of key ("ssh-ed25519", "ecdsa-sha2-nistp256"), and one in base64? */
static gboolean
is_key (const char *line)
{
  return is_printable (line)
         && g_regex_match_simple ("(^|[ ,\"])(ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+ +"
                                  "[A-Za-z0-9+/]{16,}={0,3}( |$)",
                                  line, 0, 0);
}

gboolean
ctl_cloud_read_keys (const char *text, const char *label, GPtrArray *keys, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint before = keys->len;

  if (strstr (text, "PRIVATE KEY-----") != NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "%s is a private key; the guest needs the public one, %s.pub", label,
                        label);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strstrip (lines[i]);

      if (*line == '\0' || *line == '#')
        continue;
      if (!is_key (line))
        return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                            "%s, line %u: it is no public key of ssh", label, i + 1);
      g_ptr_array_add (keys, g_strdup (line));
    }
  if (keys->len > before)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "%s has no public key of ssh", label);
}

char *
ctl_cloud_hash_password (const char *password, GError **error)
{
  struct crypt_data data = { 0 };
  const char *hash;
  char *copy;

  if (*password == '\0' || strlen (password) > MAX_PASSWORD)
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                   "the password is empty, or longer than %d bytes", MAX_PASSWORD);
      return NULL;
    }
  if (crypt_gensalt_rn ("$6$", HASH_ROUNDS, NULL, 0, data.setting, sizeof data.setting) == NULL
      || (hash = crypt_rn (password, data.setting, &data, sizeof data)) == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "crypt(3) of this host has no SHA-512");
      return NULL;
    }
  copy = g_strdup (hash);
  explicit_bzero (&data, sizeof data);
  return copy;
}
