/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/backend-tools.h"

#include "base/compat.h"
#include "base/error.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

char *
roost_ask (const char *const *argv, GCancellable *cancellable, GError **error)
{
  const RoostToolOptions options = { .timeout_ms = ROOST_TOOL_QUICK_MS };

  return roost_tool_run (argv, &options, cancellable, error);
}

static void
add_all (RoostArgv *argv, va_list args)
{
  const char *argument;

  while ((argument = va_arg (args, const char *)) != NULL)
    g_ptr_array_add (argv, g_strdup (argument));
}

RoostArgv *
roost_argv_begin (const char *program, ...)
{
  RoostArgv *argv = g_ptr_array_new_with_free_func (g_free);
  va_list args;

  g_ptr_array_add (argv, g_strdup (program));
  va_start (args, program);
  add_all (argv, args);
  va_end (args);
  return argv;
}

void
roost_argv_add (RoostArgv *argv, ...)
{
  va_list args;

  va_start (args, argv);
  add_all (argv, args);
  va_end (args);
}

void
roost_argv_printf (RoostArgv *argv, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (argv, g_strdup_vprintf (format, args));
  va_end (args);
}

char *
roost_argv_run (RoostArgv *argv,
                const RoostToolOptions *options,
                GCancellable *cancellable,
                GError **error)
{
  g_autoptr (GPtrArray) own = argv;

  g_ptr_array_add (own, NULL);
  return roost_tool_run ((const char *const *)own->pdata, options, cancellable, error);
}

char *
roost_argv_ask (RoostArgv *argv, GCancellable *cancellable, GError **error)
{
  const RoostToolOptions options = { .timeout_ms = ROOST_TOOL_QUICK_MS };

  return roost_argv_run (argv, &options, cancellable, error);
}

gboolean
roost_always_active (RoostPool *pool)
{
  return TRUE;
}

gboolean
roost_argv_do (RoostArgv *argv, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) own = argv;

  g_ptr_array_add (own, NULL);
  return roost_tool_do ((const char *const *)own->pdata, cancellable, error);
}

/* --- scans --- */

void
roost_scan_begin (RoostScan *scan)
{
  scan->volumes = g_ptr_array_new_with_free_func ((GDestroyNotify)roost_volume_free);
  scan->names = g_hash_table_new (g_str_hash, g_str_equal);
}

RoostVolume *
roost_scan_add (
    RoostScan *scan, const char *name, const char *path, RoostVolumeType type, guint64 size)
{
  RoostVolume *volume;

  if (!roost_storage_name_check ("volume", name, NULL) || g_hash_table_contains (scan->names, name))
    return NULL;
  volume = roost_volume_new (name);
  volume->path = g_strdup (path);
  volume->type = type;
  volume->capacity = volume->allocation = volume->physical = size;
  g_ptr_array_add (scan->volumes, volume);
  g_hash_table_add (scan->names, volume->name);
  return volume;
}

gboolean
roost_scan_blocks (RoostPool *pool, RoostScan *scan, GPtrArray *answers)
{
  RoostAnswer *answer;
  RoostVolume *volume;

  if (answers == NULL)
    return FALSE;
  roost_scan_begin (scan);
  ROOST_LIST_EACH (RoostAnswer, answer, answers)
    {
      g_autofree char *path = g_build_filename (pool->config->path, answer->name, NULL);

      volume = roost_scan_add (scan, answer->name, path, ROOST_VOLUME_TYPE_BLOCK, answer->size);
      if (volume != NULL && answer->has_used)
        volume->allocation = answer->used;
    }
  return TRUE;
}

/* Servers say what they like. */
static guint64
add_sizes (guint64 a, guint64 b)
{
  return a <= G_MAXUINT64 - b ? a + b : G_MAXUINT64;
}

void
roost_scan_count_free (RoostScan *scan, guint64 size)
{
  scan->space.capacity = add_sizes (scan->space.capacity, size);
  scan->space.available = add_sizes (scan->space.available, size);
}

void
roost_scan_count (RoostScan *scan, guint64 size)
{
  scan->space.capacity = add_sizes (scan->space.capacity, size);
  scan->space.allocation = add_sizes (scan->space.allocation, size);
}

static gboolean
measure (gpointer p, GCancellable *cancellable, GError **error)
{
  RoostScan *scan = p;

  for (guint i = 0; i < scan->volumes->len; i++)
    {
      RoostVolume *volume = scan->volumes->pdata[i];
      g_auto (RoostFd) fd = open (volume->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
      off_t end = fd >= 0 ? lseek (fd, 0, SEEK_END) : 0;

      volume->capacity = volume->allocation = volume->physical = end > 0 ? (guint64)end : 0;
      roost_scan_count (scan, volume->capacity);
    }
  return TRUE;
}

gboolean
roost_scan_measure (RoostScan *scan, GError **error)
{
  return co_thread (measure, scan, NULL, error);
}

char *
roost_pool_portal (const RoostPoolConfig *config, guint default_port)
{
  const RoostPoolHost *host =
      config->hosts != NULL && config->hosts->len > 0 ? config->hosts->pdata[0] : NULL;
  gboolean is_v6 = host != NULL && host->name != NULL && strchr (host->name, ':') != NULL;

  if (host == NULL || host->name == NULL)
    return NULL;
  return g_strdup_printf (is_v6 ? "[%s]:%u" : "%s:%u", host->name,
                          host->port != NULL ? (guint)g_ascii_strtoull (host->port, NULL, 10)
                                             : default_port);
}

static gboolean
is_text (const char *name)
{
  for (const char *p = name; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      return FALSE;
  return roost_xml_can_hold (name);
}

char *
roost_sources (GPtrArray *answers,
               void (*each) (const char *name, gconstpointer data, GString *out),
               gconstpointer data)
{
  g_autoptr (GPtrArray) own = answers;
  GString *out = g_string_new ("<sources>\n");

  for (guint i = 0; i < own->len; i++)
    {
      const char *name = ((RoostAnswer *)own->pdata[i])->name;

      if (is_text (name))
        each (name, data, out);
    }
  g_string_append (out, "</sources>\n");
  return g_string_free (out, FALSE);
}
