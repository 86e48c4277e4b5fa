/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/fields.h"
#include "model/facts.h"

/*
 * The description of a domain: the struct tree behind the domain XML. The structs stand in
 * model/domain-types.h (included by who looks inside); this header is how documents become structs
 * and back. Everything here is pure: no I/O, no clock, no randomness but that of new UUIDs and
 * MACs.
 */
typedef struct RoostDomainConfig RoostDomainConfig;

/**
 * roost_domain_config_parse:
 * @xml: a <domain> document, UTF-8
 * @issues: (nullable): gets what was not understood
 * Reads only: nothing is filled in but what the table says. Awaits: no.
 * Errors: INVALID_XML ("line L, column C: <disk>: …"), LIMIT_EXCEEDED.
 */
RoostDomainConfig *roost_domain_config_parse (const char *xml, RoostIssues *issues, GError **error);

/**
 * roost_domain_config_complete:
 * @facts: of the binary that the domain names (see roost_domain_config_emulator)
 * @issues: (nullable)
 *
 * Fills in what libvirt's users expect to see after a definition: uuid, machine type (alias → its
 * canonical name), implied controllers and devices, models, MACs, aliases, PCI and other addresses;
 * then runs every check. Idempotent: a completed config is not changed. Awaits: no. Errors:
 * INVALID_XML, NOT_SUPPORTED (this binary cannot do it), EXISTS (an address or name taken twice).
 */
gboolean roost_domain_config_complete (RoostDomainConfig *config,
                                       const RoostFacts *facts,
                                       RoostIssues *issues,
                                       GError **error);

/* Returns: (transfer full): a document that parses to the same config. @flags: RoostFormatFlags. */
char *roost_domain_config_format (const RoostDomainConfig *config, guint flags);

RoostDomainConfig *roost_domain_config_copy (const RoostDomainConfig *config);
void roost_domain_config_free (RoostDomainConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostDomainConfig, roost_domain_config_free)

/* Would the guest see the same machine? Errors: INCOMPATIBLE_GUEST names the first difference. */
gboolean roost_domain_config_same_abi (const RoostDomainConfig *a,
                                       const RoostDomainConfig *b,
                                       GError **error);

/* Never NULL after complete (): */
const char *roost_domain_config_name (const RoostDomainConfig *config);
const char *roost_domain_config_uuid (const RoostDomainConfig *config);
const char *roost_domain_config_arch (const RoostDomainConfig *config);

/* Returns: (nullable): the <emulator> that the XML names; NULL = the default for the architecture.
 */
const char *roost_domain_config_emulator (const RoostDomainConfig *config);
