/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/defaults-parts.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/blame.h"
#include "model/address-parts.h"

/* --- bus and order --- */

static RoostDiskBus
bus_of_target (const RoostDisk *disk)
{
  static const struct
  {
    const char *prefix;
    RoostDiskBus bus;
  } rows[] = {
    { "hd", ROOST_DISK_BUS_IDE },  { "sd", ROOST_DISK_BUS_SCSI }, { "vd", ROOST_DISK_BUS_VIRTIO },
    { "xvd", ROOST_DISK_BUS_XEN }, { "fd", ROOST_DISK_BUS_FDC },  { "ubd", ROOST_DISK_BUS_UML },
  };

  if (disk->device == ROOST_DISK_DEVICE_FLOPPY)
    return ROOST_DISK_BUS_FDC;
  for (guint i = 0; disk->target != NULL && i < G_N_ELEMENTS (rows); i++)
    if (g_str_has_prefix (disk->target, rows[i].prefix))
      return rows[i].bus;
  return ROOST_DISK_BUS_IDE;
}

/* Disks stand together by bus, in the order in which buses first come up, and there by the number
 * in their target name. */
typedef struct
{
  RoostDisk *disk;
  guint bus_rank;
  int index;
} DiskKey;

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  const DiskKey *left = a;
  const DiskKey *right = b;

  if (left->bus_rank != right->bus_rank)
    return left->bus_rank < right->bus_rank ? -1 : 1;
  return left->index - right->index;
}

static void
order_disks (RoostDomainConfig *config)
{
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (DiskKey));
  guint ranks[ROOST_DISK_BUS_SD + 1] = { 0 };
  guint n_ranks = 0;
  RoostDisk *disk;

  ROOST_LIST_EACH (RoostDisk, disk, config->devices.disks)
    {
      DiskKey key = { .disk = disk, .index = roost_disk_target_index (disk->target) };

      if (ranks[disk->bus] == 0)
        ranks[disk->bus] = ++n_ranks;
      key.bus_rank = ranks[disk->bus];
      g_array_append_val (keys, key);
    }
  g_array_sort (keys, compare_keys);
  for (guint i = 0; i < keys->len; i++)
    config->devices.disks->pdata[i] = g_array_index (keys, DiskKey, i).disk;
}

/* --- sources --- */

static void
apply_encryption (RoostEncryption *encryption)
{
  if (encryption != NULL && encryption->engine == ROOST_ENCRYPTION_ENGINE_UNSET)
    encryption->engine = ROOST_ENCRYPTION_ENGINE_QEMU;
}

static const char *
default_port (RoostNetProtocol protocol)
{
  static const char *const ports[] = {
    [ROOST_NET_PROTOCOL_NBD] = "10809",     [ROOST_NET_PROTOCOL_SHEEPDOG] = "7000",
    [ROOST_NET_PROTOCOL_GLUSTER] = "24007", [ROOST_NET_PROTOCOL_ISCSI] = "3260",
    [ROOST_NET_PROTOCOL_HTTP] = "80",       [ROOST_NET_PROTOCOL_HTTPS] = "443",
    [ROOST_NET_PROTOCOL_FTP] = "21",        [ROOST_NET_PROTOCOL_FTPS] = "990",
    [ROOST_NET_PROTOCOL_TFTP] = "69",       [ROOST_NET_PROTOCOL_SSH] = "22",
    [ROOST_NET_PROTOCOL_NFS] = "2049",      [ROOST_NET_PROTOCOL_VXHS] = "9999",
  };

  return (guint)protocol < G_N_ELEMENTS (ports) ? ports[protocol] : NULL;
}

static void
apply_hosts (RoostStorageSource *source)
{
  RoostNetHost *host;

  ROOST_LIST_EACH (RoostNetHost, host, source->hosts)
    if (host->port == NULL && host->name != NULL && host->transport != ROOST_HOST_TRANSPORT_UNIX)
      host->port = g_strdup (default_port (source->protocol));
}

/* An iSCSI target without a unit means unit 0. */
static void
complete_iscsi_name (char **name)
{
  char *whole;

  if (*name == NULL || strchr (*name, '/') != NULL)
    return;
  whole = g_strconcat (*name, "/0", NULL);
  g_free (*name);
  *name = whole;
}

static void
apply_source (RoostStorageSource *source)
{
  apply_encryption (source->encryption);
  if (source->type != ROOST_SOURCE_TYPE_NETWORK)
    return;
  apply_hosts (source);
  if (source->protocol == ROOST_NET_PROTOCOL_ISCSI)
    complete_iscsi_name (&source->name);
}

static void
apply_disk (RoostDisk *disk)
{
  RoostBackingStore *backing;

  if (disk->device == ROOST_DISK_DEVICE_UNSET)
    disk->device = ROOST_DISK_DEVICE_DISK;
  if (disk->source.type == ROOST_SOURCE_TYPE_UNSET)
    disk->source.type = ROOST_SOURCE_TYPE_FILE;
  if (disk->bus == ROOST_DISK_BUS_UNSET)
    disk->bus = bus_of_target (disk);
  if (disk->device == ROOST_DISK_DEVICE_CDROM)
    disk->readonly = TRUE;
  if (disk->driver_name == NULL)
    disk->driver_name = g_strdup ("qemu");
  if (disk->format == NULL)
    disk->format = g_strdup ("raw");
  /* What such a disk holds is the back end's; there is no image to take a snapshot of. */
  if (disk->source.type == ROOST_SOURCE_TYPE_VHOSTUSER
      && disk->snapshot == ROOST_DISK_SNAPSHOT_UNSET)
    disk->snapshot = ROOST_DISK_SNAPSHOT_NO;
  apply_encryption (disk->encryption);
  apply_source (&disk->source);
  for (backing = disk->backing_store; backing != NULL; backing = backing->backing_store)
    apply_source (&backing->source);
  if (disk->mirror != NULL)
    apply_source (&disk->mirror->source);
}

static gboolean
check_targets (const RoostDomainConfig *config, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  const RoostDisk *disk;

  ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
    {
      if (disk->target == NULL)
        roost_throw (error, ROOST_ERROR_INVALID_XML, "disk %u: it has no <target dev='…'/>",
                     disk_i + 1);
      else if (!g_hash_table_add (seen, disk->target))
        roost_throw (error, ROOST_ERROR_EXISTS,
                     "two disks have the target '%s'; give one of them another", disk->target);
      else
        continue;
      return roost_blame (error, &disk->info.position, "disk", "disk-target");
    }
  return TRUE;
}

gboolean
roost_defaults_apply_disks (RoostDomainConfig *config, GError **error)
{
  RoostDisk *disk;

  if (!check_targets (config, error))
    return FALSE;
  ROOST_LIST_EACH (RoostDisk, disk, config->devices.disks)
    apply_disk (disk);
  order_disks (config);
  if (config->os.nvram_source.type != ROOST_SOURCE_TYPE_UNSET)
    apply_source (&config->os.nvram_source);
  return TRUE;
}
