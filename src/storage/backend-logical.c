/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* logical: a volume group of LVM. */

#include "base/compat.h"
#include "storage/answers.h"
#include "storage/backend-tools.h"

#include <inttypes.h>

#define REPORT "--reportformat", "json", "--units", "b", "--nosuffix"

static const char *
group (RoostPool *pool)
{
  return pool->config->source_name;
}

static gboolean
logical_start (RoostPool *pool, GCancellable *cancellable, GError **error)
{
  return roost_argv_do (roost_argv_begin ("vgchange", "-aly", group (pool), NULL), cancellable,
                        error);
}

static gboolean
logical_stop (RoostPool *pool, GError **error)
{
  return roost_argv_do (roost_argv_begin ("vgchange", "-aln", group (pool), NULL), NULL, error);
}

static gboolean
logical_is_active (RoostPool *pool)
{
  g_autofree char *text = roost_argv_ask (
      roost_argv_begin ("vgs", "--noheadings", "-o", "vg_name", group (pool), NULL), NULL, NULL);

  return text != NULL;
}

static gboolean
logical_build (RoostPool *pool, gboolean overwrite, GCancellable *cancellable, GError **error)
{
  RoostArgv *argv = roost_argv_begin ("vgcreate", NULL);
  RoostPoolDevice *device;

  if (overwrite)
    roost_argv_add (argv, "--yes", NULL);
  roost_argv_add (argv, group (pool), NULL);
  ROOST_LIST_EACH (RoostPoolDevice, device, pool->config->devices)
    roost_argv_add (argv, device->path, NULL);
  return roost_argv_do (argv, cancellable, error);
}

static gboolean
logical_remove (RoostPool *pool, GError **error)
{
  return roost_argv_do (roost_argv_begin ("vgremove", group (pool), NULL), NULL, error);
}

static gboolean
logical_scan (RoostPool *pool, RoostScan *out, GCancellable *cancellable, GError **error)
{
  g_autofree char *volumes = NULL;
  g_autofree char *space = NULL;
  g_autoptr (GPtrArray) answers = NULL;

  volumes = roost_argv_ask (
      roost_argv_begin ("lvs", REPORT, "-o", "lv_name,lv_size,lv_attr", group (pool), NULL),
      cancellable, error);
  if (volumes == NULL)
    return FALSE;
  space =
      roost_argv_ask (roost_argv_begin ("vgs", REPORT, "-o", "vg_size,vg_free", group (pool), NULL),
                      cancellable, error);
  if (space == NULL || !roost_answer_vgs (space, &out->space, error))
    return FALSE;
  answers = roost_answers_lvs (volumes, error);
  return roost_scan_blocks (pool, out, answers);
}

static gboolean
logical_create (RoostPool *pool, const RoostVolumeConfig *config, GError **error)
{
  RoostArgv *argv = roost_argv_begin ("lvcreate", "--yes", "--name", config->name, "--size", NULL);

  roost_argv_printf (argv, "%" PRIu64 "b", config->capacity.value);
  roost_argv_add (argv, group (pool), NULL);
  return roost_argv_do (argv, NULL, error);
}

static gboolean
logical_remove_volume (RoostPool *pool, const RoostVolume *volume, GError **error)
{
  RoostArgv *argv = roost_argv_begin ("lvremove", "--force", NULL);

  roost_argv_printf (argv, "%s/%s", group (pool), volume->name);
  return roost_argv_do (argv, NULL, error);
}

static gboolean
logical_resize (RoostPool *pool, const RoostVolume *volume, guint64 capacity, GError **error)
{
  RoostArgv *argv = roost_argv_begin ("lvresize", "--force", "--size", NULL);

  roost_argv_printf (argv, "%" PRIu64 "b", capacity);
  roost_argv_printf (argv, "%s/%s", group (pool), volume->name);
  return roost_argv_do (argv, NULL, error);
}

static void
add_group (const char *name, gconstpointer data, GString *out)
{
  g_autofree char *text = g_markup_printf_escaped (
      "  <source>\n    <name>%s</name>\n    <format type='lvm2'/>\n  </source>\n", name);

  g_string_append (out, text);
}

static char *
logical_sources (const RoostPoolConfig *spec, GError **error)
{
  g_autofree char *text =
      roost_argv_ask (roost_argv_begin ("vgs", "--noheadings", "-o", "vg_name", NULL), NULL, error);

  return text != NULL ? roost_sources (roost_answers_lines (text), add_group, NULL) : NULL;
}

static const char *const tools[] = { "vgs", "lvs", "vgchange", "lvcreate", NULL };

const RoostBackend roost_backend_logical = {
  .kind = ROOST_POOL_KIND_LOGICAL,
  .flags = ROOST_BACKEND_PRIVILEGED,
  .tools = tools,
  .kernel = "/sys/class/misc/device-mapper",
  .start = logical_start,
  .stop = logical_stop,
  .is_active = logical_is_active,
  .build = logical_build,
  .remove = logical_remove,
  .scan = logical_scan,
  .create_volume = logical_create,
  .remove_volume = logical_remove_volume,
  .resize_volume = logical_resize,
  .find_sources = logical_sources,
};
