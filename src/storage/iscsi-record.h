/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * The record that iscsiadm keeps of a target, with the password for it. iscsiadm takes a password
 * as an argument only, where everybody could read it; so it is written into the record, which is
 * a file of mode 0600 of root.
 */

/* Where the records are when nobody says otherwise. */
extern const char *const roost_iscsi_record_folders[];

/* The text of a record, changed so; anything but our lines stays. Returns: (transfer full) */
char *roost_iscsi_record_change (const char *text, const char *username, const char *password);

/**
 * roost_iscsi_record_set_password:
 * @folders: where to look, ends with NULL
 * @portal: "HOST:PORT", as it was given to iscsiadm; IPv6 in brackets
 * Makes the target ask for CHAP with @username and @password from now on. Awaits: yes.
 * Errors: STORAGE (there is no such record), IO.
 */
gboolean roost_iscsi_record_set_password (const char *const *folders,
                                          const char *target,
                                          const char *portal,
                                          const char *username,
                                          const char *password,
                                          GError **error);
