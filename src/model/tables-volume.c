/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pool-types.h"
#include "model/tables-storage.h"
#include "model/tables.h"
#include "model/volume-config.h"

ROOST_ENUM_DEFINE (ROOST_VOLUME_TYPE, roost_volume_type)

/* Tables are read row by row. */
/* clang-format off */

#define T RoostVolumeDevice
static const RoostField volume_device_fields[] = {
  ROW (STRING, "@path", path, OUTPUT, "the device"),
  ROW (LIST, "extent", extents, OUTPUT, "the parts of it", .type = &roost_extent_type),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (volume_device_type, "volume-device", RoostVolumeDevice, volume_device_fields,
                    "A device that holds a part of the volume.");

#define T RoostVolumeBacking
static const RoostField volume_backing_fields[] = {
  ROW (STRING, "path", path, HOST, "the image below"),
  ROW (STRING, "format/@type", format, HOST, "its format", .fallback = "raw"),
  ROW (EMBED, "permissions", permissions, HOST, "of that image", .type = &roost_permissions_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_volume_backing_type, "volume-backing", RoostVolumeBacking,
                    volume_backing_fields, "The image below a volume.");

#define T RoostVolumeConfig
static const RoostField volume_fields[] = {
  ROW (ENUM, "@type", type, HOST, "what it is for the host", .names = roost_volume_type_names),
  ROW (STRING, "name", name, NEEDED, "unique in its pool; one component of a path"),
  ROW (STRING, "key", key, HOST, "unique on the host"),
  ROW (LIST, "source/device", devices, OUTPUT, "where it is", .type = &volume_device_type),
  ROW (SIZE, "capacity", capacity, HOST, "bytes that a guest sees", .unit = "bytes"),
  ROW (SIZE, "allocation", allocation, HOST, "bytes that it takes; of a new raw one: bytes to "
       "reserve, all of them where it is missing", .unit = "bytes"),
  ROW (SIZE, "physical", physical, OUTPUT, "length of its file", .unit = "bytes"),
  ROW (STRING, "target/path", path, HOST, "where the host has it; the pool decides"),
  ROW (STRING, "target/format/@type", format, HOST, "format of the image"),
  ROW (EMBED, "target/permissions", permissions, HOST, "of the file or node",
       .type = &roost_permissions_type),
  ROW (STRING, "target/timestamps/atime", atime, OUTPUT, "last read"),
  ROW (STRING, "target/timestamps/mtime", mtime, OUTPUT, "last write"),
  ROW (STRING, "target/timestamps/ctime", ctime, OUTPUT, "last change of its facts"),
  ROW (STRING, "target/timestamps/btime", btime, OUTPUT, "its birth"),
  ROW (STRUCT, "target/encryption", encryption, HOST, "how it is encrypted",
       .type = &roost_encryption_type),
  ROW (STRING, "target/compat", compat, HOST, "qcow2: '0.10' or '1.1'"),
  ROW (FLAG, "target/nocow", nocow, HOST, "btrfs: no copy on write for the file"),
  ROW (SIZE, "target/clusterSize", cluster_size, HOST, "qcow2: bytes of a cluster", .unit = "B"),
  ROW (FLAG, "target/features", has_features, HOST, "of qcow2"),
  ROW (FLAG, "target/features/lazy_refcounts", lazy_refcounts, HOST, "fewer writes of counts"),
  ROW (FLAG, "target/features/extended_l2", extended_l2, HOST, "subclusters"),
  ROW (STRING, "target/dataFile/@volume", data_file, HOST,
       "qcow2: a raw volume of the pool that holds the data"),
  ROW (STRUCT, "backingStore", backing, HOST, "the image below", .type = &roost_volume_backing_type),
  ROOST_FIELD_END
};
#undef T
/* clang-format on */

DEFINE_TYPE_AT (roost_volume_document_type,
                "volume",
                RoostVolumeConfig,
                volume_fields,
                "A volume of a storage pool.",
                position);
