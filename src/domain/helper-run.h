/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/helper.h"
#include "domain/view-helpers.h"

/* The table of helpers: which program, with which arguments, as whom; see helper.h. */

/* Runs it. Awaits: no. Errors: those of roost_helpers_start (). */
RoostProcess *roost_helper_run (RoostStart *start, const RoostHelperPlan *plan, GError **error);

/* Has it all that it needs, and does it listen where QEMU, which runs already when it @is_plug,
 * will connect? One that has ended is ready or not. */
gboolean roost_helper_is_ready (const RoostRun *run,
                                const RoostHelperPlan *plan,
                                RoostProcess *process,
                                gboolean is_plug);

/* Removes what it had in the folder of @run. Awaits: no. */
void roost_helper_forget (const RoostRun *run, const RoostHelper *helper);

/* "swtpm" */
const char *roost_helper_program (RoostHelperKind kind);
