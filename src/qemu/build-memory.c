/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

/* Guest memory: the backends behind it, and memory devices. */

#define MIB (1024 * 1024)

/* Pages of this size are not huge. */
#define SYSTEM_PAGE_SIZE 4096

/* --- which pages --- */

/* The huge pages that are configured for the cell (-1: the whole machine, which counts as cell 0).
 * Returns: FALSE when ordinary pages hold it. */
static gboolean
huge_page_size (RoostBuild *build, int cell, guint64 *out_size)
{
  const RoostMemoryBacking *backing = &build->config->memory_backing;
  const RoostHugepage *page;
  const RoostHugepage *chosen = NULL;

  if (!backing->hugepages)
    return FALSE;
  ROOST_LIST_EACH (RoostHugepage, page, backing->pages)
    {
      if (page->nodeset == NULL)
        {
          if (chosen == NULL)
            chosen = page;
        }
      else if (roost_bitmap_has (page->nodeset, cell < 0 ? 0 : (guint)cell))
        chosen = page;
    }
  if (chosen == NULL && backing->pages != NULL && backing->pages->len > 0)
    return FALSE;
  *out_size = chosen != NULL ? chosen->size.value
                             : roost_host_config_default_huge_page (build->launch->is_dry);
  return *out_size != SYSTEM_PAGE_SIZE;
}

/* --- host nodes --- */

static const char *
policy_name (RoostNumaMode mode)
{
  switch (mode)
    {
    case ROOST_NUMA_MODE_PREFERRED:
      return "preferred";
    case ROOST_NUMA_MODE_INTERLEAVE:
      return "interleave";
    case ROOST_NUMA_MODE_RESTRICTIVE: /* by cgroups alone */
      return NULL;
    case ROOST_NUMA_MODE_STRICT:
    case ROOST_NUMA_MODE_UNSET:
    default:
      return "bind";
    }
}

static const RoostMemnode *
memnode_of (RoostBuild *build, int cell)
{
  const RoostMemnode *memnode;

  ROOST_LIST_EACH (RoostMemnode, memnode, build->config->numatune.memnodes)
    {
      if (cell >= 0 && memnode->cellid.value == (guint64)cell)
        return memnode;
    }
  return NULL;
}

static JsonArray *
node_array (const RoostBitmap *nodes)
{
  JsonArray *array = json_array_new ();

  for (int n = roost_bitmap_next (nodes, 0); n >= 0; n = roost_bitmap_next (nodes, (guint)n + 1))
    json_array_add_int_element (array, n);
  return array;
}

static void
put_host_nodes (RoostBuild *build, JsonObject *object, const RoostMemoryBackend *want)
{
  const RoostNumatune *tune = &build->config->numatune;
  const RoostMemnode *memnode = memnode_of (build, want->cell);
  const RoostBitmap *nodes = want->nodes;
  RoostNumaMode mode = memnode != NULL ? memnode->mode : tune->mode;
  const char *policy = policy_name (mode);

  if (nodes == NULL)
    nodes = memnode != NULL ? memnode->nodeset : tune->nodeset;
  if (nodes == NULL || policy == NULL || roost_bitmap_count (nodes) == 0)
    return;
  json_object_set_array_member (object, "host-nodes", node_array (nodes));
  roost_put_string (object, "policy", policy);
}

/* --- what it is made of --- */

static char *
file_dir (RoostBuild *build, const RoostMemoryBackend *want)
{
  return g_build_filename (build->host->memory_backing_dir, build->config->uuid, want->id, NULL);
}

static gboolean
put_huge_file (RoostBuild *build, JsonObject *object, guint64 page_size, GError **error)
{
  g_autofree char *dir =
      roost_host_config_huge_page_dir (build->host, page_size, build->launch->is_dry);

  if (dir == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "no hugetlbfs with pages of %" G_GUINT64_FORMAT " KiB is mounted",
                        page_size / 1024);
  roost_put_printf (object, "mem-path", "%s/roost/%s", dir, build->config->uuid);
  return TRUE;
}

static const RoostNumaCell *
cell_at (RoostBuild *build, int index)
{
  const RoostCpu *cpu = build->config->cpu;

  if (index < 0 || cpu == NULL || cpu->cells == NULL || (guint)index >= cpu->cells->len)
    return NULL;
  return cpu->cells->pdata[index];
}

/* Shared or private, as the device or its cell says, else the domain. */
static RoostMemoryAccess
access_of (RoostBuild *build, const RoostMemoryBackend *want)
{
  const RoostNumaCell *cell = cell_at (build, want->cell);

  if (want->access != ROOST_MEMORY_ACCESS_UNSET)
    return want->access;
  if (cell != NULL && cell->access != ROOST_MEMORY_ACCESS_UNSET)
    return cell->access;
  return build->config->memory_backing.access;
}

typedef struct
{
  gboolean is_huge;
  guint64 page_size;
  gboolean is_memfd;
  gboolean is_file;
  RoostMemoryAccess access;
} Choice;

static Choice
choose (RoostBuild *build, const RoostMemoryBackend *want)
{
  const RoostMemoryBacking *backing = &build->config->memory_backing;
  Choice choice = { .access = access_of (build, want) };

  if (want->is_epc)
    return choice;
  if (want->path != NULL)
    {
      choice.is_file = TRUE;
      return choice;
    }
  if (want->page_size > 0)
    {
      choice.page_size = want->page_size;
      choice.is_huge = want->page_size != SYSTEM_PAGE_SIZE;
    }
  else
    choice.is_huge = huge_page_size (build, want->cell, &choice.page_size);
  choice.is_memfd = backing->source == ROOST_MEMORY_SOURCE_MEMFD;
  choice.is_file = !choice.is_memfd
                   && (choice.is_huge || backing->source == ROOST_MEMORY_SOURCE_FILE
                       || choice.access != ROOST_MEMORY_ACCESS_UNSET);
  return choice;
}

static const char *
backend_type (const RoostMemoryBackend *want, const Choice *choice)
{
  if (want->is_epc)
    return "memory-backend-epc";
  if (choice->is_memfd)
    return "memory-backend-memfd";
  return choice->is_file ? "memory-backend-file" : "memory-backend-ram";
}

static gboolean
put_place (RoostBuild *build,
           JsonObject *object,
           const RoostMemoryBackend *want,
           const Choice *choice,
           GError **error)
{
  g_autofree char *path = NULL;

  if (choice->is_memfd)
    {
      if (choice->is_huge)
        {
          roost_put_bool (object, "hugetlb", TRUE);
          if (choice->page_size > 0)
            roost_put_int (object, "hugetlbsize", (gint64)choice->page_size);
        }
      return TRUE;
    }
  if (!choice->is_file)
    return TRUE;
  if (want->path != NULL)
    roost_put_string (object, "mem-path", want->path);
  else if (choice->is_huge)
    return put_huge_file (build, object, choice->page_size, error);
  else
    {
      path = file_dir (build, want);
      roost_put_string (object, "mem-path", path);
    }
  return TRUE;
}

static gboolean
wants_prealloc (RoostBuild *build, const RoostMemoryBackend *want, const Choice *choice)
{
  if (want->prealloc != ROOST_UNSET)
    return want->prealloc == ROOST_YES;
  return choice->is_huge || want->is_epc
         || build->config->memory_backing.allocation == ROOST_ALLOCATION_IMMEDIATE
         || (want->is_nvdimm && !want->is_pmem);
}

static void
put_options (RoostBuild *build,
             JsonObject *object,
             const RoostMemoryBackend *want,
             const Choice *choice)
{
  const RoostMemoryBacking *backing = &build->config->memory_backing;
  RoostTristate discard = want->discard;

  if (choice->access != ROOST_MEMORY_ACCESS_UNSET)
    roost_put_bool (object, "share", choice->access == ROOST_MEMORY_ACCESS_SHARED);
  if (want->is_machine && (choice->is_file || choice->is_memfd))
    roost_put_bool (object, "x-use-canonical-path-for-ramblock-id", FALSE);
  if (discard == ROOST_UNSET && backing->discard)
    discard = ROOST_YES;
  if (choice->is_file && want->path == NULL)
    roost_put_yes_no (object, "discard-data", discard);
  roost_put_yes_no (object, "reserve", want->reserve);
  if (wants_prealloc (build, want, choice))
    {
      roost_put_bool (object, "prealloc", TRUE);
      roost_put_uint (object, "prealloc-threads", backing->allocation_threads);
    }
  roost_put_int (object, "size", (gint64)want->size);
  if (want->align > 0)
    roost_put_int (object, "align", (gint64)want->align);
  if (want->is_pmem)
    roost_put_bool (object, "pmem", TRUE);
  if (want->is_read_only)
    roost_put_bool (object, "readonly", TRUE);
}

JsonObject *
roost_memory_backend (RoostBuild *build, const RoostMemoryBackend *want, GError **error)
{
  Choice choice = choose (build, want);
  g_autoptr (JsonObject) object = roost_object_new ("qom-type", backend_type (want, &choice));

  roost_put_string (object, "id", want->id);
  if (!put_place (build, object, want, &choice, error))
    return NULL;
  put_options (build, object, want, &choice);
  put_host_nodes (build, object, want);
  return g_steal_pointer (&object);
}

void
roost_build_memory_backend (RoostBuild *build, JsonObject *object)
{
  gboolean has_context =
      json_object_has_member (object, "prealloc") && json_object_has_member (object, "host-nodes")
      && !g_str_equal (json_object_get_string_member (object, "qom-type"), "memory-backend-epc")
      && roost_facts_has_type (build->facts, "thread-context");
  JsonObject *context;

  if (has_context)
    {
      /* The threads that touch the pages run where the pages shall be. */
      context = roost_object_new ("qom-type", "thread-context");
      roost_put_printf (context, "id", "tc-%s", json_object_get_string_member (object, "id"));
      json_object_set_array_member (
          context, "node-affinity",
          json_array_ref (json_object_get_array_member (object, "host-nodes")));
      roost_put_string (object, "prealloc-context", json_object_get_string_member (context, "id"));
      roost_build_object (build, context);
    }
  roost_build_object (build, object);
}

/* --- the machine's memory --- */

/* The unit that the machine's memory comes in. */
static guint64
machine_unit (const RoostDomainConfig *config)
{
  return roost_arch_is_ppc64 (config->os.arch) ? (guint64)256 * MIB : MIB;
}

static guint64
round_up (guint64 bytes, guint64 unit)
{
  guint64 rest = bytes % unit;

  return rest == 0 ? bytes : bytes + (unit - rest);
}

/* A module comes in blocks. On pseries the label of an NVDIMM stands beside its blocks, and what
 * is left of the backing file is not used. */
static guint64
device_size (const RoostDomainConfig *config, const RoostMemoryDevice *memory)
{
  guint64 size = memory->size.value;
  guint64 label = memory->label_size.value;

  if (!roost_arch_is_ppc64 (config->os.arch))
    return round_up (size, (guint64)2 * MIB);
  if (memory->model != ROOST_MEMORY_MODEL_NVDIMM || label >= size)
    return round_up (size, machine_unit (config));
  return (size - label) / machine_unit (config) * machine_unit (config) + label;
}

guint64
roost_cell_memory (const RoostDomainConfig *config, const RoostNumaCell *cell)
{
  return round_up (cell->memory.value, machine_unit (config));
}

/* Sum of the memory devices that count as part of <memory>. */
static guint64
device_memory (const RoostDomainConfig *config)
{
  const RoostMemoryDevice *memory;
  guint64 sum = 0;

  ROOST_LIST_EACH (RoostMemoryDevice, memory, config->devices.memories)
    sum += device_size (config, memory);
  return sum;
}

guint64
roost_initial_memory (const RoostDomainConfig *config)
{
  const RoostNumaCell *cell;
  guint64 sum = 0;

  if (config->cpu != NULL && config->cpu->cells != NULL && config->cpu->cells->len > 0)
    {
      ROOST_LIST_EACH (RoostNumaCell, cell, config->cpu->cells)
        sum += roost_cell_memory (config, cell);
      return sum;
    }
  sum = device_memory (config);
  return round_up (config->memory.value > sum ? config->memory.value - sum : config->memory.value,
                   machine_unit (config));
}

static gboolean
has_cells (RoostBuild *build)
{
  const RoostCpu *cpu = build->config->cpu;

  return cpu != NULL && cpu->cells != NULL && cpu->cells->len > 0;
}

/* Returns: (nullable): the name of the machine's own memory, when it may be given a backend */
const char *
roost_machine_ram_id (RoostBuild *build)
{
  if (has_cells (build) || build->machine == NULL)
    return NULL;
  return build->machine->default_ram_id;
}

static gboolean
build_machine_memory (RoostBuild *build, guint64 size, GError **error)
{
  const char *id = roost_machine_ram_id (build);
  RoostMemoryBackend want = { .id = id, .size = size, .cell = -1, .is_machine = TRUE };
  JsonObject *object;

  if (id == NULL)
    return TRUE;
  object = roost_memory_backend (build, &want, error);
  if (object == NULL)
    return FALSE;
  roost_build_memory_backend (build, object);
  return TRUE;
}

gboolean
roost_build_memory (RoostBuild *build, GError **error)
{
  const RoostDomainConfig *config = build->config;
  guint64 size = roost_initial_memory (config);
  g_autoptr (GString) text = g_string_new (NULL);

  if (size == 0 || size > G_MAXINT64)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "the domain has no memory");
  if (config->max_memory.is_set)
    {
      roost_text_add_printf (text, "size", "%" G_GUINT64_FORMAT "k", size / 1024);
      if (config->max_memory_slots.is_set)
        roost_text_add_printf (text, "slots", "%u", (guint)config->max_memory_slots.value);
      roost_text_add_printf (text, "maxmem", "%" G_GUINT64_FORMAT "k",
                             config->max_memory.value / 1024);
      roost_build_option (build, "-m", text->str);
    }
  else
    roost_build_option_printf (build, "-m", "%" G_GUINT64_FORMAT, size / MIB);
  if (!build_machine_memory (build, size, error))
    return FALSE;
  roost_build_option_printf (build, "-overcommit", "mem-lock=%s",
                             config->memory_backing.locked ? "on" : "off");
  return TRUE;
}

/* --- memory devices --- */

static void
put_dimm (JsonObject *device, const RoostMemoryDevice *memory)
{
  roost_put_uint (device, "node", memory->node);
  roost_put_uint (device, "label-size", memory->label_size);
  roost_put_string (device, "uuid", memory->uuid);
  if (memory->model == ROOST_MEMORY_MODEL_NVDIMM && memory->readonly)
    roost_put_bool (device, "unarmed", TRUE);
}

static const char *
memory_driver (RoostMemoryModel model)
{
  switch (model)
    {
    case ROOST_MEMORY_MODEL_NVDIMM:
      return "nvdimm";
    case ROOST_MEMORY_MODEL_VIRTIO_PMEM:
      return "virtio-pmem-pci";
    case ROOST_MEMORY_MODEL_VIRTIO_MEM:
      return "virtio-mem-pci";
    case ROOST_MEMORY_MODEL_DIMM:
    case ROOST_MEMORY_MODEL_SGX_EPC:
    case ROOST_MEMORY_MODEL_UNSET:
    default:
      return "pc-dimm";
    }
}

static void
add_memory_device (RoostBuild *build,
                   const RoostMemoryDevice *memory,
                   const char *backend,
                   JsonObject *device)
{
  if (memory->model == ROOST_MEMORY_MODEL_VIRTIO_MEM)
    {
      roost_put_uint (device, "node", memory->node);
      roost_put_uint (device, "block-size", memory->block_size);
      roost_put_uint (device, "requested-size", memory->requested_size);
      if (build->config->memory_backing.allocation == ROOST_ALLOCATION_IMMEDIATE
          || build->config->memory_backing.hugepages)
        roost_put_bool (device, "prealloc", TRUE);
    }
  else if (memory->model != ROOST_MEMORY_MODEL_VIRTIO_PMEM)
    put_dimm (device, memory);
  roost_put_string (device, "memdev", backend);
}

static RoostMemoryBackend
device_backend (RoostBuild *build, const RoostMemoryDevice *memory, const char *id)
{
  gboolean is_pmem_device = memory->model == ROOST_MEMORY_MODEL_VIRTIO_PMEM;
  RoostMemoryBackend want = {
    .id = id,
    .size = device_size (build->config, memory),
    .cell = memory->node.is_set ? (int)memory->node.value : -1,
    .access = is_pmem_device ? ROOST_MEMORY_ACCESS_SHARED : memory->access,
    .discard = memory->discard,
    .page_size = memory->pagesize.value,
    .nodes = memory->nodemask,
    .path = memory->path,
    .align = memory->align_size.value,
    .is_pmem = memory->pmem,
    .is_nvdimm = memory->model == ROOST_MEMORY_MODEL_NVDIMM,
    .is_read_only = memory->readonly && memory->model == ROOST_MEMORY_MODEL_NVDIMM,
    .is_epc = memory->model == ROOST_MEMORY_MODEL_SGX_EPC,
  };

  if (is_pmem_device)
    want.prealloc = ROOST_NO;
  /* The guest asks for its blocks one by one. */
  if (memory->model == ROOST_MEMORY_MODEL_VIRTIO_MEM)
    {
      want.reserve = ROOST_NO;
      want.prealloc = ROOST_NO;
    }
  return want;
}

gboolean
roost_build_memory_device (RoostBuild *build, const RoostMemoryDevice *memory, GError **error)
{
  g_autofree char *id = g_strconcat ("mem", memory->info.alias, NULL);
  RoostMemoryBackend want = device_backend (build, memory, id);
  JsonObject *object;
  JsonObject *device;

  object = roost_memory_backend (build, &want, error);
  if (object == NULL)
    return FALSE;
  roost_build_memory_backend (build, object);
  if (memory->model == ROOST_MEMORY_MODEL_SGX_EPC) /* named by -machine */
    return TRUE;
  device = roost_object_new ("driver", memory_driver (memory->model));
  add_memory_device (build, memory, id, device);
  roost_put_string (device, "id", memory->info.alias);
  return roost_build_device_at (build, device, &memory->info, error);
}
