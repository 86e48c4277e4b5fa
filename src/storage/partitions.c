/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/partitions.h"

#include "storage/answers.h"

#include <string.h>

/* Partitions begin where flash and RAID like it. */
#define ALIGN ((guint64)1024 * 1024)

/* Of a partition, in a GPT of the usual size. */
#define MAX_NUMBER 128

/* "1048576B" */
static gboolean
read_bytes (const char *word, guint64 *out)
{
  g_autofree char *digits = g_strdup (word);

  if (!g_str_has_suffix (word, "B"))
    return FALSE;
  digits[strlen (digits) - 1] = '\0';
  return g_ascii_string_to_unsigned (digits, 10, 0, G_MAXINT64, out, NULL);
}

/* NUMBER:START:END:SIZE:free; or NUMBER:START:END:SIZE:FILE SYSTEM:NAME:FLAGS; — a colon in a name
 * has a backslash before it, a line break has none. */
#define LEAST_WORDS 5

static gboolean
is_part (char **words)
{
  return g_strv_length (words) >= LEAST_WORDS && *words[0] != '\0'
         && strspn (words[0], "0123456789") == strlen (words[0]);
}

static gboolean
read_part (char **words, RoostPart *out)
{
  *out = (RoostPart){ 0 };
  out->is_free = g_str_equal (words[4], "free;");
  return g_ascii_string_to_unsigned (words[0], 10, 1, G_MAXUINT, &out->number, NULL)
         && read_bytes (words[1], &out->start) && read_bytes (words[2], &out->end)
         && read_bytes (words[3], &out->size) && out->end >= out->start
         && out->size == out->end - out->start + 1;
}

/* An extended partition comes before what is in it. */
static void
find_those_inside (GArray *parts)
{
  RoostPart *holder = NULL;

  for (guint i = 0; i < parts->len; i++)
    {
      RoostPart *part = &g_array_index (parts, RoostPart, i);

      part->is_inside = holder != NULL && part->start >= holder->start && part->end <= holder->end;
      if (part->is_inside)
        holder->holds_others = TRUE;
      else
        holder = part->is_free ? NULL : part;
    }
}

GArray *
roost_parts_read (const char *text, GError **error)
{
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (RoostPart));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  RoostPart part;

  if (!g_str_has_prefix (text, "BYT;"))
    {
      roost_throw_odd (error, "parted", "a disk in bytes", text);
      return NULL;
    }
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], ":", -1);

      if (!is_part (words)) /* "BYT;", and of the disk */
        continue;
      if (!read_part (words, &part))
        {
          roost_throw_odd (error, "parted", "a partition with its start, end and size", lines[i]);
          return NULL;
        }
      g_array_append_val (parts, part);
    }
  find_those_inside (parts);
  return g_steal_pointer (&parts);
}

gboolean
roost_parts_find_room (GArray *parts, guint64 size, guint64 *out_start, guint64 *out_number)
{
  gboolean used[MAX_NUMBER + 1] = { FALSE };
  gboolean found = FALSE;

  for (guint i = 0; i < parts->len; i++)
    {
      const RoostPart *part = &g_array_index (parts, RoostPart, i);
      guint64 start = (MAX (part->start, ALIGN) + ALIGN - 1) / ALIGN * ALIGN;

      if (!part->is_free && part->number <= MAX_NUMBER)
        used[part->number] = TRUE;
      if (part->is_free && !part->is_inside && !found && start <= part->end
          && size <= part->end - start + 1)
        {
          *out_start = start;
          found = TRUE;
        }
    }
  for (*out_number = 1; *out_number <= MAX_NUMBER && used[*out_number];)
    ++*out_number;
  return found && *out_number <= MAX_NUMBER;
}
