/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/tables.h"

/* Tables are read row by row. */
/* clang-format off */

#define T RoostCpuFeature
static const RoostField cpu_feature_fields[] = {
  ROW (ENUM, "@policy", policy, ABI, "is it shown to the guest?", .names = roost_cpu_policy_names,
       .fallback = "require"),
  ROW (STRING, "@name", name, NEEDED | ABI, "the feature"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (cpu_feature_type, "cpu-feature", RoostCpuFeature, cpu_feature_fields,
                    "A feature of the processor.");

#define T RoostNumaSibling
static const RoostField numa_sibling_fields[] = {
  ROW (UINT, "@id", id, NEEDED | ABI, "the other cell", .max = G_MAXUINT32),
  ROW (UINT, "@value", value, NEEDED | ABI, "distance; 10 = itself", .max = 255),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (numa_sibling_type, "numa-sibling", RoostNumaSibling, numa_sibling_fields,
                    "How far another cell is.");

#define T RoostNumaCache
static const RoostField numa_cache_fields[] = {
  ROW (UINT, "@level", level, NEEDED | ABI, "level", .max = G_MAXUINT32),
  ROW (ENUM, "@associativity", associativity, NEEDED | ABI, "which lines go where",
       .names = roost_cache_associativity_names),
  ROW (ENUM, "@policy", policy, NEEDED | ABI, "of writing", .names = roost_cache_policy_names),
  ROW (SIZE, "size/@value", size, NEEDED | ABI, "size", .unit = "KiB"),
  ROW (SIZE, "line/@value", line, NEEDED | ABI, "size of a line", .unit = "B"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (numa_cache_type, "numa-cache", RoostNumaCache, numa_cache_fields,
                    "A cache of memory.");

#define T RoostNumaCell
static const RoostField numa_cell_fields[] = {
  ROW (UINT, "@id", id, ABI, "number; all or none have one", .max = G_MAXUINT32),
  ROW (BITMAP, "@cpus", cpus, ABI, "its virtual processors"),
  ROW (SIZE, "@memory", memory, NEEDED | ABI, "its memory", .unit = "KiB"),
  ROW (ENUM, "@memAccess", access, HOST, "may others see the memory?",
       .names = roost_memory_access_names),
  ROW (YES_NO, "@discard", discard, HOST, "drop its content when the guest stops"),
  ROW (FLAG, "distances", has_distances, ABI, "to other cells"),
  ROW (LIST, "distances/sibling", distances, ABI, "to one cell", .type = &numa_sibling_type),
  ROW (LIST, "cache", caches, ABI, "HMAT: caches of its memory", .type = &numa_cache_type),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE_AT (numa_cell_type, "numa-cell", RoostNumaCell, numa_cell_fields,
                       "A NUMA node of the guest.", position);

#define T RoostNumaInterconnect
static const RoostField latency_fields[] = {
  ROW (UINT, "@initiator", initiator, NEEDED | ABI, "cell that asks", .max = G_MAXUINT32),
  ROW (UINT, "@target", target, NEEDED | ABI, "cell that answers", .max = G_MAXUINT32),
  ROW (UINT, "@cache", cache, ABI, "level of its cache; 0 = memory", .max = G_MAXUINT32),
  ROW (ENUM, "@type", type, NEEDED | ABI, "of access", .names = roost_hmat_type_names),
  ROW (UINT, "@value", value, NEEDED | ABI, "nanoseconds"),
  ROOST_FIELD_END
};
static const RoostField bandwidth_fields[] = {
  ROW (UINT, "@initiator", initiator, NEEDED | ABI, "cell that asks", .max = G_MAXUINT32),
  ROW (UINT, "@target", target, NEEDED | ABI, "cell that answers", .max = G_MAXUINT32),
  ROW (UINT, "@cache", cache, ABI, "level of its cache; 0 = memory", .max = G_MAXUINT32),
  ROW (ENUM, "@type", type, NEEDED | ABI, "of access", .names = roost_hmat_type_names),
  ROW (SIZE, "@value", value, NEEDED | ABI, "per second", .unit = "KiB"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (latency_type, "numa-latency", RoostNumaInterconnect, latency_fields,
                    "HMAT: how long it takes.");
static DEFINE_TYPE (bandwidth_type, "numa-bandwidth", RoostNumaInterconnect, bandwidth_fields,
                    "HMAT: how much goes through.");

#define T RoostCpu
static const RoostField cpu_fields[] = {
  ROW (ENUM, "@mode", mode, ABI, "where the model comes from", .names = roost_cpu_mode_names),
  ROW (ENUM, "@match", match, ABI, "may the guest get more?", .names = roost_cpu_match_names),
  ROW (ENUM, "@check", check, HOST, "compare with what QEMU gives",
       .names = roost_cpu_check_names),
  ROW (ON_OFF, "@migratable", migratable, ABI, "leave out what cannot migrate"),
  ROW (STRING, "model", model, ABI, "name that QEMU knows"),
  ROW (ENUM, "model/@fallback", fallback, HOST, "take another model if the host lacks this one",
       .names = roost_cpu_fallback_names),
  ROW (STRING, "model/@vendor_id", vendor_id, ABI, "the 12 characters that the guest reads"),
  ROW (STRING, "vendor", vendor, ABI, "the host must be of this vendor"),
  ROW (FLAG, "topology", has_topology, ABI, "sockets, dies, cores, threads"),
  ROW (UINT, "topology/@sockets", sockets, ABI, "sockets", .min = 1, .max = G_MAXUINT32),
  ROW (UINT, "topology/@dies", dies, ABI, "in each socket", .min = 1, .max = G_MAXUINT32,
       .fallback = "1"),
  ROW (UINT, "topology/@cores", cores, ABI, "in each die", .min = 1, .max = G_MAXUINT32),
  ROW (UINT, "topology/@threads", threads, ABI, "in each core", .min = 1, .max = G_MAXUINT32),
  ROW (UINT, "cache/@level", cache_level, ABI, "level of the emulated cache", .max = 3),
  ROW (ENUM, "cache/@mode", cache_mode, ABI, "what the guest sees of caches",
       .names = roost_cpu_cache_mode_names),
  ROW (ENUM, "maxphysaddr/@mode", phys_bits_mode, ABI, "width of physical addresses",
       .names = roost_cpu_phys_bits_mode_names),
  ROW (UINT, "maxphysaddr/@bits", phys_bits, ABI, "bits", .max = G_MAXUINT32),
  ROW (LIST, "feature", features, ABI, "added to or taken from the model",
       .type = &cpu_feature_type),
  ROW (LIST, "numa/cell", cells, ABI, "NUMA nodes", .type = &numa_cell_type),
  ROW (LIST, "numa/interconnects/latency", latencies, ABI, "HMAT", .type = &latency_type),
  ROW (LIST, "numa/interconnects/bandwidth", bandwidths, ABI, "HMAT", .type = &bandwidth_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_cpu_type, "cpu", RoostCpu, cpu_fields, "The processor.", position);

#define T RoostVcpu
static const RoostField vcpu_fields[] = {
  ROW (UINT, "@id", id, NEEDED, "number from 0", .max = G_MAXUINT32),
  ROW (YES_NO, "@enabled", enabled, NEEDED, "is it there?"),
  ROW (YES_NO, "@hotpluggable", hotpluggable, HOST, "may it come and go?"),
  ROW (UINT, "@order", order, HOST, "in which they were plugged in", .max = G_MAXUINT32),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_vcpu_type, "vcpu", RoostVcpu, vcpu_fields, "A virtual processor.");

#define T RoostIothread
static const RoostField iothread_fields[] = {
  ROW (UINT, "@id", id, NEEDED, "number from 1", .min = 1, .max = G_MAXUINT32),
  ROW (INT, "@thread_pool_min", thread_pool_min, HOST, "threads that wait for work"),
  ROW (INT, "@thread_pool_max", thread_pool_max, HOST, "threads at most"),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_iothread_type, "iothread", RoostIothread, iothread_fields, "An I/O thread.");
