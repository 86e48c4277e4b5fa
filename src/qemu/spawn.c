/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/spawn.h"

#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define DEFAULT_UMASK 0077

/* What is in the child's descriptor table when it runs: stdin, stdout, stderr and the passed ones.
 * Sorted by target. */
typedef struct
{
  const RoostSpawn *spawn;
  const char *const *env;
  RoostPassedFd fds[ROOST_PROCESS_MAX_FDS + 3];
  guint n_fds;
  int first_free; /* above all targets */
  int report_fd;  /* takes a Failure; closed by exec */
} Plan;

/* The child's last words. */
typedef struct
{
  int err;
  char step[28];
} Failure;

/* --- in the child: it shares our memory until it has run exec, so only system calls --- */

G_NORETURN static void
die (const Plan *plan, const char *step)
{
  Failure failure = { .err = errno };

  for (gsize i = 0; step[i] != '\0' && i < sizeof failure.step - 1; i++)
    failure.step[i] = step[i];
  if (write (plan->report_fd, &failure, sizeof failure) < 0)
    _exit (126);
  _exit (127);
}

static void
reset_signals (void)
{
  struct sigaction action = { .sa_handler = SIG_DFL };
  sigset_t none;

  for (int i = 1; i < NSIG; i++)
    sigaction (i, &action, NULL); /* those that cannot be changed are as they should be */
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
}

/* First out of the way of all targets, then each to its place. */
static void
place_fds (Plan *plan)
{
  int report_fd = fcntl (plan->report_fd, F_DUPFD_CLOEXEC, plan->first_free);

  if (report_fd < 0)
    die (plan, "copy a descriptor");
  plan->report_fd = report_fd;
  for (guint i = 0; i < plan->n_fds; i++)
    {
      plan->fds[i].fd = fcntl (plan->fds[i].fd, F_DUPFD_CLOEXEC, plan->first_free);
      if (plan->fds[i].fd < 0)
        die (plan, "copy a descriptor");
    }
  for (guint i = 0; i < plan->n_fds; i++)
    if (dup2 (plan->fds[i].fd, plan->fds[i].target) < 0)
      die (plan, "place a descriptor");
}

/* All descriptors between the kept ones close at exec; the report's one is among them. */
static void
close_others (const Plan *plan)
{
  unsigned int from = 0;

  for (guint i = 0; i <= plan->n_fds; i++)
    {
      unsigned int to = i < plan->n_fds ? (unsigned int)plan->fds[i].target : ~0U;

      if (to > from
          && syscall (SYS_close_range, from, i < plan->n_fds ? to - 1 : to, CLOSE_RANGE_CLOEXEC)
                 < 0)
        die (plan, "close descriptors");
      from = to + 1;
    }
}

/* By plain system calls: the C library's functions would make every thread of ours follow. */
static void
change_user (const Plan *plan)
{
  const RoostSpawn *spawn = plan->spawn;

  if (syscall (SYS_setgroups, spawn->n_groups, spawn->groups) < 0
      || syscall (SYS_setresgid, spawn->gid, spawn->gid, spawn->gid) < 0
      || syscall (SYS_setresuid, spawn->uid, spawn->uid, spawn->uid) < 0)
    die (plan, "become another user");
}

G_NORETURN static void
run_child (Plan *plan)
{
  const RoostSpawn *spawn = plan->spawn;

  setsid ();
  place_fds (plan);
  close_others (plan);
  umask (spawn->umask != 0 ? spawn->umask : DEFAULT_UMASK);
  for (guint i = 0; i < spawn->n_limits; i++)
    {
      struct rlimit limit = { spawn->limits[i].value, spawn->limits[i].value };

      if (setrlimit ((__rlimit_resource_t)spawn->limits[i].resource, &limit) < 0)
        die (plan, "set a limit");
    }
  if (spawn->is_other_user)
    change_user (plan);
  if (chdir (spawn->dir != NULL ? spawn->dir : "/") < 0)
    die (plan, "enter the working folder");
  reset_signals ();
  execve (spawn->argv[0], (char *const *)spawn->argv, (char *const *)plan->env);
  die (plan, "run it");
}

/* --- in the daemon --- */

static int
compare_targets (gconstpointer a, gconstpointer b)
{
  return ((const RoostPassedFd *)a)->target - ((const RoostPassedFd *)b)->target;
}

static gboolean
plan_fds (Plan *plan, const RoostSpawn *spawn, int null_fd, GError **error)
{
  if (spawn->n_fds > ROOST_PROCESS_MAX_FDS)
    return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                        "%u descriptors for one process; %d at most", spawn->n_fds,
                        ROOST_PROCESS_MAX_FDS);
  plan->fds[0] = (RoostPassedFd){ spawn->stdin_fd > 0 ? spawn->stdin_fd : null_fd, 0 };
  plan->fds[1] = (RoostPassedFd){ spawn->log_fd, 1 };
  plan->fds[2] = (RoostPassedFd){ spawn->log_fd, 2 };
  plan->n_fds = spawn->n_fds + 3;
  if (spawn->n_fds > 0)
    memcpy (plan->fds + 3, spawn->fds, spawn->n_fds * sizeof *spawn->fds);
  qsort (plan->fds + 3, spawn->n_fds, sizeof *plan->fds, compare_targets);
  for (guint i = 1; i < plan->n_fds; i++)
    if (plan->fds[i].target <= plan->fds[i - 1].target)
      return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                          "descriptor %d cannot be passed: below 3, or passed twice",
                          plan->fds[i].target);
  plan->first_free = plan->fds[plan->n_fds - 1].target + 1;
  return TRUE;
}

/* Enough for QEMU to find its files, its display and its sound server, and nothing else. */
static GStrv
minimal_env (void)
{
  static const char *const names[] = { "PATH",          "HOME",   "USER",
                                       "LOGNAME",       "TMPDIR", "XDG_RUNTIME_DIR",
                                       "XDG_CACHE_HOME" };
  g_autoptr (GPtrArray) env = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *value = g_getenv (names[i]);

      if (value != NULL)
        g_ptr_array_add (env, g_strdup_printf ("%s=%s", names[i], value));
    }
  g_ptr_array_add (env, g_strdup ("LC_ALL=C"));
  g_ptr_array_add (env, NULL);
  return (GStrv)g_ptr_array_steal (env, NULL);
}

/* Returns: -1 */
static pid_t
throw_failed (GError **error, const char *path, const char *step, int err)
{
  gboolean is_full = err == EMFILE || err == ENFILE || err == EAGAIN || err == ENOMEM;

  roost_throw (error, is_full ? ROOST_ERROR_LIMIT_EXCEEDED : ROOST_ERROR_QEMU,
               "cannot start %s: cannot %s: %s", path, step, g_strerror (err));
  return -1;
}

/* With all signals blocked: a handler of ours must not run in the child while it shares our
 * memory. vfork copies no page tables, so a large daemon starts a guest as fast as a small one;
 * this thread goes on when the child has run exec. */
G_NO_INLINE static pid_t
fork_and_run (Plan *plan)
{
  sigset_t all, before;
  pid_t pid;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  pid = vfork ();
  if (pid == 0)
    run_child (plan);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  return pid;
}

/* Returns: TRUE when exec has closed the pipe; else the child is dead and its words are in @error
 */
static gboolean
check_report (int fd, const char *path, GError **error)
{
  Failure failure = { 0 };
  gssize n;

  do
    n = read (fd, &failure, sizeof failure);
  while (n < 0 && errno == EINTR);
  if (n != sizeof failure)
    return TRUE;
  throw_failed (error, path, failure.step, failure.err);
  return FALSE;
}

static pid_t
run_plan (Plan *plan, int *out_pidfd, GError **error)
{
  const char *path = plan->spawn->argv[0];
  g_auto (RoostFd) read_end = -1;
  g_auto (RoostFd) pidfd = -1;
  int report[2];
  pid_t pid;

  if (pipe2 (report, O_CLOEXEC) < 0)
    return throw_failed (error, path, "make a pipe", errno);
  read_end = report[0];
  plan->report_fd = report[1];
  pid = fork_and_run (plan);
  if (pid < 0)
    throw_failed (error, path, "fork", errno);
  close (report[1]);
  if (pid < 0)
    return -1;
  pidfd = pidfd_open (pid, 0); /* nobody but us can reap it, so the PID is still its own */
  if (pidfd < 0)
    {
      throw_failed (error, path, "open a pidfd", errno);
      kill (pid, SIGKILL);
    }
  if (pidfd < 0 || !check_report (read_end, path, error))
    {
      waitpid (pid, NULL, 0);
      return -1;
    }
  *out_pidfd = roost_fd_steal (&pidfd);
  return pid;
}

pid_t
roost_spawn_run (const RoostSpawn *spawn, int *out_pidfd, GError **error)
{
  g_auto (GStrv) env = spawn->env == NULL ? minimal_env () : NULL;
  g_autofree Plan *plan = g_new0 (Plan, 1);
  g_auto (RoostFd) null_fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  if (null_fd < 0)
    return throw_failed (error, spawn->argv[0], "open /dev/null", errno);
  if (!plan_fds (plan, spawn, null_fd, error))
    return -1;
  plan->spawn = spawn;
  plan->env = spawn->env != NULL ? spawn->env : (const char *const *)env;
  return run_plan (plan, out_pidfd, error);
}
