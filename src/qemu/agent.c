/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/agent.h"

#include "qemu/agent-reader.h"

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Read in one turn of the main loop, so that a chatty guest leaves time for the others. */
#define READ_BYTES (64 * 1024)

/* What may come at once before the rate counts, and how often it is looked at then. */
#define BURST_BYTES (2 * 1024 * 1024)
#define REFILL_MS   20

typedef enum
{
  IDLE,
  SYNCING,    /* waiting for the answer to our sync; then the command goes out */
  ANSWERING,  /* waiting for the answer to the command */
  CONFIRMING, /* the command answers only when it fails: waiting for the sync behind it */
} State;

/* A command, from the call to its end. */
typedef struct
{
  RoostAgent *agent;
  RoostAgentCommand *command; /* of the caller, who waits as long as this lives */
  GTask *task;
  char *text;
  guint timeout_ms;
  GSource *timer;
  GSource *cancel;
} Call;

struct _RoostAgent
{
  GObject parent_instance;

  int fd;
  GSource *in; /* for reading during a call, else for the end alone */
  GSource *out;
  guint refill; /* the rate is used up: reads again later */
  gsize budget; /* bytes that may be read now */
  gint64 budget_at_us;
  RoostAgentReader reader;
  GString *unsent;

  State state;
  gboolean is_in_doubt;
  gint64 sync_id;
  Call *current;
  GQueue waiting; /* of Call */

  gboolean is_open;
  guint closed_source;
};

G_DEFINE_FINAL_TYPE (RoostAgent, roost_agent, G_TYPE_OBJECT)

static guint closed_signal;

static void start_next (RoostAgent *self);
static void watch (RoostAgent *self);

/* --- calls --- */

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
call_free (Call *call)
{
  clear_source (&call->timer);
  clear_source (&call->cancel);
  g_object_unref (call->task);
  g_free (call->text);
  g_free (call);
}

/* Takes @call, which is in no list any more, and @value or @error. */
static void
call_end (Call *call, JsonNode *value, GError *error)
{
  g_autoptr (GTask) task = g_object_ref (call->task);

  call_free (call);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, value, (GDestroyNotify)json_node_unref);
}

/* The current call ends and the next one begins; its caller goes on after that. */
static void
finish (RoostAgent *self, JsonNode *value, GError *error)
{
  Call *call = g_steal_pointer (&self->current);

  self->state = IDLE;
  start_next (self);
  call_end (call, value, error);
}

/* The same where the next line may be anything. */
static void
finish_in_doubt (RoostAgent *self, GError *error)
{
  self->is_in_doubt = TRUE;
  finish (self, NULL, error);
}

/* The caller gives up. */
static void
call_abandon (Call *call, GError *error)
{
  g_autoptr (RoostAgent) self = g_object_ref (call->agent);

  if (call == self->current)
    finish_in_doubt (self, error);
  else if (g_queue_remove (&self->waiting, call))
    call_end (call, NULL, error);
}

static gboolean
on_call_timeout (gpointer p)
{
  Call *call = p;

  call_abandon (call, g_error_new (ROOST_ERROR, ROOST_ERROR_TIMEOUT,
                                   "the guest agent has not answered %s within %u ms",
                                   call->command->name, call->timeout_ms));
  return G_SOURCE_REMOVE;
}

static gboolean
on_call_cancelled (GCancellable *cancellable, gpointer p)
{
  Call *call = p;

  call_abandon (call, g_error_new (ROOST_ERROR, ROOST_ERROR_CANCELLED, "%s was cancelled",
                                   call->command->name));
  return G_SOURCE_REMOVE;
}

static Call *
call_new (RoostAgent *self, RoostAgentCommand *command)
{
  Call *call = g_new0 (Call, 1);

  call->agent = self;
  call->command = command;
  call->task = g_task_new (NULL, NULL, co_wake, co_self ());
  call->text = roost_agent_format (command->name, command->args);
  call->timeout_ms = command->timeout_ms > 0 ? command->timeout_ms : ROOST_AGENT_DEADLINE_MS;
  call->timer = g_timeout_source_new (call->timeout_ms);
  g_source_set_callback (call->timer, on_call_timeout, call, NULL);
  g_source_attach (call->timer, NULL);
  if (command->cancellable == NULL)
    return call;
  call->cancel = g_cancellable_source_new (command->cancellable);
  g_source_set_callback (call->cancel, G_SOURCE_FUNC (on_call_cancelled), call, NULL);
  g_source_attach (call->cancel, NULL);
  return call;
}

/* --- the end of the connection --- */

static gboolean
emit_closed (gpointer p)
{
  RoostAgent *self = p;

  self->closed_source = 0;
  g_signal_emit (self, closed_signal, 0);
  return G_SOURCE_REMOVE;
}

static JsonNode *
no_value (void)
{
  JsonNode *none = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (none, json_object_new ());
  return none;
}

/* A guest that was told to go and is gone has done what it should. */
static void
end_current (RoostAgent *self)
{
  Call *call = g_steal_pointer (&self->current);
  gboolean is_done = self->state == CONFIRMING && self->unsent->len == 0;

  self->state = IDLE;
  if (call == NULL)
    return;
  if (!is_done)
    {
      call_end (call, NULL,
                g_error_new (ROOST_ERROR, ROOST_ERROR_AGENT_UNAVAILABLE,
                             "the connection to the guest agent was closed during %s",
                             call->command->name));
      return;
    }
  call_end (call, no_value (), NULL);
}

/* "closed" is emitted later, when the callers have gone on. */
static void
close_now (RoostAgent *self)
{
  g_autoptr (RoostAgent) guard G_GNUC_UNUSED = g_object_ref (self);
  Call *call;

  if (!self->is_open)
    return;
  self->is_open = FALSE;
  clear_source (&self->in);
  clear_source (&self->out);
  g_clear_handle_id (&self->refill, g_source_remove);
  close (self->fd);
  self->fd = -1;
  roost_agent_reader_clear (&self->reader);
  end_current (self);
  while ((call = g_queue_pop_head (&self->waiting)) != NULL)
    call_end (call, NULL,
              g_error_new (ROOST_ERROR, ROOST_ERROR_AGENT_UNAVAILABLE,
                           "the connection to the guest agent was closed before %s",
                           call->command->name));
  self->closed_source =
      g_idle_add_full (G_PRIORITY_DEFAULT, emit_closed, g_object_ref (self), g_object_unref);
}

/* --- writing --- */

static gssize
write_some (int fd, const char *bytes, gsize length)
{
  gssize n = send (fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);

  return n < 0 && errno == ENOTSOCK ? write (fd, bytes, length) : n;
}

static gboolean
on_writable (int fd, GIOCondition condition, gpointer p)
{
  g_autoptr (RoostAgent) self = g_object_ref (p);
  gssize n = write_some (fd, self->unsent->str, self->unsent->len);

  if (n < 0 && errno != EAGAIN && errno != EINTR)
    close_now (self);
  else if (n > 0)
    g_string_erase (self->unsent, 0, n);
  if (!self->is_open)
    return G_SOURCE_REMOVE;
  if (self->unsent->len > 0)
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&self->out, g_source_unref);
  return G_SOURCE_REMOVE;
}

/* It is written from the main loop, never at once: so nothing ends within the call. */
static void
send_text (RoostAgent *self, const char *text)
{
  g_string_append (self->unsent, text);
  if (self->out != NULL)
    return;
  self->out = g_unix_fd_source_new (self->fd, G_IO_OUT | G_IO_HUP | G_IO_ERR);
  g_source_set_callback (self->out, G_SOURCE_FUNC (on_writable), self, NULL);
  g_source_attach (self->out, NULL);
}

/* --- one command after the other --- */

static void
send_sync_text (RoostAgent *self)
{
  g_autofree char *text = NULL;

  self->sync_id = g_random_int_range (1, G_MAXINT32);
  text = roost_agent_sync_text (self->sync_id);
  send_text (self, text);
}

/* What a caller who gave up left unwritten must not follow; the delimiter makes the guest drop the
 * half that it has, and complain of it. */
static void
begin_syncing (RoostAgent *self)
{
  self->state = SYNCING;
  g_string_assign (self->unsent, "\xff");
  roost_agent_reader_hunt (&self->reader);
  send_sync_text (self);
}

/* Source: QEMU qga/qapi-schema.json, "success-response": false. */
static gboolean
answers_only_failure (const char *command)
{
  return g_str_equal (command, "guest-shutdown") || g_str_has_prefix (command, "guest-suspend-");
}

static void
begin_command (RoostAgent *self)
{
  Call *call = self->current;

  call->command->was_sent = TRUE;
  self->state = answers_only_failure (call->command->name) ? CONFIRMING : ANSWERING;
  send_text (self, call->text);
  if (self->state == CONFIRMING)
    send_sync_text (self);
}

static gboolean
has_unread (RoostAgent *self)
{
  GPollFD look = { .fd = self->fd, .events = G_IO_IN };

  return roost_agent_reader_has_rest (&self->reader) || g_poll (&look, 1, 0) > 0;
}

static void
start_next (RoostAgent *self)
{
  if (!self->is_open || self->current != NULL)
    return;
  self->current = g_queue_pop_head (&self->waiting);
  if (self->current != NULL && (self->is_in_doubt || has_unread (self)))
    begin_syncing (self);
  else if (self->current != NULL)
    begin_command (self);
  watch (self);
}

/* --- answers --- */

static void
take_return (RoostAgent *self, const RoostQmpMessage *message)
{
  finish (self, json_node_ref (message->value), NULL);
}

static void
take_failure (RoostAgent *self, const RoostQmpMessage *message)
{
  const char *command = self->current->command->name;
  g_autofree char *text = roost_agent_clean (message->text);

  self->is_in_doubt |= self->state == CONFIRMING; /* the sync's answer will follow */
  finish (self, NULL,
          g_error_new (ROOST_ERROR, ROOST_ERROR_AGENT, "the guest agent: %s: %s", command,
                       *text != '\0' ? text : "failed without saying why"));
}

static void
take_garbage (RoostAgent *self, const char *what)
{
  g_autofree char *text = roost_agent_clean (what);

  finish_in_doubt (self, g_error_new (ROOST_ERROR, ROOST_ERROR_AGENT,
                                      "the guest agent answered %s with what is no answer: %s",
                                      self->current->command->name, text));
}

static gboolean
is_sync_answer (RoostAgent *self, const RoostQmpMessage *message)
{
  return message->kind == ROOST_QMP_RETURN && JSON_NODE_HOLDS_VALUE (message->value)
         && json_node_get_value_type (message->value) == G_TYPE_INT64
         && json_node_get_int (message->value) == self->sync_id;
}

/* Of a sync before: dropped. */
static void
take_sync_line (RoostAgent *self, const RoostAgentLine *line)
{
  g_auto (RoostQmpMessage) message = { 0 };

  if (!line->is_delimited || !roost_qmp_message_parse (&message, line->text, line->length, NULL)
      || !is_sync_answer (self, &message))
    return;
  self->is_in_doubt = FALSE;
  if (self->state == SYNCING)
    begin_command (self);
  else
    finish (self, no_value (), NULL);
}

static void
take_answer (RoostAgent *self, const RoostAgentLine *line)
{
  g_auto (RoostQmpMessage) message = { 0 };
  g_autoptr (GError) error = NULL;

  if (!roost_qmp_message_parse (&message, line->text, line->length, &error))
    take_garbage (self, error->message);
  else if (message.kind == ROOST_QMP_ERROR)
    take_failure (self, &message);
  else if (message.kind == ROOST_QMP_RETURN && self->state == ANSWERING)
    take_return (self, &message);
  else
    take_garbage (self, "neither a result nor an error");
}

static void
take_line (RoostAgent *self, const RoostAgentLine *line)
{
  if (self->state != SYNCING && !line->is_delimited && line->length > 0)
    take_answer (self, line);
  else if (self->state != ANSWERING)
    take_sync_line (self, line);
}

static void
take_too_long (RoostAgent *self)
{
  if (self->state == SYNCING)
    roost_agent_reader_hunt (&self->reader);
  else
    finish_in_doubt (self, g_error_new (ROOST_ERROR, ROOST_ERROR_AGENT,
                                        "the guest agent answered %s with more than %d MiB",
                                        self->current->command->name, ROOST_AGENT_MAX_LINE >> 20));
}

static void
take_lines (RoostAgent *self)
{
  RoostAgentLine line;
  RoostAgentGot got = ROOST_AGENT_LINE;

  while (self->is_open && self->current != NULL && got != ROOST_AGENT_MORE)
    {
      got = roost_agent_reader_next (&self->reader, &line);
      if (got == ROOST_AGENT_LINE)
        take_line (self, &line);
      else if (got == ROOST_AGENT_TOO_LONG)
        take_too_long (self);
    }
}

/* --- reading, no faster than allowed --- */

static void
earn (RoostAgent *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 gone_us = CLAMP (now - self->budget_at_us, 0, G_USEC_PER_SEC);

  self->budget_at_us = now;
  self->budget += (gsize)(gone_us * (ROOST_AGENT_BYTES_PER_SECOND / 1024) / G_USEC_PER_SEC * 1024);
  self->budget = MIN (self->budget, BURST_BYTES);
}

static gboolean
on_refill (gpointer p)
{
  RoostAgent *self = p;

  self->refill = 0;
  watch (self);
  return G_SOURCE_REMOVE;
}

/* A guest that sends more than anybody can want: the rest stays with QEMU for a moment. */
static void
pause_reading (RoostAgent *self)
{
  if (self->refill == 0)
    self->refill = g_timeout_add (REFILL_MS, on_refill, self);
  watch (self);
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer p)
{
  g_autoptr (RoostAgent) self = g_object_ref (p);
  g_autofree char *bytes = g_malloc (READ_BYTES);
  gssize n = read (fd, bytes, READ_BYTES);

  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
    {
      close_now (self);
      return G_SOURCE_REMOVE;
    }
  if (n < 0)
    return G_SOURCE_CONTINUE;
  earn (self);
  self->budget -= MIN (self->budget, (gsize)n);
  roost_agent_reader_add (&self->reader, bytes, (gsize)n);
  take_lines (self);
  if (self->is_open && self->budget < READ_BYTES)
    pause_reading (self);
  return G_SOURCE_CONTINUE; /* unless it was replaced */
}

static gboolean
on_hung_up (int fd, GIOCondition condition, gpointer p)
{
  g_autoptr (RoostAgent) self = g_object_ref (p);

  close_now (self);
  return G_SOURCE_REMOVE;
}

/* Reads while somebody waits for an answer; otherwise only the end is looked for. */
static void
watch (RoostAgent *self)
{
  gboolean is_reading = self->current != NULL && self->refill == 0;

  clear_source (&self->in);
  self->in = g_unix_fd_source_new (self->fd, is_reading ? G_IO_IN | G_IO_HUP | G_IO_ERR
                                                        : G_IO_HUP | G_IO_ERR);
  g_source_set_callback (self->in, G_SOURCE_FUNC (is_reading ? on_readable : on_hung_up), self,
                         NULL);
  g_source_attach (self->in, NULL);
}

/* --- the calls of others --- */

RoostAgent *
roost_agent_new (int fd)
{
  RoostAgent *self = g_object_new (ROOST_TYPE_AGENT, NULL);

  g_unix_set_fd_nonblocking (fd, TRUE, NULL);
  self->fd = fd;
  self->is_open = TRUE;
  watch (self);
  return self;
}

static gboolean
check_callable (RoostAgent *self, const RoostAgentCommand *command, GError **error)
{
  if (g_cancellable_is_cancelled (command->cancellable))
    return roost_throw (error, ROOST_ERROR_CANCELLED, "%s was cancelled", command->name);
  if (!self->is_open)
    return roost_throw (error, ROOST_ERROR_AGENT_UNAVAILABLE,
                        "the connection to the guest agent was closed before %s", command->name);
  if (self->waiting.length >= ROOST_AGENT_MAX_WAITING)
    return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                        "%u commands wait for the guest agent already", self->waiting.length);
  return TRUE;
}

JsonNode *
roost_agent_call (RoostAgent *agent, RoostAgentCommand *command, GError **error)
{
  g_autoptr (RoostAgent) guard = g_object_ref (agent);
  g_autoptr (GAsyncResult) res = NULL;

  command->was_sent = FALSE;
  if (!check_callable (guard, command, error))
    return NULL;
  g_queue_push_tail (&guard->waiting, call_new (guard, command));
  start_next (guard);
  res = co_wait ();
  return g_task_propagate_pointer (G_TASK (res), error);
}

gboolean
roost_agent_is_busy (RoostAgent *agent)
{
  return agent->current != NULL || agent->waiting.length > 0;
}

gboolean
roost_agent_is_open (RoostAgent *agent)
{
  return agent->is_open;
}

void
roost_agent_confirm (RoostAgent *agent)
{
  g_autoptr (RoostAgent) guard = g_object_ref (agent);

  if (guard->state != CONFIRMING)
    return;
  guard->is_in_doubt = TRUE; /* its sync may still be answered */
  finish (guard, no_value (), NULL);
}

void
roost_agent_close (RoostAgent *agent)
{
  close_now (agent);
}

/* --- the object --- */

static void
roost_agent_finalize (GObject *object)
{
  RoostAgent *self = ROOST_AGENT (object);

  clear_source (&self->in);
  clear_source (&self->out);
  g_clear_handle_id (&self->refill, g_source_remove);
  if (self->fd >= 0)
    close (self->fd);
  roost_agent_reader_clear (&self->reader);
  g_string_free (self->unsent, TRUE);
  G_OBJECT_CLASS (roost_agent_parent_class)->finalize (object);
}

static void
roost_agent_init (RoostAgent *self)
{
  self->fd = -1;
  self->is_in_doubt = TRUE;
  self->budget = BURST_BYTES;
  self->budget_at_us = g_get_monotonic_time ();
  self->unsent = g_string_new (NULL);
  g_queue_init (&self->waiting);
}

static void
roost_agent_class_init (RoostAgentClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = roost_agent_finalize;
  closed_signal = g_signal_new ("closed", ROOST_TYPE_AGENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
}
