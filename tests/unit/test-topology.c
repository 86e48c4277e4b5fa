/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/topology.h"

#include <glib/gstdio.h>
#include <string.h>

static void
write_file (const char *root, const char *path, const char *text)
{
  g_autofree char *whole = g_build_filename (root, path, NULL);
  g_autofree char *folder = g_path_get_dirname (whole);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (whole, text, -1, NULL));
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
test_nodes (void)
{
  g_autofree char *root = g_dir_make_tmp ("roost-topology-XXXXXX", NULL);
  g_autofree char *xml = NULL;

  write_file (root, "node/online", "0,2\n");
  write_file (root, "node/node0/cpulist", "0-1\n");
  write_file (root, "node/node0/meminfo", "Node 0 MemTotal:  2048 kB\nNode 0 MemFree: 1 kB\n");
  write_file (root, "node/node2/cpulist", "0-99999999999,x,\n"); /* absurd: none of it */
  write_file (root, "cpu/cpu1/topology/core_id", "7\n");
  write_file (root, "cpu/cpu1/topology/thread_siblings_list", "1\n");
  xml = roost_host_topology_xml (root);
  g_assert_cmpstr (xml, ==,
                   "  <topology>\n    <cells num='2'>\n"
                   "      <cell id='0'>\n        <memory unit='KiB'>2048</memory>\n"
                   "        <cpus num='2'>\n          <cpu id='0'/>\n"
                   "          <cpu id='1' core_id='7' siblings='1'/>\n"
                   "        </cpus>\n      </cell>\n"
                   "      <cell id='2'>\n        <memory unit='KiB'>0</memory>\n"
                   "        <cpus num='0'>\n        </cpus>\n      </cell>\n"
                   "    </cells>\n  </topology>\n");
  remove_tree (root);
}

static void
test_nothing (void)
{
  g_autofree char *xml = roost_host_topology_xml ("/nonexistent");

  g_assert_nonnull (strstr (xml, "<cells num='0'>"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/topology/nodes", test_nodes);
  g_test_add_func ("/topology/nothing", test_nothing);
  return g_test_run ();
}
