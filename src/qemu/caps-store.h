/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/facts.h"

#include <gio/gio.h>

/* The facts of a binary as bytes that load in a few milliseconds. */

/**
 * roost_caps_store_format:
 * @identity: what the facts are true of; a change of it makes them worthless
 */
GBytes *roost_caps_store_format (const RoostFacts *facts, const char *identity);

/**
 * roost_caps_store_parse:
 * Awaits: no. Errors: INVALID_ARGUMENT (damaged), NOT_FOUND (of another identity, or written by
 * another version of this code).
 */
RoostFacts *roost_caps_store_parse (GBytes *bytes, const char *identity, GError **error);
