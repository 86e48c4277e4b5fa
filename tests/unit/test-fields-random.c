/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fields-random.h"
#include "fields-sample.h"
#include "model/tables.h"

#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <glib/gprintf.h>

/*
 * Whatever a table allows is written, read back without a complaint, and is the same; and the
 * schema takes it. What stands last before a failure
 * repeats it: test-fields-random --seed N.
 */
static gint only_seed = -1;
static gint n_seeds = 60;

typedef struct
{
  const RoostType *type;
  const char *name;
} Subject;

static void
on_invalid (void *data, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_vprintf (format, args);
  va_end (args);
}

static xmlRelaxNG *
schema_new (const Subject *subject)
{
  g_autofree char *text = roost_type_to_rng (subject->type, subject->name);
  xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewMemParserCtxt (text, (int)strlen (text));
  xmlRelaxNG *schema = xmlRelaxNGParse (parser);

  xmlRelaxNGFreeParserCtxt (parser);
  g_assert_nonnull (schema);
  return schema;
}

static void
assert_valid (xmlRelaxNG *schema, const char *text)
{
  xmlDoc *document = xmlReadMemory (text, (int)strlen (text), NULL, NULL, 0);
  xmlRelaxNGValidCtxt *validator = xmlRelaxNGNewValidCtxt (schema);

  g_assert_nonnull (document);
  xmlRelaxNGSetValidErrors (validator, on_invalid, on_invalid, NULL);
  g_assert_cmpint (xmlRelaxNGValidateDoc (validator, document), ==, 0);
  xmlRelaxNGFreeValidCtxt (validator);
  xmlFreeDoc (document);
}

static char *
write_object (const Subject *subject, gconstpointer object)
{
  GString *out = g_string_new (NULL);

  roost_type_format (subject->type, object, subject->name, ROOST_FORMAT_SECRETS | ROOST_FORMAT_LIVE,
                     0, out);
  return g_string_free (out, FALSE);
}

static void
assert_comes_back (const Subject *subject, gconstpointer object, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostIssues) issues = roost_issues_new ();
  gpointer again = roost_type_parse_text (subject->type, subject->name, text, issues, &error);
  g_autofree char *same = NULL;

  g_assert_no_error (error);
  for (guint i = 0; i < roost_issues_length (issues); i++)
    g_error ("%u: %s", roost_issues_get (issues, i)->line, roost_issues_get (issues, i)->message);
  roost_type_equal (subject->type, object, again, 0, &error);
  g_assert_no_error (error);
  same = write_object (subject, again);
  g_assert_cmpstr (text, ==, same);
  roost_type_free (subject->type, again);
}

static void
check_seed (const Subject *subject, guint seed, xmlRelaxNG *schema)
{
  GRand *random = g_rand_new_with_seed (seed);
  gpointer object = fields_random_new (subject->type, random);
  gpointer copy = roost_type_copy (subject->type, object);
  g_autofree char *text = write_object (subject, object);
  g_autoptr (GError) error = NULL;

  g_test_message ("%s, --seed %u", subject->name, seed);
  if (only_seed >= 0)
    g_test_message ("%s", text);
  roost_type_equal (subject->type, object, copy, 0, &error);
  g_assert_no_error (error);
  roost_type_free (subject->type, object);
  assert_comes_back (subject, copy, text);
  assert_valid (schema, text);
  roost_type_free (subject->type, copy);
  g_rand_free (random);
}

static void
test_random (gconstpointer data)
{
  const Subject *subject = data;
  xmlRelaxNG *schema = schema_new (subject);

  for (gint seed = 0; seed < n_seeds; seed++)
    if (only_seed < 0 || seed == only_seed)
      check_seed (subject, (guint)seed, schema);
  xmlRelaxNGFree (schema);
}

int
main (int argc, char **argv)
{
  static const Subject machine = { &machine_type, "machine" };
  static const Subject domain = { &roost_domain_type, "domain" };
  const GOptionEntry entries[] = {
    { "seed", 0, 0, G_OPTION_ARG_INT, &only_seed, "Only this one", "N" },
    { "seeds", 0, 0, G_OPTION_ARG_INT, &n_seeds, "So many", "N" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  n_seeds = MAX (n_seeds, only_seed + 1);
  g_test_add_data_func ("/fields-random/machine", &machine, test_random);
  g_test_add_data_func ("/fields-random/domain", &domain, test_random);
  return g_test_run ();
}
