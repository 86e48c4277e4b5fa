/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/address-parts.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/blame.h"
#include "model/controller-list.h"

RoostAddress *
roost_address_ensure (RoostDeviceInfo *info, RoostAddressType type)
{
  if (info->address == NULL)
    info->address = roost_address_new (type);
  info->address->type = type;
  return info->address;
}

RoostAddressSet *
roost_address_set_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

gboolean
roost_address_set_take (RoostAddressSet *set,
                        const RoostDeviceRef *ref,
                        const char *kind,
                        const char *key,
                        GError **error)
{
  const RoostDeviceRef *owner = g_hash_table_lookup (set, key);
  g_autofree char *label = NULL;
  g_autofree char *other = NULL;

  if (owner == NULL)
    {
      g_hash_table_insert (set, g_strdup (key), g_memdup2 (ref, sizeof *ref));
      return TRUE;
    }
  label = roost_device_label (ref);
  other = roost_device_label (owner);
  return roost_throw (error, ROOST_ERROR_EXISTS, "%s: the %s address %s is already used by %s",
                      label, kind, key, other);
}

/* --- target names --- */

/* "hda", "sdb3", "vdaa", "fda", "xvda", "ubda": letters count in base 26 after the prefix. */
int
roost_disk_target_index (const char *target)
{
  static const char *const prefixes[] = { "fd", "hd", "vd", "sd", "xvd", "ubd" };
  const char *letters = NULL;
  guint64 index = 0;
  gsize n = 0;

  for (guint i = 0; target != NULL && letters == NULL && i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (target, prefixes[i]))
      letters = target + strlen (prefixes[i]);
  if (letters == NULL)
    return -1;
  for (; g_ascii_islower (letters[n]); n++)
    {
      index = index * 26 + (letters[n] - 'a' + 1);
      if (index > G_MAXUINT16)
        return -1;
    }
  /* a partition number may follow, and no more */
  return n == 0 || letters[n + strspn (letters + n, "0123456789")] != '\0' ? -1 : (int)index - 1;
}

static const char *
target_prefix (RoostDiskBus bus)
{
  switch ((int)bus)
    {
    case ROOST_DISK_BUS_IDE:
      return "hd";
    case ROOST_DISK_BUS_FDC:
      return "fd";
    case ROOST_DISK_BUS_VIRTIO:
      return "vd";
    case ROOST_DISK_BUS_XEN:
      return "xvd";
    default:
      return "sd";
    }
}

char *
roost_disk_target_name (RoostDiskBus bus, guint index)
{
  g_autoptr (GString) letters = g_string_new (NULL);

  for (guint64 n = (guint64)index + 1; n > 0; n = (n - 1) / 26)
    g_string_prepend_c (letters, 'a' + (n - 1) % 26);
  return g_strconcat (target_prefix (bus), letters->str, NULL);
}

/* --- disks --- */

typedef struct
{
  RoostDiskBus bus;
  guint units; /* on one bus */
  guint buses; /* on one controller */
} DriveRow;

static const DriveRow rows[] = {
  { ROOST_DISK_BUS_IDE, 2, 2 },
  { ROOST_DISK_BUS_FDC, 2, 1 },
  { ROOST_DISK_BUS_SATA, 6, 1 },
  /* a narrow SCSI bus, whose eighth number is the controller itself; wide ones work as well */
  { ROOST_DISK_BUS_SCSI, 7, 1 },
};

static const DriveRow *
find_row (RoostDiskBus bus)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].bus == bus)
      return &rows[i];
  return NULL;
}

static void
set_drive (RoostDeviceInfo *info, guint64 controller, guint64 bus, guint64 target, guint64 unit)
{
  RoostAddress *address = roost_address_ensure (info, ROOST_ADDRESS_TYPE_DRIVE);

  address->controller = roost_uint (controller);
  address->bus = roost_uint (bus);
  address->target = roost_uint (target);
  address->unit = roost_uint (unit);
}

static gboolean
has_drive_address (const RoostDeviceInfo *info)
{
  return info->address != NULL && info->address->type == ROOST_ADDRESS_TYPE_DRIVE;
}

static gboolean
check_drive (const RoostDeviceRef *ref, GError **error)
{
  const RoostAddress *address = ref->info->address;
  g_autofree char *label = NULL;

  if (address->controller.value <= ROOST_ADDRESS_MAX_CONTROLLER)
    return TRUE;
  label = roost_device_label (ref);
  return roost_throw (error, ROOST_ERROR_INVALID_XML,
                      "%s: controller %" G_GUINT64_FORMAT " is out of range; the highest is %d",
                      label, address->controller.value, ROOST_ADDRESS_MAX_CONTROLLER);
}

static gboolean
take_drive (RoostAddressSet *set, const RoostDeviceRef *ref, const char *bus, GError **error)
{
  const RoostAddress *address = ref->info->address;
  g_autofree char *key = g_strdup_printf ("%s %" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT
                                          ":%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
                                          bus, address->controller.value, address->bus.value,
                                          address->target.value, address->unit.value);

  return check_drive (ref, error) && roost_address_set_take (set, ref, "drive", key, error);
}

static gboolean
assign_disk (RoostAddressSet *set, const RoostDeviceRef *ref, GError **error)
{
  RoostDisk *disk = ref->disk;
  const DriveRow *row = find_row (disk->bus);
  int index = roost_disk_target_index (disk->target);

  if (row == NULL)
    return TRUE;
  if (disk->info.address == NULL || disk->info.address->type == ROOST_ADDRESS_TYPE_UNSET)
    {
      if (index < 0)
        return roost_throw (error, ROOST_ERROR_INVALID_XML,
                            "disk: the target '%s' is no name of a disk; one like '%s' is",
                            disk->target != NULL ? disk->target : "", "sda");
      set_drive (&disk->info, index / (row->units * row->buses), index / row->units % row->buses, 0,
                 index % row->units);
    }
  return !has_drive_address (&disk->info)
         || take_drive (set, ref, roost_disk_bus_names[disk->bus], error);
}

/* --- SCSI host devices: the lowest free unit of the controllers that there are --- */

static gboolean
is_unit_free (RoostAddressSet *set, guint64 controller, guint unit)
{
  g_autofree char *key = g_strdup_printf ("scsi %" G_GUINT64_FORMAT ":0:0:%u", controller, unit);

  return !g_hash_table_contains (set, key);
}

static gboolean
put_on_controller (RoostAddressSet *set, RoostDeviceInfo *info, guint64 controller)
{
  guint n_units = find_row (ROOST_DISK_BUS_SCSI)->units;

  for (guint unit = 0; unit < n_units; unit++)
    if (is_unit_free (set, controller, unit))
      {
        set_drive (info, controller, 0, 0, unit);
        return TRUE;
      }
  return FALSE;
}

/* The controllers that there are, then those that may come. Disks may have asked for some of these
 * already. */
static GArray *
list_candidates (const RoostDomainConfig *config)
{
  GArray *candidates = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 next = roost_config_next_controller_index (config, ROOST_CONTROLLER_TYPE_SCSI);
  const RoostController *controller;

  ROOST_LIST_EACH (const RoostController, controller, config->devices.controllers)
    if (controller->type == ROOST_CONTROLLER_TYPE_SCSI)
      g_array_append_val (candidates, controller->index.value);
  for (; next <= ROOST_ADDRESS_MAX_CONTROLLER; next++)
    g_array_append_val (candidates, next);
  return candidates;
}

/* @cursor: the first of @candidates that may have a place left */
static gboolean
find_unit (RoostAddressSet *set,
           const RoostDeviceRef *ref,
           const GArray *candidates,
           guint *cursor,
           GError **error)
{
  g_autofree char *label = NULL;

  for (; *cursor < candidates->len; (*cursor)++)
    if (put_on_controller (set, ref->info, g_array_index (candidates, gint64, *cursor)))
      return take_drive (set, ref, "scsi", error);
  label = roost_device_label (ref);
  return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED, "%s: no SCSI address is left", label);
}

static gboolean
is_scsi_hostdev (const RoostDeviceRef *ref)
{
  return ref->hostdev->type == ROOST_HOSTDEV_TYPE_SCSI
         && (ref->info->address == NULL || ref->info->address->type == ROOST_ADDRESS_TYPE_UNSET
             || ref->info->address->type == ROOST_ADDRESS_TYPE_DRIVE);
}

static gboolean
assign_scsi_hostdevs (RoostDomainConfig *config, RoostAddressSet *set, GError **error)
{
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  g_autoptr (GArray) candidates = NULL;
  const RoostDeviceRef *ref;
  guint cursor = 0;

  roost_devices_append (config, ROOST_DEVICE_HOSTDEV, refs);
  if (refs->len == 0)
    return TRUE;
  candidates = list_candidates (config);
  ROOST_REFS_EACH (ref, refs)
    if (is_scsi_hostdev (ref) && has_drive_address (ref->info)
        && !take_drive (set, ref, "scsi", error))
      return roost_blame_device (error, ref, "drive-address");
  ROOST_REFS_EACH (ref, refs)
    if (is_scsi_hostdev (ref) && !has_drive_address (ref->info)
        && !find_unit (set, ref, candidates, &cursor, error))
      return roost_blame_device (error, ref, "drive-address");
  return TRUE;
}

gboolean
roost_addresses_assign_drives (RoostDomainConfig *config, GError **error)
{
  g_autoptr (RoostAddressSet) set = roost_address_set_new ();
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  const RoostDeviceRef *ref;

  roost_devices_append (config, ROOST_DEVICE_DISK, refs);
  ROOST_REFS_EACH (ref, refs)
    if (!assign_disk (set, ref, error))
      return roost_blame_device (error, ref, "drive-address");
  return assign_scsi_hostdevs (config, set, error);
}
