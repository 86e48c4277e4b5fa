/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/pool-enums.h"
#include "model/volume-config.h"

#include <gio/gio.h>

/*
 * What is known of a volume without asking anybody: there may be fifty thousand in a pool, so it is
 * small. The rest is asked for when somebody wants it, see image.h.
 */
typedef struct
{
  char *name;
  char *path;         /* (nullable): NULL = the file of its name in the pool's folder */
  const char *format; /* static or interned: what its first bytes say; "raw", "qcow2", "dir" … */
  guint64 capacity;   /* bytes that a guest sees; 0 = not known without asking */
  guint64 allocation; /* bytes that it takes */
  guint64 physical;   /* bytes of its file */
  gint64 changed_ns;  /* last write */
  guint64 inode;
  RoostVolumeType type;
  char *backing; /* (nullable): what its header calls the image below it; see
                    roost_storage_find_above () */
} RoostVolume;

/* Sizes in bytes. */
typedef struct
{
  guint64 capacity, allocation, available;
} RoostSpace;

RoostVolume *roost_volume_new (const char *name);
void roost_volume_free (RoostVolume *volume);
gboolean roost_volume_equal (const RoostVolume *a, const RoostVolume *b);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostVolume, roost_volume_free)
