/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/address-topology.h"

#include "base/error.h"

#define ENDPOINT (ROOST_PCI_PLUG_PCI | ROOST_PCI_PLUG_HOTPLUG)
#define EXPRESS  (ROOST_PCI_PLUG_PCIE | ROOST_PCI_PLUG_HOTPLUG)

static RoostPciTopology *
new_with_root (RoostPciBusModel root, guint flags)
{
  RoostPciTopology *topology = roost_pci_topology_new (flags, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (roost_pci_topology_add_bus (topology, 0, root, TRUE, &error));
  g_assert_no_error (error);
  return topology;
}

static RoostPciPlace
must_find (RoostPciTopology *topology, guint plug)
{
  const RoostPciGuest guest = { .plug = plug, .label = "device" };
  g_autoptr (GError) error = NULL;
  RoostPciPlace place;

  roost_pci_topology_find (topology, &guest, ROOST_PCI_ANY_FUNCTION, &place, &error);
  g_assert_no_error (error);
  return place;
}

static void
assert_place (RoostPciPlace place, guint bus, guint slot, guint function)
{
  g_assert_cmphex (place.bus, ==, bus);
  g_assert_cmphex (place.slot, ==, slot);
  g_assert_cmphex (place.function, ==, function);
}

static void
test_conventional (void)
{
  g_autoptr (RoostPciTopology) topology = new_with_root (ROOST_PCI_BUS_ROOT, ROOST_PCI_MAY_GROW);

  for (guint i = 1; i < 32; i++)
    assert_place (must_find (topology, ENDPOINT), 0, i, 0);
  g_assert_false (roost_pci_topology_has_room (topology));
  assert_place (must_find (topology, ENDPOINT), 1, 1, 0);
  g_assert_cmpint (roost_pci_topology_model (topology, 1), ==, ROOST_PCI_BUS_BRIDGE);
}

static void
test_express (void)
{
  g_autoptr (RoostPciTopology) topology =
      new_with_root (ROOST_PCI_BUS_PCIE_ROOT, ROOST_PCI_MAY_GROW | ROOST_PCI_HAS_PCIE_TO_PCI);

  assert_place (must_find (topology, EXPRESS), 1, 0, 0);
  assert_place (must_find (topology, EXPRESS), 2, 0, 0);
  for (guint i = 0; i < 10; i++)
    assert_place (must_find (topology, roost_pci_bus_plug (ROOST_PCI_BUS_ROOT_PORT)), 0, 1 + i / 8,
                  i % 8);
  assert_place (must_find (topology, ENDPOINT), 4, 1, 0);
  g_assert_cmpint (roost_pci_topology_model (topology, 3), ==, ROOST_PCI_BUS_ROOT_PORT);
  g_assert_cmpint (roost_pci_topology_model (topology, 4), ==, ROOST_PCI_BUS_PCIE_TO_PCI);
  assert_place (must_find (topology, EXPRESS), 5, 0, 0);
  assert_place (must_find (topology, roost_pci_bus_plug (ROOST_PCI_BUS_PCIE_TO_PCI)), 3, 0, 0);
}

static void
test_dmi (void)
{
  g_autoptr (RoostPciTopology) topology =
      new_with_root (ROOST_PCI_BUS_PCIE_ROOT, ROOST_PCI_MAY_GROW);

  assert_place (must_find (topology, ENDPOINT), 2, 1, 0);
  g_assert_cmpint (roost_pci_topology_model (topology, 1), ==, ROOST_PCI_BUS_DMI_TO_PCI);
  g_assert_cmpint (roost_pci_topology_model (topology, 2), ==, ROOST_PCI_BUS_BRIDGE);
}

static void
test_groups (void)
{
  g_autoptr (RoostPciTopology) topology =
      new_with_root (ROOST_PCI_BUS_ROOT, ROOST_PCI_MAY_GROW | ROOST_PCI_MANY_ROOTS);
  const RoostPciGuest guest = { .plug = ENDPOINT, .group = 7, .label = "device" };
  RoostPciPlace place;

  roost_pci_topology_fix_group (topology, 0, 0);
  assert_place (must_find (topology, ENDPOINT), 0, 1, 0);
  g_assert_true (roost_pci_topology_find (topology, &guest, 0, &place, NULL));
  assert_place (place, 1, 1, 0);
  g_assert_true (roost_pci_topology_find (topology, &guest, 0, &place, NULL));
  assert_place (place, 1, 2, 0);
  assert_place (must_find (topology, ENDPOINT), 0, 2, 0);
}

typedef struct
{
  RoostPciPlace place;
  guint plug;
  int code;
  const char *text;
} Refusal;

static const Refusal refusals[] = {
  { { .slot = 5 }, ENDPOINT, ROOST_ERROR_EXISTS, "0000:00:05.0 is already used by first" },
  { { .slot = 0 }, ENDPOINT, ROOST_ERROR_INVALID_XML, "slot 0x00 is out of range" },
  { { .slot = 32 }, ENDPOINT, ROOST_ERROR_INVALID_XML, "slot 0x20 is out of range" },
  { { .slot = 6, .function = 8 }, ENDPOINT, ROOST_ERROR_INVALID_XML, "function 0x8" },
  { { .domain = 1, .slot = 6 }, ENDPOINT, ROOST_ERROR_INVALID_XML, "domain 0x0001" },
  { { .bus = 3, .slot = 6 }, ENDPOINT, ROOST_ERROR_INVALID_XML, "no PCI bus 0x03" },
  { { .bus = 1, .slot = 1 },
    ROOST_PCI_PLUG_PCIE_EXPANDER,
    ROOST_ERROR_INVALID_XML,
    "pcie-expander-bus does not fit on PCI bus 0x01" },
  { { .bus = 1, .slot = 1 },
    ENDPOINT | ROOST_PCI_PLUG_INTEGRATED,
    ROOST_ERROR_INVALID_XML,
    "must be on PCI bus 0" },
};

static void
test_refusals (void)
{
  g_autoptr (RoostPciTopology) topology = new_with_root (ROOST_PCI_BUS_ROOT, 0);
  const RoostPciGuest first = { .plug = ENDPOINT, .label = "first" };
  const RoostPciPlace at = { .slot = 5 };
  g_autoptr (GError) error = NULL;

  g_assert_true (roost_pci_topology_add_bus (topology, 1, ROOST_PCI_BUS_BRIDGE, TRUE, NULL));
  g_assert_true (roost_pci_topology_take (topology, &at, &first, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      const RoostPciGuest guest = { .plug = refusals[i].plug, .label = "second" };

      g_assert_false (roost_pci_topology_take (topology, &refusals[i].place, &guest, &error));
      g_assert_error (error, ROOST_ERROR, refusals[i].code);
      g_assert_nonnull (strstr (error->message, refusals[i].text));
      g_assert_true (g_str_has_prefix (error->message, "second: "));
      g_clear_error (&error);
    }
  g_assert_false (roost_pci_topology_add_bus (topology, 1, ROOST_PCI_BUS_BRIDGE, TRUE, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_EXISTS);
}

static void
test_full (void)
{
  g_autoptr (RoostPciTopology) topology =
      new_with_root (ROOST_PCI_BUS_PCIE_ROOT, ROOST_PCI_MAY_GROW | ROOST_PCI_HAS_PCIE_TO_PCI);
  const RoostPciGuest guest = { .plug = EXPRESS, .label = "device" };
  g_autoptr (GError) error = NULL;
  RoostPciPlace place;

  for (guint i = 0; i < ROOST_PCI_MAX_BUS; i++)
    must_find (topology, EXPRESS);
  g_assert_false (roost_pci_topology_find (topology, &guest, 0, &place, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_LIMIT_EXCEEDED);
}

/* What the user writes may do more than what would be chosen. */
static void
test_user_word (void)
{
  g_autoptr (RoostPciTopology) topology = new_with_root (ROOST_PCI_BUS_PCIE_ROOT, 0);
  const RoostPciGuest guest = { .plug = ENDPOINT, .label = "device" };
  const RoostPciPlace at = { .slot = 4, .function = 3 };
  g_autoptr (GError) error = NULL;
  RoostPciPlace place;

  g_assert_true (roost_pci_topology_take (topology, &at, &guest, &error));
  g_assert_no_error (error);
  g_assert_false (roost_pci_topology_is_free (topology, &at));
  g_assert_false (roost_pci_topology_find (topology, &guest, 0, &place, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_LIMIT_EXCEEDED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/address/topology/conventional", test_conventional);
  g_test_add_func ("/address/topology/express", test_express);
  g_test_add_func ("/address/topology/dmi", test_dmi);
  g_test_add_func ("/address/topology/groups", test_groups);
  g_test_add_func ("/address/topology/refusals", test_refusals);
  g_test_add_func ("/address/topology/full", test_full);
  g_test_add_func ("/address/topology/user-word", test_user_word);
  return g_test_run ();
}
