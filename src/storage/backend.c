/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/backend.h"

#include "storage/tool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static const RoostBackend *const backends[] = {
  &roost_backend_dir,     &roost_backend_fs,      &roost_backend_netfs, &roost_backend_vstorage,
  &roost_backend_logical, &roost_backend_disk,    &roost_backend_iscsi, &roost_backend_iscsi_direct,
  &roost_backend_scsi,    &roost_backend_mpath,   &roost_backend_rbd,   &roost_backend_zfs,
  &roost_backend_nbd,     &roost_backend_gluster,
};

void
roost_scan_clear (RoostScan *scan)
{
  g_clear_pointer (&scan->names, g_hash_table_unref);
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

static char *
missing_tools (const char *const *tools)
{
  GString *names = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; tools != NULL && tools[i] != NULL; i++)
    if (!roost_tool_exists (tools[i]))
      g_string_append_printf (names, "%s'%s'", n++ > 0 ? ", " : "", tools[i]);
  if (n == 1)
    {
      g_string_prepend (names, "the program ");
      g_string_append (names, " is not installed");
    }
  else if (n > 1)
    {
      g_string_prepend (names, "the programs ");
      g_string_append (names, " are not installed");
    }
  return g_string_free (names, n == 0);
}

char *
roost_backend_missing (const RoostBackend *backend, gboolean is_privileged)
{
  if (backend == NULL)
    return g_strdup ("not supported");
  if ((backend->flags & ROOST_BACKEND_PRIVILEGED) && !is_privileged && geteuid () != 0)
    return g_strdup ("only the daemon of the system can serve it");
  return missing_tools (backend->tools);
}

/* --- capabilities --- */

/* Programs that only some formats need: to be mounted, or to be made. */
static const struct
{
  RoostPoolKind kind;
  const char *format, *tool;
} helpers[] = {
  { ROOST_POOL_KIND_NETFS, "nfs", "mount.nfs" },
  { ROOST_POOL_KIND_NETFS, "cifs", "mount.cifs" },
  { ROOST_POOL_KIND_NETFS, "glusterfs", "mount.glusterfs" },
  { ROOST_POOL_KIND_FS, "ext4", "mkfs.ext4" },
  { ROOST_POOL_KIND_FS, "xfs", "mkfs.xfs" },
  { ROOST_POOL_KIND_FS, "btrfs", "mkfs.btrfs" },
  { ROOST_POOL_KIND_FS, "vfat", "mkfs.vfat" },
};

/* What cannot be loaded either is not there. The tools say so themselves when it comes to it. */
static gboolean
lacks_kernel (const RoostBackend *backend)
{
  g_autofree char *modules = NULL;
  struct utsname name;

  if (backend == NULL || backend->kernel == NULL
      || g_file_test (backend->kernel, G_FILE_TEST_EXISTS) || uname (&name) != 0)
    return FALSE;
  modules = g_build_filename ("/lib/modules", name.release, NULL);
  return !g_file_test (modules, G_FILE_TEST_EXISTS);
}

static void
append_supported (const char *missing, const char *end, GString *out)
{
  g_string_append_printf (out, " supported='%s'", missing == NULL ? "yes" : "no");
  if (missing != NULL)
    g_string_append_printf (out, "><missing>%s</missing>%s\n", missing, end);
  else
    g_string_append (out, "/>\n");
}

static void
append_formats (RoostPoolKind kind, GString *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (helpers); i++)
    {
      const char *tools[] = { helpers[i].tool, NULL };
      g_autofree char *missing = NULL;

      if (helpers[i].kind != kind)
        continue;
      missing = missing_tools (tools);
      g_string_append_printf (out, "    <format type='%s'", helpers[i].format);
      append_supported (missing, "</format>", out);
    }
}

static void
append_operations (const RoostBackend *backend, GString *out)
{
  gboolean is_files = (backend->flags & ROOST_BACKEND_FILES) != 0;
  const struct
  {
    const char *name;
    gboolean is_there;
  } operations[] = {
    { "build", backend->build != NULL },
    { "delete", backend->remove != NULL },
    { "find-sources", backend->find_sources != NULL },
    { "create-volume", is_files || backend->create_volume != NULL },
    { "delete-volume", is_files || backend->remove_volume != NULL },
    { "resize-volume", is_files || backend->resize_volume != NULL },
    { "direct-volume", backend->locate != NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    if (operations[i].is_there)
      g_string_append_printf (out, "    <operation name='%s'/>\n", operations[i].name);
}

void
roost_backend_describe (RoostPoolKind kind, gboolean is_privileged, GString *out)
{
  const RoostBackend *backend = roost_backend_find (kind);
  g_autofree char *missing = roost_backend_missing (backend, is_privileged);

  if (missing == NULL && lacks_kernel (backend))
    missing = g_strdup_printf ("the kernel has no %s", strrchr (backend->kernel, '/') + 1);
  g_string_append_printf (out, "  <pool type='%s' supported='%s'>\n", roost_pool_kind_names[kind],
                          missing == NULL ? "yes" : "no");
  if (missing != NULL)
    g_string_append_printf (out, "    <missing>%s</missing>\n", missing);
  if (backend != NULL)
    {
      append_formats (kind, out);
      append_operations (backend, out);
    }
  g_string_append (out, "  </pool>\n");
}
