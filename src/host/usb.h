/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* USB devices of the host, as sysfs has them. */
typedef struct
{
  guint vendor, product; /* 0: any */
  guint bus, device;     /* 0: any */
  const char *port;      /* (nullable): any; "1.2" */
} RoostUsbWanted;

/* Returns: (transfer full): "0781:5567", "bus 1 device 4", "bus 1 port 2": for people */
char *roost_usb_text (const RoostUsbWanted *wanted);

/**
 * roost_usb_find:
 * @sys_dir: "/sys"
 * @out_bus: gets its bus
 * @out_device: gets its number there, which changes whenever it is plugged in
 * Awaits: no. Errors: NOT_FOUND (there is none), HOST_DEVICE (there are several: names them).
 */
gboolean roost_usb_find (const char *sys_dir,
                         const RoostUsbWanted *wanted,
                         guint *out_bus,
                         guint *out_device,
                         GError **error);

/* Returns: (transfer full): "/dev/bus/usb/001/004" */
char *roost_usb_node (guint bus, guint device);

/* Gives those interfaces of the device that have no driver to the host's drivers again: whoever
 * used it was killed. May block. */
void roost_usb_probe_drivers (const char *sys_dir, guint bus, guint device);
