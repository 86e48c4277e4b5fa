/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model-facts.h"

#include "base/compat.h"
#include "model/resolve-cpu.h"

static RoostNearestCpu *
nearest (const char *model, const char *features, const char *missing)
{
  RoostNearestCpu *cpu = g_new0 (RoostNearestCpu, 1);

  cpu->model = g_strdup (model);
  cpu->features = g_strsplit (features, ",", -1);
  cpu->missing = g_strsplit (missing, ",", -1);
  return cpu;
}

/* A host whose processor is an "Old" with more, and whose emulation is a "Plain" with less. */
static RoostFacts *
host_facts (void)
{
  RoostFacts *facts = test_facts_x86 ();

  facts->host_nearest = nearest ("Old", "vmx,tsc-adjust", "svm");
  facts->max_nearest = nearest ("Plain", "", "aes");
  return facts;
}

/* Returns: (transfer full): "mode match model +feature -feature …" */
static char *
resolve (const RoostFacts *facts, const char *type, const char *arch, const char *cpu)
{
  g_autofree char *xml =
      g_strdup_printf ("<domain type='%s'><name>demo</name><memory>1024</memory>"
                       "<os><type arch='%s'>hvm</type></os>%s<devices/></domain>",
                       type, arch, cpu);
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (xml, NULL, &error);
  g_autoptr (GString) text = g_string_new (NULL);
  const RoostCpuFeature *feature;

  g_assert_no_error (error);
  roost_cpu_resolve (config, facts);
  g_string_append_printf (text, "%s %s %s", roost_cpu_mode_names[config->cpu->mode],
                          roost_cpu_match_names[config->cpu->match], config->cpu->model);
  ROOST_LIST_EACH (RoostCpuFeature, feature, config->cpu->features)
    g_string_append_printf (text, " %c%s", feature->policy == ROOST_CPU_POLICY_DISABLE ? '-' : '+',
                            feature->name);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
expect (const char *type, const char *arch, const char *cpu, const char *expected)
{
  g_autoptr (RoostFacts) facts = host_facts ();
  g_autofree char *found = resolve (facts, type, arch, cpu);

  g_assert_cmpstr (found, ==, expected);
}

static void
test_host_model (void)
{
  expect ("kvm", "x86_64", "<cpu mode='host-model'/>", "custom exact Old +vmx +tsc-adjust -svm");
  expect ("qemu", "x86_64", "<cpu mode='host-model'/>", "custom exact Plain -aes");
}

/* What the document says of a feature comes last, and once. */
static void
test_own_features (void)
{
  expect ("kvm", "x86_64",
          "<cpu mode='host-model'><feature name='tsc_adjust' policy='disable'/>"
          "<feature name='svm' policy='require'/></cpu>",
          "custom exact Old +vmx -tsc_adjust +svm");
  expect ("kvm", "x86_64",
          "<cpu mode='custom' match='minimum'><model>qemu64</model>"
          "<feature name='nx' policy='disable'/></cpu>",
          "custom exact Old +vmx +tsc-adjust -svm -nx");
}

static void
test_left_alone (void)
{
  g_autoptr (RoostFacts) unknown = test_facts_x86 ();
  g_autofree char *found = resolve (unknown, "kvm", "x86_64", "<cpu mode='host-model'/>");

  g_assert_true (g_str_has_prefix (found, "host-model "));
  expect ("kvm", "x86_64", "<cpu mode='custom' match='exact'><model>Haswell</model></cpu>",
          "custom exact Haswell");
  expect ("kvm", "x86_64", "<cpu mode='host-model' match='exact'><model>Mine</model></cpu>",
          "host-model exact Mine");
  expect ("kvm", "ppc64", "<cpu mode='host-model' match='exact'><model>power9</model></cpu>",
          "host-model exact power9");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/resolve-cpu/host-model", test_host_model);
  g_test_add_func ("/resolve-cpu/own-features", test_own_features);
  g_test_add_func ("/resolve-cpu/left-alone", test_left_alone);
  return g_test_run ();
}
