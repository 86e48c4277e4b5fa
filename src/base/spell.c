/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/spell.h"

#include <string.h>

#define MAX_LENGTH 64

guint
roost_spell_distance (const char *a, const char *b)
{
  guint row[MAX_LENGTH + 1];
  gsize length = MIN (strlen (b), MAX_LENGTH);

  for (guint j = 0; j <= length; j++)
    row[j] = j;
  for (guint i = 1; a[i - 1] != '\0'; i++)
    {
      guint diagonal = row[0];

      row[0] = i;
      for (guint j = 1; j <= length; j++)
        {
          guint change = diagonal + (a[i - 1] != b[j - 1]);

          diagonal = row[j];
          row[j] = MIN (change, MIN (row[j], row[j - 1]) + 1);
        }
    }
  return row[length];
}
