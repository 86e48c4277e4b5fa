/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device-walk.h"

/*
 * What defaults and addresses throw says what is wrong. These say, around that, where in the
 * document it comes from and by which rule: "line 5, column 3: <disk>: WHAT (rule drive-address)",
 * as the rules of check.h do. Who is nearest to the cause says it: a second call changes nothing.
 * All return FALSE.
 */

/* @at: (nullable): where @element began */
gboolean
roost_blame (GError **error, const RoostPosition *at, const char *element, const char *rule);
gboolean roost_blame_device (GError **error, const RoostDeviceRef *ref, const char *rule);

/* The first element of that name, see roost_type_find_place (); else the whole document. */
gboolean roost_blame_element (GError **error,
                              const RoostDomainConfig *config,
                              const char *element,
                              const char *rule);

/* Adds a blamed error to @issues (nullable), at its place. */
void roost_blame_report (RoostIssues *issues, const GError *error);
