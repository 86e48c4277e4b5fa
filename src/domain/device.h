/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/*
 * A device that a running guest has. It belongs to its domain and ends with the guest, or when the
 * guest lets it go; the domain tells of both by "device-added" and "device-removed".
 *
 * Signals: "changed" (guint what): what is always ~0
 */
#define ROOST_TYPE_DEVICE (roost_device_get_type ())
G_DECLARE_FINAL_TYPE (RoostDevice, roost_device, ROOST, DEVICE, GObject)

/* Returns: (transfer none) (nullable): NULL when it is gone. */
RoostDomain *roost_device_domain (RoostDevice *device);
const char *roost_device_alias (RoostDevice *device);
const char *roost_device_kind (RoostDevice *device);    /* "disk" */
const char *roost_device_address (RoostDevice *device); /* "pci 0000:01:00.0", "" */
const char *roost_device_xml (RoostDevice *device);     /* without secrets */

/* Returns: (transfer floating): a{sv}: of an interface "link-up" (b), where it is limited
 * "inbound-average" (t), "outbound-average" (t); of a drive "tray-open" (b), "medium" (s); of a
 * virtio-mem device "requested-size" (t), "size" (t). */
GVariant *roost_device_live (RoostDevice *device);

/* --- of a domain --- */

/* Returns: (transfer container): of RoostDevice refs. */
GPtrArray *roost_domain_devices (RoostDomain *domain);

/* Brings the objects in line with what runs, and tells of it. Awaits: no. */
void roost_domain_sync_devices (RoostDomain *domain);
