/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"

#include "base/compat.h"

#include <string.h>

#define GRAPHICS_EACH(graphics)                                                                    \
  ROOST_LIST_EACH (RoostGraphics, graphics, checker->config->devices.graphics)

static guint
count_type (const RoostDomainConfig *config, RoostGraphicsType type)
{
  guint n = 0;
  RoostGraphics *graphics;

  ROOST_LIST_EACH (RoostGraphics, graphics, config->devices.graphics)
    n += graphics->type == type;
  return n;
}

static void
types (RoostChecker *checker)
{
  RoostGraphics *graphics;

  GRAPHICS_EACH (graphics)
    if (graphics->type == ROOST_GRAPHICS_TYPE_RDP || graphics->type == ROOST_GRAPHICS_TYPE_DESKTOP)
      roost_check_unsupported (checker, &graphics->info.position, "graphics",
                               "QEMU has no type '%s'", roost_graphics_type_names[graphics->type]);
  for (RoostGraphicsType type = ROOST_GRAPHICS_TYPE_SDL; type <= ROOST_GRAPHICS_TYPE_DBUS; type++)
    if (count_type (checker->config, type) > 1)
      roost_check_unsupported (checker, NULL, "graphics", "type='%s' comes once only",
                               roost_graphics_type_names[type]);
}

static void
egl_headless (RoostChecker *checker)
{
  const RoostDomainConfig *config = checker->config;
  RoostGraphics *graphics;

  if (count_type (config, ROOST_GRAPHICS_TYPE_EGL_HEADLESS) == 0)
    return;
  GRAPHICS_EACH (graphics)
    if (graphics->type == ROOST_GRAPHICS_TYPE_SDL || graphics->type == ROOST_GRAPHICS_TYPE_DBUS)
      roost_check_unsupported (checker, &graphics->info.position, "graphics",
                               "egl-headless goes with vnc and spice, not with '%s'",
                               roost_graphics_type_names[graphics->type]);
}

static void
one_opengl (RoostChecker *checker)
{
  guint n = 0;
  RoostGraphics *graphics;

  GRAPHICS_EACH (graphics)
    if ((graphics->gl == ROOST_YES || graphics->type == ROOST_GRAPHICS_TYPE_EGL_HEADLESS)
        && ++n > 1)
      roost_check_unsupported (checker, &graphics->info.position, "graphics",
                               "QEMU draws with OpenGL for one display only");
}

static const RoostListen *
first_listen (const RoostGraphics *graphics)
{
  return graphics->listens != NULL && graphics->listens->len > 0 ? graphics->listens->pdata[0]
                                                                 : NULL;
}

static void
listen_attribute (RoostChecker *checker)
{
  RoostGraphics *graphics;

  GRAPHICS_EACH (graphics)
    {
      const RoostListen *listen = first_listen (graphics);
      const RoostPosition *at = &graphics->info.position;

      if (listen == NULL)
        continue;
      if (graphics->listen != NULL && listen->address != NULL
          && !g_str_equal (graphics->listen, listen->address))
        roost_check_invalid (checker, at, "graphics",
                             "listen='%s' is not the address of its first <listen>, '%s'",
                             graphics->listen, listen->address);
      if (graphics->socket != NULL && listen->socket != NULL
          && !g_str_equal (graphics->socket, listen->socket))
        roost_check_invalid (checker, at, "graphics",
                             "socket='%s' is not the one of its first <listen>, '%s'",
                             graphics->socket, listen->socket);
    }
}

static void
check_listen (RoostChecker *checker, const RoostGraphics *graphics, const RoostListen *listen)
{
  const RoostPosition *at = &graphics->info.position;

  if (listen->type == ROOST_LISTEN_TYPE_NETWORK && listen->network == NULL)
    roost_check_invalid (checker, at, "listen", "type='network' needs a network");
}

static void
listens (RoostChecker *checker)
{
  RoostGraphics *graphics;
  RoostListen *listen;

  GRAPHICS_EACH (graphics)
    {
      ROOST_LIST_EACH (RoostListen, listen, graphics->listens)
        check_listen (checker, graphics, listen);
      if (graphics->listens != NULL && graphics->listens->len > 1)
        roost_check_warn (checker, &graphics->info.position, "graphics", "QEMU takes one <listen>");
    }
}

static void
ports (RoostChecker *checker)
{
  RoostGraphics *graphics;

  GRAPHICS_EACH (graphics)
    {
      const RoostInt *all[] = { &graphics->port, &graphics->tls_port, &graphics->websocket };

      for (guint i = 0; i < G_N_ELEMENTS (all); i++)
        if (all[i]->is_set && (all[i]->value < -1 || all[i]->value > 65535))
          roost_check_invalid (checker, &graphics->info.position, "graphics",
                               "a port goes from -1 to 65535, not %" G_GINT64_FORMAT,
                               all[i]->value);
      if (graphics->type == ROOST_GRAPHICS_TYPE_VNC && graphics->port.value > 0
          && graphics->port.value < 5900)
        roost_check_unsupported (checker, &graphics->info.position, "graphics",
                                 "QEMU serves vnc at port 5900 and above");
    }
}

static void
password (RoostChecker *checker)
{
  RoostGraphics *graphics;

  GRAPHICS_EACH (graphics)
    {
      const RoostPosition *at = &graphics->info.position;

      if (graphics->type == ROOST_GRAPHICS_TYPE_VNC && graphics->passwd != NULL
          && strlen (graphics->passwd) > 8)
        roost_check_invalid (checker, at, "graphics", "a password of vnc has at most 8 characters");
      if (graphics->passwd_valid_to != NULL
          && !g_regex_match_simple ("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$",
                                    graphics->passwd_valid_to, 0, 0))
        roost_check_invalid (checker, at, "graphics",
                             "passwdValidTo='%s' is not like '2011-05-31T16:11:22'",
                             graphics->passwd_valid_to);
      if (graphics->type == ROOST_GRAPHICS_TYPE_VNC
          && graphics->connected != ROOST_CONNECTED_ACTION_UNSET
          && graphics->connected != ROOST_CONNECTED_ACTION_KEEP)
        roost_check_warn (checker, at, "graphics", "QEMU's vnc is always connected='keep'");
    }
}

static void
dbus_display (RoostChecker *checker)
{
  RoostGraphics *graphics;

  GRAPHICS_EACH (graphics)
    if (graphics->p2p == ROOST_YES && graphics->dbus_address != NULL)
      roost_check_unsupported (checker, &graphics->info.position, "graphics",
                               "p2p='yes' has no bus, and no address");
}

/* --- video --- */

#define VIDEOS_EACH(video) ROOST_LIST_EACH (RoostVideo, video, checker->config->devices.videos)

static void
video_primary (RoostChecker *checker)
{
  guint n = 0;
  RoostVideo *video;

  VIDEOS_EACH (video)
    if (video->primary == ROOST_YES && ++n > 1)
      roost_check_invalid (checker, &video->info.position, "video",
                           "another graphics card is primary='yes' already");
}

static void
video_none (RoostChecker *checker)
{
  const GPtrArray *videos = checker->config->devices.videos;
  RoostVideo *video;

  VIDEOS_EACH (video)
    {
      if (video->type == ROOST_VIDEO_TYPE_NONE && videos->len > 1)
        roost_check_invalid (checker, &video->info.position, "video",
                             "type='none' stands alone: a guest without graphics cards");
      if (video->type == ROOST_VIDEO_TYPE_NONE && video->info.address != NULL)
        roost_check_invalid (checker, &video->info.position, "video", "type='none' has no address");
    }
}

static gboolean
can_be_second (RoostVideoType type)
{
  return type == ROOST_VIDEO_TYPE_QXL || type == ROOST_VIDEO_TYPE_VIRTIO
         || type == ROOST_VIDEO_TYPE_BOCHS;
}

static void
video_secondary (RoostChecker *checker)
{
  RoostVideo *video;

  VIDEOS_EACH (video)
    if (video_i > 0 && video->primary != ROOST_YES && !can_be_second (video->type)
        && video->type != ROOST_VIDEO_TYPE_NONE && video->type != ROOST_VIDEO_TYPE_RAMFB
        && video->type != ROOST_VIDEO_TYPE_UNSET)
      roost_check_unsupported (checker, &video->info.position, "video",
                               "'%s' can be the first card only; more are qxl, virtio or bochs",
                               roost_video_type_names[video->type]);
}

static void
video_type (RoostChecker *checker)
{
  RoostVideo *video;

  VIDEOS_EACH (video)
    switch ((int)video->type)
      {
      case ROOST_VIDEO_TYPE_XEN:
      case ROOST_VIDEO_TYPE_VBOX:
      case ROOST_VIDEO_TYPE_PARALLELS:
      case ROOST_VIDEO_TYPE_GOP:
        roost_check_unsupported (checker, &video->info.position, "video",
                                 "QEMU has no graphics card '%s'",
                                 roost_video_type_names[video->type]);
        break;
      default:
        break;
      }
}

static gboolean
is_power_of_two_or_none (const RoostUint *value)
{
  return !value->is_set || (value->value & (value->value - 1)) == 0;
}

static void
video_memory (RoostChecker *checker)
{
  RoostVideo *video;

  VIDEOS_EACH (video)
    {
      const RoostPosition *at = &video->info.position;
      gboolean is_qxl = video->type == ROOST_VIDEO_TYPE_QXL;

      if ((video->ram.is_set || video->vram64.is_set) && !is_qxl)
        roost_check_invalid (checker, at, "model", "ram and vram64 are for type='qxl'");
      if (video->vgamem.is_set && !is_qxl)
        roost_check_invalid (checker, at, "model", "vgamem is for type='qxl'");
      if (video->vgamem.is_set && video->vgamem.value < 1024)
        roost_check_unsupported (checker, at, "model", "vgamem is 1024 KiB at least");
      if (video->type == ROOST_VIDEO_TYPE_VGA && video->vram.is_set
          && (video->vram.value < 1024 || !is_power_of_two_or_none (&video->vram)))
        roost_check_unsupported (checker, at, "model",
                                 "vram of vga is a power of 2 from 1024 KiB on");
      if (is_qxl && video->vram64.value > G_MAXUINT32 / 1024)
        roost_check_unsupported (checker, at, "model", "vram64 is too large");
    }
}

static void
video_backend (RoostChecker *checker)
{
  RoostVideo *video;

  VIDEOS_EACH (video)
    {
      const RoostPosition *at = &video->info.position;
      gboolean is_virtio = video->type == ROOST_VIDEO_TYPE_VIRTIO;

      if (video->backend == ROOST_VIDEO_BACKEND_VHOSTUSER && !is_virtio)
        roost_check_unsupported (checker, at, "driver", "name='vhostuser' is for type='virtio'");
      if (video->accel3d == ROOST_YES && !is_virtio)
        roost_check_warn (checker, at, "acceleration", "accel3d is for type='virtio'");
      if (video->accel2d == ROOST_YES)
        roost_check_unsupported (checker, at, "acceleration", "QEMU has no accel2d");
      if (video->blob != ROOST_UNSET && !is_virtio)
        roost_check_unsupported (checker, at, "model", "blob is for type='virtio'");
    }
}

/* --- shared folders --- */

#define FOLDERS_EACH(folder)                                                                       \
  ROOST_LIST_EACH (RoostFilesystem, folder, checker->config->devices.filesystems)

static void
folder_types (RoostChecker *checker)
{
  RoostFilesystem *folder;

  FOLDERS_EACH (folder)
    {
      const RoostPosition *at = &folder->info.position;

      if (folder->type != ROOST_FILESYSTEM_TYPE_MOUNT
          && folder->type != ROOST_FILESYSTEM_TYPE_UNSET)
        roost_check_unsupported (checker, at, "filesystem", "QEMU takes type='mount' only");
      if (folder->driver == ROOST_FILESYSTEM_DRIVER_LOOP
          || folder->driver == ROOST_FILESYSTEM_DRIVER_NBD
          || folder->driver == ROOST_FILESYSTEM_DRIVER_PLOOP
          || folder->driver == ROOST_FILESYSTEM_DRIVER_MTP)
        roost_check_unsupported (checker, at, "driver", "type='%s' is for containers",
                                 roost_filesystem_driver_names[folder->driver]);
      if (folder->source_dir == NULL && folder->source_socket == NULL)
        roost_check_invalid (checker, at, "filesystem", "'%s': it needs <source dir='…'/>",
                             folder->target);
    }
}

static gboolean
is_octal (const char *text)
{
  return text == NULL
         || (strlen (text) <= 4 && text[0] != '\0' && strspn (text, "01234567") == strlen (text));
}

static void
folder_modes (RoostChecker *checker)
{
  RoostFilesystem *folder;

  FOLDERS_EACH (folder)
    {
      const RoostPosition *at = &folder->info.position;

      if (!is_octal (folder->fmode) || !is_octal (folder->dmode))
        roost_check_invalid (checker, at, "filesystem", "'%s': fmode and dmode are octal, '0644'",
                             folder->target);
      if ((folder->fmode != NULL || folder->dmode != NULL)
          && folder->access != ROOST_FILESYSTEM_ACCESS_MAPPED)
        roost_check_unsupported (checker, at, "filesystem",
                                 "'%s': fmode and dmode need accessmode='mapped'", folder->target);
    }
}

static gboolean
has_shared_memory (const RoostDomainConfig *config)
{
  guint n_shared = 0;
  RoostNumaCell *cell;

  if (config->memory_backing.access == ROOST_MEMORY_ACCESS_SHARED)
    return TRUE;
  ROOST_LIST_EACH (RoostNumaCell, cell, config->cpu != NULL ? config->cpu->cells : NULL)
    n_shared += cell->access == ROOST_MEMORY_ACCESS_SHARED;
  return n_shared > 0 && n_shared == config->cpu->cells->len;
}

static void
check_virtiofs (RoostChecker *checker, const RoostFilesystem *folder)
{
  const RoostPosition *at = &folder->info.position;

  if (folder->readonly)
    roost_check_unsupported (checker, at, "filesystem",
                             "'%s': virtiofs cannot be read-only; let the guest mount it so",
                             folder->target);
  if (folder->access != ROOST_FILESYSTEM_ACCESS_UNSET
      && folder->access != ROOST_FILESYSTEM_ACCESS_PASSTHROUGH)
    roost_check_unsupported (checker, at, "filesystem",
                             "'%s': virtiofs has accessmode='passthrough'", folder->target);
  if (folder->wrpolicy != ROOST_FILESYSTEM_WRITE_POLICY_UNSET)
    roost_check_unsupported (checker, at, "driver", "'%s': virtiofs has no wrpolicy",
                             folder->target);
  if (folder->model != ROOST_FILESYSTEM_MODEL_UNSET
      && folder->model != ROOST_FILESYSTEM_MODEL_VIRTIO)
    roost_check_unsupported (checker, at, "filesystem",
                             "'%s': virtiofs has no (non-)transitional model", folder->target);
  if (folder->multidevs != ROOST_FILESYSTEM_MULTIDEVS_UNSET)
    roost_check_unsupported (checker, at, "filesystem", "'%s': virtiofs has no multidevs",
                             folder->target);
  if (!has_shared_memory (checker->config) && !roost_arch_is_s390 (checker->arch))
    roost_check_unsupported (checker, at, "filesystem",
                             "'%s': virtiofs needs shared memory: <memoryBacking> with <access "
                             "mode='shared'/>",
                             folder->target);
}

static void
virtiofs (RoostChecker *checker)
{
  RoostFilesystem *folder;

  FOLDERS_EACH (folder)
    if (folder->driver == ROOST_FILESYSTEM_DRIVER_VIRTIOFS)
      check_virtiofs (checker, folder);
    else if (folder->source_socket != NULL || folder->binary != NULL || folder->queue.is_set)
      roost_check_unsupported (checker, &folder->info.position, "filesystem",
                               "'%s': socket, <binary> and queue are for virtiofs", folder->target);
}

static void
shared_for_vhostuser (RoostChecker *checker)
{
  const RoostDomainConfig *config = checker->config;
  RoostDisk *disk;

  if (has_shared_memory (config) || config->memory_backing.hugepages)
    return;
  ROOST_LIST_EACH (RoostDisk, disk, config->devices.disks)
    if (disk->source.type == ROOST_SOURCE_TYPE_VHOSTUSER)
      roost_check_unsupported (checker, &disk->info.position, "disk",
                               "'%s': vhostuser needs shared memory", disk->target);
}

const RoostRule roost_media_rules[] = {
  { "graphics-type", types },
  { "graphics-headless", egl_headless },
  { "graphics-opengl", one_opengl },
  { "graphics-listen", listen_attribute },
  { "graphics-listens", listens },
  { "graphics-port", ports },
  { "graphics-password", password },
  { "graphics-dbus", dbus_display },
  { "video-primary", video_primary },
  { "video-none", video_none },
  { "video-secondary", video_secondary },
  { "video-type", video_type },
  { "video-memory", video_memory },
  { "video-driver", video_backend },
  { "filesystem-type", folder_types },
  { "filesystem-modes", folder_modes },
  { "filesystem-virtiofs", virtiofs },
  { "vhostuser-memory", shared_for_vhostuser },
  { NULL, NULL },
};
