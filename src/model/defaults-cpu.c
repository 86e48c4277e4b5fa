/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/defaults-parts.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/machine.h"

#include <stdio.h>

/* --- the CPU of a document that names none --- */

/* QEMU names the default by its type, "qemu64-x86_64-cpu"; documents name the model, "qemu64". The
 * models of POWER have versions that documents leave out: "power9_v2.0-powerpc64-cpu" is POWER9. */
static char *
model_of_type (const RoostDomainConfig *config, const char *type)
{
  static const char *const suffixes[] = { "-x86_64-cpu",    "-i386-cpu",  "-arm-cpu",
                                          "-powerpc64-cpu", "-s390x-cpu", "-riscv-cpu" };
  g_autofree char *model = g_strdup (type);
  char *version;

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (model, suffixes[i]))
      model[strlen (model) - strlen (suffixes[i])] = '\0';
  if (!roost_arch_is_ppc64 (config->os.arch))
    return g_steal_pointer (&model);
  version = strstr (model, "_v");
  if (version != NULL)
    *version = '\0';
  return g_ascii_strup (model, -1);
}

/* s390 machines up to 2.7 know no CPU models, only the host's CPU. */
static gboolean
has_cpu_models (const RoostDomainConfig *config)
{
  guint major;
  guint minor;

  if (sscanf (config->os.machine, "s390-ccw-virtio-%u.%u", &major, &minor) != 2)
    return TRUE;
  return major > 2 || (major == 2 && minor > 7);
}

static void
set_default_model (RoostDomainConfig *config, const char *type)
{
  RoostCpu *cpu = config->cpu;

  if (roost_arch_is_s390 (config->os.arch) && config->type == ROOST_VIRT_TYPE_KVM)
    {
      cpu->mode =
          has_cpu_models (config) ? ROOST_CPU_MODE_HOST_MODEL : ROOST_CPU_MODE_HOST_PASSTHROUGH;
      return;
    }
  /* QEMU leaves out what the host lacks of its default model, so nothing is checked. */
  cpu->mode = ROOST_CPU_MODE_CUSTOM;
  cpu->match = ROOST_CPU_MATCH_EXACT;
  cpu->check = ROOST_CPU_CHECK_NONE;
  cpu->fallback = ROOST_CPU_FALLBACK_FORBID;
  cpu->model = model_of_type (config, type);
}

/* The machine whose default counts. KVM on POWER runs the host's kind of CPU, whatever the version
 * of the machine; the newest machine's default comes nearest to that. */
static const RoostMachineFacts *
reference_machine (const RoostDomainConfig *config, const RoostFacts *facts)
{
  if (config->type == ROOST_VIRT_TYPE_KVM && roost_machine_family (config) == ROOST_MACHINE_PSERIES)
    return roost_facts_machine (facts, "pseries");
  return roost_facts_machine (facts, config->os.machine);
}

/* Features are told of a model; without one they are a mistake that the rules report. */
static gboolean
has_features (const RoostCpu *cpu)
{
  return cpu->features != NULL && cpu->features->len > 0;
}

static void
apply_default (RoostDomainConfig *config, const RoostFacts *facts)
{
  const RoostMachineFacts *machine = reference_machine (config, facts);

  /* A target that cannot list its models (RISC-V) has none to name. */
  if (machine == NULL || machine->default_cpu == NULL || g_hash_table_size (facts->cpus) == 0)
    return;
  /* The default of an ARM board is an old 32-bit core, which no host runs. */
  if (roost_arch_is_arm (config->os.arch) && config->type == ROOST_VIRT_TYPE_KVM)
    return;
  if (config->cpu == NULL)
    config->cpu = g_new0 (RoostCpu, 1);
  if ((config->cpu->mode == ROOST_CPU_MODE_UNSET || config->cpu->mode == ROOST_CPU_MODE_CUSTOM)
      && config->cpu->model == NULL && !has_features (config->cpu))
    set_default_model (config, machine->default_cpu);
}

/* --- what a document leaves out of its <cpu> --- */

static RoostCpuCheck
default_check (const RoostDomainConfig *config)
{
  switch (config->cpu->mode)
    {
    case ROOST_CPU_MODE_HOST_PASSTHROUGH:
    case ROOST_CPU_MODE_MAXIMUM:
      return ROOST_CPU_CHECK_NONE;
    case ROOST_CPU_MODE_HOST_MODEL:
      return ROOST_CPU_CHECK_PARTIAL;
    case ROOST_CPU_MODE_UNSET:
    case ROOST_CPU_MODE_CUSTOM:
      break;
    }
  /* TCG makes any model, whatever the host is. */
  return config->type == ROOST_VIRT_TYPE_KVM ? ROOST_CPU_CHECK_PARTIAL : ROOST_CPU_CHECK_NONE;
}

static void
apply_model (RoostDomainConfig *config)
{
  RoostCpu *cpu = config->cpu;
  RoostCpuFeature *feature;

  if (cpu->mode == ROOST_CPU_MODE_UNSET && cpu->model != NULL)
    cpu->mode = ROOST_CPU_MODE_CUSTOM;
  if (cpu->mode == ROOST_CPU_MODE_CUSTOM && cpu->match == ROOST_CPU_MATCH_UNSET)
    cpu->match = ROOST_CPU_MATCH_EXACT;
  if (cpu->model != NULL && cpu->fallback == ROOST_CPU_FALLBACK_UNSET)
    cpu->fallback = ROOST_CPU_FALLBACK_ALLOW;
  if (cpu->check == ROOST_CPU_CHECK_UNSET && cpu->mode != ROOST_CPU_MODE_UNSET)
    cpu->check = default_check (config);
  ROOST_LIST_EACH (RoostCpuFeature, feature, cpu->features)
    if (feature->policy == ROOST_CPU_POLICY_UNSET)
      feature->policy = ROOST_CPU_POLICY_REQUIRE;
  if ((cpu->mode == ROOST_CPU_MODE_HOST_PASSTHROUGH || cpu->mode == ROOST_CPU_MODE_MAXIMUM)
      && roost_arch_is_x86 (config->os.arch) && cpu->migratable == ROOST_UNSET)
    cpu->migratable = ROOST_YES;
}

/* Vector lengths of SVE ("sve256") mean nothing without SVE itself. */
static void
apply_sve (RoostDomainConfig *config)
{
  RoostCpu *cpu = config->cpu;
  gboolean needs_sve = FALSE;
  RoostCpuFeature *feature;

  if (!roost_arch_is_arm (config->os.arch))
    return;
  ROOST_LIST_EACH (RoostCpuFeature, feature, cpu->features)
    {
      if (g_strcmp0 (feature->name, "sve") == 0)
        return;
      needs_sve |= feature->policy == ROOST_CPU_POLICY_REQUIRE && feature->name != NULL
                   && g_str_has_prefix (feature->name, "sve")
                   && g_ascii_isdigit (feature->name[strlen ("sve")]);
    }
  if (!needs_sve)
    return;
  feature = g_new0 (RoostCpuFeature, 1);
  feature->name = g_strdup ("sve");
  feature->policy = ROOST_CPU_POLICY_REQUIRE;
  g_ptr_array_add (cpu->features, feature);
}

static void
apply_topology (RoostCpu *cpu)
{
  if (cpu->has_topology && !cpu->dies.is_set)
    cpu->dies = roost_uint (1);
}

gboolean
roost_defaults_apply_cpu (RoostDomainConfig *config, const RoostFacts *facts, GError **error)
{
  apply_default (config, facts);
  if (config->cpu == NULL)
    return TRUE;
  apply_model (config);
  apply_sve (config);
  apply_topology (config->cpu);
  return TRUE;
}
