/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/domain-private.h"

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"
#include "base/json.h"
#include "domain/chardevs.h"
#include "domain/console.h"
#include "domain/view.h"

#include <string.h>

#define RETRY_MS    20
#define MAX_WAIT_MS 5000

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
check_running (RoostDomain *domain, const RoostRun *run, GError **error)
{
  if (domain->run == NULL || domain->run->document == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' is not running", domain->name);
  return run == NULL || domain->run == run
         || roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has ended", domain->name);
}

static gboolean
check_free (RoostDomain *domain, const char *alias, gboolean force, GError **error)
{
  return force || !g_hash_table_contains (domain->run->consoles, alias)
         || roost_throw (error, ROOST_ERROR_BUSY,
                         "device '%s' of domain '%s' is in use by another client; it can be taken "
                         "by force",
                         alias, domain->name);
}

/* Two that speak to the agent would read each other's answers. */
static gboolean
check_no_agent (RoostDomain *domain, const char *alias, GError **error)
{
  return g_strcmp0 (alias, roost_view_agent_alias (roost_domain_config (domain))) != 0
         || roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                         "channel '%s' of domain '%s' is the guest agent's, and the daemon itself "
                         "speaks to it: use the interface org.roost1.Domain.Agent",
                         alias, domain->name);
}

/* QEMU lets in one at a time, and few may wait. By force room is made, which takes a moment. */
static int
open_by_force (RoostDomain *domain, JsonArray *chardevs, const char *alias, GError **error)
{
  RoostRun *run = domain->run;

  for (guint waited_ms = 0;; waited_ms += RETRY_MS)
    {
      g_autoptr (GError) local = NULL;
      int fd = open_backend (domain, chardevs, alias, &local);

      if (fd >= 0)
        return fd;
      if (!g_error_matches (local, ROOST_ERROR, ROOST_ERROR_BUSY) || waited_ms >= MAX_WAIT_MS)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return -1;
        }
      g_hash_table_remove (run->consoles, alias);
      if (!co_sleep (RETRY_MS, domain->manager->closing, error)
          || !check_running (domain, run, error))
        return -1;
    }
}

/* Whoever has the device keeps it until the new one is connected. */
static int
open_device (RoostDomain *domain, const char *alias, gboolean force, GError **error)
{
  RoostRun *run = domain->run;
  g_autoptr (JsonNode) answer = NULL;
  int device_fd;

  if (!check_no_agent (domain, alias, error) || !check_free (domain, alias, force, error))
    return -1;
  answer = roost_domain_qmp (domain, "query-chardev", NULL, NULL, error);
  if (answer == NULL || !check_running (domain, run, error)
      || !check_free (domain, alias, force, error)) /* somebody was faster */
    return -1;
  device_fd = force ? open_by_force (domain, roost_json_node_array (answer), alias, error)
                    : open_backend (domain, roost_json_node_array (answer), alias, error);
  if (device_fd < 0)
    return -1;
  g_hash_table_remove (run->consoles, alias);
  return relay (run, alias, device_fd, error);
}

int
roost_domain_open_console (RoostDomain *domain, const char *asked, gboolean force, GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autofree char *alias = NULL;

  if (!check_running (domain, NULL, error))
    return -1;
  alias =
      g_strdup (asked != NULL ? asked : roost_view_console_alias (roost_domain_config (domain)));
  if (alias == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_FOUND, "domain '%s' has no console", domain->name);
      return -1;
    }
  return open_device (domain, alias, force, error);
}

int
roost_domain_open_channel (RoostDomain *domain, const char *name, gboolean force, GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autofree char *alias = NULL;
  g_autofree char *known = NULL;

  if (!check_running (domain, NULL, error))
    return -1;
  alias = g_strdup (roost_view_channel_alias (roost_domain_config (domain), name));
  if (alias != NULL)
    return open_device (domain, alias, force, error);
  known = roost_view_channel_names (roost_domain_config (domain));
  roost_throw (error, ROOST_ERROR_NOT_FOUND, "domain '%s' has no channel '%s'; it has %s",
               domain->name, name, *known != '\0' ? known : "none");
  return -1;
}
