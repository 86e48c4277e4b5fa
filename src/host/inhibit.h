/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * One inhibitor of logind: wanted or not, held or not. What is wanted is asked for as soon as there
 * is a connection; the answer may come when it is not wanted any more. Not for more than one
 * thread.
 */
typedef struct RoostInhibitor RoostInhibitor;

/* @what: "shutdown" or "sleep": one that names several needs another right of logind, which a user
 * without a session has not. @mode: "block" or "delay". @why: for people. All strings are static.
 */
RoostInhibitor *roost_inhibitor_new (const char *what, const char *mode, const char *why);
void roost_inhibitor_free (RoostInhibitor *inhibitor);

/* @bus: (nullable): where logind is; NULL when it is not there, and what was held is gone */
void roost_inhibitor_set_bus (RoostInhibitor *inhibitor, GDBusConnection *bus);
void roost_inhibitor_want (RoostInhibitor *inhibitor, gboolean is_wanted);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostInhibitor, roost_inhibitor_free)
