/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/**
 * roost_spell_distance:
 * How many letters must be put into @a, taken out or changed to make it @b. Of @b the first 64
 * bytes count. Awaits: no.
 */
guint roost_spell_distance (const char *a, const char *b);
