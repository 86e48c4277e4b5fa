/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/autostart.h"
#include "domain/manager.h"

/*
 * What is kept of a domain: CONFIG_DIR/domain/UUID.xml, the completed document, and beside it
 * UUID.json with what is not in the document (autostart); no such file means the defaults.
 */

gboolean roost_store_prepare (const RoostPlaces *places, GError **error);

/* Awaits: yes. Errors: NO_SPACE, IO. */
gboolean
roost_store_write (const RoostPlaces *places, const char *uuid, const char *xml, GError **error);
gboolean roost_store_write_autostart (const RoostPlaces *places,
                                      const char *uuid,
                                      const RoostAutostart *autostart,
                                      GError **error);
gboolean roost_store_remove (const RoostPlaces *places, const char *uuid, GError **error);

typedef void (*RoostStoreFunc) (const char *uuid,
                                const char *xml,
                                const RoostAutostart *autostart,
                                gpointer data);

/**
 * roost_store_load:
 * Calls @func with each file that is named as a uuid. What cannot be read is set aside, and so is
 * a UUID.json without a domain. Awaits: no.
 */
void roost_store_load (const RoostPlaces *places, RoostStoreFunc func, gpointer data);

char *roost_store_xml_path (const RoostPlaces *places, const char *uuid);

/* Where the state of a domain is: variables of its firmware, its TPM, its log. */
char *roost_store_nvram_dir (const RoostPlaces *places);
char *roost_store_tpm_dir (const RoostPlaces *places, const char *uuid);
/* Removes the state of the TPM of @uuid. Awaits: no. */
void roost_store_forget_tpm (const RoostPlaces *places, const char *uuid);
char *roost_store_log_path (const RoostPlaces *places, const char *name);
