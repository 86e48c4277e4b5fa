/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/*
 * PCI devices of the host on their way to a guest and back. The host's driver lets a device go,
 * vfio-pci takes it, and QEMU reaches it through the node of its IOMMU group: what is in one group
 * can reach each other's memory, so it is in one guest, or nobody uses it.
 *
 * Source: the kernel's Documentation/driver-api/vfio.rst; driver_override in
 * ABI/testing/sysfs-bus-pci.
 */

/**
 * roost_pci_group:
 * @sys_dir: "/sys"
 * @address: "0000:01:00.0"
 * Returns: (transfer full): the number of its IOMMU group. Awaits: no.
 * Errors: NOT_FOUND (no such device), NOT_SUPPORTED (the host has no IOMMU in use).
 */
char *roost_pci_group (const char *sys_dir, const char *address, GError **error);

/* Returns: (transfer full) (nullable): its driver, "e1000e" */
char *roost_pci_driver (const char *sys_dir, const char *address);

/* Returns: (transfer full): the addresses of all that is in @group */
GStrv roost_pci_group_members (const char *sys_dir, const char *group);

/* May a guest with the devices @addresses have the group? Errors: HOST_DEVICE names who is in the
 * way. Awaits: no. */
gboolean roost_pci_check_group (const char *sys_dir,
                                const char *group,
                                const char *const *addresses,
                                GError **error);

/* Hands it to vfio-pci. Blocks. Errors: HOST_DEVICE; the host has it again then. */
gboolean roost_pci_take (const char *sys_dir, const char *address, GError **error);

/* Hands it to the host's own driver, if it has one. Blocks. Errors: HOST_DEVICE. */
gboolean roost_pci_give_back (const char *sys_dir, const char *address, GError **error);

/* Returns: (transfer full): "/dev/vfio/12" */
char *roost_pci_group_node (const char *group);
