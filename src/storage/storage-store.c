/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "storage/storage-private.h"

#include <string.h>

#define FILE_MODE 0600

static char *
file_of (const char *folder, const char *uuid, const char *suffix)
{
  return g_strdup_printf ("%s/pool/%s%s", folder, uuid, suffix);
}

static gboolean
write_xml (const char *path, const RoostPoolConfig *config, GError **error)
{
  g_autofree char *xml = roost_pool_config_format (config);

  return roost_file_write (path, xml, strlen (xml), FILE_MODE, error);
}

gboolean
roost_storage_write_config (RoostStorage *storage, const RoostPoolConfig *config, GError **error)
{
  g_autofree char *path = file_of (storage->config_dir, config->uuid, ".xml");

  return write_xml (path, config, error);
}

gboolean
roost_storage_remove_config (RoostStorage *storage, const char *uuid, GError **error)
{
  g_autofree char *path = file_of (storage->config_dir, uuid, ".xml");

  return roost_file_remove (path, error)
         && roost_storage_write_autostart (storage, uuid, FALSE, error);
}

gboolean
roost_storage_write_autostart (RoostStorage *storage,
                               const char *uuid,
                               gboolean is_autostart,
                               GError **error)
{
  static const char text[] = "{ \"autostart\": true }\n";
  g_autofree char *path = file_of (storage->config_dir, uuid, ".json");

  return is_autostart ? roost_file_write (path, text, strlen (text), FILE_MODE, error)
                      : roost_file_remove (path, error);
}

gboolean
roost_storage_write_active (RoostStorage *storage, const RoostPoolConfig *config, GError **error)
{
  g_autofree char *path = file_of (storage->run_dir, config->uuid, ".xml");

  return write_xml (path, config, error);
}

gboolean
roost_storage_remove_active (RoostStorage *storage, const char *uuid, GError **error)
{
  g_autofree char *path = file_of (storage->run_dir, uuid, ".xml");

  return roost_file_remove (path, error);
}

/* --- loading --- */

static RoostPoolConfig *
load_config (const char *path, const char *uuid, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (RoostPoolConfig) config = NULL;

  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;
  config = roost_pool_config_parse (text, NULL, error);
  if (config == NULL || !roost_pool_config_complete (config, NULL, error))
    return NULL;
  if (g_str_equal (config->uuid, uuid))
    return g_steal_pointer (&config);
  roost_throw (error, ROOST_ERROR_INVALID_XML, "its uuid is %s", config->uuid);
  return NULL;
}

typedef void (*LoadFunc) (RoostStorage *storage, RoostPoolConfig *config);

static void
load_file (RoostStorage *storage, const char *folder, const char *file, LoadFunc take)
{
  g_autofree char *path = g_build_filename (folder, "pool", file, NULL);
  g_autofree char *uuid = g_strndup (file, strlen (file) - strlen (".xml"));
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostPoolConfig) config = load_config (path, uuid, &error);

  if (config == NULL)
    roost_file_set_aside (path, error->message);
  else
    take (storage, g_steal_pointer (&config));
}

static gboolean
load_folder (RoostStorage *storage, const char *folder, LoadFunc take, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "pool", NULL);
  g_autoptr (GDir) dir = NULL;
  const char *file;

  if (!roost_dir_make (path, 0700, error))
    return FALSE;
  dir = g_dir_open (path, 0, error);
  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (file, ".xml"))
      load_file (storage, folder, file, take);
  return dir != NULL;
}

static void
take_defined (RoostStorage *storage, RoostPoolConfig *config)
{
  g_autofree char *mark = file_of (storage->config_dir, config->uuid, ".json");
  RoostPool *pool = roost_pool_new (storage, config);

  pool->is_persistent = TRUE;
  pool->is_autostart = g_file_test (mark, G_FILE_TEST_EXISTS);
  roost_storage_add (storage, pool);
}

static void
adopt_co (gpointer p)
{
  g_autoptr (RoostPool) pool = p;

  roost_pool_adopt (pool);
}

/* What runs may differ from what is stored. */
static void
take_active (RoostStorage *storage, RoostPoolConfig *config)
{
  RoostPool *pool = roost_storage_find_uuid (storage, config->uuid);

  if (pool == NULL)
    {
      pool = roost_pool_new (storage, config);
      roost_storage_add (storage, pool);
    }
  else if (roost_type_equal (&roost_pool_type, pool->config, config, 0, NULL))
    roost_pool_config_free (config);
  else
    {
      pool->next_config = pool->config;
      pool->config = config;
    }
  co_spawn ("pool-adopt", adopt_co, g_object_ref (pool));
}

gboolean
roost_storage_load (RoostStorage *storage, GError **error)
{
  return load_folder (storage, storage->config_dir, take_defined, error)
         && load_folder (storage, storage->run_dir, take_active, error);
}
