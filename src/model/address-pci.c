/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/address-pci.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/blame.h"
#include "model/controller-list.h"
#include "model/defaults-controller.h"
#include "model/machine.h"

/* Who is asked first takes the lowest places. Guests remember addresses, so this order is for good:
 * it is the one that definitions written for libvirt were filled in with. PCI controllers come
 * before all of these. */
static const RoostDeviceKind order[] = {
  ROOST_DEVICE_FILESYSTEM, ROOST_DEVICE_INTERFACE, ROOST_DEVICE_SOUND,      ROOST_DEVICE_CONTROLLER,
  ROOST_DEVICE_DISK,       ROOST_DEVICE_HOSTDEV,   ROOST_DEVICE_MEMBALLOON, ROOST_DEVICE_RNG,
  ROOST_DEVICE_WATCHDOG,   ROOST_DEVICE_VIDEO,     ROOST_DEVICE_SHMEM,      ROOST_DEVICE_INPUT,
  ROOST_DEVICE_SERIAL,     ROOST_DEVICE_MEMORY,    ROOST_DEVICE_IOMMU,      ROOST_DEVICE_VSOCK,
  ROOST_DEVICE_CRYPTO,     ROOST_DEVICE_PANIC,     ROOST_DEVICE_PSTORE,
};

static char *
entry_label (gconstpointer owner)
{
  const RoostPciEntry *entry = owner;

  return roost_device_label (&entry->ref);
}

static RoostPciLayout *
layout_new (RoostDomainConfig *config, const RoostFacts *facts)
{
  RoostPciLayout *layout = g_new0 (RoostPciLayout, 1);

  layout->config = config;
  layout->facts = facts;
  layout->entries = g_ptr_array_new_with_free_func (g_free);
  return layout;
}

static void
layout_free (RoostPciLayout *layout)
{
  g_clear_pointer (&layout->topology, roost_pci_topology_free);
  g_ptr_array_unref (layout->entries);
  g_free (layout);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostPciLayout, layout_free)

/* --- which devices take part --- */

/* Marks a group that is guessed from the address; real ones are small numbers. */
#define GUESSED_GROUP (1u << 31)

/* The devices of one IOMMU group move together: on pseries such a group gets a host bridge of its
 * own. Of a device that is not here we know that its functions share a group. */
static guint
group_of (RoostPciLayout *layout, const RoostDeviceRef *ref)
{
  const RoostHostdev *hostdev = ref->hostdev;
  const RoostHostPciFacts *host;

  if (ref->kind != ROOST_DEVICE_HOSTDEV || hostdev->type != ROOST_HOSTDEV_TYPE_PCI
      || roost_machine_family (layout->config) != ROOST_MACHINE_PSERIES)
    return 0;
  host = roost_facts_host_pci (layout->facts, hostdev->domain.value, hostdev->bus.value,
                               hostdev->slot.value, hostdev->function.value);
  if (host != NULL)
    return host->iommu_group >= 0 ? host->iommu_group + 1 : 0;
  return GUESSED_GROUP | (hostdev->domain.value & 0xffff) << 13 | (hostdev->bus.value & 0xff) << 5
         | (hostdev->slot.value & 0x1f);
}

static RoostPciEntry *
entry_new (RoostPciLayout *layout, const RoostDeviceRef *ref, guint plug)
{
  RoostPciEntry *entry = g_new0 (RoostPciEntry, 1);
  const RoostAddress *address = ref->info->address;

  entry->ref = *ref;
  entry->plug = plug;
  entry->group = group_of (layout, ref);
  entry->is_given = roost_address_names_pci_place (address);
  if (entry->is_given)
    entry->place = (RoostPciPlace){ address->domain.value, address->bus.value, address->slot.value,
                                    address->function.value };
  return entry;
}

static gboolean
add_entry (RoostPciLayout *layout, const RoostDeviceRef *ref, GError **error)
{
  const RoostAddress *address = ref->info->address;
  guint plug = roost_pci_plug_of (ref, layout->facts, layout->has_pcie);
  RoostPciEntry *entry;

  if (plug == 0 && roost_address_names_pci_place (address) && ref->kind != ROOST_DEVICE_CONTROLLER)
    {
      g_autofree char *label = roost_device_label (ref);

      return roost_throw (error, ROOST_ERROR_INVALID_XML,
                          "%s: it is no PCI device and cannot have a PCI address", label);
    }
  if (plug == 0 || (!roost_address_is_pci (address) && !roost_address_wants_pci (address)))
    return TRUE;
  entry = entry_new (layout, ref, plug);
  g_ptr_array_add (layout->entries, entry);
  return TRUE;
}

static gboolean
add_entries (RoostPciLayout *layout, RoostDeviceKind kind, gboolean want_buses, GError **error)
{
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  const RoostDeviceRef *ref;

  roost_devices_append (layout->config, kind, refs);
  ROOST_REFS_EACH (ref, refs)
    {
      gboolean is_bus =
          kind == ROOST_DEVICE_CONTROLLER && ref->controller->type == ROOST_CONTROLLER_TYPE_PCI;

      if (is_bus == want_buses && !add_entry (layout, ref, error))
        return roost_blame_device (error, ref, "pci-address");
    }
  return TRUE;
}

static gboolean
add_bus (RoostPciLayout *layout, const RoostController *controller, GError **error)
{
  RoostPciBusModel bus = roost_pci_bus_of (controller);

  if (bus == ROOST_PCI_BUS_NONE)
    return TRUE;
  if (controller->index.value < 0 || controller->index.value > ROOST_PCI_MAX_BUS)
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "pci controller: index %" G_GINT64_FORMAT
                        " is out of range; it must be from 0 to %d",
                        controller->index.value, ROOST_PCI_MAX_BUS);
  return roost_pci_topology_add_bus (layout->topology, controller->index.value, bus,
                                     controller->hotplug != ROOST_NO, error);
}

static gboolean
add_buses (RoostPciLayout *layout, GError **error)
{
  RoostController *controller;

  ROOST_LIST_EACH (RoostController, controller, layout->config->devices.controllers)
    if (!add_bus (layout, controller, error))
      return roost_blame (error, &controller->info.position, "controller", "pci-bus");
  return TRUE;
}

static guint
topology_flags (RoostPciLayout *layout, gboolean may_grow)
{
  return (may_grow ? ROOST_PCI_MAY_GROW : 0)
         | (roost_machine_family (layout->config) == ROOST_MACHINE_PSERIES ? ROOST_PCI_MANY_ROOTS
                                                                           : 0)
         | (roost_facts_has_type (layout->facts, "pcie-pci-bridge") ? ROOST_PCI_HAS_PCIE_TO_PCI
                                                                    : 0);
}

static gboolean
put_given (RoostPciLayout *layout, GError **error)
{
  RoostPciEntry *entry;

  ROOST_LIST_EACH (RoostPciEntry, entry, layout->entries)
    {
      const RoostController *bridge = entry->ref.controller;

      if (!entry->is_given)
        continue;
      if (entry->ref.kind == ROOST_DEVICE_CONTROLLER && bridge->type == ROOST_CONTROLLER_TYPE_PCI
          && entry->place.bus >= bridge->index.value)
        {
          g_autofree char *label = entry_label (entry);

          roost_throw (error, ROOST_ERROR_INVALID_XML,
                       "%s: it cannot be on PCI bus 0x%02x; a PCI controller sits on a bus with a "
                       "lower number than its index",
                       label, entry->place.bus);
          return roost_blame_device (error, &entry->ref, "pci-address");
        }
      if (!roost_pci_layout_put (layout, entry, &entry->place, error))
        return FALSE;
    }
  return TRUE;
}

/* Fresh buses and entries, with what the document gives in its place. */
static gboolean
layout_begin (RoostPciLayout *layout, gboolean may_grow, GError **error)
{
  g_ptr_array_set_size (layout->entries, 0);
  g_clear_pointer (&layout->topology, roost_pci_topology_free);
  layout->topology = roost_pci_topology_new (topology_flags (layout, may_grow), entry_label);
  if (!add_buses (layout, error))
    return FALSE;
  if (may_grow)
    roost_pci_topology_fill_gaps (layout->topology);
  layout->has_pcie = roost_pci_topology_model (layout->topology, 0) == ROOST_PCI_BUS_PCIE_ROOT;
  if (roost_machine_family (layout->config) == ROOST_MACHINE_PSERIES)
    roost_pci_topology_fix_group (layout->topology, 0, 0);
  if (!add_entries (layout, ROOST_DEVICE_CONTROLLER, TRUE, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    if (!add_entries (layout, order[i], FALSE, error))
      return FALSE;
  return put_given (layout, error);
}

/* --- giving out places --- */

gboolean
roost_pci_layout_put (RoostPciLayout *layout,
                      RoostPciEntry *entry,
                      const RoostPciPlace *place,
                      GError **error)
{
  const RoostPciGuest guest = { .plug = entry->plug, .group = entry->group, .owner = entry };

  if (!roost_pci_topology_take (layout->topology, place, &guest, error))
    return roost_blame_device (error, &entry->ref, "pci-address");
  entry->place = *place;
  entry->is_placed = TRUE;
  return TRUE;
}

static gboolean
is_ide (const RoostPciEntry *entry)
{
  return entry->ref.kind == ROOST_DEVICE_CONTROLLER
         && entry->ref.controller->type == ROOST_CONTROLLER_TYPE_IDE;
}

static gboolean
put_rest (RoostPciLayout *layout, GError **error)
{
  RoostPciEntry *entry;

  ROOST_LIST_EACH (RoostPciEntry, entry, layout->entries)
    {
      const RoostPciGuest guest = { .plug = entry->plug, .group = entry->group, .owner = entry };

      if (entry->is_placed || is_ide (entry))
        continue;
      if (entry->ref.kind == ROOST_DEVICE_CONTROLLER
          && roost_controller_is_ich9_usb (entry->ref.controller))
        {
          if (!roost_pci_layout_put_ich9_usb (layout, entry, error))
            return FALSE;
          continue;
        }
      entry->is_placed = roost_pci_topology_find (layout->topology, &guest, ROOST_PCI_ANY_FUNCTION,
                                                  &entry->place, error);
      if (!entry->is_placed)
        return roost_blame_device (error, &entry->ref, "pci-address");
    }
  return TRUE;
}

/* --- the first round: which controllers are missing? --- */

static gboolean
find_spare (RoostPciLayout *layout, guint plug, GError **error)
{
  const RoostPciGuest guest = { .plug = plug, .label = "a place for a later device" };
  RoostPciPlace place;

  return roost_pci_topology_find (layout->topology, &guest, ROOST_PCI_ANY_FUNCTION, &place, error);
}

/* The controllers behind the buses that grew, at their own places, which may need further buses. */
static gboolean
add_grown_controllers (RoostPciLayout *layout, GError **error)
{
  for (guint i = 1; i < roost_pci_topology_n_buses (layout->topology); i++)
    {
      RoostPciBusModel bus = roost_pci_topology_model (layout->topology, i);
      const RoostPciGuest guest = { .plug = roost_pci_bus_plug (bus), .label = "pci controller" };
      RoostPciPlace place;

      if (bus == ROOST_PCI_BUS_NONE
          || roost_config_find_controller (layout->config, ROOST_CONTROLLER_TYPE_PCI, i) != NULL)
        continue;
      roost_defaults_complete_pci_controller (
          layout->config,
          roost_config_add_controller (layout->config, ROOST_CONTROLLER_TYPE_PCI,
                                       roost_pci_bus_to_model (bus), i),
          layout->facts);
      if (guest.plug != 0
          && !roost_pci_topology_find (layout->topology, &guest, ROOST_PCI_ANY_FUNCTION, &place,
                                       error))
        return FALSE;
    }
  return TRUE;
}

/* A domain whose buses are all ours to choose keeps one place free, so that a device can be plugged
 * in later without a change of the others: on conventional PCI as long as not everything is taken
 * by the user's own choice, on PCI Express when ports had to be added anyway. */
static gboolean
plan (RoostPciLayout *layout, GError **error)
{
  guint n_given;
  gboolean has_room;

  if (!layout_begin (layout, TRUE, error))
    return FALSE;
  n_given = roost_config_count_controllers (layout->config, ROOST_CONTROLLER_TYPE_PCI);
  has_room = roost_pci_topology_has_room (layout->topology);
  if (!roost_pci_layout_put_chipset (layout, error))
    return FALSE;
  if (!layout->has_pcie && has_room && !find_spare (layout, ROOST_PCI_PLUG_PCI, error))
    return FALSE;
  if (!put_rest (layout, error))
    return FALSE;
  if (layout->has_pcie && n_given <= 1 && roost_pci_topology_n_buses (layout->topology) > 1
      && !find_spare (layout, ROOST_PCI_PLUG_PCIE | ROOST_PCI_PLUG_HOTPLUG, error))
    return FALSE;
  return add_grown_controllers (layout, error);
}

/* --- the second round --- */

static void
write_address (RoostPciLayout *layout, RoostPciEntry *entry)
{
  RoostDeviceInfo *info = entry->ref.info;
  RoostAddress *address;

  if (!entry->is_placed)
    return;
  if (info->address == NULL)
    info->address = roost_address_new (ROOST_ADDRESS_TYPE_PCI);
  address = info->address;
  address->type = ROOST_ADDRESS_TYPE_PCI;
  address->domain = roost_uint (entry->place.domain);
  address->bus = roost_uint (entry->place.bus);
  address->slot = roost_uint (entry->place.slot);
  address->function = roost_uint (entry->place.function);
  if (address->multifunction == ROOST_UNSET && entry->place.function == 0
      && (entry->is_first_of_many
          || roost_pci_topology_count_functions (layout->topology, &entry->place) > 1))
    address->multifunction = ROOST_YES;
}

static gboolean
place_all (RoostPciLayout *layout, GError **error)
{
  RoostPciEntry *entry;

  if (!layout_begin (layout, FALSE, error) || !roost_pci_layout_put_chipset (layout, error)
      || !put_rest (layout, error))
    return FALSE;
  ROOST_LIST_EACH (RoostPciEntry, entry, layout->entries)
    write_address (layout, entry);
  return TRUE;
}

/* Without a PCI bus nothing may ask for a place on it. */
static gboolean
check_no_pci (RoostDomainConfig *config, GError **error)
{
  g_autoptr (GArray) refs = roost_devices_list (config);
  const RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    if (roost_address_is_pci (ref->info->address))
      {
        g_autofree char *label = roost_device_label (ref);

        roost_throw (error, ROOST_ERROR_INVALID_XML, "%s: the machine type '%s' has no PCI bus",
                     label, config->os.machine);
        return roost_blame_device (error, ref, "pci-address");
      }
  return TRUE;
}

gboolean
roost_addresses_assign_pci (RoostDomainConfig *config, const RoostFacts *facts, GError **error)
{
  g_autoptr (RoostPciLayout) layout = layout_new (config, facts);

  if (roost_config_find_controller (config, ROOST_CONTROLLER_TYPE_PCI, 0) == NULL)
    return check_no_pci (config, error);
  return plan (layout, error) && place_all (layout, error)
         && roost_addresses_assign_pci_targets (config, error)
         && roost_addresses_assign_zpci (config, facts, error);
}
