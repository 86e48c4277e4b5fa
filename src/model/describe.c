/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pool-config.h"
#include "model/tables.h"
#include "model/volume-config.h"

#include <stdio.h>

/* Runs at build time: prints what the tables say about a document. */
static const struct
{
  const char *what;
  char *(*make) (const RoostType *type, const char *name);
} forms[] = {
  { "schema", roost_type_to_rng },
  { "manual", roost_type_to_markdown },
  { "defaults", roost_type_to_defaults },
};

static const struct
{
  const char *name;
  const RoostType *type;
} documents[] = {
  { "domain", &roost_domain_type },
  { "pool", &roost_pool_type },
  { "volume", &roost_volume_document_type },
};

static int
print (const char *what, const char *name)
{
  for (guint d = 0; d < G_N_ELEMENTS (documents); d++)
    for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
      if (g_str_equal (name, documents[d].name) && g_str_equal (what, forms[i].what))
        {
          g_autofree char *text = forms[i].make (documents[d].type, name);

          return fputs (text, stdout) == EOF || fflush (stdout) != 0;
        }
  return 2;
}

int
main (int argc, char **argv)
{
  int status = argc == 2 || argc == 3 ? print (argv[1], argc == 3 ? argv[2] : "domain") : 2;

  if (status == 2)
    g_printerr ("usage: %s schema|manual|defaults [domain|pool|volume]\n", argv[0]);
  return status;
}
