/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain-private.h"
#include "domain/view-host.h"

/* Who has what of the host; shared by host-owners.c, which also gives it back, and
 * host-devices.c, which takes it. */

typedef struct
{
  char *key; /* "usb 1:4", "pci 0000:01:00.0", "vsock 3" */
  char *uuid, *alias;
  gboolean is_leaving;
  guint usb_bus, usb_device;
  GFileMonitor *monitor; /* (nullable): of the node of a USB device */
} RoostHostOwner;

struct RoostHostOwners
{
  GHashTable *owners; /* key → RoostHostOwner */
  CoGate *left;       /* opened when one has left */
};

/* Returns: (nullable) (transfer none) */
RoostHostOwner *roost_host_find_owner (RoostManager *manager, const RoostHostThing *thing);

/* It becomes @domain's; one that is on its way back to the host is waited for. Awaits: yes. Errors:
 * BUSY, EXISTS (of another one, which is named), TIMEOUT, CANCELLED. */
gboolean roost_host_claim (RoostDomain *domain, const RoostHostThing *thing, GError **error);

/* Names who has it. Returns: FALSE */
gboolean roost_host_throw_owned (RoostManager *manager,
                                 const RoostHostOwner *owner,
                                 const RoostHostThing *thing,
                                 GError **error);

/* Returns: (transfer full): the file that says that the PCI device is ours to give back */
char *roost_host_mark_path (RoostManager *manager, const char *address);
