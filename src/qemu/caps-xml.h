/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/facts.h"

/**
 * roost_caps_domain_xml:
 * @machine: (nullable): name or alias; NULL = the usual one of the target
 * @is_kvm: with KVM, else with TCG
 * @firmware_dirs: (nullable): descriptor folders; NULL = the usual ones
 * What a domain of that kind can have here, as a <domainCapabilities> document of libvirt's form.
 * Reads small files of the host. Awaits: no. Errors: NOT_SUPPORTED (no such machine, no KVM).
 */
char *roost_caps_domain_xml (const RoostFacts *facts,
                             const char *machine,
                             gboolean is_kvm,
                             const char *const *firmware_dirs,
                             GError **error);
