/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tables of the bus room against introspection/, the polkit policy and the documentation. */

#include "bus/auth.h"
#include "introspection/interfaces.h"
#include "bus/tables.h"

static const GDBusInterfaceInfo *const interfaces[] = {
  &org_roost1_manager_interface,
  &org_roost1_domain_interface,
  &org_roost1_domain_agent_interface,
  &org_roost1_domain_display_interface,
  &org_roost1_domain_device_interface,
  &org_roost1_domain_tuning_interface,
  &org_roost1_job_interface,
  &org_roost1_storage_pool_interface,
  &org_roost1_storage_volume_interface,
  &org_roost1_secret_interface,
  &org_freedesktop_dbus_object_manager_interface,
};

static char *
read_source (const char *path)
{
  g_autofree char *full = g_test_build_filename (G_TEST_DIST, "..", "..", path, NULL);
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (full, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static const GDBusInterfaceInfo *
find_interface (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (interfaces); i++)
    if (g_str_equal (interfaces[i]->name, name))
      return interfaces[i];
  return NULL;
}

static GDBusMethodInfo *
find_method (const RoostMethod *row)
{
  const GDBusInterfaceInfo *info = find_interface (row->interface);

  return info != NULL ? g_dbus_interface_info_lookup_method ((GDBusInterfaceInfo *)info, row->name)
                      : NULL;
}

static void
test_methods_have_rows (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (interfaces); i++)
    for (GDBusMethodInfo **m = interfaces[i]->methods; m != NULL && *m != NULL; m++)
      {
        const RoostMethod *row = roost_method_find (interfaces[i]->name, (*m)->name);

        if (row == NULL)
          g_error ("%s.%s has no row", interfaces[i]->name, (*m)->name);
        g_assert_nonnull (row->run);
        g_assert_nonnull (row->action);
      }
}

static void
test_rows_have_methods (void)
{
  for (const RoostMethod *row = roost_methods; row->name != NULL; row++)
    {
      if (g_str_equal (row->interface, "org.freedesktop.DBus.Properties"))
        continue;
      if (find_method (row) == NULL)
        g_error ("%s.%s is in no interface", row->interface, row->name);
      for (const RoostMethod *other = roost_methods; other != row; other++)
        g_assert_false (g_str_equal (other->name, row->name)
                        && g_str_equal (other->interface, row->interface));
    }
}

/* A method has a table of options when its last argument is one. */
static void
test_options_have_tables (void)
{
  for (const RoostMethod *row = roost_methods; row->name != NULL; row++)
    {
      GDBusMethodInfo *method = find_method (row);
      const GDBusArgInfo *last = NULL;

      for (GDBusArgInfo **arg = method != NULL ? method->in_args : NULL; arg != NULL && *arg; arg++)
        last = *arg;
      if ((last != NULL && g_str_equal (last->signature, "a{sv}")) != (row->options != NULL))
        g_error ("%s.%s: options in the interface and in the row differ", row->interface,
                 row->name);
    }
}

/* The doc comment of a method in the text of its interface. */
static char *
find_comment (const char *text, const char *method)
{
  g_autofree char *begin = g_strdup_printf ("\n      %s:\n", method);
  const char *comment = strstr (text, begin);

  g_assert_nonnull (comment);
  return g_strndup (comment, (gsize)(strstr (comment, "-->") - comment));
}

static void
check_documented (const RoostMethod *row, const char *comment)
{
  static const struct
  {
    RoostFieldKind kind;
    const char *type;
  } types[] = {
    { ROOST_FIELD_FLAG, "b" },     { ROOST_FIELD_YES_NO, "b" }, { ROOST_FIELD_STRING, "s" },
    { ROOST_FIELD_UINT, NULL },    { ROOST_FIELD_SIZE, "t" },   { ROOST_FIELD_INT, "x" },
    { ROOST_FIELD_ENUM, "s" },     { ROOST_FIELD_UUID, "s" },   { ROOST_FIELD_BITMAP, "s" },
    { ROOST_FIELD_STRINGS, "as" },
  };

  for (const RoostField *field = row->options->fields; field->path != NULL; field++)
    {
      g_autofree char *quoted = g_strdup_printf ("\"%s\"", field->path + 1);
      const char *place = strstr (comment, quoted);
      guint i = 0;

      if (place == NULL)
        g_error ("%s.%s: option %s is not documented", row->interface, row->name, quoted);
      while (types[i].kind != field->kind)
        g_assert_cmpuint (++i, <, G_N_ELEMENTS (types));
      place = strchr (place, '(') + 1;
      if (types[i].type != NULL ? !g_str_has_prefix (place, types[i].type)
                                : *place != 'u' && *place != 't')
        g_error ("%s.%s: option %s has another type", row->interface, row->name, quoted);
      if (types[i].type != NULL)
        {
          if (!g_str_has_prefix (place, types[i].type))
            g_error ("%s.%s: the type of option %s is not (%s)", row->interface, row->name, quoted,
                     types[i].type);
        }
      else
        g_assert_true (*place == 'u' || *place == 't');
    }
}

static void
test_options_are_documented (void)
{
  for (const RoostMethod *row = roost_methods; row->name != NULL; row++)
    {
      g_autofree char *path = g_strconcat ("introspection/", row->interface, ".xml", NULL);
      g_autofree char *text = NULL;
      g_autofree char *comment = NULL;

      if (row->options == NULL)
        continue;
      text = read_source (path);
      comment = find_comment (text, row->name);
      check_documented (row, comment);
      if (row->options->fields[0].path == NULL && strstr (comment, "none are known yet") == NULL)
        g_error ("%s.%s: options that are not there are documented", row->interface, row->name);
    }
}

static void
test_properties (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (interfaces); i++)
    {
      const RoostProperty *row = roost_properties_of (interfaces[i]->name);

      for (GDBusPropertyInfo **p = interfaces[i]->properties; p != NULL && *p != NULL; p++, row++)
        {
          gboolean is_writable = ((*p)->flags & G_DBUS_PROPERTY_INFO_FLAGS_WRITABLE) != 0;

          g_assert_cmpstr (row->name, ==, (*p)->name); /* also the order */
          g_assert_nonnull (row->get);
          g_assert_true (is_writable == (row->set != NULL));
          g_assert_true (is_writable == (row->set_action != NULL));
        }
      g_assert_true (row->name == NULL || !g_str_equal (row->interface, interfaces[i]->name));
    }
}

/* A property that never tells of changes says so in its annotation, and the reverse. */
static void
test_changes_are_annotated (void)
{
  for (const RoostProperty *row = roost_properties; row->name != NULL; row++)
    {
      const GDBusInterfaceInfo *info = find_interface (row->interface);
      GDBusPropertyInfo *property =
          g_dbus_interface_info_lookup_property ((GDBusInterfaceInfo *)info, row->name);
      const char *emits = g_dbus_annotation_info_lookup (
          property->annotations, "org.freedesktop.DBus.Property.EmitsChangedSignal");
      gboolean changes = row->changes != 0 || row->set != NULL;

      if (changes != (emits == NULL))
        g_error ("%s.%s: the annotation and the row differ", row->interface, row->name);
    }
}

static void
collect (GHashTable *set, const char *action)
{
  if (action != NULL)
    g_hash_table_add (set, (gpointer)action);
}

static GHashTable *
used_actions (void)
{
  GHashTable *set = g_hash_table_new (g_str_hash, g_str_equal);

  for (const RoostMethod *row = roost_methods; row->name != NULL; row++)
    {
      collect (set, row->action);
      collect (set, row->guarded_action);
    }
  for (const RoostProperty *row = roost_properties; row->name != NULL; row++)
    collect (set, row->set_action);
  return set;
}

static void
test_actions_are_in_policy (void)
{
  g_autofree char *policy = read_source ("data/org.roost1.policy");
  g_auto (GStrv) parts = g_strsplit (policy, "<action id=\"", -1);
  g_autoptr (GHashTable) used = used_actions ();
  GHashTableIter iter;
  gpointer action;

  g_assert_cmpuint (g_strv_length (parts) - 1, ==, g_hash_table_size (used));
  g_hash_table_iter_init (&iter, used);
  while (g_hash_table_iter_next (&iter, &action, NULL))
    {
      g_autofree char *id = g_strdup_printf ("<action id=\"%s\">", (char *)action);

      if (strstr (policy, id) == NULL)
        g_error ("%s is not in the policy", (char *)action);
    }
}

/* The line of docs/authorization.md that begins with @action. */
static char *
find_line (const char *text, const char *action)
{
  g_autofree char *begin = g_strdup_printf ("| `%s` |", action);
  const char *line = strstr (text, begin);

  if (line == NULL)
    g_error ("docs/authorization.md: no line for %s", action);
  return g_strndup (line, strcspn (line, "\n"));
}

static void
check_line (const char *text, const char *action, const char *interface, const char *name)
{
  g_autofree char *line = find_line (text, action);
  g_autofree char *method = g_strdup_printf ("`%s.%s`", strrchr (interface, '.') + 1, name);

  if (strstr (line, method) == NULL)
    g_error ("docs/authorization.md: %s is not in the line of %s", method, action);
}

static void
test_actions_are_documented (void)
{
  g_autofree char *text = read_source ("docs/authorization.md");

  for (const RoostMethod *row = roost_methods; row->name != NULL; row++)
    {
      if (row->action != NULL)
        check_line (text, row->action, row->interface, row->name);
      if (row->guarded_action != NULL)
        check_line (text, row->guarded_action, row->interface, row->name);
    }
  for (const RoostProperty *row = roost_properties; row->name != NULL; row++)
    if (row->set_action != NULL)
      {
        g_autofree char *line = find_line (text, row->set_action);

        g_assert_nonnull (strstr (line, row->name));
      }
}

/* A method stands in the line of no other action than its own. */
static void
test_documented_actions_are_used (void)
{
  g_autofree char *text = read_source ("docs/authorization.md");
  g_autoptr (GHashTable) used = used_actions ();
  GHashTableIter iter;
  gpointer action;

  g_hash_table_iter_init (&iter, used);
  while (g_hash_table_iter_next (&iter, &action, NULL))
    {
      g_autofree char *line = find_line (text, action);

      for (const RoostMethod *row = roost_methods; row->name != NULL; row++)
        {
          g_autofree char *method =
              g_strdup_printf ("`%s.%s`", strrchr (row->interface, '.') + 1, row->name);

          if (strstr (line, method) != NULL && row->action != NULL
              && !g_str_equal (row->action, action) && g_strcmp0 (row->guarded_action, action) != 0)
            g_error ("docs/authorization.md: %s is not under %s", method, (char *)action);
        }
    }
}

static void
test_rule (void)
{
  g_assert_cmpint (roost_auth_rule (TRUE, 0, 0), ==, ROOST_VERDICT_ALLOWED);
  g_assert_cmpint (roost_auth_rule (TRUE, 0, 1000), ==, ROOST_VERDICT_ASK);
  g_assert_cmpint (roost_auth_rule (TRUE, 1000, 1000), ==, ROOST_VERDICT_ASK);
  g_assert_cmpint (roost_auth_rule (FALSE, 1000, 1000), ==, ROOST_VERDICT_ALLOWED);
  g_assert_cmpint (roost_auth_rule (FALSE, 1000, 1001), ==, ROOST_VERDICT_REFUSED);
  g_assert_cmpint (roost_auth_rule (FALSE, 1000, 0), ==, ROOST_VERDICT_REFUSED);
}

/* The system bus lets through only what its policy names. */
static void
test_bus_policy (void)
{
  g_autofree char *policy = read_source ("data/org.roost1.conf");

  for (guint i = 0; i < G_N_ELEMENTS (interfaces); i++)
    {
      g_autofree char *allowed = g_strdup_printf ("send_interface=\"%s\"", interfaces[i]->name);

      if (strstr (policy, allowed) == NULL)
        g_error ("data/org.roost1.conf: %s is not there", interfaces[i]->name);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus/methods-have-rows", test_methods_have_rows);
  g_test_add_func ("/bus/rows-have-methods", test_rows_have_methods);
  g_test_add_func ("/bus/options-have-tables", test_options_have_tables);
  g_test_add_func ("/bus/options-are-documented", test_options_are_documented);
  g_test_add_func ("/bus/properties", test_properties);
  g_test_add_func ("/bus/changes-are-annotated", test_changes_are_annotated);
  g_test_add_func ("/bus/actions-are-in-policy", test_actions_are_in_policy);
  g_test_add_func ("/bus/actions-are-documented", test_actions_are_documented);
  g_test_add_func ("/bus/documented-actions-are-used", test_documented_actions_are_used);
  g_test_add_func ("/bus/rule", test_rule);
  g_test_add_func ("/bus/policy", test_bus_policy);
  return g_test_run ();
}
