/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The bus room over a fake domain room, on a private bus: every method's way in and out. */

#include "base/error.h"
#include "bus/bus.h"
#include "bus/kind.h"
#include "fake-domain.h"
#include "introspection/interfaces.h"

#include <gio/gunixfdlist.h>
#include <unistd.h>

#define MANAGER    "org.roost1.Manager"
#define DOMAIN     "org.roost1.Domain"
#define JOB        "org.roost1.Job"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define PATH_A     "/org/roost1/domain/6dd36eb1_0000_4000_8000_000000000001"

typedef struct
{
  GTestDBus *dbus;
  GDBusConnection *server;
  GDBusConnection *client;
  RoostManager *manager;
  RoostBus *bus;
  RoostDomain *a;
  GPtrArray *heard; /* "PATH MEMBER ARGS" of each signal */
} Fixture;

typedef struct
{
  gboolean is_done;
  GVariant *reply;
  GError *error;
  GUnixFDList *fds;
} Answer;

static void
on_signal (GDBusConnection *connection,
           const char *sender,
           const char *path,
           const char *interface,
           const char *member,
           GVariant *args,
           gpointer p)
{
  Fixture *f = p;
  g_autofree char *text = g_variant_print (args, TRUE);

  g_ptr_array_add (f->heard, g_strdup_printf ("%s %s %s", path, member, text));
}

static GDBusConnection *
connect_to (GTestDBus *dbus)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection =
      g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (dbus),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                                  | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);

  g_assert_no_error (error);
  return connection;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->dbus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (f->dbus);
  f->server = connect_to (f->dbus);
  f->client = connect_to (f->dbus);
  f->manager = fake_manager_new ();
  f->a = fake_manager_add (f->manager, "a", 1);
  f->bus = roost_bus_new (f->manager, f->server, FALSE, &error);
  g_assert_no_error (error);
  f->heard = g_ptr_array_new_with_free_func (g_free);
  g_dbus_connection_signal_subscribe (f->client, g_dbus_connection_get_unique_name (f->server),
                                      NULL, NULL, NULL, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_signal,
                                      f, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  roost_bus_close (f->bus);
  g_clear_pointer (&f->bus, roost_bus_unref);
  g_object_unref (f->manager);
  g_dbus_connection_close_sync (f->client, NULL, NULL);
  g_dbus_connection_close_sync (f->server, NULL, NULL);
  g_object_unref (f->client);
  g_object_unref (f->server);
  g_test_dbus_down (f->dbus);
  g_object_unref (f->dbus);
  g_ptr_array_unref (f->heard);
}

static void
on_answer (GObject *source, GAsyncResult *res, gpointer p)
{
  Answer *answer = p;

  answer->reply = g_dbus_connection_call_with_unix_fd_list_finish (
      G_DBUS_CONNECTION (source), &answer->fds, res, &answer->error);
  answer->is_done = TRUE;
}

static void
begin (Fixture *f,
       Answer *answer,
       const char *path,
       const char *interface,
       const char *method,
       GVariant *args)
{
  *answer = (Answer){ 0 };
  g_dbus_connection_call_with_unix_fd_list (
      f->client, g_dbus_connection_get_unique_name (f->server), path, interface, method, args, NULL,
      G_DBUS_CALL_FLAGS_NONE, 5000, NULL, NULL, on_answer, answer);
}

static void
end (Answer *answer)
{
  while (!answer->is_done)
    g_main_context_iteration (NULL, TRUE);
}

/* Calls, and checks that the reply prints as @expected. */
static void
expect (Fixture *f,
        const char *path,
        const char *interface,
        const char *method,
        GVariant *args,
        const char *expected)
{
  Answer answer;
  g_autofree char *text = NULL;

  begin (f, &answer, path, interface, method, args);
  end (&answer);
  g_assert_no_error (answer.error);
  text = g_variant_print (answer.reply, TRUE);
  g_assert_cmpstr (text, ==, expected);
  g_variant_unref (answer.reply);
  g_clear_object (&answer.fds);
}

/* Calls, and checks the error's name and that its text holds @part. */
static void
expect_error (Fixture *f,
              const char *path,
              const char *interface,
              const char *method,
              GVariant *args,
              const char *name,
              const char *part)
{
  Answer answer;
  g_autofree char *got = NULL;

  begin (f, &answer, path, interface, method, args);
  end (&answer);
  g_assert_nonnull (answer.error);
  got = g_dbus_error_get_remote_error (answer.error);
  g_assert_cmpstr (got, ==, name);
  if (strstr (answer.error->message, part) == NULL)
    g_error ("'%s' does not hold '%s'", answer.error->message, part);
  g_error_free (answer.error);
}

static GVariant *
options (const char *text)
{
  return g_variant_new_parsed (text != NULL ? text : "(@a{sv} {},)");
}

static guint
heard (Fixture *f, const char *pattern)
{
  guint n = 0;

  for (guint i = 0; i < f->heard->len; i++)
    n += g_pattern_match_simple (pattern, f->heard->pdata[i]);
  return n;
}

static void
wait_heard (Fixture *f, const char *pattern)
{
  while (heard (f, pattern) == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_finding (Fixture *f, gconstpointer data)
{
  expect (f, "/org/roost1", MANAGER, "ListDomains", options (NULL), "([objectpath '" PATH_A "'],)");
  expect (f, "/org/roost1", MANAGER, "ListDomainStates", options (NULL),
          "([(objectpath '" PATH_A
          "', 'a', '6dd36eb1-0000-4000-8000-000000000001', 'shut-off')],)");
  expect (f, "/org/roost1", MANAGER, "ListDomains", options ("({'active': <true>},)"), "(@ao [],)");
  expect (f, "/org/roost1", MANAGER, "ListDomains", options ("({'state': <'running'>},)"),
          "(@ao [],)");
  expect (f, "/org/roost1", MANAGER, "GetDomainByName", g_variant_new ("(s)", "a"),
          "(objectpath '" PATH_A "',)");
  expect (f, "/org/roost1", MANAGER, "GetDomainByUuid",
          g_variant_new ("(s)", "6DD36EB1-0000-4000-8000-000000000001"),
          "(objectpath '" PATH_A "',)");
  expect_error (f, "/org/roost1", MANAGER, "GetDomainByName", g_variant_new ("(s)", "x"),
                "org.roost1.Error.NotFound", "'x'");
  expect_error (f, "/org/roost1", MANAGER, "GetDomainByUuid", g_variant_new ("(s)", "x"),
                "org.roost1.Error.InvalidArgument", "'x'");
  expect_error (f, "/org/roost1", MANAGER, "GetDomainByPid", g_variant_new ("(u)", 1),
                "org.roost1.Error.NotFound", "process 1");
}

static void
test_options (Fixture *f, gconstpointer data)
{
  expect_error (f, "/org/roost1", MANAGER, "ListDomains", options ("({'activ': <true>},)"),
                "org.roost1.Error.InvalidArgument", "activ");
  expect_error (f, "/org/roost1", MANAGER, "ListDomains", options ("({'active': <'yes'>},)"),
                "org.roost1.Error.InvalidArgument", "active");
  expect_error (f, "/org/roost1", MANAGER, "ListDomains", options ("({'state': <'up'>},)"),
                "org.roost1.Error.InvalidArgument", "shut-off");
  expect_error (f, PATH_A, DOMAIN, "Shutdown", options ("({'force': <true>},)"),
                "org.roost1.Error.InvalidArgument", "force");
  expect_error (f, PATH_A, DOMAIN, "Start", g_variant_new ("()"),
                "org.freedesktop.DBus.Error.InvalidArgs", "");
}

static void
test_operations (Fixture *f, gconstpointer data)
{
  expect (f, PATH_A, DOMAIN, "Start", options ("({'paused': <true>},)"), "()");
  g_assert_cmpstr (fake_last_call (f->manager), ==, "start paused");
  expect (f, PATH_A, PROPERTIES, "Get", g_variant_new ("(ss)", DOMAIN, "State"), "(<'paused'>,)");
  expect (f, "/org/roost1", MANAGER, "GetDomainByPid", g_variant_new ("(u)", 4711),
          "(objectpath '" PATH_A "',)");
  expect_error (f, PATH_A, DOMAIN, "Start", options (NULL), "org.roost1.Error.Running", "'a'");
  expect (f, PATH_A, DOMAIN, "Resume", options (NULL), "()");
  expect (f, PATH_A, DOMAIN, "Suspend", options (NULL), "()");
  expect (f, PATH_A, DOMAIN, "Reboot", options (NULL), "()");
  expect (f, PATH_A, DOMAIN, "Reset", options (NULL), "()");
  expect (f, PATH_A, DOMAIN, "Shutdown", options (NULL), "()");
  expect (f, PATH_A, DOMAIN, "Redefine", g_variant_new_parsed ("('<x/>', @a{sv} {})"), "()");
  g_assert_cmpstr (fake_last_call (f->manager), ==, "redefine <x/>");
  expect (f, PATH_A, DOMAIN, "Destroy", options ("({'graceful': <true>, 'grace': <@t 1500000>},)"),
          "()");
  g_assert_cmpstr (fake_last_call (f->manager), ==, "destroy graceful 1500");
  expect (f, PATH_A, DOMAIN, "SetAutostart", g_variant_new_parsed ("(true, @a{sv} {})"), "()");
  expect (f, PATH_A, PROPERTIES, "Get", g_variant_new ("(ss)", DOMAIN, "Autostart"), "(<true>,)");
  expect (f, PATH_A, DOMAIN, "GetXml", options ("({'inactive': <true>, 'secrets': <true>},)"),
          "('<domain inactive secrets/>',)");
  expect (f, PATH_A, DOMAIN, "GetXml", options (NULL), "('<domain/>',)");
  expect_error (f, PATH_A, DOMAIN, "Undefine",
                options ("({'keep-nvram': <true>, 'remove-nvram': <true>},)"),
                "org.roost1.Error.InvalidArgument", "remove-nvram");
}

static void
test_descriptors (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Answer answer;
  int fd;
  char byte = 1;

  begin (f, &answer, PATH_A, DOMAIN, "OpenConsole", options ("({'device': <'serial0'>},)"));
  end (&answer);
  g_assert_no_error (answer.error);
  fd = g_unix_fd_list_get (answer.fds, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read (fd, &byte, 1), ==, 1);
  g_assert_cmpint (byte, ==, 0);
  close (fd);
  g_variant_unref (answer.reply);
  g_object_unref (answer.fds);
  expect_error (f, PATH_A, DOMAIN, "OpenConsole", options ("({'device': <'nope'>},)"),
                "org.roost1.Error.NotFound", "nope");
  expect_error (f, PATH_A, DOMAIN, "Screenshot", options ("({'head': <@u 3>},)"),
                "org.roost1.Error.NotSupported", "head 3");
}

static void
test_come_and_go (Fixture *f, gconstpointer data)
{
  const char *path = "/org/roost1/domain/6dd36eb1_0000_4000_8000_000000000077";
  Answer answer;

  expect (f, "/org/roost1", MANAGER, "DefineDomain",
          g_variant_new_parsed ("('<domain/>', @a{sv} {})"),
          "(objectpath '/org/roost1/domain/6dd36eb1_0000_4000_8000_000000000077',)");
  wait_heard (f, "/org/roost1 InterfacesAdded *000000000077*'Name': <'defined'>*");
  expect_error (f, "/org/roost1", MANAGER, "DefineDomain",
                g_variant_new_parsed ("('no', @a{sv} {})"), "org.roost1.Error.InvalidXml",
                "line 1, column 1");
  expect (f, path, DOMAIN, "Undefine", options (NULL), "()");
  wait_heard (f, "/org/roost1 InterfacesRemoved *000000000077*");
  expect_error (f, path, DOMAIN, "Start", options (NULL),
                "org.freedesktop.DBus.Error.UnknownObject", "removed");
  expect_error (f, path, PROPERTIES, "Get", g_variant_new ("(ss)", DOMAIN, "State"),
                "org.freedesktop.DBus.Error.UnknownObject", "removed");
  expect_error (f, path, PROPERTIES, "GetAll", g_variant_new ("(s)", DOMAIN),
                "org.freedesktop.DBus.Error.UnknownObject", "removed");
  begin (f, &answer, "/org/roost1", MANAGER, "StartTransientDomain",
         g_variant_new_parsed ("('<domain/>', {'paused': <true>})"));
  end (&answer);
  g_assert_no_error (answer.error);
  g_variant_unref (answer.reply);
  g_assert_cmpstr (fake_last_call (f->manager), ==, "start paused");
}

static void
test_managed_objects (Fixture *f, gconstpointer data)
{
  g_autoptr (GVariant) objects = NULL;
  g_autoptr (GVariant) all = NULL;
  g_autoptr (GVariant) one = NULL;
  Answer answer;

  fake_manager_add (f->manager, "b", 2);
  begin (f, &answer, "/org/roost1", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects",
         NULL);
  end (&answer);
  g_assert_no_error (answer.error);
  objects = g_variant_get_child_value (answer.reply, 0);
  g_variant_unref (answer.reply);
  g_assert_cmpuint (g_variant_n_children (objects), ==, 2);
  all = g_variant_lookup_value (objects, PATH_A, G_VARIANT_TYPE ("a{sa{sv}}"));
  one = g_variant_lookup_value (all, DOMAIN, G_VARIANT_TYPE_VARDICT);
  g_assert_cmpuint (g_variant_n_children (one), ==,
                    g_strv_length ((char **)org_roost1_domain_interface.properties));
  begin (f, &answer, PATH_A, PROPERTIES, "GetAll", g_variant_new ("(s)", DOMAIN));
  end (&answer);
  g_assert_no_error (answer.error);
  g_clear_pointer (&all, g_variant_unref);
  all = g_variant_get_child_value (answer.reply, 0);
  g_variant_unref (answer.reply);
  g_assert_true (g_variant_equal (all, one));
}

static void
test_changes (Fixture *f, gconstpointer data)
{
  Answer answer;

  begin (f, &answer, PATH_A, PROPERTIES, "GetAll", g_variant_new ("(s)", DOMAIN));
  end (&answer);
  g_variant_unref (answer.reply);
  fake_domain_set_memory (f->a, 5);
  fake_domain_set_memory (f->a, 6);
  fake_domain_set_memory (f->a, 6);
  wait_heard (f, PATH_A " PropertiesChanged *");
  g_assert_cmpuint (
      heard (f, PATH_A " PropertiesChanged ('org.roost1.Domain', {'Memory': <uint64 6>}, *"), ==,
      1);
  expect (f, PATH_A, DOMAIN, "Start", options (NULL), "()");
  wait_heard (f, PATH_A " StateChanged ('running', 'booted')");
  /* The property came before the signal, and both before the reply. */
  g_assert_cmpuint (heard (f, PATH_A " PropertiesChanged *'State': <'running'>*"), ==, 1);
  g_assert_true (g_pattern_match_simple (PATH_A " PropertiesChanged *'Pid': <uint32 4711>*",
                                         f->heard->pdata[1]));
  g_assert_cmpuint (heard (f, PATH_A " PropertiesChanged ('org.roost1.Domain', *"), ==, 2);
}

/* A change before anything was ever told: all that the change bits name. */
static void
test_first_change (Fixture *f, gconstpointer data)
{
  fake_domain_set_memory (f->a, 5);
  wait_heard (f, PATH_A " PropertiesChanged ('org.roost1.Domain', {'Memory': <uint64 5>}, *");
  fake_domain_event (f->a, "WatchdogFired", g_variant_new ("(s)", "reset"));
  wait_heard (f, PATH_A " WatchdogFired ('reset',)");
  fake_domain_event (f->a, "RebootOccurred", g_variant_new ("()"));
  wait_heard (f, PATH_A " RebootOccurred ()");
}

static void
test_job (Fixture *f, gconstpointer data)
{
  RoostJob *job = fake_manager_add_job (f->manager, f->a);
  Answer wait, timed;

  wait_heard (f, "/org/roost1 InterfacesAdded (*/org/roost1/job/1*'Operation': <'start'>*");
  wait_heard (f, PATH_A " PropertiesChanged *'CurrentJob': <objectpath '/org/roost1/job/1'>*");
  begin (f, &wait, "/org/roost1/job/1", JOB, "Wait", options (NULL));
  begin (f, &timed, "/org/roost1/job/1", JOB, "Wait", options ("({'timeout': <@t 2000>},)"));
  end (&timed);
  g_assert_error (timed.error, ROOST_ERROR, ROOST_ERROR_TIMEOUT);
  g_error_free (timed.error);
  g_assert_false (wait.is_done);
  expect (f, "/org/roost1/job/1", JOB, "Cancel", options (NULL), "()");
  end (&wait);
  g_assert_error (wait.error, ROOST_ERROR, ROOST_ERROR_CANCELLED);
  g_error_free (wait.error);
  wait_heard (f, "/org/roost1/job/1 Completed (false, 'org.roost1.Error.Cancelled', *");
  expect (f, "/org/roost1/job/1", PROPERTIES, "Get", g_variant_new ("(ss)", JOB, "State"),
          "(<'cancelled'>,)");
  expect_error (f, "/org/roost1/job/1", JOB, "Cancel", options (NULL),
                "org.roost1.Error.InvalidArgument", "ended");
  expect_error (f, "/org/roost1/job/1", JOB, "Wait", options (NULL), "org.roost1.Error.Cancelled",
                "cancelled");
  g_signal_emit_by_name (f->manager, "job-removed", job);
  wait_heard (f, "/org/roost1 InterfacesRemoved (*/org/roost1/job/1*");
  expect_error (f, "/org/roost1/job/1", JOB, "Cancel", options (NULL),
                "org.freedesktop.DBus.Error.UnknownObject", "minute");
}

static void
test_manager_properties (Fixture *f, gconstpointer data)
{
  expect (f, "/org/roost1", PROPERTIES, "Get", g_variant_new ("(ss)", MANAGER, "Mode"),
          "(<'session'>,)");
  expect (f, "/org/roost1", PROPERTIES, "Set",
          g_variant_new ("(ssv)", MANAGER, "LogLevel", g_variant_new_string ("debug")), "()");
  wait_heard (f, "/org/roost1 PropertiesChanged *'LogLevel': <'debug'>*");
  g_assert_true (g_log_get_debug_enabled ());
  expect_error (f, "/org/roost1", PROPERTIES, "Set",
                g_variant_new ("(ssv)", MANAGER, "LogLevel", g_variant_new_string ("loud")),
                "org.roost1.Error.InvalidArgument", "loud");
  expect (f, "/org/roost1", PROPERTIES, "Set",
          g_variant_new ("(ssv)", MANAGER, "LogLevel", g_variant_new_string ("info")), "()");
  expect_error (f, "/org/roost1", PROPERTIES, "Set",
                g_variant_new ("(ssv)", MANAGER, "Mode", g_variant_new_string ("system")),
                "org.freedesktop.DBus.Error.InvalidArgs", "");
  expect_error (f, PATH_A, PROPERTIES, "Set",
                g_variant_new ("(ssv)", DOMAIN, "Autostart", g_variant_new_boolean (TRUE)),
                "org.freedesktop.DBus.Error.InvalidArgs", "");
}

static void
test_introspection (Fixture *f, gconstpointer data)
{
  Answer answer;
  const char *xml;

  begin (f, &answer, "/org/roost1/domain", "org.freedesktop.DBus.Introspectable", "Introspect",
         NULL);
  end (&answer);
  g_assert_no_error (answer.error);
  g_variant_get (answer.reply, "(&s)", &xml);
  g_assert_nonnull (strstr (xml, "<node name=\"6dd36eb1_0000_4000_8000_000000000001\"/>"));
  g_variant_unref (answer.reply);
  begin (f, &answer, PATH_A, "org.freedesktop.DBus.Introspectable", "Introspect", NULL);
  end (&answer);
  g_assert_no_error (answer.error);
  g_variant_get (answer.reply, "(&s)", &xml);
  g_assert_nonnull (strstr (xml, "<interface name=\"org.roost1.Domain\">"));
  g_variant_unref (answer.reply);
}

/* Calls that are under way when the daemon ends, or the bus is closed, end well. */
static void
test_stop (Fixture *f, gconstpointer data)
{
  Answer answer;

  begin (f, &answer, PATH_A, DOMAIN, "Start", options (NULL));
  while (fake_last_call (f->manager) == NULL)
    g_main_context_iteration (NULL, TRUE);
  roost_bus_stop (f->bus);
  expect_error (f, PATH_A, DOMAIN, "Reset", options (NULL), "org.roost1.Error.Busy", "ending");
  end (&answer);
  g_assert_no_error (answer.error);
  g_variant_unref (answer.reply);
}

/* --- a folder below a domain, whose objects have two interfaces --- */

static void
describe_child (gpointer object, RoostQuestion *question)
{
  question->device_name = "child";
}

static const RoostKind child_kind = {
  .noun = "child",
  .missing = "it has left",
  .interfaces = { &org_roost1_domain_interface, &org_roost1_manager_interface },
  .describe = describe_child,
};

static void
test_children (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostDomain) child = g_object_ref (f->a);

  roost_bus_add_folder (f->bus, PATH_A "/child", &child_kind, &error);
  g_assert_no_error (error);
  roost_bus_add (f->bus, child, g_strdup (PATH_A "/child/one"));
  wait_heard (f, "* InterfacesAdded *child/one*org.roost1.Domain*org.roost1.Manager*");
  expect (f, PATH_A "/child/one", PROPERTIES, "Get", options ("('org.roost1.Domain', 'Name')"),
          "(<'a'>,)");
  expect_error (f, PATH_A "/child/two", PROPERTIES, "Get",
                options ("('org.roost1.Domain', 'Name')"),
                "org.freedesktop.DBus.Error.UnknownObject", "there is no child");
  roost_bus_remove (f->bus, PATH_A "/child/one");
  wait_heard (f, "* InterfacesRemoved *child/one*org.roost1.Domain*org.roost1.Manager*");
  expect_error (f, PATH_A "/child/one", PROPERTIES, "Get",
                options ("('org.roost1.Domain', 'Name')"),
                "org.freedesktop.DBus.Error.UnknownObject", "it has left");
  roost_bus_remove_folder (f->bus, PATH_A "/child");
  expect (f, PATH_A, PROPERTIES, "Get", options ("('org.roost1.Domain', 'Name')"), "(<'a'>,)");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add ("/bus/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (finding);
  ADD (children);
  ADD (options);
  ADD (operations);
  ADD (descriptors);
  ADD (come_and_go);
  ADD (managed_objects);
  ADD (changes);
  ADD (first_change);
  ADD (job);
  ADD (manager_properties);
  ADD (introspection);
  ADD (stop);
  return g_test_run ();
}
