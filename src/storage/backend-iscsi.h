/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "storage/backend-tools.h"

/* What the two ways to a target share. */

#define ROOST_ISCSI_PORT 3260

/* The name of the target. */
const char *roost_iscsi_target (RoostPool *pool);

/* A locate () for "unit:0:0:LUN". */
void roost_iscsi_locate (RoostPool *pool, const RoostVolume *volume, RoostStorageSource *out);
