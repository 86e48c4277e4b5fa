/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/tables.h"

/* Tables are read row by row. */
/* clang-format off */

#define T RoostPin
static const RoostField vcpupin_fields[] = {
  ROW (UINT, "@vcpu", vcpu, NEEDED, "number of the processor", .max = G_MAXUINT32),
  ROW (BITMAP, "@cpuset", cpuset, NEEDED, "processors of the host"),
  ROOST_FIELD_END
};
static const RoostField iothreadpin_fields[] = {
  ROW (UINT, "@iothread", iothread, NEEDED, "number of the thread", .min = 1, .max = G_MAXUINT32),
  ROW (BITMAP, "@cpuset", cpuset, NEEDED, "processors of the host"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE_AT (vcpupin_type, "vcpupin", RoostPin, vcpupin_fields,
                       "Where a processor may run.", position);
static DEFINE_TYPE_AT (iothreadpin_type, "iothreadpin", RoostPin, iothreadpin_fields,
                       "Where an I/O thread may run.", position);

#define T RoostSched
static const RoostField vcpusched_fields[] = {
  ROW (BITMAP, "@vcpus", vcpus, NEEDED, "the processors"),
  ROW (ENUM, "@scheduler", scheduler, NEEDED, "policy", .names = roost_scheduler_names),
  ROW (INT, "@priority", priority, HOST, "of fifo and rr"),
  ROOST_FIELD_END
};
static const RoostField iothreadsched_fields[] = {
  ROW (BITMAP, "@iothreads", iothreads, NEEDED, "the threads"),
  ROW (ENUM, "@scheduler", scheduler, NEEDED, "policy", .names = roost_scheduler_names),
  ROW (INT, "@priority", priority, HOST, "of fifo and rr"),
  ROOST_FIELD_END
};
static const RoostField emulatorsched_fields[] = {
  ROW (ENUM, "@scheduler", scheduler, NEEDED, "policy", .names = roost_scheduler_names),
  ROW (INT, "@priority", priority, HOST, "of fifo and rr"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE_AT (vcpusched_type, "vcpusched", RoostSched, vcpusched_fields,
                       "How processors are scheduled.", position);
static DEFINE_TYPE_AT (iothreadsched_type, "iothreadsched", RoostSched, iothreadsched_fields,
                       "How I/O threads are scheduled.", position);
static DEFINE_TYPE_AT (emulatorsched_type, "emulatorsched", RoostSched, emulatorsched_fields,
                       "How the other threads are scheduled.", position);

#define T RoostCachetuneCache
static const RoostField cachetune_cache_fields[] = {
  ROW (UINT, "@id", id, NEEDED, "number of the cache", .max = G_MAXUINT32),
  ROW (UINT, "@level", level, NEEDED, "level", .max = G_MAXUINT32),
  ROW (ENUM, "@type", type, NEEDED, "what it caches", .names = roost_cachetune_type_names),
  ROW (SIZE, "@size", size, NEEDED, "the share", .unit = "KiB"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (cachetune_cache_type, "cachetune-cache", RoostCachetuneCache,
                    cachetune_cache_fields, "A share of a cache.");

#define T RoostCachetuneMonitor
static const RoostField cachetune_monitor_fields[] = {
  ROW (UINT, "@level", level, HOST, "level", .max = G_MAXUINT32),
  ROW (BITMAP, "@vcpus", vcpus, NEEDED, "whose use is watched"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (cachetune_monitor_type, "cachetune-monitor", RoostCachetuneMonitor,
                    cachetune_monitor_fields, "Whose use is measured.");

#define T RoostCachetune
static const RoostField cachetune_fields[] = {
  ROW (STRING, "@id", id, OUTPUT, "name of the group"),
  ROW (BITMAP, "@vcpus", vcpus, NEEDED, "the processors"),
  ROW (LIST, "cache", caches, HOST, "shares", .type = &cachetune_cache_type),
  ROW (LIST, "monitor", monitors, HOST, "measurements", .type = &cachetune_monitor_type),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE_AT (cachetune_type, "cachetune", RoostCachetune, cachetune_fields,
                       "Shares of the host's caches.", position);

#define T RoostMemorytuneNode
static const RoostField memorytune_node_fields[] = {
  ROW (UINT, "@id", id, NEEDED, "NUMA node of the host", .max = G_MAXUINT32),
  ROW (UINT, "@bandwidth", bandwidth, NEEDED, "per cent", .max = 100),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (memorytune_node_type, "memorytune-node", RoostMemorytuneNode,
                    memorytune_node_fields, "A share of the memory bandwidth.");

#define T RoostMemorytune
static const RoostField memorytune_fields[] = {
  ROW (STRING, "@id", id, OUTPUT, "name of the group"),
  ROW (BITMAP, "@vcpus", vcpus, NEEDED, "the processors"),
  ROW (LIST, "node", nodes, HOST, "shares", .type = &memorytune_node_type),
  ROW (LIST, "monitor", monitors, HOST, "measurements", .type = &cachetune_monitor_type),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE_AT (memorytune_type, "memorytune", RoostMemorytune, memorytune_fields,
                       "Shares of the memory bandwidth.", position);

#define PERIOD .max = 1000000
#define T RoostCputune
static const RoostField cputune_fields[] = {
  ROW (UINT, "shares", shares, LIVE, "weight against other guests", .max = 262144),
  ROW (UINT, "period", period, LIVE, "microseconds of a period of the processors", PERIOD),
  ROW (INT, "quota", quota, LIVE, "microseconds in each period; negative = no limit"),
  ROW (UINT, "global_period", global_period, LIVE, "period of the whole guest", PERIOD),
  ROW (INT, "global_quota", global_quota, LIVE, "quota of the whole guest"),
  ROW (UINT, "emulator_period", emulator_period, LIVE, "period of the other threads", PERIOD),
  ROW (INT, "emulator_quota", emulator_quota, LIVE, "quota of the other threads"),
  ROW (UINT, "iothread_period", iothread_period, LIVE, "period of the I/O threads", PERIOD),
  ROW (INT, "iothread_quota", iothread_quota, LIVE, "quota of the I/O threads"),
  ROW (LIST, "vcpupin", vcpupins, LIVE, "where processors run", .type = &vcpupin_type),
  ROW (BITMAP, "emulatorpin/@cpuset", emulatorpin, LIVE, "where the other threads run"),
  ROW (LIST, "iothreadpin", iothreadpins, LIVE, "where I/O threads run",
       .type = &iothreadpin_type),
  ROW (LIST, "vcpusched", vcpuscheds, HOST, "real time", .type = &vcpusched_type),
  ROW (LIST, "iothreadsched", iothreadscheds, HOST, "real time", .type = &iothreadsched_type),
  ROW (STRUCT, "emulatorsched", emulatorsched, HOST, "real time", .type = &emulatorsched_type),
  ROW (LIST, "cachetune", cachetunes, HOST, "shares of caches", .type = &cachetune_type),
  ROW (LIST, "memorytune", memorytunes, HOST, "shares of bandwidth", .type = &memorytune_type),
  ROOST_FIELD_END
};
#undef T
#undef PERIOD
DEFINE_TYPE (roost_cputune_type, "cputune", RoostCputune, cputune_fields,
             "How the guest's threads are scheduled in the host.");

#define T RoostMemnode
static const RoostField memnode_fields[] = {
  ROW (UINT, "@cellid", cellid, NEEDED, "cell of the guest", .max = G_MAXUINT32),
  ROW (ENUM, "@mode", mode, HOST, "what if a node is full", .names = roost_numa_mode_names,
       .fallback = "strict"),
  ROW (BITMAP, "@nodeset", nodeset, NEEDED, "nodes of the host"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE_AT (memnode_type, "memnode", RoostMemnode, memnode_fields,
                       "Where the memory of a cell comes from.", position);

#define T RoostNumatune
static const RoostField numatune_fields[] = {
  ROW (FLAG, "memory", has_memory, HOST, "all memory"),
  ROW (ENUM, "memory/@mode", mode, HOST, "what if a node is full", .names = roost_numa_mode_names,
       .fallback = "strict"),
  ROW (BITMAP, "memory/@nodeset", nodeset, HOST, "nodes of the host"),
  ROW (ENUM, "memory/@placement", placement, HOST, "who chooses the nodes",
       .names = roost_placement_names),
  ROW (LIST, "memnode", memnodes, HOST, "memory of one cell", .type = &memnode_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_numatune_type, "numatune", RoostNumatune, numatune_fields,
             "Which nodes of the host the memory comes from.");

#define T RoostMemtune
static const RoostField memtune_fields[] = {
  ROW (SIZE, "hard_limit", hard_limit, LIVE, "the guest and QEMU get no more", .unit = "KiB"),
  ROW (SIZE, "soft_limit", soft_limit, LIVE, "when memory is scarce", .unit = "KiB"),
  ROW (SIZE, "min_guarantee", min_guarantee, LIVE, "kept; QEMU has none", .unit = "KiB"),
  ROW (SIZE, "swap_hard_limit", swap_hard_limit, LIVE, "memory and swap", .unit = "KiB"),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_memtune_type, "memtune", RoostMemtune, memtune_fields,
             "Limits of memory in the host.");

#define T RoostBlkioDevice
static const RoostField blkio_device_fields[] = {
  ROW (STRING, "path", path, NEEDED, "block device of the host"),
  ROW (UINT, "weight", weight, LIVE, "weight against others", .max = G_MAXUINT32),
  ROW (UINT, "read_iops_sec", read_iops_sec, LIVE, "reads per second", .max = G_MAXUINT32),
  ROW (UINT, "write_iops_sec", write_iops_sec, LIVE, "writes per second", .max = G_MAXUINT32),
  ROW (UINT, "read_bytes_sec", read_bytes_sec, LIVE, "bytes read per second"),
  ROW (UINT, "write_bytes_sec", write_bytes_sec, LIVE, "bytes written per second"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (blkio_device_type, "blkio-device", RoostBlkioDevice, blkio_device_fields,
                    "Limits at one block device.");

#define T RoostBlkiotune
static const RoostField blkiotune_fields[] = {
  ROW (UINT, "weight", weight, LIVE, "weight against other guests", .max = G_MAXUINT32),
  ROW (LIST, "device", devices, LIVE, "of one block device", .type = &blkio_device_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_blkiotune_type, "blkiotune", RoostBlkiotune, blkiotune_fields,
             "Share of the host's disks.");

#define T RoostHugepage
static const RoostField hugepage_fields[] = {
  ROW (SIZE, "@size", size, NEEDED, "of a page", .unit = "KiB"),
  ROW (BITMAP, "@nodeset", nodeset, HOST, "cells of the guest; all without it"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE_AT (hugepage_type, "hugepage", RoostHugepage, hugepage_fields, "Huge pages.",
                       position);

#define T RoostMemoryBacking
static const RoostField memory_backing_fields[] = {
  ROW (FLAG, "hugepages", hugepages, HOST, "memory of huge pages"),
  ROW (LIST, "hugepages/page", pages, HOST, "of which size", .type = &hugepage_type),
  ROW (FLAG, "nosharepages", nosharepages, HOST, "do not merge equal pages"),
  ROW (FLAG, "locked", locked, HOST, "never swap it out"),
  ROW (ENUM, "source/@type", source, HOST, "where it comes from",
       .names = roost_memory_source_names),
  ROW (ENUM, "access/@mode", access, HOST, "may others see it?",
       .names = roost_memory_access_names),
  ROW (ENUM, "allocation/@mode", allocation, HOST, "when it is taken",
       .names = roost_allocation_names),
  ROW (UINT, "allocation/@threads", allocation_threads, HOST, "that take it", .max = G_MAXUINT32),
  ROW (FLAG, "discard", discard, HOST, "drop its content when the guest stops"),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_memory_backing_type, "memory-backing", RoostMemoryBacking,
             memory_backing_fields, "What the guest's memory is made of.");
