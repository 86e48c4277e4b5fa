/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/tool.h"

#include "base/co.h"
#include "base/error.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* How long a killed program, or what it left behind on its pipes, is waited for. */
#define END_WAIT_MS 2000

#define BOUNDED_MEMORY      ((rlim_t)2 * 1024 * 1024 * 1024)
#define BOUNDED_CPU_SECONDS 30
#define COMPLAINT_CHARS     600

typedef struct Run Run;

typedef struct
{
  Run *run;
  GInputStream *in;
  GString *text;
  gboolean has_ended;
  char buffer[8192];
} Stream;

struct Run
{
  guint refs;
  GSubprocess *process;
  const RoostToolOptions *options; /* (nullable): only while the caller waits */
  Stream out, err;
  gboolean has_exited;
  gboolean said_too_much;
  GCancellable *stop;
  CoGate *gate;
};

static void
run_unref (gpointer p)
{
  Run *run = p;

  if (--run->refs > 0)
    return;
  g_object_unref (run->process);
  g_string_free (run->out.text, TRUE);
  g_string_free (run->err.text, TRUE);
  g_object_unref (run->stop);
  co_gate_free (run->gate);
  g_free (run);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Run, run_unref)

/* --- what it says --- */

static void read_more (Stream *stream);

static void
take_text (Stream *stream, gssize length)
{
  Run *run = stream->run;

  if (stream->text->len + (gsize)length > ROOST_TOOL_MAX_OUTPUT)
    {
      run->said_too_much = TRUE;
      return;
    }
  g_string_append_len (stream->text, stream->buffer, length);
  if (stream == &run->out && run->options != NULL && run->options->on_text != NULL)
    {
      g_autofree char *piece = g_strndup (stream->buffer, (gsize)length);

      run->options->on_text (piece, run->options->data);
    }
}

static void
on_read (GObject *source, GAsyncResult *res, gpointer p)
{
  Stream *stream = p;
  g_autoptr (Run) run = stream->run;
  gssize length = g_input_stream_read_finish (G_INPUT_STREAM (source), res, NULL);

  if (length > 0)
    take_text (stream, length);
  if (length > 0 && !run->said_too_much)
    {
      read_more (stream);
      return;
    }
  stream->has_ended = TRUE;
  co_gate_open (run->gate);
}

static void
read_more (Stream *stream)
{
  stream->run->refs++;
  g_input_stream_read_async (stream->in, stream->buffer, sizeof stream->buffer, G_PRIORITY_DEFAULT,
                             stream->run->stop, on_read, stream);
}

static void
on_exited (GObject *source, GAsyncResult *res, gpointer p)
{
  g_autoptr (Run) run = p;

  g_subprocess_wait_finish (G_SUBPROCESS (source), res, NULL);
  run->has_exited = TRUE;
  co_gate_open (run->gate);
}

/* --- the process --- */

/* Runs in the child before exec: only what is safe after a fork. */
static void
set_up_child (gpointer is_bounded)
{
  sigset_t none;

  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  setpgid (0, 0);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (is_bounded != NULL)
    {
      setrlimit (RLIMIT_AS, &(struct rlimit){ BOUNDED_MEMORY, BOUNDED_MEMORY });
      setrlimit (RLIMIT_CPU, &(struct rlimit){ BOUNDED_CPU_SECONDS, BOUNDED_CPU_SECONDS });
    }
}

/* What it is to read, in memory: nobody has to write while it reads. Returns: a descriptor, or -1
 */
static int
open_bytes (GBytes *bytes, GError **error)
{
  gsize length = g_bytes_get_size (bytes);
  int fd = memfd_create ("input", MFD_CLOEXEC);

  if (fd < 0 || write (fd, g_bytes_get_data (bytes, NULL), length) != (gssize)length
      || lseek (fd, 0, SEEK_SET) != 0)
    {
      int problem = errno;

      if (fd >= 0)
        close (fd);
      roost_throw_errno (error, problem, "cannot keep the input of a program");
      return -1;
    }
  return fd;
}

static gboolean
give_input (GSubprocessLauncher *launcher, const RoostToolOptions *options, GError **error)
{
  guint n_files = options->files != NULL ? options->files->len : 0;
  int fd;

  if (options->input != NULL)
    {
      fd = open_bytes (options->input, error);
      if (fd < 0)
        return FALSE;
      g_subprocess_launcher_take_stdin_fd (launcher, fd);
    }
  for (guint i = 0; i < n_files; i++)
    {
      fd = open_bytes (options->files->pdata[i], error);
      if (fd < 0)
        return FALSE;
      g_subprocess_launcher_take_fd (launcher, fd, ROOST_TOOL_FIRST_FD + (int)i);
    }
  return TRUE;
}

static Run *
run_start (const char *const *argv, const RoostToolOptions *options, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  GSubprocess *process;
  Run *run;

  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C", TRUE);
  for (guint i = 0; options != NULL && options->env != NULL && options->env[i] != NULL; i += 2)
    g_subprocess_launcher_setenv (launcher, options->env[i], options->env[i + 1], TRUE);
  g_subprocess_launcher_set_child_setup (
      launcher, set_up_child, GINT_TO_POINTER (options != NULL && options->is_bounded), NULL);
  if (options != NULL && !give_input (launcher, options, error))
    return NULL;
  process = g_subprocess_launcher_spawnv (launcher, argv, error);
  if (process == NULL)
    return NULL;
  run = g_new0 (Run, 1);
  run->refs = 2; /* the caller's, and that of on_exited */
  run->process = process;
  run->options = options;
  run->stop = g_cancellable_new ();
  run->gate = co_gate_new ();
  run->out = (Stream){ .run = run, .in = g_subprocess_get_stdout_pipe (process) };
  run->err = (Stream){ .run = run, .in = g_subprocess_get_stderr_pipe (process) };
  run->out.text = g_string_new (NULL);
  run->err.text = g_string_new (NULL);
  g_subprocess_wait_async (process, NULL, on_exited, run);
  read_more (&run->out);
  read_more (&run->err);
  return run;
}

static gboolean
is_done (const Run *run)
{
  return run->has_exited && run->out.has_ended && run->err.has_ended;
}

/* A child of the program may keep the pipes open: once it has exited they get a short time. */
static void
wait_for_end (Run *run)
{
  gint64 until = g_get_monotonic_time () + END_WAIT_MS * G_TIME_SPAN_MILLISECOND;

  while (!is_done (run))
    {
      gint64 left_ms = (until - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;

      if (left_ms <= 0 || !co_gate_wait (run->gate, (guint)left_ms, NULL, NULL))
        break;
    }
  g_cancellable_cancel (run->stop);
}

static void
kill_run (Run *run)
{
  const char *pid = g_subprocess_get_identifier (run->process);

  if (pid != NULL)
    kill (-(pid_t)g_ascii_strtoll (pid, NULL, 10), SIGKILL);
  g_subprocess_force_exit (run->process);
}

static gboolean
wait_for_exit (Run *run, guint timeout_ms, GCancellable *cancellable, GError **error)
{
  gint64 until = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;

  while (!run->has_exited && !run->said_too_much)
    {
      gint64 left_ms = 0;

      if (timeout_ms > 0)
        left_ms = MAX ((until - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND, 1);
      if (!co_gate_wait (run->gate, (guint)left_ms, cancellable, error))
        return FALSE;
    }
  if (run->said_too_much)
    return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED, "it said more than %d MiB",
                        ROOST_TOOL_MAX_OUTPUT / 1024 / 1024);
  return TRUE;
}

/* --- its end --- */

/* The last lines of a complaint, as one line of UTF-8. */
static char *
complaint_of (const GString *text)
{
  const char *from = text->str + (text->len > COMPLAINT_CHARS ? text->len - COMPLAINT_CHARS : 0);
  g_autofree char *line = g_utf8_make_valid (from, -1);

  return g_strdup (g_strstrip (g_strdelimit (line, "\r\n\t", ' ')));
}

static gboolean
check_status (const Run *run, const char *name, GError **error)
{
  g_autofree char *complaint = NULL;
  RoostError code = ROOST_ERROR_STORAGE;

  if (g_subprocess_get_successful (run->process))
    return TRUE;
  complaint = complaint_of (run->err.text->len > 0 ? run->err.text : run->out.text);
  if (strstr (complaint, "No space left on device") != NULL
      || strstr (complaint, "File too large") != NULL
      || strstr (complaint, "insufficient free space") != NULL
      || strstr (complaint, "Disk quota exceeded") != NULL)
    code = ROOST_ERROR_NO_SPACE;
  if (g_subprocess_get_if_signaled (run->process))
    return roost_throw (error, code, "%s was killed by signal %d%s%s", name,
                        g_subprocess_get_term_sig (run->process), *complaint != '\0' ? ": " : "",
                        complaint);
  if (*complaint == '\0')
    return roost_throw (error, code, "%s failed and did not say why", name);
  if (g_str_has_prefix (complaint, name) && complaint[strlen (name)] == ':')
    return roost_throw (error, code, "%s", complaint);
  return roost_throw (error, code, "%s: %s", name, complaint);
}

char *
roost_tool_run (const char *const *argv,
                const RoostToolOptions *options,
                GCancellable *cancellable,
                GError **error)
{
  g_autoptr (Run) run = NULL;
  g_autoptr (GError) reason = NULL;

  g_return_val_if_fail (co_running (), NULL);
  if (!roost_tool_exists (argv[0]))
    {
      roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "the program '%s' is not installed", argv[0]);
      return NULL;
    }
  run = run_start (argv, options, error);
  if (run == NULL)
    return NULL;
  if (!wait_for_exit (run, options != NULL ? options->timeout_ms : 0, cancellable, &reason))
    kill_run (run);
  run->options = reason == NULL ? run->options : NULL;
  wait_for_end (run);
  run->options = NULL;
  if (reason != NULL)
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&reason), "%s: ", argv[0]);
      return NULL;
    }
  return check_status (run, argv[0], error) ? g_strdup (run->out.text->str) : NULL;
}

gboolean
roost_tool_do (const char *const *argv, GCancellable *cancellable, GError **error)
{
  g_autofree char *output = roost_tool_run (argv, NULL, cancellable, error);

  return output != NULL;
}

gboolean
roost_tool_exists (const char *name)
{
  g_autofree char *path = g_find_program_in_path (name);

  return path != NULL;
}

double
roost_tool_read_progress (const char *text)
{
  const char *mark = g_strrstr (text, "/100%)");
  const char *start = mark;

  while (start != NULL && start > text && start[-1] != '(')
    start--;
  if (start == NULL || start == text || !g_ascii_isdigit (*start))
    return -1.0;
  return CLAMP (g_ascii_strtod (start, NULL) / 100, 0.0, 1.0);
}
