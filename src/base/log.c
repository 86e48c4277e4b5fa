/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"

static const char *
priority_of (GLogLevelFlags level)
{
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    return "3";
  if (level & G_LOG_LEVEL_WARNING)
    return "4";
  if (level & G_LOG_LEVEL_MESSAGE)
    return "5";
  return level & G_LOG_LEVEL_INFO ? "6" : "7";
}

void
roost_log (GLogLevelFlags level,
           const char *message_id,
           const char *uuid,
           const char *name,
           const char *format,
           ...)
{
  g_autofree char *text = NULL;
  g_autofree char *message = NULL;
  GLogField fields[6];
  gsize n = 0;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  message = name != NULL ? g_strdup_printf ("domain '%s': %s", name, text) : g_strdup (text);
  fields[n++] = (GLogField){ "PRIORITY", priority_of (level), -1 };
  fields[n++] = (GLogField){ "GLIB_DOMAIN", G_LOG_DOMAIN, -1 };
  fields[n++] = (GLogField){ "MESSAGE", message, -1 };
  if (message_id != NULL)
    fields[n++] = (GLogField){ "MESSAGE_ID", message_id, -1 };
  if (uuid != NULL)
    fields[n++] = (GLogField){ "DOMAIN_UUID", uuid, -1 };
  if (name != NULL)
    fields[n++] = (GLogField){ "DOMAIN_NAME", name, -1 };
  g_log_structured_array (level, fields, n);
}
