/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/bitmap.h"

#include "base/error.h"

#include <string.h>

#define WORD_BITS 64

struct RoostBitmap
{
  guint n_words; /* grows as needed; words beyond it are zero */
  guint64 *words;
};

RoostBitmap *
roost_bitmap_new (void)
{
  return g_new0 (RoostBitmap, 1);
}

void
roost_bitmap_free (RoostBitmap *bitmap)
{
  if (bitmap != NULL)
    g_free (bitmap->words);
  g_free (bitmap);
}

RoostBitmap *
roost_bitmap_copy (const RoostBitmap *bitmap)
{
  RoostBitmap *copy = roost_bitmap_new ();

  copy->n_words = bitmap->n_words;
  copy->words = g_memdup2 (bitmap->words, bitmap->n_words * sizeof (guint64));
  return copy;
}

static guint64
word_of (const RoostBitmap *bitmap, guint i)
{
  return bitmap != NULL && i < bitmap->n_words ? bitmap->words[i] : 0;
}

static guint
words_of_both (const RoostBitmap *a, const RoostBitmap *b)
{
  return MAX (a != NULL ? a->n_words : 0, b != NULL ? b->n_words : 0);
}

gboolean
roost_bitmap_equal (const RoostBitmap *a, const RoostBitmap *b)
{
  for (guint i = 0; i < words_of_both (a, b); i++)
    if (word_of (a, i) != word_of (b, i))
      return FALSE;
  return TRUE;
}

gboolean
roost_bitmap_overlaps (const RoostBitmap *a, const RoostBitmap *b)
{
  for (guint i = 0; i < words_of_both (a, b); i++)
    if ((word_of (a, i) & word_of (b, i)) != 0)
      return TRUE;
  return FALSE;
}

guint
roost_bitmap_count (const RoostBitmap *bitmap)
{
  guint n = 0;

  for (guint i = 0; bitmap != NULL && i < bitmap->n_words; i++)
    n += (guint)__builtin_popcountll (bitmap->words[i]);
  return n;
}

gboolean
roost_bitmap_has (const RoostBitmap *bitmap, guint n)
{
  return (word_of (bitmap, n / WORD_BITS) >> (n % WORD_BITS) & 1) != 0;
}

static void
grow (RoostBitmap *bitmap, guint n_words)
{
  if (n_words <= bitmap->n_words)
    return;
  bitmap->words = g_renew (guint64, bitmap->words, n_words);
  memset (bitmap->words + bitmap->n_words, 0, (n_words - bitmap->n_words) * sizeof (guint64));
  bitmap->n_words = n_words;
}

void
roost_bitmap_set (RoostBitmap *bitmap, guint n, gboolean is_in)
{
  guint64 bit = G_GUINT64_CONSTANT (1) << (n % WORD_BITS);

  g_return_if_fail (n < ROOST_BITMAP_LIMIT);
  grow (bitmap, n / WORD_BITS + 1);
  if (is_in)
    bitmap->words[n / WORD_BITS] |= bit;
  else
    bitmap->words[n / WORD_BITS] &= ~bit;
}

void
roost_bitmap_add (RoostBitmap *bitmap, const RoostBitmap *other)
{
  if (other == NULL)
    return;
  grow (bitmap, other->n_words);
  for (guint i = 0; i < other->n_words; i++)
    bitmap->words[i] |= other->words[i];
}

int
roost_bitmap_next (const RoostBitmap *bitmap, guint from)
{
  guint64 word;

  if (bitmap == NULL || from / WORD_BITS >= bitmap->n_words)
    return -1;
  word = bitmap->words[from / WORD_BITS] >> (from % WORD_BITS);
  if (word != 0)
    return (int)from + __builtin_ctzll (word);
  for (guint i = from / WORD_BITS + 1; i < bitmap->n_words; i++)
    if (bitmap->words[i] != 0)
      return (int)(i * WORD_BITS) + __builtin_ctzll (bitmap->words[i]);
  return -1;
}

static const char *
skip_space (const char *at)
{
  while (g_ascii_isspace (*at))
    at++;
  return at;
}

/* Reads a number below the limit and the space after it. */
static gboolean
read_number (const char **at, guint *out_n)
{
  const char *p = *at;
  guint n = 0;

  if (!g_ascii_isdigit (*p))
    return FALSE;
  for (; g_ascii_isdigit (*p) && n < ROOST_BITMAP_LIMIT; p++)
    n = n * 10 + (guint)(*p - '0');
  *at = skip_space (p);
  *out_n = n;
  return n < ROOST_BITMAP_LIMIT;
}

/* Word by word: a list may name the same thousands again and again. */
static void
add_range (RoostBitmap *bitmap, guint first, guint last)
{
  grow (bitmap, last / WORD_BITS + 1);
  for (guint i = first / WORD_BITS; i <= last / WORD_BITS; i++)
    {
      guint from = i == first / WORD_BITS ? first % WORD_BITS : 0;
      guint to = i == last / WORD_BITS ? last % WORD_BITS : WORD_BITS - 1;

      bitmap->words[i] |= (G_MAXUINT64 << from) & (G_MAXUINT64 >> (WORD_BITS - 1 - to));
    }
}

/* Reads "N", "N-M" or "^N". */
static gboolean
read_part (RoostBitmap *bitmap, const char **at)
{
  gboolean is_out = **at == '^';
  guint first, last;

  if (is_out)
    *at += 1;
  if (!read_number (at, &first))
    return FALSE;
  last = first;
  if (**at == '-' && !is_out)
    {
      *at = skip_space (*at + 1);
      if (!read_number (at, &last) || last < first)
        return FALSE;
    }
  if (is_out)
    roost_bitmap_set (bitmap, first, FALSE);
  else
    add_range (bitmap, first, last);
  return TRUE;
}

RoostBitmap *
roost_bitmap_parse (const char *text, GError **error)
{
  g_autoptr (RoostBitmap) bitmap = roost_bitmap_new ();
  const char *at = skip_space (text);

  for (;;)
    {
      if (!read_part (bitmap, &at) || (*at != ',' && *at != '\0'))
        {
          roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                       "'%s' is not a list of numbers below %u such as '0-3,^2,8'", text,
                       ROOST_BITMAP_LIMIT);
          return NULL;
        }
      if (*at == '\0')
        break;
      at = skip_space (at + 1);
    }
  if (roost_bitmap_count (bitmap) == 0)
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' leaves no number", text);
      return NULL;
    }
  return g_steal_pointer (&bitmap);
}

char *
roost_bitmap_format (const RoostBitmap *bitmap)
{
  GString *out = g_string_new (NULL);

  for (int first = roost_bitmap_next (bitmap, 0); first >= 0;)
    {
      int last = first;

      while (roost_bitmap_has (bitmap, (guint)last + 1))
        last++;
      g_string_append_printf (out, out->len > 0 ? ",%d" : "%d", first);
      if (last > first)
        g_string_append_printf (out, "-%d", last);
      first = roost_bitmap_next (bitmap, (guint)last + 1);
    }
  return g_string_free (out, FALSE);
}
