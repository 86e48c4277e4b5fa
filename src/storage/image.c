/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/image.h"

#include "base/co.h"
#include "base/error.h"
#include "base/json.h"
#include "storage/answers.h"
#include "storage/qemu-img.h"

void
roost_image_info_free (RoostImageInfo *info)
{
  g_free (info->format);
  g_free (info->backing);
  g_free (info->backing_format);
  g_free (info->data_file);
  g_free (info->compat);
  g_free (info);
}

static void
read_qcow2 (RoostImageInfo *info, JsonObject *root)
{
  JsonObject *specific = roost_json_object (root, "format-specific");
  JsonObject *data = roost_json_object (specific, "data");

  info->compat = g_strdup (roost_json_string (data, "compat"));
  info->data_file = g_strdup (roost_json_string (data, "data-file"));
  info->lazy_refcounts = roost_json_bool (data, "lazy-refcounts", FALSE);
  info->extended_l2 = roost_json_bool (data, "extended-l2", FALSE);
  info->is_corrupt = roost_json_bool (data, "corrupt", FALSE);
}

static const char *
resolved_backing (JsonObject *root)
{
  const char *full = roost_json_string (root, "full-backing-filename");

  return full != NULL ? full : roost_json_string (root, "backing-filename");
}

RoostImageInfo *
roost_image_info_parse (const char *json, GError **error)
{
  g_autoptr (JsonNode) node = roost_answer_json ("qemu-img info", json, error);
  JsonObject *root = roost_json_node_object (node);
  const char *format = roost_json_string (root, "format");
  gint64 capacity = roost_json_int (root, "virtual-size", -1);
  RoostImageInfo *info;

  if (node == NULL)
    return NULL;
  if (format == NULL || capacity < 0)
    {
      roost_throw (error, ROOST_ERROR_STORAGE, "qemu-img info: no format and size in its answer");
      return NULL;
    }
  info = g_new0 (RoostImageInfo, 1);
  info->format = g_strdup (format);
  info->capacity = (guint64)capacity;
  info->allocation = (guint64)MAX (roost_json_int (root, "actual-size", 0), 0);
  info->cluster_size = (guint64)MAX (roost_json_int (root, "cluster-size", 0), 0);
  info->backing = g_strdup (resolved_backing (root));
  info->backing_format = g_strdup (roost_json_string (root, "backing-filename-format"));
  info->is_encrypted = roost_json_bool (root, "encrypted", FALSE);
  info->is_dirty = roost_json_bool (root, "dirty-flag", FALSE);
  read_qcow2 (info, root);
  return info;
}

RoostImageInfo *
roost_image_info (const char *path, const char *format, GCancellable *cancellable, GError **error)
{
  const RoostToolOptions options = { .timeout_ms = ROOST_TOOL_QUICK_MS, .is_bounded = TRUE };
  g_autoptr (RoostImg) img = roost_img_new ("info", "-U", "--output=json", NULL);
  g_autofree char *image = roost_img_add_image (img, path, format, NULL);
  g_autofree char *json = NULL;

  roost_img_add (img, image, NULL);
  json = roost_img_run (img, &options, cancellable, error);
  return json != NULL ? roost_image_info_parse (json, error) : NULL;
}
