/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/topology.h"

#include <string.h>

/* More is no host that exists, and would make a list such as "0-4294967295" endless. */
#define MAX_NUMBER 65535

static char *
read_text (const char *sys_dir, const char *path)
{
  g_autofree char *whole = g_build_filename (sys_dir, path, NULL);
  char *text = NULL;

  if (!g_file_get_contents (whole, &text, NULL, NULL))
    return NULL;
  return g_strchomp (text);
}

/* "0-3,8" → 0 1 2 3 8 */
static GArray *
parse_list (const char *text)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : "", ",", -1);

  for (char **part = parts; *part != NULL; part++)
    {
      char *end = NULL;
      guint64 first = g_ascii_strtoull (*part, &end, 10);
      guint64 last = end != *part && *end == '-' ? g_ascii_strtoull (end + 1, NULL, 10) : first;

      if (end == *part || last > MAX_NUMBER)
        continue;
      for (guint number = (guint)first; number <= last; number++)
        g_array_append_val (numbers, number);
    }
  return numbers;
}

static GArray *
read_list (const char *sys_dir, const char *path)
{
  g_autofree char *text = read_text (sys_dir, path);

  return parse_list (text);
}

static void
add_processor (GString *out, const char *sys_dir, guint cpu)
{
  static const struct
  {
    const char *file, *attribute;
  } facts[] = {
    { "physical_package_id", "socket_id" },
    { "die_id", "die_id" },
    { "core_id", "core_id" },
    { "thread_siblings_list", "siblings" },
  };

  g_string_append_printf (out, "          <cpu id='%u'", cpu);
  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      g_autofree char *path = g_strdup_printf ("cpu/cpu%u/topology/%s", cpu, facts[i].file);
      g_autofree char *value = read_text (sys_dir, path);
      g_autofree char *escaped = value != NULL ? g_markup_escape_text (value, -1) : NULL;

      if (escaped != NULL)
        g_string_append_printf (out, " %s='%s'", facts[i].attribute, escaped);
    }
  g_string_append (out, "/>\n");
}

/* "Node 0 MemTotal:       1234 kB" */
static guint64
node_memory_kib (const char *sys_dir, guint node)
{
  g_autofree char *path = g_strdup_printf ("node/node%u/meminfo", node);
  g_autofree char *text = read_text (sys_dir, path);
  const char *at = text != NULL ? strstr (text, "MemTotal:") : NULL;

  return at != NULL ? g_ascii_strtoull (at + strlen ("MemTotal:"), NULL, 10) : 0;
}

static void
add_node (GString *out, const char *sys_dir, guint node)
{
  g_autofree char *path = g_strdup_printf ("node/node%u/cpulist", node);
  g_autoptr (GArray) cpus = read_list (sys_dir, path);

  g_string_append_printf (out,
                          "      <cell id='%u'>\n"
                          "        <memory unit='KiB'>%" G_GUINT64_FORMAT "</memory>\n"
                          "        <cpus num='%u'>\n",
                          node, node_memory_kib (sys_dir, node), cpus->len);
  for (guint i = 0; i < cpus->len; i++)
    add_processor (out, sys_dir, g_array_index (cpus, guint, i));
  g_string_append (out, "        </cpus>\n      </cell>\n");
}

char *
roost_host_topology_xml (const char *sys_dir)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GArray) nodes = read_list (sys_dir, "node/online");

  g_string_append_printf (out, "  <topology>\n    <cells num='%u'>\n", nodes->len);
  for (guint i = 0; i < nodes->len; i++)
    add_node (out, sys_dir, g_array_index (nodes, guint, i));
  g_string_append (out, "    </cells>\n  </topology>\n");
  return g_string_free (g_steal_pointer (&out), FALSE);
}
