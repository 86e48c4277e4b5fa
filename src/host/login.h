/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * logind on the system bus: when the host sleeps, goes down, or a user leaves; and inhibitors that
 * make it wait. It is found at run time, and looked for again when the bus or logind went away;
 * without it nothing happens.
 *
 * Signals:
 *   "sleep" (gboolean is_before): the host is about to sleep, or has woken
 *   "shutdown" (gboolean is_before): the host is about to go down, or that was taken back
 *   "left" (): the session of this process, or its user, has left
 */
#define ROOST_TYPE_LOGIN (roost_login_get_type ())
G_DECLARE_FINAL_TYPE (RoostLogin, roost_login, ROOST, LOGIN, GObject)

/* Looks for logind in the background. Awaits: no. */
RoostLogin *roost_login_new (void);

/* Has logind said that the host is going down? */
gboolean roost_login_is_going_down (RoostLogin *login);

typedef enum
{
  ROOST_INHIBIT_JOBS,   /* blocks sleep and shutdown */
  ROOST_INHIBIT_GUESTS, /* delays them, until we have done what there is to do */
  ROOST_INHIBIT_N
} RoostInhibit;

/* Takes the inhibitor, or lets go of it; what logind refuses is logged. It is taken again when
 * logind was restarted. Awaits: no. */
void roost_login_inhibit (RoostLogin *login, RoostInhibit which, gboolean is_wanted);
