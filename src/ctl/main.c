/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static gboolean use_user, use_system, use_json, no_color, show_version, show_verbs, show_help;

/* Known before and after the verb. */
static const GOptionEntry common_options[] = {
  { "user", 0, 0, G_OPTION_ARG_NONE, &use_user, "The daemon of the session bus", NULL },
  { "system", 0, 0, G_OPTION_ARG_NONE, &use_system, "The daemon of the system bus", NULL },
  { "json", 0, 0, G_OPTION_ARG_NONE, &use_json, "Print JSON", NULL },
  { "no-color", 0, 0, G_OPTION_ARG_NONE, &no_color, "Print without colours", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry first_options[] = {
  { "version", 0, 0, G_OPTION_ARG_NONE, &show_version, NULL, NULL },
  { "help", 'h', 0, G_OPTION_ARG_NONE, &show_help, NULL, NULL },
  { "list-verbs", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &show_verbs, NULL, NULL },
  G_OPTION_ENTRY_NULL,
};

/* GOption's own complaints are wrong use too. */
static gboolean
parse (GOptionContext *context, char ***argv, GError **error)
{
  g_autoptr (GError) local = NULL;

  return g_option_context_parse_strv (context, argv, &local)
         || ctl_throw_usage (error, "%s; see --help", local->message);
}

/* The options up to the verb; what is left in @argv begins with the program's name. */
static gboolean
parse_first (char ***argv, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_strict_posix (context, TRUE);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_add_main_entries (context, common_options, NULL);
  g_option_context_add_main_entries (context, first_options, NULL);
  return parse (context, argv, error);
}

/* Drops the words of the verb after the program's name. */
static char **
without_words (char **argv, guint n_words)
{
  GStrvBuilder *builder = g_strv_builder_new ();
  char **left;

  g_strv_builder_add (builder, argv[0]);
  g_strv_builder_addv (builder, (const char **)argv + 1 + n_words);
  left = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return left;
}

static gboolean
parse_verb (const CtlVerb *verb, char ***argv, GError **error)
{
  g_autofree char *details = g_strdup_printf ("%s.\n\n%s", verb->summary, verb->details);
  g_autofree char *name = g_strdup_printf ("roostctl %s", verb->name);
  g_autoptr (GOptionContext) context = g_option_context_new (verb->args);
  guint n_args;

  g_set_prgname (name);
  g_option_context_set_summary (context, details);
  if (verb->options != NULL)
    g_option_context_add_main_entries (context, verb->options, NULL);
  g_option_context_add_main_entries (context, common_options, NULL);
  if (!parse (context, argv, error))
    return FALSE;
  n_args = g_strv_length (*argv) - 1;
  if (n_args < verb->min_args)
    return ctl_throw_usage (error, "%s needs %s; see 'roostctl %s --help'", verb->name, verb->args,
                            verb->name);
  if (n_args > verb->max_args)
    return ctl_throw_usage (error, "%s does not take '%s'; see 'roostctl %s --help'", verb->name,
                            (*argv)[1 + verb->max_args], verb->name);
  return TRUE;
}

static gboolean
no_verb (const char *word, GError **error)
{
  g_autofree char *guess = ctl_guess_verb (word);

  if (guess != NULL)
    return ctl_throw_usage (error, "there is no verb '%s'; did you mean %s?", word, guess);
  return ctl_throw_usage (error, "there is no verb '%s'; see 'roostctl --help'", word);
}

static gboolean
run_verb (Ctl *ctl, char **argv, GError **error)
{
  g_auto (GStrv) args = NULL;
  const CtlVerb *verb;
  guint n_words;

  if (argv[1] == NULL)
    return ctl_throw_usage (error, "what is to be done? See 'roostctl --help'");
  verb = ctl_find_verb (argv + 1, &n_words);
  if (verb == NULL)
    return no_verb (argv[1], error);
  args = without_words (argv, n_words);
  if (!parse_verb (verb, &args, error))
    return FALSE;
  if (use_user && use_system)
    return ctl_throw_usage (error, "--user and --system exclude each other");
  ctl->bus = use_user ? CTL_BUS_USER : use_system ? CTL_BUS_SYSTEM : CTL_BUS_AUTO;
  ctl->json = use_json;
  ctl->color = !no_color && !use_json && g_getenv ("NO_COLOR") == NULL && isatty (STDOUT_FILENO);
  ctl->verb = verb;
  return verb->run != NULL ? verb->run (ctl, args + 1, error)
                           : ctl_each_domain (ctl, args + 1, verb->each, error);
}

/* "help VERB" and "--help VERB" are "VERB --help". */
static gboolean
help_verb (Ctl *ctl, char **argv, GError **error)
{
  const char *words[] = { "roostctl", argv[1], "--help", NULL, NULL };

  if (argv[2] != NULL)
    {
      words[2] = argv[2];
      words[3] = "--help";
    }
  return run_verb (ctl, (char **)words, error);
}

static gboolean
run (Ctl *ctl, char **argv, GError **error)
{
  g_auto (GStrv) args = g_strdupv (argv);
  gboolean is_word, is_help;

  if (!parse_first (&args, error))
    return FALSE;
  is_word = args[1] != NULL && g_str_equal (args[1], "help");
  is_help = show_help || is_word;
  if (show_version)
    puts ("roostctl " ROOST_VERSION);
  else if (show_verbs)
    ctl_print_verb_names ();
  else if (is_help && args[1 + is_word] != NULL)
    return help_verb (ctl, args + is_word, error);
  else if (is_help)
    ctl_print_help ();
  else
    return run_verb (ctl, args, error);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Ctl ctl = { .exit_code = CTL_EXIT_OK };

  setlocale (LC_ALL, "");
  if (!run (&ctl, argv, &error))
    {
      ctl_report (error);
      ctl.exit_code = ctl_exit_for (error);
    }
  g_clear_object (&ctl.connection);
  if (fflush (stdout) != 0 && ctl.exit_code == CTL_EXIT_OK)
    ctl.exit_code = CTL_EXIT_FAILED;
  return ctl.exit_code;
}
