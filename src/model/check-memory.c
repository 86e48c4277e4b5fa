/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"

#include "base/compat.h"

static guint
n_cells (const RoostDomainConfig *config)
{
  return config->cpu != NULL && config->cpu->cells != NULL ? config->cpu->cells->len : 0;
}

static void
memory_given (RoostChecker *checker)
{
  const RoostDomainConfig *config = checker->config;

  if (config->memory.value == 0 && n_cells (config) == 0 && config->max_memory.value == 0)
    roost_check_invalid (checker, NULL, "memory", "a guest needs memory");
}

/* QEMU counts the bytes of a guest in 63 bits. */
static void
memory_counts (RoostChecker *checker)
{
  const RoostDomainConfig *config = checker->config;
  RoostNumaCell *cell;

  if (config->memory.value > G_MAXINT64 || config->max_memory.value > G_MAXINT64)
    roost_check_invalid (checker, NULL, "memory", "it is more than QEMU can count");
  ROOST_LIST_EACH (RoostNumaCell, cell, config->cpu != NULL ? config->cpu->cells : NULL)
    if (cell->memory.value > G_MAXINT64)
      roost_check_invalid (checker, &cell->position, "cell", "it is more than QEMU can count");
}

static void
max_memory (RoostChecker *checker)
{
  const RoostDomainConfig *config = checker->config;

  if (config->max_memory.is_set && config->max_memory.value > 0
      && config->max_memory.value < config->memory.value)
    roost_check_invalid (checker, NULL, "maxMemory", "it is less than <memory>");
  if (config->max_memory.is_set != (config->max_memory_slots.value > 0)
      && !roost_arch_is_ppc64 (checker->arch))
    roost_check_invalid (checker, NULL, "maxMemory", "it needs slots, at least one");
}

/* --- <memoryBacking> --- */

/* A machine whose memory is one object of its own can share it, others share that of cells. */
static void
shared_needs_cells (RoostChecker *checker)
{
  const RoostDomainConfig *config = checker->config;
  const RoostMachineFacts *machine = roost_facts_machine (checker->facts, config->os.machine);

  if (config->memory_backing.access == ROOST_MEMORY_ACCESS_SHARED && n_cells (config) == 0
      && machine != NULL && machine->default_ram_id == NULL)
    roost_check_unsupported (checker, NULL, "access", "mode='shared' needs NUMA cells here");
}

static gboolean
is_power_of_two (guint64 value)
{
  return value != 0 && (value & (value - 1)) == 0;
}

static void
page_size (RoostChecker *checker)
{
  RoostHugepage *page;

  ROOST_LIST_EACH (RoostHugepage, page, checker->config->memory_backing.pages)
    if (!is_power_of_two (page->size.value))
      roost_check_invalid (checker, &page->position, "page",
                           "%" G_GUINT64_FORMAT " bytes are no size of a page", page->size.value);
}

static void
check_page_nodes (RoostChecker *checker, const RoostHugepage *page, guint index)
{
  const GPtrArray *pages = checker->config->memory_backing.pages;
  guint n = MAX (n_cells (checker->config), 1);
  int beyond = roost_bitmap_next (page->nodeset, n);

  if (beyond >= 0)
    roost_check_invalid (checker, &page->position, "page", "the guest has no NUMA node %d", beyond);
  for (guint i = 0; i < index; i++)
    {
      const RoostHugepage *other = pages->pdata[i];

      if (other->nodeset != NULL && roost_bitmap_overlaps (page->nodeset, other->nodeset))
        roost_check_invalid (checker, &page->position, "page",
                             "a NUMA node is in another <page> too");
    }
}

static void
page_nodes (RoostChecker *checker)
{
  guint n_for_all = 0;
  RoostHugepage *page;

  ROOST_LIST_EACH (RoostHugepage, page, checker->config->memory_backing.pages)
    {
      if (page->nodeset != NULL)
        check_page_nodes (checker, page, page_i);
      else if (++n_for_all > 1)
        roost_check_invalid (checker, &page->position, "page",
                             "two have no nodeset: which is for all the others?");
    }
}

static void
backing_source (RoostChecker *checker)
{
  const RoostMemoryBacking *backing = &checker->config->memory_backing;

  if (backing->source == ROOST_MEMORY_SOURCE_ANONYMOUS && backing->hugepages)
    roost_check_invalid (checker, NULL, "source", "type='anonymous' cannot be with <hugepages>");
  if (backing->allocation == ROOST_ALLOCATION_ONDEMAND && backing->hugepages)
    roost_check_invalid (checker, NULL, "allocation", "huge pages are taken at once");
  if (backing->allocation == ROOST_ALLOCATION_ONDEMAND && backing->allocation_threads.is_set)
    roost_check_invalid (checker, NULL, "allocation", "threads need mode='immediate'");
}

/* --- memory modules --- */

#define MODULES_EACH(module)                                                                       \
  ROOST_LIST_EACH (RoostMemoryDevice, module, checker->config->devices.memories)

static gboolean
takes_slot (const RoostMemoryDevice *module)
{
  return module->model == ROOST_MEMORY_MODEL_DIMM || module->model == ROOST_MEMORY_MODEL_NVDIMM;
}

static gboolean
needs_room (const RoostMemoryDevice *module)
{
  return module->model != ROOST_MEMORY_MODEL_SGX_EPC;
}

static void
module_room (RoostChecker *checker)
{
  const RoostDomainConfig *config = checker->config;
  guint64 slots = config->max_memory_slots.value;
  guint64 n = 0;
  RoostMemoryDevice *module;

  MODULES_EACH (module)
    {
      const RoostPosition *at = &module->info.position;
      const RoostAddress *address = module->info.address;

      if (needs_room (module) && config->max_memory.value == 0)
        roost_check_unsupported (checker, at, "memory", "memory modules need <maxMemory>");
      else if (takes_slot (module) && ++n > slots)
        roost_check_unsupported (checker, at, "memory",
                                 "there are %" G_GUINT64_FORMAT " slots and more modules", slots);
      if (address != NULL && address->type == ROOST_ADDRESS_TYPE_DIMM && address->slot.is_set
          && address->slot.value >= MAX (slots, 1))
        roost_check_invalid (checker, at, "memory", "there is no slot %" G_GUINT64_FORMAT,
                             address->slot.value);
    }
}

static void
module_total (RoostChecker *checker)
{
  guint64 total = 0;
  RoostMemoryDevice *module;

  MODULES_EACH (module)
    if (!g_uint64_checked_add (&total, total, module->size.value))
      {
        roost_check_invalid (checker, &module->info.position, "memory",
                             "the sizes of all modules are more than 64 bits count");
        return;
      }
}

static void
module_node (RoostChecker *checker)
{
  guint n = n_cells (checker->config);
  RoostMemoryDevice *module;

  MODULES_EACH (module)
    {
      const RoostPosition *at = &module->info.position;

      if (module->node.is_set && n > 0 && module->node.value >= n)
        roost_check_invalid (checker, at, "target", "the guest has no NUMA node %" G_GUINT64_FORMAT,
                             module->node.value);
      if (takes_slot (module) && n == 0 && !roost_arch_is_ppc64 (checker->arch))
        roost_check_unsupported (checker, at, "memory", "memory modules need NUMA cells");
      if (takes_slot (module) && n > 0 && !module->node.is_set)
        roost_check_invalid (checker, at, "target", "it needs a <node>");
      if (module->model == ROOST_MEMORY_MODEL_VIRTIO_PMEM && module->node.is_set)
        roost_check_unsupported (checker, at, "target", "a virtio-pmem has no <node>");
    }
}

static void
module_source (RoostChecker *checker)
{
  RoostMemoryDevice *module;

  MODULES_EACH (module)
    {
      const RoostPosition *at = &module->info.position;
      gboolean is_file = module->model == ROOST_MEMORY_MODEL_NVDIMM
                         || module->model == ROOST_MEMORY_MODEL_VIRTIO_PMEM;

      if (is_file && module->path == NULL)
        roost_check_invalid (checker, at, "source", "model='%s' needs a <path>",
                             roost_memory_model_names[module->model]);
      if (is_file && module->discard == ROOST_YES)
        roost_check_unsupported (checker, at, "memory", "discard is not for model='%s'",
                                 roost_memory_model_names[module->model]);
      if (module->model == ROOST_MEMORY_MODEL_VIRTIO_PMEM
          && module->access != ROOST_MEMORY_ACCESS_UNSET
          && module->access != ROOST_MEMORY_ACCESS_SHARED)
        roost_check_unsupported (checker, at, "memory", "a virtio-pmem is always shared");
    }
}

static void
check_nvdimm (RoostChecker *checker, const RoostMemoryDevice *module)
{
  const RoostPosition *at = &module->info.position;

  if (module->label_size.is_set && module->label_size.value < 128 * 1024)
    roost_check_invalid (checker, at, "label", "it has 128 KiB at least");
  if (module->label_size.value >= module->size.value)
    roost_check_invalid (checker, at, "label", "it is smaller than the module");
  if (roost_arch_is_ppc64 (checker->arch) && !module->label_size.is_set)
    roost_check_invalid (checker, at, "target", "on pseries it needs a <label>");
  if (roost_arch_is_ppc64 (checker->arch) && module->readonly)
    roost_check_unsupported (checker, at, "target", "<readonly> is not for pseries");
}

static void
nvdimm (RoostChecker *checker)
{
  RoostMemoryDevice *module;

  MODULES_EACH (module)
    if (module->model == ROOST_MEMORY_MODEL_NVDIMM)
      check_nvdimm (checker, module);
}

static void
check_virtio_mem (RoostChecker *checker, const RoostMemoryDevice *module)
{
  const RoostPosition *at = &module->info.position;
  guint64 block = module->block_size.value;

  if (!module->requested_size.is_set)
    roost_check_invalid (checker, at, "target", "it needs <requested>");
  if (module->requested_size.value > module->size.value)
    roost_check_invalid (checker, at, "requested", "it is more than <size>");
  if (!is_power_of_two (block) || block < 1024 * 1024)
    roost_check_invalid (checker, at, "block", "it is a power of 2 from 1 MiB on");
  else if (module->requested_size.value % block != 0)
    roost_check_invalid (checker, at, "requested", "it is a multiple of <block>");
}

static void
virtio_mem (RoostChecker *checker)
{
  RoostMemoryDevice *module;

  MODULES_EACH (module)
    if (module->model == ROOST_MEMORY_MODEL_VIRTIO_MEM)
      check_virtio_mem (checker, module);
}

static gboolean
address_fits (const RoostMemoryDevice *module)
{
  RoostAddressType type = module->info.address->type;

  switch (module->model)
    {
    case ROOST_MEMORY_MODEL_DIMM:
    case ROOST_MEMORY_MODEL_NVDIMM:
      return type == ROOST_ADDRESS_TYPE_DIMM;
    case ROOST_MEMORY_MODEL_VIRTIO_PMEM:
    case ROOST_MEMORY_MODEL_VIRTIO_MEM:
      return type == ROOST_ADDRESS_TYPE_PCI;
    case ROOST_MEMORY_MODEL_SGX_EPC:
      return FALSE;
    case ROOST_MEMORY_MODEL_UNSET:
      return TRUE;
    }
  return TRUE;
}

static void
module_address (RoostChecker *checker)
{
  g_autoptr (GHashTable) slots = g_hash_table_new (NULL, NULL);
  RoostMemoryDevice *module;

  MODULES_EACH (module)
    {
      const RoostAddress *address = module->info.address;

      if (address == NULL)
        continue;
      if (!address_fits (module))
        roost_check_unsupported (
            checker, &module->info.position, "memory", "model='%s' has no address of type '%s'",
            roost_memory_model_names[module->model], roost_address_type_names[address->type]);
      if (address->type == ROOST_ADDRESS_TYPE_DIMM && address->slot.is_set
          && !g_hash_table_add (slots, GUINT_TO_POINTER ((guint)address->slot.value)))
        roost_check_invalid (checker, &module->info.position, "memory",
                             "slot %" G_GUINT64_FORMAT " is taken", address->slot.value);
    }
}

static void
sgx (RoostChecker *checker)
{
  RoostMemoryDevice *module;

  MODULES_EACH (module)
    if (module->model == ROOST_MEMORY_MODEL_SGX_EPC && !roost_arch_is_x86 (checker->arch))
      roost_check_unsupported (checker, &module->info.position, "memory",
                               "model='sgx-epc' is of x86");
}

const RoostRule roost_memory_rules[] = {
  { "memory", memory_given },
  { "memory-size", memory_counts },
  { "memory-max", max_memory },
  { "memory-shared", shared_needs_cells },
  { "hugepages-size", page_size },
  { "hugepages-nodes", page_nodes },
  { "memory-backing", backing_source },
  { "module-room", module_room },
  { "module-total", module_total },
  { "module-node", module_node },
  { "module-source", module_source },
  { "nvdimm", nvdimm },
  { "virtio-mem", virtio_mem },
  { "module-address", module_address },
  { "sgx", sgx },
  { NULL, NULL },
};
