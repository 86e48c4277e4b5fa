/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain-config.h"
#include "model/memory-lock.h"

#define GIB ((guint64)1 << 30)

/* A domain of 1 GiB. */
static RoostMemoryLock
lock_of (const char *arch, const char *more)
{
  g_autofree char *xml =
      g_strdup_printf ("<domain type='kvm'><name>d</name><memory>1048576</memory>"
                       "<os><type arch='%s'>hvm</type></os>%s</domain>",
                       arch, more);
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (xml, NULL, NULL);

  g_assert_nonnull (config);
  return roost_memory_lock (config);
}

static void
assert_lock (const char *more, guint64 limit, guint64 least)
{
  RoostMemoryLock lock = lock_of ("x86_64", more);

  g_assert_cmpuint (lock.limit, ==, limit);
  g_assert_cmpuint (lock.least, ==, least);
}

#define LOCKED "<memoryBacking><locked/></memoryBacking>"
#define LIMIT  "<memtune><hard_limit unit='GiB'>3</hard_limit></memtune>"
#define PCI    "<hostdev type='pci'><source><address bus='1'/></source></hostdev>"
#define VDPA   "<interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/></interface>"
#define NVME   "<disk type='nvme'><source type='pci' namespace='1'/><target dev='vda'/></disk>"
#define USB    "<hostdev type='usb'><source><vendor id='1'/></source></hostdev>"
#define IOMMU  "<iommu model='intel'/>"

static void
test_amounts (void)
{
  assert_lock ("", 0, 0);
  assert_lock (LIMIT, 3 * GIB, 0);
  assert_lock (LOCKED, G_MAXUINT64, GIB + (64 << 20));
  assert_lock (LIMIT LOCKED, 3 * GIB, GIB + (64 << 20));
  assert_lock ("<devices>" USB "</devices>", 0, 0);
  assert_lock ("<devices>" PCI "</devices>", 2 * GIB, GIB);
  assert_lock ("<devices>" PCI PCI "</devices>", 2 * GIB, GIB);
  assert_lock ("<devices>" PCI PCI IOMMU "</devices>", 3 * GIB, GIB);
  assert_lock ("<devices>" PCI VDPA NVME "</devices>", 4 * GIB, GIB);
  assert_lock ("<devices/><launchSecurity type='sev'><policy>1</policy></launchSecurity>", 2 * GIB,
               GIB);
  assert_lock ("<memtune><hard_limit unit='KiB'>9007199254740991</hard_limit></memtune>", 0, 0);
}

static void
test_power (void)
{
  RoostMemoryLock alone =
      lock_of ("ppc64", "<devices><controller type='pci' index='0' model='pci-root'/></devices>");
  RoostMemoryLock with = lock_of (
      "ppc64", "<devices><controller type='pci' index='0' model='pci-root'/>" PCI "</devices>");

  g_assert_cmpuint (alone.limit, ==, 20 << 20);
  g_assert_cmpuint (with.limit, ==, 2 * GIB + (20 << 20));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/memory-lock/amounts", test_amounts);
  g_test_add_func ("/memory-lock/power", test_power);
  return g_test_run ();
}
