/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/delete.h"
#include "domain/domain-private.h"

/* Why the volume @item of @domain may not go. Awaits: no. Returns: (transfer full) (nullable): NULL
 * = it may */
char *roost_delete_refusal (RoostDomain *domain, const RoostDeleteItem *item);
