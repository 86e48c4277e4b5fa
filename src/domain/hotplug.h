/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/*
 * Devices of a domain, while it runs and in its stored configuration (see amend.h for the options
 * "live" and "config").
 *
 * A plug is all or nothing, also when the daemon is killed: what is about to be done stands in the
 * status file. An unplug needs the guest: it is a job that ends with the guest's answer, or at its
 * deadline; a device that goes later is noticed all the same.
 */

typedef struct
{
  gboolean live;
  gboolean config;
} RoostDeviceOptions;

/**
 * roost_domain_attach_device:
 * @xml: one element of <devices>
 * Returns: (transfer full): its alias in the guest that runs; "" when only the stored
 * configuration got it. Awaits: yes.
 * Errors: BUSY, NOT_RUNNING, INVALID_XML, EXISTS (a target, alias or address is taken),
 * LIMIT_EXCEEDED (no port is free), NOT_SUPPORTED (QEMU cannot plug it), QEMU, HOST_DEVICE,
 * STORAGE, NO_SPACE, IO.
 */
char *roost_domain_attach_device (RoostDomain *domain,
                                  const char *xml,
                                  const RoostDeviceOptions *options,
                                  const char *caller,
                                  GError **error);

typedef struct
{
  RoostDeviceOptions where;
  guint timeout_ms; /* how long the guest gets; 0: the default */
} RoostDetachOptions;

/* A guest with native PCI Express hotplug waits five seconds for a second press of the button. */
#define ROOST_DETACH_TIMEOUT_MS 30000

/**
 * roost_domain_detach_device:
 * @device: an alias, or an element that says which device is meant
 * Returns: (transfer full): a job, which ends when the guest has let go; its errors: BUSY (the
 * guest refuses), TIMEOUT, NOT_RUNNING, CANCELLED (nobody waits any more; the guest may still let
 * go). Awaits: yes, for QEMU, not for the guest.
 * Errors: BUSY (also: it is a controller with devices), NOT_FOUND, INVALID_ARGUMENT (several are
 * meant), NOT_SUPPORTED, QEMU.
 */
RoostJob *roost_domain_detach_device (RoostDomain *domain,
                                      const char *device,
                                      const RoostDetachOptions *options,
                                      const char *caller,
                                      GError **error);

typedef struct
{
  RoostDeviceOptions where;
  gboolean force; /* a tray that the guest has locked is opened all the same */
} RoostUpdateOptions;

/**
 * roost_domain_update_device:
 * @xml: the whole element as it is to be; which device it is: see roost_device_find_like ()
 * Live: the medium of a drive, link and bandwidth of an interface, the size of a virtio-mem device.
 * Awaits: yes. Errors: NOT_FOUND, NOT_SUPPORTED (names what cannot change), BUSY (also: the tray is
 * locked), QEMU, STORAGE.
 */
gboolean roost_domain_update_device (RoostDomain *domain,
                                     const char *xml,
                                     const RoostUpdateOptions *options,
                                     const char *caller,
                                     GError **error);

/* The same for the device @alias. @xml must be of its kind. */
gboolean roost_domain_update_named (RoostDomain *domain,
                                    const char *alias,
                                    const char *xml,
                                    const RoostUpdateOptions *options,
                                    const char *caller,
                                    GError **error);

/* Puts the file, or block device, @path into the drive @device (its alias or target); NULL takes
 * out what is in it. @format: (nullable): "raw", "qcow2"; NULL: as before. As above. */
gboolean roost_domain_change_media (RoostDomain *domain,
                                    const char *device,
                                    const char *path,
                                    const char *format,
                                    const RoostUpdateOptions *options,
                                    const char *caller,
                                    GError **error);

/* Plugs, or pulls, the cable of the interface @device: its alias or MAC. As above. */
gboolean roost_domain_set_link (RoostDomain *domain,
                                const char *device,
                                gboolean is_up,
                                const RoostDeviceOptions *options,
                                const char *caller,
                                GError **error);

typedef struct
{
  RoostDeviceOptions where;
  gboolean maximum; /* config only: the maximum itself */
  guint timeout_ms; /* for the guest to let processors go; 0: ROOST_DETACH_TIMEOUT_MS */
} RoostAmountOptions;

/* How many processors the guest has. Awaits: yes, also for a guest that is to let some go.
 * Errors: INVALID_ARGUMENT (more than the maximum), NOT_SUPPORTED (those that were there at the
 * start cannot go), TIMEOUT, QEMU. */
gboolean roost_domain_set_vcpus (RoostDomain *domain,
                                 guint count,
                                 const RoostAmountOptions *options,
                                 const char *caller,
                                 GError **error);

/* Bytes that the balloon is to leave to the guest. Awaits: yes, not for the guest.
 * Errors: INVALID_ARGUMENT (more than the maximum), NOT_SUPPORTED (no balloon), QEMU. */
gboolean roost_domain_set_memory (RoostDomain *domain,
                                  guint64 bytes,
                                  const RoostAmountOptions *options,
                                  const char *caller,
                                  GError **error);

/* Returns: (transfer none): NULL-terminated: the aliases of the devices that the running guest
 * has; empty when it is shut off. Awaits: no. */
const char *const *roost_domain_device_aliases (RoostDomain *domain);

/* --- inside this room --- */

/* QEMU says that the device @alias is gone: the running configuration loses it now; what it had on
 * the host goes soon. Awaits: no. */
void roost_hotplug_gone (RoostDomain *domain, const char *alias);

/* A part of a device is gone, at the QOM path @path (nullable): of a processor QEMU may say no more
 * than that. Awaits: no. */
void roost_hotplug_part_gone (RoostDomain *domain, const char *path);

/* Is it the name of a processor that was plugged? */
gboolean roost_hotplug_is_vcpu (const char *alias);

/* What QEMU tells of devices that run: it is shown. Awaits: no. */
void roost_hotplug_tray (RoostDomain *domain, const char *alias, gboolean is_open);
void roost_hotplug_memory_size (RoostDomain *domain, const char *alias, guint64 bytes);

/* What QEMU takes only once it is there, and before the guest's first instruction: processors that
 * can go, throttled disks, links that are down. Awaits: yes. */
gboolean
roost_hotplug_finish_boot (RoostDomain *domain, const RoostDomainConfig *config, GError **error);

/* The guest refuses to let @alias go. Awaits: no. */
void roost_hotplug_refused (RoostDomain *domain, const char *alias);

/* After a connection was made anew: completes or undoes a plug that a killed daemon left, and looks
 * which devices have gone meanwhile. Awaits: yes. */
void roost_hotplug_recover (RoostDomain *domain);
