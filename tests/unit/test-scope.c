/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/co.h"
#include "base/error.h"
#include "host/scope.h"

static void
test_names (void)
{
  static const struct
  {
    const char *name;
    const char *machine;
    const char *unit;
  } cases[] = {
    { "web", "roost-7-web", "machine-roost\\x2d7\\x2dweb.scope" },
    { "a b/c", "roost-7-a_b_c", "machine-roost\\x2d7\\x2da_b_c.scope" },
    { "deb.12", "roost-7-deb.12", "machine-roost\\x2d7\\x2ddeb.12.scope" },
    { "odd..name.", "roost-7-odd_.name_", "machine-roost\\x2d7\\x2dodd_.name_.scope" },
    { "é", "roost-7-__", "machine-roost\\x2d7\\x2d__.scope" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *machine = roost_scope_machine_name (cases[i].name, 7);
      g_autofree char *unit = roost_scope_unit_name (machine);

      g_assert_cmpstr (machine, ==, cases[i].machine);
      g_assert_cmpstr (unit, ==, cases[i].unit);
    }
}

static void
test_long_name (void)
{
  g_autofree char *name = g_strnfill (200, 'x');
  g_autofree char *machine = roost_scope_machine_name (name, 4000000000u);

  g_assert_cmpuint (strlen (machine), ==, 64);
}

/* A systemd on a private bus: what the real one won't do on demand is refuse. */
typedef struct
{
  GTestDBus *bus;
  GDBusConnection *service;
  GDBusConnection *client;
  const char *result; /* of the job; NULL refuses the call */
  GVariant *unit;     /* the arguments of StartTransientUnit */
} Fixture;

static const char systemd_xml[] =
    "<node><interface name='org.freedesktop.systemd1.Manager'>"
    "<method name='Subscribe'/>"
    "<method name='StartTransientUnit'>"
    "<arg type='s' direction='in'/><arg type='s' direction='in'/>"
    "<arg type='a(sv)' direction='in'/><arg type='a(sa(sv))' direction='in'/>"
    "<arg type='o' direction='out'/></method>"
    "<method name='SetUnitProperties'><arg type='s' direction='in'/>"
    "<arg type='b' direction='in'/><arg type='a(sv)' direction='in'/></method>"
    "</interface></node>";

static void
on_systemd_call (GDBusConnection *connection,
                 const char *sender,
                 const char *path,
                 const char *interface,
                 const char *method,
                 GVariant *args,
                 GDBusMethodInvocation *invocation,
                 gpointer data)
{
  Fixture *fixture = data;

  if (g_str_equal (method, "Subscribe"))
    {
      g_dbus_method_invocation_return_value (invocation, NULL);
      return;
    }
  g_clear_pointer (&fixture->unit, g_variant_unref);
  fixture->unit = g_variant_ref (args);
  if (fixture->result == NULL)
    {
      g_dbus_method_invocation_return_dbus_error (invocation, "org.example.No", "unit exists");
      return;
    }
  if (g_str_equal (method, "SetUnitProperties"))
    {
      g_dbus_method_invocation_return_value (invocation, NULL);
      return;
    }
  /* The signal comes before the reply, as it may from the real one. */
  g_dbus_connection_emit_signal (
      connection, NULL, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
      "JobRemoved", g_variant_new ("(uoss)", 1, "/job/1", "x.scope", fixture->result), NULL);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", "/job/1"));
}

static GDBusConnection *
dial (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection =
      g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (fixture->bus),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                                  | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);

  g_assert_no_error (error);
  return connection;
}

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_systemd_call };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (systemd_xml, NULL);
  g_autoptr (GVariant) reply = NULL;

  fixture->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (fixture->bus);
  fixture->client = dial (fixture);
  fixture->service = dial (fixture);
  g_dbus_connection_register_object (fixture->service, "/org/freedesktop/systemd1",
                                     node->interfaces[0], &vtable, fixture, NULL, NULL);
  if (data == NULL)
    return;
  reply = g_dbus_connection_call_sync (
      fixture->service, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "RequestName", g_variant_new ("(su)", "org.freedesktop.systemd1", 0), NULL,
      G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  g_assert_nonnull (reply);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->unit, g_variant_unref);
  g_clear_object (&fixture->service);
  g_clear_object (&fixture->client);
  g_test_dbus_stop (fixture->bus);
  g_object_unref (fixture->bus);
}

typedef struct
{
  RoostScopes *scopes;
  gboolean ok;
  GError *error;
} Add;

static void
add_body (gpointer data)
{
  Add *add = data;
  RoostScopeGuest guest = { "web", "c7a5fdbd-edaf-9455-926a-d65c16db1809", 3, 4242 };

  add->ok = roost_scopes_add (add->scopes, &guest, &add->error);
}

static Add
add_guest (Fixture *fixture)
{
  g_autoptr (RoostScopes) scopes = roost_scopes_new (fixture->client, FALSE);
  Add add = { scopes, FALSE, NULL };

  co_spawn ("add", add_body, &add);
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
  return add;
}

static void
test_added (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) properties = NULL;
  g_autofree char *text = NULL;
  const char *unit;
  Add add;

  fixture->result = "done";
  add = add_guest (fixture);
  g_assert_no_error (add.error);
  g_assert_true (add.ok);
  g_variant_get (fixture->unit, "(&s&s@a(sv)a(sa(sv)))", &unit, NULL, &properties, NULL);
  g_assert_cmpstr (unit, ==, "machine-roost\\x2d3\\x2dweb.scope");
  text = g_variant_print (properties, TRUE);
  g_assert_nonnull (strstr (text, "4242"));
}

static void
set_body (gpointer data)
{
  Add *add = data;
  GVariantBuilder properties;

  g_variant_builder_init (&properties, G_VARIANT_TYPE ("a(sv)"));
  g_variant_builder_add (&properties, "(sv)", "CPUWeight", g_variant_new_uint64 (300));
  add->ok = roost_scopes_set (add->scopes, "machine-x.scope", g_variant_builder_end (&properties),
                              &add->error);
}

static Add
set_limits (Fixture *fixture)
{
  g_autoptr (RoostScopes) scopes = roost_scopes_new (fixture->client, FALSE);
  Add add = { scopes, FALSE, NULL };

  co_spawn ("set", set_body, &add);
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
  return add;
}

/* Until the scope ends, not for the next one of that name. */
static void
test_limits (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;
  Add add;

  fixture->result = "done";
  add = set_limits (fixture);
  g_assert_no_error (add.error);
  text = g_variant_print (fixture->unit, TRUE);
  g_assert_cmpstr (text, ==, "('machine-x.scope', true, [('CPUWeight', <uint64 300>)])");
}

static void
test_limits_refused (Fixture *fixture, gconstpointer data)
{
  Add add = set_limits (fixture);

  g_assert_error (add.error, ROOST_ERROR, ROOST_ERROR_IO);
  g_assert_nonnull (strstr (add.error->message, "unit exists"));
  g_clear_error (&add.error);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  Add add = add_guest (fixture);

  g_assert_error (add.error, ROOST_ERROR, ROOST_ERROR_IO);
  g_assert_nonnull (strstr (add.error->message, "unit exists"));
  g_clear_error (&add.error);
}

static void
test_job_failed (Fixture *fixture, gconstpointer data)
{
  Add add;

  fixture->result = "failed";
  add = add_guest (fixture);
  g_assert_error (add.error, ROOST_ERROR, ROOST_ERROR_IO);
  g_clear_error (&add.error);
}

static void
test_no_systemd (Fixture *fixture, gconstpointer data)
{
  Add add = add_guest (fixture);

  g_assert_error (add.error, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED);
  g_clear_error (&add.error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scope/names", test_names);
  g_test_add_func ("/scope/long-name", test_long_name);
  g_test_add ("/scope/added", Fixture, "systemd", fixture_set_up, test_added, fixture_tear_down);
  g_test_add ("/scope/refused", Fixture, "systemd", fixture_set_up, test_refused,
              fixture_tear_down);
  g_test_add ("/scope/limits", Fixture, "systemd", fixture_set_up, test_limits, fixture_tear_down);
  g_test_add ("/scope/limits-refused", Fixture, "systemd", fixture_set_up, test_limits_refused,
              fixture_tear_down);
  g_test_add ("/scope/job-failed", Fixture, "systemd", fixture_set_up, test_job_failed,
              fixture_tear_down);
  g_test_add ("/scope/no-systemd", Fixture, NULL, fixture_set_up, test_no_systemd,
              fixture_tear_down);
  return g_test_run ();
}
