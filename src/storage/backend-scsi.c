/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* scsi and mpath: disks that the host sees; their volumes are made elsewhere. */

#include "base/compat.h"
#include "base/error.h"
#include "storage/backend-tools.h"

#include <string.h>

/* --- scsi: the disks of an adapter --- */

typedef struct
{
  const RoostPoolAdapter *adapter;
  char *host;       /* "host3" */
  GPtrArray *disks; /* of char *: "sda" */
  GPtrArray *units; /* of char *: "unit:0:1:0" */
} Adapter;

static gboolean
file_is (const char *folder, const char *name, const char *file, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, file, NULL);
  g_autofree char *content = NULL;
  const char *value;

  if (!g_file_get_contents (path, &content, NULL, NULL))
    return FALSE;
  value = g_strstrip (content);
  return g_ascii_strcasecmp (g_str_has_prefix (value, "0x") ? value + 2 : value, text) == 0;
}

/* "host3" of a name such as "scsi_host3" or "3". */
static char *
host_by_name (const char *name)
{
  const char *digits = name + strcspn (name, "0123456789");

  return *digits != '\0' ? g_strdup_printf ("host%s", digits) : NULL;
}

static char *
host_by_wwn (const RoostPoolAdapter *adapter)
{
  const char *folder = "/sys/class/fc_host";
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (file_is (folder, name, "node_name", adapter->wwnn)
        && file_is (folder, name, "port_name", adapter->wwpn))
      return g_strdup (name);
  return NULL;
}

static char *
host_by_parent (const RoostPoolAdapter *adapter)
{
  const char *folder = "/sys/class/scsi_host";
  g_autofree char *slot = g_strdup_printf ("/%04x:%02x:%02x.%x/", (guint)adapter->domain.value,
                                           (guint)adapter->bus.value, (guint)adapter->slot.value,
                                           (guint)adapter->function.value);
  g_autofree char *id = g_strdup_printf ("%u", (guint)adapter->unique_id.value);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);

      if (target != NULL && strstr (target, slot) != NULL
          && file_is (folder, name, "unique_id", id))
        return g_strdup (name);
    }
  return NULL;
}

/* /sys/bus/scsi/devices/H:C:T:L/block/NAME */
static void
find_disks (Adapter *work)
{
  const char *folder = "/sys/bus/scsi/devices";
  g_autofree char *prefix = g_strdup_printf ("%s:", work->host + strlen ("host"));
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *block = g_build_filename (folder, name, "block", NULL);
      g_autoptr (GDir) disks = g_str_has_prefix (name, prefix) ? g_dir_open (block, 0, NULL) : NULL;
      const char *disk = disks != NULL ? g_dir_read_name (disks) : NULL;

      if (disk == NULL)
        continue;
      g_ptr_array_add (work->disks, g_strdup (disk));
      g_ptr_array_add (work->units, g_strconcat ("unit:", name + strlen (prefix), NULL));
    }
}

static gboolean
look_at_adapter (gpointer p, GCancellable *cancellable, GError **error)
{
  Adapter *work = p;
  const RoostPoolAdapter *adapter = work->adapter;
  g_autofree char *path = NULL;

  if (adapter->type == ROOST_ADAPTER_TYPE_FC_HOST)
    work->host = host_by_wwn (adapter);
  else
    work->host = adapter->name != NULL ? host_by_name (adapter->name) : host_by_parent (adapter);
  path = g_strconcat ("/sys/class/scsi_host/", work->host, NULL);
  if (work->host == NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    return roost_throw (error, ROOST_ERROR_NOT_FOUND, "this host has no such SCSI adapter");
  find_disks (work);
  return TRUE;
}

static gboolean
scsi_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  g_autoptr (RoostPoolConfig) config = roost_pool_config_copy (pool->config);
  g_autoptr (GPtrArray) disks = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) units = g_ptr_array_new_with_free_func (g_free);
  Adapter work = { .adapter = config->adapter, .disks = disks, .units = units };
  gboolean good = co_thread (look_at_adapter, &work, NULL, error);

  g_free (work.host);
  if (!good)
    return FALSE;
  roost_scan_begin (out);
  for (guint i = 0; i < disks->len; i++)
    {
      g_autofree char *path = g_build_filename ("/dev", disks->pdata[i], NULL);

      roost_scan_add (out, units->pdata[i], path, ROOST_VOLUME_TYPE_BLOCK, 0);
    }
  return roost_scan_measure (out, error);
}

static gboolean
nothing_to_start (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  return TRUE; /* the scan that follows finds it, or not */
}

const RoostBackend roost_backend_scsi = {
  .kind = ROOST_POOL_KIND_SCSI,
  .flags = ROOST_BACKEND_PRIVILEGED,
  .start = nothing_to_start,
  .is_active = roost_always_active,
  .scan = scsi_scan,
};

/* --- mpath: what device-mapper joins --- */

static gboolean
mpath_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  g_autofree char *text = roost_argv_ask (
      roost_argv_begin ("dmsetup", "ls", "--target", "multipath", NULL), cancellable, error);
  g_auto (GStrv) lines = text != NULL ? g_strsplit (text, "\n", -1) : NULL;

  if (lines == NULL)
    return FALSE;
  roost_scan_begin (out);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      /* "mpatha	(253:0)"; "No devices found" */
      g_autofree char *name = g_strndup (lines[i], strcspn (lines[i], "\t"));
      g_autofree char *path = g_build_filename (pool->config->path, name, NULL);

      if (strchr (lines[i], '\t') != NULL)
        roost_scan_add (out, name, path, ROOST_VOLUME_TYPE_BLOCK, 0);
    }
  return roost_scan_measure (out, error);
}

static const char *const mpath_tools[] = { "dmsetup", NULL };

const RoostBackend roost_backend_mpath = {
  .kind = ROOST_POOL_KIND_MPATH,
  .flags = ROOST_BACKEND_PRIVILEGED,
  .tools = mpath_tools,
  .start = nothing_to_start,
  .is_active = roost_always_active,
  .scan = mpath_scan,
};
