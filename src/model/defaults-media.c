/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/defaults-parts.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/blame.h"
#include "model/machine.h"

/* Input, graphics, audio and video. */

static guint
length_of (const GPtrArray *list)
{
  return list != NULL ? list->len : 0;
}

/* --- input --- */

static gboolean
is_pointer_or_keys (RoostInputType type)
{
  return type == ROOST_INPUT_TYPE_MOUSE || type == ROOST_INPUT_TYPE_KEYBOARD;
}

static RoostInputBus
default_input_bus (const RoostDomainConfig *config, RoostInputType type)
{
  if (type == ROOST_INPUT_TYPE_EVDEV)
    return ROOST_INPUT_BUS_UNSET;
  if (is_pointer_or_keys (type) && roost_arch_is_x86 (config->os.arch))
    return ROOST_INPUT_BUS_PS2;
  if (type == ROOST_INPUT_TYPE_PASSTHROUGH || roost_arch_is_s390 (config->os.arch))
    return ROOST_INPUT_BUS_VIRTIO;
  return ROOST_INPUT_BUS_USB;
}

static void
ensure_input (RoostDomainConfig *config, RoostInputType type, RoostInputBus bus)
{
  RoostInput *input;

  ROOST_LIST_EACH (RoostInput, input, config->devices.inputs)
    if (input->type == type && input->bus == bus)
      return;
  input = g_new0 (RoostInput, 1);
  input->type = type;
  input->bus = bus;
  if (config->devices.inputs == NULL)
    config->devices.inputs = g_ptr_array_new ();
  g_ptr_array_add (config->devices.inputs, input);
}

/* A PC has the PS/2 ports whether we like it or not; POWER gets USB devices when somebody looks and
 * the document names none. */
static void
apply_inputs (RoostDomainConfig *config)
{
  gboolean has_any = length_of (config->devices.inputs) > 0;
  RoostInput *input;

  ROOST_LIST_EACH (RoostInput, input, config->devices.inputs)
    if (input->bus == ROOST_INPUT_BUS_UNSET)
      input->bus = default_input_bus (config, input->type);
  if (roost_arch_is_x86 (config->os.arch))
    {
      ensure_input (config, ROOST_INPUT_TYPE_MOUSE, ROOST_INPUT_BUS_PS2);
      ensure_input (config, ROOST_INPUT_TYPE_KEYBOARD, ROOST_INPUT_BUS_PS2);
    }
  else if (roost_arch_is_ppc64 (config->os.arch) && !has_any
           && length_of (config->devices.graphics) > 0)
    {
      ensure_input (config, ROOST_INPUT_TYPE_KEYBOARD, ROOST_INPUT_BUS_USB);
      ensure_input (config, ROOST_INPUT_TYPE_MOUSE, ROOST_INPUT_BUS_USB);
    }
}

/* --- graphics --- */

static gboolean
is_remote (const RoostGraphics *graphics)
{
  return graphics->type == ROOST_GRAPHICS_TYPE_VNC || graphics->type == ROOST_GRAPHICS_TYPE_SPICE;
}

static const RoostListen *
first_listen (const RoostGraphics *graphics)
{
  return length_of (graphics->listens) > 0 ? g_ptr_array_index (graphics->listens, 0) : NULL;
}

static gboolean
has_port (const RoostGraphics *graphics)
{
  return graphics->autoport == ROOST_YES || (graphics->port.is_set && graphics->port.value != 0)
         || (graphics->tls_port.is_set && graphics->tls_port.value != 0);
}

/* Without a port SPICE waits for nobody: its clients come by file descriptor. */
static RoostListenType
default_listen_type (const RoostGraphics *graphics)
{
  if (graphics->socket != NULL)
    return ROOST_LISTEN_TYPE_SOCKET;
  if (graphics->type == ROOST_GRAPHICS_TYPE_SPICE && graphics->listen == NULL
      && !has_port (graphics))
    return ROOST_LISTEN_TYPE_NONE;
  return ROOST_LISTEN_TYPE_ADDRESS;
}

/* The socket of old documents wins over an address beside it: nobody asked for a network port. */
static void
turn_to_socket (RoostGraphics *graphics, RoostListen *listen)
{
  listen->type = ROOST_LISTEN_TYPE_SOCKET;
  g_free (listen->socket);
  listen->socket = g_strdup (graphics->socket);
  g_clear_pointer (&listen->address, g_free);
  g_clear_pointer (&graphics->listen, g_free);
}

static void
apply_listen (RoostGraphics *graphics)
{
  RoostListen *listen;

  if (length_of (graphics->listens) == 0)
    {
      listen = g_new0 (RoostListen, 1);
      listen->type = default_listen_type (graphics);
      if (listen->type == ROOST_LISTEN_TYPE_SOCKET)
        listen->socket = g_strdup (graphics->socket);
      else
        listen->address = g_strdup (graphics->listen);
      if (graphics->listens == NULL)
        graphics->listens = g_ptr_array_new ();
      g_ptr_array_add (graphics->listens, listen);
    }
  listen = g_ptr_array_index (graphics->listens, 0);
  if (graphics->socket != NULL && listen->type == ROOST_LISTEN_TYPE_ADDRESS)
    turn_to_socket (graphics, listen);
  if (listen->type == ROOST_LISTEN_TYPE_ADDRESS && listen->address == NULL)
    listen->address = g_strdup (graphics->listen);
  /* the attributes repeat the first <listen>, for readers of old */
  if (listen->type == ROOST_LISTEN_TYPE_ADDRESS && graphics->listen == NULL)
    graphics->listen = g_strdup (listen->address);
  if (listen->type == ROOST_LISTEN_TYPE_SOCKET && graphics->socket == NULL
      && graphics->type == ROOST_GRAPHICS_TYPE_VNC)
    graphics->socket = g_strdup (listen->socket);
}

static gboolean
listens_to_network (const RoostGraphics *graphics)
{
  const RoostListen *listen = first_listen (graphics);

  return graphics->socket == NULL
         && (listen == NULL || listen->type == ROOST_LISTEN_TYPE_ADDRESS
             || listen->type == ROOST_LISTEN_TYPE_NETWORK);
}

static void
apply_vnc_port (RoostGraphics *graphics)
{
  if (!listens_to_network (graphics))
    return;
  if (!graphics->port.is_set || graphics->port.value == -1)
    graphics->autoport = ROOST_YES;
  if (graphics->autoport == ROOST_YES)
    graphics->port = (RoostInt){ .value = -1, .is_set = TRUE };
  else
    graphics->autoport = ROOST_NO;
}

static void
apply_spice_port (RoostGraphics *graphics)
{
  gboolean was_auto = graphics->port.is_set && graphics->port.value == -1
                      && graphics->tls_port.is_set && graphics->tls_port.value == -1;

  if (was_auto && graphics->autoport == ROOST_UNSET)
    graphics->autoport = ROOST_YES;
  if (graphics->autoport == ROOST_YES)
    {
      graphics->port = (RoostInt){ .is_set = FALSE };
      graphics->tls_port = (RoostInt){ .is_set = FALSE };
    }
  else if (has_port (graphics))
    graphics->autoport = ROOST_NO;
}

static void
apply_graphics (RoostGraphics *graphics)
{
  if (graphics->type == ROOST_GRAPHICS_TYPE_VNC)
    apply_vnc_port (graphics);
  if (graphics->type == ROOST_GRAPHICS_TYPE_SPICE)
    apply_spice_port (graphics);
  if (is_remote (graphics))
    apply_listen (graphics);
}

/* --- audio --- */

/* Sound goes where the picture goes, if that can carry it; else nowhere. */
static RoostAudioType
default_audio_type (const RoostDomainConfig *config)
{
  const RoostGraphics *graphics;

  ROOST_LIST_EACH (const RoostGraphics, graphics, config->devices.graphics)
    {
      if (graphics->type == ROOST_GRAPHICS_TYPE_SPICE)
        return ROOST_AUDIO_TYPE_SPICE;
      if (graphics->type == ROOST_GRAPHICS_TYPE_SDL)
        return ROOST_AUDIO_TYPE_SDL;
    }
  return ROOST_AUDIO_TYPE_NONE;
}

static guint64
highest_audio_id (const RoostDomainConfig *config)
{
  guint64 id = 0;
  const RoostAudio *audio;

  ROOST_LIST_EACH (const RoostAudio, audio, config->devices.audios)
    id = MAX (id, audio->id.value);
  return id;
}

static void
apply_audio (RoostDomainConfig *config)
{
  guint64 id = highest_audio_id (config);
  RoostAudio *audio;

  if (length_of (config->devices.audios) == 0)
    {
      audio = g_new0 (RoostAudio, 1);
      audio->type = default_audio_type (config);
      if (config->devices.audios == NULL)
        config->devices.audios = g_ptr_array_new ();
      g_ptr_array_add (config->devices.audios, audio);
    }
  ROOST_LIST_EACH (RoostAudio, audio, config->devices.audios)
    if (!audio->id.is_set)
      audio->id = roost_uint (++id);
}

/* --- video --- */

#define KIB_OF_VGA 16384
#define KIB_OF_QXL 65536

static RoostVideoType
default_video_type (const RoostDomainConfig *config, const RoostFacts *facts)
{
  RoostMachineFamily family = roost_machine_family (config);

  if (roost_arch_is_ppc64 (config->os.arch))
    return ROOST_VIDEO_TYPE_VGA;
  if (family == ROOST_MACHINE_ARM_VIRT || family == ROOST_MACHINE_RISCV_VIRT
      || family == ROOST_MACHINE_S390_CCW)
    return ROOST_VIDEO_TYPE_VIRTIO;
  if (roost_facts_has_type (facts, "cirrus-vga"))
    return ROOST_VIDEO_TYPE_CIRRUS;
  if (roost_facts_has_type (facts, "VGA"))
    return ROOST_VIDEO_TYPE_VGA;
  return ROOST_VIDEO_TYPE_UNSET;
}

static guint64
next_power_of_two (guint64 n)
{
  guint64 power = 1;

  while (power < n && power < G_GUINT64_CONSTANT (1) << 62)
    power <<= 1;
  return power;
}

static void
apply_qxl_memory (RoostVideo *video)
{
  RoostUint *const sizes[] = { &video->ram, &video->vram, &video->vgamem };
  const guint64 usual[] = { KIB_OF_QXL, KIB_OF_QXL, KIB_OF_VGA };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    *sizes[i] = roost_uint (
        sizes[i]->is_set && sizes[i]->value != 0 ? next_power_of_two (sizes[i]->value) : usual[i]);
}

static void
apply_video_memory (RoostVideo *video)
{
  switch ((int)video->type)
    {
    case ROOST_VIDEO_TYPE_QXL:
      apply_qxl_memory (video);
      break;
    case ROOST_VIDEO_TYPE_VGA:
    case ROOST_VIDEO_TYPE_CIRRUS:
    case ROOST_VIDEO_TYPE_VMVGA:
    case ROOST_VIDEO_TYPE_BOCHS:
      video->vram = roost_uint (video->vram.is_set && video->vram.value != 0
                                    ? next_power_of_two (video->vram.value)
                                    : KIB_OF_VGA);
      break;
    default:
      break;
    }
}

static void
ensure_video (RoostDomainConfig *config)
{
  if (length_of (config->devices.graphics) == 0 || length_of (config->devices.videos) > 0)
    return;
  if (config->devices.videos == NULL)
    config->devices.videos = g_ptr_array_new ();
  g_ptr_array_add (config->devices.videos, g_new0 (RoostVideo, 1));
}

/* One card is the primary one, and stands first. */
static void
order_videos (GPtrArray *videos)
{
  RoostVideo *video;

  if (length_of (videos) == 0)
    return;
  ROOST_LIST_EACH (RoostVideo, video, videos)
    if (video->primary == ROOST_YES && video_i > 0)
      {
        g_ptr_array_steal_index (videos, video_i);
        g_ptr_array_insert (videos, 0, video);
        return;
      }
  video = g_ptr_array_index (videos, 0);
  video->primary = ROOST_YES;
}

static gboolean
apply_videos (RoostDomainConfig *config, const RoostFacts *facts, GError **error)
{
  RoostVideo *video;

  ensure_video (config);
  ROOST_LIST_EACH (RoostVideo, video, config->devices.videos)
    {
      if (video->type == ROOST_VIDEO_TYPE_UNSET || video->type == ROOST_VIDEO_TYPE_DEFAULT)
        video->type = default_video_type (config, facts);
      if (video->type == ROOST_VIDEO_TYPE_UNSET)
        {
          roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                       "this QEMU has none of the usual cards; name one in <model type='…'/>");
          return roost_blame (error, &video->info.position, "video", "video-model");
        }
      if (!video->heads.is_set && video->type != ROOST_VIDEO_TYPE_NONE)
        video->heads = roost_uint (1);
      apply_video_memory (video);
    }
  order_videos (config->devices.videos);
  return TRUE;
}

gboolean
roost_defaults_apply_media (RoostDomainConfig *config, const RoostFacts *facts, GError **error)
{
  RoostGraphics *graphics;

  ROOST_LIST_EACH (RoostGraphics, graphics, config->devices.graphics)
    apply_graphics (graphics);
  apply_inputs (config);
  apply_audio (config);
  return apply_videos (config, facts, error);
}
