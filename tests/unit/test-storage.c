/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pools and volumes of type dir, with the real qemu-img, in a folder of their own. */

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"
#include "base/jobs.h"
#include "storage/folder.h"
#include "storage/storage.h"
#include "storage/tool.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define WAIT_MS 30000

typedef struct
{
  char *root;
  RoostJobs *jobs;
  RoostStorage *storage;
  RoostPool *pool;
  void (*body) (gpointer fixture);
} Fixture;

static char *
path_in (Fixture *f, const char *name)
{
  return g_build_filename (f->root, name, NULL);
}

static void
new_storage (Fixture *f)
{
  g_autofree char *config = path_in (f, "config");
  g_autofree char *run = path_in (f, "run");
  const RoostStoragePlaces places = { config, run, FALSE };
  g_autoptr (GError) error = NULL;

  f->jobs = roost_jobs_new ();
  f->storage = roost_storage_new (&places, f->jobs);
  roost_storage_load (f->storage, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->root = g_dir_make_tmp ("roost-storage-XXXXXX", NULL);
  new_storage (f);
}

static void
spin (void)
{
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
drop_storage (Fixture *f)
{
  spin ();
  g_clear_object (&f->pool);
  g_clear_object (&f->storage);
  g_clear_object (&f->jobs);
}

static void
remove_tree (const char *path)
{
  const char *argv[] = { "rm", "-rf", path, NULL };

  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  drop_storage (f);
  remove_tree (f->root);
  g_free (f->root);
}

static void
body_co (gpointer p)
{
  Fixture *f = p;

  f->body (f);
}

static void
run (Fixture *f, gconstpointer body)
{
  f->body = (void (*) (gpointer))body;
  co_spawn ("test", body_co, f);
  spin ();
}

/* --- in coroutines --- */

static void
start_pool (Fixture *f)
{
  g_autofree char *folder = path_in (f, "images");
  g_autofree char *xml = g_strdup_printf (
      "<pool type='dir'><name>images</name><target><path>%s</path></target></pool>", folder);
  g_autoptr (GError) error = NULL;

  f->pool = roost_storage_define (f->storage, xml, TRUE, "", &error);
  g_assert_no_error (error);
  roost_pool_start (f->pool, "", &error);
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (roost_pool_build (f->pool, FALSE, "", &error));
  g_assert_true (roost_pool_start (f->pool, "", &error));
  g_assert_no_error (error);
}

static gboolean
end_job (RoostJob *job, GError **error)
{
  gboolean good = job != NULL && roost_job_wait (job, WAIT_MS, NULL, error);

  g_clear_object (&job);
  return good;
}

static gboolean
create (Fixture *f, const char *xml, const char *source, GError **error)
{
  const RoostVolumeRequest request = {
    .xml = xml,
    .source = source != NULL ? f->pool : NULL,
    .source_name = source,
  };

  return end_job (roost_pool_create_volume (f->pool, &request, error), error);
}

static void
create_good (Fixture *f, const char *xml, const char *source)
{
  g_autoptr (GError) error = NULL;

  create (f, xml, source, &error);
  g_assert_no_error (error);
}

static void
create_bad (Fixture *f, const char *xml, const char *source, RoostError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (create (f, xml, source, &error));
  g_assert_error (error, ROOST_ERROR, (int)code);
}

static const RoostVolume *
volume (Fixture *f, const char *name)
{
  const RoostVolume *found = roost_pool_find_volume (f->pool, name);

  g_assert_nonnull (found);
  return found;
}

static void
assert_clean (Fixture *f)
{
  g_autofree char *folder = path_in (f, "images");

  g_assert_cmpuint (roost_folder_clean (folder), ==, 0);
}

#define RAW                                                                                        \
  "<volume><name>raw</name><capacity>1048576</capacity><allocation>0</allocation></volume>"
#define FULL                                                                                       \
  "<volume><name>full</name><capacity>1048576</capacity><allocation>1048576</allocation></volume>"
#define QCOW                                                                                       \
  "<volume><name>q,1</name><capacity unit='MiB'>64</capacity><target><format type='qcow2'/>"       \
  "<clusterSize unit='KiB'>128</clusterSize><features><extended_l2/><lazy_refcounts/></features>"  \
  "</target></volume>"
#define OVERLAY                                                                                    \
  "<volume><name>over</name><target><format type='qcow2'/></target>"                               \
  "<backingStore><path>q,1</path><format type='qcow2'/></backingStore></volume>"

static void
test_create (gpointer p)
{
  Fixture *f = p;
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;

  start_pool (f);
  create_good (f, RAW, NULL);
  create_good (f, FULL, NULL);
  create_good (f, QCOW, NULL);
  create_good (f, OVERLAY, NULL);
  g_assert_cmpuint (volume (f, "raw")->capacity, ==, 1048576);
  g_assert_cmpuint (volume (f, "raw")->allocation, <, 65536);
  g_assert_cmpuint (volume (f, "full")->allocation, >=, 1048576);
  g_assert_cmpstr (volume (f, "q,1")->format, ==, "qcow2");
  g_assert_cmpuint (volume (f, "q,1")->capacity, ==, 64 * 1024 * 1024);
  g_assert_cmpuint (volume (f, "over")->capacity, ==, 64 * 1024 * 1024);
  g_assert_cmpuint (roost_pool_n_volumes (f->pool), ==, 4);
  g_assert_cmpstr (((RoostVolume *)roost_pool_volumes (f->pool)->pdata[0])->name, ==, "full");
  xml = roost_pool_volume_xml (f->pool, "q,1", &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (xml, "<clusterSize unit='B'>131072</clusterSize>"));
  g_assert_nonnull (strstr (xml, "<extended_l2/>"));
  create_bad (f, RAW, NULL, ROOST_ERROR_EXISTS);
  create_bad (f, "<volume><name>../x</name><capacity>1</capacity></volume>", NULL,
              ROOST_ERROR_INVALID_XML);
  create_bad (f, "<volume><name>.roost-x</name><capacity>1</capacity></volume>", NULL,
              ROOST_ERROR_INVALID_ARGUMENT);
  create_bad (f, "<volume><name>x</name></volume>", NULL, ROOST_ERROR_INVALID_XML);
  create_bad (f,
              "<volume><name>x</name><target><format type='qcow2'/></target><backingStore>"
              "<path>/etc/passwd</path></backingStore></volume>",
              NULL, ROOST_ERROR_STORAGE);
  assert_clean (f);
}

/* QEMU of the system's daemon is another user, who has to open what is made for it. */
static void
test_owner (gpointer p)
{
  Fixture *f = p;
  g_autofree char *made = path_in (f, "images/raw");
  g_autofree char *named = path_in (f, "images/named");
  struct stat st;

  if (geteuid () != 0)
    {
      g_test_skip ("only root gives files away");
      return;
    }
  start_pool (f);
  roost_storage_set_owner (f->storage, 4242, 4343);
  create_good (f, RAW, NULL);
  create_good (f,
               "<volume><name>named</name><capacity>1048576</capacity><target><permissions>"
               "<mode>0640</mode><owner>4444</owner></permissions></target></volume>",
               NULL);
  g_assert_cmpint (stat (made, &st), ==, 0);
  g_assert_cmpuint (st.st_uid, ==, 4242);
  g_assert_cmpuint (st.st_gid, ==, 4343);
  g_assert_cmpuint (st.st_mode & 07777, ==, 0600);
  g_assert_cmpint (stat (named, &st), ==, 0);
  g_assert_cmpuint (st.st_uid, ==, 4444);
  g_assert_cmpuint (st.st_gid, ==, 4343);
  g_assert_cmpuint (st.st_mode & 07777, ==, 0640);
}

static void
test_copy (gpointer p)
{
  Fixture *f = p;

  start_pool (f);
  create_good (f, RAW, NULL);
  create_good (f,
               "<volume><name>c</name><capacity>2097152</capacity><target><format type='qcow2'/>"
               "</target></volume>",
               "raw");
  g_assert_cmpuint (volume (f, "c")->capacity, ==, 2097152);
  create_bad (f, "<volume><name>d</name></volume>", "none", ROOST_ERROR_NOT_FOUND);
  assert_clean (f);
}

static void
test_delete (gpointer p)
{
  Fixture *f = p;
  const RoostVolumeCall call = { .name = "raw", .caller = "" };
  g_autoptr (GError) error = NULL;

  start_pool (f);
  create_good (f, RAW, NULL);
  g_assert_true (roost_pool_delete_volume (f->pool, &call, &error));
  g_assert_null (roost_pool_find_volume (f->pool, "raw"));
  g_assert_false (roost_pool_delete_volume (f->pool, &call, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_FOUND);
}

static RoostJob *
resize (Fixture *f, guint64 mib, gboolean shrink, GError **error)
{
  const RoostVolumeCall call = { .name = "q,1", .caller = "" };
  const RoostVolumeResize what = { .capacity = mib << 20, .shrink = shrink };

  return roost_pool_resize_volume (f->pool, &call, &what, error);
}

static void
test_resize (gpointer p)
{
  Fixture *f = p;
  g_autoptr (GError) error = NULL;

  start_pool (f);
  create_good (f, QCOW, NULL);
  g_assert_true (end_job (resize (f, 100, FALSE, &error), &error));
  g_assert_cmpuint (volume (f, "q,1")->capacity, ==, 100 << 20);
  g_assert_null (resize (f, 1, FALSE, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_true (end_job (resize (f, 1, TRUE, &error), &error));
  g_assert_cmpuint (volume (f, "q,1")->capacity, ==, 1 << 20);
}

/* --- content --- */

static int
open_file (Fixture *f, const char *name, int flags)
{
  g_autofree char *path = path_in (f, name);
  int fd = open (path, flags | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static char *
content (Fixture *f, const char *name, gsize *out_length)
{
  g_autofree char *path = path_in (f, name);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, out_length, NULL));
  return text;
}

static void
write_file (Fixture *f, const char *name, const char *text)
{
  g_autofree char *path = path_in (f, name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_transfer (gpointer p)
{
  Fixture *f = p;
  const RoostVolumeCall call = { .name = "raw", .caller = "" };
  const RoostTransferRange all = { 0 }, part = { .offset = 2, .length = 3 };
  const RoostTransferRange far = { .offset = 1 << 30, .length = 1 };
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostJob) job = NULL;
  g_autoptr (GVariant) details = NULL;
  const char *sum;
  gsize length;
  int fd;

  start_pool (f);
  create_good (f, RAW, NULL);
  write_file (f, "in", "hello, world");
  fd = open_file (f, "in", O_RDONLY);
  end_job (roost_pool_upload_volume (f->pool, &call, fd, &all, &error), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (volume (f, "raw")->physical, ==, 12);
  write_file (f, "in", "XYZabc");
  fd = open_file (f, "in", O_RDONLY);
  end_job (roost_pool_upload_volume (f->pool, &call, fd, &part, &error), &error);
  g_assert_no_error (error);
  fd = open_file (f, "out", O_RDWR | O_CREAT);
  end_job (roost_pool_download_volume (f->pool, &call, fd, &all, &error), &error);
  g_assert_no_error (error);
  text = content (f, "out", &length);
  g_assert_cmpstr (text, ==, "heXYZ, world");
  fd = open_file (f, "in", O_RDONLY);
  g_assert_false (end_job (roost_pool_upload_volume (f->pool, &call, fd, &far, &error), &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  job = roost_pool_checksum_volume (f->pool, &call, "sha256", &error);
  g_assert_true (roost_job_wait (job, WAIT_MS, NULL, &error));
  details = g_variant_ref_sink (roost_job_details (job));
  g_assert_true (g_variant_lookup (details, "checksum", "&s", &sum));
  g_assert_cmpstr (sum, ==, "1333c66f2c548fc7a7ec7855c448c7264eb274a6f2b7c45f0ff97dba5524c38d");
  assert_clean (f);
}

static void
test_wipe (gpointer p)
{
  Fixture *f = p;
  const RoostVolumeCall call = { .name = "raw", .caller = "" };
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  start_pool (f);
  write_file (f, "images/raw", "secret");
  g_assert_true (roost_pool_refresh (f->pool, "", &error));
  g_assert_true (end_job (roost_pool_wipe_volume (f->pool, &call, "zero", &error), &error));
  text = content (f, "images/raw", &length);
  g_assert_cmpuint (length, ==, 6);
  g_assert_cmpmem (text, length, "\0\0\0\0\0\0", 6);
  g_assert_null (roost_pool_wipe_volume (f->pool, &call, "burn", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_ARGUMENT);
}

static void
test_sparse (gpointer p)
{
  Fixture *f = p;
  const RoostVolumeCall call = { .name = "raw", .caller = "" };
  const RoostTransferRange sparse = { .is_sparse = TRUE };
  g_autoptr (GError) error = NULL;
  struct stat st;
  int fd;

  start_pool (f);
  create_good (f, RAW, NULL);
  fd = open_file (f, "in", O_RDWR | O_CREAT);
  g_assert_cmpint (ftruncate (fd, 8 << 20), ==, 0);
  g_assert_cmpint (pwrite (fd, "end", 3, 4 << 20), ==, 3);
  lseek (fd, 0, SEEK_SET);
  end_job (roost_pool_upload_volume (f->pool, &call, fd, &sparse, &error), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (volume (f, "raw")->physical, ==, 8 << 20);
  g_assert_cmpuint (volume (f, "raw")->allocation, <, 1 << 20);
  fd = open_file (f, "out", O_RDWR | O_CREAT);
  end_job (roost_pool_download_volume (f->pool, &call, dup (fd), &sparse, &error), &error);
  g_assert_no_error (error);
  g_assert_cmpint (fstat (fd, &st), ==, 0);
  g_assert_cmpint (st.st_size, ==, 8 << 20);
  g_assert_cmpint (st.st_blocks * 512, <, 1 << 20);
  close (fd);
}

/* A client that sends nothing holds one volume, and can be stopped. */
static void
test_slow_client (gpointer p)
{
  Fixture *f = p;
  const RoostVolumeCall call = { .name = "raw", .caller = ":1.7" };
  const RoostTransferRange all = { 0 };
  g_autoptr (RoostJob) job = NULL;
  g_autoptr (GError) error = NULL;
  int fds[2];

  start_pool (f);
  create_good (f, RAW, NULL);
  g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
  job = roost_pool_upload_volume (f->pool, &call, fds[0], &all, &error);
  g_assert_nonnull (job);
  g_assert_false (roost_pool_delete_volume (f->pool, &call, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "upload-volume"));
  g_clear_error (&error);
  g_assert_false (roost_pool_stop (f->pool, "", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_BUSY);
  g_clear_error (&error);
  create_good (f, FULL, NULL);
  g_assert_true (roost_job_cancel (job, &error));
  g_assert_false (roost_job_wait (job, WAIT_MS, NULL, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_CANCELLED);
  g_assert_cmpuint (volume (f, "raw")->physical, ==, 1048576);
  close (fds[1]);
  assert_clean (f);
}

/* --- what comes and goes by itself --- */

static void
wait_volumes (Fixture *f, guint n)
{
  for (guint i = 0; i < 500 && roost_pool_n_volumes (f->pool) != n; i++)
    co_sleep (20, NULL, NULL);
  g_assert_cmpuint (roost_pool_n_volumes (f->pool), ==, n);
}

static void
test_watch (gpointer p)
{
  Fixture *f = p;
  g_autofree char *path = path_in (f, "images/b.qcow2");
  g_autofree char *link = path_in (f, "images/link");

  start_pool (f);
  write_file (f, "images/a.img", "x");
  write_file (f, "images/b.qcow2", "QFI\xfb\x01\x01\x01\x03");
  g_assert_cmpint (symlink ("/etc/passwd", link), ==, 0);
  wait_volumes (f, 2);
  g_assert_cmpstr (volume (f, "b.qcow2")->format, ==, "qcow2");
  g_unlink (path);
  wait_volumes (f, 1);
}

/* --- what is left when the daemon was killed --- */

static void
test_recover_first (gpointer p)
{
  Fixture *f = p;
  g_autoptr (GError) error = NULL;

  start_pool (f);
  create_good (f, RAW, NULL);
  g_assert_true (roost_pool_set_autostart (f->pool, TRUE, "", &error));
}

static void
test_recover (Fixture *f, gconstpointer data)
{
  run (f, test_recover_first);
  drop_storage (f);
  write_file (f, "images/.roost-0123.part", "half");
  new_storage (f);
  spin ();
  f->pool = g_object_ref (roost_storage_find_name (f->storage, "images"));
  g_assert_cmpint (roost_pool_state (f->pool), ==, ROOST_POOL_ACTIVE);
  g_assert_true (roost_pool_is_autostart (f->pool));
  g_assert_cmpuint (roost_pool_n_volumes (f->pool), ==, 1);
  assert_clean (f);
}

/* --- chains --- */

static gboolean
is_tmp (const char *path, gpointer root)
{
  return g_str_has_prefix (path, root);
}

static void
qemu_img (Fixture *f, const char *what)
{
  g_autofree char *line =
      g_strdup_printf ("sh -c 'cd %s/images && qemu-img %s >/dev/null'", f->root, what);
  int status;

  g_assert_true (g_spawn_command_line_sync (line, NULL, NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
}

static void
test_chain (gpointer p)
{
  Fixture *f = p;
  g_autofree char *top = path_in (f, "images/top");
  g_autofree char *folder = path_in (f, "images");
  g_autoptr (GPtrArray) chain = NULL;
  g_autoptr (GError) error = NULL;

  start_pool (f);
  qemu_img (f, "create -f raw base 1M");
  qemu_img (f, "create -f qcow2 -b base -F raw mid");
  qemu_img (f, "create -f qcow2 -b mid -F qcow2 top");
  chain = roost_image_chain (top, "qcow2", is_tmp, folder, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (chain->len, ==, 3);
  g_assert_cmpstr (((RoostImageLink *)chain->pdata[2])->format, ==, "raw");
  qemu_img (f, "rebase -u -b top -F qcow2 mid");
  g_assert_null (roost_image_chain (top, "qcow2", is_tmp, folder, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, "loop"));
  g_clear_error (&error);
  qemu_img (f, "rebase -u -b /etc/passwd -F raw mid");
  g_assert_null (roost_image_chain (top, "qcow2", is_tmp, folder, &error));
  g_assert_nonnull (strstr (error->message, "leaves the storage pools"));
}

/* --- tools --- */

static void
test_tool (gpointer p)
{
  const char *hung[] = { "sleep", "1000", NULL };
  const char *absent[] = { "no-such-tool", NULL };
  const char *bad[] = { "sh", "-c", "echo wrong >&2; exit 3", NULL };
  const char *full[] = { "sh", "-c", "echo No space left on device >&2; exit 1", NULL };
  const char *much[] = { "yes", NULL };
  const char *child[] = { "sh", "-c", "sleep 1000 & echo done", NULL };
  const RoostToolOptions options = { .timeout_ms = 200 };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_assert_null (roost_tool_run (hung, &options, NULL, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_TIMEOUT);
  g_clear_error (&error);
  g_assert_null (roost_tool_run (absent, NULL, NULL, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_null (roost_tool_run (bad, NULL, NULL, &error));
  g_assert_cmpstr (error->message, ==, "sh: wrong");
  g_clear_error (&error);
  g_assert_null (roost_tool_run (full, NULL, NULL, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NO_SPACE);
  g_clear_error (&error);
  g_assert_null (roost_tool_run (much, NULL, NULL, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_LIMIT_EXCEEDED);
  g_clear_error (&error);
  text = roost_tool_run (child, NULL, NULL, &error);
  g_assert_cmpstr (text, ==, "done\n");
  g_assert_cmpfloat (roost_tool_read_progress ("    (12.50/100%)\r"), ==, 0.125);
  g_assert_cmpfloat (roost_tool_read_progress ("nothing"), ==, -1.0);
}

/* --- definitions --- */

static void
test_define (gpointer p)
{
  Fixture *f = p;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *xml = g_strdup_printf (
      "<pool type='dir'><name>other</name><target><path>%s/images</path></target></pool>", f->root);

  start_pool (f);
  g_assert_null (roost_storage_define (
      f->storage, "<pool type='dir'><name>images</name><target><path>/x</path></target></pool>",
      FALSE, "", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_null (roost_storage_define (f->storage, xml, FALSE, "", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (roost_pool_delete (f->pool, "", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_RUNNING);
  g_clear_error (&error);
  g_assert_true (roost_pool_undefine (f->pool, "", &error));
  g_assert_nonnull (roost_storage_find_name (f->storage, "images"));
  create_good (f, RAW, NULL);
  g_assert_true (roost_pool_stop (f->pool, "", &error));
  g_assert_null (roost_storage_find_name (f->storage, "images"));
  text = roost_storage_capabilities (f->storage);
  g_assert_nonnull (strstr (text, "<pool type='dir' supported='yes'>"));
}

#define ADD(name) g_test_add ("/storage/" #name, Fixture, test_##name, set_up, run, tear_down)

/* Headers are read by everybody and written by anybody. */
static void
write_header (Fixture *f, const char *name, guint64 offset, guint32 length, const char *text)
{
  g_autofree char *path = g_build_filename (roost_pool_path (f->pool), name, NULL);
  char head[1024] = "QFI\xfb\0\0\0\3";
  g_autoptr (GError) error = NULL;

  offset = GUINT64_TO_BE (offset);
  length = GUINT32_TO_BE (length);
  memcpy (head + 8, &offset, sizeof offset);
  memcpy (head + 16, &length, sizeof length);
  strcpy (head + 600, text);
  g_file_set_contents (path, head, sizeof head, &error);
  g_assert_no_error (error);
}

static guint
count_above (Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (roost_pool_path (f->pool), name, NULL);
  g_auto (GStrv) above = roost_storage_find_above (f->storage, path);

  return g_strv_length (above);
}

static void
test_above (Fixture *f)
{
  g_autofree char *folder = NULL;
  g_autofree char *path = NULL;
  RoostPool *pool = NULL;

  start_pool (f);
  create_good (f, QCOW, NULL);
  g_assert_cmpuint (count_above (f, "q,1"), ==, 0);
  create_good (f, OVERLAY, NULL);
  g_assert_cmpuint (count_above (f, "q,1"), ==, 1);
  g_assert_cmpuint (count_above (f, "over"), ==, 0);
  write_header (f, "odd1", 600, 3, "q,1");
  write_header (f, "odd2", 600, 4, "q,1"); /* not as long as it says */
  write_header (f, "odd3", G_MAXUINT64, 3, "q,1");
  write_header (f, "odd4", 600, G_MAXUINT32, "q,1");
  write_header (f, "odd5", 1022, 3, "q,1"); /* ends before */
  write_header (f, "odd6", 600, 8, "json:{}\xff");
  g_assert_true (roost_pool_refresh (f->pool, "", NULL));
  g_assert_cmpuint (count_above (f, "q,1"), ==, 2);
  g_assert_cmpstr (volume (f, "odd1")->backing, ==, "q,1");
  path = g_build_filename (roost_pool_path (f->pool), "over", NULL);
  g_assert_cmpstr (roost_storage_find_path (f->storage, path, &pool)->name, ==, "over");
  g_assert_true (pool == f->pool);
  folder = path_in (f, "over");
  g_assert_null (roost_storage_find_path (f->storage, folder, &pool));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (create);
  ADD (owner);
  ADD (copy);
  ADD (delete);
  ADD (resize);
  ADD (transfer);
  ADD (wipe);
  ADD (sparse);
  ADD (slow_client);
  ADD (watch);
  g_test_add ("/storage/recover", Fixture, NULL, set_up, test_recover, tear_down);
  ADD (chain);
  ADD (above);
  ADD (tool);
  ADD (define);
  return g_test_run ();
}
