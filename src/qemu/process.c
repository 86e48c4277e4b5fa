/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/process.h"

#include "qemu/spawn.h"

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

/* How long even SIGKILL may take before we give up: the process is stuck in the kernel. */
#define KILL_TIMEOUT_MS 30000

struct _RoostProcess
{
  GObject parent_instance;

  pid_t pid;
  int pidfd;
  guint64 start_time;
  gboolean is_alive;
  CoGate *ended;
};

G_DEFINE_FINAL_TYPE (RoostProcess, roost_process, G_TYPE_OBJECT)

static guint exited_signal;

/* Field 22 of /proc/PID/stat. The name in field 2 may hold anything, so count from its end.
 * Returns: FALSE when there is no such process, or it is a zombie */
static gboolean
read_start_time (pid_t pid, guint64 *out_ticks)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int)pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;
  char *after_name;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  after_name = strrchr (text, ')');
  if (after_name == NULL)
    return FALSE;
  fields = g_strsplit (g_strchug (after_name + 1), " ", 21);
  return g_strv_length (fields) >= 20
         && g_ascii_string_to_unsigned (fields[19], 10, 0, G_MAXUINT64, out_ticks, NULL);
}

/* Returns: the wait status; -1 when it is not our child */
static int
reap (int pidfd)
{
  siginfo_t info = { 0 };

  if (waitid (P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
    return -1;
  if (info.si_code == CLD_EXITED)
    return W_EXITCODE (info.si_status, 0);
  return W_EXITCODE (0, info.si_status) | (info.si_code == CLD_DUMPED ? WCOREFLAG : 0);
}

static gboolean
on_ended (int pidfd, GIOCondition condition, gpointer p)
{
  RoostProcess *self = p;

  self->is_alive = FALSE;
  g_signal_emit (self, exited_signal, 0, reap (pidfd));
  co_gate_open (self->ended);
  return G_SOURCE_REMOVE;
}

/* Takes @pidfd. The source keeps the object until the process has ended, so a child is always
 * reaped. */
static RoostProcess *
roost_process_new (pid_t pid, int pidfd, guint64 start_time)
{
  RoostProcess *self = g_object_new (ROOST_TYPE_PROCESS, NULL);

  self->pid = pid;
  self->pidfd = pidfd;
  self->start_time = start_time;
  self->is_alive = TRUE;
  g_unix_fd_add_full (G_PRIORITY_DEFAULT, pidfd, G_IO_IN, on_ended, g_object_ref (self),
                      g_object_unref);
  return self;
}

RoostProcess *
roost_process_spawn (const RoostSpawn *spawn, GError **error)
{
  g_auto (RoostFd) pidfd = -1;
  guint64 start_time = 0;
  pid_t pid = roost_spawn_run (spawn, &pidfd, error);

  if (pid < 0)
    return NULL;
  read_start_time (pid, &start_time);
  return roost_process_new (pid, roost_fd_steal (&pidfd), start_time);
}

static gboolean
has_ended (int pidfd)
{
  GPollFD poll_fd = { pidfd, G_IO_IN, 0 };

  return g_poll (&poll_fd, 1, 0) > 0;
}

RoostProcess *
roost_process_adopt (pid_t pid, guint64 start_time, GError **error)
{
  g_auto (RoostFd) pidfd = pid > 0 ? pidfd_open (pid, 0) : -1;
  guint64 found = 0;

  if (pidfd < 0 || has_ended (pidfd))
    {
      roost_throw (error, ROOST_ERROR_NOT_RUNNING, "process %d has ended", (int)pid);
      return NULL;
    }
  /* The pidfd came first: if what /proc shows now is the same process, the pidfd is of it. */
  if (!read_start_time (pid, &found) || found != start_time)
    {
      roost_throw (error, ROOST_ERROR_NOT_RUNNING,
                   "process %d has ended; another one has its number now", (int)pid);
      return NULL;
    }
  return roost_process_new (pid, roost_fd_steal (&pidfd), start_time);
}

pid_t
roost_process_pid (RoostProcess *process)
{
  return process->pid;
}

guint64
roost_process_start_time (RoostProcess *process)
{
  return process->start_time;
}

gboolean
roost_process_is_alive (RoostProcess *process)
{
  return process->is_alive;
}

void
roost_process_signal (RoostProcess *process, int signum)
{
  if (process->is_alive && pidfd_send_signal (process->pidfd, signum, NULL, 0) < 0
      && errno != ESRCH)
    roost_warning ("cannot send signal %d to process %d: %s", signum, (int)process->pid,
                   g_strerror (errno));
}

gboolean
roost_process_wait (RoostProcess *process,
                    guint timeout_ms,
                    GCancellable *cancellable,
                    GError **error)
{
  g_autoptr (RoostProcess) guard G_GNUC_UNUSED = g_object_ref (process);
  g_autoptr (GError) local = NULL;

  if (!process->is_alive || co_gate_wait (process->ended, timeout_ms, cancellable, &local)
      || !process->is_alive)
    return TRUE;
  if (g_error_matches (local, ROOST_ERROR, ROOST_ERROR_TIMEOUT))
    return roost_throw (error, ROOST_ERROR_TIMEOUT, "process %d has not ended within %u ms",
                        (int)process->pid, timeout_ms);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
roost_process_end (RoostProcess *process, guint grace_ms, GError **error)
{
  g_autoptr (RoostProcess) guard G_GNUC_UNUSED = g_object_ref (process);

  if (grace_ms > 0)
    {
      roost_process_signal (process, SIGTERM);
      if (roost_process_wait (process, grace_ms, NULL, NULL))
        return TRUE;
    }
  roost_process_signal (process, SIGKILL);
  return roost_process_wait (process, KILL_TIMEOUT_MS, NULL, error);
}

static void
roost_process_finalize (GObject *object)
{
  RoostProcess *self = ROOST_PROCESS (object);

  roost_fd_clear (&self->pidfd);
  co_gate_free (self->ended);
  G_OBJECT_CLASS (roost_process_parent_class)->finalize (object);
}

static void
roost_process_init (RoostProcess *self)
{
  self->pidfd = -1;
  self->ended = co_gate_new ();
}

static void
roost_process_class_init (RoostProcessClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = roost_process_finalize;
  exited_signal = g_signal_new ("exited", ROOST_TYPE_PROCESS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_INT);
}
