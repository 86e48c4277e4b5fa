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
}

RoostVolume *
roost_scan_add (
    RoostScan *scan, const char *name, const char *path, RoostVolumeType type, guint64 size)
{
  RoostVolume *volume;

  if (!roost_storage_name_check ("volume", name, NULL))
    return NULL;
  volume = roost_volume_new (name);
  volume->path = g_strdup (path);
  volume->type = type;
  volume->capacity = volume->allocation = volume->physical = size;
  g_ptr_array_add (scan->volumes, volume);
  return volume;
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
      scan->space.capacity += volume->capacity;
      scan->space.allocation += volume->capacity;
    }
  return TRUE;
}

gboolean
roost_scan_measure (RoostScan *scan, GError **error)
{
  return co_thread (measure, scan, NULL, error);
}

guint64
roost_number (const char *text)
{
  return text != NULL ? g_ascii_strtoull (text, NULL, 10) : 0;
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
                          host->port != NULL ? (guint)roost_number (host->port) : default_port);
}

char *
roost_sources (const char *text,
               void (*each) (const char *line, gconstpointer data, GString *out),
               gconstpointer data)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GString *out = g_string_new ("<sources>\n");

  for (guint i = 0; lines[i] != NULL; i++)
    if (*g_strstrip (lines[i]) != '\0')
      each (lines[i], data, out);
  g_string_append (out, "</sources>\n");
  return g_string_free (out, FALSE);
}
