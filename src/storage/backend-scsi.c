/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* iscsi, scsi and mpath: disks that the host sees; their volumes are made elsewhere. */

#include "base/compat.h"
#include "base/error.h"
#include "storage/backend-tools.h"

#include <string.h>

#define ISCSI_PORT 3260

/* --- links in /dev/disk/by-path --- */

typedef struct
{
  char *folder; /* of the target */
  char *mark;   /* what a link's name holds */
  GPtrArray *names;
} Links;

static gboolean
read_links (gpointer p, GCancellable *cancellable, GError **error)
{
  Links *links = p;
  g_autoptr (GDir) dir = g_dir_open (links->folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (strstr (name, links->mark) != NULL && strstr (name, "-part") == NULL)
      g_ptr_array_add (links->names, g_strdup (name));
  return TRUE;
}

/* "…-lun-3" → "unit:0:0:3", as libvirt's users know them. */
static char *
unit_name (const char *link)
{
  const char *lun = g_strrstr (link, "-lun-");

  return lun != NULL ? g_strdup_printf ("unit:0:0:%s", lun + strlen ("-lun-")) : g_strdup (link);
}

static gboolean
scan_links (RoostPool *pool, const char *mark, RoostScan *out, GError **error)
{
  g_autofree char *folder = g_strdup (pool->config->path);
  g_autofree char *kept = g_strdup (mark);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  Links links = { folder, kept, names };

  if (!co_thread (read_links, &links, NULL, error))
    return FALSE;
  roost_scan_begin (out);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);
      g_autofree char *name = unit_name (names->pdata[i]);

      roost_scan_add (out, name, path, ROOST_VOLUME_TYPE_BLOCK, 0);
    }
  return roost_scan_measure (out, error);
}

/* --- iscsi --- */

static const char *
target_of (RoostPool *pool)
{
  return ((RoostPoolDevice *)pool->config->devices->pdata[0])->path;
}

static RoostArgv *
iscsi_command (RoostPool *pool)
{
  g_autofree char *portal = roost_pool_portal (pool->config, ISCSI_PORT);
  RoostArgv *argv = roost_argv_begin ("iscsiadm", "--mode", "node", "--portal", portal, NULL);

  roost_argv_add (argv, "--targetname", target_of (pool), NULL);
  if (pool->config->initiator != NULL)
    roost_argv_add (argv, "--interface", pool->config->initiator, NULL);
  return argv;
}

static gboolean
iscsi_is_active (RoostPool *pool)
{
  g_autofree char *text =
      roost_argv_ask (roost_argv_begin ("iscsiadm", "--mode", "session", NULL), NULL, NULL);
  g_auto (GStrv) words = text != NULL ? g_strsplit_set (text, " \n", -1) : NULL;

  return words != NULL && g_strv_contains ((const char *const *)words, target_of (pool));
}

static gboolean
iscsi_start (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  RoostArgv *argv;

  if (pool->config->auth != NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "a target that wants a password is not supported for pools");
  if (iscsi_is_active (pool))
    return TRUE;
  argv = iscsi_command (pool);
  roost_argv_add (argv, "--op", "new", NULL);
  if (!roost_argv_do (argv, cancellable, error))
    return FALSE;
  argv = iscsi_command (pool);
  roost_argv_add (argv, "--login", NULL);
  if (!roost_argv_do (argv, cancellable, error))
    return FALSE;
  /* Best effort: where there is no udev the links are there at once, or never. */
  if (roost_tool_exists ("udevadm"))
    roost_argv_do (roost_argv_begin ("udevadm", "settle", "--timeout=10", NULL), cancellable, NULL);
  return TRUE;
}

static gboolean
iscsi_stop (RoostPool *pool, GError **error)
{
  RoostArgv *argv;

  if (!iscsi_is_active (pool))
    return TRUE;
  argv = iscsi_command (pool);
  roost_argv_add (argv, "--logout", NULL);
  return roost_argv_do (argv, NULL, error);
}

static gboolean
iscsi_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  g_autofree char *mark = g_strdup_printf ("-iscsi-%s-lun-", target_of (pool));

  return scan_links (pool, mark, out, error);
}

/* "10.0.0.1:3260,1 iqn.2013-06.com.example:disk" */
static void
add_target (const char *line, gconstpointer host, GString *out)
{
  const char *name = strchr (line, ' ');
  g_autofree char *text = NULL;

  if (name == NULL)
    return;
  text = g_markup_printf_escaped (
      "  <source>\n    <host name='%s'/>\n    <device path='%s'/>\n  </source>\n",
      (const char *)host, name + 1);
  g_string_append (out, text);
}

static char *
iscsi_sources (const RoostPoolConfig *spec, GError **error)
{
  g_autofree char *portal = spec != NULL ? roost_pool_portal (spec, ISCSI_PORT) : NULL;
  g_autofree char *text = NULL;

  if (portal == NULL || *portal == '-')
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                   "say which server: <source><host name=''/>");
      return NULL;
    }
  text = roost_argv_ask (roost_argv_begin ("iscsiadm", "--mode", "discovery", "--type",
                                           "sendtargets", "--portal", portal, NULL),
                         NULL, error);
  return text != NULL
             ? roost_sources (text, add_target, ((RoostPoolHost *)spec->hosts->pdata[0])->name)
             : NULL;
}

static const char *const iscsi_tools[] = { "iscsiadm", NULL };

const RoostBackend roost_backend_iscsi = {
  .kind = ROOST_POOL_KIND_ISCSI,
  .flags = ROOST_BACKEND_PRIVILEGED,
  .tools = iscsi_tools,
  .start = iscsi_start,
  .stop = iscsi_stop,
  .is_active = iscsi_is_active,
  .scan = iscsi_scan,
  .find_sources = iscsi_sources,
};

/* --- iscsi-direct: QEMU speaks to the target itself; iscsi-ls of libiscsi lists it --- */

static char *
direct_url (RoostPool *pool)
{
  g_autofree char *portal = roost_pool_portal (pool->config, ISCSI_PORT);

  return g_strdup_printf ("iscsi://%s/%s", portal, target_of (pool));
}

/* "Lun:1    Type:DIRECT_ACCESS (Size:1G)" */
static void
add_lun (RoostPool *pool, const char *line, RoostScan *out)
{
  const char *lun = strstr (line, "Lun:");
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;
  g_autofree char *url = NULL;
  guint64 number;

  if (lun == NULL || strstr (line, "DIRECT_ACCESS") == NULL)
    return;
  number = roost_number (lun + strlen ("Lun:"));
  url = direct_url (pool);
  name = g_strdup_printf ("unit:0:0:%" G_GUINT64_FORMAT, number);
  path = g_strdup_printf ("%s/%" G_GUINT64_FORMAT, url, number);
  roost_scan_add (out, name, path, ROOST_VOLUME_TYPE_NETWORK, 0);
}

static gboolean
direct_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  g_autofree char *portal = roost_pool_portal (pool->config, ISCSI_PORT);
  g_autofree char *url = g_strdup_printf ("iscsi://%s", portal);
  g_autofree char *text =
      roost_argv_ask (roost_argv_begin ("iscsi-ls", "--show-luns", "--initiator-name",
                                        pool->config->initiator, url, NULL),
                      cancellable, error);
  g_auto (GStrv) lines = text != NULL ? g_strsplit (text, "\n", -1) : NULL;
  gboolean is_ours = FALSE;

  if (lines == NULL)
    return FALSE;
  roost_scan_begin (out);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit_set (lines[i], ": ", 2);

      if (g_str_has_prefix (lines[i], "Target:"))
        is_ours = words[1] != NULL && g_str_has_prefix (words[1], target_of (pool));
      else if (is_ours)
        add_lun (pool, lines[i], out);
    }
  return TRUE;
}

static gboolean
direct_start (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  return pool->config->auth == NULL
         || roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                         "a target that wants a password is not supported for pools");
}

static gboolean
always_active (RoostPool *pool)
{
  return TRUE;
}

static const char *const direct_tools[] = { "iscsi-ls", NULL };

const RoostBackend roost_backend_iscsi_direct = {
  .kind = ROOST_POOL_KIND_ISCSI_DIRECT,
  .tools = direct_tools,
  .start = direct_start,
  .is_active = always_active,
  .scan = direct_scan,
};

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
  .is_active = always_active,
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
  .is_active = always_active,
  .scan = mpath_scan,
};
