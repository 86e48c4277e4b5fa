/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

/* Processors, their NUMA cells, and IO threads. */

/* --- -smp --- */

/* Processors that are there from the start: those that can be taken out are plugged in later. */
static guint
boot_vcpus (const RoostDomainConfig *config)
{
  const RoostVcpu *vcpu;
  guint count = 0;

  ROOST_LIST_EACH (RoostVcpu, vcpu, config->vcpu_list)
    {
      if (vcpu->enabled == ROOST_YES && vcpu->hotpluggable != ROOST_YES)
        count++;
    }
  if (count > 0)
    return count;
  return (guint)(config->current_vcpus.is_set ? config->current_vcpus.value : config->vcpus.value);
}

static void
build_smp (RoostBuild *build)
{
  const RoostDomainConfig *config = build->config;
  const RoostCpu *cpu = config->cpu;
  g_autoptr (GString) text = g_string_new (NULL);
  guint now = boot_vcpus (config);
  guint all = (guint)config->vcpus.value;

  roost_text_add_printf (text, NULL, "%u", now);
  if (now != all)
    roost_text_add_printf (text, "maxcpus", "%u", all);
  if (cpu != NULL && cpu->has_topology)
    {
      roost_text_add_printf (text, "sockets", "%u", (guint)cpu->sockets.value);
      if (cpu->dies.is_set && roost_arch_is_x86 (config->os.arch))
        roost_text_add_printf (text, "dies", "%u", (guint)cpu->dies.value);
      roost_text_add_printf (text, "cores", "%u", (guint)cpu->cores.value);
      roost_text_add_printf (text, "threads", "%u", (guint)cpu->threads.value);
    }
  else
    g_string_append_printf (text, ",sockets=%u,cores=1,threads=1", all);
  roost_build_option (build, "-smp", text->str);
}

/* --- IO threads --- */

static void
add_iothread (RoostBuild *build, guint id, const RoostIothread *thread)
{
  JsonObject *object = roost_object_new ("qom-type", "iothread");

  roost_put_printf (object, "id", "iothread%u", id);
  if (thread != NULL && thread->thread_pool_min.is_set && thread->thread_pool_min.value >= 0)
    roost_put_int (object, "thread-pool-min", thread->thread_pool_min.value);
  if (thread != NULL && thread->thread_pool_max.is_set && thread->thread_pool_max.value >= 0)
    roost_put_int (object, "thread-pool-max", thread->thread_pool_max.value);
  roost_build_object (build, object);
}

static gboolean
has_iothread (const RoostDomainConfig *config, guint id)
{
  const RoostIothread *thread;

  ROOST_LIST_EACH (RoostIothread, thread, config->iothread_ids)
    {
      if (thread->id.value == id)
        return TRUE;
    }
  return FALSE;
}

static void
build_iothreads (RoostBuild *build)
{
  const RoostDomainConfig *config = build->config;
  const RoostIothread *thread;
  guint count = config->iothread_ids != NULL ? config->iothread_ids->len : 0;

  ROOST_LIST_EACH (RoostIothread, thread, config->iothread_ids)
    add_iothread (build, (guint)thread->id.value, thread);
  /* The rest get the lowest free numbers. */
  for (guint id = 1; count < config->iothreads.value; id++)
    {
      if (has_iothread (config, id))
        continue;
      add_iothread (build, id, NULL);
      count++;
    }
}

static void
build_main_loop (RoostBuild *build)
{
  const RoostDomainConfig *config = build->config;
  JsonObject *object;

  if (!config->default_iothread_pool_min.is_set && !config->default_iothread_pool_max.is_set)
    return;
  object = roost_object_new ("qom-type", "main-loop");
  roost_put_string (object, "id", "main-loop");
  if (config->default_iothread_pool_min.is_set)
    roost_put_int (object, "thread-pool-min", config->default_iothread_pool_min.value);
  if (config->default_iothread_pool_max.is_set)
    roost_put_int (object, "thread-pool-max", config->default_iothread_pool_max.value);
  roost_build_object (build, object);
}

/* --- cells --- */

/* ",cpus=0-3,cpus=8-11" */
static void
add_cpus (GString *text, const RoostBitmap *cpus)
{
  g_autofree char *list = cpus != NULL ? roost_bitmap_format (cpus) : NULL;
  g_auto (GStrv) ranges = list != NULL ? g_strsplit (list, ",", -1) : NULL;

  for (guint i = 0; ranges != NULL && ranges[i] != NULL; i++)
    {
      if (*ranges[i] != '\0')
        roost_text_add (text, "cpus", ranges[i]);
    }
}

/* A machine before 5.1 lays its memory out in one block that has no backend; migration counts on
 * it. */
static gboolean
needs_backend (RoostBuild *build)
{
  const RoostMemoryBacking *backing = &build->config->memory_backing;
  const RoostNumatune *tune = &build->config->numatune;
  const RoostNumaCell *cell;

  if (build->machine == NULL || !build->machine->has_numa_mem)
    return TRUE;
  ROOST_LIST_EACH (RoostNumaCell, cell, build->config->cpu->cells)
    {
      if (cell->access != ROOST_MEMORY_ACCESS_UNSET || cell->discard != ROOST_UNSET)
        return TRUE;
    }
  return backing->hugepages || backing->source != ROOST_MEMORY_SOURCE_UNSET
         || backing->access != ROOST_MEMORY_ACCESS_UNSET
         || backing->allocation == ROOST_ALLOCATION_IMMEDIATE
         || (tune->memnodes != NULL && tune->memnodes->len > 0) || tune->nodeset != NULL
         || build->config->devices.memories != NULL;
}

static gboolean
has_hmat (const RoostCpu *cpu)
{
  return (cpu->latencies != NULL && cpu->latencies->len > 0)
         || (cpu->bandwidths != NULL && cpu->bandwidths->len > 0);
}

/* The cell whose processors reach the memory of @cell fastest. */
static guint
initiator_of (const RoostCpu *cpu, const RoostNumaCell *cell, guint id)
{
  const RoostNumaInterconnect *latency;
  guint best = id;
  guint64 lowest = G_MAXUINT64;

  if (cell->cpus != NULL && roost_bitmap_count (cell->cpus) > 0)
    return id;
  ROOST_LIST_EACH (RoostNumaInterconnect, latency, cpu->latencies)
    {
      const RoostNumaCell *from;

      if (latency->target.value != id || latency->initiator.value >= cpu->cells->len)
        continue;
      from = cpu->cells->pdata[latency->initiator.value];
      if (from->cpus == NULL || roost_bitmap_count (from->cpus) == 0
          || latency->value.value >= lowest)
        continue;
      lowest = latency->value.value;
      best = (guint)latency->initiator.value;
    }
  return best;
}

static gboolean
add_cell_memory (
    RoostBuild *build, GString *text, const RoostNumaCell *cell, guint id, GError **error)
{
  g_autofree char *name = g_strdup_printf ("ram-node%u", id);
  RoostMemoryBackend want = {
    .id = name,
    .size = roost_cell_memory (build->config, cell),
    .cell = (int)id,
    .access = cell->access,
    .discard = cell->discard,
  };
  JsonObject *object;

  if (want.size == 0)
    return TRUE;
  if (!needs_backend (build))
    {
      roost_text_add_printf (text, "mem", "%" G_GUINT64_FORMAT, want.size / (1024 * 1024));
      return TRUE;
    }
  object = roost_memory_backend (build, &want, error);
  if (object == NULL)
    return FALSE;
  roost_build_memory_backend (build, object);
  roost_text_add (text, "memdev", name);
  return TRUE;
}

static gboolean
build_cell (RoostBuild *build, const RoostNumaCell *cell, guint position, GError **error)
{
  guint id = cell->id.is_set ? (guint)cell->id.value : position;
  g_autoptr (GString) text = g_string_new ("node");

  roost_text_add_printf (text, "nodeid", "%u", id);
  add_cpus (text, cell->cpus);
  if (has_hmat (build->config->cpu))
    roost_text_add_printf (text, "initiator", "%u", initiator_of (build->config->cpu, cell, id));
  if (!add_cell_memory (build, text, cell, id, error))
    return FALSE;
  roost_build_option (build, "-numa", text->str);
  return TRUE;
}

static guint
cell_id (const RoostCpu *cpu, guint position)
{
  const RoostNumaCell *cell = cpu->cells->pdata[position];

  return cell->id.is_set ? (guint)cell->id.value : position;
}

/* What the document says of the way from @from to @to; 0 for nothing. */
static guint
stated_distance (const RoostCpu *cpu, guint from, guint to)
{
  const RoostNumaCell *cell = cpu->cells->pdata[from];
  const RoostNumaSibling *sibling;

  ROOST_LIST_EACH (RoostNumaSibling, sibling, cell->distances)
    {
      if (sibling->id.value == cell_id (cpu, to))
        return (guint)sibling->value.value;
    }
  return 0;
}

#define LOCAL_DISTANCE  10
#define REMOTE_DISTANCE 20

static guint
distance (const RoostCpu *cpu, guint from, guint to)
{
  guint stated = stated_distance (cpu, from, to);

  if (stated == 0)
    stated = stated_distance (cpu, to, from);
  if (stated > 0)
    return stated;
  return from == to ? LOCAL_DISTANCE : REMOTE_DISTANCE;
}

static gboolean
has_distances (const RoostCpu *cpu)
{
  const RoostNumaCell *cell;

  ROOST_LIST_EACH (RoostNumaCell, cell, cpu->cells)
    {
      if (cell->distances != NULL && cell->distances->len > 0)
        return TRUE;
    }
  return FALSE;
}

/* QEMU wants all of them or none. */
static void
build_distances (RoostBuild *build, const RoostCpu *cpu)
{
  if (!has_distances (cpu))
    return;
  for (guint from = 0; from < cpu->cells->len; from++)
    {
      for (guint to = 0; to < cpu->cells->len; to++)
        roost_build_option_printf (build, "-numa", "dist,src=%u,dst=%u,val=%u", cell_id (cpu, from),
                                   cell_id (cpu, to), distance (cpu, from, to));
    }
}

/* --- HMAT --- */

static const char *
cache_name (guint64 level)
{
  static const char *const names[] = { "memory", "first-level", "second-level", "third-level" };

  return level < G_N_ELEMENTS (names) ? names[level] : "memory";
}

static void
build_interconnects (RoostBuild *build, const GPtrArray *list, const char *kind)
{
  static const char *const types[] = { "access", "access", "read", "write" };
  const RoostNumaInterconnect *path;
  gboolean is_bandwidth = kind[0] == 'b';

  ROOST_LIST_EACH (RoostNumaInterconnect, path, list)
    {
      g_autoptr (GString) text = g_string_new ("hmat-lb");

      roost_text_add_printf (text, "initiator", "%u", (guint)path->initiator.value);
      roost_text_add_printf (text, "target", "%u", (guint)path->target.value);
      roost_text_add (text, "hierarchy", cache_name (path->cache.is_set ? path->cache.value : 0));
      roost_text_add_printf (text, "data-type", "%s-%s", types[path->type], kind);
      if (is_bandwidth)
        roost_text_add_printf (text, kind, "%" G_GUINT64_FORMAT "K", path->value.value / 1024);
      else
        roost_text_add_printf (text, kind, "%" G_GUINT64_FORMAT, path->value.value);
      roost_build_option (build, "-numa", text->str);
    }
}

static void
build_caches (RoostBuild *build, const RoostNumaCell *cell, guint id)
{
  static const char *const associativity[] = { "none", "none", "direct", "complex" };
  static const char *const policy[] = { "none", "none", "write-back", "write-through" };
  const RoostNumaCache *cache;

  ROOST_LIST_EACH (RoostNumaCache, cache, cell->caches)
    roost_build_option_printf (build, "-numa",
                               "hmat-cache,node-id=%u,size=%" G_GUINT64_FORMAT
                               "K,level=%u,associativity=%s,policy=%s,line=%u",
                               id, cache->size.value / 1024, (guint)cache->level.value,
                               associativity[cache->associativity], policy[cache->policy],
                               (guint)cache->line.value);
}

static gboolean
build_cells (RoostBuild *build, const RoostCpu *cpu, GError **error)
{
  const RoostNumaCell *cell;

  ROOST_LIST_EACH (RoostNumaCell, cell, cpu->cells)
    {
      if (!build_cell (build, cell, cell_i, error))
        return FALSE;
    }
  build_distances (build, cpu);
  build_interconnects (build, cpu->latencies, "latency");
  build_interconnects (build, cpu->bandwidths, "bandwidth");
  ROOST_LIST_EACH (RoostNumaCell, cell, cpu->cells)
    build_caches (build, cell, cell_id (cpu, cell_i));
  return TRUE;
}

gboolean
roost_build_smp_and_numa (RoostBuild *build, GError **error)
{
  const RoostCpu *cpu = build->config->cpu;

  build_smp (build);
  build_iothreads (build);
  build_main_loop (build);
  if (cpu == NULL || cpu->cells == NULL || cpu->cells->len == 0)
    return TRUE;
  return build_cells (build, cpu, error);
}
