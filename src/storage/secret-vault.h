/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * Values of secrets at rest: FOLDER/UUID.cred, encrypted by systemd-creds with the key of this
 * host, or, where that cannot be done, FOLDER/UUID.value, which only the file's mode protects.
 */

/* Longest value, in bytes. */
#define ROOST_SECRET_MAX (64 * 1024)

/* Returns: (transfer full): bytes that are wiped when they are freed. @data: (transfer full): of
 * g_malloc () */
GBytes *roost_secret_bytes_take (gpointer data, gsize length);

/**
 * roost_vault_write:
 * @out_is_encrypted: whether it was
 * Replaces the value durably. Awaits: yes. Errors: NO_SPACE, IO.
 */
gboolean roost_vault_write (const char *folder,
                            const char *uuid,
                            GBytes *value,
                            gboolean *out_is_encrypted,
                            GError **error);

/**
 * roost_vault_read:
 * @is_encrypted: which of the two there is
 * Awaits: yes. Errors: IO (also: it is gone), STORAGE (it cannot be decrypted here).
 */
GBytes *
roost_vault_read (const char *folder, const char *uuid, gboolean is_encrypted, GError **error);

/* Awaits: yes; what is not there is fine. Errors: IO. */
gboolean roost_vault_remove (const char *folder, const char *uuid, GError **error);

/* FALSE: there is no value. Looks at the folder, so it is only for the start of the daemon. Awaits:
 * no. */
gboolean roost_vault_has (const char *folder, const char *uuid, gboolean *out_is_encrypted);
