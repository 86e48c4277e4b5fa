/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/domain-agent.h"

#include "base/co.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/console.h"
#include "domain/view.h"

#include <string.h>

/* --- is it there? --- */

static void
on_closed (RoostAgent *agent, gpointer p)
{
  RoostDomain *domain = p;

  roost_run_drop_agent (domain->run);
}

void
roost_domain_set_agent_connected (RoostDomain *domain, gboolean is_connected)
{
  if (domain->is_agent_connected == is_connected)
    return;
  domain->is_agent_connected = is_connected;
  if (!is_connected && domain->run != NULL)
    roost_run_drop_agent (domain->run);
  roost_domain_changed (domain, ROOST_CHANGE_AGENT);
  roost_domain_emit (domain, "AgentChanged", g_variant_new ("(b)", is_connected));
}

/* --- the connection --- */

static gboolean
check_running (RoostDomain *domain, GError **error)
{
  if (domain->run == NULL || domain->run->document == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' is not running", domain->name);
  if (roost_view_agent_alias (roost_domain_config (domain)) == NULL)
    return roost_throw (error, ROOST_ERROR_AGENT_UNAVAILABLE,
                        "domain '%s' has no channel 'org.qemu.guest_agent.0' for an agent",
                        domain->name);
  if (domain->state != ROOST_DOMAIN_RUNNING && domain->state != ROOST_DOMAIN_SHUTTING_DOWN)
    return roost_throw (error, ROOST_ERROR_AGENT_UNAVAILABLE,
                        "domain '%s' is %s: its agent cannot answer", domain->name,
                        roost_domain_state_name (domain->state));
  return TRUE;
}

static gboolean
check_reachable (RoostDomain *domain, GError **error)
{
  if (!check_running (domain, error))
    return FALSE;
  if (!domain->is_agent_connected)
    return roost_throw (error, ROOST_ERROR_AGENT_UNAVAILABLE,
                        "no agent runs in domain '%s': install qemu-guest-agent there, or wait "
                        "until it has started",
                        domain->name);
  return TRUE;
}

/* The path is our own word, never QEMU's; only that of a pty is, and that was looked at. */
static int
open_channel (RoostDomain *domain, GError **error)
{
  gboolean is_pty = FALSE;
  g_autofree char *path =
      roost_view_agent_path (roost_domain_config (domain), domain->run->dir, &is_pty);

  if (path != NULL && is_pty)
    return roost_console_open_pty (path, error);
  if (path != NULL)
    return roost_console_open_socket (path, error);
  roost_throw (error, ROOST_ERROR_AGENT_UNAVAILABLE,
               "the agent's channel of domain '%s' is connected to something else: only a pty or "
               "a listening socket can be used",
               domain->name);
  return -1;
}

RoostAgent *
roost_domain_open_agent (RoostDomain *domain, GError **error)
{
  g_autoptr (GError) local = NULL;
  RoostRun *run;
  int fd;

  if (!check_reachable (domain, error))
    return NULL;
  run = domain->run;
  if (run->agent != NULL)
    return g_object_ref (run->agent);
  fd = open_channel (domain, &local);
  if (fd < 0)
    {
      roost_throw (error, ROOST_ERROR_AGENT_UNAVAILABLE, "%s", local->message);
      return NULL;
    }
  run->agent = roost_agent_new (fd);
  run->agent_handler = g_signal_connect (run->agent, "closed", G_CALLBACK (on_closed), domain);
  return g_object_ref (run->agent);
}

/* --- a command --- */

static void
on_cancelled (GCancellable *cancellable, gpointer other)
{
  g_cancellable_cancel (other);
}

JsonNode *
roost_domain_agent_ask (RoostDomain *domain,
                        RoostAgent *agent,
                        RoostAgentCommand *command,
                        GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autoptr (GCancellable) closing =
      domain->manager != NULL ? g_object_ref (domain->manager->closing) : NULL;
  GCancellable *asked = command->cancellable;
  g_autoptr (GCancellable) either = g_cancellable_new ();
  gulong of_daemon = 0, of_caller = 0;
  JsonNode *answer;

  if (closing != NULL)
    of_daemon = g_cancellable_connect (closing, G_CALLBACK (on_cancelled), either, NULL);
  if (asked != NULL)
    of_caller = g_cancellable_connect (asked, G_CALLBACK (on_cancelled), either, NULL);
  command->cancellable = either;
  answer = roost_agent_call (agent, command, error);
  command->cancellable = asked;
  g_cancellable_disconnect (closing, of_daemon);
  g_cancellable_disconnect (asked, of_caller);
  return answer;
}

JsonNode *
roost_domain_agent_send (RoostDomain *domain, RoostAgentCommand *command, GError **error)
{
  g_autoptr (RoostAgent) agent = roost_domain_open_agent (domain, error);

  return agent != NULL ? roost_domain_agent_ask (domain, agent, command, error) : NULL;
}

JsonNode *
roost_domain_agent_call (RoostDomain *domain,
                         const char *name,
                         JsonObject *args,
                         const RoostAgentContext *context,
                         GError **error)
{
  RoostAgentCommand command = { .name = name,
                                .args = args,
                                .timeout_ms = context->timeout_ms,
                                .cancellable = context->cancellable };

  return roost_domain_agent_send (domain, &command, error);
}

char *
roost_domain_agent_command (RoostDomain *domain,
                            const char *text,
                            const RoostAgentContext *context,
                            GError **error)
{
  g_autoptr (JsonNode) node = roost_json_parse (text, strlen (text), error);
  JsonObject *root = roost_json_node_object (node);
  const char *name = roost_json_string (root, "execute");
  JsonObject *args = roost_json_object (root, "arguments");
  g_autoptr (JsonNode) answer = NULL;

  if (node == NULL)
    return NULL;
  if (name == NULL
      || json_object_get_size (root) != (json_object_has_member (root, "arguments") ? 2 : 1)
      || (json_object_has_member (root, "arguments") && args == NULL))
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                   "a command is {\"execute\": NAME} or {\"execute\": NAME, \"arguments\": {…}}");
      return NULL;
    }
  roost_domain_add_taint (domain, "custom-ga-command");
  answer = roost_domain_agent_call (domain, name, args, context, error);
  return answer != NULL ? json_to_string (answer, FALSE) : NULL;
}
