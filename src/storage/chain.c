/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/image.h"

#include "base/co.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static void
link_free (gpointer p)
{
  RoostImageLink *link = p;

  g_free (link->path);
  g_free (link->format);
  g_free (link);
}

static RoostImageLink *
link_new (const char *path, const char *format)
{
  RoostImageLink *link = g_new0 (RoostImageLink, 1);

  link->path = g_strdup (path);
  link->format = g_strdup (format != NULL ? format : "raw");
  return link;
}

typedef struct
{
  const char *path;
  char *real;
} Resolve;

static gboolean
resolve (gpointer p, GCancellable *cancellable, GError **error)
{
  Resolve *work = p;

  work->real = realpath (work->path, NULL);
  if (work->real == NULL)
    return roost_throw_errno (error, errno, "the image '%s' of the chain", work->path);
  return TRUE;
}

static gboolean
is_known (GPtrArray *chain, const char *real)
{
  for (guint i = 0; i < chain->len; i++)
    if (g_str_equal (((RoostImageLink *)chain->pdata[i])->path, real))
      return TRUE;
  return FALSE;
}

/* Adds the file @path (as an image named it) to the chain. */
static gboolean
add_link (GPtrArray *chain, const char *path, const char *format, GError **error)
{
  Resolve work = { .path = path };
  g_autofree char *real = NULL;

  if (*path != '/')
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the chain goes to '%s', which is no file of this host", path);
  if (!co_thread (resolve, &work, NULL, error))
    return FALSE;
  real = work.real;
  if (is_known (chain, real))
    return roost_throw (error, ROOST_ERROR_STORAGE, "the chain is a loop: '%s' is in it twice",
                        real);
  if (chain->len == ROOST_CHAIN_MAX)
    return roost_throw (error, ROOST_ERROR_STORAGE, "the chain has more than %u images",
                        ROOST_CHAIN_MAX);
  g_ptr_array_add (chain, link_new (real, format));
  return TRUE;
}

static gboolean
check_allowed (const char *path, RoostImageAllowed is_allowed, gpointer data, GError **error)
{
  return is_allowed == NULL || is_allowed (path, data)
         || roost_throw (error, ROOST_ERROR_STORAGE,
                         "the chain leaves the storage pools: '%s' is in none", path);
}

/* A name in an image is relative to the image's folder. */
static char *
beside (const char *image, const char *name)
{
  g_autofree char *folder = g_path_get_dirname (image);

  return g_path_is_absolute (name) ? g_strdup (name) : g_build_filename (folder, name, NULL);
}

static gboolean
check_data_file (const RoostImageLink *link,
                 const RoostImageInfo *info,
                 RoostImageAllowed is_allowed,
                 gpointer data,
                 GError **error)
{
  g_autofree char *path = NULL;

  if (info->data_file == NULL)
    return TRUE;
  path = beside (link->path, info->data_file);
  return check_allowed (path, is_allowed, data, error);
}

/* Read as "raw", an image of another format would be nothing but garbage; to open what its first
 * bytes say is not safe. Awaits. */
static gboolean
check_raw (const RoostImageLink *above, const RoostImageLink *below, GError **error)
{
  RoostImageHeader header = { .format = "raw" };
  gboolean is_raw = !roost_image_look_at (below->path, &header)
                    || g_str_equal (header.format, "raw") || g_str_equal (header.format, "iso");

  g_free (header.backing);
  return is_raw
         || roost_throw (error, ROOST_ERROR_STORAGE,
                         "the image '%s' does not say which format '%s' below it has, which looks "
                         "like %s: 'qemu-img rebase -u -F %s -b %s %s' writes it down",
                         above->path, below->path, header.format, header.format, below->path,
                         above->path);
}

/* Returns: TRUE with @out_more when there is an image below the last one. */
static gboolean
follow (GPtrArray *chain,
        RoostImageAllowed is_allowed,
        gpointer data,
        gboolean *out_more,
        GError **error)
{
  RoostImageLink *last = chain->pdata[chain->len - 1];
  const RoostImageLink *below;
  g_autoptr (RoostImageInfo) info = NULL;

  *out_more = FALSE;
  if (g_str_equal (last->format, "raw"))
    return TRUE;
  info = roost_image_info (last->path, last->format, NULL, error);
  if (info == NULL)
    return FALSE;
  last->is_encrypted = info->is_encrypted;
  if (!check_data_file (last, info, is_allowed, data, error))
    return FALSE;
  if (info->backing == NULL)
    return TRUE;
  if (!add_link (chain, info->backing, info->backing_format, error))
    return FALSE;
  below = chain->pdata[chain->len - 1];
  *out_more = TRUE;
  return check_allowed (below->path, is_allowed, data, error)
         && (info->backing_format != NULL || check_raw (last, below, error));
}

GPtrArray *
roost_image_chain (const char *path,
                   const char *format,
                   RoostImageAllowed is_allowed,
                   gpointer data,
                   GError **error)
{
  g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func (link_free);
  gboolean is_more = TRUE;

  if (!add_link (chain, path, format, error))
    return NULL;
  while (is_more)
    if (!follow (chain, is_allowed, data, &is_more, error))
      return NULL;
  return g_steal_pointer (&chain);
}
