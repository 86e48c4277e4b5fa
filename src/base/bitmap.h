/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Sets of small numbers: CPUs and NUMA nodes, as text "0-3,^2,8". */
typedef struct RoostBitmap RoostBitmap;

/* Numbers go from 0 up to one less than this. */
#define ROOST_BITMAP_LIMIT 16384

RoostBitmap *roost_bitmap_new (void);

/**
 * roost_bitmap_parse:
 * @text: numbers and ranges with commas between; "^N" takes N out of what stands before it
 * Errors: INVALID_ARGUMENT: bad syntax, a number beyond the limit, nothing left.
 */
RoostBitmap *roost_bitmap_parse (const char *text, GError **error);

/* Returns: (transfer full): the shortest text, "0-1,3,8"; "" when empty */
char *roost_bitmap_format (const RoostBitmap *bitmap);
RoostBitmap *roost_bitmap_copy (const RoostBitmap *bitmap);
void roost_bitmap_free (RoostBitmap *bitmap);

/* Also for NULL, which is as good as an empty one. */
gboolean roost_bitmap_equal (const RoostBitmap *a, const RoostBitmap *b);
guint roost_bitmap_count (const RoostBitmap *bitmap);
gboolean roost_bitmap_has (const RoostBitmap *bitmap, guint n);
gboolean roost_bitmap_overlaps (const RoostBitmap *a, const RoostBitmap *b);

/* @n beyond the limit is a mistake of the caller. */
void roost_bitmap_set (RoostBitmap *bitmap, guint n, gboolean is_in);

/* Adds all of @other (nullable). */
void roost_bitmap_add (RoostBitmap *bitmap, const RoostBitmap *other);

/**
 * roost_bitmap_next:
 * Returns: the smallest number in @bitmap that is >= @from, or -1:
 *   for (int n = roost_bitmap_next (b, 0); n >= 0; n = roost_bitmap_next (b, n + 1))
 */
int roost_bitmap_next (const RoostBitmap *bitmap, guint from);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostBitmap, roost_bitmap_free)
