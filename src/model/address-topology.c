/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/address-topology.h"

#include "base/error.h"

#define N_SLOTS     32
#define N_FUNCTIONS 8

typedef struct
{
  guint16 holders[N_FUNCTIONS]; /* who they are: numbers in .guests */
  guint8 used;                  /* one bit for each function */
  guint8 is_shared;             /* the first holder leaves the rest to its like */
} Slot;

typedef struct
{
  RoostPciBusModel model;
  guint accepts; /* RoostPciPlug */
  guint first_slot;
  guint last_slot;
  guint group;
  gboolean is_group_fixed;
  Slot slots[N_SLOTS];
} Bus;

struct RoostPciTopology
{
  guint flags;
  GPtrArray *buses; /* of Bus */
  GArray *guests;   /* of RoostPciGuest: all that took a place */
  RoostPciLabelFunc label;
};

/* What a controller is as a device, and what its bus takes. */
typedef struct
{
  const char *name;
  guint plug;
  guint accepts;
  guint first_slot;
  guint last_slot;
} ModelRow;

#define CONVENTIONAL (ROOST_PCI_PLUG_PCI | ROOST_PCI_PLUG_BRIDGE)
#define PORT         (ROOST_PCI_PLUG_PCIE | ROOST_PCI_PLUG_UPSTREAM_PORT | ROOST_PCI_PLUG_PCIE_TO_PCI)

static const ModelRow models[ROOST_PCI_BUS_N_MODELS] = {
  [ROOST_PCI_BUS_NONE] = { "none", 0, 0, 0, 0 },
  [ROOST_PCI_BUS_ROOT] = { "pci-root", 0,
                           CONVENTIONAL | ROOST_PCI_PLUG_EXPANDER | ROOST_PCI_PLUG_HOTPLUG, 1, 31 },
  [ROOST_PCI_BUS_PCIE_ROOT] = { "pcie-root", 0,
                                ROOST_PCI_PLUG_PCIE | ROOST_PCI_PLUG_ROOT_PORT
                                    | ROOST_PCI_PLUG_DMI_TO_PCI | ROOST_PCI_PLUG_PCIE_EXPANDER,
                                1, 31 },
  [ROOST_PCI_BUS_BRIDGE] = { "pci-bridge", ROOST_PCI_PLUG_BRIDGE,
                             CONVENTIONAL | ROOST_PCI_PLUG_HOTPLUG, 1, 31 },
  /* The device is an expander with a bridge behind it. */
  [ROOST_PCI_BUS_EXPANDER] = { "pci-expander-bus", ROOST_PCI_PLUG_EXPANDER,
                               CONVENTIONAL | ROOST_PCI_PLUG_HOTPLUG, 0, 31 },
  [ROOST_PCI_BUS_PCIE_EXPANDER] = { "pcie-expander-bus", ROOST_PCI_PLUG_PCIE_EXPANDER,
                                    ROOST_PCI_PLUG_ROOT_PORT | ROOST_PCI_PLUG_DMI_TO_PCI, 0, 31 },
  [ROOST_PCI_BUS_DMI_TO_PCI] = { "dmi-to-pci-bridge", ROOST_PCI_PLUG_DMI_TO_PCI, CONVENTIONAL, 0,
                                 31 },
  [ROOST_PCI_BUS_PCIE_TO_PCI] = { "pcie-to-pci-bridge", ROOST_PCI_PLUG_PCIE_TO_PCI,
                                  CONVENTIONAL | ROOST_PCI_PLUG_HOTPLUG, 1, 31 },
  [ROOST_PCI_BUS_ROOT_PORT] = { "pcie-root-port", ROOST_PCI_PLUG_ROOT_PORT | ROOST_PCI_PLUG_SHARED,
                                PORT | ROOST_PCI_PLUG_HOTPLUG, 0, 0 },
  [ROOST_PCI_BUS_UPSTREAM_PORT] = { "pcie-switch-upstream-port", ROOST_PCI_PLUG_UPSTREAM_PORT,
                                    ROOST_PCI_PLUG_DOWNSTREAM_PORT, 0, 31 },
  [ROOST_PCI_BUS_DOWNSTREAM_PORT] = { "pcie-switch-downstream-port", ROOST_PCI_PLUG_DOWNSTREAM_PORT,
                                      PORT | ROOST_PCI_PLUG_HOTPLUG, 0, 0 },
};

guint
roost_pci_bus_plug (RoostPciBusModel model)
{
  return models[model].plug;
}

RoostPciTopology *
roost_pci_topology_new (guint flags, RoostPciLabelFunc label)
{
  RoostPciTopology *topology = g_new0 (RoostPciTopology, 1);

  topology->flags = flags;
  topology->buses = g_ptr_array_new_with_free_func (g_free);
  topology->guests = g_array_new (FALSE, FALSE, sizeof (RoostPciGuest));
  topology->label = label;
  return topology;
}

void
roost_pci_topology_free (RoostPciTopology *topology)
{
  g_ptr_array_unref (topology->buses);
  g_array_unref (topology->guests);
  g_free (topology);
}

static Bus *
bus_at (const RoostPciTopology *topology, guint index)
{
  return g_ptr_array_index (topology->buses, index);
}

guint
roost_pci_topology_n_buses (const RoostPciTopology *topology)
{
  return topology->buses->len;
}

RoostPciBusModel
roost_pci_topology_model (const RoostPciTopology *topology, guint index)
{
  return index < topology->buses->len ? bus_at (topology, index)->model : ROOST_PCI_BUS_NONE;
}

static void
set_model (RoostPciTopology *topology, guint index, RoostPciBusModel model)
{
  Bus *bus;

  while (topology->buses->len <= index)
    g_ptr_array_add (topology->buses, g_new0 (Bus, 1));
  bus = bus_at (topology, index);
  bus->model = model;
  bus->accepts = models[model].accepts;
  bus->first_slot = models[model].first_slot;
  bus->last_slot = models[model].last_slot;
}

gboolean
roost_pci_topology_add_bus (RoostPciTopology *topology,
                            guint index,
                            RoostPciBusModel model,
                            gboolean can_hotplug,
                            GError **error)
{
  g_return_val_if_fail (index <= ROOST_PCI_MAX_BUS, FALSE);

  if (roost_pci_topology_model (topology, index) != ROOST_PCI_BUS_NONE)
    return roost_throw (error, ROOST_ERROR_EXISTS,
                        "two PCI controllers have index %u; give one of them another", index);
  set_model (topology, index, model);
  if (!can_hotplug)
    bus_at (topology, index)->accepts &= ~ROOST_PCI_PLUG_HOTPLUG;
  return TRUE;
}

void
roost_pci_topology_fix_group (RoostPciTopology *topology, guint index, guint group)
{
  bus_at (topology, index)->group = group;
  bus_at (topology, index)->is_group_fixed = TRUE;
}

static gboolean
is_bus_empty (const Bus *bus)
{
  for (guint i = 0; i < N_SLOTS; i++)
    if (bus->slots[i].used != 0)
      return FALSE;
  return TRUE;
}

gboolean
roost_pci_topology_has_room (const RoostPciTopology *topology)
{
  for (guint i = 0; i < topology->buses->len; i++)
    {
      const Bus *bus = bus_at (topology, i);

      for (guint slot = bus->first_slot; bus->model != 0 && slot <= bus->last_slot; slot++)
        if (bus->slots[slot].used == 0)
          return TRUE;
    }
  return FALSE;
}

gboolean
roost_pci_topology_is_slot_free (const RoostPciTopology *topology, guint bus, guint slot)
{
  return bus >= topology->buses->len || bus_at (topology, bus)->slots[slot].used == 0;
}

gboolean
roost_pci_topology_is_free (const RoostPciTopology *topology, const RoostPciPlace *place)
{
  return place->bus >= topology->buses->len
         || (bus_at (topology, place->bus)->slots[place->slot].used & (1 << place->function)) == 0;
}

guint
roost_pci_topology_count_functions (const RoostPciTopology *topology, const RoostPciPlace *place)
{
  guint used;
  guint n = 0;

  if (place->bus >= topology->buses->len || place->slot >= N_SLOTS)
    return 0;
  for (used = bus_at (topology, place->bus)->slots[place->slot].used; used != 0; used >>= 1)
    n += used & 1;
  return n;
}

/* --- growing --- */

static gboolean
is_any_bus_accepting (const RoostPciTopology *topology, guint plug)
{
  for (guint i = 0; i < topology->buses->len; i++)
    if (bus_at (topology, i)->accepts & plug)
      return TRUE;
  return FALSE;
}

static gboolean
append (RoostPciTopology *topology, RoostPciBusModel model)
{
  if (topology->buses->len > ROOST_PCI_MAX_BUS)
    return FALSE;
  set_model (topology, topology->buses->len, model);
  return TRUE;
}

/* The first conventional bus below express ones. What hangs off the root may be taken by
 * something else before the bridge asks for its place, so the new port is kept for bridges. */
static gboolean
append_first_conventional (RoostPciTopology *topology)
{
  if (!(topology->flags & ROOST_PCI_HAS_PCIE_TO_PCI))
    return append (topology, ROOST_PCI_BUS_DMI_TO_PCI) && append (topology, ROOST_PCI_BUS_BRIDGE);
  if (!append (topology, ROOST_PCI_BUS_ROOT_PORT))
    return FALSE;
  bus_at (topology, topology->buses->len - 1)->accepts = ROOST_PCI_PLUG_PCIE_TO_PCI;
  return append (topology, ROOST_PCI_BUS_PCIE_TO_PCI);
}

static gboolean
append_for (RoostPciTopology *topology, guint plug)
{
  if (plug & CONVENTIONAL)
    {
      if (topology->flags & ROOST_PCI_MANY_ROOTS)
        return append (topology, ROOST_PCI_BUS_ROOT);
      if (!is_any_bus_accepting (topology, ROOST_PCI_PLUG_BRIDGE))
        return append_first_conventional (topology);
      return append (topology, ROOST_PCI_BUS_BRIDGE);
    }
  if (plug & PORT)
    return is_any_bus_accepting (topology, ROOST_PCI_PLUG_ROOT_PORT)
           && append (topology, ROOST_PCI_BUS_ROOT_PORT);
  return FALSE;
}

/* Makes sure that bus @index exists; buses that nobody declared become what suits @plug. */
static gboolean
grow_to (RoostPciTopology *topology, guint index, guint plug)
{
  if (!(topology->flags & ROOST_PCI_MAY_GROW) || index > ROOST_PCI_MAX_BUS)
    return FALSE;
  while (topology->buses->len <= index)
    if (!append_for (topology, plug))
      return FALSE;
  return TRUE;
}

void
roost_pci_topology_fill_gaps (RoostPciTopology *topology)
{
  RoostPciBusModel model = roost_pci_topology_model (topology, 0) == ROOST_PCI_BUS_PCIE_ROOT
                               ? ROOST_PCI_BUS_ROOT_PORT
                           : topology->flags & ROOST_PCI_MANY_ROOTS ? ROOST_PCI_BUS_ROOT
                                                                    : ROOST_PCI_BUS_BRIDGE;

  for (guint i = 1; i < topology->buses->len; i++)
    if (bus_at (topology, i)->model == ROOST_PCI_BUS_NONE)
      set_model (topology, i, model);
}

/* --- taking a given place --- */

static const char *
name_of_plug (guint plug)
{
  if (plug & ROOST_PCI_PLUG_PCI)
    return "a conventional PCI device";
  if (plug & ROOST_PCI_PLUG_PCIE)
    return "a PCI Express device";
  for (guint i = 0; i < ROOST_PCI_BUS_N_MODELS; i++)
    if (models[i].plug & plug & ROOST_PCI_PLUG_KINDS)
      return models[i].name;
  return "this device";
}

/* May a user put @plug on @bus? More is allowed than would be chosen automatically. */
static gboolean
may_sit_on (const Bus *bus, guint plug)
{
  guint accepts = bus->accepts;

  if (accepts & ROOST_PCI_PLUG_ENDPOINTS)
    accepts |= ROOST_PCI_PLUG_ENDPOINTS;
  if (plug & ROOST_PCI_PLUG_BRIDGE)
    plug |= ROOST_PCI_PLUG_PCI;
  return (accepts & plug & ROOST_PCI_PLUG_KINDS) != 0;
}

static char *
label_of (const RoostPciTopology *topology, const RoostPciGuest *guest)
{
  return guest->label == NULL && topology->label != NULL ? topology->label (guest->owner)
                                                         : g_strdup (guest->label);
}

static gboolean refuse (const RoostPciTopology *topology,
                        const RoostPciGuest *guest,
                        GError **error,
                        const char *format,
                        ...) G_GNUC_PRINTF (4, 5);

/* Prefixes the text with the guest's label, which is made only now. Returns: FALSE */
static gboolean
refuse (const RoostPciTopology *topology,
        const RoostPciGuest *guest,
        GError **error,
        const char *format,
        ...)
{
  g_autofree char *label = label_of (topology, guest);
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  return roost_throw (error, ROOST_ERROR_INVALID_XML, "%s: %s", label, text);
}

static gboolean
check_range (RoostPciTopology *topology,
             const RoostPciPlace *at,
             const RoostPciGuest *guest,
             GError **error)
{
  const Bus *bus;

  if (at->domain != 0)
    return refuse (topology, guest, error,
                   "PCI domain 0x%04x does not exist in the guest; only domain 0 does", at->domain);
  if (at->function >= N_FUNCTIONS)
    return refuse (topology, guest, error, "PCI function 0x%x is out of range; the highest is 0x7",
                   at->function);
  if (at->bus >= topology->buses->len && !grow_to (topology, at->bus, guest->plug))
    return refuse (topology, guest, error,
                   "there is no PCI bus 0x%02x; add a PCI controller with index %u", at->bus,
                   at->bus);
  bus = bus_at (topology, at->bus);
  if (bus->model == ROOST_PCI_BUS_NONE)
    return refuse (topology, guest, error, "there is no PCI controller with index %u", at->bus);
  if (at->slot < bus->first_slot || at->slot > bus->last_slot)
    return refuse (topology, guest, error,
                   "slot 0x%02x is out of range on PCI bus 0x%02x; the %s has slots "
                   "0x%02x to 0x%02x",
                   at->slot, at->bus, models[bus->model].name, bus->first_slot, bus->last_slot);
  return TRUE;
}

static gboolean
refuse_double (const RoostPciTopology *topology,
               const RoostPciPlace *at,
               const RoostPciGuest *guest,
               guint holder,
               GError **error)
{
  g_autofree char *label = label_of (topology, guest);
  g_autofree char *other =
      label_of (topology, &g_array_index (topology->guests, RoostPciGuest, holder));

  return roost_throw (error, ROOST_ERROR_EXISTS,
                      "%s: the PCI address %04x:%02x:%02x.%x is already used by %s", label,
                      at->domain, at->bus, at->slot, at->function, other);
}

gboolean
roost_pci_topology_take (RoostPciTopology *topology,
                         const RoostPciPlace *at,
                         const RoostPciGuest *guest,
                         GError **error)
{
  Bus *bus;
  Slot *slot;

  if (!check_range (topology, at, guest, error))
    return FALSE;
  bus = bus_at (topology, at->bus);
  if (!may_sit_on (bus, guest->plug))
    return refuse (topology, guest, error, "%s does not fit on PCI bus 0x%02x, which a %s makes",
                   name_of_plug (guest->plug), at->bus, models[bus->model].name);
  if ((guest->plug & ROOST_PCI_PLUG_INTEGRATED) && at->bus != 0)
    return refuse (topology, guest, error,
                   "it is part of the chipset and must be on PCI bus 0, not on bus 0x%02x",
                   at->bus);
  slot = &bus->slots[at->slot];
  if (slot->used & (1 << at->function))
    return refuse_double (topology, at, guest, slot->holders[at->function], error);
  if (slot->used == 0)
    slot->is_shared = (guest->plug & ROOST_PCI_PLUG_SHARED) != 0;
  if (is_bus_empty (bus) && !bus->is_group_fixed)
    bus->group = guest->group;
  slot->used |= 1 << at->function;
  slot->holders[at->function] = topology->guests->len;
  g_array_append_vals (topology->guests, guest, 1);
  return TRUE;
}

/* --- finding a place --- */

/* Returns: the function to use, or N_FUNCTIONS when the slot is no good */
static guint
free_function (const Slot *slot, const RoostPciGuest *guest, guint wanted)
{
  if (slot->used == 0)
    return wanted == ROOST_PCI_ANY_FUNCTION ? 0 : wanted;
  if (!slot->is_shared || !(guest->plug & ROOST_PCI_PLUG_SHARED))
    return N_FUNCTIONS;
  for (guint i = 0; i < N_FUNCTIONS; i++)
    if ((slot->used & (1 << i)) == 0 && (wanted == ROOST_PCI_ANY_FUNCTION || wanted == i))
      return i;
  return N_FUNCTIONS;
}

static gboolean
does_suit (const Bus *bus, guint index, const RoostPciGuest *guest)
{
  if (!(bus->accepts & guest->plug & ROOST_PCI_PLUG_KINDS))
    return FALSE;
  if ((guest->plug & ROOST_PCI_PLUG_INTEGRATED) && index != 0)
    return FALSE;
  return !(guest->plug & ROOST_PCI_PLUG_HOTPLUG) || (bus->accepts & ROOST_PCI_PLUG_HOTPLUG);
}

static gboolean
find_on_bus (const RoostPciTopology *topology,
             guint index,
             const RoostPciGuest *guest,
             guint function,
             RoostPciPlace *place)
{
  const Bus *bus = bus_at (topology, index);

  if (bus->model == ROOST_PCI_BUS_NONE || !does_suit (bus, index, guest))
    return FALSE;
  for (guint i = bus->first_slot; i <= bus->last_slot; i++)
    {
      guint free = free_function (&bus->slots[i], guest, function);

      if (free == N_FUNCTIONS)
        continue;
      *place = (RoostPciPlace){ .bus = index, .slot = i, .function = free };
      return TRUE;
    }
  return FALSE;
}

/* A bus of the same group is best; else an empty one takes on the group of its first device. */
static gboolean
find_place (const RoostPciTopology *topology,
            const RoostPciGuest *guest,
            guint function,
            RoostPciPlace *place)
{
  for (guint i = 0; i < topology->buses->len; i++)
    if (bus_at (topology, i)->group == guest->group
        && find_on_bus (topology, i, guest, function, place))
      return TRUE;
  for (guint i = 0; i < topology->buses->len; i++)
    if (is_bus_empty (bus_at (topology, i)) && !bus_at (topology, i)->is_group_fixed
        && find_on_bus (topology, i, guest, function, place))
      return TRUE;
  return FALSE;
}

gboolean
roost_pci_topology_find (RoostPciTopology *topology,
                         const RoostPciGuest *guest,
                         guint function,
                         RoostPciPlace *out_place,
                         GError **error)
{
  RoostPciPlace place;
  gboolean is_found = find_place (topology, guest, function, &place);

  if (!is_found && grow_to (topology, topology->buses->len, guest->plug))
    is_found = find_place (topology, guest, function, &place);
  if (!is_found)
    {
      g_autofree char *label = label_of (topology, guest);

      return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                          "%s: no PCI slot is left for %s, and no bus can be added for it", label,
                          name_of_plug (guest->plug));
    }
  if (!roost_pci_topology_take (topology, &place, guest, error))
    return FALSE;
  *out_place = place;
  return TRUE;
}
