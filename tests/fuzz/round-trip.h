/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/fields.h"

/* Reads @text as a document of @type; when that goes, writes it, and aborts unless what was written
 * reads back to the same. */
void fuzz_round_trip (const RoostType *type, const char *name, const char *text, gsize length);
