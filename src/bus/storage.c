/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The objects of storage: their paths, and how they come and go. */

#include "bus/storage.h"

#include "introspection/interfaces.h"

#include <string.h>

#define VOLUMES "/volume"

/* --- paths --- */

char *
roost_bus_escape (const char *name)
{
  GString *label = g_string_new (NULL);

  for (const char *p = name; *p != '\0'; p++)
    if (g_ascii_isalnum (*p))
      g_string_append_c (label, *p);
    else
      g_string_append_printf (label, "_%02x", (guint8)*p);
  return g_string_free (label, FALSE);
}

char *
roost_bus_unescape (const char *label)
{
  g_autoptr (GString) name = g_string_new (NULL);

  for (const char *p = label; *p != '\0'; p++)
    {
      if (*p != '_')
        {
          g_string_append_c (name, *p);
          continue;
        }
      if (!g_ascii_isxdigit (p[1]) || !g_ascii_isxdigit (p[2]))
        return NULL;
      g_string_append_c (name,
                         (char)(g_ascii_xdigit_value (p[1]) << 4 | g_ascii_xdigit_value (p[2])));
      p += 2;
    }
  return strlen (name->str) == name->len ? g_strdup (name->str) : NULL;
}

char *
roost_bus_pool_path (const char *uuid)
{
  char *path = g_strconcat (ROOST_BUS_PATH_POOLS "/", uuid, NULL);

  return g_strdelimit (path, "-", '_');
}

static char *
volumes_path (const char *pool_uuid)
{
  g_autofree char *path = roost_bus_pool_path (pool_uuid);

  return g_strconcat (path, VOLUMES, NULL);
}

char *
roost_bus_volume_path (const char *pool_uuid, const char *name)
{
  g_autofree char *folder = volumes_path (pool_uuid);
  g_autofree char *label = roost_bus_escape (name);

  return g_strconcat (folder, "/", label, NULL);
}

GVariant *
roost_bus_job_variant (RoostJob *job)
{
  g_autofree char *path =
      job != NULL ? roost_bus_job_path (roost_job_number (job)) : g_strdup ("/");

  return g_variant_new_object_path (path);
}

/* --- a volume, for the length of a call --- */

struct _RoostVolumeRef
{
  GObject parent;
  RoostPool *pool;
  char *name;
};

G_DEFINE_FINAL_TYPE (RoostVolumeRef, roost_volume_ref, G_TYPE_OBJECT)

static void
roost_volume_ref_finalize (GObject *object)
{
  RoostVolumeRef *ref = ROOST_VOLUME_REF (object);

  g_object_unref (ref->pool);
  g_free (ref->name);
  G_OBJECT_CLASS (roost_volume_ref_parent_class)->finalize (object);
}

static void
roost_volume_ref_class_init (RoostVolumeRefClass *class)
{
  G_OBJECT_CLASS (class)->finalize = roost_volume_ref_finalize;
}

static void
roost_volume_ref_init (RoostVolumeRef *ref)
{
}

RoostPool *
roost_volume_ref_pool (RoostVolumeRef *ref)
{
  return ref->pool;
}

const char *
roost_volume_ref_name (RoostVolumeRef *ref)
{
  return ref->name;
}

static GObject *
find_volume (RoostBus *bus, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *pool_path = g_path_get_dirname (folder);
  g_autofree char *name = roost_bus_unescape (path + strlen (folder) + 1);
  g_autoptr (GObject) pool = NULL;
  RoostVolumeRef *ref;
  RoostTarget target;

  if (name == NULL || !roost_bus_find (bus, pool_path, &target, NULL))
    return NULL;
  pool = target.object;
  if (roost_pool_find_volume (ROOST_POOL (pool), name) == NULL)
    return NULL;
  ref = g_object_new (ROOST_TYPE_VOLUME_REF, NULL);
  ref->pool = ROOST_POOL (g_steal_pointer (&pool));
  ref->name = g_steal_pointer (&name);
  return G_OBJECT (ref);
}

/* --- the kinds --- */

static void
describe_pool (gpointer object, RoostQuestion *question)
{
  question->pool_name = roost_pool_name (object);
}

static void
describe_volume (gpointer object, RoostQuestion *question)
{
  question->pool_name = roost_pool_name (roost_volume_ref_pool (object));
}

const RoostKind roost_kind_pool = {
  .noun = "storage pool",
  .missing = "it may have been removed",
  .interfaces = { &org_roost1_storage_pool_interface },
  .describe = describe_pool,
};

const RoostKind roost_kind_volume = {
  .noun = "volume",
  .missing = "it may have been removed, or its pool is not active",
  .interfaces = { &org_roost1_storage_volume_interface },
  .describe = describe_volume,
  .find = find_volume,
};

/* --- how they come and go --- */

static void
tell (RoostBus *bus, RoostPool *pool, const char *signal, const char *name)
{
  g_autofree char *path = NULL;
  g_autofree char *volume = NULL;

  /* What is found at the start, and goes at the stop, is told of by the state. */
  if (roost_pool_state (pool) != ROOST_POOL_ACTIVE)
    return;
  path = roost_bus_pool_path (roost_pool_uuid (pool));
  volume = roost_bus_volume_path (roost_pool_uuid (pool), name);
  g_dbus_connection_emit_signal (roost_bus_connection (bus), NULL, path, "org.roost1.StoragePool",
                                 signal, g_variant_new ("(os)", volume, name), NULL);
}

static void
on_volume_added (RoostPool *pool, const char *name, RoostBus *bus)
{
  tell (bus, pool, "VolumeAdded", name);
}

static void
on_volume_removed (RoostPool *pool, const char *name, RoostBus *bus)
{
  tell (bus, pool, "VolumeRemoved", name);
}

static void
on_volume_changed (RoostPool *pool, const char *name, RoostBus *bus)
{
  tell (bus, pool, "VolumeChanged", name);
}

static gboolean
follow_pool (RoostBus *bus, RoostPool *pool, GError **error)
{
  g_autofree char *folder = volumes_path (roost_pool_uuid (pool));

  if (!roost_bus_add_folder (bus, folder, &roost_kind_volume, error))
    return FALSE;
  g_signal_connect (pool, "volume-added", G_CALLBACK (on_volume_added), bus);
  g_signal_connect (pool, "volume-removed", G_CALLBACK (on_volume_removed), bus);
  g_signal_connect (pool, "volume-changed", G_CALLBACK (on_volume_changed), bus);
  roost_bus_add (bus, pool, roost_bus_pool_path (roost_pool_uuid (pool)));
  return TRUE;
}

static void
on_pool_added (RoostStorage *storage, RoostPool *pool, RoostBus *bus)
{
  g_autoptr (GError) error = NULL;

  if (!follow_pool (bus, pool, &error))
    g_warning ("cannot show the pool '%s': %s", roost_pool_name (pool), error->message);
}

static void
on_pool_removed (RoostStorage *storage, RoostPool *pool, RoostBus *bus)
{
  g_autofree char *path = roost_bus_pool_path (roost_pool_uuid (pool));
  g_autofree char *folder = volumes_path (roost_pool_uuid (pool));

  g_signal_handlers_disconnect_by_data (pool, bus);
  roost_bus_remove (bus, path);
  roost_bus_remove_folder (bus, folder);
}

gboolean
roost_bus_show_storage (RoostBus *bus, RoostStorage *storage, GError **error)
{
  g_autoptr (GPtrArray) pools = roost_storage_pools (storage);

  if (!roost_bus_add_folder (bus, ROOST_BUS_PATH_POOLS, &roost_kind_pool, error))
    return FALSE;
  for (guint i = 0; i < pools->len; i++)
    if (!follow_pool (bus, pools->pdata[i], error))
      return FALSE;
  g_signal_connect (storage, "pool-added", G_CALLBACK (on_pool_added), bus);
  g_signal_connect (storage, "pool-removed", G_CALLBACK (on_pool_removed), bus);
  return TRUE;
}

void
roost_bus_hide_storage (RoostBus *bus, RoostStorage *storage)
{
  g_autoptr (GPtrArray) pools = roost_storage_pools (storage);

  g_signal_handlers_disconnect_by_data (storage, bus);
  for (guint i = 0; i < pools->len; i++)
    g_signal_handlers_disconnect_by_data (pools->pdata[i], bus);
}
