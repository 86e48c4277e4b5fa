/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/create-run.h"

#include "base/error.h"

#include <string.h>

/* The first line of a file, or of what is typed unseen. */
static char *
read_password (const char *file, GError **error)
{
  g_autofree char *text = NULL;

  if (g_str_equal (file, "-"))
    return ctl_ask_hidden ("Password: ", error);
  text = ctl_read_text (file, error);
  if (text != NULL)
    text[strcspn (text, "\r\n")] = '\0';
  return g_steal_pointer (&text);
}

static char *
hash_password (const char *file, GError **error)
{
  char *password = read_password (file, error);
  char *hash = password != NULL ? ctl_cloud_hash_password (password, error) : NULL;

  if (password != NULL)
    explicit_bzero (password, strlen (password));
  g_free (password);
  return hash;
}

static gboolean
read_keys (char **files, GPtrArray *keys, GError **error)
{
  for (char **file = files; file != NULL && *file != NULL; file++)
    {
      g_autofree char *text = ctl_read_text (*file, error);

      if (text == NULL || !ctl_cloud_read_keys (text, *file, keys, error))
        return FALSE;
    }
  return TRUE;
}

/* The key that ssh would use, for those who said nothing. */
static void
take_own_key (GPtrArray *keys)
{
  const char *const names[] = { "id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub", NULL };

  for (const char *const *name = names; *name != NULL && keys->len == 0; name++)
    {
      g_autofree char *file = g_build_filename (g_get_home_dir (), ".ssh", *name, NULL);
      g_autofree char *text = ctl_read_text (file, NULL);

      if (text != NULL && ctl_cloud_read_keys (text, file, keys, NULL))
        g_printerr ("roostctl: %s may log in\n", file);
    }
  if (keys->len == 0)
    g_printerr ("roostctl: nobody can log in; --ssh-key or --password-file would allow it\n");
}

static gboolean
make_user_data (CtlPlan *plan, const CtlCreateOptions *options, CtlCloud *cloud, GError **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *hash = NULL;

  if (options->password_file != NULL
      && (hash = hash_password (options->password_file, error)) == NULL)
    return FALSE;
  if (!read_keys (options->key_files, keys, error))
    return FALSE;
  if (keys->len == 0 && hash == NULL)
    take_own_key (keys);
  g_ptr_array_add (keys, NULL);
  cloud->user = options->user;
  cloud->password_hash = hash;
  cloud->keys = (const char *const *)keys->pdata;
  plan->user_data = ctl_cloud_user_data (cloud);
  return TRUE;
}

gboolean
ctl_plan_read_cloud (CtlPlan *plan, const CtlCreateOptions *options, GError **error)
{
  g_autofree char *usual = ctl_cloud_hostname (plan->guest->name);
  CtlCloud cloud = { .instance_id = plan->guest->uuid,
                     .hostname = options->hostname != NULL ? options->hostname : usual };

  plan->meta_data = ctl_cloud_meta_data (&cloud);
  if (options->cloud_config == NULL)
    return make_user_data (plan, options, &cloud, error);
  plan->user_data = ctl_read_text (options->cloud_config, error);
  if (plan->user_data == NULL)
    return FALSE;
  if (ctl_cloud_check_user_data (plan->user_data, error))
    return TRUE;
  g_prefix_error (error, "%s: ", options->cloud_config);
  return FALSE;
}
