/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

/**
 * roost_qapi_paths_add:
 * @schema: what query-qmp-schema returned
 * @out_paths: a set of strings, which owns them
 *
 * Writes the schema out as paths, so that "can it do that?" is one look-up:
 *
 *   device_add                                a command; event:NAME for an event
 *   device_add/$json-cli-hotplug              a feature of a command, a type or a member
 *   blockdev-add/arg-type/driver              a member of its arguments, ret-type for its result
 *   blockdev-add/arg-type/driver/^nbd         a value of an enumeration
 *   blockdev-add/arg-type/+nbd/export         a member of the branch "nbd" of a union
 *
 * Lists and alternatives leave no trace in a path. A type within itself is not followed, nor are
 * objects deeper than five. Source: QEMU docs/devel/qapi-code-gen, "Client JSON Protocol
 * introspection".
 */
void roost_qapi_paths_add (JsonArray *schema, GHashTable *out_paths);
