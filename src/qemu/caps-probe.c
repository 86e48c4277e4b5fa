/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/caps-probe.h"

#include "qemu/caps-cpu.h"
#include "qemu/caps-peer.h"
#include "qemu/qapi-paths.h"

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"

#include <string.h>

/* So many types may kill the binary when it is asked about them. */
#define MAX_DEATHS 8

/* How long the KVM guest runs that shows whether one can. */
#define KVM_RUN_MS 20

static const char *const tcg_args[] = { "-M", "none", "-accel", "tcg", "-accel", "kvm", NULL };
static const char *const kvm_args[] = { "-M", "none", "-accel", "kvm", NULL };

typedef struct
{
  RoostCapsPeer peer;
  RoostFacts *facts;
  guint n_deaths;
} Probe;

static void
probe_clear (Probe *probe)
{
  roost_caps_peer_close (&probe->peer);
  g_clear_pointer (&probe->facts, roost_facts_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Probe, probe_clear)

/* --- what one answer tells --- */

/* Returns: (transfer full) (nullable): the answer, when it is a list */
static JsonNode *
ask_list (Probe *probe, const char *command, GError **error)
{
  g_autoptr (JsonNode) value = roost_caps_peer_ask (&probe->peer, command, NULL, error);

  if (value != NULL && roost_json_node_array (value) == NULL)
    {
      roost_throw (error, ROOST_ERROR_QEMU, "%s: %s returned no list", probe->facts->binary,
                   command);
      return NULL;
    }
  return g_steal_pointer (&value);
}

static gboolean
read_version (Probe *probe, GError **error)
{
  g_autoptr (JsonNode) version = roost_caps_peer_ask (&probe->peer, "query-version", NULL, error);
  g_autoptr (JsonNode) target = NULL;
  JsonObject *numbers;

  if (version == NULL)
    return FALSE;
  target = roost_caps_peer_ask (&probe->peer, "query-target", NULL, error);
  if (target == NULL)
    return FALSE;
  numbers = roost_json_object (roost_json_node_object (version), "qemu");
  probe->facts->version =
      (guint)(roost_json_int (numbers, "major", 0) * 1000000
              + roost_json_int (numbers, "minor", 0) * 1000 + roost_json_int (numbers, "micro", 0));
  probe->facts->package =
      g_strdup (roost_json_string (roost_json_node_object (version), "package"));
  probe->facts->arch = g_strdup (roost_json_string (roost_json_node_object (target), "arch"));
  return probe->facts->arch != NULL
         || roost_throw (error, ROOST_ERROR_QEMU, "%s does not say what it emulates",
                         probe->facts->binary);
}

static gboolean
read_schema (Probe *probe, GError **error)
{
  g_autoptr (JsonNode) schema = ask_list (probe, "query-qmp-schema", error);

  if (schema == NULL)
    return FALSE;
  roost_qapi_paths_add (roost_json_node_array (schema), probe->facts->qapi);
  return TRUE;
}

static RoostMachineFacts *
machine_from_json (JsonObject *object)
{
  RoostMachineFacts *machine = g_new0 (RoostMachineFacts, 1);

  machine->name = g_strdup (roost_json_string (object, "name"));
  machine->alias = g_strdup (roost_json_string (object, "alias"));
  machine->default_cpu = g_strdup (roost_json_string (object, "default-cpu-type"));
  machine->default_ram_id = g_strdup (roost_json_string (object, "default-ram-id"));
  machine->max_cpus = (guint)CLAMP (roost_json_int (object, "cpu-max", 1), 1, G_MAXINT);
  machine->is_default = roost_json_bool (object, "is-default", FALSE);
  machine->is_deprecated = roost_json_bool (object, "deprecated", FALSE);
  machine->has_hotpluggable_cpus = roost_json_bool (object, "hotpluggable-cpus", FALSE);
  machine->has_numa_mem = roost_json_bool (object, "numa-mem-supported", FALSE);
  return machine;
}

static gboolean
read_machines (Probe *probe, GError **error)
{
  g_autoptr (JsonNode) list = ask_list (probe, "query-machines", error);
  JsonArray *array = roost_json_node_array (list);

  for (guint i = 0; i < roost_json_length (array); i++)
    {
      JsonObject *object = roost_json_object_at (array, i);
      const char *name = roost_json_string (object, "name");

      if (name != NULL && !g_str_equal (name, "none"))
        g_ptr_array_add (probe->facts->machines, machine_from_json (object));
    }
  return list != NULL;
}

static gboolean
read_options (Probe *probe, GError **error)
{
  g_autoptr (JsonNode) list = ask_list (probe, "query-command-line-options", error);
  JsonArray *array = roost_json_node_array (list);

  for (guint i = 0; i < roost_json_length (array); i++)
    {
      JsonObject *option = roost_json_object_at (array, i);
      const char *name = roost_json_string (option, "option");
      JsonArray *parameters = roost_json_array (option, "parameters");

      if (name != NULL)
        g_hash_table_add (probe->facts->options, g_strdup (name));
      for (guint k = 0; name != NULL && k < roost_json_length (parameters); k++)
        g_hash_table_add (
            probe->facts->options,
            g_strdup_printf ("%s/%s", name,
                             roost_json_string (roost_json_object_at (parameters, k), "name")));
    }
  return list != NULL;
}

/* --- types --- */

static gboolean
read_types (Probe *probe, GError **error)
{
  g_autoptr (JsonNode) list = ask_list (probe, "qom-list-types", error);
  JsonArray *array = roost_json_node_array (list);

  for (guint i = 0; i < roost_json_length (array); i++)
    {
      const char *name = roost_json_string (roost_json_object_at (array, i), "name");

      if (name != NULL)
        g_hash_table_replace (probe->facts->types, g_strdup (name), NULL);
    }
  return list != NULL;
}

static GHashTable *
set_of_names (JsonNode *list)
{
  GHashTable *set = roost_facts_set_new ();
  JsonArray *array = roost_json_node_array (list);

  for (guint i = 0; i < roost_json_length (array); i++)
    {
      const char *name = roost_json_string (roost_json_object_at (array, i), "name");

      if (name != NULL)
        g_hash_table_add (set, g_strdup (name));
    }
  return set;
}

/* It died of @type, or hangs: what cannot even be described cannot be used. Starts another one. */
static gboolean
survive_death (Probe *probe, const char *type, GError *why, GError **error)
{
  g_autoptr (GError) local = why;

  if (++probe->n_deaths > MAX_DEATHS)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  roost_debug ("the type %s kills %s: %s", type, probe->facts->binary, local->message);
  g_hash_table_remove (probe->facts->types, type);
  roost_caps_peer_close (&probe->peer);
  return roost_caps_peer_open (&probe->peer, probe->facts->binary, tcg_args, error);
}

/* @command: device-list-properties or qom-list-properties. A refusal leaves the type without
 * known properties. */
static gboolean
read_properties (Probe *probe, const char *command, const char *type, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (JsonNode) list =
      roost_caps_peer_ask_about (&probe->peer, command, "typename", type, &local);

  if (list != NULL)
    g_hash_table_replace (probe->facts->types, g_strdup (type), set_of_names (list));
  else if (local->code == ROOST_ERROR_TIMEOUT || !roost_qmp_is_open (probe->peer.qmp))
    return survive_death (probe, type, g_steal_pointer (&local), error);
  return TRUE;
}

/* CPU types have hundreds of properties each, and the expansions tell of them. A type on OpenGL
 * whose module is half installed would abort. */
static gboolean
is_worth_asking (Probe *probe, const char *type)
{
  return !g_str_has_suffix (type, "-cpu")
         && (strstr (type, "-gl") == NULL
             || roost_facts_has_type (probe->facts, "virtio-gpu-gl-device"));
}

static gboolean
read_devices (Probe *probe, GError **error)
{
  g_autoptr (JsonObject) args = json_object_new ();
  g_autoptr (JsonNode) list = NULL;
  JsonArray *array;

  json_object_set_string_member (args, "implements", "device");
  json_object_set_boolean_member (args, "abstract", FALSE);
  list = roost_caps_peer_ask (&probe->peer, "qom-list-types", args, error);
  array = roost_json_node_array (list);
  for (guint i = 0; i < roost_json_length (array); i++)
    {
      const char *type = roost_json_string (roost_json_object_at (array, i), "name");

      if (type == NULL || g_str_has_suffix (type, "-cpu"))
        continue;
      if (!is_worth_asking (probe, type))
        g_hash_table_remove (probe->facts->types, type);
      else if (!read_properties (probe, "device-list-properties", type, error))
        return FALSE;
    }
  return list != NULL;
}

static gboolean
read_backends (Probe *probe, GError **error)
{
  static const char *const backends[] = { "memory-backend-ram", "memory-backend-file",
                                          "memory-backend-memfd", "memory-backend-epc",
                                          "memory-backend-shm" };

  for (gsize i = 0; i < G_N_ELEMENTS (backends); i++)
    if (roost_facts_has_type (probe->facts, backends[i])
        && !read_properties (probe, "qom-list-properties", backends[i], error))
      return FALSE;
  return TRUE;
}

/* "pc-q35-7.2" → "pc-q35": its versions differ in defaults, not in what they have. */
static char *
machine_family (const char *name)
{
  const char *dash = strrchr (name, '-');

  if (dash != NULL && g_ascii_isdigit (dash[1]))
    return g_strndup (name, (gsize)(dash - name));
  return g_strdup (name);
}

static void
share_in_family (Probe *probe, const char *first, GHashTable *properties)
{
  g_autofree char *family = machine_family (first);
  RoostMachineFacts *machine;

  ROOST_LIST_EACH (RoostMachineFacts, machine, probe->facts->machines)
    {
      g_autofree char *other = machine_family (machine->name);

      if (!g_str_equal (family, other))
        continue;
      machine->has_acpi = g_hash_table_contains (properties, "acpi");
      g_hash_table_replace (probe->facts->types, g_strconcat (machine->name, "-machine", NULL),
                            g_hash_table_ref (properties));
    }
}

/* Only machines that people use: describing an odd one may abort. */
static gboolean
read_machine_properties (Probe *probe, GError **error)
{
  RoostMachineFacts *machine;

  ROOST_LIST_EACH (RoostMachineFacts, machine, probe->facts->machines)
    {
      g_autofree char *type = g_strconcat (machine->name, "-machine", NULL);
      GHashTable *properties;

      if (machine->alias == NULL && !machine->is_default && !g_str_equal (machine->name, "virt"))
        continue;
      if (!read_properties (probe, "qom-list-properties", type, error))
        return FALSE;
      properties = g_hash_table_lookup (probe->facts->types, type);
      if (properties != NULL)
        share_in_family (probe, machine->name, g_hash_table_ref (properties));
      g_clear_pointer (&properties, g_hash_table_unref);
    }
  return TRUE;
}

/* --- KVM --- */

/* Returns: the machine to try KVM with */
static const char *
usual_machine (const RoostFacts *facts)
{
  RoostMachineFacts *machine;

  if (roost_facts_machine (facts, "virt") != NULL)
    return "virt";
  ROOST_LIST_EACH (RoostMachineFacts, machine, facts->machines)
    if (machine->is_default)
      return machine->name;
  return NULL;
}

/* /dev/kvm may exist and yet run no guest: one that cannot make a virtual CPU does not come up,
 * and one that cannot run it stops with an internal error. */
static gboolean
does_kvm_run (Probe *probe)
{
  const char *machine = usual_machine (probe->facts);
  const char *args[] = { "-M", machine, "-accel", "kvm", "-cpu", "host", "-m", "64", NULL };
  g_auto (Probe) guest = { .facts = roost_facts_ref (probe->facts) };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) started = NULL;
  g_autoptr (JsonNode) status = NULL;

  if (machine == NULL || !roost_caps_peer_open (&guest.peer, probe->facts->binary, args, &error))
    {
      roost_debug ("no KVM guest: %s", error != NULL ? error->message : "no machine");
      return FALSE;
    }
  started = roost_caps_peer_ask (&guest.peer, "cont", NULL, NULL);
  co_sleep (KVM_RUN_MS, NULL, NULL);
  status = roost_caps_peer_ask (&guest.peer, "query-status", NULL, NULL);
  return started != NULL && roost_json_bool (roost_json_node_object (status), "running", FALSE);
}

static gboolean
is_kvm_enabled (Probe *probe)
{
  g_autoptr (JsonNode) value = roost_caps_peer_ask (&probe->peer, "query-kvm", NULL, NULL);

  return roost_json_bool (roost_json_node_object (value), "enabled", FALSE);
}

static void
add_number (RoostFacts *facts, const char *name, gint64 number)
{
  g_hash_table_insert (facts->platform, g_strdup (name),
                       g_strdup_printf ("%" G_GINT64_FORMAT, number));
}

/* The interrupt controllers of ARM that the kernel makes. */
static void
read_gic (Probe *probe)
{
  g_autoptr (JsonNode) answer =
      roost_caps_peer_ask (&probe->peer, "query-gic-capabilities", NULL, NULL);
  JsonArray *array = roost_json_node_array (answer);
  g_autoptr (GString) versions = g_string_new (NULL);

  for (guint i = 0; i < roost_json_length (array); i++)
    {
      JsonObject *gic = roost_json_object_at (array, i);

      if (roost_json_bool (gic, "kernel", FALSE))
        g_string_append_printf (versions, "%s%d", versions->len > 0 ? "," : "",
                                (int)roost_json_int (gic, "version", 0));
    }
  if (versions->len > 0)
    g_hash_table_insert (probe->facts->platform, g_strdup ("gic"), g_strdup (versions->str));
}

/* Memory that the host cannot read. QEMU refuses to answer where the processor has no such thing.
 */
static void
read_memory_encryption (Probe *probe)
{
  g_autoptr (JsonNode) sev =
      roost_caps_peer_ask (&probe->peer, "query-sev-capabilities", NULL, NULL);
  g_autoptr (JsonNode) sgx =
      roost_caps_peer_ask (&probe->peer, "query-sgx-capabilities", NULL, NULL);
  JsonObject *object = roost_json_node_object (sev);

  if (object != NULL)
    {
      add_number (probe->facts, "sev-cbitpos", roost_json_int (object, "cbitpos", 0));
      add_number (probe->facts, "sev-reduced-phys-bits",
                  roost_json_int (object, "reduced-phys-bits", 0));
    }
  object = roost_json_node_object (sgx);
  if (object == NULL || !roost_json_bool (object, "sgx", FALSE))
    return;
  g_hash_table_insert (probe->facts->platform, g_strdup ("sgx-flc"),
                       g_strdup (roost_json_bool (object, "flc", FALSE) ? "yes" : "no"));
  add_number (probe->facts, "sgx-size", roost_json_int (object, "section-size", 0));
}

static void
read_kvm (RoostFacts *facts)
{
  g_auto (Probe) probe = { .facts = roost_facts_ref (facts) };
  g_autoptr (GError) error = NULL;

  if (!roost_caps_peer_open (&probe.peer, facts->binary, kvm_args, &error))
    {
      roost_debug ("no KVM: %s", error->message);
      return;
    }
  if (!is_kvm_enabled (&probe) || !does_kvm_run (&probe))
    return;
  facts->has_kvm = TRUE;
  facts->kvm_cpus = roost_facts_cpus_new ();
  facts->host_props = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  roost_caps_cpu_list (&probe.peer, facts->kvm_cpus);
  roost_caps_cpu_expand (&probe.peer, "host", facts->host_props);
  read_gic (&probe);
  read_memory_encryption (&probe);
  facts->host_nearest = roost_caps_cpu_nearest (&probe.peer, "host", facts->kvm_cpus);
}

/* --- all of it --- */

static gboolean
read_all (Probe *probe, GError **error)
{
  if (!read_version (probe, error) || !read_schema (probe, error) || !read_machines (probe, error)
      || !read_options (probe, error) || !read_types (probe, error))
    return FALSE;
  roost_caps_cpu_list (&probe->peer, probe->facts->cpus);
  roost_caps_cpu_expand (&probe->peer, "max", probe->facts->max_props);
  probe->facts->max_nearest = roost_caps_cpu_nearest (&probe->peer, "max", probe->facts->cpus);
  return read_devices (probe, error) && read_backends (probe, error)
         && read_machine_properties (probe, error);
}

RoostFacts *
roost_caps_probe (const char *binary, gboolean with_kvm, GError **error)
{
  g_auto (Probe) probe = { .facts = roost_facts_new () };

  probe.facts->binary = g_strdup (binary);
  if (!roost_caps_peer_open (&probe.peer, binary, tcg_args, error) || !read_all (&probe, error))
    return NULL;
  roost_caps_peer_close (&probe.peer);
  if (with_kvm)
    read_kvm (probe.facts);
  return g_steal_pointer (&probe.facts);
}
