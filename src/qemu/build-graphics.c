/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

#include <string.h>

/* Displays: what the guest's screen is shown by. */

#define VNC_BASE_PORT 5900

/* What a dry run shows for a port that is only chosen at the start. */
#define SHOWN_SPICE_PORT     5901
#define SHOWN_SPICE_TLS_PORT 5902
#define SHOWN_WEBSOCKET_PORT 5700

/* --- where it listens --- */

static const RoostListen *
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
listen_address (const RoostGraphics *graphics, const char *fallback)
{
  const RoostListen *listen = first_listen (graphics);

  if (listen != NULL && listen->address != NULL)
    return listen->address;
  return graphics->listen != NULL ? graphics->listen : fallback;
}

/* Returns: (transfer full): the socket's path; one of ours when the document has none */
static char *
listen_socket (RoostBuild *build, const RoostGraphics *graphics, const char *name)
{
  const RoostListen *listen = first_listen (graphics);

  if (listen != NULL && listen->socket != NULL)
    return g_strdup (listen->socket);
  if (graphics->socket != NULL)
    return g_strdup (graphics->socket);
  return roost_build_run_path (build, name);
}

/* @given: a port, -1 or unset: to be chosen, which a dry run shows as @shown. */
static gboolean
choose_port (
    RoostBuild *build, RoostInt given, int shown, const char *what, int *out, GError **error)
{
  if (given.is_set && given.value >= 0)
    *out = (int)given.value;
  else if (build->launch->is_dry)
    *out = shown;
  else
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "no %s port has been chosen", what);
  return TRUE;
}

/* --- VNC --- */

/* Where nobody said how VNC is to be reached, the administrator may want a socket. */
static gboolean
wants_auto_socket (RoostBuild *build, const RoostGraphics *graphics)
{
  const RoostListen *listen = first_listen (graphics);

  return build->host->vnc_auto_unix_socket && listen_type (graphics) == ROOST_LISTEN_TYPE_ADDRESS
         && graphics->listen == NULL && (listen == NULL || listen->address == NULL)
         && (!graphics->port.is_set || graphics->port.value == -1);
}

static gboolean
add_vnc_address (RoostBuild *build, GString *text, const RoostGraphics *graphics, GError **error)
{
  g_autofree char *path = NULL;
  const char *address;
  int port = 0;

  switch (wants_auto_socket (build, graphics) ? ROOST_LISTEN_TYPE_SOCKET : listen_type (graphics))
    {
    case ROOST_LISTEN_TYPE_NONE:
      roost_text_add (text, NULL, "none");
      return TRUE;
    case ROOST_LISTEN_TYPE_SOCKET:
      path = listen_socket (build, graphics, "vnc.sock");
      roost_text_add_printf (text, "vnc", "unix:%s", path);
      return TRUE;
    case ROOST_LISTEN_TYPE_UNSET:
    case ROOST_LISTEN_TYPE_ADDRESS:
    case ROOST_LISTEN_TYPE_NETWORK:
    default:
      break;
    }
  address = listen_address (graphics, build->launch->default_vnc_listen != NULL
                                          ? build->launch->default_vnc_listen
                                          : build->host->vnc_listen);
  if (!choose_port (build, graphics->port, VNC_BASE_PORT, "VNC", &port, error))
    return FALSE;
  if (port < VNC_BASE_PORT)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "VNC port %d is below %d", port,
                        VNC_BASE_PORT);
  roost_text_add_printf (text, NULL, "%s%s%s:%d", strchr (address, ':') != NULL ? "[" : "", address,
                         strchr (address, ':') != NULL ? "]" : "", port - VNC_BASE_PORT);
  if (!graphics->websocket.is_set)
    return TRUE;
  if (!choose_port (build, graphics->websocket, SHOWN_WEBSOCKET_PORT, "websocket", &port, error))
    return FALSE;
  roost_text_add_printf (text, "websocket", "%d", port);
  return TRUE;
}

static void
add_vnc_protection (RoostBuild *build, GString *text, const RoostGraphics *graphics)
{
  const RoostHostConfig *host = build->host;

  if (graphics->passwd != NULL)
    roost_text_add (text, "password", "on");
  if (host->vnc_tls.is_on)
    {
      roost_build_tls (build, "vnc-tls-creds0", &host->vnc_tls, TRUE, host->vnc_tls.verify);
      roost_text_add (text, "tls-creds", "vnc-tls-creds0");
    }
  if (host->vnc_sasl)
    roost_text_add (text, "sasl", "on");
}

static gboolean
build_vnc (RoostBuild *build, const RoostGraphics *graphics, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *audio = roost_build_audio_id (build, graphics->audio_id);

  if (!add_vnc_address (build, text, graphics, error))
    return FALSE;
  if (graphics->share_policy != ROOST_SHARE_POLICY_UNSET)
    roost_text_add (text, "share", roost_share_policy_names[graphics->share_policy]);
  if (graphics->power_control == ROOST_YES)
    roost_text_add (text, "power-control", "on");
  add_vnc_protection (build, text, graphics);
  roost_text_add (text, "audiodev", audio);
  roost_build_option (build, "-vnc", text->str);
  if (graphics->keymap != NULL)
    roost_build_option (build, "-k", graphics->keymap);
  return TRUE;
}

/* --- SPICE --- */

static gboolean
wants_tls (RoostBuild *build, const RoostGraphics *graphics)
{
  const RoostSpiceChannel *channel;

  if (graphics->default_mode == ROOST_CHANNEL_MODE_SECURE)
    return TRUE;
  ROOST_LIST_EACH (RoostSpiceChannel, channel, graphics->channels)
    {
      if (channel->mode == ROOST_CHANNEL_MODE_SECURE)
        return TRUE;
    }
  return build->host->spice_tls.is_on && graphics->default_mode != ROOST_CHANNEL_MODE_INSECURE;
}

static gboolean
is_port_open (RoostInt port)
{
  return !port.is_set || port.value == -1;
}

static gboolean
add_spice_ports (RoostBuild *build, GString *text, const RoostGraphics *graphics, GError **error)
{
  gboolean is_auto = graphics->autoport == ROOST_YES;
  int port = graphics->port.is_set && graphics->port.value > 0 ? (int)graphics->port.value : 0;
  int tls_port =
      graphics->tls_port.is_set && graphics->tls_port.value > 0 ? (int)graphics->tls_port.value : 0;

  if (is_auto && is_port_open (graphics->port)
      && graphics->default_mode != ROOST_CHANNEL_MODE_SECURE
      && !choose_port (build, graphics->port, SHOWN_SPICE_PORT, "SPICE", &port, error))
    return FALSE;
  if (is_auto && is_port_open (graphics->tls_port) && wants_tls (build, graphics)
      && build->host->spice_tls.is_on
      && !choose_port (build, graphics->tls_port, SHOWN_SPICE_TLS_PORT, "SPICE TLS", &tls_port,
                       error))
    return FALSE;
  if (tls_port > 0 && !build->host->spice_tls.is_on)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "SPICE has a TLS port, but TLS is not configured on this host");
  if (port > 0 || tls_port == 0)
    roost_text_add_printf (text, "port", "%d", port);
  if (tls_port > 0)
    roost_text_add_printf (text, "tls-port", "%d", tls_port);
  if (listen_type (graphics) != ROOST_LISTEN_TYPE_NONE)
    roost_text_add (text, "addr", listen_address (graphics, build->host->spice_listen));
  return TRUE;
}

static gboolean
add_spice_address (RoostBuild *build, GString *text, const RoostGraphics *graphics, GError **error)
{
  g_autofree char *path = NULL;

  switch (listen_type (graphics))
    {
    case ROOST_LISTEN_TYPE_SOCKET:
      path = listen_socket (build, graphics, "spice.sock");
      roost_text_add (text, "unix", "on");
      roost_text_add (text, "addr", path);
      return TRUE;
    case ROOST_LISTEN_TYPE_NONE:
      roost_text_add (text, "port", "0");
      return TRUE;
    case ROOST_LISTEN_TYPE_UNSET:
    case ROOST_LISTEN_TYPE_ADDRESS:
    case ROOST_LISTEN_TYPE_NETWORK:
    default:
      return add_spice_ports (build, text, graphics, error);
    }
}

static void
add_spice_channels (RoostBuild *build, GString *text, const RoostGraphics *graphics)
{
  const RoostSpiceChannel *channel;

  if (graphics->default_mode == ROOST_CHANNEL_MODE_SECURE)
    roost_text_add (text, "tls-channel", "default");
  else if (graphics->default_mode == ROOST_CHANNEL_MODE_INSECURE)
    roost_text_add (text, "plaintext-channel", "default");
  ROOST_LIST_EACH (RoostSpiceChannel, channel, graphics->channels)
    {
      const char *name = roost_spice_channel_name_names[channel->name];

      if (channel->mode == ROOST_CHANNEL_MODE_SECURE)
        roost_text_add (text, "tls-channel", name);
      else if (channel->mode == ROOST_CHANNEL_MODE_INSECURE)
        roost_text_add (text, "plaintext-channel", name);
    }
}

static void
add_spice_features (GString *text, const RoostGraphics *graphics)
{
  if (graphics->image_compression != ROOST_IMAGE_COMPRESSION_UNSET)
    roost_text_add (text, "image-compression",
                    roost_image_compression_names[graphics->image_compression]);
  if (graphics->jpeg_compression != ROOST_JPEG_COMPRESSION_UNSET)
    roost_text_add (text, "jpeg-wan-compression",
                    roost_jpeg_compression_names[graphics->jpeg_compression]);
  if (graphics->zlib_compression != ROOST_JPEG_COMPRESSION_UNSET)
    roost_text_add (text, "zlib-glz-wan-compression",
                    roost_jpeg_compression_names[graphics->zlib_compression]);
  if (graphics->playback_compression != ROOST_UNSET)
    roost_text_add (text, "playback-compression",
                    graphics->playback_compression == ROOST_YES ? "on" : "off");
  if (graphics->streaming != ROOST_STREAMING_MODE_UNSET)
    roost_text_add (text, "streaming-video", roost_streaming_mode_names[graphics->streaming]);
  if (graphics->clipboard_copypaste == ROOST_NO)
    roost_text_add (text, "disable-copy-paste", "on");
  if (graphics->filetransfer == ROOST_NO)
    roost_text_add (text, "disable-agent-file-xfer", "on");
  if (graphics->gl == ROOST_YES)
    {
      roost_text_add (text, "gl", "on");
      roost_text_add (text, "rendernode", graphics->rendernode);
    }
}

static gboolean
build_spice (RoostBuild *build, const RoostGraphics *graphics, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean by_network = listen_type (graphics) == ROOST_LISTEN_TYPE_ADDRESS
                        || listen_type (graphics) == ROOST_LISTEN_TYPE_NETWORK;

  if (!add_spice_address (build, text, graphics, error))
    return FALSE;
  if (graphics->mouse_mode != ROOST_MOUSE_MODE_UNSET)
    roost_text_add (text, "agent-mouse",
                    graphics->mouse_mode == ROOST_MOUSE_MODE_SERVER ? "off" : "on");
  /* Without a ticket nobody could connect unless it is switched off. */
  if (graphics->passwd == NULL && !build->host->spice_has_ticket)
    roost_text_add (text, "disable-ticketing", "on");
  if (by_network && build->host->spice_tls.is_on)
    roost_text_add (text, "x509-dir", build->host->spice_tls.dir);
  add_spice_channels (build, text, graphics);
  add_spice_features (text, graphics);
  roost_text_add (text, "seamless-migration", "on");
  roost_build_option (build, "-spice", text->str);
  if (graphics->keymap != NULL)
    roost_build_option (build, "-k", graphics->keymap);
  return TRUE;
}

/* --- without a network --- */

static gboolean
build_sdl (RoostBuild *build, const RoostGraphics *graphics, GError **error)
{
  g_autoptr (GString) text = g_string_new ("sdl");

  roost_build_env (build, "XAUTHORITY", graphics->xauth);
  roost_build_env (build, "DISPLAY", graphics->display);
  if (graphics->gl != ROOST_UNSET)
    roost_text_add (text, "gl", graphics->gl == ROOST_YES ? "on" : "off");
  if (graphics->fullscreen == ROOST_YES)
    roost_build_option (build, "-full-screen", NULL);
  roost_build_option (build, "-display", text->str);
  return TRUE;
}

static gboolean
build_egl_headless (RoostBuild *build, const RoostGraphics *graphics, GError **error)
{
  g_autoptr (GString) text = g_string_new ("egl-headless");

  roost_text_add (text, "rendernode", graphics->rendernode);
  roost_build_option (build, "-display", text->str);
  return TRUE;
}

/* A viewer is handed to QEMU as a descriptor (p2p); an address is a bus that the user runs. */
static gboolean
build_dbus (RoostBuild *build, const RoostGraphics *graphics, GError **error)
{
  g_autoptr (GString) text = g_string_new ("dbus");
  g_autofree char *audio = NULL;

  if (graphics->dbus_address != NULL && graphics->p2p != ROOST_YES)
    roost_text_add (text, "addr", graphics->dbus_address);
  else
    roost_text_add (text, "p2p", "on");
  if (graphics->gl != ROOST_UNSET)
    roost_text_add (text, "gl", graphics->gl == ROOST_YES ? "on" : "off");
  if (graphics->gl == ROOST_YES)
    roost_text_add (text, "rendernode", graphics->rendernode);
  if (graphics->audio_id.is_set && graphics->audio_id.value > 0)
    audio = roost_build_audio_id (build, graphics->audio_id);
  roost_text_add (text, "audiodev", audio);
  roost_build_option (build, "-display", text->str);
  return TRUE;
}

gboolean
roost_build_graphics (RoostBuild *build, const RoostGraphics *graphics, GError **error)
{
  switch (graphics->type)
    {
    case ROOST_GRAPHICS_TYPE_VNC:
      return build_vnc (build, graphics, error);
    case ROOST_GRAPHICS_TYPE_SPICE:
      return build_spice (build, graphics, error);
    case ROOST_GRAPHICS_TYPE_SDL:
      return build_sdl (build, graphics, error);
    case ROOST_GRAPHICS_TYPE_EGL_HEADLESS:
      return build_egl_headless (build, graphics, error);
    case ROOST_GRAPHICS_TYPE_DBUS:
      return build_dbus (build, graphics, error);
    case ROOST_GRAPHICS_TYPE_RDP:
    case ROOST_GRAPHICS_TYPE_DESKTOP:
    case ROOST_GRAPHICS_TYPE_UNSET:
    default:
      return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "QEMU has no display of type “%s”",
                          roost_graphics_type_names[graphics->type]);
    }
}
