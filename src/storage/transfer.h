/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * Moves bytes between a volume and a descriptor that a client gave, in a worker thread. The client
 * may be slow, may hang and may go away: descriptors are polled, and cancelling ends the wait.
 */
typedef struct
{
  int from, to;       /* descriptors */
  guint64 offset;     /* in the volume, bytes */
  guint64 length;     /* bytes at most */
  gboolean is_sparse; /* leave holes where there are only zeros */
  gint64 done;        /* atomic: bytes so far; read by roost_transfer_done () */
} RoostTransfer;

guint64 roost_transfer_done (RoostTransfer *transfer);

/* CoThreadFunc-s, with a RoostTransfer; they block. */

/* From the client's @from into the volume @to, up to the end or @length. What was read is counted.
 * Errors: NO_SPACE, IO, CANCELLED. */
gboolean roost_transfer_upload (gpointer transfer, GCancellable *cancellable, GError **error);

/* From the volume @from to the client's @to. Sparse: holes are left out where @to can seek. Errors:
 * IO (the client closed its end), CANCELLED. */
gboolean roost_transfer_download (gpointer transfer, GCancellable *cancellable, GError **error);

/* Overwrites @length bytes of @to with zeros. */
gboolean roost_transfer_zero (gpointer transfer, GCancellable *cancellable, GError **error);

/* Gives the blocks of @to back: a hole in a file, discard for a device. Errors: NOT_SUPPORTED, IO.
 */
gboolean roost_transfer_trim (gpointer transfer, GCancellable *cancellable, GError **error);

/* A checksum over the bytes of a volume. */
typedef struct
{
  RoostTransfer transfer; /* .from */
  GChecksumType type;
  char *text; /* the result, hexadecimal; to be freed */
} RoostChecksumWork;

gboolean roost_transfer_checksum (gpointer work, GCancellable *cancellable, GError **error);
