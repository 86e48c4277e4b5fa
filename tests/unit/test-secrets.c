/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Secrets: their documents, their values at rest, and what is refused. */

#include "base/co.h"
#include "base/error.h"
#include "storage/secrets.h"

#include <glib/gstdio.h>
#include <string.h>

#define UUID                   "aa0b1e6e-0000-4000-8000-000000000001"
#define XML(attributes, usage) "<secret " attributes "><uuid>" UUID "</uuid>" usage "</secret>"
#define CEPH                   "<usage type='ceph'><name>client.a</name></usage>"

typedef struct
{
  char *dir;
  RoostSecrets *secrets;
} Fixture;

static RoostSecrets *
load (const char *dir)
{
  RoostSecrets *secrets = roost_secrets_new (dir);
  g_autoptr (GError) error = NULL;

  roost_secrets_load (secrets, &error);
  g_assert_no_error (error);
  return secrets;
}

static void
remove_all (const char *dir)
{
  const char *argv[] = { "rm", "-rf", dir, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
}

typedef struct
{
  void (*body) (Fixture *f);
  gboolean is_done;
} Test;

static void
run_co (gpointer p)
{
  Test *test = p;
  Fixture f = { .dir = g_dir_make_tmp ("secrets-XXXXXX", NULL) };

  f.secrets = load (f.dir);
  test->body (&f);
  g_object_unref (f.secrets);
  remove_all (f.dir);
  g_free (f.dir);
  test->is_done = TRUE;
}

static void
run (gconstpointer body)
{
  Test test = { 0 };

  *(gconstpointer *)&test.body = body;
  co_spawn ("test", run_co, &test);
  while (!test.is_done)
    g_main_context_iteration (NULL, TRUE);
}

static RoostSecretItem *
define (Fixture *f, const char *xml)
{
  g_autoptr (GError) error = NULL;
  RoostSecretItem *secret = roost_secrets_define (f->secrets, xml, &error);

  g_assert_no_error (error);
  return secret;
}

static void
expect_refused (Fixture *f, const char *xml, RoostError code, const char *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (roost_secrets_define (f->secrets, xml, &error));
  g_assert_error (error, ROOST_ERROR, (int)code);
  if (strstr (error->message, part) == NULL)
    g_error ("'%s' does not hold '%s'", error->message, part);
}

static void
give (RoostSecretItem *secret, const char *data, gsize length)
{
  g_autoptr (GBytes) value = g_bytes_new (data, length);
  g_autoptr (GError) error = NULL;

  roost_secret_item_set_value (secret, value, &error);
  g_assert_no_error (error);
}

static void
expect_value (RoostSecretItem *secret, const char *data, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) value = roost_secret_item_get_value (secret, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (value, NULL), g_bytes_get_size (value), data, length);
}

/* What is on disk: no file holds the bytes of @data where they are to be encrypted. */
static gboolean
is_on_disk (Fixture *f, const char *data, gsize length)
{
  g_autofree char *folder = g_build_filename (f->dir, "secret", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *text = NULL;
      gsize size;

      g_assert_true (g_file_get_contents (path, &text, &size, NULL));
      if (memmem (text, size, data, length) != NULL)
        return TRUE;
    }
  return FALSE;
}

static void
test_stored (Fixture *f)
{
  static const char value[] = "a\0secret\n";
  g_autoptr (RoostSecretItem) secret = define (f, XML ("", CEPH));

  g_assert_false (roost_secret_item_has_value (secret));
  g_assert_true (roost_secrets_find_usage (f->secrets, "ceph", "client.a") == secret);
  g_assert_null (roost_secrets_find_usage (f->secrets, "tls", "client.a"));
  give (secret, "first", 5);
  give (secret, value, sizeof value);
  expect_value (secret, value, sizeof value);
  g_assert_true (is_on_disk (f, value, sizeof value)
                 == g_str_equal (roost_secret_item_protection (secret), "file"));

  g_object_unref (f->secrets);
  f->secrets = load (f->dir); /* another daemon */
  g_clear_object (&secret);
  secret = g_object_ref (roost_secrets_find_uuid (f->secrets, UUID));
  expect_value (secret, value, sizeof value);
}

static void
test_ephemeral (Fixture *f)
{
  g_autoptr (RoostSecretItem) secret = define (f, XML ("ephemeral='yes'", CEPH));

  give (secret, "hidden", 6);
  g_assert_cmpstr (roost_secret_item_protection (secret), ==, "memory");
  expect_value (secret, "hidden", 6);
  g_assert_false (is_on_disk (f, "hidden", 6));
  g_assert_false (is_on_disk (f, UUID, strlen (UUID)));
}

static void
test_undefine (Fixture *f)
{
  g_autoptr (RoostSecretItem) secret = define (f, XML ("", CEPH));
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) value = NULL;

  give (secret, "gone", 4);
  roost_secrets_undefine (f->secrets, secret, &error);
  g_assert_no_error (error);
  g_assert_null (roost_secrets_find_uuid (f->secrets, UUID));
  value = roost_secret_item_get_value (secret, &error);
  g_assert_null (value);
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_FOUND);
  g_object_unref (f->secrets);
  f->secrets = load (f->dir);
  g_assert_null (roost_secrets_find_uuid (f->secrets, UUID));
}

static void
test_refused (Fixture *f)
{
  g_autoptr (RoostSecretItem) secret = define (f, XML ("private='yes'", CEPH));
  g_autofree char *long_value = g_malloc0 (ROOST_SECRET_MAX + 1);
  g_autoptr (GBytes) too_long = g_bytes_new (long_value, ROOST_SECRET_MAX + 1);
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  g_autoptr (GError) error = NULL;

  expect_refused (f, "<secret><usage type='ceph'><name>client.a</name></usage></secret>",
                  ROOST_ERROR_EXISTS, UUID);
  expect_refused (f, XML ("", CEPH), ROOST_ERROR_INVALID_ARGUMENT, "private");
  expect_refused (f, XML ("private='yes' ephemeral='yes'", CEPH), ROOST_ERROR_INVALID_ARGUMENT,
                  "ephemeral");
  expect_refused (f, "<secret><usage type='tls'/></secret>", ROOST_ERROR_INVALID_XML, "<name>");
  expect_refused (f, "<secret><usage type='fish'/></secret>", ROOST_ERROR_INVALID_XML, "fish");
  expect_refused (f, "<secret><usage><name>a</name></usage></secret>", ROOST_ERROR_INVALID_XML,
                  "needs a type");
  expect_refused (f, "<pool/>", ROOST_ERROR_INVALID_XML, "secret");
  g_assert_false (roost_secret_item_set_value (secret, too_long, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_LIMIT_EXCEEDED);
  g_clear_error (&error);
  g_assert_false (roost_secret_item_set_value (secret, empty, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_ARGUMENT);
}

/* A value that was put in the place of another secret's is not accepted. */
static void
test_moved_value (Fixture *f)
{
  g_autoptr (RoostSecretItem) secret = define (f, XML ("", CEPH));
  g_autoptr (RoostSecretItem) other = define (f, "<secret/>");
  g_autofree char *from = g_strdup_printf ("%s/secret/" UUID ".cred", f->dir);
  g_autofree char *to =
      g_strdup_printf ("%s/secret/%s.cred", f->dir, roost_secret_item_config (other)->uuid);
  g_autoptr (GError) error = NULL;

  give (secret, "mine", 4);
  give (other, "its own", 7);
  if (!g_str_equal (roost_secret_item_protection (secret), "systemd-creds"))
    return; /* nothing binds it here */
  g_assert_cmpint (g_rename (from, to), ==, 0);
  g_assert_null (roost_secret_item_get_value (other, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_STORAGE);
}

typedef struct
{
  RoostSecretItem *secret;
  guint n_done;
} Setting;

static void
set_co (gpointer p)
{
  Setting *setting = p;
  g_autoptr (GBytes) value = g_bytes_new_static ("late", 4);
  g_autoptr (GError) error = NULL;

  if (!roost_secret_item_set_value (setting->secret, value, &error))
    g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_FOUND);
  setting->n_done++;
}

/* A value that is on its way when the secret is undefined does not stay behind. */
static void
test_set_while_undefined (Fixture *f)
{
  g_autoptr (RoostSecretItem) secret = define (f, XML ("", CEPH));
  g_autofree char *folder = g_build_filename (f->dir, "secret", NULL);
  Setting setting = { secret, 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = NULL;

  for (guint i = 0; i < 3; i++)
    co_spawn ("set", set_co, &setting);
  roost_secrets_undefine (f->secrets, secret, &error);
  g_assert_no_error (error);
  while (setting.n_done < 3)
    co_sleep (1, NULL, NULL);
  g_assert_cmpstr (roost_secret_item_protection (secret), ==, "");
  dir = g_dir_open (folder, 0, NULL);
  g_assert_null (g_dir_read_name (dir));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/secrets/stored", test_stored, run);
  g_test_add_data_func ("/secrets/ephemeral", test_ephemeral, run);
  g_test_add_data_func ("/secrets/undefine", test_undefine, run);
  g_test_add_data_func ("/secrets/set-while-undefined", test_set_while_undefined, run);
  g_test_add_data_func ("/secrets/refused", test_refused, run);
  g_test_add_data_func ("/secrets/moved-value", test_moved_value, run);
  return g_test_run ();
}
