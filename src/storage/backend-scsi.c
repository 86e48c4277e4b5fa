/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* scsi and mpath: disks that the host sees; their volumes are made elsewhere. */

#include "base/compat.h"
#include "base/error.h"
#include "storage/backend-tools.h"
#include "storage/scsi-host.h"
#include "storage/storage-private.h"

#include <string.h>

/* --- scsi: the disks of an adapter --- */

#define SYS "/sys"

/* How long the kernel gets to show a new virtual adapter. */
#define APPEAR_MS      5000
#define APPEAR_POLL_MS 100

typedef struct
{
  const RoostPoolAdapter *adapter;
  char *host;               /* (nullable): "host3" */
  GPtrArray *disks, *units; /* (nullable) */
} Adapter;

static gboolean
find_host (gpointer p, GCancellable *cancellable, GError **error)
{
  Adapter *work = p;

  work->host = roost_scsi_host_find (SYS, work->adapter, error);
  return work->host != NULL;
}

static gboolean
find_disks (gpointer p, GCancellable *cancellable, GError **error)
{
  Adapter *work = p;

  if (!find_host (work, cancellable, error))
    return FALSE;
  roost_scsi_host_disks (SYS, work->host, work->disks, work->units);
  return TRUE;
}

static gboolean
create_host (gpointer p, GCancellable *cancellable, GError **error)
{
  return roost_scsi_host_create (SYS, ((Adapter *)p)->adapter, error);
}

static gboolean
destroy_host (gpointer p, GCancellable *cancellable, GError **error)
{
  return roost_scsi_host_destroy (SYS, ((Adapter *)p)->adapter, error);
}

static gboolean
scan_host (gpointer p, GCancellable *cancellable, GError **error)
{
  roost_scsi_host_scan (SYS, ((Adapter *)p)->host);
  return TRUE;
}

/* Is it there? Awaits. */
static gboolean
is_there (const RoostPoolAdapter *adapter, GError **error)
{
  Adapter work = { .adapter = adapter };
  gboolean found = co_thread (find_host, &work, NULL, error);

  g_free (work.host);
  return found;
}

static gboolean
await_host (const RoostPoolAdapter *adapter, GCancellable *cancellable, GError **error)
{
  Adapter work = { .adapter = adapter };

  for (guint waited_ms = 0; !co_thread (find_host, &work, NULL, NULL); waited_ms += APPEAR_POLL_MS)
    {
      if (waited_ms >= APPEAR_MS)
        return roost_throw (error, ROOST_ERROR_TIMEOUT,
                            "the kernel does not show the virtual adapter %s:%s", adapter->wwpn,
                            adapter->wwnn);
      if (!co_sleep (APPEAR_POLL_MS, cancellable, error))
        return FALSE;
    }
  co_thread (scan_host, &work, NULL, NULL);
  g_free (work.host);
  if (roost_tool_exists ("udevadm"))
    roost_argv_do (roost_argv_begin ("udevadm", "settle", "--timeout=10", NULL), cancellable, NULL);
  return TRUE;
}

/* Who makes a virtual adapter takes it away: that is written down before it is there. */
static gboolean
make_host (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  RoostPoolAdapter *adapter = pool->config->adapter;
  Adapter work = { .adapter = adapter };

  if (adapter->managed == ROOST_UNSET)
    adapter->managed = ROOST_YES;
  if (!roost_storage_write_active (pool->storage, pool->config, error)
      || !co_thread (create_host, &work, NULL, error))
    return FALSE;
  if (await_host (adapter, cancellable, error))
    return TRUE;
  co_thread (destroy_host, &work, NULL, NULL);
  return FALSE;
}

static gboolean
scsi_start (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  const RoostPoolAdapter *adapter = pool->config->adapter;

  /* Another one is looked for by the scan that follows. */
  return adapter->type != ROOST_ADAPTER_TYPE_FC_HOST || is_there (adapter, NULL)
         || make_host (pool, cancellable, error);
}

static gboolean
scsi_stop (RoostPool *pool, GError **error)
{
  Adapter work = { .adapter = pool->config->adapter };

  return work.adapter->type != ROOST_ADAPTER_TYPE_FC_HOST || work.adapter->managed != ROOST_YES
         || co_thread (destroy_host, &work, NULL, error);
}

static gboolean
scsi_is_active (RoostPool *pool)
{
  return is_there (pool->config->adapter, NULL);
}

static gboolean
scsi_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) disks = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) units = g_ptr_array_new_with_free_func (g_free);
  Adapter work = { .adapter = pool->config->adapter, .disks = disks, .units = units };
  gboolean good = co_thread (find_disks, &work, NULL, error);

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
  .start = scsi_start,
  .stop = scsi_stop,
  .is_active = scsi_is_active,
  .scan = scsi_scan,
};

/* --- mpath: what device-mapper joins --- */

static gboolean
mpath_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  g_autofree char *text = roost_argv_ask (
      roost_argv_begin ("dmsetup", "ls", "--target", "multipath", NULL), cancellable, error);
  g_autoptr (GPtrArray) answers = text != NULL ? roost_answers_dmsetup (text) : NULL;

  return roost_scan_blocks (pool, out, answers) && roost_scan_measure (out, error);
}

static const char *const mpath_tools[] = { "dmsetup", NULL };

const RoostBackend roost_backend_mpath = {
  .kind = ROOST_POOL_KIND_MPATH,
  .flags = ROOST_BACKEND_PRIVILEGED,
  .tools = mpath_tools,
  .kernel = "/sys/class/misc/device-mapper",
  .start = nothing_to_start,
  .is_active = roost_always_active,
  .scan = mpath_scan,
};
