/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* fs, netfs and vstorage: what is mounted on a folder. */

#include "base/compat.h"
#include "base/error.h"
#include "storage/backend-files.h"
#include "storage/backend-tools.h"
#include "storage/pool-auth.h"

#include <string.h>

/* A server that does not answer holds mount(8) for minutes. */
#define MOUNT_MS (60 * 1000)

static const RoostPoolDevice *
first_device (const RoostPoolConfig *config)
{
  return config->devices->pdata[0];
}

static const RoostPoolHost *
first_host (const RoostPoolConfig *config)
{
  return config->hosts->pdata[0];
}

static gboolean
is_format (const RoostPoolConfig *config, const char *format)
{
  return g_strcmp0 (config->format, format) == 0;
}

/* What mount takes as its source. */
static char *
source_of (const RoostPoolConfig *config)
{
  const char *host;

  if (config->kind == ROOST_POOL_KIND_FS)
    return g_strdup (first_device (config)->path);
  if (config->kind == ROOST_POOL_KIND_VSTORAGE)
    return g_strdup_printf ("vstorage://%s", config->source_name);
  host = first_host (config)->name;
  if (is_format (config, "cifs"))
    return g_strdup_printf ("//%s/%s", host, config->dir + strspn (config->dir, "/"));
  return strchr (host, ':') != NULL ? g_strdup_printf ("[%s]:%s", host, config->dir)
                                    : g_strdup_printf ("%s:%s", host, config->dir);
}

static char *
options_of (const RoostPoolConfig *config)
{
  GString *options = g_string_new ("nodev,nosuid,noexec");
  RoostPoolOption *option;

  /* A lock that the server knows would keep qemu-img from writing what it has locked itself. */
  if (is_format (config, "cifs"))
    g_string_append_printf (options, ",nobrl,%s",
                            config->auth != NULL ? "credentials=/dev/stdin" : "guest");
  if (is_format (config, "glusterfs"))
    g_string_append (options, ",direct-io-mode=1");
  if (config->protocol_version != NULL)
    g_string_append_printf (options, is_format (config, "cifs") ? ",vers=%s" : ",nfsvers=%s",
                            config->protocol_version);
  ROOST_LIST_EACH (RoostPoolOption, option, config->mount_options)
    g_string_append_printf (options, ",%s", option->name);
  return g_string_free (options, FALSE);
}

/* --- what is mounted --- */

typedef struct
{
  const char *path;
  char *source; /* (nullable): what is mounted on it now */
} Mounted;

static gboolean
find_mount (gpointer p, GCancellable *cancellable, GError **error)
{
  Mounted *mounted = p;
  g_autofree char *text = NULL;

  if (!g_file_get_contents ("/proc/self/mounts", &text, NULL, error))
    return FALSE;
  mounted->source = roost_answer_mounted (text, mounted->path);
  return TRUE;
}

char *
roost_mounted_on (const char *path)
{
  Mounted mounted = { .path = path };

  co_thread (find_mount, &mounted, NULL, NULL);
  return mounted.source;
}

static char *
mounted_on (RoostPool *pool)
{
  g_autofree char *path = g_strdup (pool->config->path);

  return roost_mounted_on (path);
}

/* --- the functions --- */

/* What mount.cifs reads from a file: here its standard input, so that it is never on a disk.
 * Returns: (transfer full) */
static GBytes *
credentials_of (RoostPool *pool, GError **error)
{
  const char *user = pool->config->auth->username;
  const char *backslash = strchr (user, '\\');
  g_autofree char *domain = backslash != NULL ? g_strndup (user, (gsize)(backslash - user)) : NULL;
  g_autoptr (RoostWiped) password = roost_pool_auth_password (pool, error);

  if (password == NULL)
    return NULL;
  return roost_wiped_to_bytes (g_strdup_printf (
      "username=%s\npassword=%s\n%s%s%s", backslash != NULL ? backslash + 1 : user, password,
      domain != NULL ? "domain=" : "", domain != NULL ? domain : "", domain != NULL ? "\n" : ""));
}

static gboolean
check_auth (const RoostPoolConfig *config, GError **error)
{
  return config->auth == NULL || is_format (config, "cifs")
         || roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                         "only a file system of format 'cifs' takes a user and a password");
}

static gboolean
mount_it (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  const RoostPoolConfig *config = pool->config;
  RoostToolOptions options = { .timeout_ms = MOUNT_MS };
  g_autoptr (GBytes) credentials = NULL;
  g_autofree char *source = source_of (config);
  g_autofree char *mount_options = options_of (config);
  g_autofree char *output = NULL;
  RoostArgv *argv;

  if (config->auth != NULL)
    {
      options.input = credentials = credentials_of (pool, error);
      if (credentials == NULL)
        return FALSE;
    }
  if (config->kind == ROOST_POOL_KIND_VSTORAGE)
    argv = roost_argv_begin ("vstorage-mount", "-c", config->source_name, config->path, NULL);
  else
    {
      argv = roost_argv_begin ("mount", "-o", mount_options, NULL);
      if (!is_format (config, "auto"))
        roost_argv_add (argv, "-t", config->format, NULL);
      roost_argv_add (argv, source, config->path, NULL);
    }
  output = roost_argv_run (argv, &options, cancellable, error);
  return output != NULL;
}

static gboolean
mount_start (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  g_autofree char *there = mounted_on (pool);
  g_autofree char *source = source_of (pool->config);

  if (!check_auth (pool->config, error))
    return FALSE;
  if (there == NULL)
    return mount_it (pool, cancellable, error);
  return g_str_equal (there, source)
         || roost_throw (error, ROOST_ERROR_STORAGE, "'%s' is mounted on '%s'", there,
                         pool->config->path);
}

static gboolean
mount_stop (RoostPool *pool, GError **error)
{
  g_autofree char *there = mounted_on (pool);

  return there == NULL
         || roost_argv_do (roost_argv_begin ("umount", pool->config->path, NULL), NULL, error);
}

static gboolean
mount_is_active (RoostPool *pool)
{
  g_autofree char *there = mounted_on (pool);
  g_autofree char *source = source_of (pool->config);

  return g_strcmp0 (there, source) == 0;
}

static const char *
force_option (const char *format)
{
  if (g_str_has_prefix (format, "ext"))
    return "-F";
  return g_str_equal (format, "xfs") || g_str_equal (format, "btrfs")
                 || g_str_equal (format, "f2fs")
             ? "-f"
             : NULL;
}

static gboolean
make_file_system (const RoostPoolConfig *config, GCancellable *cancellable, GError **error)
{
  g_autofree char *program = g_strconcat ("mkfs.", config->format, NULL);
  const char *force = force_option (config->format);
  RoostArgv *argv;

  if (is_format (config, "auto"))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "say in <format> which file system is to be made");
  argv = roost_argv_begin (program, NULL);
  if (force != NULL)
    roost_argv_add (argv, force, NULL);
  roost_argv_add (argv, first_device (config)->path, NULL);
  return roost_argv_do (argv, cancellable, error);
}

static gboolean
mount_build (RoostPool *pool, gboolean overwrite, GCancellable *cancellable, GError **error)
{
  if (!roost_files_build (pool, FALSE, cancellable, error))
    return FALSE;
  return !overwrite || pool->config->kind != ROOST_POOL_KIND_FS
         || make_file_system (pool->config, cancellable, error);
}

/* --- exports of a server --- */

static void
add_export (const char *dir, gconstpointer host, GString *out)
{
  g_autofree char *text = g_markup_printf_escaped (
      "  <source>\n    <host name='%s'/>\n    <dir path='%s'/>\n    <format type='nfs'/>\n"
      "  </source>\n",
      (const char *)host, dir);

  g_string_append (out, text);
}

static char *
netfs_sources (const RoostPoolConfig *spec, GError **error)
{
  const char *host =
      spec != NULL && spec->hosts != NULL && spec->hosts->len > 0 ? first_host (spec)->name : NULL;
  g_autofree char *text = NULL;

  if (host == NULL || *host == '-')
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                   "say which server: <source><host name=''/>");
      return NULL;
    }
  text = roost_argv_ask (roost_argv_begin ("showmount", "--no-headers", "--exports", host, NULL),
                         NULL, error);
  return text != NULL ? roost_sources (roost_answers_showmount (text), add_export, host) : NULL;
}

static const char *const mount_tools[] = { "mount", "umount", NULL };
static const char *const vstorage_tools[] = { "vstorage-mount", "umount", NULL };

#define MOUNT_FUNCTIONS                                                                            \
  .start = mount_start, .stop = mount_stop, .is_active = mount_is_active, .build = mount_build,    \
  .remove = roost_files_remove, .scan = roost_files_scan

const RoostBackend roost_backend_fs = {
  .kind = ROOST_POOL_KIND_FS,
  .flags = ROOST_BACKEND_FILES | ROOST_BACKEND_WATCH | ROOST_BACKEND_PRIVILEGED,
  .tools = mount_tools,
  MOUNT_FUNCTIONS,
};

const RoostBackend roost_backend_netfs = {
  .kind = ROOST_POOL_KIND_NETFS,
  .flags = ROOST_BACKEND_FILES | ROOST_BACKEND_PRIVILEGED,
  .tools = mount_tools,
  MOUNT_FUNCTIONS,
  .find_sources = netfs_sources,
};

const RoostBackend roost_backend_vstorage = {
  .kind = ROOST_POOL_KIND_VSTORAGE,
  .flags = ROOST_BACKEND_FILES | ROOST_BACKEND_PRIVILEGED,
  .tools = vstorage_tools,
  MOUNT_FUNCTIONS,
};
