/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/source-place.h"

#include "model/tables.h"

#include <string.h>

void
roost_source_clear_place (RoostStorageSource *source)
{
  /* The table of a source is a part of that of a disk. */
  RoostDisk gone = { .source = { .file = g_steal_pointer (&source->file),
                                 .dev = g_steal_pointer (&source->dev),
                                 .pool = g_steal_pointer (&source->pool),
                                 .volume = g_steal_pointer (&source->volume),
                                 .name = g_steal_pointer (&source->name),
                                 .config_file = g_steal_pointer (&source->config_file),
                                 .initiator_iqn = g_steal_pointer (&source->initiator_iqn),
                                 .hosts = g_steal_pointer (&source->hosts),
                                 .auth = g_steal_pointer (&source->auth) } };

  roost_type_clear (&roost_disk_type, &gone);
  source->type = ROOST_SOURCE_TYPE_UNSET;
  source->mode = ROOST_SOURCE_MODE_UNSET;
  source->protocol = ROOST_NET_PROTOCOL_UNSET;
}

void
roost_source_add_host (RoostStorageSource *source,
                       RoostHostTransport transport,
                       const char *name,
                       const char *port,
                       const char *socket)
{
  RoostNetHost *host = g_new0 (RoostNetHost, 1);

  host->transport = transport;
  host->name = g_strdup (name);
  host->port = g_strdup (port);
  host->socket = g_strdup (socket);
  if (source->hosts == NULL)
    source->hosts = g_ptr_array_new ();
  g_ptr_array_add (source->hosts, host);
}

void
roost_source_set_auth (RoostStorageSource *source,
                       RoostSecretType type,
                       const char *username,
                       const RoostSecret *secret)
{
  RoostSourceAuth *auth = g_new0 (RoostSourceAuth, 1);

  auth->username = g_strdup (username);
  auth->secret = roost_type_copy (&roost_secret_type, secret);
  auth->secret->type = type;
  roost_type_free (&roost_auth_type, source->auth);
  source->auth = auth;
}

void
roost_source_keep_volume (RoostStorageSource *source, const RoostStorageSource *given)
{
  roost_source_clear_place (source);
  source->type = given->type;
  source->mode = given->mode;
  source->pool = g_strdup (given->pool);
  source->volume = g_strdup (given->volume);
  source->auth = given->auth != NULL ? roost_type_copy (&roost_auth_type, given->auth) : NULL;
}

/* --- URLs --- */

static const char *
default_port (RoostNetProtocol protocol)
{
  switch ((int)protocol)
    {
    case ROOST_NET_PROTOCOL_NBD:
      return "10809";
    case ROOST_NET_PROTOCOL_ISCSI:
      return "3260";
    case ROOST_NET_PROTOCOL_RBD:
      return "6789";
    case ROOST_NET_PROTOCOL_GLUSTER:
      return "24007";
    default:
      return NULL;
    }
}

/* iSCSI addresses a unit always. */
static char *
path_of (const RoostStorageSource *source)
{
  const char *name = source->name != NULL ? source->name : "";
  gboolean is_iscsi = source->protocol == ROOST_NET_PROTOCOL_ISCSI;
  g_autofree char *whole =
      is_iscsi && strchr (name, '/') == NULL ? g_strconcat (name, "/0", NULL) : g_strdup (name);

  return g_uri_escape_string (whole, "/:", FALSE);
}

static char *
authority_of (const RoostStorageSource *source, const RoostNetHost *host)
{
  const char *port = host->port != NULL ? host->port : default_port (source->protocol);
  gboolean is_v6 = host->name != NULL && strchr (host->name, ':') != NULL;

  return g_strdup_printf ("%s%s%s%s%s", is_v6 ? "[" : "", host->name != NULL ? host->name : "",
                          is_v6 ? "]" : "", port != NULL ? ":" : "", port != NULL ? port : "");
}

char *
roost_source_url (const RoostStorageSource *source)
{
  static const RoostNetHost nobody;
  gboolean has_host = source->hosts != NULL && source->hosts->len > 0;
  const RoostNetHost *host = has_host ? source->hosts->pdata[0] : &nobody;
  const char *protocol = roost_net_protocol_names[source->protocol];
  g_autofree char *path = NULL;
  g_autofree char *authority = NULL;

  if (source->type != ROOST_SOURCE_TYPE_NETWORK || protocol == NULL)
    return NULL;
  path = path_of (source);
  if (host->transport == ROOST_HOST_TRANSPORT_UNIX)
    {
      g_autofree char *socket =
          g_uri_escape_string (host->socket != NULL ? host->socket : "", "/", FALSE);

      return g_strdup_printf ("%s+unix:///%s?socket=%s", protocol, path, socket);
    }
  authority = authority_of (source, host);
  return g_strdup_printf ("%s://%s/%s", protocol, authority, path);
}
