/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/manager.h"
#include "host/login.h"

/*
 * What the guests of a host, or of a session, do when it goes: see [power] and [time] of
 * roost.conf.
 */

/* Listens to logind from now on: sleep, shutdown, log-out, inhibitors. @login: (nullable) */
void roost_manager_set_login (RoostManager *manager, RoostLogin *login);

/* Jobs or guests came or went: looks again which inhibitors are needed. Awaits: no. */
void roost_manager_review_inhibitors (RoostManager *manager);

/**
 * roost_manager_leave:
 * @how: KEEP: nothing happens
 * @done: (nullable): called when it is over: all guests are off, or the time is
 * Asks the guests to power off: in the reverse order of their start, those of one order together,
 * so many at once and so long as the configuration says. Those that do not are left as they are, or
 * ended. No guest starts meanwhile, nor again when it powers off. Awaits: no.
 */
void
roost_manager_leave (RoostManager *manager, RoostLeave how, void (*done) (gpointer), gpointer data);

/* How long leaving may take, all in all. */
guint roost_manager_leave_timeout_s (RoostManager *manager);

/* How the guests leave, with the host or with the user. */
RoostLeave roost_manager_leave_for (RoostManager *manager, gboolean is_host);
