/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/pool-config.h"

/*
 * The description of a volume: the struct behind the <volume> document, in model/pool-types.h.
 * Pure.
 */
typedef struct RoostVolumeConfig RoostVolumeConfig;
extern const RoostType roost_volume_document_type;

RoostVolumeConfig *roost_volume_config_parse (const char *xml, RoostIssues *issues, GError **error);

/**
 * roost_volume_config_complete:
 * @pool: (nullable): whose volume it is to be; decides which formats there are
 * Fills in type, format and what features imply, forgets what only an existing volume has, then
 * checks. A completed config is not changed. Errors: INVALID_XML, INVALID_ARGUMENT (the name).
 */
gboolean roost_volume_config_complete (RoostVolumeConfig *config,
                                       const RoostPoolConfig *pool,
                                       RoostIssues *issues,
                                       GError **error);

char *roost_volume_config_format (const RoostVolumeConfig *config);
RoostVolumeConfig *roost_volume_config_copy (const RoostVolumeConfig *config);
void roost_volume_config_free (RoostVolumeConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostVolumeConfig, roost_volume_config_free)

/* Does a volume of @format (nullable) hold an image that qemu-img can open? */
gboolean roost_volume_format_is_image (const char *format);
