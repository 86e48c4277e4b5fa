/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/defaults-parts.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/blame.h"
#include "model/device-walk.h"
#include "model/machine.h"

/* --- architecture and machine --- */

/* QEMU's name of a target → the name that documents use */
static const char *
arch_of_facts (const RoostFacts *facts)
{
  if (g_strcmp0 (facts->arch, "i386") == 0)
    return "i686";
  return g_strcmp0 (facts->arch, "arm") == 0 ? "armv7l" : facts->arch;
}

static const RoostMachineFacts *
default_machine (const RoostFacts *facts)
{
  const RoostMachineFacts *machine;

  ROOST_LIST_EACH (const RoostMachineFacts, machine, facts->machines)
    if (machine->is_default)
      return machine;
  /* ARM and RISC-V boards have no default; this is the one that is made for virtual machines. */
  return roost_facts_machine (facts, "virt");
}

static gboolean
apply_machine (RoostDomainConfig *config, const RoostFacts *facts, GError **error)
{
  const RoostMachineFacts *machine = config->os.machine == NULL
                                         ? default_machine (facts)
                                         : roost_facts_machine (facts, config->os.machine);

  if (machine == NULL)
    {
      if (config->os.machine == NULL)
        roost_throw (error, ROOST_ERROR_INVALID_XML,
                     "%s has no default machine type; name one in <type machine='…'>",
                     facts->binary);
      else
        roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "%s has no machine type '%s'", facts->binary,
                     config->os.machine);
      return roost_blame_element (error, config, "os/type", "machine-type");
    }
  g_free (config->os.machine);
  config->os.machine = g_strdup (machine->name);
  return TRUE;
}

/* --- clock, boot --- */

static void
apply_clock (RoostClock *clock)
{
  clock->is_given = TRUE;
  if (clock->offset == ROOST_CLOCK_OFFSET_UNSET)
    clock->offset = ROOST_CLOCK_OFFSET_UTC;
  if (clock->offset != ROOST_CLOCK_OFFSET_VARIABLE)
    return;
  if (clock->adjustment == NULL)
    clock->adjustment = g_strdup ("0");
  if (clock->basis == ROOST_CLOCK_BASIS_UNSET)
    clock->basis = ROOST_CLOCK_BASIS_UTC;
}

static gboolean
has_boot_order (const RoostDomainConfig *config)
{
  g_autoptr (GArray) refs = roost_devices_list (config);
  RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    if (ref->info->boot_order.is_set)
      return TRUE;
  return FALSE;
}

static void
apply_boot (RoostDomainConfig *config)
{
  RoostBoot *boot;

  if ((config->os.boot != NULL && config->os.boot->len > 0) || has_boot_order (config))
    return;
  boot = g_new0 (RoostBoot, 1);
  boot->dev = ROOST_BOOT_DEVICE_HD;
  if (config->os.boot == NULL)
    config->os.boot = g_ptr_array_new ();
  g_ptr_array_add (config->os.boot, boot);
}

static void
apply_lifecycle (RoostDomainConfig *config)
{
  if (config->on_poweroff == ROOST_LIFECYCLE_UNSET)
    config->on_poweroff = ROOST_LIFECYCLE_DESTROY;
  if (config->on_reboot == ROOST_LIFECYCLE_UNSET)
    config->on_reboot = ROOST_LIFECYCLE_RESTART;
  if (config->on_crash == ROOST_LIFECYCLE_UNSET)
    config->on_crash = ROOST_LIFECYCLE_DESTROY;
}

gboolean
roost_defaults_apply_domain (RoostDomainConfig *config, const RoostFacts *facts, GError **error)
{
  if (config->uuid == NULL)
    config->uuid = g_uuid_string_random ();
  if (config->has_genid && config->genid == NULL)
    config->genid = g_uuid_string_random ();
  if (config->type == ROOST_VIRT_TYPE_UNSET)
    config->type = ROOST_VIRT_TYPE_QEMU;
  if (config->os.type == ROOST_OS_TYPE_UNSET)
    config->os.type = ROOST_OS_TYPE_HVM;
  if (config->os.arch == NULL)
    config->os.arch = g_strdup (arch_of_facts (facts));
  if (config->devices.emulator == NULL)
    config->devices.emulator = g_strdup (facts->binary);
  apply_lifecycle (config);
  apply_clock (&config->clock);
  apply_boot (config);
  return apply_machine (config, facts, error);
}

/* --- features --- */

static void
switch_on (gboolean is_given, RoostTristate *state)
{
  if (is_given && *state == ROOST_UNSET)
    *state = ROOST_YES;
}

void
roost_defaults_apply_features (RoostDomainConfig *config)
{
  RoostFeatures *features = &config->features;

  switch_on (features->hap_given, &features->hap);
  switch_on (features->pvspinlock_given, &features->pvspinlock);
  switch_on (features->pmu_given, &features->pmu);
  switch_on (features->vmport_given, &features->vmport);
  switch_on (features->smm_given, &features->smm);
  switch_on (features->vmcoreinfo_given, &features->vmcoreinfo);
  if (features->hyperv.is_given && features->hyperv.mode == ROOST_HYPERV_MODE_UNSET)
    features->hyperv.mode = ROOST_HYPERV_MODE_CUSTOM;
  /* The ARM board always has one: of version 2 in emulation, 3 where the host's is used. */
  if (roost_machine_family (config) == ROOST_MACHINE_ARM_VIRT)
    features->gic = TRUE;
  if (features->gic && features->gic_version == ROOST_GIC_VERSION_UNSET)
    features->gic_version =
        config->type == ROOST_VIRT_TYPE_KVM ? ROOST_GIC_VERSION_3 : ROOST_GIC_VERSION_2;
  if (features->gic)
    features->is_given = TRUE;
}
