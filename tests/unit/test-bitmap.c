/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/bitmap.h"
#include "base/error.h"

static void
test_round_trip (void)
{
  static const struct
  {
    const char *in;
    const char *out;
  } cases[] = {
    { "0", "0" },
    { "3,1,2", "1-3" },
    { "0-3,^2,8", "0-1,3,8" },
    { " 0 - 3 , ^2 , 8 ", "0-1,3,8" },
    { "^1,0-2", "0-2" },
    { "0-3,^0,0", "0-3" },
    { "62-65,127,128", "62-65,127-128" },
    { "16383", "16383" },
    { "0-16383", "0-16383" },
    { "007", "7" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RoostBitmap) bitmap = roost_bitmap_parse (cases[i].in, &error);
      g_autoptr (RoostBitmap) again = NULL;
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      text = roost_bitmap_format (bitmap);
      g_assert_cmpstr (text, ==, cases[i].out);
      again = roost_bitmap_parse (text, &error);
      g_assert_no_error (error);
      g_assert_true (roost_bitmap_equal (bitmap, again));
    }
}

static void
test_refusals (void)
{
  static const char *const cases[] = {
    "",   " ",    ",", "1,",    ",1",      "1,,2",        "a",   "1a",  "-1", "3-1",
    "1-", "^1-2", "^", "16384", "0-16384", "99999999999", "1 2", "1;2", "^5", "1-2-3",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (roost_bitmap_parse (cases[i], &error));
      g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_ARGUMENT);
    }
}

static void
test_set (void)
{
  g_autoptr (RoostBitmap) a = roost_bitmap_new ();
  g_autoptr (RoostBitmap) b = NULL;
  g_autofree char *empty = roost_bitmap_format (a);

  g_assert_cmpstr (empty, ==, "");
  g_assert_true (roost_bitmap_equal (a, NULL));
  g_assert_cmpint (roost_bitmap_next (a, 0), ==, -1);
  roost_bitmap_set (a, 5, TRUE);
  roost_bitmap_set (a, 200, TRUE);
  b = roost_bitmap_copy (a);
  g_assert_true (roost_bitmap_equal (a, b));
  g_assert_true (roost_bitmap_overlaps (a, b));
  roost_bitmap_set (b, 200, FALSE);
  g_assert_false (roost_bitmap_equal (a, b));
  g_assert_false (roost_bitmap_equal (b, a));
  roost_bitmap_set (b, 5, FALSE);
  g_assert_false (roost_bitmap_overlaps (a, b));
  g_assert_true (roost_bitmap_equal (b, NULL)); /* however many words it has */
  g_assert_cmpuint (roost_bitmap_count (a), ==, 2);
  g_assert_true (roost_bitmap_has (a, 200));
  g_assert_false (roost_bitmap_has (a, 100000));
  g_assert_cmpint (roost_bitmap_next (a, 0), ==, 5);
  g_assert_cmpint (roost_bitmap_next (a, 6), ==, 200);
  g_assert_cmpint (roost_bitmap_next (a, 201), ==, -1);
}

/* Ranges that begin and end anywhere in a word. */
static void
test_ranges (void)
{
  static const guint edges[] = { 0, 1, 62, 63, 64, 65, 127, 128, 200 };

  for (guint i = 0; i < G_N_ELEMENTS (edges); i++)
    for (guint j = i; j < G_N_ELEMENTS (edges); j++)
      {
        g_autofree char *text = g_strdup_printf ("%u-%u", edges[i], edges[j]);
        g_autoptr (RoostBitmap) bitmap = roost_bitmap_parse (text, NULL);

        g_assert_cmpuint (roost_bitmap_count (bitmap), ==, edges[j] - edges[i] + 1);
        g_assert_cmpint (roost_bitmap_next (bitmap, 0), ==, (int)edges[i]);
        g_assert_true (roost_bitmap_has (bitmap, edges[j]));
      }
}

static void
test_add (void)
{
  g_autoptr (RoostBitmap) all = roost_bitmap_new ();
  g_autoptr (RoostBitmap) more = roost_bitmap_parse ("3,100-101", NULL);
  g_autofree char *text = NULL;

  roost_bitmap_add (all, NULL);
  roost_bitmap_add (all, more);
  roost_bitmap_set (more, 4, TRUE);
  roost_bitmap_add (all, more);
  text = roost_bitmap_format (all);
  g_assert_cmpstr (text, ==, "3-4,100-101");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bitmap/round-trip", test_round_trip);
  g_test_add_func ("/bitmap/refusals", test_refusals);
  g_test_add_func ("/bitmap/set", test_set);
  g_test_add_func ("/bitmap/ranges", test_ranges);
  g_test_add_func ("/bitmap/add", test_add);
  return g_test_run ();
}
