/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/manager.h"
#include "model/domain-config.h"

/*
 * What of the host only one guest can have at a time: USB and PCI devices, addresses of vsock. Who
 * has what follows from the running configurations, so that it outlives the daemon; what was taken
 * from a driver of the host stands in a file in the run folder until it was given back.
 *
 * A USB device that leaves the host leaves the guest.
 */
typedef struct RoostHostOwners RoostHostOwners;

RoostHostOwners *roost_host_owners_new (void);
void roost_host_owners_free (RoostHostOwners *owners);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostHostOwners, roost_host_owners_free)

/**
 * roost_host_devices_take:
 * @config: about to run, with aliases; gets where a USB device was found, and the address of a
 *   vsock that has none yet; loses USB devices that are not there and may be missing
 * @alias: (nullable): of the device; NULL: all of the domain
 * Takes them for @domain. When it fails roost_host_devices_leave () is due. Awaits: yes.
 * Errors: BUSY, EXISTS (another guest has it: names it), NOT_FOUND (there is no such device),
 * HOST_DEVICE, NOT_SUPPORTED (no IOMMU).
 */
gboolean roost_host_devices_take (RoostDomain *domain,
                                  RoostDomainConfig *config,
                                  const char *alias,
                                  GError **error);

/* They are the host's again, once its drivers have taken them. @alias as above. Awaits: no. */
void roost_host_devices_leave (RoostDomain *domain, const char *alias);

/* At a takeover: @domain has what @config says. Awaits: no. */
void roost_host_devices_adopt (RoostDomain *domain, const RoostDomainConfig *config);

/* What the running configuration does not have is the host's again. Awaits: no. */
void roost_host_devices_settle (RoostDomain *domain);

/* After a takeover of all: PCI devices that a daemon took and that no guest has. Awaits: no. */
void roost_host_devices_sweep (RoostManager *manager);
