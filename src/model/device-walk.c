/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/device-walk.h"

#include "base/compat.h"

typedef struct
{
  const char *name;
  gsize offset; /* in RoostDevices */
  gboolean is_single;
} KindRow;

#define LIST(name, member)                                                                         \
  {                                                                                                \
    name, G_STRUCT_OFFSET (RoostDevices, member), FALSE                                            \
  }
#define SINGLE(name, member)                                                                       \
  {                                                                                                \
    name, G_STRUCT_OFFSET (RoostDevices, member), TRUE                                             \
  }

static const KindRow kinds[ROOST_DEVICE_N_KINDS] = {
  [ROOST_DEVICE_DISK] = LIST ("disk", disks),
  [ROOST_DEVICE_INTERFACE] = LIST ("interface", interfaces),
  [ROOST_DEVICE_SOUND] = LIST ("sound", sounds),
  [ROOST_DEVICE_HOSTDEV] = LIST ("hostdev", hostdevs),
  [ROOST_DEVICE_VIDEO] = LIST ("video", videos),
  [ROOST_DEVICE_CONTROLLER] = LIST ("controller", controllers),
  [ROOST_DEVICE_SMARTCARD] = LIST ("smartcard", smartcards),
  [ROOST_DEVICE_SERIAL] = LIST ("serial", serials),
  [ROOST_DEVICE_PARALLEL] = LIST ("parallel", parallels),
  [ROOST_DEVICE_CHANNEL] = LIST ("channel", channels),
  [ROOST_DEVICE_CONSOLE] = LIST ("console", consoles),
  [ROOST_DEVICE_INPUT] = LIST ("input", inputs),
  [ROOST_DEVICE_FILESYSTEM] = LIST ("filesystem", filesystems),
  [ROOST_DEVICE_WATCHDOG] = LIST ("watchdog", watchdogs),
  [ROOST_DEVICE_MEMBALLOON] = SINGLE ("memballoon", memballoon),
  [ROOST_DEVICE_RNG] = LIST ("rng", rngs),
  [ROOST_DEVICE_NVRAM] = SINGLE ("nvram", nvram),
  [ROOST_DEVICE_HUB] = LIST ("hub", hubs),
  [ROOST_DEVICE_SHMEM] = LIST ("shmem", shmems),
  [ROOST_DEVICE_TPM] = LIST ("tpm", tpms),
  [ROOST_DEVICE_PANIC] = LIST ("panic", panics),
  [ROOST_DEVICE_MEMORY] = LIST ("memory", memories),
  [ROOST_DEVICE_IOMMU] = SINGLE ("iommu", iommu),
  [ROOST_DEVICE_VSOCK] = SINGLE ("vsock", vsock),
  [ROOST_DEVICE_CRYPTO] = LIST ("crypto", cryptos),
  [ROOST_DEVICE_PSTORE] = SINGLE ("pstore", pstore),
  [ROOST_DEVICE_REDIRDEV] = LIST ("redirdev", redirdevs),
  [ROOST_DEVICE_GRAPHICS] = LIST ("graphics", graphics),
  [ROOST_DEVICE_LEASE] = LIST ("lease", leases),
};

static void
append_one (GArray *refs, RoostDeviceKind kind, guint index, gpointer device)
{
  RoostDeviceRef ref = { .kind = kind, .index = index, .device = device };

  g_array_append_val (refs, ref);
}

void
roost_devices_append (const RoostDomainConfig *config, RoostDeviceKind kind, GArray *refs)
{
  gpointer member = G_STRUCT_MEMBER (gpointer, &config->devices, kinds[kind].offset);
  gpointer device;

  if (!kinds[kind].is_single)
    ROOST_LIST_EACH (void, device, (GPtrArray *)member)
      append_one (refs, kind, device_i, device);
  else if (member != NULL)
    append_one (refs, kind, 0, member);
}

GArray *
roost_devices_list (const RoostDomainConfig *config)
{
  GArray *refs = g_array_sized_new (FALSE, FALSE, sizeof (RoostDeviceRef), 32);

  for (guint kind = 0; kind < ROOST_DEVICE_N_KINDS; kind++)
    roost_devices_append (config, kind, refs);
  return refs;
}

const char *
roost_device_kind_name (RoostDeviceKind kind)
{
  return kinds[kind].name;
}

char *
roost_device_label (const RoostDeviceRef *ref)
{
  const RoostController *controller;

  if (ref->info->alias != NULL)
    return g_strdup_printf ("%s '%s'", kinds[ref->kind].name, ref->info->alias);
  if (ref->kind == ROOST_DEVICE_DISK && ref->disk->target != NULL)
    return g_strdup_printf ("disk '%s'", ref->disk->target);
  if (ref->kind == ROOST_DEVICE_INTERFACE && ref->interface->mac != NULL)
    return g_strdup_printf ("interface %s", ref->interface->mac);
  if (ref->kind == ROOST_DEVICE_CONTROLLER)
    {
      controller = ref->controller;
      return g_strdup_printf (
          "%s%s%s controller %" G_GINT64_FORMAT, roost_controller_type_names[controller->type],
          controller->model != 0 ? " " : "", roost_controller_model_names[controller->model],
          controller->index.value);
    }
  if (kinds[ref->kind].is_single)
    return g_strdup (kinds[ref->kind].name);
  return g_strdup_printf ("%s %u", kinds[ref->kind].name, ref->index + 1);
}
