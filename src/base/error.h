/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * The one error domain of Roost. A code exists because a caller can act on it; the text says what
 * was wrong, where, and what would do. On the bus a code is named org.roost1.Error.*, see error.c.
 */
typedef enum
{
  ROOST_ERROR_NOT_FOUND,
  ROOST_ERROR_EXISTS,
  ROOST_ERROR_INVALID_XML,
  ROOST_ERROR_INVALID_ARGUMENT,
  ROOST_ERROR_NOT_SUPPORTED,
  ROOST_ERROR_NOT_RUNNING, /* also: the process or the connection went away during the call */
  ROOST_ERROR_RUNNING,
  ROOST_ERROR_BUSY,
  ROOST_ERROR_NOT_AUTHORIZED,
  ROOST_ERROR_CANCELLED,
  ROOST_ERROR_TIMEOUT,
  ROOST_ERROR_QEMU,
  ROOST_ERROR_AGENT,
  ROOST_ERROR_AGENT_UNAVAILABLE,
  ROOST_ERROR_STORAGE,
  ROOST_ERROR_HOST_DEVICE,
  ROOST_ERROR_MIGRATION,
  ROOST_ERROR_INCOMPATIBLE_GUEST,
  ROOST_ERROR_IO,
  ROOST_ERROR_NO_SPACE,
  ROOST_ERROR_LIMIT_EXCEEDED,
  ROOST_ERROR_HOOK, /* a script of the administrator refused it */
  ROOST_ERROR_N_CODES
} RoostError;

#define ROOST_ERROR roost_error_quark ()
GQuark roost_error_quark (void);

/**
 * roost_error_name:
 * Returns: the D-Bus name of @code, such as "org.roost1.Error.Busy"
 */
const char *roost_error_name (RoostError code);

/**
 * roost_error_to_public:
 * @error: an error of any domain
 *
 * Translates foreign domains (GIO, GLib's files, JSON, …) to the code a caller of Roost knows;
 * the text is kept. An error of ROOST_ERROR or of G_DBUS_ERROR comes back as it is.
 *
 * Returns: (transfer full): what may leave on the bus
 */
GError *roost_error_to_public (const GError *error);

/**
 * roost_throw:
 * Sets @error from a printf format and returns FALSE, so that a check is one statement. What is not
 * UTF-8 in it is replaced.
 */
gboolean roost_throw (GError **error, RoostError code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* The same from errno-like @err: NO_SPACE for ENOSPC and EDQUOT, NOT_FOUND for ENOENT, else IO;
 * ": " and the system's text are added. */
gboolean roost_throw_errno (GError **error, int err, const char *format, ...) G_GNUC_PRINTF (3, 4);
