/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pool-config.h"
#include "model/pool-types.h"
#include "model/tables.h"
#include "model/tables-storage.h"

#include "base/error.h"

#include <inttypes.h>

ROOST_ENUM_DEFINE (ROOST_POOL_KIND, roost_pool_kind)
ROOST_ENUM_DEFINE (ROOST_ADAPTER_TYPE, roost_adapter_type)
ROOST_ENUM_DEFINE (ROOST_POOL_AUTH_TYPE, roost_pool_auth_type)
ROOST_ENUM_DEFINE (ROOST_REFRESH_ALLOCATION, roost_refresh_allocation)

/* --- permissions: octal modes, and -1 for "as it comes" --- */

#define MODE_MAX 07777

static gboolean
parse_number (const char *text, guint base, guint64 max, RoostUint *out, GError **error)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, base, 0, max, &value, NULL))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is no %s number up to %s", text,
                        base == 8 ? "octal" : "decimal", base == 8 ? "7777" : "4294967294");
  *out = (RoostUint){ value, TRUE };
  return TRUE;
}

static gboolean
parse_mode (const RoostField *field, gpointer member, const char *text, GError **error)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));

  return parse_number (trimmed, 8, MODE_MAX, member, error);
}

static char *
format_mode (const RoostField *field, gconstpointer member)
{
  const RoostUint *mode = member;

  return mode->is_set ? g_strdup_printf ("0%" PRIo64, mode->value) : NULL;
}

static gboolean
parse_owner (const RoostField *field, gpointer member, const char *text, GError **error)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));

  return g_str_equal (trimmed, "-1") || parse_number (trimmed, 10, G_MAXUINT32 - 1, member, error);
}

static char *
format_owner (const RoostField *field, gconstpointer member)
{
  const RoostUint *owner = member;

  return owner->is_set ? g_strdup_printf ("%" PRIu64, owner->value) : NULL;
}

static const RoostFieldCustom mode_custom = {
  .parse = parse_mode,
  .format = format_mode,
  .pattern = "[0-7]+",
};

static const RoostFieldCustom owner_custom = {
  .parse = parse_owner,
  .format = format_owner,
  .pattern = "-1|[0-9]+",
};

/* Tables are read row by row. */
/* clang-format off */

#define T RoostPermissions
static const RoostField permissions_fields[] = {
  ROW (CUSTOM, "mode", mode, HOST, "permission bits, octal", .custom = &mode_custom),
  ROW (CUSTOM, "owner", owner, HOST, "uid; -1: as it comes", .custom = &owner_custom),
  ROW (CUSTOM, "group", group, HOST, "gid; -1: as it comes", .custom = &owner_custom),
  ROW (STRING, "label", label, HOST, "security label"),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_permissions_type, "permissions", RoostPermissions, permissions_fields,
             "Who may use it.");

#define T RoostExtent
static const RoostField extent_fields[] = {
  ROW (UINT, "@start", start, OUTPUT, "first byte"),
  ROW (UINT, "@end", end, OUTPUT, "the byte after the last"),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_extent_type, "extent", RoostExtent, extent_fields, "A part of a device.");

#define T RoostPoolHost
static const RoostField pool_host_fields[] = {
  ROW (STRING, "@name", name, HOST, "host name or address"),
  ROW (STRING, "@port", port, HOST, "port"),
  ROW (ENUM, "@transport", transport, HOST, "nbd: how to get there",
       .names = roost_host_transport_names, .fallback = "tcp"),
  ROW (STRING, "@socket", socket, HOST, "nbd: path of the socket of transport unix"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (pool_host_type, "pool-host", RoostPoolHost, pool_host_fields,
                    "A server of the storage.");

#define T RoostPoolDevice
static const RoostField pool_device_fields[] = {
  ROW (STRING, "@path", path, NEEDED, "a device of the host, or the target's IQN"),
  ROW (YES_NO, "@part_separator", part_separator, HOST,
       "disk: does a 'p' stand before the number of a partition?"),
  ROW (LIST, "freeExtent", free_extents, OUTPUT, "what is not in use", .type = &roost_extent_type),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (pool_device_type, "pool-device", RoostPoolDevice, pool_device_fields,
                    "A device that the pool is made of.");

#define T RoostPoolAdapter
static const RoostField pool_adapter_fields[] = {
  ROW (ENUM, "@type", type, HOST, "kind of adapter", .names = roost_adapter_type_names),
  ROW (STRING, "@name", name, HOST, "'host0', 'scsi_host0'"),
  ROW (STRING, "@parent", parent, HOST, "fc_host: the HBA of the virtual one"),
  ROW (YES_NO, "@managed", managed, HOST, "fc_host: remove the virtual HBA with the pool?"),
  ROW (STRING, "@parent_wwnn", parent_wwnn, HOST, "fc_host: the HBA by its names"),
  ROW (STRING, "@parent_wwpn", parent_wwpn, HOST, "fc_host: the HBA by its names"),
  ROW (STRING, "@parent_fabric_wwn", parent_fabric_wwn, HOST, "fc_host: the HBA by its fabric"),
  ROW (STRING, "@wwnn", wwnn, HOST, "fc_host: world wide node name"),
  ROW (STRING, "@wwpn", wwpn, HOST, "fc_host: world wide port name"),
  ROW (FLAG, "parentaddr", has_parent_address, HOST, "scsi_host by its PCI device"),
  ROW (UINT, "parentaddr/@unique_id", unique_id, HOST, "which of the device's hosts",
       .max = G_MAXUINT32),
  ROW (UINT, "parentaddr/address/@domain", domain, HOST, "PCI address", .hex_digits = 4,
       .max = 0xffff),
  ROW (UINT, "parentaddr/address/@bus", bus, HOST, "its bus", .hex_digits = 2, .max = 0xff),
  ROW (UINT, "parentaddr/address/@slot", slot, HOST, "its slot", .hex_digits = 2, .max = 0x1f),
  ROW (UINT, "parentaddr/address/@function", function, HOST, "its function", .hex_digits = 1,
       .max = 7),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (pool_adapter_type, "pool-adapter", RoostPoolAdapter, pool_adapter_fields,
                    "A SCSI host.");

#define T RoostPoolAuth
static const RoostField pool_auth_fields[] = {
  ROW (ENUM, "@type", type, NEEDED, "what the server wants; netfs of cifs: 'password'",
       .names = roost_pool_auth_type_names),
  ROW (STRING, "@username", username, NEEDED, "the user at the server; cifs: 'DOMAIN\\USER', too"),
  ROW (STRUCT, "secret", secret, NEEDED, "where the key is", .type = &roost_secret_type),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (pool_auth_type, "pool-auth", RoostPoolAuth, pool_auth_fields,
                    "Who we are for the server.");

#define T RoostPoolOption
static const RoostField mount_option_fields[] = {
  ROW (STRING, "@name", name, NEEDED, "as mount -o takes it"),
  ROOST_FIELD_END
};
static const RoostField rbd_option_fields[] = {
  ROW (STRING, "@name", name, NEEDED, "name of the setting"),
  ROW (STRING, "@value", value, NEEDED, "its value"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (mount_option_type, "mount-option", RoostPoolOption, mount_option_fields,
                    "An option of the mount.");
static DEFINE_TYPE (rbd_option_type, "rbd-option", RoostPoolOption, rbd_option_fields,
                    "A setting of the Ceph client.");

#define T RoostPoolConfig
static const RoostField pool_fields[] = {
  ROW (ENUM, "@type", kind, NEEDED, "what the volumes are kept in", .names = roost_pool_kind_names),
  ROW (STRING, "name", name, HOST, "unique; else that of the source"),
  ROW (UUID, "uuid", uuid, HOST, "made up where it is missing"),
  ROW (SIZE, "capacity", capacity, OUTPUT, "bytes in all", .unit = "bytes"),
  ROW (SIZE, "allocation", allocation, OUTPUT, "bytes in use", .unit = "bytes"),
  ROW (SIZE, "available", available, OUTPUT, "bytes that are free", .unit = "bytes"),
  ROW (YES_NO, "features/cow/@state", cow, HOST, "dir, fs: copy on write in the file system?"),
  ROW (FLAG, "source", has_source, HOST, "what the pool is made of"),
  ROW (LIST, "source/host", hosts, HOST, "the servers", .type = &pool_host_type),
  ROW (LIST, "source/device", devices, HOST, "devices of the host", .type = &pool_device_type),
  ROW (STRING, "source/dir/@path", dir, HOST, "a folder on the server"),
  ROW (STRUCT, "source/adapter", adapter, HOST, "a SCSI host", .type = &pool_adapter_type),
  ROW (STRING, "source/name", source_name, HOST, "volume group, Ceph pool, export …"),
  ROW (STRING, "source/initiator/iqn/@name", initiator, HOST, "who we are for iSCSI"),
  ROW (STRING, "source/format/@type", format, HOST, "of file system, partition table, group"),
  ROW (STRUCT, "source/auth", auth, HOST, "who we are", .type = &pool_auth_type),
  ROW (STRING, "source/protocol/@ver", protocol_version, HOST, "netfs: version of NFS"),
  ROW (STRING, "source/vendor/@name", vendor, HOST, "for people"),
  ROW (STRING, "source/product/@name", product, HOST, "for people"),
  ROW (STRING, "target/path", path, HOST, "the folder that shows the volumes"),
  ROW (EMBED, "target/permissions", permissions, HOST, "of that folder",
       .type = &roost_permissions_type),
  ROW (STRUCT, "target/encryption", encryption, HOST, "for new volumes",
       .type = &roost_encryption_type),
  ROW (ENUM, "refresh/volume/@allocation", refresh_allocation, HOST,
       "rbd: 'capacity' spares asking for the allocation of each volume",
       .names = roost_refresh_allocation_names, .fallback = "default"),
  ROW (LIST, "fs:mount_opts/fs:option", mount_options, HOST, "for mount",
       .type = &mount_option_type),
  ROW (LIST, "rbd:config_opts/rbd:option", rbd_options, HOST, "for the Ceph client",
       .type = &rbd_option_type),
  ROOST_FIELD_END
};
#undef T
/* clang-format on */

static const RoostNamespace namespaces[] = {
  { "fs", "http://libvirt.org/schemas/storagepool/fs/1.0" },
  { "rbd", "http://libvirt.org/schemas/storagepool/rbd/1.0" },
  { NULL, NULL },
};

const RoostType roost_pool_type = {
  .name = "pool",
  .size = sizeof (RoostPoolConfig),
  .fields = pool_fields,
  .doc = "A storage pool.",
  .position = G_STRUCT_OFFSET (RoostPoolConfig, position),
  .namespaces = namespaces,
};
