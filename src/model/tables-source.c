/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/tables.h"

/* Tables are read row by row. */
/* clang-format off */

#define T RoostNetHost
static const RoostField net_host_fields[] = {
  ROW (STRING, "@name", name, HOST, "host name or address"),
  ROW (STRING, "@port", port, HOST, "port"),
  ROW (ENUM, "@transport", transport, HOST, "how to get there",
       .names = roost_host_transport_names, .fallback = "tcp"),
  ROW (STRING, "@socket", socket, HOST, "path of the socket of transport unix"),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_net_host_type, "net-host", RoostNetHost, net_host_fields, "A storage server.");

#define T RoostSourceAuth
static const RoostField auth_fields[] = {
  ROW (STRING, "@username", username, HOST, "the user at the server"),
  ROW (STRUCT, "secret", secret, HOST, "where the key is", .type = &roost_secret_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_auth_type, "auth", RoostSourceAuth, auth_fields, "Who we are for the server.");

#define T RoostEncryption
static const RoostField encryption_fields[] = {
  ROW (ENUM, "@format", format, HOST, "format of the encrypted image",
       .names = roost_encryption_format_names),
  ROW (ENUM, "@engine", engine, HOST, "who decrypts", .names = roost_encryption_engine_names,
       .fallback = "qemu"),
  ROW (LIST, "secret", secrets, HOST, "where the passphrase is", .type = &roost_secret_type),
  ROW (FLAG, "cipher", has_cipher, HOST, "cipher of a new volume"),
  ROW (STRING, "cipher/@name", cipher_name, HOST, "aes, serpent, …"),
  ROW (UINT, "cipher/@size", cipher_size, HOST, "bits of the key", .max = G_MAXUINT32),
  ROW (STRING, "cipher/@mode", cipher_mode, HOST, "cbc, xts, …"),
  ROW (STRING, "cipher/@hash", cipher_hash, HOST, "sha256, …"),
  ROW (FLAG, "ivgen", has_ivgen, HOST, "initialization vectors of a new volume"),
  ROW (STRING, "ivgen/@name", ivgen_name, HOST, "plain64, essiv, …"),
  ROW (STRING, "ivgen/@hash", ivgen_hash, HOST, "sha256, …"),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_encryption_type, "encryption", RoostEncryption, encryption_fields,
                "How an image is encrypted.", position);

#define T RoostReservations
static const RoostField reservations_fields[] = {
  ROW (YES_NO, "@enabled", enabled, HOST, "old form"),
  ROW (YES_NO, "@managed", managed, HOST, "the service runs the helper"),
  ROW (STRING, "source/@type", type, HOST, "'unix'"),
  ROW (STRING, "source/@path", path, HOST, "the helper's socket"),
  ROW (STRING, "source/@mode", mode, HOST, "'client'"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (reservations_type, "reservations", RoostReservations, reservations_fields,
                    "SCSI persistent reservations, through a helper process.");

#define T RoostCookie
static const RoostField cookie_fields[] = {
  ROW (STRING, "@name", name, NEEDED, "name of the cookie"),
  ROW (STRING, ".", value, SECRET, "its value"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (cookie_type, "cookie", RoostCookie, cookie_fields, "An HTTP cookie.");

#define T RoostSlice
static const RoostField slice_fields[] = {
  ROW (STRING, "@type", type, NEEDED, "'storage'"),
  ROW (UINT, "@offset", offset, NEEDED, "first byte"),
  ROW (UINT, "@size", size, NEEDED, "bytes"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (slice_type, "slice", RoostSlice, slice_fields, "A part of a file.");

#define T RoostStorageSource
static const RoostField storage_source_fields[] = {
/* The type attribute is of the element around and a row of its table. */
  ROW (FLAG, "source", is_given, HOST, "where the bytes are"),
  ROW (STRING, "source/@type", transport_type, HOST, "nvme: 'pci'; vhostuser: 'unix'"),
  ROW (STRING, "source/@file", file, HOST, "a file", .only = "@type=file"),
  ROW (STRING, "source/@fdgroup", fdgroup, HOST, "descriptors that a client passed"),
  ROW (STRING, "source/@dev", dev, HOST, "a block or vhost-vdpa device",
       .only = "@type=block|vhostvdpa"),
  ROW (STRING, "source/@dir", dir, HOST, "a folder shown as a FAT disk", .only = "@type=dir"),
  ROW (ENUM, "source/@protocol", protocol, HOST, "what the server speaks",
       .names = roost_net_protocol_names, .only = "@type=network"),
  ROW (STRING, "source/@name", name, HOST, "image or export on the server",
       .only = "@type=network"),
  ROW (STRING, "source/@query", query, HOST, "what stands after the '?' of the URL",
       .only = "@type=network"),
  ROW (YES_NO, "source/@tls", tls, HOST, "encrypt the connection?", .only = "@type=network"),
  ROW (STRING, "source/@tlsHostname", tls_hostname, HOST, "name in the server's certificate",
       .only = "@type=network"),
  ROW (YES_NO, "source/@tlsFromConfig", tls_from_config, OUTPUT, "the settings said so",
       .only = "@type=network"),
  ROW (STRING, "source/@pool", pool, HOST, "storage pool", .only = "@type=volume"),
  ROW (STRING, "source/@volume", volume, HOST, "volume in the pool", .only = "@type=volume"),
  ROW (ENUM, "source/@mode", mode, HOST, "iSCSI pools: through QEMU or the host's device",
       .names = roost_source_mode_names, .only = "@type=volume"),
  ROW (YES_NO, "source/@managed", nvme_managed, HOST, "detach the controller from the host?",
       .only = "@type=nvme"),
  ROW (UINT, "source/@namespace", nvme_namespace, HOST, "NVMe namespace, from 1",
       .only = "@type=nvme"),
  ROW (STRING, "source/@path", path, HOST, "socket of the vhost-user server",
       .only = "@type=vhostuser"),
  ROW (ENUM, "source/@startupPolicy", startup_policy, HOST, "what if it is missing at start",
       .names = roost_startup_policy_names),
  ROW (UINT, "source/@index", index, OUTPUT, "number of the node in QEMU"),
  ROW (LIST, "source/host", hosts, HOST, "the servers", .type = &roost_net_host_type),
  ROW (UINT, "source/address/@domain", nvme_domain, HOST, "PCI address of the NVMe controller",
       .hex_digits = 4, .max = 0xffff, .only = "@type=nvme"),
  ROW (UINT, "source/address/@bus", nvme_bus, HOST, "its bus", .hex_digits = 2, .max = 0xff,
       .only = "@type=nvme"),
  ROW (UINT, "source/address/@slot", nvme_slot, HOST, "its slot", .hex_digits = 2, .max = 0x1f,
       .only = "@type=nvme"),
  ROW (UINT, "source/address/@function", nvme_function, HOST, "its function", .hex_digits = 1,
       .max = 7, .only = "@type=nvme"),
  ROW (STRING, "source/snapshot/@name", snapshot_name, HOST, "a snapshot on the server",
       .only = "@type=network"),
  ROW (STRING, "source/config/@file", config_file, HOST, "client configuration",
       .only = "@type=network"),
  ROW (STRING, "source/initiator/iqn/@name", initiator_iqn, HOST, "who we are for iSCSI",
       .only = "@type=network"),
  ROW (LIST, "source/slices/slice", slices, HOST, "the part that counts", .type = &slice_type),
  ROW (YES_NO, "source/ssl/@verify", ssl_verify, HOST, "check the certificate?",
       .only = "@type=network"),
  ROW (LIST, "source/cookies/cookie", cookies, HOST, "HTTP cookies", .type = &cookie_type),
  ROW (UINT, "source/readahead/@size", readahead, HOST, "bytes", .only = "@type=network"),
  ROW (UINT, "source/timeout/@seconds", timeout_s, HOST, "of a request", .only = "@type=network"),
  ROW (EMBED, "source/reconnect", reconnect, HOST, "for sockets", .type = &roost_reconnect_type),
  ROW (STRING, "source/knownHosts/@path", ssh_known_hosts, HOST, "ssh: keys of servers",
       .only = "@type=network"),
  ROW (STRING, "source/identity/@user", nfs_user, HOST, "nfs: user", .only = "@type=network"),
  ROW (STRING, "source/identity/@group", nfs_group, HOST, "nfs: group", .only = "@type=network"),
  ROW (STRING, "source/identity/@username", ssh_identity_username, HOST, "ssh: user",
       .only = "@type=network"),
  ROW (STRING, "source/identity/@keyfile", ssh_identity_keyfile, HOST, "ssh: private key",
       .only = "@type=network"),
  ROW (LIST, "source/seclabel", seclabels, HOST, "labels", .type = &roost_device_seclabel_type),
  ROW (STRUCT, "source/auth", auth, HOST, "who we are", .type = &roost_auth_type),
  ROW (STRUCT, "source/encryption", encryption, HOST, "of the image",
       .type = &roost_encryption_type),
  ROW (STRUCT, "source/reservations", reservations, HOST, "SCSI persistent reservations",
       .type = &reservations_type),
  ROW (STRING, "source/relPath", relative_path, OUTPUT, "as the overlay names it"),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_storage_source_type, "storage-source", RoostStorageSource, storage_source_fields,
             "Where the bytes of a disk are.");

#define T RoostBackingStore
static const RoostField backing_store_fields[] = {
  ROW (ENUM, "@type", source.type, HOST, "what <source> names", .names = roost_source_type_names),
  ROW (UINT, "@index", index, OUTPUT, "number of the node in QEMU"),
  ROW (STRING, "format/@type", format, HOST, "format of the image"),
  ROW (SIZE, "format/metadata_cache/max_size", cache_max_size, HOST, "qcow2 metadata cache",
       .unit = "bytes"),
  ROW_GROUP (source, roost_storage_source_type),
  ROW (STRUCT, "backingStore", backing_store, HOST, "what this image backs onto; empty: nothing",
       .type = &roost_backing_store_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_backing_store_type, "backing-store", RoostBackingStore, backing_store_fields,
                "The image below an image.", position);

#define T RoostMirror
static const RoostField mirror_fields[] = {
  ROW (ENUM, "@type", source.type, OUTPUT, "what <source> names",
       .names = roost_source_type_names),
  ROW (STRING, "@file", old_file, OUTPUT, "old form of the target"),
  ROW (STRING, "@format", old_format, OUTPUT, "old form of its format"),
  ROW (ENUM, "@job", job, OUTPUT, "the block job", .names = roost_mirror_job_names),
  ROW (ENUM, "@ready", ready, OUTPUT, "is it in step?", .names = roost_mirror_ready_names),
  ROW (STRING, "format/@type", format, OUTPUT, "format of the target"),
  ROW (SIZE, "format/metadata_cache/max_size", cache_max_size, OUTPUT, "qcow2 metadata cache",
       .unit = "bytes"),
  ROW_GROUP (source, roost_storage_source_type),
  ROW (STRUCT, "backingStore", backing_store, OUTPUT, "what the target backs onto",
       .type = &roost_backing_store_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_mirror_type, "mirror", RoostMirror, mirror_fields,
             "A block job that writes to a second place.");
