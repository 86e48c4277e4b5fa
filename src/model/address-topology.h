/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * The PCI buses of one guest: which slots are taken and by whom, and where a new device may go.
 * It knows nothing of domains. A bus has the number of the controller that makes it.
 *
 * Source: QEMU docs/pcie.txt and docs/pci_expander_bridge.txt say what plugs into what.
 */

typedef enum
{
  ROOST_PCI_BUS_NONE, /* no controller has this number (yet) */
  ROOST_PCI_BUS_ROOT,
  ROOST_PCI_BUS_PCIE_ROOT,
  ROOST_PCI_BUS_BRIDGE,
  ROOST_PCI_BUS_EXPANDER,
  ROOST_PCI_BUS_PCIE_EXPANDER,
  ROOST_PCI_BUS_DMI_TO_PCI,
  ROOST_PCI_BUS_PCIE_TO_PCI,
  ROOST_PCI_BUS_ROOT_PORT,
  ROOST_PCI_BUS_UPSTREAM_PORT,
  ROOST_PCI_BUS_DOWNSTREAM_PORT,
  ROOST_PCI_BUS_N_MODELS
} RoostPciBusModel;

/* What a device is, as far as plugging goes; a bus accepts a set of these. */
typedef enum
{
  ROOST_PCI_PLUG_PCI = 1 << 0,  /* a conventional endpoint */
  ROOST_PCI_PLUG_PCIE = 1 << 1, /* an express endpoint */
  ROOST_PCI_PLUG_BRIDGE = 1 << 2,
  ROOST_PCI_PLUG_EXPANDER = 1 << 3,
  ROOST_PCI_PLUG_PCIE_EXPANDER = 1 << 4,
  ROOST_PCI_PLUG_DMI_TO_PCI = 1 << 5,
  ROOST_PCI_PLUG_PCIE_TO_PCI = 1 << 6,
  ROOST_PCI_PLUG_ROOT_PORT = 1 << 7,
  ROOST_PCI_PLUG_UPSTREAM_PORT = 1 << 8,
  ROOST_PCI_PLUG_DOWNSTREAM_PORT = 1 << 9,
  ROOST_PCI_PLUG_KINDS = (1 << 10) - 1,
  ROOST_PCI_PLUG_ENDPOINTS = ROOST_PCI_PLUG_PCI | ROOST_PCI_PLUG_PCIE,
  ROOST_PCI_PLUG_HOTPLUG = 1 << 10,    /* wants (accepts) plugging at run time */
  ROOST_PCI_PLUG_SHARED = 1 << 11,     /* takes one function and leaves the rest to its like */
  ROOST_PCI_PLUG_INTEGRATED = 1 << 12, /* sits on bus 0 only */
} RoostPciPlug;

typedef struct
{
  guint domain;
  guint bus;
  guint slot;
  guint function;
} RoostPciPlace;

/* One device that takes a place. */
typedef struct
{
  guint plug;        /* RoostPciPlug */
  guint group;       /* devices of different groups never meet on a bus by themselves; 0 = none */
  const char *label; /* for errors: "disk 'vda'"; NULL: roost_pci_topology_new ()'s function says */
  gconstpointer owner;
} RoostPciGuest;

/* Returns: (transfer full): what to call the owner of a place */
typedef char *(*RoostPciLabelFunc) (gconstpointer owner);

typedef enum
{
  ROOST_PCI_MAY_GROW = 1 << 0,       /* add buses when there is no room: for planning */
  ROOST_PCI_MANY_ROOTS = 1 << 1,     /* growing adds host bridges, as pseries does */
  ROOST_PCI_HAS_PCIE_TO_PCI = 1 << 2 /* the binary has pcie-pci-bridge */
} RoostPciTopologyFlags;

typedef struct RoostPciTopology RoostPciTopology;

/* @label: (nullable): names guests that have an owner and no label; owners outlive the topology */
RoostPciTopology *roost_pci_topology_new (guint flags, RoostPciLabelFunc label);
void roost_pci_topology_free (RoostPciTopology *topology);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostPciTopology, roost_pci_topology_free)

/* The highest number of a bus, and so of a controller. */
#define ROOST_PCI_MAX_BUS 255

/**
 * roost_pci_topology_add_bus:
 * @index: of the controller, at most ROOST_PCI_MAX_BUS
 * @can_hotplug: FALSE when the user switched it off
 * Errors: EXISTS (two controllers with one index).
 */
gboolean roost_pci_topology_add_bus (RoostPciTopology *topology,
                                     guint index,
                                     RoostPciBusModel model,
                                     gboolean can_hotplug,
                                     GError **error);

/* Numbers below the highest that no controller has become what would grow there. */
void roost_pci_topology_fill_gaps (RoostPciTopology *topology);

guint roost_pci_topology_n_buses (const RoostPciTopology *topology);
RoostPciBusModel roost_pci_topology_model (const RoostPciTopology *topology, guint index);

/* Keeps devices of other groups than @group off the bus for good. */
void roost_pci_topology_fix_group (RoostPciTopology *topology, guint index, guint group);

/* Has any bus a free place for an endpoint that is plugged in at run time? */
gboolean roost_pci_topology_has_room (const RoostPciTopology *topology);

gboolean roost_pci_topology_is_free (const RoostPciTopology *topology, const RoostPciPlace *place);
gboolean roost_pci_topology_is_slot_free (const RoostPciTopology *topology, guint bus, guint slot);

/* How many functions of the slot are taken? */
guint roost_pci_topology_count_functions (const RoostPciTopology *topology,
                                          const RoostPciPlace *place);

/**
 * roost_pci_topology_take:
 * @place: what the user asked for, or what the chipset prescribes
 *
 * Reserves @place. The user's word is followed as far as the hardware goes: an express device may
 * sit in a conventional slot and the other way round, and without hotplug.
 *
 * Errors: EXISTS (names both devices), INVALID_XML (no such bus, slot or function, or it does not
 * accept this device).
 */
gboolean roost_pci_topology_take (RoostPciTopology *topology,
                                  const RoostPciPlace *place,
                                  const RoostPciGuest *guest,
                                  GError **error);

/* For roost_pci_topology_find (): any function will do. */
#define ROOST_PCI_ANY_FUNCTION G_MAXUINT

/**
 * roost_pci_topology_find:
 * @function: the function that the device must have, or ROOST_PCI_ANY_FUNCTION
 * @out_place: where it was put
 * Finds the lowest free place that suits @guest, and reserves it.
 * Errors: LIMIT_EXCEEDED (no room, and none can be made).
 */
gboolean roost_pci_topology_find (RoostPciTopology *topology,
                                  const RoostPciGuest *guest,
                                  guint function,
                                  RoostPciPlace *out_place,
                                  GError **error);

/* What a controller of @model is as a device; 0 for the roots, which nothing holds. */
guint roost_pci_bus_plug (RoostPciBusModel model);
