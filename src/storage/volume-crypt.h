/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "storage/secrets.h"
#include "storage/storage.h"

/* New volumes that are encrypted by LUKS: a raw one as a whole, a qcow2 one inside its format. */

/* What qemu-img reads the key from: its standard input. */
#define ROOST_CRYPT_OBJECT "secret,id=key,file=/dev/stdin"

/* Whether such a volume can be made. Awaits: no. Errors: NOT_SUPPORTED. */
gboolean roost_volume_crypt_check (const RoostVolumeConfig *config, GError **error);

/* Returns: (transfer full): the passphrase. Awaits: yes. Errors: NOT_FOUND (no such secret, or it
 * has no value), IO, STORAGE. */
GBytes *
roost_volume_crypt_key (RoostSecrets *secrets, const RoostVolumeConfig *config, GError **error);

/* Appends "key-secret=key" and the cipher to the options of qemu-img create. */
void roost_volume_crypt_options (const RoostVolumeConfig *config, GString *options);
