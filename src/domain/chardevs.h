/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-config.h"

#include <json-glib/json-glib.h>

/* What QEMU says of its character devices ("query-chardev"). The chardev of the device ALIAS is
 * named "charALIAS". */

/* Writes the paths of ptys into @config. */
void roost_chardevs_set_ptys (JsonArray *chardevs, RoostDomainConfig *config);

typedef enum
{
  ROOST_CHARDEV_BACKEND_PTY,
  ROOST_CHARDEV_BACKEND_SOCKET, /* QEMU listens at the path */
  ROOST_CHARDEV_BACKEND_OTHER,
} RoostChardevBackend;

/**
 * roost_chardevs_find:
 * @out_path: (transfer full): of a pty or socket; QEMU's word, which is not trusted
 * Returns: FALSE when there is no such device
 */
gboolean roost_chardevs_find (JsonArray *chardevs,
                              const char *alias,
                              RoostChardevBackend *out_backend,
                              char **out_path);
