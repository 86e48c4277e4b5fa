/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tool.h"

#include "base/error.h"
#include "domain/hotplug-view.h"
#include "model/address.h"
#include "qemu/plug.h"
#include "qemu/put.h"

/* A guest that runs, and a device that comes or goes: what QEMU would be told. */

static void
add_command (JsonArray *commands, const char *name, JsonObject *args)
{
  JsonObject *command = roost_object_new ("execute", name);

  if (args != NULL)
    roost_put_child (command, "arguments", json_object_ref (args));
  json_array_add_object_element (commands, command);
}

static RoostPlug *
build (const RoostDomainConfig *config, GArray *refs, const RoostFacts *facts, GError **error)
{
  const RoostLaunch launch = {
    .run_dir = "/run/roost/domain",
    .state_dir = "/var/lib/roost",
    .is_privileged = TRUE,
    .is_dry = TRUE,
    .monitor_fd = -1,
  };

  return roost_plug_build (config, refs, facts, &launch, error);
}

static gboolean
complete (RoostDomainConfig *config, const RoostFacts *facts, GError **error)
{
  return roost_domain_config_complete (config, facts, NULL, error)
         && roost_aliases_assign (config, facts, error);
}

static gboolean
attach (RoostDomainConfig *config,
        RoostDeviceRef *device,
        const RoostFacts *facts,
        JsonArray *commands,
        GError **error)
{
  g_autoptr (RoostDomainConfig) was = roost_domain_config_copy (config);
  g_autoptr (GArray) added = NULL;
  g_autoptr (RoostPlug) plug = NULL;

  if (!roost_plug_check (device, error) || !roost_device_insert (config, device, error)
      || !complete (config, facts, error))
    return FALSE;
  added = roost_devices_added (was, config);
  plug = build (config, added, facts, error);
  for (guint i = 0; plug != NULL && i < plug->commands->len; i++)
    {
      const RoostPlugCommand *command = plug->commands->pdata[i];

      add_command (commands, command->command, command->args);
    }
  return plug != NULL;
}

static gboolean
detach (RoostDomainConfig *config,
        const RoostDeviceRef *like,
        const RoostFacts *facts,
        JsonArray *commands,
        GError **error)
{
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  g_autoptr (RoostPlug) plug = NULL;
  RoostDeviceRef found;

  if (!roost_device_find_like (config, like, &found, error) || !roost_plug_check (&found, error))
    return FALSE;
  g_array_append_val (refs, found);
  plug = build (config, refs, facts, error);
  for (guint i = plug != NULL ? plug->commands->len : 0; i-- > 0;)
    {
      const RoostPlugCommand *command = plug->commands->pdata[i];

      if (command->undo != NULL)
        add_command (commands, command->undo, command->undo_args);
    }
  roost_device_remove (config, &found);
  return plug != NULL;
}

/* Only the names of the commands: their values are looked at elsewhere. */
static const struct
{
  RoostLiveChange change;
  const char *commands[4];
} updates[] = {
  { ROOST_LIVE_MEDIUM,
    { "blockdev-open-tray", "blockdev-remove-medium", "blockdev-insert-medium",
      "blockdev-close-tray" } },
  { ROOST_LIVE_LINK, { "set_link" } },
  { ROOST_LIVE_SIZE, { "qom-set" } },
  { ROOST_LIVE_PASSWORD, { "set_password", "expire_password" } },
};

static gboolean
update (RoostDomainConfig *config,
        RoostDeviceRef *given,
        const RoostFacts *facts,
        JsonArray *commands,
        GError **error)
{
  g_auto (RoostDeviceRef) was = { 0 };
  g_auto (RoostDeviceRef) like = { 0 };
  RoostDeviceRef found;
  guint what = 0;

  if (!roost_device_find_like (config, given, &found, error))
    return FALSE;
  roost_device_copy (&found, &was);
  roost_device_copy (given, &like);
  roost_device_inherit (given, &was);
  roost_device_replace (config, &found, given);
  if (!complete (config, facts, error) || !roost_device_find_like (config, &like, &found, error)
      || !roost_device_live_changes (&was, &found, &what, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (updates); i++)
    for (guint j = 0; what & updates[i].change && j < 4 && updates[i].commands[j] != NULL; j++)
      add_command (commands, updates[i].commands[j], NULL);
  return TRUE;
}

static gboolean
change (RoostDomainConfig *config,
        GStrv parts,
        const RoostFacts *facts,
        JsonArray *commands,
        GError **error)
{
  g_auto (RoostDeviceRef) device = { 0 };
  g_autofree char *text = NULL;

  if (!complete (config, facts, error) || !g_file_get_contents (parts[2], &text, NULL, error)
      || !roost_device_parse (text, &device, error))
    return FALSE;
  if (g_str_equal (parts[0], "attach"))
    return attach (config, &device, facts, commands, error);
  if (g_str_equal (parts[0], "update"))
    return update (config, &device, facts, commands, error);
  return detach (config, &device, facts, commands, error);
}

gboolean
tool_plug_line (Tool *tool, const char *line, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (line, "\t", 5);
  g_autoptr (GError) reason = NULL;
  g_autoptr (RoostFacts) facts = NULL;
  g_autoptr (RoostDomainConfig) config = NULL;
  g_autoptr (JsonObject) result = json_object_new ();
  JsonArray *commands = json_array_new ();
  g_autofree char *xml = NULL;
  g_autofree char *text = NULL;

  json_object_set_array_member (result, "commands", commands);
  if (g_strv_length (parts) != 5)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "not ACTION TAB DOMAIN TAB DEVICE TAB LACKING TAB RESULT: %s", line);
  config = tool_load (tool, parts[1], parts[3], &facts, &reason);
  if (config != NULL && change (config, parts, facts, commands, &reason))
    xml = roost_domain_config_format (config, ROOST_FORMAT_SECRETS | ROOST_FORMAT_LIVE);
  if (xml != NULL)
    roost_put_string (result, "xml", xml);
  else
    roost_put_string (result, "error", reason->message);
  text = roost_object_text (result);
  return g_file_set_contents (parts[4], text, -1, error);
}
