/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/keys.h"

#include "base/error.h"
#include "domain/typing.h"

#include <string.h>

#define PATH "send-key/arg-type/keys/+qcode/data/^"

/* A binary with a few keys. */
static RoostFacts *
facts_new (void)
{
  static const char *const names[] = { "a",      "alt",   "alt_r", "ctrl",   "ctrl_r", "esc",
                                       "delete", "f1",    "f11",   "kp_7",   "pgup",   "pgdn",
                                       "ret",    "shift", "spc",   "meta_l", "menu",   "unmapped" };
  RoostFacts *facts = roost_facts_new ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_hash_table_add (facts->qapi, g_strconcat (PATH, names[i], NULL));
  g_hash_table_add (facts->qapi, g_strdup ("input-send-event/arg-type/device/^other"));
  return facts;
}

static void
test_names (void)
{
  static const char *const cases[][2] = {
    { "a", "a" },          { "A", "a" },
    { "ctrl", "ctrl" },    { "Ctrl", "ctrl" },
    { "control", "ctrl" }, { "KEY_LEFTCTRL", "ctrl" },
    { "KEY_A", "a" },      { "key_f11", "f11" },
    { "KEY_KP7", "kp_7" }, { "KEY_ENTER", "ret" },
    { "enter", "ret" },    { "Return", "ret" },
    { "pageup", "pgup" },  { "KEY_PAGEDOWN", "pgdn" },
    { "super", "meta_l" }, { "AltGr", "alt_r" },
    { "space", "spc" },    { "KEY_DELETE", "delete" },
  };
  g_autoptr (RoostFacts) facts = facts_new ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *name = roost_key_name (facts, cases[i][0], &error);

      g_assert_no_error (error);
      g_assert_cmpstr (name, ==, cases[i][1]);
    }
}

static void
assert_refused (const RoostFacts *facts, const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (roost_key_name (facts, name, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, text));
}

static void
test_refused (void)
{
  g_autoptr (RoostFacts) facts = facts_new ();

  assert_refused (facts, "crtl", "no key 'crtl'; did you mean 'ctrl'");
  assert_refused (facts, "f12", "did you mean 'f1' or 'f11'?");
  assert_refused (facts, "KEY_F12", "there is no key 'KEY_F12'");
  assert_refused (facts, "unmapped", "no key");
  assert_refused (facts, "other", "no key");
  assert_refused (facts, "zzzzzz", "names are such as");
  assert_refused (facts, "", "letters, digits");
  assert_refused (facts, "ctrl-alt", "letters, digits");
  assert_refused (facts, "a\n", "letters, digits");
  assert_refused (facts, "abcdefghijklmnopqrstuvwxyzabcdefghijkl", "at most 32");
}

/* Nothing is known of the binary: QEMU itself refuses. */
static void
test_without_facts (void)
{
  g_autofree char *name = roost_key_name (NULL, "KEY_LEFTMETA", NULL);
  g_autofree char *other = roost_key_name (NULL, "hyper", NULL);

  g_assert_cmpstr (name, ==, "meta_l");
  g_assert_cmpstr (other, ==, "hyper");
}

static void
test_list (void)
{
  g_autoptr (RoostFacts) facts = facts_new ();
  g_auto (GStrv) names = roost_key_names (facts);

  g_assert_cmpuint (g_strv_length (names), ==, 17);
  g_assert_cmpstr (names[0], ==, "a");
  g_assert_cmpstr (names[16], ==, "spc");
}

static void
test_characters (void)
{
  static const char plain[] = "abcxyz0189-=[];'\\,./` \n\t";
  static const char shifted[] = "ABCXYZ!@#$%^&*()_+{}:\"|<>?~";
  RoostKeystroke stroke;

  for (const char *p = plain; *p != '\0'; p++)
    {
      g_assert_true (roost_key_for_char ((gunichar)*p, &stroke));
      g_assert_false (stroke.is_shifted);
    }
  for (const char *p = shifted; *p != '\0'; p++)
    {
      g_assert_true (roost_key_for_char ((gunichar)*p, &stroke));
      g_assert_true (stroke.is_shifted);
    }
  g_assert_true (roost_key_for_char ('Q', &stroke));
  g_assert_cmpstr (stroke.key, ==, "q");
  g_assert_true (roost_key_for_char ('|', &stroke));
  g_assert_cmpstr (stroke.key, ==, "backslash");
  g_assert_true (roost_key_for_char ('\n', &stroke));
  g_assert_cmpstr (stroke.key, ==, "ret");
  g_assert_false (roost_key_for_char (0, &stroke));
  g_assert_false (roost_key_for_char (0x1b, &stroke));
  g_assert_false (roost_key_for_char (0x7f, &stroke));
  g_assert_false (roost_key_for_char (0xe4, &stroke));
  g_assert_false (roost_key_for_char (0x20ac, &stroke));
}

static void
test_buttons (void)
{
  g_assert_cmpstr (roost_pointer_button ("left"), ==, "left");
  g_assert_null (roost_pointer_button ("wheel-up"));
  g_assert_null (roost_pointer_button (""));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/keys/names", test_names);
  g_test_add_func ("/keys/refused", test_refused);
  g_test_add_func ("/keys/without-facts", test_without_facts);
  g_test_add_func ("/keys/list", test_list);
  g_test_add_func ("/keys/characters", test_characters);
  g_test_add_func ("/keys/buttons", test_buttons);
  return g_test_run ();
}
