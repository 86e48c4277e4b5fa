/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/rate.h"

#define SECOND G_USEC_PER_SEC

static void
test_steady (void)
{
  RoostRate rate = { 0 };

  g_assert_cmpuint (roost_rate_add (&rate, 0, 5 * SECOND), ==, 0);
  for (guint i = 1; i <= 10; i++)
    g_assert_cmpuint (roost_rate_add (&rate, i * 500, 5 * SECOND + i * (SECOND / 2)), ==, 1000);
}

static void
test_too_close (void)
{
  RoostRate rate = { 0 };

  roost_rate_add (&rate, 0, 0);
  g_assert_cmpuint (roost_rate_add (&rate, 100, SECOND / 10), ==, 0);
  g_assert_cmpuint (roost_rate_add (&rate, 100, SECOND / 10), ==, 0);
  g_assert_cmpuint (roost_rate_add (&rate, 1000, SECOND), ==, 1000);
}

static void
test_smooth (void)
{
  RoostRate rate = { 0 };

  roost_rate_add (&rate, 0, 0);
  roost_rate_add (&rate, 1000, SECOND);
  g_assert_cmpuint (roost_rate_add (&rate, 1000, 2 * SECOND), ==, 500);
  g_assert_cmpuint (roost_rate_add (&rate, 1000, 3 * SECOND), ==, 250);
}

/* A second pass over the same memory, or a clock that went back. */
static void
test_anew (void)
{
  RoostRate rate = { 0 };

  roost_rate_add (&rate, 0, 0);
  roost_rate_add (&rate, 1000, SECOND);
  g_assert_cmpuint (roost_rate_add (&rate, 10, 2 * SECOND), ==, 0);
  g_assert_cmpuint (roost_rate_add (&rate, 510, 3 * SECOND), ==, 500);
  g_assert_cmpuint (roost_rate_add (&rate, 600, 0), ==, 500);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rate/steady", test_steady);
  g_test_add_func ("/rate/too-close", test_too_close);
  g_test_add_func ("/rate/smooth", test_smooth);
  g_test_add_func ("/rate/anew", test_anew);
  return g_test_run ();
}
