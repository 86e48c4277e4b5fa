/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* iscsi-direct: a target that QEMU speaks to itself; the tools of libiscsi tell what it has. */

#include "base/compat.h"
#include "base/error.h"
#include "model/source-place.h"
#include "storage/backend-iscsi.h"
#include "storage/pool-auth.h"

#include <string.h>

/* As whom the tools log in: libiscsi reads it from the environment. */
typedef struct
{
  const char *env[5];
  RoostToolOptions options;
  RoostWiped *password; /* (nullable) */
} Login;

static void
login_clear (Login *login)
{
  g_clear_pointer (&login->password, roost_wiped_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Login, login_clear)

static gboolean
login_prepare (RoostPool *pool, Login *login, GError **error)
{
  const RoostPoolAuth *auth = pool->config->auth;

  login->options.timeout_ms = ROOST_TOOL_QUICK_MS;
  if (auth == NULL)
    return TRUE;
  login->password = roost_pool_auth_password (pool, error);
  if (login->password == NULL)
    return FALSE;
  login->env[0] = "LIBISCSI_CHAP_USERNAME";
  login->env[1] = auth->username;
  login->env[2] = "LIBISCSI_CHAP_PASSWORD";
  login->env[3] = login->password;
  login->options.env = login->env;
  return TRUE;
}

/* --- units --- */

static void
add_unit (RoostPool *pool, const char *number, RoostScan *out)
{
  g_auto (RoostStorageSource) source = { 0 };
  g_autofree char *name = g_strdup_printf ("unit:0:0:%s", number);
  g_autofree char *url = NULL;
  const RoostVolume unit = { .name = name };

  roost_iscsi_locate (pool, &unit, &source);
  url = roost_source_url (&source);
  roost_scan_add (out, name, url, ROOST_VOLUME_TYPE_NETWORK, 0);
}

/* iscsi-ls rounds the sizes; the other tool says them in bytes. One that cannot be asked has 0. */
static void
measure (RoostPool *pool,
         const Login *login,
         RoostVolume *volume,
         RoostScan *scan,
         GCancellable *cancellable)
{
  g_autofree char *text =
      roost_argv_run (roost_argv_begin ("iscsi-readcapacity16", "--size", "--initiator-name",
                                        pool->config->initiator, volume->path, NULL),
                      &login->options, cancellable, NULL);

  guint64 size = 0;

  if (text != NULL && roost_answer_capacity (text, &size, NULL))
    volume->capacity = volume->allocation = volume->physical = size;
  roost_scan_count (scan, size);
}

static gboolean
direct_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  g_autofree char *portal = roost_pool_portal (pool->config, ROOST_ISCSI_PORT);
  g_autofree char *url = g_strdup_printf ("iscsi://%s", portal);
  g_auto (Login) login = { 0 };
  g_autofree char *text = NULL;
  g_autoptr (GPtrArray) answers = NULL;
  RoostAnswer *answer;

  if (!login_prepare (pool, &login, error))
    return FALSE;
  text = roost_argv_run (roost_argv_begin ("iscsi-ls", "--show-luns", "--initiator-name",
                                           pool->config->initiator, url, NULL),
                         &login.options, cancellable, error);
  if (text == NULL)
    return FALSE;
  roost_scan_begin (out);
  answers = roost_answers_iscsi_ls (text, roost_iscsi_target (pool));
  ROOST_LIST_EACH (RoostAnswer, answer, answers)
    add_unit (pool, answer->name, out);
  for (guint i = 0; i < out->volumes->len; i++)
    measure (pool, &login, out->volumes->pdata[i], out, cancellable);
  return TRUE;
}

static gboolean
direct_start (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  return TRUE; /* the scan that follows asks the target */
}

static const char *const direct_tools[] = { "iscsi-ls", "iscsi-readcapacity16", NULL };

const RoostBackend roost_backend_iscsi_direct = {
  .kind = ROOST_POOL_KIND_ISCSI_DIRECT,
  .tools = direct_tools,
  .start = direct_start,
  .is_active = roost_always_active,
  .scan = direct_scan,
  .locate = roost_iscsi_locate,
};
