/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/monitor-command.h"

#include "base/error.h"
#include "base/json.h"
#include "domain/domain-private.h"

#include <string.h>

/* Would take the monitor away from Roost, or change how it speaks. */
static const char *const ours[] = { "qmp_capabilities", NULL };

typedef struct
{
  const char *verb; /* "execute" or "exec-oob" */
  const char *command;
  JsonObject *args; /* (nullable) */
  guint timeout_ms;
  JsonNode *answer;
} Raw;

gboolean
roost_monitor_is_question (const char *command)
{
  static const char *const others[] = {
    "qom-get", "qom-list", "qom-list-types", "qom-list-properties", "device-list-properties", NULL
  };

  return g_str_has_prefix (command, "query-") || g_strv_contains (others, command);
}

static gboolean
read_command (JsonNode *node, Raw *out, GError **error)
{
  JsonObject *object = roost_json_node_object (node);
  g_autoptr (GList) members = object != NULL ? json_object_get_members (object) : NULL;

  if (object == NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "a command is a JSON object: {\"execute\": \"query-status\"}");
  for (GList *at = members; at != NULL; at = at->next)
    {
      const char *name = at->data;

      if (g_str_equal (name, "execute") || g_str_equal (name, "exec-oob"))
        {
          out->verb = name;
          out->command = roost_json_string (object, name);
        }
      else if (g_str_equal (name, "arguments"))
        out->args = roost_json_object (object, name);
      else
        return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                            "'%s' has no place in a command: there are \"execute\" or "
                            "\"exec-oob\", and \"arguments\"",
                            name);
    }
  if (out->command == NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the command has no \"execute\" with its name");
  if (json_object_has_member (object, "arguments") && out->args == NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "\"arguments\" are an object");
  if (g_strv_contains (ours, out->command))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "%s is Roost's own: the monitor is set up already", out->command);
  return TRUE;
}

static gboolean
send_command (RoostDomain *domain, gpointer data, GError **error)
{
  Raw *raw = data;
  g_autoptr (RoostQmp) qmp = NULL;

  if (domain->run == NULL || domain->run->qmp == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has no connection to QEMU",
                        domain->name);
  if (g_str_equal (raw->verb, "exec-oob"))
    {
      qmp = g_object_ref (domain->run->qmp);
      raw->answer = roost_qmp_call_oob (qmp, raw->command, raw->args, raw->timeout_ms,
                                        domain->manager->closing, error);
    }
  else
    raw->answer = roost_domain_qmp_within (domain, raw->command, raw->args, raw->timeout_ms, error);
  return raw->answer != NULL;
}

static gboolean
send_and_taint (RoostDomain *domain, gpointer data, GError **error)
{
  roost_domain_add_taint (domain, "custom-monitor");
  return send_command (domain, data, error);
}

/* Before anything is held: a shut-off domain is told apart from a busy one. */
static gboolean
run_command (RoostDomain *domain, Raw *raw, const char *caller, GError **error)
{
  if (domain->run == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' is not running", domain->name);
  if (roost_monitor_is_question (raw->command))
    return send_and_taint (domain, raw, error);
  return roost_domain_operate_active (domain, "monitor-command", caller, send_and_taint, raw,
                                      error);
}

char *
roost_domain_monitor_command (
    RoostDomain *domain, const char *text, guint timeout_ms, const char *caller, GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autoptr (JsonNode) node = roost_json_parse (text, strlen (text), error);
  g_autoptr (JsonNode) answer = NULL;
  Raw raw = { .timeout_ms = timeout_ms > 0 ? timeout_ms : domain->manager->qmp_deadline_ms };
  gboolean is_done;

  if (node == NULL)
    {
      g_prefix_error (error, "the command: ");
      return NULL;
    }
  if (!read_command (node, &raw, error))
    return NULL;
  is_done = run_command (domain, &raw, caller, error);
  answer = raw.answer;
  return is_done ? json_to_string (answer, FALSE) : NULL;
}
