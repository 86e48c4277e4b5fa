/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static gboolean apply;

static const GOptionEntry import_options[] = {
  { "apply", 0, 0, G_OPTION_ARG_NONE, &apply, "Define them; without it only say what would be done",
    NULL },
  G_OPTION_ENTRY_NULL,
};

typedef struct
{
  Ctl *ctl;
  const char *folder;
  CtlTable *table;
  guint n_bad;
} Import;

/* Where libvirt keeps the definitions of its QEMU driver. */
static char *
default_folder (Ctl *ctl)
{
  gboolean is_system = ctl->bus == CTL_BUS_SYSTEM || (ctl->bus == CTL_BUS_AUTO && geteuid () == 0);

  return is_system ? g_strdup ("/etc/libvirt/qemu")
                   : g_build_filename (g_get_user_config_dir (), "libvirt", "qemu", NULL);
}

/* Returns: (transfer full): "2 warnings: line 7: …", or NULL and an error for XML that is refused.
 */
static char *
judge (Ctl *ctl, const char *xml, GError **error)
{
  g_autoptr (GVariant) reply = ctl_call_manager (
      ctl, "ValidateDomainXml", g_variant_new ("(sa{sv})", xml, NULL), "(a(suus))", error);
  g_autoptr (GVariantIter) issues = NULL;
  g_autoptr (GString) warnings = g_string_new (NULL);
  const char *severity, *message;
  guint32 line;
  guint n = 0;

  if (reply == NULL)
    return NULL;
  g_variant_get (reply, "(a(suus))", &issues);
  while (g_variant_iter_next (issues, "(&suu&s)", &severity, &line, NULL, &message))
    {
      if (g_str_equal (severity, "error"))
        {
          roost_throw (error, ROOST_ERROR_INVALID_XML, "line %u: %s", line, message);
          return NULL;
        }
      g_string_append_printf (warnings, "%sline %u: %s", n++ > 0 ? "; " : "", line, message);
    }
  return g_string_free (g_steal_pointer (&warnings), FALSE);
}

static gboolean
is_autostarted (Import *import, const char *file)
{
  g_autofree char *link = g_build_filename (import->folder, "autostart", file, NULL);

  return g_file_test (link, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK);
}

static gboolean
define (Import *import, const char *file, const char *xml, GError **error)
{
  g_autoptr (GVariant) reply = ctl_call_manager (
      import->ctl, "DefineDomain", g_variant_new ("(sa{sv})", xml, NULL), "(o)", error);
  g_autoptr (GVariant) done = NULL;
  const char *path;

  if (reply == NULL)
    return FALSE;
  if (!is_autostarted (import, file))
    return TRUE;
  g_variant_get (reply, "(&o)", &path);
  done = ctl_call (import->ctl, path, CTL_DOMAIN, "SetAutostart",
                   g_variant_new ("(ba{sv})", TRUE, NULL), "()", CTL_CALL_SLOW, error);
  return done != NULL;
}

static void
import_file (Import *import, const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (import->folder, file, NULL);
  g_autofree char *xml = ctl_read_text (path, &error);
  g_autofree char *warnings = xml != NULL ? judge (import->ctl, xml, &error) : NULL;
  const char *result = apply ? "defined" : "would be defined";

  if (warnings != NULL && apply)
    define (import, file, xml, &error);
  if (error != NULL)
    {
      result = "refused";
      import->n_bad++;
    }
  ctl_table_add (import->table,
                 (const char *const[]){ file, result, is_autostarted (import, file) ? "yes" : "-",
                                        error != NULL ? error->message : warnings, NULL });
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *
list_files (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  const char *name;

  if (dir == NULL)
    return NULL;
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".xml"))
      g_ptr_array_add (files, g_strdup (name));
  g_ptr_array_sort (files, compare_names);
  return g_steal_pointer (&files);
}

static gboolean
import_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *folder = args[0] != NULL ? g_strdup (args[0]) : default_folder (ctl);
  g_autoptr (CtlTable) table =
      ctl_table_new ((const char *const[]){ "FILE", "RESULT", "AUTOSTART", "DETAIL", NULL });
  Import import = { .ctl = ctl, .folder = folder, .table = table };
  g_autoptr (GPtrArray) files = NULL;

  if (!ctl_connect (ctl, error))
    return FALSE;
  files = list_files (folder, error);
  if (files == NULL)
    return FALSE;
  for (guint i = 0; i < files->len; i++)
    import_file (&import, files->pdata[i]);
  ctl_table_print (table, ctl);
  if (import.n_bad > 0)
    return roost_throw (error, ROOST_ERROR_INVALID_XML, "%u of %u files in %s are refused",
                        import.n_bad, files->len, folder);
  return TRUE;
}

const CtlVerb ctl_import_verbs[] = {
  { .name = "import-libvirt",
    .args = "[FOLDER]",
    .summary = "Take the definitions of a libvirt folder",
    .details =
        "Says for each XML file in FOLDER whether it would be taken, and what would be lost.\n"
        "With --apply they are defined, and marked for autostart where they were. libvirt's\n"
        "own files are only read. FOLDER is libvirt's usual one when it is not given.\n\n"
        "Examples:\n"
        "  roostctl import-libvirt\n"
        "  roostctl --system import-libvirt --apply /etc/libvirt/qemu",
    .max_args = 1,
    .options = import_options,
    .run = import_run },
  { 0 },
};
