/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/address-parts.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/blame.h"
#include "model/controller-list.h"
#include "model/machine.h"

/* virtio-serial ports and CCID slots. */

/* QEMU's default of max_ports */
#define DEFAULT_PORTS 31

/* Controllers are added for channels up to this many; nobody has so many channels. */
#define MAX_ADDED_CONTROLLERS 32
#define MAX_CCID_SLOTS        255

/* --- virtio-serial --- */

static gboolean
is_virtio (const RoostDeviceRef *ref)
{
  return ref->kind == ROOST_DEVICE_CONSOLE
             ? ref->chardev->console_target == ROOST_CONSOLE_TARGET_VIRTIO
             : ref->chardev->channel_target == ROOST_CHANNEL_TARGET_VIRTIO;
}

static gboolean
has_serial_address (const RoostDeviceRef *ref)
{
  return ref->info->address != NULL && ref->info->address->type == ROOST_ADDRESS_TYPE_VIRTIO_SERIAL;
}

/* Port 0 is for consoles; of a channel it means that any will do. */
static gboolean
has_port (const RoostDeviceRef *ref)
{
  const RoostAddress *address = ref->info->address;

  return has_serial_address (ref) && address->port.is_set
         && (address->port.value != 0 || ref->kind == ROOST_DEVICE_CONSOLE);
}

static char *
port_key (guint64 controller, guint64 port)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, controller, port);
}

static guint64
n_ports (const RoostController *controller)
{
  return controller->ports.is_set ? controller->ports.value : DEFAULT_PORTS;
}

static gboolean
take_given_port (RoostDomainConfig *config,
                 RoostAddressSet *set,
                 const RoostDeviceRef *ref,
                 GError **error)
{
  RoostAddress *address = ref->info->address;
  g_autofree char *key = port_key (address->controller.value, address->port.value);
  g_autofree char *label = roost_device_label (ref);
  const RoostController *controller = roost_config_find_controller (
      config, ROOST_CONTROLLER_TYPE_VIRTIO_SERIAL, address->controller.value);

  if (controller == NULL || address->controller.value > ROOST_ADDRESS_MAX_CONTROLLER)
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "%s: there is no virtio-serial controller %" G_GUINT64_FORMAT, label,
                        address->controller.value);
  if (address->bus.value != 0)
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "%s: a virtio-serial controller has one bus, number 0", label);
  if (address->port.value >= n_ports (controller))
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "%s: virtio-serial controller %" G_GUINT64_FORMAT " has %" G_GUINT64_FORMAT
                        " ports, counted from 0; there is no port %" G_GUINT64_FORMAT,
                        label, address->controller.value, n_ports (controller),
                        address->port.value);
  return roost_address_set_take (set, ref, "virtio-serial", key, error);
}

static gboolean
find_port (RoostAddressSet *set,
           const RoostController *controller,
           guint64 first,
           guint64 *out_port)
{
  for (guint64 port = first; port < n_ports (controller); port++)
    {
      g_autofree char *key = port_key (controller->index.value, port);

      if (g_hash_table_contains (set, key))
        continue;
      *out_port = port;
      return TRUE;
    }
  return FALSE;
}

/* Returns: the controller with a free port; a new one when all are full; NULL when the one that the
 * user named is full */
static const RoostController *
find_controller (RoostDomainConfig *config,
                 RoostAddressSet *set,
                 const RoostDeviceRef *ref,
                 guint64 *out_port)
{
  const guint64 first = 1; /* port 0 is for consoles */
  gboolean is_named = has_serial_address (ref) && ref->info->address->controller.is_set;
  const RoostController *controller;
  gint64 next;

  ROOST_LIST_EACH (const RoostController, controller, config->devices.controllers)
    if (controller->type == ROOST_CONTROLLER_TYPE_VIRTIO_SERIAL
        && (!is_named || (guint64)controller->index.value == ref->info->address->controller.value)
        && find_port (set, controller, first, out_port))
      return controller;
  next = roost_config_next_controller_index (config, ROOST_CONTROLLER_TYPE_VIRTIO_SERIAL);
  if (is_named || next >= MAX_ADDED_CONTROLLERS)
    return NULL;
  *out_port = first;
  return roost_config_add_controller (config, ROOST_CONTROLLER_TYPE_VIRTIO_SERIAL, 0, next);
}

static gboolean
find_free_port (RoostDomainConfig *config,
                RoostAddressSet *set,
                const RoostDeviceRef *ref,
                GError **error)
{
  guint64 port = 0;
  const RoostController *controller = find_controller (config, set, ref, &port);
  g_autofree char *label = roost_device_label (ref);
  RoostAddress *address;

  if (controller == NULL)
    return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED, "%s: no virtio-serial port is left",
                        label);
  address = roost_address_ensure (ref->info, ROOST_ADDRESS_TYPE_VIRTIO_SERIAL);
  address->controller = roost_uint (controller->index.value);
  address->bus = roost_uint (0);
  address->port = roost_uint (port);
  return take_given_port (config, set, ref, error);
}

gboolean
roost_addresses_assign_virtio_serial (RoostDomainConfig *config, GError **error)
{
  g_autoptr (RoostAddressSet) set = roost_address_set_new ();
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  g_autoptr (GHashTable) is_given = g_hash_table_new (NULL, NULL);
  const RoostDeviceRef *ref;

  roost_devices_append (config, ROOST_DEVICE_CONSOLE, refs);
  roost_devices_append (config, ROOST_DEVICE_CHANNEL, refs);
  ROOST_REFS_EACH (ref, refs)
    if (is_virtio (ref) && has_port (ref))
      {
        g_hash_table_add (is_given, ref->device);
        if (!take_given_port (config, set, ref, error))
          return roost_blame_device (error, ref, "virtio-serial-port");
      }
  ROOST_REFS_EACH (ref, refs)
    /* a console without a port takes QEMU's choice, as it always has */
    if (is_virtio (ref) && ref->kind == ROOST_DEVICE_CHANNEL
        && !g_hash_table_contains (is_given, ref->device)
        && !find_free_port (config, set, ref, error))
      return roost_blame_device (error, ref, "virtio-serial-port");
  return TRUE;
}

/* --- CCID --- */

static gboolean
take_slot (RoostAddressSet *set, const RoostDeviceRef *ref, GError **error)
{
  const RoostAddress *address = ref->info->address;
  g_autofree char *key = port_key (address->controller.value, address->slot.value);

  if (address->controller.value > ROOST_ADDRESS_MAX_CONTROLLER)
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "smartcard: there is no CCID controller %" G_GUINT64_FORMAT,
                        address->controller.value);
  return roost_address_set_take (set, ref, "CCID", key, error);
}

static gboolean
find_slot (RoostAddressSet *set, const RoostDeviceRef *ref, GError **error)
{
  RoostAddress *address = roost_address_ensure (ref->info, ROOST_ADDRESS_TYPE_CCID);
  guint64 slot = 0;
  g_autofree char *key = port_key (address->controller.value, slot);

  while (g_hash_table_contains (set, key) && slot < MAX_CCID_SLOTS)
    {
      g_free (key);
      key = port_key (address->controller.value, ++slot);
    }
  address->controller = roost_uint (address->controller.value);
  address->slot = roost_uint (slot);
  return take_slot (set, ref, error);
}

static gboolean
has_slot (const RoostDeviceRef *ref)
{
  return ref->info->address != NULL && ref->info->address->type == ROOST_ADDRESS_TYPE_CCID
         && ref->info->address->slot.is_set;
}

gboolean
roost_addresses_assign_ccid (RoostDomainConfig *config, GError **error)
{
  g_autoptr (RoostAddressSet) set = roost_address_set_new ();
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  const RoostDeviceRef *ref;
  guint n_given = 0;

  roost_devices_append (config, ROOST_DEVICE_SMARTCARD, refs);
  for (guint i = 0; i < refs->len; i++)
    {
      RoostDeviceRef given = g_array_index (refs, RoostDeviceRef, i);

      if (!has_slot (&given))
        continue;
      if (!take_slot (set, &given, error))
        return roost_blame_device (error, &given, "ccid-slot");
      /* the given ones come to the front */
      g_array_index (refs, RoostDeviceRef, i) = g_array_index (refs, RoostDeviceRef, n_given);
      g_array_index (refs, RoostDeviceRef, n_given++) = given;
    }
  ROOST_REFS_EACH (ref, refs)
    if (ref_i >= n_given && !find_slot (set, ref, error))
      return roost_blame_device (error, ref, "ccid-slot");
  return TRUE;
}
