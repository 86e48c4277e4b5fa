/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#define ROOST_VSOCK_FIRST_CID 3 /* those below are the hypervisor's and the host's */

/**
 * roost_vsock_check:
 * Is the address @cid free on this host? Blocks for a moment.
 * Errors: EXISTS (somebody has it), HOST_DEVICE (there is no vhost-vsock; says how to get it).
 * Source: the kernel's drivers/vhost/vsock.c, VHOST_VSOCK_SET_GUEST_CID.
 */
gboolean roost_vsock_check (guint cid, GError **error);
