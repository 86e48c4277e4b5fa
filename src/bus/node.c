/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/node.h"

#include "base/error.h"
#include "base/log.h"
#include "bus/tables.h"
#include "introspection/interfaces.h"

#define CHANGE_ANY (~0u)

struct RoostNode
{
  RoostBus *bus; /* not owned: the bus owns its nodes */
  const GDBusInterfaceInfo *info;
  GObject *object;
  char *path;
  GVariant *shown; /* (nullable): a{sv}, what was last told, in the order of the table */
  guint changes;   /* RoostDomainChange bits since then */
};

const char *
roost_node_path (const RoostNode *node)
{
  return node->path;
}

const char *
roost_node_interface (const RoostNode *node)
{
  return node->info->name;
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
build (RoostNode *node)
{
  GVariant *all =
      g_variant_ref_sink (roost_properties_build (node->bus, node->info->name, node->object));

  g_variant_get_data (all); /* lets go of the tree of values that it was built from */
  return all;
}

/* What of @now differs from what was told; all that may have changed when nothing was. */
static GVariant *
difference (RoostNode *node, GVariant *now)
{
  const RoostProperty *row = roost_properties_of (node->info->name);
  gsize n = g_variant_n_children (now);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (now, i);
      g_autoptr (GVariant) old =
          node->shown != NULL ? g_variant_get_child_value (node->shown, i) : NULL;

      if (old != NULL ? !g_variant_equal (old, entry) : (row[i].changes & node->changes) != 0)
        g_variant_builder_add_value (&builder, entry);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

void
roost_node_flush (RoostNode *node)
{
  g_autoptr (GVariant) now = NULL;
  g_autoptr (GVariant) changed = NULL;

  if (node->changes == 0)
    return;
  now = build (node);
  changed = difference (node, now);
  node->changes = 0;
  g_clear_pointer (&node->shown, g_variant_unref);
  node->shown = g_steal_pointer (&now);
  if (g_variant_n_children (changed) > 0)
    emit (node, "org.freedesktop.DBus.Properties", "PropertiesChanged",
          g_variant_new ("(s@a{sv}as)", node->info->name, changed, NULL));
}

GVariant *
roost_node_properties (RoostNode *node)
{
  roost_node_flush (node);
  if (node->shown == NULL)
    node->shown = build (node);
  return node->shown;
}

static void
mark (RoostNode *node, guint changes)
{
  gboolean is_marked = node->changes != 0;

  node->changes |= changes;
  if (!is_marked)
    roost_bus_mark (node->bus, node);
}

/* --- a domain --- */

static void
on_domain_changed (RoostDomain *domain, guint changes, RoostNode *node)
{
  mark (node, changes);
}

static void
on_state_changed (RoostDomain *domain, guint state, const char *reason, RoostNode *node)
{
  node->changes |= ROOST_CHANGE_STATE;
  roost_node_flush (node); /* who hears the signal and then looks must see the new state */
  emit (node, node->info->name, "StateChanged",
        g_variant_new ("(ss)", roost_domain_state_name (state), reason));
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
on_event (RoostDomain *domain, const char *name, GVariant *args, RoostNode *node)
{
  if (!is_signal (node->info, name, args))
    {
      roost_warning ("there is no signal %s %s", name, g_variant_get_type_string (args));
      return;
    }
  roost_node_flush (node);
  emit (node, node->info->name, name, args);
}

/* --- a job --- */

static void
on_job_changed (RoostJob *job, RoostNode *node)
{
  mark (node, CHANGE_ANY);
}

static void
on_job_completed (RoostJob *job, RoostNode *node)
{
  const GError *error = roost_job_error (job);
  g_autoptr (GError) public = error != NULL ? roost_error_to_public (error) : NULL;
  g_autofree char *name = public != NULL ? g_dbus_error_encode_gerror (public) : g_strdup ("");

  node->changes = CHANGE_ANY;
  roost_node_flush (node);
  emit (node, node->info->name, "Completed",
        g_variant_new ("(bss)", public == NULL, name, public != NULL ? public->message : ""));
}

/* --- */

static RoostNode *
node_new (RoostBus *bus, const GDBusInterfaceInfo *info, gpointer object, char *path)
{
  RoostNode *node = g_new0 (RoostNode, 1);

  node->bus = bus;
  node->info = info;
  node->object = g_object_ref (object);
  node->path = path;
  return node;
}

RoostNode *
roost_node_new_domain (RoostBus *bus, RoostDomain *domain)
{
  RoostNode *node = node_new (bus, &org_roost1_domain_interface, domain,
                              roost_bus_domain_path (roost_domain_uuid (domain)));

  g_signal_connect (domain, "changed", G_CALLBACK (on_domain_changed), node);
  g_signal_connect (domain, "state-changed", G_CALLBACK (on_state_changed), node);
  g_signal_connect (domain, "event", G_CALLBACK (on_event), node);
  return node;
}

RoostNode *
roost_node_new_job (RoostBus *bus, RoostJob *job)
{
  RoostNode *node =
      node_new (bus, &org_roost1_job_interface, job, roost_bus_job_path (roost_job_number (job)));

  g_signal_connect (job, "changed", G_CALLBACK (on_job_changed), node);
  g_signal_connect (job, "completed", G_CALLBACK (on_job_completed), node);
  return node;
}

void
roost_node_free (RoostNode *node)
{
  g_signal_handlers_disconnect_by_data (node->object, node);
  g_clear_pointer (&node->shown, g_variant_unref);
  g_object_unref (node->object);
  g_free (node->path);
  g_free (node);
}
