/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/*
 * Ports of the host that go to a guest. passt is content when it gets one of those that it is told,
 * or the one family of two: whoever finds the others taken is asked beforehand.
 */
typedef struct RoostForward RoostForward;

/* @alias: of the device, for messages; @address: (nullable): all; @dev: (nullable): any */
RoostForward *
roost_forward_new (const char *alias, const char *address, const char *dev, gboolean is_udp);
void roost_forward_free (RoostForward *forward);

/* Adds the ports @first to @last (< 65536), or takes them out. */
void roost_forward_set (RoostForward *forward, guint first, guint last, gboolean is_in);

/**
 * roost_forward_check:
 * Can each of the ports be had now? For a worker thread: there may be thousands.
 * Errors: EXISTS (somebody has it), IO (the text says why: not permitted, no such address or
 * device).
 */
gboolean roost_forward_check (const RoostForward *forward, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostForward, roost_forward_free)
