/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/forward.h"
#include "model/domain-config.h"

/* What the devices of a configuration need beside QEMU. */

typedef enum
{
  ROOST_HELPER_SWTPM,     /* an emulated TPM */
  ROOST_HELPER_PASST,     /* user networking through passt */
  ROOST_HELPER_VIRTIOFSD, /* a shared folder */
  ROOST_HELPER_GPU,       /* a display of vhost-user-gpu */
  ROOST_HELPER_N_KINDS
} RoostHelperKind;

typedef struct
{
  RoostHelperKind kind;
  char *alias;         /* of the device */
  char *binary;        /* (nullable): a path that the document names */
  char *folder;        /* (nullable): that it shares */
  GStrv args;          /* what the document says, besides descriptors and places */
  GPtrArray *forwards; /* (nullable): of RoostForward: ports of the host that it is to have */
} RoostHelperPlan;

/* Returns: (transfer full): of RoostHelperPlan, in the order of the document */
GPtrArray *roost_view_helpers (const RoostDomainConfig *config);
