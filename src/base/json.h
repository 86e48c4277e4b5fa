/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

/*
 * JSON from a peer that is not trusted: depth is limited before the recursive parser sees it, and
 * members are read with their type checked (json-glib's own getters only complain in the log).
 */

/* Deeper than any answer of QEMU: a backing chain of some hundred images nests that far. */
#define ROOST_JSON_MAX_DEPTH 512

/**
 * roost_json_parse:
 * @text: @length bytes; need not end in a NUL
 * Returns: (transfer full): the document
 * Awaits: no. Errors: INVALID_ARGUMENT (not JSON, not UTF-8, empty), LIMIT_EXCEEDED (nested deeper
 * than ROOST_JSON_MAX_DEPTH).
 */
JsonNode *roost_json_parse (const char *text, gsize length, GError **error);

/* Members of @object (nullable). The fallback, or NULL, where it is absent or of another type. */
const char *roost_json_string (JsonObject *object, const char *name);
gint64 roost_json_int (JsonObject *object, const char *name, gint64 fallback);
gboolean roost_json_bool (JsonObject *object, const char *name, gboolean fallback);
JsonObject *roost_json_object (JsonObject *object, const char *name);
JsonArray *roost_json_array (JsonObject *object, const char *name);

/* Elements of @array (nullable); NULL where there is none, or it is of another type. */
const char *roost_json_string_at (JsonArray *array, guint index);
JsonObject *roost_json_object_at (JsonArray *array, guint index);

/* Returns: (transfer none) (nullable): what @node (nullable) holds when it is of that kind */
JsonObject *roost_json_node_object (JsonNode *node);
JsonArray *roost_json_node_array (JsonNode *node);

/* 0 for NULL, so that a loop over an optional list is one statement. */
guint roost_json_length (JsonArray *array);
