/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What qemu-img says of an image, and its progress. */
#include "fuzz.h"

#include "storage/image.h"
#include "storage/tool.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostImageInfo) info = roost_image_info_parse (text, &error);
  double progress = roost_tool_read_progress (text);

  g_assert ((info == NULL) == (error != NULL));
  g_assert (progress == -1.0 || (progress >= 0.0 && progress <= 1.0));
  return 0;
}
