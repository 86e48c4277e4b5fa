/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/agent-pipe.h"
#include "domain/agent-transfer.h"

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"
#include "base/json.h"
#include "domain/agent-values.h"

#include <string.h>

/*
 * A program in the guest. The agent gives out what a program wrote only when it has ended
 * (guest-exec with capture-output). To stream it, a shell in the guest puts the output into two
 * files of a folder of their own, which are read as they grow and removed in the end.
 */

#define POLL_MIN_MS 20
#define POLL_MAX_MS 500

#define MAX_STDIN_BYTES (512 * 1024)

/* The folder is new, or nothing is run: nobody in the guest can have put a link there. The program
 * gets the mask that the agent has. */
static const char stream_script[] = "m=$(umask); umask 077; mkdir \"$0\" || exit 125; "
                                    ": > \"$0/out\"; : > \"$0/err\"; umask \"$m\"; "
                                    "exec \"$@\" > \"$0/out\" 2> \"$0/err\"";

enum
{
  OUT,
  ERR,
  N_STREAMS
};

/* One of the two outputs. */
typedef struct
{
  int fd;        /* our end; -1: the client has closed its end, or wants none */
  gint64 handle; /* of the file in the guest; -1: not open yet */
} Stream;

typedef struct
{
  RoostTransfer *transfer;
  gint64 pid;
  char *folder; /* (nullable): of a streamed one */
  Stream streams[N_STREAMS];
} Program;

static void
program_free (Program *program)
{
  g_clear_pointer (&program->transfer, roost_transfer_free);
  for (guint i = 0; i < N_STREAMS; i++)
    roost_fd_clear (&program->streams[i].fd);
  g_free (program->folder);
  g_free (program);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Program, program_free)

/* --- starting --- */

static void
add_texts (JsonArray *list, const char *const *texts)
{
  for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
    json_array_add_string_element (list, texts[i]);
}

static JsonObject *
exec_args (const Program *program, const RoostAgentProgram *asked)
{
  JsonObject *args = json_object_new ();
  JsonArray *list = json_array_new ();

  json_object_set_string_member (args, "path", program->folder != NULL ? "/bin/sh" : asked->path);
  json_object_set_array_member (args, "arg", list);
  if (program->folder != NULL)
    add_texts (list,
               (const char *const[]){ "-c", stream_script, program->folder, asked->path, NULL });
  add_texts (list, asked->arguments);
  if (asked->environment != NULL && asked->environment[0] != NULL)
    {
      list = json_array_new ();
      json_object_set_array_member (args, "env", list);
      add_texts (list, asked->environment);
    }
  if (asked->input != NULL && g_bytes_get_size (asked->input) > 0)
    {
      g_autofree char *text =
          g_base64_encode (g_bytes_get_data (asked->input, NULL), g_bytes_get_size (asked->input));

      json_object_set_string_member (args, "input-data", text);
    }
  json_object_set_boolean_member (args, "capture-output", g_str_equal (asked->output, "capture"));
  return args;
}

static gboolean
start (Program *program, const RoostAgentProgram *asked, GError **error)
{
  static const char command[] = "guest-exec";
  g_autoptr (JsonNode) answer =
      roost_transfer_call (program->transfer, command, exec_args (program, asked), error);

  if (answer == NULL)
    return FALSE;
  program->pid = roost_json_int (roost_json_node_object (answer), "pid", -1);
  return program->pid >= 0 || roost_agent_throw (error, command, "has no proper 'pid'");
}

/* --- the end of it --- */

static JsonObject *
pid_args (gint64 pid)
{
  JsonObject *args = json_object_new ();

  json_object_set_int_member (args, "pid", pid);
  return args;
}

/* Returns: (transfer full): the answer of guest-exec-status */
static JsonNode *
ask_status (Program *program, gboolean *out_has_ended, GError **error)
{
  static const char command[] = "guest-exec-status";
  g_autoptr (JsonNode) answer =
      roost_transfer_call (program->transfer, command, pid_args (program->pid), error);
  JsonObject *object = roost_json_node_object (answer);
  JsonNode *exited = object != NULL ? json_object_get_member (object, "exited") : NULL;

  if (answer == NULL)
    return NULL;
  if (exited == NULL || !JSON_NODE_HOLDS_VALUE (exited)
      || json_node_get_value_type (exited) != G_TYPE_BOOLEAN)
    {
      roost_agent_throw (error, command, "has no proper 'exited'");
      return NULL;
    }
  *out_has_ended = json_node_get_boolean (exited);
  return g_steal_pointer (&answer);
}

static void
note_end (Program *program, JsonObject *status)
{
  RoostJob *job = program->transfer->job;
  gint64 code = roost_json_int (status, "exitcode", -1);
  gint64 signal = roost_json_int (status, "signal", -1);

  if (signal > 0 && signal <= G_MAXINT32)
    roost_job_set_detail (job, "signal", g_variant_new_int32 ((gint32)signal));
  else if (code >= G_MININT32 && code <= G_MAXINT32)
    roost_job_set_detail (job, "exit-code", g_variant_new_int32 ((gint32)code));
  if (roost_json_bool (status, "out-truncated", FALSE)
      || roost_json_bool (status, "err-truncated", FALSE))
    roost_job_set_detail (job, "truncated", g_variant_new_boolean (TRUE));
}

/* --- output --- */

/* A client that reads no more ends the stream, not the program. */
static gboolean
give (Program *program, Stream *stream, const void *bytes, gsize length, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (stream->fd < 0
      || roost_pipe_write (stream->fd, bytes, length, program->transfer->cancellable, &local))
    return TRUE;
  roost_fd_clear (&stream->fd);
  if (g_error_matches (local, ROOST_ERROR, ROOST_ERROR_IO))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* Not there yet is no error while the shell has still to make it. */
static gboolean
open_stream (Program *program, guint which, gboolean must, GError **error)
{
  Stream *stream = &program->streams[which];
  g_autofree char *path = g_strdup_printf ("%s/%s", program->folder, which == OUT ? "out" : "err");
  g_autoptr (GError) local = NULL;

  if (stream->handle >= 0)
    return TRUE;
  stream->handle = roost_transfer_open (program->transfer, path, "rb", &local);
  if (stream->handle >= 0 || (!must && g_error_matches (local, ROOST_ERROR, ROOST_ERROR_AGENT)))
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&local),
                              "the output cannot be had from the guest: ");
  return FALSE;
}

/* All that is there now. @out_got: some was */
static gboolean
drain (Program *program, guint which, gboolean *out_got, GError **error)
{
  Stream *stream = &program->streams[which];
  gsize length = 1;

  while (stream->handle >= 0 && stream->fd >= 0 && length > 0)
    {
      g_autoptr (GBytes) bytes = NULL;
      gconstpointer data;

      if (!roost_transfer_read (program->transfer, stream->handle, ROOST_AGENT_CHUNK, &bytes,
                                error))
        return FALSE;
      data = g_bytes_get_data (bytes, &length);
      *out_got |= length > 0;
      if (!give (program, stream, data, length, error))
        return FALSE;
    }
  return TRUE;
}

/* What is there now of both; after the end of the program that is all there will be. */
static gboolean
drain_both (Program *program, gboolean has_ended, gboolean *out_got, GError **error)
{
  for (guint i = 0; program->folder != NULL && i < N_STREAMS; i++)
    if (!open_stream (program, i, has_ended, error) || !drain (program, i, out_got, error))
      return FALSE;
  return TRUE;
}

static gboolean
give_captured (Program *program, JsonObject *status, GError **error)
{
  static const char *const names[N_STREAMS] = { "out-data", "err-data" };

  for (guint i = 0; i < N_STREAMS; i++)
    {
      const char *text = roost_json_string (status, names[i]);
      g_autofree guchar *bytes = NULL;
      gsize length;

      if (text == NULL || *text == '\0')
        continue;
      bytes = g_base64_decode (text, &length);
      if (!give (program, &program->streams[i], bytes, length, error))
        return FALSE;
    }
  return TRUE;
}

/* --- following it --- */

static gboolean
follow (Program *program, GError **error)
{
  gboolean has_ended = FALSE;
  guint pause_ms = POLL_MIN_MS;

  for (;;)
    {
      g_autoptr (JsonNode) status = ask_status (program, &has_ended, error);
      gboolean got = FALSE;

      if (status == NULL || !drain_both (program, has_ended, &got, error))
        return FALSE;
      if (has_ended)
        {
          note_end (program, json_node_get_object (status));
          return give_captured (program, json_node_get_object (status), error);
        }
      pause_ms = got ? POLL_MIN_MS : MIN (pause_ms * 2, POLL_MAX_MS);
      if (!co_sleep (pause_ms, program->transfer->cancellable, error))
        return FALSE;
    }
}

/* Of the guest's shell: the agent has no commands for it. */
static void
run_script (Program *program, const char *script, const char *argument)
{
  JsonObject *args = json_object_new ();
  JsonArray *list = json_array_new ();

  json_object_set_string_member (args, "path", "/bin/sh");
  json_object_set_array_member (args, "arg", list);
  add_texts (list, (const char *const[]){ "-c", script, argument, NULL });
  roost_transfer_tidy (program->transfer, "guest-exec", args);
}

static void
kill_program (Program *program)
{
  g_autofree char *pid = g_strdup_printf ("%" G_GINT64_FORMAT, program->pid);

  run_script (program, "kill -TERM \"$0\"", pid);
}

static void
tidy (Program *program)
{
  for (guint i = 0; i < N_STREAMS; i++)
    {
      JsonObject *args;

      if (program->streams[i].handle < 0)
        continue;
      args = json_object_new ();
      json_object_set_int_member (args, "handle", program->streams[i].handle);
      roost_transfer_tidy (program->transfer, "guest-file-close", args);
    }
  if (program->folder != NULL)
    run_script (program, "rm -rf \"$0\"", program->folder);
}

static void
program_body (gpointer p)
{
  g_autoptr (Program) program = p;
  g_autoptr (GError) error = NULL;

  follow (program, &error);
  if (g_error_matches (error, ROOST_ERROR, ROOST_ERROR_CANCELLED))
    kill_program (program);
  tidy (program);
  for (guint i = 0; i < N_STREAMS; i++)
    roost_fd_clear (&program->streams[i].fd);
  roost_transfer_end (program->transfer, error);
}

/* --- the call --- */

static gboolean
check_program (const RoostAgentProgram *asked, GError **error)
{
  const char *output = asked->output;

  if (asked->path[0] == '\0' || asked->path[0] == '-')
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is no program", asked->path);
  if (!g_str_equal (output, "stream") && !g_str_equal (output, "capture")
      && !g_str_equal (output, "none"))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "output '%s' is not known; there are 'stream', 'capture', 'none'", output);
  if (asked->input != NULL && g_bytes_get_size (asked->input) > MAX_STDIN_BYTES)
    return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                        "the input is larger than %d KiB; write it to a file of the guest",
                        MAX_STDIN_BYTES >> 10);
  return TRUE;
}

static char *
new_folder (void)
{
  return g_strdup_printf ("/tmp/.roost-%08x%08x%08x%08x", g_random_int (), g_random_int (),
                          g_random_int (), g_random_int ());
}

static gboolean
open_pipes (Program *program, int out_fds[N_STREAMS], GError **error)
{
  for (guint i = 0; i < N_STREAMS; i++)
    {
      int pipe[2];

      if (!roost_pipe_open (pipe, FALSE, error))
        return FALSE;
      out_fds[i] = pipe[0];
      program->streams[i].fd = pipe[1];
    }
  return TRUE;
}

static Program *
program_new (RoostTransfer *transfer, const RoostAgentProgram *asked)
{
  Program *program = g_new0 (Program, 1);

  program->transfer = transfer;
  for (guint i = 0; i < N_STREAMS; i++)
    program->streams[i] = (Stream){ .fd = -1, .handle = -1 };
  if (g_str_equal (asked->output, "stream"))
    program->folder = new_folder ();
  return program;
}

RoostJob *
roost_domain_agent_exec (RoostDomain *domain,
                         const RoostAgentProgram *asked,
                         const RoostAgentContext *context,
                         int out_fds[2],
                         GError **error)
{
  g_auto (RoostFd) out = -1, err = -1;
  int fds[N_STREAMS] = { -1, -1 };
  RoostTransfer *transfer = NULL;
  g_autoptr (Program) program = NULL;
  gboolean is_ready;
  RoostJob *job;

  if (!check_program (asked, error)
      || (transfer = roost_transfer_new (domain, context, error)) == NULL)
    return NULL;
  program = program_new (transfer, asked);
  is_ready = g_str_equal (asked->output, "none") || open_pipes (program, fds, error);
  out = fds[OUT];
  err = fds[ERR];
  if (!is_ready || !start (program, asked, error))
    return NULL;
  if (domain->manager == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_FOUND, "domain '%s' was removed", domain->name);
      return NULL;
    }
  job = g_object_ref (roost_transfer_begin (transfer, "guest-exec", context->caller));
  roost_job_set_detail (job, "pid", g_variant_new_uint64 ((guint64)program->pid));
  out_fds[OUT] = roost_fd_steal (&out);
  out_fds[ERR] = roost_fd_steal (&err);
  co_spawn ("guest-exec", program_body, g_steal_pointer (&program));
  return job;
}
