/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* SCSI hosts in a copy of sysfs: which one is meant, its disks, and virtual ones of Fibre Channel.
 */

#include "base/error.h"
#include "storage/scsi-host.h"

#include <glib/gstdio.h>
#include <unistd.h>

#define WWNN  "20000000c9831b4b"
#define WWPN  "10000000c9831b4b"
#define VWWNN "5001a4a93526d0a1"
#define VWWPN "5001a4ace3ee047d"

typedef struct
{
  char *sys;
} Fixture;

static void
put (const Fixture *f, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (f->sys, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
put_link (const Fixture *f, const char *name, const char *target)
{
  g_autofree char *path = g_build_filename (f->sys, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_cmpint (symlink (target, path), ==, 0);
}

static void
expect_file (const Fixture *f, const char *name, const char *wanted)
{
  g_autofree char *path = g_build_filename (f->sys, name, NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, wanted);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->sys = g_dir_make_tmp ("sys-XXXXXX", NULL);
  put (f, "class/scsi_host/host3/unique_id", "1\n");
  put (f, "devices/pci0000:00/0000:00:1f.2/ata1/host4/scsi_host/host4/unique_id", "7\n");
  put_link (f, "class/scsi_host/host4",
            "../../devices/pci0000:00/0000:00:1f.2/ata1/host4/scsi_host/host4");
  put (f, "bus/scsi/devices/3:0:1:0/block/sdb/size", "1");
  put (f, "bus/scsi/devices/3:0:2:0/type", "13");
  put (f, "bus/scsi/devices/4:0:0:0/block/sda/size", "1");
  put (f, "class/fc_host/host3/node_name", "0x" WWNN "\n");
  put (f, "class/fc_host/host3/port_name", "0x" WWPN "\n");
  put (f, "class/fc_host/host3/fabric_name", "0x100000\n");
  put (f, "class/fc_host/host3/port_state", "Online\n");
  put (f, "class/fc_host/host3/max_npiv_vports", "2\n");
  put (f, "class/fc_host/host3/npiv_vports_inuse", "0\n");
  put (f, "class/fc_host/host3/vport_create", "");
  put (f, "class/fc_host/host3/vport_delete", "");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  const char *argv[] = { "rm", "-rf", f->sys, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
  g_free (f->sys);
}

static RoostPoolAdapter
fc_host (const char *parent)
{
  return (RoostPoolAdapter){ .type = ROOST_ADAPTER_TYPE_FC_HOST,
                             .parent = (char *)parent,
                             .wwnn = (char *)VWWNN,
                             .wwpn = (char *)VWWPN };
}

static void
expect_host (const Fixture *f, const RoostPoolAdapter *adapter, const char *wanted)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *host = roost_scsi_host_find (f->sys, adapter, &error);

  g_assert_cmpstr (host, ==, wanted);
  if (wanted == NULL)
    g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_FOUND);
}

static void
test_find (Fixture *f, gconstpointer data)
{
  const RoostPoolAdapter by_name = { .name = (char *)"scsi_host3" };
  const RoostPoolAdapter none = { .name = (char *)"host9" };
  const RoostPoolAdapter by_address = { .slot = { 0x1f, TRUE },
                                        .function = { 2, TRUE },
                                        .unique_id = { 7, TRUE } };
  const RoostPoolAdapter by_wwn = { .type = ROOST_ADAPTER_TYPE_FC_HOST,
                                    .wwnn = (char *)"20000000C9831B4B",
                                    .wwpn = (char *)WWPN };
  const RoostPoolAdapter absent = fc_host (NULL);

  expect_host (f, &by_name, "host3");
  expect_host (f, &none, NULL);
  expect_host (f, &by_address, "host4");
  expect_host (f, &by_wwn, "host3");
  expect_host (f, &absent, NULL);
}

static void
test_disks (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) disks = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) units = g_ptr_array_new_with_free_func (g_free);

  roost_scsi_host_disks (f->sys, "host3", disks, units);
  g_assert_cmpuint (disks->len, ==, 1);
  g_assert_cmpstr (disks->pdata[0], ==, "sdb");
  g_assert_cmpstr (units->pdata[0], ==, "unit:0:1:0");
  put (f, "class/scsi_host/host3/scan", "");
  roost_scsi_host_scan (f->sys, "host3");
  expect_file (f, "class/scsi_host/host3/scan", "- - -");
}

static void
expect_created (Fixture *f, const RoostPoolAdapter *adapter)
{
  g_autoptr (GError) error = NULL;

  put (f, "class/fc_host/host3/vport_create", "");
  roost_scsi_host_create (f->sys, adapter, &error);
  g_assert_no_error (error);
  expect_file (f, "class/fc_host/host3/vport_create", VWWPN ":" VWWNN);
}

static void
expect_refused (Fixture *f, const RoostPoolAdapter *adapter, RoostError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (roost_scsi_host_create (f->sys, adapter, &error));
  g_assert_error (error, ROOST_ERROR, (int)code);
}

static void
test_create (Fixture *f, gconstpointer data)
{
  const RoostPoolAdapter any = fc_host (NULL);
  const RoostPoolAdapter by_name = fc_host ("scsi_host3");
  const RoostPoolAdapter wrong_name = fc_host ("scsi_host8");
  const RoostPoolAdapter no_fibre = fc_host ("scsi_host4");
  const RoostPoolAdapter old = fc_host ("host5");
  RoostPoolAdapter by_wwns = fc_host (NULL);
  RoostPoolAdapter by_fabric = fc_host (NULL);

  by_wwns.parent_wwnn = (char *)WWNN;
  by_wwns.parent_wwpn = (char *)WWPN;
  by_fabric.parent_fabric_wwn = (char *)"100000";
  expect_created (f, &any);
  expect_created (f, &by_name);
  expect_created (f, &by_wwns);
  expect_created (f, &by_fabric);
  expect_refused (f, &wrong_name, ROOST_ERROR_NOT_FOUND);
  expect_refused (f, &no_fibre, ROOST_ERROR_NOT_FOUND);
  put (f, "class/fc_host/host3/npiv_vports_inuse", "2\n");
  expect_refused (f, &any, ROOST_ERROR_NOT_FOUND);
  put (f, "class/fc_host/host5/node_name", "0x1");
  expect_refused (f, &old, ROOST_ERROR_NOT_SUPPORTED);
}

static void
test_destroy (Fixture *f, gconstpointer data)
{
  const RoostPoolAdapter adapter = fc_host (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (roost_scsi_host_destroy (f->sys, &adapter, &error)); /* it is gone */
  expect_file (f, "class/fc_host/host3/vport_delete", "");
  put (f, "devices/pci/host3/vport-3:0-0/host6/fc_host/host6/node_name", "0x" VWWNN "\n");
  put (f, "devices/pci/host3/vport-3:0-0/host6/fc_host/host6/port_name", "0x" VWWPN "\n");
  put_link (f, "class/fc_host/host6", "../../devices/pci/host3/vport-3:0-0/host6/fc_host/host6");
  g_assert_true (roost_scsi_host_destroy (f->sys, &adapter, &error));
  expect_file (f, "class/fc_host/host3/vport_delete", VWWPN ":" VWWNN);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/scsi-host/find", Fixture, NULL, set_up, test_find, tear_down);
  g_test_add ("/scsi-host/disks", Fixture, NULL, set_up, test_disks, tear_down);
  g_test_add ("/scsi-host/create", Fixture, NULL, set_up, test_create, tear_down);
  g_test_add ("/scsi-host/destroy", Fixture, NULL, set_up, test_destroy, tear_down);
  return g_test_run ();
}
