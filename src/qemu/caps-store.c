/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/caps-store.h"

#include "base/compat.h"
#include "base/error.h"

/* Change it with the format, or with what the probe reads. */
#define STORE_VERSION 4

#define MACHINE_TYPE "(ssssuu)" /* name, alias, default CPU, RAM id, CPUs at most, flags */
#define CPU_TYPE     "(ssasu)"  /* name, type, blockers, flags */
#define TYPE_TYPE    "(si)"     /* name, index of its properties; -1: unknown */
#define NEAREST_TYPE "(ssasas)" /* model, "" = none; vendor; features beyond it; missing */

/* Binary, package, version, architecture, has KVM; machines; CPUs under TCG and KVM with their
 * expansions; sets of properties, types; QAPI paths, options; nearest CPUs;
 * platform. */
#define BODY_TYPE                                                                                  \
  "(ssusb"                                                                                         \
  "a" MACHINE_TYPE "a" CPU_TYPE "a" CPU_TYPE "a{ss}a{ss}"                                          \
  "aasa" TYPE_TYPE "asas" NEAREST_TYPE NEAREST_TYPE "a{ss})"

#define FILE_TYPE "(uss" BODY_TYPE ")" /* version, identity, checksum of the body, body */

enum
{
  MACHINE_DEFAULT = 1 << 0,
  MACHINE_DEPRECATED = 1 << 1,
  MACHINE_HOTPLUG = 1 << 2,
  MACHINE_NUMA_MEM = 1 << 3,
  MACHINE_ACPI = 1 << 4,
};

enum
{
  CPU_MIGRATABLE = 1 << 0,
  CPU_USABLE = 1 << 1,
  CPU_DEPRECATED = 1 << 2,
};

static const char *
or_empty (const char *text)
{
  return text != NULL ? text : "";
}

static char *
dup_unless_empty (const char *text)
{
  return *text != '\0' ? g_strdup (text) : NULL;
}

static char *
checksum_of (GVariant *body)
{
  return g_compute_checksum_for_data (G_CHECKSUM_MD5, g_variant_get_data (body),
                                      g_variant_get_size (body));
}

/* --- formatting --- */

static GVariant *
format_machines (const RoostFacts *facts)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a" MACHINE_TYPE));
  RoostMachineFacts *m;

  ROOST_LIST_EACH (RoostMachineFacts, m, facts->machines)
    g_variant_builder_add (
        &builder, MACHINE_TYPE, m->name, or_empty (m->alias), or_empty (m->default_cpu),
        or_empty (m->default_ram_id), m->max_cpus,
        (m->is_default ? MACHINE_DEFAULT : 0) | (m->is_deprecated ? MACHINE_DEPRECATED : 0)
            | (m->has_hotpluggable_cpus ? MACHINE_HOTPLUG : 0)
            | (m->has_numa_mem ? MACHINE_NUMA_MEM : 0) | (m->has_acpi ? MACHINE_ACPI : 0));
  return g_variant_builder_end (&builder);
}

static GVariant *
format_cpus (GHashTable *cpus)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a" CPU_TYPE));
  GHashTableIter iter;
  gpointer name, value;

  if (cpus != NULL)
    {
      g_hash_table_iter_init (&iter, cpus);
      while (g_hash_table_iter_next (&iter, &name, &value))
        {
          const RoostCpuFacts *cpu = value;

          g_variant_builder_add (&builder, "(ss^asu)", name, or_empty (cpu->type), cpu->blockers,
                                 (cpu->is_migratable ? CPU_MIGRATABLE : 0)
                                     | (cpu->is_usable ? CPU_USABLE : 0)
                                     | (cpu->is_deprecated ? CPU_DEPRECATED : 0));
        }
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
format_props (GHashTable *props)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  GHashTableIter iter;
  gpointer name, value;

  if (props != NULL)
    {
      g_hash_table_iter_init (&iter, props);
      while (g_hash_table_iter_next (&iter, &name, &value))
        g_variant_builder_add (&builder, "{ss}", name, value);
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
format_nearest (const RoostNearestCpu *match)
{
  const char *const none[] = { NULL };

  if (match == NULL)
    return g_variant_new ("(ss^as^as)", "", "", none, none);
  return g_variant_new ("(ss^as^as)", match->model, or_empty (match->vendor), match->features,
                        match->missing);
}

static GVariant *
format_set (GHashTable *set)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("as"));
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, set);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_variant_builder_add (&builder, "s", name);
  return g_variant_builder_end (&builder);
}

/* Machines of one family share a set, and it is stored once. */
static void
format_types (const RoostFacts *facts, GVariant **out_sets, GVariant **out_types)
{
  GVariantBuilder sets = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aas"));
  GVariantBuilder types = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a" TYPE_TYPE));
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL); /* set → index + 1 */
  GHashTableIter iter;
  gpointer name, set;

  g_hash_table_iter_init (&iter, facts->types);
  while (g_hash_table_iter_next (&iter, &name, &set))
    {
      int place = set != NULL ? GPOINTER_TO_INT (g_hash_table_lookup (seen, set)) : 0;

      if (set != NULL && place == 0)
        {
          place = (int)g_hash_table_size (seen) + 1;
          g_hash_table_insert (seen, set, GINT_TO_POINTER (place));
          g_variant_builder_add_value (&sets, format_set (set));
        }
      g_variant_builder_add (&types, TYPE_TYPE, name, place - 1);
    }
  *out_sets = g_variant_builder_end (&sets);
  *out_types = g_variant_builder_end (&types);
}

GBytes *
roost_caps_store_format (const RoostFacts *facts, const char *identity)
{
  g_autoptr (GVariant) body = NULL;
  g_autoptr (GVariant) file = NULL;
  g_autofree char *checksum = NULL;
  GVariant *sets, *types;

  format_types (facts, &sets, &types);
  body = g_variant_new (
      "(ssusb@a" MACHINE_TYPE "@a" CPU_TYPE "@a" CPU_TYPE "@a{ss}@a{ss}@aas@a" TYPE_TYPE
      "@as@as@" NEAREST_TYPE "@" NEAREST_TYPE "@a{ss})",
      facts->binary, or_empty (facts->package), facts->version, or_empty (facts->arch),
      facts->has_kvm, format_machines (facts), format_cpus (facts->cpus),
      format_cpus (facts->kvm_cpus), format_props (facts->max_props),
      format_props (facts->host_props), sets, types, format_set (facts->qapi),
      format_set (facts->options), format_nearest (facts->max_nearest),
      format_nearest (facts->host_nearest), format_props (facts->platform));
  g_variant_ref_sink (body);
  checksum = checksum_of (body);
  file = g_variant_ref_sink (
      g_variant_new ("(uss@" BODY_TYPE ")", STORE_VERSION, identity, checksum, body));
  return g_variant_get_data_as_bytes (file);
}

/* --- parsing: what the checksum covers was written by us --- */

static void
parse_machines (RoostFacts *facts, GVariant *list)
{
  GVariantIter iter;
  const char *name, *alias, *cpu, *ram;
  guint max_cpus, flags;

  g_variant_iter_init (&iter, list);
  while (g_variant_iter_next (&iter, "(&s&s&s&suu)", &name, &alias, &cpu, &ram, &max_cpus, &flags))
    {
      RoostMachineFacts *machine = g_new0 (RoostMachineFacts, 1);

      machine->name = g_strdup (name);
      machine->alias = dup_unless_empty (alias);
      machine->default_cpu = dup_unless_empty (cpu);
      machine->default_ram_id = dup_unless_empty (ram);
      machine->max_cpus = max_cpus;
      machine->is_default = (flags & MACHINE_DEFAULT) != 0;
      machine->is_deprecated = (flags & MACHINE_DEPRECATED) != 0;
      machine->has_hotpluggable_cpus = (flags & MACHINE_HOTPLUG) != 0;
      machine->has_numa_mem = (flags & MACHINE_NUMA_MEM) != 0;
      machine->has_acpi = (flags & MACHINE_ACPI) != 0;
      g_ptr_array_add (facts->machines, machine);
    }
}

static void
parse_cpus (GHashTable *out_cpus, GVariant *list)
{
  GVariantIter iter;
  const char *name, *type;
  char **blockers;
  guint flags;

  g_variant_iter_init (&iter, list);
  while (g_variant_iter_next (&iter, "(&s&s^asu)", &name, &type, &blockers, &flags))
    {
      RoostCpuFacts *cpu = g_new0 (RoostCpuFacts, 1);

      cpu->type = dup_unless_empty (type);
      cpu->blockers = blockers;
      cpu->is_migratable = (flags & CPU_MIGRATABLE) != 0;
      cpu->is_usable = (flags & CPU_USABLE) != 0;
      cpu->is_deprecated = (flags & CPU_DEPRECATED) != 0;
      g_hash_table_insert (out_cpus, g_strdup (name), cpu);
    }
}

static void
parse_props (GHashTable *out_props, GVariant *dict)
{
  GVariantIter iter;
  char *name, *value;

  g_variant_iter_init (&iter, dict);
  while (g_variant_iter_next (&iter, "{ss}", &name, &value))
    g_hash_table_insert (out_props, name, value);
}

static RoostNearestCpu *
parse_nearest (GVariant *body, gsize place)
{
  RoostNearestCpu *match = g_new0 (RoostNearestCpu, 1);

  g_variant_get_child (body, place, "(ss^as^as)", &match->model, &match->vendor, &match->features,
                       &match->missing);
  if (*match->model != '\0')
    return match;
  roost_nearest_cpu_free (match);
  return NULL;
}

static void
parse_set (GHashTable *out_set, GVariant *list)
{
  GVariantIter iter;
  char *name;

  g_variant_iter_init (&iter, list);
  while (g_variant_iter_next (&iter, "s", &name))
    g_hash_table_add (out_set, name);
}

static void
parse_types (RoostFacts *facts, GVariant *sets, GVariant *types)
{
  g_autoptr (GPtrArray) made = g_ptr_array_new_with_free_func ((GDestroyNotify)g_hash_table_unref);
  GVariantIter iter;
  GVariant *list;
  char *name;
  int place;

  g_variant_iter_init (&iter, sets);
  while (g_variant_iter_next (&iter, "@as", &list))
    {
      g_ptr_array_add (made, roost_facts_set_new ());
      parse_set (g_ptr_array_index (made, made->len - 1), list);
      g_variant_unref (list);
    }
  g_variant_iter_init (&iter, types);
  while (g_variant_iter_next (&iter, TYPE_TYPE, &name, &place))
    g_hash_table_insert (facts->types, name,
                         place >= 0 && (guint)place < made->len
                             ? g_hash_table_ref (g_ptr_array_index (made, place))
                             : NULL);
}

static RoostFacts *
parse_body (GVariant *body)
{
  RoostFacts *facts = roost_facts_new ();
  g_autoptr (GVariant) machines = g_variant_get_child_value (body, 5);
  g_autoptr (GVariant) cpus = g_variant_get_child_value (body, 6);
  g_autoptr (GVariant) kvm_cpus = g_variant_get_child_value (body, 7);
  g_autoptr (GVariant) max_props = g_variant_get_child_value (body, 8);
  g_autoptr (GVariant) host_props = g_variant_get_child_value (body, 9);
  g_autoptr (GVariant) sets = g_variant_get_child_value (body, 10);
  g_autoptr (GVariant) types = g_variant_get_child_value (body, 11);
  g_autoptr (GVariant) qapi = g_variant_get_child_value (body, 12);
  g_autoptr (GVariant) options = g_variant_get_child_value (body, 13);
  g_autoptr (GVariant) platform = g_variant_get_child_value (body, 16);

  g_variant_get_child (body, 0, "s", &facts->binary);
  g_variant_get_child (body, 1, "s", &facts->package);
  g_variant_get_child (body, 2, "u", &facts->version);
  g_variant_get_child (body, 3, "s", &facts->arch);
  g_variant_get_child (body, 4, "b", &facts->has_kvm);
  parse_machines (facts, machines);
  parse_cpus (facts->cpus, cpus);
  parse_props (facts->max_props, max_props);
  if (facts->has_kvm)
    {
      facts->kvm_cpus = roost_facts_cpus_new ();
      facts->host_props = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      parse_cpus (facts->kvm_cpus, kvm_cpus);
      parse_props (facts->host_props, host_props);
    }
  parse_types (facts, sets, types);
  parse_set (facts->qapi, qapi);
  parse_set (facts->options, options);
  facts->max_nearest = parse_nearest (body, 14);
  facts->host_nearest = parse_nearest (body, 15);
  parse_props (facts->platform, platform);
  return facts;
}

RoostFacts *
roost_caps_store_parse (GBytes *bytes, const char *identity, GError **error)
{
  g_autoptr (GVariant) file =
      g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (FILE_TYPE), bytes, FALSE));
  g_autoptr (GVariant) body = g_variant_get_child_value (file, 3);
  g_autofree char *checksum = checksum_of (body);
  const char *stored_identity, *stored_checksum;
  guint version;

  g_variant_get_child (file, 0, "u", &version);
  g_variant_get_child (file, 1, "&s", &stored_identity);
  g_variant_get_child (file, 2, "&s", &stored_checksum);
  if (version != STORE_VERSION)
    {
      roost_throw (error, ROOST_ERROR_NOT_FOUND, "written by another version");
      return NULL;
    }
  if (!g_str_equal (stored_checksum, checksum) || !g_variant_is_normal_form (body))
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "damaged");
      return NULL;
    }
  if (!g_str_equal (stored_identity, identity))
    {
      roost_throw (error, ROOST_ERROR_NOT_FOUND, "of another binary");
      return NULL;
    }
  return parse_body (body);
}
