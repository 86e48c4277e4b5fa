/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

static gboolean
is_vhost_user (const RoostVideo *video)
{
  return video->backend == ROOST_VIDEO_BACKEND_VHOSTUSER;
}

static gboolean
has_vga_output (RoostBuild *build)
{
  return roost_facts_has_type (build->facts, "virtio-vga");
}

/* A binary whose module for it is missing would abort. */
static gboolean
check_opengl (RoostBuild *build, const RoostVideo *video, GError **error)
{
  if (video->type != ROOST_VIDEO_TYPE_VIRTIO || video->accel3d != ROOST_YES || is_vhost_user (video)
      || build->launch->is_dry || roost_facts_has_type (build->facts, "virtio-gpu-gl-device"))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                      "video “%s”: accel3d='yes' needs QEMU's OpenGL modules, which are not "
                      "installed (Debian has them in qemu-system-modules-opengl)",
                      video->info.alias);
}

static char *
virtio_video_driver (RoostBuild *build, const RoostVideo *video)
{
  gboolean is_ccw =
      video->info.address != NULL && video->info.address->type == ROOST_ADDRESS_TYPE_CCW;
  gboolean is_gl = video->accel3d == ROOST_YES;

  if (is_vhost_user (video))
    return g_strdup (video->primary == ROOST_YES ? "vhost-user-vga" : "vhost-user-gpu-pci");
  if (video->primary == ROOST_YES && !is_ccw
      && (roost_arch_is_x86 (build->config->os.arch)
          || roost_arch_is_ppc64 (build->config->os.arch))
      && has_vga_output (build))
    return g_strdup (is_gl ? "virtio-vga-gl" : "virtio-vga");
  return roost_virtio_driver (is_gl ? "virtio-gpu-gl" : "virtio-gpu", &video->info,
                              ROOST_VIRTIO_MODEL_UNSET);
}

static char *
video_driver (RoostBuild *build, const RoostVideo *video)
{
  switch ((int)video->type)
    {
    case ROOST_VIDEO_TYPE_VGA:
      return g_strdup (video->primary == ROOST_NO ? "secondary-vga" : "VGA");
    case ROOST_VIDEO_TYPE_CIRRUS:
      return g_strdup ("cirrus-vga");
    case ROOST_VIDEO_TYPE_VMVGA:
      return g_strdup ("vmware-svga");
    case ROOST_VIDEO_TYPE_QXL:
      return g_strdup (video->primary == ROOST_YES ? "qxl-vga" : "qxl");
    case ROOST_VIDEO_TYPE_VIRTIO:
      return virtio_video_driver (build, video);
    case ROOST_VIDEO_TYPE_BOCHS:
      return g_strdup ("bochs-display");
    case ROOST_VIDEO_TYPE_RAMFB:
      return g_strdup ("ramfb");
    default:
      return NULL;
    }
}

static void
put_mib (JsonObject *device, const char *key, RoostUint kib)
{
  if (kib.is_set)
    roost_put_int (device, key, (gint64)(kib.value / 1024));
}

static void
put_qxl (JsonObject *device, const RoostVideo *video)
{
  if (video->heads.is_set)
    roost_put_uint (device, "max_outputs", video->heads);
  if (video->ram.is_set)
    roost_put_int (device, "ram_size", (gint64)(video->ram.value * 1024));
  if (video->vram.is_set)
    roost_put_int (device, "vram_size", (gint64)(video->vram.value * 1024));
  roost_put_int (device, "vram64_size_mb",
                 (gint64)(video->vram64.is_set ? video->vram64.value / 1024 : 0));
  put_mib (device, "vgamem_mb", video->vgamem);
}

static void
put_resolution (JsonObject *device, const RoostVideo *video)
{
  if (!video->resolution_x.is_set || !video->resolution_y.is_set)
    return;
  roost_put_uint (device, "xres", video->resolution_x);
  roost_put_uint (device, "yres", video->resolution_y);
}

static void
put_memory (JsonObject *device, const RoostVideo *video)
{
  switch ((int)video->type)
    {
    case ROOST_VIDEO_TYPE_QXL:
      put_qxl (device, video);
      return;
    case ROOST_VIDEO_TYPE_VIRTIO:
      if (video->heads.is_set)
        roost_put_uint (device, "max_outputs", video->heads);
      if (!is_vhost_user (video))
        roost_put_yes_no (device, "blob", video->blob);
      return;
    case ROOST_VIDEO_TYPE_VGA:
    case ROOST_VIDEO_TYPE_VMVGA:
      put_mib (device, "vgamem_mb", video->vram);
      return;
    case ROOST_VIDEO_TYPE_BOCHS:
      if (video->vram.is_set)
        roost_put_int (device, "vgamem", (gint64)(video->vram.value * 1024));
      return;
    default:
      return;
    }
}

static void
add_vhost_user (RoostBuild *build, JsonObject *device, const RoostVideo *video)
{
  JsonObject *chardev = roost_object_new ("backend", "socket");
  g_autofree char *id = g_strdup_printf ("chr-vu-%s", video->info.alias);

  roost_put_string (chardev, "id", id);
  roost_put_printf (
      chardev, "fd", "%d",
      roost_build_request_fd (build, ROOST_FD_VHOST_USER_GPU, video->info.alias, 0, NULL));
  roost_build_chardev (build, chardev);
  roost_put_string (device, "chardev", id);
}

gboolean
roost_build_video (RoostBuild *build, const RoostVideo *video, GError **error)
{
  g_autofree char *driver = NULL;
  JsonObject *device;

  if (video->type == ROOST_VIDEO_TYPE_NONE)
    return TRUE;
  if (!check_opengl (build, video, error))
    return FALSE;
  driver = video_driver (build, video);
  if (driver == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "QEMU has no video device “%s”",
                        roost_video_type_names[video->type]);
  device = roost_object_new ("driver", driver);
  /* The VGA part of the vhost-user device takes none of them. */
  if (!g_str_equal (driver, "vhost-user-vga"))
    roost_put_virtio (device, &video->virtio);
  roost_put_string (device, "id", video->info.alias);
  put_memory (device, video);
  put_resolution (device, video);
  if (is_vhost_user (video))
    add_vhost_user (build, device, video);
  return roost_build_device_at (build, device, &video->info, error);
}
