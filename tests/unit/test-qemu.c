/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process and the QMP client against a real QEMU. */
#include "qemu/process.h"
#include "qemu/qmp.h"

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"
#include "base/json.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static char *binary, *path;

typedef struct
{
  RoostProcess *process;
  RoostQmp *qmp;
  GString *log;
} Guest;

static int
listen_at (const char *where)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, where, sizeof address.sun_path);
  g_unlink (where);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  return fd;
}

static void
on_event (RoostQmp *qmp, const char *name, JsonObject *data, gint64 when_us, gpointer p)
{
  Guest *guest = p;

  g_string_append_printf (guest->log, "%s ", name);
}

static void
spawn_guest (Guest *guest)
{
  const char *argv[] = { binary,        "-S",
                         "-nodefaults", "-no-user-config",
                         "-display",    "none",
                         "-machine",    "none",
                         "-chardev",    "socket,id=m,fd=9,server=on,wait=off",
                         "-mon",        "chardev=m,mode=control",
                         NULL };
  g_auto (RoostFd) listener = listen_at (path);
  RoostPassedFd fds[] = { { listener, 9 } };
  RoostSpawn spawn = { .argv = argv, .log_fd = 2, .fds = fds, .n_fds = 1 };
  g_autoptr (GError) error = NULL;

  guest->log = g_string_new (NULL);
  guest->process = roost_process_spawn (&spawn, &error);
  g_assert_no_error (error);
}

static void
connect_guest (Guest *guest)
{
  g_autoptr (GError) error = NULL;

  guest->qmp = roost_qmp_connect (path, 20000, NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (guest->qmp, "event", G_CALLBACK (on_event), guest);
}

static void
guest_clear (Guest *guest)
{
  g_clear_object (&guest->qmp);
  g_clear_object (&guest->process);
  g_string_free (guest->log, TRUE);
}

static void
call_ok (Guest *guest, const char *command)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) value = roost_qmp_call (guest->qmp, command, NULL, 20000, NULL, &error);

  g_assert_no_error (error);
}

static void
call_fails (Guest *guest, const char *command, RoostError code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) value = roost_qmp_call (guest->qmp, command, NULL, 100, NULL, &error);

  g_assert_error (error, ROOST_ERROR, (int)code);
}

/* From the connection before QEMU listens to its end by quit. */
static void
life (gpointer p)
{
  Guest guest = { 0 };
  gint64 start = g_get_monotonic_time ();
  gint64 greeted;

  spawn_guest (&guest);
  connect_guest (&guest);
  greeted = g_get_monotonic_time ();
  call_ok (&guest, "query-status");
  g_test_message ("greeting after %.1f ms, the first answer %.1f ms later",
                  (double)(greeted - start) / 1000,
                  (double)(g_get_monotonic_time () - greeted) / 1000);
  g_assert_true (g_str_has_prefix (roost_qmp_greeting (guest.qmp), "QEMU "));
  call_fails (&guest, "no-such-command", ROOST_ERROR_QEMU);
  call_ok (&guest, "query-qmp-schema"); /* one line of 200 kB */
  call_ok (&guest, "quit");
  g_assert_true (roost_process_wait (guest.process, 20000, NULL, NULL));
  g_assert_cmpstr (guest.log->str, ==, "SHUTDOWN ");
  call_fails (&guest, "query-status", ROOST_ERROR_NOT_RUNNING);
  guest_clear (&guest);
}

/* A stopped process: calls time out, nothing else is held up, and it goes on afterwards. */
static void
stopped (gpointer p)
{
  Guest guest = { 0 };
  g_autoptr (GError) error = NULL;

  spawn_guest (&guest);
  connect_guest (&guest);
  roost_process_signal (guest.process, SIGSTOP);
  g_assert_cmpint (
      waitid (P_PID, (id_t)roost_process_pid (guest.process), NULL, WSTOPPED | WNOWAIT), ==, 0);
  call_fails (&guest, "query-status", ROOST_ERROR_TIMEOUT);
  g_assert_null (roost_qmp_call_oob (guest.qmp, "query-yank", NULL, 100, NULL, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_TIMEOUT);
  roost_process_signal (guest.process, SIGCONT);
  call_ok (&guest, "query-status");
  g_clear_error (&error);
  json_node_unref (roost_qmp_call_oob (guest.qmp, "query-yank", NULL, 20000, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (roost_process_end (guest.process, 0, NULL));
  guest_clear (&guest);
}

/* A second client finds the monitor again, as after a restart of the daemon. */
static void
reconnected (gpointer p)
{
  Guest guest = { 0 };

  spawn_guest (&guest);
  for (int i = 0; i < 5; i++)
    {
      connect_guest (&guest);
      call_ok (&guest, "query-status");
      roost_qmp_close (guest.qmp);
      g_clear_object (&guest.qmp);
    }
  connect_guest (&guest);
  g_assert_true (roost_process_end (guest.process, 0, NULL));
  call_fails (&guest, "query-status", ROOST_ERROR_NOT_RUNNING);
  guest_clear (&guest);
}

static void
run (gconstpointer func)
{
  if (binary == NULL)
    {
      g_test_skip ("needs qemu-system-x86_64");
      return;
    }
  co_spawn ("test", (CoFunc)func, NULL);
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

int
main (int argc, char **argv)
{
  g_autofree char *dir = g_dir_make_tmp ("roost-qemu-XXXXXX", NULL);
  int rc;

  g_test_init (&argc, &argv, NULL);
  binary = g_find_program_in_path ("qemu-system-x86_64");
  path = g_build_filename (dir, "qmp", NULL);
  g_test_add_data_func ("/qemu/life", (gconstpointer)life, run);
  g_test_add_data_func ("/qemu/stopped", (gconstpointer)stopped, run);
  g_test_add_data_func ("/qemu/reconnected", (gconstpointer)reconnected, run);
  rc = g_test_run ();
  g_unlink (path);
  g_rmdir (dir);
  g_free (binary);
  g_free (path);
  return rc;
}
