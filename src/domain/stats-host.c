/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/stats-host.h"

#include "base/json.h"
#include "domain/stats-reply.h"
#include "storage/tool.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- threads --- */

static char *
read_task (pid_t pid, pid_t thread, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/%s", (int)pid, (int)thread, name);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

static guint64
us_of_ticks (unsigned long long ticks)
{
  return ticks * G_USEC_PER_SEC / (guint64)sysconf (_SC_CLK_TCK);
}

/* Source: proc(5): fields 14, 15 of stat, and 39, the processor; field 2 of schedstat is the time
 * in nanoseconds that it was ready and did not run. */
void
roost_stats_add_thread (GVariantBuilder *out, pid_t pid, pid_t thread)
{
  g_autofree char *stat = read_task (pid, thread, "stat");
  g_autofree char *schedule = read_task (pid, thread, "schedstat");
  const char *rest = stat != NULL ? strrchr (stat, ')') : NULL;
  g_auto (GStrv) fields = rest != NULL ? g_strsplit (rest, " ", -1) : NULL;
  unsigned long long waiting;

  if (fields == NULL || g_strv_length (fields) < 38)
    return;
  roost_stats_add (out, "time-user", us_of_ticks (g_ascii_strtoull (fields[12], NULL, 10)));
  roost_stats_add (out, "time-system", us_of_ticks (g_ascii_strtoull (fields[13], NULL, 10)));
  if (schedule != NULL && sscanf (schedule, "%*u %llu", &waiting) == 1)
    roost_stats_add (out, "time-waiting", waiting / 1000);
  g_variant_builder_add (out, "{sv}", "cpu",
                         g_variant_new_uint32 ((guint32)g_ascii_strtoull (fields[37], NULL, 10)));
}

/* --- network cards --- */

/* The last column is what the other end calls the same. */
static const struct
{
  const char *key;
  const char *name;
  const char *swapped;
} net_keys[] = {
  { "receive-bytes", "rx_bytes", "tx_bytes" },
  { "receive-packets", "rx_packets", "tx_packets" },
  { "receive-errors", "rx_errors", "tx_errors" },
  { "receive-drops", "rx_dropped", "tx_dropped" },
  { "transmit-bytes", "tx_bytes", "rx_bytes" },
  { "transmit-packets", "tx_packets", "rx_packets" },
  { "transmit-errors", "tx_errors", "rx_errors" },
  { "transmit-drops", "tx_dropped", "rx_dropped" },
};

gboolean
roost_stats_add_interface (GVariantBuilder *out, const char *statistics, gboolean is_swapped)
{
  gboolean has_any = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (net_keys); i++)
    {
      g_autofree char *path =
          g_build_filename (statistics, is_swapped ? net_keys[i].swapped : net_keys[i].name, NULL);
      g_autofree char *text = NULL;

      if (!g_file_get_contents (path, &text, NULL, NULL))
        continue;
      roost_stats_add (out, net_keys[i].key, g_ascii_strtoull (text, NULL, 10));
      has_any = TRUE;
    }
  return has_any;
}

/* {"data": [[["map", [["rx_bytes", 5], …]]]], "headings": ["statistics"]} */
static JsonArray *
array_in (JsonArray *array, guint index)
{
  JsonNode *node = index < roost_json_length (array) ? json_array_get_element (array, index) : NULL;

  return roost_json_node_array (node);
}

static gboolean
find_counter (JsonArray *pairs, const char *name, guint64 *out)
{
  for (guint i = 0; i < MIN (roost_json_length (pairs), ROOST_STATS_MAX_ITEMS); i++)
    {
      JsonArray *pair = array_in (pairs, i);
      JsonNode *value = roost_json_length (pair) == 2 ? json_array_get_element (pair, 1) : NULL;

      if (g_strcmp0 (roost_json_string_at (pair, 0), name) != 0 || value == NULL
          || !JSON_NODE_HOLDS_VALUE (value) || json_node_get_int (value) < 0)
        continue;
      *out = (guint64)json_node_get_int (value);
      return TRUE;
    }
  return FALSE;
}

/* A switch counts from its own end, as a tap does. */
gboolean
roost_stats_add_switch (GVariantBuilder *out, const char *text, gsize length)
{
  g_autoptr (JsonNode) root = roost_json_parse (text, length, NULL);
  JsonArray *data = roost_json_array (roost_json_node_object (root), "data");
  JsonArray *map = array_in (array_in (data, 0), 0);
  gboolean has_any = FALSE;
  guint64 value;

  if (g_strcmp0 (roost_json_string_at (map, 0), "map") != 0)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (net_keys); i++)
    if (find_counter (array_in (map, 1), net_keys[i].swapped, &value))
      {
        roost_stats_add (out, net_keys[i].key, value);
        has_any = TRUE;
      }
  return has_any;
}

/* Is it a name that an interface of the host may have? */
static gboolean
is_interface (const char *name)
{
  return name != NULL && *name != '\0' && strlen (name) < IFNAMSIZ && strchr (name, '/') == NULL
         && !g_str_equal (name, ".") && !g_str_equal (name, "..");
}

/* The figures of one port. @verb: "list" with a name, "find" with a condition. Awaits: yes.
 * Returns: whether there are any */
static gboolean
ask_switch (GVariantBuilder *out, const char *verb, const char *which, guint timeout_ms)
{
  const char *argv[] = { "ovs-vsctl", "--timeout=5", "--format=json", "--columns=statistics",
                         verb,        "Interface",   which,           NULL };
  const RoostToolOptions options = { .timeout_ms = timeout_ms };
  g_autofree char *text = roost_tool_run (argv, &options, NULL, NULL);

  return text != NULL && roost_stats_add_switch (out, text, strlen (text));
}

/* The port that meets the guest at this socket: as the switch was told, or, where the switch itself
 * listens, by the name of the socket. */
static gboolean
ask_by_socket (GVariantBuilder *out, const char *socket, guint timeout_ms)
{
  g_autoptr (JsonNode) path = json_node_init_string (json_node_alloc (), socket);
  g_autofree char *quoted = json_to_string (path, FALSE);
  g_autofree char *condition = g_strdup_printf ("options:vhost-server-path=%s", quoted);
  g_autofree char *name = g_path_get_basename (socket);

  return ask_switch (out, "find", condition, timeout_ms)
         || (*name != '-' && ask_switch (out, "list", name, timeout_ms));
}

/* Returns: NULL, or why there are no figures */
static const char *
add_from_switch (GVariantBuilder *out, const RoostNicView *nic, guint timeout_ms)
{
  gboolean has_name = nic->target != NULL && *nic->target != '-';

  if (!roost_tool_exists ("ovs-vsctl"))
    return "Open vSwitch is not here to be asked";
  if (!has_name && nic->socket == NULL)
    return "the port of the switch is not known";
  if (has_name ? ask_switch (out, "list", nic->target, timeout_ms)
               : ask_by_socket (out, nic->socket, timeout_ms))
    return NULL;
  return "Open vSwitch does not tell";
}

static const char *
add_from_interface (GVariantBuilder *out, const RoostNicView *nic)
{
  g_autofree char *folder = NULL;
  gboolean is_macvtap = g_str_equal (nic->kind, "direct");

  if (!is_interface (nic->target))
    return "its interface on the host is not known";
  folder = g_build_filename ("/sys/class/net", nic->target, "statistics", NULL);
  return roost_stats_add_interface (out, folder, !is_macvtap)
             ? NULL
             : "its interface is not there on the host";
}

static const char *
add_counters (GVariantBuilder *out, const RoostNicView *nic, guint timeout_ms)
{
  static const char *const with_interface[] = { "bridge", "network", "ethernet", "direct", NULL };

  if (g_strv_contains (with_interface, nic->kind))
    return add_from_interface (out, nic);
  if (g_str_equal (nic->kind, "vhostuser"))
    return add_from_switch (out, nic, timeout_ms);
  return "nobody counts what goes through a network of this kind";
}

GVariant *
roost_stats_net (GPtrArray *nics, guint timeout_ms)
{
  GVariantBuilder out;

  g_variant_builder_init (&out, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < nics->len; i++)
    {
      const RoostNicView *nic = nics->pdata[i];

      g_variant_builder_open (&out, G_VARIANT_TYPE_VARDICT);
      roost_stats_add_text (&out, "device", nic->alias);
      roost_stats_add_text (&out, "kind", nic->kind);
      roost_stats_add_text (&out, "mac", nic->mac);
      roost_stats_add_text (&out, "interface", nic->target);
      roost_stats_add_text (&out, "unavailable", add_counters (&out, nic, timeout_ms));
      g_variant_builder_close (&out);
    }
  return g_variant_builder_end (&out);
}
