/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/facts.h"

#include "base/compat.h"

static void
machine_facts_free (gpointer data)
{
  RoostMachineFacts *machine = data;

  g_free (machine->name);
  g_free (machine->alias);
  g_free (machine->default_cpu);
  g_free (machine->default_ram_id);
  g_free (machine);
}

static void
cpu_facts_free (gpointer data)
{
  RoostCpuFacts *cpu = data;

  g_free (cpu->type);
  g_strfreev (cpu->blockers);
  g_free (cpu);
}

void
roost_nearest_cpu_free (RoostNearestCpu *cpu)
{
  g_free (cpu->model);
  g_free (cpu->vendor);
  g_strfreev (cpu->features);
  g_strfreev (cpu->missing);
  g_free (cpu);
}

static void
properties_free (gpointer data)
{
  if (data != NULL)
    g_hash_table_unref (data);
}

GHashTable *
roost_facts_cpus_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, cpu_facts_free);
}

GHashTable *
roost_facts_set_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

RoostFacts *
roost_facts_new (void)
{
  RoostFacts *facts = g_new0 (RoostFacts, 1);

  g_atomic_ref_count_init (&facts->ref_count);
  facts->machines = g_ptr_array_new_with_free_func (machine_facts_free);
  facts->cpus = roost_facts_cpus_new ();
  facts->max_props = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  facts->platform = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  facts->types = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, properties_free);
  facts->qapi = roost_facts_set_new ();
  facts->options = roost_facts_set_new ();
  return facts;
}

RoostFacts *
roost_facts_ref (RoostFacts *facts)
{
  g_atomic_ref_count_inc (&facts->ref_count);
  return facts;
}

void
roost_facts_unref (RoostFacts *facts)
{
  if (!g_atomic_ref_count_dec (&facts->ref_count))
    return;
  g_free (facts->binary);
  g_free (facts->package);
  g_free (facts->arch);
  g_clear_pointer (&facts->machine_of, g_hash_table_unref);
  g_ptr_array_unref (facts->machines);
  g_hash_table_unref (facts->cpus);
  g_clear_pointer (&facts->kvm_cpus, g_hash_table_unref);
  g_hash_table_unref (facts->max_props);
  g_clear_pointer (&facts->host_props, g_hash_table_unref);
  g_clear_pointer (&facts->max_nearest, roost_nearest_cpu_free);
  g_clear_pointer (&facts->host_nearest, roost_nearest_cpu_free);
  g_hash_table_unref (facts->platform);
  g_hash_table_unref (facts->types);
  g_hash_table_unref (facts->qapi);
  g_hash_table_unref (facts->options);
  g_clear_pointer (&facts->host_pci, g_hash_table_unref);
  g_free (facts);
}

gboolean
roost_facts_has_type (const RoostFacts *facts, const char *type)
{
  return g_hash_table_contains (facts->types, type);
}

gboolean
roost_facts_has_property (const RoostFacts *facts, const char *type, const char *property)
{
  GHashTable *properties = g_hash_table_lookup (facts->types, type);

  return properties != NULL && g_hash_table_contains (properties, property);
}

gboolean
roost_facts_has_qapi (const RoostFacts *facts, const char *path)
{
  return g_hash_table_contains (facts->qapi, path);
}

gboolean
roost_facts_has_option (const RoostFacts *facts, const char *path)
{
  return g_hash_table_contains (facts->options, path);
}

const RoostHostPciFacts *
roost_facts_host_pci (const RoostFacts *facts, guint domain, guint bus, guint slot, guint function)
{
  char key[32];

  if (facts->host_pci == NULL)
    return NULL;
  g_snprintf (key, sizeof key, "%04x:%02x:%02x.%x", domain, bus, slot, function);
  return g_hash_table_lookup (facts->host_pci, key);
}

/* Of two machines with one name the first counts. */
static GHashTable *
index_machines (const RoostFacts *facts)
{
  GHashTable *index = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = facts->machines->len; i > 0; i--)
    {
      RoostMachineFacts *machine = facts->machines->pdata[i - 1];

      if (machine->alias != NULL)
        g_hash_table_insert (index, machine->alias, machine);
      g_hash_table_insert (index, machine->name, machine);
    }
  return index;
}

const RoostMachineFacts *
roost_facts_machine (const RoostFacts *facts, const char *name)
{
  RoostFacts *owner = (RoostFacts *)facts;

  if (name == NULL)
    return NULL;
  if (facts->machine_of == NULL)
    owner->machine_of = index_machines (facts);
  return g_hash_table_lookup (facts->machine_of, name);
}
