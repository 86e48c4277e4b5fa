/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/spell.h"

#include <stdio.h>
#include <string.h>

/* Of the verb and its arguments; longer ones have a line of their own. */
#define LEFT_WIDTH 32

#define MAX_TYPOS 2

static const struct
{
  const char *title;
  const CtlVerb *verbs;
} groups[] = {
  { "Look", ctl_list_verbs },
  { "Start and stop", ctl_state_verbs },
  { "Make", ctl_create_verbs },
  { "Define", ctl_define_verbs },
  { "Copy and delete, with disks", ctl_clone_verbs },
  { "Names and notes", ctl_metadata_verbs },
  { "Move here", ctl_import_verbs },
  { "XML", ctl_xml_verbs },
  { "Console and screen", ctl_console_verbs },
  { "Display, keyboard, pointer", ctl_display_verbs },
  { "Watch", ctl_top_verbs },
  { "Statistics", ctl_stats_verbs },
  { "Events", ctl_monitor_verbs },
  { "Jobs", ctl_job_verbs },
  { "Tuning and dumps", ctl_tune_verbs },
  { "Devices, processors, memory", ctl_device_verbs },
  { "Network cards", ctl_bandwidth_verbs },
  { "Power and log", ctl_power_verbs },
  { "Inside the guest, by its agent", ctl_guest_verbs },
  { "Programs and files of the guest", ctl_guest_io_verbs },
  { "Storage pools", ctl_pool_verbs },
  { "Volumes", ctl_vol_verbs },
  { "Secrets", ctl_secret_verbs },
};

/* How many words of @argv are the name of @verb; 0 when it is another one. */
static guint
match_words (const CtlVerb *verb, char **argv)
{
  g_auto (GStrv) words = g_strsplit (verb->name, " ", -1);
  guint n = 0;

  while (words[n] != NULL && argv[n] != NULL && g_str_equal (words[n], argv[n]))
    n++;
  return words[n] == NULL ? n : 0;
}

const CtlVerb *
ctl_find_verb (char **argv, guint *n_words)
{
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    for (const CtlVerb *verb = groups[i].verbs; verb->name != NULL; verb++)
      if ((*n_words = match_words (verb, argv)) > 0)
        return verb;
  return NULL;
}

/* --- names that are none --- */

/* What others call it. */
static const char *
other_name (const char *word)
{
  static const struct
  {
    const char *word, *verb;
  } names[] = {
    { "stop", "shutdown" },
    { "kill", "destroy" },
    { "ls", "list" },
    { "info", "show" },
    { "dominfo", "show" },
    { "dumpxml", "xml" },
    { "rm", "undefine" },
    { "delete", "undefine" },
    { "install", "create" },
    { "new", "create" },
    { "pause", "suspend" },
    { "vnc", "display" },
    { "pool-create-as", "pool-define-as" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i].word, word))
      return names[i].verb;
  return NULL;
}

/* Returns: (nullable): the verb that is spelled nearly so. */
static const char *
nearest_verb (const char *word)
{
  const char *nearest = NULL;
  guint best = MAX_TYPOS + 1;

  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    for (const CtlVerb *verb = groups[i].verbs; verb->name != NULL; verb++)
      {
        guint far = roost_spell_distance (word, verb->name);

        if (far < best && far < strlen (word))
          {
            best = far;
            nearest = verb->name;
          }
      }
  return nearest;
}

char *
ctl_guess_verb (const char *word)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gsize length = strlen (word);
  const char *other = other_name (word);

  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    for (const CtlVerb *verb = groups[i].verbs; verb->name != NULL; verb++)
      if (g_str_has_prefix (verb->name, word) && strchr (" -", verb->name[length]) != NULL)
        g_string_append_printf (text, "%s'%s'", text->len > 0 ? " or " : "", verb->name);
  if (text->len > 0)
    return g_strdup (text->str);
  if (other == NULL)
    other = nearest_verb (word);
  return other != NULL ? g_strdup_printf ("'%s'", other) : NULL;
}

/* --- printing --- */

void
ctl_print_verb_names (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    for (const CtlVerb *verb = groups[i].verbs; verb->name != NULL; verb++)
      puts (verb->name);
}

void
ctl_print_help (void)
{
  puts ("Usage: roostctl [--user|--system] [--json] VERB [OPTION...] [ARGUMENT...]\n"
        "\n"
        "Runs virtual machines by the D-Bus service Roost. A DOMAIN is given by its name, its\n"
        "UUID, or the beginning of its UUID.\n");
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      printf ("%s:\n", groups[i].title);
      for (const CtlVerb *verb = groups[i].verbs; verb->name != NULL; verb++)
        {
          g_autofree char *left = g_strdup_printf ("%s %s", verb->name, verb->args);

          if (strlen (left) > LEFT_WIDTH)
            printf ("  %s\n  %-*s %s\n", left, LEFT_WIDTH, "", verb->summary);
          else
            printf ("  %-*s %s\n", LEFT_WIDTH, left, verb->summary);
        }
      putchar ('\n');
    }
  puts ("Options of every verb:\n"
        "  --user       the daemon of the session bus\n"
        "  --system     the daemon of the system bus\n"
        "  --json       print JSON\n"
        "  --no-color   print without colours; NO_COLOR in the environment does the same\n"
        "  --help       more about a verb: roostctl VERB --help\n"
        "  --version    print the version\n"
        "\n"
        "Exit codes: 0 done, 1 failed, 2 wrong use, 3 not found, 4 not authorized,\n"
        "5 busy or in the wrong state, 6 timed out, 7 no daemon. See roostctl(1).");
}
