/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOB_PATH    CTL_ROOT "/job/"
#define DOMAIN_PATH CTL_ROOT "/domain/"

static int timeout_s;

static const GOptionEntry wait_options[] = {
  { "timeout", 't', 0, G_OPTION_ARG_INT, &timeout_s, "Wait no longer than this", "SECONDS" },
  G_OPTION_ENTRY_NULL,
};

/* "12" → "/org/roost1/job/12" */
static char *
job_path (const char *number, GError **error)
{
  if (*number != '\0' && number[strspn (number, G_CSET_DIGITS)] == '\0')
    return g_strconcat (JOB_PATH, number, NULL);
  g_set_error (error, CTL_USAGE, 0, "'%s' is not the number of a job; see 'roostctl job list'",
               number);
  return NULL;
}

/* The name of a domain among @objects. Returns: (transfer full) */
static char *
domain_name (GVariant *objects, const char *path)
{
  g_autoptr (GVariant) interfaces =
      g_variant_lookup_value (objects, path, G_VARIANT_TYPE ("a{sa{sv}}"));
  g_autoptr (GVariant) properties =
      interfaces != NULL ? g_variant_lookup_value (interfaces, CTL_DOMAIN, G_VARIANT_TYPE_VARDICT)
                         : NULL;
  char *name = NULL;

  if (properties == NULL || !g_variant_lookup (properties, "Name", "s", &name))
    name = g_strdup (g_str_has_prefix (path, DOMAIN_PATH) ? path + strlen (DOMAIN_PATH) : path);
  return name;
}

static char *
domain_names (GVariant *objects, GVariant *job)
{
  g_autoptr (GString) names = g_string_new (NULL);
  g_autofree const char **paths = NULL;

  g_variant_lookup (job, "Objects", "^a&o", &paths);
  for (guint i = 0; paths != NULL && paths[i] != NULL; i++)
    {
      g_autofree char *name = domain_name (objects, paths[i]);

      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", name);
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static void
add_row (CtlTable *table, GVariant *objects, const char *path, GVariant *job)
{
  g_autofree char *names = domain_names (objects, job);
  g_autofree char *done = NULL;
  g_autofree char *since = NULL;
  const char *operation = "", *state = "", *phase = "", *message = "";
  double progress = -1.0;
  guint64 started = 0;

  g_variant_lookup (job, "Operation", "&s", &operation);
  g_variant_lookup (job, "State", "&s", &state);
  g_variant_lookup (job, "Phase", "&s", &phase);
  g_variant_lookup (job, "Progress", "d", &progress);
  g_variant_lookup (job, "StartedAt", "t", &started);
  g_variant_lookup (job, "Error", "(&s&s)", NULL, &message);
  done = progress < 0 ? g_strdup ("-") : g_strdup_printf ("%.0f%%", progress * 100);
  since = ctl_format_time (started);
  ctl_table_add (table,
                 (const char *const[]){ path + strlen (JOB_PATH), operation, names, state, done,
                                        since, *message != '\0' ? message : phase, NULL });
}

typedef void (*JobFunc) (GVariant *objects, const char *path, GVariant *job, gpointer data);

static void
each_job (GVariant *objects, JobFunc each, gpointer data)
{
  GVariantIter iter;
  const char *path;
  GVariant *interfaces;

  g_variant_iter_init (&iter, objects);
  while (g_variant_iter_next (&iter, "{&o@a{sa{sv}}}", &path, &interfaces))
    {
      g_autoptr (GVariant) job =
          g_variant_lookup_value (interfaces, CTL_JOB, G_VARIANT_TYPE_VARDICT);

      if (job != NULL)
        each (objects, path, job, data);
      g_variant_unref (interfaces);
    }
}

static void
print_row (GVariant *objects, const char *path, GVariant *job, gpointer table)
{
  add_row (table, objects, path, job);
}

static void
collect_json (GVariant *objects, const char *path, GVariant *job, gpointer array)
{
  JsonNode *node = json_gvariant_serialize (job);

  json_object_set_string_member (json_node_get_object (node), "path", path);
  json_array_add_element (array, node);
}

static gboolean
list_run (Ctl *ctl, char **args, GError **error)
{
  g_autoptr (GVariant) objects = ctl_get_objects (ctl, error);
  g_autoptr (JsonNode) json = json_node_alloc ();
  g_autoptr (CtlTable) table = ctl_table_new ((const char *const[]){
      "JOB", "OPERATION", "DOMAIN", "STATE", "DONE", "SINCE", "DETAIL", NULL });

  if (objects == NULL)
    return FALSE;
  json_node_init_array (json, NULL);
  json_node_take_array (json, json_array_new ());
  each_job (objects, ctl->json ? collect_json : print_row,
            ctl->json ? (gpointer)json_node_get_array (json) : table);
  if (ctl->json)
    ctl_print_json (json, FALSE);
  else
    ctl_table_print (table, ctl);
  return TRUE;
}

static gboolean
cancel_run (Ctl *ctl, char **args, GError **error)
{
  for (char **number = args; *number != NULL; number++)
    {
      g_autofree char *path = job_path (*number, error);
      g_autoptr (GVariant) reply = NULL;

      if (path == NULL)
        return FALSE;
      reply = ctl_call (ctl, path, CTL_JOB, "Cancel", g_variant_new ("(a{sv})", NULL), "()",
                        CTL_CALL_QUICK, error);
      if (reply == NULL)
        {
          g_prefix_error (error, "job %s: ", *number);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
wait_run (Ctl *ctl, char **args, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *path = job_path (args[0], error);
  g_autoptr (GVariant) reply = NULL;

  if (path == NULL)
    return FALSE;
  if (timeout_s > 0)
    g_variant_dict_insert (&options, "timeout", "t", (guint64)timeout_s * G_USEC_PER_SEC);
  reply = ctl_call (ctl, path, CTL_JOB, "Wait",
                    g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "()", CTL_CALL_SLOW,
                    error);
  if (reply == NULL)
    g_prefix_error (error, "job %s: ", args[0]);
  return reply != NULL;
}

const CtlVerb ctl_job_verbs[] = {
  { .name = "job list",
    .args = "",
    .summary = "List the operations that hold a domain",
    .details = "One that has ended is listed for another minute.\n\nExample:\n  roostctl job list",
    .run = list_run },
  { .name = "job cancel",
    .args = "NUMBER...",
    .summary = "Ask an operation to stop",
    .details = "What it did is undone.\n\nExample:\n  roostctl job cancel 7",
    .min_args = 1,
    .max_args = CTL_MANY,
    .run = cancel_run },
  { .name = "job wait",
    .args = "NUMBER",
    .summary = "Wait until an operation has ended",
    .details = "Fails when it failed.\n\nExample:\n  roostctl job wait --timeout 60 7",
    .min_args = 1,
    .max_args = 1,
    .options = wait_options,
    .run = wait_run },
  { 0 },
};
