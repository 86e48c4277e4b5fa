/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/call.h"

#include "base/co.h"
#include "base/error.h"
#include "bus/kind.h"
#include "bus/tables.h"

#include <gio/gunixfdlist.h>
#include <unistd.h>

static void
call_free (RoostCall *call)
{
  if (call->options != NULL)
    roost_type_free (call->method->options, call->options);
  g_clear_object (&call->object);
  g_clear_object (&call->fds);
  g_clear_pointer (&call->sender, roost_sender_leave);
  roost_bus_unref (call->bus);
  g_free (call);
}

static void
return_error (GDBusMethodInvocation *invocation, const GError *error)
{
  g_autoptr (GError) public = roost_error_to_public (error);

  g_dbus_method_invocation_return_gerror (invocation, public);
}

void
roost_call_reply (RoostCall *call, GVariant *reply, const GError *error)
{
  /* Who has the reply has heard of what the call changed. */
  if (!roost_bus_is_stopped (call->bus))
    roost_bus_flush (call->bus);
  if (error != NULL)
    return_error (call->invocation, error);
  else
    g_dbus_method_invocation_return_value_with_unix_fd_list (call->invocation, reply, call->fds);
  call_free (call);
}

static void
call_fail (RoostCall *call, GError *error)
{
  g_autoptr (GError) own = error;

  roost_call_reply (call, NULL, own);
}

GVariant *
roost_call_done (gboolean is_done)
{
  return is_done ? g_variant_new ("()") : NULL;
}

GVariant *
roost_call_fd (RoostCall *call, int fd)
{
  if (fd < 0)
    return NULL;
  call->fds = g_unix_fd_list_new_from_array (&fd, 1);
  return g_variant_new ("(h)", 0);
}

int
roost_call_get_fd (RoostCall *call, gint32 handle, GError **error)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (call->invocation);
  GUnixFDList *list = g_dbus_message_get_unix_fd_list (message);

  if (list != NULL && handle >= 0 && handle < g_unix_fd_list_get_length (list))
    return g_unix_fd_list_get (list, handle, error);
  roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "the call carries no descriptor");
  return -1;
}

/* --- the last step: the handler --- */

/* A daemon that has just come takes over what runs: a call that comes meanwhile is not refused. */
static gboolean
call_settle (RoostCall *call, GError **error)
{
  if (call->kind != &roost_kind_domain || !(call->method->flags & ROOST_METHOD_AWAITS)
      || call->method->flags & ROOST_METHOD_URGENT)
    return TRUE;
  return roost_domain_settle (ROOST_CALL_DOMAIN (call), error);
}

static void
call_body (gpointer p)
{
  RoostCall *call = p;
  guint flags = call->method->flags;
  GError *error = NULL;
  GVariant *reply = call_settle (call, &error) ? call->method->run (call, &error) : NULL;

  if (error != NULL)
    call_fail (call, error);
  else if (reply != NULL)
    roost_call_reply (call, reply, NULL);
  else
    g_assert (flags & ROOST_METHOD_DEFERS); /* the call belongs to whoever replies */
}

static void
call_run (RoostCall *call)
{
  if (call->method->flags & ROOST_METHOD_AWAITS)
    co_spawn (call->method->name, call_body, call);
  else
    call_body (call);
}

/* --- the right, and what follows once it is there --- */

/* Who may do it goes on with @next; who may not gets the error. */
static void
call_authorize (RoostCall *call,
                const char *action,
                GAsyncReadyCallback asked,
                void (*next) (RoostCall *))
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (call->invocation);
  RoostQuestion question = { .action = action };

  if (roost_sender_is_known (call->sender, action))
    {
      next (call);
      return;
    }
  question.operation = call->method->name;
  question.is_interactive =
      (g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION)
      != 0;
  if (call->kind != NULL && call->kind->describe != NULL)
    call->kind->describe (call->object, &question);
  roost_sender_ask (call->sender, &question, asked, call);
}

/* While the right was asked for the daemon may have begun to stop, or the object gone. */
static gboolean
call_is_alive (RoostCall *call, GAsyncResult *res, GError **error)
{
  const char *path = g_dbus_method_invocation_get_object_path (call->invocation);
  RoostTarget target;

  if (!roost_sender_ask_finish (call->sender, res, error))
    return FALSE;
  if (roost_bus_is_stopped (call->bus))
    return roost_throw (error, ROOST_ERROR_BUSY, "the daemon is ending");
  if (!roost_bus_find (call->bus, path, &target, error))
    return FALSE;
  g_clear_object (&target.object);
  return TRUE;
}

static void
on_guarded_asked (GObject *source, GAsyncResult *res, gpointer p)
{
  RoostCall *call = p;
  GError *error = NULL;

  if (call_is_alive (call, res, &error))
    call_run (call);
  else
    call_fail (call, error);
}

/* Is a second action asked for? */
static gboolean
is_guarded (const RoostMethod *method, GVariant *options)
{
  g_autoptr (GVariant) value = NULL;

  if (method->guarded_action == NULL || method->guarded_option == NULL)
    return method->guarded_action != NULL;
  value = g_variant_lookup_value (options, method->guarded_option, NULL);
  return value != NULL
         && !(g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN)
              && !g_variant_get_boolean (value));
}

/* The caller may call the method: now its arguments are looked at. */
static void
call_read (RoostCall *call)
{
  const RoostMethod *method = call->method;
  g_autoptr (GVariant) options = NULL;
  GError *error = NULL;

  if (method->options == NULL)
    {
      call_run (call);
      return;
    }
  options = g_variant_get_child_value (call->args, g_variant_n_children (call->args) - 1);
  call->options = roost_type_parse_options (method->options, options, &error);
  if (call->options == NULL)
    {
      call_fail (call, error);
      return;
    }
  if (is_guarded (method, options))
    call_authorize (call, method->guarded_action, on_guarded_asked, call_run);
  else
    call_run (call);
}

static void
on_asked (GObject *source, GAsyncResult *res, gpointer p)
{
  RoostCall *call = p;
  GError *error = NULL;

  if (call_is_alive (call, res, &error))
    call_read (call);
  else
    call_fail (call, error);
}

/* --- the first step --- */

/* Returns: (nullable): the action of a call; NULL when there is no rule for it. */
static const char *
call_action (const RoostMethod *method, GVariant *args)
{
  const char *interface, *name;
  const RoostProperty *property;

  if (method == NULL || method->action != NULL)
    return method != NULL ? method->action : NULL;
  g_variant_get_child (args, 0, "&s", &interface); /* Properties.Set: the property's own */
  g_variant_get_child (args, 1, "&s", &name);
  property = roost_property_find (interface, name);
  return property != NULL ? property->set_action : NULL;
}

static gboolean
admit (RoostBus *bus, GDBusMethodInvocation *invocation, const char *action, GError **error)
{
  if (roost_bus_is_stopped (bus))
    return roost_throw (error, ROOST_ERROR_BUSY, "the daemon is ending");
  if (action == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_AUTHORIZED, "there is no rule for %s.%s",
                        g_dbus_method_invocation_get_interface_name (invocation),
                        g_dbus_method_invocation_get_method_name (invocation));
  return TRUE;
}

void
roost_call_start (RoostBus *bus, GDBusMethodInvocation *invocation)
{
  const RoostMethod *method =
      roost_method_find (g_dbus_method_invocation_get_interface_name (invocation),
                         g_dbus_method_invocation_get_method_name (invocation));
  GVariant *args = g_dbus_method_invocation_get_parameters (invocation);
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  const char *action = call_action (method, args);
  g_autoptr (GError) error = NULL;
  RoostTarget target = { 0 };
  RoostSender *who = NULL;
  RoostCall *call;

  if (!admit (bus, invocation, action, &error)
      || !roost_bus_find (bus, g_dbus_method_invocation_get_object_path (invocation), &target,
                          &error)
      || (who = roost_auth_enter (roost_bus_auth (bus), sender, &error)) == NULL)
    {
      g_clear_object (&target.object);
      return_error (invocation, error);
      return;
    }
  call = g_new0 (RoostCall, 1);
  call->bus = roost_bus_ref (bus);
  call->manager = roost_bus_manager (bus);
  call->invocation = invocation;
  call->method = method;
  call->sender = who;
  call->caller = sender;
  call->kind = target.kind;
  call->object = target.object;
  call->args = args;
  call_authorize (call, action, on_asked, call_read);
}
