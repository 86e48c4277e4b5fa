/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/address-parts.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/blame.h"
#include "model/controller-list.h"

/* USB ports: each controller is a bus of ports, a hub makes one port into eight. */

#define HUB_PORTS          8    /* QEMU hw/usb/dev-hub.c */
#define MAX_DEPTH          4    /* the length of a port path, "1.2.3.4" */
#define MAX_DEVICES        1000 /* of all buses together; one has 127 addresses */
#define DEFAULT_XHCI_PORTS 4

/* A controller, or a hub at a path of it. */
typedef struct
{
  guint64 bus;
  char *path; /* NULL for the controller */
  guint depth;
  guint n_ports;
} Hub;

typedef struct
{
  GPtrArray *hubs; /* of Hub: by bus, and then from the root outwards */
  RoostAddressSet *taken;
} UsbLayout;

static void
hub_free (gpointer data)
{
  Hub *hub = data;

  g_free (hub->path);
  g_free (hub);
}

static void
layout_clear (UsbLayout *layout)
{
  g_clear_pointer (&layout->hubs, g_ptr_array_unref);
  g_clear_pointer (&layout->taken, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (UsbLayout, layout_clear)

static guint
n_root_ports (const RoostController *controller)
{
  switch ((int)controller->model)
    {
    case ROOST_CONTROLLER_MODEL_EHCI:
    case ROOST_CONTROLLER_MODEL_ICH9_EHCI1:
      return 6;
    case ROOST_CONTROLLER_MODEL_PCI_OHCI:
      return 3;
    case ROOST_CONTROLLER_MODEL_NEC_XHCI:
    case ROOST_CONTROLLER_MODEL_QEMU_XHCI:
      return controller->ports.is_set ? controller->ports.value : DEFAULT_XHCI_PORTS;
    case ROOST_CONTROLLER_MODEL_NONE:
      return 0;
    default:
      return 2;
    }
}

static Hub *
find_hub (const UsbLayout *layout, guint64 bus, const char *path)
{
  Hub *hub;

  ROOST_LIST_EACH (Hub, hub, layout->hubs)
    if (hub->bus == bus && g_strcmp0 (hub->path, path) == 0)
      return hub;
  return NULL;
}

static void
add_hub (UsbLayout *layout, guint64 bus, const char *path, guint depth, guint n_ports)
{
  Hub *hub = g_new0 (Hub, 1);

  hub->bus = bus;
  hub->path = g_strdup (path);
  hub->depth = depth;
  hub->n_ports = n_ports;
  g_ptr_array_add (layout->hubs, hub);
}

/* The companions of an EHCI serve its ports, they add none. */
static void
add_controllers (UsbLayout *layout, const RoostDomainConfig *config)
{
  const RoostController *controller;

  ROOST_LIST_EACH (const RoostController, controller, config->devices.controllers)
    {
      Hub *root;

      if (controller->type != ROOST_CONTROLLER_TYPE_USB || n_root_ports (controller) == 0)
        continue;
      root = find_hub (layout, controller->index.value, NULL);
      if (root == NULL)
        add_hub (layout, controller->index.value, NULL, 0, n_root_ports (controller));
      else
        root->n_ports = MAX (root->n_ports, n_root_ports (controller));
    }
}

/* --- which devices --- */

static gboolean
is_usb (const RoostDeviceRef *ref)
{
  switch ((int)ref->kind)
    {
    case ROOST_DEVICE_HUB:
    case ROOST_DEVICE_REDIRDEV:
      return TRUE;
    case ROOST_DEVICE_HOSTDEV:
      return ref->hostdev->type == ROOST_HOSTDEV_TYPE_USB;
    case ROOST_DEVICE_DISK:
      return ref->disk->bus == ROOST_DISK_BUS_USB;
    case ROOST_DEVICE_CONTROLLER:
      return ref->controller->type == ROOST_CONTROLLER_TYPE_CCID;
    case ROOST_DEVICE_INPUT:
      return ref->input->bus == ROOST_INPUT_BUS_USB;
    case ROOST_DEVICE_SERIAL:
      return ref->chardev->serial_target == ROOST_SERIAL_TARGET_USB_SERIAL;
    case ROOST_DEVICE_SOUND:
      return ref->sound->model == ROOST_SOUND_MODEL_USB;
    default:
      return FALSE;
    }
}

/* In the order in which ports are given out. */
static GArray *
list_usb_devices (const RoostDomainConfig *config)
{
  static const RoostDeviceKind order[] = {
    ROOST_DEVICE_HUB,   ROOST_DEVICE_HOSTDEV, ROOST_DEVICE_DISK,  ROOST_DEVICE_CONTROLLER,
    ROOST_DEVICE_INPUT, ROOST_DEVICE_SERIAL,  ROOST_DEVICE_SOUND, ROOST_DEVICE_REDIRDEV,
  };
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  GArray *refs = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  const RoostDeviceRef *ref;

  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    roost_devices_append (config, order[i], all);
  ROOST_REFS_EACH (ref, all)
    if (is_usb (ref)
        && (ref->info->address == NULL || ref->info->address->type == ROOST_ADDRESS_TYPE_UNSET
            || ref->info->address->type == ROOST_ADDRESS_TYPE_USB))
      g_array_append_val (refs, *ref);
  return refs;
}

static gboolean
has_port (const RoostDeviceRef *ref)
{
  return ref->info->address != NULL && ref->info->address->usb_port != NULL;
}

/* --- taking ports --- */

static char *
key_of (guint64 bus, const char *port)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%s", bus, port);
}

static gboolean
take (UsbLayout *layout, const RoostDeviceRef *ref, GError **error)
{
  const RoostAddress *address = ref->info->address;
  g_autofree char *key = key_of (address->bus.value, address->usb_port);

  return roost_address_set_take (layout->taken, ref, "USB", key, error);
}

static guint
depth_of (const char *path)
{
  guint depth = 1;

  for (; *path != '\0'; path++)
    if (*path == '.')
      depth++;
  return depth;
}

/* Is @path of the form "1.2", no deeper than USB goes? */
static gboolean
is_port_path (const char *path)
{
  const char *p = path;

  for (;;)
    {
      gsize n_digits = strspn (p, "0123456789");

      if (n_digits == 0 || n_digits > 3 || *p == '0')
        return FALSE;
      p += n_digits;
      if (*p == '\0')
        return depth_of (path) <= MAX_DEPTH;
      if (*p++ != '.')
        return FALSE;
    }
}

static gboolean
check_given (UsbLayout *layout, const RoostDeviceRef *ref, GError **error)
{
  const RoostAddress *address = ref->info->address;
  const char *path = address->usb_port;
  const char *dot = strrchr (path, '.');
  g_autofree char *parent = dot != NULL ? g_strndup (path, dot - path) : NULL;
  g_autofree char *label = roost_device_label (ref);
  const Hub *hub;

  if (!is_port_path (path))
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "%s: '%s' is no USB port; one is written like '1' or '1.2', at most %d "
                        "numbers deep",
                        label, path, MAX_DEPTH);
  hub = find_hub (layout, address->bus.value, parent);
  if (hub == NULL && parent == NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "%s: there is no USB controller %" G_GUINT64_FORMAT, label,
                        address->bus.value);
  if (hub == NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "%s: there is no hub at port %s of USB bus %" G_GUINT64_FORMAT, label,
                        parent, address->bus.value);
  if (g_ascii_strtoull (dot != NULL ? dot + 1 : path, NULL, 10) > hub->n_ports)
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "%s: USB port %s does not exist; there are %u ports", label, path,
                        hub->n_ports);
  return TRUE;
}

static gboolean
put_given (UsbLayout *layout, const RoostDeviceRef *ref, GError **error)
{
  RoostAddress *address = ref->info->address;

  address->bus = roost_uint (address->bus.value);
  if (!check_given (layout, ref, error) || !take (layout, ref, error))
    return FALSE;
  if (ref->kind == ROOST_DEVICE_HUB)
    add_hub (layout, address->bus.value, address->usb_port, depth_of (address->usb_port),
             HUB_PORTS);
  return TRUE;
}

/* Returns: (nullable): the lowest free port of the hub */
static char *
free_port (const UsbLayout *layout, const Hub *hub)
{
  for (guint port = 1; port <= hub->n_ports && hub->depth < MAX_DEPTH; port++)
    {
      g_autofree char *path = hub->path != NULL ? g_strdup_printf ("%s.%u", hub->path, port)
                                                : g_strdup_printf ("%u", port);
      g_autofree char *key = key_of (hub->bus, path);

      if (!g_hash_table_contains (layout->taken, key))
        return g_steal_pointer (&path);
    }
  return NULL;
}

static gboolean
put_anywhere (UsbLayout *layout, const RoostDeviceRef *ref, GError **error)
{
  const RoostAddress *wish = ref->info->address;
  g_autofree char *label = roost_device_label (ref);
  const Hub *hub;

  ROOST_LIST_EACH (const Hub, hub, layout->hubs)
    {
      g_autofree char *port = NULL;
      RoostAddress *address;

      if (wish != NULL && wish->bus.is_set && wish->bus.value != hub->bus)
        continue;
      port = free_port (layout, hub);
      if (port == NULL)
        continue;
      address = roost_address_ensure (ref->info, ROOST_ADDRESS_TYPE_USB);
      address->bus = roost_uint (hub->bus);
      address->usb_port = g_steal_pointer (&port);
      return put_given (layout, ref, error);
    }
  if (layout->hubs->len == 0)
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "%s: it needs USB, and the domain has no USB controller; add "
                        "<controller type='usb'/>",
                        label);
  return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED, "%s: no USB port is left", label);
}

/* --- hubs that are missing --- */

static void
add_missing_hubs (RoostDomainConfig *config, const UsbLayout *layout, guint n_devices)
{
  guint n_ports = 0;
  guint n_missing;
  const Hub *root;

  ROOST_LIST_EACH (const Hub, root, layout->hubs)
    n_ports += root->n_ports;
  if (n_ports == 0)
    return;
  if (config->devices.hubs != NULL)
    n_ports += config->devices.hubs->len * HUB_PORTS;
  if (n_devices <= n_ports)
    return;
  /* each hub takes one port and gives eight; one stays free */
  n_missing = (n_devices - n_ports + 1 + HUB_PORTS - 2) / (HUB_PORTS - 1);
  if (config->devices.hubs == NULL)
    config->devices.hubs = g_ptr_array_new ();
  for (guint i = 0; i < n_missing; i++)
    {
      RoostHub *hub = g_new0 (RoostHub, 1);

      hub->type = ROOST_HUB_TYPE_USB;
      g_ptr_array_add (config->devices.hubs, hub);
    }
}

/* Hubs with short paths first, so that what hangs off them finds them. */
static int
compare_hubs (gconstpointer a, gconstpointer b)
{
  const RoostDeviceRef *left = a;
  const RoostDeviceRef *right = b;
  int left_is_hub = left->kind == ROOST_DEVICE_HUB;
  int right_is_hub = right->kind == ROOST_DEVICE_HUB;

  if (!left_is_hub || !right_is_hub || !has_port (left) || !has_port (right))
    return right_is_hub - left_is_hub;
  return (int)depth_of (left->info->address->usb_port)
         - (int)depth_of (right->info->address->usb_port);
}

gboolean
roost_addresses_assign_usb (RoostDomainConfig *config, GError **error)
{
  g_auto (UsbLayout)
      layout = { g_ptr_array_new_with_free_func (hub_free), roost_address_set_new () };
  g_autoptr (GArray) refs = NULL;
  const RoostDeviceRef *ref;

  add_controllers (&layout, config);
  refs = list_usb_devices (config);
  if (refs->len > MAX_DEVICES)
    {
      roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                   "%u USB devices are too many; at most %d are possible", refs->len, MAX_DEVICES);
      return roost_blame_device (error, &g_array_index (refs, RoostDeviceRef, MAX_DEVICES),
                                 "usb-address");
    }
  add_missing_hubs (config, &layout, refs->len);
  g_array_unref (refs);
  refs = list_usb_devices (config);
  g_array_sort (refs, compare_hubs);
  for (guint round = 0; round < 2; round++)
    ROOST_REFS_EACH (ref, refs)
      {
        gboolean is_hub = ref->kind == ROOST_DEVICE_HUB;

        /* given hubs, given devices … */
        if (has_port (ref) && is_hub == (round == 0) && !put_given (&layout, ref, error))
          return roost_blame_device (error, ref, "usb-address");
      }
  /* … and the rest */
  ROOST_REFS_EACH (ref, refs)
    if (!has_port (ref) && !put_anywhere (&layout, ref, error))
      return roost_blame_device (error, ref, "usb-address");
  return TRUE;
}
