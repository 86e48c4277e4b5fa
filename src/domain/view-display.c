/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/view-display.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/domain-types.h"

#include <string.h>

static const struct
{
  RoostGraphicsType type;
  const char *name;
} types[ROOST_DISPLAY_N_TYPES] = {
  [ROOST_DISPLAY_VNC] = { ROOST_GRAPHICS_TYPE_VNC, "vnc" },
  [ROOST_DISPLAY_SPICE] = { ROOST_GRAPHICS_TYPE_SPICE, "spice" },
  [ROOST_DISPLAY_DBUS] = { ROOST_GRAPHICS_TYPE_DBUS, "dbus" },
};

const char *
roost_display_type_name (RoostDisplayType type)
{
  return types[type].name;
}

gboolean
roost_display_type_parse (const char *name, RoostDisplayType *out, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_equal (types[i].name, name))
      {
        *out = (RoostDisplayType)i;
        return TRUE;
      }
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                      "a display is of type 'vnc', 'spice' or 'dbus', not '%s'", name);
}

/* The first of its type: QEMU serves one. */
static RoostGraphics *
find_graphics (const RoostDomainConfig *config, RoostDisplayType type)
{
  RoostGraphics *graphics;

  ROOST_LIST_EACH (RoostGraphics, graphics, config->devices.graphics)
    {
      if (graphics->type == types[type].type)
        return graphics;
    }
  return NULL;
}

/* A D-Bus display with an address is on a bus that the user runs. */
static gboolean
is_open (const RoostGraphics *graphics)
{
  switch (graphics->type)
    {
    case ROOST_GRAPHICS_TYPE_VNC:
    case ROOST_GRAPHICS_TYPE_SPICE:
      return TRUE;
    case ROOST_GRAPHICS_TYPE_DBUS:
      return graphics->dbus_address == NULL || graphics->p2p == ROOST_YES;
    case ROOST_GRAPHICS_TYPE_UNSET:
    case ROOST_GRAPHICS_TYPE_SDL:
    case ROOST_GRAPHICS_TYPE_RDP:
    case ROOST_GRAPHICS_TYPE_DESKTOP:
    case ROOST_GRAPHICS_TYPE_EGL_HEADLESS:
    default:
      return FALSE;
    }
}

gboolean
roost_view_has_display (const RoostDomainConfig *config,
                        RoostDisplayType type,
                        gboolean *out_is_open)
{
  const RoostGraphics *graphics = find_graphics (config, type);

  if (graphics != NULL && out_is_open != NULL)
    *out_is_open = is_open (graphics);
  return graphics != NULL;
}

/* --- where it listens --- */

static RoostListen *
first_listen (const RoostGraphics *graphics)
{
  return graphics->listens != NULL && graphics->listens->len > 0 ? graphics->listens->pdata[0]
                                                                 : NULL;
}

static RoostListenType
listen_type (const RoostGraphics *graphics)
{
  const RoostListen *listen = first_listen (graphics);

  if (listen != NULL && listen->type != ROOST_LISTEN_TYPE_UNSET)
    return listen->type;
  return graphics->socket != NULL ? ROOST_LISTEN_TYPE_SOCKET : ROOST_LISTEN_TYPE_ADDRESS;
}

static const char *
listen_address (const RoostGraphics *graphics)
{
  const RoostListen *listen = first_listen (graphics);

  return listen != NULL && listen->address != NULL ? listen->address : graphics->listen;
}

static const char *
listen_socket (const RoostGraphics *graphics)
{
  const RoostListen *listen = first_listen (graphics);

  return listen != NULL && listen->socket != NULL ? listen->socket : graphics->socket;
}

static gboolean
is_remote (const RoostGraphics *graphics)
{
  return graphics->type == ROOST_GRAPHICS_TYPE_VNC || graphics->type == ROOST_GRAPHICS_TYPE_SPICE;
}

/* Nobody said how VNC is to be reached. */
static gboolean
is_left_open (const RoostGraphics *graphics)
{
  return graphics->type == ROOST_GRAPHICS_TYPE_VNC
         && listen_type (graphics) == ROOST_LISTEN_TYPE_ADDRESS && listen_address (graphics) == NULL
         && (!graphics->port.is_set || graphics->port.value == -1);
}

static void
name_socket (RoostGraphics *graphics, const char *run_dir)
{
  const char *name = roost_graphics_type_names[graphics->type];
  RoostListen *listen = first_listen (graphics);

  if (graphics->listens == NULL)
    graphics->listens = g_ptr_array_new ();
  if (listen == NULL)
    {
      listen = g_new0 (RoostListen, 1);
      g_ptr_array_add (graphics->listens, listen);
    }
  listen->type = ROOST_LISTEN_TYPE_SOCKET;
  listen->socket = g_strdup_printf ("%s/%s.sock", run_dir, name);
  listen->auto_generated = ROOST_YES;
  graphics->autoport = ROOST_UNSET;
  graphics->port = (RoostInt){ .is_set = FALSE };
}

void
roost_view_name_sockets (RoostDomainConfig *config, const char *run_dir, gboolean vnc_on_sockets)
{
  RoostGraphics *graphics;

  ROOST_LIST_EACH (RoostGraphics, graphics, config->devices.graphics)
    {
      gboolean is_nameless = is_remote (graphics)
                             && listen_type (graphics) == ROOST_LISTEN_TYPE_SOCKET
                             && listen_socket (graphics) == NULL;

      if (is_nameless || (vnc_on_sockets && is_left_open (graphics)))
        name_socket (graphics, run_dir);
    }
}

/* --- Displays --- */

static void
add_text (GVariantBuilder *builder, const char *key, const char *text)
{
  if (text != NULL)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (text));
}

static void
add_port (GVariantBuilder *builder, const char *key, RoostInt port)
{
  if (port.is_set && port.value > 0)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_uint32 ((guint32)port.value));
}

/* An address that is everywhere is reached here. */
static char *
host_of (const char *address)
{
  if (address == NULL || g_str_equal (address, "0.0.0.0"))
    return g_strdup ("127.0.0.1");
  if (g_str_equal (address, "::"))
    return g_strdup ("[::1]");
  return strchr (address, ':') != NULL ? g_strdup_printf ("[%s]", address) : g_strdup (address);
}

/* Returns: (transfer full) (nullable): as viewers take it */
static char *
uri_of (const RoostGraphics *graphics)
{
  const char *name = roost_graphics_type_names[graphics->type];
  const char *socket = listen_socket (graphics);
  g_autofree char *host = host_of (listen_address (graphics));

  if (listen_type (graphics) == ROOST_LISTEN_TYPE_SOCKET)
    return socket != NULL ? g_strdup_printf ("%s+unix://%s", name, socket) : NULL;
  if (graphics->port.is_set && graphics->port.value > 0)
    return g_strdup_printf ("%s://%s:%d", name, host, (int)graphics->port.value);
  if (graphics->tls_port.is_set && graphics->tls_port.value > 0)
    return g_strdup_printf ("%s://%s?tls-port=%d", name, host, (int)graphics->tls_port.value);
  return NULL;
}

static const char *
listen_word (const RoostGraphics *graphics)
{
  switch (listen_type (graphics))
    {
    case ROOST_LISTEN_TYPE_SOCKET:
      return "socket";
    case ROOST_LISTEN_TYPE_NONE:
      return "none";
    case ROOST_LISTEN_TYPE_UNSET:
    case ROOST_LISTEN_TYPE_ADDRESS:
    case ROOST_LISTEN_TYPE_NETWORK:
    default:
      return "address";
    }
}

static void
add_remote (GVariantBuilder *builder, const RoostGraphics *graphics)
{
  g_autofree char *uri = uri_of (graphics);

  add_text (builder, "listen", listen_word (graphics));
  if (listen_type (graphics) == ROOST_LISTEN_TYPE_SOCKET)
    add_text (builder, "socket", listen_socket (graphics));
  else if (listen_type (graphics) != ROOST_LISTEN_TYPE_NONE)
    {
      add_text (builder, "address", listen_address (graphics));
      add_port (builder, "port", graphics->port);
      add_port (builder, "tls-port", graphics->tls_port);
      add_port (builder, "websocket", graphics->websocket);
    }
  add_text (builder, "uri", uri);
  g_variant_builder_add (builder, "{sv}", "password",
                         g_variant_new_boolean (graphics->passwd != NULL));
}

static GVariant *
display_of (const RoostGraphics *graphics)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  add_text (&builder, "type", roost_graphics_type_names[graphics->type]);
  g_variant_builder_add (&builder, "{sv}", "can-open", g_variant_new_boolean (is_open (graphics)));
  if (is_remote (graphics))
    add_remote (&builder, graphics);
  if (graphics->type == ROOST_GRAPHICS_TYPE_DBUS && !is_open (graphics))
    add_text (&builder, "uri", graphics->dbus_address);
  return g_variant_builder_end (&builder);
}

GVariant *
roost_view_displays (const RoostDomainConfig *config)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  const RoostGraphics *graphics;

  ROOST_LIST_EACH (const RoostGraphics, graphics, config->devices.graphics)
    {
      g_variant_builder_add_value (&builder, display_of (graphics));
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* --- screens --- */

/* How many QEMU can tell apart. The further heads of qxl are known to its driver alone. */
static guint
n_heads (const RoostVideo *video)
{
  if (video->type == ROOST_VIDEO_TYPE_NONE)
    return 0;
  return video->type == ROOST_VIDEO_TYPE_VIRTIO && video->heads.value > 0
             ? (guint)video->heads.value
             : 1;
}

static void
add_head (GVariantBuilder *list, const RoostVideo *video, guint head, gboolean is_first)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_text (&builder, "device", video->info.alias);
  add_text (&builder, "model", roost_video_type_names[video->type]);
  g_variant_builder_add (&builder, "{sv}", "head", g_variant_new_uint32 (head));
  g_variant_builder_add (&builder, "{sv}", "primary", g_variant_new_boolean (is_first));
  g_variant_builder_add (list, "a{sv}", &builder);
}

GVariant *
roost_view_heads (const RoostDomainConfig *config)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  const RoostVideo *video;
  gboolean is_first = TRUE;

  ROOST_LIST_EACH (const RoostVideo, video, config->devices.videos)
    {
      for (guint head = 0; head < n_heads (video); head++)
        {
          add_head (&builder, video, head, is_first);
          is_first = FALSE;
        }
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static const RoostVideo *
find_video (const RoostDomainConfig *config, const char *device)
{
  const RoostVideo *video;

  ROOST_LIST_EACH (const RoostVideo, video, config->devices.videos)
    {
      if (n_heads (video) > 0 && (device == NULL || g_strcmp0 (video->info.alias, device) == 0))
        return video;
    }
  return NULL;
}

gboolean
roost_view_find_head (const RoostDomainConfig *config,
                      const char *device,
                      guint head,
                      const char **out_alias,
                      GError **error)
{
  const RoostVideo *video = find_video (config, device);

  if (video == NULL && find_video (config, NULL) == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "domain '%s' has no video device: there is nothing to look at",
                        roost_domain_config_name (config));
  if (video == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_FOUND,
                        "domain '%s' has no video device '%s'; the property Heads lists them",
                        roost_domain_config_name (config), device);
  if (head >= n_heads (video))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "video device '%s' of domain '%s' has %u head(s), counted from 0: there "
                        "is no head %u",
                        video->info.alias, roost_domain_config_name (config), n_heads (video),
                        head);
  *out_alias = video->info.alias;
  return TRUE;
}

/* --- passwords --- */

static gint64
seconds_of (const char *valid_to)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) when =
      valid_to != NULL ? g_date_time_new_from_iso8601 (valid_to, utc) : NULL;

  return when != NULL ? g_date_time_to_unix (when) : -1;
}

gboolean
roost_view_password (const RoostDomainConfig *config,
                     RoostDisplayType type,
                     RoostDisplayPassword *out)
{
  const RoostGraphics *graphics = find_graphics (config, type);

  if (graphics == NULL)
    return FALSE;
  *out = (RoostDisplayPassword){
    .password = graphics->passwd,
    .expires = seconds_of (graphics->passwd_valid_to),
    .connected = graphics->connected != ROOST_CONNECTED_ACTION_UNSET
                     ? roost_connected_action_names[graphics->connected]
                     : NULL,
  };
  return TRUE;
}

static char *
valid_to_text (gint64 seconds)
{
  g_autoptr (GDateTime) when = seconds >= 0 ? g_date_time_new_from_unix_utc (seconds) : NULL;

  return when != NULL ? g_date_time_format (when, "%Y-%m-%dT%H:%M:%S") : NULL;
}

static RoostConnectedAction
connected_of (const char *name)
{
  for (int i = 1; name != NULL && roost_connected_action_names[i] != NULL; i++)
    if (g_str_equal (roost_connected_action_names[i], name))
      return (RoostConnectedAction)i;
  return ROOST_CONNECTED_ACTION_UNSET;
}

gboolean
roost_view_set_password (RoostDomainConfig *config,
                         RoostDisplayType type,
                         const RoostDisplayPassword *password)
{
  RoostGraphics *graphics = find_graphics (config, type);

  if (graphics == NULL)
    return FALSE;
  g_free (graphics->passwd);
  graphics->passwd = g_strdup (password->password);
  g_free (graphics->passwd_valid_to);
  graphics->passwd_valid_to = valid_to_text (password->expires);
  if (password->connected != NULL)
    graphics->connected = connected_of (password->connected);
  return TRUE;
}
