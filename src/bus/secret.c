/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/handlers.h"

#include "base/co.h"
#include "base/error.h"

#include <gio/gunixfdlist.h>
#include <gio/gunixinputstream.h>
#include <string.h>

#define SECRET(call)    ((RoostSecretItem *)(call)->object)
#define READ_TIMEOUT_MS 60000

char *
roost_bus_secret_path (const char *uuid)
{
  char *path = g_strconcat (ROOST_BUS_PATH_SECRETS "/", uuid, NULL);

  return g_strdelimit (path, "-", '_');
}

static GVariant *
path_reply (RoostSecretItem *secret)
{
  g_autofree char *path = roost_bus_secret_path (roost_secret_item_config (secret)->uuid);

  return g_variant_new ("(o)", path);
}

/* --- the manager's methods --- */

GVariant *
manager_define_secret (RoostCall *call, GError **error)
{
  RoostSecrets *secrets = roost_manager_secrets (call->manager);
  g_autoptr (RoostSecretItem) secret = NULL;
  const char *xml;

  g_variant_get_child (call->args, 0, "&s", &xml);
  secret = roost_secrets_define (secrets, xml, error);
  return secret != NULL ? path_reply (secret) : NULL;
}

GVariant *
manager_get_secret_by_usage (RoostCall *call, GError **error)
{
  const char *type, *id;
  RoostSecretItem *secret;

  g_variant_get (call->args, "(&s&s)", &type, &id);
  secret = roost_secrets_find_usage (roost_manager_secrets (call->manager), type, id);
  if (secret != NULL)
    return path_reply (secret);
  roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no secret for %s '%s'", type, id);
  return NULL;
}

/* --- of one secret --- */

GVariant *
secret_set_value (RoostCall *call, GError **error)
{
  g_autoptr (GVariant) array = g_variant_get_child_value (call->args, 0);
  gsize length = 0;
  const void *data = g_variant_get_fixed_array (array, &length, 1);
  g_autoptr (GBytes) value = roost_secret_bytes_take (g_memdup2 (data, length), length);

  return roost_secret_item_set_value (SECRET (call), value, error) ? g_variant_new ("()") : NULL;
}

/* --- from a descriptor --- */

typedef struct
{
  CoGate *gate;
  gboolean has_ended;
  gsize length;
  GError *error;
} Reading;

static void
on_read (GObject *source, GAsyncResult *res, gpointer p)
{
  Reading *reading = p;

  g_input_stream_read_all_finish (G_INPUT_STREAM (source), res, &reading->length, &reading->error);
  reading->has_ended = TRUE;
  co_gate_open (reading->gate);
}

static gboolean
read_all (int fd, char *buffer, gsize size, gsize *out_length, GError **error)
{
  g_autoptr (GInputStream) stream = g_unix_input_stream_new (fd, TRUE);
  g_autoptr (GCancellable) stop = g_cancellable_new ();
  Reading reading = { .gate = co_gate_new () };
  g_autoptr (GError) late = NULL;

  g_input_stream_read_all_async (stream, buffer, size, G_PRIORITY_DEFAULT, stop, on_read, &reading);
  if (!reading.has_ended && !co_gate_wait (reading.gate, READ_TIMEOUT_MS, NULL, &late))
    g_cancellable_cancel (stop);
  while (!reading.has_ended)
    co_gate_wait (reading.gate, 0, NULL, NULL);
  co_gate_free (reading.gate);
  *out_length = reading.length;
  if (late != NULL)
    roost_throw (error, ROOST_ERROR_TIMEOUT, "the value was not written within a minute");
  else if (reading.error != NULL)
    roost_throw (error, ROOST_ERROR_IO, "cannot read the value: %s", reading.error->message);
  g_clear_error (&reading.error);
  return *error == NULL;
}

GVariant *
secret_set_value_from (RoostCall *call, GError **error)
{
  GUnixFDList *fds =
      g_dbus_message_get_unix_fd_list (g_dbus_method_invocation_get_message (call->invocation));
  const gsize size = ROOST_SECRET_MAX + 1; /* one more shows that it is too long */
  g_autofree char *buffer = NULL;
  g_autoptr (GBytes) value = NULL;
  g_autoptr (GError) local = NULL;
  gint32 index;
  gsize length;
  int fd;

  g_variant_get_child (call->args, 0, "h", &index);
  fd = fds != NULL ? g_unix_fd_list_get (fds, index, &local) : -1;
  if (fd < 0)
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "there is no descriptor in the message");
      return NULL;
    }
  buffer = g_malloc0 (size);
  if (!read_all (fd, buffer, size, &length, &local))
    {
      explicit_bzero (buffer, size);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  value = roost_secret_bytes_take (g_steal_pointer (&buffer), length);
  return roost_secret_item_set_value (SECRET (call), value, error) ? g_variant_new ("()") : NULL;
}

GVariant *
secret_get_value (RoostCall *call, GError **error)
{
  g_autoptr (GBytes) value = NULL;

  if (roost_secret_item_config (SECRET (call))->is_private == ROOST_YES)
    {
      roost_throw (error, ROOST_ERROR_NOT_AUTHORIZED,
                   "secret %s is private: its value cannot be read back",
                   roost_secret_item_config (SECRET (call))->uuid);
      return NULL;
    }
  value = roost_secret_item_get_value (SECRET (call), error);
  if (value == NULL)
    return NULL;
  return g_variant_new ("(@ay)", g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE,
                                                            g_bytes_get_data (value, NULL),
                                                            g_bytes_get_size (value), 1));
}

GVariant *
secret_get_xml (RoostCall *call, GError **error)
{
  g_autofree char *xml = roost_secret_config_format (roost_secret_item_config (SECRET (call)));

  return g_variant_new ("(s)", xml);
}

GVariant *
secret_undefine (RoostCall *call, GError **error)
{
  RoostSecrets *secrets = roost_manager_secrets (call->manager);

  return roost_secrets_undefine (secrets, SECRET (call), error) ? g_variant_new ("()") : NULL;
}
