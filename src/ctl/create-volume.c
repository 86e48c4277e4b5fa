/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/create-run.h"

#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK (256 * 1024)

#define SYSTEM_FOLDER "/var/lib/roost/images"

void
ctl_pool_free (CtlPool *pool)
{
  if (pool == NULL)
    return;
  g_free (pool->name);
  g_free (pool->path);
  g_free (pool->kind);
  g_free (pool->folder);
  g_free (pool);
}

void
ctl_source_free (CtlSource *source)
{
  if (source == NULL)
    return;
  g_free (source->path);
  g_free (source->pool);
  g_free (source->name);
  g_free (source->file);
  g_free (source->format);
  g_free (source);
}

/* --- pools --- */

static gboolean
read_pool (Ctl *ctl, CtlPool *pool, GError **error)
{
  const char *const files[] = { "dir", "fs", "netfs", "vstorage", NULL };
  g_autoptr (GVariant) properties = ctl_get_properties (ctl, pool->path, CTL_POOL, error);
  const char *state = "";

  if (properties == NULL)
    return FALSE;
  g_variant_lookup (properties, "Kind", "s", &pool->kind);
  g_variant_lookup (properties, "State", "&s", &state);
  pool->is_active = g_str_equal (state, "active");
  pool->is_files = pool->kind != NULL && g_strv_contains (files, pool->kind);
  return TRUE;
}

CtlPool *
ctl_pool_look (Ctl *ctl, const char *name, const char *mode, GError **error)
{
  g_autoptr (CtlPool) pool = g_new0 (CtlPool, 1);
  g_autoptr (GError) local = NULL;

  pool->name = g_strdup (name);
  pool->path = ctl_find_pool (ctl, name, &local);
  if (pool->path != NULL)
    return read_pool (ctl, pool, error) ? g_steal_pointer (&pool) : NULL;
  if (!g_error_matches (local, ROOST_ERROR, ROOST_ERROR_NOT_FOUND)
      || !g_str_equal (name, "default"))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  pool->kind = g_strdup ("dir");
  pool->is_files = TRUE;
  pool->folder = g_str_equal (mode, "system")
                     ? g_strdup (SYSTEM_FOLDER)
                     : g_build_filename (g_get_user_data_dir (), "roost", "images", NULL);
  return g_steal_pointer (&pool);
}

static gboolean
call_pool (Ctl *ctl, const CtlPool *pool, const char *method, GVariant *args, GError **error)
{
  g_autoptr (GVariant) reply =
      ctl_call (ctl, pool->path, CTL_POOL, method, args, "()", CTL_CALL_SLOW, error);

  return reply != NULL;
}

static gboolean
define_pool (Ctl *ctl, CtlPool *pool, CtlMade *made, GError **error)
{
  g_autofree char *xml = ctl_pool_to_xml (pool->name, pool->folder);
  g_autofree char *what = g_strdup_printf ("pool '%s'", pool->name);
  gboolean has_folder = g_file_test (pool->folder, G_FILE_TEST_EXISTS);
  g_autoptr (GVariant) reply = ctl_call_manager (
      ctl, "DefineStoragePool", g_variant_new ("(sa{sv})", xml, NULL), "(o)", error);

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(o)", &pool->path);
  ctl_made_add (made, pool->path, CTL_POOL, "Undefine", what);
  if (!has_folder)
    {
      if (!call_pool (ctl, pool, "Build", g_variant_new ("(a{sv})", NULL), error))
        return FALSE;
      ctl_made_add (made, pool->path, CTL_POOL, "Delete", NULL);
    }
  g_printerr ("roostctl: there was no pool '%s'; it is now the folder %s\n", pool->name,
              pool->folder);
  return call_pool (ctl, pool, "SetAutostart", g_variant_new ("(ba{sv})", TRUE, NULL), error);
}

gboolean
ctl_pool_ensure (Ctl *ctl, CtlPool *pool, CtlMade *made, GError **error)
{
  if (pool->is_active)
    return TRUE;
  if (pool->path == NULL && !define_pool (ctl, pool, made, error))
    return FALSE;
  if (!call_pool (ctl, pool, "Start", g_variant_new ("(a{sv})", NULL), error))
    return FALSE;
  ctl_made_add (made, pool->path, CTL_POOL, "Stop", NULL);
  pool->is_active = TRUE;
  return TRUE;
}

gboolean
ctl_pool_check_free (Ctl *ctl, const CtlPool *pool, const char *name, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *path = NULL;

  if (!pool->is_active)
    return TRUE; /* making the volume will say it */
  path = ctl_find_volume (ctl, pool->name, name, &local);
  if (path != NULL)
    return roost_throw (error, ROOST_ERROR_EXISTS,
                        "the pool '%s' has a volume '%s' already; delete it with vol-delete, or "
                        "take another name or pool",
                        pool->name, name);
  if (g_error_matches (local, ROOST_ERROR, ROOST_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* --- sources --- */

static gboolean
read_volume (Ctl *ctl, CtlSource *source, GError **error)
{
  g_autoptr (GVariant) properties = ctl_get_properties (ctl, source->path, CTL_VOLUME, error);
  g_autoptr (GVariant) pool = NULL;
  const char *pool_path = CTL_NO_OBJECT;

  if (properties == NULL)
    return FALSE;
  g_clear_pointer (&source->file, g_free);
  g_clear_pointer (&source->format, g_free);
  g_variant_lookup (properties, "Name", "s", &source->name);
  g_variant_lookup (properties, "Path", "s", &source->file);
  g_variant_lookup (properties, "Format", "s", &source->format);
  g_variant_lookup (properties, "Physical", "t", &source->size);
  g_variant_lookup (properties, "Pool", "&o", &pool_path);
  pool = ctl_get_properties (ctl, pool_path, CTL_POOL, error);
  if (pool == NULL)
    return FALSE;
  g_variant_lookup (pool, "Name", "s", &source->pool);
  if (source->name != NULL && source->file != NULL && source->format != NULL
      && source->pool != NULL)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_IO, "the daemon does not tell what %s is", source->path);
}

/* The format of a file that is in no pool yet, by its first bytes. */
static char *
sniff (int fd)
{
  char head[4] = "", iso[5] = "";

  if (pread (fd, head, sizeof head, 0) == sizeof head && memcmp (head, "QFI\xfb", 4) == 0)
    return g_strdup ("qcow2");
  if (pread (fd, iso, sizeof iso, 0x8001) == sizeof iso && memcmp (iso, "CD001", 5) == 0)
    return g_strdup ("iso");
  return g_strdup ("raw");
}

char *
ctl_file_format (const char *file)
{
  g_auto (RoostFd) fd = open (file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

  return fd >= 0 ? sniff (fd) : NULL;
}

static gboolean
read_file (Ctl *ctl, CtlSource *source, const char *text, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_auto (RoostFd) fd = open (text, O_RDONLY | O_CLOEXEC);
  struct stat info;
  char *real;

  if (fd < 0 || fstat (fd, &info) != 0)
    return roost_throw_errno (error, errno, "cannot read %s", text);
  if (!S_ISREG (info.st_mode) && !S_ISBLK (info.st_mode))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "%s is neither a file nor a device",
                        text);
  real = realpath (text, NULL);
  source->file = g_strdup (real != NULL ? real : text);
  free (real);
  source->size = (guint64)lseek (fd, 0, SEEK_END);
  source->format = sniff (fd);
  reply = ctl_call_manager (ctl, "GetStorageVolumeByPath", g_variant_new ("(s)", source->file),
                            "(o)", NULL);
  if (reply == NULL)
    return TRUE;
  g_variant_get (reply, "(o)", &source->path);
  return read_volume (ctl, source, error);
}

CtlSource *
ctl_source_find (Ctl *ctl, const char *text, const CtlPool *pool, GError **error)
{
  g_autoptr (CtlSource) source = g_new0 (CtlSource, 1);
  g_auto (GStrv) parts = g_strsplit (text, "/", 2);

  if (g_file_test (text, G_FILE_TEST_EXISTS))
    return read_file (ctl, source, text, error) ? g_steal_pointer (&source) : NULL;
  if (parts[0] != NULL && parts[1] != NULL && *parts[0] != '\0')
    source->path = ctl_find_volume (ctl, parts[0], parts[1], NULL);
  else if (pool->is_active && parts[0] != NULL && parts[1] == NULL)
    source->path = ctl_find_volume (ctl, pool->name, text, NULL);
  if (source->path != NULL)
    return read_volume (ctl, source, error) ? g_steal_pointer (&source) : NULL;
  roost_throw (error, ROOST_ERROR_NOT_FOUND,
               "'%s' is neither a file nor a volume; a volume is named POOL/VOLUME%s", text,
               strstr (text, "://") != NULL ? ", and what is at a URL has to be fetched first"
                                            : "");
  return NULL;
}

/* --- volumes --- */

/* Has the daemon gone away, or come anew, so that nobody knows of the job? */
static gboolean
is_doubtful (const GError *error)
{
  return error->domain != ROOST_ERROR;
}

static gboolean
wait_made (Ctl *ctl, const char *job, const char *what, CtlMade *made, GError **error)
{
  GError *local = NULL;

  if (ctl_wait_job (ctl, job, what, &local))
    return TRUE;
  if (is_doubtful (local))
    ctl_made_add_doubtful (made, what);
  g_propagate_error (error, local);
  return FALSE;
}

char *
ctl_volume_make (Ctl *ctl,
                 const CtlPool *pool,
                 const char *name,
                 const char *xml,
                 const char *source,
                 CtlMade *made,
                 GError **error)
{
  g_autofree char *what = g_strdup_printf ("volume '%s'", name);
  g_autofree char *path = NULL;
  g_autofree char *job = NULL;
  g_autoptr (GVariant) reply =
      ctl_call (ctl, pool->path, CTL_POOL, source != NULL ? "CopyVolume" : "CreateVolume",
                source != NULL ? g_variant_new ("(soa{sv})", xml, source, NULL)
                               : g_variant_new ("(sa{sv})", xml, NULL),
                "(oo)", CTL_CALL_SLOW, error);

  if (reply == NULL)
    return NULL;
  g_variant_get (reply, "(oo)", &path, &job);
  if (!wait_made (ctl, job, what, made, error))
    return NULL;
  ctl_made_add (made, path, CTL_VOLUME, "Delete", what);
  return ctl_check_signals (error) ? g_steal_pointer (&path) : NULL;
}

static gboolean
send_file (Ctl *ctl, const char *path, const char *name, int fd, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *what = g_strdup_printf ("uploading %s", name);
  g_autoptr (GVariant) reply = NULL;
  const char *job;

  g_variant_dict_insert (&options, "sparse", "b", TRUE);
  reply = ctl_call_with_fd (ctl, path, CTL_VOLUME, "Upload",
                            g_variant_new ("(h@a{sv})", 0, g_variant_dict_end (&options)), "(o)",
                            fd, error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&o)", &job);
  return ctl_wait_job (ctl, job, what, error) && ctl_check_signals (error);
}

char *
ctl_volume_upload (Ctl *ctl,
                   const CtlPool *pool,
                   const char *name,
                   const char *file,
                   CtlMade *made,
                   GError **error)
{
  g_auto (RoostFd) fd = open (file, O_RDONLY | O_CLOEXEC);
  off_t size = fd >= 0 ? lseek (fd, 0, SEEK_END) : -1;
  g_autofree char *xml = NULL;
  g_autofree char *path = NULL;

  if (size < 0 || lseek (fd, 0, SEEK_SET) != 0)
    {
      roost_throw_errno (error, errno, "cannot read %s", file);
      return NULL;
    }
  xml = ctl_volume_to_xml (name, (guint64)size, "raw", NULL, NULL);
  path = ctl_volume_make (ctl, pool, name, xml, NULL, made, error);
  if (path == NULL || !send_file (ctl, path, name, fd, error))
    return NULL;
  return g_steal_pointer (&path);
}

/* --- the same image again --- */

static char *
checksum_of_file (const char *file, GError **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *block = g_malloc (BLOCK);
  g_auto (RoostFd) fd = open (file, O_RDONLY | O_CLOEXEC);
  gssize n = fd < 0 ? -1 : 0;

  while (fd >= 0 && (n = read (fd, block, BLOCK)) > 0)
    g_checksum_update (sum, block, n);
  if (n == 0)
    return g_strdup (g_checksum_get_string (sum));
  roost_throw_errno (error, errno, "cannot read %s", file);
  return NULL;
}

static char *
checksum_of_volume (Ctl *ctl, const char *path, GError **error)
{
  g_autoptr (GVariant) job = NULL;
  g_autoptr (GVariant) details = NULL;
  g_autoptr (GVariant) reply =
      ctl_call (ctl, path, CTL_VOLUME, "Checksum", g_variant_new ("(a{sv})", NULL), "(o)",
                CTL_CALL_SLOW, error);
  const char *job_path;
  char *sum = NULL;

  if (reply == NULL)
    return NULL;
  g_variant_get (reply, "(&o)", &job_path);
  if (!ctl_wait_job (ctl, job_path, "comparing", error)
      || (job = ctl_get_properties (ctl, job_path, CTL_JOB, error)) == NULL)
    return NULL;
  details = g_variant_lookup_value (job, "Details", G_VARIANT_TYPE_VARDICT);
  if (details == NULL || !g_variant_lookup (details, "checksum", "s", &sum))
    roost_throw (error, ROOST_ERROR_IO, "the daemon does not tell the checksum of %s", path);
  return sum;
}

/* Is the volume @there, which has the name of the file, that file? */
static gboolean
check_same (Ctl *ctl, const CtlSource *source, const CtlSource *there, GError **error)
{
  g_autofree char *ours = NULL;
  g_autofree char *theirs = NULL;

  if (source->size == there->size)
    {
      ours = checksum_of_file (source->file, error);
      theirs = ours != NULL ? checksum_of_volume (ctl, there->path, error) : NULL;
      if (theirs == NULL)
        return FALSE;
    }
  if (ours != NULL && g_str_equal (ours, theirs))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_EXISTS,
                      "the pool '%s' has another image named '%s'; say --image %s/%s to use that "
                      "one, or rename the file",
                      there->pool, there->name, there->pool, there->name);
}

gboolean
ctl_source_upload (Ctl *ctl, CtlSource *source, const CtlPool *pool, CtlMade *made, GError **error)
{
  g_autofree char *name = g_path_get_basename (source->file);
  g_autofree char *found = ctl_find_volume (ctl, pool->name, name, NULL);

  if (found != NULL)
    {
      g_autoptr (CtlSource) there = g_new0 (CtlSource, 1);

      there->path = g_strdup (found);
      if (!read_volume (ctl, there, error) || !check_same (ctl, source, there, error))
        return FALSE;
      source->path = g_steal_pointer (&found);
    }
  else
    source->path = ctl_volume_upload (ctl, pool, name, source->file, made, error);
  return source->path != NULL && read_volume (ctl, source, error);
}
