/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/* Which addresses the guest has on its network cards, from whoever knows them. */
typedef struct
{
  const char *source; /* (nullable): "agent" or "arp" alone; NULL: all, as far as they answer */
  guint timeout_ms;   /* for the agent */
} RoostAddressRequest;

#define ROOST_ADDRESS_TIMEOUT_MS 5000

/**
 * roost_domain_addresses:
 * Awaits: yes. Errors: NOT_RUNNING, INVALID_ARGUMENT (no such source), NOT_SUPPORTED ("lease"),
 * with "agent" alone those of the agent. Returns: (transfer floating): aa{sv}, see
 * introspection/org.roost1.Domain.xml
 */
GVariant *
roost_domain_addresses (RoostDomain *domain, const RoostAddressRequest *request, GError **error);

/* --- pure, for its test --- */

/**
 * roost_addresses_merge:
 * @nics: of RoostNicView
 * @agent: (nullable): aa{sv}, the interfaces as the agent tells them
 * @arp: (nullable): the text of /proc/net/arp
 * Returns: (transfer floating): aa{sv}: each card of the domain, then what else the agent told of
 */
GVariant *roost_addresses_merge (GPtrArray *nics, GVariant *agent, const char *arp);
