/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/host-config.h"

#include "base/error.h"

#include <string.h>

static void
hugetlbfs_free (gpointer data)
{
  RoostHugetlbfs *mount = data;

  g_free (mount->path);
  g_free (mount);
}

RoostHostConfig *
roost_host_config_new (void)
{
  RoostHostConfig *config = g_new0 (RoostHostConfig, 1);

  config->vnc_tls.dir = g_strdup ("/etc/pki/libvirt-vnc");
  config->spice_tls.dir = g_strdup ("/etc/pki/libvirt-spice");
  config->chardev_tls.dir = g_strdup ("/etc/pki/libvirt-chardev");
  config->nbd_tls.dir = g_strdup ("/etc/pki/libvirt-nbd");
  config->vnc_listen = g_strdup ("127.0.0.1");
  config->spice_listen = g_strdup ("127.0.0.1");
  config->memory_backing_dir = g_strdup ("/dev/shm/roost");
  config->lends_files = TRUE;
  config->has_sandbox = TRUE;
  config->log = (RoostLogConfig){ .max_size = 2 * 1024 * 1024, .keep = 3, .check_s = 30 };
  config->power = (RoostPowerConfig){
    .on_host_shutdown = ROOST_LEAVE_SHUTDOWN,
    .timeout_s = 80,
    .parallel = 4,
    .inhibit_jobs = TRUE,
    .inhibit_guests = TRUE,
  };
  config->hook_s = 30;
  config->after_pause_s = 60;
  config->after_sleep = TRUE;
  return config;
}

RoostHostConfig *
roost_host_config_new_preview (void)
{
  RoostHostConfig *config = roost_host_config_new ();

  config->spice_tls.is_on = TRUE;
  config->spice_has_ticket = TRUE;
  return config;
}

static void
tls_clear (RoostTlsConfig *tls)
{
  g_free (tls->dir);
  g_free (tls->secret_uuid);
}

void
roost_host_config_free (RoostHostConfig *config)
{
  if (config == NULL)
    return;
  tls_clear (&config->vnc_tls);
  tls_clear (&config->spice_tls);
  tls_clear (&config->chardev_tls);
  tls_clear (&config->nbd_tls);
  g_free (config->vnc_sasl_dir);
  g_free (config->vnc_listen);
  g_free (config->spice_listen);
  g_free (config->memory_backing_dir);
  g_free (config->dump_dir);
  g_clear_pointer (&config->hugetlbfs, g_ptr_array_unref);
  g_free (config);
}

/* --- the file: one row a key --- */

typedef enum
{
  KEY_BOOLEAN,
  KEY_STRING,
  KEY_UINT,
  KEY_SIZE, /* bytes */
  KEY_LEAVE,
} KeyKind;

typedef struct
{
  const char *group;
  const char *key;
  KeyKind kind;
  gsize offset;
  guint64 min, max; /* of a number */
} KeyRow;

#define ROW(group, key, kind, member)                                                              \
  {                                                                                                \
    group, key, kind, G_STRUCT_OFFSET (RoostHostConfig, member), 0, 0                              \
  }
#define RANGE(group, key, kind, member, min, max)                                                  \
  {                                                                                                \
    group, key, kind, G_STRUCT_OFFSET (RoostHostConfig, member), min, max                          \
  }
#define TLS_ROWS(group, member)                                                                    \
  ROW (group, "tls", KEY_BOOLEAN, member.is_on),                                                   \
      ROW (group, "tls-verify", KEY_BOOLEAN, member.verify),                                       \
      ROW (group, "tls-dir", KEY_STRING, member.dir),                                              \
      ROW (group, "tls-secret", KEY_STRING, member.secret_uuid)

static const KeyRow rows[] = {
  TLS_ROWS ("vnc", vnc_tls),
  TLS_ROWS ("spice", spice_tls),
  TLS_ROWS ("chardev", chardev_tls),
  TLS_ROWS ("nbd", nbd_tls),
  ROW ("vnc", "sasl", KEY_BOOLEAN, vnc_sasl),
  ROW ("vnc", "sasl-dir", KEY_STRING, vnc_sasl_dir),
  ROW ("vnc", "auto-unix-socket", KEY_BOOLEAN, vnc_auto_unix_socket),
  ROW ("vnc", "listen", KEY_STRING, vnc_listen),
  ROW ("spice", "listen", KEY_STRING, spice_listen),
  ROW ("memory", "backing-dir", KEY_STRING, memory_backing_dir),
  ROW ("process", "sandbox", KEY_BOOLEAN, has_sandbox),
  ROW ("storage", "dynamic-ownership", KEY_BOOLEAN, lends_files),
  RANGE ("log", "max-size", KEY_SIZE, log.max_size, 4096, G_MAXINT64),
  RANGE ("log", "keep", KEY_UINT, log.keep, 0, 100),
  RANGE ("log", "check-every", KEY_UINT, log.check_s, 1, 3600),
  ROW ("dump", "auto-dump", KEY_STRING, dump_dir),
  RANGE ("hooks", "timeout", KEY_UINT, hook_s, 1, 3600),
  RANGE ("time", "after-pause", KEY_UINT, after_pause_s, 0, 7 * 24 * 3600),
  ROW ("time", "after-sleep", KEY_BOOLEAN, after_sleep),
  ROW ("power", "on-logout", KEY_LEAVE, power.on_logout),
  ROW ("power", "on-host-shutdown", KEY_LEAVE, power.on_host_shutdown),
  RANGE ("power", "shutdown-timeout", KEY_UINT, power.timeout_s, 1, 24 * 3600),
  RANGE ("power", "parallel", KEY_UINT, power.parallel, 1, 1000),
  ROW ("power", "inhibit-jobs", KEY_BOOLEAN, power.inhibit_jobs),
  ROW ("power", "inhibit-guests", KEY_BOOLEAN, power.inhibit_guests),
};

static const char *const leave_names[] = {
  [ROOST_LEAVE_KEEP] = "keep",
  [ROOST_LEAVE_SHUTDOWN] = "shutdown",
  [ROOST_LEAVE_SHUTDOWN_DESTROY] = "shutdown-destroy",
};

static const KeyRow *
find_row (const char *group, const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      if (g_str_equal (rows[i].group, group) && g_str_equal (rows[i].key, key))
        return &rows[i];
    }
  return NULL;
}

static gboolean
read_number (const KeyRow *row, GKeyFile *file, guint64 *out, GError **error)
{
  g_autoptr (GError) reason = NULL;
  guint64 number = g_key_file_get_uint64 (file, row->group, row->key, &reason);

  if (reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  *out = number;
  if (number >= row->min && number <= row->max)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                      "%" G_GUINT64_FORMAT " is not between %" G_GUINT64_FORMAT
                      " and %" G_GUINT64_FORMAT,
                      number, row->min, row->max);
}

static void
read_leave (const KeyRow *row, GKeyFile *file, RoostLeave *out, GError **error)
{
  g_autofree char *name = g_key_file_get_string (file, row->group, row->key, error);

  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (leave_names); i++)
    if (g_str_equal (leave_names[i], name))
      {
        *out = (RoostLeave)i;
        return;
      }
  if (name != NULL)
    roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                 "“%s” is none of keep, shutdown, shutdown-destroy", name);
}

static void
read_value (const KeyRow *row, GKeyFile *file, gpointer member, GError **error)
{
  guint64 number = 0;

  switch (row->kind)
    {
    case KEY_BOOLEAN:
      *(gboolean *)member = g_key_file_get_boolean (file, row->group, row->key, error);
      return;
    case KEY_STRING:
      g_free (*(char **)member);
      *(char **)member = g_key_file_get_string (file, row->group, row->key, error);
      return;
    case KEY_UINT:
      if (read_number (row, file, &number, error))
        *(guint *)member = (guint)number;
      return;
    case KEY_SIZE:
      if (read_number (row, file, &number, error))
        *(guint64 *)member = number;
      return;
    case KEY_LEAVE:
      read_leave (row, file, member, error);
      return;
    default:
      g_assert_not_reached ();
    }
}

static gboolean
read_key (
    RoostHostConfig *config, GKeyFile *file, const char *group, const char *key, GError **error)
{
  const KeyRow *row = find_row (group, key);
  g_autoptr (GError) reason = NULL;

  if (row == NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "[%s] has no key “%s”", group, key);
  read_value (row, file, G_STRUCT_MEMBER_P (config, row->offset), &reason);
  if (reason != NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "[%s] %s: %s", group, key,
                        reason->message);
  return TRUE;
}

static gboolean
read_group (RoostHostConfig *config, GKeyFile *file, const char *group, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, group, NULL, NULL);

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      if (!read_key (config, file, group, keys[i], error))
        return FALSE;
    }
  return TRUE;
}

RoostHostConfig *
roost_host_config_load (const char *path, GError **error)
{
  g_autoptr (RoostHostConfig) config = roost_host_config_new ();
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) reason = NULL;
  g_auto (GStrv) groups = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &reason))
    {
      if (g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return g_steal_pointer (&config);
      roost_throw (error,
                   reason->domain == G_FILE_ERROR ? ROOST_ERROR_IO : ROOST_ERROR_INVALID_ARGUMENT,
                   "%s: %s", path, reason->message);
      return NULL;
    }
  groups = g_key_file_get_groups (file, NULL);
  for (guint i = 0; groups[i] != NULL; i++)
    {
      if (!read_group (config, file, groups[i], error))
        {
          g_prefix_error (error, "%s: ", path);
          return NULL;
        }
    }
  return g_steal_pointer (&config);
}

/* --- huge pages --- */

#define USUAL_HUGE_PAGE (2 * 1024 * 1024)

guint64
roost_host_config_default_huge_page (gboolean is_dry)
{
  g_autofree char *text = NULL;
  const char *at;

  if (is_dry || !g_file_get_contents ("/proc/meminfo", &text, NULL, NULL))
    return USUAL_HUGE_PAGE;
  at = strstr (text, "Hugepagesize:");
  return at != NULL ? g_ascii_strtoull (at + strlen ("Hugepagesize:"), NULL, 10) * 1024
                    : USUAL_HUGE_PAGE;
}

/* "2M", "1G", "64K" */
static char *
size_name (guint64 size)
{
  const char units[] = "KMG";
  guint unit = 0;

  size /= 1024;
  while (size >= 1024 && size % 1024 == 0 && unit < 2)
    {
      size /= 1024;
      unit++;
    }
  return g_strdup_printf ("%" G_GUINT64_FORMAT "%c", size, units[unit]);
}

static guint64
mount_page_size (const char *options)
{
  const char *at = strstr (options, "pagesize=");
  char *end = NULL;
  guint64 size;

  if (at == NULL)
    return USUAL_HUGE_PAGE;
  size = g_ascii_strtoull (at + strlen ("pagesize="), &end, 10);
  switch (*end)
    {
    case 'K':
      return size << 10;
    case 'M':
      return size << 20;
    case 'G':
      return size << 30;
    default:
      return size;
    }
}

static GPtrArray *
read_mounts (void)
{
  GPtrArray *mounts = g_ptr_array_new_with_free_func (hugetlbfs_free);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/mounts", &text, NULL, NULL))
    return mounts;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (lines[i], " ", 5);
      RoostHugetlbfs *mount;

      if (g_strv_length (parts) < 4 || !g_str_equal (parts[2], "hugetlbfs"))
        continue;
      mount = g_new0 (RoostHugetlbfs, 1);
      mount->path = g_strdup (parts[1]);
      mount->page_size = mount_page_size (parts[3]);
      g_ptr_array_add (mounts, mount);
    }
  return mounts;
}

static char *
find_mount (GPtrArray *mounts, guint64 page_size)
{
  for (guint i = 0; i < mounts->len; i++)
    {
      const RoostHugetlbfs *mount = mounts->pdata[i];

      if (mount->page_size == page_size)
        return g_strdup (mount->path);
    }
  return NULL;
}

char *
roost_host_config_huge_page_dir (const RoostHostConfig *config, guint64 page_size, gboolean is_dry)
{
  g_autofree char *name = NULL;
  g_autoptr (GPtrArray) mounts = NULL;

  if (config->hugetlbfs != NULL)
    return find_mount (config->hugetlbfs, page_size);
  if (is_dry)
    {
      name = size_name (page_size);
      return g_strconcat ("/dev/hugepages", name, NULL);
    }
  mounts = read_mounts ();
  return find_mount (mounts, page_size);
}
