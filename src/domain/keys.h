/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/facts.h"

/*
 * The keys of a keyboard, by the names that QEMU has for them (QKeyCode: "ctrl", "ret", "f1"). The
 * names of Linux ("KEY_LEFTCTRL") and a few that people use ("enter", "super") are understood, too.
 */

/* A character of a text, as a US keyboard types it. */
typedef struct
{
  const char *key; /* a name of QEMU's */
  gboolean is_shifted;
} RoostKeystroke;

/**
 * roost_key_name:
 * @facts: (nullable): of the binary, which says what keys there are; without them any name will do
 * @name: of a key; upper and lower case are the same
 * Returns: (transfer full): QEMU's name for it. Awaits: no.
 * Errors: INVALID_ARGUMENT, with names that are alike.
 */
char *roost_key_name (const RoostFacts *facts, const char *name, GError **error);

/* Returns: (transfer full): the names that @facts know, sorted; NULL-terminated. */
GStrv roost_key_names (const RoostFacts *facts);

/* FALSE: a US keyboard has no key for @c. Line feed is "ret", a tabulator "tab". */
gboolean roost_key_for_char (gunichar c, RoostKeystroke *out);
