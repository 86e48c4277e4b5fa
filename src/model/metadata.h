/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-config.h"

/*
 * What people and applications say of a domain: its title, its description, and in <metadata> one
 * element for each application, of a namespace of its own. The other elements stay byte for byte as
 * they are.
 */

/**
 * roost_metadata_get:
 * @what: "title", "description" or the URI of a namespace
 * Returns: (transfer full): the text, or the element as it stands in the document. Errors:
 * NOT_FOUND (there is none). Awaits: no.
 */
char *roost_metadata_get (const RoostDomainConfig *config, const char *what, GError **error);

/**
 * roost_metadata_set:
 * @what: "title", "description" or the URI of a namespace
 * @value: the text; of a namespace one element that declares it itself, in place of the one that is
 *   there. "" removes what there is.
 * Errors: INVALID_XML (no element, says where), INVALID_ARGUMENT (it is of another namespace),
 * NOT_FOUND (there is no element to remove). Awaits: no.
 */
gboolean
roost_metadata_set (RoostDomainConfig *config, const char *what, const char *value, GError **error);
