/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/address-pci.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/blame.h"
#include "model/machine.h"

/* Chassis and port numbers, bus numbers of expanders, indexes of pseries host bridges. */

/* The highest bus number an expander begins with; each takes one for itself and leaves one for the
 * controller behind it. */
#define FIRST_EXPANDER_BUS 254
#define EXPANDER_STEP      2

static gboolean
is_expander (const RoostController *controller)
{
  RoostPciBusModel bus = roost_pci_bus_of (controller);

  return bus == ROOST_PCI_BUS_EXPANDER || bus == ROOST_PCI_BUS_PCIE_EXPANDER;
}

static void
set_if_unset (RoostUint *member, guint64 value)
{
  if (!member->is_set)
    *member = roost_uint (value);
}

static gboolean
assign_bus_nr (const RoostDomainConfig *config, RoostController *controller, GError **error)
{
  guint64 lowest = FIRST_EXPANDER_BUS + EXPANDER_STEP;
  const RoostController *other;

  if (controller->bus_nr.is_set)
    return TRUE;
  ROOST_LIST_EACH (const RoostController, other, config->devices.controllers)
    if (is_expander (other) && other->bus_nr.is_set)
      lowest = MIN (lowest, other->bus_nr.value);
  if (lowest <= EXPANDER_STEP)
    return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                        "pci controller %" G_GINT64_FORMAT
                        ": no bus numbers are left for another expander; give it a busNr",
                        controller->index.value);
  controller->bus_nr = roost_uint (lowest - EXPANDER_STEP);
  return TRUE;
}

static gboolean
is_target_index_used (const RoostDomainConfig *config, guint64 index)
{
  const RoostController *other;

  ROOST_LIST_EACH (const RoostController, other, config->devices.controllers)
    if (roost_pci_bus_of (other) == ROOST_PCI_BUS_ROOT && other->target_index.is_set
        && other->target_index.value == index)
      return TRUE;
  return FALSE;
}

/* pseries: the host bridge of controller 0 is the machine's own, number 0. */
static void
assign_target_index (const RoostDomainConfig *config, RoostController *controller)
{
  guint64 index = controller->index.value == 0 ? 0 : 1;

  if (controller->target_index.is_set)
    return;
  while (index != 0 && is_target_index_used (config, index))
    index++;
  controller->target_index = roost_uint (index);
}

static guint64
slot_of (const RoostController *controller)
{
  return controller->info.address != NULL ? controller->info.address->slot.value : 0;
}

static guint64
function_of (const RoostController *controller)
{
  return controller->info.address != NULL ? controller->info.address->function.value : 0;
}

static gboolean
assign_one (RoostDomainConfig *config, RoostController *controller, GError **error)
{
  switch ((int)roost_pci_bus_of (controller))
    {
    case ROOST_PCI_BUS_BRIDGE:
      set_if_unset (&controller->chassis_nr, controller->index.value);
      return TRUE;
    case ROOST_PCI_BUS_ROOT_PORT:
      set_if_unset (&controller->chassis, controller->index.value);
      set_if_unset (&controller->port, slot_of (controller) << 3 | function_of (controller));
      return TRUE;
    case ROOST_PCI_BUS_DOWNSTREAM_PORT:
      set_if_unset (&controller->chassis, controller->index.value);
      set_if_unset (&controller->port, slot_of (controller));
      return TRUE;
    case ROOST_PCI_BUS_EXPANDER:
    case ROOST_PCI_BUS_PCIE_EXPANDER:
      return assign_bus_nr (config, controller, error);
    case ROOST_PCI_BUS_ROOT:
      if (roost_machine_family (config) == ROOST_MACHINE_PSERIES)
        assign_target_index (config, controller);
      return TRUE;
    default:
      return TRUE;
    }
}

gboolean
roost_addresses_assign_pci_targets (RoostDomainConfig *config, GError **error)
{
  RoostController *controller;

  ROOST_LIST_EACH (RoostController, controller, config->devices.controllers)
    if (!assign_one (config, controller, error))
      return roost_blame (error, &controller->info.position, "controller", "pci-expander");
  return TRUE;
}
