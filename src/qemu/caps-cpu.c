/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/caps-cpu.h"

#include "base/json.h"

#include <string.h>

static RoostCpuFacts *
cpu_from_json (JsonObject *object)
{
  RoostCpuFacts *cpu = g_new0 (RoostCpuFacts, 1);
  JsonArray *blockers = roost_json_array (object, "unavailable-features");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < roost_json_length (blockers); i++)
    {
      const char *blocker = roost_json_string_at (blockers, i);

      if (blocker != NULL)
        g_strv_builder_add (builder, blocker);
    }
  cpu->blockers = g_strv_builder_end (builder);
  cpu->type = g_strdup (roost_json_string (object, "typename"));
  cpu->is_migratable = roost_json_bool (object, "migration-safe", FALSE);
  cpu->is_deprecated = roost_json_bool (object, "deprecated", FALSE);
  cpu->is_usable = roost_json_length (blockers) == 0;
  return cpu;
}

void
roost_caps_cpu_list (RoostCapsPeer *peer, GHashTable *out_cpus)
{
  g_autoptr (JsonNode) list = roost_caps_peer_ask (peer, "query-cpu-definitions", NULL, NULL);
  JsonArray *array = roost_json_node_array (list);

  for (guint i = 0; i < roost_json_length (array); i++)
    {
      JsonObject *object = roost_json_object_at (array, i);
      const char *name = roost_json_string (object, "name");

      if (name != NULL)
        g_hash_table_insert (out_cpus, g_strdup (name), cpu_from_json (object));
    }
}

/* @type: "full", or "static": only what the guest sees, on a model that never changes.
 * Returns: (nullable): {"name": …, "props": {…}} within @out_answer */
static JsonObject *
ask_expansion (RoostCapsPeer *peer, const char *type, const char *model, JsonNode **out_answer)
{
  g_autoptr (JsonObject) args = json_object_new ();
  JsonObject *about = json_object_new ();

  json_object_set_string_member (about, "name", model);
  json_object_set_string_member (args, "type", type);
  json_object_set_object_member (args, "model", about);
  *out_answer = roost_caps_peer_ask (peer, "query-cpu-model-expansion", args, NULL);
  return roost_json_object (roost_json_node_object (*out_answer), "model");
}

static char *
property_text (JsonNode *node)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (type == G_TYPE_BOOLEAN)
    return g_strdup (json_node_get_boolean (node) ? "on" : "off");
  if (type == G_TYPE_STRING)
    return json_node_dup_string (node);
  return json_to_string (node, FALSE);
}

static void
add_props (JsonObject *expansion, GHashTable *out_props)
{
  JsonObject *props = roost_json_object (expansion, "props");
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (props == NULL)
    return;
  json_object_iter_init (&iter, props);
  while (json_object_iter_next (&iter, &name, &node))
    g_hash_table_insert (out_props, g_strdup (name), property_text (node));
}

void
roost_caps_cpu_expand (RoostCapsPeer *peer, const char *model, GHashTable *out_props)
{
  g_autoptr (JsonNode) answer = NULL;

  add_props (ask_expansion (peer, "full", model, &answer), out_props);
}

/* --- the nearest named model --- */

static gboolean
is_on (GHashTable *props, const char *name)
{
  return g_strcmp0 (g_hash_table_lookup (props, name), "on") == 0;
}

/* How many features are on in @some and not in @of. */
static guint
count_beyond (GHashTable *some, GHashTable *of)
{
  GHashTableIter iter;
  gpointer name, value;
  guint n = 0;

  g_hash_table_iter_init (&iter, some);
  while (g_hash_table_iter_next (&iter, &name, &value))
    n += g_str_equal (value, "on") && !is_on (of, name);
  return n;
}

/* How far @candidate is from @whole. The vendor counts for more than all features: guests choose
 * code by it. */
static guint
distance_of (GHashTable *candidate, GHashTable *whole)
{
  gboolean is_same_vendor =
      g_strcmp0 (g_hash_table_lookup (candidate, "vendor"), g_hash_table_lookup (whole, "vendor"))
      == 0;

  return count_beyond (candidate, whole) + count_beyond (whole, candidate)
         + (is_same_vendor ? 0 : 10000);
}

/* "Haswell-v2" has a name of its own too, when it is worth one. */
static gboolean
is_numbered (const char *name)
{
  const char *dash = strrchr (name, '-');

  return dash != NULL && dash[1] == 'v' && g_ascii_isdigit (dash[2]);
}

static gboolean
is_candidate (const char *name, const RoostCpuFacts *cpu)
{
  return cpu->is_migratable && !is_numbered (name) && !g_str_equal (name, "base");
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

/* Returns: (transfer full): what @whole has on and @part has not, sorted */
static GStrv
features_beyond (GHashTable *whole, GHashTable *part)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, whole);
  while (g_hash_table_iter_next (&iter, &name, &value))
    if (g_str_equal (value, "on") && !is_on (part, name))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_texts);
  g_ptr_array_add (names, NULL);
  return (GStrv)g_ptr_array_steal (names, NULL);
}

/* Returns: (transfer full): what @name is made of. Machines take a bare name for its first version,
 * while a QEMU without a machine, as the one that is asked, takes it for the last. */
static GHashTable *
props_of_model (RoostCapsPeer *peer, GHashTable *cpus, const char *name)
{
  GHashTable *props = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *first = g_strconcat (name, "-v1", NULL);
  g_autoptr (JsonNode) answer = NULL;

  add_props (
      ask_expansion (peer, "static", g_hash_table_contains (cpus, first) ? first : name, &answer),
      props);
  return props;
}

/* Returns: (transfer full): name of the best model; its properties in @out_props, else empty */
static char *
find_best (RoostCapsPeer *peer, GHashTable *cpus, GHashTable *whole, GHashTable **out_props)
{
  GHashTableIter iter;
  gpointer name, value;
  guint best = G_MAXUINT;
  char *found = NULL;

  *out_props = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_iter_init (&iter, cpus);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      g_autoptr (GHashTable) props = NULL;
      guint distance;

      if (!is_candidate (name, value))
        continue;
      props = props_of_model (peer, cpus, name);
      distance = distance_of (props, whole);
      if (distance > best || (distance == best && g_strcmp0 (name, found) > 0))
        continue;
      best = distance;
      g_free (found);
      found = g_strdup (name);
      g_hash_table_unref (*out_props);
      *out_props = g_hash_table_ref (props);
    }
  return found;
}

RoostNearestCpu *
roost_caps_cpu_nearest (RoostCapsPeer *peer, const char *model, GHashTable *cpus)
{
  g_autoptr (GHashTable) whole = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GHashTable) part = NULL;
  g_autoptr (JsonNode) answer = NULL;
  JsonObject *expansion = ask_expansion (peer, "static", model, &answer);
  const char *base = roost_json_string (expansion, "name");
  g_autofree char *found = NULL;
  RoostNearestCpu *match;

  if (base == NULL)
    return NULL;
  add_props (expansion, whole);
  if (g_str_equal (base, "base")) /* a model without any features, as on x86 */
    found = find_best (peer, cpus, whole, &part);
  else
    {
      found = g_strdup (base);
      part = g_hash_table_new (g_str_hash, g_str_equal);
    }
  if (found == NULL)
    return NULL;
  match = g_new0 (RoostNearestCpu, 1);
  match->model = g_steal_pointer (&found);
  match->vendor = g_strdup (g_hash_table_lookup (whole, "vendor"));
  match->features = features_beyond (whole, part);
  match->missing = features_beyond (part, whole);
  return match;
}
