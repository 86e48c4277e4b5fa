/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job.h"
#include "storage/storage.h"

/* What is written into a new volume, once there is a file or node for it. */

/* What is copied; all zero: nothing. */
typedef struct
{
  char *path;
  char *format;
  GBytes *key; /* (nullable): it is encrypted */
} RoostVolumeOrigin;

void roost_volume_origin_clear (RoostVolumeOrigin *origin);

typedef struct
{
  const RoostVolumeConfig *config; /* completed */
  const char *folder;              /* of its data file */
  const char *preallocation;       /* (nullable) */
  const char *path;                /* where it is written */
  const RoostVolumeOrigin *origin;
  GBytes *key;                 /* (nullable): it is to be encrypted; see volume-crypt.h */
  gboolean is_below_encrypted; /* an image below it: it cannot be opened without its key */
  RoostJob *job;
} RoostVolumeContent;

/* An empty image, or one over the image below it. Awaits: yes. Errors: STORAGE, NO_SPACE,
 * CANCELLED, … */
gboolean roost_volume_content_create (const RoostVolumeContent *content,
                                      GCancellable *cancellable,
                                      GError **error);

/* The content of the origin, as large as the config says where that is larger; the job shows how
 * far it is. Awaits: yes. */
gboolean roost_volume_content_copy (const RoostVolumeContent *content,
                                    GCancellable *cancellable,
                                    GError **error);
