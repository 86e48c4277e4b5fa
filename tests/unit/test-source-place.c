/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where sources are, and the record that iscsiadm keeps of a target. */

#include "base/co.h"
#include "base/error.h"
#include "model/source-place.h"
#include "storage/iscsi-record.h"

#include <glib/gstdio.h>
#include <string.h>

/* --- URLs --- */

static void
expect_url (RoostNetProtocol protocol, const char *name, const RoostNetHost *host, const char *url)
{
  g_auto (RoostStorageSource) source = { .type = ROOST_SOURCE_TYPE_NETWORK, .protocol = protocol };
  g_autofree char *found = NULL;

  source.name = g_strdup (name);
  roost_source_add_host (&source, host->transport, host->name, host->port, host->socket);
  found = roost_source_url (&source);
  g_assert_cmpstr (found, ==, url);
}

static void
test_urls (void)
{
  const RoostNetHost plain = { .name = (char *)"h" };
  const RoostNetHost v6 = { .name = (char *)"::1", .port = (char *)"99" };
  const RoostNetHost local = { .transport = ROOST_HOST_TRANSPORT_UNIX,
                               .socket = (char *)"/run/a b" };
  const RoostStorageSource file = { .type = ROOST_SOURCE_TYPE_FILE };

  expect_url (ROOST_NET_PROTOCOL_NBD, "my disk", &plain, "nbd://h:10809/my%20disk");
  expect_url (ROOST_NET_PROTOCOL_NBD, NULL, &v6, "nbd://[::1]:99/");
  expect_url (ROOST_NET_PROTOCOL_NBD, "e", &local, "nbd+unix:///e?socket=/run/a%20b");
  expect_url (ROOST_NET_PROTOCOL_ISCSI, "iqn.a:b", &plain, "iscsi://h:3260/iqn.a:b/0");
  expect_url (ROOST_NET_PROTOCOL_ISCSI, "iqn.a:b/4", &plain, "iscsi://h:3260/iqn.a:b/4");
  expect_url (ROOST_NET_PROTOCOL_RBD, "p/i", &plain, "rbd://h:6789/p/i");
  expect_url (ROOST_NET_PROTOCOL_GLUSTER, "v/a.img", &plain, "gluster://h:24007/v/a.img");
  expect_url (ROOST_NET_PROTOCOL_HTTP, "a", &plain, "http://h/a");
  g_assert_null (roost_source_url (&file));
}

static void
test_keep_volume (void)
{
  const RoostSecret secret = { .usage = (char *)"u" };
  const RoostStorageSource given = { .type = ROOST_SOURCE_TYPE_VOLUME,
                                     .mode = ROOST_SOURCE_MODE_DIRECT,
                                     .pool = (char *)"p",
                                     .volume = (char *)"v" };
  g_auto (RoostStorageSource) source = { .type = ROOST_SOURCE_TYPE_NETWORK };

  source.name = g_strdup ("n");
  roost_source_add_host (&source, 0, "h", NULL, NULL);
  roost_source_set_auth (&source, ROOST_SECRET_TYPE_ISCSI, "joe", &secret);
  g_assert_cmpint (source.auth->secret->type, ==, ROOST_SECRET_TYPE_ISCSI);
  g_assert_cmpstr (source.auth->secret->usage, ==, "u");
  roost_source_keep_volume (&source, &given);
  g_assert_cmpint (source.type, ==, ROOST_SOURCE_TYPE_VOLUME);
  g_assert_cmpint (source.mode, ==, ROOST_SOURCE_MODE_DIRECT);
  g_assert_cmpstr (source.pool, ==, "p");
  g_assert_null (source.hosts);
  g_assert_null (source.auth);
  g_assert_null (source.name);
}

/* --- records --- */

#define RECORD                                                                                     \
  "# BEGIN RECORD 2.1.8\nnode.name = iqn.a:b\nnode.session.auth.authmethod = None\n"               \
  "node.session.auth.password = old\nnode.session.auth.password_in = other\n# END RECORD\n"
#define CHANGED                                                                                    \
  "# BEGIN RECORD 2.1.8\nnode.name = iqn.a:b\nnode.session.auth.password_in = other\n"             \
  "node.session.auth.authmethod = CHAP\nnode.session.auth.username = joe\n"                        \
  "node.session.auth.password = new = one\n# END RECORD\n"

typedef struct
{
  char *dir;
  gboolean is_done;
} Fixture;

static void
put (const Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (f->dir, "iqn.a:b", name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, RECORD, -1, NULL));
}

static void
expect (const Fixture *f, const char *name, const char *wanted)
{
  g_autofree char *path = g_build_filename (f->dir, "iqn.a:b", name, NULL);
  g_autofree char *text = NULL;
  GStatBuf status;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, wanted);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  if (g_str_equal (wanted, CHANGED))
    g_assert_cmpint (status.st_mode & 07777, ==, 0600);
}

static gboolean
set (const Fixture *f, const char *portal, GError **error)
{
  const char *folders[] = { "/nonexistent", f->dir, NULL };

  return roost_iscsi_record_set_password (folders, "iqn.a:b", portal, "joe", "new = one", error);
}

static void
test_records (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (set (f, "10.0.0.1:3260", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_STORAGE);
  g_clear_error (&error);
  put (f, "10.0.0.1,3260");
  put (f, "10.0.0.1,32601");
  put (f, "10.0.0.1,3260,1/default");
  put (f, "fd00::1,3261");
  g_assert_true (set (f, "10.0.0.1:3260", &error));
  expect (f, "10.0.0.1,3260", CHANGED);
  expect (f, "10.0.0.1,3260,1/default", CHANGED);
  expect (f, "10.0.0.1,32601", RECORD);
  expect (f, "fd00::1,3261", RECORD);
  g_assert_true (set (f, "[fd00::1]:3261", &error));
  expect (f, "fd00::1,3261", CHANGED);
}

static void
run_co (gpointer p)
{
  Fixture *f = p;

  test_records (f);
  f->is_done = TRUE;
}

static void
run_records (void)
{
  Fixture f = { .dir = g_dir_make_tmp ("records-XXXXXX", NULL) };
  const char *argv[] = { "rm", "-rf", f.dir, NULL };

  co_spawn ("test", run_co, &f);
  while (!f.is_done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
  g_free (f.dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/source-place/urls", test_urls);
  g_test_add_func ("/source-place/keep-volume", test_keep_volume);
  g_test_add_func ("/iscsi-record", run_records);
  return g_test_run ();
}
