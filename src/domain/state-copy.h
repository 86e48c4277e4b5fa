/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/manager.h"

/* Copies of what a guest's firmware and TPM keep; durable, and QEMU's own. Each awaits. */

/* @to is replaced as a whole. Errors: NO_SPACE, IO. */
gboolean
roost_state_copy_file (RoostManager *manager, const char *from, const char *to, GError **error);

/* The files of the folder @from, which need not be there; @to is made. */
gboolean
roost_state_copy_folder (RoostManager *manager, const char *from, const char *to, GError **error);
