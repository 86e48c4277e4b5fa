/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/view.h"

#include "base/compat.h"
#include "domain/tune.h"
#include "domain/view-display.h"
#include "base/error.h"
#include "domain/hotplug-view.h"
#include "model/domain-types.h"

#include <string.h>

static char *
dup_text (const char *text)
{
  return g_strdup (text != NULL ? text : "");
}

static const char *
intern_text (const char *text)
{
  return g_intern_string (text != NULL ? text : "");
}

void
roost_view_summary (const RoostDomainConfig *config, RoostDomainSummary *out)
{
  out->title = dup_text (config->title);
  out->description = dup_text (config->description);
  out->type = roost_virt_type_names[config->type];
  out->os_type = roost_os_type_names[config->os.type];
  out->machine = intern_text (config->os.machine);
  out->arch = intern_text (config->os.arch);
  out->memory_max = config->memory.value;
  out->memory_resized = roost_view_resized_memory (config, &out->has_resized_memory);
  out->memory = roost_view_plain_memory (config);
  if (config->current_memory.is_set)
    out->memory = MIN (out->memory, config->current_memory.value);
  out->memory += out->memory_resized;
  out->vcpus_max = config->vcpus.is_set ? (guint)config->vcpus.value : 1;
  out->memory_period_s =
      config->devices.memballoon != NULL ? config->devices.memballoon->stats_period_s.value : 0;
  out->devices = roost_view_aliases (config);
  out->vcpus = config->current_vcpus.is_set ? (guint)config->current_vcpus.value : out->vcpus_max;
  out->displays = roost_view_displays (config);
  out->heads = roost_view_heads (config);
  out->tuning = roost_tune_view (config);
}

/* --- what follows a power-off, a reboot, a crash --- */

static RoostAction
action_of (RoostLifecycle lifecycle, RoostAction fallback)
{
  switch (lifecycle)
    {
    case ROOST_LIFECYCLE_DESTROY:
      return ROOST_ACTION_DESTROY;
    case ROOST_LIFECYCLE_RESTART:
    case ROOST_LIFECYCLE_RENAME_RESTART:
      return ROOST_ACTION_RESTART;
    case ROOST_LIFECYCLE_PRESERVE:
      return ROOST_ACTION_PRESERVE;
    case ROOST_LIFECYCLE_COREDUMP_DESTROY:
      return ROOST_ACTION_DUMP_DESTROY;
    case ROOST_LIFECYCLE_COREDUMP_RESTART:
      return ROOST_ACTION_DUMP_RESTART;
    case ROOST_LIFECYCLE_UNSET:
    default:
      return fallback;
    }
}

RoostAction
roost_view_on_poweroff (const RoostDomainConfig *config)
{
  return action_of (config->on_poweroff, ROOST_ACTION_DESTROY);
}

RoostAction
roost_view_on_reboot (const RoostDomainConfig *config)
{
  return action_of (config->on_reboot, ROOST_ACTION_RESTART);
}

RoostAction
roost_view_on_crash (const RoostDomainConfig *config)
{
  return action_of (config->on_crash, ROOST_ACTION_DESTROY);
}

gboolean
roost_view_set_lifecycle (RoostDomainConfig *config,
                          const char *event,
                          const char *action,
                          GError **error)
{
  const struct
  {
    const char *event;
    RoostLifecycle *member;
  } members[] = { { "poweroff", &config->on_poweroff },
                  { "reboot", &config->on_reboot },
                  { "crash", &config->on_crash } };
  RoostLifecycle wanted = ROOST_LIFECYCLE_UNSET;

  for (guint i = ROOST_LIFECYCLE_UNSET + 1; roost_lifecycle_names[i] != NULL; i++)
    if (g_str_equal (roost_lifecycle_names[i], action))
      wanted = (RoostLifecycle)i;
  if (wanted == ROOST_LIFECYCLE_UNSET)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "there is no action '%s'; the actions are destroy, restart, preserve, "
                        "coredump-destroy, coredump-restart",
                        action);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    if (g_str_equal (members[i].event, event))
      {
        *members[i].member = wanted;
        return TRUE;
      }
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                      "there is no event '%s'; the events are poweroff, reboot, crash", event);
}

gboolean
roost_view_can_sleep (const RoostDomainConfig *config, gboolean to_disk, gboolean to_mem)
{
  return !(to_disk && config->suspend_to_disk == ROOST_NO)
         && !(to_mem && config->suspend_to_mem == ROOST_NO);
}

gboolean
roost_view_watchdog_dumps (const RoostDomainConfig *config)
{
  const GPtrArray *watchdogs = config->devices.watchdogs;
  const RoostWatchdog *first = watchdogs != NULL && watchdogs->len > 0 ? watchdogs->pdata[0] : NULL;

  return first != NULL && first->action == ROOST_WATCHDOG_ACTION_DUMP;
}

/* --- the clock --- */

gboolean
roost_view_clock_offset (const RoostDomainConfig *config, gint64 *out_seconds)
{
  const char *text = config->clock.adjustment;

  if (config->clock.offset != ROOST_CLOCK_OFFSET_VARIABLE)
    return FALSE;
  *out_seconds = text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0; /* "reset": 0 */
  return TRUE;
}

gboolean
roost_view_clock_is_local (const RoostDomainConfig *config)
{
  return config->clock.basis == ROOST_CLOCK_BASIS_LOCALTIME;
}

void
roost_view_set_clock_offset (RoostDomainConfig *config, gint64 seconds)
{
  g_free (config->clock.adjustment);
  config->clock.adjustment = g_strdup_printf ("%" G_GINT64_FORMAT, seconds);
}

/* --- files --- */

static void
needed_file_free (gpointer p)
{
  RoostNeededFile *file = p;

  g_free (file->path);
  g_free (file->what);
  g_free (file->alias);
  g_free (file);
}

/* Returns: (transfer none) (nullable): the new one */
static RoostNeededFile *
need (GPtrArray *files, const char *path, const char *what, const char *which)
{
  RoostNeededFile *file;

  if (path == NULL || *path == '\0')
    return NULL;
  file = g_new0 (RoostNeededFile, 1);
  file->path = g_strdup (path);
  file->what = which != NULL ? g_strdup_printf ("%s '%s'", what, which) : g_strdup (what);
  g_ptr_array_add (files, file);
  return file;
}

static const char *
host_path (const RoostStorageSource *source)
{
  if (source->type == ROOST_SOURCE_TYPE_FILE)
    return source->file;
  if (source->type == ROOST_SOURCE_TYPE_BLOCK)
    return source->dev;
  return source->type == ROOST_SOURCE_TYPE_DIR ? source->dir : NULL;
}

static gboolean
may_be_empty (const RoostDisk *disk)
{
  RoostStartupPolicy policy = disk->source.startup_policy;

  return policy == ROOST_STARTUP_POLICY_OPTIONAL
         && (disk->device == ROOST_DISK_DEVICE_CDROM || disk->device == ROOST_DISK_DEVICE_FLOPPY);
}

static gboolean
keeps_owner (const GPtrArray *labels)
{
  const RoostSeclabel *label;

  ROOST_LIST_EACH (const RoostSeclabel, label, labels)
    if ((label->model == NULL || g_str_equal (label->model, "dac"))
        && (label->relabel == ROOST_NO || label->type == ROOST_SECLABEL_TYPE_NONE))
      return TRUE;
  return FALSE;
}

static void
need_source (GPtrArray *files,
             const RoostDisk *disk,
             const RoostStorageSource *source,
             const GPtrArray *labels)
{
  RoostNeededFile *file = need (files, host_path (source), "disk", disk->target);

  if (file == NULL)
    return;
  file->alias = g_strdup (disk->info.alias);
  file->is_dir = source->type == ROOST_SOURCE_TYPE_DIR;
  file->is_fixed = keeps_owner (source->seclabels) || keeps_owner (labels);
  if (source != &disk->source)
    return;
  file->is_optional = may_be_empty (disk);
  file->is_written = !disk->readonly;
}

GPtrArray *
roost_view_needed_files (const RoostDomainConfig *config)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (needed_file_free);
  const char *nvram = NULL;
  const char *template = NULL;
  RoostNeededFile *loader;
  RoostNeededFile *variables;
  const RoostDisk *disk;

  need (files, config->os.kernel, "kernel", NULL);
  need (files, config->os.initrd, "initrd", NULL);
  need (files, config->os.dtb, "device tree", NULL);
  loader = need (files, config->os.loader, "loader", NULL);
  if (loader != NULL)
    loader->is_written = config->os.loader_readonly == ROOST_NO;
  if (roost_view_nvram (config, &nvram, &template)
      && (variables = need (files, nvram, "firmware variables", NULL)) != NULL)
    variables->is_written = TRUE;
  ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
    {
      need_source (files, disk, &disk->source, config->seclabels);
      for (const RoostBackingStore *below = disk->backing_store; below != NULL;
           below = below->backing_store)
        need_source (files, disk, &below->source, config->seclabels);
    }
  return files;
}

void
roost_view_drop_medium (RoostDomainConfig *config, const char *path)
{
  RoostDisk *disk;

  ROOST_LIST_EACH (RoostDisk, disk, config->devices.disks)
    {
      if (may_be_empty (disk) && g_strcmp0 (host_path (&disk->source), path) == 0)
        {
          g_clear_pointer (&disk->source.file, g_free);
          g_clear_pointer (&disk->source.dev, g_free);
          g_clear_pointer (&disk->source.dir, g_free);
          disk->source.is_given = FALSE;
        }
    }
}

gboolean
roost_view_nvram (const RoostDomainConfig *config, const char **out_path, const char **out_template)
{
  const char *path = config->os.nvram;

  if (path == NULL && config->os.nvram_source.type == ROOST_SOURCE_TYPE_FILE)
    path = config->os.nvram_source.file;
  if (path == NULL)
    return FALSE;
  *out_path = path;
  *out_template = config->os.nvram_template;
  return TRUE;
}

void
roost_view_rename (RoostDomainConfig *config, const char *name, const char *nvram)
{
  g_free (config->name);
  config->name = g_strdup (name);
  if (nvram == NULL || config->os.nvram_source.type != ROOST_SOURCE_TYPE_UNSET)
    return;
  g_free (config->os.nvram);
  config->os.has_nvram = TRUE;
  config->os.nvram = g_strdup (nvram);
}

/* --- consoles --- */

/* The first <console> of the target type serial is the first <serial>, under another name. */
const char *
roost_view_console_alias (const RoostDomainConfig *config)
{
  const GPtrArray *consoles = config->devices.consoles;
  const GPtrArray *serials = config->devices.serials;
  const RoostChardev *first = consoles != NULL && consoles->len > 0 ? consoles->pdata[0] : NULL;
  const RoostChardev *serial = serials != NULL && serials->len > 0 ? serials->pdata[0] : NULL;

  if (first == NULL || first->console_target == ROOST_CONSOLE_TARGET_SERIAL)
    first = serial != NULL ? serial : first;
  return first != NULL ? first->info.alias : NULL;
}

typedef gboolean (*ChardevFunc) (RoostChardev *chardev, gpointer data);

/* Stops at the first for which @func says TRUE. */
static gboolean
any_chardev (const RoostDomainConfig *config, ChardevFunc func, gpointer data)
{
  const GPtrArray *lists[] = { config->devices.serials, config->devices.parallels,
                               config->devices.consoles, config->devices.channels };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      RoostChardev *chardev;

      ROOST_LIST_EACH (RoostChardev, chardev, lists[i])
        {
          if (func (chardev, data))
            return TRUE;
        }
    }
  return FALSE;
}

static gboolean
is_pty (RoostChardev *chardev, gpointer data)
{
  return chardev->source.type == ROOST_CHAR_TYPE_PTY;
}

gboolean
roost_view_has_pty (const RoostDomainConfig *config)
{
  return any_chardev (config, is_pty, NULL);
}

typedef struct
{
  const char *alias;
  const char *path;
} Named;

static RoostCharEndpoint *
first_endpoint (RoostCharSource *source)
{
  if (source->endpoints == NULL)
    source->endpoints = g_ptr_array_new ();
  if (source->endpoints->len == 0)
    g_ptr_array_add (source->endpoints, g_new0 (RoostCharEndpoint, 1));
  return source->endpoints->pdata[0];
}

static gboolean
set_pty (RoostChardev *chardev, gpointer data)
{
  const Named *named = data;
  RoostCharEndpoint *endpoint;

  if (g_strcmp0 (chardev->info.alias, named->alias) != 0 || !is_pty (chardev, NULL))
    return FALSE;
  endpoint = first_endpoint (&chardev->source);
  g_free (endpoint->path);
  endpoint->path = g_strdup (named->path);
  g_free (chardev->tty);
  chardev->tty = g_strdup (named->path);
  return FALSE; /* a console may share the alias of its serial device */
}

void
roost_view_set_pty (RoostDomainConfig *config, const char *alias, const char *path)
{
  Named named = { alias, path };

  any_chardev (config, set_pty, &named);
}

static gboolean
names_socket (RoostChardev *chardev, gpointer data)
{
  const RoostCharEndpoint *endpoint =
      roost_char_source_endpoint (&chardev->source, ROOST_CHAR_MODE_UNSET);

  return chardev->source.type == ROOST_CHAR_TYPE_UNIX && endpoint != NULL
         && g_strcmp0 (endpoint->path, data) == 0;
}

gboolean
roost_view_names_socket (const RoostDomainConfig *config, const char *path)
{
  return any_chardev (config, names_socket, (gpointer)path);
}

/* --- the rest --- */

guint64
roost_view_initial_balloon (const RoostDomainConfig *config)
{
  const RoostMemballoon *balloon = config->devices.memballoon;

  if (balloon == NULL || balloon->model == ROOST_BALLOON_MODEL_NONE
      || !config->current_memory.is_set || config->current_memory.value >= config->memory.value)
    return 0;
  return config->current_memory.value;
}

const char *
roost_view_bridge (const RoostDomainConfig *config, const char *alias)
{
  const RoostInterface *interface;

  ROOST_LIST_EACH (const RoostInterface, interface, config->devices.interfaces)
    {
      if (g_strcmp0 (interface->info.alias, alias) == 0)
        return interface->bridge;
    }
  return NULL;
}

static const RoostChardev *
agent_channel (const RoostDomainConfig *config)
{
  const RoostChardev *channel;

  ROOST_LIST_EACH (const RoostChardev, channel, config->devices.channels)
    {
      if (g_strcmp0 (channel->name, "org.qemu.guest_agent.0") == 0)
        return channel;
    }
  return NULL;
}

const char *
roost_view_channel_alias (const RoostDomainConfig *config, const char *name)
{
  const RoostChardev *channel;

  ROOST_LIST_EACH (const RoostChardev, channel, config->devices.channels)
    {
      if (g_strcmp0 (channel->name, name) == 0 || g_strcmp0 (channel->info.alias, name) == 0)
        return channel->info.alias;
    }
  return NULL;
}

char *
roost_view_channel_names (const RoostDomainConfig *config)
{
  GString *text = g_string_new (NULL);
  const RoostChardev *channel;

  ROOST_LIST_EACH (const RoostChardev, channel, config->devices.channels)
    {
      g_string_append_printf (text, "%s'%s'", text->len > 0 ? ", " : "",
                              channel->name != NULL ? channel->name : channel->info.alias);
    }
  return g_string_free (text, FALSE);
}

const char *
roost_view_agent_alias (const RoostDomainConfig *config)
{
  const RoostChardev *channel = agent_channel (config);

  return channel != NULL ? channel->info.alias : NULL;
}

char *
roost_view_agent_path (const RoostDomainConfig *config, const char *run_dir, gboolean *out_is_pty)
{
  const RoostChardev *channel = agent_channel (config);
  const RoostCharEndpoint *end =
      channel != NULL ? roost_char_source_endpoint (&channel->source, ROOST_CHAR_MODE_UNSET) : NULL;
  const char *path = end != NULL ? end->path : NULL;

  *out_is_pty = channel != NULL && channel->source.type == ROOST_CHAR_TYPE_PTY;
  if (channel == NULL || *out_is_pty)
    return g_strdup (path);
  if (channel->source.type != ROOST_CHAR_TYPE_UNIX
      || (end != NULL && end->mode == ROOST_CHAR_MODE_CONNECT))
    return NULL;
  return path != NULL ? g_strdup (path)
                      : g_strdup_printf ("%s/%s.sock", run_dir, channel->info.alias);
}

gboolean
roost_view_has_balloon (const RoostDomainConfig *config)
{
  const RoostMemballoon *balloon = config->devices.memballoon;

  return balloon != NULL && balloon->model != ROOST_BALLOON_MODEL_NONE;
}
