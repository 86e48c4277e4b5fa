/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const struct
{
  int code;
  CtlExit exit;
} roost_exits[] = {
  { ROOST_ERROR_NOT_FOUND, CTL_EXIT_NOT_FOUND },
  { ROOST_ERROR_NOT_AUTHORIZED, CTL_EXIT_NOT_AUTHORIZED },
  { ROOST_ERROR_BUSY, CTL_EXIT_BUSY },
  { ROOST_ERROR_RUNNING, CTL_EXIT_BUSY },
  { ROOST_ERROR_NOT_RUNNING, CTL_EXIT_BUSY },
  { ROOST_ERROR_TIMEOUT, CTL_EXIT_TIMEOUT },
}, bus_exits[] = {
  { G_DBUS_ERROR_UNKNOWN_OBJECT, CTL_EXIT_NOT_FOUND },
  { G_DBUS_ERROR_ACCESS_DENIED, CTL_EXIT_NOT_AUTHORIZED },
  { G_DBUS_ERROR_AUTH_FAILED, CTL_EXIT_NOT_AUTHORIZED },
  { G_DBUS_ERROR_NO_REPLY, CTL_EXIT_NO_DAEMON },
  { G_DBUS_ERROR_TIMEOUT, CTL_EXIT_TIMEOUT },
  { G_DBUS_ERROR_TIMED_OUT, CTL_EXIT_TIMEOUT },
  { G_DBUS_ERROR_SERVICE_UNKNOWN, CTL_EXIT_NO_DAEMON },
  { G_DBUS_ERROR_NAME_HAS_NO_OWNER, CTL_EXIT_NO_DAEMON },
  { G_DBUS_ERROR_NO_SERVER, CTL_EXIT_NO_DAEMON },
};

CtlExit
ctl_exit_for (const GError *error)
{
  if (error->domain == CTL_USAGE)
    return CTL_EXIT_USAGE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return CTL_EXIT_TIMEOUT;
  for (guint i = 0; error->domain == ROOST_ERROR && i < G_N_ELEMENTS (roost_exits); i++)
    if (roost_exits[i].code == error->code)
      return roost_exits[i].exit;
  for (guint i = 0; error->domain == G_DBUS_ERROR && i < G_N_ELEMENTS (bus_exits); i++)
    if (bus_exits[i].code == error->code)
      return bus_exits[i].exit;
  return CTL_EXIT_FAILED;
}

void
ctl_report (const GError *error)
{
  fflush (stdout);
  fprintf (stderr, "roostctl: %s\n", error->message);
}

char *
ctl_read_text (const char *file, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) local = NULL;
  gsize length;

  if (!g_file_get_contents (g_str_equal (file, "-") ? "/dev/stdin" : file, &text, &length, &local))
    {
      gboolean is_gone = g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT);

      roost_throw (error, ROOST_ERROR_IO, "cannot read '%s': %s", file,
                   is_gone ? "there is no such file" : local->message);
      return NULL;
    }
  if (g_utf8_validate (text, length, NULL))
    return g_steal_pointer (&text);
  roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "%s is not text in UTF-8", file);
  return NULL;
}

char *
ctl_ask_hidden (const char *prompt, GError **error)
{
  struct termios shown, hidden;
  gboolean is_terminal = isatty (STDIN_FILENO) && tcgetattr (STDIN_FILENO, &shown) == 0;
  char *line = NULL;
  size_t size = 0;

  if (is_terminal)
    {
      fputs (prompt, stderr);
      hidden = shown;
      hidden.c_lflag &= ~(tcflag_t)ECHO;
      tcsetattr (STDIN_FILENO, TCSAFLUSH, &hidden);
    }
  if (getline (&line, &size, stdin) < 0)
    g_clear_pointer (&line, free);
  if (is_terminal)
    {
      tcsetattr (STDIN_FILENO, TCSAFLUSH, &shown);
      fputc ('\n', stderr);
    }
  if (line != NULL)
    line[strcspn (line, "\n")] = '\0';
  if (line != NULL && g_utf8_validate (line, -1, NULL))
    return line;
  roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "%s",
               line != NULL ? "what was given is not text in UTF-8"
                            : "nothing was given on the standard input");
  free (line);
  return NULL;
}
