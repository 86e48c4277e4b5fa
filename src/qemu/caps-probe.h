/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/facts.h"

#include <gio/gio.h>

/**
 * roost_caps_probe:
 * @binary: a path
 * @with_kvm: whether /dev/kvm is there to be tried
 * Starts @binary without a machine and asks it for everything in RoostFacts; a type whose
 * description kills it counts as absent. With KVM, a small guest is run for a moment as well.
 * Awaits: yes. Errors: QEMU (it does not answer; its stderr is in the text), TIMEOUT.
 */
RoostFacts *roost_caps_probe (const char *binary, gboolean with_kvm, GError **error);
