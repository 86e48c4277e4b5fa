/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/defaults-parts.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/blame.h"
#include "model/machine.h"

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)

/* A balloon may begin this much above the memory: older definitions rounded the two differently. */
#define ROUNDING_SLACK (4 * MIB)

/* QEMU: MAX_NODES */
#define MAX_CELLS     128
#define MAX_IOTHREADS 1024

#define DISTANCE_SELF   10
#define DISTANCE_REMOTE 20

/* --- sizes --- */

static gboolean
add_size (guint64 *sum, const RoostUint *size, const char *what, GError **error)
{
  if (!g_uint64_checked_add (sum, *sum, size->value))
    return roost_throw (error, ROOST_ERROR_INVALID_XML, "memory: the %s together are too large",
                        what);
  return TRUE;
}

/* <memory> is all the memory that the guest begins with: that of its NUMA cells, when they say how
 * much they have, and of its memory devices. */
static gboolean
apply_total (RoostDomainConfig *config, GError **error)
{
  guint64 cells = 0;
  guint64 devices = 0;
  const RoostNumaCell *cell;
  const RoostMemoryDevice *memory;

  ROOST_LIST_EACH (const RoostNumaCell, cell, config->cpu != NULL ? config->cpu->cells : NULL)
    if (!add_size (&cells, &cell->memory, "NUMA cells", error))
      return FALSE;
  ROOST_LIST_EACH (const RoostMemoryDevice, memory, config->devices.memories)
    if (!add_size (&devices, &memory->size, "memory devices", error))
      return FALSE;
  if (cells != 0)
    {
      config->memory = roost_uint (cells);
      return add_size (&config->memory.value, &(RoostUint){ .value = devices }, "sizes", error);
    }
  if (config->memory.is_set && devices >= config->memory.value && devices > 0)
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "memory: the memory devices leave nothing of <memory>, which counts them "
                        "in");
  return TRUE;
}

/* NUMA cells overrule <memory>, and then <currentMemory> has to give way as well. */
static gboolean
has_cell_sizes (const RoostDomainConfig *config)
{
  const RoostNumaCell *cell;

  ROOST_LIST_EACH (const RoostNumaCell, cell, config->cpu != NULL ? config->cpu->cells : NULL)
    if (cell->memory.value != 0)
      return TRUE;
  return FALSE;
}

static gboolean
apply_current (RoostDomainConfig *config, GError **error)
{
  RoostUint *current = &config->current_memory;

  if (!config->memory.is_set)
    return TRUE;
  if (!has_cell_sizes (config) && current->value > config->memory.value
      && current->value - config->memory.value > ROUNDING_SLACK)
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "currentMemory: %" G_GUINT64_FORMAT
                        " bytes are more than the %" G_GUINT64_FORMAT " bytes of <memory>",
                        current->value, config->memory.value);
  if (current->value == 0 || current->value > config->memory.value)
    *current = config->memory;
  return TRUE;
}

/* --- NUMA --- */

static RoostNumaCell *
find_cell (const RoostCpu *cpu, guint64 id)
{
  RoostNumaCell *cell;

  ROOST_LIST_EACH (RoostNumaCell, cell, cpu->cells)
    if (cell->id.is_set && cell->id.value == id)
      return cell;
  return NULL;
}

static guint64
given_distance (const RoostCpu *cpu, guint64 from, guint64 to)
{
  const RoostNumaCell *cell = find_cell (cpu, from);
  const RoostNumaSibling *sibling;

  ROOST_LIST_EACH (const RoostNumaSibling, sibling, cell != NULL ? cell->distances : NULL)
    if (sibling->id.value == to)
      return sibling->value.value;
  return 0;
}

static guint64
distance (const RoostCpu *cpu, guint64 from, guint64 to)
{
  guint64 given = given_distance (cpu, from, to);

  if (given == 0)
    given = given_distance (cpu, to, from);
  if (given == 0)
    given = from == to ? DISTANCE_SELF : DISTANCE_REMOTE;
  return given;
}

static GPtrArray *
complete_distances (const RoostCpu *cpu, guint64 from)
{
  GPtrArray *all = g_ptr_array_new ();

  for (guint to = 0; to < cpu->cells->len; to++)
    {
      RoostNumaSibling *sibling = g_new0 (RoostNumaSibling, 1);

      sibling->id = roost_uint (to);
      sibling->value = roost_uint (distance (cpu, from, to));
      g_ptr_array_add (all, sibling);
    }
  return all;
}

/* One distance given means that all count: the way back is as long as the way there. */
static void
apply_distances (RoostCpu *cpu)
{
  g_autoptr (GPtrArray) tables = g_ptr_array_new ();
  gboolean has_any = FALSE;
  RoostNumaCell *cell;

  ROOST_LIST_EACH (RoostNumaCell, cell, cpu->cells)
    has_any |= cell->distances != NULL && cell->distances->len > 0;
  if (!has_any)
    return;
  ROOST_LIST_EACH (RoostNumaCell, cell, cpu->cells)
    g_ptr_array_add (tables, complete_distances (cpu, cell->id.value));
  ROOST_LIST_EACH (RoostNumaCell, cell, cpu->cells)
    {
      if (cell->distances != NULL)
        {
          g_ptr_array_set_free_func (cell->distances, g_free);
          g_ptr_array_unref (cell->distances);
        }
      cell->distances = g_ptr_array_index (tables, cell_i);
      cell->has_distances = TRUE;
    }
}

static gboolean
apply_cells (RoostCpu *cpu, GError **error)
{
  RoostNumaCell *cell;

  if (cpu->cells != NULL && cpu->cells->len > MAX_CELLS)
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "cpu: %u NUMA cells are too many; at most %d are possible", cpu->cells->len,
                        MAX_CELLS);
  ROOST_LIST_EACH (RoostNumaCell, cell, cpu->cells)
    if (!cell->id.is_set)
      cell->id = roost_uint (cell_i);
  apply_distances (cpu);
  return TRUE;
}

/* --- CPUs and threads --- */

static gboolean
is_iothread_known (const RoostDomainConfig *config, guint64 id)
{
  const RoostIothread *thread;

  ROOST_LIST_EACH (const RoostIothread, thread, config->iothread_ids)
    if (thread->id.value == id)
      return TRUE;
  return FALSE;
}

/* As many ids as <iothreads> says: those that are listed, then the lowest free numbers. */
static gboolean
apply_iothreads (RoostDomainConfig *config, GError **error)
{
  guint n_listed = config->iothread_ids != NULL ? config->iothread_ids->len : 0;
  guint64 id = 1;

  if (MAX (config->iothreads.value, n_listed) > MAX_IOTHREADS)
    return roost_throw (error, ROOST_ERROR_INVALID_XML, "iothreads: at most %d are possible",
                        MAX_IOTHREADS);
  if (n_listed > config->iothreads.value)
    config->iothreads = roost_uint (n_listed);
  if (n_listed == 0)
    return TRUE;
  while (config->iothread_ids->len < config->iothreads.value)
    {
      RoostIothread *thread;

      while (is_iothread_known (config, id))
        id++;
      thread = g_new0 (RoostIothread, 1);
      thread->id = roost_uint (id);
      g_ptr_array_add (config->iothread_ids, thread);
    }
  return TRUE;
}

static void
apply_vcpus (RoostDomainConfig *config)
{
  if (!config->vcpus.is_set)
    config->vcpus = roost_uint (1);
  if (config->vcpu_placement == ROOST_PLACEMENT_UNSET)
    config->vcpu_placement = ROOST_PLACEMENT_STATIC;
  if (config->numatune.has_memory && config->numatune.placement == ROOST_PLACEMENT_UNSET
      && config->numatune.nodeset == NULL)
    config->numatune.placement = config->vcpu_placement;
}

gboolean
roost_defaults_apply_memory (RoostDomainConfig *config, GError **error)
{
  if (config->cpu != NULL && !apply_cells (config->cpu, error))
    return roost_blame (error, &config->cpu->position, "cpu", "numa-cells");
  apply_vcpus (config);
  if (!apply_iothreads (config, error))
    return roost_blame_element (
        error, config, config->iothread_ids != NULL ? "iothreadids" : "iothreads", "iothreads");
  if (!apply_total (config, error))
    return roost_blame_element (error, config, "memory", "memory-sum");
  return apply_current (config, error)
         || roost_blame_element (error, config, "currentMemory", "current-memory");
}
