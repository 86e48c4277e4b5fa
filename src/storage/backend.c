/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/backend.h"

#include "storage/tool.h"

#include <stdlib.h>
#include <unistd.h>

static const RoostBackend *const backends[] = {
  &roost_backend_dir,     &roost_backend_fs,    &roost_backend_netfs, &roost_backend_vstorage,
  &roost_backend_logical, &roost_backend_disk,  &roost_backend_iscsi, &roost_backend_iscsi_direct,
  &roost_backend_scsi,    &roost_backend_mpath, &roost_backend_rbd,   &roost_backend_zfs,
  &roost_backend_nbd,
};

void
roost_scan_clear (RoostScan *scan)
{
  g_clear_pointer (&scan->volumes, g_ptr_array_unref);
  g_clear_pointer (&scan->real_path, free);
}

const RoostBackend *
roost_backend_find (RoostPoolKind kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (backends); i++)
    if (backends[i]->kind == kind)
      return backends[i];
  return NULL;
}

char *
roost_backend_missing (const RoostBackend *backend, gboolean is_privileged)
{
  if (backend == NULL)
    return g_strdup ("not supported");
  if ((backend->flags & ROOST_BACKEND_PRIVILEGED) && !is_privileged && geteuid () != 0)
    return g_strdup ("only the daemon of the system can serve it");
  for (guint i = 0; backend->tools != NULL && backend->tools[i] != NULL; i++)
    if (!roost_tool_exists (backend->tools[i]))
      return g_strdup_printf ("the program '%s' is not installed", backend->tools[i]);
  return NULL;
}
