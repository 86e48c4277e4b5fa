/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/* QEMU says that @alias is gone. FALSE: it is no processor. Awaits: no. */
gboolean roost_hotplug_vcpu_gone (RoostDomain *domain, const char *alias);

/* Plugs the processors that @config has from the start, but that can go: QEMU takes them before the
 * guest's first instruction only so. Awaits: yes. */
gboolean
roost_hotplug_boot_vcpus (RoostDomain *domain, const RoostDomainConfig *config, GError **error);

/* After the daemon was away: how many there are now. Awaits: yes. */
void roost_hotplug_sync_vcpus (RoostDomain *domain);
