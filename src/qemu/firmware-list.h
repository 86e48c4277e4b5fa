/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/json.h"

/* One descriptor of a firmware, as the distribution wrote it. */
typedef struct
{
  char *name;     /* of the file: "60-edk2-x86_64.json" */
  JsonNode *root; /* NULL when it cannot be understood */
  char *problem;  /* why not */
} RoostFirmwareFile;

/**
 * roost_firmware_list:
 * @dirs: (nullable): lowest priority first; NULL = the usual ones
 * Returns: (transfer full): of RoostFirmwareFile, sorted by name; of one name the last folder's,
 *   an empty one masks it. Awaits: no.
 */
GPtrArray *roost_firmware_list (const char *const *dirs);
