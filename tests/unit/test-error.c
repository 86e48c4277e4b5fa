/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"

#include <errno.h>

static void
test_names (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *remote = NULL;

  roost_throw (&error, ROOST_ERROR_BUSY, "domain '%s' is held", "a");
  remote = g_dbus_error_encode_gerror (error);
  g_assert_cmpstr (remote, ==, "org.roost1.Error.Busy");
  for (int code = 0; code < ROOST_ERROR_N_CODES; code++)
    g_assert_true (g_str_has_prefix (roost_error_name (code), "org.roost1.Error."));
}

static void
test_errno (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (roost_throw_errno (&error, ENOSPC, "cannot write %s", "x"));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NO_SPACE);
  g_assert_cmpstr (error->message, ==, "cannot write x: No space left on device");
}

static void
test_to_public (void)
{
  g_autoptr (GError) foreign = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "too slow");
  g_autoptr (GError) ours = roost_error_to_public (foreign);
  g_autoptr (GError) again = roost_error_to_public (ours);

  g_assert_error (ours, ROOST_ERROR, ROOST_ERROR_TIMEOUT);
  g_assert_error (again, ROOST_ERROR, ROOST_ERROR_TIMEOUT);
  g_assert_cmpstr (ours->message, ==, "too slow");
}

static void
test_bytes (void)
{
  g_autoptr (GError) error = NULL;

  roost_throw (&error, ROOST_ERROR_STORAGE, "it said '%s'", "a\xff\xcf");
  g_assert_cmpstr (error->message, ==, "it said 'a\xef\xbf\xbd\xef\xbf\xbd'");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/names", test_names);
  g_test_add_func ("/error/errno", test_errno);
  g_test_add_func ("/error/bytes", test_bytes);
  g_test_add_func ("/error/to-public", test_to_public);
  return g_test_run ();
}
