/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/tables.h"

#include <stdio.h>

/* Runs at build time: prints what the tables say about the domain document. */
static const struct
{
  const char *what;
  char *(*make) (const RoostType *type, const char *name);
} forms[] = {
  { "schema", roost_type_to_rng },
  { "manual", roost_type_to_markdown },
  { "defaults", roost_type_to_defaults },
};

int
main (int argc, char **argv)
{
  for (guint i = 0; i < G_N_ELEMENTS (forms) && argc == 2; i++)
    if (g_str_equal (argv[1], forms[i].what))
      {
        g_autofree char *text = forms[i].make (&roost_domain_type, "domain");

        return fputs (text, stdout) == EOF || fflush (stdout) != 0;
      }
  g_printerr ("usage: %s schema|manual|defaults\n", argv[0]);
  return 2;
}
