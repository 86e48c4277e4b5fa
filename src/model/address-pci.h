/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/address-connect.h"

/*
 * The PCI addresses of a whole domain. Two rounds over the same lay-out: the first lets buses grow
 * and shows which controllers are missing, the second gives out the places.
 */

/* A device in the lay-out. */
typedef struct
{
  RoostDeviceRef ref;
  guint plug;
  guint group;
  gboolean is_given;         /* the document said where */
  gboolean is_placed;        /* given, or found */
  gboolean is_first_of_many; /* function 0, others follow: multifunction even before they come */
  RoostPciPlace place;
} RoostPciEntry;

typedef struct
{
  RoostDomainConfig *config;
  const RoostFacts *facts;
  RoostPciTopology *topology;
  GPtrArray *entries; /* of RoostPciEntry, in the order in which places are given out */
  gboolean has_pcie;
} RoostPciLayout;

/* Puts @entry at @place. Errors: as roost_pci_topology_take (). */
gboolean roost_pci_layout_put (RoostPciLayout *layout,
                               RoostPciEntry *entry,
                               const RoostPciPlace *place,
                               GError **error);

/* The places that a chipset gives to its own parts and to the devices the user names for them:
 * IDE, USB, SATA, the first video card. Errors: EXISTS, INVALID_XML. */
gboolean roost_pci_layout_put_chipset (RoostPciLayout *layout, GError **error);

/* The functions of an ICH9 USB controller share a slot. */
gboolean
roost_pci_layout_put_ich9_usb (RoostPciLayout *layout, RoostPciEntry *entry, GError **error);

gboolean
roost_addresses_assign_pci (RoostDomainConfig *config, const RoostFacts *facts, GError **error);

/* zPCI identifiers of the devices which have a PCI address on s390. */
gboolean
roost_addresses_assign_zpci (RoostDomainConfig *config, const RoostFacts *facts, GError **error);

/* Chassis, port and bus numbers of the PCI controllers that have none. */
gboolean roost_addresses_assign_pci_targets (RoostDomainConfig *config, GError **error);
