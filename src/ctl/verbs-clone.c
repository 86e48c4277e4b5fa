/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/storage.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static gboolean linked, new_nvram, copy_tpm, start_now;
static char *pool, *uuid;
static char **copied, **shared;

static const GOptionEntry clone_options[] = {
  { "linked", 'l', 0, G_OPTION_ARG_NONE, &linked, "Images above its disks instead of copies",
    NULL },
  { "pool", 0, 0, G_OPTION_ARG_STRING, &pool, "Where new volumes go [beside the old]", "POOL" },
  { "copy", 0, 0, G_OPTION_ARG_STRING_ARRAY, &copied, "Copy this disk, and others so named",
    "TARGET" },
  { "share", 0, 0, G_OPTION_ARG_STRING_ARRAY, &shared, "Both domains have this disk", "TARGET" },
  { "uuid", 0, 0, G_OPTION_ARG_STRING, &uuid, "UUID of the new domain", "UUID" },
  { "new-nvram", 0, 0, G_OPTION_ARG_NONE, &new_nvram, "Firmware variables from their template",
    NULL },
  { "copy-tpm", 0, 0, G_OPTION_ARG_NONE, &copy_tpm, "Copy the state of its TPM, too", NULL },
  { "start", 's', 0, G_OPTION_ARG_NONE, &start_now, "Start it as well", NULL },
  G_OPTION_ENTRY_NULL,
};

static gboolean nvram, tpm, all, dry_run, yes;
static char **storage;

static const GOptionEntry delete_options[] = {
  { "storage", 0, 0, G_OPTION_ARG_STRING_ARRAY, &storage, "Remove the volume of this disk",
    "TARGET" },
  { "nvram", 0, 0, G_OPTION_ARG_NONE, &nvram, "Remove its firmware variables", NULL },
  { "tpm", 0, 0, G_OPTION_ARG_NONE, &tpm, "Remove the state of its TPM", NULL },
  { "all", 0, 0, G_OPTION_ARG_NONE, &all, "Remove all of that but what it only reads", NULL },
  { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "Only show what would be removed", NULL },
  { "yes", 'y', 0, G_OPTION_ARG_NONE, &yes, "Do not ask", NULL },
  G_OPTION_ENTRY_NULL,
};

/* --- clone --- */

static void
add_list (GVariantDict *options, const char *name, char **list)
{
  if (list != NULL)
    g_variant_dict_insert_value (options, name, g_variant_new_strv ((const char **)list, -1));
}

static GVariant *
clone_arguments (const char *name)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&options, "mode", "s", linked ? "linked" : "full");
  if (pool != NULL)
    g_variant_dict_insert (&options, "pool", "s", pool);
  if (uuid != NULL)
    g_variant_dict_insert (&options, "uuid", "s", uuid);
  add_list (&options, "disks", copied);
  add_list (&options, "shared", shared);
  g_variant_dict_insert (&options, "nvram", "s", new_nvram ? "new" : "copy");
  g_variant_dict_insert (&options, "tpm", "s", copy_tpm ? "copy" : "new");
  return g_variant_new ("(s@a{sv})", name, g_variant_dict_end (&options));
}

static gboolean
clone_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_autoptr (GVariant) reply =
      path != NULL ? ctl_call (ctl, path, CTL_DOMAIN, "Clone", clone_arguments (args[1]), "(oo)",
                               CTL_CALL_SLOW, error)
                   : NULL;
  const char *clone, *job;

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&o&o)", &clone, &job);
  if (!ctl_wait_job (ctl, job, "clone", error))
    return FALSE;
  if (ctl->json)
    ctl_print_variant_json (reply);
  else
    puts (args[1]);
  return !start_now || ctl_call_domain (ctl, clone, "Start", NULL, error);
}

/* --- delete --- */

/* Returns: (transfer full): the reply (aa{sv}o) */
static GVariant *
call_delete (Ctl *ctl, const char *path, GVariantDict *options, gboolean is_dry, GError **error)
{
  if (is_dry)
    g_variant_dict_insert (options, "dry-run", "b", TRUE);
  return ctl_call (ctl, path, CTL_DOMAIN, "Delete",
                   g_variant_new ("(@a{sv})", g_variant_dict_end (options)), "(aa{sv}o)",
                   CTL_CALL_SLOW, error);
}

/* Is it one that --all means: there, and able to go? */
static gboolean
is_meant (GVariant *item)
{
  gboolean is_readonly = FALSE;

  g_variant_lookup (item, "readonly", "b", &is_readonly);
  return !is_readonly && !g_variant_lookup (item, "refused", "&s", NULL);
}

static gboolean
is_removed (GVariant *item)
{
  gboolean removed = FALSE;

  return g_variant_lookup (item, "removed", "b", &removed) && removed;
}

/* Names in @options those of @items that are @wanted: volumes by their paths. */
static void
name_items (GVariant *items, gboolean (*wanted) (GVariant *item), GVariantDict *options)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  GVariantIter iter;
  GVariant *item;

  g_variant_iter_init (&iter, items);
  for (; (item = g_variant_iter_next_value (&iter)) != NULL; g_variant_unref (item))
    {
      const char *kind = "", *path = "";

      g_variant_lookup (item, "kind", "&s", &kind);
      g_variant_lookup (item, "path", "&s", &path);
      if (!wanted (item))
        continue;
      if (g_str_equal (kind, "volume"))
        g_ptr_array_add (paths, g_strdup (path));
      else
        g_variant_dict_insert (options, kind, "b", TRUE);
    }
  g_ptr_array_add (paths, NULL);
  if (paths->len > 1)
    add_list (options, "storage", (char **)paths->pdata);
}

/* What the command line names. Returns: (transfer full): the options of Delete */
static GVariant *
read_names (Ctl *ctl, const char *path, GError **error)
{
  g_auto (GVariantDict) none = G_VARIANT_DICT_INIT (NULL);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) items = NULL;

  add_list (&options, "storage", storage);
  if (nvram)
    g_variant_dict_insert (&options, "nvram", "b", TRUE);
  if (tpm)
    g_variant_dict_insert (&options, "tpm", "b", TRUE);
  if (all)
    {
      reply = call_delete (ctl, path, &none, TRUE, error);
      if (reply == NULL)
        return NULL;
      items = g_variant_get_child_value (reply, 0);
      name_items (items, is_meant, &options);
    }
  return g_variant_ref_sink (g_variant_dict_end (&options));
}

static void
add_row (CtlTable *table, GVariant *item)
{
  const char *kind = "", *target = "", *path = "", *refused = NULL;
  guint64 bytes = 0;
  g_autofree char *size = NULL;
  g_autofree char *stays = NULL;

  g_variant_lookup (item, "kind", "&s", &kind);
  g_variant_lookup (item, "target", "&s", &target);
  g_variant_lookup (item, "path", "&s", &path);
  g_variant_lookup (item, "refused", "&s", &refused);
  size = g_variant_lookup (item, "size", "t", &bytes) ? ctl_format_size (bytes) : g_strdup ("");
  stays = refused != NULL ? g_strdup_printf ("stays: %s", refused) : g_strdup ("stays");
  ctl_table_add (table, (const char *const[]){
                            kind, target, size,
                            refused == NULL && is_removed (item) ? "removed" : stays, path, NULL });
}

static void
show_items (Ctl *ctl, GVariant *reply)
{
  g_autoptr (CtlTable) table =
      ctl_table_new ((const char *const[]){ "KIND", "DISK", "SIZE", "", "PATH", NULL });
  g_autoptr (GVariant) items = g_variant_get_child_value (reply, 0);
  GVariantIter iter;
  GVariant *item;

  g_variant_iter_init (&iter, items);
  for (; (item = g_variant_iter_next_value (&iter)) != NULL; g_variant_unref (item))
    add_row (table, item);
  if (ctl->json)
    ctl_print_variant_json (items);
  else if (g_variant_n_children (items) > 0)
    ctl_table_print (table, ctl);
}

static gboolean
is_confirmed (const char *name)
{
  char answer[16] = "";

  if (yes || !isatty (STDIN_FILENO))
    return TRUE;
  fprintf (stderr, "Delete the domain '%s' with what is removed above? [y/N] ", name);
  return fgets (answer, sizeof answer, stdin) != NULL && g_ascii_tolower (answer[0]) == 'y';
}

/* Exactly what was shown is removed. */
static gboolean
delete_shown (Ctl *ctl, const char *path, GVariant *shown, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) items = g_variant_get_child_value (shown, 0);
  g_autoptr (GVariant) reply = NULL;
  const char *job;

  name_items (items, is_removed, &options);
  reply = call_delete (ctl, path, &options, FALSE, error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(@aa{sv}&o)", NULL, &job);
  return ctl_wait_job (ctl, job, "delete", error);
}

static gboolean
delete_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_autoptr (GVariant) names = path != NULL ? read_names (ctl, path, error) : NULL;
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (names);
  g_autoptr (GVariant) shown =
      names != NULL ? call_delete (ctl, path, &options, TRUE, error) : NULL;

  if (shown == NULL)
    return FALSE;
  show_items (ctl, shown);
  return dry_run || !is_confirmed (args[0]) || delete_shown (ctl, path, shown, error);
}

const CtlVerb ctl_clone_verbs[] = {
  { .name = "clone",
    .args = "DOMAIN NAME",
    .summary = "Copy a domain with its disks",
    .details = "Every disk that the guest writes to gets a copy, unless --copy or --share name\n"
               "which. ^C cancels, and leaves nothing.\n\n"
               "Examples:\n"
               "  roostctl clone web web2\n"
               "  roostctl clone --linked --start template web3\n"
               "  roostctl clone --copy vda --share vdb web web4",
    .min_args = 2,
    .max_args = 2,
    .options = clone_options,
    .run = clone_run },
  { .name = "delete",
    .args = "DOMAIN",
    .summary = "Forget a domain, and remove disks of it",
    .details = "Shows what belongs to it, and removes what is named. What another domain has, or\n"
               "what is below another image, stays.\n\n"
               "Examples:\n"
               "  roostctl delete --dry-run --all web2\n"
               "  roostctl delete --storage vda --nvram web2\n"
               "  roostctl delete --all --yes web2",
    .min_args = 1,
    .max_args = 1,
    .options = delete_options,
    .run = delete_run },
  { 0 },
};
