/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

#include <string.h>

/* The node that reaches the bytes of an image: one small function per kind of source. */

typedef struct
{
  RoostBuild *build;
  const RoostStorageSource *source;
  const RoostSourceAuth *auth;
  const char *node;
} Storage;

typedef gboolean (*StorageFunc) (const Storage *storage, JsonObject *object, GError **error);

static gboolean
refuse (const Storage *storage, GError **error, const char *what)
{
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "image “%s”: %s",
                      storage->source->name != NULL ? storage->source->name : storage->node, what);
}

/* --- hosts and secrets --- */

static const RoostNetHost *
first_host (const Storage *storage)
{
  static const RoostNetHost none;
  const GPtrArray *hosts = storage->source->hosts;

  return hosts != NULL && hosts->len > 0 ? hosts->pdata[0] : &none;
}

/* {"type": "inet", "host": …, "port": …} or {"type": "unix", "path": …} */
static JsonObject *
server_object (const RoostNetHost *host, const char *port)
{
  JsonObject *server;

  if (host->transport == ROOST_HOST_TRANSPORT_UNIX)
    {
      server = roost_object_new ("type", "unix");
      roost_put_string (server, "path", host->socket);
      return server;
    }
  server =
      roost_object_new ("type", host->transport == ROOST_HOST_TRANSPORT_RDMA ? "rdma" : "inet");
  roost_put_string (server, "host", host->name);
  roost_put_string (server, "port", host->port != NULL ? host->port : port);
  return server;
}

/* Adds the secret of the user. Returns: (transfer full) (nullable): its id */
static char *
add_auth_secret (const Storage *storage)
{
  const RoostSourceAuth *auth = storage->auth;
  char *id;

  if (auth == NULL || auth->secret == NULL)
    return NULL;
  id = g_strconcat (storage->node, "-auth-secret0", NULL);
  roost_build_secret (storage->build, id, auth->secret->uuid, auth->secret->usage);
  return id;
}

static void
put_user (const Storage *storage, JsonObject *object, const char *user_key, const char *secret_key)
{
  g_autofree char *secret = add_auth_secret (storage);

  if (storage->auth == NULL)
    return;
  roost_put_string (object, user_key, storage->auth->username);
  roost_put_string (object, secret_key, secret);
}

/* --- local --- */

static gboolean
put_file (const Storage *storage, JsonObject *object, GError **error)
{
  if (storage->source->file == NULL)
    return refuse (storage, error, "has no file name");
  roost_put_string (object, "driver", "file");
  roost_put_string (object, "filename", storage->source->file);
  return TRUE;
}

static gboolean
put_block (const Storage *storage, JsonObject *object, GError **error)
{
  if (storage->source->dev == NULL)
    return refuse (storage, error, "has no device name");
  roost_put_string (object, "driver", "host_device");
  roost_put_string (object, "filename", storage->source->dev);
  return TRUE;
}

static gboolean
put_dir (const Storage *storage, JsonObject *object, GError **error)
{
  roost_put_string (object, "driver", "vvfat");
  roost_put_string (object, "dir", storage->source->dir);
  roost_put_bool (object, "floppy", FALSE);
  roost_put_bool (object, "rw", FALSE);
  return TRUE;
}

static gboolean
put_nvme (const Storage *storage, JsonObject *object, GError **error)
{
  const RoostStorageSource *source = storage->source;

  roost_put_string (object, "driver", "nvme");
  roost_put_printf (object, "device", "%04x:%02x:%02x.%x", (guint)source->nvme_domain.value,
                    (guint)source->nvme_bus.value, (guint)source->nvme_slot.value,
                    (guint)source->nvme_function.value);
  roost_put_uint (object, "namespace", source->nvme_namespace);
  return TRUE;
}

/* A start has looked the volume up before; who only shows a command line may not know the pool. */
static gboolean
put_volume (const Storage *storage, JsonObject *object, GError **error)
{
  const RoostStorageSource *source = storage->source;

  if (!storage->build->launch->is_dry)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "volume “%s” of pool “%s” has not been looked up", source->volume,
                        source->pool);
  roost_put_string (object, "driver", "file");
  roost_put_printf (object, "filename", "%s/%s", source->pool, source->volume);
  return TRUE;
}

/* --- network --- */

static void
put_nbd_tls (const Storage *storage, JsonObject *object)
{
  const RoostTlsConfig *tls = &storage->build->host->nbd_tls;
  g_autofree char *id = NULL;

  if (storage->source->tls == ROOST_NO || (storage->source->tls == ROOST_UNSET && !tls->is_on))
    return;
  id = g_strdup_printf ("obj%s_tls0", storage->node);
  roost_build_tls (storage->build, id, tls, FALSE, TRUE);
  roost_put_string (object, "tls-creds", id);
  roost_put_string (object, "tls-hostname", storage->source->tls_hostname);
}

static gboolean
put_nbd (const Storage *storage, JsonObject *object, GError **error)
{
  roost_put_string (object, "driver", "nbd");
  roost_put_child (object, "server", server_object (first_host (storage), "10809"));
  roost_put_string (object, "export", storage->source->name);
  put_nbd_tls (storage, object);
  if (storage->source->reconnect.enabled != ROOST_NO)
    roost_put_uint (object, "reconnect-delay", storage->source->reconnect.timeout_s);
  return TRUE;
}

static JsonArray *
rbd_servers (const Storage *storage)
{
  JsonArray *servers = json_array_new ();
  const RoostNetHost *host;

  ROOST_LIST_EACH (RoostNetHost, host, storage->source->hosts)
    {
      JsonObject *server = json_object_new ();

      roost_put_string (server, "host", host->name);
      roost_put_string (server, "port", host->port != NULL ? host->port : "6789");
      json_array_add_object_element (servers, server);
    }
  return servers;
}

static void
put_rbd_encryption (const Storage *storage, JsonObject *object)
{
  const RoostEncryption *encryption = storage->source->encryption;
  const RoostSecret *secret;
  JsonObject *encrypt;
  g_autofree char *id = NULL;

  if (encryption == NULL || encryption->engine != ROOST_ENCRYPTION_ENGINE_LIBRBD)
    return;
  secret = encryption->secrets != NULL ? encryption->secrets->pdata[0] : NULL;
  id = g_strconcat (storage->node, "-encryption-secret0", NULL);
  roost_build_secret (storage->build, id, secret != NULL ? secret->uuid : NULL,
                      secret != NULL ? secret->usage : NULL);
  encrypt = roost_object_new ("format", roost_encryption_format_names[encryption->format]);
  roost_put_string (encrypt, "key-secret", id);
  roost_put_child (object, "encrypt", encrypt);
}

static gboolean
put_rbd (const Storage *storage, JsonObject *object, GError **error)
{
  const RoostStorageSource *source = storage->source;
  const char *slash = source->name != NULL ? strchr (source->name, '/') : NULL;
  g_autofree char *pool = NULL;
  g_autofree char *secret = NULL;
  JsonArray *methods;

  if (slash == NULL)
    return refuse (storage, error, "an rbd image is named POOL/IMAGE");
  pool = g_strndup (source->name, (gsize)(slash - source->name));
  roost_put_string (object, "driver", "rbd");
  roost_put_string (object, "pool", pool);
  roost_put_string (object, "image", slash + 1);
  roost_put_string (object, "snapshot", source->snapshot_name);
  roost_put_string (object, "conf", source->config_file);
  if (source->hosts != NULL && source->hosts->len > 0)
    json_object_set_array_member (object, "server", rbd_servers (storage));
  put_rbd_encryption (storage, object);
  if (storage->auth == NULL)
    return TRUE;
  roost_put_string (object, "user", storage->auth->username);
  methods = json_array_new ();
  json_array_add_string_element (methods, "cephx");
  json_array_add_string_element (methods, "none");
  json_object_set_array_member (object, "auth-client-required", methods);
  secret = add_auth_secret (storage);
  roost_put_string (object, "key-secret", secret);
  return TRUE;
}

static gboolean
put_iscsi (const Storage *storage, JsonObject *object, GError **error)
{
  const RoostNetHost *host = first_host (storage);
  const char *name = storage->source->name != NULL ? storage->source->name : "";
  const char *slash = strchr (name, '/');
  g_autofree char *target =
      slash != NULL ? g_strndup (name, (gsize)(slash - name)) : g_strdup (name);
  gboolean is_ipv6 = host->name != NULL && strchr (host->name, ':') != NULL;
  guint64 lun = 0;

  if (slash != NULL && !g_ascii_string_to_unsigned (slash + 1, 10, 0, G_MAXINT, &lun, NULL))
    return refuse (storage, error, "an iscsi image is named TARGET or TARGET/NUMBER");
  roost_put_string (object, "driver", "iscsi");
  roost_put_printf (object, "portal", "%s%s%s:%s", is_ipv6 ? "[" : "", host->name,
                    is_ipv6 ? "]" : "", host->port != NULL ? host->port : "3260");
  roost_put_string (object, "target", target);
  roost_put_int (object, "lun", (gint64)lun);
  roost_put_string (object, "transport",
                    host->transport == ROOST_HOST_TRANSPORT_RDMA ? "iser" : "tcp");
  put_user (storage, object, "user", "password-secret");
  roost_put_string (object, "initiator-name", storage->source->initiator_iqn);
  return TRUE;
}

static gboolean
put_gluster (const Storage *storage, JsonObject *object, GError **error)
{
  const char *name = storage->source->name;
  const char *slash = name != NULL ? strchr (name, '/') : NULL;
  g_autofree char *volume = NULL;
  JsonArray *servers = NULL;
  const RoostNetHost *host;

  if (slash == NULL)
    return refuse (storage, error, "a gluster image is named VOLUME/PATH");
  volume = g_strndup (name, (gsize)(slash - name));
  roost_put_string (object, "driver", "gluster");
  roost_put_string (object, "volume", volume);
  roost_put_string (object, "path", slash + 1);
  servers = json_array_new ();
  ROOST_LIST_EACH (RoostNetHost, host, storage->source->hosts)
    json_array_add_object_element (servers, server_object (host, "24007"));
  json_object_set_array_member (object, "server", servers);
  roost_put_int (object, "debug", 4);
  return TRUE;
}

static char *
cookie_text (const Storage *storage)
{
  GString *text = g_string_new (NULL);
  const RoostCookie *cookie;

  ROOST_LIST_EACH (RoostCookie, cookie, storage->source->cookies)
    g_string_append_printf (text, "%s%s=%s", cookie_i > 0 ? "; " : "", cookie->name, cookie->value);
  return g_string_free (text, FALSE);
}

/* Cookies are secrets as well: the file that QEMU reads holds their text. */
static void
put_cookies (const Storage *storage, JsonObject *object)
{
  RoostSecretRequest *request;
  g_autofree char *id = NULL;

  if (storage->source->cookies == NULL || storage->source->cookies->len == 0)
    return;
  id = g_strconcat (storage->node, "-httpcookie-secret0", NULL);
  roost_build_secret (storage->build, id, NULL, NULL);
  request = storage->build->command->secrets->pdata[storage->build->command->secrets->len - 1];
  request->value = cookie_text (storage);
  roost_put_string (object, "cookie-secret", id);
}

static const char *
default_port (RoostNetProtocol protocol)
{
  switch ((int)protocol)
    {
    case ROOST_NET_PROTOCOL_HTTP:
      return "80";
    case ROOST_NET_PROTOCOL_HTTPS:
      return "443";
    case ROOST_NET_PROTOCOL_FTP:
      return "21";
    case ROOST_NET_PROTOCOL_FTPS:
      return "990";
    default:
      return "69";
    }
}

static gboolean
put_curl (const Storage *storage, JsonObject *object, GError **error)
{
  const RoostStorageSource *source = storage->source;
  const RoostNetHost *host = first_host (storage);
  const char *scheme = roost_net_protocol_names[source->protocol];
  const char *path = source->name != NULL ? source->name : "";

  roost_put_string (object, "driver", scheme);
  roost_put_printf (object, "url", "%s://%s:%s/%s%s%s", scheme, host->name,
                    host->port != NULL ? host->port : default_port (source->protocol),
                    *path == '/' ? path + 1 : path, source->query != NULL ? "?" : "",
                    source->query != NULL ? source->query : "");
  put_user (storage, object, "username", "password-secret");
  roost_put_yes_no (object, "sslverify", source->ssl_verify);
  put_cookies (storage, object);
  roost_put_uint (object, "readahead", source->readahead);
  roost_put_uint (object, "timeout", source->timeout_s);
  return TRUE;
}

static gboolean
put_ssh (const Storage *storage, JsonObject *object, GError **error)
{
  const RoostStorageSource *source = storage->source;
  const RoostNetHost *host = first_host (storage);
  JsonObject *server = json_object_new ();
  JsonObject *check = roost_object_new ("mode", "none");
  const char *user = source->ssh_user != NULL ? source->ssh_user : source->ssh_identity_username;

  if (storage->auth != NULL && user == NULL)
    user = storage->auth->username;
  roost_put_string (object, "driver", "ssh");
  roost_put_string (object, "path", source->name);
  roost_put_string (server, "host", host->name);
  roost_put_string (server, "port", host->port != NULL ? host->port : "22");
  roost_put_child (object, "server", server);
  roost_put_string (object, "user", user);
  if (source->ssh_known_hosts != NULL)
    roost_put_string (check, "mode", "known_hosts");
  roost_put_child (object, "host-key-check", check);
  return TRUE;
}

static void
put_nfs_id (JsonObject *object, const char *key, const char *id)
{
  guint64 number = 0;

  if (id == NULL)
    return;
  if (g_ascii_string_to_unsigned (*id == '+' ? id + 1 : id, 10, 0, G_MAXUINT32, &number, NULL))
    roost_put_int (object, key, (gint64)number);
}

static gboolean
put_nfs (const Storage *storage, JsonObject *object, GError **error)
{
  const RoostStorageSource *source = storage->source;
  JsonObject *server = json_object_new ();

  roost_put_string (object, "driver", "nfs");
  roost_put_string (server, "host", first_host (storage)->name);
  roost_put_string (server, "type", "inet");
  roost_put_child (object, "server", server);
  roost_put_string (object, "path", source->name);
  put_nfs_id (object, "user", source->nfs_user);
  put_nfs_id (object, "group", source->nfs_group);
  return TRUE;
}

static gboolean
put_gone (const Storage *storage, JsonObject *object, GError **error)
{
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                      "QEMU has no longer a block driver for protocol “%s”",
                      roost_net_protocol_names[storage->source->protocol]);
}

static StorageFunc
protocol_func (RoostNetProtocol protocol)
{
  switch (protocol)
    {
    case ROOST_NET_PROTOCOL_NBD:
      return put_nbd;
    case ROOST_NET_PROTOCOL_RBD:
      return put_rbd;
    case ROOST_NET_PROTOCOL_GLUSTER:
      return put_gluster;
    case ROOST_NET_PROTOCOL_ISCSI:
      return put_iscsi;
    case ROOST_NET_PROTOCOL_HTTP:
    case ROOST_NET_PROTOCOL_HTTPS:
    case ROOST_NET_PROTOCOL_FTP:
    case ROOST_NET_PROTOCOL_FTPS:
    case ROOST_NET_PROTOCOL_TFTP:
      return put_curl;
    case ROOST_NET_PROTOCOL_SSH:
      return put_ssh;
    case ROOST_NET_PROTOCOL_NFS:
      return put_nfs;
    case ROOST_NET_PROTOCOL_SHEEPDOG:
    case ROOST_NET_PROTOCOL_VXHS:
    case ROOST_NET_PROTOCOL_UNSET:
    default:
      return put_gone;
    }
}

static StorageFunc
source_func (const RoostStorageSource *source)
{
  switch (source->type)
    {
    case ROOST_SOURCE_TYPE_FILE:
      return put_file;
    case ROOST_SOURCE_TYPE_BLOCK:
      return put_block;
    case ROOST_SOURCE_TYPE_DIR:
      return put_dir;
    case ROOST_SOURCE_TYPE_NVME:
      return put_nvme;
    case ROOST_SOURCE_TYPE_NETWORK:
      return protocol_func (source->protocol);
    case ROOST_SOURCE_TYPE_VOLUME:
      return put_volume;
    case ROOST_SOURCE_TYPE_VHOSTUSER:
    case ROOST_SOURCE_TYPE_VHOSTVDPA:
    case ROOST_SOURCE_TYPE_UNSET:
    default:
      return put_file;
    }
}

JsonObject *
roost_storage_object (RoostBuild *build,
                      const RoostStorageSource *source,
                      const RoostSourceAuth *auth,
                      const char *node,
                      GError **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  Storage storage = {
    .build = build,
    .source = source,
    .auth = source->auth != NULL ? source->auth : auth,
    .node = node,
  };

  if (source->type == ROOST_SOURCE_TYPE_NETWORK && source->protocol != ROOST_NET_PROTOCOL_RBD
      && (source->hosts == NULL || source->hosts->len == 0))
    {
      refuse (&storage, error, "names no host");
      return NULL;
    }
  if (!source_func (source) (&storage, object, error))
    return NULL;
  return g_steal_pointer (&object);
}
