/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tool.h"

#include "base/co.h"
#include "base/error.h"
#include "model/memory-lock.h"
#include "model/resolve-cpu.h"
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
 *                                 names the host's roost.conf, a fourth what is pretended of its
 *                                 processor (either may be empty)
 *   roost-corpus-tool batch-xml   the same with "xml" for "argv", and "again": the document that
 *                                 comes of completing that one
 *   roost-corpus-tool batch-plug  devices that come and go, see tool.h
 *   roost-corpus-tool batch-lock  each RESULT becomes the bytes that QEMU may lock
 *
 * $ROOST_CAPS_CACHE is the folder where facts about QEMU are kept, $ROOST_FIRMWARE_PATH the folders
 * of firmware descriptors instead of the usual ones.
 *
 * A processor is a key file with the groups [kvm] and [tcg], what the host can do under each:
 * model=, vendor=, features= and missing= (lists); is-all=true says that it has nothing else.
 */

struct Tool
{
  RoostCaps *caps;
  GMainLoop *loop;
  char **args;
  char *nvram_dir;
  GStrv firmware_dirs; /* (nullable) */
  int status;
};

/* --- a host that is pretended --- */

static RoostNearestCpu *
pretended_cpu (GKeyFile *file, const char *group)
{
  RoostNearestCpu *cpu;

  if (!g_key_file_has_group (file, group))
    return NULL;
  cpu = g_new0 (RoostNearestCpu, 1);
  cpu->model = g_key_file_get_string (file, group, "model", NULL);
  cpu->vendor = g_key_file_get_string (file, group, "vendor", NULL);
  cpu->features = g_key_file_get_string_list (file, group, "features", NULL, NULL);
  cpu->missing = g_key_file_get_string_list (file, group, "missing", NULL, NULL);
  return cpu;
}

/* Returns: (transfer full): every property of @known, off but for the features of @cpu */
static GHashTable *
pretended_props (GHashTable *known, const RoostNearestCpu *cpu)
{
  GHashTable *props = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, known);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_hash_table_insert (props, g_strdup (name), g_strdup ("off"));
  for (char **feature = cpu->features; feature != NULL && *feature != NULL; feature++)
    g_hash_table_insert (props, g_strdup (*feature), g_strdup ("on"));
  return props;
}

/* Exchanges what @facts say of the processor with what @other say. */
static void
swap_cpus (RoostFacts *facts, RoostFacts *other)
{
  RoostFacts saved = *facts;

  facts->host_nearest = other->host_nearest;
  facts->max_nearest = other->max_nearest;
  facts->host_props = other->host_props;
  facts->max_props = other->max_props;
  other->host_nearest = saved.host_nearest;
  other->max_nearest = saved.max_nearest;
  other->host_props = saved.host_props;
  other->max_props = saved.max_props;
}

/* Returns: (transfer full) (nullable): facts of which only the processor counts */
static RoostFacts *
load_pretence (const char *path, const RoostFacts *real, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  RoostFacts *facts;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error))
    return NULL;
  facts = roost_facts_new ();
  facts->host_nearest = pretended_cpu (file, "kvm");
  facts->max_nearest = pretended_cpu (file, "tcg");
  g_hash_table_unref (facts->max_props);
  facts->max_props = g_hash_table_ref (real->max_props);
  if (facts->host_nearest != NULL && g_key_file_get_boolean (file, "kvm", "is-all", NULL))
    facts->host_props = pretended_props (real->max_props, facts->host_nearest);
  if (facts->max_nearest == NULL || !g_key_file_get_boolean (file, "tcg", "is-all", NULL))
    return facts;
  g_hash_table_unref (facts->max_props);
  facts->max_props = pretended_props (real->max_props, facts->max_nearest);
  return facts;
}

/* --- documents --- */

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

RoostDomainConfig *
tool_load (
    Tool *tool, const char *path, const char *lacking, RoostFacts **out_facts, GError **error)
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
  if (facts != NULL && lacking != NULL)
    g_hash_table_remove (facts->types, lacking);
  if (facts == NULL || !roost_domain_config_complete (config, facts, NULL, error))
    return NULL;
  *out_facts = g_steal_pointer (&facts);
  return g_steal_pointer (&config);
}

static GStrv
build (Tool *tool,
       RoostDomainConfig *config,
       const RoostFacts *facts,
       const RoostHostConfig *host,
       GError **error)
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

  if (!roost_firmware_resolve (config, tool->nvram_dir, (const char *const *)tool->firmware_dirs,
                               error))
    return NULL;
  roost_cpu_resolve (config, facts);
  return roost_argv_build (config, facts, &launch, error);
}

/* @host, @cpu: (nullable): what is pretended of the host */
static GStrv
arguments (
    Tool *tool, const char *path, const RoostHostConfig *host, const char *cpu, GError **error)
{
  g_autoptr (RoostFacts) facts = NULL;
  g_autoptr (RoostFacts) pretence = NULL;
  g_autoptr (RoostDomainConfig) config = tool_load (tool, path, NULL, &facts, error);
  GStrv argv;

  if (config == NULL)
    return NULL;
  if (cpu == NULL || *cpu == '\0')
    return build (tool, config, facts, host, error);
  pretence = load_pretence (cpu, facts, error);
  if (pretence == NULL)
    return NULL;
  swap_cpus (facts, pretence);
  argv = build (tool, config, facts, host, error);
  swap_cpus (facts, pretence);
  return argv;
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

  if (parts[2] != NULL && *parts[2] != '\0')
    {
      host = roost_host_config_load (parts[2], error);
      if (host == NULL)
        return NULL;
    }
  return arguments (tool, parts[0], host, parts[2] != NULL ? parts[3] : NULL, error);
}

static gboolean
run_line (Tool *tool, const char *line, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (line, "\t", 4);
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
  g_autoptr (RoostDomainConfig) config = tool_load (tool, path, NULL, &facts, error);

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

/* --- locked memory --- */

static gboolean
run_lock_line (Tool *tool, const char *line, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (line, "\t", 2);
  g_autoptr (RoostFacts) facts = NULL;
  g_autoptr (RoostDomainConfig) config = NULL;
  g_autofree char *text = NULL;

  if (g_strv_length (parts) != 2)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "not FILE TAB RESULT: %s", line);
  config = tool_load (tool, parts[0], NULL, &facts, error);
  if (config == NULL)
    return FALSE;
  text = g_strdup_printf ("%" G_GUINT64_FORMAT, roost_memory_lock (config).limit);
  return g_file_set_contents (parts[1], text, -1, error);
}

static gboolean
run_args (Tool *tool, GError **error)
{
  g_auto (GStrv) argv = arguments (tool, tool->args[1], NULL, NULL, error);
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
  g_autoptr (RoostDomainConfig) config = tool_load (tool, tool->args[1], NULL, &facts, error);
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
  else if (g_strcmp0 (tool->args[0], "batch-plug") == 0)
    good = run_batch (tool, tool_plug_line, &error);
  else if (g_strcmp0 (tool->args[0], "batch-lock") == 0)
    good = run_batch (tool, run_lock_line, &error);
  else if (g_strcmp0 (tool->args[0], "args") == 0 && tool->args[1] != NULL)
    good = run_args (tool, &error);
  else if (g_strcmp0 (tool->args[0], "xml") == 0 && tool->args[1] != NULL)
    good = run_xml (tool, &error);
  else
    roost_throw (&error, ROOST_ERROR_INVALID_ARGUMENT,
                 "usage: args FILE | xml FILE | batch | batch-xml | batch-plug | "
                 "batch-lock");
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
  const char *firmware = g_getenv ("ROOST_FIRMWARE_PATH");
  g_auto (GStrv) firmware_dirs = firmware != NULL ? g_strsplit (firmware, ":", -1) : NULL;
  g_autofree char *nvram_dir = g_build_filename (g_get_user_state_dir (), "roost", "nvram", NULL);
  Tool tool = {
    .caps = caps,
    .loop = loop,
    .args = argv + 1,
    .nvram_dir = nvram_dir,
    .firmware_dirs = firmware_dirs,
    .status = 1,
  };

  g_idle_add (start, &tool);
  g_main_loop_run (loop);
  /* What is being written to the cache. */
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
  return tool.status;
}
