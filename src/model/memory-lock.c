/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/memory-lock.h"

#include "base/compat.h"
#include "model/machine.h"

#define MIB ((guint64)1 << 20)
#define GIB ((guint64)1 << 30)

/* What the host's devices map besides the memory: the windows of other devices. */
#define WINDOWS GIB

/* QEMU and its libraries, which <locked/> keeps as well, are larger than this. */
#define PROGRAM (64 * MIB)

/* On POWER the table of the guest's pages has one byte for so many of its memory. */
#define POWER_TABLE_SHARE 128

/* Each window for DMA has an entry of 8 bytes for 4 KiB. */
#define POWER_DMA_SHARE 512

/* Documents say "no limit" by the most KiB whose bytes can be counted. */
#define NO_LIMIT ((guint64)(G_MAXINT64 >> 10) << 10)

static gboolean
is_limit (const RoostUint *bytes)
{
  return bytes->is_set && bytes->value > 0 && bytes->value < NO_LIMIT;
}

static guint
count_vfio (const RoostDomainConfig *config)
{
  RoostHostdev *hostdev;
  RoostInterface *interface;
  guint n = 0;

  ROOST_LIST_EACH (RoostHostdev, hostdev, config->devices.hostdevs)
    n += hostdev->type == ROOST_HOSTDEV_TYPE_PCI || hostdev->type == ROOST_HOSTDEV_TYPE_MDEV;
  ROOST_LIST_EACH (RoostInterface, interface, config->devices.interfaces)
    n += interface->type == ROOST_INTERFACE_TYPE_HOSTDEV;
  return n;
}

/* Each of these maps all memory for itself. */
static guint
count_own_maps (const RoostDomainConfig *config)
{
  RoostInterface *interface;
  RoostDisk *disk;
  guint n = 0;

  ROOST_LIST_EACH (RoostInterface, interface, config->devices.interfaces)
    n += interface->type == ROOST_INTERFACE_TYPE_VDPA;
  ROOST_LIST_EACH (RoostDisk, disk, config->devices.disks)
    n += disk->source.type == ROOST_SOURCE_TYPE_NVME
         || disk->source.type == ROOST_SOURCE_TYPE_VHOSTVDPA;
  return n;
}

/* How often the memory is locked. Behind an IOMMU of its own a guest has one map a device; without
 * it all share one. */
static guint
count_maps (const RoostDomainConfig *config)
{
  const RoostLaunchSecurity *security = config->launch_security;
  guint n_vfio = count_vfio (config);

  if (config->devices.iommu == NULL)
    n_vfio = MIN (n_vfio, 1);
  return n_vfio + count_own_maps (config)
         + (security != NULL && security->type == ROOST_LAUNCH_SECURITY_TYPE_SEV);
}

/* @a * @b + @c, or all that there is. */
static guint64
product (guint64 a, guint64 b, guint64 c)
{
  guint64 result;

  return g_uint64_checked_mul (&result, a, b) && g_uint64_checked_add (&result, result, c)
             ? result
             : G_MAXUINT64;
}

static guint
count_power_bridges (const RoostDomainConfig *config)
{
  RoostController *controller;
  guint n = 0;

  ROOST_LIST_EACH (RoostController, controller, config->devices.controllers)
    n += controller->type == ROOST_CONTROLLER_TYPE_PCI
         && controller->model == ROOST_CONTROLLER_MODEL_PCI_ROOT;
  return n;
}

static guint64
power_limit (const RoostDomainConfig *config)
{
  guint64 memory = config->memory.value;
  guint64 largest = config->max_memory.is_set ? config->max_memory.value : memory;
  guint64 bridges = count_power_bridges (config);
  guint64 tables = product (bridges, 4 * MIB, largest / POWER_TABLE_SHARE + 8 * MIB);
  guint64 windows;

  if (count_maps (config) == 0)
    return tables;
  windows = product (memory / POWER_DMA_SHARE, bridges, memory + 8 * MIB);
  return product (1, MAX (windows, product (bridges, 2 * GIB, 0)), tables);
}

static guint64
limit_of (const RoostDomainConfig *config)
{
  guint maps = count_maps (config);

  if (is_limit (&config->memtune.hard_limit))
    return config->memtune.hard_limit.value;
  if (config->memory_backing.locked)
    return G_MAXUINT64;
  if (roost_arch_is_ppc64 (config->os.arch) && config->type == ROOST_VIRT_TYPE_KVM)
    return power_limit (config);
  return maps > 0 ? product (config->memory.value, maps, WINDOWS) : 0;
}

RoostMemoryLock
roost_memory_lock (const RoostDomainConfig *config)
{
  guint64 least = count_maps (config) > 0 ? config->memory.value : 0;

  if (config->memory_backing.locked)
    least = product (1, config->memory.value, PROGRAM);
  return (RoostMemoryLock){ limit_of (config), least };
}
