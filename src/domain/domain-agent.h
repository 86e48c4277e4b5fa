/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/agent.h"
#include "domain/domain-private.h"
#include "qemu/agent.h"

/* What the files of this room share about the agent of a domain. */

/* It came or went: says so, and drops the connection when it went. Awaits: no. */
void roost_domain_set_agent_connected (RoostDomain *domain, gboolean is_connected);

/**
 * roost_domain_agent_call:
 * @args: (nullable) (transfer none)
 * Any command, as it is. Returns: (transfer full): the "return" value, which nobody has looked at
 */
JsonNode *roost_domain_agent_call (RoostDomain *domain,
                                   const char *command,
                                   JsonObject *args,
                                   const RoostAgentContext *context,
                                   GError **error);

/* Returns: (transfer full): the connection, opened when there is none. Awaits: no. */
RoostAgent *roost_domain_open_agent (RoostDomain *domain, GError **error);

/* A command over @agent, which need not be the domain's connection of now; ends with the daemon,
 * too. Awaits: yes. */
JsonNode *roost_domain_agent_ask (RoostDomain *domain,
                                  RoostAgent *agent,
                                  RoostAgentCommand *command,
                                  GError **error);

/* The same over the domain's connection of now. */
JsonNode *roost_domain_agent_send (RoostDomain *domain, RoostAgentCommand *command, GError **error);
