/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"
#include "domain/view-display.h"

/*
 * The displays of a guest that runs. A viewer is handed to QEMU as one end of a socket pair; the
 * daemon takes no part in what follows, and may end meanwhile.
 *
 * VNC and SPICE serve several viewers. The D-Bus display serves one: the daemon remembers who has
 * it, and lets somebody else have it only by force.
 */

typedef struct
{
  gboolean skip_auth; /* the viewer need not know the password; VNC and SPICE */
  gboolean tls;       /* the viewer begins with a TLS handshake; SPICE */
  gboolean force;     /* take the D-Bus display from whoever has it */
} RoostDisplayOptions;

/* Returns: (transfer none): aa{sv}, of what is running or else stored, as
 * org.roost1.Domain.Display:Displays and :Heads document it. Awaits: no. */
GVariant *roost_domain_displays (RoostDomain *domain);
GVariant *roost_domain_heads (RoostDomain *domain);

/**
 * roost_domain_display_open:
 * Makes a socket pair, and gives one end to QEMU. QEMU's D-Bus display lets in only who runs as the
 * daemon's own user, since the daemon made the pair. Awaits: yes.
 * Returns: the other end, or -1. Errors: NOT_RUNNING, NOT_FOUND (no such display), NOT_SUPPORTED
 * (viewers are not handed to this one), BUSY (the D-Bus display is in use), QEMU, TIMEOUT.
 */
int roost_domain_display_open (RoostDomain *domain,
                               RoostDisplayType type,
                               const RoostDisplayOptions *options,
                               GError **error);

/**
 * roost_domain_display_connect:
 * @fd: (transfer none): a connected stream socket of the viewer's making, whose other end it keeps
 * Awaits: yes. Errors: as above; INVALID_ARGUMENT (not such a socket).
 */
gboolean roost_domain_display_connect (RoostDomain *domain,
                                       RoostDisplayType type,
                                       int fd,
                                       const RoostDisplayOptions *options,
                                       GError **error);

/* Makes VNC read its certificates again. Awaits: yes. Errors: NOT_RUNNING, NOT_FOUND (no VNC
 * display), QEMU (it has no TLS, or the files are not good), TIMEOUT. */
gboolean roost_domain_display_reload_tls (RoostDomain *domain, GError **error);

/* --- display-viewer.c: who has the D-Bus display --- */

typedef struct RoostViewer RoostViewer;

/**
 * roost_viewer_new:
 * @fd: (transfer none): QEMU's end of the pair
 * @slot: where the viewer is kept; cleared, and the viewer freed, when the other end was closed
 */
RoostViewer *roost_viewer_new (int fd, RoostViewer **slot);

/* Ends the connection for both sides, and frees it. */
void roost_viewer_cut (RoostViewer *viewer);

/* Lets go of it; viewer and QEMU go on. */
void roost_viewer_free (RoostViewer *viewer);

/* --- display-password.c --- */

typedef struct
{
  const char *caller;
  gboolean live; /* see domain/amend.h */
  gboolean config;
  gint64 expires;        /* seconds since the epoch; -1 never */
  const char *connected; /* (nullable): "keep", "disconnect", "fail" */
} RoostPasswordOptions;

/**
 * roost_domain_set_display_password:
 * @password: not empty: that would be taken for none; VNC knows 8 bytes at most
 * Holds the domain. Awaits: yes.
 * Errors: those of roost_domain_amend (); INVALID_ARGUMENT, NOT_FOUND (no such display),
 * NOT_SUPPORTED (a D-Bus display; QEMU was started without a password; VNC keeps its clients).
 */
gboolean roost_domain_set_display_password (RoostDomain *domain,
                                            RoostDisplayType type,
                                            const char *password,
                                            const RoostPasswordOptions *options,
                                            GError **error);

/* Tells QEMU the password that the display of @type ("vnc", "spice") has in @config, also one that
 * it has already. Awaits: yes. Errors: INVALID_ARGUMENT, NOT_SUPPORTED, QEMU. */
gboolean roost_domain_tell_password (RoostDomain *domain,
                                     const RoostDomainConfig *config,
                                     const char *type,
                                     GError **error);

/* Tells a QEMU that was just started the passwords of @config. Awaits: yes. */
gboolean roost_domain_start_passwords (RoostDomain *domain,
                                       const RoostDomainConfig *config,
                                       GCancellable *cancellable,
                                       GError **error);
