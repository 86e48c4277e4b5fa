/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/auth.h"

#include "base/error.h"
#include "base/log.h"
#include "bus/polkit.h"

#include <unistd.h>

/* Calls of one caller that have no reply yet. The system bus itself allows as many; on a session
 * bus it is a guard against a runaway only. */
#define PENDING_SYSTEM  128
#define PENDING_SESSION 4096

struct RoostAuth
{
  GDBusConnection *connection;
  gboolean is_system;
  GHashTable *senders; /* name → RoostSender */
  guint polkit_changed;
  guint polkit_owner;
  guint generation; /* grows when what polkit said may not hold any more */
};

struct RoostSender
{
  int ref_count;
  RoostAuth *auth; /* NULL once the auth is gone */
  char *name;
  uid_t uid;
  gboolean is_uid_known;
  gboolean may_read; /* what polkit said, valid for the generation */
  guint generation;
  guint n_pending;
  guint watch;
  GQueue waiting;     /* of GTask: questions that wait for the uid */
  GCancellable *gone; /* the caller left the bus */
};

static RoostSender *
sender_ref (RoostSender *sender)
{
  sender->ref_count++;
  return sender;
}

static void
sender_unref (RoostSender *sender)
{
  if (--sender->ref_count > 0)
    return;
  g_object_unref (sender->gone);
  g_free (sender->name);
  g_free (sender);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostSender, sender_unref)

RoostVerdict
roost_auth_rule (gboolean is_system, uid_t own_uid, uid_t caller_uid)
{
  if (is_system)
    return caller_uid == 0 ? ROOST_VERDICT_ALLOWED : ROOST_VERDICT_ASK;
  return caller_uid == own_uid ? ROOST_VERDICT_ALLOWED : ROOST_VERDICT_REFUSED;
}

/* One question on its way: first the uid, then the rule, then polkit. */
typedef struct
{
  RoostSender *sender;
  char *action;
  GVariant *details;
  gboolean is_interactive;
  guint generation; /* of the auth, when polkit was asked */
} Question;

static void
question_free (gpointer p)
{
  Question *question = p;

  sender_unref (question->sender);
  g_free (question->action);
  g_variant_unref (question->details);
  g_free (question);
}

static void refuse (GTask *task, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
refuse (GTask *task, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_task_return_error (task, g_error_new_literal (ROOST_ERROR, ROOST_ERROR_NOT_AUTHORIZED, text));
}

/* The caller is forgotten: its watch ends and its questions are taken back. */
static void
sender_drop (gpointer p)
{
  g_autoptr (RoostSender) sender = p;
  GTask *task;

  g_dbus_connection_signal_unsubscribe (sender->auth->connection, sender->watch);
  sender->auth = NULL;
  g_cancellable_cancel (sender->gone);
  while ((task = g_queue_pop_head (&sender->waiting)) != NULL)
    {
      refuse (task, "%s has left the bus", sender->name);
      g_object_unref (task);
    }
}

static void
on_owner_changed (GDBusConnection *connection,
                  const char *bus,
                  const char *path,
                  const char *interface,
                  const char *signal,
                  GVariant *params,
                  gpointer p)
{
  RoostAuth *auth = p;
  const char *name, *owner;

  g_variant_get (params, "(&s&s&s)", &name, NULL, &owner);
  if (owner[0] == '\0')
    g_hash_table_remove (auth->senders, name);
}

static guint
watch_owner (RoostAuth *auth, const char *name, GDBusSignalCallback callback)
{
  return g_dbus_connection_signal_subscribe (
      auth->connection, "org.freedesktop.DBus", "org.freedesktop.DBus", "NameOwnerChanged",
      "/org/freedesktop/DBus", name, G_DBUS_SIGNAL_FLAGS_NONE, callback, auth, NULL);
}

static void
on_polkit_changed (GDBusConnection *connection,
                   const char *bus,
                   const char *path,
                   const char *interface,
                   const char *signal,
                   GVariant *params,
                   gpointer p)
{
  RoostAuth *auth = p;

  auth->generation++;
}

RoostAuth *
roost_auth_new (GDBusConnection *connection, gboolean is_system)
{
  RoostAuth *auth = g_new0 (RoostAuth, 1);

  auth->connection = g_object_ref (connection);
  auth->is_system = is_system;
  auth->senders = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, sender_drop);
  if (!is_system)
    return auth;
  auth->polkit_changed = g_dbus_connection_signal_subscribe (
      connection, "org.freedesktop.PolicyKit1", "org.freedesktop.PolicyKit1.Authority", "Changed",
      NULL, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_polkit_changed, auth, NULL);
  auth->polkit_owner = watch_owner (auth, "org.freedesktop.PolicyKit1", on_polkit_changed);
  return auth;
}

void
roost_auth_free (RoostAuth *auth)
{
  g_hash_table_unref (auth->senders);
  if (auth->is_system)
    {
      g_dbus_connection_signal_unsubscribe (auth->connection, auth->polkit_changed);
      g_dbus_connection_signal_unsubscribe (auth->connection, auth->polkit_owner);
    }
  g_object_unref (auth->connection);
  g_free (auth);
}

static RoostSender *
sender_new (RoostAuth *auth, const char *name)
{
  RoostSender *sender = g_new0 (RoostSender, 1);

  sender->ref_count = 1;
  sender->auth = auth;
  sender->name = g_strdup (name);
  sender->gone = g_cancellable_new ();
  g_queue_init (&sender->waiting);
  /* The watch first: who leaves before it stands has no uid any more. */
  sender->watch = watch_owner (auth, name, on_owner_changed);
  g_hash_table_insert (auth->senders, sender->name, sender);
  return sender;
}

RoostSender *
roost_auth_enter (RoostAuth *auth, const char *name, GError **error)
{
  RoostSender *sender = g_hash_table_lookup (auth->senders, name);

  if (sender == NULL)
    sender = sender_new (auth, name);
  if (sender->n_pending >= (auth->is_system ? PENDING_SYSTEM : PENDING_SESSION))
    {
      roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                   "%s has %u calls pending; wait for replies before further calls", name,
                   sender->n_pending);
      return NULL;
    }
  sender->n_pending++;
  return sender_ref (sender);
}

void
roost_sender_leave (RoostSender *sender)
{
  sender->n_pending--;
  sender_unref (sender);
}

static RoostVerdict
sender_rule (const RoostSender *sender)
{
  return roost_auth_rule (sender->auth->is_system, getuid (), sender->uid);
}

GCancellable *
roost_sender_gone (RoostSender *sender)
{
  return sender->gone;
}

gboolean
roost_sender_is_known (RoostSender *sender, const char *action)
{
  if (sender->auth == NULL || !sender->is_uid_known)
    return FALSE;
  if (sender_rule (sender) == ROOST_VERDICT_ALLOWED)
    return TRUE;
  return sender->may_read && sender->generation == sender->auth->generation
         && g_str_equal (action, ROOST_ACTION_READ);
}

static void
remember (const Question *question, const RoostPolkitAnswer *answer)
{
  RoostSender *sender = question->sender;

  if (sender->auth == NULL || answer->is_temporary
      || question->generation != sender->auth->generation
      || !g_str_equal (question->action, ROOST_ACTION_READ))
    return;
  sender->may_read = TRUE;
  sender->generation = question->generation;
}

static void
on_polkit_answer (GObject *source, GAsyncResult *res, gpointer p)
{
  g_autoptr (GTask) task = p;
  g_autoptr (GError) error = NULL;
  const Question *question = g_task_get_task_data (task);
  RoostPolkitAnswer answer = { 0 };

  if (!roost_polkit_check_finish (res, &answer, &error))
    {
      roost_warning ("polkit does not say whether %s may do %s: %s", question->sender->name,
                     question->action, error->message);
      refuse (task, "polkit cannot be asked, so only root may do this: %s", error->message);
      return;
    }
  if (answer.is_authorized)
    {
      remember (question, &answer);
      g_task_return_boolean (task, TRUE);
      return;
    }
  if (answer.is_challenge)
    refuse (task, "%s needs a password: call with interactive authorization allowed",
            question->action);
  else
    refuse (task, "the policy does not allow %s to this caller", question->action);
}

gboolean
roost_sender_uid (RoostSender *sender, uid_t *out_uid)
{
  if (sender->is_uid_known)
    *out_uid = sender->uid;
  return sender->is_uid_known;
}

/* The uid is known. */
static void
decide (GTask *task)
{
  Question *question = g_task_get_task_data (task);
  RoostSender *sender = question->sender;

  switch (sender_rule (sender))
    {
    case ROOST_VERDICT_ALLOWED:
      g_task_return_boolean (task, TRUE);
      break;
    case ROOST_VERDICT_REFUSED:
      refuse (task, "the session's daemon serves only its own user, not %s", sender->name);
      break;
    case ROOST_VERDICT_ASK:
    default:
      question->generation = sender->auth->generation;
      roost_polkit_check (sender->auth->connection, sender->name, question->action,
                          question->details, question->is_interactive, sender->gone,
                          on_polkit_answer, g_object_ref (task));
    }
}

static void
on_uid (GObject *source, GAsyncResult *res, gpointer p)
{
  g_autoptr (RoostSender) sender = p;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), res, &error);
  guint32 uid;
  GTask *next;

  if (sender->auth == NULL)
    return;
  if (reply == NULL)
    {
      /* It left before its watch stood: nothing else would make us forget it. */
      g_hash_table_remove (sender->auth->senders, sender->name);
      return;
    }
  g_variant_get (reply, "(u)", &uid);
  sender->uid = uid;
  sender->is_uid_known = TRUE;
  while (sender->auth != NULL && (next = g_queue_pop_head (&sender->waiting)) != NULL)
    {
      g_autoptr (GTask) task = next;

      decide (task);
    }
}

static void
ask_uid (RoostSender *sender)
{
  g_dbus_connection_call (sender->auth->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "GetConnectionUnixUser",
                          g_variant_new ("(s)", sender->name), G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, sender->gone, on_uid, sender_ref (sender));
}

static GVariant *
details_of (const RoostQuestion *question)
{
  const struct
  {
    const char *key;
    const char *value;
  } details[] = {
    { "operation", question->operation },     { "domain.name", question->domain_name },
    { "domain.uuid", question->domain_uuid }, { "device.name", question->device_name },
    { "pool.name", question->pool_name },
  };
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; i < G_N_ELEMENTS (details); i++)
    if (details[i].value != NULL)
      g_variant_builder_add (&builder, "{ss}", details[i].key, details[i].value);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

void
roost_sender_ask (RoostSender *sender,
                  const RoostQuestion *question,
                  GAsyncReadyCallback callback,
                  gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);
  Question *own = g_new0 (Question, 1);

  own->sender = sender_ref (sender);
  own->action = g_strdup (question->action);
  own->details = details_of (question);
  own->is_interactive = question->is_interactive;
  g_task_set_task_data (task, own, question_free);
  if (sender->auth == NULL)
    refuse (task, "%s has left the bus", sender->name);
  else if (sender->is_uid_known)
    decide (task);
  else
    {
      if (g_queue_is_empty (&sender->waiting))
        ask_uid (sender);
      g_queue_push_tail (&sender->waiting, g_steal_pointer (&task));
    }
}

gboolean
roost_sender_ask_finish (RoostSender *sender, GAsyncResult *res, GError **error)
{
  return g_task_propagate_boolean (G_TASK (res), error);
}
