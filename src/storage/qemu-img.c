/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/qemu-img.h"

#include <inttypes.h>
#include <string.h>

#define MEASURE_TRIES 10

static void
add_list (RoostImg *img, va_list list)
{
  const char *argument;

  while ((argument = va_arg (list, const char *)) != NULL)
    g_ptr_array_add (img->argv, g_strdup (argument));
}

RoostImg *
roost_img_new (const char *verb, ...)
{
  RoostImg *img = g_new0 (RoostImg, 1);
  va_list list;

  img->argv = g_ptr_array_new_with_free_func (g_free);
  img->keys = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  roost_img_add (img, "qemu-img", verb, NULL);
  va_start (list, verb);
  add_list (img, list);
  va_end (list);
  return img;
}

void
roost_img_free (RoostImg *img)
{
  g_ptr_array_unref (img->argv);
  g_ptr_array_unref (img->keys);
  g_free (img);
}

void
roost_img_add (RoostImg *img, ...)
{
  va_list list;

  va_start (list, img);
  add_list (img, list);
  va_end (list);
}

void
roost_img_add_size (RoostImg *img, guint64 bytes)
{
  g_ptr_array_add (img->argv, g_strdup_printf ("%" PRIu64, bytes));
}

char *
roost_img_add_key (RoostImg *img, GBytes *key)
{
  guint number = img->keys->len;
  char *id = g_strdup_printf ("key%u", number);
  g_autofree char *object =
      g_strdup_printf ("secret,id=%s,file=/dev/fd/%u", id, ROOST_TOOL_FIRST_FD + number);

  g_ptr_array_add (img->keys, g_bytes_ref (key));
  roost_img_add (img, "--object", object, NULL);
  return id;
}

void
roost_img_append_option (GString *options, const char *name, const char *value)
{
  g_auto (GStrv) parts = g_strsplit (value, ",", -1);
  g_autofree char *escaped = g_strjoinv (",,", parts);

  g_string_append_printf (options, "%s%s=%s", options->len > 0 ? "," : "", name, escaped);
}

char *
roost_img_add_image (RoostImg *img, const char *path, const char *format, GBytes *key)
{
  gboolean is_qcow2 = g_strcmp0 (format, "qcow2") == 0;
  GString *options;
  g_autofree char *id = NULL;

  if (key == NULL)
    {
      if (format != NULL)
        roost_img_add (img, "-f", format, NULL);
      return g_strdup (path);
    }
  id = roost_img_add_key (img, key);
  roost_img_add (img, "--image-opts", NULL);
  options = g_string_new (NULL);
  roost_img_append_option (options, "driver", is_qcow2 ? "qcow2" : "luks");
  roost_img_append_option (options, is_qcow2 ? "encrypt.key-secret" : "key-secret", id);
  roost_img_append_option (options, "file.filename", path);
  return g_string_free (options, FALSE);
}

char *
roost_img_add_chain (RoostImg *img, const GPtrArray *chain, GBytes *key)
{
  g_autofree char *id = roost_img_add_key (img, key);
  const RoostImageLink *top = chain->pdata[0];
  GString *options = g_string_new (NULL);
  g_autoptr (GString) name = g_string_new (NULL);

  roost_img_add (img, "--image-opts", NULL);
  roost_img_append_option (options, "driver", top->format);
  roost_img_append_option (options, "file.filename", top->path);
  for (guint i = 0; i < chain->len; i++)
    {
      const RoostImageLink *link = chain->pdata[i];
      gboolean is_luks = g_str_equal (link->format, "luks");
      g_autofree char *option =
          g_strconcat (name->str, is_luks ? "key-secret" : "encrypt.key-secret", NULL);

      if (link->is_encrypted)
        roost_img_append_option (options, option, id);
      g_string_append (name, "backing.");
    }
  return g_string_free (options, FALSE);
}

/* Before anything is written, qemu-img measures how fast it derives a key by the CPU time that the
 * kernel counts in ticks, and gives up when that is none. On a busy host it happens now and then.
 */
static gboolean
was_chance (const RoostImg *img, const GError *error)
{
  return img->keys->len > 0 && error != NULL
         && strstr (error->message, "accurate CPU usage") != NULL;
}

char *
roost_img_run (RoostImg *img,
               const RoostToolOptions *options,
               GCancellable *cancellable,
               GError **error)
{
  RoostToolOptions with_keys = options != NULL ? *options : (RoostToolOptions){ 0 };
  const char *const *argv;
  GError *local = NULL;
  char *said;

  with_keys.files = img->keys;
  g_ptr_array_add (img->argv, NULL);
  argv = (const char *const *)img->argv->pdata;
  said = roost_tool_run (argv, &with_keys, cancellable, &local);
  for (guint i = 0; i < MEASURE_TRIES && was_chance (img, local); i++)
    {
      g_clear_error (&local);
      said = roost_tool_run (argv, &with_keys, cancellable, &local);
    }
  g_ptr_array_set_size (img->argv, (int)img->argv->len - 1);
  if (local != NULL)
    g_propagate_error (error, local);
  return said;
}

gboolean
roost_img_do (RoostImg *img, GCancellable *cancellable, GError **error)
{
  g_autofree char *said = roost_img_run (img, NULL, cancellable, error);

  return said != NULL;
}
