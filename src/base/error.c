/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"

#include <errno.h>

static const GDBusErrorEntry error_names[] = {
  { ROOST_ERROR_NOT_FOUND, "org.roost1.Error.NotFound" },
  { ROOST_ERROR_EXISTS, "org.roost1.Error.Exists" },
  { ROOST_ERROR_INVALID_XML, "org.roost1.Error.InvalidXml" },
  { ROOST_ERROR_INVALID_ARGUMENT, "org.roost1.Error.InvalidArgument" },
  { ROOST_ERROR_NOT_SUPPORTED, "org.roost1.Error.NotSupported" },
  { ROOST_ERROR_NOT_RUNNING, "org.roost1.Error.NotRunning" },
  { ROOST_ERROR_RUNNING, "org.roost1.Error.Running" },
  { ROOST_ERROR_BUSY, "org.roost1.Error.Busy" },
  { ROOST_ERROR_NOT_AUTHORIZED, "org.roost1.Error.NotAuthorized" },
  { ROOST_ERROR_CANCELLED, "org.roost1.Error.Cancelled" },
  { ROOST_ERROR_TIMEOUT, "org.roost1.Error.Timeout" },
  { ROOST_ERROR_QEMU, "org.roost1.Error.Qemu" },
  { ROOST_ERROR_AGENT, "org.roost1.Error.Agent" },
  { ROOST_ERROR_AGENT_UNAVAILABLE, "org.roost1.Error.AgentUnavailable" },
  { ROOST_ERROR_STORAGE, "org.roost1.Error.Storage" },
  { ROOST_ERROR_HOST_DEVICE, "org.roost1.Error.HostDevice" },
  { ROOST_ERROR_MIGRATION, "org.roost1.Error.Migration" },
  { ROOST_ERROR_INCOMPATIBLE_GUEST, "org.roost1.Error.IncompatibleGuest" },
  { ROOST_ERROR_IO, "org.roost1.Error.Io" },
  { ROOST_ERROR_NO_SPACE, "org.roost1.Error.NoSpace" },
  { ROOST_ERROR_LIMIT_EXCEEDED, "org.roost1.Error.LimitExceeded" },
  { ROOST_ERROR_HOOK, "org.roost1.Error.Hook" },
};
G_STATIC_ASSERT (G_N_ELEMENTS (error_names) == ROOST_ERROR_N_CODES);

GQuark
roost_error_quark (void)
{
  static gsize quark;

  g_dbus_error_register_error_domain ("roost-error-quark", &quark, error_names,
                                      G_N_ELEMENTS (error_names));
  return (GQuark)quark;
}

const char *
roost_error_name (RoostError code)
{
  for (guint i = 0; i < G_N_ELEMENTS (error_names); i++)
    if (error_names[i].error_code == (int)code)
      return error_names[i].dbus_error_name;
  g_assert_not_reached ();
}

static RoostError
code_of_io_error (int code)
{
  static const struct
  {
    GIOErrorEnum from;
    RoostError to;
  } map[] = {
    { G_IO_ERROR_NOT_FOUND, ROOST_ERROR_NOT_FOUND },
    { G_IO_ERROR_EXISTS, ROOST_ERROR_EXISTS },
    { G_IO_ERROR_NO_SPACE, ROOST_ERROR_NO_SPACE },
    { G_IO_ERROR_CANCELLED, ROOST_ERROR_CANCELLED },
    { G_IO_ERROR_TIMED_OUT, ROOST_ERROR_TIMEOUT },
    { G_IO_ERROR_NOT_SUPPORTED, ROOST_ERROR_NOT_SUPPORTED },
    { G_IO_ERROR_PERMISSION_DENIED, ROOST_ERROR_NOT_AUTHORIZED },
    { G_IO_ERROR_BUSY, ROOST_ERROR_BUSY },
    { G_IO_ERROR_INVALID_ARGUMENT, ROOST_ERROR_INVALID_ARGUMENT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (map); i++)
    if ((int)map[i].from == code)
      return map[i].to;
  return ROOST_ERROR_IO;
}

GError *
roost_error_to_public (const GError *error)
{
  RoostError code = ROOST_ERROR_IO;

  if (error->domain == ROOST_ERROR || error->domain == G_DBUS_ERROR)
    return g_error_copy (error);
  if (error->domain == G_IO_ERROR)
    code = code_of_io_error (error->code);
  else if (g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    code = ROOST_ERROR_NOT_FOUND;
  else if (g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC))
    code = ROOST_ERROR_NO_SPACE;
  return g_error_new_literal (ROOST_ERROR, code, error->message);
}

gboolean
roost_throw (GError **error, RoostError code, const char *format, ...)
{
  va_list args;
  g_autofree char *text = NULL;
  g_autofree char *valid = NULL;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  valid = g_utf8_make_valid (text, -1); /* the bus takes no other */
  g_set_error_literal (error, ROOST_ERROR, code, valid);
  return FALSE;
}

gboolean
roost_throw_errno (GError **error, int err, const char *format, ...)
{
  RoostError code = ROOST_ERROR_IO;
  va_list args;
  g_autofree char *text = NULL;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (err == ENOSPC || err == EDQUOT)
    code = ROOST_ERROR_NO_SPACE;
  else if (err == ENOENT)
    code = ROOST_ERROR_NOT_FOUND;
  return roost_throw (error, code, "%s: %s", text, g_strerror (err));
}
