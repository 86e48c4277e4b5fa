/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* iscsi: a target that the host logs in to; its units are made elsewhere. */

#include "storage/backend-iscsi.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/source-place.h"
#include "storage/iscsi-record.h"
#include "storage/pool-auth.h"

#include <string.h>

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

const char *
roost_iscsi_target (RoostPool *pool)
{
  return ((RoostPoolDevice *)pool->config->devices->pdata[0])->path;
}

/* An initiator of its own name is an interface of its own. */
static char *
interface_of (RoostPool *pool)
{
  return pool->config->initiator != NULL ? g_strconcat ("roost-", roost_pool_uuid (pool), NULL)
                                         : NULL;
}

static RoostArgv *
iscsi_command (RoostPool *pool)
{
  g_autofree char *portal = roost_pool_portal (pool->config, ROOST_ISCSI_PORT);
  g_autofree char *interface = interface_of (pool);
  RoostArgv *argv = roost_argv_begin ("iscsiadm", "--mode", "node", "--portal", portal, NULL);

  roost_argv_add (argv, "--targetname", roost_iscsi_target (pool), NULL);
  if (interface != NULL)
    roost_argv_add (argv, "--interface", interface, NULL);
  return argv;
}

static gboolean
iscsi_is_active (RoostPool *pool)
{
  g_autofree char *text =
      roost_argv_ask (roost_argv_begin ("iscsiadm", "--mode", "session", NULL), NULL, NULL);
  g_autoptr (GPtrArray) answers = text != NULL ? roost_answers_iscsiadm (text) : NULL;
  RoostAnswer *answer;

  ROOST_LIST_EACH (RoostAnswer, answer, answers)
    if (g_str_equal (answer->name, roost_iscsi_target (pool)))
      return TRUE;
  return FALSE;
}

static gboolean
make_interface (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  g_autofree char *name = interface_of (pool);

  if (name == NULL)
    return TRUE;
  return roost_argv_do (roost_argv_begin ("iscsiadm", "--mode", "iface", "--interface", name,
                                          "--op", "new", NULL),
                        cancellable, error)
         && roost_argv_do (roost_argv_begin ("iscsiadm", "--mode", "iface", "--interface", name,
                                             "--op", "update", "--name", "iface.initiatorname",
                                             "--value", pool->config->initiator, NULL),
                           cancellable, error);
}

static gboolean
make_record (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  const RoostPoolAuth *auth = pool->config->auth;
  g_autofree char *portal = roost_pool_portal (pool->config, ROOST_ISCSI_PORT);
  g_autoptr (RoostWiped) password = NULL;
  RoostArgv *argv;

  if (auth != NULL)
    {
      password = roost_pool_auth_password (pool, error);
      if (password == NULL)
        return FALSE;
    }
  argv = iscsi_command (pool);
  roost_argv_add (argv, "--op", "new", NULL);
  if (!roost_argv_do (argv, cancellable, error))
    return FALSE;
  return auth == NULL
         || roost_iscsi_record_set_password (roost_iscsi_record_folders, roost_iscsi_target (pool),
                                             portal, auth->username, password, error);
}

/* A record with a password stays as long as the pool is active: iscsid may need it to log in again.
 */
static void
forget_record (RoostPool *pool)
{
  g_autofree char *interface = interface_of (pool);
  RoostArgv *argv;

  if (pool->config->auth != NULL || interface != NULL)
    {
      argv = iscsi_command (pool);
      roost_argv_add (argv, "--op", "delete", NULL);
      roost_argv_do (argv, NULL, NULL);
    }
  if (interface != NULL)
    roost_argv_do (roost_argv_begin ("iscsiadm", "--mode", "iface", "--interface", interface,
                                     "--op", "delete", NULL),
                   NULL, NULL);
}

static gboolean
log_in (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  RoostArgv *argv = iscsi_command (pool);

  roost_argv_add (argv, "--login", NULL);
  return roost_argv_do (argv, cancellable, error);
}

static gboolean
iscsi_start (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  if (iscsi_is_active (pool))
    return TRUE;
  if (!make_interface (pool, cancellable, error) || !make_record (pool, cancellable, error)
      || !log_in (pool, cancellable, error))
    {
      forget_record (pool);
      return FALSE;
    }
  /* Best effort: where there is no udev the links are there at once, or never. */
  if (roost_tool_exists ("udevadm"))
    roost_argv_do (roost_argv_begin ("udevadm", "settle", "--timeout=10", NULL), cancellable, NULL);
  return TRUE;
}

static gboolean
iscsi_stop (RoostPool *pool, GError **error)
{
  RoostArgv *argv;

  if (iscsi_is_active (pool))
    {
      argv = iscsi_command (pool);
      roost_argv_add (argv, "--logout", NULL);
      if (!roost_argv_do (argv, NULL, error))
        return FALSE;
    }
  forget_record (pool);
  return TRUE;
}

static gboolean
iscsi_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  g_autofree char *mark = g_strdup_printf ("-iscsi-%s-lun-", roost_iscsi_target (pool));

  return scan_links (pool, mark, out, error);
}

void
roost_iscsi_locate (RoostPool *pool, const RoostVolume *volume, RoostStorageSource *out)
{
  const RoostPoolConfig *config = pool->config;
  const RoostPoolHost *host = config->hosts->pdata[0];

  out->type = ROOST_SOURCE_TYPE_NETWORK;
  out->is_given = TRUE;
  out->protocol = ROOST_NET_PROTOCOL_ISCSI;
  out->name = g_strdup_printf ("%s/%s", roost_iscsi_target (pool), strrchr (volume->name, ':') + 1);
  out->initiator_iqn = g_strdup (config->initiator);
  roost_source_add_host (out, ROOST_HOST_TRANSPORT_UNSET, host->name, host->port, NULL);
  if (config->auth != NULL && out->auth == NULL)
    roost_source_set_auth (out, ROOST_SECRET_TYPE_ISCSI, config->auth->username,
                           config->auth->secret);
}

static void
add_target (const char *name, gconstpointer host, GString *out)
{
  g_autofree char *text = g_markup_printf_escaped (
      "  <source>\n    <host name='%s'/>\n    <device path='%s'/>\n  </source>\n",
      (const char *)host, name);

  g_string_append (out, text);
}

static char *
iscsi_sources (const RoostPoolConfig *spec, GError **error)
{
  g_autofree char *portal = spec != NULL ? roost_pool_portal (spec, ROOST_ISCSI_PORT) : NULL;
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
  return text != NULL ? roost_sources (roost_answers_iscsiadm (text), add_target,
                                       ((RoostPoolHost *)spec->hosts->pdata[0])->name)
                      : NULL;
}

static const char *const iscsi_tools[] = { "iscsiadm", NULL };

const RoostBackend roost_backend_iscsi = {
  .kind = ROOST_POOL_KIND_ISCSI,
  .flags = ROOST_BACKEND_PRIVILEGED,
  .tools = iscsi_tools,
  .kernel = "/sys/class/iscsi_transport",
  .start = iscsi_start,
  .stop = iscsi_stop,
  .is_active = iscsi_is_active,
  .scan = iscsi_scan,
  .locate = roost_iscsi_locate,
  .find_sources = iscsi_sources,
};
