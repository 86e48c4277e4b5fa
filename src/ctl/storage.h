/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/ctl.h"

#define CTL_POOL   "org.roost1.StoragePool"
#define CTL_VOLUME "org.roost1.StorageVolume"

/* @what: name or UUID of a storage pool. Returns: (transfer full): its object path */
char *ctl_find_pool (Ctl *ctl, const char *what, GError **error);

/* Returns: (transfer full): the object path of the volume @name */
char *ctl_find_volume (Ctl *ctl, const char *pool, const char *name, GError **error);

/* Returns: (transfer full) (nullable): what the first bytes of @file look like, "qcow2", "iso" or
 * "raw"; NULL where it cannot be read */
char *ctl_file_format (const char *file);

/* "10G", "512M", "1048576": bytes. Errors: CTL_USAGE. */
gboolean ctl_parse_size (const char *text, guint64 *out, GError **error);

/* Waits for the end of a job, with a progress bar on a terminal. ^C cancels the job. */
gboolean ctl_wait_job (Ctl *ctl, const char *job, const char *what, GError **error);
