/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/compat.h"
#include "base/error.h"
#include "domain/hotplug-view.h"

/* --- processors --- */

guint
roost_view_max_vcpus (const RoostDomainConfig *config)
{
  return (guint)config->vcpus.value;
}

gboolean
roost_view_has_spare_vcpus (const RoostDomainConfig *config)
{
  return config->vcpu_list != NULL || config->current_vcpus.is_set;
}

/* Those that cannot go stay; of the others the last go first. */
static void
set_list (RoostDomainConfig *config, guint count)
{
  RoostVcpu *vcpu;
  guint enabled = 0;

  ROOST_LIST_EACH (RoostVcpu, vcpu, config->vcpu_list)
    if (vcpu->enabled == ROOST_YES)
      enabled++;
  ROOST_LIST_EACH (RoostVcpu, vcpu, config->vcpu_list)
    if (enabled < count && vcpu->enabled != ROOST_YES)
      {
        vcpu->enabled = ROOST_YES;
        vcpu->hotpluggable = ROOST_YES;
        enabled++;
      }
  for (guint i = config->vcpu_list->len; i-- > 0 && enabled > count;)
    {
      vcpu = config->vcpu_list->pdata[i];
      if (vcpu->enabled == ROOST_YES && vcpu->hotpluggable == ROOST_YES)
        {
          vcpu->enabled = ROOST_NO;
          vcpu->order.is_set = FALSE;
          enabled--;
        }
    }
}

void
roost_view_set_vcpus (RoostDomainConfig *config, guint count)
{
  if (count == config->vcpus.value)
    config->current_vcpus = (RoostUint){ 0 };
  else
    config->current_vcpus = roost_uint (count);
  if (config->vcpu_list != NULL)
    set_list (config, count);
}

gboolean
roost_view_set_max_vcpus (RoostDomainConfig *config, guint count, GError **error)
{
  if (count < 1 || count > G_MAXUINT16)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "%u processors: there can be from 1 to %u", count, G_MAXUINT16);
  if (config->vcpu_list != NULL && config->vcpu_list->len != count)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "<vcpus> lists %u processors: change the list with the maximum",
                        config->vcpu_list->len);
  config->vcpus = roost_uint (count);
  if (config->current_vcpus.is_set && config->current_vcpus.value >= count)
    config->current_vcpus = (RoostUint){ 0 };
  return TRUE;
}

static gboolean
can_go (const RoostVcpu *vcpu)
{
  return vcpu->enabled == ROOST_YES && vcpu->hotpluggable == ROOST_YES;
}

gboolean
roost_view_has_plugged_vcpus (const RoostDomainConfig *config)
{
  const RoostVcpu *vcpu;

  ROOST_LIST_EACH (const RoostVcpu, vcpu, config->vcpu_list)
    if (can_go (vcpu))
      return TRUE;
  return FALSE;
}

gboolean
roost_view_is_plugged_vcpu (const RoostDomainConfig *config, guint id)
{
  const RoostVcpu *vcpu;

  ROOST_LIST_EACH (const RoostVcpu, vcpu, config->vcpu_list)
    if (vcpu->id.value == id)
      return can_go (vcpu);
  return FALSE;
}

/* --- memory --- */

guint64
roost_view_plain_memory (const RoostDomainConfig *config)
{
  const RoostMemoryDevice *device;
  guint64 apart = 0;

  ROOST_LIST_EACH (const RoostMemoryDevice, device, config->devices.memories)
    if (device->model != ROOST_MEMORY_MODEL_DIMM)
      apart += device->size.value;
  return config->memory.value - MIN (apart, config->memory.value);
}

guint64
roost_view_resized_memory (const RoostDomainConfig *config, gboolean *out_any)
{
  const RoostMemoryDevice *device;
  guint64 bytes = 0;

  *out_any = FALSE;
  ROOST_LIST_EACH (const RoostMemoryDevice, device, config->devices.memories)
    {
      if (device->model != ROOST_MEMORY_MODEL_VIRTIO_MEM)
        continue;
      *out_any = TRUE;
      bytes +=
          device->current_size.is_set ? device->current_size.value : device->requested_size.value;
    }
  return bytes;
}

void
roost_view_begin_memory (RoostDomainConfig *config, const char *alias)
{
  RoostMemoryDevice *device;

  ROOST_LIST_EACH (RoostMemoryDevice, device, config->devices.memories)
    if (device->model == ROOST_MEMORY_MODEL_VIRTIO_MEM
        && (alias == NULL || g_strcmp0 (alias, device->info.alias) == 0))
      device->current_size = roost_uint (0);
}

gboolean
roost_view_set_memory (RoostDomainConfig *config, guint64 bytes, GError **error)
{
  guint64 most = roost_view_plain_memory (config);

  if (bytes == 0 || bytes > most)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "%" G_GUINT64_FORMAT " bytes: the domain may have from 1 "
                        "to %" G_GUINT64_FORMAT "%s",
                        bytes, most,
                        most < config->memory.value
                            ? ", apart from memory devices that the balloon does not reach"
                            : "");
  config->current_memory = roost_uint (bytes);
  return TRUE;
}

gboolean
roost_view_set_max_memory (RoostDomainConfig *config, guint64 bytes, GError **error)
{
  if (config->cpu != NULL && config->cpu->cells != NULL && config->cpu->cells->len > 0)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the NUMA cells say how much memory there is: redefine the domain");
  if (bytes == 0)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "a guest needs some memory");
  config->memory = roost_uint (bytes);
  if (config->current_memory.value > bytes)
    config->current_memory = config->memory;
  return TRUE;
}
