/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/qapi-paths.h"

#include "base/json.h"

#include <string.h>

#define MAX_DEPTH 5

/* Where the walk is: an object type within the types that led to it. */
typedef struct Place Place;
struct Place
{
  const Place *outer;
  const char *type;
  guint depth;
};

typedef struct
{
  GHashTable *types; /* name → JsonObject, borrowed from the schema */
  GHashTable *paths;
} Walk;

static void walk_type (Walk *walk, const char *type, const char *path, const Place *outer);

static void
add_features (Walk *walk, JsonObject *holder, const char *path)
{
  JsonArray *features = roost_json_array (holder, "features");

  for (guint i = 0; i < roost_json_length (features); i++)
    {
      const char *feature = roost_json_string_at (features, i);

      if (feature != NULL)
        g_hash_table_add (walk->paths, g_strdup_printf ("%s/$%s", path, feature));
    }
}

static void
add_values (Walk *walk, JsonObject *entity, const char *path)
{
  JsonArray *members = roost_json_array (entity, "members");

  for (guint i = 0; i < roost_json_length (members); i++)
    {
      const char *name = roost_json_string (roost_json_object_at (members, i), "name");

      if (name != NULL)
        g_hash_table_add (walk->paths, g_strdup_printf ("%s/^%s", path, name));
    }
}

static void
walk_member (Walk *walk, JsonObject *member, const char *path, const Place *place)
{
  const char *name = roost_json_string (member, "name");
  char *inner = g_strdup_printf ("%s/%s", path, name);

  g_hash_table_add (walk->paths, inner);
  add_features (walk, member, inner);
  walk_type (walk, roost_json_string (member, "type"), inner, place);
}

static void
walk_object (Walk *walk, JsonObject *entity, const char *path, const Place *place)
{
  JsonArray *members = roost_json_array (entity, "members");
  JsonArray *variants = roost_json_array (entity, "variants");

  for (guint i = 0; i < roost_json_length (members); i++)
    walk_member (walk, roost_json_object_at (members, i), path, place);
  for (guint i = 0; i < roost_json_length (variants); i++)
    {
      JsonObject *variant = roost_json_object_at (variants, i);
      g_autofree char *inner =
          g_strdup_printf ("%s/+%s", path, roost_json_string (variant, "case"));

      walk_type (walk, roost_json_string (variant, "type"), inner, place);
    }
}

static void
walk_alternate (Walk *walk, JsonObject *entity, const char *path, const Place *place)
{
  JsonArray *members = roost_json_array (entity, "members");

  for (guint i = 0; i < roost_json_length (members); i++)
    walk_type (walk, roost_json_string (roost_json_object_at (members, i), "type"), path, place);
}

static gboolean
is_inside (const Place *place, const char *type)
{
  for (; place != NULL; place = place->outer)
    if (g_str_equal (place->type, type))
      return TRUE;
  return FALSE;
}

static void
walk_type (Walk *walk, const char *type, const char *path, const Place *outer)
{
  JsonObject *entity = type != NULL ? g_hash_table_lookup (walk->types, type) : NULL;
  const char *kind = roost_json_string (entity, "meta-type");
  Place place = { outer, type, outer != NULL ? outer->depth : 0 };

  if (kind == NULL || is_inside (outer, type))
    return;
  add_features (walk, entity, path);
  if (g_str_equal (kind, "enum"))
    add_values (walk, entity, path);
  else if (g_str_equal (kind, "array"))
    walk_type (walk, roost_json_string (entity, "element-type"), path, &place);
  else if (++place.depth > MAX_DEPTH)
    return;
  else if (g_str_equal (kind, "alternate"))
    walk_alternate (walk, entity, path, &place);
  else if (g_str_equal (kind, "object"))
    walk_object (walk, entity, path, &place);
}

static void
walk_entry (Walk *walk, JsonObject *entity)
{
  const char *kind = roost_json_string (entity, "meta-type");
  const char *name = roost_json_string (entity, "name");
  g_autofree char *path = NULL;
  g_autofree char *arg = NULL;
  g_autofree char *ret = NULL;

  if (name == NULL || (g_strcmp0 (kind, "command") != 0 && g_strcmp0 (kind, "event") != 0))
    return;
  path = g_strconcat (g_str_equal (kind, "event") ? "event:" : "", name, NULL);
  arg = g_strconcat (path, "/arg-type", NULL);
  ret = g_strconcat (path, "/ret-type", NULL);
  g_hash_table_add (walk->paths, g_strdup (path));
  add_features (walk, entity, path);
  walk_type (walk, roost_json_string (entity, "arg-type"), arg, NULL);
  walk_type (walk, roost_json_string (entity, "ret-type"), ret, NULL);
}

void
roost_qapi_paths_add (JsonArray *schema, GHashTable *out_paths)
{
  g_autoptr (GHashTable) types = g_hash_table_new (g_str_hash, g_str_equal);
  Walk walk = { types, out_paths };

  for (guint i = 0; i < roost_json_length (schema); i++)
    {
      JsonObject *entity = roost_json_object_at (schema, i);
      const char *name = roost_json_string (entity, "name");

      if (name != NULL)
        g_hash_table_insert (types, (gpointer)name, entity);
    }
  for (guint i = 0; i < roost_json_length (schema); i++)
    walk_entry (&walk, roost_json_object_at (schema, i));
}
