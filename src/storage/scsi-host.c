/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/scsi-host.h"

#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define FC_HOSTS "class/fc_host"

/* --- files --- */

/* Returns: (transfer full) (nullable): its text without what surrounds it */
static char *
read_file (const char *folder, const char *name, const char *file)
{
  g_autofree char *path = g_build_filename (folder, name, file, NULL);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? g_strstrip (text) : NULL;
}

/* World wide names are shown with "0x". */
static gboolean
file_is (const char *folder, const char *name, const char *file, const char *text)
{
  g_autofree char *value = read_file (folder, name, file);

  if (value == NULL || text == NULL)
    return FALSE;
  return g_ascii_strcasecmp (g_str_has_prefix (value, "0x") ? value + 2 : value, text) == 0;
}

static gboolean
has_file (const char *folder, const char *name, const char *file)
{
  g_autofree char *path = g_build_filename (folder, name, file, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static gboolean
write_file (
    const char *folder, const char *name, const char *file, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, file, NULL);
  g_auto (RoostFd) fd = open (path, O_WRONLY | O_CLOEXEC);

  if (fd < 0 || write (fd, text, strlen (text)) != (gssize)strlen (text))
    return roost_throw_errno (error, errno, "cannot write '%s' to '%s'", text, path);
  return TRUE;
}

/* --- which host --- */

/* "host3" of a name such as "scsi_host3" or "3". */
static char *
host_by_name (const char *name)
{
  const char *digits = name + strcspn (name, "0123456789");

  return *digits != '\0' ? g_strdup_printf ("host%s", digits) : NULL;
}

typedef gboolean (*Accept) (const char *folder, const char *name, const RoostPoolAdapter *adapter);

/* Returns: (transfer full) (nullable): the first host in the class @folder that @accept takes */
static char *
find_in_class (const char *folder, Accept accept, const RoostPoolAdapter *adapter)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (accept (folder, name, adapter))
      return g_strdup (name);
  return NULL;
}

static gboolean
has_wwns (const char *folder, const char *name, const RoostPoolAdapter *adapter)
{
  return file_is (folder, name, "node_name", adapter->wwnn)
         && file_is (folder, name, "port_name", adapter->wwpn);
}

static gboolean
is_at_address (const char *folder, const char *name, const RoostPoolAdapter *adapter)
{
  g_autofree char *slot = g_strdup_printf ("/%04x:%02x:%02x.%x/", (guint)adapter->domain.value,
                                           (guint)adapter->bus.value, (guint)adapter->slot.value,
                                           (guint)adapter->function.value);
  g_autofree char *id = g_strdup_printf ("%u", (guint)adapter->unique_id.value);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *target = g_file_read_link (path, NULL);

  return target != NULL && strstr (target, slot) != NULL && file_is (folder, name, "unique_id", id);
}

char *
roost_scsi_host_find (const char *sys, const RoostPoolAdapter *adapter, GError **error)
{
  g_autofree char *fc_hosts = g_build_filename (sys, FC_HOSTS, NULL);
  g_autofree char *hosts = g_build_filename (sys, "class/scsi_host", NULL);
  g_autofree char *host = NULL;

  if (adapter->type == ROOST_ADAPTER_TYPE_FC_HOST)
    host = find_in_class (fc_hosts, has_wwns, adapter);
  else if (adapter->name != NULL)
    host = host_by_name (adapter->name);
  else
    host = find_in_class (hosts, is_at_address, adapter);
  if (host != NULL && has_file (hosts, host, ""))
    return g_steal_pointer (&host);
  roost_throw (error, ROOST_ERROR_NOT_FOUND, "this host has no such SCSI adapter");
  return NULL;
}

/* --- its disks --- */

/* /sys/bus/scsi/devices/H:C:T:L/block/NAME */
void
roost_scsi_host_disks (const char *sys, const char *host, GPtrArray *disks, GPtrArray *units)
{
  g_autofree char *folder = g_build_filename (sys, "bus/scsi/devices", NULL);
  g_autofree char *prefix = g_strdup_printf ("%s:", host + strlen ("host"));
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *block = g_build_filename (folder, name, "block", NULL);
      g_autoptr (GDir) inside =
          g_str_has_prefix (name, prefix) ? g_dir_open (block, 0, NULL) : NULL;
      const char *disk = inside != NULL ? g_dir_read_name (inside) : NULL;

      if (disk == NULL)
        continue;
      g_ptr_array_add (disks, g_strdup (disk));
      g_ptr_array_add (units, g_strconcat ("unit:", name + strlen (prefix), NULL));
    }
}

void
roost_scsi_host_scan (const char *sys, const char *host)
{
  g_autofree char *folder = g_build_filename (sys, "class/scsi_host", NULL);

  write_file (folder, host, "scan", "- - -", NULL);
}

/* --- virtual hosts --- */

static gboolean
is_parent_by_wwns (const char *folder, const char *name, const RoostPoolAdapter *adapter)
{
  return file_is (folder, name, "node_name", adapter->parent_wwnn)
         && file_is (folder, name, "port_name", adapter->parent_wwpn);
}

static gboolean
is_parent_by_fabric (const char *folder, const char *name, const RoostPoolAdapter *adapter)
{
  return has_file (folder, name, "vport_create")
         && file_is (folder, name, "fabric_name", adapter->parent_fabric_wwn);
}

/* Is on line, and has room for one more? */
static gboolean
has_room (const char *folder, const char *name, const RoostPoolAdapter *adapter)
{
  g_autofree char *most = read_file (folder, name, "max_npiv_vports");
  g_autofree char *used = read_file (folder, name, "npiv_vports_inuse");

  return has_file (folder, name, "vport_create") && file_is (folder, name, "port_state", "Online")
         && most != NULL && used != NULL
         && g_ascii_strtoull (used, NULL, 10) < g_ascii_strtoull (most, NULL, 10);
}

static char *
find_parent (const char *folder, const RoostPoolAdapter *adapter)
{
  if (adapter->parent != NULL)
    return host_by_name (adapter->parent);
  if (adapter->parent_wwnn != NULL)
    return find_in_class (folder, is_parent_by_wwns, adapter);
  if (adapter->parent_fabric_wwn != NULL)
    return find_in_class (folder, is_parent_by_fabric, adapter);
  return find_in_class (folder, has_room, adapter);
}

static char *
wwns_of (const RoostPoolAdapter *adapter)
{
  return g_strdup_printf ("%s:%s", adapter->wwpn, adapter->wwnn);
}

gboolean
roost_scsi_host_create (const char *sys, const RoostPoolAdapter *adapter, GError **error)
{
  g_autofree char *folder = g_build_filename (sys, FC_HOSTS, NULL);
  g_autofree char *parent = find_parent (folder, adapter);
  g_autofree char *wwns = wwns_of (adapter);

  if (parent == NULL || !has_file (folder, parent, ""))
    return roost_throw (error, ROOST_ERROR_NOT_FOUND,
                        "this host has no Fibre Channel adapter%s%s that the virtual one %s could "
                        "be made of",
                        adapter->parent != NULL ? " " : "",
                        adapter->parent != NULL ? adapter->parent : "", wwns);
  if (!has_file (folder, parent, "vport_create"))
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the Fibre Channel adapter %s has no virtual ones", parent);
  return write_file (folder, parent, "vport_create", wwns, error);
}

/* The link of a virtual host leads through its parent: "…/host4/vport-4:0-0/host5/…". */
static char *
parent_of (const char *folder, const char *host)
{
  g_autofree char *path = g_build_filename (folder, host, NULL);
  g_autofree char *target = g_file_read_link (path, NULL);
  const char *port = target != NULL ? strstr (target, "/vport-") : NULL;

  return port != NULL ? g_strdup_printf (
             "host%u", (guint)g_ascii_strtoull (port + strlen ("/vport-"), NULL, 10))
                      : NULL;
}

gboolean
roost_scsi_host_destroy (const char *sys, const RoostPoolAdapter *adapter, GError **error)
{
  g_autofree char *folder = g_build_filename (sys, FC_HOSTS, NULL);
  g_autofree char *host = find_in_class (folder, has_wwns, adapter);
  g_autofree char *parent = host != NULL ? parent_of (folder, host) : NULL;
  g_autofree char *wwns = wwns_of (adapter);

  if (host == NULL)
    return TRUE;
  if (parent == NULL)
    parent = find_parent (folder, adapter);
  return parent != NULL ? write_file (folder, parent, "vport_delete", wwns, error)
                        : roost_throw (error, ROOST_ERROR_NOT_FOUND,
                                       "the adapter of the virtual one %s is gone", wwns);
}
