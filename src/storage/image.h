/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/fields.h"

#include <gio/gio.h>

/* What is in an image. A guest may have written it: nothing that it says is opened by itself. */

typedef struct
{
  const char *format; /* static; "raw" when nothing else was found */
  guint64 capacity;   /* bytes; 0 = the header does not say it in a simple way */
  char *backing;      /* (nullable): (transfer full): qcow2: what it calls the image below */
  gboolean is_whole;  /* qcow2: it has no image below, and its data in itself */
} RoostImageHeader;

/* A look at the first bytes of @fd, which blocks: for worker threads. */
void roost_image_look (int fd, guint64 length, RoostImageHeader *out);

/* The same of a file. Awaits: yes. FALSE: there is no such file or device, or it cannot be read. */
gboolean roost_image_look_at (const char *path, RoostImageHeader *out);

typedef struct
{
  char *format;
  guint64 capacity, allocation, cluster_size; /* bytes */
  char *backing;        /* (nullable): as the image names it, resolved against its folder */
  char *backing_format; /* (nullable): as the image says it */
  char *data_file;      /* (nullable) */
  char *compat;         /* (nullable): qcow2 */
  gboolean lazy_refcounts, extended_l2, is_encrypted, is_corrupt, is_dirty;
} RoostImageInfo;

void roost_image_info_free (RoostImageInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostImageInfo, roost_image_info_free)

/* Reads what "qemu-img info --output=json" said. Errors: STORAGE. */
RoostImageInfo *roost_image_info_parse (const char *json, GError **error);

/**
 * roost_image_info:
 * @format: (nullable): NULL probes, which is for those who asked for it
 * Asks qemu-img, also about an image in use. Awaits: yes. Errors: STORAGE, TIMEOUT, NOT_SUPPORTED.
 */
RoostImageInfo *
roost_image_info (const char *path, const char *format, GCancellable *cancellable, GError **error);

/* Is @path where images of a chain may be? */
typedef gboolean (*RoostImageAllowed) (const char *path, gpointer data);

/* Longer chains are refused. */
#define ROOST_CHAIN_MAX 128

/**
 * roost_image_chain:
 * @path, @format: the top
 * @is_allowed: (nullable): asked for each image below, and for data files
 * Follows the backing files, each opened with the format that is written beside its name ("raw"
 * where there is none, and it looks so). Awaits: yes.
 * Errors: STORAGE (a loop, outside, too long, no format, or qemu-img's), NOT_SUPPORTED (one is no
 * file of this host), TIMEOUT.
 * Returns: (transfer full): of RoostImageLink, the top first
 */
typedef struct
{
  char *path;
  char *format;
  gboolean is_encrypted;
} RoostImageLink;

GPtrArray *roost_image_chain (const char *path,
                              const char *format,
                              RoostImageAllowed is_allowed,
                              gpointer data,
                              GError **error);
