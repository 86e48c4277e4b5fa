/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "storage/secrets.h"
#include "storage/storage.h"

/* New volumes that are encrypted by LUKS: a raw one as a whole, a qcow2 one inside its format. */

/* Whether such a volume can be made. Awaits: no. Errors: NOT_SUPPORTED. */
gboolean roost_volume_crypt_check (const RoostVolumeConfig *config, GError **error);

/* Returns: (transfer full): the passphrase. Awaits: yes. Errors: NOT_FOUND (no such secret, or it
 * has no value), IO, STORAGE. */
GBytes *
roost_volume_crypt_key (RoostSecrets *secrets, const RoostVolumeConfig *config, GError **error);

/* The same for the secret with the uuid @name, or that of a volume with the usage @name. */
GBytes *roost_volume_crypt_find (RoostSecrets *secrets, const char *name, GError **error);

/* Appends the cipher, and that the key is @id, to the text of an option -o of qemu-img. */
void roost_volume_crypt_options (const RoostVolumeConfig *config, const char *id, GString *options);
