/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/*
 * A guest that stood still does not know how late it is. Its agent tells it, where there is one.
 */

/* Sets the clock of a guest that runs and has an agent, in a coroutine of its own; what fails goes
 * to the log. Awaits: no. */
void roost_time_catch_up (RoostDomain *domain);

/* Has it been paused for so long that its clock is to be set when it goes on? */
gboolean roost_time_was_long (RoostDomain *domain);
