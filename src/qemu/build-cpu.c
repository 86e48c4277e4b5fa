/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

#include <string.h>

/* -cpu: model, features, and what features of the platform ride on it. */

static void
add_flag (GString *text, const char *name, gboolean is_on)
{
  roost_text_add (text, name, is_on ? "on" : "off");
}

static void
add_tristate (GString *text, const char *name, RoostTristate value)
{
  if (value != ROOST_UNSET)
    add_flag (text, name, value == ROOST_YES);
}

/* --- model --- */

/* The name of the model that the machine has when none is asked for. Several names may stand for
 * one type ("POWER9", "power9_v2.0"): the shortest is the one that people use. */
static char *
default_model (RoostBuild *build)
{
  const char *type = build->machine != NULL ? build->machine->default_cpu : NULL;
  const char *best = NULL;
  GHashTableIter iter;
  gpointer name, cpu;

  if (type == NULL || build->facts->cpus == NULL)
    return NULL;
  g_hash_table_iter_init (&iter, build->facts->cpus);
  while (g_hash_table_iter_next (&iter, &name, &cpu))
    {
      const RoostCpuFacts *facts = cpu;

      if (g_strcmp0 (facts->type, type) != 0)
        continue;
      if (best == NULL || strlen (name) < strlen (best)
          || (strlen (name) == strlen (best) && strcmp (name, best) < 0))
        best = name;
    }
  return g_strdup (best);
}

static gboolean
is_kvm (RoostBuild *build)
{
  return build->config->type == ROOST_VIRT_TYPE_KVM;
}

static void
add_migratable (GString *text, RoostTristate migratable)
{
  add_tristate (text, "migratable", migratable);
}

/* "tsc_adjust" of the document is "tsc-adjust" of QEMU, except on s390. */
static char *
feature_name (RoostBuild *build, const char *name)
{
  if (roost_arch_is_s390 (build->config->os.arch))
    return g_strdup (name);
  if (strcmp (name, "pclmuldq") == 0)
    return g_strdup ("pclmulqdq");
  return g_strdelimit (g_strdup (name), "_", '-');
}

/* QEMU refuses a name that it does not know; a feature that it never gives is off anyway. */
static gboolean
is_never_on (RoostBuild *build, const RoostCpuFeature *feature, const char *name)
{
  GHashTable *known = build->facts->max_props;

  return (feature->policy == ROOST_CPU_POLICY_DISABLE || feature->policy == ROOST_CPU_POLICY_FORBID)
         && known != NULL && g_hash_table_size (known) > 0 && !g_hash_table_contains (known, name);
}

/* Would the processor that we run on give it? What is not known it is asked for. */
static gboolean
host_lacks (RoostBuild *build, const char *name)
{
  GHashTable *props = is_kvm (build) ? build->facts->host_props : build->facts->max_props;
  const char *value = props != NULL ? g_hash_table_lookup (props, name) : NULL;

  return g_strcmp0 (value, "off") == 0;
}

static gboolean
is_wanted (RoostBuild *build, const RoostCpuFeature *feature, const char *name)
{
  switch (feature->policy)
    {
    case ROOST_CPU_POLICY_DISABLE:
    case ROOST_CPU_POLICY_FORBID:
      return FALSE;
    case ROOST_CPU_POLICY_OPTIONAL:
      return !host_lacks (build, name);
    case ROOST_CPU_POLICY_FORCE:
    case ROOST_CPU_POLICY_REQUIRE:
    case ROOST_CPU_POLICY_UNSET:
    default:
      return TRUE;
    }
}

/* A vector length of SVE means SVE. */
static void
add_sve (RoostBuild *build, GString *text, const RoostCpu *cpu)
{
  const RoostCpuFeature *feature;
  gboolean has_length = FALSE;

  ROOST_LIST_EACH (RoostCpuFeature, feature, cpu->features)
    {
      if (g_str_equal (feature->name, "sve"))
        return;
      if (g_str_has_prefix (feature->name, "sve") && feature->policy == ROOST_CPU_POLICY_REQUIRE)
        has_length = TRUE;
    }
  if (has_length && roost_arch_is_arm (build->config->os.arch))
    add_flag (text, "sve", TRUE);
}

static void
add_features (RoostBuild *build, GString *text, const RoostCpu *cpu)
{
  const RoostCpuFeature *feature;

  ROOST_LIST_EACH (RoostCpuFeature, feature, cpu->features)
    {
      g_autofree char *name = feature_name (build, feature->name);

      if (is_never_on (build, feature, name))
        continue;
      add_flag (text, name, is_wanted (build, feature, name));
    }
  add_sve (build, text, cpu);
}

static gboolean
add_host_model (RoostBuild *build, GString *text, const RoostCpu *cpu, GError **error)
{
  /* QEMU did not say which model comes nearest (see model/resolve-cpu.h): what the processor, or
   * the emulator, can do and a migration can carry. */
  roost_text_add (text, NULL, is_kvm (build) ? "host" : "max");
  if (is_kvm (build) && roost_arch_is_x86 (build->config->os.arch))
    roost_text_add (text, "migratable", "on");
  return TRUE;
}

static gboolean
add_model (RoostBuild *build, GString *text, const RoostCpu *cpu, GError **error)
{
  gboolean is_ppc64 = roost_arch_is_ppc64 (build->config->os.arch);
  g_autofree char *fallback = NULL;

  switch (cpu->mode)
    {
    case ROOST_CPU_MODE_HOST_PASSTHROUGH:
      roost_text_add (text, NULL, "host");
      add_migratable (text, cpu->migratable);
      return TRUE;
    case ROOST_CPU_MODE_MAXIMUM:
      roost_text_add (text, NULL, "max");
      add_migratable (text, cpu->migratable);
      return TRUE;
    case ROOST_CPU_MODE_HOST_MODEL:
      /* pseries names the generation that the guest sees, see -machine max-cpu-compat. */
      if (is_ppc64)
        roost_text_add (text, NULL, "host");
      else if (cpu->model != NULL)
        roost_text_add (text, NULL, cpu->model);
      else
        return add_host_model (build, text, cpu, error);
      return TRUE;
    case ROOST_CPU_MODE_CUSTOM:
    case ROOST_CPU_MODE_UNSET:
    default:
      fallback = cpu->model != NULL ? g_strdup (cpu->model) : default_model (build);
      roost_text_add (text, NULL, fallback);
      return TRUE;
    }
}

/* --- what rides on it --- */

static void
add_cache (GString *text, const RoostCpu *cpu)
{
  switch (cpu->cache_mode)
    {
    case ROOST_CPU_CACHE_MODE_EMULATE:
      add_flag (text, "host-cache-info", FALSE);
      if (cpu->cache_level.is_set && cpu->cache_level.value == 3)
        add_flag (text, "l3-cache", TRUE);
      return;
    case ROOST_CPU_CACHE_MODE_PASSTHROUGH:
      add_flag (text, "host-cache-info", TRUE);
      add_flag (text, "l3-cache", FALSE);
      return;
    case ROOST_CPU_CACHE_MODE_DISABLE:
      add_flag (text, "host-cache-info", FALSE);
      add_flag (text, "l3-cache", FALSE);
      return;
    case ROOST_CPU_CACHE_MODE_UNSET:
    default:
      return;
    }
}

static void
add_phys_bits (GString *text, const RoostCpu *cpu)
{
  if (cpu->phys_bits_mode == ROOST_CPU_PHYS_BITS_MODE_EMULATE && cpu->phys_bits.is_set)
    roost_text_add_printf (text, "phys-bits", "%u", (guint)cpu->phys_bits.value);
  if (cpu->phys_bits_mode != ROOST_CPU_PHYS_BITS_MODE_PASSTHROUGH)
    return;
  add_flag (text, "host-phys-bits", TRUE);
  if (cpu->phys_bits.is_set)
    roost_text_add_printf (text, "host-phys-bits-limit", "%u", (guint)cpu->phys_bits.value);
}

static void
add_timers (RoostBuild *build, GString *text)
{
  const RoostTimer *timer;

  ROOST_LIST_EACH (RoostTimer, timer, build->config->clock.timers)
    {
      if (timer->name == ROOST_TIMER_NAME_KVMCLOCK)
        add_tristate (text, "kvmclock", timer->present);
      else if (timer->name == ROOST_TIMER_NAME_HYPERVCLOCK && timer->present == ROOST_YES)
        add_flag (text, "hv-time", TRUE);
      else if (timer->name == ROOST_TIMER_NAME_TSC && timer->frequency.is_set)
        roost_text_add_printf (text, "tsc-frequency", "%" G_GUINT64_FORMAT, timer->frequency.value);
      else if (timer->name == ROOST_TIMER_NAME_ARMVTIMER
               && timer->tickpolicy != ROOST_TICK_POLICY_UNSET)
        add_flag (text, "kvm-no-adjvtime", timer->tickpolicy == ROOST_TICK_POLICY_DISCARD);
    }
}

static void
add_hyperv (GString *text, const RoostHyperv *hyperv)
{
  const struct
  {
    const char *name;
    RoostTristate value;
  } flags[] = {
    { "hv-relaxed", hyperv->relaxed },
    { "hv-vapic", hyperv->vapic },
    { "hv-vpindex", hyperv->vpindex },
    { "hv-runtime", hyperv->runtime },
    { "hv-synic", hyperv->synic },
    { "hv-stimer", hyperv->stimer },
    { "hv-stimer-direct", hyperv->stimer == ROOST_YES ? hyperv->stimer_direct : ROOST_UNSET },
    { "hv-reset", hyperv->reset },
    { "hv-frequencies", hyperv->frequencies },
    { "hv-reenlightenment", hyperv->reenlightenment },
    { "hv-tlbflush", hyperv->tlbflush },
    { "hv-ipi", hyperv->ipi },
    { "hv-evmcs", hyperv->evmcs },
    { "hv-avic", hyperv->avic },
  };

  if (hyperv->mode == ROOST_HYPERV_MODE_PASSTHROUGH)
    {
      add_flag (text, "hv-passthrough", TRUE);
      return;
    }
  if (hyperv->spinlocks == ROOST_YES && hyperv->spinlocks_retries.is_set)
    roost_text_add_printf (text, "hv-spinlocks", "0x%x", (guint)hyperv->spinlocks_retries.value);
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      if (flags[i].value == ROOST_YES)
        add_flag (text, flags[i].name, TRUE);
    }
  if (hyperv->vendor_id == ROOST_YES)
    roost_text_add (text, "hv-vendor-id", hyperv->vendor_id_value);
}

static void
add_hyperv_panic (RoostBuild *build, GString *text)
{
  const RoostPanic *panic;

  ROOST_LIST_EACH (RoostPanic, panic, build->config->devices.panics)
    {
      if (panic->model == ROOST_PANIC_MODEL_HYPERV)
        {
          add_flag (text, "hv-crash", TRUE);
          return;
        }
    }
}

static void
add_platform (RoostBuild *build, GString *text)
{
  const RoostFeatures *features = &build->config->features;

  add_timers (build, text);
  add_tristate (text, "kvm-pv-eoi", features->apic_eoi);
  if (features->pvspinlock != ROOST_UNSET)
    add_tristate (text, "kvm-pv-unhalt", features->pvspinlock);
  else if (features->pvspinlock_given)
    add_flag (text, "kvm-pv-unhalt", TRUE);
  add_hyperv (text, &features->hyperv);
  add_hyperv_panic (build, text);
  if (features->kvm_hidden == ROOST_YES)
    add_flag (text, "kvm", FALSE);
  if (features->kvm_hint_dedicated == ROOST_YES)
    add_flag (text, "kvm-hint-dedicated", TRUE);
  if (features->kvm_poll_control == ROOST_YES)
    add_flag (text, "kvm-poll-control", TRUE);
  add_tristate (text, "kvm-pv-ipi", features->kvm_pv_ipi);
  if (features->pmu != ROOST_UNSET)
    add_tristate (text, "pmu", features->pmu);
  else if (features->pmu_given)
    add_flag (text, "pmu", TRUE);
}

/* --- the whole --- */

/* The model of a guest that says nothing but needs a place for its flags. */
static char *
implied_model (RoostBuild *build)
{
  const char *arch = build->config->os.arch;

  if (g_strcmp0 (arch, "i686") == 0)
    return g_strdup ("qemu32");
  if (roost_arch_is_s390 (arch))
    return g_strdup (is_kvm (build) ? "host" : "qemu");
  /* Its machine knows best. */
  if (roost_arch_is_riscv (arch))
    return NULL;
  return default_model (build);
}

/* The machine's own model, given as a type: "rv64-riscv-cpu". */
static gboolean
is_machine_default (RoostBuild *build, const RoostCpu *cpu)
{
  const char *type = build->machine != NULL ? build->machine->default_cpu : NULL;
  gsize length = cpu->model != NULL ? strlen (cpu->model) : 0;

  return length > 0 && type != NULL && strncmp (type, cpu->model, length) == 0
         && type[length] == '-' && (cpu->features == NULL || cpu->features->len == 0);
}

gboolean
roost_build_cpu (RoostBuild *build, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *model = NULL;
  const RoostCpu *cpu = build->config->cpu;
  gboolean is_named =
      cpu != NULL
      && (cpu->model != NULL
          || (cpu->mode != ROOST_CPU_MODE_UNSET && cpu->mode != ROOST_CPU_MODE_CUSTOM));

  /* Where a machine has one model only its name says nothing. */
  if (is_named && roost_arch_is_riscv (build->config->os.arch) && is_machine_default (build, cpu))
    return TRUE;
  if (is_named)
    {
      if (!add_model (build, text, cpu, error))
        return FALSE;
      if (cpu->vendor_id != NULL)
        roost_text_add (text, "vendor", cpu->vendor_id);
      add_features (build, text, cpu);
    }
  else
    {
      model = implied_model (build);
      roost_text_add (text, NULL, model);
      if (text->len > 0 && cpu != NULL)
        add_features (build, text, cpu);
    }
  if (text->len == 0)
    return TRUE;
  add_platform (build, text);
  if (cpu != NULL)
    {
      add_cache (text, cpu);
      add_phys_bits (text, cpu);
    }
  roost_build_option (build, "-cpu", text->str);
  return TRUE;
}
