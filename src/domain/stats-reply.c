/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/stats-reply.h"

#include "base/json.h"
#include "domain/stats-host.h"

#include <string.h>

#define PERIPHERAL "/machine/peripheral/"

void
roost_stats_add (GVariantBuilder *stats, const char *key, guint64 value)
{
  g_variant_builder_add (stats, "{sv}", key, g_variant_new_uint64 (value));
}

void
roost_stats_add_text (GVariantBuilder *stats, const char *key, const char *value)
{
  if (value != NULL)
    g_variant_builder_add (stats, "{sv}", key, g_variant_new_string (value));
}

/* QEMU says 2^64-1 where it does not know, which comes as -1 or as the largest number. */
static gboolean
count_of (JsonObject *object, const char *name, guint64 *out)
{
  gint64 value = roost_json_int (object, name, -1);

  if (value < 0 || value == G_MAXINT64)
    return FALSE;
  *out = (guint64)value;
  return TRUE;
}

void
roost_stats_add_count (
    GVariantBuilder *stats, const char *key, JsonObject *object, const char *name, guint64 divisor)
{
  guint64 value;

  if (count_of (object, name, &value))
    roost_stats_add (stats, key, value / divisor);
}

char *
roost_stats_alias (const char *qdev)
{
  if (qdev == NULL)
    return g_strdup ("");
  if (g_str_has_prefix (qdev, PERIPHERAL))
    qdev += strlen (PERIPHERAL);
  return g_strndup (qdev, strcspn (qdev, "/"));
}

static guint
items_of (JsonArray *array)
{
  return MIN (roost_json_length (array), ROOST_STATS_MAX_ITEMS);
}

/* --- balloon --- */

/* Source: QEMU docs/interop/virtio-balloon-stats.rst; sizes are bytes. */
static const struct
{
  const char *key;
  const char *name;
} balloon_keys[] = {
  { "swap-in", "stat-swap-in" },
  { "swap-out", "stat-swap-out" },
  { "major-faults", "stat-major-faults" },
  { "minor-faults", "stat-minor-faults" },
  { "free", "stat-free-memory" },
  { "total", "stat-total-memory" },
  { "available", "stat-available-memory" },
  { "disk-caches", "stat-disk-caches" },
  { "hugetlb-allocations", "stat-htlb-pgalloc" },
  { "hugetlb-failures", "stat-htlb-pgfail" },
};

GVariant *
roost_stats_balloon (JsonObject *balloon, JsonObject *guest)
{
  JsonObject *stats = roost_json_object (guest, "stats");
  gint64 updated = roost_json_int (guest, "last-update", 0);
  GVariantBuilder out;

  g_variant_builder_init (&out, G_VARIANT_TYPE_VARDICT);
  roost_stats_add_count (&out, "current", balloon, "actual", 1);
  if (updated > 0 && updated < G_MAXINT64 / G_USEC_PER_SEC)
    {
      roost_stats_add (&out, "last-update", (guint64)updated * G_USEC_PER_SEC);
      for (guint i = 0; i < G_N_ELEMENTS (balloon_keys); i++)
        roost_stats_add_count (&out, balloon_keys[i].key, stats, balloon_keys[i].name, 1);
    }
  return g_variant_builder_end (&out);
}

/* --- threads --- */

static void
add_number (GVariantBuilder *out, const char *key, JsonObject *object, const char *name)
{
  guint64 value;

  if (count_of (object, name, &value) && value <= G_MAXUINT32)
    g_variant_builder_add (out, "{sv}", key, g_variant_new_uint32 ((guint32)value));
}

static void
add_thread (GVariantBuilder *out, JsonObject *object, pid_t pid)
{
  gint64 thread = roost_json_int (object, "thread-id", 0);

  add_number (out, "thread", object, "thread-id");
  if (thread > 0 && thread <= G_MAXINT32)
    roost_stats_add_thread (out, pid, (pid_t)thread);
}

GVariant *
roost_stats_vcpus (JsonArray *cpus, pid_t pid)
{
  GVariantBuilder out;

  g_variant_builder_init (&out, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < items_of (cpus); i++)
    {
      JsonObject *cpu = roost_json_object_at (cpus, i);

      if (roost_json_int (cpu, "cpu-index", -1) < 0)
        continue;
      g_variant_builder_open (&out, G_VARIANT_TYPE_VARDICT);
      add_number (&out, "vcpu", cpu, "cpu-index");
      add_thread (&out, cpu, pid);
      g_variant_builder_close (&out);
    }
  return g_variant_builder_end (&out);
}

GVariant *
roost_stats_iothreads (JsonArray *iothreads, pid_t pid)
{
  GVariantBuilder out;

  g_variant_builder_init (&out, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < items_of (iothreads); i++)
    {
      JsonObject *iothread = roost_json_object_at (iothreads, i);
      const char *id = roost_json_string (iothread, "id");

      if (id == NULL)
        continue;
      g_variant_builder_open (&out, G_VARIANT_TYPE_VARDICT);
      roost_stats_add_text (&out, "iothread", id);
      add_thread (&out, iothread, pid);
      roost_stats_add_count (&out, "poll-maximum", iothread, "poll-max-ns", 1000);
      roost_stats_add_count (&out, "poll-grow", iothread, "poll-grow", 1);
      roost_stats_add_count (&out, "poll-shrink", iothread, "poll-shrink", 1);
      g_variant_builder_close (&out);
    }
  return g_variant_builder_end (&out);
}

/* --- jobs --- */

GVariant *
roost_stats_jobs (JsonArray *jobs)
{
  GVariantBuilder out;

  g_variant_builder_init (&out, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < items_of (jobs); i++)
    {
      JsonObject *job = roost_json_object_at (jobs, i);

      if (roost_json_string (job, "id") == NULL)
        continue;
      g_variant_builder_open (&out, G_VARIANT_TYPE_VARDICT);
      roost_stats_add_text (&out, "id", roost_json_string (job, "id"));
      roost_stats_add_text (&out, "kind", roost_json_string (job, "type"));
      roost_stats_add_text (&out, "status", roost_json_string (job, "status"));
      roost_stats_add_count (&out, "done", job, "current-progress", 1);
      roost_stats_add_count (&out, "total", job, "total-progress", 1);
      roost_stats_add_text (&out, "error", roost_json_string (job, "error"));
      g_variant_builder_close (&out);
    }
  return g_variant_builder_end (&out);
}

/* --- query-stats --- */

static GVariant *
value_of_list (JsonArray *list)
{
  GVariantBuilder out;

  g_variant_builder_init (&out, G_VARIANT_TYPE ("at"));
  for (guint i = 0; i < items_of (list); i++)
    {
      JsonNode *node = json_array_get_element (list, i);
      gint64 value = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_int (node) : 0;

      g_variant_builder_add (&out, "t", (guint64)MAX (value, 0));
    }
  return g_variant_builder_end (&out);
}

/* A number, a truth, or a list of numbers (a histogram). Returns: NULL for anything else. */
static GVariant *
value_of (JsonNode *node)
{
  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    return value_of_list (json_node_get_array (node));
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return NULL;
  if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    return g_variant_new_boolean (json_node_get_boolean (node));
  if (json_node_get_value_type (node) != G_TYPE_INT64)
    return NULL;
  return g_variant_new_uint64 ((guint64)MAX (json_node_get_int (node), 0));
}

static void
add_values (GVariantBuilder *out, JsonArray *values)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < items_of (values); i++)
    {
      JsonObject *entry = roost_json_object_at (values, i);
      const char *name = roost_json_string (entry, "name");
      GVariant *value = name != NULL ? value_of (json_object_get_member (entry, "value")) : NULL;

      if (value != NULL && g_hash_table_add (seen, (gpointer)name))
        g_variant_builder_add (out, "{sv}", name, value);
      else if (value != NULL)
        g_variant_unref (g_variant_ref_sink (value));
    }
}

void
roost_stats_qemu (GVariantBuilder *out, const char *target, JsonArray *results)
{
  for (guint i = 0; i < items_of (results); i++)
    {
      JsonObject *result = roost_json_object_at (results, i);
      const char *provider = roost_json_string (result, "provider");
      GVariantBuilder values;

      if (provider == NULL)
        continue;
      g_variant_builder_init (&values, G_VARIANT_TYPE_VARDICT);
      add_values (&values, roost_json_array (result, "stats"));
      g_variant_builder_open (out, G_VARIANT_TYPE_VARDICT);
      roost_stats_add_text (out, "target", target);
      roost_stats_add_text (out, "provider", provider);
      roost_stats_add_text (out, "path", roost_json_string (result, "qom-path"));
      g_variant_builder_add (out, "{sv}", "values", g_variant_builder_end (&values));
      g_variant_builder_close (out);
    }
}
