/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/resolve-cpu.h"

#include "base/compat.h"
#include "model/domain-types.h"
#include "model/machine.h"

/* Documents write "tsc_adjust" where QEMU says "tsc-adjust". */
static gboolean
is_same_feature (const char *a, const char *b)
{
  g_autofree char *left = g_strdelimit (g_strdup (a), "_", '-');
  g_autofree char *right = g_strdelimit (g_strdup (b), "_", '-');

  return g_str_equal (left, right);
}

static gboolean
is_named (const GPtrArray *features, const char *name)
{
  const RoostCpuFeature *feature;

  ROOST_LIST_EACH (RoostCpuFeature, feature, features)
    if (is_same_feature (feature->name, name))
      return TRUE;
  return FALSE;
}

/* @out: gets each of @names that @given, the document's own, says nothing about */
static void
add_features (GPtrArray *out, GStrv names, RoostCpuPolicy policy, const GPtrArray *given)
{
  for (char **name = names; name != NULL && *name != NULL; name++)
    {
      RoostCpuFeature *feature;

      if (is_named (given, *name))
        continue;
      feature = g_new0 (RoostCpuFeature, 1);
      feature->name = g_strdup (*name);
      feature->policy = policy;
      g_ptr_array_add (out, feature);
    }
}

/* The host's come first, then what the document says. */
static void
merge_features (RoostCpu *cpu, const RoostNearestCpu *nearest)
{
  g_autoptr (GPtrArray) own = g_ptr_array_new ();
  RoostCpuFeature *feature;

  if (cpu->features == NULL)
    cpu->features = g_ptr_array_new ();
  ROOST_LIST_EACH (RoostCpuFeature, feature, cpu->features)
    g_ptr_array_add (own, feature);
  g_ptr_array_set_size (cpu->features, 0);
  add_features (cpu->features, nearest->features, ROOST_CPU_POLICY_REQUIRE, own);
  add_features (cpu->features, nearest->missing, ROOST_CPU_POLICY_DISABLE, own);
  g_ptr_array_extend_and_steal (cpu->features, g_steal_pointer (&own));
}

static gboolean
follows_host (const RoostCpu *cpu)
{
  return (cpu->mode == ROOST_CPU_MODE_HOST_MODEL && cpu->model == NULL)
         || (cpu->mode == ROOST_CPU_MODE_CUSTOM && cpu->match == ROOST_CPU_MATCH_MINIMUM);
}

void
roost_cpu_resolve (RoostDomainConfig *config, const RoostFacts *facts)
{
  const RoostNearestCpu *nearest =
      config->type == ROOST_VIRT_TYPE_KVM ? facts->host_nearest : facts->max_nearest;
  RoostCpu *cpu = config->cpu;

  if (cpu == NULL || nearest == NULL || !follows_host (cpu)
      || roost_arch_is_ppc64 (config->os.arch))
    return;
  g_free (cpu->model);
  cpu->model = g_strdup (nearest->model);
  cpu->mode = ROOST_CPU_MODE_CUSTOM;
  cpu->match = ROOST_CPU_MATCH_EXACT;
  cpu->fallback = ROOST_CPU_FALLBACK_FORBID;
  merge_features (cpu, nearest);
}
