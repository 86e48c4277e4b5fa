/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device-edit.h"

/* What a hotplug has to know of the structs of devices. */

/* What can change while the guest runs. */
typedef enum
{
  ROOST_LIVE_MEDIUM = 1 << 0,   /* of a CD-ROM or floppy drive */
  ROOST_LIVE_LINK = 1 << 1,     /* of an interface */
  ROOST_LIVE_SIZE = 1 << 2,     /* what a virtio-mem device is to have */
  ROOST_LIVE_RATE = 1 << 3,     /* the bandwidth of an interface */
  ROOST_LIVE_PASSWORD = 1 << 4, /* of a display: whenever it has one, for time may have ended it */
} RoostLiveChange;

/* One such change, by hand rather than by an element. */
typedef struct
{
  RoostLiveChange kind;
  const char *path;   /* MEDIUM (nullable): a file or block device; NULL: no medium */
  gboolean is_block;  /* MEDIUM: it is a block device */
  const char *format; /* MEDIUM (nullable) */
  gboolean is_up;     /* LINK */
} RoostDeviceChange;

/* Changes the device @ref of @config. Errors: NOT_SUPPORTED. */
gboolean roost_device_change (RoostDomainConfig *config,
                              const RoostDeviceRef *ref,
                              const RoostDeviceChange *change,
                              GError **error);

/* Gives @device what it does not say and @old has: alias, address, the names that were chosen. */
void roost_device_inherit (RoostDeviceRef *device, const RoostDeviceRef *old);

/* By alias, a disk's target, or an interface's MAC. Errors: NOT_FOUND. */
gboolean roost_device_find_named (const RoostDomainConfig *config,
                                  const char *name,
                                  RoostDeviceRef *out,
                                  GError **error);

/* @out_what: gets RoostLiveChange. Errors: NOT_SUPPORTED names what else would change. */
gboolean roost_device_live_changes (const RoostDeviceRef *was,
                                    const RoostDeviceRef *now,
                                    guint *out_what,
                                    GError **error);

/* --- processors --- */

guint roost_view_max_vcpus (const RoostDomainConfig *config);

/* Are there fewer than could be, or some that can go? */
gboolean roost_view_has_spare_vcpus (const RoostDomainConfig *config);

/* How many there are; a list of them (<vcpus>) follows. */
void roost_view_set_vcpus (RoostDomainConfig *config, guint count);

/* Errors: INVALID_ARGUMENT. */
gboolean roost_view_set_max_vcpus (RoostDomainConfig *config, guint count, GError **error);

/* Is one of them, or the one with this number, there from the start but able to go? */
gboolean roost_view_has_plugged_vcpus (const RoostDomainConfig *config);
gboolean roost_view_is_plugged_vcpu (const RoostDomainConfig *config, guint id);

/* --- memory --- */

/* What the balloon can take from: the memory of the board and its DIMMs. */
guint64 roost_view_plain_memory (const RoostDomainConfig *config);

/* What guests have of their virtio-mem devices; of one that does not run: what is requested.
 * @out_any: is there one? */
guint64 roost_view_resized_memory (const RoostDomainConfig *config, gboolean *out_any);

/* The virtio-mem devices, or that with @alias, begin with nothing, and the guest takes what is
 * requested. @alias: (nullable) */
void roost_view_begin_memory (RoostDomainConfig *config, const char *alias);

/* Bytes. Errors: INVALID_ARGUMENT, NOT_SUPPORTED. */
gboolean roost_view_set_memory (RoostDomainConfig *config, guint64 bytes, GError **error);
gboolean roost_view_set_max_memory (RoostDomainConfig *config, guint64 bytes, GError **error);

/* --- of devices that run --- */

/* Returns: (transfer floating): a{sv}, see device.h */
GVariant *roost_device_live_values (const RoostDeviceRef *ref);

/* Returns: (transfer full): the aliases of all devices that have one, each once. */
GStrv roost_view_aliases (const RoostDomainConfig *config);

/* The guest opened or closed the tray of the drive @alias. FALSE: it has none, or it is so. */
gboolean roost_device_set_tray (RoostDomainConfig *config, const char *alias, gboolean is_open);

/* FALSE: it is so already. */
gboolean roost_device_set_memory_size (RoostDomainConfig *config, const char *alias, guint64 bytes);

gboolean roost_device_has_tray (const RoostDeviceRef *ref);
