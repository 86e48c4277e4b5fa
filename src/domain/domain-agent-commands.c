/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/domain-agent.h"

#include "base/co.h"
#include "base/error.h"
#include "base/log.h"
#include "domain/agent-values.h"
#include "domain/status.h"
#include "domain/view-guest-disks.h"

#include <string.h>

#define FREEZE_MS (60 * 1000)
#define TRIM_MS   (10 * 60 * 1000)
#define NS_PER_US 1000

static RoostAgentCommand
command_of (const char *name, JsonObject *args, const RoostAgentContext *context, guint usual_ms)
{
  return (RoostAgentCommand){ .name = name,
                              .args = args,
                              .timeout_ms =
                                  context->timeout_ms > 0 ? context->timeout_ms : usual_ms,
                              .cancellable = context->cancellable };
}

/* Where the answer says nothing. */
static gboolean
tell (RoostDomain *domain,
      const char *name,
      JsonObject *args,
      const RoostAgentContext *context,
      GError **error)
{
  g_autoptr (JsonNode) answer = roost_domain_agent_call (domain, name, args, context, error);

  return answer != NULL;
}

gboolean
roost_domain_agent_ping (RoostDomain *domain, const RoostAgentContext *context, GError **error)
{
  return tell (domain, "guest-ping", NULL, context, error);
}

/* --- what can be asked --- */

static const struct
{
  const char *command;
  GVariant *(*value_of) (JsonNode *answer, const char *command, GError **error);
} facts[ROOST_AGENT_N_FACTS] = {
  [ROOST_AGENT_INFO] = { "guest-info", roost_agent_info },
  [ROOST_AGENT_FREEZE_STATE] = { "guest-fsfreeze-status", roost_agent_freeze_state },
  [ROOST_AGENT_FILESYSTEMS] = { "guest-get-fsinfo", roost_agent_filesystems },
  [ROOST_AGENT_DISKS] = { "guest-get-disks", roost_agent_disks },
  [ROOST_AGENT_INTERFACES] = { "guest-network-get-interfaces", roost_agent_interfaces },
  [ROOST_AGENT_HOSTNAME] = { "guest-get-host-name", roost_agent_hostname },
  [ROOST_AGENT_TIME] = { "guest-get-time", roost_agent_time },
  [ROOST_AGENT_USERS] = { "guest-get-users", roost_agent_users },
  [ROOST_AGENT_OS_INFO] = { "guest-get-osinfo", roost_agent_os_info },
  [ROOST_AGENT_TIMEZONE] = { "guest-get-timezone", roost_agent_timezone },
  [ROOST_AGENT_VCPUS] = { "guest-get-vcpus", roost_agent_vcpus },
};

GVariant *
roost_domain_agent_get (RoostDomain *domain,
                        RoostAgentFact fact,
                        const RoostAgentContext *context,
                        GError **error)
{
  const char *command = facts[fact].command;
  g_autoptr (JsonNode) answer = roost_domain_agent_call (domain, command, NULL, context, error);
  GVariant *value = answer != NULL ? facts[fact].value_of (answer, command, error) : NULL;
  g_autoptr (GVariant) unnamed = NULL;

  if (value == NULL || (fact != ROOST_AGENT_FILESYSTEMS && fact != ROOST_AGENT_DISKS))
    return value;
  unnamed = g_variant_ref_sink (value);
  return roost_view_name_guest_disks (roost_domain_config (domain), unnamed);
}

/* --- power --- */

gboolean
roost_domain_agent_shutdown (RoostDomain *domain,
                             const char *mode,
                             const RoostAgentContext *context,
                             GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autoptr (JsonObject) args = json_object_new ();
  RoostRun *run = domain->run;
  gboolean was_asked = run != NULL && run->was_asked;

  json_object_set_string_member (args, "mode", mode);
  if (run != NULL && g_str_equal (mode, "powerdown"))
    run->was_asked = TRUE; /* the power-off may come before the answer */
  if (tell (domain, "guest-shutdown", args, context, error))
    {
      if (domain->run == run && run != NULL)
        roost_status_note (domain);
      return TRUE;
    }
  if (domain->run == run && run != NULL)
    run->was_asked = was_asked;
  return FALSE;
}

/* --- freezing --- */

static void
thaw_body (gpointer p)
{
  g_autoptr (RoostDomain) domain = p;
  RoostAgentCommand command = { .name = "guest-fsfreeze-thaw", .timeout_ms = FREEZE_MS };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = roost_domain_agent_send (domain, &command, &error);

  if (answer == NULL)
    roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
               "the guest may have been left with frozen filesystems: %s", error->message);
}

/* Nobody will know that it is frozen, so nobody would thaw it. */
static void
undo_freeze (RoostDomain *domain, const RoostAgentCommand *command, const GError *error)
{
  if (command->was_sent
      && (g_error_matches (error, ROOST_ERROR, ROOST_ERROR_TIMEOUT)
          || g_error_matches (error, ROOST_ERROR, ROOST_ERROR_CANCELLED)))
    co_spawn ("thaw", thaw_body, g_object_ref (domain));
}

static JsonObject *
mountpoint_args (const char *const *mountpoints)
{
  JsonObject *args = json_object_new ();
  JsonArray *list = json_array_new ();

  for (guint i = 0; mountpoints[i] != NULL; i++)
    json_array_add_string_element (list, mountpoints[i]);
  json_object_set_array_member (args, "mountpoints", list);
  return args;
}

gboolean
roost_domain_agent_freeze (RoostDomain *domain,
                           const char *const *mountpoints,
                           const RoostAgentContext *context,
                           guint *out_count,
                           GError **error)
{
  gboolean is_all = mountpoints == NULL || mountpoints[0] == NULL;
  g_autoptr (JsonObject) args = is_all ? NULL : mountpoint_args (mountpoints);
  RoostAgentCommand command = command_of (
      is_all ? "guest-fsfreeze-freeze" : "guest-fsfreeze-freeze-list", args, context, FREEZE_MS);
  g_autoptr (GError) local = NULL;
  g_autoptr (JsonNode) answer = roost_domain_agent_send (domain, &command, &local);

  if (answer != NULL)
    return roost_agent_count (answer, command.name, out_count, error);
  undo_freeze (domain, &command, local);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
roost_domain_agent_thaw (RoostDomain *domain,
                         const RoostAgentContext *context,
                         guint *out_count,
                         GError **error)
{
  RoostAgentCommand command = command_of ("guest-fsfreeze-thaw", NULL, context, FREEZE_MS);
  g_autoptr (JsonNode) answer = roost_domain_agent_send (domain, &command, error);

  return answer != NULL && roost_agent_count (answer, command.name, out_count, error);
}

GVariant *
roost_domain_agent_trim (RoostDomain *domain,
                         guint64 minimum,
                         const RoostAgentContext *context,
                         GError **error)
{
  g_autoptr (JsonObject) args = json_object_new ();
  RoostAgentCommand command = command_of ("guest-fstrim", args, context, TRIM_MS);
  g_autoptr (JsonNode) answer = NULL;

  if (minimum > 0)
    json_object_set_int_member (args, "minimum", (gint64)MIN (minimum, (guint64)G_MAXINT64));
  answer = roost_domain_agent_send (domain, &command, error);
  return answer != NULL ? roost_agent_trimmed (answer, command.name, error) : NULL;
}

/* --- time and CPUs --- */

gboolean
roost_domain_agent_set_time (RoostDomain *domain,
                             guint64 time_us,
                             const RoostAgentContext *context,
                             GError **error)
{
  g_autoptr (JsonObject) args = json_object_new ();

  if (time_us > G_MAXINT64 / NS_PER_US)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "%" G_GUINT64_FORMAT " microseconds are beyond the times that the guest "
                        "agent can set",
                        time_us);
  if (time_us > 0)
    json_object_set_int_member (args, "time", (gint64)(time_us * NS_PER_US));
  return tell (domain, "guest-set-time", args, context, error);
}

gboolean
roost_domain_agent_set_vcpus (RoostDomain *domain,
                              GVariant *vcpus,
                              const RoostAgentContext *context,
                              guint *out_count,
                              GError **error)
{
  g_autoptr (JsonObject) args = json_object_new ();
  g_autoptr (JsonNode) answer = NULL;
  JsonArray *list = json_array_new ();
  GVariantIter iter;
  guint32 number;
  gboolean is_online;

  json_object_set_array_member (args, "vcpus", list);
  g_variant_iter_init (&iter, vcpus);
  while (g_variant_iter_next (&iter, "{ub}", &number, &is_online))
    {
      JsonObject *entry = json_object_new ();

      json_object_set_int_member (entry, "logical-id", number);
      json_object_set_boolean_member (entry, "online", is_online);
      json_array_add_object_element (list, entry);
    }
  if (json_array_get_length (list) == 0)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "no virtual CPU is named");
  answer = roost_domain_agent_call (domain, "guest-set-vcpus", args, context, error);
  return answer != NULL && roost_agent_count (answer, "guest-set-vcpus", out_count, error);
}

/* --- users --- */

gboolean
roost_domain_agent_set_password (RoostDomain *domain,
                                 const char *user,
                                 const char *password,
                                 gboolean is_crypted,
                                 const RoostAgentContext *context,
                                 GError **error)
{
  g_autoptr (JsonObject) args = json_object_new ();
  g_autofree char *encoded = g_base64_encode ((const guchar *)password, strlen (password));

  json_object_set_string_member (args, "username", user);
  json_object_set_string_member (args, "password", encoded);
  json_object_set_boolean_member (args, "crypted", is_crypted);
  return tell (domain, "guest-set-user-password", args, context, error);
}

GVariant *
roost_domain_agent_ssh_keys (RoostDomain *domain,
                             const char *user,
                             const RoostAgentContext *context,
                             GError **error)
{
  static const char command[] = "guest-ssh-get-authorized-keys";
  g_autoptr (JsonObject) args = json_object_new ();
  g_autoptr (JsonNode) answer = NULL;

  json_object_set_string_member (args, "username", user);
  answer = roost_domain_agent_call (domain, command, args, context, error);
  return answer != NULL ? roost_agent_ssh_keys (answer, command, error) : NULL;
}

gboolean
roost_domain_agent_change_ssh_keys (RoostDomain *domain,
                                    const RoostAgentKeysChange *change,
                                    const RoostAgentContext *context,
                                    GError **error)
{
  g_autoptr (JsonObject) args = json_object_new ();
  JsonArray *keys = json_array_new ();
  gboolean is_removal = change->what == ROOST_AGENT_KEYS_REMOVE;

  json_object_set_string_member (args, "username", change->user);
  json_object_set_array_member (args, "keys", keys);
  for (guint i = 0; change->keys[i] != NULL; i++)
    json_array_add_string_element (keys, change->keys[i]);
  if (change->what == ROOST_AGENT_KEYS_REPLACE)
    json_object_set_boolean_member (args, "reset", TRUE);
  return tell (domain,
               is_removal ? "guest-ssh-remove-authorized-keys" : "guest-ssh-add-authorized-keys",
               args, context, error);
}
