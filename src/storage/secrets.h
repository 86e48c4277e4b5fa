/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/secret-config.h"
#include "storage/secret-vault.h"

/*
 * All secrets of this daemon: passphrases and keys for disks, servers and TLS. What is known of one
 * stands in config_dir/secret/UUID.xml, its value beside it in a vault, or in memory only.
 *
 * Signals: "secret-added" (RoostSecretItem), "secret-removed" (RoostSecretItem)
 */
#define ROOST_TYPE_SECRETS (roost_secrets_get_type ())
G_DECLARE_FINAL_TYPE (RoostSecrets, roost_secrets, ROOST, SECRETS, GObject)

/* One secret. Signals: "changed" (guint): always 1 */
#define ROOST_TYPE_SECRET_ITEM (roost_secret_item_get_type ())
G_DECLARE_FINAL_TYPE (RoostSecretItem, roost_secret_item, ROOST, SECRET_ITEM, GObject)

RoostSecrets *roost_secrets_new (const char *config_dir);

/* Reads the definitions; one that cannot be used is set aside. Errors: only when the folder cannot
 * be used. Awaits: no. */
gboolean roost_secrets_load (RoostSecrets *secrets, GError **error);

GPtrArray *roost_secrets_list (RoostSecrets *secrets); /* (transfer container): refs */
RoostSecretItem *roost_secrets_find_uuid (RoostSecrets *secrets,
                                          const char *uuid); /* (transfer none) (nullable) */

/* @type: (nullable): "volume", "ceph", …; NULL = of any. Returns: (transfer none) (nullable): the
 * one for the user @id */
RoostSecretItem *roost_secrets_find_usage (RoostSecrets *secrets, const char *type, const char *id);

/**
 * roost_secrets_define:
 * Stores @xml as a new secret, or in place of the one with its uuid; a value stays, but an
 * ephemeral secret cannot become a stored one, nor a private one public. Awaits: yes. Errors:
 * INVALID_XML, EXISTS (the usage), INVALID_ARGUMENT, NO_SPACE, IO. Returns: (transfer full)
 */
RoostSecretItem *roost_secrets_define (RoostSecrets *secrets, const char *xml, GError **error);

/* Forgets it, value and all; one that is just being set, too. Awaits: yes. Errors: NOT_FOUND (that
 * goes on already), IO. */
gboolean roost_secrets_undefine (RoostSecrets *secrets, RoostSecretItem *secret, GError **error);

/* --- one of them --- */

const RoostSecretConfig *roost_secret_item_config (RoostSecretItem *secret);
gboolean roost_secret_item_has_value (RoostSecretItem *secret);

/* How the value is kept: "memory", "systemd-creds", "file"; "" without one. */
const char *roost_secret_item_protection (RoostSecretItem *secret);

/* Awaits: yes. Errors: LIMIT_EXCEEDED, INVALID_ARGUMENT (empty), NOT_FOUND (it is being undefined),
 * NO_SPACE, IO. */
gboolean roost_secret_item_set_value (RoostSecretItem *secret, GBytes *value, GError **error);

/* As it was set; who asks over the bus is refused before, when it is private. Awaits: yes.
 * Errors: NOT_FOUND (no value), IO, STORAGE. */
GBytes *roost_secret_item_get_value (RoostSecretItem *secret, GError **error);

/* The same for QEMU and tools: a key of Ceph as its bytes, also when it was set as the text in
 * base64 that Ceph prints. */
GBytes *roost_secret_item_get_key (RoostSecretItem *secret, GError **error);
