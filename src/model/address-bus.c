/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/address-parts.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/blame.h"
#include "model/address-connect.h"
#include "model/machine.h"

/* Places of machines without PCI at heart: spapr-vio, CCW, virtio-mmio; and DIMM slots. */

/* --- spapr-vio --- */

/* Where QEMU puts the first of each kind; the next ones follow in steps. */
#define SPAPR_NET    0x1000
#define SPAPR_SCSI   0x2000
#define SPAPR_NVRAM  0x3000
#define SPAPR_TPM    0x5000
#define SPAPR_SERIAL 0x30000000
#define SPAPR_STEP   0x1000

/* Returns: the first register of the kind; 0 for what does not sit on spapr-vio */
static guint64
spapr_base (const RoostDeviceRef *ref)
{
  switch ((int)ref->kind)
    {
    case ROOST_DEVICE_INTERFACE:
      return g_strcmp0 (ref->interface->model, "spapr-vlan") == 0 ? SPAPR_NET : 0;
    case ROOST_DEVICE_CONTROLLER:
      return ref->controller->type == ROOST_CONTROLLER_TYPE_SCSI
                     && ref->controller->model == ROOST_CONTROLLER_MODEL_IBMVSCSI
                 ? SPAPR_SCSI
                 : 0;
    case ROOST_DEVICE_SERIAL:
      return ref->chardev->serial_target == ROOST_SERIAL_TARGET_SPAPR_VIO_SERIAL ? SPAPR_SERIAL : 0;
    case ROOST_DEVICE_NVRAM:
      return SPAPR_NVRAM;
    case ROOST_DEVICE_TPM:
      return ref->tpm->model == ROOST_TPM_MODEL_TPM_SPAPR ? SPAPR_TPM : 0;
    default:
      return 0;
    }
}

static gboolean
has_spapr_reg (const RoostDeviceRef *ref)
{
  return ref->info->address != NULL && ref->info->address->type == ROOST_ADDRESS_TYPE_SPAPR_VIO
         && ref->info->address->reg.is_set;
}

static gboolean
take_reg (RoostAddressSet *set, const RoostDeviceRef *ref, GError **error)
{
  g_autofree char *key =
      g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", ref->info->address->reg.value);

  return roost_address_set_take (set, ref, "spapr-vio", key, error);
}

static gboolean
is_reg_free (RoostAddressSet *set, guint64 reg)
{
  g_autofree char *key = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", reg);

  return !g_hash_table_contains (set, key);
}

/* @next: where to begin looking, by kind of device */
static gboolean
find_reg (RoostAddressSet *set, const RoostDeviceRef *ref, guint64 *next, GError **error)
{
  RoostAddress *address = roost_address_ensure (ref->info, ROOST_ADDRESS_TYPE_SPAPR_VIO);
  guint64 reg = MAX (next[ref->kind], spapr_base (ref));

  while (!is_reg_free (set, reg))
    reg += SPAPR_STEP;
  next[ref->kind] = reg;
  address->reg = roost_uint (reg);
  return take_reg (set, ref, error);
}

static gboolean
can_be_spapr (const RoostDeviceRef *ref)
{
  const RoostAddress *address = ref->info->address;

  return spapr_base (ref) != 0
         && (address == NULL || address->type == ROOST_ADDRESS_TYPE_UNSET
             || address->type == ROOST_ADDRESS_TYPE_SPAPR_VIO);
}

gboolean
roost_addresses_assign_spapr_vio (RoostDomainConfig *config, GError **error)
{
  g_autoptr (RoostAddressSet) set = roost_address_set_new ();
  g_autoptr (GArray) refs = NULL;
  guint64 next[ROOST_DEVICE_N_KINDS] = { 0 };
  const RoostDeviceRef *ref;

  if (roost_machine_family (config) != ROOST_MACHINE_PSERIES)
    return TRUE;
  refs = roost_devices_list (config);
  /* A console that is a serial port carries that port's address. */
  ROOST_REFS_EACH (ref, refs)
    if (ref->kind != ROOST_DEVICE_CONSOLE && has_spapr_reg (ref) && !take_reg (set, ref, error))
      return roost_blame_device (error, ref, "spapr-vio-address");
  ROOST_REFS_EACH (ref, refs)
    if (can_be_spapr (ref) && !has_spapr_reg (ref) && !find_reg (set, ref, next, error))
      return roost_blame_device (error, ref, "spapr-vio-address");
  return TRUE;
}

/* --- CCW --- */

#define CCW_VIRTUAL_CSS 0xfe
#define CCW_MAX_CSS     0xff
#define CCW_MAX_SSID    3
#define CCW_MAX_DEVNO   0xffff

static gboolean
is_ccw (const RoostDeviceRef *ref)
{
  return ref->info->address != NULL && ref->info->address->type == ROOST_ADDRESS_TYPE_CCW;
}

static gboolean
has_ccw_place (const RoostDeviceRef *ref)
{
  return is_ccw (ref)
         && (ref->info->address->cssid.is_set || ref->info->address->ssid.is_set
             || ref->info->address->devno.is_set);
}

static gboolean
can_be_ccw (const RoostDeviceRef *ref)
{
  const RoostAddress *address = ref->info->address;
  gboolean is_mdev = ref->kind == ROOST_DEVICE_HOSTDEV
                     && ref->hostdev->type == ROOST_HOSTDEV_TYPE_MDEV
                     && ref->hostdev->model == ROOST_MDEV_MODEL_VFIO_CCW;

  return (is_mdev || roost_device_is_virtio (ref))
         && (address == NULL || address->type == ROOST_ADDRESS_TYPE_UNSET
             || address->type == ROOST_ADDRESS_TYPE_CCW);
}

static char *
ccw_key (guint64 cssid, guint64 ssid, guint64 devno)
{
  return g_strdup_printf ("%" G_GINT64_MODIFIER "x.%" G_GINT64_MODIFIER "x.%04" G_GINT64_MODIFIER
                          "x",
                          cssid, ssid, devno);
}

static gboolean
take_ccw (RoostAddressSet *set, const RoostDeviceRef *ref, GError **error)
{
  RoostAddress *address = ref->info->address;
  g_autofree char *key = NULL;

  if (!address->cssid.is_set)
    address->cssid = roost_uint (CCW_VIRTUAL_CSS);
  address->ssid = roost_uint (address->ssid.value);
  address->devno = roost_uint (address->devno.value);
  key = ccw_key (address->cssid.value, address->ssid.value, address->devno.value);
  if (address->cssid.value > CCW_MAX_CSS || address->ssid.value > CCW_MAX_SSID
      || address->devno.value > CCW_MAX_DEVNO)
    {
      g_autofree char *label = roost_device_label (ref);

      return roost_throw (error, ROOST_ERROR_INVALID_XML,
                          "%s: the CCW address %s is out of range; the highest is ff.3.ffff", label,
                          key);
    }
  return roost_address_set_take (set, ref, "CCW", key, error);
}

static gboolean
find_ccw (RoostAddressSet *set, const RoostDeviceRef *ref, guint64 *next, GError **error)
{
  RoostAddress *address = roost_address_ensure (ref->info, ROOST_ADDRESS_TYPE_CCW);

  for (;; (*next)++)
    {
      g_autofree char *key = ccw_key (CCW_VIRTUAL_CSS, *next >> 16, *next & CCW_MAX_DEVNO);

      if (!g_hash_table_contains (set, key))
        break;
    }
  address->cssid = roost_uint (CCW_VIRTUAL_CSS);
  address->ssid = roost_uint (*next >> 16);
  address->devno = roost_uint (*next & CCW_MAX_DEVNO);
  return take_ccw (set, ref, error);
}

gboolean
roost_addresses_assign_ccw (RoostDomainConfig *config, GError **error)
{
  g_autoptr (RoostAddressSet) set = roost_address_set_new ();
  g_autoptr (GArray) refs = NULL;
  const RoostDeviceRef *ref;
  guint64 next = 0;

  if (roost_machine_family (config) != ROOST_MACHINE_S390_CCW)
    return TRUE;
  refs = roost_devices_list (config);
  ROOST_REFS_EACH (ref, refs)
    if (has_ccw_place (ref) && !take_ccw (set, ref, error))
      return roost_blame_device (error, ref, "ccw-address");
  ROOST_REFS_EACH (ref, refs)
    if (can_be_ccw (ref) && !has_ccw_place (ref) && !find_ccw (set, ref, &next, error))
      return roost_blame_device (error, ref, "ccw-address");
  return TRUE;
}

/* --- virtio-mmio --- */

void
roost_addresses_assign_mmio (RoostDomainConfig *config)
{
  g_autoptr (GArray) refs = NULL;
  const RoostDeviceRef *ref;
  const RoostController *controller;

  if (!roost_arch_is_arm (config->os.arch) && !roost_arch_is_riscv (config->os.arch)
      && roost_machine_family (config) != ROOST_MACHINE_MICROVM)
    return;
  ROOST_LIST_EACH (const RoostController, controller, config->devices.controllers)
    if (controller->type == ROOST_CONTROLLER_TYPE_PCI)
      return;
  refs = roost_devices_list (config);
  ROOST_REFS_EACH (ref, refs)
    if (roost_device_is_virtio (ref)
        && (ref->info->address == NULL || ref->info->address->type == ROOST_ADDRESS_TYPE_UNSET))
      roost_address_ensure (ref->info, ROOST_ADDRESS_TYPE_VIRTIO_MMIO);
}

/* --- memory --- */

static gboolean
is_dimm (const RoostDeviceRef *ref)
{
  return ref->memory->model == ROOST_MEMORY_MODEL_DIMM
         || ref->memory->model == ROOST_MEMORY_MODEL_NVDIMM;
}

static gboolean
has_dimm_slot (const RoostDeviceRef *ref)
{
  return ref->info->address != NULL && ref->info->address->type == ROOST_ADDRESS_TYPE_DIMM
         && ref->info->address->slot.is_set;
}

static gboolean
take_dimm (RoostDomainConfig *config,
           RoostAddressSet *set,
           const RoostDeviceRef *ref,
           GError **error)
{
  g_autofree char *label = roost_device_label (ref);
  g_autofree char *key = NULL;
  guint64 slot = ref->info->address->slot.value;

  if (slot >= config->max_memory_slots.value)
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "%s: memory slot %" G_GUINT64_FORMAT
                        " does not exist; <maxMemory> allows %" G_GUINT64_FORMAT " slots",
                        label, slot, config->max_memory_slots.value);
  key = g_strdup_printf ("%" G_GUINT64_FORMAT, slot);
  return roost_address_set_take (set, ref, "memory slot", key, error);
}

static gboolean
find_dimm (RoostDomainConfig *config,
           RoostAddressSet *set,
           const RoostDeviceRef *ref,
           guint64 *next,
           GError **error)
{
  RoostAddress *address = roost_address_ensure (ref->info, ROOST_ADDRESS_TYPE_DIMM);

  for (;; (*next)++)
    {
      g_autofree char *key = g_strdup_printf ("%" G_GUINT64_FORMAT, *next);

      if (!g_hash_table_contains (set, key))
        break;
    }
  address->slot = roost_uint (*next);
  return take_dimm (config, set, ref, error);
}

gboolean
roost_addresses_assign_memory (RoostDomainConfig *config, GError **error)
{
  g_autoptr (RoostAddressSet) set = roost_address_set_new ();
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  const RoostDeviceRef *ref;
  guint64 next = 0;

  roost_devices_append (config, ROOST_DEVICE_MEMORY, refs);
  ROOST_REFS_EACH (ref, refs)
    if (is_dimm (ref) && has_dimm_slot (ref) && !take_dimm (config, set, ref, error))
      return roost_blame_device (error, ref, "memory-slot");
  ROOST_REFS_EACH (ref, refs)
    if (is_dimm (ref) && !has_dimm_slot (ref) && !find_dimm (config, set, ref, &next, error))
      return roost_blame_device (error, ref, "memory-slot");
  return TRUE;
}
