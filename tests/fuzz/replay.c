/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Instead of libFuzzer: each file of the folders that are named, cut at each of some lengths too.
 */
#include "fuzz.h"

#include <glib.h>

static void
replay (const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, &error))
    g_error ("%s", error->message);
  LLVMFuzzerTestOneInput ((const uint8_t *)text, length);
  for (gsize cut = 0; cut < length; cut += 1 + length / 64)
    LLVMFuzzerTestOneInput ((const uint8_t *)text, cut);
}

int
main (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    {
      g_autoptr (GDir) dir = g_dir_open (argv[i], 0, NULL);
      const char *name;

      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *path = g_build_filename (argv[i], name, NULL);

          replay (path);
        }
    }
  return 0;
}
