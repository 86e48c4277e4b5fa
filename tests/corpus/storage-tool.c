/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "model/volume-config.h"

#include <stdio.h>

/*
 * What the service would make of documents of storage:
 *
 *   roost-storage-tool pool FILE           the completed pool
 *   roost-storage-tool volume FILE [POOL]  the completed volume, of a pool in the file POOL
 */

static char *
complete_pool (const char *text, GError **error)
{
  g_autoptr (RoostPoolConfig) config = roost_pool_config_parse (text, NULL, error);

  if (config == NULL || !roost_pool_config_complete (config, NULL, error))
    return NULL;
  return roost_pool_config_format (config);
}

static char *
complete_volume (const char *text, const char *pool_text, GError **error)
{
  g_autoptr (RoostPoolConfig) pool = NULL;
  g_autoptr (RoostVolumeConfig) config = roost_volume_config_parse (text, NULL, error);

  if (pool_text != NULL)
    {
      pool = roost_pool_config_parse (pool_text, NULL, error);
      if (pool == NULL)
        return NULL;
    }
  if (config == NULL || !roost_volume_config_complete (config, pool, NULL, error))
    return NULL;
  return roost_volume_config_format (config);
}

static char *
run (int argc, char **argv, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *pool_text = NULL;

  if (argc < 3)
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "usage: pool FILE | volume FILE [POOL]");
      return NULL;
    }
  if (!g_file_get_contents (argv[2], &text, NULL, error)
      || (argc > 3 && !g_file_get_contents (argv[3], &pool_text, NULL, error)))
    return NULL;
  return g_str_equal (argv[1], "pool") ? complete_pool (text, error)
                                       : complete_volume (text, pool_text, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = run (argc, argv, &error);

  if (text == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  fputs (text, stdout);
  return 0;
}
