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

typedef struct
{
  guint64 user_us, system_us, resident;
  guint32 threads;
} ProcessUse;

/* Source: proc(5), /proc/pid/stat: fields 14, 15 are user and system ticks, 20 threads, 24 resident
 * pages. The name in field 2 may hold anything, so counting begins at its last bracket. */
static gboolean
read_process (pid_t pid, ProcessUse *out)
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
    return FALSE;
  out->user_us = us_of_ticks (user);
  out->system_us = us_of_ticks (system_);
  out->resident = (guint64)resident * (guint64)sysconf (_SC_PAGESIZE);
  out->threads = (guint32)threads;
  return TRUE;
}

static void
add_process (GVariantBuilder *stats, pid_t pid, guint groups)
{
  ProcessUse use;

  if ((groups & (ROOST_STATS_CPU | ROOST_STATS_MEMORY)) == 0 || !read_process (pid, &use))
    return;
  if (groups & ROOST_STATS_CPU)
    {
      add_uint64 (stats, "cpu-user", use.user_us);
      add_uint64 (stats, "cpu-system", use.system_us);
    }
  if (groups & ROOST_STATS_MEMORY)
    add_uint64 (stats, "resident", use.resident);
  if (groups & ROOST_STATS_CPU)
    g_variant_builder_add (stats, "{sv}", "threads", g_variant_new_uint32 (use.threads));
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

void
roost_stats_add_host (RoostDomain *domain, guint groups, GVariantBuilder *stats)
{
  pid_t pid = roost_domain_pid (domain);

  if (groups & ROOST_STATS_STATE)
    g_variant_builder_add (
        stats, "{sv}", "state",
        g_variant_new_string (roost_domain_state_name (roost_domain_state (domain))));
  if (groups & ROOST_STATS_MEMORY)
    add_uint64 (stats, "memory", roost_domain_memory (domain));
  if (groups & ROOST_STATS_VCPU)
    g_variant_builder_add (stats, "{sv}", "vcpus",
                           g_variant_new_uint32 (roost_domain_summary (domain)->vcpus));
  if (pid <= 0)
    return;
  add_process (stats, pid, groups);
  if (groups & ROOST_STATS_BLOCK)
    add_io (stats, pid);
}

GVariant *
roost_domain_stats (RoostDomain *domain)
{
  GVariantBuilder stats;

  g_variant_builder_init (&stats, G_VARIANT_TYPE_VARDICT);
  roost_stats_add_host (domain, ROOST_STATS_ALL, &stats);
  return g_variant_builder_end (&stats);
}
