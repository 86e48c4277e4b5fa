/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The two ends of a D-Bus call, for `bench`:
 *
 *   bench-calls serve NAME N     the floor: a service that answers from memory as if it had N
 * domains bench-calls read CALLS IN-FLIGHT DEST PATH PROPERTY   prints the calls per second
 *   bench-calls read-all CALLS IN-FLIGHT DEST PATH
 *   bench-calls once CALLS DEST PATH INTERFACE METHOD     prints milliseconds a call, the median
 *
 * The bus is that of DBUS_SESSION_BUS_ADDRESS.
 */
#include "introspection/interfaces.h"

#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOMAIN_INTERFACE "org.roost1.Domain"

static GDBusConnection *bus;
static GMainLoop *loop;

/* --- the floor: answers from values that are made once --- */

typedef struct
{
  GVariant *objects; /* the reply of GetManagedObjects */
  GVariant *states;  /* … of ListDomainStates */
} Answers;

/* What a property of the type @signature may well have. */
static GVariant *
sample_value (const char *signature)
{
  GVariantBuilder empty;

  switch (signature[0])
    {
    case 's':
      return g_variant_new_string ("shut-off");
    case 'o':
      return g_variant_new_object_path ("/");
    case 'b':
      return g_variant_new_boolean (TRUE);
    case 't':
      return g_variant_new_uint64 (1 << 30);
    case 'x':
      return g_variant_new_int64 (-1);
    case 'u':
      return g_variant_new_uint32 (1);
    case '(':
      return g_variant_new ("(si)", "", 0);
    default:
      g_variant_builder_init (&empty, G_VARIANT_TYPE (signature));
      return g_variant_builder_end (&empty);
    }
}

/* A domain as Roost shows it: all its interfaces, with all their properties. */
static GVariant *
sample_interfaces (void)
{
  static const GDBusInterfaceInfo *const interfaces[] = {
    &org_roost1_domain_interface,
    &org_roost1_domain_agent_interface,
    &org_roost1_domain_display_interface,
    &org_roost1_domain_tuning_interface,
  };
  GVariantBuilder all;

  g_variant_builder_init (&all, G_VARIANT_TYPE ("a{sa{sv}}"));
  for (guint i = 0; i < G_N_ELEMENTS (interfaces); i++)
    {
      GVariantBuilder one;

      g_variant_builder_init (&one, G_VARIANT_TYPE_VARDICT);
      for (GDBusPropertyInfo **info = interfaces[i]->properties; *info != NULL; info++)
        g_variant_builder_add (&one, "{sv}", (*info)->name, sample_value ((*info)->signature));
      g_variant_builder_add (&all, "{sa{sv}}", interfaces[i]->name, &one);
    }
  return g_variant_builder_end (&all);
}

static char *
sample_path (guint i)
{
  return g_strdup_printf ("/org/roost1/domain/%08x_0000_4000_8000_000000000000", i);
}

static void
answers_fill (Answers *answers, guint n)
{
  GVariantBuilder objects, states;

  g_variant_builder_init (&objects, G_VARIANT_TYPE ("a{oa{sa{sv}}}"));
  g_variant_builder_init (&states, G_VARIANT_TYPE ("a(osss)"));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *path = sample_path (i);
      g_autofree char *name = g_strdup_printf ("domain-%u", i);

      g_variant_builder_add (&objects, "{o@a{sa{sv}}}", path, sample_interfaces ());
      g_variant_builder_add (&states, "(osss)", path, name, path + strlen ("/org/roost1/domain/"),
                             "shut-off");
    }
  answers->objects = g_variant_ref_sink (g_variant_new ("(a{oa{sa{sv}}})", &objects));
  answers->states = g_variant_ref_sink (g_variant_new ("(a(osss))", &states));
}

static void
on_call (GDBusConnection *connection,
         const char *sender,
         const char *path,
         const char *interface,
         const char *method,
         GVariant *args,
         GDBusMethodInvocation *invocation,
         gpointer data)
{
  const Answers *answers = data;

  if (g_str_equal (method, "GetManagedObjects"))
    g_dbus_method_invocation_return_value (invocation, answers->objects);
  else if (g_str_equal (method, "ListDomainStates"))
    g_dbus_method_invocation_return_value (invocation, answers->states);
  else
    g_dbus_method_invocation_return_dbus_error (invocation, "org.roost1.Error.NotSupported",
                                                method);
}

static GVariant *
on_get (GDBusConnection *connection,
        const char *sender,
        const char *path,
        const char *interface,
        const char *property,
        GError **error,
        gpointer data)
{
  const GDBusPropertyInfo *info = g_dbus_interface_info_lookup_property (
      (GDBusInterfaceInfo *)&org_roost1_domain_interface, property);

  return sample_value (info->signature);
}

static int
serve (char **args)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call, .get_property = on_get };
  static Answers answers;
  const struct
  {
    const char *path;
    const GDBusInterfaceInfo *interface;
  } objects[] = {
    { "/org/roost1", &org_roost1_manager_interface },
    { "/org/roost1", &org_freedesktop_dbus_object_manager_interface },
    { "/org/roost1/domain/x", &org_roost1_domain_interface },
  };

  answers_fill (&answers, (guint)atoi (args[1]));
  for (guint i = 0; i < G_N_ELEMENTS (objects); i++)
    g_dbus_connection_register_object (bus, objects[i].path,
                                       (GDBusInterfaceInfo *)objects[i].interface, &vtable,
                                       &answers, NULL, NULL);
  g_bus_own_name_on_connection (bus, args[0], G_BUS_NAME_OWNER_FLAGS_NONE, NULL, NULL, NULL, NULL);
  g_main_loop_run (loop);
  return 0;
}

/* --- the client --- */

typedef struct
{
  const char *destination, *path, *method;
  GVariant *args;
  guint left, in_flight;
} Flood;

static void send_one (Flood *flood);

static void
on_reply (GObject *source, GAsyncResult *res, gpointer data)
{
  Flood *flood = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (bus, res, &error);

  if (reply == NULL)
    g_error ("%s: %s", flood->method, error->message);
  flood->in_flight--;
  if (flood->left > 0)
    send_one (flood);
  else if (flood->in_flight == 0)
    g_main_loop_quit (loop);
}

static void
send_one (Flood *flood)
{
  flood->left--;
  flood->in_flight++;
  g_dbus_connection_call (bus, flood->destination, flood->path, "org.freedesktop.DBus.Properties",
                          flood->method, flood->args, NULL, G_DBUS_CALL_FLAGS_NONE, 60000, NULL,
                          on_reply, flood);
}

static int
flood (const char *method, GVariant *call_args, char **args)
{
  guint calls = (guint)atoi (args[0]);
  guint window = (guint)atoi (args[1]);
  Flood state = { args[2], args[3], method, g_variant_ref_sink (call_args), calls, 0 };
  gint64 start = g_get_monotonic_time ();

  for (guint i = 0; i < MIN (window, calls); i++)
    send_one (&state);
  g_main_loop_run (loop);
  printf ("%.1f\n", calls * (double)G_USEC_PER_SEC / (double)(g_get_monotonic_time () - start));
  g_variant_unref (call_args);
  return 0;
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

static int
once (char **args)
{
  guint calls = (guint)atoi (args[0]);
  g_autofree double *ms = g_new (double, calls);
  gboolean has_options = !g_str_equal (args[4], "GetManagedObjects");

  for (guint i = 0; i < calls; i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 start = g_get_monotonic_time ();
      g_autoptr (GVariant) reply =
          g_dbus_connection_call_sync (bus, args[1], args[2], args[3], args[4],
                                       has_options ? g_variant_new ("(a{sv})", NULL) : NULL, NULL,
                                       G_DBUS_CALL_FLAGS_NONE, 60000, NULL, &error);

      if (reply == NULL)
        g_error ("%s: %s", args[4], error->message);
      ms[i] = (double)(g_get_monotonic_time () - start) / 1000;
    }
  qsort (ms, calls, sizeof *ms, compare_doubles);
  printf ("%.3f\n", ms[calls / 2]);
  return 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  const char *what = argc > 1 ? argv[1] : "";

  loop = g_main_loop_new (NULL, FALSE);
  bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  if (bus == NULL)
    g_error ("%s", error->message);
  if (g_str_equal (what, "serve") && argc == 4)
    return serve (argv + 2);
  if (g_str_equal (what, "read") && argc == 7)
    return flood ("Get", g_variant_new ("(ss)", DOMAIN_INTERFACE, argv[6]), argv + 2);
  if (g_str_equal (what, "read-all") && argc == 6)
    return flood ("GetAll", g_variant_new ("(s)", DOMAIN_INTERFACE), argv + 2);
  if (g_str_equal (what, "once") && argc == 7)
    return once (argv + 2);
  fprintf (stderr, "usage: see the head of bench-calls.c\n");
  return 2;
}
