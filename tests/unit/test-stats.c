/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/json.h"
#include "domain/addresses.h"
#include "domain/monitor-command.h"
#include "domain/stats-host.h"
#include "domain/stats-reply.h"
#include "domain/stats.h"

#include <string.h>
#include <unistd.h>

/* Answers of QEMU as statistics: those that are right, and those of a peer that lies. */

static JsonNode *
parse (const char *text)
{
  g_autofree char *json = g_strdelimit (g_strdup (text), "'", '"');
  JsonNode *node = roost_json_parse (json, strlen (json), NULL);

  g_assert_nonnull (node);
  return node;
}

static void
assert_printed (GVariant *floating, const char *wanted)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (floating);
  g_autofree char *text = g_variant_print (value, FALSE);

  g_assert_cmpstr (text, ==, wanted);
}

/* --- balloon --- */

static void
test_balloon (void)
{
  g_autoptr (JsonNode) balloon = parse ("{'actual': 1048576}");
  g_autoptr (JsonNode) told = parse (
      "{'last-update': 5, 'stats': {'stat-free-memory': 7, 'stat-total-memory': 9, 'stat-swap-in': "
      "18446744073709551615, 'stat-swap-out': -1, 'stat-disk-caches': 'x'}}");
  g_autoptr (JsonNode) silent = parse ("{'last-update': 0, 'stats': {'stat-free-memory': 7}}");
  g_autoptr (JsonNode) lie = parse ("{'actual': 'much', 'last-update': [], 'stats': 3}");

  assert_printed (roost_stats_balloon (json_node_get_object (balloon), json_node_get_object (told)),
                  "{'current': <uint64 1048576>, 'last-update': <uint64 5000000>, 'free': <uint64 "
                  "7>, 'total': <uint64 9>}");
  assert_printed (
      roost_stats_balloon (json_node_get_object (balloon), json_node_get_object (silent)),
      "{'current': <uint64 1048576>}");
  assert_printed (roost_stats_balloon (json_node_get_object (lie), json_node_get_object (lie)),
                  "{}");
  assert_printed (roost_stats_balloon (NULL, NULL), "{}");
}

/* --- disks --- */

static void
free_disk (gpointer p)
{
  roost_disk_view_free (p);
}

static GPtrArray *
one_disk (void)
{
  GPtrArray *disks = g_ptr_array_new_with_free_func (free_disk);
  RoostDiskView *disk = g_new0 (RoostDiskView, 1);

  disk->alias = g_strdup ("virtio-disk0");
  disk->target = g_strdup ("vda");
  disk->kind = g_strdup ("disk");
  disk->backend = g_strdup ("file");
  g_ptr_array_add (disks, disk);
  return disks;
}

#define NODE(name, driver, size, used)                                                             \
  "{'node-name': '" name "', 'drv': '" driver "', 'write_threshold': 0, 'image': "                 \
  "{'virtual-size': " size ", 'actual-size': " used "}}"

static GVariant *
block_of (const char *stats, const char *nodes, gboolean with_chain)
{
  g_autoptr (GPtrArray) disks = one_disk ();
  g_autoptr (JsonNode) first = parse (stats);
  g_autoptr (JsonNode) second = parse (nodes);
  g_autoptr (GVariant) list = g_variant_ref_sink (roost_stats_block (
      disks, roost_json_node_array (first), roost_json_node_array (second), with_chain));

  g_assert_cmpuint (g_variant_n_children (list), ==, 1);
  return g_variant_get_child_value (list, 0);
}

static void
assert_size (GVariant *dict, const char *key, gint64 wanted)
{
  guint64 value;
  gboolean is_there = g_variant_lookup (dict, key, "t", &value);

  if (wanted < 0)
    g_assert_false (is_there);
  else
    {
      g_assert_true (is_there);
      g_assert_cmpuint (value, ==, (guint64)wanted);
    }
}

static void
test_block (void)
{
  g_autoptr (GVariant) disk = block_of (
      "[{'qdev': '/machine/peripheral/virtio-disk0/virtio-backend', 'node-name': 'vda-cor', "
      "'stats': {'rd_bytes': 5, 'wr_total_time_ns': 7000, 'failed_wr_operations': 2}, 'parent': "
      "{'node-name': 'vda-0-format', 'stats': {}, 'parent': {'node-name': 'vda-0-storage', "
      "'stats': {'wr_highest_offset': 99}}, 'backing': {'node-name': 'vda-1-format', 'parent': "
      "{'node-name': 'vda-1-storage'}}}}]",
      "[" NODE ("vda-cor", "copy-on-read", "1000", "1") "," NODE (
          "vda-0-format", "qcow2", "1000",
          "300") "," NODE ("vda-0-storage", "file", "400",
                           "300") "," NODE ("vda-1-format", "qcow2", "800",
                                            "200") "," NODE ("vda-1-storage", "file", "250",
                                                             "200") "]",
      TRUE);
  g_autoptr (GVariant) chain = g_variant_lookup_value (disk, "chain", G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr (GVariant) below = g_variant_get_child_value (chain, 0);

  assert_size (disk, "read-bytes", 5);
  assert_size (disk, "write-time", 7);
  assert_size (disk, "write-failures", 2);
  assert_size (disk, "capacity", 1000);
  assert_size (disk, "allocation", 300);
  assert_size (disk, "physical", 400);
  assert_size (disk, "threshold", -1);
  g_assert_cmpuint (g_variant_n_children (chain), ==, 1);
  assert_size (below, "capacity", 800);
  assert_size (below, "allocation", 200);
  assert_size (below, "physical", 250);
}

#define ON_DEVICE(format, highest)                                                                 \
  block_of ("[{'qdev': 'virtio-disk0', 'node-name': 'f', 'parent': {'node-name': 's', 'stats': "   \
            "{'wr_highest_offset': " highest "}}}]",                                               \
            "[" NODE ("f", format, "1000", "0") "," NODE ("s", "host_device", "2000", "0") "]",    \
            FALSE)

static void
test_block_device (void)
{
  g_autoptr (GVariant) raw = ON_DEVICE ("raw", "0");
  g_autoptr (GVariant) written = ON_DEVICE ("qcow2", "700");
  g_autoptr (GVariant) unwritten = ON_DEVICE ("qcow2", "0");

  assert_size (raw, "allocation", 2000);
  assert_size (written, "allocation", 700);
  assert_size (unwritten, "allocation", -1);
  assert_size (unwritten, "physical", 2000);
}

static void
test_block_lies (void)
{
  static const char *const stats[] = {
    "[]",
    "{}",
    "[1, 'x', null, [], {}]",
    "[{'qdev': 'virtio-disk0'}]",
    "[{'qdev': 'virtio-disk0', 'node-name': 5, 'stats': []}]",
    "[{'qdev': 'virtio-disk0', 'node-name': 'nowhere', 'stats': {'rd_bytes': -5, 'wr_bytes': '9'}, "
    "'parent': 7, 'backing': 'x'}]",
    "[{'qdev': 'virtio-disk0', 'node-name': 'a', 'parent': {'parent': {'parent': {}}}}]",
  };
  static const char *const nodes[] = {
    "[]",
    "{}",
    "[1, {'node-name': 4}, {'node-name': 'a', 'drv': [], 'image': 'x', 'write_threshold': 'y'}]",
    "[{'node-name': 'a', 'drv': 'mirror_top', 'image': {'virtual-size': -1, 'actual-size': {}}}]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (stats); i++)
    for (guint j = 0; j < G_N_ELEMENTS (nodes); j++)
      {
        g_autoptr (GVariant) disk = block_of (stats[i], nodes[j], TRUE);

        assert_size (disk, "capacity", -1);
        assert_size (disk, "read-bytes", -1);
      }
}

/* --- threads, jobs, QEMU's own --- */

static void
test_threads (void)
{
  g_autofree char *text = g_strdup_printf (
      "[{'cpu-index': 0, 'thread-id': %d}, {'cpu-index': 1, 'thread-id': 1}, {'cpu-index': 'x'}, "
      "{'thread-id': 5}, 7]",
      (int)getpid ());
  g_autoptr (JsonNode) cpus = parse (text);
  g_autoptr (GVariant) list =
      g_variant_ref_sink (roost_stats_vcpus (roost_json_node_array (cpus), getpid ()));
  g_autoptr (GVariant) own = g_variant_get_child_value (list, 0);
  g_autoptr (GVariant) foreign = g_variant_get_child_value (list, 1);
  guint64 us;

  g_assert_cmpuint (g_variant_n_children (list), ==, 2);
  g_assert_true (g_variant_lookup (own, "time-user", "t", &us));
  g_assert_false (g_variant_lookup (foreign, "time-user", "t", &us)); /* not one of ours */
  assert_printed (roost_stats_iothreads (NULL, getpid ()), "[]");
}

static void
test_jobs (void)
{
  g_autoptr (JsonNode) jobs = parse (
      "[{'id': 'j', 'type': 'mirror', 'status': 'ready', 'current-progress': 5, 'total-progress': "
      "9}, {'id': 4}, [], {'id': 'k', 'type': 5, 'status': null, 'total-progress': -4}]");

  assert_printed (roost_stats_jobs (roost_json_node_array (jobs)),
                  "[{'id': <'j'>, 'kind': <'mirror'>, 'status': <'ready'>, 'done': <uint64 5>, "
                  "'total': <uint64 9>}, {'id': <'k'>}]");
}

static void
test_qemu (void)
{
  g_autoptr (JsonNode) results = parse (
      "[{'provider': 'kvm', 'qom-path': '/machine/unattached/device[0]', 'stats': [{'name': "
      "'exits', 'value': 5}, {'name': 'exits', 'value': 6}, {'name': 'guest-mode', 'value': true}, "
      "{'name': 'halt-poll', 'value': [1, -2, 'x']}, {'name': 'odd', 'value': {}}, {'name': 3}, "
      "{'name': 'none'}]}, {'provider': 5}, 'x']");
  GVariantBuilder out;

  g_variant_builder_init (&out, G_VARIANT_TYPE ("aa{sv}"));
  roost_stats_qemu (&out, "vcpu", roost_json_node_array (results));
  roost_stats_qemu (&out, "vm", NULL);
  assert_printed (g_variant_builder_end (&out),
                  "[{'target': <'vcpu'>, 'provider': <'kvm'>, 'path': "
                  "<'/machine/unattached/device[0]'>, 'values': <{'exits': <uint64 5>, "
                  "'guest-mode': <true>, 'halt-poll': <[uint64 1, 0, 0]>}>}]");
}

/* --- network --- */

static void
write_counter (const char *folder, const char *name, const char *value)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, value, -1, NULL));
}

static void
test_interface (void)
{
  g_autofree char *folder = g_dir_make_tmp ("roost-XXXXXX", NULL);
  g_autofree char *received = g_build_filename (folder, "rx_bytes", NULL);
  g_autofree char *sent = g_build_filename (folder, "tx_bytes", NULL);
  GVariantBuilder tap, macvtap, none;

  write_counter (folder, "rx_bytes", "11\n");
  write_counter (folder, "tx_bytes", "22\n");
  g_variant_builder_init (&tap, G_VARIANT_TYPE_VARDICT);
  g_assert_true (roost_stats_add_interface (&tap, folder, TRUE));
  assert_printed (g_variant_builder_end (&tap),
                  "{'receive-bytes': <uint64 22>, 'transmit-bytes': <uint64 11>}");
  g_variant_builder_init (&macvtap, G_VARIANT_TYPE_VARDICT);
  g_assert_true (roost_stats_add_interface (&macvtap, folder, FALSE));
  assert_printed (g_variant_builder_end (&macvtap),
                  "{'receive-bytes': <uint64 11>, 'transmit-bytes': <uint64 22>}");
  g_variant_builder_init (&none, G_VARIANT_TYPE_VARDICT);
  g_assert_false (roost_stats_add_interface (&none, "/nowhere", TRUE));
  g_variant_builder_clear (&none);
  unlink (received);
  unlink (sent);
  rmdir (folder);
}

static void
assert_switch (const char *text, const char *wanted)
{
  g_autofree char *json = g_strdelimit (g_strdup (text), "'", '"');
  GVariantBuilder out;

  g_variant_builder_init (&out, G_VARIANT_TYPE_VARDICT);
  g_assert_true (roost_stats_add_switch (&out, json, strlen (json)) == (wanted != NULL));
  assert_printed (g_variant_builder_end (&out), wanted != NULL ? wanted : "{}");
}

static void
test_switch (void)
{
  assert_switch ("{'data': [[['map', [['rx_bytes', 11], ['tx_bytes', 22], ['rx_errors', 1]]]]], "
                 "'headings': ['statistics']}",
                 "{'receive-bytes': <uint64 22>, 'transmit-bytes': <uint64 11>, 'transmit-errors': "
                 "<uint64 1>}");
  assert_switch ("{'data': [], 'headings': []}", NULL);
  assert_switch ("{'data': [[['map', []]]]}", NULL);
  assert_switch ("{'data': [[['set', [['rx_bytes', 1]]]]]}", NULL);
  assert_switch ("{'data': [[['map', [['rx_bytes'], ['tx_bytes', -1], [5, 6], 'x', ['tx_bytes', "
                 "{}]]]]]}",
                 NULL);
  assert_switch ("nonsense", NULL);
}

/* --- addresses --- */

static GPtrArray *
two_nics (RoostNicView *first, RoostNicView *second)
{
  GPtrArray *nics = g_ptr_array_new ();

  g_ptr_array_add (nics, first);
  g_ptr_array_add (nics, second);
  return nics;
}

static void
test_addresses (void)
{
  RoostNicView first = { (char *)"net0", (char *)"52:54:00:00:00:01", (char *)"bridge", NULL };
  RoostNicView second = { (char *)"net1", (char *)"52:54:00:00:00:02", (char *)"bridge", NULL };
  g_autoptr (GPtrArray) nics = two_nics (&first, &second);
  g_autoptr (GVariant) agent = g_variant_ref_sink (g_variant_new_parsed (
      "[{'name': <'lo'>, 'addresses': <[{'type': <'ipv4'>, 'address': <'127.0.0.1'>, 'prefix': "
      "<uint32 8>}]>}, {'name': <'eth0'>, 'hardware-address': <'52:54:00:00:00:01'>, 'addresses': "
      "<[{'type': <'ipv4'>, 'address': <'192.0.2.1'>, 'prefix': <uint32 24>}]>}]"));
  static const char arp[] =
      "IP address       HW type     Flags       HW address            Mask     Device\n"
      "192.0.2.1        0x1         0x2         52:54:00:00:00:01     *        br0\n"
      "192.0.2.9        0x1         0x2         52:54:00:00:00:01     *        br0\n"
      "192.0.2.7        0x1         0x0         52:54:00:00:00:02     *        br0\n"
      "192.0.2.2        0x1         0x2         52:54:00:00:00:02     *        br0\n"
      "short line\n";

  assert_printed (
      roost_addresses_merge (nics, agent, arp),
      "[{'device': <'net0'>, 'mac': <'52:54:00:00:00:01'>, 'name': <'eth0'>, 'addresses': "
      "<[{'type': <'ipv4'>, 'address': <'192.0.2.1'>, 'source': <'agent'>, 'prefix': <uint32 24>}, "
      "{'type': <'ipv4'>, 'address': <'192.0.2.9'>, 'source': <'arp'>}]>}, {'device': <'net1'>, "
      "'mac': <'52:54:00:00:00:02'>, 'addresses': <[{'type': <'ipv4'>, 'address': <'192.0.2.2'>, "
      "'source': <'arp'>}]>}, {'name': <'lo'>, 'addresses': <[{'type': <'ipv4'>, 'address': "
      "<'127.0.0.1'>, 'source': <'agent'>, 'prefix': <uint32 8>}]>}]");
}

/* --- names --- */

static void
test_names (void)
{
  g_autofree char *plain = roost_stats_alias ("sata0-0-0");
  g_autofree char *deep = roost_stats_alias ("/machine/peripheral/virtio-disk0/virtio-backend");
  g_autofree char *none = roost_stats_alias (NULL);
  g_autofree const char **names = roost_stats_group_names (ROOST_STATS_ALL);
  guint groups = 0;

  g_assert_cmpstr (plain, ==, "sata0-0-0");
  g_assert_cmpstr (deep, ==, "virtio-disk0");
  g_assert_cmpstr (none, ==, "");
  for (const char **name = names; *name != NULL; name++)
    groups |= roost_stats_group_find (*name);
  g_assert_cmpuint (groups, ==, ROOST_STATS_ALL);
  g_assert_cmpuint (roost_stats_group_find ("all"), ==, ROOST_STATS_ALL);
  g_assert_cmpuint (roost_stats_group_find ("disks"), ==, 0);
  g_assert_true (roost_monitor_is_question ("query-status"));
  g_assert_true (roost_monitor_is_question ("qom-get"));
  g_assert_false (roost_monitor_is_question ("qom-set"));
  g_assert_false (roost_monitor_is_question ("stop"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stats/balloon", test_balloon);
  g_test_add_func ("/stats/block", test_block);
  g_test_add_func ("/stats/block-device", test_block_device);
  g_test_add_func ("/stats/block-lies", test_block_lies);
  g_test_add_func ("/stats/threads", test_threads);
  g_test_add_func ("/stats/jobs", test_jobs);
  g_test_add_func ("/stats/qemu", test_qemu);
  g_test_add_func ("/stats/interface", test_interface);
  g_test_add_func ("/stats/switch", test_switch);
  g_test_add_func ("/stats/addresses", test_addresses);
  g_test_add_func ("/stats/names", test_names);
  return g_test_run ();
}
