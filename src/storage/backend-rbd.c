/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rbd: the images of a pool of Ceph. */

#include "base/compat.h"
#include "base/error.h"
#include "model/source-place.h"
#include "storage/backend-tools.h"
#include "storage/ceph-conf.h"
#include "storage/pool-auth.h"

#include <inttypes.h>
#include <string.h>

/* Ceph tries for minutes, and says many things meanwhile. The pool's own options come later, and
 * win. */
#define PATIENCE "--client_mount_timeout=20"
#define QUIET    "--log_to_stderr=false", "--err_to_stderr=false"

/* Adds who to ask, and as whom. */
static void
add_cluster (const RoostPoolConfig *config, RoostArgv *argv)
{
  g_autoptr (GString) hosts = g_string_new (NULL);
  RoostPoolHost *host;
  RoostPoolOption *option;

  ROOST_LIST_EACH (RoostPoolHost, host, config->hosts)
    {
      gboolean is_v6 = strchr (host->name, ':') != NULL;

      g_string_append_printf (hosts, is_v6 ? "%s[%s]" : "%s%s", hosts->len > 0 ? "," : "",
                              host->name);
      if (host->port != NULL)
        g_string_append_printf (hosts, ":%s", host->port);
    }
  roost_argv_add (argv, "-m", hosts->str, "-p", config->source_name, PATIENCE, QUIET, NULL);
  ROOST_LIST_EACH (RoostPoolOption, option, config->rbd_options)
    roost_argv_printf (argv, "--%s=%s", option->name, option->value);
}

static RoostArgv *
rbd_command (RoostPool *pool, const char *verb)
{
  RoostArgv *argv = roost_argv_begin ("rbd", verb, NULL);

  add_cluster (pool->config, argv);
  return argv;
}

/* A wrong key, and a server that is not there, look the same: Ceph goes on trying. */
static void
explain (RoostPool *pool, GError **error)
{
  const RoostPoolAuth *auth = pool->config->auth;

  if (error != NULL && *error != NULL && strstr ((*error)->message, "(110)") != NULL)
    g_prefix_error (
        error,
        "no monitor of the pool '%s' let the user '%s' in; is the key in its secret the "
        "right one, and are the hosts reached? ",
        pool->config->name, auth != NULL ? auth->username : ROOST_CEPH_USUAL_USER);
}

/* Runs it; the key of the user stands on its standard input. */
static char *
rbd_run (
    RoostPool *pool, RoostArgv *argv, guint timeout_ms, GCancellable *cancellable, GError **error)
{
  const RoostPoolAuth *auth = pool->config->auth;
  RoostToolOptions options = { .timeout_ms = timeout_ms };
  g_autoptr (GBytes) input = NULL;
  RoostWiped *key = NULL;
  char *text;

  if (auth != NULL && (key = roost_pool_auth_key (pool, error)) == NULL)
    {
      g_ptr_array_unref (argv);
      return NULL;
    }
  if (key != NULL)
    {
      options.input = input = roost_wiped_to_bytes (key);
      roost_argv_add (argv, "--id", auth->username, "--keyfile", "/dev/stdin", NULL);
    }
  text = roost_argv_run (argv, &options, cancellable, error);
  if (text == NULL)
    explain (pool, error);
  return text;
}

static gboolean
rbd_do (RoostPool *pool, RoostArgv *argv, GError **error)
{
  g_autofree char *text = rbd_run (pool, argv, 0, NULL, error);

  return text != NULL;
}

static gboolean
rbd_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  RoostArgv *argv = rbd_command (pool, "ls");
  g_autofree char *text = NULL;
  g_autoptr (GPtrArray) answers = NULL;
  RoostAnswer *answer;

  roost_argv_add (argv, "--long", "--format", "json", NULL);
  text = rbd_run (pool, argv, ROOST_TOOL_QUICK_MS, cancellable, error);
  answers = text != NULL ? roost_answers_rbd (text, error) : NULL;
  if (answers == NULL)
    return FALSE;
  roost_scan_begin (out);
  ROOST_LIST_EACH (RoostAnswer, answer, answers)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s", pool->config->source_name, answer->name);

      roost_scan_add (out, answer->name, path, ROOST_VOLUME_TYPE_NETWORK, answer->size);
    }
  return TRUE;
}

static gboolean
rbd_start (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  return roost_ceph_conf_write (pool, error); /* the scan that follows asks it */
}

static gboolean
rbd_is_active (RoostPool *pool)
{
  return roost_ceph_conf_write (pool, NULL);
}

static void
rbd_locate (RoostPool *pool, const RoostVolume *volume, RoostStorageSource *out)
{
  const RoostPoolConfig *config = pool->config;
  const RoostPoolHost *host;

  out->type = ROOST_SOURCE_TYPE_NETWORK;
  out->is_given = TRUE;
  out->protocol = ROOST_NET_PROTOCOL_RBD;
  out->name = g_strdup (volume->path);
  out->config_file = roost_ceph_conf_path (pool);
  ROOST_LIST_EACH (const RoostPoolHost, host, config->hosts)
    roost_source_add_host (out, ROOST_HOST_TRANSPORT_UNSET, host->name, host->port, NULL);
  if (config->auth != NULL && out->auth == NULL)
    roost_source_set_auth (out, ROOST_SECRET_TYPE_CEPH, config->auth->username,
                           config->auth->secret);
}

static gboolean
rbd_create (RoostPool *pool, const RoostVolumeConfig *config, GError **error)
{
  RoostArgv *argv = rbd_command (pool, "create");

  roost_argv_add (argv, "--size", NULL);
  roost_argv_printf (argv, "%" PRIu64 "B", config->capacity.value);
  roost_argv_add (argv, "--image", config->name, NULL);
  return rbd_do (pool, argv, error);
}

static gboolean
rbd_remove (RoostPool *pool, const RoostVolume *volume, GError **error)
{
  RoostArgv *argv = rbd_command (pool, "rm");

  roost_argv_add (argv, "--no-progress", "--image", volume->name, NULL);
  return rbd_do (pool, argv, error);
}

static gboolean
rbd_resize (RoostPool *pool, const RoostVolume *volume, guint64 capacity, GError **error)
{
  RoostArgv *argv = rbd_command (pool, "resize");

  roost_argv_add (argv, "--no-progress", "--allow-shrink", "--size", NULL);
  roost_argv_printf (argv, "%" PRIu64 "B", capacity);
  roost_argv_add (argv, "--image", volume->name, NULL);
  return rbd_do (pool, argv, error);
}

static const char *const rbd_tools[] = { "rbd", NULL };

const RoostBackend roost_backend_rbd = {
  .kind = ROOST_POOL_KIND_RBD,
  .tools = rbd_tools,
  .start = rbd_start,
  .stop = roost_ceph_conf_remove,
  .is_active = rbd_is_active,
  .scan = rbd_scan,
  .locate = rbd_locate,
  .create_volume = rbd_create,
  .remove_volume = rbd_remove,
  .resize_volume = rbd_resize,
};
