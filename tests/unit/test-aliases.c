/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "model/address.h"
#include "model/domain-types.h"

static const char head[] = "<domain type='qemu'><name>a</name><memory>65536</memory>"
                           "<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os><devices>";

static RoostDomainConfig *
parse_devices (const char *devices)
{
  g_autofree char *xml = g_strconcat (head, devices, "</devices></domain>", NULL);
  g_autoptr (GError) error = NULL;
  RoostDomainConfig *config = roost_domain_config_parse (xml, NULL, &error);

  g_assert_no_error (error);
  return config;
}

static const char *
alias_of (GPtrArray *list, guint index)
{
  return ((RoostDeviceInfo *)list->pdata[index])->alias;
}

static void
test_numbers (void)
{
  g_autoptr (RoostDomainConfig) config =
      parse_devices ("<controller type='pci' index='0' model='pcie-root'/>"
                     "<controller type='pci' index='3' model='pcie-root-port'/>"
                     "<controller type='usb' index='0' model='ich9-ehci1'/>"
                     "<controller type='usb' index='0' model='ich9-uhci1'/>"
                     "<controller type='usb' index='2' model='qemu-xhci'/>"
                     "<disk type='file'><target dev='vdb' bus='virtio'/></disk>"
                     "<disk type='file'><target dev='sda' bus='sata'/>"
                     "<address type='drive' controller='0' bus='0' target='0' unit='4'/></disk>"
                     "<interface type='user'/><interface type='hostdev'/><interface type='user'/>"
                     "<serial type='pty'/><console type='pty'><target type='serial'/></console>"
                     "<console type='pty'><target type='virtio'/></console>");
  RoostDevices *devices = &config->devices;

  g_assert_true (roost_aliases_assign (config, NULL, NULL));
  g_assert_cmpstr (alias_of (devices->controllers, 0), ==, "pcie.0");
  g_assert_cmpstr (alias_of (devices->controllers, 1), ==, "pci.3");
  g_assert_cmpstr (alias_of (devices->controllers, 2), ==, "usb");
  g_assert_cmpstr (alias_of (devices->controllers, 3), ==, "usb");
  g_assert_cmpstr (alias_of (devices->controllers, 4), ==, "usb2");
  g_assert_cmpstr (alias_of (devices->disks, 0), ==, "virtio-disk1");
  g_assert_cmpstr (alias_of (devices->disks, 1), ==, "sata0-0-4");
  g_assert_cmpstr (alias_of (devices->interfaces, 0), ==, "net0");
  g_assert_cmpstr (alias_of (devices->interfaces, 1), ==, "hostdev0");
  g_assert_cmpstr (alias_of (devices->interfaces, 2), ==, "net1");
  g_assert_cmpstr (alias_of (devices->consoles, 0), ==, "serial0");
  g_assert_cmpstr (alias_of (devices->consoles, 1), ==, "console0");
}

static void
test_own_aliases (void)
{
  g_autoptr (RoostDomainConfig) config = parse_devices (
      "<interface type='user'><alias name='ua-first'/></interface><interface type='user'/>");

  g_assert_true (roost_aliases_assign (config, NULL, NULL));
  g_assert_cmpstr (alias_of (config->devices.interfaces, 0), ==, "ua-first");
  g_assert_cmpstr (alias_of (config->devices.interfaces, 1), ==, "net0");
}

static void
test_taken_twice (void)
{
  g_autoptr (RoostDomainConfig) config =
      parse_devices ("<interface type='user'><alias name='ua-x'/></interface>"
                     "<sound model='ich9'><alias name='ua-x'/></sound>");
  g_autoptr (GError) error = NULL;

  g_assert_false (roost_aliases_assign (config, NULL, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_EXISTS);
  g_assert_nonnull (strstr (error->message, "ua-x"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/aliases/numbers", test_numbers);
  g_test_add_func ("/aliases/own", test_own_aliases);
  g_test_add_func ("/aliases/taken-twice", test_taken_twice);
  return g_test_run ();
}
