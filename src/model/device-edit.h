/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device-walk.h"

/*
 * One device as a document of its own, and what can be done with it and a domain's list of devices.
 * Pure. A RoostDeviceRef that roost_device_parse () or roost_device_copy () gave owns its .device.
 */

/**
 * roost_device_parse:
 * @xml: one element, such as "<disk type='file'>…</disk>"
 * @out: gets a device that the caller owns
 * Errors: INVALID_XML (also: it is no device), with line and column.
 */
gboolean roost_device_parse (const char *xml, RoostDeviceRef *out, GError **error);

/* Frees an owned device; nothing when there is none. */
void roost_device_clear (RoostDeviceRef *ref);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RoostDeviceRef, roost_device_clear)

void roost_device_copy (const RoostDeviceRef *ref, RoostDeviceRef *out);

/* Returns: (transfer full): its element. @flags: RoostFormatFlags */
char *roost_device_format (const RoostDeviceRef *ref, guint flags);

/* Appends the device to the list of its kind, and takes it; a memory device adds to <memory>.
 * Errors: EXISTS when there can be one of the kind only. */
gboolean roost_device_insert (RoostDomainConfig *config, RoostDeviceRef *ref, GError **error);

/* Frees the device @ref of @config; a memory device leaves <memory>. */
void roost_device_remove (RoostDomainConfig *config, const RoostDeviceRef *ref);

/* Puts @with, which it takes, in the place of @ref. Both are of one kind. */
void
roost_device_replace (RoostDomainConfig *config, const RoostDeviceRef *ref, RoostDeviceRef *with);

/* FALSE: no device has that alias. @out: borrowed. */
gboolean
roost_device_find_alias (const RoostDomainConfig *config, const char *alias, RoostDeviceRef *out);

/**
 * roost_device_find_like:
 * @like: what somebody wrote
 * @out: borrowed: the device of @config that it means
 * By what names a device (its alias, a disk's target, an interface's MAC, a controller's type and
 * index, a virtio channel's name, the type of graphics); else all that @like says must hold of it.
 * Errors: NOT_FOUND; INVALID_ARGUMENT when it could be several.
 */
gboolean roost_device_find_like (const RoostDomainConfig *config,
                                 const RoostDeviceRef *like,
                                 RoostDeviceRef *out,
                                 GError **error);

/* The same from the alias, or the element, that somebody gave. */
gboolean roost_device_find (const RoostDomainConfig *config,
                            const char *alias_or_xml,
                            RoostDeviceRef *out,
                            GError **error);

/* The device of a stored configuration that is @live, which runs: by what names it, by its
 * address, or by all that is said of it. Errors: NOT_FOUND, INVALID_ARGUMENT. */
gboolean roost_device_find_twin (const RoostDomainConfig *config,
                                 const RoostDeviceRef *live,
                                 RoostDeviceRef *out,
                                 GError **error);

/* What @now has and @was has not, by alias. Returns: (transfer full): of RoostDeviceRef, borrowed
 * from @now */
GArray *roost_devices_added (const RoostDomainConfig *was, const RoostDomainConfig *now);

/* Puts a copy of what is in the drive @from into the drive @disk. */
void roost_disk_take_medium (RoostDisk *disk, const RoostDisk *from);

/* Removes from @config the devices that were in @was and are no longer in @now. */
void roost_devices_drop_gone (RoostDomainConfig *config,
                              const RoostDomainConfig *was,
                              const RoostDomainConfig *now);

/* A copy of @live, which was plugged, for a stored configuration: with its address, and with an
 * alias only where @given (as it was written) had one. */
void roost_device_as_stored (const RoostDeviceRef *live,
                             const RoostDeviceRef *given,
                             RoostDeviceRef *out);

/* Returns: (nullable) (transfer full): a label of what @ref is needed by: a device at this
 * controller. */
char *roost_device_user (const RoostDomainConfig *config, const RoostDeviceRef *ref);

/* Returns: (transfer full): "pci 0000:01:00.0", "usb 0:1.2", "drive 0:0:0:1", "" */
char *roost_device_address_text (const RoostDeviceInfo *info);

/* Would the guest, or QEMU, see a difference between two devices of one kind? Errors:
 * NOT_SUPPORTED names the first. */
gboolean roost_device_equal (const RoostDeviceRef *a, const RoostDeviceRef *b, GError **error);
