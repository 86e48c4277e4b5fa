/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/fields.h"
#include "model/enums.h"

/*
 * The description of a secret: the struct behind the <secret> document. The value is never in it.
 * Pure: no I/O, no randomness but that of a new UUID.
 */
#define ROOST_SECRET_USAGE_LIST(V)                                                                 \
  V (ROOST_SECRET_USAGE_VOLUME, "volume")                                                          \
  V (ROOST_SECRET_USAGE_CEPH, "ceph")                                                              \
  V (ROOST_SECRET_USAGE_ISCSI, "iscsi")                                                            \
  V (ROOST_SECRET_USAGE_TLS, "tls")                                                                \
  V (ROOST_SECRET_USAGE_VTPM, "vtpm")
ROOST_ENUM_DECLARE (RoostSecretUsage, ROOST_SECRET_USAGE, roost_secret_usage)

typedef struct
{
  RoostPosition position;
  RoostTristate is_ephemeral; /* kept in memory only */
  RoostTristate is_private;   /* its value cannot be read back */
  char *uuid, *description;
  RoostSecretUsage usage;
  char *volume, *name, *target; /* one of them: who uses it */
} RoostSecretConfig;

extern const RoostType roost_secret_config_type;

/**
 * roost_secret_config_parse:
 * @issues: (nullable): gets what was not understood
 * Reads the document, makes up a uuid where it is missing, and checks that the usage names its
 * user. Errors: INVALID_XML, LIMIT_EXCEEDED.
 */
RoostSecretConfig *roost_secret_config_parse (const char *xml, RoostIssues *issues, GError **error);

/* Returns: (transfer full): a document that parses to the same config. */
char *roost_secret_config_format (const RoostSecretConfig *config);

/* Returns: (nullable): who uses it: the path of a volume, the name of a Ceph user, … */
const char *roost_secret_config_usage_id (const RoostSecretConfig *config);

void roost_secret_config_free (RoostSecretConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostSecretConfig, roost_secret_config_free)
