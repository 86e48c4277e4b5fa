/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/co.h"
#include "base/error.h"
#include "model/domain-config.h"
#include "qemu/argv.h"
#include "qemu/caps.h"
#include "qemu/firmware.h"

#include <json-glib/json-glib.h>
#include <stdio.h>

/*
 * What the service would make of domain documents, without a service:
 *
 *   roost-corpus-tool args FILE   the command line, for a shell
 *   roost-corpus-tool xml FILE    the completed document
 *   roost-corpus-tool batch       lines "FILE TAB RESULT" on stdin; each RESULT becomes a JSON
 *                                 object with "argv", or with "error"; a third column
 *                                 names the host's roost.conf
 *   roost-corpus-tool batch-xml   the same with "xml" for "argv", and "again": the document that
 *                                 comes of completing that one
 *
 * $ROOST_CAPS_CACHE is the folder where facts about QEMU are kept.
 */

typedef struct
{
  RoostCaps *caps;
  GMainLoop *loop;
  char **args;
  char *nvram_dir;
  int status;
} Tool;

static RoostFacts *
facts_for (Tool *tool, const RoostDomainConfig *config, GError **error)
{
  const char *emulator = roost_domain_config_emulator (config);
  const char *arch = roost_domain_config_arch (config);
  g_autofree char *binary = NULL;

  /* The emulator of another host: ours for the same architecture does. */
  if (emulator != NULL && g_file_test (emulator, G_FILE_TEST_IS_EXECUTABLE))
    return roost_caps_get_facts (tool->caps, emulator, error);
  binary = roost_caps_binary_for (tool->caps, arch != NULL ? arch : "x86_64");
  if (binary == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_FOUND, "no emulator for architecture “%s”", arch);
      return NULL;
    }
  return roost_caps_get_facts (tool->caps, binary, error);
}

static RoostDomainConfig *
load (Tool *tool, const char *path, RoostFacts **out_facts, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (RoostDomainConfig) config = NULL;
  g_autoptr (RoostFacts) facts = NULL;

  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;
  config = roost_domain_config_parse (text, NULL, error);
  if (config == NULL)
    return NULL;
  facts = facts_for (tool, config, error);
  if (facts == NULL || !roost_domain_config_complete (config, facts, NULL, error))
    return NULL;
  *out_facts = g_steal_pointer (&facts);
  return g_steal_pointer (&config);
}

static GStrv
arguments (Tool *tool, const char *path, const RoostHostConfig *host, GError **error)
{
  RoostLaunch launch = {
    .run_dir = "/run/roost/domain",
    .state_dir = "/var/lib/roost",
    .is_privileged = TRUE,
    .is_dry = TRUE,
    .host = host,
    .monitor_fd = -1,
    .now = g_get_real_time () / G_USEC_PER_SEC,
  };
  g_autoptr (RoostFacts) facts = NULL;
  g_autoptr (RoostDomainConfig) config = load (tool, path, &facts, error);

  if (config == NULL || !roost_firmware_resolve (config, tool->nvram_dir, NULL, error))
    return NULL;
  return roost_argv_build (config, facts, &launch, error);
}

static char *
result_text (GStrv argv, const GError *error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, argv != NULL ? "argv" : "error");
  if (argv == NULL)
    json_builder_add_string_value (builder, error->message);
  else
    {
      json_builder_begin_array (builder);
      for (guint i = 0; argv[i] != NULL; i++)
        json_builder_add_string_value (builder, argv[i]);
      json_builder_end_array (builder);
    }
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, TRUE);
}

static GStrv
line_arguments (Tool *tool, GStrv parts, GError **error)
{
  g_autoptr (RoostHostConfig) host = NULL;

  if (parts[2] != NULL)
    {
      host = roost_host_config_load (parts[2], error);
      if (host == NULL)
        return NULL;
    }
  return arguments (tool, parts[0], host, error);
}

static gboolean
run_line (Tool *tool, const char *line, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (line, "\t", 3);
  g_autoptr (GError) reason = NULL;
  g_auto (GStrv) argv = NULL;
  g_autofree char *text = NULL;

  if (g_strv_length (parts) < 2)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "not FILE TAB RESULT: %s", line);
  argv = line_arguments (tool, parts, &reason);
  text = result_text (argv, reason);
  return g_file_set_contents (parts[1], text, -1, error);
}

typedef gboolean (*LineFunc) (Tool *tool, const char *line, GError **error);

static gboolean
run_batch (Tool *tool, LineFunc run_one, GError **error)
{
  char *line = NULL;
  size_t size = 0;
  gboolean good = TRUE;

  while (good && getline (&line, &size, stdin) > 0)
    good = run_one (tool, g_strchomp (line), error);
  free (line);
  return good;
}

/* --- completed documents --- */

static char *
complete_text (Tool *tool, const char *path, GError **error)
{
  g_autoptr (RoostFacts) facts = NULL;
  g_autoptr (RoostDomainConfig) config = load (tool, path, &facts, error);

  return config != NULL ? roost_domain_config_format (config, ROOST_FORMAT_SECRETS) : NULL;
}

static gboolean
run_xml_line (Tool *tool, const char *line, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (line, "\t", 2);
  g_autoptr (GError) reason = NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *xml = NULL;
  g_autofree char *again = NULL;
  g_autofree char *text = NULL;

  if (g_strv_length (parts) != 2)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "not FILE TAB RESULT: %s", line);
  xml = complete_text (tool, parts[0], &reason);
  if (xml != NULL && g_file_set_contents (parts[1], xml, -1, &reason))
    again = complete_text (tool, parts[1], &reason);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "xml");
  json_builder_add_string_value (builder, xml);
  json_builder_set_member_name (builder, "again");
  json_builder_add_string_value (builder, again);
  json_builder_set_member_name (builder, "error");
  json_builder_add_string_value (builder, reason != NULL ? reason->message : NULL);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  return g_file_set_contents (parts[1], text, -1, error);
}

static gboolean
run_args (Tool *tool, GError **error)
{
  g_auto (GStrv) argv = arguments (tool, tool->args[1], NULL, error);
  g_autofree char *text = NULL;

  if (argv == NULL)
    return FALSE;
  text = roost_argv_to_text ((const char *const *)argv);
  g_print ("%s\n", text);
  return TRUE;
}

static gboolean
run_xml (Tool *tool, GError **error)
{
  g_autoptr (RoostFacts) facts = NULL;
  g_autoptr (RoostDomainConfig) config = load (tool, tool->args[1], &facts, error);
  g_autofree char *text = NULL;

  if (config == NULL)
    return FALSE;
  text = roost_domain_config_format (config, ROOST_FORMAT_SECRETS);
  g_print ("%s", text);
  return TRUE;
}

static void
run (gpointer data)
{
  Tool *tool = data;
  g_autoptr (GError) error = NULL;
  gboolean good = FALSE;

  if (g_strcmp0 (tool->args[0], "batch") == 0)
    good = run_batch (tool, run_line, &error);
  else if (g_strcmp0 (tool->args[0], "batch-xml") == 0)
    good = run_batch (tool, run_xml_line, &error);
  else if (g_strcmp0 (tool->args[0], "args") == 0 && tool->args[1] != NULL)
    good = run_args (tool, &error);
  else if (g_strcmp0 (tool->args[0], "xml") == 0 && tool->args[1] != NULL)
    good = run_xml (tool, &error);
  else
    roost_throw (&error, ROOST_ERROR_INVALID_ARGUMENT,
                 "usage: args FILE | xml FILE | batch | batch-xml");
  if (!good)
    g_printerr ("%s\n", error->message);
  tool->status = good ? 0 : 1;
  g_main_loop_quit (tool->loop);
}

static gboolean
start (gpointer data)
{
  co_spawn ("tool", run, data);
  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  const char *cache = g_getenv ("ROOST_CAPS_CACHE");
  g_autofree char *dir = cache != NULL
                             ? g_strdup (cache)
                             : g_build_filename (g_get_user_cache_dir (), "roost", "caps", NULL);
  g_autoptr (RoostCaps) caps = roost_caps_new (dir);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autofree char *nvram_dir = g_build_filename (g_get_user_state_dir (), "roost", "nvram", NULL);
  Tool tool = {
    .caps = caps,
    .loop = loop,
    .args = argv + 1,
    .nvram_dir = nvram_dir,
    .status = 1,
  };

  g_idle_add (start, &tool);
  g_main_loop_run (loop);
  /* What is being written to the cache. */
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
  return tool.status;
}
