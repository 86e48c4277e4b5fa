/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "storage/pool.h"

/*
 * Who we are for the server of a pool, <auth>: the value of its secret, on its way to a program. It
 * stands in no argument, log or document.
 */

/* Text that is wiped when it is freed. */
typedef char RoostWiped;
void roost_wiped_free (RoostWiped *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostWiped, roost_wiped_free)

/* Returns: (transfer full): @text, with its end, as the input of a program; takes it over. */
GBytes *roost_wiped_to_bytes (RoostWiped *text);

/**
 * roost_pool_auth_password:
 * Returns: (transfer full): the password, one line of text. Awaits: yes. Errors: NOT_FOUND (there
 * is no such secret, or it has no value), INVALID_ARGUMENT (it is no line of text), IO, STORAGE.
 */
RoostWiped *roost_pool_auth_password (RoostPool *pool, GError **error);

/* Returns: (transfer full): a key of Ceph, in base64. Awaits: yes. Errors: as above. */
RoostWiped *roost_pool_auth_key (RoostPool *pool, GError **error);
