/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/chardevs.h"

#include "base/json.h"
#include "domain/view.h"

#include <string.h>

#define PTY_PREFIX "pty:"

/* "pty:/dev/pts/3": only what a pty can be called is believed. */
static const char *
pty_of (const char *filename)
{
  const char *path = filename + strlen (PTY_PREFIX);
  const char *number = path + strlen ("/dev/pts/");

  if (!g_str_has_prefix (filename, PTY_PREFIX "/dev/pts/") || *number == '\0'
      || number[strspn (number, "0123456789")] != '\0')
    return NULL;
  return path;
}

/* "disconnected:unix:/path,server=on", or "unix:/path,server=on" while somebody is connected */
static char *
socket_of (const char *filename)
{
  const char *rest = filename;
  const char *comma;

  if (g_str_has_prefix (rest, "disconnected:"))
    rest += strlen ("disconnected:");
  comma = strstr (rest, ",server");
  if (!g_str_has_prefix (rest, "unix:") || comma == NULL)
    return NULL;
  rest += strlen ("unix:");
  return g_strndup (rest, (gsize)(comma - rest));
}

static const char *
alias_of (const char *label)
{
  return label != NULL && g_str_has_prefix (label, "char") ? label + strlen ("char") : NULL;
}

void
roost_chardevs_set_ptys (JsonArray *chardevs, RoostDomainConfig *config)
{
  for (guint i = 0; i < roost_json_length (chardevs); i++)
    {
      JsonObject *chardev = roost_json_object_at (chardevs, i);
      const char *alias = alias_of (roost_json_string (chardev, "label"));
      const char *filename = roost_json_string (chardev, "filename");
      const char *path = filename != NULL ? pty_of (filename) : NULL;

      if (alias != NULL && path != NULL)
        roost_view_set_pty (config, alias, path);
    }
}

static RoostChardevBackend
backend_of (const char *filename, char **out_path)
{
  const char *pty = filename != NULL ? pty_of (filename) : NULL;
  char *socket = filename != NULL ? socket_of (filename) : NULL;

  if (pty != NULL)
    {
      *out_path = g_strdup (pty);
      return ROOST_CHARDEV_BACKEND_PTY;
    }
  *out_path = socket;
  return socket != NULL ? ROOST_CHARDEV_BACKEND_SOCKET : ROOST_CHARDEV_BACKEND_OTHER;
}

gboolean
roost_chardevs_find (JsonArray *chardevs,
                     const char *alias,
                     RoostChardevBackend *out_backend,
                     char **out_path)
{
  for (guint i = 0; i < roost_json_length (chardevs); i++)
    {
      JsonObject *chardev = roost_json_object_at (chardevs, i);

      if (g_strcmp0 (alias_of (roost_json_string (chardev, "label")), alias) != 0)
        continue;
      *out_backend = backend_of (roost_json_string (chardev, "filename"), out_path);
      return TRUE;
    }
  return FALSE;
}
