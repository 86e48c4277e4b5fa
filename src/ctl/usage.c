/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

G_DEFINE_QUARK (ctl - usage - quark, ctl_usage)

gboolean
ctl_throw_usage (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, CTL_USAGE, 0, text);
  return FALSE;
}
