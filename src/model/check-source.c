/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"

#include "base/compat.h"
#include "model/tables.h"

#include <string.h>

#define DISKS_EACH(disk) ROOST_LIST_EACH (RoostDisk, disk, checker->config->devices.disks)

/* Formats that QEMU reads and writes, or reads at least; some under another name. */
static const char *const known_formats[] = {
  "raw",       "qcow", "qcow2", "qed",  "vdi", "vmdk",  "vpc",  "bochs", "cloop", "dmg",
  "parallels", "fat",  "luks",  "vhdx", "vhd", "ploop", "none", "iso",   NULL,
};

static void
check_format (RoostChecker *checker, const RoostDisk *disk, const char *format)
{
  const RoostPosition *at = &disk->info.position;

  if (format == NULL || format[0] == '\0' || g_strv_contains (known_formats, format))
    return;
  if (g_str_equal (format, "dir"))
    roost_check_unsupported (checker, at, "disk",
                             "'%s': a folder is not a format; write <disk type='dir'>",
                             disk->target);
  else
    roost_check_unsupported (checker, at, "disk", "'%s': QEMU has no disk format '%s'",
                             disk->target, format);
}

static void
format_known (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      check_format (checker, disk, disk->format);
      for (const RoostBackingStore *store = disk->backing_store; store != NULL;
           store = store->backing_store)
        check_format (checker, disk, store->format);
    }
}

static void
source_needed (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostPosition *at = &disk->info.position;
      const RoostStorageSource *source = &disk->source;

      if (roost_storage_source_is_empty (source) && disk->device != ROOST_DISK_DEVICE_CDROM
          && disk->device != ROOST_DISK_DEVICE_FLOPPY && source->startup_policy == 0)
        roost_check_invalid (checker, at, "disk", "'%s': <source> does not say where its data is",
                             disk->target);
      if (source->type == ROOST_SOURCE_TYPE_VOLUME
          && (source->pool == NULL) != (source->volume == NULL))
        roost_check_invalid (checker, at, "disk", "'%s': a volume needs pool and volume",
                             disk->target);
    }
}

static gboolean
protocol_needs_name (RoostNetProtocol protocol)
{
  return protocol == ROOST_NET_PROTOCOL_RBD || protocol == ROOST_NET_PROTOCOL_GLUSTER
         || protocol == ROOST_NET_PROTOCOL_ISCSI || protocol == ROOST_NET_PROTOCOL_SHEEPDOG
         || protocol == ROOST_NET_PROTOCOL_NFS || protocol == ROOST_NET_PROTOCOL_VXHS;
}

static void
check_hosts (RoostChecker *checker, const RoostDisk *disk, const RoostStorageSource *source)
{
  const RoostPosition *at = &disk->info.position;
  const char *protocol = roost_net_protocol_names[source->protocol];
  RoostNetHost *host;

  ROOST_LIST_EACH (RoostNetHost, host, source->hosts)
    {
      gboolean is_unix = host->transport == ROOST_HOST_TRANSPORT_UNIX;

      if (is_unix && host->socket == NULL)
        roost_check_invalid (checker, at, "host", "'%s': transport='unix' needs a socket",
                             disk->target);
      if (!is_unix && host->name == NULL)
        roost_check_invalid (checker, at, "host", "'%s': a server of '%s' needs a name",
                             disk->target, protocol);
      if (!is_unix && host->socket != NULL)
        roost_check_invalid (checker, at, "host", "'%s': socket is for transport='unix'",
                             disk->target);
    }
}

static void
network_source (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostStorageSource *source = &disk->source;
      const RoostPosition *at = &disk->info.position;

      if (source->type != ROOST_SOURCE_TYPE_NETWORK)
        continue;
      if (source->protocol == ROOST_NET_PROTOCOL_UNSET && source->is_given)
        roost_check_invalid (checker, at, "source", "'%s': a network disk needs a protocol",
                             disk->target);
      if (protocol_needs_name (source->protocol) && source->name == NULL)
        roost_check_invalid (checker, at, "source", "'%s': the protocol '%s' needs a name",
                             disk->target, roost_net_protocol_names[source->protocol]);
      check_hosts (checker, disk, source);
    }
}

static void
protocol_hosts (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostStorageSource *source = &disk->source;
      const RoostPosition *at = &disk->info.position;
      guint n = source->hosts != NULL ? source->hosts->len : 0;
      gboolean takes_many = source->protocol == ROOST_NET_PROTOCOL_RBD
                            || source->protocol == ROOST_NET_PROTOCOL_GLUSTER
                            || source->protocol == ROOST_NET_PROTOCOL_VXHS;
      gboolean takes_none = source->protocol == ROOST_NET_PROTOCOL_RBD
                            || source->protocol == ROOST_NET_PROTOCOL_SHEEPDOG;

      if (source->type != ROOST_SOURCE_TYPE_NETWORK || source->protocol == ROOST_NET_PROTOCOL_UNSET)
        continue;
      if (n == 0 && !takes_none)
        roost_check_invalid (checker, at, "source", "'%s': the protocol '%s' needs a <host>",
                             disk->target, roost_net_protocol_names[source->protocol]);
      if (n > 1 && !takes_many)
        roost_check_invalid (checker, at, "source", "'%s': the protocol '%s' takes one <host>",
                             disk->target, roost_net_protocol_names[source->protocol]);
    }
}

static void
source_tls (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostStorageSource *source = &disk->source;
      RoostNetHost *host;

      if (source->type != ROOST_SOURCE_TYPE_NETWORK || source->tls != ROOST_YES)
        continue;
      if (source->protocol != ROOST_NET_PROTOCOL_NBD && source->protocol != ROOST_NET_PROTOCOL_VXHS
          && source->protocol != ROOST_NET_PROTOCOL_HTTPS
          && source->protocol != ROOST_NET_PROTOCOL_FTPS)
        roost_check_unsupported (checker, &disk->info.position, "source",
                                 "'%s': QEMU cannot encrypt the protocol '%s'", disk->target,
                                 roost_net_protocol_names[source->protocol]);
      ROOST_LIST_EACH (RoostNetHost, host, source->hosts)
        if (host->transport == ROOST_HOST_TRANSPORT_UNIX
            && source->protocol != ROOST_NET_PROTOCOL_NBD)
          roost_check_unsupported (checker, &disk->info.position, "source",
                                   "'%s': a UNIX socket cannot be encrypted", disk->target);
    }
}

static void
auth_once (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostPosition *at = &disk->info.position;
      const RoostSourceAuth *auth = disk->source.auth != NULL ? disk->source.auth : disk->auth;

      if (disk->auth != NULL && disk->source.auth != NULL)
        roost_check_invalid (checker, at, "disk",
                             "'%s': <auth> stands in the disk and in its source", disk->target);
      if (auth != NULL && auth->username == NULL)
        roost_check_invalid (checker, at, "auth", "'%s': it needs a username", disk->target);
      if (auth != NULL && auth->secret == NULL)
        roost_check_invalid (checker, at, "auth", "'%s': it needs a <secret>", disk->target);
      if (auth != NULL && auth->secret != NULL && auth->secret->uuid == NULL
          && auth->secret->usage == NULL)
        roost_check_invalid (checker, at, "secret", "'%s': it needs a uuid or a usage",
                             disk->target);
      if (auth != NULL && auth->secret != NULL && auth->secret->uuid != NULL
          && auth->secret->usage != NULL)
        roost_check_invalid (checker, at, "secret", "'%s': it has both a uuid and a usage",
                             disk->target);
    }
}

static void
check_encryption (RoostChecker *checker,
                  const RoostDisk *disk,
                  const RoostEncryption *encryption,
                  RoostNetProtocol protocol)
{
  const RoostPosition *at =
      encryption->position.line > 0 ? &encryption->position : &disk->info.position;

  if (encryption->format == ROOST_ENCRYPTION_FORMAT_UNSET)
    roost_check_invalid (checker, at, "encryption", "'%s': it needs a format", disk->target);
  if (encryption->has_cipher || encryption->has_ivgen)
    roost_check_unsupported (checker, at, "encryption",
                             "'%s': <cipher> and <ivgen> are for new volumes; an image knows its "
                             "own",
                             disk->target);
  if (encryption->engine == ROOST_ENCRYPTION_ENGINE_LIBRBD)
    {
      if (protocol != ROOST_NET_PROTOCOL_RBD)
        roost_check_unsupported (checker, at, "encryption",
                                 "'%s': the engine 'librbd' decrypts images of rbd only",
                                 disk->target);
      return;
    }
  if (encryption->format == ROOST_ENCRYPTION_FORMAT_QCOW
      || encryption->format == ROOST_ENCRYPTION_FORMAT_DEFAULT)
    roost_check_unsupported (checker, at, "encryption",
                             "'%s': QEMU runs no guest from the old encryption of qcow images; "
                             "use LUKS",
                             disk->target);
  if (encryption->format == ROOST_ENCRYPTION_FORMAT_LUKS2
      || encryption->format == ROOST_ENCRYPTION_FORMAT_LUKS_ANY)
    roost_check_unsupported (checker, at, "encryption",
                             "'%s': the engine 'qemu' has no format '%s'; take luks or "
                             "engine='librbd'",
                             disk->target, roost_encryption_format_names[encryption->format]);
  if (encryption->secrets == NULL || encryption->secrets->len == 0)
    roost_check_invalid (checker, at, "encryption", "'%s': it needs a <secret>", disk->target);
  else if (encryption->secrets->len > 1)
    roost_check_unsupported (checker, at, "encryption",
                             "'%s': the engine 'qemu' takes one <secret>", disk->target);
}

static void
encryption (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostEncryption *used =
          disk->source.encryption != NULL ? disk->source.encryption : disk->encryption;

      if (disk->encryption != NULL && disk->source.encryption != NULL)
        roost_check_invalid (checker, &disk->info.position, "disk",
                             "'%s': <encryption> stands in the disk and in its source",
                             disk->target);
      if (used != NULL)
        check_encryption (checker, disk, used, disk->source.protocol);
    }
}

static void
secret_named (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostEncryption *used =
          disk->source.encryption != NULL ? disk->source.encryption : disk->encryption;
      RoostSecret *secret;

      ROOST_LIST_EACH (RoostSecret, secret, used != NULL ? used->secrets : NULL)
        if ((secret->uuid == NULL) == (secret->usage == NULL))
          roost_check_invalid (checker, &disk->info.position, "secret",
                               "'%s': it needs either a uuid or a usage", disk->target);
    }
}

static void
slices (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      RoostSlice *slice;

      ROOST_LIST_EACH (RoostSlice, slice, disk->source.slices)
        {
          if (!g_str_equal (slice->type, "storage"))
            roost_check_invalid (checker, &disk->info.position, "slice",
                                 "'%s': type='%s' is not 'storage'", disk->target, slice->type);
          if (slice->size.value == 0 || slice->offset.value > G_MAXUINT64 - slice->size.value)
            roost_check_invalid (checker, &disk->info.position, "slice",
                                 "'%s': offset and size are no part of a file", disk->target);
        }
    }
}

static void
vhostuser (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostPosition *at = &disk->info.position;

      if (disk->source.type != ROOST_SOURCE_TYPE_VHOSTUSER)
        continue;
      if (disk->bus != ROOST_DISK_BUS_VIRTIO)
        roost_check_unsupported (checker, at, "disk", "'%s': vhostuser needs the bus 'virtio'",
                                 disk->target);
      if (g_strcmp0 (disk->source.transport_type, "unix") != 0 || disk->source.path == NULL)
        roost_check_invalid (checker, at, "source", "'%s': vhostuser needs type='unix' and a path",
                             disk->target);
      if (disk->device != ROOST_DISK_DEVICE_DISK && disk->device != ROOST_DISK_DEVICE_UNSET)
        roost_check_unsupported (checker, at, "disk", "'%s': vhostuser is for device='disk'",
                                 disk->target);
      if (disk->cache != ROOST_DISK_CACHE_UNSET || disk->io != ROOST_DISK_IO_UNSET
          || disk->detect_zeroes != ROOST_DETECT_ZEROES_UNSET
          || disk->discard != ROOST_DISK_DISCARD_UNSET || disk->copy_on_read != ROOST_UNSET
          || disk->iothread.is_set)
        roost_check_unsupported (checker, at, "driver",
                                 "'%s': the vhost-user server does the I/O; cache, io, discard, "
                                 "detect_zeroes, copy_on_read and iothread are not ours",
                                 disk->target);
      if (disk->readonly || disk->shareable || disk->transient || disk->serial != NULL
          || disk->wwn != NULL)
        roost_check_unsupported (checker, at, "disk",
                                 "'%s': the vhost-user server decides on readonly, shareable, "
                                 "transient, serial and wwn",
                                 disk->target);
    }
}

/* They go into one line of the protocol, name=value; name=value. */
static gboolean
is_cookie (const RoostCookie *cookie)
{
  return cookie->name[0] != '\0' && strpbrk (cookie->name, " \t\r\n=;,\"()<>@:/\\[]?{}") == NULL
         && (cookie->value == NULL || strpbrk (cookie->value, "\r\n;,\" \\") == NULL);
}

static void
cookies (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
      const RoostCookie *cookie;

      ROOST_LIST_EACH (const RoostCookie, cookie, disk->source.cookies)
        if (!is_cookie (cookie))
          roost_check_invalid (checker, &disk->info.position, "cookie",
                               "'%s': the name or the value of '%s' holds what a cookie cannot",
                               disk->target, cookie->name);
        else if (!g_hash_table_add (seen, cookie->name))
          roost_check_invalid (checker, &disk->info.position, "cookie", "'%s': '%s' comes twice",
                               disk->target, cookie->name);
    }
}

static void
nvme (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostStorageSource *source = &disk->source;

      if (source->type != ROOST_SOURCE_TYPE_NVME)
        continue;
      if (g_strcmp0 (source->transport_type, "pci") != 0)
        roost_check_invalid (checker, &disk->info.position, "source", "'%s': nvme needs type='pci'",
                             disk->target);
      if (!source->nvme_namespace.is_set || source->nvme_namespace.value == 0)
        roost_check_invalid (checker, &disk->info.position, "source",
                             "'%s': nvme needs a namespace from 1 on", disk->target);
    }
}

typedef struct
{
  const char *what;
  const RoostUint *total, *read, *write;
} LimitTriple;

static void
check_triple (RoostChecker *checker, const RoostDisk *disk, LimitTriple triple)
{
  if (triple.total->value != 0 && (triple.read->value != 0 || triple.write->value != 0))
    roost_check_invalid (checker, &disk->info.position, "iotune",
                         "'%s': the limit of %s is either the total, or of reading and writing",
                         disk->target, triple.what);
}

static void
iotune_total (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostIotune *tune = &disk->iotune;

      check_triple (checker, disk,
                    (LimitTriple){ "bytes", &tune->total_bytes_sec, &tune->read_bytes_sec,
                                   &tune->write_bytes_sec });
      check_triple (checker, disk,
                    (LimitTriple){ "operations", &tune->total_iops_sec, &tune->read_iops_sec,
                                   &tune->write_iops_sec });
      check_triple (checker, disk,
                    (LimitTriple){ "bytes in a burst", &tune->total_bytes_sec_max,
                                   &tune->read_bytes_sec_max, &tune->write_bytes_sec_max });
      check_triple (checker, disk,
                    (LimitTriple){ "operations in a burst", &tune->total_iops_sec_max,
                                   &tune->read_iops_sec_max, &tune->write_iops_sec_max });
    }
}

static void
iotune_burst (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostIotune *t = &disk->iotune;
      const RoostUint *lengths[][2] = {
        { &t->total_bytes_sec_max_length, &t->total_bytes_sec_max },
        { &t->read_bytes_sec_max_length, &t->read_bytes_sec_max },
        { &t->write_bytes_sec_max_length, &t->write_bytes_sec_max },
        { &t->total_iops_sec_max_length, &t->total_iops_sec_max },
        { &t->read_iops_sec_max_length, &t->read_iops_sec_max },
        { &t->write_iops_sec_max_length, &t->write_iops_sec_max },
      };

      for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
        if (lengths[i][0]->value != 0 && lengths[i][1]->value == 0)
          roost_check_unsupported (checker, &disk->info.position, "iotune",
                                   "'%s': the length of a burst needs a limit for the burst",
                                   disk->target);
    }
}

static void
iotune_burst_base (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostIotune *t = &disk->iotune;
      const RoostUint *pairs[][2] = {
        { &t->total_bytes_sec_max, &t->total_bytes_sec },
        { &t->read_bytes_sec_max, &t->read_bytes_sec },
        { &t->write_bytes_sec_max, &t->write_bytes_sec },
        { &t->total_iops_sec_max, &t->total_iops_sec },
        { &t->read_iops_sec_max, &t->read_iops_sec },
        { &t->write_iops_sec_max, &t->write_iops_sec },
      };

      for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
        if (pairs[i][0]->value != 0 && pairs[i][0]->value < MAX (pairs[i][1]->value, 1))
          roost_check_unsupported (checker, &disk->info.position, "iotune",
                                   "'%s': the limit of a burst is less than the one without",
                                   disk->target);
        else if (pairs[i][0]->value != 0 && pairs[i][1]->value == 0)
          roost_check_unsupported (checker, &disk->info.position, "iotune",
                                   "'%s': the limit of a burst needs one without", disk->target);
    }
}

static void
iotune_size (RoostChecker *checker)
{
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostIotune *tune = &disk->iotune;

      if (tune->size_iops_sec.value != 0 && tune->total_iops_sec.value == 0
          && tune->read_iops_sec.value == 0 && tune->write_iops_sec.value == 0)
        roost_check_unsupported (checker, &disk->info.position, "iotune",
                                 "'%s': size_iops_sec needs a limit of operations", disk->target);
    }
}

static gboolean
has_limits (const RoostIotune *tune)
{
  RoostIotune none = { .group_name = tune->group_name };

  return !roost_type_equal (&roost_iotune_type, tune, &none, 0, NULL);
}

static void
iotune_group (RoostChecker *checker)
{
  g_autoptr (GHashTable) groups = g_hash_table_new (g_str_hash, g_str_equal);
  RoostDisk *disk;

  DISKS_EACH (disk)
    {
      const RoostIotune *first;

      if (disk->iotune.group_name == NULL)
        continue;
      first = g_hash_table_lookup (groups, disk->iotune.group_name);
      if (first == NULL)
        g_hash_table_insert (groups, disk->iotune.group_name, &disk->iotune);
      else if (has_limits (&disk->iotune)
               && !roost_type_equal (&roost_iotune_type, first, &disk->iotune, 0, NULL))
        roost_check_invalid (checker, &disk->info.position, "iotune",
                             "'%s': other disks of the group '%s' have other limits", disk->target,
                             disk->iotune.group_name);
    }
}

const RoostRule roost_source_rules[] = {
  { "disk-format-known", format_known },
  { "disk-source-needed", source_needed },
  { "disk-source-network", network_source },
  { "disk-source-hosts", protocol_hosts },
  { "disk-source-tls", source_tls },
  { "disk-auth", auth_once },
  { "disk-encryption", encryption },
  { "disk-encryption-secret", secret_named },
  { "disk-slices", slices },
  { "disk-vhostuser", vhostuser },
  { "disk-cookies", cookies },
  { "disk-nvme", nvme },
  { "disk-iotune-total", iotune_total },
  { "disk-iotune-burst", iotune_burst },
  { "disk-iotune-base", iotune_burst_base },
  { "disk-iotune-size", iotune_size },
  { "disk-iotune-group", iotune_group },
  { NULL, NULL },
};
