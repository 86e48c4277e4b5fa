/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/storage.h"

#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define PAGE 1000

static gboolean force, outside, sparse, shrink, trim, probe, only_names;
static char *format, *preallocation, *backing, *backing_format, *offset_text, *length_text;
static char *algorithm, *secret, *source_secret;

static const GOptionEntry create_options[] = {
  { "preallocation", 0, 0, G_OPTION_ARG_STRING, &preallocation, "off, metadata, falloc or full",
    "MODE" },
  { "outside", 0, 0, G_OPTION_ARG_NONE, &outside, "Images below may be in no pool", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry create_as_options[] = {
  { "format", 0, 0, G_OPTION_ARG_STRING, &format, "Format of the image [raw, in files]", "FORMAT" },
  { "backing", 0, 0, G_OPTION_ARG_STRING, &backing, "Volume or file below it", "VOLUME" },
  { "backing-format", 0, 0, G_OPTION_ARG_STRING, &backing_format, "Its format [raw]", "FORMAT" },
  { "preallocation", 0, 0, G_OPTION_ARG_STRING, &preallocation, "off, metadata, falloc or full",
    "MODE" },
  { "outside", 0, 0, G_OPTION_ARG_NONE, &outside, "Images below may be in no pool", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry clone_options[] = {
  { "secret", 0, 0, G_OPTION_ARG_STRING, &secret, "Encrypt the copy with this secret", "SECRET" },
  { "source-secret", 0, 0, G_OPTION_ARG_STRING, &source_secret, "What the source is encrypted with",
    "SECRET" },
  { "format", 0, 0, G_OPTION_ARG_STRING, &format, "Format of the copy [raw, in files]", "FORMAT" },
  { "outside", 0, 0, G_OPTION_ARG_NONE, &outside, "Images below may be in no pool", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry delete_options[] = {
  { "force", 0, 0, G_OPTION_ARG_NONE, &force, "Also when images lie above it, which are lost",
    NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry resize_options[] = {
  { "shrink", 0, 0, G_OPTION_ARG_NONE, &shrink, "It may lose what is at its end", NULL },
  { "preallocation", 0, 0, G_OPTION_ARG_STRING, &preallocation, "Of what is added", "MODE" },
  { "secret", 0, 0, G_OPTION_ARG_STRING, &secret, "What it is encrypted with", "SECRET" },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry wipe_options[] = {
  { "trim", 0, 0, G_OPTION_ARG_NONE, &trim, "Give the blocks back", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry transfer_options[] = {
  { "offset", 0, 0, G_OPTION_ARG_STRING, &offset_text, "First byte in the volume", "SIZE" },
  { "length", 0, 0, G_OPTION_ARG_STRING, &length_text, "Bytes at the most", "SIZE" },
  { "sparse", 0, 0, G_OPTION_ARG_NONE, &sparse, "Holes instead of zeros", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry info_options[] = {
  { "probe", 0, 0, G_OPTION_ARG_NONE, &probe, "Find the format out", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry checksum_options[] = {
  { "algorithm", 0, 0, G_OPTION_ARG_STRING, &algorithm, "sha256, sha512 … [sha256]", "NAME" },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry list_options[] = {
  { "names", 0, 0, G_OPTION_ARG_NONE, &only_names, "Print only the names, one a line", NULL },
  G_OPTION_ENTRY_NULL,
};

/* --- common --- */

char *
ctl_find_volume (Ctl *ctl, const char *pool, const char *name, GError **error)
{
  g_autofree char *pool_path = ctl_find_pool (ctl, pool, error);
  g_autoptr (GVariant) reply =
      pool_path != NULL ? ctl_call (ctl, pool_path, CTL_POOL, "GetVolumeByName",
                                    g_variant_new ("(s)", name), "(o)", CTL_CALL_QUICK, error)
                        : NULL;
  char *path = NULL;

  if (reply != NULL)
    g_variant_get (reply, "(o)", &path);
  return path;
}

gboolean
ctl_parse_size (const char *text, guint64 *out, GError **error)
{
  static const char units[] = "KMGTPE";
  char *end;
  guint64 value = g_ascii_strtoull (text, &end, 10);
  const char *unit = *end != '\0' ? strchr (units, g_ascii_toupper (*end)) : NULL;
  guint shift = unit != NULL ? 10 * (guint)(unit - units + 1) : 0;

  if (!g_ascii_isdigit (*text) || (*end != '\0' && (unit == NULL || end[1] != '\0'))
      || value > G_MAXUINT64 >> shift)
    {
      g_set_error (error, CTL_USAGE, 0, "'%s' is no size; say bytes, or a number with K, M, G or T",
                   text);
      return FALSE;
    }
  *out = value << shift;
  return TRUE;
}

/* Calls a method whose last argument is @options, and which returns a job, and waits for it. */
static gboolean
run_job (Ctl *ctl, const char *path, const char *method, GVariant *args, GError **error)
{
  g_autoptr (GVariant) reply =
      ctl_call (ctl, path, CTL_VOLUME, method, args, "(o)", CTL_CALL_SLOW, error);
  const char *job;

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&o)", &job);
  return ctl_wait_job (ctl, job, ctl->verb->name, error);
}

/* --- list and facts --- */

static void
add_rows (CtlTable *table, GVariant *rows)
{
  const char *name, *kind;
  guint64 capacity, allocation;
  GVariantIter iter;

  g_variant_iter_init (&iter, rows);
  while (
      g_variant_iter_next (&iter, "(&o&s&sttt)", NULL, &name, &kind, &capacity, &allocation, NULL))
    {
      g_autofree char *all = ctl_format_size (capacity);
      g_autofree char *taken = ctl_format_size (allocation);

      if (only_names)
        puts (name);
      else
        ctl_table_add (table, (const char *const[]){ name, kind, all, taken, NULL });
    }
}

static gboolean
list_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_pool (ctl, args[0], error);
  g_autoptr (CtlTable) table =
      ctl_table_new ((const char *const[]){ "NAME", "FORMAT", "CAPACITY", "ALLOCATION", NULL });
  guint32 total = 1;

  if (path == NULL)
    return FALSE;
  for (guint32 at = 0; at < total; at += PAGE)
    {
      g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
      g_autoptr (GVariant) reply = NULL;
      g_autoptr (GVariant) rows = NULL;

      g_variant_dict_insert (&options, "offset", "u", at);
      g_variant_dict_insert (&options, "limit", "u", PAGE);
      reply = ctl_call (ctl, path, CTL_POOL, "ListVolumes",
                        g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "(a(ossttt)u)",
                        CTL_CALL_QUICK, error);
      if (reply == NULL)
        return FALSE;
      g_variant_get (reply, "(@a(ossttt)u)", &rows, &total);
      if (ctl->json)
        ctl_print_variant_json (rows);
      else
        add_rows (table, rows);
    }
  if (!ctl->json && !only_names)
    ctl_table_print (table, ctl);
  return TRUE;
}

static void
print_dict (GVariant *dict)
{
  const char *key;
  GVariant *value;
  GVariantIter iter;

  g_variant_iter_init (&iter, dict);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_autofree char *text = ctl_format_variant (value);

      printf ("%-14s %s\n", key, text);
      g_variant_unref (value);
    }
}

static gboolean
info_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_volume (ctl, args[0], args[1], error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) info = NULL;

  if (path == NULL)
    return FALSE;
  if (probe)
    g_variant_dict_insert (&options, "probe", "b", TRUE);
  reply = ctl_call (ctl, path, CTL_VOLUME, "GetInfo",
                    g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "(a{sv})",
                    CTL_CALL_SLOW, error);
  if (reply == NULL)
    return FALSE;
  info = g_variant_get_child_value (reply, 0);
  if (ctl->json)
    ctl_print_variant_json (info);
  else
    print_dict (info);
  return TRUE;
}

static gboolean
xml_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_volume (ctl, args[0], args[1], error);
  g_autoptr (GVariant) reply =
      path != NULL ? ctl_call (ctl, path, CTL_VOLUME, "GetXml", g_variant_new ("(a{sv})", NULL),
                               "(s)", CTL_CALL_SLOW, error)
                   : NULL;
  const char *text;

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&s)", &text);
  fputs (text, stdout);
  return TRUE;
}

static gboolean
path_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_volume (ctl, args[0], args[1], error);
  g_autoptr (GVariant) properties =
      path != NULL ? ctl_get_properties (ctl, path, CTL_VOLUME, error) : NULL;
  const char *file = "";

  if (properties == NULL)
    return FALSE;
  g_variant_lookup (properties, "Path", "&s", &file);
  puts (file);
  return TRUE;
}

/* --- making --- */

static gboolean
submit (Ctl *ctl, const char *pool, const char *xml, const char *source, GError **error)
{
  g_autofree char *path = ctl_find_pool (ctl, pool, error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  GVariant *dict;
  const char *job;

  if (path == NULL)
    return FALSE;
  if (preallocation != NULL)
    g_variant_dict_insert (&options, "preallocation", "s", preallocation);
  if (outside)
    g_variant_dict_insert (&options, "outside", "b", TRUE);
  if (source_secret != NULL)
    g_variant_dict_insert (&options, "source-secret", "s", source_secret);
  dict = g_variant_dict_end (&options);
  reply = ctl_call (ctl, path, CTL_POOL, source != NULL ? "CopyVolume" : "CreateVolume",
                    source != NULL ? g_variant_new ("(so@a{sv})", xml, source, dict)
                                   : g_variant_new ("(s@a{sv})", xml, dict),
                    "(oo)", CTL_CALL_SLOW, error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&o&o)", NULL, &job);
  return ctl_wait_job (ctl, job, ctl->verb->name, error);
}

static gboolean
create_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *xml = ctl_read_text (args[1], error);

  return xml != NULL && submit (ctl, args[0], xml, NULL, error);
}

static char *
backing_xml (void)
{
  if (backing == NULL)
    return g_strdup ("");
  return g_markup_printf_escaped ("<backingStore><path>%s</path><format type='%s'/></backingStore>",
                                  backing, backing_format != NULL ? backing_format : "raw");
}

/* Without one the kind of pool decides: a partition has another than a file. */
static char *
format_xml (const char *name)
{
  return name != NULL ? g_markup_printf_escaped ("<format type='%s'/>", name) : g_strdup ("");
}

static gboolean
create_as_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *below = backing_xml ();
  g_autofree char *kind = format_xml (format);
  g_autofree char *name = g_markup_escape_text (args[1], -1);
  g_autofree char *head = NULL;
  g_autofree char *xml = NULL;
  guint64 capacity = 0;

  if (args[2] != NULL && !ctl_parse_size (args[2], &capacity, error))
    return FALSE;
  if (args[2] == NULL && backing == NULL)
    {
      g_set_error (error, CTL_USAGE, 0, "vol-create-as needs a SIZE, or --backing");
      return FALSE;
    }
  head = g_strdup_printf ("<name>%s</name><target>%s</target>", name, kind);
  xml = capacity > 0 ? g_strdup_printf ("<volume>%s<capacity>%" G_GUINT64_FORMAT
                                        "</capacity><allocation>0</allocation>%s</volume>",
                                        head, capacity, below)
                     : g_strdup_printf ("<volume>%s%s</volume>", head, below);
  return submit (ctl, args[0], xml, NULL, error);
}

/* @name: the uuid of a secret, or its usage */
static char *
encryption_xml (const char *name)
{
  if (name == NULL)
    return g_strdup ("");
  return g_markup_printf_escaped (
      "<encryption format='luks'><secret type='passphrase' %s='%s'/></encryption>",
      g_uuid_string_is_valid (name) ? "uuid" : "usage", name);
}

static gboolean
clone_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *source = ctl_find_volume (ctl, args[0], args[1], error);
  g_autofree char *name = g_markup_escape_text (args[2], -1);
  g_autofree char *kind = format_xml (format == NULL && secret != NULL ? "raw" : format);
  g_autofree char *encryption = encryption_xml (secret);
  g_autofree char *xml = g_strdup_printf ("<volume><name>%s</name><target>%s%s</target></volume>",
                                          name, kind, encryption);

  return source != NULL && submit (ctl, args[0], xml, source, error);
}

/* --- changing --- */

static gboolean
delete_run (Ctl *ctl, char **args, GError **error)
{
  for (guint i = 1; args[i] != NULL; i++)
    {
      g_autofree char *path = ctl_find_volume (ctl, args[0], args[i], error);
      g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
      g_autoptr (GVariant) reply = NULL;

      if (path == NULL)
        return FALSE;
      if (force)
        g_variant_dict_insert (&options, "force", "b", TRUE);
      reply = ctl_call (ctl, path, CTL_VOLUME, "Delete",
                        g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "()",
                        CTL_CALL_SLOW, error);
      if (reply == NULL)
        return FALSE;
    }
  return TRUE;
}

static gboolean
resize_run (Ctl *ctl, char **args, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *path = NULL;
  guint64 capacity;

  if (!ctl_parse_size (args[2], &capacity, error))
    return FALSE;
  path = ctl_find_volume (ctl, args[0], args[1], error);
  if (path == NULL)
    return FALSE;
  if (shrink)
    g_variant_dict_insert (&options, "shrink", "b", TRUE);
  if (preallocation != NULL)
    g_variant_dict_insert (&options, "preallocation", "s", preallocation);
  if (secret != NULL)
    g_variant_dict_insert (&options, "secret", "s", secret);
  return run_job (ctl, path, "Resize",
                  g_variant_new ("(t@a{sv})", capacity, g_variant_dict_end (&options)), error);
}

static gboolean
wipe_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_volume (ctl, args[0], args[1], error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (path == NULL)
    return FALSE;
  g_variant_dict_insert (&options, "method", "s", trim ? "trim" : "zero");
  return run_job (ctl, path, "Wipe", g_variant_new ("(@a{sv})", g_variant_dict_end (&options)),
                  error);
}

static gboolean
checksum_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_volume (ctl, args[0], args[1], error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) job = NULL;
  g_autoptr (GVariant) details = NULL;
  const char *job_path, *sum;

  if (path == NULL)
    return FALSE;
  if (algorithm != NULL)
    g_variant_dict_insert (&options, "algorithm", "s", algorithm);
  reply = ctl_call (ctl, path, CTL_VOLUME, "Checksum",
                    g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "(o)", CTL_CALL_SLOW,
                    error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&o)", &job_path);
  if (!ctl_wait_job (ctl, job_path, ctl->verb->name, error))
    return FALSE;
  job = ctl_get_properties (ctl, job_path, CTL_JOB, error);
  if (job == NULL)
    return FALSE;
  details = g_variant_lookup_value (job, "Details", G_VARIANT_TYPE_VARDICT);
  if (details != NULL && g_variant_lookup (details, "checksum", "&s", &sum))
    puts (sum);
  return TRUE;
}

/* --- moving bytes --- */

static gboolean
add_range (GVariantDict *options, GError **error)
{
  guint64 value;

  if (offset_text != NULL)
    {
      if (!ctl_parse_size (offset_text, &value, error))
        return FALSE;
      g_variant_dict_insert (options, "offset", "t", value);
    }
  if (length_text != NULL)
    {
      if (!ctl_parse_size (length_text, &value, error))
        return FALSE;
      g_variant_dict_insert (options, "length", "t", value);
    }
  if (sparse)
    g_variant_dict_insert (options, "sparse", "b", TRUE);
  return TRUE;
}

static gboolean
transfer (Ctl *ctl, const char *path, const char *method, int fd, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  const char *job;

  if (!add_range (&options, error))
    return FALSE;
  reply = ctl_call_with_fd (ctl, path, CTL_VOLUME, method,
                            g_variant_new ("(h@a{sv})", 0, g_variant_dict_end (&options)), "(o)",
                            fd, error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&o)", &job);
  return ctl_wait_job (ctl, job, ctl->verb->name, error);
}

static int
open_file (const char *file, int flags, GError **error)
{
  gboolean is_write = (flags & O_ACCMODE) != O_RDONLY;
  int fd = g_str_equal (file, "-") ? dup (is_write ? STDOUT_FILENO : STDIN_FILENO)
                                   : open (file, flags | O_CLOEXEC, 0666);

  if (fd < 0)
    roost_throw_errno (error, errno, "cannot open %s", file);
  return fd;
}

static gboolean
upload_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_volume (ctl, args[0], args[1], error);
  g_auto (RoostFd) fd = path != NULL ? open_file (args[2], O_RDONLY, error) : -1;

  return fd >= 0 && transfer (ctl, path, "Upload", fd, error);
}

static gboolean
download_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_volume (ctl, args[0], args[1], error);
  g_auto (RoostFd) fd = path != NULL ? open_file (args[2], O_RDWR | O_CREAT | O_TRUNC, error) : -1;

  return fd >= 0 && transfer (ctl, path, "Download", fd, error);
}

/* clang-format off */
const CtlVerb ctl_vol_verbs[] = {
  { "vol-list", "POOL", "List the volumes of a pool", "Example:\n  roostctl vol-list images", 1, 1, list_options, .run = list_run },
  { "vol-info", "POOL VOLUME", "Show what is in a volume", "Example:\n  roostctl vol-info images web.qcow2", 2, 2, info_options,
    .run = info_run },
  { "vol-path", "POOL VOLUME", "Print where the host has a volume", "Example:\n  roostctl vol-path images web.qcow2", 2, 2, .run = path_run },
  { "vol-xml", "POOL VOLUME", "Print the XML of a volume", "Example:\n  roostctl vol-xml images web.qcow2", 2, 2, .run = xml_run },
  { "vol-create", "POOL FILE", "Make a volume from its XML", "'-' is the standard input.\n\nExample:\n  roostctl vol-create images web.xml", 2, 2,
    create_options, .run = create_run },
  { "vol-create-as", "POOL NAME [SIZE]", "Make a volume",
    "Examples:\n"
    "  roostctl vol-create-as images web.qcow2 20G --format qcow2\n"
    "  roostctl vol-create-as images web.qcow2 --format qcow2 --backing base.img", 2, 3,
    create_as_options, .run = create_as_run },
  { "vol-clone", "POOL VOLUME NAME", "Copy a volume", "Example:\n  roostctl vol-clone images web.qcow2 copy.qcow2 --format qcow2", 3, 3, clone_options, .run = clone_run },
  { "vol-delete", "POOL VOLUME...", "Delete volumes", "Example:\n  roostctl vol-delete images web.qcow2", 2, CTL_MANY, delete_options,
    .run = delete_run },
  { "vol-resize", "POOL VOLUME SIZE", "Change the capacity of a volume", "Example:\n  roostctl vol-resize images web.qcow2 40G", 3, 3, resize_options,
    .run = resize_run },
  { "vol-wipe", "POOL VOLUME", "Make the content of a volume unreadable", "Example:\n  roostctl vol-wipe images web.qcow2", 2, 2, wipe_options,
    .run = wipe_run },
  { "vol-upload", "POOL VOLUME FILE", "Put a file into a volume", "'-' is the standard input.\n\nExample:\n  roostctl vol-upload images cd.iso debian.iso", 3,
    3, transfer_options, .run = upload_run },
  { "vol-download", "POOL VOLUME FILE", "Copy a volume into a file", "'-' is the standard output.\n\nExample:\n  roostctl vol-download images web.qcow2 backup.qcow2",
    3, 3, transfer_options, .run = download_run },
  { "vol-checksum", "POOL VOLUME", "Print the checksum of a volume's bytes", "Example:\n  roostctl vol-checksum images cd.iso", 2, 2,
    checksum_options, .run = checksum_run },
  { NULL },
};
/* clang-format on */
