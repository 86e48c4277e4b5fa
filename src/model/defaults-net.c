/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/defaults-parts.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/blame.h"
#include "model/machine.h"

/* QEMU's own prefix, locally administered. */
#define MAC_PREFIX "52:54:00"

static char *
random_mac (void)
{
  guint32 n = g_random_int ();

  return g_strdup_printf (MAC_PREFIX ":%02x:%02x:%02x", n >> 16 & 0xff, n >> 8 & 0xff, n & 0xff);
}

/* @used: the MACs of all interfaces */
static void
apply_mac (RoostInterface *interface, GHashTable *used)
{
  while (interface->mac == NULL)
    {
      g_autofree char *mac = random_mac ();

      if (!g_hash_table_contains (used, mac))
        interface->mac = g_steal_pointer (&mac);
    }
  g_hash_table_add (used, interface->mac);
}

static const char *
arm_model (const RoostDomainConfig *config)
{
  if (roost_machine_family (config) == ROOST_MACHINE_ARM_VIRT)
    return "virtio";
  return g_strcmp0 (config->os.machine, "versatilepb") == 0 ? "smc91c111" : "lan9118";
}

/* Returns: (nullable): the card that guests most likely have a driver for without help */
static const char *
default_model (const RoostDomainConfig *config, const RoostFacts *facts)
{
  RoostMachineFamily family = roost_machine_family (config);

  if (family == ROOST_MACHINE_S390_CCW || family == ROOST_MACHINE_RISCV_VIRT
      || family == ROOST_MACHINE_MICROVM)
    return "virtio";
  if (roost_arch_is_arm (config->os.arch))
    return arm_model (config);
  if (roost_facts_has_type (facts, "rtl8139"))
    return "rtl8139";
  if (roost_facts_has_type (facts, "e1000"))
    return "e1000";
  return roost_facts_has_type (facts, "virtio-net-pci") ? "virtio" : NULL;
}

static gboolean
apply_model (RoostDomainConfig *config,
             RoostInterface *interface,
             const RoostFacts *facts,
             GError **error)
{
  const char *model;

  if (interface->model != NULL || interface->type == ROOST_INTERFACE_TYPE_HOSTDEV)
    return TRUE;
  /* vdpa is virtio in hardware */
  model = interface->type == ROOST_INTERFACE_TYPE_VDPA ? "virtio" : default_model (config, facts);
  if (model == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "interface %s: this QEMU has none of the usual models; name one in "
                        "<model type='…'/>",
                        interface->mac);
  interface->model = g_strdup (model);
  return TRUE;
}

gboolean
roost_defaults_apply_interfaces (RoostDomainConfig *config, const RoostFacts *facts, GError **error)
{
  g_autoptr (GHashTable) macs = g_hash_table_new (g_str_hash, g_str_equal);
  RoostInterface *interface;

  ROOST_LIST_EACH (RoostInterface, interface, config->devices.interfaces)
    if (interface->mac != NULL)
      g_hash_table_add (macs, interface->mac);
  ROOST_LIST_EACH (RoostInterface, interface, config->devices.interfaces)
    {
      apply_mac (interface, macs);
      if (!apply_model (config, interface, facts, error))
        return roost_blame (error, &interface->info.position, "interface", "interface-model");
    }
  return TRUE;
}
