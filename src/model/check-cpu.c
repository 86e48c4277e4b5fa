/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"

#include "base/compat.h"

#include <string.h>

static void
vcpu_count (RoostChecker *checker)
{
  const RoostDomainConfig *config = checker->config;
  const RoostMachineFacts *machine;

  if (config->current_vcpus.is_set && config->vcpus.is_set
      && config->current_vcpus.value > config->vcpus.value)
    roost_check_invalid (checker, NULL, "vcpu",
                         "current='%" G_GUINT64_FORMAT "' is more than %" G_GUINT64_FORMAT,
                         config->current_vcpus.value, config->vcpus.value);
  machine =
      config->os.machine != NULL ? roost_facts_machine (checker->facts, config->os.machine) : NULL;
  if (machine != NULL && machine->max_cpus > 0 && config->vcpus.value > machine->max_cpus)
    roost_check_unsupported (checker, NULL, "vcpu", "the machine '%s' has at most %u processors",
                             machine->name, machine->max_cpus);
}

static void
topology (RoostChecker *checker)
{
  const RoostCpu *cpu = checker->config->cpu;
  guint64 dies, product, count;

  if (cpu == NULL || !cpu->has_topology)
    return;
  if (!cpu->sockets.is_set || !cpu->cores.is_set || !cpu->threads.is_set)
    {
      roost_check_invalid (checker, &cpu->position, "topology",
                           "it needs sockets, cores and threads");
      return;
    }
  dies = cpu->dies.is_set ? cpu->dies.value : 1;
  count = checker->config->vcpus.is_set ? checker->config->vcpus.value : 1;
  if (!g_uint64_checked_mul (&product, cpu->sockets.value, dies)
      || !g_uint64_checked_mul (&product, product, cpu->cores.value)
      || !g_uint64_checked_mul (&product, product, cpu->threads.value) || product != count)
    roost_check_warn (
        checker, &cpu->position, "topology",
        "sockets × dies × cores × threads is not the number of processors, %" G_GUINT64_FORMAT,
        count);
}

/* pseries plugs whole cores. */
static void
core_granularity (RoostChecker *checker)
{
  const RoostDomainConfig *config = checker->config;
  const RoostCpu *cpu = config->cpu;
  guint64 threads;
  RoostVcpu *vcpu;

  if (checker->family != ROOST_MACHINE_PSERIES || cpu == NULL || !cpu->has_topology
      || cpu->threads.value <= 1)
    return;
  threads = cpu->threads.value;
  if (config->vcpus.value % threads != 0
      || (config->current_vcpus.is_set && config->current_vcpus.value % threads != 0))
    roost_check_unsupported (checker, NULL, "vcpu",
                             "pseries has whole cores of %" G_GUINT64_FORMAT " threads", threads);
  ROOST_LIST_EACH (RoostVcpu, vcpu, config->vcpu_list)
    if (vcpu->enabled == ROOST_NO && vcpu->id.value % threads != 0 && vcpu->id.value > 0
        && ((RoostVcpu *)config->vcpu_list->pdata[vcpu_i - 1])->enabled == ROOST_YES)
      roost_check_invalid (checker, NULL, "vcpus", "the threads of one core come and go together");
}

static void
vcpu_list (RoostChecker *checker)
{
  const RoostDomainConfig *config = checker->config;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  RoostVcpu *vcpu;

  ROOST_LIST_EACH (RoostVcpu, vcpu, config->vcpu_list)
    {
      if (vcpu->id.value >= MAX (config->vcpus.value, 1))
        roost_check_invalid (checker, NULL, "vcpus", "there is no processor %" G_GUINT64_FORMAT,
                             vcpu->id.value);
      if (vcpu->id.value == 0 && vcpu->enabled == ROOST_NO)
        roost_check_invalid (checker, NULL, "vcpus", "processor 0 is always there");
      if (vcpu->id.value == 0 && vcpu->hotpluggable == ROOST_YES)
        roost_check_invalid (checker, NULL, "vcpus", "processor 0 cannot come and go");
      if (vcpu->enabled == ROOST_NO && vcpu->hotpluggable == ROOST_NO)
        roost_check_invalid (checker, NULL, "vcpus",
                             "processor %" G_GUINT64_FORMAT " is neither there nor can it come",
                             vcpu->id.value);
      if (!vcpu->order.is_set || vcpu->enabled != ROOST_YES)
        continue;
      if (!g_hash_table_add (seen, GUINT_TO_POINTER ((guint)vcpu->order.value)))
        roost_check_invalid (checker, NULL, "vcpus", "order %" G_GUINT64_FORMAT " comes twice",
                             vcpu->order.value);
    }
}

static void
mode_model (RoostChecker *checker)
{
  const RoostCpu *cpu = checker->config->cpu;

  if (cpu == NULL)
    return;
  if ((cpu->mode == ROOST_CPU_MODE_CUSTOM || cpu->mode == ROOST_CPU_MODE_UNSET)
      && cpu->model == NULL && cpu->features != NULL && cpu->features->len > 0)
    roost_check_invalid (checker, &cpu->position, "cpu", "features need a <model>");
  if (cpu->match != ROOST_CPU_MATCH_UNSET && cpu->model == NULL
      && cpu->mode == ROOST_CPU_MODE_CUSTOM && cpu->vendor != NULL)
    roost_check_invalid (checker, &cpu->position, "cpu", "<vendor> needs a <model>");
  if (cpu->vendor_id != NULL && strlen (cpu->vendor_id) != 12)
    roost_check_invalid (checker, &cpu->position, "model", "vendor_id has exactly 12 characters");
  if (cpu->vendor_id != NULL && strchr (cpu->vendor_id, ',') != NULL)
    roost_check_invalid (checker, &cpu->position, "model", "vendor_id must not hold a comma");
  if (cpu->migratable != ROOST_UNSET && cpu->mode != ROOST_CPU_MODE_HOST_PASSTHROUGH
      && cpu->mode != ROOST_CPU_MODE_MAXIMUM)
    roost_check_invalid (checker, &cpu->position, "cpu",
                         "migratable is for the modes host-passthrough and maximum");
}

/* POWER has many names for one model, which only QEMU can tell. */
static void
known_model (RoostChecker *checker)
{
  const RoostCpu *cpu = checker->config->cpu;

  if (cpu != NULL && cpu->mode == ROOST_CPU_MODE_CUSTOM && cpu->model != NULL
      && !roost_arch_is_ppc64 (checker->arch) && g_hash_table_size (checker->facts->cpus) > 0
      && !g_hash_table_contains (checker->facts->cpus, cpu->model))
    roost_check_unsupported (checker, &cpu->position, "model",
                             "this QEMU has no processor '%s'; its domain capabilities name all",
                             cpu->model);
}

static void
mode_accelerator (RoostChecker *checker)
{
  const RoostCpu *cpu = checker->config->cpu;

  if (cpu != NULL && cpu->mode == ROOST_CPU_MODE_HOST_PASSTHROUGH
      && checker->config->type == ROOST_VIRT_TYPE_QEMU)
    roost_check_unsupported (checker, &cpu->position, "cpu",
                             "mode='host-passthrough' needs <domain type='kvm'>");
}

static void
features_unique (RoostChecker *checker)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  const RoostCpu *cpu = checker->config->cpu;
  RoostCpuFeature *feature;

  ROOST_LIST_EACH (RoostCpuFeature, feature, cpu != NULL ? cpu->features : NULL)
    {
      if (feature->name[0] == '\0' || strchr (feature->name, ',') != NULL)
        roost_check_invalid (checker, &cpu->position, "feature", "'%s' is no name of a feature",
                             feature->name);
      if (!g_hash_table_add (seen, feature->name))
        roost_check_invalid (checker, &cpu->position, "feature", "'%s' stands here twice",
                             feature->name);
    }
}

static gboolean
is_x86_feature_name (const char *feature)
{
  static const char *const names[] = {
    "vmx",    "svm", "sse", "sse2", "ssse3", "avx", "avx2", "pae", "nx",   "apic",    "acpi",
    "x2apic", "sep", "msr", "mtrr", "fxsr",  "mmx", "tsc",  "cx8", "cx16", "lahf_lm", NULL,
  };

  return g_strv_contains (names, feature);
}

/* An ARM or s390 guest cannot have what only x86 knows. */
static void
features_of_arch (RoostChecker *checker)
{
  const RoostCpu *cpu = checker->config->cpu;
  RoostCpuFeature *feature;

  if (roost_arch_is_x86 (checker->arch))
    return;
  ROOST_LIST_EACH (RoostCpuFeature, feature, cpu != NULL ? cpu->features : NULL)
    if (is_x86_feature_name (feature->name))
      roost_check_unsupported (checker, &cpu->position, "feature", "%s has no feature '%s'",
                               checker->arch, feature->name);
}

static void
cache (RoostChecker *checker)
{
  const RoostCpu *cpu = checker->config->cpu;
  gboolean is_host;

  if (cpu == NULL || cpu->cache_mode == ROOST_CPU_CACHE_MODE_UNSET)
    return;
  is_host = cpu->mode == ROOST_CPU_MODE_HOST_PASSTHROUGH || cpu->mode == ROOST_CPU_MODE_MAXIMUM;
  if (cpu->cache_mode == ROOST_CPU_CACHE_MODE_EMULATE
      && (!cpu->cache_level.is_set || cpu->cache_level.value != 3))
    roost_check_unsupported (checker, &cpu->position, "cache", "mode='emulate' needs level='3'");
  if (cpu->cache_mode != ROOST_CPU_CACHE_MODE_EMULATE && cpu->cache_level.is_set)
    roost_check_unsupported (checker, &cpu->position, "cache", "level is for mode='emulate'");
  if (cpu->cache_mode == ROOST_CPU_CACHE_MODE_PASSTHROUGH && !is_host)
    roost_check_unsupported (checker, &cpu->position, "cache",
                             "mode='passthrough' needs a processor of mode host-passthrough or "
                             "maximum");
}

static void
physical_bits (RoostChecker *checker)
{
  const RoostCpu *cpu = checker->config->cpu;

  if (cpu == NULL || cpu->phys_bits_mode == ROOST_CPU_PHYS_BITS_MODE_UNSET)
    return;
  if (!roost_arch_is_x86 (checker->arch))
    roost_check_unsupported (checker, &cpu->position, "maxphysaddr", "it is for x86");
  if (cpu->phys_bits_mode == ROOST_CPU_PHYS_BITS_MODE_EMULATE && !cpu->phys_bits.is_set)
    roost_check_invalid (checker, &cpu->position, "maxphysaddr", "mode='emulate' needs bits");
  if (cpu->phys_bits_mode == ROOST_CPU_PHYS_BITS_MODE_PASSTHROUGH)
    {
      if (cpu->phys_bits.is_set)
        roost_check_invalid (checker, &cpu->position, "maxphysaddr",
                             "mode='passthrough' takes the host's bits; leave bits out");
      if (cpu->mode != ROOST_CPU_MODE_HOST_PASSTHROUGH && cpu->mode != ROOST_CPU_MODE_MAXIMUM)
        roost_check_unsupported (checker, &cpu->position, "maxphysaddr",
                                 "mode='passthrough' needs a processor of mode host-passthrough "
                                 "or maximum");
    }
}

/* --- NUMA --- */

static void
cell_ids (RoostChecker *checker)
{
  const RoostCpu *cpu = checker->config->cpu;
  guint n = cpu != NULL && cpu->cells != NULL ? cpu->cells->len : 0;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint n_with = 0;
  RoostNumaCell *cell;

  ROOST_LIST_EACH (RoostNumaCell, cell, cpu != NULL ? cpu->cells : NULL)
    {
      if (!cell->id.is_set)
        continue;
      n_with++;
      if (cell->id.value >= n)
        roost_check_invalid (checker, &cell->position, "cell",
                             "id='%" G_GUINT64_FORMAT "': with %u cells they go from 0 to %u",
                             cell->id.value, n, n - 1);
      if (!g_hash_table_add (seen, GUINT_TO_POINTER ((guint)cell->id.value)))
        roost_check_invalid (checker, &cell->position, "cell",
                             "id='%" G_GUINT64_FORMAT "' comes twice", cell->id.value);
    }
  if (n_with != 0 && n_with != n)
    roost_check_invalid (checker, &cpu->position, "numa", "give all cells an id, or none");
}

static void
cell_cpus (RoostChecker *checker)
{
  const RoostCpu *cpu = checker->config->cpu;
  guint64 count = checker->config->vcpus.is_set ? checker->config->vcpus.value : 1;
  g_autoptr (RoostBitmap) seen = roost_bitmap_new ();
  RoostNumaCell *cell;

  ROOST_LIST_EACH (RoostNumaCell, cell, cpu != NULL ? cpu->cells : NULL)
    {
      if (cell->cpus != NULL && roost_bitmap_next (cell->cpus, (guint)MIN (count, G_MAXINT)) >= 0)
        roost_check_invalid (checker, &cell->position, "cell",
                             "it has processors beyond the last, %" G_GUINT64_FORMAT, count - 1);
      if (roost_bitmap_overlaps (cell->cpus, seen))
        roost_check_invalid (checker, &cell->position, "cell",
                             "it has processors that another cell has");
      roost_bitmap_add (seen, cell->cpus);
    }
}

static void
cell_memory (RoostChecker *checker)
{
  const RoostCpu *cpu = checker->config->cpu;
  guint64 sum = 0;
  RoostNumaCell *cell;

  ROOST_LIST_EACH (RoostNumaCell, cell, cpu != NULL ? cpu->cells : NULL)
    if (!g_uint64_checked_add (&sum, sum, cell->memory.value))
      {
        roost_check_invalid (checker, &cell->position, "cell",
                             "the memory of all cells is more than 64 bits count");
        return;
      }
}

static void
check_siblings (RoostChecker *checker, const RoostNumaCell *cell, guint n_cells, guint own)
{
  RoostNumaSibling *sibling;

  ROOST_LIST_EACH (RoostNumaSibling, sibling, cell->distances)
    {
      if (sibling->id.value >= n_cells)
        roost_check_invalid (checker, &cell->position, "sibling",
                             "there is no cell %" G_GUINT64_FORMAT, sibling->id.value);
      if (sibling->value.value < 10)
        roost_check_invalid (checker, &cell->position, "sibling", "a distance is 10 at least");
      if (sibling->id.value == own && sibling->value.value != 10)
        roost_check_invalid (checker, &cell->position, "sibling",
                             "the distance of a cell to itself is 10");
      if (sibling->id.value != own && sibling->value.value == 10)
        roost_check_invalid (checker, &cell->position, "sibling",
                             "the distance 10 is that of a cell to itself");
    }
}

static void
distances (RoostChecker *checker)
{
  const RoostCpu *cpu = checker->config->cpu;
  RoostNumaCell *cell;

  ROOST_LIST_EACH (RoostNumaCell, cell, cpu != NULL ? cpu->cells : NULL)
    check_siblings (checker, cell, cpu->cells->len,
                    cell->id.is_set ? (guint)cell->id.value : cell_i);
}

static void
check_interconnect (RoostChecker *checker, const RoostNumaInterconnect *line, const char *element)
{
  const RoostCpu *cpu = checker->config->cpu;
  guint n = cpu->cells != NULL ? cpu->cells->len : 0;

  if (line->initiator.value >= n || line->target.value >= n)
    roost_check_invalid (checker, &cpu->position, element,
                         "initiator and target are cells from 0 to %u", n > 0 ? n - 1 : 0);
}

static void
interconnects (RoostChecker *checker)
{
  const RoostCpu *cpu = checker->config->cpu;
  RoostNumaInterconnect *line;

  ROOST_LIST_EACH (RoostNumaInterconnect, line, cpu != NULL ? cpu->latencies : NULL)
    check_interconnect (checker, line, "latency");
  ROOST_LIST_EACH (RoostNumaInterconnect, line, cpu != NULL ? cpu->bandwidths : NULL)
    check_interconnect (checker, line, "bandwidth");
}

const RoostRule roost_cpu_rules[] = {
  { "vcpu-count", vcpu_count },
  { "cpu-topology", topology },
  { "vcpu-cores", core_granularity },
  { "vcpu-list", vcpu_list },
  { "cpu-model", mode_model },
  { "cpu-model-known", known_model },
  { "cpu-mode", mode_accelerator },
  { "cpu-features", features_unique },
  { "cpu-features-arch", features_of_arch },
  { "cpu-cache", cache },
  { "cpu-address-bits", physical_bits },
  { "numa-ids", cell_ids },
  { "numa-cpus", cell_cpus },
  { "numa-memory", cell_memory },
  { "numa-distances", distances },
  { "numa-interconnects", interconnects },
  { NULL, NULL },
};
