/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-config.h"

#include <gio/gio.h>

/**
 * roost_view_name_guest_disks:
 * @config: what runs
 * @list: aa{sv}, disks as roost_agent_disks () gives them, or file systems with such "disks"
 * Adds to each disk that is one of the domain's the key "disk" (s), its target: the guest says at
 * which address it found it, and, where the domain gives one, with which serial number.
 * Returns: (transfer floating): a copy with that. Awaits: no.
 */
GVariant *roost_view_name_guest_disks (const RoostDomainConfig *config, GVariant *list);
