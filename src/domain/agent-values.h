/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

/*
 * Answers of the agent as D-Bus values. The guest may send anything: every type is checked, and one
 * member of a wrong type makes the answer an error rather than a guess. All fail with AGENT, whose
 * text names the command. Source: QEMU qga/qapi-schema.json.
 */

typedef struct
{
  const char *json; /* its name in the answer */
  const char *key;  /* its name on the bus */
  char type;        /* 's', 'b', 'i', 'u', 'x', 't'; 'T': seconds (with a fraction) → 't' in
                       microseconds */
  gboolean is_required;
} RoostAgentMember;

/* Adds to @dict what is there of @members (ends with a row whose json is NULL). */
gboolean roost_agent_add_members (GVariantDict *dict,
                                  JsonObject *object,
                                  const RoostAgentMember *members,
                                  const char *command,
                                  GError **error);

/* Sets @error for an answer that is not what it should be: @what: "has no proper 'user'". */
gboolean roost_agent_throw (GError **error, const char *command, const char *what);

/* All return a floating value; NULL on error. */
GVariant *roost_agent_info (JsonNode *answer, const char *command, GError **error);
GVariant *roost_agent_freeze_state (JsonNode *answer, const char *command, GError **error);
GVariant *roost_agent_filesystems (JsonNode *answer, const char *command, GError **error);
GVariant *roost_agent_disks (JsonNode *answer, const char *command, GError **error);
GVariant *roost_agent_interfaces (JsonNode *answer, const char *command, GError **error);
GVariant *roost_agent_hostname (JsonNode *answer, const char *command, GError **error);
GVariant *roost_agent_time (JsonNode *answer, const char *command, GError **error);
GVariant *roost_agent_users (JsonNode *answer, const char *command, GError **error);
GVariant *roost_agent_os_info (JsonNode *answer, const char *command, GError **error);
GVariant *roost_agent_timezone (JsonNode *answer, const char *command, GError **error);
GVariant *roost_agent_vcpus (JsonNode *answer, const char *command, GError **error);
GVariant *roost_agent_trimmed (JsonNode *answer, const char *command, GError **error);
GVariant *roost_agent_ssh_keys (JsonNode *answer, const char *command, GError **error);

/* A number of things that were done. */
gboolean
roost_agent_count (JsonNode *answer, const char *command, guint *out_count, GError **error);
