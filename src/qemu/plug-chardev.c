/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/plug.h"

#include "base/json.h"
#include "qemu/put.h"

/* chardev-add is older than flat options: it nests what -chardev puts side by side, and has real
 * booleans. Source: QEMU qapi/char.json. */

static gboolean
is_on (JsonObject *chardev, const char *key)
{
  return g_strcmp0 (roost_json_string (chardev, key), "on") == 0;
}

static void
copy_string (JsonObject *data, const char *key, JsonObject *chardev, const char *from)
{
  roost_put_string (data, key, roost_json_string (chardev, from));
}

static void
copy_on_off (JsonObject *data, const char *key, JsonObject *chardev)
{
  if (json_object_has_member (chardev, key))
    roost_put_bool (data, key, is_on (chardev, key));
}

/* {"type": @type, "data": @data} */
static JsonObject *
tagged (const char *type, JsonObject *data)
{
  JsonObject *object = roost_object_new ("type", type);

  roost_put_child (object, "data", data);
  return object;
}

static JsonObject *
inet_address (JsonObject *chardev, const char *host, const char *port)
{
  JsonObject *data = json_object_new ();
  const char *name = roost_json_string (chardev, host);

  roost_put_string (data, "host", name != NULL ? name : "");
  copy_string (data, "port", chardev, port);
  return tagged ("inet", data);
}

static JsonObject *
socket_address (JsonObject *chardev)
{
  JsonObject *data = json_object_new ();

  if (json_object_has_member (chardev, "fd"))
    {
      copy_string (data, "str", chardev, "fd");
      return tagged ("fd", data);
    }
  if (!json_object_has_member (chardev, "path"))
    {
      json_object_unref (data);
      return inet_address (chardev, "host", "port");
    }
  copy_string (data, "path", chardev, "path");
  return tagged ("unix", data);
}

static void
put_socket (JsonObject *data, JsonObject *chardev)
{
  gboolean is_server = is_on (chardev, "server");

  roost_put_child (data, "addr", socket_address (chardev));
  roost_put_bool (data, "server", is_server);
  if (is_server)
    copy_on_off (data, "wait", chardev);
  copy_on_off (data, "telnet", chardev);
  if (json_object_has_member (chardev, "reconnect"))
    roost_put_int (data, "reconnect", roost_json_int (chardev, "reconnect", 0));
  copy_string (data, "tls-creds", chardev, "tls-creds");
}

static void
put_udp (JsonObject *data, JsonObject *chardev)
{
  roost_put_child (data, "remote", inet_address (chardev, "host", "port"));
  if (json_object_has_member (chardev, "localport"))
    roost_put_child (data, "local", inet_address (chardev, "localaddr", "localport"));
}

static void
put_data (JsonObject *data, JsonObject *chardev, const char *backend)
{
  if (g_str_equal (backend, "socket"))
    put_socket (data, chardev);
  else if (g_str_equal (backend, "udp"))
    put_udp (data, chardev);
  else if (g_str_equal (backend, "file"))
    {
      copy_string (data, "out", chardev, "path");
      copy_on_off (data, "append", chardev);
    }
  else if (g_str_equal (backend, "spicevmc"))
    copy_string (data, "type", chardev, "name");
  else if (g_str_equal (backend, "spiceport"))
    copy_string (data, "fqdn", chardev, "name");
  else if (g_str_equal (backend, "dbus"))
    copy_string (data, "name", chardev, "name");
  else if (g_str_equal (backend, "qemu-vdagent"))
    {
      copy_on_off (data, "clipboard", chardev);
      copy_on_off (data, "mouse", chardev);
    }
  else /* serial, parallel, pipe; null and the like have no path */
    copy_string (data, "device", chardev, "path");
}

JsonObject *
roost_chardev_to_qmp (JsonObject *chardev)
{
  const char *backend = roost_json_string (chardev, "backend");
  JsonObject *args = json_object_new ();
  JsonObject *data = json_object_new ();

  copy_string (args, "id", chardev, "id");
  put_data (data, chardev, backend);
  copy_string (data, "logfile", chardev, "logfile");
  copy_on_off (data, "logappend", chardev);
  roost_put_child (args, "backend", tagged (backend, data));
  return args;
}
