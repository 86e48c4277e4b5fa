/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/address.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/address-parts.h"
#include "model/device-walk.h"
#include "model/machine.h"

#include <string.h>

/*
 * The ids by which QEMU, logs and scripts know the devices. They are those that libvirt's users
 * see, so that a log or a monitor command that was written for such a guest reads the same here.
 */

/* How the devices of a kind are numbered. */
typedef enum
{
  ALIAS_OWN,      /* by a function of its own */
  ALIAS_POSITION, /* by the place in its list */
  ALIAS_NEXT,     /* one above the highest that is taken */
  ALIAS_PLAIN,    /* no number: there is one at most */
} AliasRule;

static const struct
{
  AliasRule rule;
  const char *prefix;
} rules[ROOST_DEVICE_N_KINDS] = {
  [ROOST_DEVICE_INTERFACE] = { ALIAS_NEXT, "net" },
  [ROOST_DEVICE_SOUND] = { ALIAS_POSITION, "sound" },
  [ROOST_DEVICE_HOSTDEV] = { ALIAS_NEXT, "hostdev" },
  [ROOST_DEVICE_VIDEO] = { ALIAS_POSITION, "video" },
  [ROOST_DEVICE_SMARTCARD] = { ALIAS_POSITION, "smartcard" },
  [ROOST_DEVICE_SERIAL] = { ALIAS_NEXT, "serial" },
  [ROOST_DEVICE_PARALLEL] = { ALIAS_NEXT, "parallel" },
  [ROOST_DEVICE_CHANNEL] = { ALIAS_NEXT, "channel" },
  [ROOST_DEVICE_CONSOLE] = { ALIAS_NEXT, "console" },
  [ROOST_DEVICE_INPUT] = { ALIAS_NEXT, "input" },
  [ROOST_DEVICE_FILESYSTEM] = { ALIAS_POSITION, "fs" },
  [ROOST_DEVICE_WATCHDOG] = { ALIAS_POSITION, "watchdog" },
  [ROOST_DEVICE_MEMBALLOON] = { ALIAS_POSITION, "balloon" },
  [ROOST_DEVICE_RNG] = { ALIAS_POSITION, "rng" },
  [ROOST_DEVICE_NVRAM] = { ALIAS_PLAIN, "nvram" },
  [ROOST_DEVICE_HUB] = { ALIAS_POSITION, "hub" },
  [ROOST_DEVICE_SHMEM] = { ALIAS_POSITION, "shmem" },
  [ROOST_DEVICE_TPM] = { ALIAS_POSITION, "tpm" },
  [ROOST_DEVICE_PANIC] = { ALIAS_POSITION, "panic" },
  [ROOST_DEVICE_IOMMU] = { ALIAS_POSITION, "iommu" },
  [ROOST_DEVICE_VSOCK] = { ALIAS_POSITION, "vsock" },
  [ROOST_DEVICE_CRYPTO] = { ALIAS_POSITION, "crypto" },
  [ROOST_DEVICE_PSTORE] = { ALIAS_PLAIN, "pstore" },
  [ROOST_DEVICE_REDIRDEV] = { ALIAS_NEXT, "redir" },
  [ROOST_DEVICE_GRAPHICS] = { ALIAS_OWN, NULL },
  [ROOST_DEVICE_LEASE] = { ALIAS_OWN, NULL },
};

/* --- the names that are taken --- */

typedef struct
{
  GHashTable *names; /* set */
  GHashTable *next;  /* prefix → one above the highest number that follows it (guint64) */
} Taken;

static void
taken_clear (Taken *taken)
{
  g_hash_table_unref (taken->names);
  g_hash_table_unref (taken->next);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Taken, taken_clear)

static guint64
next_number (const Taken *taken, const char *prefix)
{
  const guint64 *next = g_hash_table_lookup (taken->next, prefix);

  return next != NULL ? *next : 0;
}

/* "net12" counts after "net", not after "net1": no prefix of ours ends in a digit. */
static void
take_name (Taken *taken, const char *alias)
{
  gsize length = strlen (alias);
  g_autofree char *prefix = NULL;
  guint64 number;

  g_hash_table_add (taken->names, g_strdup (alias));
  while (length > 0 && g_ascii_isdigit (alias[length - 1]))
    length--;
  if (!g_ascii_string_to_unsigned (alias + length, 10, 0, G_MAXUINT32, &number, NULL))
    return;
  prefix = g_strndup (alias, length);
  if (number < next_number (taken, prefix))
    return;
  number++;
  g_hash_table_replace (taken->next, g_steal_pointer (&prefix), g_memdup2 (&number, sizeof number));
}

static void
take_all (Taken *taken, GArray *refs)
{
  const RoostDeviceRef *ref;

  taken->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  taken->next = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  ROOST_REFS_EACH (ref, refs)
    if (ref->info->alias != NULL)
      take_name (taken, ref->info->alias);
}

/* One above the highest "PREFIXn" of all devices: a network card that is assigned from the host is
 * numbered together with the other assigned devices. */
static char *
next_alias (const Taken *taken, const char *prefix)
{
  return g_strdup_printf ("%s%" G_GUINT64_FORMAT, prefix, next_number (taken, prefix));
}

/* The place in the list, unless a device that was plugged before has its name: then one above. */
static char *
position_alias (const Taken *taken, const char *prefix, guint index)
{
  g_autofree char *alias = g_strdup_printf ("%s%u", prefix, index);

  if (g_hash_table_contains (taken->names, alias))
    return next_alias (taken, prefix);
  return g_steal_pointer (&alias);
}

/* --- disks --- */

static char *
drive_alias (const RoostDomainConfig *config, const RoostDisk *disk)
{
  const RoostAddress *at = disk->info.address;
  const char *bus = roost_disk_bus_names[disk->bus];
  guint controller = (guint)at->controller.value;
  const RoostController *scsi;

  if (disk->bus != ROOST_DISK_BUS_SCSI)
    return g_strdup_printf ("%s%u-%u-%u", bus, controller, (guint)at->bus.value,
                            (guint)at->unit.value);
  ROOST_LIST_EACH (RoostController, scsi, config->devices.controllers)
    if (scsi->type == ROOST_CONTROLLER_TYPE_SCSI && scsi->index.value == (gint64)controller
        && scsi->model == ROOST_CONTROLLER_MODEL_LSILOGIC)
      return g_strdup_printf ("scsi%u-%u-%u", controller, (guint)at->bus.value,
                              (guint)at->unit.value);
  return g_strdup_printf ("scsi%u-%u-%u-%u", controller, (guint)at->bus.value,
                          (guint)at->target.value, (guint)at->unit.value);
}

static char *
disk_alias (const RoostDomainConfig *config, const RoostDisk *disk)
{
  if (disk->info.address != NULL && disk->info.address->type == ROOST_ADDRESS_TYPE_DRIVE)
    return drive_alias (config, disk);
  return g_strdup_printf ("%s-disk%d", roost_disk_bus_names[disk->bus],
                          roost_disk_target_index (disk->target));
}

/* --- controllers --- */

/* The machine's own: QEMU gives these buses their names. */
static const char *
built_in_alias (const RoostDomainConfig *config, const RoostController *controller)
{
  RoostMachineFamily family = roost_machine_family (config);

  if (controller->index.value != 0)
    return NULL;
  if (controller->type == ROOST_CONTROLLER_TYPE_USB)
    return "usb";
  if (controller->type == ROOST_CONTROLLER_TYPE_IDE && family == ROOST_MACHINE_I440FX)
    return "ide";
  if (controller->type == ROOST_CONTROLLER_TYPE_SATA && family == ROOST_MACHINE_Q35)
    return "ide";
  return NULL;
}

static char *
controller_alias (const RoostDomainConfig *config, const RoostController *controller)
{
  const char *built_in = built_in_alias (config, controller);

  if (built_in != NULL)
    return g_strdup (built_in);
  if (controller->type == ROOST_CONTROLLER_TYPE_PCI)
    return g_strdup_printf ("%s.%" G_GINT64_FORMAT,
                            controller->model == ROOST_CONTROLLER_MODEL_PCIE_ROOT ? "pcie" : "pci",
                            controller->index.value);
  return g_strdup_printf ("%s%" G_GINT64_FORMAT, roost_controller_type_names[controller->type],
                          controller->index.value);
}

/* --- memory --- */

static char *
memory_alias (const RoostMemoryDevice *memory, const Taken *taken)
{
  static const char *const prefixes[] = {
    [ROOST_MEMORY_MODEL_UNSET] = "dimm",           [ROOST_MEMORY_MODEL_DIMM] = "dimm",
    [ROOST_MEMORY_MODEL_NVDIMM] = "nvdimm",        [ROOST_MEMORY_MODEL_VIRTIO_PMEM] = "virtiopmem",
    [ROOST_MEMORY_MODEL_VIRTIO_MEM] = "virtiomem", [ROOST_MEMORY_MODEL_SGX_EPC] = "epc",
  };
  const RoostAddress *at = memory->info.address;
  const char *prefix = prefixes[memory->model];

  if (at != NULL && at->type == ROOST_ADDRESS_TYPE_DIMM && at->slot.is_set)
    return g_strdup_printf ("%s%" G_GUINT64_FORMAT, prefix, at->slot.value);
  return next_alias (taken, prefix);
}

/* --- the rest --- */

/* The first console of many machines is their first serial port. */
static const char *
alias_of_same_port (const RoostDomainConfig *config, const RoostDeviceRef *ref)
{
  const RoostChardev *serial;

  if (ref->kind != ROOST_DEVICE_CONSOLE || ref->index != 0
      || ref->chardev->console_target != ROOST_CONSOLE_TARGET_SERIAL
      || config->devices.serials == NULL || config->devices.serials->len == 0)
    return NULL;
  serial = config->devices.serials->pdata[0];
  return serial->info.alias;
}

static char *
alias_for (const RoostDomainConfig *config, const Taken *taken, const RoostDeviceRef *ref)
{
  const char *same = alias_of_same_port (config, ref);
  const char *prefix = rules[ref->kind].prefix;

  if (same != NULL)
    return g_strdup (same);
  if (ref->kind == ROOST_DEVICE_DISK)
    return disk_alias (config, ref->disk);
  if (ref->kind == ROOST_DEVICE_CONTROLLER)
    return controller_alias (config, ref->controller);
  if (ref->kind == ROOST_DEVICE_MEMORY)
    return memory_alias (ref->memory, taken);
  if (ref->kind == ROOST_DEVICE_INTERFACE && ref->interface->type == ROOST_INTERFACE_TYPE_HOSTDEV)
    prefix = "hostdev";
  switch (rules[ref->kind].rule)
    {
    case ALIAS_POSITION:
      return position_alias (taken, prefix, ref->index);
    case ALIAS_NEXT:
      return next_alias (taken, prefix);
    case ALIAS_PLAIN:
      return g_strdup (prefix);
    case ALIAS_OWN:
    default:
      return NULL;
    }
}

/* The parts of one USB controller share its alias, and a console that of its port. */
static gboolean
may_share (const RoostDeviceRef *ref)
{
  return ref->kind == ROOST_DEVICE_CONSOLE
         || (ref->kind == ROOST_DEVICE_CONTROLLER
             && ref->controller->type == ROOST_CONTROLLER_TYPE_USB);
}

static gboolean
check_unique (GArray *refs, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  const RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    if (ref->info->alias != NULL && !g_hash_table_add (seen, ref->info->alias) && !may_share (ref))
      return roost_throw (error, ROOST_ERROR_EXISTS, "two devices have the alias '%s'",
                          ref->info->alias);
  return TRUE;
}

gboolean
roost_aliases_assign (RoostDomainConfig *config, const RoostFacts *facts, GError **error)
{
  g_autoptr (GArray) refs = roost_devices_list (config);
  g_auto (Taken) taken = { NULL, NULL };
  const RoostDeviceRef *ref;

  take_all (&taken, refs);
  ROOST_REFS_EACH (ref, refs)
    {
      if (ref->info->alias != NULL)
        continue;
      ref->info->alias = alias_for (config, &taken, ref);
      if (ref->info->alias != NULL)
        take_name (&taken, ref->info->alias);
    }
  return check_unique (refs, error);
}
