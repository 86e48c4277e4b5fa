/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/remains.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "domain/manager-private.h"
#include "domain/store.h"

#include <string.h>

static void
remain_free (gpointer p)
{
  RoostRemain *remain = p;

  g_free (remain->pool);
  g_free (remain->name);
  g_free (remain);
}

RoostRemains *
roost_remains_new (const char *uuid, gboolean is_clone)
{
  RoostRemains *remains = g_new0 (RoostRemains, 1);

  remains->uuid = g_strdup (uuid);
  remains->is_clone = is_clone;
  remains->volumes = g_ptr_array_new_with_free_func (remain_free);
  return remains;
}

void
roost_remains_free (RoostRemains *remains)
{
  g_ptr_array_unref (remains->volumes);
  g_free (remains->uuid);
  g_free (remains->nvram);
  g_free (remains);
}

RoostRemain *
roost_remains_add (RoostRemains *remains, const char *pool, const char *name)
{
  RoostRemain *remain = g_new0 (RoostRemain, 1);

  remain->pool = g_strdup (pool);
  remain->name = g_strdup (name);
  g_ptr_array_add (remains->volumes, remain);
  return remain;
}

/* --- as text --- */

static JsonArray *
volumes_to_json (const GPtrArray *volumes)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < volumes->len; i++)
    {
      const RoostRemain *remain = volumes->pdata[i];
      g_autofree char *inode = g_strdup_printf ("%" G_GUINT64_FORMAT, remain->inode);
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "pool", remain->pool);
      json_object_set_string_member (object, "name", remain->name);
      json_object_set_string_member (object, "inode", inode); /* 64 bits */
      json_array_add_object_element (array, object);
    }
  return array;
}

char *
roost_remains_to_text (const RoostRemains *remains)
{
  JsonObject *object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  json_object_set_string_member (object, "uuid", remains->uuid);
  json_object_set_boolean_member (object, "clone", remains->is_clone);
  json_object_set_array_member (object, "volumes", volumes_to_json (remains->volumes));
  if (remains->nvram != NULL)
    json_object_set_string_member (object, "nvram", remains->nvram);
  json_object_set_boolean_member (object, "tpm", remains->has_tpm);
  return json_to_string (node, TRUE);
}

static gboolean
read_volume (RoostRemains *remains, JsonObject *object)
{
  const char *pool = roost_json_string (object, "pool");
  const char *name = roost_json_string (object, "name");
  const char *inode = roost_json_string (object, "inode");

  if (pool == NULL || name == NULL || inode == NULL)
    return FALSE;
  roost_remains_add (remains, pool, name)->inode = g_ascii_strtoull (inode, NULL, 10);
  return TRUE;
}

RoostRemains *
roost_remains_from_text (const char *text, GError **error)
{
  g_autoptr (JsonNode) node = roost_json_parse (text, strlen (text), error);
  JsonObject *object = roost_json_node_object (node);
  const char *uuid = roost_json_string (object, "uuid");
  JsonArray *volumes = roost_json_array (object, "volumes");
  g_autoptr (RoostRemains) remains = NULL;
  gboolean is_good = uuid != NULL && g_uuid_string_is_valid (uuid);

  if (node == NULL)
    return NULL;
  remains = roost_remains_new (uuid, roost_json_bool (object, "clone", FALSE));
  remains->nvram = g_strdup (roost_json_string (object, "nvram"));
  remains->has_tpm = roost_json_bool (object, "tpm", FALSE);
  for (guint i = 0; i < roost_json_length (volumes); i++)
    is_good = read_volume (remains, roost_json_object_at (volumes, i)) && is_good;
  if (is_good)
    return g_steal_pointer (&remains);
  roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "it does not say what is left");
  return NULL;
}

/* --- its file --- */

static char *
folder_of (const RoostManager *manager)
{
  return g_build_filename (manager->places->state_dir, "unfinished", NULL);
}

static char *
path_of (const RoostManager *manager, const char *uuid)
{
  g_autofree char *folder = folder_of (manager);
  g_autofree char *name = g_strconcat (uuid, ".json", NULL);

  return g_build_filename (folder, name, NULL);
}

gboolean
roost_remains_write (RoostManager *manager, const RoostRemains *remains, GError **error)
{
  g_autofree char *folder = folder_of (manager);
  g_autofree char *path = path_of (manager, remains->uuid);
  g_autofree char *text = roost_remains_to_text (remains);

  return roost_dir_make (folder, 0700, error)
         && roost_file_write (path, text, strlen (text), 0600, error);
}

gboolean
roost_remains_forget (RoostManager *manager, const char *uuid, GError **error)
{
  g_autofree char *path = path_of (manager, uuid);

  return roost_file_remove (path, error);
}

gboolean
roost_remains_remove_state (RoostManager *manager, const RoostRemains *remains, GError **error)
{
  if (remains->has_tpm)
    roost_store_forget_tpm (manager->places, remains->uuid);
  return remains->nvram == NULL || roost_file_remove (remains->nvram, error);
}
