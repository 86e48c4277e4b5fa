/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-config.h"

/*
 * Firmware chosen by QEMU's JSON descriptors: /usr/share/qemu/firmware, /etc/qemu/firmware,
 * $XDG_CONFIG_HOME/qemu/firmware; the same file name in a later folder overrides, an empty one
 * masks; sorted by name, the first match on architecture, machine and features wins. Source: QEMU
 * docs/interop/firmware.json.
 */

/**
 * roost_firmware_resolve:
 * @config: completed; a config that asks for <os firmware='…'> gets loader and nvram template
 * filled in, and an nvram path in @nvram_dir; one that names them itself is left alone
 * @dirs: (nullable): descriptor folders, lowest priority first; NULL = the usual ones
 * Reads small files of the host. Awaits: no.
 * Errors: NOT_SUPPORTED: no firmware fits; the text says which were looked at and why not.
 */
gboolean roost_firmware_resolve (RoostDomainConfig *config,
                                 const char *nvram_dir,
                                 const char *const *dirs,
                                 GError **error);
