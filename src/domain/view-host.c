/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/view-host.h"

#include "base/compat.h"

void
roost_host_thing_free (RoostHostThing *thing)
{
  g_free (thing->alias);
  g_free ((char *)thing->usb.port);
  g_free (thing->pci);
  g_free (thing);
}

static RoostHostThing *
thing_new (RoostHostThingKind kind, const char *alias)
{
  RoostHostThing *thing = g_new0 (RoostHostThing, 1);

  thing->kind = kind;
  thing->alias = g_strdup (alias);
  return thing;
}

static RoostHostThing *
usb_thing (const RoostHostdev *hostdev)
{
  RoostHostThing *thing = thing_new (ROOST_HOST_THING_USB, hostdev->info.alias);

  thing->usb = (RoostUsbWanted){ .vendor = (guint)hostdev->vendor_id.value,
                                 .product = (guint)hostdev->product_id.value,
                                 .bus = (guint)hostdev->usb_bus.value,
                                 .device = (guint)hostdev->usb_device.value,
                                 .port = g_strdup (hostdev->usb_port) };
  thing->is_optional = hostdev->startup_policy == ROOST_STARTUP_POLICY_OPTIONAL;
  return thing;
}

static RoostHostThing *
pci_thing (const RoostHostdev *hostdev)
{
  RoostHostThing *thing = thing_new (ROOST_HOST_THING_PCI, hostdev->info.alias);

  thing->pci =
      g_strdup_printf ("%04x:%02x:%02x.%x", (guint)hostdev->domain.value, (guint)hostdev->bus.value,
                       (guint)hostdev->slot.value, (guint)hostdev->function.value);
  thing->is_managed = hostdev->managed == ROOST_YES;
  return thing;
}

static gboolean
is_asked (const RoostDeviceInfo *info, const char *alias)
{
  return alias == NULL || g_strcmp0 (info->alias, alias) == 0;
}

GPtrArray *
roost_view_host_things (const RoostDomainConfig *config, const char *alias)
{
  GPtrArray *things = g_ptr_array_new_with_free_func ((GDestroyNotify)roost_host_thing_free);
  const RoostVsock *vsock = config->devices.vsock;
  const RoostHostdev *hostdev;

  ROOST_LIST_EACH (const RoostHostdev, hostdev, config->devices.hostdevs)
    {
      if (is_asked (&hostdev->info, alias) && hostdev->type == ROOST_HOSTDEV_TYPE_USB)
        g_ptr_array_add (things, usb_thing (hostdev));
      if (is_asked (&hostdev->info, alias) && hostdev->type == ROOST_HOSTDEV_TYPE_PCI)
        g_ptr_array_add (things, pci_thing (hostdev));
    }
  if (vsock != NULL && is_asked (&vsock->info, alias))
    {
      RoostHostThing *thing = thing_new (ROOST_HOST_THING_VSOCK, vsock->info.alias);

      thing->cid = (guint)vsock->cid.value;
      g_ptr_array_add (things, thing);
    }
  return things;
}

void
roost_view_set_usb (RoostDomainConfig *config, const char *alias, guint bus, guint device)
{
  RoostDeviceRef ref;

  if (!roost_device_find_alias (config, alias, &ref) || ref.kind != ROOST_DEVICE_HOSTDEV)
    return;
  ref.hostdev->usb_bus = (RoostUint){ bus, TRUE };
  ref.hostdev->usb_device = (RoostUint){ device, TRUE };
}

void
roost_view_set_cid (RoostDomainConfig *config, const char *alias, guint cid)
{
  if (config->devices.vsock != NULL && is_asked (&config->devices.vsock->info, alias))
    config->devices.vsock->cid = (RoostUint){ cid, TRUE };
}

void
roost_view_forget_host (RoostDeviceRef *stored, const RoostDeviceRef *given)
{
  if (stored->kind == ROOST_DEVICE_VSOCK)
    stored->vsock->cid = given->vsock->cid;
  if (stored->kind != ROOST_DEVICE_HOSTDEV)
    return;
  stored->hostdev->usb_bus = given->hostdev->usb_bus;
  stored->hostdev->usb_device = given->hostdev->usb_device;
}

void
roost_view_drop_hostdev (RoostDomainConfig *config, const char *alias)
{
  RoostDeviceRef ref;

  if (roost_device_find_alias (config, alias, &ref) && ref.kind == ROOST_DEVICE_HOSTDEV)
    roost_device_remove (config, &ref);
}
