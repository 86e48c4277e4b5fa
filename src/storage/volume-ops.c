/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is done with the bytes of a volume that is there. */

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"
#include "base/steps.h"
#include "storage/folder.h"
#include "storage/pool-private.h"
#include "storage/qemu-img.h"
#include "storage/storage-private.h"
#include "storage/transfer.h"
#include "storage/volume-content.h"
#include "storage/volume-crypt.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

typedef struct
{
  RoostVolumeOp *op;
  char *folder; /* (nullable): of volumes that are files */
  char *name;
  char *path;
  const char *format;
  guint64 capacity;
  gboolean shrink;
  char *preallocation; /* (nullable) */
  GBytes *key;         /* (nullable): it is encrypted, or an image below it is */
  GPtrArray *chain;    /* (nullable): of RoostImageLink: with .key */
  gboolean trim;
  int client; /* -1 = none */
  RoostTransferRange range;
  char *temporary; /* (nullable) */
  GChecksumType checksum;
} Work;

static void
work_free (gpointer p)
{
  Work *work = p;

  if (work->client >= 0)
    close (work->client);
  g_free (work->folder);
  g_free (work->name);
  g_free (work->path);
  g_free (work->preallocation);
  g_clear_pointer (&work->key, g_bytes_unref);
  g_clear_pointer (&work->chain, g_ptr_array_unref);
  g_free (work->temporary);
  g_free (work);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Work, work_free)

static Work *
work_new (RoostPool *pool, const RoostVolume *volume)
{
  Work *work = g_new0 (Work, 1);

  work->name = g_strdup (volume->name);
  work->path = roost_pool_volume_path (pool, volume);
  work->format = volume->format;
  work->client = -1;
  if (pool->backend->flags & ROOST_BACKEND_FILES)
    work->folder = g_strdup (roost_pool_path (pool));
  return work;
}

/* What changes a volume must be alone with it. */
typedef enum
{
  READS,
  WRITES,
} Access;

/* Returns: (transfer full): what to work on, with the volume held by @out_job */
static Work *
begin (RoostPool *pool,
       const RoostVolumeCall *call,
       const char *operation,
       RoostJob **out_job,
       GError **error)
{
  const RoostVolume *volume = roost_pool_get_volume (pool, call->name, error);

  if (volume == NULL)
    return NULL;
  if (volume->type == ROOST_VOLUME_TYPE_DIR || volume->type == ROOST_VOLUME_TYPE_NETDIR)
    {
      roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "the volume '%s' is a folder", call->name);
      return NULL;
    }
  *out_job = roost_pool_hold (pool, call->name, operation, call->caller, error);
  return *out_job != NULL ? work_new (pool, volume) : NULL;
}

/* Of a volume whose bytes we can read and write. */
static Work *
begin_local (RoostPool *pool,
             const RoostVolumeCall *call,
             const char *operation,
             RoostJob **out_job,
             GError **error)
{
  const RoostVolume *volume = roost_pool_get_volume (pool, call->name, error);

  if (volume == NULL)
    return NULL;
  if (volume->type == ROOST_VOLUME_TYPE_FILE || volume->type == ROOST_VOLUME_TYPE_BLOCK)
    return begin (pool, call, operation, out_job, error);
  roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "the volume '%s' is no file or device",
               call->name);
  return NULL;
}

/* Returns: (transfer full) */
static RoostJob *
go_on (RoostPool *pool, RoostJob *job, Work *work, gboolean (*run) (RoostVolumeOp *, GError **))
{
  roost_volume_op_begin (&(RoostVolumeOp){ pool, job, run, work, work_free });
  return job;
}

/* --- opening --- */

typedef struct
{
  const Work *work;
  int flags;
  int fd;
  guint64 length;
} Open;

static gboolean
open_in_thread (gpointer p, GCancellable *cancellable, GError **error)
{
  Open *open_ = p;
  const Work *work = open_->work;
  off_t end;

  open_->fd = work->folder != NULL
                  ? roost_folder_open (work->folder, work->name, open_->flags, error)
                  : open (work->path, open_->flags | O_CLOEXEC);
  if (open_->fd < 0)
    return work->folder != NULL ? FALSE
                                : roost_throw_errno (error, errno, "cannot open '%s'", work->path);
  end = lseek (open_->fd, 0, SEEK_END);
  open_->length = end > 0 ? (guint64)end : 0;
  return TRUE;
}

/* Awaits. Returns: a descriptor, or -1 */
static int
open_volume (const Work *work, int flags, guint64 *out_length, GError **error)
{
  Open open_ = { .work = work, .flags = flags, .fd = -1 };

  if (!co_thread (open_in_thread, &open_, NULL, error))
    return -1;
  *out_length = open_.length;
  return open_.fd;
}

static guint64
read_done (gpointer transfer)
{
  return roost_transfer_done (transfer);
}

/* Runs a mover of bytes in a thread and shows how far it is. Awaits. */
static gboolean
move (Work *work, CoThreadFunc func, RoostTransfer *transfer, gpointer data, GError **error)
{
  RoostMeter *meter = roost_meter_start (work->op->job, read_done, transfer, transfer->length);
  gboolean good = co_thread (func, data, roost_job_cancellable (work->op->job), error);

  roost_meter_stop (meter);
  return good;
}

/* --- resize --- */

static gboolean
step_resize (gpointer p, GCancellable *cancellable, GError **error)
{
  Work *work = p;
  g_autofree char *preallocation = g_strconcat (
      "--preallocation=", work->preallocation != NULL ? work->preallocation : "off", NULL);
  g_autoptr (RoostImg) img = roost_img_new ("resize", "-q", preallocation, NULL);
  g_autofree char *image = work->key != NULL
                               ? roost_img_add_chain (img, work->chain, work->key)
                               : roost_img_add_image (img, work->path, work->format, NULL);

  if (work->shrink)
    roost_img_add (img, "--shrink", NULL);
  roost_img_add (img, image, NULL);
  roost_img_add_size (img, work->capacity);
  return roost_img_do (img, cancellable, error);
}

static const RoostStep resize_steps[] = {
  { "resize", step_resize, NULL, 0 },
  { NULL },
};

static gboolean
run_resize (RoostVolumeOp *op, GError **error)
{
  Work *work = op->data;
  const RoostVolume *volume = roost_pool_find_volume (op->pool, work->name);

  work->op = op;
  roost_job_set_phase (op->job, "resize", -1.0);
  if (op->pool->backend->resize_volume != NULL && volume != NULL)
    return op->pool->backend->resize_volume (op->pool, volume, work->capacity, error);
  return roost_steps_run (resize_steps, work, NULL, roost_job_cancellable (op->job), error);
}

static gboolean
check_size (const RoostVolume *volume, guint64 capacity, gboolean shrink, GError **error)
{
  if (capacity == 0)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "a capacity of 0 bytes is none");
  return volume == NULL || capacity >= volume->capacity || shrink
         || roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                         "the volume '%s' has %" PRIu64 " bytes; to make it smaller, which loses "
                         "what is at its end, needs the option 'shrink'",
                         volume->name, volume->capacity);
}

/* What it takes to open it: nothing where no image of the chain is encrypted. Awaits. */
static gboolean
find_key (RoostPool *pool, Work *work, const char *secret, GError **error)
{
  g_autoptr (GPtrArray) chain = NULL;
  gboolean is_encrypted = FALSE;

  if (work->folder == NULL || !roost_volume_format_is_image (work->format)
      || g_str_equal (work->format, "raw"))
    return TRUE;
  chain = roost_image_chain (work->path, work->format, NULL, NULL, error);
  if (chain == NULL)
    return FALSE;
  for (guint i = 0; i < chain->len; i++)
    is_encrypted = is_encrypted || ((RoostImageLink *)chain->pdata[i])->is_encrypted;
  if (!is_encrypted)
    return TRUE;
  if (secret == NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the volume '%s', or an image below it, is encrypted: name the secret by "
                        "the option 'secret'",
                        work->name);
  work->key = roost_volume_crypt_find (pool->storage->secrets, secret, error);
  work->chain = g_steal_pointer (&chain);
  return work->key != NULL;
}

/* @work: (transfer full) */
static RoostJob *
go_on_resizing (RoostPool *pool, RoostJob *job, Work *work, const char *secret, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (find_key (pool, work, secret, &local))
    return go_on (pool, job, work, run_resize);
  roost_pool_release (pool, job, local);
  g_object_unref (job);
  work_free (work);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

RoostJob *
roost_pool_resize_volume (RoostPool *pool,
                          const RoostVolumeCall *call,
                          const RoostVolumeResize *what,
                          GError **error)
{
  RoostJob *job = NULL;
  Work *work;

  if (!(pool->backend->flags & ROOST_BACKEND_FILES) && pool->backend->resize_volume == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                   "the volumes of a pool of type '%s' cannot be resized",
                   roost_pool_kind_name (pool));
      return NULL;
    }
  if (!check_size (roost_pool_find_volume (pool, call->name), what->capacity, what->shrink, error)
      || !roost_pool_need_unused (pool, call->name, error))
    return NULL;
  work = begin (pool, call, "resize-volume", &job, error);
  if (work == NULL)
    return NULL;
  work->capacity = what->capacity;
  work->shrink = what->shrink;
  work->preallocation = g_strdup (what->preallocation);
  return go_on_resizing (pool, job, work, what->secret, error);
}

/* --- wipe --- */

static gboolean
run_wipe (RoostVolumeOp *op, GError **error)
{
  Work *work = op->data;
  RoostTransfer transfer = { .from = -1 };
  g_auto (RoostFd) fd = -1;

  work->op = op;
  fd = open_volume (work, O_WRONLY, &transfer.length, error);
  if (fd < 0)
    return FALSE;
  transfer.to = fd;
  return move (work, work->trim ? roost_transfer_trim : roost_transfer_zero, &transfer, &transfer,
               error);
}

RoostJob *
roost_pool_wipe_volume (RoostPool *pool,
                        const RoostVolumeCall *call,
                        const char *method,
                        GError **error)
{
  RoostJob *job = NULL;
  Work *work;

  if (!g_str_equal (method, "zero") && !g_str_equal (method, "trim"))
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "the method is zero or trim, not '%s'",
                   method);
      return NULL;
    }
  if (!roost_pool_need_unused (pool, call->name, error))
    return NULL;
  work = begin_local (pool, call, "wipe-volume", &job, error);
  if (work == NULL)
    return NULL;
  work->trim = g_str_equal (method, "trim");
  return go_on (pool, job, work, run_wipe);
}

/* --- upload --- */

static gboolean
make_temporary (gpointer p, GCancellable *cancellable, GError **error)
{
  const Work *work = p;

  return roost_folder_create (work->folder, work->temporary, error);
}

static gboolean
remove_temporary (gpointer p, GCancellable *cancellable, GError **error)
{
  const Work *work = p;

  return roost_folder_remove (work->folder, work->temporary, error);
}

static gboolean
step_make_temporary (gpointer p, GCancellable *cancellable, GError **error)
{
  return co_thread (make_temporary, p, cancellable, error);
}

static void
undo_make_temporary (gpointer p)
{
  co_thread (remove_temporary, p, NULL, NULL);
}

/* What the client sends tells how much it is when it is a file. */
static guint64
expected_length (const Work *work)
{
  struct stat st;

  if (work->range.length > 0)
    return work->range.length;
  return fstat (work->client, &st) == 0 && S_ISREG (st.st_mode) ? (guint64)st.st_size : 0;
}

static gboolean
receive (Work *work, const char *name, GError **error)
{
  Work into = { .folder = work->folder, .name = (char *)name, .path = work->path };
  RoostTransfer transfer = {
    .from = work->client,
    .offset = work->range.offset,
    .length = work->range.length > 0 ? work->range.length : G_MAXINT64,
    .is_sparse = work->range.is_sparse,
  };
  RoostMeter *meter;
  g_auto (RoostFd) fd = -1;
  guint64 length;
  gboolean good;

  fd = open_volume (&into, O_RDWR, &length, error);
  if (fd < 0)
    return FALSE;
  if (work->temporary == NULL && transfer.offset > length)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the volume '%s' ends at %" PRIu64 ", before the offset", work->name,
                        length);
  transfer.to = fd;
  meter = roost_meter_start (work->op->job, read_done, &transfer, expected_length (work));
  good = co_thread (roost_transfer_upload, &transfer, roost_job_cancellable (work->op->job), error);
  roost_meter_stop (meter);
  return good;
}

static gboolean
step_receive (gpointer p, GCancellable *cancellable, GError **error)
{
  Work *work = p;

  return receive (work, work->temporary, error);
}

/* The new file looks like the old one from outside. */
static gboolean
replace (gpointer p, GCancellable *cancellable, GError **error)
{
  const Work *work = p;
  g_autofree char *path = g_build_filename (work->folder, work->temporary, NULL);
  struct stat st;

  if (stat (work->path, &st) == 0
      && (chmod (path, st.st_mode & 07777) != 0 || lchown (path, st.st_uid, st.st_gid) != 0))
    return roost_throw_errno (error, errno, "cannot set the permissions of the volume");
  return roost_folder_rename (work->folder, work->temporary, work->name, TRUE, error);
}

static gboolean
step_replace (gpointer p, GCancellable *cancellable, GError **error)
{
  return co_thread (replace, p, NULL, error);
}

static const RoostStep upload_steps[] = {
  { "make file", step_make_temporary, undo_make_temporary, 0 },
  { "receive content", step_receive, NULL, 0 },
  { "put in place", step_replace, NULL, ROOST_STEP_COMMIT | ROOST_STEP_NO_CANCEL },
  { NULL },
};

static gboolean
run_upload (RoostVolumeOp *op, GError **error)
{
  Work *work = op->data;

  work->op = op;
  if (work->temporary != NULL)
    return roost_steps_run (upload_steps, work, NULL, roost_job_cancellable (op->job), error);
  return receive (work, work->name, error);
}

RoostJob *
roost_pool_upload_volume (RoostPool *pool,
                          const RoostVolumeCall *call,
                          int fd,
                          const RoostTransferRange *range,
                          GError **error)
{
  g_auto (RoostFd) client = fd;
  RoostJob *job = NULL;
  Work *work;

  if (!roost_pool_need_unused (pool, call->name, error))
    return NULL;
  work = begin_local (pool, call, "upload-volume", &job, error);
  if (work == NULL)
    return NULL;
  work->client = roost_fd_steal (&client);
  work->range = *range;
  if (work->folder != NULL && range->offset == 0 && range->length == 0)
    {
      g_autofree char *token = g_uuid_string_random ();

      work->temporary = g_strdup_printf (ROOST_FOLDER_TEMPORARY "%.8s.part", token);
    }
  return go_on (pool, job, work, run_upload);
}

/* --- download --- */

static gboolean
run_download (RoostVolumeOp *op, GError **error)
{
  Work *work = op->data;
  g_auto (RoostFd) fd = -1;
  guint64 length;
  RoostTransfer transfer = {
    .to = work->client,
    .offset = work->range.offset,
    .is_sparse = work->range.is_sparse,
  };

  work->op = op;
  fd = open_volume (work, O_RDONLY, &length, error);
  if (fd < 0)
    return FALSE;
  if (transfer.offset > length)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the volume '%s' ends at %" PRIu64 ", before the offset", work->name,
                        length);
  transfer.from = fd;
  transfer.length = length - transfer.offset;
  if (work->range.length > 0)
    transfer.length = MIN (transfer.length, work->range.length);
  return move (work, roost_transfer_download, &transfer, &transfer, error);
}

RoostJob *
roost_pool_download_volume (RoostPool *pool,
                            const RoostVolumeCall *call,
                            int fd,
                            const RoostTransferRange *range,
                            GError **error)
{
  g_auto (RoostFd) client = fd;
  RoostJob *job = NULL;
  Work *work = begin_local (pool, call, "download-volume", &job, error);

  if (work == NULL)
    return NULL;
  work->client = roost_fd_steal (&client);
  work->range = *range;
  return go_on (pool, job, work, run_download);
}

/* --- checksum --- */

static gboolean
run_checksum (RoostVolumeOp *op, GError **error)
{
  Work *work = op->data;
  RoostChecksumWork sum = { .type = work->checksum };
  g_auto (RoostFd) fd = -1;
  gboolean good;

  work->op = op;
  fd = open_volume (work, O_RDONLY, &sum.transfer.length, error);
  if (fd < 0)
    return FALSE;
  sum.transfer.from = fd;
  good = move (work, roost_transfer_checksum, &sum.transfer, &sum, error);
  if (good)
    roost_job_set_detail (op->job, "checksum", g_variant_new_string (sum.text));
  g_free (sum.text);
  return good;
}

RoostJob *
roost_pool_checksum_volume (RoostPool *pool,
                            const RoostVolumeCall *call,
                            const char *algorithm,
                            GError **error)
{
  static const char *const names[] = { "md5", "sha1", "sha256", "sha512", "sha384" };
  RoostJob *job = NULL;
  guint type = 0;
  Work *work;

  while (type < G_N_ELEMENTS (names) && !g_str_equal (names[type], algorithm))
    type++;
  if (type == G_N_ELEMENTS (names))
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                   "the algorithm is md5, sha1, sha256, sha384 or sha512, not '%s'", algorithm);
      return NULL;
    }
  work = begin_local (pool, call, "checksum-volume", &job, error);
  if (work == NULL)
    return NULL;
  work->checksum = type;
  return go_on (pool, job, work, run_checksum);
}

/* --- delete --- */

static gboolean
remove_volume_file (gpointer p, GCancellable *cancellable, GError **error)
{
  const Work *work = p;

  return roost_folder_remove (work->folder, work->name, error);
}

static gboolean
delete_held (RoostPool *pool, const RoostVolume *volume, GError **error)
{
  g_autoptr (Work) work = work_new (pool, volume);

  if (work->folder != NULL)
    return co_thread (remove_volume_file, work, NULL, error);
  if (pool->backend->remove_volume == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the volumes of a pool of type '%s' cannot be deleted",
                        roost_pool_kind_name (pool));
  return pool->backend->remove_volume (pool, volume, error);
}

gboolean
roost_pool_delete_volume (RoostPool *pool, const RoostVolumeCall *call, GError **error)
{
  g_autoptr (RoostPool) held = g_object_ref (pool);
  g_autoptr (RoostJob) job = NULL;
  g_autoptr (GError) local = NULL;

  if (roost_pool_get_volume (pool, call->name, error) == NULL
      || !roost_pool_need_unused (pool, call->name, error))
    return FALSE;
  job = roost_pool_hold (pool, call->name, "delete-volume", call->caller, error);
  if (job == NULL)
    return FALSE;
  roost_job_refuse_cancel (job);
  if (delete_held (pool, roost_pool_find_volume (pool, call->name), &local))
    roost_pool_look_volume (pool, call->name);
  roost_pool_release (pool, job, local);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
