/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

void
roost_build_tls (RoostBuild *build,
                 const char *id,
                 const RoostTlsConfig *tls,
                 gboolean is_server,
                 gboolean verify)
{
  JsonObject *object = roost_object_new ("qom-type", "tls-creds-x509");
  g_autofree char *secret = NULL;

  roost_put_string (object, "id", id);
  roost_put_string (object, "dir", tls->dir);
  roost_put_string (object, "endpoint", is_server ? "server" : "client");
  roost_put_bool (object, "verify-peer", verify);
  if (tls->secret_uuid != NULL)
    {
      secret = g_strconcat (id, "-secret0", NULL);
      roost_build_secret (build, secret, tls->secret_uuid, NULL);
      roost_put_string (object, "passwordid", secret);
    }
  roost_build_object (build, object);
}

static const RoostCharEndpoint *
endpoint_of (const RoostCharSource *source, RoostCharMode mode)
{
  static const RoostCharEndpoint none;
  const RoostCharEndpoint *found = roost_char_source_endpoint (source, mode);

  return found != NULL ? found : &none;
}

/* Without a word about it we listen where the path is ours. */
static gboolean
is_server (const RoostCharSource *source, const RoostCharEndpoint *endpoint)
{
  if (endpoint->mode != ROOST_CHAR_MODE_UNSET)
    return endpoint->mode == ROOST_CHAR_MODE_BIND;
  return source->type == ROOST_CHAR_TYPE_UNIX && endpoint->path == NULL;
}

static void
put_server (JsonObject *chardev, const RoostCharSource *source, const RoostCharEndpoint *endpoint)
{
  if (is_server (source, endpoint))
    {
      roost_put_string (chardev, "server", "on");
      roost_put_string (chardev, "wait", "off");
    }
  else if (endpoint->reconnect.enabled == ROOST_YES)
    roost_put_uint (chardev, "reconnect", endpoint->reconnect.timeout_s);
  else if (endpoint->reconnect.enabled == ROOST_NO)
    roost_put_int (chardev, "reconnect", 0);
}

static void
put_tls (RoostBuild *build, JsonObject *chardev, const char *id, const RoostCharEndpoint *endpoint)
{
  const RoostTlsConfig *tls = &build->host->chardev_tls;
  gboolean is_server = endpoint->mode == ROOST_CHAR_MODE_BIND;
  g_autofree char *creds = NULL;

  if (endpoint->tls == ROOST_NO || (endpoint->tls == ROOST_UNSET && !tls->is_on))
    return;
  creds = g_strdup_printf ("obj%s_tls0", id);
  roost_build_tls (build, creds, tls, is_server, is_server ? tls->verify : TRUE);
  roost_put_string (chardev, "tls-creds", creds);
}

static void
put_tcp (RoostBuild *build, JsonObject *chardev, const char *id, const RoostCharSource *source)
{
  const RoostCharEndpoint *endpoint = endpoint_of (source, ROOST_CHAR_MODE_UNSET);

  roost_put_string (chardev, "host", endpoint->host);
  roost_put_string (chardev, "port", endpoint->service);
  if (source->protocol == ROOST_CHAR_PROTOCOL_TELNET)
    roost_put_string (chardev, "telnet", "on");
  put_server (chardev, source, endpoint);
  put_tls (build, chardev, id, endpoint);
}

static void
put_udp (JsonObject *chardev, const RoostCharSource *source)
{
  const RoostCharEndpoint *to = endpoint_of (source, ROOST_CHAR_MODE_CONNECT);
  const RoostCharEndpoint *from = endpoint_of (source, ROOST_CHAR_MODE_BIND);

  roost_put_string (chardev, "host", to->host != NULL ? to->host : "");
  roost_put_string (chardev, "port", to->service);
  if (from->mode == ROOST_CHAR_MODE_BIND)
    {
      roost_put_string (chardev, "localaddr", from->host != NULL ? from->host : "");
      roost_put_string (chardev, "localport", from->service != NULL ? from->service : "0");
    }
}

static gboolean
put_unix (RoostBuild *build,
          JsonObject *chardev,
          const char *alias,
          const RoostCharSource *source,
          GError **error)
{
  const RoostCharEndpoint *endpoint = endpoint_of (source, ROOST_CHAR_MODE_UNSET);
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;

  if (endpoint->path == NULL && endpoint->mode == ROOST_CHAR_MODE_CONNECT)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "device “%s” connects to a socket without a path", alias);
  name = g_strconcat (alias, ".sock", NULL);
  path = roost_build_run_path (build, name);
  roost_put_string (chardev, "path", endpoint->path != NULL ? endpoint->path : path);
  put_server (chardev, source, endpoint);
  return TRUE;
}

static void
put_file (RoostBuild *build, JsonObject *chardev, const char *alias, const RoostCharSource *source)
{
  const RoostCharEndpoint *endpoint = endpoint_of (source, ROOST_CHAR_MODE_UNSET);
  gboolean is_append = endpoint->append != ROOST_NO;
  g_autofree char *set =
      roost_build_request_file (build, alias, "source", endpoint->path, is_append);

  /* QEMU itself must not cut the file that it got opened. */
  roost_put_string (chardev, "path", set);
  roost_put_string (chardev, "append", "on");
}

static void
put_vdagent (JsonObject *chardev, const RoostCharSource *source)
{
  const RoostCharEndpoint *endpoint = endpoint_of (source, ROOST_CHAR_MODE_UNSET);

  roost_put_on_off (chardev, "clipboard", endpoint->clipboard_copypaste);
  if (endpoint->mouse_mode != ROOST_MOUSE_MODE_UNSET)
    roost_put_string (chardev, "mouse",
                      endpoint->mouse_mode == ROOST_MOUSE_MODE_CLIENT ? "on" : "off");
}

static const char *
backend_name (RoostCharType type)
{
  switch (type)
    {
    case ROOST_CHAR_TYPE_NULL:
      return "null";
    case ROOST_CHAR_TYPE_VC:
      return "vc";
    case ROOST_CHAR_TYPE_PTY:
      return "pty";
    case ROOST_CHAR_TYPE_DEV:
      return "serial";
    case ROOST_CHAR_TYPE_FILE:
      return "file";
    case ROOST_CHAR_TYPE_PIPE:
      return "pipe";
    case ROOST_CHAR_TYPE_STDIO:
      return "stdio";
    case ROOST_CHAR_TYPE_UDP:
      return "udp";
    case ROOST_CHAR_TYPE_TCP:
    case ROOST_CHAR_TYPE_UNIX:
      return "socket";
    case ROOST_CHAR_TYPE_SPICEVMC:
      return "spicevmc";
    case ROOST_CHAR_TYPE_SPICEPORT:
      return "spiceport";
    case ROOST_CHAR_TYPE_QEMU_VDAGENT:
      return "qemu-vdagent";
    case ROOST_CHAR_TYPE_DBUS:
      return "dbus";
    case ROOST_CHAR_TYPE_NMDM:
    case ROOST_CHAR_TYPE_UNSET:
    default:
      return NULL;
    }
}

/* What a SPICE channel is called depends on the device that uses it. */
static const char *
spicevmc_name (const char *alias)
{
  if (g_str_has_prefix (alias, "redir"))
    return "usbredir";
  if (g_str_has_prefix (alias, "smartcard"))
    return "smartcard";
  return "vdagent";
}

static gboolean
put_backend (RoostBuild *build,
             JsonObject *chardev,
             const char *id,
             const char *alias,
             const RoostCharSource *source,
             GError **error)
{
  const RoostCharEndpoint *endpoint = endpoint_of (source, ROOST_CHAR_MODE_UNSET);

  switch (source->type)
    {
    case ROOST_CHAR_TYPE_DEV:
      roost_put_string (chardev, "path", endpoint->path);
      return TRUE;
    case ROOST_CHAR_TYPE_PIPE:
      roost_put_string (chardev, "path", endpoint->path);
      return TRUE;
    case ROOST_CHAR_TYPE_FILE:
      put_file (build, chardev, alias, source);
      return TRUE;
    case ROOST_CHAR_TYPE_UDP:
      put_udp (chardev, source);
      return TRUE;
    case ROOST_CHAR_TYPE_TCP:
      put_tcp (build, chardev, id, source);
      return TRUE;
    case ROOST_CHAR_TYPE_UNIX:
      return put_unix (build, chardev, alias, source, error);
    case ROOST_CHAR_TYPE_SPICEVMC:
      roost_put_string (chardev, "name", spicevmc_name (alias));
      return TRUE;
    case ROOST_CHAR_TYPE_SPICEPORT:
    case ROOST_CHAR_TYPE_DBUS:
      roost_put_string (chardev, "name", endpoint->channel);
      return TRUE;
    case ROOST_CHAR_TYPE_QEMU_VDAGENT:
      put_vdagent (chardev, source);
      return TRUE;
    case ROOST_CHAR_TYPE_NULL:
    case ROOST_CHAR_TYPE_VC:
    case ROOST_CHAR_TYPE_PTY:
    case ROOST_CHAR_TYPE_STDIO:
    case ROOST_CHAR_TYPE_NMDM:
    case ROOST_CHAR_TYPE_UNSET:
    default:
      return TRUE;
    }
}

gboolean
roost_build_char_source (RoostBuild *build,
                         const char *id,
                         const char *alias,
                         const RoostCharSource *source,
                         GError **error)
{
  const char *backend = backend_name (source->type);
  g_autoptr (JsonObject) chardev = NULL;
  g_autofree char *log = NULL;

  if (backend == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "device “%s”: QEMU has no character device of type “%s”", alias,
                        roost_char_type_names[source->type]);
  chardev = roost_object_new ("backend", backend);
  if (source->type == ROOST_CHAR_TYPE_DEV && g_str_has_prefix (alias, "parallel"))
    roost_put_string (chardev, "backend", "parallel");
  roost_put_string (chardev, "id", id);
  if (!put_backend (build, chardev, id, alias, source, error))
    return FALSE;
  if (source->log_file != NULL)
    {
      log = roost_build_request_file (build, alias, "log", source->log_file,
                                      source->log_append != ROOST_NO);
      roost_put_string (chardev, "logfile", log);
      roost_put_string (chardev, "logappend", "on");
    }
  roost_build_chardev (build, g_steal_pointer (&chardev));
  return TRUE;
}
