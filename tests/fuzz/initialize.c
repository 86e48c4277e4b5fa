/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <glib.h>
#include <stdlib.h>

/* GLib traps where libFuzzer only notices an abort; and a critical is a finding as well. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  GLogWriterOutput output = G_LOG_WRITER_HANDLED;

  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) == 0)
    return output;
  output = g_log_writer_standard_streams (level, fields, n_fields, NULL);
  abort ();
  return output;
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_log_set_writer_func (write_log, NULL, NULL);
  return 0;
}
