/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model-facts.h"

#include "model/address.h"
#include "model/defaults.h"

static void
add_machine (RoostFacts *facts, const char *text)
{
  RoostMachineFacts *machine = g_new0 (RoostMachineFacts, 1);
  g_auto (GStrv) parts = g_strsplit (text, "=", 2);

  machine->name = g_strdup (parts[0]);
  machine->alias = g_strdup (parts[1]);
  machine->default_cpu = g_strdup ("qemu64-x86_64-cpu");
  machine->is_default = facts->machines->len == 0;
  g_ptr_array_add (facts->machines, machine);
}

static void
add_type (RoostFacts *facts, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ".", 2);
  GHashTable *properties = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (parts[1] != NULL)
    g_hash_table_add (properties, g_strdup (parts[1]));
  g_hash_table_insert (facts->types, g_strdup (parts[0]), properties);
}

RoostFacts *
test_facts_new (const char *arch, const char *const *machines, const char *const *types)
{
  RoostFacts *facts = roost_facts_new ();
  RoostCpuFacts *cpu = g_new0 (RoostCpuFacts, 1);

  facts->binary = g_strdup_printf ("/usr/bin/qemu-system-%s", arch);
  facts->arch = g_strdup (arch);
  for (; *machines != NULL; machines++)
    add_machine (facts, *machines);
  for (; *types != NULL; types++)
    add_type (facts, *types);
  cpu->type = g_strdup ("qemu64-x86_64-cpu");
  g_hash_table_insert (facts->cpus, g_strdup ("qemu64"), cpu);
  return facts;
}

RoostFacts *
test_facts_x86 (void)
{
  static const char *const machines[] = { "pc-i440fx-7.2=pc", "pc-q35-7.2=q35", "isapc", NULL };
  static const char *const types[] = { "virtio-blk-pci.disable-legacy",
                                       "pcie-root-port",
                                       "pcie-pci-bridge",
                                       "piix3-usb-uhci",
                                       "qemu-xhci",
                                       "lsi53c895a",
                                       "cirrus-vga",
                                       "VGA",
                                       "rtl8139",
                                       NULL };

  return test_facts_new ("x86_64", machines, types);
}

RoostDomainConfig *
test_config_new (const char *arch, const char *machine, const char *devices)
{
  g_autofree char *attribute =
      machine != NULL ? g_strdup_printf (" machine='%s'", machine) : g_strdup ("");
  g_autofree char *xml =
      g_strdup_printf ("<domain type='qemu'><name>test</name><memory unit='MiB'>512</memory>"
                       "<os><type arch='%s'%s>hvm</type></os><devices>%s</devices></domain>",
                       arch, attribute, devices);
  g_autoptr (GError) error = NULL;
  RoostDomainConfig *config = roost_domain_config_parse (xml, NULL, &error);

  g_assert_no_error (error);
  return config;
}

gboolean
test_complete (RoostDomainConfig *config, const RoostFacts *facts, GError **error)
{
  return roost_defaults_apply (config, facts, error)
         && roost_addresses_assign (config, facts, error);
}
