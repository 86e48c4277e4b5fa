/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/pool-types.h"

#include <gio/gio.h>

/*
 * SCSI hosts, and the virtual ones that a Fibre Channel adapter can have (NPIV), by sysfs. Every
 * function blocks: they are for worker threads. @sys: "/sys", or a test's copy.
 */

/* Returns: (transfer full): "host3". Errors: NOT_FOUND. */
char *roost_scsi_host_find (const char *sys, const RoostPoolAdapter *adapter, GError **error);

/* Adds "sda" and "unit:0:1:0" of each disk that @host, "host3", has now. */
void roost_scsi_host_disks (const char *sys, const char *host, GPtrArray *disks, GPtrArray *units);

/* Asks @host to look for disks; what cannot be done is left. */
void roost_scsi_host_scan (const char *sys, const char *host);

/**
 * roost_scsi_host_create:
 * @adapter: of type fc_host
 * Asks its parent, or any adapter that can, for the virtual host; it appears a moment later.
 * Errors: NOT_FOUND (there is no such parent), NOT_SUPPORTED (it has no virtual ones), IO.
 */
gboolean roost_scsi_host_create (const char *sys, const RoostPoolAdapter *adapter, GError **error);

/* Takes it away again; one that is gone is fine. Errors: IO. */
gboolean roost_scsi_host_destroy (const char *sys, const RoostPoolAdapter *adapter, GError **error);
