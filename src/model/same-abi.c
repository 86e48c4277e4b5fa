/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain-config.h"

#include "base/error.h"
#include "model/device-walk.h"
#include "model/tables.h"

/*
 * Would the guest see the same machine? The tables say what it sees of each element; this file says
 * which device of one config is which of the other, because the order of devices in a document does
 * not count: the guest finds them by name, number or address.
 */

typedef struct
{
  RoostDeviceRef ref;
  char *key;
} Keyed;

static void
keyed_clear (gpointer data)
{
  g_free (((Keyed *)data)->key);
}

static const RoostType *
type_of (RoostDeviceKind kind)
{
  static const RoostType *const types[ROOST_DEVICE_N_KINDS] = {
    [ROOST_DEVICE_DISK] = &roost_disk_type,
    [ROOST_DEVICE_INTERFACE] = &roost_interface_type,
    [ROOST_DEVICE_SOUND] = &roost_sound_type,
    [ROOST_DEVICE_HOSTDEV] = &roost_hostdev_type,
    [ROOST_DEVICE_VIDEO] = &roost_video_type,
    [ROOST_DEVICE_CONTROLLER] = &roost_controller_type,
    [ROOST_DEVICE_SMARTCARD] = &roost_smartcard_type,
    [ROOST_DEVICE_SERIAL] = &roost_serial_type,
    [ROOST_DEVICE_PARALLEL] = &roost_parallel_type,
    [ROOST_DEVICE_CHANNEL] = &roost_channel_type,
    [ROOST_DEVICE_CONSOLE] = &roost_console_type,
    [ROOST_DEVICE_INPUT] = &roost_input_type,
    [ROOST_DEVICE_FILESYSTEM] = &roost_filesystem_type,
    [ROOST_DEVICE_WATCHDOG] = &roost_watchdog_type,
    [ROOST_DEVICE_MEMBALLOON] = &roost_memballoon_type,
    [ROOST_DEVICE_RNG] = &roost_rng_type,
    [ROOST_DEVICE_NVRAM] = &roost_nvram_type,
    [ROOST_DEVICE_HUB] = &roost_hub_type,
    [ROOST_DEVICE_SHMEM] = &roost_shmem_type,
    [ROOST_DEVICE_TPM] = &roost_tpm_type,
    [ROOST_DEVICE_PANIC] = &roost_panic_type,
    [ROOST_DEVICE_MEMORY] = &roost_memory_device_type,
    [ROOST_DEVICE_IOMMU] = &roost_iommu_type,
    [ROOST_DEVICE_VSOCK] = &roost_vsock_type,
    [ROOST_DEVICE_CRYPTO] = &roost_crypto_type,
    [ROOST_DEVICE_PSTORE] = &roost_pstore_type,
    [ROOST_DEVICE_REDIRDEV] = &roost_redirdev_type,
    /* graphics and leases are the host's alone */
  };

  return types[kind];
}

/* What tells @ref from others of its kind, when that is not its address; "" else. */
static char *
identity_of (const RoostDeviceRef *ref)
{
  const RoostController *controller = ref->controller;

  switch ((int)ref->kind)
    {
    case ROOST_DEVICE_DISK:
      return g_strdup (ref->disk->target);
    case ROOST_DEVICE_INTERFACE:
      return g_strdup (ref->interface->mac != NULL ? ref->interface->mac : "");
    case ROOST_DEVICE_CONTROLLER:
      return g_strdup_printf ("%s %" G_GINT64_FORMAT " %s",
                              roost_controller_type_names[controller->type],
                              controller->index.value,
                              controller->type == ROOST_CONTROLLER_TYPE_USB
                                  ? roost_controller_model_names[controller->model]
                                  : "");
    case ROOST_DEVICE_FILESYSTEM:
      return g_strdup (ref->filesystem->target);
    case ROOST_DEVICE_SHMEM:
      return g_strdup (ref->shmem->name);
    default:
      return g_strdup ("");
    }
}

static char *
key_of (const RoostDeviceRef *ref)
{
  g_autofree char *identity = identity_of (ref);
  g_autoptr (GString) key = g_string_new (identity);

  if (ref->info->address != NULL)
    roost_type_format (&roost_address_type, ref->info->address, "address", 0, 0, key);
  g_string_append_printf (key, "\n%08u", ref->index);
  return g_string_free (g_steal_pointer (&key), FALSE);
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (((const Keyed *)a)->key, ((const Keyed *)b)->key);
}

/* The devices of one kind, in an order that does not depend on the document. */
static GArray *
sorted_devices (const RoostDomainConfig *config, RoostDeviceKind kind)
{
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  GArray *sorted = g_array_new (FALSE, FALSE, sizeof (Keyed));
  RoostDeviceRef *ref;

  g_array_set_clear_func (sorted, keyed_clear);
  roost_devices_append (config, kind, refs);
  ROOST_REFS_EACH (ref, refs)
    {
      Keyed keyed = { *ref, key_of (ref) };

      g_array_append_val (sorted, keyed);
    }
  g_array_sort (sorted, compare_keys);
  return sorted;
}

static gboolean
would_be (const RoostDeviceRef *ref, const char *what, GError **error)
{
  g_autofree char *label = roost_device_label (ref);

  return roost_throw (error, ROOST_ERROR_INCOMPATIBLE_GUEST, "%s would be %s", label, what);
}

static gboolean
same_device (const RoostDeviceRef *a, const RoostDeviceRef *b, GError **error)
{
  g_autofree char *identity_a = identity_of (a);
  g_autofree char *identity_b = identity_of (b);
  g_autofree char *label = NULL;

  if (!g_str_equal (identity_a, identity_b))
    return strcmp (identity_a, identity_b) < 0 ? would_be (a, "removed", error)
                                               : would_be (b, "added", error);
  if (roost_type_equal (type_of (a->kind), a->device, b->device, ROOST_FIELD_ABI, error))
    return TRUE;
  label = roost_device_label (a);
  g_prefix_error (error, "%s: ", label);
  return FALSE;
}

static gboolean
same_devices (const RoostDomainConfig *a,
              const RoostDomainConfig *b,
              RoostDeviceKind kind,
              GError **error)
{
  g_autoptr (GArray) devices_a = sorted_devices (a, kind);
  g_autoptr (GArray) devices_b = sorted_devices (b, kind);
  guint n = MIN (devices_a->len, devices_b->len);

  for (guint i = 0; i < n; i++)
    if (!same_device (&g_array_index (devices_a, Keyed, i).ref,
                      &g_array_index (devices_b, Keyed, i).ref, error))
      return FALSE;
  if (devices_a->len > n)
    return would_be (&g_array_index (devices_a, Keyed, n).ref, "removed", error);
  if (devices_b->len > n)
    return would_be (&g_array_index (devices_b, Keyed, n).ref, "added", error);
  return TRUE;
}

gboolean
roost_domain_config_same_abi (const RoostDomainConfig *a,
                              const RoostDomainConfig *b,
                              GError **error)
{
  RoostDomainConfig rest_a = *a;
  RoostDomainConfig rest_b = *b;

  /* Copies of the structs only: nothing of them is freed. */
  rest_a.devices = (RoostDevices){ 0 };
  rest_b.devices = (RoostDevices){ 0 };
  if (!roost_type_equal (&roost_domain_type, &rest_a, &rest_b, ROOST_FIELD_ABI, error))
    return FALSE;
  for (int kind = 0; kind < ROOST_DEVICE_N_KINDS; kind++)
    if (type_of ((RoostDeviceKind)kind) != NULL
        && !same_devices (a, b, (RoostDeviceKind)kind, error))
      return FALSE;
  return TRUE;
}
