/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/co.h"
#include "base/fields.h"
#include "model/domain-config.h"
#include "qemu/caps.h"

#include <libxml/parser.h>
#include <string.h>

/*
 * What a domain document costs, in units of what libxml2 needs to parse and serialize the same
 * text: bench-xml FOLDER [ROUNDS] takes all *.xml below FOLDER that hold a <domain> which this
 * host's QEMU can run. The sides take turns, so that other load on the machine hits all of them,
 * and the best round of each counts.
 */
typedef struct
{
  char *text;
  RoostFacts *facts;
} Item;

typedef struct
{
  RoostCaps *caps;
  GArray *items; /* of Item */
  const char *folder;
  guint rounds;
  GMainLoop *loop;
} Bench;

static void
item_clear (gpointer data)
{
  Item *item = data;

  g_free (item->text);
  roost_facts_unref (item->facts);
}

static RoostFacts *
facts_for (Bench *bench, const RoostDomainConfig *config)
{
  const char *arch = roost_domain_config_arch (config);
  g_autofree char *binary = roost_caps_binary_for (bench->caps, arch != NULL ? arch : "x86_64");

  return binary != NULL ? roost_caps_get_facts (bench->caps, binary, NULL) : NULL;
}

static void
add_text (Bench *bench, const char *text)
{
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (text, NULL, NULL);
  g_autoptr (RoostFacts) facts = config != NULL ? facts_for (bench, config) : NULL;
  Item item;

  if (facts == NULL || !roost_domain_config_complete (config, facts, NULL, NULL))
    return;
  item = (Item){ g_strdup (text), roost_facts_ref (facts) };
  g_array_append_val (bench->items, item);
}

static void
collect (Bench *bench, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *text = NULL;

      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        collect (bench, path);
      else if (g_str_has_suffix (name, ".xml") && g_file_get_contents (path, &text, NULL, NULL))
        add_text (bench, text);
    }
}

/* --- the sides --- */

static void
peer (const Item *item)
{
  xmlDoc *document =
      xmlReadMemory (item->text, (int)strlen (item->text), NULL, NULL, XML_PARSE_NONET);
  xmlChar *out = NULL;
  int length;

  xmlDocDumpMemory (document, &out, &length);
  xmlFree (out);
  xmlFreeDoc (document);
}

static void
read_only (const Item *item)
{
  g_autoptr (RoostXml) xml = roost_xml_parse (item->text, -1, NULL, NULL);

  g_assert_nonnull (xml);
}

static void
parse (const Item *item)
{
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (item->text, NULL, NULL);

  g_assert_nonnull (config);
}

static void
parse_and_format (const Item *item)
{
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (item->text, NULL, NULL);
  g_autofree char *out = roost_domain_config_format (config, 0);

  g_assert_nonnull (out);
}

static void
all (const Item *item)
{
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (item->text, NULL, NULL);
  gboolean ok = roost_domain_config_complete (config, item->facts, NULL, NULL);
  g_autofree char *out = roost_domain_config_format (config, 0);

  g_assert_true (ok && out != NULL);
}

static const struct
{
  const char *name;
  void (*run) (const Item *item);
} sides[] = {
  { "libxml2: parse, serialize", peer },
  { "roost: read", read_only },
  { "roost: parse", parse },
  { "roost: parse, format", parse_and_format },
  { "roost: parse, complete, format", all },
};

static gint64
time_of (guint side, const GArray *items)
{
  gint64 before = g_get_monotonic_time ();

  for (guint i = 0; i < items->len; i++)
    sides[side].run (&g_array_index (items, Item, i));
  return g_get_monotonic_time () - before;
}

static void
run (gpointer data)
{
  Bench *bench = data;
  gint64 best[G_N_ELEMENTS (sides)] = { 0 };

  collect (bench, bench->folder);
  for (guint round = 0; round < bench->rounds; round++)
    for (guint side = 0; side < G_N_ELEMENTS (sides); side++)
      {
        gint64 spent = time_of (side, bench->items);

        best[side] = best[side] == 0 ? spent : MIN (best[side], spent);
      }
  g_print ("%u documents, best of %u rounds\n", bench->items->len, bench->rounds);
  for (guint side = 0; side < G_N_ELEMENTS (sides) && bench->items->len > 0; side++)
    g_print ("%-32s %8.1f us each   %.2f\n", sides[side].name,
             (double)best[side] / bench->items->len, (double)best[side] / (double)best[0]);
  g_main_loop_quit (bench->loop);
}

static gboolean
start (gpointer data)
{
  co_spawn ("bench", run, data);
  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  g_autofree char *cache = g_build_filename (g_get_user_cache_dir (), "roost", "caps", NULL);
  g_autoptr (RoostCaps) caps = roost_caps_new (cache);
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (Item));
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Bench bench = { caps, items, argc > 1 ? argv[1] : NULL,
                  argc > 2 ? (guint)g_ascii_strtoull (argv[2], NULL, 10) : 20, loop };

  if (bench.folder == NULL)
    {
      g_printerr ("usage: %s FOLDER [ROUNDS]\n", argv[0]);
      return 2;
    }
  g_array_set_clear_func (items, item_clear);
  g_idle_add (start, &bench);
  g_main_loop_run (loop);
  return items->len == 0;
}
