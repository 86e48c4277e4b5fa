/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/fields.h"

/* An object of @type with random content that its table allows; the same for the same @random. */
gpointer fields_random_new (const RoostType *type, GRand *random);
