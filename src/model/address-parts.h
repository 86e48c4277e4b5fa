/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device-walk.h"

/*
 * One function for each kind of guest address; roost_addresses_assign () calls them in order. All
 * keep what is there, and refuse what is used twice (EXISTS) or cannot be (INVALID_XML).
 */

/* The highest number of a controller that a device may ask for. */
#define ROOST_ADDRESS_MAX_CONTROLLER 255

/* @info gets an empty address of @type unless it has one already. Returns: borrowed */
RoostAddress *roost_address_ensure (RoostDeviceInfo *info, RoostAddressType type);

/* A set of places that are taken, by their text form; it knows by whom (RoostDeviceRef). */
typedef GHashTable RoostAddressSet;
RoostAddressSet *roost_address_set_new (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostAddressSet, g_hash_table_unref)

/* Errors: EXISTS: "LABEL: the KIND address KEY is already used by OTHER". */
gboolean roost_address_set_take (RoostAddressSet *set,
                                 const RoostDeviceRef *ref,
                                 const char *kind,
                                 const char *key,
                                 GError **error);

/* Disks and SCSI host devices: controller, bus, target, unit. A disk follows its target name.
 * Belongs before the controllers are completed, since it says which are needed. */
gboolean roost_addresses_assign_drives (RoostDomainConfig *config, GError **error);

gboolean roost_addresses_assign_virtio_serial (RoostDomainConfig *config, GError **error);
gboolean roost_addresses_assign_ccid (RoostDomainConfig *config, GError **error);
gboolean roost_addresses_assign_spapr_vio (RoostDomainConfig *config, GError **error);

/* s390: virtio devices sit on channel subsystems unless the document says otherwise. */
gboolean roost_addresses_assign_ccw (RoostDomainConfig *config, GError **error);

/* Machines without PCI: virtio devices sit on virtio-mmio. */
void roost_addresses_assign_mmio (RoostDomainConfig *config);

gboolean roost_addresses_assign_usb (RoostDomainConfig *config, GError **error);
gboolean roost_addresses_assign_memory (RoostDomainConfig *config, GError **error);

/* Returns: the number in a disk's target name ("sda" 0, "vdb" 1, "sdaa" 26), or -1 */
int roost_disk_target_index (const char *target);

/* The target name of @bus with that number: "vda". (transfer full) */
char *roost_disk_target_name (RoostDiskBus bus, guint index);
