/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fields.h"
#include "model/domain-config.h"

#include <libxml/parser.h>
#include <string.h>

/*
 * What a domain document costs, in units of what libxml2 needs to parse and serialize the same
 * text: bench-xml FOLDER [ROUNDS] reads all *.xml below FOLDER that hold a <domain>. Both sides
 * take turns, so that other load on the machine hits both, and the best round of each counts.
 */
static void
collect (const char *folder, GPtrArray *texts)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autoptr (RoostDomainConfig) config = NULL;
      g_autofree char *text = NULL;

      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        collect (path, texts);
      if (!g_str_has_suffix (name, ".xml") || !g_file_get_contents (path, &text, NULL, NULL))
        continue;
      config = roost_domain_config_parse (text, NULL, NULL);
      if (config != NULL)
        g_ptr_array_add (texts, g_steal_pointer (&text));
    }
}

static void
peer (const char *text)
{
  xmlDoc *document = xmlReadMemory (text, (int)strlen (text), NULL, NULL, XML_PARSE_NONET);
  xmlChar *out = NULL;
  int length;

  xmlDocDumpMemory (document, &out, &length);
  xmlFree (out);
  xmlFreeDoc (document);
}

static void
read_xml (const char *text)
{
  g_autoptr (RoostXml) xml = roost_xml_parse (text, -1, NULL, NULL);

  g_assert_nonnull (xml);
}

static void
parse (const char *text)
{
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (text, NULL, NULL);

  g_assert_nonnull (config);
}

static void
parse_and_format (const char *text)
{
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (text, NULL, NULL);
  g_autofree char *out = roost_domain_config_format (config, 0);

  g_assert_nonnull (out);
}

static const struct
{
  const char *name;
  void (*run) (const char *text);
} sides[] = {
  { "libxml2: parse and serialize", peer },
  { "roost: read the document", read_xml },
  { "roost: … and parse", parse },
  { "roost: … and format", parse_and_format },
};

static gint64
time_of (guint side, const GPtrArray *texts)
{
  gint64 before = g_get_monotonic_time ();

  for (guint i = 0; i < texts->len; i++)
    sides[side].run (texts->pdata[i]);
  return g_get_monotonic_time () - before;
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  gint64 best[G_N_ELEMENTS (sides)] = { 0 };
  guint rounds = argc > 2 ? (guint)g_ascii_strtoull (argv[2], NULL, 10) : 20;

  if (argc < 2)
    {
      g_printerr ("usage: %s FOLDER [ROUNDS]\n", argv[0]);
      return 2;
    }
  collect (argv[1], texts);
  for (guint round = 0; round < rounds; round++)
    for (guint side = 0; side < G_N_ELEMENTS (sides); side++)
      {
        gint64 spent = time_of (side, texts);

        best[side] = best[side] == 0 ? spent : MIN (best[side], spent);
      }
  g_print ("%u documents, best of %u rounds\n", texts->len, rounds);
  for (guint side = 0; side < G_N_ELEMENTS (sides); side++)
    g_print ("%-30s %8.1f µs each   %.2f\n", sides[side].name,
             (double)best[side] / MAX (texts->len, 1), (double)best[side] / (double)best[0]);
  return texts->len == 0;
}
