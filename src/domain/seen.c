/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/seen.h"

#include <string.h>

#define MAC_LENGTH 17

static GHashTable *
new_set (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

RoostSeen *
roost_seen_new (void)
{
  RoostSeen *seen = g_new0 (RoostSeen, 1);

  seen->trays = new_set ();
  seen->channels = new_set ();
  seen->macs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return seen;
}

void
roost_seen_free (RoostSeen *seen)
{
  g_hash_table_unref (seen->trays);
  g_hash_table_unref (seen->channels);
  g_hash_table_unref (seen->macs);
  g_free (seen);
}

gboolean
roost_seen_put (GHashTable *set, const char *alias, gboolean is_in)
{
  if (!is_in)
    return g_hash_table_remove (set, alias);
  if (g_hash_table_size (set) >= ROOST_SEEN_MAX && !g_hash_table_contains (set, alias))
    return FALSE;
  return g_hash_table_add (set, g_strdup (alias));
}

/* "52:54:00:12:34:56", in either case. */
static gboolean
is_mac (const char *text)
{
  if (strlen (text) != MAC_LENGTH)
    return FALSE;
  for (guint i = 0; i < MAC_LENGTH; i++)
    if (i % 3 == 2 ? text[i] != ':' : !g_ascii_isxdigit (text[i]))
      return FALSE;
  return TRUE;
}

gboolean
roost_seen_put_mac (RoostSeen *seen, const char *alias, const char *mac)
{
  g_autofree char *lower = g_ascii_strdown (mac, -1);

  if (!is_mac (lower) || g_strcmp0 (g_hash_table_lookup (seen->macs, alias), lower) == 0
      || (g_hash_table_size (seen->macs) >= ROOST_SEEN_MAX
          && !g_hash_table_contains (seen->macs, alias)))
    return FALSE;
  g_hash_table_replace (seen->macs, g_strdup (alias), g_steal_pointer (&lower));
  return TRUE;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

GStrv
roost_seen_names (GHashTable *set)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  if (set != NULL)
    {
      g_hash_table_iter_init (&iter, set);
      while (g_hash_table_iter_next (&iter, &name, NULL))
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_sort (names, compare);
  g_ptr_array_add (names, NULL);
  return (GStrv)g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

GStrv
roost_seen_pairs (GHashTable *table)
{
  g_auto (GStrv) names = roost_seen_names (table);
  GPtrArray *pairs = g_ptr_array_new ();

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_ptr_array_add (pairs, g_strdup (names[i]));
      g_ptr_array_add (pairs, g_strdup (g_hash_table_lookup (table, names[i])));
    }
  g_ptr_array_add (pairs, NULL);
  return (GStrv)g_ptr_array_free (pairs, FALSE);
}
