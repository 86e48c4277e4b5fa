/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

static gboolean inactive, secrets, strict;

static const GOptionEntry xml_options[] = {
  { "inactive", 0, 0, G_OPTION_ARG_NONE, &inactive, "What the next start will use", NULL },
  { "secrets", 0, 0, G_OPTION_ARG_NONE, &secrets, "With passwords", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry validate_options[] = {
  { "strict", 0, 0, G_OPTION_ARG_NONE, &strict, "Warnings fail too", NULL },
  G_OPTION_ENTRY_NULL,
};

char *
ctl_get_xml (
    Ctl *ctl, const char *path, gboolean is_inactive, gboolean with_secrets, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  char *xml = NULL;

  if (is_inactive)
    g_variant_dict_insert (&options, "inactive", "b", TRUE);
  if (with_secrets)
    g_variant_dict_insert (&options, "secrets", "b", TRUE);
  reply = ctl_call (ctl, path, CTL_DOMAIN, "GetXml",
                    g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "(s)", CTL_CALL_SLOW,
                    error);
  if (reply != NULL)
    g_variant_get (reply, "(s)", &xml);
  return xml;
}

static gboolean
xml_one (Ctl *ctl, const char *path, const char *name, GError **error)
{
  g_autofree char *xml = ctl_get_xml (ctl, path, inactive, secrets, error);

  if (xml == NULL)
    return FALSE;
  fputs (xml, stdout);
  if (!g_str_has_suffix (xml, "\n"))
    putchar ('\n');
  return TRUE;
}

/* --- validate --- */

static void
print_issue (Ctl *ctl, const char *file, GVariant *issue)
{
  const char *severity, *message;
  guint32 line, column;
  const char *color;

  g_variant_get (issue, "(&suu&s)", &severity, &line, &column, &message);
  color = ctl_state_color (ctl, severity);
  printf ("%s:%u:%u: %s%s:%s %s\n", file, line, column, color, severity,
          *color != '\0' ? ctl_color_end (ctl) : "", message);
}

static void
print_issues_json (const char *file, GVariant *issues)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  const char *severity, *message;
  guint32 line, column;
  GVariantIter iter;

  g_variant_iter_init (&iter, issues);
  json_builder_begin_array (builder);
  while (g_variant_iter_next (&iter, "(&suu&s)", &severity, &line, &column, &message))
    {
      json_builder_begin_object (builder);
      json_builder_add_string_value (json_builder_set_member_name (builder, "file"), file);
      json_builder_add_int_value (json_builder_set_member_name (builder, "line"), line);
      json_builder_add_int_value (json_builder_set_member_name (builder, "column"), column);
      json_builder_add_string_value (json_builder_set_member_name (builder, "severity"), severity);
      json_builder_add_string_value (json_builder_set_member_name (builder, "message"), message);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  root = json_builder_get_root (builder);
  ctl_print_json (root, TRUE);
}

static gboolean
validate_file (Ctl *ctl, const char *file, GError **error)
{
  g_autofree char *xml = ctl_read_text (file, error);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) issues = NULL;

  if (xml == NULL)
    return FALSE;
  reply = ctl_call_manager (ctl, "ValidateDomainXml", g_variant_new ("(sa{sv})", xml, NULL),
                            "(a(suus))", error);
  if (reply == NULL)
    return FALSE;
  issues = g_variant_get_child_value (reply, 0);
  if (ctl->json)
    print_issues_json (file, issues);
  for (gsize i = 0; i < g_variant_n_children (issues); i++)
    {
      g_autoptr (GVariant) issue = g_variant_get_child_value (issues, i);
      const char *severity;

      g_variant_get_child (issue, 0, "&s", &severity);
      if (strict || g_str_equal (severity, "error"))
        ctl->exit_code = CTL_EXIT_FAILED;
      if (!ctl->json)
        print_issue (ctl, file, issue);
    }
  return TRUE;
}

static gboolean
validate_run (Ctl *ctl, char **args, GError **error)
{
  for (char **file = args; *file != NULL; file++)
    if (!validate_file (ctl, *file, error))
      return FALSE;
  return TRUE;
}

/* --- argv --- */

static gboolean
is_plain (const char *argument)
{
  return *argument != '\0'
         && argument[strspn (argument, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_=./,:+@%")]
                == '\0';
}

/* A command line that a shell takes, an option with its value on each line. */
static void
print_command (const char *const *arguments)
{
  for (guint i = 0; arguments[i] != NULL; i++)
    {
      g_autofree char *quoted =
          is_plain (arguments[i]) ? g_strdup (arguments[i]) : g_shell_quote (arguments[i]);
      gboolean is_option = arguments[i][0] == '-';

      printf ("%s%s", i == 0 ? "" : is_option ? " \\\n  " : " ", quoted);
    }
  putchar ('\n');
}

static gboolean
argv_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *xml = ctl_read_text (args[0], error);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) list = NULL;
  g_autofree const char **arguments = NULL;

  if (xml == NULL)
    return FALSE;
  reply = ctl_call_manager (ctl, "DomainXmlToArguments", g_variant_new ("(sa{sv})", xml, NULL),
                            "(as)", error);
  if (reply == NULL)
    {
      g_prefix_error (error, "%s: ", args[0]);
      return FALSE;
    }
  list = g_variant_get_child_value (reply, 0);
  arguments = g_variant_get_strv (list, NULL);
  if (ctl->json)
    ctl_print_variant_json (list);
  else
    print_command (arguments);
  return TRUE;
}

const CtlVerb ctl_xml_verbs[] = {
  { .name = "xml",
    .args = "DOMAIN...",
    .summary = "Print the XML of a domain",
    .details = "Example:\n  roostctl xml --inactive demo > demo.xml",
    .min_args = 1,
    .max_args = CTL_MANY,
    .options = xml_options,
    .each = xml_one },
  { .name = "validate",
    .args = "FILE...",
    .summary = "Say what is wrong with XML files",
    .details =
        "Prints FILE:LINE:COLUMN: error or warning: MESSAGE, and has no effect. A warning is\n"
        "for what is not understood, and would be dropped. Fails when there is an error.\n\n"
        "Example:\n  roostctl validate *.xml",
    .min_args = 1,
    .max_args = CTL_MANY,
    .options = validate_options,
    .run = validate_run },
  { .name = "argv",
    .args = "FILE",
    .summary = "Print the QEMU command line of an XML file",
    .details =
        "Nothing is started, and no disk need be there.\n\nExample:\n  roostctl argv demo.xml",
    .min_args = 1,
    .max_args = 1,
    .run = argv_run },
  { 0 },
};
