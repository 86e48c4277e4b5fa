/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

static void
add_item (RoostBuild *build, RoostItemKind kind, const char *option, char *text, JsonObject *object)
{
  RoostItem *item = g_new0 (RoostItem, 1);

  item->kind = kind;
  item->option = option;
  item->text = text;
  item->object = object;
  g_ptr_array_add (build->items, item);
}

void
roost_build_option_take (RoostBuild *build, const char *option, char *text)
{
  add_item (build, ROOST_ITEM_OPTION, option, text, NULL);
}

void
roost_build_option (RoostBuild *build, const char *option, const char *text)
{
  roost_build_option_take (build, option, g_strdup (text));
}

void
roost_build_option_printf (RoostBuild *build, const char *option, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  roost_build_option_take (build, option, g_strdup_vprintf (format, args));
  va_end (args);
}

void
roost_build_object (RoostBuild *build, JsonObject *object)
{
  add_item (build, ROOST_ITEM_OBJECT, "-object", NULL, object);
}

void
roost_build_blockdev (RoostBuild *build, JsonObject *object)
{
  add_item (build, ROOST_ITEM_BLOCKDEV, "-blockdev", NULL, object);
}

void
roost_build_netdev (RoostBuild *build, JsonObject *object)
{
  add_item (build, ROOST_ITEM_NETDEV, "-netdev", NULL, object);
}

void
roost_build_chardev (RoostBuild *build, JsonObject *object)
{
  add_item (build, ROOST_ITEM_CHARDEV, "-chardev", NULL, object);
}

void
roost_build_device (RoostBuild *build, JsonObject *object)
{
  add_item (build, ROOST_ITEM_DEVICE, "-device", NULL, object);
}

void
roost_text_add (GString *text, const char *key, const char *value)
{
  if (value == NULL)
    return;
  if (text->len > 0)
    g_string_append_c (text, ',');
  if (key != NULL)
    g_string_append_printf (text, "%s=", key);
  for (const char *c = value; *c != '\0'; c++)
    {
      if (*c == ',')
        g_string_append_c (text, ',');
      g_string_append_c (text, *c);
    }
}

void
roost_text_add_printf (GString *text, const char *key, const char *format, ...)
{
  g_autofree char *value = NULL;
  va_list args;

  va_start (args, format);
  value = g_strdup_vprintf (format, args);
  va_end (args);
  roost_text_add (text, key, value);
}

int
roost_build_request_fd (
    RoostBuild *build, RoostFdKind kind, const char *alias, guint index, const char *path)
{
  RoostFdRequest *request = g_new0 (RoostFdRequest, 1);

  request->kind = kind;
  request->alias = g_strdup (alias);
  request->index = index;
  request->path = g_strdup (path);
  request->target = (int)build->next_fd++;
  request->fdset = -1;
  g_ptr_array_add (build->command->fds, request);
  return request->target;
}

char *
roost_build_fd_text (RoostBuild *build, int fd)
{
  return g_strdup_printf ("%s%d", build->fd_prefix, fd);
}

char *
roost_build_fdset (RoostBuild *build, int fd, const char *alias, const char *role)
{
  RoostFdRequest *request = build->command->fds->pdata[build->command->fds->len - 1];
  guint64 set = build->next_fdset++;

  request->fdset = (gint64)set;
  roost_build_option_printf (build, "-add-fd", "set=%" G_GUINT64_FORMAT ",fd=%d,opaque=%s-%s", set,
                             fd, alias, role);
  return g_strdup_printf ("/dev/fdset/%" G_GUINT64_FORMAT, set);
}

char *
roost_build_request_file (
    RoostBuild *build, const char *alias, const char *role, const char *path, gboolean is_append)
{
  int fd = roost_build_request_fd (build, ROOST_FD_FILE, alias, 0, path);
  RoostFdRequest *request = build->command->fds->pdata[build->command->fds->len - 1];

  request->is_append = is_append;
  return roost_build_fdset (build, fd, alias, role);
}

char *
roost_build_run_path (RoostBuild *build, const char *name)
{
  return g_build_filename (build->launch->run_dir, name, NULL);
}

void
roost_build_env (RoostBuild *build, const char *name, const char *value)
{
  if (value != NULL)
    g_ptr_array_add (build->envs, g_strdup_printf ("%s=%s", name, value));
}

void
roost_build_secret (RoostBuild *build, const char *id, const char *uuid, const char *usage)
{
  RoostSecretRequest *request = g_new0 (RoostSecretRequest, 1);
  g_autofree char *name = g_strdup_printf ("secret-%s", id);
  JsonObject *object = roost_object_new ("qom-type", "secret");

  request->uuid = g_strdup (uuid);
  request->usage = g_strdup (usage);
  request->path = roost_build_run_path (build, name);
  g_ptr_array_add (build->command->secrets, request);
  roost_put_string (object, "id", id);
  roost_put_string (object, "file", request->path);
  roost_build_object (build, object);
}
