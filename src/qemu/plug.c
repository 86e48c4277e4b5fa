/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/plug.h"

#include "base/compat.h"
#include "base/error.h"
#include "base/json.h"
#include "qemu/build.h"

#include <string.h>

/* Sets of descriptors get numbers that no command line uses, and no other plug has. */
#define FIRST_FDSET (1 << 20)
#define LAST_FDSET  (G_MAXINT32 / 2) /* QEMU reads the number in a path as an int */

/* --- commands --- */

static void
command_free (gpointer p)
{
  RoostPlugCommand *command = p;

  g_clear_pointer (&command->args, json_object_unref);
  g_clear_pointer (&command->undo_args, json_object_unref);
  g_free (command);
}

/* @args: (transfer full) */
static RoostPlugCommand *
add_command (GPtrArray *commands, const char *name, JsonObject *args)
{
  RoostPlugCommand *command = g_new0 (RoostPlugCommand, 1);

  command->command = name;
  command->args = args;
  g_ptr_array_add (commands, command);
  return command;
}

static void
set_undo (RoostPlugCommand *command, const char *undo, const char *key, const char *value)
{
  command->undo = undo;
  command->undo_args = roost_object_new (key, value);
}

void
roost_plug_free (RoostPlug *plug)
{
  if (plug == NULL)
    return;
  g_ptr_array_unref (plug->commands);
  g_ptr_array_unref (plug->settle);
  roost_command_free (plug->needs);
  g_free (plug);
}

static RoostPlug *
plug_new (void)
{
  RoostPlug *plug = g_new0 (RoostPlug, 1);

  plug->needs = roost_command_new ();
  plug->commands = g_ptr_array_new_with_free_func (command_free);
  plug->settle = g_ptr_array_new_with_free_func (command_free);
  return plug;
}

/* --- what QEMU can plug --- */

static const struct
{
  RoostDeviceKind kind;
  const char *why;
} fixed_kinds[] = {
  { ROOST_DEVICE_VIDEO, "QEMU sets up graphics cards only when it starts" },
  { ROOST_DEVICE_GRAPHICS, "QEMU sets up displays only when it starts" },
  { ROOST_DEVICE_PARALLEL, "a parallel port belongs to the board" },
  { ROOST_DEVICE_TPM, "a TPM is measured from the first instruction on" },
  { ROOST_DEVICE_PANIC, "the firmware tells the guest of it at boot" },
  { ROOST_DEVICE_NVRAM, "it belongs to the board" },
  { ROOST_DEVICE_IOMMU, "it has to be there before the devices behind it" },
  { ROOST_DEVICE_PSTORE, "the firmware tells the guest of it at boot" },
  { ROOST_DEVICE_LEASE, "leases are taken when the guest starts" },
};

static gboolean
cannot (const RoostDeviceRef *ref, GError **error, const char *why)
{
  g_autofree char *label = roost_device_label (ref);

  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                      "%s cannot be plugged into, or out of, a guest that runs: %s", label, why);
}

static gboolean
check_disk (const RoostDeviceRef *ref, GError **error)
{
  switch ((int)ref->disk->bus)
    {
    case ROOST_DISK_BUS_VIRTIO:
    case ROOST_DISK_BUS_SCSI:
    case ROOST_DISK_BUS_USB:
    case ROOST_DISK_BUS_UNSET: /* its name will say */
      return TRUE;
    default:
      return cannot (ref, error,
                     "its bus has no hotplug (only the medium can change); use virtio, scsi or "
                     "usb");
    }
}

static gboolean
check_controller (const RoostDeviceRef *ref, GError **error)
{
  const RoostController *controller = ref->controller;

  switch ((int)controller->type)
    {
    case ROOST_CONTROLLER_TYPE_SCSI:
    case ROOST_CONTROLLER_TYPE_VIRTIO_SERIAL:
    case ROOST_CONTROLLER_TYPE_CCID:
      return TRUE;
    case ROOST_CONTROLLER_TYPE_USB:
      return !controller->master_startport.is_set
             || cannot (ref, error, "it is one function of a chip with several");
    case ROOST_CONTROLLER_TYPE_PCI:
      return controller->index.value != 0
             || cannot (ref, error, "it is the root of the machine's PCI");
    default:
      return cannot (ref, error, "it belongs to the board");
    }
}

static gboolean
check_chardev (const RoostDeviceRef *ref, GError **error)
{
  const RoostChardev *chardev = ref->chardev;

  if (ref->kind == ROOST_DEVICE_CONSOLE && chardev->console_target != ROOST_CONSOLE_TARGET_VIRTIO)
    return cannot (ref, error, "only consoles of type virtio can");
  if (ref->kind != ROOST_DEVICE_SERIAL)
    return TRUE;
  return chardev->serial_target == ROOST_SERIAL_TARGET_USB_SERIAL
         || chardev->serial_target == ROOST_SERIAL_TARGET_PCI_SERIAL
         || cannot (ref, error, "only serial ports of type usb-serial and pci-serial can");
}

static gboolean
check_rest (const RoostDeviceRef *ref, GError **error)
{
  switch ((int)ref->kind)
    {
    case ROOST_DEVICE_INPUT:
      return ref->input->bus == ROOST_INPUT_BUS_USB || ref->input->bus == ROOST_INPUT_BUS_VIRTIO
             || ref->input->bus == ROOST_INPUT_BUS_UNSET
             || cannot (ref, error, "only input devices on usb and virtio can");
    case ROOST_DEVICE_SOUND:
      return ref->sound->model == ROOST_SOUND_MODEL_USB
             || cannot (ref, error, "only sound cards of model usb can");
    case ROOST_DEVICE_FILESYSTEM:
      return ref->filesystem->driver == ROOST_FILESYSTEM_DRIVER_VIRTIOFS
             || cannot (ref, error, "QEMU can share a folder by 9p only from its start on");
    case ROOST_DEVICE_WATCHDOG:
      return (ref->watchdog->model != ROOST_WATCHDOG_MODEL_IB700
              && ref->watchdog->model != ROOST_WATCHDOG_MODEL_ITCO)
             || cannot (ref, error, "this model belongs to the board; use i6300esb");
    default:
      return TRUE;
    }
}

gboolean
roost_plug_check (const RoostDeviceRef *ref, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (fixed_kinds); i++)
    if (fixed_kinds[i].kind == ref->kind)
      return cannot (ref, error, fixed_kinds[i].why);
  switch ((int)ref->kind)
    {
    case ROOST_DEVICE_DISK:
      return check_disk (ref, error);
    case ROOST_DEVICE_CONTROLLER:
      return check_controller (ref, error);
    case ROOST_DEVICE_SERIAL:
    case ROOST_DEVICE_CONSOLE:
      return check_chardev (ref, error);
    default:
      return check_rest (ref, error);
    }
}

gboolean
roost_plug_has_device (const RoostDeviceRef *ref)
{
  return ref->kind != ROOST_DEVICE_CHANNEL
         || ref->chardev->channel_target != ROOST_CHANNEL_TARGET_GUESTFWD;
}

/* --- a device's items --- */

static gboolean
build_media (RoostBuild *build, const RoostDeviceRef *ref, GError **error)
{
  switch ((int)ref->kind)
    {
    case ROOST_DEVICE_SERIAL:
      return roost_build_serial (build, ref->chardev, error);
    case ROOST_DEVICE_CHANNEL:
      return roost_build_channel (build, ref->chardev, error);
    case ROOST_DEVICE_CONSOLE:
      return roost_build_console (build, ref->chardev, error);
    case ROOST_DEVICE_SMARTCARD:
      return roost_build_smartcard (build, ref->smartcard, error);
    case ROOST_DEVICE_REDIRDEV:
      return roost_build_redirdev (build, ref->redirdev, error);
    case ROOST_DEVICE_INPUT:
      return roost_build_input (build, ref->input, error);
    case ROOST_DEVICE_SOUND:
      return roost_build_sound (build, ref->sound, error);
    case ROOST_DEVICE_HUB:
      return roost_build_hub (build, ref->hub, error);
    case ROOST_DEVICE_WATCHDOG:
      return roost_build_watchdog (build, ref->watchdog, error);
    default:
      return cannot (ref, error, "there is no way");
    }
}

static gboolean
build_one (RoostBuild *build, const RoostDeviceRef *ref, GError **error)
{
  switch ((int)ref->kind)
    {
    case ROOST_DEVICE_DISK:
      return roost_build_disk (build, ref->disk, error);
    case ROOST_DEVICE_INTERFACE:
      return roost_build_interface (build, ref->interface, error);
    case ROOST_DEVICE_CONTROLLER:
      return roost_build_one_controller (build, ref->controller, error);
    case ROOST_DEVICE_HOSTDEV:
      return roost_build_hostdev (build, ref->hostdev, error);
    case ROOST_DEVICE_FILESYSTEM:
      return roost_build_filesystem (build, ref->filesystem, error);
    case ROOST_DEVICE_MEMBALLOON:
      return roost_build_memballoon (build, ref->memballoon, error);
    case ROOST_DEVICE_RNG:
      return roost_build_rng (build, ref->rng, error);
    case ROOST_DEVICE_SHMEM:
      return roost_build_shmem (build, ref->shmem, error);
    case ROOST_DEVICE_MEMORY:
      return roost_build_memory_device (build, ref->memory, error);
    case ROOST_DEVICE_VSOCK:
      return roost_build_vsock (build, ref->vsock, error);
    case ROOST_DEVICE_CRYPTO:
      return roost_build_crypto (build, ref->crypto, error);
    default:
      return build_media (build, ref, error);
    }
}

/* --- items to commands --- */

static const RoostSecretRequest *
secret_of (const RoostPlug *plug, JsonObject *object)
{
  const char *file = roost_json_string (object, "file");

  if (g_strcmp0 (roost_json_string (object, "qom-type"), "secret") != 0)
    return NULL;
  for (guint i = 0; i < plug->needs->secrets->len; i++)
    {
      const RoostSecretRequest *request = plug->needs->secrets->pdata[i];

      if (g_strcmp0 (request->path, file) == 0)
        return request;
    }
  return NULL;
}

static void
add_object (RoostPlug *plug, JsonObject *object)
{
  RoostPlugCommand *command = add_command (plug->commands, "object-add", json_object_ref (object));

  set_undo (command, "object-del", "id", roost_json_string (object, "id"));
  command->secret = secret_of (plug, object);
  if (command->secret != NULL)
    json_object_remove_member (object, "file");
}

static gboolean
add_item (RoostPlug *plug, const RoostItem *item, GError **error)
{
  JsonObject *object = item->object;
  const char *id = object != NULL ? roost_json_string (object, "id") : NULL;

  switch (item->kind)
    {
    case ROOST_ITEM_OBJECT:
      add_object (plug, object);
      return TRUE;
    case ROOST_ITEM_BLOCKDEV:
      set_undo (add_command (plug->commands, "blockdev-add", json_object_ref (object)),
                "blockdev-del", "node-name", roost_json_string (object, "node-name"));
      return TRUE;
    case ROOST_ITEM_NETDEV:
      set_undo (add_command (plug->commands, "netdev_add", json_object_ref (object)), "netdev_del",
                "id", id);
      return TRUE;
    case ROOST_ITEM_CHARDEV:
      set_undo (add_command (plug->commands, "chardev-add", roost_chardev_to_qmp (object)),
                "chardev-remove", "id", id);
      return TRUE;
    case ROOST_ITEM_DEVICE:
      set_undo (add_command (plug->commands, "device_add", json_object_ref (object)), "device_del",
                "id", id);
      return TRUE;
    case ROOST_ITEM_OPTION:
      return g_str_equal (item->option, "-add-fd") /* a request says so as well */
             || roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                             "QEMU takes '%s' only when it starts", item->option);
    case ROOST_ITEM_N_KINDS:
    default:
      g_return_val_if_reached (FALSE);
    }
}

/* --- descriptors: before all else --- */

static JsonObject *
fdset_args (const RoostFdRequest *request)
{
  JsonObject *args = json_object_new ();

  roost_put_int (args, "fdset-id", request->fdset);
  return args;
}

static void
add_fdset (RoostPlug *plug, const RoostFdRequest *request)
{
  RoostPlugCommand *command = add_command (plug->commands, "add-fd", fdset_args (request));

  roost_put_string (command->args, "opaque", request->alias);
  command->fd = request;
  /* Who uses it has a copy by then, which keeps the set. */
  add_command (plug->settle, "remove-fd", fdset_args (request));
}

static void
add_descriptors (RoostPlug *plug, const char *prefix)
{
  for (guint i = 0; i < plug->needs->fds->len; i++)
    {
      const RoostFdRequest *request = plug->needs->fds->pdata[i];
      g_autofree char *name = g_strdup_printf ("%s%d", prefix, request->target);
      RoostPlugCommand *command;

      if (request->fdset >= 0)
        {
          add_fdset (plug, request);
          continue;
        }
      command = add_command (plug->commands, "getfd", roost_object_new ("fdname", name));
      command->fd = request;
      set_undo (command, "closefd", "fdname", name);
    }
}

/* --- what follows --- */

JsonObject *
roost_plug_link_args (const RoostInterface *interface)
{
  JsonObject *args = roost_object_new ("name", interface->info.alias);

  roost_put_bool (args, "up", interface->link_state != ROOST_LINK_STATE_DOWN);
  return args;
}

static const struct
{
  const char *key;
  gsize offset;
} throttle_keys[] = {
  { "bps", G_STRUCT_OFFSET (RoostIotune, total_bytes_sec) },
  { "bps_rd", G_STRUCT_OFFSET (RoostIotune, read_bytes_sec) },
  { "bps_wr", G_STRUCT_OFFSET (RoostIotune, write_bytes_sec) },
  { "iops", G_STRUCT_OFFSET (RoostIotune, total_iops_sec) },
  { "iops_rd", G_STRUCT_OFFSET (RoostIotune, read_iops_sec) },
  { "iops_wr", G_STRUCT_OFFSET (RoostIotune, write_iops_sec) },
  { "bps_max", G_STRUCT_OFFSET (RoostIotune, total_bytes_sec_max) },
  { "bps_rd_max", G_STRUCT_OFFSET (RoostIotune, read_bytes_sec_max) },
  { "bps_wr_max", G_STRUCT_OFFSET (RoostIotune, write_bytes_sec_max) },
  { "iops_max", G_STRUCT_OFFSET (RoostIotune, total_iops_sec_max) },
  { "iops_rd_max", G_STRUCT_OFFSET (RoostIotune, read_iops_sec_max) },
  { "iops_wr_max", G_STRUCT_OFFSET (RoostIotune, write_iops_sec_max) },
  { "bps_max_length", G_STRUCT_OFFSET (RoostIotune, total_bytes_sec_max_length) },
  { "bps_rd_max_length", G_STRUCT_OFFSET (RoostIotune, read_bytes_sec_max_length) },
  { "bps_wr_max_length", G_STRUCT_OFFSET (RoostIotune, write_bytes_sec_max_length) },
  { "iops_max_length", G_STRUCT_OFFSET (RoostIotune, total_iops_sec_max_length) },
  { "iops_rd_max_length", G_STRUCT_OFFSET (RoostIotune, read_iops_sec_max_length) },
  { "iops_wr_max_length", G_STRUCT_OFFSET (RoostIotune, write_iops_sec_max_length) },
  { "iops_size", G_STRUCT_OFFSET (RoostIotune, size_iops_sec) },
};

/* The first six must be there; the others only when they say something. */
#define N_NEEDED_KEYS 6

JsonObject *
roost_plug_throttle_args (const RoostDisk *disk)
{
  JsonObject *args = json_object_new ();

  /* A virtio device is two: its transport has the alias, the one behind has the disk. */
  if (disk->bus == ROOST_DISK_BUS_VIRTIO)
    roost_put_printf (args, "id", "/machine/peripheral/%s/virtio-backend", disk->info.alias);
  else
    roost_put_string (args, "id", disk->info.alias);
  for (guint i = 0; i < G_N_ELEMENTS (throttle_keys); i++)
    {
      RoostUint value = G_STRUCT_MEMBER (RoostUint, &disk->iotune, throttle_keys[i].offset);

      if (i < N_NEEDED_KEYS || value.value > 0)
        roost_put_int (args, throttle_keys[i].key, (gint64)value.value);
    }
  roost_put_string (args, "group", disk->iotune.group_name);
  return args;
}

static gboolean
has_throttle (const RoostDisk *disk)
{
  for (guint i = 0; i < G_N_ELEMENTS (throttle_keys); i++)
    if (G_STRUCT_MEMBER (RoostUint, &disk->iotune, throttle_keys[i].offset).value > 0)
      return TRUE;
  return FALSE;
}

static void
finish_one (GPtrArray *commands, const RoostDeviceRef *ref)
{
  if (ref->kind == ROOST_DEVICE_DISK && has_throttle (ref->disk)
      && ref->disk->bus != ROOST_DISK_BUS_SD)
    add_command (commands, "block_set_io_throttle", roost_plug_throttle_args (ref->disk));
  if (ref->kind == ROOST_DEVICE_INTERFACE && ref->interface->link_state == ROOST_LINK_STATE_DOWN)
    add_command (commands, "set_link", roost_plug_link_args (ref->interface));
}

GPtrArray *
roost_plug_finish_boot (const RoostDomainConfig *config)
{
  g_autoptr (GArray) refs = roost_devices_list (config);
  GPtrArray *commands = g_ptr_array_new_with_free_func (command_free);
  const RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    finish_one (commands, ref);
  return commands;
}

/* The machine has one action for all watchdogs. */
static void
add_watchdog_action (RoostPlug *plug, const RoostDeviceRef *ref)
{
  RoostWatchdogAction action;

  if (ref->kind != ROOST_DEVICE_WATCHDOG)
    return;
  action = ref->watchdog->action;
  if (action == ROOST_WATCHDOG_ACTION_UNSET)
    action = ROOST_WATCHDOG_ACTION_RESET;
  if (action == ROOST_WATCHDOG_ACTION_DUMP)
    action = ROOST_WATCHDOG_ACTION_PAUSE;
  add_command (plug->commands, "set-action",
               roost_object_new ("watchdog", roost_watchdog_action_names[action]));
}

/* --- the whole --- */

void
roost_plug_put_secret (RoostPlugCommand *command, GBytes *value)
{
  gsize length;
  const guchar *bytes = g_bytes_get_data (value, &length);
  g_autofree char *data = g_base64_encode (bytes, length);

  roost_put_string (command->args, "data", data);
  roost_put_string (command->args, "format", "base64");
  explicit_bzero (data, strlen (data));
}

static gint
rank_of (const RoostDeviceRef *ref)
{
  if (ref->kind == ROOST_DEVICE_CONTROLLER)
    return ref->controller->type == ROOST_CONTROLLER_TYPE_PCI ? 0 : 1;
  return ref->kind == ROOST_DEVICE_HUB ? 2 : 3;
}

static gint
by_rank (gconstpointer a, gconstpointer b)
{
  const RoostDeviceRef *one = a;
  const RoostDeviceRef *other = b;
  gint ranks = rank_of (one) - rank_of (other);

  return ranks != 0 ? ranks : (gint)one->index - (gint)other->index;
}

static gboolean
build_all (RoostBuild *build, GArray *refs, GError **error)
{
  const RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    if (!roost_plug_check (ref, error) || !build_one (build, ref, error))
      return FALSE;
  roost_build_apply_overrides (build);
  return TRUE;
}

static gboolean
add_commands (RoostPlug *plug, const RoostBuild *build, GArray *refs, GError **error)
{
  const RoostDeviceRef *ref;

  add_descriptors (plug, build->fd_prefix);
  ROOST_REFS_EACH (ref, refs)
    add_watchdog_action (plug, ref);
  for (guint i = 0; i < build->items->len; i++)
    if (!add_item (plug, build->items->pdata[i], error))
      return FALSE;
  ROOST_REFS_EACH (ref, refs)
    finish_one (plug->commands, ref);
  return TRUE;
}

static void
init_build (RoostBuild *build,
            const RoostDomainConfig *config,
            const RoostFacts *facts,
            const RoostLaunch *launch,
            RoostPlug *plug)
{
  roost_build_init (build, config, facts, launch, plug->needs);
  build->next_fdset = (guint64)g_random_int_range (FIRST_FDSET, LAST_FDSET);
  g_ptr_array_set_size (build->boot, 0); /* the boot is over */
}

RoostPlug *
roost_plug_build (const RoostDomainConfig *config,
                  GArray *refs,
                  const RoostFacts *facts,
                  const RoostLaunch *launch,
                  GError **error)
{
  g_autoptr (RoostPlug) plug = plug_new ();
  g_autofree char *prefix = g_strdup_printf ("roost-%08x-", g_random_int ());
  g_auto (RoostBuild) build = { 0 };

  g_array_sort (refs, by_rank);
  init_build (&build, config, facts, launch, plug);
  build.fd_prefix = prefix;
  if (!build_all (&build, refs, error) || !add_commands (plug, &build, refs, error))
    return NULL;
  return g_steal_pointer (&plug);
}

RoostPlug *
roost_plug_build_medium (const RoostDomainConfig *config,
                         const RoostDisk *disk,
                         const RoostFacts *facts,
                         const RoostLaunch *launch,
                         char **out_node,
                         GError **error)
{
  g_autoptr (RoostPlug) plug = plug_new ();
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  g_autofree char *node = NULL;
  g_auto (RoostBuild) build = { 0 };

  init_build (&build, config, facts, launch, plug);
  if ((!roost_storage_source_is_empty (&disk->source)
       && !roost_build_chain (&build, disk, &node, error))
      || !add_commands (plug, &build, none, error))
    return NULL;
  *out_node = g_steal_pointer (&node);
  return g_steal_pointer (&plug);
}
