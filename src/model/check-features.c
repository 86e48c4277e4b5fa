/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"

#include "base/compat.h"

#include <string.h>

static void
only_for (RoostChecker *checker, gboolean is_given, gboolean is_there, const char *feature)
{
  if (is_given && !is_there)
    roost_check_unsupported (
        checker, NULL, feature, "machine '%s' of architecture '%s' has no such feature",
        checker->config->os.machine != NULL ? checker->config->os.machine : "", checker->arch);
}

static void
of_machine (RoostChecker *checker)
{
  const RoostFeatures *features = &checker->config->features;
  gboolean is_x86 = roost_arch_is_x86 (checker->arch);
  gboolean is_pseries = checker->family == ROOST_MACHINE_PSERIES;

  only_for (checker, features->hyperv.is_given, is_x86 || roost_arch_is_arm (checker->arch),
            "hyperv");
  only_for (checker, features->pvspinlock_given, is_x86, "pvspinlock");
  only_for (checker, features->vmport_given, is_x86, "vmport");
  only_for (checker, features->smm_given, is_x86, "smm");
  only_for (checker, features->ioapic != ROOST_IOAPIC_DRIVER_UNSET, is_x86, "ioapic");
  only_for (checker, features->hpt_given, is_pseries, "hpt");
  only_for (checker, features->htm != ROOST_UNSET, is_pseries, "htm");
  only_for (checker, features->nested_hv != ROOST_UNSET, is_pseries, "nested-hv");
  only_for (checker, features->ccf_assist != ROOST_UNSET, is_pseries, "ccf-assist");
  only_for (checker, features->cfpc != ROOST_CFPC_VALUE_UNSET, is_pseries, "cfpc");
  only_for (checker, features->sbbc != ROOST_SBBC_VALUE_UNSET, is_pseries, "sbbc");
  only_for (checker, features->ibs != ROOST_IBS_VALUE_UNSET, is_pseries, "ibs");
  only_for (checker, features->gic, checker->family == ROOST_MACHINE_ARM_VIRT, "gic");
  only_for (checker, features->apic_eoi != ROOST_UNSET, is_x86, "apic");
  only_for (checker, features->async_teardown_given, roost_arch_is_s390 (checker->arch),
            "async-teardown");
}

static void
of_other_hypervisors (RoostChecker *checker)
{
  if (checker->config->features.privnet)
    roost_check_unsupported (checker, NULL, "privnet", "it is for containers");
}

static void
tseg (RoostChecker *checker)
{
  const RoostFeatures *features = &checker->config->features;

  if (!features->tseg.is_set)
    return;
  if (checker->family != ROOST_MACHINE_Q35)
    roost_check_unsupported (checker, NULL, "tseg", "it needs a machine 'q35'");
  if (features->smm == ROOST_NO)
    roost_check_invalid (checker, NULL, "tseg", "it needs smm to be on");
  if (features->tseg.value % (1024 * 1024) != 0)
    roost_check_invalid (checker, NULL, "tseg", "its size is not a multiple of 1 MiB");
}

static void
hyperv_values (RoostChecker *checker)
{
  const RoostHyperv *hyperv = &checker->config->features.hyperv;

  if (hyperv->vendor_id == ROOST_YES && hyperv->vendor_id_value == NULL)
    roost_check_invalid (checker, NULL, "vendor_id", "it needs a value");
  if (hyperv->vendor_id_value != NULL && strlen (hyperv->vendor_id_value) > 12)
    roost_check_invalid (checker, NULL, "vendor_id", "its value has more than 12 characters");
  if (hyperv->vendor_id_value != NULL && strchr (hyperv->vendor_id_value, ',') != NULL)
    roost_check_invalid (checker, NULL, "vendor_id", "its value must not hold a comma");
  if (hyperv->spinlocks == ROOST_YES && !hyperv->spinlocks_retries.is_set)
    roost_check_invalid (checker, NULL, "spinlocks", "it needs retries");
  if (hyperv->spinlocks_retries.is_set && hyperv->spinlocks_retries.value < 0xfff)
    roost_check_invalid (checker, NULL, "spinlocks", "retries are 4095 at least");
}

static void
needs (RoostChecker *checker, RoostTristate feature, gboolean is_met, const char *text)
{
  if (feature == ROOST_YES && !is_met)
    roost_check_invalid (checker, NULL, "hyperv", "%s", text);
}

static void
hyperv_depends (RoostChecker *checker)
{
  const RoostHyperv *hyperv = &checker->config->features.hyperv;

  needs (checker, hyperv->synic, hyperv->vpindex == ROOST_YES, "synic needs vpindex");
  needs (checker, hyperv->stimer, hyperv->synic == ROOST_YES, "stimer needs synic");
  needs (checker, hyperv->ipi, hyperv->vpindex == ROOST_YES, "ipi needs vpindex");
  needs (checker, hyperv->tlbflush, hyperv->vpindex == ROOST_YES, "tlbflush needs vpindex");
}

static void
dirty_ring (RoostChecker *checker)
{
  const RoostFeatures *features = &checker->config->features;
  guint64 size = features->kvm_dirty_ring_size.value;

  if (features->kvm_dirty_ring != ROOST_YES)
    return;
  if (size < 1024 || size > 65536 || (size & (size - 1)) != 0)
    roost_check_invalid (checker, NULL, "dirty-ring",
                         "its size is a power of 2 from 1024 to 65536");
}

static void
kvm_only (RoostChecker *checker)
{
  const RoostDomainConfig *config = checker->config;

  if (config->features.tcg_given && config->type != ROOST_VIRT_TYPE_QEMU)
    roost_check_unsupported (checker, NULL, "tcg", "it is for <domain type='qemu'>");
  if (config->features.ioapic == ROOST_IOAPIC_DRIVER_KVM && config->type == ROOST_VIRT_TYPE_QEMU)
    roost_check_unsupported (checker, NULL, "ioapic", "driver='kvm' needs <domain type='kvm'>");
}

static void
msrs (RoostChecker *checker)
{
  const char *unknown = checker->config->features.msrs_unknown;

  if (unknown != NULL && !g_str_equal (unknown, "ignore") && !g_str_equal (unknown, "fault"))
    roost_check_invalid (checker, NULL, "msrs", "unknown='%s' is neither 'ignore' nor 'fault'",
                         unknown);
}

/* --- clock --- */

static gboolean
timer_fits (const RoostChecker *checker, RoostTimerName name)
{
  switch (name)
    {
    case ROOST_TIMER_NAME_PIT:
    case ROOST_TIMER_NAME_HPET:
    case ROOST_TIMER_NAME_TSC:
    case ROOST_TIMER_NAME_KVMCLOCK:
    case ROOST_TIMER_NAME_HYPERVCLOCK:
      return roost_arch_is_x86 (checker->arch);
    case ROOST_TIMER_NAME_RTC:
      return roost_arch_is_x86 (checker->arch) || roost_arch_is_arm (checker->arch)
             || roost_arch_is_riscv (checker->arch) || roost_arch_is_ppc64 (checker->arch);
    case ROOST_TIMER_NAME_ARMVTIMER:
      return roost_arch_is_arm (checker->arch);
    case ROOST_TIMER_NAME_UNSET:
    case ROOST_TIMER_NAME_PLATFORM:
      return FALSE;
    }
  return FALSE;
}

static void
timers (RoostChecker *checker)
{
  guint seen = 0;
  RoostTimer *timer;

  ROOST_LIST_EACH (RoostTimer, timer, checker->config->clock.timers)
    {
      const char *name = roost_timer_name_names[timer->name];

      if (!timer_fits (checker, timer->name))
        roost_check_unsupported (checker, &timer->position, "timer", "%s guests have no timer '%s'",
                                 checker->arch, name);
      if ((seen >> timer->name & 1) != 0)
        roost_check_invalid (checker, &timer->position, "timer", "'%s' comes twice", name);
      seen |= 1u << timer->name;
    }
}

static void
timer_options (RoostChecker *checker)
{
  RoostTimer *timer;

  ROOST_LIST_EACH (RoostTimer, timer, checker->config->clock.timers)
    {
      const char *name = roost_timer_name_names[timer->name];

      if (timer->frequency.is_set && timer->name != ROOST_TIMER_NAME_TSC)
        roost_check_warn (checker, &timer->position, "timer", "'%s': only tsc has a frequency",
                          name);
      if (timer->mode != ROOST_TIMER_MODE_UNSET && timer->name != ROOST_TIMER_NAME_TSC)
        roost_check_warn (checker, &timer->position, "timer", "'%s': only tsc has a mode", name);
      if (timer->track != ROOST_TIMER_TRACK_UNSET && timer->name != ROOST_TIMER_NAME_RTC)
        roost_check_warn (checker, &timer->position, "timer", "'%s': only rtc has track", name);
      if (timer->has_catchup && timer->tickpolicy != ROOST_TICK_POLICY_CATCHUP)
        roost_check_invalid (checker, &timer->position, "timer",
                             "'%s': <catchup> needs tickpolicy='catchup'", name);
    }
}

static void
tick_policy (RoostChecker *checker)
{
  RoostTimer *timer;

  ROOST_LIST_EACH (RoostTimer, timer, checker->config->clock.timers)
    {
      RoostTickPolicy policy = timer->tickpolicy;
      gboolean is_fine = policy == ROOST_TICK_POLICY_UNSET;

      if (timer->name == ROOST_TIMER_NAME_RTC)
        is_fine |= policy == ROOST_TICK_POLICY_DELAY || policy == ROOST_TICK_POLICY_CATCHUP;
      else if (timer->name == ROOST_TIMER_NAME_PIT || timer->name == ROOST_TIMER_NAME_HPET)
        is_fine |= policy == ROOST_TICK_POLICY_DELAY || timer->name == ROOST_TIMER_NAME_PIT;
      else if (timer->name == ROOST_TIMER_NAME_ARMVTIMER)
        is_fine |= policy == ROOST_TICK_POLICY_DELAY || policy == ROOST_TICK_POLICY_DISCARD;
      else
        is_fine = TRUE;
      if (timer->name == ROOST_TIMER_NAME_PIT && policy == ROOST_TICK_POLICY_MERGE)
        is_fine = FALSE;
      if (!is_fine)
        roost_check_unsupported (
            checker, &timer->position, "timer", "'%s' cannot have tickpolicy='%s'",
            roost_timer_name_names[timer->name], roost_tick_policy_names[policy]);
    }
}

static void
clock_values (RoostChecker *checker)
{
  const RoostClock *clock = &checker->config->clock;

  if (clock->offset == ROOST_CLOCK_OFFSET_TIMEZONE && clock->timezone == NULL)
    roost_check_invalid (checker, NULL, "clock", "offset='timezone' needs a timezone");
  if (clock->offset == ROOST_CLOCK_OFFSET_ABSOLUTE && !clock->start.is_set)
    roost_check_invalid (checker, NULL, "clock", "offset='absolute' needs a start");
  if (clock->adjustment != NULL && !g_str_equal (clock->adjustment, "reset")
      && !g_ascii_string_to_signed (clock->adjustment, 10, G_MININT64, G_MAXINT64, NULL, NULL))
    roost_check_invalid (checker, NULL, "clock", "adjustment='%s' is neither a number nor 'reset'",
                         clock->adjustment);
}

/* --- s390 and SEV --- */

static void
keywrap (RoostChecker *checker)
{
  const RoostKeywrap *wrap = checker->config->keywrap;
  guint seen = 0;
  RoostKeywrapCipher *cipher;

  if (wrap == NULL)
    return;
  if (!roost_arch_is_s390 (checker->arch))
    roost_check_unsupported (checker, &wrap->position, "keywrap", "it is for s390x");
  if (wrap->ciphers == NULL)
    roost_check_invalid (checker, &wrap->position, "keywrap", "it needs a <cipher>");
  ROOST_LIST_EACH (RoostKeywrapCipher, cipher, wrap->ciphers)
    {
      if ((seen >> cipher->name & 1) != 0)
        roost_check_invalid (checker, &wrap->position, "cipher", "'%s' comes twice",
                             roost_keywrap_name_names[cipher->name]);
      seen |= 1u << cipher->name;
    }
}

static void
launch_security (RoostChecker *checker)
{
  const RoostLaunchSecurity *security = checker->config->launch_security;

  if (security == NULL)
    return;
  if (security->type == ROOST_LAUNCH_SECURITY_TYPE_SEV && !security->policy.is_set)
    roost_check_invalid (checker, &security->position, "launchSecurity", "sev needs a <policy>");
  if (security->type == ROOST_LAUNCH_SECURITY_TYPE_SEV && !roost_arch_is_x86 (checker->arch))
    roost_check_unsupported (checker, &security->position, "launchSecurity", "sev is for x86");
  if (security->type == ROOST_LAUNCH_SECURITY_TYPE_S390_PV && !roost_arch_is_s390 (checker->arch))
    roost_check_unsupported (checker, &security->position, "launchSecurity",
                             "s390-pv is for s390x");
}

const RoostRule roost_feature_rules[] = {
  { "feature-machine", of_machine },
  { "feature-hypervisor", of_other_hypervisors },
  { "feature-tseg", tseg },
  { "hyperv-values", hyperv_values },
  { "hyperv-depends", hyperv_depends },
  { "kvm-dirty-ring", dirty_ring },
  { "feature-kvm", kvm_only },
  { "feature-msrs", msrs },
  { "timer-known", timers },
  { "timer-options", timer_options },
  { "timer-tickpolicy", tick_policy },
  { "clock", clock_values },
  { "keywrap", keywrap },
  { "launch-security", launch_security },
  { NULL, NULL },
};
