/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/error.h"

#include <stdio.h>

static gboolean live, config, inactive, removes;
static char *value_file;

static const GOptionEntry metadata_options[] = {
  { "file", 'f', 0, G_OPTION_ARG_FILENAME, &value_file, "Take the value from FILE, or - for stdin",
    "FILE" },
  { "remove", 0, 0, G_OPTION_ARG_NONE, &removes, "Remove it", NULL },
  { "live", 0, 0, G_OPTION_ARG_NONE, &live, "Change what runs", NULL },
  { "config", 0, 0, G_OPTION_ARG_NONE, &config, "Change what is stored", NULL },
  { "inactive", 0, 0, G_OPTION_ARG_NONE, &inactive, "Show what the next start will use", NULL },
  { 0 },
};

static gboolean
rename_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_autoptr (GVariant) reply = NULL;

  if (path == NULL)
    return FALSE;
  reply = ctl_call (ctl, path, CTL_DOMAIN, "Rename", g_variant_new ("(sa{sv})", args[1], NULL),
                    "()", CTL_CALL_SLOW, error);
  return reply != NULL;
}

static gboolean
show (Ctl *ctl, const char *path, const char *what, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  const char *value;

  if (inactive)
    g_variant_dict_insert (&options, "inactive", "b", TRUE);
  reply = ctl_call (ctl, path, CTL_DOMAIN, "GetMetadata",
                    g_variant_new ("(s@a{sv})", what, g_variant_dict_end (&options)), "(s)",
                    CTL_CALL_SLOW, error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&s)", &value);
  puts (value);
  return TRUE;
}

static gboolean
set (Ctl *ctl, const char *path, const char *what, const char *value, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;

  if (live)
    g_variant_dict_insert (&options, "live", "b", TRUE);
  if (config)
    g_variant_dict_insert (&options, "config", "b", TRUE);
  reply = ctl_call (ctl, path, CTL_DOMAIN, "SetMetadata",
                    g_variant_new ("(ss@a{sv})", what, value, g_variant_dict_end (&options)), "()",
                    CTL_CALL_SLOW, error);
  return reply != NULL;
}

static gboolean
metadata_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;

  if ((args[2] != NULL) + (value_file != NULL) + removes > 1)
    {
      g_set_error (error, CTL_USAGE, 0, "give one of VALUE, --file and --remove");
      return FALSE;
    }
  path = ctl_find_domain (ctl, args[0], error);
  if (path == NULL)
    return FALSE;
  if (value_file != NULL)
    text = ctl_read_text (value_file, error);
  else if (args[2] != NULL || removes)
    text = g_strdup (removes ? "" : args[2]);
  else
    return show (ctl, path, args[1], error);
  return text != NULL && set (ctl, path, args[1], text, error);
}

const CtlVerb ctl_metadata_verbs[] = {
  { .name = "rename",
    .args = "DOMAIN NAME",
    .summary = "Give a domain that is shut off another name",
    .details =
        "Its UUID, its disks and its firmware variables stay; its log takes the new name.\n\n"
        "Example:\n  roostctl rename demo web1",
    .min_args = 2,
    .max_args = 2,
    .run = rename_run },
  { .name = "metadata",
    .args = "DOMAIN title|description|URI [VALUE]",
    .summary = "Show or change what is said of a domain",
    .details = "URI is the XML namespace of an application, and VALUE its element then.\n\n"
               "Examples:\n"
               "  roostctl metadata demo title 'The web server'\n"
               "  roostctl metadata --file notes.txt demo description\n"
               "  roostctl metadata demo http://example.org/app",
    .min_args = 2,
    .max_args = 3,
    .options = metadata_options,
    .run = metadata_run },
  { 0 },
};
