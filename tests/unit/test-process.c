/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/process.h"

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int exit_status;

static void
on_exited (RoostProcess *process, int status, gpointer p)
{
  exit_status = status;
}

static void
spin (void)
{
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
spin_until_ended (RoostProcess *process)
{
  while (roost_process_is_alive (process))
    g_main_context_iteration (NULL, TRUE);
}

/* A temporary file that takes the output, already removed. */
static int
output_file (void)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("roost-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_unlink (path);
  return fd;
}

static char *
read_output (int fd)
{
  char *text = g_malloc0 (65536);

  g_assert_cmpint (pread (fd, text, 65535, 0), >=, 0);
  return text;
}

/* Runs @script in a shell to its end. Returns: what it wrote */
static char *
run_shell (const char *script, RoostSpawn *spawn)
{
  const char *argv[] = { "/bin/sh", "-c", script, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostProcess) process = NULL;
  g_auto (RoostFd) log = output_file ();

  spawn->argv = argv;
  spawn->log_fd = log;
  process = roost_process_spawn (spawn, &error);
  g_assert_no_error (error);
  g_signal_connect (process, "exited", G_CALLBACK (on_exited), NULL);
  spin_until_ended (process);
  return read_output (log);
}

static void
test_run (void)
{
  RoostSpawn spawn = { 0 };
  g_autofree char *text = run_shell ("echo out; echo err >&2; pwd; umask; cat; exit 3", &spawn);

  g_assert_cmpstr (text, ==, "out\nerr\n/\n0077\n");
  g_assert_true (WIFEXITED (exit_status));
  g_assert_cmpint (WEXITSTATUS (exit_status), ==, 3);
}

static void
test_environment (void)
{
  static const char *const env[] = { "COLOUR=red", NULL };
  RoostSpawn minimal = { 0 };
  RoostSpawn own = { .env = env, .dir = "/usr", .umask = 0022 };
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  g_setenv ("ROOST_TEST_SECRET", "hunter2", TRUE);
  first = run_shell ("/usr/bin/env", &minimal);
  second = run_shell ("echo $COLOUR; pwd; umask", &own);
  g_assert_nonnull (strstr (first, "LC_ALL=C\n"));
  g_assert_null (strstr (first, "hunter2"));
  g_assert_cmpstr (second, ==, "red\n/usr\n0022\n");
}

/* Only what is passed is open, each at its number, also where numbers change places. */
static void
test_descriptors (void)
{
  g_auto (RoostFd) a = open ("/dev/zero", O_RDONLY);
  g_auto (RoostFd) b = open ("/dev/full", O_WRONLY | O_CLOEXEC);
  g_auto (RoostFd) leaky = open ("/dev/null", O_RDONLY);
  RoostPassedFd fds[] = { { a, b }, { b, a }, { a, 60 } };
  RoostSpawn spawn = { .fds = fds, .n_fds = 3 };
  g_autofree char *text = run_shell ("for f in /proc/self/fd/*; do"
                                     " echo ${f##*/} $(readlink $f); done",
                                     &spawn);
  g_autofree char *want_a = g_strdup_printf ("\n%d /dev/full\n", a);
  g_autofree char *want_b = g_strdup_printf ("\n%d /dev/zero\n", b);
  g_autofree char *leak = g_strdup_printf ("\n%d /dev/null\n", leaky);

  g_assert_true (g_str_has_prefix (text, "0 /dev/null\n1 pipe"));
  g_assert_nonnull (strstr (text, want_a));
  g_assert_nonnull (strstr (text, want_b));
  g_assert_nonnull (strstr (text, "\n60 /dev/zero\n"));
  g_assert_null (strstr (text, leak));
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

/* Returns: the numbers of the descriptors of @pid, sorted and joined by spaces */
static char *
list_fds (pid_t pid)
{
  g_autofree char *folder = g_strdup_printf ("/proc/%d/fd", (int)pid);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_texts);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **)names->pdata);
}

/* Seen from outside, without the shell's own descriptors. */
static void
test_no_leak (void)
{
  const char *argv[] = { "/bin/sleep", "60", NULL };
  g_auto (RoostFd) leaky = open ("/dev/null", O_RDONLY);
  g_auto (RoostFd) log = output_file ();
  RoostPassedFd fds[] = { { leaky, 7 } };
  RoostSpawn spawn = { .argv = argv, .log_fd = log, .fds = fds, .n_fds = 1 };
  g_autoptr (RoostProcess) process = roost_process_spawn (&spawn, NULL);
  pid_t pid = roost_process_pid (process);
  g_autofree char *open_fds = list_fds (pid);

  for (int i = 0; i < 200 && !g_str_equal (open_fds, "0 1 2 7"); i++)
    {
      g_usleep (5000); /* exec closes the higher ones a moment after the one we wait for */
      g_free (open_fds);
      open_fds = list_fds (pid);
    }
  g_assert_cmpstr (open_fds, ==, "0 1 2 7");
  g_assert_cmpint (getsid (pid), ==, pid);
  roost_process_signal (process, SIGKILL);
  spin_until_ended (process);
}

static void
test_signals (void)
{
  RoostSpawn spawn = { 0 };
  sigset_t set, before;
  g_autofree char *text = NULL;

  sigemptyset (&set);
  sigaddset (&set, SIGUSR1);
  sigprocmask (SIG_BLOCK, &set, &before);
  signal (SIGPIPE, SIG_IGN);
  text = run_shell ("grep -E 'Sig(Blk|Ign)' /proc/self/status", &spawn);
  sigprocmask (SIG_SETMASK, &before, NULL);
  signal (SIGPIPE, SIG_DFL);
  g_assert_cmpstr (text, ==, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

static void
test_limits (void)
{
  RoostLimit limits[] = { { RLIMIT_NOFILE, 100 }, { RLIMIT_CORE, 0 } };
  RoostLimit beyond[] = { { 99, 1 } };
  RoostSpawn spawn = { .limits = limits, .n_limits = 2 };
  const char *argv[] = { "/bin/true", NULL };
  RoostSpawn wrong = { .argv = argv, .log_fd = 2, .limits = beyond, .n_limits = 1 };
  g_autofree char *text = run_shell ("ulimit -n; ulimit -c", &spawn);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (text, ==, "100\n0\n");
  g_assert_null (roost_process_spawn (&wrong, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_QEMU);
  g_assert_nonnull (strstr (error->message, "set a limit: Invalid argument"));
}

static void
test_other_user (void)
{
  static const gid_t groups[] = { 23, 42 };
  RoostSpawn spawn = { .is_other_user = TRUE, .uid = 65534, .gid = 65533 };
  g_autofree char *text = NULL;

  if (geteuid () != 0)
    {
      g_test_skip ("needs root");
      return;
    }
  spawn.groups = groups;
  spawn.n_groups = 2;
  text = run_shell ("grep -E '^(Uid|Gid|Groups):' /proc/self/status | tr '\\t' ' '", &spawn);
  g_assert_cmpstr (text, ==,
                   "Uid: 65534 65534 65534 65534\nGid: 65533 65533 65533 65533\n"
                   "Groups: 23 42 \n");
  g_assert_cmpuint (geteuid (), ==, 0);
}

static void
expect_failure (RoostSpawn *spawn, RoostError code, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (roost_process_spawn (spawn, &error));
  g_assert_error (error, ROOST_ERROR, (int)code);
  g_assert_nonnull (strstr (error->message, text));
}

static guint
count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
test_failures (void)
{
  const char *missing[] = { "/nonexistent/qemu", NULL };
  const char *text_file[] = { "/etc/passwd", NULL };
  const char *fine[] = { "/bin/true", NULL };
  RoostPassedFd low[] = { { 2, 2 } };
  RoostPassedFd twice[] = { { 0, 9 }, { 1, 9 } };
  RoostPassedFd closed[] = { { 999, 9 } };
  guint n_fds = count_fds ();
  RoostSpawn spawn = { .argv = missing, .log_fd = 2 };

  expect_failure (&spawn, ROOST_ERROR_QEMU, "/nonexistent/qemu: cannot run it: No such file");
  spawn.argv = text_file;
  expect_failure (&spawn, ROOST_ERROR_QEMU, "Permission denied");
  spawn.argv = fine;
  spawn.dir = "/nonexistent";
  expect_failure (&spawn, ROOST_ERROR_QEMU, "cannot enter the working folder: No such file");
  spawn.dir = NULL;
  spawn.fds = low;
  spawn.n_fds = 1;
  expect_failure (&spawn, ROOST_ERROR_INVALID_ARGUMENT, "descriptor 2");
  spawn.fds = twice;
  spawn.n_fds = 2;
  expect_failure (&spawn, ROOST_ERROR_INVALID_ARGUMENT, "passed twice");
  spawn.fds = closed;
  spawn.n_fds = 1;
  expect_failure (&spawn, ROOST_ERROR_QEMU, "copy a descriptor: Bad file");
  g_assert_cmpuint (count_fds (), ==, n_fds);
  g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, -1); /* and no zombie */
  g_assert_cmpint (errno, ==, ECHILD);
}

static void
test_no_descriptors_left (void)
{
  const char *argv[] = { "/bin/true", NULL };
  RoostSpawn spawn = { .argv = argv, .log_fd = 2 };
  struct rlimit before, none;

  getrlimit (RLIMIT_NOFILE, &before);
  none = before;
  none.rlim_cur = count_fds ();
  setrlimit (RLIMIT_NOFILE, &none);
  expect_failure (&spawn, ROOST_ERROR_LIMIT_EXCEEDED, "Too many open files");
  setrlimit (RLIMIT_NOFILE, &before);
}

/* --- waiting and ending --- */

static RoostProcess *
spawn_shell (const char *script)
{
  const char *argv[] = { "/bin/sh", "-c", script, NULL };
  RoostSpawn spawn = { .argv = argv, .log_fd = 2 };
  g_autoptr (GError) error = NULL;
  RoostProcess *process = roost_process_spawn (&spawn, &error);

  g_assert_no_error (error);
  g_signal_connect (process, "exited", G_CALLBACK (on_exited), NULL);
  return process;
}

static void
wait_for (gpointer p)
{
  RoostProcess *process = p;
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();

  g_cancellable_cancel (cancelled);
  g_assert_false (roost_process_wait (process, 0, cancelled, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (roost_process_wait (process, 20, NULL, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_TIMEOUT);
  roost_process_signal (process, SIGTERM);
  g_assert_true (roost_process_wait (process, 0, NULL, NULL));
  g_assert_true (roost_process_wait (process, 0, NULL, NULL));
  roost_process_signal (process, SIGTERM); /* harmless */
}

static void
test_wait (void)
{
  g_autoptr (RoostProcess) process = spawn_shell ("exec sleep 60");

  co_spawn ("wait", wait_for, process);
  spin ();
  g_assert_true (WIFSIGNALED (exit_status));
  g_assert_cmpint (WTERMSIG (exit_status), ==, SIGTERM);
}

static void
end_it (gpointer p)
{
  g_assert_true (roost_process_end (p, 1000, NULL));
}

/* Returns when the shell has said that it is ready. */
static RoostProcess *
spawn_ready_shell (const char *script)
{
  const char *argv[] = { "/bin/sh", "-c", script, NULL };
  int ends[2];
  char byte;
  RoostSpawn spawn = { .argv = argv };
  g_autoptr (RoostProcess) process = NULL;

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  spawn.log_fd = ends[1];
  process = roost_process_spawn (&spawn, NULL);
  g_assert_cmpint (read (ends[0], &byte, 1), ==, 1);
  close (ends[0]);
  close (ends[1]);
  g_signal_connect (process, "exited", G_CALLBACK (on_exited), NULL);
  return g_steal_pointer (&process);
}

static void
end_shell (const char *script, gboolean is_stopped)
{
  g_autoptr (RoostProcess) process = spawn_ready_shell (script);

  if (is_stopped)
    kill (roost_process_pid (process), SIGSTOP);
  if (is_stopped)
    g_assert_cmpint (waitid (P_PID, (id_t)roost_process_pid (process), NULL, WSTOPPED), ==, 0);
  co_spawn ("end", end_it, process);
  spin ();
}

static void
test_end (void)
{
  end_shell ("trap 'exit 5' TERM; echo; while :; do sleep 0.01; done", FALSE);
  g_assert_true (WIFEXITED (exit_status));
  g_assert_cmpint (WEXITSTATUS (exit_status), ==, 5);
  end_shell ("trap '' TERM; echo; while :; do sleep 0.01; done", FALSE);
  g_assert_cmpint (WTERMSIG (exit_status), ==, SIGKILL);
  end_shell ("echo; while :; do sleep 0.01; done", TRUE);
  g_assert_cmpint (WTERMSIG (exit_status), ==, SIGKILL);
}

/* A dropped object still reaps its child. */
static void
test_dropped (void)
{
  pid_t pid;

  {
    g_autoptr (RoostProcess) process = spawn_shell ("exit 7");

    pid = roost_process_pid (process);
    exit_status = -2;
  }
  while (exit_status == -2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (WEXITSTATUS (exit_status), ==, 7);
  g_assert_cmpint (kill (pid, 0), ==, -1);
}

/* --- adoption --- */

static void
test_adopt (void)
{
  g_autoptr (RoostProcess) process = spawn_shell ("exec sleep 60");
  g_autoptr (RoostProcess) adopted = NULL;
  g_autoptr (GError) error = NULL;
  pid_t pid = roost_process_pid (process);
  guint64 start = roost_process_start_time (process);

  g_assert_cmpuint (start, >, 0);
  g_assert_null (roost_process_adopt (pid, start + 1, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_RUNNING);
  g_clear_error (&error);
  adopted = roost_process_adopt (pid, start, &error);
  g_assert_no_error (error);
  g_assert_cmpint (roost_process_pid (adopted), ==, pid);
  roost_process_signal (adopted, SIGKILL);
  spin_until_ended (adopted);
  spin_until_ended (process);

  g_assert_null (roost_process_adopt (pid, start, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_RUNNING);
  g_clear_error (&error);
  g_assert_null (roost_process_adopt (-5, 1, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_RUNNING);
}

/* Of a process that is nobody's child here, the status is unknown. */
static void
test_adopt_stranger (void)
{
  RoostSpawn spawn = { 0 };
  g_autofree char *text = run_shell ("sleep 60 & echo $!; cut -d' ' -f22 /proc/$!/stat", &spawn);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostProcess) stranger =
      roost_process_adopt (atoi (lines[0]), (guint64)atoll (lines[1]), &error);

  g_assert_no_error (error);
  exit_status = -2;
  g_signal_connect (stranger, "exited", G_CALLBACK (on_exited), NULL);
  roost_process_signal (stranger, SIGKILL);
  spin_until_ended (stranger);
  g_assert_cmpint (exit_status, ==, -1);
}

static void
test_cost (void)
{
  const char *argv[] = { "/bin/true", NULL };
  RoostSpawn spawn = { .argv = argv, .log_fd = 2 };
  gint64 total = 0;

  for (int i = 0; i < 100; i++)
    {
      gint64 start = g_get_monotonic_time ();
      g_autoptr (RoostProcess) process = roost_process_spawn (&spawn, NULL);

      total += g_get_monotonic_time () - start;
      g_assert_nonnull (process);
      spin_until_ended (process);
    }
  g_test_message ("%.0f us a spawn", (double)total / 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process/run", test_run);
  g_test_add_func ("/process/environment", test_environment);
  g_test_add_func ("/process/descriptors", test_descriptors);
  g_test_add_func ("/process/no-leak", test_no_leak);
  g_test_add_func ("/process/signals", test_signals);
  g_test_add_func ("/process/limits", test_limits);
  g_test_add_func ("/process/other-user", test_other_user);
  g_test_add_func ("/process/failures", test_failures);
  g_test_add_func ("/process/no-descriptors-left", test_no_descriptors_left);
  g_test_add_func ("/process/wait", test_wait);
  g_test_add_func ("/process/end", test_end);
  g_test_add_func ("/process/dropped", test_dropped);
  g_test_add_func ("/process/adopt", test_adopt);
  g_test_add_func ("/process/adopt-stranger", test_adopt_stranger);
  g_test_add_func ("/process/cost", test_cost);
  return g_test_run ();
}
