/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/bus.h"

#include "base/error.h"
#include "bus/auth.h"
#include "bus/call.h"
#include "bus/devices.h"
#include "bus/kind.h"
#include "bus/node.h"
#include "bus/storage.h"
#include "introspection/interfaces.h"

#include <string.h>

struct RoostBus
{
  int ref_count;
  RoostManager *manager;
  RoostStorage *storage; /* (nullable) */
  GDBusConnection *connection;
  RoostAuth *auth;
  gboolean is_system;
  gboolean is_stopped;
  GArray *objects;     /* of guint: registrations at the root */
  GHashTable *folders; /* path → Folder */
  GHashTable *nodes;   /* path → RoostNode */
  GPtrArray *marked;   /* nodes with changes to tell */
  guint flush_source;
};

typedef struct
{
  RoostBus *bus;
  const RoostKind *kind;
  guint registration;
} Folder;

RoostManager *
roost_bus_manager (RoostBus *bus)
{
  return bus->manager;
}

RoostStorage *
roost_bus_storage (RoostBus *bus)
{
  return bus->storage;
}

RoostAuth *
roost_bus_auth (RoostBus *bus)
{
  return bus->auth;
}

GDBusConnection *
roost_bus_connection (RoostBus *bus)
{
  return bus->connection;
}

gboolean
roost_bus_is_system (RoostBus *bus)
{
  return bus->is_system;
}

gboolean
roost_bus_is_stopped (RoostBus *bus)
{
  return bus->is_stopped;
}

char *
roost_bus_domain_path (const char *uuid)
{
  char *path = g_strconcat (ROOST_BUS_PATH_DOMAINS "/", uuid, NULL);

  return g_strdelimit (path, "-", '_');
}

char *
roost_bus_job_path (guint number)
{
  return g_strdup_printf (ROOST_BUS_PATH_JOBS "/%u", number);
}

/* Returns: (nullable): the folder that @path stands in. */
static Folder *
folder_of (RoostBus *bus, const char *path)
{
  g_autofree char *parent = g_path_get_dirname (path);

  return g_hash_table_lookup (bus->folders, parent);
}

static gboolean
throw_missing (const Folder *folder, const char *path, GError **error)
{
  if (folder != NULL)
    g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT, "there is no %s %s; %s",
                 folder->kind->noun, path, folder->kind->missing);
  else
    g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT, "there is nothing at %s", path);
  return FALSE;
}

gboolean
roost_bus_find (RoostBus *bus, const char *path, RoostTarget *out, GError **error)
{
  const Folder *folder;

  *out = (RoostTarget){ 0 };
  if (g_str_equal (path, ROOST_BUS_PATH))
    return TRUE;
  folder = folder_of (bus, path);
  out->node = g_hash_table_lookup (bus->nodes, path);
  if (out->node != NULL)
    out->object = g_object_ref (roost_node_object (out->node));
  else if (folder != NULL && folder->kind->find != NULL)
    out->object = folder->kind->find (bus, path);
  if (out->object == NULL)
    return throw_missing (folder, path, error);
  out->kind = folder->kind;
  return TRUE;
}

/* --- telling what changed --- */

static gboolean
flush (gpointer p)
{
  RoostBus *bus = p;

  bus->flush_source = 0;
  roost_bus_flush (bus);
  return G_SOURCE_REMOVE;
}

void
roost_bus_mark (RoostBus *bus, RoostNode *node)
{
  g_ptr_array_add (bus->marked, node);
  if (bus->flush_source == 0)
    bus->flush_source = g_idle_add_full (G_PRIORITY_DEFAULT, flush, bus, NULL);
}

void
roost_bus_flush (RoostBus *bus)
{
  for (guint i = 0; i < bus->marked->len; i++)
    roost_node_flush (bus->marked->pdata[i]);
  g_ptr_array_set_size (bus->marked, 0);
}

/* --- the object manager --- */

GVariant *
roost_bus_managed_objects (RoostBus *bus)
{
  GVariantBuilder builder;
  GHashTableIter iter;
  gpointer node;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{oa{sa{sv}}}"));
  g_hash_table_iter_init (&iter, bus->nodes);
  while (g_hash_table_iter_next (&iter, NULL, &node))
    g_variant_builder_add (&builder, "{o@a{sa{sv}}}", roost_node_path (node),
                           roost_node_interfaces (node));
  return g_variant_builder_end (&builder);
}

static void
emit (RoostBus *bus, const char *signal, GVariant *args)
{
  g_dbus_connection_emit_signal (bus->connection, NULL, ROOST_BUS_PATH,
                                 "org.freedesktop.DBus.ObjectManager", signal, args, NULL);
}

static RoostNode *
take_node (RoostBus *bus, gpointer object, char *path)
{
  RoostNode *node = roost_node_new (bus, folder_of (bus, path)->kind, object, path);

  g_hash_table_insert (bus->nodes, path, node);
  return node;
}

void
roost_bus_add (RoostBus *bus, gpointer object, char *path)
{
  RoostNode *node = take_node (bus, object, path);

  emit (bus, "InterfacesAdded",
        g_variant_new ("(o@a{sa{sv}})", path, roost_node_interfaces (node)));
}

static GVariant *
interface_names (const RoostKind *kind)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; kind->interfaces[i] != NULL; i++)
    g_variant_builder_add (&builder, "s", kind->interfaces[i]->name);
  return g_variant_builder_end (&builder);
}

void
roost_bus_remove (RoostBus *bus, const char *path)
{
  RoostNode *node = g_hash_table_lookup (bus->nodes, path);

  if (node == NULL)
    return;
  roost_node_flush (node);
  while (g_ptr_array_remove_fast (bus->marked, node))
    ; /* it stands there twice when it was told early and changed again */
  emit (bus, "InterfacesRemoved",
        g_variant_new ("(o@as)", path, interface_names (roost_node_kind (node))));
  g_hash_table_remove (bus->nodes, path);
}

static void
on_domain_added (RoostManager *manager, RoostDomain *domain, RoostBus *bus)
{
  roost_bus_add (bus, domain, roost_bus_domain_path (roost_domain_uuid (domain)));
  roost_bus_follow_devices (bus, domain);
}

static void
on_secret_added (RoostSecrets *secrets, RoostSecretItem *secret, RoostBus *bus)
{
  roost_bus_add (bus, secret, roost_bus_secret_path (roost_secret_item_config (secret)->uuid));
}

static void
on_secret_removed (RoostSecrets *secrets, RoostSecretItem *secret, RoostBus *bus)
{
  g_autofree char *path = roost_bus_secret_path (roost_secret_item_config (secret)->uuid);

  roost_bus_remove (bus, path);
}

static void
add_secrets (RoostBus *bus)
{
  RoostSecrets *secrets = roost_manager_secrets (bus->manager);
  g_autoptr (GPtrArray) list = roost_secrets_list (secrets);

  for (guint i = 0; i < list->len; i++)
    take_node (bus, list->pdata[i],
               roost_bus_secret_path (roost_secret_item_config (list->pdata[i])->uuid));
  g_signal_connect (secrets, "secret-added", G_CALLBACK (on_secret_added), bus);
  g_signal_connect (secrets, "secret-removed", G_CALLBACK (on_secret_removed), bus);
}

static void
on_domain_removed (RoostManager *manager, RoostDomain *domain, RoostBus *bus)
{
  g_autofree char *path = roost_bus_domain_path (roost_domain_uuid (domain));

  roost_bus_forget_devices (bus, domain);
  roost_bus_remove (bus, path);
}

static void
on_job_added (RoostManager *manager, RoostJob *job, RoostBus *bus)
{
  roost_bus_add (bus, job, roost_bus_job_path (roost_job_number (job)));
}

static void
on_job_removed (RoostManager *manager, RoostJob *job, RoostBus *bus)
{
  g_autofree char *path = roost_bus_job_path (roost_job_number (job));

  roost_bus_remove (bus, path);
}

/* What is there already needs no signal. */
static void
add_nodes (RoostBus *bus)
{
  g_autoptr (GPtrArray) domains = roost_manager_domains (bus->manager);
  g_autoptr (GPtrArray) jobs = roost_manager_jobs (bus->manager);

  for (guint i = 0; i < domains->len; i++)
    {
      take_node (bus, domains->pdata[i],
                 roost_bus_domain_path (roost_domain_uuid (domains->pdata[i])));
      roost_bus_follow_devices (bus, domains->pdata[i]);
    }
  for (guint i = 0; i < jobs->len; i++)
    take_node (bus, jobs->pdata[i], roost_bus_job_path (roost_job_number (jobs->pdata[i])));
  g_signal_connect (bus->manager, "domain-added", G_CALLBACK (on_domain_added), bus);
  g_signal_connect (bus->manager, "domain-removed", G_CALLBACK (on_domain_removed), bus);
  g_signal_connect (bus->manager, "job-added", G_CALLBACK (on_job_added), bus);
  g_signal_connect (bus->manager, "job-removed", G_CALLBACK (on_job_removed), bus);
}

/* --- what GDBus asks --- */

static void
on_call (GDBusConnection *connection,
         const char *sender,
         const char *path,
         const char *interface,
         const char *method,
         GVariant *args,
         GDBusMethodInvocation *invocation,
         gpointer bus)
{
  roost_call_start (bus, invocation);
}

/* No getters: calls of org.freedesktop.DBus.Properties come to on_call, to be authorized as well.
 */
static const GDBusInterfaceVTable vtable = { .method_call = on_call };

static char **
enumerate (GDBusConnection *connection, const char *sender, const char *path, gpointer p)
{
  Folder *folder = p;
  gsize skip = strlen (path) + 1;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, folder->bus->nodes);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (g_str_has_prefix (key, path) && strchr ((char *)key + skip, '/') == NULL)
      g_ptr_array_add (names, g_strdup ((char *)key + skip));
  g_ptr_array_add (names, NULL);
  return (char **)g_ptr_array_steal (names, NULL);
}

/* A node that is not there has its interfaces all the same: so its calls come to us, and get an
 * error that says more than GDBus would. */
static GDBusInterfaceInfo **
introspect (
    GDBusConnection *connection, const char *sender, const char *path, const char *node, gpointer p)
{
  const Folder *folder = p;
  GDBusInterfaceInfo **infos = g_new0 (GDBusInterfaceInfo *, ROOST_KIND_MAX_INTERFACES + 1);

  for (guint i = 0; node != NULL && folder->kind->interfaces[i] != NULL; i++)
    infos[i] = g_dbus_interface_info_ref ((GDBusInterfaceInfo *)folder->kind->interfaces[i]);
  return infos;
}

static const GDBusInterfaceVTable *
dispatch (GDBusConnection *connection,
          const char *sender,
          const char *path,
          const char *interface,
          const char *node,
          gpointer *out_data,
          gpointer p)
{
  const Folder *folder = p;

  *out_data = folder->bus;
  return node != NULL ? &vtable : NULL;
}

static const GDBusSubtreeVTable subtree = {
  .enumerate = enumerate,
  .introspect = introspect,
  .dispatch = dispatch,
};

gboolean
roost_bus_add_folder (RoostBus *bus, const char *path, const RoostKind *kind, GError **error)
{
  Folder *folder = g_new0 (Folder, 1);

  folder->bus = bus;
  folder->kind = kind;
  folder->registration = g_dbus_connection_register_subtree (
      bus->connection, path, &subtree, G_DBUS_SUBTREE_FLAGS_DISPATCH_TO_UNENUMERATED_NODES, folder,
      g_free, error); /* freed by the connection, in the main loop, after the last call to it */
  if (folder->registration == 0)
    return FALSE;
  g_hash_table_insert (bus->folders, g_strdup (path), folder);
  return TRUE;
}

void
roost_bus_remove_folder (RoostBus *bus, const char *path)
{
  const Folder *folder = g_hash_table_lookup (bus->folders, path);

  g_dbus_connection_unregister_subtree (bus->connection, folder->registration);
  g_hash_table_remove (bus->folders, path);
}

static gboolean
export_object (RoostBus *bus, const GDBusInterfaceInfo *info, GError **error)
{
  guint id = g_dbus_connection_register_object (
      bus->connection, ROOST_BUS_PATH, (GDBusInterfaceInfo *)info, &vtable, bus, NULL, error);

  if (id != 0)
    g_array_append_val (bus->objects, id);
  return id != 0;
}

RoostBus *
roost_bus_new (RoostManager *manager,
               GDBusConnection *connection,
               gboolean is_system,
               GError **error)
{
  g_autoptr (RoostBus) bus = g_new0 (RoostBus, 1);

  bus->ref_count = 1;
  bus->manager = g_object_ref (manager);
  bus->connection = g_object_ref (connection);
  bus->is_system = is_system;
  bus->auth = roost_auth_new (connection, is_system);
  bus->objects = g_array_new (FALSE, FALSE, sizeof (guint));
  bus->folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  bus->nodes =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)roost_node_free);
  bus->marked = g_ptr_array_new ();
  if (!export_object (bus, &org_roost1_manager_interface, error)
      || !export_object (bus, &org_freedesktop_dbus_object_manager_interface, error)
      || !roost_bus_add_folder (bus, ROOST_BUS_PATH_DOMAINS, &roost_kind_domain, error)
      || !roost_bus_add_folder (bus, ROOST_BUS_PATH_JOBS, &roost_kind_job, error)
      || !roost_bus_add_folder (bus, ROOST_BUS_PATH_SECRETS, &roost_kind_secret, error))
    {
      roost_bus_close (bus);
      return NULL;
    }
  add_nodes (bus);
  add_secrets (bus);
  return g_steal_pointer (&bus);
}

gboolean
roost_bus_set_storage (RoostBus *bus, RoostStorage *storage, GError **error)
{
  bus->storage = g_object_ref (storage);
  return roost_bus_show_storage (bus, storage, error);
}

void
roost_bus_stop (RoostBus *bus)
{
  bus->is_stopped = TRUE;
}

static void
unregister_folders (RoostBus *bus)
{
  GHashTableIter iter;
  gpointer folder;

  g_hash_table_iter_init (&iter, bus->folders);
  while (g_hash_table_iter_next (&iter, NULL, &folder))
    g_dbus_connection_unregister_subtree (bus->connection, ((Folder *)folder)->registration);
  g_hash_table_remove_all (bus->folders);
}

static void
unfollow_domains (RoostBus *bus)
{
  g_autoptr (GPtrArray) domains = roost_manager_domains (bus->manager);

  for (guint i = 0; i < domains->len; i++)
    g_signal_handlers_disconnect_by_data (domains->pdata[i], bus);
}

void
roost_bus_close (RoostBus *bus)
{
  bus->is_stopped = TRUE;
  unfollow_domains (bus);
  g_signal_handlers_disconnect_by_data (bus->manager, bus);
  if (bus->storage != NULL)
    roost_bus_hide_storage (bus, bus->storage);
  g_signal_handlers_disconnect_by_data (roost_manager_secrets (bus->manager), bus);
  for (guint i = 0; i < bus->objects->len; i++)
    g_dbus_connection_unregister_object (bus->connection, g_array_index (bus->objects, guint, i));
  g_array_set_size (bus->objects, 0);
  unregister_folders (bus);
  roost_bus_flush (bus);
  g_clear_handle_id (&bus->flush_source, g_source_remove);
  g_hash_table_remove_all (bus->nodes);
  g_clear_pointer (&bus->auth, roost_auth_free);
}

RoostBus *
roost_bus_ref (RoostBus *bus)
{
  bus->ref_count++;
  return bus;
}

void
roost_bus_unref (RoostBus *bus)
{
  if (--bus->ref_count > 0)
    return;
  roost_bus_close (bus);
  g_array_unref (bus->objects);
  g_hash_table_unref (bus->folders);
  g_hash_table_unref (bus->nodes);
  g_ptr_array_unref (bus->marked);
  g_object_unref (bus->connection);
  g_clear_object (&bus->storage);
  g_object_unref (bus->manager);
  g_free (bus);
}
