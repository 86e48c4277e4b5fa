/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * The one question that is put to polkitd, on a connection of ours: libpolkit would open its own,
 * which ends the process when the bus goes away, and would wait for its proxy.
 */

typedef struct
{
  gboolean is_authorized;
  gboolean is_challenge; /* a password would do */
  gboolean is_temporary; /* held only for a while, because a password was given */
} RoostPolkitAnswer;

/**
 * roost_polkit_check:
 * @sender: the unique bus name of the caller
 * @details: (nullable): a{ss}, for rules and agents; a floating reference is taken
 * @is_interactive: an agent may ask the user; then the answer may take minutes
 * @cancellable: (nullable): takes the question back
 */
void roost_polkit_check (GDBusConnection *connection,
                         const char *sender,
                         const char *action,
                         GVariant *details,
                         gboolean is_interactive,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer data);

/* Errors: those of the call; polkit is absent, silent or does not know the action. */
gboolean
roost_polkit_check_finish (GAsyncResult *res, RoostPolkitAnswer *out_answer, GError **error);
