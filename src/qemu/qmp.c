/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/qmp.h"

#include "qemu/qmp-message.h"

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Read in one turn of the main loop, so that a chatty QEMU leaves time for the others. */
#define READ_BYTES (64 * 1024)

/* With 8 ordinary commands in its queue QEMU stops reading, and an out-of-band one would wait. */
#define MAX_IN_FLIGHT 7

#define GREETING_SERIAL 0

/* A command, from the call to QEMU's answer; it outlives a caller who has given up. */
typedef struct
{
  RoostQmp *qmp;
  guint64 serial;
  char *command;
  GTask *task; /* NULL: nobody waits any more */
  char *text;  /* NULL once it is written */
  gsize length;
  gsize written;
  int fd; /* goes beside the first byte; -1: none */
  gboolean is_oob;
  gboolean is_counted; /* in n_in_flight */
  guint timeout_ms;
  GSource *timer;
  GSource *cancel;
} Call;

struct _RoostQmp
{
  GObject parent_instance;

  GSocketConnection *connection;
  int fd; /* of @connection */
  GSource *in;
  GSource *out; /* only while the socket is full */
  RoostQmpLines lines;

  char *prefix;   /* of our ids */
  char *greeting; /* "" until it came */
  guint64 next_serial;
  GHashTable *calls; /* serial → Call, owned */
  GQueue waiting;    /* of Call: QEMU has enough to do */
  GQueue writing;    /* of Call */
  guint n_in_flight; /* ordinary calls that went to @writing and are not answered */

  gboolean is_open;
  gboolean has_oob;
  gboolean has_complained; /* of what QEMU sent: once in the log */
  GError *why;             /* it closed */
  guint closed_source;
};

G_DEFINE_FINAL_TYPE (RoostQmp, roost_qmp, G_TYPE_OBJECT)

enum
{
  EVENT,
  CLOSED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void pump (RoostQmp *self);

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
call_free (gpointer p)
{
  Call *call = p;

  clear_source (&call->timer);
  clear_source (&call->cancel);
  g_clear_object (&call->task);
  g_free (call->command);
  g_free (call->text);
  g_free (call);
}

/* Nobody waits any more: the caller's task, to return its result with. */
static GTask *
call_take_task (Call *call)
{
  clear_source (&call->timer);
  clear_source (&call->cancel);
  return g_steal_pointer (&call->task);
}

static void
call_forget (Call *call)
{
  RoostQmp *self = call->qmp;

  if (call->is_counted)
    self->n_in_flight--;
  g_hash_table_remove (self->calls, &call->serial);
}

/* Its answer came, or none will: ends it. The caller goes on at once when the main loop runs. */
static void
call_end (Call *call, JsonNode *value, GError *error)
{
  g_autoptr (GTask) task = call_take_task (call);

  call_forget (call);
  if (task == NULL)
    g_clear_error (&error);
  else if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, json_node_ref (value), (GDestroyNotify)json_node_unref);
}

/* The caller gives up. What QEMU has not seen it never will; else the answer is awaited and
 * dropped. */
static void
call_abandon (Call *call, GError *error)
{
  RoostQmp *self = call->qmp;
  g_autoptr (GTask) task = call_take_task (call);
  gboolean is_unseen = call->serial == GREETING_SERIAL || g_queue_remove (&self->waiting, call)
                       || (call->written == 0 && g_queue_remove (&self->writing, call));

  call->fd = -1;
  if (is_unseen)
    call_forget (call);
  g_task_return_error (task, error);
}

static gboolean
on_call_timeout (gpointer p)
{
  Call *call = p;

  call_abandon (call, g_error_new (ROOST_ERROR, ROOST_ERROR_TIMEOUT,
                                   "QEMU has not answered %s within %u ms", call->command,
                                   call->timeout_ms));
  return G_SOURCE_REMOVE;
}

static gboolean
on_call_cancelled (GCancellable *cancellable, gpointer p)
{
  Call *call = p;

  call_abandon (
      call, g_error_new (ROOST_ERROR, ROOST_ERROR_CANCELLED, "%s was cancelled", call->command));
  return G_SOURCE_REMOVE;
}

static Call *
call_new (RoostQmp *self, const char *command, guint timeout_ms, GCancellable *cancellable)
{
  Call *call = g_new0 (Call, 1);

  call->qmp = self;
  call->serial = self->next_serial++;
  call->command = g_strdup (command);
  call->task = g_task_new (NULL, NULL, co_wake, co_self ());
  call->fd = -1;
  call->timeout_ms = timeout_ms;
  if (timeout_ms > 0)
    {
      call->timer = g_timeout_source_new (timeout_ms);
      g_source_set_callback (call->timer, on_call_timeout, call, NULL);
      g_source_attach (call->timer, NULL);
    }
  if (cancellable != NULL)
    {
      call->cancel = g_cancellable_source_new (cancellable);
      g_source_set_callback (call->cancel, G_SOURCE_FUNC (on_call_cancelled), call, NULL);
      g_source_attach (call->cancel, NULL);
    }
  g_hash_table_insert (self->calls, &call->serial, call);
  return call;
}

static JsonNode *
await_call (GError **error)
{
  g_autoptr (GAsyncResult) res = co_wait ();

  return g_task_propagate_pointer (G_TASK (res), error);
}

/* --- the end of the connection --- */

static gboolean
emit_closed (gpointer p)
{
  RoostQmp *self = p;

  self->closed_source = 0;
  g_signal_emit (self, signals[CLOSED], 0, self->why);
  return G_SOURCE_REMOVE;
}

static int
compare_serials (gconstpointer a, gconstpointer b)
{
  const Call *first = a, *second = b;

  return first->serial < second->serial ? -1 : 1;
}

static void
end_all_calls (RoostQmp *self)
{
  g_autoptr (GList) calls = g_list_sort (g_hash_table_get_values (self->calls), compare_serials);

  for (GList *at = calls; at != NULL; at = at->next)
    call_end (at->data, NULL, g_error_copy (self->why));
}

/* Takes @why. "closed" is emitted later, when the callers have gone on. */
static void
close_because (RoostQmp *self, GError *why)
{
  g_autoptr (RoostQmp) guard G_GNUC_UNUSED = g_object_ref (self);

  if (!self->is_open)
    {
      g_error_free (why);
      return;
    }
  self->is_open = FALSE;
  self->why = why;
  clear_source (&self->in);
  clear_source (&self->out);
  shutdown (self->fd, SHUT_RDWR);
  self->fd = -1;
  g_clear_object (&self->connection);
  g_queue_clear (&self->waiting);
  g_queue_clear (&self->writing);
  roost_qmp_lines_clear (&self->lines);
  end_all_calls (self);
  self->closed_source =
      g_idle_add_full (G_PRIORITY_DEFAULT, emit_closed, g_object_ref (self), g_object_unref);
}

/* --- reading --- */

/* The peer may be hostile and could fill the log. */
static void
complain (RoostQmp *self, const char *what)
{
  if (self->has_complained)
    roost_debug ("QMP: %s", what);
  else
    roost_warning ("QMP: %s; more of this is not reported", what);
  self->has_complained = TRUE;
}

/* Returns: (nullable): the call that @id belongs to, when QEMU has read it */
static Call *
find_call (RoostQmp *self, const char *id)
{
  guint64 serial;
  Call *call;

  if (id == NULL || !g_str_has_prefix (id, self->prefix)
      || !g_ascii_string_to_unsigned (id + strlen (self->prefix), 10, 1, G_MAXUINT64, &serial,
                                      NULL))
    return NULL;
  call = g_hash_table_lookup (self->calls, &serial);
  return call != NULL && call->text == NULL ? call : NULL;
}

static void
take_greeting (RoostQmp *self, RoostQmpMessage *message)
{
  guint64 serial = GREETING_SERIAL;
  Call *call = g_hash_table_lookup (self->calls, &serial);

  if (call != NULL)
    call_end (call, message->root, NULL);
  else
    complain (self, "a second greeting");
}

static GError *
error_of (Call *call, const RoostQmpMessage *message)
{
  return g_error_new (ROOST_ERROR, ROOST_ERROR_QEMU, "QEMU: %s: %s (%s)", call->command,
                      message->text != NULL ? message->text : "failed without saying why",
                      message->name != NULL ? message->name : "no class");
}

static void
take_answer (RoostQmp *self, RoostQmpMessage *message)
{
  Call *call = find_call (self, message->id);

  if (call == NULL)
    roost_debug ("QMP: an answer that nobody waits for");
  else if (message->kind == ROOST_QMP_ERROR)
    call_end (call, NULL, error_of (call, message));
  else
    call_end (call, message->value, NULL);
}

static void
take_event (RoostQmp *self, RoostQmpMessage *message)
{
  g_autoptr (JsonObject) none = NULL;

  if (message->object == NULL)
    message->object = none = json_object_new ();
  g_signal_emit (self, signals[EVENT], 0, message->name, message->object, message->when_us);
}

static void
take_line (RoostQmp *self, const char *line, gsize length)
{
  g_auto (RoostQmpMessage) message = { 0 };
  g_autoptr (GError) error = NULL;

  if (length == 0)
    return;
  if (!roost_qmp_message_parse (&message, line, length, &error))
    complain (self, error->message);
  else if (message.kind == ROOST_QMP_GREETING)
    take_greeting (self, &message);
  else if (message.kind == ROOST_QMP_EVENT)
    take_event (self, &message);
  else if (message.kind == ROOST_QMP_OTHER)
    complain (self, "a message that is neither event nor answer");
  else
    take_answer (self, &message);
}

static void
take_lines (RoostQmp *self)
{
  const char *line;
  gsize length;

  while (self->is_open && (line = roost_qmp_lines_next (&self->lines, &length)) != NULL)
    take_line (self, line, length);
  if (roost_qmp_lines_pending (&self->lines) > ROOST_QMP_MAX_LINE)
    close_because (self, g_error_new (ROOST_ERROR, ROOST_ERROR_NOT_RUNNING,
                                      "the connection to QEMU was closed: it sent a line of more "
                                      "than %d MiB",
                                      ROOST_QMP_MAX_LINE >> 20));
  if (self->is_open)
    pump (self);
}

static void
close_at_end (RoostQmp *self, int err)
{
  if (err == 0 || err == ECONNRESET)
    close_because (
        self, g_error_new (ROOST_ERROR, ROOST_ERROR_NOT_RUNNING, "QEMU has closed the connection"));
  else
    close_because (self, g_error_new (ROOST_ERROR, ROOST_ERROR_NOT_RUNNING,
                                      "the connection to QEMU broke: %s", g_strerror (err)));
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer p)
{
  g_autoptr (RoostQmp) self = g_object_ref (p);
  gssize n = recv (fd, roost_qmp_lines_room (&self->lines, READ_BYTES), READ_BYTES, MSG_DONTWAIT);

  if (n > 0)
    {
      roost_qmp_lines_add (&self->lines, (gsize)n);
      take_lines (self);
    }
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    close_at_end (self, n == 0 ? 0 : errno);
  return self->is_open;
}

/* --- writing --- */

static gssize
send_with_fd (int socket, const char *bytes, gsize length, int fd)
{
  union
  {
    struct cmsghdr header;
    char room[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct iovec vector = { (void *)bytes, length };
  struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
  struct cmsghdr *header;

  if (fd >= 0)
    {
      message.msg_control = &control;
      message.msg_controllen = sizeof control;
      header = CMSG_FIRSTHDR (&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN (sizeof (int));
      memcpy (CMSG_DATA (header), &fd, sizeof fd);
    }
  return sendmsg (socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static gboolean
on_writable (int fd, GIOCondition condition, gpointer p)
{
  g_autoptr (RoostQmp) self = g_object_ref (p);

  clear_source (&self->out);
  pump (self);
  return G_SOURCE_REMOVE;
}

static void
wait_until_writable (RoostQmp *self)
{
  if (self->out != NULL)
    return;
  self->out = g_unix_fd_source_new (self->fd, G_IO_OUT);
  g_source_set_callback (self->out, G_SOURCE_FUNC (on_writable), self, NULL);
  g_source_attach (self->out, NULL);
}

static void
write_failed (RoostQmp *self, Call *call, int err)
{
  if (err == EAGAIN || err == EINTR || err == ENOBUFS)
    wait_until_writable (self);
  else if (err == EPIPE || err == ECONNRESET)
    g_queue_clear (&self->writing); /* reading has its last words, then the end */
  else if (call->written > 0)
    close_at_end (self, err);
  else
    {
      g_queue_pop_head (&self->writing);
      call_end (call, NULL,
                g_error_new (ROOST_ERROR, ROOST_ERROR_IO, "cannot send %s to QEMU: %s",
                             call->command, g_strerror (err)));
      pump (self);
    }
}

/* Returns: whether all of @call is written */
static gboolean
write_call (RoostQmp *self, Call *call)
{
  gssize n;

  while (call->written < call->length)
    {
      n = send_with_fd (self->fd, call->text + call->written, call->length - call->written,
                        call->written == 0 ? call->fd : -1);
      if (n < 0)
        {
          write_failed (self, call, errno);
          return FALSE;
        }
      call->written += (gsize)n;
    }
  g_clear_pointer (&call->text, g_free);
  return TRUE;
}

/* Writes what QEMU may have now. */
static void
pump (RoostQmp *self)
{
  Call *call;

  while (self->n_in_flight < MAX_IN_FLIGHT && !g_queue_is_empty (&self->waiting))
    {
      call = g_queue_pop_head (&self->waiting);
      call->is_counted = TRUE;
      self->n_in_flight++;
      g_queue_push_tail (&self->writing, call);
    }
  if (self->out != NULL)
    return;
  while ((call = g_queue_peek_head (&self->writing)) != NULL && write_call (self, call))
    g_queue_pop_head (&self->writing);
}

static JsonNode *
call_full (RoostQmp *self, Call *call, JsonObject *args, GError **error)
{
  g_autoptr (RoostQmp) guard G_GNUC_UNUSED = g_object_ref (self);
  g_autofree char *id = g_strdup_printf ("%s%" G_GUINT64_FORMAT, self->prefix, call->serial);

  call->text =
      roost_qmp_command_format (call->is_oob ? "exec-oob" : "execute", call->command, args, id);
  call->length = strlen (call->text);
  g_queue_push_tail (call->is_oob ? &self->writing : &self->waiting, call);
  pump (self);
  return await_call (error);
}

static gboolean
check_callable (RoostQmp *self, const char *command, GCancellable *cancellable, GError **error)
{
  if (g_cancellable_is_cancelled (cancellable))
    return roost_throw (error, ROOST_ERROR_CANCELLED, "%s was cancelled", command);
  if (!self->is_open)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "cannot send %s: %s", command,
                        self->why->message);
  return TRUE;
}

JsonNode *
roost_qmp_call_with_fd (RoostQmp *qmp,
                        const char *command,
                        JsonObject *args,
                        int fd,
                        guint timeout_ms,
                        GCancellable *cancellable,
                        GError **error)
{
  Call *call;

  if (!check_callable (qmp, command, cancellable, error))
    return NULL;
  call = call_new (qmp, command, timeout_ms, cancellable);
  call->fd = fd;
  return call_full (qmp, call, args, error);
}

JsonNode *
roost_qmp_call (RoostQmp *qmp,
                const char *command,
                JsonObject *args,
                guint timeout_ms,
                GCancellable *cancellable,
                GError **error)
{
  return roost_qmp_call_with_fd (qmp, command, args, -1, timeout_ms, cancellable, error);
}

JsonNode *
roost_qmp_call_oob (RoostQmp *qmp,
                    const char *command,
                    JsonObject *args,
                    guint timeout_ms,
                    GCancellable *cancellable,
                    GError **error)
{
  Call *call;

  if (!check_callable (qmp, command, cancellable, error))
    return NULL;
  if (!qmp->has_oob)
    {
      roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                   "cannot send %s: this QEMU takes no out-of-band commands", command);
      return NULL;
    }
  call = call_new (qmp, command, timeout_ms, cancellable);
  call->is_oob = TRUE;
  return call_full (qmp, call, args, error);
}

/* --- opening --- */

static void
read_greeting (RoostQmp *self, JsonNode *root)
{
  JsonObject *qmp = roost_json_object (json_node_get_object (root), "QMP");
  JsonObject *version = roost_json_object (qmp, "version");
  JsonObject *numbers = roost_json_object (version, "qemu");
  JsonArray *capabilities = roost_json_array (qmp, "capabilities");
  const char *package = roost_json_string (version, "package");

  g_free (self->greeting);
  self->greeting = g_strdup_printf ("QEMU %d.%d.%d (%s)", (int)roost_json_int (numbers, "major", 0),
                                    (int)roost_json_int (numbers, "minor", 0),
                                    (int)roost_json_int (numbers, "micro", 0),
                                    package != NULL && *package != '\0' ? package : "no package");
  for (guint i = 0; i < roost_json_length (capabilities); i++)
    self->has_oob |= g_strcmp0 (roost_json_string_at (capabilities, i), "oob") == 0;
}

static JsonObject *
capabilities_args (RoostQmp *self)
{
  JsonObject *args = json_object_new ();
  JsonArray *enable = json_array_new ();

  if (self->has_oob)
    json_array_add_string_element (enable, "oob");
  json_object_set_array_member (args, "enable", enable);
  return args;
}

/* @deadline: on the monotonic clock; 0 = none. Returns: what is left of it, as a timeout */
static guint
remaining_ms (gint64 deadline)
{
  gint64 left = deadline - g_get_monotonic_time ();

  if (deadline == 0)
    return 0;
  return left > 0 ? (guint)(left / 1000) + 1 : 1;
}

static gboolean
negotiate (RoostQmp *self, guint timeout_ms, GCancellable *cancellable, GError **error)
{
  gint64 deadline = timeout_ms > 0 ? g_get_monotonic_time () + (gint64)timeout_ms * 1000 : 0;
  g_autoptr (JsonNode) greeting = NULL;
  g_autoptr (JsonNode) done = NULL;
  g_autoptr (JsonObject) args = NULL;

  if (!check_callable (self, "the connection", cancellable, error))
    return FALSE;
  call_new (self, "the connection", timeout_ms, cancellable);
  greeting = await_call (error);
  if (greeting == NULL)
    return FALSE;
  read_greeting (self, greeting);
  args = capabilities_args (self);
  done =
      roost_qmp_call (self, "qmp_capabilities", args, remaining_ms (deadline), cancellable, error);
  return done != NULL;
}

static RoostQmp *
roost_qmp_new (GSocketConnection *connection)
{
  RoostQmp *self = g_object_new (ROOST_TYPE_QMP, NULL);

  self->connection = g_object_ref (connection);
  self->fd = g_socket_get_fd (g_socket_connection_get_socket (connection));
  self->prefix = g_strdup_printf ("roost-%08x-", g_random_int ());
  self->is_open = TRUE;
  self->in = g_unix_fd_source_new (self->fd, G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_callback (self->in, G_SOURCE_FUNC (on_readable), self, NULL);
  g_source_attach (self->in, NULL);
  return self;
}

RoostQmp *
roost_qmp_open (GSocketConnection *connection,
                guint timeout_ms,
                GCancellable *cancellable,
                GError **error)
{
  g_autoptr (RoostQmp) self = roost_qmp_new (connection);

  if (negotiate (self, timeout_ms, cancellable, error))
    return g_steal_pointer (&self);
  roost_qmp_close (self);
  return NULL;
}

static GSocketConnection *
connection_from_fd (int fd, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, error);

  if (socket == NULL)
    {
      close (fd);
      return NULL;
    }
  return g_socket_connection_factory_create_connection (socket);
}

/* A local connect () never waits: it succeeds, or tells at once that it cannot. */
static GSocketConnection *
connect_to (const char *path, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_auto (RoostFd) fd = -1;

  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path)
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                   "%s is too long for a socket's path (%zu bytes at most)", path,
                   sizeof address.sun_path - 1);
      return NULL;
    }
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    {
      roost_throw_errno (error, errno, "cannot make a socket for %s", path);
      return NULL;
    }
  if (connect (fd, (struct sockaddr *)&address, sizeof address) < 0)
    {
      roost_throw (error, ROOST_ERROR_NOT_RUNNING, "nobody answers at %s: %s", path,
                   g_strerror (errno));
      return NULL;
    }
  return connection_from_fd (roost_fd_steal (&fd), error);
}

RoostQmp *
roost_qmp_connect (const char *path, guint timeout_ms, GCancellable *cancellable, GError **error)
{
  g_autoptr (GSocketConnection) connection = connect_to (path, error);

  if (connection == NULL)
    return NULL;
  return roost_qmp_open (connection, timeout_ms, cancellable, error);
}

const char *
roost_qmp_greeting (RoostQmp *qmp)
{
  return qmp->greeting;
}

gboolean
roost_qmp_is_open (RoostQmp *qmp)
{
  return qmp->is_open;
}

void
roost_qmp_close (RoostQmp *qmp)
{
  close_because (
      qmp, g_error_new (ROOST_ERROR, ROOST_ERROR_NOT_RUNNING, "the connection to QEMU was closed"));
}

/* --- the object --- */

static void
roost_qmp_finalize (GObject *object)
{
  RoostQmp *self = ROOST_QMP (object);

  clear_source (&self->in);
  clear_source (&self->out);
  g_clear_object (&self->connection);
  roost_qmp_lines_clear (&self->lines);
  g_hash_table_unref (self->calls);
  g_queue_clear (&self->waiting);
  g_queue_clear (&self->writing);
  g_clear_error (&self->why);
  g_free (self->prefix);
  g_free (self->greeting);
  G_OBJECT_CLASS (roost_qmp_parent_class)->finalize (object);
}

static void
roost_qmp_init (RoostQmp *self)
{
  self->fd = -1;
  self->greeting = g_strdup ("");
  self->calls = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, call_free);
  g_queue_init (&self->waiting);
  g_queue_init (&self->writing);
}

static void
roost_qmp_class_init (RoostQmpClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = roost_qmp_finalize;
  signals[EVENT] = g_signal_new ("event", ROOST_TYPE_QMP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 3, G_TYPE_STRING, JSON_TYPE_OBJECT, G_TYPE_INT64);
  signals[CLOSED] = g_signal_new ("closed", ROOST_TYPE_QMP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_ERROR);
}
