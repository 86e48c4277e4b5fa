/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/node.h"

#include "base/error.h"
#include "base/log.h"
#include "bus/tables.h"

#define CHANGE_ANY (~0u)

struct RoostNode
{
  RoostBus *bus; /* not owned: the bus owns its nodes */
  const RoostKind *kind;
  GObject *object;
  char *path;
  /* (nullable): a{sv} of each interface, what was last told, in the order of the table */
  GVariant *shown[ROOST_KIND_MAX_INTERFACES];
  guint changes; /* bits of RoostProperty.changes since then */
};

const char *
roost_node_path (const RoostNode *node)
{
  return node->path;
}

const RoostKind *
roost_node_kind (const RoostNode *node)
{
  return node->kind;
}

GObject *
roost_node_object (const RoostNode *node)
{
  return node->object;
}

static void
emit (RoostNode *node, const char *interface, const char *signal, GVariant *args)
{
  g_dbus_connection_emit_signal (roost_bus_connection (node->bus), NULL, node->path, interface,
                                 signal, args, NULL);
}

/* The properties as they are now, in one block of memory. */
static GVariant *
build (RoostNode *node, guint i)
{
  GVariant *all = g_variant_ref_sink (
      roost_properties_build (node->bus, node->kind->interfaces[i]->name, node->object));

  g_variant_get_data (all); /* lets go of the tree of values that it was built from */
  return all;
}

/* What of @now differs from what was told; all that may have changed when nothing was. */
static GVariant *
difference (RoostNode *node, guint interface, GVariant *now)
{
  const RoostProperty *row = roost_properties_of (node->kind->interfaces[interface]->name);
  GVariant *shown = node->shown[interface];
  gsize n = g_variant_n_children (now);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (now, i);
      g_autoptr (GVariant) old = shown != NULL ? g_variant_get_child_value (shown, i) : NULL;

      if (old != NULL ? !g_variant_equal (old, entry) : (row[i].changes & node->changes) != 0)
        g_variant_builder_add_value (&builder, entry);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* Whether a property of the interface may have changed. */
static gboolean
is_touched (RoostNode *node, guint interface)
{
  const char *name = node->kind->interfaces[interface]->name;

  for (const RoostProperty *row = roost_properties_of (name);
       row->name != NULL && g_str_equal (row->interface, name); row++)
    if ((row->changes & node->changes) != 0)
      return TRUE;
  return FALSE;
}

static void
flush_interface (RoostNode *node, guint interface)
{
  g_autoptr (GVariant) now = build (node, interface);
  g_autoptr (GVariant) changed = difference (node, interface, now);

  g_clear_pointer (&node->shown[interface], g_variant_unref);
  node->shown[interface] = g_steal_pointer (&now);
  if (g_variant_n_children (changed) > 0)
    emit (node, "org.freedesktop.DBus.Properties", "PropertiesChanged",
          g_variant_new ("(s@a{sv}as)", node->kind->interfaces[interface]->name, changed, NULL));
}

void
roost_node_flush (RoostNode *node)
{
  if (node->changes == 0)
    return;
  for (guint i = 0; node->kind->interfaces[i] != NULL; i++)
    if (is_touched (node, i))
      flush_interface (node, i);
  node->changes = 0;
}

static GVariant *
shown_properties (RoostNode *node, guint interface)
{
  if (node->shown[interface] == NULL)
    node->shown[interface] = build (node, interface);
  return node->shown[interface];
}

GVariant *
roost_node_properties (RoostNode *node, const char *interface)
{
  guint i = 0;

  roost_node_flush (node);
  while (!g_str_equal (node->kind->interfaces[i]->name, interface))
    i++; /* GDBus has seen to it that it is there */
  return shown_properties (node, i);
}

GVariant *
roost_node_interfaces (RoostNode *node)
{
  GVariantBuilder builder;

  roost_node_flush (node);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sa{sv}}"));
  for (guint i = 0; node->kind->interfaces[i] != NULL; i++)
    g_variant_builder_add (&builder, "{s@a{sv}}", node->kind->interfaces[i]->name,
                           shown_properties (node, i));
  return g_variant_builder_end (&builder);
}

static void
mark (RoostNode *node, guint changes)
{
  gboolean is_marked = node->changes != 0;

  node->changes |= changes;
  if (!is_marked)
    roost_bus_mark (node->bus, node);
}

/* --- what objects tell --- */

static void
on_changed (GObject *object, guint changes, RoostNode *node)
{
  mark (node, changes);
}

static void
on_any_change (GObject *object, RoostNode *node)
{
  mark (node, CHANGE_ANY);
}

/* Whether @args are what the interface says of the signal @name. */
static gboolean
is_signal (const GDBusInterfaceInfo *info, const char *name, GVariant *args)
{
  GDBusSignalInfo *signal = g_dbus_interface_info_lookup_signal ((GDBusInterfaceInfo *)info, name);
  g_autoptr (GString) type = g_string_new ("(");

  if (signal == NULL)
    return FALSE;
  for (guint i = 0; signal->args != NULL && signal->args[i] != NULL; i++)
    g_string_append (type, signal->args[i]->signature);
  g_string_append_c (type, ')');
  return g_str_equal (type->str, g_variant_get_type_string (args));
}

static void
on_event (GObject *object, const char *name, GVariant *args, RoostNode *node)
{
  const GDBusInterfaceInfo *const *info = node->kind->interfaces;

  while (*info != NULL && !is_signal (*info, name, args))
    info++;
  if (*info == NULL)
    {
      roost_warning ("there is no signal %s %s of a %s", name, g_variant_get_type_string (args),
                     node->kind->noun);
      return;
    }
  roost_node_flush (node); /* who hears of it and then looks must see what is new */
  emit (node, (*info)->name, name, args);
}

static void
on_state_changed (RoostDomain *domain, guint state, const char *reason, RoostNode *node)
{
  node->changes |= ROOST_CHANGE_STATE;
  on_event (G_OBJECT (domain), "StateChanged",
            g_variant_new ("(ss)", roost_domain_state_name (state), reason), node);
}

static void
on_job_completed (RoostJob *job, RoostNode *node)
{
  const GError *error = roost_job_error (job);
  g_autoptr (GError) public = error != NULL ? roost_error_to_public (error) : NULL;
  g_autofree char *name = public != NULL ? g_dbus_error_encode_gerror (public) : g_strdup ("");

  node->changes = CHANGE_ANY;
  on_event (G_OBJECT (job), "Completed",
            g_variant_new ("(bss)", public == NULL, name, public != NULL ? public->message : ""),
            node);
}

/* --- */

static void
follow (RoostNode *node)
{
  GType type = G_OBJECT_TYPE (node->object);
  GSignalQuery changed = { 0 };
  guint id = g_signal_lookup ("changed", type);

  if (id != 0)
    {
      g_signal_query (id, &changed);
      g_signal_connect (node->object, "changed",
                        changed.n_params > 0 ? G_CALLBACK (on_changed) : G_CALLBACK (on_any_change),
                        node);
    }
  if (g_signal_lookup ("event", type) != 0)
    g_signal_connect (node->object, "event", G_CALLBACK (on_event), node);
  if (node->kind == &roost_kind_domain)
    g_signal_connect (node->object, "state-changed", G_CALLBACK (on_state_changed), node);
  if (node->kind == &roost_kind_job)
    g_signal_connect (node->object, "completed", G_CALLBACK (on_job_completed), node);
}

RoostNode *
roost_node_new (RoostBus *bus, const RoostKind *kind, gpointer object, char *path)
{
  RoostNode *node = g_new0 (RoostNode, 1);

  node->bus = bus;
  node->kind = kind;
  node->object = g_object_ref (object);
  node->path = path;
  follow (node);
  return node;
}

void
roost_node_free (RoostNode *node)
{
  g_signal_handlers_disconnect_by_data (node->object, node);
  for (guint i = 0; i < ROOST_KIND_MAX_INTERFACES; i++)
    g_clear_pointer (&node->shown[i], g_variant_unref);
  g_object_unref (node->object);
  g_free (node->path);
  g_free (node);
}
