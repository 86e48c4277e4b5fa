/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/storage.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

static gboolean strict, overwrite, build, start, autostart, only_names, only_active;
static char *of_host, *from_path, *from_name, *from_format, *target;
static GStrv from_devices;

static const GOptionEntry define_options[] = {
  { "strict", 0, 0, G_OPTION_ARG_NONE, &strict, "Refuse XML with anything not understood", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry create_options[] = {
  { "build", 0, 0, G_OPTION_ARG_NONE, &build, "First make what it is kept in", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry define_as_options[] = {
  { "target", 0, 0, G_OPTION_ARG_FILENAME, &target, "The folder of the pool", "FOLDER" },
  { "source-host", 0, 0, G_OPTION_ARG_STRING, &of_host, "The server that has it", "HOST" },
  { "source-path", 0, 0, G_OPTION_ARG_STRING, &from_path, "The folder there", "FOLDER" },
  { "source-dev", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &from_devices, "A device it is on; often",
    "PATH" },
  { "source-name", 0, 0, G_OPTION_ARG_STRING, &from_name, "The name there: a volume group …",
    "NAME" },
  { "source-format", 0, 0, G_OPTION_ARG_STRING, &from_format, "A file system, nfs, lvm2, gpt …",
    "FORMAT" },
  { "build", 0, 0, G_OPTION_ARG_NONE, &build, "Make what it is kept in", NULL },
  { "start", 0, 0, G_OPTION_ARG_NONE, &start, "Start it", NULL },
  { "autostart", 0, 0, G_OPTION_ARG_NONE, &autostart, "Start it now, and with the daemon", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry build_options[] = {
  { "overwrite", 0, 0, G_OPTION_ARG_NONE, &overwrite, "Lose what is on the device now", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry list_options[] = {
  { "active", 0, 0, G_OPTION_ARG_NONE, &only_active, "Only those that are active", NULL },
  { "names", 0, 0, G_OPTION_ARG_NONE, &only_names, "Print only the names, one a line", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry source_options[] = {
  { "host", 0, 0, G_OPTION_ARG_STRING, &of_host, "Ask this server", "HOST" },
  G_OPTION_ENTRY_NULL,
};

/* --- finding --- */

char *
ctl_find_pool (Ctl *ctl, const char *what, GError **error)
{
  const char *method =
      g_uuid_string_is_valid (what) ? "GetStoragePoolByUuid" : "GetStoragePoolByName";
  g_autoptr (GVariant) reply =
      ctl_call_manager (ctl, method, g_variant_new ("(s)", what), "(o)", error);
  char *path = NULL;

  if (reply != NULL)
    g_variant_get (reply, "(o)", &path);
  return path;
}

/* --- list, info --- */

static void
add_pool (CtlTable *table, GVariant *pool)
{
  const char *name = "", *kind = "", *state = "";
  gboolean is_autostart = FALSE;
  guint64 capacity = 0, available = 0;
  guint32 n = 0;
  g_autofree char *all = NULL;
  g_autofree char *free_ = NULL;
  g_autofree char *count = NULL;

  g_variant_lookup (pool, "Name", "&s", &name);
  g_variant_lookup (pool, "Kind", "&s", &kind);
  g_variant_lookup (pool, "State", "&s", &state);
  g_variant_lookup (pool, "Autostart", "b", &is_autostart);
  g_variant_lookup (pool, "Capacity", "t", &capacity);
  g_variant_lookup (pool, "Available", "t", &available);
  g_variant_lookup (pool, "VolumeCount", "u", &n);
  if (only_active && !g_str_equal (state, "active"))
    return;
  if (only_names)
    {
      puts (name);
      return;
    }
  all = ctl_format_size (capacity);
  free_ = ctl_format_size (available);
  count = g_strdup_printf ("%u", n);
  ctl_table_add (table, (const char *const[]){ name, kind, state, is_autostart ? "yes" : "no",
                                               count, all, free_, NULL });
}

static void
collect_json (JsonArray *array, const char *path, GVariant *pool)
{
  JsonNode *node = json_gvariant_serialize (pool);

  json_object_set_string_member (json_node_get_object (node), "path", path);
  json_array_add_element (array, node);
}

static gboolean
list_run (Ctl *ctl, char **args, GError **error)
{
  g_autoptr (GVariant) objects = ctl_get_objects (ctl, error);
  g_autoptr (CtlTable) table = ctl_table_new ((const char *const[]){
      "NAME", "TYPE", "STATE", "AUTOSTART", "VOLUMES", "CAPACITY", "FREE", NULL });
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();
  GVariant *interfaces;
  const char *path;
  GVariantIter iter;

  json_node_take_array (root, array);
  if (objects == NULL)
    return FALSE;
  g_variant_iter_init (&iter, objects);
  while (g_variant_iter_next (&iter, "{&o@a{sa{sv}}}", &path, &interfaces))
    {
      g_autoptr (GVariant) pool =
          g_variant_lookup_value (interfaces, CTL_POOL, G_VARIANT_TYPE_VARDICT);

      if (pool != NULL && ctl->json)
        collect_json (array, path, pool);
      else if (pool != NULL)
        add_pool (table, pool);
      g_variant_unref (interfaces);
    }
  if (ctl->json)
    ctl_print_json (root, FALSE);
  else if (!only_names)
    ctl_table_print (table, ctl);
  return TRUE;
}

static void
print_properties (Ctl *ctl, GVariant *properties)
{
  const char *key;
  GVariant *value;
  GVariantIter iter;

  if (ctl->json)
    {
      ctl_print_variant_json (properties);
      return;
    }
  g_variant_iter_init (&iter, properties);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_autofree char *text = ctl_format_variant (value);

      printf ("%-12s %s\n", key, text);
      g_variant_unref (value);
    }
}

static gboolean
info_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_pool (ctl, args[0], error);
  g_autoptr (GVariant) properties =
      path != NULL ? ctl_get_properties (ctl, path, CTL_POOL, error) : NULL;

  if (properties == NULL)
    return FALSE;
  print_properties (ctl, properties);
  return TRUE;
}

/* --- what takes a pool and options only --- */

static gboolean
call_each (Ctl *ctl, char *const *args, const char *method, GError **error)
{
  for (guint i = 0; args[i] != NULL; i++)
    {
      g_autofree char *path = ctl_find_pool (ctl, args[i], error);
      g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
      g_autoptr (GVariant) reply = NULL;

      if (path == NULL)
        return FALSE;
      if (overwrite)
        g_variant_dict_insert (&options, "overwrite", "b", TRUE);
      reply = ctl_call (ctl, path, CTL_POOL, method,
                        g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "()",
                        CTL_CALL_SLOW, error);
      if (reply == NULL)
        return FALSE;
    }
  return TRUE;
}

/* The verb's row names the method. */
static gboolean
method_run (Ctl *ctl, char **args, GError **error)
{
  return call_each (ctl, args, ctl->verb->method, error);
}

static gboolean
set_autostart (Ctl *ctl, const char *pool, gboolean on, GError **error)
{
  g_autofree char *path = ctl_find_pool (ctl, pool, error);
  g_autoptr (GVariant) reply = NULL;

  if (path != NULL)
    reply = ctl_call (ctl, path, CTL_POOL, "SetAutostart", g_variant_new ("(ba{sv})", on, NULL),
                      "()", CTL_CALL_SLOW, error);
  return reply != NULL;
}

static gboolean
autostart_run (Ctl *ctl, char **args, GError **error)
{
  gboolean on = args[1] == NULL || g_str_equal (args[1], "on");

  if (on || g_str_equal (args[1], "off"))
    return set_autostart (ctl, args[0], on, error);
  g_set_error (error, CTL_USAGE, 0, "autostart is 'on' or 'off', not '%s'", args[1]);
  return FALSE;
}

static gboolean
print_text (GVariant *reply)
{
  const char *text;

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&s)", &text);
  fputs (text, stdout);
  return TRUE;
}

static gboolean
xml_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_pool (ctl, args[0], error);
  g_autoptr (GVariant) reply =
      path != NULL ? ctl_call (ctl, path, CTL_POOL, "GetXml", g_variant_new ("(a{sv})", NULL),
                               "(s)", CTL_CALL_QUICK, error)
                   : NULL;

  return print_text (reply);
}

/* --- the manager --- */

static gboolean
submit (Ctl *ctl, const char *xml, const char *method, GVariantDict *options, GError **error)
{
  g_autoptr (GVariant) reply = ctl_call_manager (
      ctl, method, g_variant_new ("(s@a{sv})", xml, g_variant_dict_end (options)), "(o)", error);

  return reply != NULL;
}

static gboolean
define_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *xml = ctl_read_text (args[0], error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (strict)
    g_variant_dict_insert (&options, "validate", "b", TRUE);
  return xml != NULL && submit (ctl, xml, "DefineStoragePool", &options, error);
}

static gboolean
create_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *xml = ctl_read_text (args[0], error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (build)
    g_variant_dict_insert (&options, "build", "b", TRUE);
  return xml != NULL && submit (ctl, xml, "StartTransientStoragePool", &options, error);
}

/* --- a pool from options --- */

static void
add_between (GString *xml, const char *before, const char *value, const char *after)
{
  g_autofree char *text = value != NULL ? g_markup_escape_text (value, -1) : NULL;

  if (text != NULL)
    g_string_append_printf (xml, "%s%s%s", before, text, after);
}

/* Returns: (transfer full) */
static char *
pool_document (const char *name, const char *type)
{
  g_autofree char *folder = target != NULL ? g_canonicalize_filename (target, NULL) : NULL;
  GString *xml = g_string_new (NULL);

  add_between (xml, "<pool type='", type, "'>");
  add_between (xml, "<name>", name, "</name><source>");
  add_between (xml, "<host name='", of_host, "'/>");
  for (guint i = 0; from_devices != NULL && from_devices[i] != NULL; i++)
    add_between (xml, "<device path='", from_devices[i], "'/>");
  add_between (xml, "<dir path='", from_path, "'/>");
  add_between (xml, "<name>", from_name, "</name>");
  add_between (xml, "<format type='", from_format, "'/>");
  g_string_append (xml, "</source>");
  add_between (xml, "<target><path>", folder, "</path></target>");
  g_string_append (xml, "</pool>");
  return g_string_free (xml, FALSE);
}

static gboolean
define_as_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *xml = pool_document (args[0], args[1]);
  char *const pool[] = { args[0], NULL };
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  return submit (ctl, xml, "DefineStoragePool", &options, error)
         && (!build || call_each (ctl, pool, "Build", error))
         && ((!start && !autostart) || call_each (ctl, pool, "Start", error))
         && (!autostart || set_autostart (ctl, args[0], TRUE, error));
}

static gboolean
capabilities_run (Ctl *ctl, char **args, GError **error)
{
  g_autoptr (GVariant) reply = ctl_call_manager (ctl, "GetStorageCapabilities",
                                                 g_variant_new ("(a{sv})", NULL), "(s)", error);

  return print_text (reply);
}

static gboolean
sources_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *spec =
      of_host != NULL ? g_markup_printf_escaped ("<source><host name='%s'/></source>", of_host)
                      : g_strdup ("");
  g_autoptr (GVariant) reply =
      ctl_call_manager (ctl, "FindStoragePoolSources",
                        g_variant_new ("(ssa{sv})", args[0], spec, NULL), "(s)", error);

  return print_text (reply);
}

/* clang-format off */
const CtlVerb ctl_pool_verbs[] = {
  { "pool-list", "", "List the storage pools", "Example:\n  roostctl pool-list", 0, 0, list_options, .run = list_run },
  { "pool-info", "POOL", "Show the properties of a storage pool", "Example:\n  roostctl pool-info images", 1, 1, .run = info_run },
  { "pool-define", "FILE", "Store a pool document",
    "FILE is its XML, '-' the standard input.\n\nExample:\n  roostctl pool-define images.xml", 1, 1, define_options, .run = define_run },
  { "pool-define-as", "NAME TYPE", "Store a pool that is told by options",
    "TYPE is dir, fs, netfs, logical, disk …: 'roostctl pool-capabilities' lists those that this host serves.\n\n"
    "Examples:\n  roostctl pool-define-as images dir --target /srv/images --build --autostart\n"
    "  roostctl pool-define-as nas netfs --source-host nas --source-path /export --target /mnt/nas",
    2, 2, define_as_options, .run = define_as_run },
  { "pool-create", "FILE", "Start a pool that is forgotten when it stops", "Example:\n  roostctl pool-create --build images.xml", 1, 1,
    create_options, .run = create_run },
  { "pool-start", "POOL...", "Start pools", "Their volumes are there then.\n\nExample:\n  roostctl pool-start images", 1, CTL_MANY,
    .method = "Start", .run = method_run },
  { "pool-stop", "POOL...", "Stop pools", "What they hold stays.\n\nExample:\n  roostctl pool-stop images", 1, CTL_MANY,
    .method = "Stop", .run = method_run },
  { "pool-build", "POOL...", "Make what a pool is kept in", "A folder, a file system, a group …\n\nExample:\n  roostctl pool-build images",
    1, CTL_MANY, build_options, .method = "Build", .run = method_run },
  { "pool-delete", "POOL...", "Remove what a pool is kept in", "Of a folder only an empty one.\n\nExample:\n  roostctl pool-delete images",
    1, CTL_MANY, .method = "Delete", .run = method_run },
  { "pool-refresh", "POOL...", "Look at all volumes anew", "Example:\n  roostctl pool-refresh images", 1, CTL_MANY,
    .method = "Refresh", .run = method_run },
  { "pool-undefine", "POOL...", "Forget definitions", "What is stored stays.\n\nExample:\n  roostctl pool-undefine images", 1, CTL_MANY,
    .method = "Undefine", .run = method_run },
  { "pool-autostart", "POOL [on|off]", "Start a pool with the daemon", "Example:\n  roostctl pool-autostart images on", 1, 2,
    .run = autostart_run },
  { "pool-xml", "POOL", "Print the XML of a pool", "Example:\n  roostctl pool-xml images", 1, 1, .run = xml_run },
  { "pool-sources", "TYPE", "Look for what a pool could be made of", "Example:\n  roostctl pool-sources --host nas netfs", 1, 1, source_options,
    .run = sources_run },
  { "pool-capabilities", "", "Print which types of pools can be served here", "Example:\n  roostctl pool-capabilities", 0, 0,
    .run = capabilities_run },
  { NULL },
};
/* clang-format on */
