/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static gboolean strict, check_abi, start_now, paused, console, keep_nvram, remove_nvram, keep_tpm;

static const GOptionEntry define_options[] = {
  { "strict", 0, 0, G_OPTION_ARG_NONE, &strict, "Refuse XML with anything not understood", NULL },
  { "check-abi", 0, 0, G_OPTION_ARG_NONE, &check_abi,
    "Refuse what the running guest would see as another machine", NULL },
  { "start", 's', 0, G_OPTION_ARG_NONE, &start_now, "Start it as well", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry run_options[] = {
  { "strict", 0, 0, G_OPTION_ARG_NONE, &strict, "Refuse XML with anything not understood", NULL },
  { "paused", 'p', 0, G_OPTION_ARG_NONE, &paused, "Stop before the first instruction", NULL },
  { "console", 'c', 0, G_OPTION_ARG_NONE, &console, "Connect to the console from the start", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry undefine_options[] = {
  { "keep-nvram", 0, 0, G_OPTION_ARG_NONE, &keep_nvram, "Leave its firmware variables", NULL },
  { "remove-nvram", 0, 0, G_OPTION_ARG_NONE, &remove_nvram, "Remove its firmware variables", NULL },
  { "keep-tpm", 0, 0, G_OPTION_ARG_NONE, &keep_tpm, "Leave the state of its TPM", NULL },
  G_OPTION_ENTRY_NULL,
};

static int autostart_order = -1;
static double autostart_delay_s = -1;

static const GOptionEntry autostart_options[] = {
  { "order", 0, 0, G_OPTION_ARG_INT, &autostart_order, "Its place in the order, from 1; 0: none",
    "NUMBER" },
  { "delay", 0, 0, G_OPTION_ARG_DOUBLE, &autostart_delay_s, "Wait so long after those before",
    "SECONDS" },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry edit_options[] = {
  { "strict", 0, 0, G_OPTION_ARG_NONE, &strict, "Refuse XML with anything not understood", NULL },
  { "check-abi", 0, 0, G_OPTION_ARG_NONE, &check_abi,
    "Refuse what the running guest would see as another machine", NULL },
  G_OPTION_ENTRY_NULL,
};

/* Hands @xml to a method of the Manager that makes a domain. Returns: (transfer full): its path. */
static char *
submit (Ctl *ctl, const char *method, const char *xml, GVariantDict *options, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  char *path = NULL;

  if (strict)
    g_variant_dict_insert (options, "validate", "b", TRUE);
  if (check_abi)
    g_variant_dict_insert (options, "check-abi", "b", TRUE);
  reply = ctl_call_manager (
      ctl, method, g_variant_new ("(s@a{sv})", xml, g_variant_dict_end (options)), "(o)", error);
  if (reply != NULL)
    g_variant_get (reply, "(o)", &path);
  return path;
}

static char *
name_of (Ctl *ctl, const char *path, GError **error)
{
  g_autoptr (GVariant) properties = ctl_get_properties (ctl, path, CTL_DOMAIN, error);
  char *name = NULL;

  if (properties != NULL && !g_variant_lookup (properties, "Name", "s", &name))
    roost_throw (error, ROOST_ERROR_IO, "%s has no name", path);
  return name;
}

static gboolean
define_file (Ctl *ctl, const char *file, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *xml = ctl_read_text (file, error);
  g_autofree char *path = NULL;
  g_autofree char *name = NULL;

  if (xml == NULL)
    return FALSE;
  path = submit (ctl, "DefineDomain", xml, &options, error);
  if (path == NULL)
    {
      g_prefix_error (error, "%s: ", file);
      return FALSE;
    }
  name = name_of (ctl, path, error);
  if (name == NULL || (start_now && !ctl_call_domain (ctl, path, "Start", NULL, error)))
    return FALSE;
  puts (name);
  return TRUE;
}

static gboolean
define_run (Ctl *ctl, char **args, GError **error)
{
  for (char **file = args; *file != NULL; file++)
    if (!define_file (ctl, *file, error))
      return FALSE;
  return TRUE;
}

static gboolean
run_run (Ctl *ctl, char **args, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *xml = ctl_read_text (args[0], error);
  g_autofree char *path = NULL;
  g_autofree char *name = NULL;

  if (xml == NULL)
    return FALSE;
  if (paused || console)
    g_variant_dict_insert (&options, "paused", "b", TRUE);
  path = submit (ctl, "StartTransientDomain", xml, &options, error);
  if (path == NULL)
    {
      g_prefix_error (error, "%s: ", args[0]);
      return FALSE;
    }
  name = name_of (ctl, path, error);
  if (name == NULL)
    return FALSE;
  if (console)
    return ctl_console_start (ctl, path, name, !paused, error);
  puts (name);
  return TRUE;
}

static gboolean
undefine_one (Ctl *ctl, const char *path, const char *name, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (keep_nvram)
    g_variant_dict_insert (&options, "keep-nvram", "b", TRUE);
  if (remove_nvram)
    g_variant_dict_insert (&options, "remove-nvram", "b", TRUE);
  if (keep_tpm)
    g_variant_dict_insert (&options, "keep-tpm", "b", TRUE);
  return ctl_call_domain (ctl, path, "Undefine", &options, error);
}

static gboolean
autostart_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = NULL;
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  gboolean on = args[1] == NULL || g_str_equal (args[1], "on");

  if (!on && !g_str_equal (args[1], "off"))
    {
      g_set_error (error, CTL_USAGE, 0, "autostart is 'on' or 'off', not '%s'", args[1]);
      return FALSE;
    }
  path = ctl_find_domain (ctl, args[0], error);
  if (path == NULL)
    return FALSE;
  if (autostart_order >= 0)
    g_variant_dict_insert (&options, "order", "u", (guint)autostart_order);
  if (autostart_delay_s >= 0)
    g_variant_dict_insert (&options, "delay", "t", (guint64)(autostart_delay_s * 1e6));
  reply = ctl_call (ctl, path, CTL_DOMAIN, "SetAutostart",
                    g_variant_new ("(b@a{sv})", on, g_variant_dict_end (&options)), "()",
                    CTL_CALL_SLOW, error);
  return reply != NULL;
}

/* --- edit --- */

static gboolean
run_editor (const char *file, GError **error)
{
  const char *editor = g_getenv ("VISUAL") != NULL   ? g_getenv ("VISUAL")
                       : g_getenv ("EDITOR") != NULL ? g_getenv ("EDITOR")
                                                     : "editor";
  g_autofree char *command = g_strdup_printf ("%s \"$1\"", editor);
  const char *argv[] = { "/bin/sh", "-c", command, "sh", file, NULL };
  int status;

  if (!g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL,
                     NULL, &status, error))
    return FALSE;
  if (g_spawn_check_wait_status (status, error))
    return TRUE;
  g_prefix_error (error, "the editor '%s' failed: ", editor);
  return FALSE;
}

static gboolean
redefine (Ctl *ctl, const char *path, const char *xml, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;

  if (strict)
    g_variant_dict_insert (&options, "validate", "b", TRUE);
  if (check_abi)
    g_variant_dict_insert (&options, "check-abi", "b", TRUE);
  reply = ctl_call (ctl, path, CTL_DOMAIN, "Redefine",
                    g_variant_new ("(s@a{sv})", xml, g_variant_dict_end (&options)), "()",
                    CTL_CALL_SLOW, error);
  return reply != NULL;
}

static gboolean
wants_again (const GError *error)
{
  char answer[16] = "";

  ctl_report (error);
  if (!isatty (STDIN_FILENO))
    return FALSE;
  fprintf (stderr, "Edit it again? [Y/n] ");
  return fgets (answer, sizeof answer, stdin) != NULL && g_ascii_tolower (answer[0]) != 'n';
}

/* Edits until the daemon takes it, or the user gives up; then the text stays in @file. */
static gboolean
edit_file (Ctl *ctl, const char *path, const char *file, const char *before, GError **error)
{
  for (;;)
    {
      g_autoptr (GError) local = NULL;
      g_autofree char *after = NULL;

      if (!run_editor (file, error) || (after = ctl_read_text (file, error)) == NULL)
        return FALSE;
      if (g_str_equal (before, after) || redefine (ctl, path, after, &local))
        {
          puts (g_str_equal (before, after) ? "not changed" : "stored for the next start");
          unlink (file);
          return TRUE;
        }
      if (wants_again (local))
        continue;
      return roost_throw (error, ROOST_ERROR_INVALID_XML, "nothing was stored; your text is in %s",
                          file);
    }
}

static gboolean
edit_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_autofree char *xml = NULL;
  g_autofree char *file = NULL;
  int fd;

  if (path == NULL || (xml = ctl_get_xml (ctl, path, TRUE, FALSE, error)) == NULL)
    return FALSE;
  fd = g_file_open_tmp ("roostctl-XXXXXX.xml", &file, error);
  if (fd < 0)
    return FALSE;
  close (fd);
  return g_file_set_contents (file, xml, -1, error) && edit_file (ctl, path, file, xml, error);
}

const CtlVerb ctl_define_verbs[] = {
  { .name = "define",
    .args = "FILE...",
    .summary = "Store domains from XML files",
    .details = "Prints the name of each. A file named - is the standard input.\n\n"
               "Examples:\n"
               "  roostctl define demo.xml\n"
               "  roostctl define --start demo.xml",
    .min_args = 1,
    .max_args = CTL_MANY,
    .options = define_options,
    .run = define_run },
  { .name = "run",
    .args = "FILE",
    .summary = "Start a domain that is forgotten when it stops",
    .details = "Example:\n  roostctl run --console rescue.xml",
    .min_args = 1,
    .max_args = 1,
    .options = run_options,
    .run = run_run },
  { .name = "edit",
    .args = "DOMAIN",
    .summary = "Edit the XML of a domain in $EDITOR",
    .details =
        "The new XML holds from the next start on.\n\nExample:\n  EDITOR=vi roostctl edit demo",
    .min_args = 1,
    .max_args = 1,
    .options = edit_options,
    .run = edit_run },
  { .name = "undefine",
    .args = "DOMAIN...",
    .summary = "Forget domains",
    .details =
        "A running guest goes on, and is forgotten when it stops. Disks are never removed.\n\n"
        "Example:\n  roostctl undefine --remove-nvram demo",
    .min_args = 1,
    .max_args = CTL_MANY,
    .options = undefine_options,
    .each = undefine_one },
  { .name = "autostart",
    .args = "DOMAIN [on|off]",
    .summary = "Start a domain with the daemon, or not",
    .details = "Those with the lowest order start first, those without one last.\n\n"
               "Examples:\n"
               "  roostctl autostart --order 1 database\n"
               "  roostctl autostart --order 2 --delay 10 web\n"
               "  roostctl autostart demo off",
    .min_args = 1,
    .max_args = 2,
    .options = autostart_options,
    .run = autostart_run },
  { 0 },
};
