/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/**
 * roost_domain_block_info:
 * @disk: the target or the alias of a disk
 * @timeout_ms: for QEMU, or for qemu-img
 * The sizes of a disk: of a guest that runs QEMU is asked, of a shut-off one the image is looked
 * at. Awaits: yes. Returns: (transfer full): a{sv}. Errors: NOT_FOUND (no such disk), TIMEOUT,
 * NOT_SUPPORTED (shut off, and the disk is no file or device of the host), STORAGE, QEMU.
 */
GVariant *
roost_domain_block_info (RoostDomain *domain, const char *disk, guint timeout_ms, GError **error);

/**
 * roost_domain_set_disk_threshold:
 * @bytes: from where on in the file or device that holds the image; 0 = never
 * Has DiskThreshold told once the guest's data reach beyond it. Awaits: yes.
 * Errors: NOT_FOUND (no such disk, or no medium in it), NOT_RUNNING, BUSY, QEMU.
 */
gboolean roost_domain_set_disk_threshold (
    RoostDomain *domain, const char *disk, guint64 bytes, const char *caller, GError **error);

#define ROOST_BLOCK_INFO_TIMEOUT_MS 10000
