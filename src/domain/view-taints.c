/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/compat.h"
#include "domain/view.h"
#include "model/domain-types.h"

static void
add (GPtrArray *taints, gboolean is_so, const char *name)
{
  if (is_so)
    g_ptr_array_add (taints, (gpointer)name);
}

static gboolean
is_filled (const GPtrArray *list)
{
  return list != NULL && list->len > 0;
}

static gboolean
has_host_cpu (const RoostDomainConfig *config)
{
  return config->cpu != NULL && config->cpu->mode == ROOST_CPU_MODE_HOST_PASSTHROUGH;
}

static gboolean
has_host_cdrom (const RoostDomainConfig *config)
{
  const RoostDisk *disk;

  ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
    {
      if (disk->device == ROOST_DISK_DEVICE_CDROM && disk->source.type == ROOST_SOURCE_TYPE_BLOCK
          && disk->source.dev != NULL)
        return TRUE;
    }
  return FALSE;
}

static gboolean
has_script (const RoostDomainConfig *config)
{
  const RoostInterface *interface;

  ROOST_LIST_EACH (const RoostInterface, interface, config->devices.interfaces)
    {
      if (interface->script != NULL || interface->downscript != NULL)
        return TRUE;
    }
  return FALSE;
}

void
roost_view_taints (const RoostDomainConfig *config, GPtrArray *taints)
{
  add (taints, is_filled (config->qemu_args), "custom-argv");
  add (taints, is_filled (config->qemu_envs), "custom-env");
  add (taints, is_filled (config->qemu_overrides), "custom-device");
  add (taints, has_host_cpu (config), "host-cpu");
  add (taints, has_host_cdrom (config), "cdrom-passthrough");
  add (taints, config->os.dtb != NULL, "custom-dtb");
  add (taints, has_script (config), "shell-scripts");
}

gboolean
roost_view_is_deprecated (const RoostDomainConfig *config, const RoostFacts *facts)
{
  const RoostMachineFacts *machine =
      config->os.machine != NULL ? roost_facts_machine (facts, config->os.machine) : NULL;
  const RoostCpuFacts *cpu =
      config->cpu != NULL && config->cpu->model != NULL && facts->cpus != NULL
          ? g_hash_table_lookup (facts->cpus, config->cpu->model)
          : NULL;

  return (machine != NULL && machine->is_deprecated) || (cpu != NULL && cpu->is_deprecated);
}
