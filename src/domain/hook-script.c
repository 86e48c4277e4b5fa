/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/hook-script.h"

#include "base/compat.h"
#include "base/error.h"
#include "qemu/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* As much of what it wrote is kept. */
#define TAIL_BYTES 2048

/* What is still in the pipe when a script has ended: its capacity. */
#define LAST_READS 32

#define KILL_WAIT_MS 30000

typedef struct
{
  RoostFd fd; /* of the pipe from its stdout and stderr */
  guint source;
  GString *tail;
  int wait_status;
} Script;

static void
script_clear (Script *script)
{
  g_clear_handle_id (&script->source, g_source_remove);
  roost_fd_clear (&script->fd);
  g_string_free (script->tail, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Script, script_clear)

/* Returns: FALSE at the end, or when there is nothing to read now */
static gboolean
read_some (Script *script)
{
  char bytes[TAIL_BYTES];
  gssize n = read (script->fd, bytes, sizeof bytes);

  if (n <= 0)
    return n < 0 && errno == EINTR;
  g_string_append_len (script->tail, bytes, n);
  if (script->tail->len > TAIL_BYTES)
    g_string_erase (script->tail, 0, (gssize)(script->tail->len - TAIL_BYTES));
  return TRUE;
}

/* Below everything else: a script that floods us slows only itself. */
static gboolean
on_output (int fd, GIOCondition condition, gpointer p)
{
  Script *script = p;

  if (read_some (script) || (errno == EAGAIN && !(condition & G_IO_HUP)))
    return G_SOURCE_CONTINUE;
  script->source = 0;
  return G_SOURCE_REMOVE;
}

/* A file in memory, so that nobody has to wait for a script that does not read. */
static int
input_of (const char *xml, GError **error)
{
  g_auto (RoostFd) fd = memfd_create ("domain.xml", MFD_CLOEXEC);
  gsize length = strlen (xml);

  if (fd >= 0 && write (fd, xml, length) == (gssize)length && lseek (fd, 0, SEEK_SET) == 0)
    return roost_fd_steal (&fd);
  roost_throw_errno (error, errno, "cannot make the input of a hook");
  return -1;
}

static void
on_exited (RoostProcess *process, int wait_status, gpointer p)
{
  Script *script = p;

  script->wait_status = wait_status;
}

static RoostProcess *
spawn (Script *script, const char *const *argv, const char *xml, GError **error)
{
  g_auto (RoostFd) input = input_of (xml, error);
  g_auto (RoostFd) output = -1;
  RoostSpawn what = { .argv = argv, .umask = 0022 };
  int ends[2];

  if (input < 0)
    return NULL;
  if (!g_unix_open_pipe (ends, FD_CLOEXEC, error))
    return NULL;
  script->fd = ends[0];
  output = ends[1];
  g_unix_set_fd_nonblocking (script->fd, TRUE, NULL);
  what.log_fd = output;
  what.stdin_fd = input;
  script->source =
      g_unix_fd_add_full (G_PRIORITY_LOW, script->fd, G_IO_IN | G_IO_HUP, on_output, script, NULL);
  return roost_process_spawn (&what, error);
}

/* It has not been reaped, so the number of its group is its own. */
static void
kill_group (RoostProcess *process)
{
  if (roost_process_is_alive (process))
    kill (-roost_process_pid (process), SIGKILL);
  roost_process_wait (process, KILL_WAIT_MS, NULL, NULL);
}

static gboolean
check_end (Script *script, const char *name, GError **error)
{
  g_autofree char *said = NULL;
  const char *between;
  int status = script->wait_status;

  if (status == 0)
    return TRUE;
  for (guint i = 0; i < LAST_READS && read_some (script); i++)
    ;
  for (gsize i = 0; i < script->tail->len; i++)
    if (script->tail->str[i] == '\0')
      script->tail->str[i] = ' ';
  said = g_utf8_make_valid (g_strstrip (script->tail->str), -1);
  between = *said != '\0' ? ": " : "";
  if (status != -1 && WIFEXITED (status))
    return roost_throw (error, ROOST_ERROR_HOOK, "the hook %s ended with status %d%s%s", name,
                        WEXITSTATUS (status), between, said);
  return roost_throw (error, ROOST_ERROR_HOOK, "the hook %s was ended by signal %d%s%s", name,
                      status != -1 ? WTERMSIG (status) : 0, between, said);
}

gboolean
roost_hook_script_run (const char *const *argv,
                       const char *xml,
                       guint timeout_ms,
                       GCancellable *cancellable,
                       GError **error)
{
  g_auto (Script) script = { .fd = -1, .tail = g_string_new (NULL), .wait_status = -1 };
  g_autofree char *name = g_path_get_basename (argv[0]);
  g_autoptr (RoostProcess) process = NULL;
  g_autoptr (GError) local = NULL;
  gulong handler;
  gboolean has_ended;

  process = spawn (&script, argv, xml, &local);
  if (process == NULL)
    return roost_throw (error, ROOST_ERROR_HOOK, "the hook %s cannot be run: %s", name,
                        local->message);
  handler = g_signal_connect (process, "exited", G_CALLBACK (on_exited), &script);
  has_ended = roost_process_wait (process, timeout_ms, cancellable, &local);
  if (!has_ended)
    kill_group (process);
  g_signal_handler_disconnect (process, handler);
  if (has_ended)
    return check_end (&script, name, error);
  if (!g_error_matches (local, ROOST_ERROR, ROOST_ERROR_TIMEOUT))
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&local), "the hook %s: ", name);
      return FALSE;
    }
  return roost_throw (error, ROOST_ERROR_TIMEOUT,
                      "the hook %s did not end within %u s and was killed", name,
                      timeout_ms / 1000);
}
