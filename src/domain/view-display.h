/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-config.h"

#include <gio/gio.h>

/* What a configuration says of its displays and its screens. None of these awaits. */

typedef enum
{
  ROOST_DISPLAY_VNC,
  ROOST_DISPLAY_SPICE,
  ROOST_DISPLAY_DBUS,
  ROOST_DISPLAY_N_TYPES
} RoostDisplayType;

/* "vnc", "spice", "dbus" */
const char *roost_display_type_name (RoostDisplayType type);

/* Errors: INVALID_ARGUMENT names the known ones. */
gboolean roost_display_type_parse (const char *name, RoostDisplayType *out, GError **error);

/* Returns: (transfer full): aa{sv}, as org.roost1.Domain.Display:Displays documents it; the same
 * of :Heads. No passwords are in them. */
GVariant *roost_view_displays (const RoostDomainConfig *config);
GVariant *roost_view_heads (const RoostDomainConfig *config);

/* Is there a display of this type? @out_is_open: (optional): whether viewers are handed to QEMU
 * (always but for a D-Bus display on a bus of the user's own). */
gboolean roost_view_has_display (const RoostDomainConfig *config,
                                 RoostDisplayType type,
                                 gboolean *out_is_open);

/**
 * roost_view_find_head:
 * @device: (nullable): the alias of a video device; NULL = the first one
 * @out_alias: (transfer none)
 * Errors: NOT_SUPPORTED (no video device at all), NOT_FOUND (no such device), INVALID_ARGUMENT (it
 * has no such head).
 */
gboolean roost_view_find_head (const RoostDomainConfig *config,
                               const char *device,
                               guint head,
                               const char **out_alias,
                               GError **error);

/* Gives each display that listens on a socket without a path one in @run_dir, and VNC one where no
 * address was given and @vnc_on_sockets. */
void
roost_view_name_sockets (RoostDomainConfig *config, const char *run_dir, gboolean vnc_on_sockets);

/* The password of a display. Strings belong to the configuration. */
typedef struct
{
  const char *password;  /* (nullable): none is asked for; "": nobody gets in */
  gint64 expires;        /* seconds since the epoch; -1 never */
  const char *connected; /* (nullable): what becomes of clients: "keep", "disconnect", "fail" */
} RoostDisplayPassword;

/* FALSE: there is no display of this type. */
gboolean roost_view_password (const RoostDomainConfig *config,
                              RoostDisplayType type,
                              RoostDisplayPassword *out);

/* Strings are copied; FALSE as above. */
gboolean roost_view_set_password (RoostDomainConfig *config,
                                  RoostDisplayType type,
                                  const RoostDisplayPassword *password);
