/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/usb.h"

#include "base/error.h"
#include "host/sysfs.h"

#include <string.h>

#define DEVICES "bus/usb/devices"

typedef struct
{
  guint vendor, product, bus, device;
  char *port;
} Found;

static guint
number (const char *sys_dir, const char *name, const char *file, guint base)
{
  g_autofree char *text = roost_sysfs_read (sys_dir, DEVICES, name, file);

  return text != NULL ? (guint)g_ascii_strtoull (text, NULL, base) : 0;
}

/* Interfaces stand beside devices; they have a colon in their names. */
static gboolean
look_at (const char *sys_dir, const char *name, Found *out)
{
  if (strchr (name, ':') != NULL)
    return FALSE;
  *out = (Found){ .vendor = number (sys_dir, name, "idVendor", 16),
                  .product = number (sys_dir, name, "idProduct", 16),
                  .bus = number (sys_dir, name, "busnum", 10),
                  .device = number (sys_dir, name, "devnum", 10),
                  .port = roost_sysfs_read (sys_dir, DEVICES, name, "devpath") };
  return TRUE;
}

static gboolean
is_wanted (const Found *found, const RoostUsbWanted *wanted)
{
  return (wanted->vendor == 0 || wanted->vendor == found->vendor)
         && (wanted->product == 0 || wanted->product == found->product)
         && (wanted->bus == 0 || wanted->bus == found->bus)
         && (wanted->device == 0 || wanted->device == found->device)
         && (wanted->port == NULL || g_strcmp0 (wanted->port, found->port) == 0);
}

char *
roost_usb_text (const RoostUsbWanted *wanted)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (wanted->vendor != 0)
    g_string_append_printf (text, " %04x:%04x", wanted->vendor, wanted->product);
  if (wanted->bus != 0)
    g_string_append_printf (text, " bus %u", wanted->bus);
  if (wanted->device != 0)
    g_string_append_printf (text, " device %u", wanted->device);
  if (wanted->port != NULL)
    g_string_append_printf (text, " port %s", wanted->port);
  return g_strdup (text->len > 0 ? text->str + 1 : "");
}

static gboolean
throw_count (const RoostUsbWanted *wanted, guint n, const char *places, GError **error)
{
  g_autofree char *text = roost_usb_text (wanted);

  if (n == 0)
    return roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no USB device %s on this host",
                        text);
  return roost_throw (error, ROOST_ERROR_HOST_DEVICE,
                      "there are %u USB devices %s on this host (%s): say which one by "
                      "<address bus='…' device='…'/>",
                      n, text, places);
}

gboolean
roost_usb_find (const char *sys_dir,
                const RoostUsbWanted *wanted,
                guint *out_bus,
                guint *out_device,
                GError **error)
{
  g_autofree char *path = g_build_filename (sys_dir, DEVICES, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autoptr (GString) places = g_string_new (NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      Found found = { 0 };

      if (look_at (sys_dir, name, &found) && is_wanted (&found, wanted))
        {
          g_string_append_printf (places, "%sbus %u device %u", n++ > 0 ? ", " : "", found.bus,
                                  found.device);
          *out_bus = found.bus;
          *out_device = found.device;
        }
      g_free (found.port);
    }
  return n == 1 || throw_count (wanted, n, places->str, error);
}

char *
roost_usb_node (guint bus, guint device)
{
  return g_strdup_printf ("/dev/bus/usb/%03u/%03u", bus, device);
}

/* "1-2:1.0" is of "1-2". */
static void
probe_interfaces (const char *sys_dir, const char *device)
{
  g_autofree char *path = g_build_filename (sys_dir, DEVICES, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  gsize length = strlen (device);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (strncmp (name, device, length) == 0 && name[length] == ':'
        && !roost_sysfs_exists (sys_dir, DEVICES, name, "driver"))
      roost_sysfs_write (sys_dir, "bus/usb", "drivers_probe", name, NULL);
}

void
roost_usb_probe_drivers (const char *sys_dir, guint bus, guint device)
{
  g_autofree char *path = g_build_filename (sys_dir, DEVICES, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (strchr (name, ':') == NULL && number (sys_dir, name, "busnum", 10) == bus
        && number (sys_dir, name, "devnum", 10) == device)
      probe_interfaces (sys_dir, name);
}
