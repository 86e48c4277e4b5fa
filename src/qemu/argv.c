/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/argv.h"

#include "base/compat.h"
#include "model/address.h"
#include "qemu/build.h"

#include <string.h>

#define FIRST_FD 16

/* --- lists --- */

static void
item_free (gpointer data)
{
  RoostItem *item = data;

  g_free (item->text);
  g_clear_pointer (&item->object, json_object_unref);
  g_free (item);
}

static void
fd_request_free (gpointer data)
{
  RoostFdRequest *request = data;

  g_free (request->alias);
  g_free (request->path);
  g_free (request);
}

static void
secret_request_free (gpointer data)
{
  RoostSecretRequest *request = data;

  g_free (request->usage);
  g_free (request->uuid);
  g_free (request->value);
  g_free (request->path);
  g_free (request);
}

RoostCommand *
roost_command_new (void)
{
  RoostCommand *command = g_new0 (RoostCommand, 1);

  command->fds = g_ptr_array_new_with_free_func (fd_request_free);
  command->secrets = g_ptr_array_new_with_free_func (secret_request_free);
  return command;
}

void
roost_command_free (RoostCommand *command)
{
  if (command == NULL)
    return;
  g_strfreev (command->argv);
  g_strfreev (command->env);
  g_ptr_array_unref (command->fds);
  g_ptr_array_unref (command->secrets);
  g_free (command);
}

/* --- parts without a builder of their own --- */

static gboolean
build_name (RoostBuild *build, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  roost_text_add (text, "guest", build->config->name);
  roost_text_add (text, "debug-threads", "on");
  roost_build_option (build, "-name", text->str);
  roost_build_option (build, "-S", NULL);
  return TRUE;
}

static gboolean
build_process (RoostBuild *build, GError **error)
{
  const GPtrArray *graphics = build->config->devices.graphics;

  if (graphics == NULL || graphics->len == 0)
    roost_build_option (build, "-display", "none");
  roost_build_option (build, "-no-user-config", NULL);
  roost_build_option (build, "-nodefaults", NULL);
  return TRUE;
}

static gboolean
build_monitor (RoostBuild *build, GError **error)
{
  JsonObject *chardev = roost_object_new ("backend", "socket");
  g_autofree char *path = roost_build_run_path (build, "monitor.sock");

  roost_put_string (chardev, "id", "charmonitor");
  if (build->launch->monitor_fd >= 0)
    roost_put_printf (chardev, "fd", "%d", build->launch->monitor_fd);
  else
    roost_put_string (chardev, "path", path);
  roost_put_string (chardev, "server", "on");
  roost_put_string (chardev, "wait", "off");
  roost_build_chardev (build, chardev);
  roost_build_option (build, "-mon", "chardev=charmonitor,id=monitor,mode=control");
  return TRUE;
}

static gboolean
build_deprecation (RoostBuild *build, GError **error)
{
  switch (build->config->qemu_deprecation)
    {
    case ROOST_DEPRECATION_BEHAVIOR_OMIT:
      roost_build_option (build, "-compat", "deprecated-output=hide");
      return TRUE;
    case ROOST_DEPRECATION_BEHAVIOR_REJECT:
      roost_build_option (build, "-compat", "deprecated-input=reject,deprecated-output=hide");
      return TRUE;
    case ROOST_DEPRECATION_BEHAVIOR_CRASH:
      roost_build_option (build, "-compat", "deprecated-input=crash,deprecated-output=hide");
      return TRUE;
    case ROOST_DEPRECATION_BEHAVIOR_NONE:
    case ROOST_DEPRECATION_BEHAVIOR_UNSET:
    default:
      return TRUE;
    }
}

static gboolean
build_genid (RoostBuild *build, GError **error)
{
  JsonObject *device;

  if (!build->config->has_genid)
    return TRUE;
  device = roost_object_new ("driver", "vmgenid");
  roost_put_string (device, "guid", build->config->genid);
  roost_put_string (device, "id", "vmgenid0");
  roost_build_device (build, device);
  return TRUE;
}

static gboolean
build_vmcoreinfo (RoostBuild *build, GError **error)
{
  const RoostFeatures *features = &build->config->features;

  if (features->vmcoreinfo == ROOST_YES
      || (features->vmcoreinfo_given && features->vmcoreinfo == ROOST_UNSET))
    roost_build_device (build, roost_object_new ("driver", "vmcoreinfo"));
  return TRUE;
}

static gboolean
build_sandbox (RoostBuild *build, GError **error)
{
  if (build->host->has_sandbox)
    roost_build_option (build, "-sandbox",
                        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
  return TRUE;
}

static gboolean
build_incoming (RoostBuild *build, GError **error)
{
  if (build->launch->is_incoming)
    roost_build_option (build, "-incoming", "defer");
  return TRUE;
}

static gboolean
build_watchdog_action (RoostBuild *build, GError **error)
{
  const GPtrArray *watchdogs = build->config->devices.watchdogs;
  const RoostWatchdog *watchdog;
  RoostWatchdogAction action;

  if (watchdogs == NULL || watchdogs->len == 0)
    return TRUE;
  watchdog = watchdogs->pdata[0];
  action = watchdog->action == ROOST_WATCHDOG_ACTION_UNSET ? ROOST_WATCHDOG_ACTION_RESET
                                                           : watchdog->action;
  /* A dump is taken by the service while the guest stands still. */
  if (action == ROOST_WATCHDOG_ACTION_DUMP)
    action = ROOST_WATCHDOG_ACTION_PAUSE;
  roost_build_option (build, "-watchdog-action", roost_watchdog_action_names[action]);
  return TRUE;
}

static gboolean
build_user_args (RoostBuild *build, GError **error)
{
  const RoostDomainConfig *config = build->config;
  const RoostQemuArg *arg;
  const RoostQemuEnv *env;

  ROOST_LIST_EACH (RoostQemuArg, arg, config->qemu_args)
    roost_build_option (build, arg->value, NULL);
  ROOST_LIST_EACH (RoostQemuEnv, env, config->qemu_envs)
    roost_build_env (build, env->name, env->value != NULL ? env->value : "");
  return TRUE;
}

static void
build_backend_env (RoostBuild *build)
{
  const RoostAudio *audio;
  const RoostGraphics *graphics;

  ROOST_LIST_EACH (RoostAudio, audio, build->config->devices.audios)
    {
      if (audio->type == ROOST_AUDIO_TYPE_SDL && audio->sdl_driver != ROOST_AUDIO_SDL_DRIVER_UNSET)
        roost_build_env (build, "SDL_AUDIODRIVER", roost_audio_sdl_driver_names[audio->sdl_driver]);
    }
  ROOST_LIST_EACH (RoostGraphics, graphics, build->config->devices.graphics)
    {
      if (graphics->type == ROOST_GRAPHICS_TYPE_VNC && build->host->vnc_sasl)
        roost_build_env (build, "SASL_CONF_PATH", build->host->vnc_sasl_dir);
    }
}

/* --- devices, in the order in which QEMU sees them --- */

typedef gboolean (*DeviceFunc) (RoostBuild *build, gconstpointer device, GError **error);

typedef struct
{
  gsize offset; /* of the list in RoostDevices */
  DeviceFunc build;
} DeviceRow;

#define ROW(list, func)                                                                            \
  {                                                                                                \
    G_STRUCT_OFFSET (RoostDevices, list), (DeviceFunc)(void (*) (void))func                        \
  }

static const DeviceRow before_ccid[] = {
  ROW (hubs, roost_build_hub),
};

static const DeviceRow rows[] = {
  ROW (memories, roost_build_memory_device), ROW (disks, roost_build_disk),
  ROW (filesystems, roost_build_filesystem), ROW (interfaces, roost_build_interface),
  ROW (smartcards, roost_build_smartcard),   ROW (serials, roost_build_serial),
  ROW (parallels, roost_build_parallel),     ROW (channels, roost_build_channel),
  ROW (consoles, roost_build_console),       ROW (tpms, roost_build_tpm),
  ROW (inputs, roost_build_input),           ROW (audios, roost_build_audio),
  ROW (graphics, roost_build_graphics),      ROW (videos, roost_build_video),
  ROW (sounds, roost_build_sound),           ROW (watchdogs, roost_build_watchdog),
  ROW (redirdevs, roost_build_redirdev),     ROW (hostdevs, roost_build_hostdev),
};

static const DeviceRow last_rows[] = {
  ROW (rngs, roost_build_rng),
  ROW (panics, roost_build_panic),
  ROW (shmems, roost_build_shmem),
  ROW (cryptos, roost_build_crypto),
};

static gboolean
build_rows (RoostBuild *build, const DeviceRow *table, guint n, GError **error)
{
  for (guint i = 0; i < n; i++)
    {
      const GPtrArray *list =
          G_STRUCT_MEMBER (GPtrArray *, &build->config->devices, table[i].offset);

      for (guint k = 0; list != NULL && k < list->len; k++)
        {
          if (!table[i].build (build, list->pdata[k], error))
            return FALSE;
        }
    }
  return TRUE;
}

static gboolean
build_balloon (RoostBuild *build, GError **error)
{
  const RoostMemballoon *balloon = build->config->devices.memballoon;

  return balloon == NULL || roost_build_memballoon (build, balloon, error);
}

static gboolean
build_single_devices (RoostBuild *build, GError **error)
{
  const RoostDevices *devices = &build->config->devices;

  if (devices->nvram != NULL && !roost_build_nvram (build, devices->nvram, error))
    return FALSE;
  if (devices->pstore != NULL && !roost_build_pstore (build, devices->pstore, error))
    return FALSE;
  return devices->vsock == NULL || roost_build_vsock (build, devices->vsock, error);
}

static gboolean
build_devices (RoostBuild *build, GError **error)
{
  const RoostIommu *iommu = build->config->devices.iommu;

  if (iommu != NULL && !roost_build_iommu (build, iommu, error))
    return FALSE;
  return roost_build_controllers (build, error)
         && build_rows (build, before_ccid, G_N_ELEMENTS (before_ccid), error)
         && roost_build_ccids (build, error) && build_rows (build, rows, G_N_ELEMENTS (rows), error)
         && build_balloon (build, error)
         && build_rows (build, last_rows, G_N_ELEMENTS (last_rows), error)
         && build_single_devices (build, error);
}

/* --- <os><boot> --- */

static const RoostDeviceInfo *
first_disk (const RoostDomainConfig *config, RoostBootDevice dev)
{
  const RoostDisk *disk;

  ROOST_LIST_EACH (RoostDisk, disk, config->devices.disks)
    {
      gboolean is_cdrom = disk->device == ROOST_DISK_DEVICE_CDROM;
      gboolean is_floppy = disk->device == ROOST_DISK_DEVICE_FLOPPY;

      if ((dev == ROOST_BOOT_DEVICE_CDROM && is_cdrom) || (dev == ROOST_BOOT_DEVICE_FD && is_floppy)
          || (dev == ROOST_BOOT_DEVICE_HD && !is_cdrom && !is_floppy))
        return &disk->info;
    }
  return NULL;
}

static GPtrArray *
boot_devices (const RoostDomainConfig *config)
{
  GPtrArray *list = g_ptr_array_new ();
  const GPtrArray *nets = config->devices.interfaces;
  const RoostBoot *boot;

  ROOST_LIST_EACH (RoostBoot, boot, config->os.boot)
    {
      const RoostDeviceInfo *info = NULL;

      if (boot->dev != ROOST_BOOT_DEVICE_NETWORK)
        info = first_disk (config, boot->dev);
      else if (nets != NULL && nets->len > 0)
        info = nets->pdata[0];
      g_ptr_array_add (list, (gpointer)info);
    }
  return list;
}

/* --- qemu:override --- */

static void
override_property (JsonObject *device, const RoostQemuProperty *property)
{
  switch (property->type)
    {
    case ROOST_PROPERTY_TYPE_UNSIGNED:
    case ROOST_PROPERTY_TYPE_SIGNED:
      roost_put_int (device, property->name, g_ascii_strtoll (property->value, NULL, 10));
      return;
    case ROOST_PROPERTY_TYPE_BOOL:
      roost_put_bool (device, property->name, g_strcmp0 (property->value, "true") == 0);
      return;
    case ROOST_PROPERTY_TYPE_REMOVE:
      json_object_remove_member (device, property->name);
      return;
    case ROOST_PROPERTY_TYPE_STRING:
    case ROOST_PROPERTY_TYPE_UNSET:
    default:
      roost_put_string (device, property->name, property->value);
      return;
    }
}

static void
apply_override (RoostBuild *build, const RoostQemuOverride *override)
{
  for (guint i = 0; i < build->items->len; i++)
    {
      RoostItem *item = build->items->pdata[i];
      const RoostQemuProperty *property;

      if (item->kind != ROOST_ITEM_DEVICE || !json_object_has_member (item->object, "id")
          || g_strcmp0 (json_object_get_string_member (item->object, "id"), override->alias) != 0)
        continue;
      ROOST_LIST_EACH (RoostQemuProperty, property, override->properties)
        override_property (item->object, property);
    }
}

void
roost_build_apply_overrides (RoostBuild *build)
{
  const RoostQemuOverride *override;

  ROOST_LIST_EACH (RoostQemuOverride, override, build->config->qemu_overrides)
    apply_override (build, override);
}

/* --- the whole --- */

typedef gboolean (*PartFunc) (RoostBuild *build, GError **error);

static const PartFunc parts[] = {
  build_name,
  build_deprecation,
  roost_build_firmware,
  roost_build_machine,
  roost_build_cpu,
  roost_build_memory,
  roost_build_smp_and_numa,
  roost_build_identity,
  build_process,
  build_monitor,
  roost_build_clock,
  roost_build_boot,
  build_devices,
  build_genid,
  build_vmcoreinfo,
  roost_build_launch_security,
  build_watchdog_action,
  build_incoming,
  build_sandbox,
};

static void
add_item (GPtrArray *argv, const RoostItem *item)
{
  g_ptr_array_add (argv, g_strdup (item->option));
  if (item->kind == ROOST_ITEM_OPTION && item->text != NULL)
    g_ptr_array_add (argv, g_strdup (item->text));
  else if (item->kind == ROOST_ITEM_CHARDEV)
    g_ptr_array_add (argv, roost_object_key_values (item->object, "backend"));
  else if (item->object != NULL)
    g_ptr_array_add (argv, roost_object_text (item->object));
}

static GStrv
write_argv (RoostBuild *build)
{
  GPtrArray *argv = g_ptr_array_new ();

  g_ptr_array_add (argv, g_strdup (build->facts->binary));
  for (guint i = 0; i < build->items->len; i++)
    add_item (argv, build->items->pdata[i]);
  g_ptr_array_add (argv, g_strdup ("-msg"));
  g_ptr_array_add (argv, g_strdup ("timestamp=on"));
  g_ptr_array_add (argv, NULL);
  return (GStrv)g_ptr_array_free (argv, FALSE);
}

static gboolean
run_parts (RoostBuild *build, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      if (!parts[i](build, error))
        return FALSE;
    }
  build_backend_env (build);
  roost_build_apply_overrides (build);
  return build_user_args (build, error);
}

void
roost_build_init (RoostBuild *build,
                  const RoostDomainConfig *config,
                  const RoostFacts *facts,
                  const RoostLaunch *launch,
                  RoostCommand *command)
{
  memset (build, 0, sizeof *build);
  if (launch->host == NULL)
    build->own_host = launch->is_dry ? roost_host_config_new_preview () : roost_host_config_new ();
  build->config = config;
  build->facts = facts;
  build->launch = launch;
  build->host = launch->host != NULL ? launch->host : build->own_host;
  build->family = roost_machine_family (config);
  build->machine = roost_facts_machine (facts, config->os.machine);
  build->boot = boot_devices (config);
  build->command = command;
  build->items = g_ptr_array_new_with_free_func (item_free);
  build->envs = g_ptr_array_new_with_free_func (g_free);
  build->next_fd = launch->first_fd > 0 ? launch->first_fd : FIRST_FD;
  build->fd_prefix = "";
}

void
roost_build_clear (RoostBuild *build)
{
  g_clear_pointer (&build->items, g_ptr_array_unref);
  g_clear_pointer (&build->envs, g_ptr_array_unref);
  g_clear_pointer (&build->boot, g_ptr_array_unref);
  g_clear_pointer (&build->own_host, roost_host_config_free);
}

/* Returns: (transfer full): the strings of @list, which has none after that */
static GStrv
take_strings (GPtrArray *list)
{
  g_ptr_array_add (list, NULL);
  return (GStrv)g_ptr_array_steal (list, NULL);
}

RoostCommand *
roost_command_build (const RoostDomainConfig *config,
                     const RoostFacts *facts,
                     const RoostLaunch *launch,
                     GError **error)
{
  /* A domain that is only looked at has no aliases yet. */
  g_autoptr (RoostDomainConfig) named = roost_domain_config_copy (config);
  g_autoptr (RoostCommand) command = roost_command_new ();
  g_auto (RoostBuild) build = { 0 };

  roost_build_init (&build, named, facts, launch, command);
  if (!roost_aliases_assign (named, facts, error) || !run_parts (&build, error))
    return NULL;
  command->argv = write_argv (&build);
  command->env = take_strings (build.envs);
  return g_steal_pointer (&command);
}

GStrv
roost_argv_build (const RoostDomainConfig *config,
                  const RoostFacts *facts,
                  const RoostLaunch *launch,
                  GError **error)
{
  g_autoptr (RoostCommand) command = roost_command_build (config, facts, launch, error);
  GPtrArray *words;

  if (command == NULL)
    return NULL;
  words = g_ptr_array_new ();
  for (guint i = 0; command->env[i] != NULL; i++)
    g_ptr_array_add (words, g_strdup (command->env[i]));
  for (guint i = 0; command->argv[i] != NULL; i++)
    g_ptr_array_add (words, g_strdup (command->argv[i]));
  g_ptr_array_add (words, NULL);
  return (GStrv)g_ptr_array_free (words, FALSE);
}

char *
roost_argv_to_text (const char *const *argv)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; argv[i] != NULL; i++)
    {
      gboolean is_plain = strspn (argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                           "0123456789-_=+,./:@%")
                              == strlen (argv[i])
                          && *argv[i] != '\0';
      g_autofree char *quoted = is_plain ? g_strdup (argv[i]) : g_shell_quote (argv[i]);

      if (i > 0)
        g_string_append (text, *argv[i] == '-' ? " \\\n  " : " ");
      g_string_append (text, quoted);
    }
  return g_string_free (text, FALSE);
}
