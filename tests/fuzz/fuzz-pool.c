/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The document of a pool: what can be completed is stable. */
#include "fuzz.h"

#include "model/volume-config.h"

static char *
complete (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostPoolConfig) config = roost_pool_config_parse (text, NULL, &error);

  if (config == NULL || !roost_pool_config_complete (config, NULL, &error))
    {
      g_assert (error != NULL);
      return NULL;
    }
  return roost_pool_config_format (config);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autofree char *first = complete (text);
  g_autofree char *second = first != NULL ? complete (first) : NULL;

  g_assert_cmpstr (first, ==, second);
  return 0;
}
