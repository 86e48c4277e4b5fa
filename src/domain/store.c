/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/store.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"

#include <glib/gstdio.h>
#include <string.h>

static char *
file_of (const RoostPlaces *places, const char *uuid, const char *suffix)
{
  return g_strdup_printf ("%s/domain/%s%s", places->config_dir, uuid, suffix);
}

char *
roost_store_xml_path (const RoostPlaces *places, const char *uuid)
{
  return file_of (places, uuid, ".xml");
}

char *
roost_store_nvram_dir (const RoostPlaces *places)
{
  return g_build_filename (places->state_dir, "nvram", NULL);
}

char *
roost_store_tpm_dir (const RoostPlaces *places, const char *uuid)
{
  return g_build_filename (places->state_dir, "tpm", uuid, NULL);
}

void
roost_store_forget_tpm (const RoostPlaces *places, const char *uuid)
{
  g_autofree char *folder = roost_store_tpm_dir (places, uuid);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}

char *
roost_store_log_path (const RoostPlaces *places, const char *name)
{
  g_autofree char *file = g_strconcat (name, ".log", NULL);

  return g_build_filename (places->state_dir, "log", g_strdelimit (file, "/", '_'), NULL);
}

gboolean
roost_store_prepare (const RoostPlaces *places, GError **error)
{
  g_autofree char *domains = g_build_filename (places->config_dir, "domain", NULL);
  g_autofree char *running = g_build_filename (places->run_dir, "domain", NULL);
  g_autofree char *logs = g_build_filename (places->state_dir, "log", NULL);

  return roost_dir_make (domains, 0700, error)
         && roost_dir_make (running, places->is_privileged ? 0711 : 0700, error)
         && roost_dir_make (logs, 0700, error);
}

gboolean
roost_store_write (const RoostPlaces *places, const char *uuid, const char *xml, GError **error)
{
  g_autofree char *path = roost_store_xml_path (places, uuid);

  return roost_file_write (path, xml, strlen (xml), 0600, error);
}

static char *
autostart_text (const RoostAutostart *autostart)
{
  return g_strdup_printf (
      "{ \"autostart\": %s, \"order\": %u, \"delay\": %" G_GUINT64_FORMAT " }\n",
      autostart->is_on ? "true" : "false", autostart->order, autostart->delay_us);
}

gboolean
roost_store_write_autostart (const RoostPlaces *places,
                             const char *uuid,
                             const RoostAutostart *autostart,
                             GError **error)
{
  g_autofree char *path = file_of (places, uuid, ".json");
  g_autofree char *text = autostart_text (autostart);

  if (!autostart->is_on && autostart->order == 0 && autostart->delay_us == 0)
    return roost_file_remove (path, error);
  return roost_file_write (path, text, strlen (text), 0600, error);
}

/* The document first: what is left when we are killed between the two is cleaned up by the next
 * load, and cannot bring the domain back. */
gboolean
roost_store_remove (const RoostPlaces *places, const char *uuid, GError **error)
{
  static const RoostAutostart none = { 0 };
  g_autofree char *path = roost_store_xml_path (places, uuid);

  return roost_file_remove (path, error)
         && roost_store_write_autostart (places, uuid, &none, error);
}

static RoostAutostart
autostart_of (JsonObject *object)
{
  gint64 order = roost_json_int (object, "order", 0);
  gint64 delay_us = roost_json_int (object, "delay", 0);

  return (RoostAutostart){
    .is_on = roost_json_bool (object, "autostart", FALSE),
    .order = (guint)CLAMP (order, 0, G_MAXINT),
    .delay_us = MIN ((guint64)MAX (delay_us, 0), ROOST_AUTOSTART_MAX_DELAY_US),
  };
}

static RoostAutostart
load_autostart (const RoostPlaces *places, const char *uuid)
{
  g_autofree char *path = file_of (places, uuid, ".json");
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &text, &length, &error))
    {
      if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        roost_file_set_aside (path, error->message);
      return (RoostAutostart){ 0 };
    }
  node = roost_json_parse (text, length, &error);
  if (node != NULL && roost_json_node_object (node) != NULL)
    return autostart_of (roost_json_node_object (node));
  roost_file_set_aside (path, error != NULL ? error->message : "not a JSON object");
  return (RoostAutostart){ 0 };
}

/* Returns: (transfer full) (nullable): the uuid of a file "UUID" @suffix */
static char *
uuid_of_file (const char *name, const char *suffix)
{
  g_autofree char *uuid = NULL;

  if (!g_str_has_suffix (name, suffix))
    return NULL;
  uuid = g_strndup (name, strlen (name) - strlen (suffix));
  return g_uuid_string_is_valid (uuid) ? g_steal_pointer (&uuid) : NULL;
}

static void
load_one (const RoostPlaces *places, const char *uuid, RoostStoreFunc func, gpointer data)
{
  g_autofree char *path = roost_store_xml_path (places, uuid);
  g_autofree char *xml = NULL;
  g_autoptr (GError) error = NULL;

  RoostAutostart autostart;

  if (!g_file_get_contents (path, &xml, NULL, &error))
    {
      roost_file_set_aside (path, error->message);
      return;
    }
  autostart = load_autostart (places, uuid);
  func (uuid, xml, &autostart, data);
}

/* A leftover of an undefine that was killed half-way. */
static void
drop_orphan (const RoostPlaces *places, const char *uuid)
{
  g_autofree char *xml = roost_store_xml_path (places, uuid);
  g_autofree char *json = file_of (places, uuid, ".json");

  if (!g_file_test (xml, G_FILE_TEST_EXISTS))
    g_unlink (json);
}

void
roost_store_load (const RoostPlaces *places, RoostStoreFunc func, gpointer data)
{
  g_autofree char *folder = g_build_filename (places->config_dir, "domain", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (dir == NULL)
    {
      roost_warning ("cannot list %s: %s", folder, error->message);
      return;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *uuid = uuid_of_file (names->pdata[i], ".xml");
      g_autofree char *orphan = uuid_of_file (names->pdata[i], ".json");

      if (uuid != NULL)
        load_one (places, uuid, func, data);
      else if (orphan != NULL)
        drop_orphan (places, orphan);
    }
}
