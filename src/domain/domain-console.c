/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/domain-private.h"

#include "base/compat.h"
#include "base/error.h"
#include "base/json.h"
#include "domain/chardevs.h"
#include "domain/console.h"
#include "domain/view.h"

#include <string.h>

/* The console is in the table of its run, under its alias; the run frees it. */
static void
on_console_end (RoostConsole *console, gpointer p)
{
  RoostRun *run = p;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, run->consoles);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (value == console)
      {
        g_hash_table_iter_remove (&iter);
        return;
      }
}

/* QEMU's word alone opens nothing: an escaped guest could name any file. */
static gboolean
is_ours (RoostDomain *domain, const char *path)
{
  g_autofree char *prefix = g_strconcat (domain->run->dir, "/", NULL);

  return (g_str_has_prefix (path, prefix) && strstr (path, "/../") == NULL)
         || roost_view_names_socket (roost_domain_config (domain), path);
}

static int
open_backend (RoostDomain *domain, JsonArray *chardevs, const char *alias, GError **error)
{
  RoostChardevBackend backend;
  g_autofree char *path = NULL;

  if (!roost_chardevs_find (chardevs, alias, &backend, &path))
    {
      roost_throw (error, ROOST_ERROR_NOT_FOUND,
                   "domain '%s' has no serial, console or channel device '%s'", domain->name,
                   alias);
      return -1;
    }
  if (backend == ROOST_CHARDEV_BACKEND_PTY)
    return roost_console_open_pty (path, error);
  if (backend == ROOST_CHARDEV_BACKEND_SOCKET && is_ours (domain, path))
    return roost_console_open_socket (path, error);
  roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
               "device '%s' of domain '%s' is connected to something else: only a pty or a "
               "listening socket can be opened",
               alias, domain->name);
  return -1;
}

static int
relay (RoostRun *run, const char *alias, int device_fd, GError **error)
{
  int client_fd = -1;
  RoostConsole *console = roost_console_new (device_fd, &client_fd, on_console_end, run, error);

  if (console != NULL)
    g_hash_table_replace (run->consoles, g_strdup (alias), console);
  return client_fd;
}

static gboolean
take_alias (RoostDomain *domain, const char *asked, char **out_alias, GError **error)
{
  const char *alias = NULL;

  if (domain->run == NULL || domain->run->document == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' is not running", domain->name);
  alias = asked != NULL ? asked : roost_view_console_alias (roost_domain_config (domain));
  if (alias == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_FOUND, "domain '%s' has no console", domain->name);
  *out_alias = g_strdup (alias);
  return TRUE;
}

static gboolean
check_free (RoostDomain *domain, const char *alias, gboolean force, GError **error)
{
  GHashTable *consoles = domain->run->consoles;

  if (!g_hash_table_contains (consoles, alias))
    return TRUE;
  if (!force)
    return roost_throw (error, ROOST_ERROR_BUSY,
                        "device '%s' of domain '%s' is in use by another client; it can be taken "
                        "by force",
                        alias, domain->name);
  g_hash_table_remove (consoles, alias);
  return TRUE;
}

int
roost_domain_open_console (RoostDomain *domain, const char *asked, gboolean force, GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  RoostRun *run = domain->run;
  g_autofree char *alias = NULL;
  g_autoptr (JsonNode) answer = NULL;
  int device_fd;

  if (!take_alias (domain, asked, &alias, error) || !check_free (domain, alias, force, error))
    return -1;
  answer = roost_domain_qmp (domain, "query-chardev", NULL, NULL, error);
  if (answer == NULL)
    return -1;
  if (domain->run != run)
    {
      roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has ended", domain->name);
      return -1;
    }
  if (!check_free (domain, alias, force, error)) /* somebody was faster */
    return -1;
  device_fd = open_backend (domain, roost_json_node_array (answer), alias, error);
  return device_fd >= 0 ? relay (run, alias, device_fd, error) : -1;
}
