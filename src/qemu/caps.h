/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/facts.h"

#include <gio/gio.h>

/*
 * What the installed binaries can do: asked of each binary once through QMP, kept in memory and in
 * a cache folder, by the binary's identity (path, device, inode, size, change time, module folder's
 * time, access to /dev/kvm, kernel release, our version).
 */
#define ROOST_TYPE_CAPS (roost_caps_get_type ())
G_DECLARE_FINAL_TYPE (RoostCaps, roost_caps, ROOST, CAPS, GObject)

/* @cache_dir: made when missing; a file in it that is corrupt is read anew from the binary. */
RoostCaps *roost_caps_new (const char *cache_dir);

/* Facts that are asked for from now on tell of the host's PCI devices as they are now, so that a
 * device which is given to a guest gets a place on the right kind of bus.
 * @devices_dir: "/sys/bus/pci/devices" */
void roost_caps_read_host_pci (RoostCaps *caps, const char *devices_dir);

/**
 * roost_caps_get_facts:
 * @binary: a path
 * The facts of @binary; concurrent calls for one binary share one probe. Awaits: yes, unless known.
 * Errors: NOT_FOUND (no such binary), QEMU (it does not answer; its stderr is in the text),
 * TIMEOUT.
 */
RoostFacts *roost_caps_get_facts (RoostCaps *caps, const char *binary, GError **error);

/**
 * roost_caps_binary_for:
 * @arch: as the XML says it: "x86_64", "i686", "aarch64" …
 * Returns: (transfer full) (nullable): the path of the system emulator for @arch, searched in $PATH
 *   and in QEMU's usual places
 */
char *roost_caps_binary_for (RoostCaps *caps, const char *arch);

/* Returns: (transfer full): paths of all the emulators that are installed. */
GStrv roost_caps_list_binaries (RoostCaps *caps);
