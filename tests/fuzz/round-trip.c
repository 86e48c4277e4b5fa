/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "round-trip.h"

static char *
write_object (const RoostType *type, const char *name, gconstpointer object)
{
  GString *out = g_string_new (NULL);

  roost_type_format (type, object, name, ROOST_FORMAT_SECRETS | ROOST_FORMAT_LIVE, 0, out);
  return g_string_free (out, FALSE);
}

static gpointer
read_object (
    const RoostType *type, const char *name, const char *text, gssize length, RoostIssues *issues)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostXml) xml = roost_xml_parse (text, length, issues, &error);
  gpointer object = NULL;

  if (xml != NULL && roost_xml_node_is (roost_xml_root (xml), name))
    object = roost_type_parse (type, xml, roost_xml_root (xml), issues, &error);
  g_assert (xml == NULL || object != NULL || error != NULL
            || !roost_xml_node_is (roost_xml_root (xml), name));
  g_assert (object == NULL || error == NULL);
  g_assert (error == NULL || g_str_has_prefix (error->message, "line "));
  return object;
}

void
fuzz_round_trip (const RoostType *type, const char *name, const char *text, gsize length)
{
  g_autoptr (RoostIssues) issues = roost_issues_new ();
  g_autoptr (RoostIssues) none = roost_issues_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  gpointer object = read_object (type, name, text, (gssize)length, issues);
  gpointer again, copy;

  if (object == NULL)
    return;
  first = write_object (type, name, object);
  again = read_object (type, name, first, -1, none);
  if (again == NULL || roost_issues_length (none) > 0)
    g_error ("does not read back: %s\n%s", roost_issues_get (none, 0)->message, first);
  second = write_object (type, name, again);
  if (!g_str_equal (first, second))
    g_error ("reads back differently:\n%s\n%s", first, second);
  copy = roost_type_copy (type, object);
  if (!roost_type_equal (type, object, copy, 0, &error)
      || !roost_type_equal (type, copy, again, 0, &error))
    g_error ("not the same: %s\n%s", error->message, first);
  roost_type_free (type, object);
  roost_type_free (type, copy);
  roost_type_free (type, again);
}
