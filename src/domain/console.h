/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * A device of the guest in the hands of one client. The client gets one end of a socket pair, and
 * what it and the device write is carried to the other: so it can be taken away again, its end is
 * noticed, and a pty and a socket look the same.
 */
typedef struct RoostConsole RoostConsole;

typedef void (*RoostConsoleFunc) (RoostConsole *console, gpointer data);

/**
 * roost_console_new:
 * @device_fd: (transfer full): the pty or socket
 * @out_client_fd: (transfer full): for the client
 * @on_end: called once, from the main loop, when either end was closed
 * Errors: LIMIT_EXCEEDED. Awaits: no.
 */
RoostConsole *roost_console_new (
    int device_fd, int *out_client_fd, RoostConsoleFunc on_end, gpointer data, GError **error);

/* Closes both ends, and frees it; @on_end is not called. */
void roost_console_close (RoostConsole *console);

/**
 * roost_console_open_pty:
 * Returns: a descriptor in raw mode, or -1. Errors: IO. Awaits: no.
 */
int roost_console_open_pty (const char *path, GError **error);

/* Returns: a connected descriptor, or -1. Errors: BUSY (its queue is full), IO. Awaits: no. */
int roost_console_open_socket (const char *path, GError **error);
