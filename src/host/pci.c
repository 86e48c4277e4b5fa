/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci.h"

#include "base/error.h"
#include "host/sysfs.h"

#define DEVICES "bus/pci/devices"
#define VFIO    "vfio-pci"

/* Bridges belong to a group and need no driver of VFIO. Source: PCI Code and ID Assignment, 1.7. */
#define CLASS_BRIDGE "0x06"

char *
roost_pci_group (const char *sys_dir, const char *address, GError **error)
{
  char *group;

  if (!roost_sysfs_exists (sys_dir, DEVICES, address, "vendor"))
    {
      roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no PCI device %s on this host", address);
      return NULL;
    }
  group = roost_sysfs_link (sys_dir, DEVICES, address, "iommu_group");
  if (group == NULL)
    roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                 "the PCI device %s is in no IOMMU group: switch the IOMMU on, in the firmware "
                 "and on the kernel's command line (intel_iommu=on)",
                 address);
  return group;
}

char *
roost_pci_driver (const char *sys_dir, const char *address)
{
  return roost_sysfs_link (sys_dir, DEVICES, address, "driver");
}

static gboolean
is_in_the_way (const char *sys_dir, const char *address, const char *driver)
{
  g_autofree char *class = roost_sysfs_read (sys_dir, DEVICES, address, "class");

  return driver != NULL && !g_str_equal (driver, VFIO)
         && !(class != NULL && g_str_has_prefix (class, CLASS_BRIDGE));
}

GStrv
roost_pci_group_members (const char *sys_dir, const char *group)
{
  g_autofree char *path = g_build_filename (sys_dir, "kernel/iommu_groups", group, "devices", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  GPtrArray *members = g_ptr_array_new ();
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (members, g_strdup (name));
  g_ptr_array_add (members, NULL);
  return (GStrv)g_ptr_array_free (members, FALSE);
}

gboolean
roost_pci_check_group (const char *sys_dir,
                       const char *group,
                       const char *const *addresses,
                       GError **error)
{
  g_auto (GStrv) members = roost_pci_group_members (sys_dir, group);

  for (guint i = 0; members[i] != NULL; i++)
    {
      g_autofree char *driver = roost_pci_driver (sys_dir, members[i]);

      if (!g_strv_contains (addresses, members[i]) && is_in_the_way (sys_dir, members[i], driver))
        return roost_throw (error, ROOST_ERROR_HOST_DEVICE,
                            "the PCI device %s, which the host uses (driver %s), is in the same "
                            "IOMMU group %s: give the guest both, or take the driver off it",
                            members[i], driver, group);
    }
  return TRUE;
}

static gboolean
set_override (const char *sys_dir, const char *address, const char *driver, GError **error)
{
  g_autofree char *folder = g_build_filename (DEVICES, address, NULL);

  return roost_sysfs_write (sys_dir, folder, "driver_override", driver, error);
}

/* The driver that fits, or is wanted, takes it. */
static gboolean
rebind (const char *sys_dir, const char *address, GError **error)
{
  g_autofree char *folder = g_build_filename (DEVICES, address, "driver", NULL);

  if (roost_sysfs_exists (sys_dir, DEVICES, address, "driver")
      && !roost_sysfs_write (sys_dir, folder, "unbind", address, error))
    return FALSE;
  return roost_sysfs_write (sys_dir, "bus/pci", "drivers_probe", address, error);
}

static gboolean
as_host_device (GError *local, GError **error)
{
  local->code = ROOST_ERROR_HOST_DEVICE;
  g_propagate_error (error, local);
  return FALSE;
}

gboolean
roost_pci_take (const char *sys_dir, const char *address, GError **error)
{
  g_autofree char *driver = NULL;
  GError *local = NULL;

  if (!set_override (sys_dir, address, VFIO, &local) || !rebind (sys_dir, address, &local))
    {
      roost_pci_give_back (sys_dir, address, NULL);
      return as_host_device (local, error);
    }
  driver = roost_pci_driver (sys_dir, address);
  if (g_strcmp0 (driver, VFIO) == 0)
    return TRUE;
  roost_pci_give_back (sys_dir, address, NULL);
  return roost_throw (error, ROOST_ERROR_HOST_DEVICE,
                      "the driver vfio-pci does not take the PCI device %s: is its module loaded "
                      "(modprobe vfio-pci)? the kernel's log says more",
                      address);
}

gboolean
roost_pci_give_back (const char *sys_dir, const char *address, GError **error)
{
  GError *local = NULL;

  if (!set_override (sys_dir, address, "\n", &local) || !rebind (sys_dir, address, &local))
    return as_host_device (local, error);
  return TRUE;
}

char *
roost_pci_group_node (const char *group)
{
  return g_strconcat ("/dev/vfio/", group, NULL);
}
