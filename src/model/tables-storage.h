/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/fields.h"

/* What the tables of pools and of volumes share; private to model/. */
extern const RoostType roost_permissions_type, roost_extent_type, roost_volume_backing_type;
