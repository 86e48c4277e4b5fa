/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/caps.h"

#include "qemu/caps-pci.h"
#include "qemu/caps-store.h"
#include "qemu/caps-xml.h"

#include "base/co.h"
#include "base/error.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static char *dir; /* for the caches and the fake binaries of this run */

typedef struct
{
  RoostCaps *caps;
  const char *binary;
  RoostFacts *facts;
  GError *error;
} Get;

static void
get (gpointer p)
{
  Get *it = p;

  it->facts = roost_caps_get_facts (it->caps, it->binary, &it->error);
}

static void
spin (void)
{
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
}

/* Returns: the facts; or NULL with @out_error */
static RoostFacts *
get_facts (RoostCaps *caps, const char *binary, GError **out_error)
{
  Get it = { caps, binary, NULL, NULL };

  co_spawn ("get", get, &it);
  spin ();
  if (it.error != NULL)
    g_propagate_error (out_error, it.error);
  return it.facts;
}

static char *
path_of (const char *name)
{
  return g_build_filename (dir, name, NULL);
}

static char *
cache_file (const char *cache)
{
  g_autoptr (GDir) folder = g_dir_open (cache, 0, NULL);
  const char *name = g_dir_read_name (folder);

  g_assert_nonnull (name);
  return g_build_filename (cache, name, NULL);
}

/* A script that stands for a binary, notes each of its runs, and goes on as QEMU. */
static char *
make_script (const char *name, const char *body)
{
  char *path = path_of (name);
  g_autofree char *runs = g_strconcat (path, ".runs", NULL);
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\necho >> %s\n%s\n", runs, body);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_chmod (path, 0755);
  return path;
}

static gsize
count_runs (const char *path)
{
  g_autofree char *runs = g_strconcat (path, ".runs", NULL);
  g_autofree char *text = NULL;
  gsize n = 0;

  g_file_get_contents (runs, &text, &n, NULL);
  return n;
}

static char *
qemu (void)
{
  return roost_caps_binary_for (NULL, "x86_64");
}

/* --- without QEMU --- */

static RoostFacts *
small_facts (void)
{
  RoostFacts *facts = roost_facts_new ();
  RoostMachineFacts *machine = g_new0 (RoostMachineFacts, 1);
  RoostCpuFacts *cpu = g_new0 (RoostCpuFacts, 1);
  GHashTable *set = roost_facts_set_new ();

  facts->binary = g_strdup ("/bin/qemu");
  facts->arch = g_strdup ("x86_64");
  facts->version = 7002022;
  machine->name = g_strdup ("pc-1");
  machine->alias = g_strdup ("pc");
  machine->max_cpus = 255;
  machine->is_default = machine->has_acpi = TRUE;
  g_ptr_array_add (facts->machines, machine);
  cpu->type = g_strdup ("max-cpu");
  cpu->blockers = g_strsplit ("a,b", ",", -1);
  cpu->is_migratable = TRUE;
  g_hash_table_insert (facts->cpus, g_strdup ("max"), cpu);
  g_hash_table_insert (facts->max_props, g_strdup ("sse"), g_strdup ("on"));
  g_hash_table_insert (facts->platform, g_strdup ("gic"), g_strdup ("3"));
  facts->max_nearest = g_new0 (RoostNearestCpu, 1);
  facts->max_nearest->model = g_strdup ("Old");
  facts->max_nearest->features = g_strsplit ("x,y", ",", -1);
  facts->max_nearest->missing = g_strsplit ("z", ",", -1);
  g_hash_table_add (set, g_strdup ("serial"));
  g_hash_table_insert (facts->types, g_strdup ("disk"), set);
  g_hash_table_insert (facts->types, g_strdup ("hdd"), g_hash_table_ref (set));
  g_hash_table_insert (facts->types, g_strdup ("object"), NULL);
  g_hash_table_add (facts->qapi, g_strdup ("cont"));
  g_hash_table_add (facts->options, g_strdup ("machine/hpet"));
  return facts;
}

static void
check_small_facts (const RoostFacts *facts)
{
  const RoostMachineFacts *machine = roost_facts_machine (facts, "pc");
  const RoostCpuFacts *cpu = g_hash_table_lookup (facts->cpus, "max");

  g_assert_cmpstr (facts->binary, ==, "/bin/qemu");
  g_assert_cmpuint (facts->version, ==, 7002022);
  g_assert_cmpstr (machine->name, ==, "pc-1");
  g_assert_null (machine->default_cpu);
  g_assert_cmpuint (machine->max_cpus, ==, 255);
  g_assert_true (machine->is_default && machine->has_acpi);
  g_assert_false (machine->is_deprecated || machine->has_numa_mem);
  g_assert_cmpstr (cpu->blockers[1], ==, "b");
  g_assert_true (cpu->is_migratable);
  g_assert_false (cpu->is_usable);
  g_assert_null (facts->kvm_cpus);
  g_assert_null (facts->host_nearest);
  g_assert_cmpstr (facts->max_nearest->model, ==, "Old");
  g_assert_cmpstr (facts->max_nearest->features[1], ==, "y");
  g_assert_cmpstr (facts->max_nearest->missing[0], ==, "z");
  g_assert_cmpstr (g_hash_table_lookup (facts->max_props, "sse"), ==, "on");
  g_assert_cmpstr (g_hash_table_lookup (facts->platform, "gic"), ==, "3");
  g_assert_true (roost_facts_has_property (facts, "hdd", "serial"));
  g_assert_true (roost_facts_has_type (facts, "object"));
  g_assert_false (roost_facts_has_property (facts, "object", "serial"));
  g_assert_true (roost_facts_has_qapi (facts, "cont"));
  g_assert_true (roost_facts_has_option (facts, "machine/hpet"));
}

static void
test_store (void)
{
  g_autoptr (RoostFacts) facts = small_facts ();
  g_autoptr (RoostFacts) again = NULL;
  g_autoptr (GBytes) bytes = roost_caps_store_format (facts, "me");
  g_autoptr (GError) error = NULL;

  check_small_facts (facts);
  again = roost_caps_store_parse (bytes, "me", &error);
  g_assert_no_error (error);
  check_small_facts (again);
  g_assert_null (roost_caps_store_parse (bytes, "you", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_FOUND);
}

/* Cut at every byte and with every byte changed, it is refused or the same. */
static void
test_store_damaged (void)
{
  g_autoptr (RoostFacts) facts = small_facts ();
  g_autoptr (GBytes) bytes = roost_caps_store_format (facts, "me");
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  for (gsize i = 0; i < length; i++)
    {
      g_autoptr (GBytes) cut = g_bytes_new (data, i);
      g_autofree char *copy = g_memdup2 (data, length);
      g_autoptr (GBytes) changed = NULL;
      g_autoptr (RoostFacts) from_changed = NULL;

      g_assert_null (roost_caps_store_parse (cut, "me", NULL));
      copy[i] ^= 0x55;
      changed = g_bytes_new (copy, length);
      from_changed = roost_caps_store_parse (changed, "me", NULL);
      if (from_changed != NULL)
        check_small_facts (from_changed);
    }
}

static void
test_xml (void)
{
  static const char *const nowhere[] = { "/nonexistent", NULL };
  g_autoptr (RoostFacts) facts = small_facts ();
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = roost_caps_domain_xml (facts, "pc", FALSE, nowhere, &error);

  g_assert_no_error (error);
  g_assert_nonnull (strstr (xml, "<machine>pc-1</machine>\n"));
  g_assert_nonnull (strstr (xml, "<vcpu max='255'/>\n"));
  g_assert_nonnull (strstr (xml, "<model fallback='forbid'>Old</model>\n"));
  g_assert_nonnull (strstr (xml, "<tpm supported='no'/>\n"));
  g_assert_nonnull (strstr (xml, "<mode name='host-passthrough' supported='no'/>\n"));
  g_assert_null (roost_caps_domain_xml (facts, "pc", TRUE, nowhere, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_null (roost_caps_domain_xml (facts, "vax", FALSE, nowhere, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED);
}

static void
test_no_qemu (void)
{
  g_autofree char *cache = path_of ("cache-none");
  g_autoptr (RoostCaps) caps = roost_caps_new (cache);
  g_autofree char *refuses = make_script ("refuses", "echo no licence key >&2; exit 3");
  g_autoptr (GError) error = NULL;

  g_assert_null (get_facts (caps, "/nonexistent/qemu", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (get_facts (caps, refuses, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_QEMU);
  g_assert_nonnull (strstr (error->message, "no licence key"));
  g_clear_error (&error);
  g_assert_null (get_facts (caps, "/etc/passwd", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_QEMU);
  g_assert_nonnull (strstr (error->message, "Permission denied"));
  g_assert_null (roost_caps_binary_for (caps, "../../bin/sh"));
}

/* --- with QEMU --- */

static void
check_x86_facts (const RoostFacts *facts)
{
  const RoostMachineFacts *q35 = roost_facts_machine (facts, "q35");
  const RoostMachineFacts *pc = roost_facts_machine (facts, "pc");

  g_assert_cmpstr (facts->arch, ==, "x86_64");
  g_assert_cmpuint (facts->version, >=, 7002000);
  g_assert_nonnull (q35);
  g_assert_true (g_str_has_prefix (q35->name, "pc-q35-"));
  g_assert_true (pc->is_default);
  g_assert_true (pc->has_acpi && q35->has_hotpluggable_cpus);
  g_assert_cmpstr (pc->default_ram_id, ==, "pc.ram");
  g_assert_true (roost_facts_has_type (facts, "virtio-net-pci"));
  g_assert_true (roost_facts_has_property (facts, "virtio-net-pci", "disable-legacy"));
  g_assert_true (roost_facts_has_property (facts, "memory-backend-memfd", "share"));
  g_assert_true (roost_facts_has_property (facts, "pc-q35-5.2-machine", "hpet"));
  g_assert_false (roost_facts_has_type (facts, "virtio-net-ccw"));
  g_assert_false (roost_facts_has_property (facts, "virtio-net-pci", "nonsense"));
  g_assert_true (roost_facts_has_qapi (facts, "blockdev-add/arg-type/driver/^nbd"));
  g_assert_true (roost_facts_has_qapi (facts, "blockdev-add/arg-type/+nbd/export"));
  g_assert_true (roost_facts_has_qapi (facts, "device_add/$json-cli-hotplug"));
  g_assert_true (roost_facts_has_qapi (facts, "chardev-add/arg-type/backend/type/^socket"));
  g_assert_true (roost_facts_has_qapi (facts, "event:MEMORY_DEVICE_SIZE_CHANGE"));
  g_assert_false (roost_facts_has_qapi (facts, "event:cont"));
  g_assert_true (roost_facts_has_option (facts, "machine"));
  g_assert_true (roost_facts_has_option (facts, "sandbox/spawn"));
  g_assert_true (g_hash_table_contains (facts->cpus, "Haswell"));
  g_assert_cmpstr (g_hash_table_lookup (facts->max_props, "sse2"), ==, "on");
  g_assert_nonnull (facts->max_nearest);
  g_assert_true (g_hash_table_contains (facts->cpus, facts->max_nearest->model));
  g_assert_cmpstr (facts->max_nearest->vendor, ==, "AuthenticAMD");
  g_assert_true (g_str_has_prefix (facts->max_nearest->model, "EPYC"));
  g_assert_true (g_strv_contains ((const char *const *)facts->max_nearest->missing, "topoext"));
  g_assert_false (g_strv_contains ((const char *const *)facts->max_nearest->features, "topoext"));
  g_assert_true (facts->has_kvm == (facts->kvm_cpus != NULL));
}

/* The form of the document is libvirt's. */
static void
check_x86_xml (const RoostFacts *facts)
{
  static const char *const parts[] = {
    "<value>virtio-non-transitional</value>",
    "<value>vnc</value>",
    "<value>qxl</value>",
    "<value>memfd</value>",
    "<value>emulator</value>",
    "<mode name='custom' supported='yes'>",
    "<genid supported='yes'/>",
    "<sev supported='no'/>",
    "<hyperv supported='yes'>",
    "<value>vendor_id</value>",
  };
  g_autofree char *xml = roost_caps_domain_xml (facts, "q35", FALSE, NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (strstr (xml, parts[i]) == NULL)
      g_error ("no %s in %s", parts[i], xml);
}

/* Asked by three at once, it is asked once; a new object reads the cache; a damaged cache and a
 * replaced binary are noticed. */
static void
test_probe (void)
{
  g_autofree char *binary = qemu ();
  g_autofree char *cache = path_of ("cache-probe");
  g_autofree char *body = NULL;
  g_autofree char *script = NULL;
  g_autofree char *file = NULL;
  g_autoptr (RoostCaps) caps = roost_caps_new (cache);
  g_autoptr (RoostCaps) second = roost_caps_new (cache);
  g_autoptr (RoostCaps) third = roost_caps_new (cache);
  g_autoptr (RoostFacts) cached = NULL;
  g_autoptr (RoostFacts) fresh = NULL;
  g_autoptr (RoostFacts) replaced = NULL;
  Get gets[3];
  gsize runs;
  gint64 start;

  if (binary == NULL)
    {
      g_test_skip ("needs qemu-system-x86_64");
      return;
    }
  body = g_strdup_printf ("exec %s \"$@\"", binary);
  script = make_script ("qemu-system-x86_64", body);
  start = g_get_monotonic_time ();
  for (guint i = 0; i < G_N_ELEMENTS (gets); i++)
    {
      gets[i] = (Get){ caps, script, NULL, NULL };
      co_spawn ("get", get, &gets[i]);
    }
  spin ();
  g_test_message ("probe: %.0f ms", (double)(g_get_monotonic_time () - start) / 1000);
  for (guint i = 0; i < G_N_ELEMENTS (gets); i++)
    {
      g_assert_no_error (gets[i].error);
      g_assert_true (gets[i].facts == gets[0].facts);
    }
  check_x86_facts (gets[0].facts);
  check_x86_xml (gets[0].facts);
  runs = count_runs (script);
  g_assert_cmpuint (runs, <=, 3); /* for TCG, for KVM, and a guest under KVM */

  start = g_get_monotonic_time ();
  cached = get_facts (second, script, NULL);
  g_test_message ("from the cache: %.1f ms", (double)(g_get_monotonic_time () - start) / 1000);
  check_x86_facts (cached);
  g_assert_cmpuint (g_hash_table_size (cached->types), ==,
                    g_hash_table_size (gets[0].facts->types));
  g_assert_cmpuint (count_runs (script), ==, runs);

  file = cache_file (cache);
  g_assert_true (g_file_set_contents (file, "not what it was", -1, NULL));
  fresh = get_facts (third, script, NULL);
  check_x86_facts (fresh);
  g_assert_cmpuint (count_runs (script), ==, 2 * runs);

  g_free (make_script ("qemu-system-x86_64", body)); /* another file of the same name */
  replaced = get_facts (third, script, NULL);
  g_assert_true (replaced != fresh);
  g_assert_cmpuint (count_runs (script), ==, 3 * runs);
  for (guint i = 0; i < G_N_ELEMENTS (gets); i++)
    roost_facts_unref (gets[i].facts);
}

/* What kills the binary counts as absent, and the rest is read. */
static void
test_other_targets (void)
{
  static const char *const archs[] = { "aarch64", "ppc64", "riscv64", "s390x" };
  g_autofree char *cache = path_of ("cache-others");
  g_autoptr (RoostCaps) caps = roost_caps_new (cache);

  for (guint i = 0; i < G_N_ELEMENTS (archs); i++)
    {
      g_autofree char *binary = roost_caps_binary_for (caps, archs[i]);
      g_autoptr (RoostFacts) facts = NULL;
      g_autoptr (GError) error = NULL;

      if (binary == NULL)
        continue;
      facts = get_facts (caps, binary, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (facts->arch, ==, archs[i]);
      g_assert_cmpuint (facts->machines->len, >, 0);
      g_assert_true (roost_facts_has_property (facts, "virtio-rng-device", "rng"));
    }
}

static void
test_binaries (void)
{
  g_autoptr (RoostCaps) caps = roost_caps_new (dir);
  g_auto (GStrv) binaries = roost_caps_list_binaries (caps);
  g_autofree char *x86 = roost_caps_binary_for (caps, "x86_64");

  g_assert_true (x86 == NULL || g_strv_contains ((const char *const *)binaries, x86));
  g_assert_null (roost_caps_binary_for (caps, "vax"));
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      remove_tree (inner);
    }
  g_remove (path);
}

static void
make_pci (const char *folder, const char *name, gssize config_size, const char *group)
{
  g_autofree char *device = g_build_filename (folder, name, NULL);
  g_autofree char *config = g_build_filename (device, "config", NULL);
  g_autofree char *link = g_build_filename (device, "iommu_group", NULL);
  g_autofree char *bytes = g_malloc0 ((gsize)config_size);

  g_assert_cmpint (g_mkdir_with_parents (device, 0700), ==, 0);
  g_assert_true (g_file_set_contents (config, bytes, config_size, NULL));
  if (group != NULL)
    g_assert_cmpint (symlink (group, link), ==, 0);
}

static void
test_host_pci (void)
{
  g_autofree char *folder = g_build_filename (dir, "devices", NULL);
  g_autoptr (GHashTable) table = NULL;
  const RoostHostPciFacts *found;

  make_pci (folder, "0000:01:00.0", 4096, "../../kernel/iommu_groups/7");
  make_pci (folder, "0000:02:1f.1", 256, NULL);
  table = roost_caps_pci_read (folder);
  g_assert_cmpuint (g_hash_table_size (table), ==, 2);
  found = g_hash_table_lookup (table, "0000:01:00.0");
  g_assert_true (found->is_express);
  g_assert_cmpint (found->iommu_group, ==, 7);
  found = g_hash_table_lookup (table, "0000:02:1f.1");
  g_assert_false (found->is_express);
  g_assert_cmpint (found->iommu_group, ==, -1);
  g_clear_pointer (&table, g_hash_table_unref);
  table = roost_caps_pci_read ("/nonexistent");
  g_assert_cmpuint (g_hash_table_size (table), ==, 0);
}

int
main (int argc, char **argv)
{
  int rc;

  g_test_init (&argc, &argv, NULL);
  dir = g_dir_make_tmp ("roost-caps-XXXXXX", NULL);
  g_test_add_func ("/caps/store", test_store);
  g_test_add_func ("/caps/store-damaged", test_store_damaged);
  g_test_add_func ("/caps/xml", test_xml);
  g_test_add_func ("/caps/no-qemu", test_no_qemu);
  g_test_add_func ("/caps/probe", test_probe);
  g_test_add_func ("/caps/other-targets", test_other_targets);
  g_test_add_func ("/caps/binaries", test_binaries);
  g_test_add_func ("/caps/host-pci", test_host_pci);
  rc = g_test_run ();
  remove_tree (dir);
  g_free (dir);
  return rc;
}
