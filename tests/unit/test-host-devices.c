/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* USB and PCI devices in a copy of sysfs: which one is meant, who else is in its group, and what is
 * written when it changes hands. */

#include "base/error.h"
#include "host/pci.h"
#include "host/usb.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define PCI "bus/pci/devices/"

typedef struct
{
  char *sys;
} Fixture;

static void
put (const Fixture *f, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (f->sys, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
put_link (const Fixture *f, const char *name, const char *target)
{
  g_autofree char *path = g_build_filename (f->sys, name, NULL);

  unlink (path);
  g_assert_cmpint (symlink (target, path), ==, 0);
}

static void
expect_file (const Fixture *f, const char *name, const char *wanted)
{
  g_autofree char *path = g_build_filename (f->sys, name, NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, wanted);
}

static void
put_usb (const Fixture *f, const char *name, const char *product, const char *device)
{
  const char *const attributes[][2] = { { "idVendor", "46f4\n" },
                                        { "idProduct", product },
                                        { "busnum", "1\n" },
                                        { "devnum", device },
                                        { "devpath", name + strlen ("1-") } };

  for (guint i = 0; i < G_N_ELEMENTS (attributes); i++)
    {
      g_autofree char *path = g_build_filename ("bus/usb/devices", name, attributes[i][0], NULL);

      put (f, path, attributes[i][1]);
    }
}

static void
put_pci (const Fixture *f, const char *address, const char *class, const char *group)
{
  g_autofree char *vendor = g_strconcat (PCI, address, "/vendor", NULL);
  g_autofree char *path = g_strconcat (PCI, address, "/class", NULL);
  g_autofree char *override = g_strconcat (PCI, address, "/driver_override", NULL);
  g_autofree char *link = g_strconcat (PCI, address, "/iommu_group", NULL);
  g_autofree char *target = g_strconcat ("../../../../kernel/iommu_groups/", group, NULL);
  g_autofree char *member = g_strconcat ("kernel/iommu_groups/", group, "/devices/", address, NULL);

  put (f, vendor, "0x8086\n");
  put (f, path, class);
  put (f, override, "(null)\n");
  put_link (f, link, target);
  put (f, member, "");
}

static void
set_driver (const Fixture *f, const char *address, const char *driver)
{
  g_autofree char *link = g_strconcat (PCI, address, "/driver", NULL);
  g_autofree char *target = g_strconcat ("../../drivers/", driver, NULL);
  g_autofree char *unbind = g_strconcat ("bus/pci/drivers/", driver, "/unbind", NULL);

  put (f, unbind, "");
  put_link (f, link, target);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->sys = g_dir_make_tmp ("sys-XXXXXX", NULL);
  put_usb (f, "1-1", "0001\n", "4\n");
  put_usb (f, "1-1.2", "0001\n", "5\n");
  put_usb (f, "1-3", "0002\n", "6\n");
  put (f, "bus/usb/devices/1-3:1.0/bInterfaceNumber", "00\n");
  put (f, "bus/usb/drivers_probe", "");
  put (f, "bus/pci/drivers_probe", "");
  put_pci (f, "0000:01:00.0", "0x020000\n", "7");
  put_pci (f, "0000:02:00.0", "0x020000\n", "8");
  put_pci (f, "0000:02:00.1", "0x020000\n", "8");
  put_pci (f, "0000:02:00.2", "0x060400\n", "8");
  set_driver (f, "0000:01:00.0", "e1000e");
  set_driver (f, "0000:02:00.0", "e1000e");
  set_driver (f, "0000:02:00.1", "e1000e");
  set_driver (f, "0000:02:00.2", "pcieport");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  const char *argv[] = { "rm", "-rf", f->sys, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
  g_free (f->sys);
}

/* --- USB --- */

static void
expect_usb (const Fixture *f, RoostUsbWanted wanted, guint wanted_device)
{
  g_autoptr (GError) error = NULL;
  guint bus = 0;
  guint device = 0;

  g_assert_true (roost_usb_find (f->sys, &wanted, &bus, &device, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (bus, ==, 1);
  g_assert_cmpuint (device, ==, wanted_device);
}

static void
refuse_usb (const Fixture *f, RoostUsbWanted wanted, RoostError code, const char *text)
{
  g_autoptr (GError) error = NULL;
  guint bus = 0;
  guint device = 0;

  g_assert_false (roost_usb_find (f->sys, &wanted, &bus, &device, &error));
  g_assert_error (error, ROOST_ERROR, (gint)code);
  g_assert_nonnull (strstr (error->message, text));
}

static void
test_usb (Fixture *f, gconstpointer data)
{
  g_autofree char *node = roost_usb_node (1, 12);

  expect_usb (f, (RoostUsbWanted){ .vendor = 0x46f4, .product = 2 }, 6);
  expect_usb (f, (RoostUsbWanted){ .bus = 1, .device = 5 }, 5);
  expect_usb (f, (RoostUsbWanted){ .bus = 1, .port = "1.2" }, 5);
  expect_usb (f, (RoostUsbWanted){ .vendor = 0x46f4, .product = 1, .bus = 1, .device = 4 }, 4);
  refuse_usb (f, (RoostUsbWanted){ .vendor = 0x46f4, .product = 1 }, ROOST_ERROR_HOST_DEVICE,
              "there are 2 USB devices 46f4:0001");
  refuse_usb (f, (RoostUsbWanted){ .bus = 1, .port = "9" }, ROOST_ERROR_NOT_FOUND,
              "there is no USB device bus 1 port 9 on this host");
  g_assert_cmpstr (node, ==, "/dev/bus/usb/001/012");
  roost_usb_probe_drivers (f->sys, 1, 6);
  expect_file (f, "bus/usb/drivers_probe", "1-3:1.0");
}

/* --- PCI --- */

static void
test_group (Fixture *f, gconstpointer data)
{
  const char *const one[] = { "0000:02:00.0", NULL };
  const char *const both[] = { "0000:02:00.0", "0000:02:00.1", NULL };
  g_autofree char *group = roost_pci_group (f->sys, "0000:02:00.0", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (group, ==, "8");
  g_assert_true (roost_pci_check_group (f->sys, group, both, &error));
  g_assert_no_error (error);
  g_assert_false (roost_pci_check_group (f->sys, group, one, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_HOST_DEVICE);
  g_assert_nonnull (strstr (error->message, "0000:02:00.1, which the host uses (driver e1000e)"));
  g_clear_error (&error);
  set_driver (f, "0000:02:00.1", "vfio-pci");
  g_assert_true (roost_pci_check_group (f->sys, group, one, &error));

  g_assert_null (roost_pci_group (f->sys, "0000:09:00.0", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_FOUND);
  g_clear_error (&error);
  put (f, PCI "0000:03:00.0/vendor", "0x8086\n");
  g_assert_null (roost_pci_group (f->sys, "0000:03:00.0", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED);
}

/* Here nobody acts on what is written: the driver stays, which is an error with all taken back. */
static void
test_refused (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (roost_pci_take (f->sys, "0000:01:00.0", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_HOST_DEVICE);
  expect_file (f, PCI "0000:01:00.0/driver_override", "\n");
  expect_file (f, "bus/pci/drivers/e1000e/unbind", "0000:01:00.0");
  expect_file (f, "bus/pci/drivers_probe", "0000:01:00.0");
}

static void
test_taken (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  set_driver (f, "0000:01:00.0", "vfio-pci");
  g_assert_true (roost_pci_take (f->sys, "0000:01:00.0", &error));
  expect_file (f, PCI "0000:01:00.0/driver_override", "vfio-pci");
  g_assert_true (roost_pci_give_back (f->sys, "0000:01:00.0", &error));
  g_assert_no_error (error);
  expect_file (f, PCI "0000:01:00.0/driver_override", "\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/host-devices/usb", Fixture, NULL, set_up, test_usb, tear_down);
  g_test_add ("/host-devices/group", Fixture, NULL, set_up, test_group, tear_down);
  g_test_add ("/host-devices/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/host-devices/taken", Fixture, NULL, set_up, test_taken, tear_down);
  return g_test_run ();
}
