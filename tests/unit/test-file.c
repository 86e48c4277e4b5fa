/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/co.h"
#include "base/error.h"
#include "base/file.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

typedef struct
{
  const char *path;
  const char *data;
  gboolean ok;
  GError *error;
} Write;

static void
writer (gpointer p)
{
  Write *w = p;

  w->ok = w->data != NULL ? roost_file_write (w->path, w->data, strlen (w->data), 0600, &w->error)
                          : roost_file_remove (w->path, &w->error);
}

static void
spin_until_idle (void)
{
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_last_write_wins (void)
{
  g_autofree char *dir = g_dir_make_tmp ("roost-file-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "f", NULL);
  g_autofree char *text = NULL;
  Write writes[20];
  struct stat st;

  for (guint i = 0; i < G_N_ELEMENTS (writes); i++)
    {
      writes[i] = (Write){ path, i + 1 == G_N_ELEMENTS (writes) ? "last" : "earlier", FALSE, NULL };
      co_spawn ("writer", writer, &writes[i]);
    }
  spin_until_idle ();
  for (guint i = 0; i < G_N_ELEMENTS (writes); i++)
    g_assert_true (writes[i].ok);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "last");
  g_assert_cmpint (stat (path, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 0777, ==, 0600);

  writes[0] = (Write){ path, NULL, FALSE, NULL };
  writes[1] = (Write){ path, NULL, FALSE, NULL };
  co_spawn ("remover", writer, &writes[0]);
  co_spawn ("remover", writer, &writes[1]);
  spin_until_idle ();
  g_assert_true (writes[0].ok && writes[1].ok);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_rmdir (dir);
}

static void
test_failure_keeps_the_old_file (void)
{
  Write w = { "/proc/no-such-folder/f", "text", TRUE, NULL };
  Write full = { "/dev/full-is-not-a-folder/f", "text", TRUE, NULL };

  co_spawn ("writer", writer, &w);
  co_spawn ("writer", writer, &full);
  spin_until_idle ();
  g_assert_false (w.ok);
  g_assert_error (w.error, ROOST_ERROR, ROOST_ERROR_NOT_FOUND);
  g_assert_error (full.error, ROOST_ERROR, ROOST_ERROR_NOT_FOUND);
  g_clear_error (&w.error);
  g_clear_error (&full.error);
}

static void
test_set_aside (void)
{
  g_autofree char *dir = g_dir_make_tmp ("roost-file-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "f", NULL);
  g_autofree char *bad = g_strconcat (path, ".bad", NULL);

  g_assert_true (g_file_set_contents (path, "x", 1, NULL));
  g_log_set_always_fatal (G_LOG_FATAL_MASK); /* the warning is what we want */
  roost_file_set_aside (path, "a test");
  g_assert_true (g_file_test (bad, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_unlink (bad);
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file/last-write-wins", test_last_write_wins);
  g_test_add_func ("/file/failure-keeps-the-old-file", test_failure_keeps_the_old_file);
  g_test_add_func ("/file/set-aside", test_set_aside);
  return g_test_run ();
}
