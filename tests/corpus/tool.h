/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-config.h"
#include "model/facts.h"

#include <json-glib/json-glib.h>

/* What the files of the corpus tool share. */

typedef struct Tool Tool;

/* Returns: (transfer full): the completed document in the file @path. @lacking: (nullable): a
 * device that QEMU is pretended not to have, from then on. Awaits: yes. */
RoostDomainConfig *tool_load (
    Tool *tool, const char *path, const char *lacking, RoostFacts **out_facts, GError **error);

/* One line "ACTION TAB DOMAIN TAB DEVICE TAB LACKING TAB RESULT" of batch-plug: ACTION is "attach",
 * "detach" or "update", the next two are files, LACKING is a device that QEMU is pretended not to
 * have (may be empty). RESULT becomes a JSON object with "commands" (of "execute" and "arguments",
 * in their order; of an update without arguments) and "xml", the document of what then runs; or
 * with "error". Awaits: yes. */
gboolean tool_plug_line (Tool *tool, const char *line, GError **error);
