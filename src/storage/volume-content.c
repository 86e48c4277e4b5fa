/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/volume-content.h"

#include "base/job-private.h"
#include "model/pool-types.h"
#include "storage/image.h"
#include "storage/qemu-img.h"
#include "storage/volume-crypt.h"

#include <inttypes.h>

void
roost_volume_origin_clear (RoostVolumeOrigin *origin)
{
  g_clear_pointer (&origin->path, g_free);
  g_clear_pointer (&origin->format, g_free);
  g_clear_pointer (&origin->key, g_bytes_unref);
}

/* --- the options of a new image --- */

static void
add_qcow2_options (const RoostVolumeContent *content, GString *options)
{
  const RoostVolumeConfig *config = content->config;

  if (config->compat != NULL)
    roost_img_append_option (options, "compat", config->compat);
  if (config->cluster_size.is_set)
    {
      g_autofree char *size = g_strdup_printf ("%" PRIu64, config->cluster_size.value);

      roost_img_append_option (options, "cluster_size", size);
    }
  if (config->extended_l2)
    roost_img_append_option (options, "extended_l2", "on");
  if (config->lazy_refcounts)
    roost_img_append_option (options, "lazy_refcounts", "on");
  if (config->data_file != NULL)
    {
      g_autofree char *path = g_build_filename (content->folder, config->data_file, NULL);

      roost_img_append_option (options, "data_file", path);
    }
}

/* How much of it is reserved: what the call says, else an <allocation> of all of it. */
static const char *
preallocation_of (const RoostVolumeContent *content)
{
  const RoostVolumeConfig *config = content->config;
  gboolean is_raw = g_strcmp0 (config->format, "raw") == 0;

  if (content->preallocation != NULL)
    return content->preallocation;
  if (is_raw && config->allocation.is_set && config->allocation.value > 0
      && config->allocation.value >= config->capacity.value)
    return "falloc";
  return "off";
}

static void
add_options (const RoostVolumeContent *content, RoostImg *img)
{
  const RoostVolumeConfig *config = content->config;
  g_autoptr (GString) options = g_string_new (NULL);
  const char *preallocation = preallocation_of (content);

  if (g_strcmp0 (config->format, "qcow2") == 0)
    add_qcow2_options (content, options);
  if (config->nocow)
    roost_img_append_option (options, "nocow", "on");
  if (!g_str_equal (preallocation, "off"))
    roost_img_append_option (options, "preallocation", preallocation);
  if (content->key != NULL)
    {
      g_autofree char *id = roost_img_add_key (img, content->key);

      roost_volume_crypt_options (config, id, options);
    }
  if (options->len > 0)
    roost_img_add (img, "-o", options->str, NULL);
}

/* A raw volume that is encrypted is one of another format for qemu-img. */
static const char *
format_of (const RoostVolumeContent *content)
{
  const char *format = content->config->format != NULL ? content->config->format : "raw";

  return content->key != NULL && g_str_equal (format, "raw") ? "luks" : format;
}

/* --- writing --- */

gboolean
roost_volume_content_create (const RoostVolumeContent *content,
                             GCancellable *cancellable,
                             GError **error)
{
  const RoostVolumeConfig *config = content->config;
  const RoostVolumeBacking *backing = config->backing;
  g_autoptr (RoostImg) img = roost_img_new ("create", "-q", "-f", format_of (content), NULL);

  add_options (content, img);
  if (backing != NULL && content->is_below_encrypted) /* it was looked at before */
    roost_img_add (img, "-u", NULL);
  if (backing != NULL)
    roost_img_add (img, "-b", backing->path, "-F",
                   backing->format != NULL ? backing->format : "raw", NULL);
  roost_img_add (img, content->path, NULL);
  if (config->capacity.is_set)
    roost_img_add_size (img, config->capacity.value);
  return roost_img_do (img, cancellable, error);
}

static void
on_text (const char *text, gpointer job)
{
  double done = roost_tool_read_progress (text);

  if (done >= 0)
    roost_job_set_phase (job, "write content", done);
}

static gboolean
convert (const RoostVolumeContent *content, GCancellable *cancellable, GError **error)
{
  const RoostToolOptions options = { .on_text = on_text, .data = content->job };
  const RoostVolumeOrigin *origin = content->origin;
  g_autoptr (RoostImg) img = roost_img_new ("convert", "-p", "-O", format_of (content), NULL);
  g_autofree char *from = roost_img_add_image (img, origin->path, origin->format, origin->key);
  g_autofree char *said = NULL;

  add_options (content, img);
  roost_img_add (img, from, content->path, NULL);
  said = roost_img_run (img, &options, cancellable, error);
  return said != NULL;
}

/* A copy may be wanted larger than what it was made of. */
static gboolean
grow (const RoostVolumeContent *content, GCancellable *cancellable, GError **error)
{
  const RoostUint *capacity = &content->config->capacity;
  g_autoptr (RoostImageInfo) info = NULL;
  g_autoptr (RoostImg) img = NULL;
  g_autofree char *image = NULL;

  if (!capacity->is_set || capacity->value == 0)
    return TRUE;
  info = roost_image_info (content->path, format_of (content), cancellable, error);
  if (info == NULL || info->capacity >= capacity->value)
    return info != NULL;
  img = roost_img_new ("resize", "-q", NULL);
  image = roost_img_add_image (img, content->path, content->config->format, content->key);
  roost_img_add (img, image, NULL);
  roost_img_add_size (img, capacity->value);
  return roost_img_do (img, cancellable, error);
}

gboolean
roost_volume_content_copy (const RoostVolumeContent *content,
                           GCancellable *cancellable,
                           GError **error)
{
  return convert (content, cancellable, error) && grow (content, cancellable, error);
}
