/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/stats.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
add_uint64 (GVariantBuilder *stats, const char *key, guint64 value)
{
  g_variant_builder_add (stats, "{sv}", key, g_variant_new_uint64 (value));
}

static char *
read_proc (pid_t pid, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int)pid, name);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;
  return g_steal_pointer (&text);
}

static guint64
us_of_ticks (unsigned long long ticks)
{
  return ticks * G_USEC_PER_SEC / (guint64)sysconf (_SC_CLK_TCK);
}

/* Source: proc(5), /proc/pid/stat: fields 14, 15 are user and system ticks, 20 threads, 24 resident
 * pages. The name in field 2 may hold anything, so counting begins at its last bracket. */
static void
add_process (GVariantBuilder *stats, pid_t pid)
{
  g_autofree char *text = read_proc (pid, "stat");
  const char *rest = text != NULL ? strrchr (text, ')') : NULL;
  unsigned long long user, system_;
  long threads, resident;

  if (rest == NULL
      || sscanf (rest,
                 ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %ld"
                 " %*d %*u %*u %ld",
                 &user, &system_, &threads, &resident)
             != 4)
    return;
  add_uint64 (stats, "cpu-user", us_of_ticks (user));
  add_uint64 (stats, "cpu-system", us_of_ticks (system_));
  add_uint64 (stats, "resident", (guint64)resident * (guint64)sysconf (_SC_PAGESIZE));
  g_variant_builder_add (stats, "{sv}", "threads", g_variant_new_uint32 ((guint32)threads));
}

static void
add_line (GVariantBuilder *stats, const char *text, const char *line, const char *key)
{
  const char *place = strstr (text, line);

  if (place != NULL)
    add_uint64 (stats, key, g_ascii_strtoull (place + strlen (line), NULL, 10));
}

static void
add_io (GVariantBuilder *stats, pid_t pid)
{
  g_autofree char *text = read_proc (pid, "io");

  if (text == NULL)
    return;
  add_line (stats, text, "\nread_bytes: ", "io-read");
  add_line (stats, text, "\nwrite_bytes: ", "io-written");
}

GVariant *
roost_domain_stats (RoostDomain *domain)
{
  pid_t pid = roost_domain_pid (domain);
  GVariantBuilder stats;

  g_variant_builder_init (&stats, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (
      &stats, "{sv}", "state",
      g_variant_new_string (roost_domain_state_name (roost_domain_state (domain))));
  add_uint64 (&stats, "memory", roost_domain_memory (domain));
  g_variant_builder_add (&stats, "{sv}", "vcpus",
                         g_variant_new_uint32 (roost_domain_summary (domain)->vcpus));
  if (pid > 0)
    {
      add_process (&stats, pid);
      add_io (&stats, pid);
    }
  return g_variant_builder_end (&stats);
}
