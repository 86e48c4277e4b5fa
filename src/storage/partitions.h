/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* What parted says of a disk, and where a new partition fits. Pure, as answers.h. */

/* Bytes; @end is the last one. */
typedef struct
{
  guint64 number, start, end, size;
  gboolean is_free;
  gboolean holds_others; /* an extended partition: what is in it follows */
  gboolean is_inside;    /* such a one */
} RoostPart;

/* Reads what "parted --machine … unit B print free" said. Errors: STORAGE. Returns: (transfer
 * full): of RoostPart */
GArray *roost_parts_read (const char *text, GError **error);

/* Where @size bytes fit, on a boundary that flash and RAID like, and which number the partition
 * will have. Returns: FALSE: nowhere */
gboolean
roost_parts_find_room (GArray *parts, guint64 size, guint64 *out_start, guint64 *out_number);
