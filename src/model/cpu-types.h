/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/bitmap.h"
#include "base/fields.h"
#include "model/enums.h"

/* The processor, its NUMA cells, and how both are scheduled on the host. */

typedef struct
{
  char *name;
  RoostCpuPolicy policy;
} RoostCpuFeature;

typedef struct
{
  RoostUint id, value;
} RoostNumaSibling;

typedef struct
{
  RoostUint level, size, line; /* bytes */
  RoostCacheAssociativity associativity;
  RoostCachePolicy policy;
} RoostNumaCache;

typedef struct
{
  RoostUint id;
  RoostPosition position;
  RoostBitmap *cpus;
  RoostUint memory; /* bytes */
  RoostMemoryAccess access;
  RoostTristate discard;
  gboolean has_distances;
  GPtrArray *distances; /* of RoostNumaSibling */
  GPtrArray *caches;    /* of RoostNumaCache */
} RoostNumaCell;

typedef struct
{
  RoostUint initiator, target, cache;
  RoostHmatType type;
  RoostUint value; /* latency: ns; bandwidth: bytes per second, a document counts KiB */
} RoostNumaInterconnect;

typedef struct
{
  RoostCpuMode mode;
  RoostPosition position;
  RoostCpuMatch match;
  RoostCpuCheck check;
  RoostTristate migratable; /* on/off */
  char *model;
  RoostCpuFallback fallback;
  char *vendor_id;
  char *vendor;
  gboolean has_topology;
  RoostUint sockets, dies, cores, threads;
  RoostUint cache_level;
  RoostCpuCacheMode cache_mode;
  RoostCpuPhysBitsMode phys_bits_mode;
  RoostUint phys_bits;
  GPtrArray *features;   /* of RoostCpuFeature */
  GPtrArray *cells;      /* of RoostNumaCell */
  GPtrArray *latencies;  /* of RoostNumaInterconnect */
  GPtrArray *bandwidths; /* of RoostNumaInterconnect */
} RoostCpu;

typedef struct
{
  RoostUint id, order;
  RoostTristate enabled, hotpluggable;
} RoostVcpu;

typedef struct
{
  RoostUint id;
  RoostInt thread_pool_min, thread_pool_max;
} RoostIothread;

typedef struct
{
  RoostUint vcpu, iothread; /* of vcpupin, iothreadpin */
  RoostPosition position;
  RoostBitmap *cpuset;
} RoostPin;

typedef struct
{
  RoostBitmap *vcpus, *iothreads;
  RoostPosition position;
  RoostScheduler scheduler;
  RoostInt priority;
} RoostSched;

typedef struct
{
  RoostUint id, level, size; /* bytes */
  RoostCachetuneType type;
} RoostCachetuneCache;

typedef struct
{
  RoostUint level;
  RoostBitmap *vcpus;
} RoostCachetuneMonitor;

typedef struct
{
  char *id;
  RoostPosition position;
  RoostBitmap *vcpus;
  GPtrArray *caches;   /* of RoostCachetuneCache */
  GPtrArray *monitors; /* of RoostCachetuneMonitor */
} RoostCachetune;

typedef struct
{
  RoostUint id, bandwidth; /* percent */
} RoostMemorytuneNode;

typedef struct
{
  char *id;
  RoostPosition position;
  RoostBitmap *vcpus;
  GPtrArray *nodes;    /* of RoostMemorytuneNode */
  GPtrArray *monitors; /* of RoostCachetuneMonitor */
} RoostMemorytune;

typedef struct
{
  RoostUint shares, period, global_period, emulator_period, iothread_period;
  RoostInt quota, global_quota, emulator_quota, iothread_quota;
  GPtrArray *vcpupins;      /* of RoostPin */
  RoostBitmap *emulatorpin; /* cpuset */
  GPtrArray *iothreadpins;
  GPtrArray *vcpuscheds; /* of RoostSched */
  RoostSched *emulatorsched;
  GPtrArray *iothreadscheds;
  GPtrArray *cachetunes;  /* of RoostCachetune */
  GPtrArray *memorytunes; /* of RoostMemorytune */
} RoostCputune;

typedef struct
{
  RoostUint cellid;
  RoostPosition position;
  RoostNumaMode mode;
  RoostBitmap *nodeset;
} RoostMemnode;

typedef struct
{
  gboolean has_memory;
  RoostNumaMode mode;
  RoostBitmap *nodeset;
  RoostPlacement placement;
  GPtrArray *memnodes; /* of RoostMemnode */
} RoostNumatune;

typedef struct
{
  RoostUint hard_limit, soft_limit, min_guarantee, swap_hard_limit; /* bytes */
} RoostMemtune;

typedef struct
{
  char *path;
  RoostUint weight, read_iops_sec, write_iops_sec, read_bytes_sec, write_bytes_sec;
} RoostBlkioDevice;

typedef struct
{
  RoostUint weight;
  GPtrArray *devices; /* of RoostBlkioDevice */
} RoostBlkiotune;

typedef struct
{
  RoostUint size; /* bytes */
  RoostPosition position;
  RoostBitmap *nodeset;
} RoostHugepage;

typedef struct
{
  gboolean hugepages;
  GPtrArray *pages; /* of RoostHugepage */
  gboolean nosharepages, locked, discard;
  RoostMemorySource source;
  RoostMemoryAccess access;
  RoostAllocation allocation;
  RoostUint allocation_threads;
} RoostMemoryBacking;
