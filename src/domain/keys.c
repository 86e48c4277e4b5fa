/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/keys.h"

#include "base/error.h"
#include "base/spell.h"

#include <string.h>

/* Where the schema of a binary lists its keys. Source: QEMU qapi/ui.json, QKeyCode. */
#define KEY_PATHS  "send-key/arg-type/keys/+qcode"
#define MAX_ALIKE  4
#define MAX_LENGTH 32 /* of a name */

typedef struct
{
  const char *name;
  const char *key;
} Alias;

/* What Linux calls KEY_…, in lower case, where QEMU's name is another. Source: Linux
 * include/uapi/linux/input-event-codes.h. */
static const Alias linux_names[] = {
  { "102nd", "less" },
  { "back", "ac_back" },
  { "bookmarks", "ac_bookmarks" },
  { "calc", "calculator" },
  { "capslock", "caps_lock" },
  { "enter", "ret" },
  { "forward", "ac_forward" },
  { "grave", "grave_accent" },
  { "hangeul", "lang1" },
  { "hanguel", "lang1" },
  { "hanja", "lang2" },
  { "homepage", "ac_home" },
  { "kpasterisk", "kp_multiply" },
  { "kpcomma", "kp_comma" },
  { "kpdot", "kp_decimal" },
  { "kpenter", "kp_enter" },
  { "kpequal", "kp_equals" },
  { "kpjpcomma", "kp_comma" },
  { "kpminus", "kp_subtract" },
  { "kpplus", "kp_add" },
  { "kpslash", "kp_divide" },
  { "leftalt", "alt" },
  { "leftbrace", "bracket_left" },
  { "leftctrl", "ctrl" },
  { "leftmeta", "meta_l" },
  { "leftshift", "shift" },
  { "linefeed", "lf" },
  { "media", "mediaselect" },
  { "mute", "audiomute" },
  { "nextsong", "audionext" },
  { "numlock", "num_lock" },
  { "pagedown", "pgdn" },
  { "pageup", "pgup" },
  { "playpause", "audioplay" },
  { "previoussong", "audioprev" },
  { "refresh", "ac_refresh" },
  { "rightalt", "alt_r" },
  { "rightbrace", "bracket_right" },
  { "rightctrl", "ctrl_r" },
  { "rightmeta", "meta_r" },
  { "rightshift", "shift_r" },
  { "scrolllock", "scroll_lock" },
  { "space", "spc" },
  { "stopcd", "audiostop" },
  { "wakeup", "wake" },
};

/* What people say. */
static const Alias common_names[] = {
  { "altgr", "alt_r" },       { "capslock", "caps_lock" }, { "cmd", "meta_l" },
  { "control", "ctrl" },      { "del", "delete" },         { "enter", "ret" },
  { "escape", "esc" },        { "ins", "insert" },         { "meta", "meta_l" },
  { "numlock", "num_lock" },  { "pagedown", "pgdn" },      { "pageup", "pgup" },
  { "printscreen", "print" }, { "return", "ret" },         { "scrolllock", "scroll_lock" },
  { "space", "spc" },         { "super", "meta_l" },       { "win", "meta_l" },
};

static const char *
look_up (const Alias *aliases, gsize n, const char *name)
{
  for (gsize i = 0; i < n; i++)
    if (g_str_equal (aliases[i].name, name))
      return aliases[i].key;
  return NULL;
}

/* "kp7" → "kp_7" */
static char *
keypad_name (const char *name)
{
  if (g_str_has_prefix (name, "kp") && g_ascii_isdigit (name[2]) && name[3] == '\0')
    return g_strdup_printf ("kp_%c", name[2]);
  return NULL;
}

static char *
from_linux (const char *name)
{
  const char *key = look_up (linux_names, G_N_ELEMENTS (linux_names), name);
  char *keypad = key == NULL ? keypad_name (name) : NULL;

  return keypad != NULL ? keypad : g_strdup (key != NULL ? key : name);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

GStrv
roost_key_names (const RoostFacts *facts)
{
  GPtrArray *names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer path;

  g_hash_table_iter_init (&iter, facts->qapi);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    {
      const char *value = strrchr (path, '^');

      if (value != NULL && g_str_has_prefix (path, KEY_PATHS "/")
          && !g_str_equal (value, "^unmapped"))
        g_ptr_array_add (names, g_strdup (value + 1));
    }
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (GStrv)g_ptr_array_free (names, FALSE);
}

/* --- names that are alike --- */

/* 0: not at all; else the smaller the better. */
static guint
unlikeness (const char *wanted, const char *name)
{
  guint d = roost_spell_distance (wanted, name);

  if (d <= 2 && d < strlen (wanted))
    return d;
  if (strlen (wanted) > 1 && strlen (name) > 1
      && (strstr (name, wanted) != NULL || strstr (wanted, name) != NULL))
    return 3;
  return 0;
}

/* Returns: (transfer full): "; did you mean 'a' or 'b'?" */
static char *
alike (GStrv names, const char *wanted)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint n = 0;

  for (guint level = 1; level <= 3; level++)
    for (guint i = 0; names[i] != NULL && n < MAX_ALIKE; i++)
      if (strlen (names[i]) <= MAX_LENGTH && unlikeness (wanted, names[i]) == level)
        g_string_append_printf (text, "%s'%s'", n++ == 0 ? "; did you mean " : " or ", names[i]);
  g_string_append (text, n > 0 ? "?" : "; QEMU's names are such as 'a', 'ret', 'ctrl', 'f1'");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
throw_unknown (GStrv names, const char *asked, const char *key, GError **error)
{
  g_autofree char *hint = alike (names, key);

  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "there is no key '%s'%s", asked, hint);
}

/* --- */

static gboolean
is_name (const char *name)
{
  gsize length = strlen (name);

  return length > 0 && length <= MAX_LENGTH
         && name[strspn (name, "0123456789_"
                               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")]
                == '\0';
}

char *
roost_key_name (const RoostFacts *facts, const char *name, GError **error)
{
  g_auto (GStrv) names = NULL;
  g_autofree char *lower = NULL;
  g_autofree char *key = NULL;
  const char *common;

  if (!is_name (name))
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                   "the name of a key is letters, digits and '_', at most %d of them", MAX_LENGTH);
      return NULL;
    }
  lower = g_ascii_strdown (name, -1);
  key = g_str_has_prefix (lower, "key_") ? from_linux (lower + strlen ("key_")) : g_strdup (lower);
  names = facts != NULL ? roost_key_names (facts) : NULL;
  if (names == NULL || names[0] == NULL || g_strv_contains ((const char *const *)names, key))
    return g_steal_pointer (&key);
  common = look_up (common_names, G_N_ELEMENTS (common_names), lower);
  if (common != NULL && g_strv_contains ((const char *const *)names, common))
    return g_strdup (common);
  throw_unknown (names, name, key, error);
  return NULL;
}

/* --- a US keyboard --- */

static const struct
{
  char plain, shifted;
  const char *key;
} symbols[] = {
  { '-', '_', "minus" },      { '=', '+', "equal" },       { '[', '{', "bracket_left" },
  { ';', ':', "semicolon" },  { '\'', '"', "apostrophe" }, { ']', '}', "bracket_right" },
  { '\\', '|', "backslash" }, { ',', '<', "comma" },       { '`', '~', "grave_accent" },
  { '.', '>', "dot" },        { '/', '?', "slash" },       { ' ', '\0', "spc" },
  { '\n', '\0', "ret" },      { '\t', '\0', "tab" },       { '1', '!', "1" },
  { '2', '@', "2" },          { '3', '#', "3" },           { '4', '$', "4" },
  { '5', '%', "5" },          { '6', '^', "6" },           { '7', '&', "7" },
  { '8', '*', "8" },          { '9', '(', "9" },           { '0', ')', "0" },
};

/* The names of the letters, two bytes each. */
static const char letters[] = "a\0b\0c\0d\0e\0f\0g\0h\0i\0j\0k\0l\0m\0"
                              "n\0o\0p\0q\0r\0s\0t\0u\0v\0w\0x\0y\0z";

gboolean
roost_key_for_char (gunichar c, RoostKeystroke *out)
{
  if (c == 0 || c > 0x7f)
    return FALSE;
  if (g_ascii_isalpha ((char)c))
    {
      out->key = letters + 2 * (g_ascii_tolower ((char)c) - 'a');
      out->is_shifted = g_ascii_isupper ((char)c);
      return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (symbols); i++)
    if (symbols[i].plain == (char)c || symbols[i].shifted == (char)c)
      {
        *out = (RoostKeystroke){ symbols[i].key, symbols[i].shifted == (char)c };
        return TRUE;
      }
  return FALSE;
}
