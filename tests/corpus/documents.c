/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/compat.h"
#include "model/domain-config.h"

#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <stdio.h>
#include <string.h>

/*
 * test-documents SCHEMA FOLDER...: every domain document below the folders, and below
 * $ROOST_CORPUS, that is understood
 *   - is written in a form that reads back to the same text without a complaint,
 *   - keeps its <metadata> byte for byte, and
 *   - is valid by the schema, as it stands when nothing in it was unknown, and as it is written.
 */
typedef struct
{
  xmlRelaxNG *schema;
  guint n;
  guint n_refused;
  guint n_bad;
  const char *path;
} Run;

static void complain (Run *run, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
complain (Run *run, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_print ("%s: %s\n", run->path, text);
  run->n_bad++;
}

static void
on_invalid (void *data, const char *format, ...)
{
  GString *text = data;
  va_list args;

  va_start (args, format);
  g_string_append_vprintf (text, format, args);
  va_end (args);
}

static void
check_valid (Run *run, const char *text, const char *which)
{
  xmlDoc *document = xmlReadMemory (text, (int)strlen (text), NULL, NULL, 0);
  xmlRelaxNGValidCtxt *validator = xmlRelaxNGNewValidCtxt (run->schema);
  g_autoptr (GString) problems = g_string_new (NULL);

  xmlRelaxNGSetValidErrors (validator, on_invalid, on_invalid, problems);
  if (document == NULL || xmlRelaxNGValidateDoc (validator, document) != 0)
    complain (run, "%s is not valid:\n%s", which, problems->str);
  xmlRelaxNGFreeValidCtxt (validator);
  xmlFreeDoc (document);
}

/* Returns: (nullable): from "<metadata" to its end tag */
static char *
metadata_of (const char *text)
{
  const char *begin = strstr (text, "<metadata");
  const char *end = begin != NULL ? strstr (begin, "</metadata>") : NULL;

  return end != NULL ? g_strndup (begin, (gsize)(end - begin)) : NULL;
}

static void
check_written (Run *run, const char *text, const char *written)
{
  g_autoptr (RoostIssues) issues = roost_issues_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostDomainConfig) again = roost_domain_config_parse (written, issues, &error);
  g_autofree char *before = metadata_of (text);
  g_autofree char *after = metadata_of (written);
  g_autofree char *twice = NULL;

  if (again == NULL)
    {
      complain (run, "what is written does not read: %s\n%s", error->message, written);
      return;
    }
  if (roost_issues_length (issues) > 0)
    complain (run, "what is written is odd: %s", roost_issues_get (issues, 0)->message);
  twice = roost_domain_config_format (again, ROOST_FORMAT_SECRETS | ROOST_FORMAT_LIVE);
  if (!g_str_equal (written, twice))
    complain (run, "reads back differently:\n%s\n%s", written, twice);
  if (g_strcmp0 (before, after) != 0)
    complain (run, "the metadata changed");
}

static void
check_document (Run *run, const char *text)
{
  g_autoptr (RoostIssues) issues = roost_issues_new ();
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (text, issues, NULL);
  g_autofree char *written = NULL;

  run->n++;
  if (config == NULL)
    {
      run->n_refused++;
      return;
    }
  written = roost_domain_config_format (config, ROOST_FORMAT_SECRETS | ROOST_FORMAT_LIVE);
  check_written (run, text, written);
  check_valid (run, written, "what is written");
  if (roost_issues_length (issues) == 0)
    check_valid (run, text, "the document");
}

static gboolean
is_domain (const char *text)
{
  g_autoptr (RoostXml) xml = roost_xml_parse (text, -1, NULL, NULL);

  return xml != NULL && roost_xml_node_is (roost_xml_root (xml), "domain");
}

static void
check_folder (Run *run, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *text = NULL;

      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        check_folder (run, path);
      run->path = path;
      if (g_str_has_suffix (name, ".xml") && g_file_get_contents (path, &text, NULL, NULL)
          && is_domain (text))
        check_document (run, text);
    }
}

int
main (int argc, char **argv)
{
  xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewParserCtxt (argc > 1 ? argv[1] : "");
  Run run = { xmlRelaxNGParse (parser), 0, 0, 0, NULL };

  g_assert_nonnull (run.schema);
  for (int i = 2; i < argc; i++)
    check_folder (&run, argv[i]);
  if (g_getenv ("ROOST_CORPUS") != NULL)
    check_folder (&run, g_getenv ("ROOST_CORPUS"));
  g_print ("%u documents, %u of them refused, %u complaints\n", run.n, run.n_refused, run.n_bad);
  xmlRelaxNGFree (run.schema);
  xmlRelaxNGFreeParserCtxt (parser);
  return run.n_bad > 0 || run.n == 0;
}
