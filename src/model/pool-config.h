/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/fields.h"

/*
 * The description of a storage pool: the struct behind the <pool> document. The struct stands in
 * model/pool-types.h. Pure: no I/O, no randomness but that of a new UUID.
 */
typedef struct RoostPoolConfig RoostPoolConfig;
extern const RoostType roost_pool_type;

/**
 * roost_pool_config_parse:
 * @issues: (nullable): gets what was not understood
 * Errors: INVALID_XML, LIMIT_EXCEEDED.
 */
RoostPoolConfig *roost_pool_config_parse (const char *xml, RoostIssues *issues, GError **error);

/**
 * roost_pool_config_complete:
 * Fills in what libvirt's users expect after a definition (uuid, name from the source, format,
 * target path in its shortest form, sizes of 0), forgets what only a running pool has, then checks
 * that the kind has what it needs. A completed config is not changed. Errors: INVALID_XML.
 */
gboolean roost_pool_config_complete (RoostPoolConfig *config, RoostIssues *issues, GError **error);

/* Returns: (transfer full): a document that parses to the same config. */
char *roost_pool_config_format (const RoostPoolConfig *config);

RoostPoolConfig *roost_pool_config_copy (const RoostPoolConfig *config);
void roost_pool_config_free (RoostPoolConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostPoolConfig, roost_pool_config_free)

/* The name of a pool or of a volume is one component of a path: not empty, no "/", "." or "..",
 * no control character, valid UTF-8, at most 255 bytes. @what: "pool". Errors: INVALID_ARGUMENT. */
gboolean roost_storage_name_check (const char *what, const char *name, GError **error);

/* Returns: (transfer full): @path with one "/" between its parts and none at its end. */
char *roost_path_shorten (const char *path);
