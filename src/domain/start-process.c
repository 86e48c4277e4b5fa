/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/start-op.h"

#include "base/co.h"
#include "base/error.h"
#include "base/log.h"
#include "domain/find-process.h"
#include "domain/helper.h"
#include "domain/log-file.h"
#include "domain/memory-limit.h"
#include "domain/start-host.h"
#include "domain/status.h"
#include "domain/store.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* The number of the monitor's socket in QEMU; the command line's own requests begin at 16. */
#define MONITOR_TARGET 3

/* How long a killed process may take to be gone: it is in the kernel's hands then. */
#define KILL_WAIT_MS 30000

/* --- the command line --- */

gboolean
roost_start_build_command (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostStart *start = op;
  const RoostPlaces *places = start->domain->manager->places;
  RoostLaunch launch = { .run_dir = start->run->dir,
                         .state_dir = places->state_dir,
                         .is_privileged = places->is_privileged,
                         .monitor_fd = MONITOR_TARGET,
                         .host = places->host,
                         .now = g_get_real_time () / G_USEC_PER_SEC };

  start->command = roost_command_build (start->config, start->facts, &launch, error);
  return start->command != NULL && roost_start_open_host (start, error)
         && roost_start_write_secrets (start, error);
}

/* Everything that somebody who looks for a fault asks first. */
static char *
log_header (const RoostStart *start)
{
  const RoostDomain *domain = start->domain;
  const char *const *taints = roost_domain_taints (start->domain);
  g_autofree char *command = roost_argv_to_text ((const char *const *)start->command->argv);
  g_autofree char *what =
      g_strdup_printf ("roost " ROOST_VERSION ", QEMU %u.%u.%u%s%s",
                       start->facts->version / 1000000, start->facts->version / 1000 % 1000,
                       start->facts->version % 1000, start->facts->package != NULL ? " " : "",
                       start->facts->package != NULL ? start->facts->package : "");
  g_autofree char *first = roost_log_file_header (domain->name, domain->uuid, what);
  GString *header = g_string_new (first);

  for (guint i = 0; taints[i] != NULL; i++)
    g_string_append_printf (header, "tainted: %s: %s\n", taints[i], roost_taint_text (taints[i]));
  g_string_append_printf (header, "%s\n", command);
  return g_string_free (header, FALSE);
}

gboolean
roost_start_open_log (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostStart *start = op;
  RoostManager *manager = start->domain->manager;
  const RoostLogConfig *config = &roost_manager_host (manager)->log;
  const RoostLogLimits limits = { config->max_size, config->keep };
  g_autofree char *header = log_header (start);

  g_free (start->run->log_path);
  start->run->log_path = roost_store_log_path (manager->places, start->domain->name);
  start->log_fd =
      roost_log_file_open (start->run->log_path, &limits, header, &start->run->log_from, error);
  return start->log_fd >= 0;
}

/* --- the monitor's socket: ours from the beginning, so that connecting works before QEMU is up,
 * and again for every daemon to come --- */

static gboolean
listen_at (int fd, const char *path, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (strlen (path) >= sizeof address.sun_path)
    return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                        "%s is too long for a socket: use a shorter run folder", path);
  strcpy (address.sun_path, path);
  g_unlink (path);
  if (fchmod (fd, 0600) < 0 || bind (fd, (struct sockaddr *)&address, sizeof address) < 0
      || listen (fd, 4) < 0)
    return roost_throw_errno (error, errno, "cannot listen at %s", path);
  return TRUE;
}

gboolean
roost_start_open_monitor (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostStart *start = op;
  struct stat st;

  start->monitor_fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (start->monitor_fd < 0 || fstat (start->monitor_fd, &st) < 0)
    return roost_throw_errno (error, errno, "cannot make a socket");
  start->run->monitor_inode = st.st_ino;
  return listen_at (start->monitor_fd, start->run->monitor_path, error);
}

void
roost_start_undo_monitor (gpointer op)
{
  RoostStart *start = op;

  roost_fd_clear (&start->monitor_fd);
  g_unlink (start->run->monitor_path);
}

/* --- helpers --- */

gboolean
roost_start_helpers (gpointer op, GCancellable *cancellable, GError **error)
{
  return roost_helpers_start (op, NULL, error);
}

void
roost_start_undo_helpers (gpointer op)
{
  RoostStart *start = op;

  roost_helpers_kill (start->run);
}

/* --- QEMU --- */

/* A minimal environment: what QEMU and its libraries look at, and what the configuration says. */
static GStrv
environment_of (const RoostStart *start)
{
  static const char *const kept[] = { "PATH",   "HOME",        "USER", "LOGNAME", "XDG_RUNTIME_DIR",
                                      "TMPDIR", "PULSE_SERVER" };
  g_autoptr (GPtrArray) env = g_ptr_array_new ();
  GStrv own = start->command->env;

  g_ptr_array_add (env, g_strdup ("LC_ALL=C"));
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    if (g_getenv (kept[i]) != NULL)
      g_ptr_array_add (env, g_strconcat (kept[i], "=", g_getenv (kept[i]), NULL));
  for (guint i = 0; own != NULL && own[i] != NULL; i++)
    g_ptr_array_add (env, g_strdup (own[i]));
  g_ptr_array_add (env, NULL);
  return (GStrv)g_ptr_array_free (g_steal_pointer (&env), FALSE);
}

void
roost_start_as_qemu (const RoostStart *start, RoostSpawn *spawn)
{
  const RoostQemuUser *user = &start->domain->manager->qemu_user;

  spawn->is_other_user = user->is_other;
  spawn->uid = user->uid;
  spawn->gid = user->gid;
  spawn->groups = user->groups;
  spawn->n_groups = user->n_groups;
}

static gboolean
add_to_scope (RoostStart *start, GError **error)
{
  RoostDomain *domain = start->domain;
  g_autoptr (GArray) helpers = roost_helpers_pids (start->run);
  RoostScopeGuest guest = { .name = domain->name,
                            .uuid = domain->uuid,
                            .id = start->run->id,
                            .pid = roost_process_pid (start->run->process),
                            .helpers = (const pid_t *)(gpointer)helpers->data,
                            .n_helpers = helpers->len };
  g_autoptr (GError) local = NULL;

  if (domain->manager->scopes == NULL || roost_scopes_add (domain->manager->scopes, &guest, &local))
    return TRUE;
  if (g_error_matches (local, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED))
    return TRUE; /* no systemd: a plain process */
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
spawn_qemu (RoostStart *start, GError **error)
{
  g_auto (GStrv) env = environment_of (start);
  RoostPassedFd monitor = { start->monitor_fd, MONITOR_TARGET };
  RoostSpawn spawn = { .argv = (const char *const *)start->command->argv,
                       .env = (const char *const *)env,
                       .log_fd = start->log_fd };
  RoostLimit memory;

  if (!roost_memory_limit_choose (start->domain, start->config, &memory, error))
    return FALSE;
  spawn.limits = &memory;
  spawn.n_limits = memory.value > 0;
  g_array_append_val (start->fds, monitor);
  start->monitor_fd = -1; /* closed with the others */
  spawn.fds = (const RoostPassedFd *)(gpointer)start->fds->data;
  spawn.n_fds = start->fds->len;
  roost_start_as_qemu (start, &spawn);
  start->run->process = roost_process_spawn (&spawn, error);
  return start->run->process != NULL;
}

/* Once nobody but QEMU has the listening socket, its end is seen by who connected. */
static void
close_passed (RoostStart *start)
{
  for (guint i = 0; i < start->fds->len; i++)
    close (g_array_index (start->fds, RoostPassedFd, i).fd);
  g_array_set_size (start->fds, 0);
}

gboolean
roost_start_spawn (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostStart *start = op;

  if (!spawn_qemu (start, error))
    return FALSE;
  close_passed (start);
  roost_domain_watch (start->domain);
  if (roost_status_write (start->domain, error) && add_to_scope (start, error))
    return TRUE;
  roost_start_undo_spawn (start);
  return FALSE;
}

void
roost_start_undo_spawn (gpointer op)
{
  RoostStart *start = op;
  g_autoptr (RoostProcess) process = NULL;
  g_autoptr (GError) error = NULL;

  if (start->run->process != NULL)
    process = g_object_ref (start->run->process);
  else /* the daemon was killed between the spawn and its note */
    process = roost_find_process_with_socket (start->run->monitor_inode);
  if (process == NULL)
    return;
  roost_process_signal (process, SIGKILL);
  if (!roost_process_wait (process, KILL_WAIT_MS, NULL, &error))
    roost_log (G_LOG_LEVEL_WARNING, NULL, start->domain->uuid, start->domain->name,
               "QEMU (process %d) does not end: %s", (int)roost_process_pid (process),
               error->message);
}
