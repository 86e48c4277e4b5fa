/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/volume-config.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/pool-types.h"
#include "model/tables-storage.h"

#include <inttypes.h>
#include <string.h>

/* Bounds of qcow2. */
#define CLUSTER_MIN             512
#define CLUSTER_MAX             (2 * 1024 * 1024)
#define EXTENDED_L2_CLUSTER_MIN (16 * 1024)

RoostVolumeConfig *
roost_volume_config_parse (const char *xml, RoostIssues *issues, GError **error)
{
  return roost_type_parse_text (&roost_volume_document_type, "volume", xml, issues, error);
}

char *
roost_volume_config_format (const RoostVolumeConfig *config)
{
  GString *out = g_string_sized_new (1024);
  g_autoptr (RoostVolumeConfig) shown = roost_volume_config_copy (config);

  shown->nocow = FALSE; /* a wish for the creation; no fact tells of it afterwards */
  roost_type_format (&roost_volume_document_type, shown, "volume",
                     ROOST_FORMAT_LIVE | ROOST_FORMAT_SECRETS, 0, out);
  return g_string_free (out, FALSE);
}

RoostVolumeConfig *
roost_volume_config_copy (const RoostVolumeConfig *config)
{
  return roost_type_copy (&roost_volume_document_type, config);
}

void
roost_volume_config_free (RoostVolumeConfig *config)
{
  roost_type_free (&roost_volume_document_type, config);
}

static const char *const image_formats[] = { "raw", "qcow2", "qcow",      "qed",   "vmdk",
                                             "vdi", "vpc",   "vhdx",      "bochs", "cloop",
                                             "dmg", "luks",  "parallels", NULL };

/* Of files that qemu-img does not know by that name. */
static const char *const other_formats[] = { "none", "dir",   "iso", "fat",
                                             "vhd",  "ploop", "cow", NULL };

static const char *const partition_formats[] = { "none",       "linux",      "fat16",
                                                 "fat32",      "linux-swap", "linux-lvm",
                                                 "linux-raid", "extended",   NULL };

gboolean
roost_volume_format_is_image (const char *format)
{
  return format != NULL && g_strv_contains (image_formats, format);
}

static RoostVolumeType
usual_type (const RoostPoolConfig *pool, const RoostVolumeConfig *config)
{
  switch (pool != NULL ? pool->kind : ROOST_POOL_KIND_UNSET)
    {
    case ROOST_POOL_KIND_LOGICAL:
    case ROOST_POOL_KIND_DISK:
    case ROOST_POOL_KIND_ISCSI:
    case ROOST_POOL_KIND_SCSI:
    case ROOST_POOL_KIND_MPATH:
    case ROOST_POOL_KIND_ZFS:
      return ROOST_VOLUME_TYPE_BLOCK;
    case ROOST_POOL_KIND_RBD:
    case ROOST_POOL_KIND_SHEEPDOG:
    case ROOST_POOL_KIND_GLUSTER:
    case ROOST_POOL_KIND_ISCSI_DIRECT:
    case ROOST_POOL_KIND_NBD:
      return ROOST_VOLUME_TYPE_NETWORK;
    case ROOST_POOL_KIND_UNSET:
    case ROOST_POOL_KIND_DIR:
    case ROOST_POOL_KIND_FS:
    case ROOST_POOL_KIND_NETFS:
    case ROOST_POOL_KIND_VSTORAGE:
      break;
    }
  return g_strcmp0 (config->format, "dir") == 0 ? ROOST_VOLUME_TYPE_DIR : ROOST_VOLUME_TYPE_FILE;
}

static gboolean
is_disk_pool (const RoostPoolConfig *pool)
{
  return pool != NULL && pool->kind == ROOST_POOL_KIND_DISK;
}

static void
complete_format (RoostVolumeConfig *config, const RoostPoolConfig *pool)
{
  if (config->format == NULL && config->type == ROOST_VOLUME_TYPE_FILE)
    config->format = g_strdup ("raw");
  if (config->format == NULL && config->type == ROOST_VOLUME_TYPE_DIR)
    config->format = g_strdup ("dir");
  if (config->format == NULL && is_disk_pool (pool))
    config->format = g_strdup ("none");
  config->has_features = config->lazy_refcounts || config->extended_l2;
  if (config->has_features && config->compat == NULL)
    config->compat = g_strdup ("1.1");
  if (config->backing != NULL && config->backing->path == NULL)
    roost_type_free (&roost_volume_backing_type, g_steal_pointer (&config->backing)); /* empty */
}

/* --- checks --- */

G_GNUC_PRINTF (4, 5)
static gboolean
refuse (
    const RoostVolumeConfig *config, RoostIssues *issues, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  roost_issues_add (issues, ROOST_ISSUE_ERROR, &config->position, "<volume>: %s", text);
  return roost_throw (error, ROOST_ERROR_INVALID_XML, "line %u, column %u: <volume>: %s",
                      config->position.line, config->position.column, text);
}

static gboolean
is_format (const char *format, const RoostPoolConfig *pool)
{
  if (pool == NULL)
    return g_strv_contains (image_formats, format) || g_strv_contains (other_formats, format)
           || g_strv_contains (partition_formats, format);
  if (is_disk_pool (pool))
    return g_strv_contains (partition_formats, format);
  return g_strv_contains (image_formats, format) || g_strv_contains (other_formats, format);
}

static gboolean
check_qcow2 (const RoostVolumeConfig *config, RoostIssues *issues, GError **error)
{
  guint64 size = config->cluster_size.value;

  if (config->compat != NULL && !g_str_equal (config->compat, "0.10")
      && !g_str_equal (config->compat, "1.1"))
    return refuse (config, issues, error, "<compat> is '0.10' or '1.1', not '%s'", config->compat);
  if (config->has_features && !g_str_equal (config->compat, "1.1"))
    return refuse (config, issues, error, "<features> need compat 1.1");
  if (config->data_file != NULL && g_strcmp0 (config->compat, "0.10") == 0)
    return refuse (config, issues, error, "a <dataFile> needs compat 1.1");
  if (config->cluster_size.is_set
      && (size < CLUSTER_MIN || size > CLUSTER_MAX || (size & (size - 1)) != 0))
    return refuse (config, issues, error,
                   "<clusterSize> is a power of two from 512 bytes to 2 MiB, not %" PRIu64, size);
  if (config->extended_l2 && config->cluster_size.is_set && size < EXTENDED_L2_CLUSTER_MIN)
    return refuse (config, issues, error, "<extended_l2> needs clusters of 16 KiB or more");
  return TRUE;
}

static gboolean
check_encryption (const RoostVolumeConfig *config, RoostIssues *issues, GError **error)
{
  const RoostEncryption *encryption = config->encryption;
  RoostSecret *secret;
  guint n = 0;

  if (encryption == NULL)
    return TRUE;
  ROOST_LIST_EACH (RoostSecret, secret, encryption->secrets)
    {
      n++;
      if ((secret->uuid != NULL) == (secret->usage != NULL))
        return refuse (config, issues, error, "<secret> has either a uuid or a usage");
    }
  if (n > 1)
    return refuse (config, issues, error, "<encryption> of a volume has one <secret>, not %u", n);
  if (encryption->has_ivgen && !encryption->has_cipher)
    return refuse (config, issues, error, "<ivgen> needs a <cipher>");
  if (encryption->has_cipher
      && (encryption->cipher_name == NULL || !encryption->cipher_size.is_set))
    return refuse (config, issues, error, "<cipher> needs a name and a size");
  if (encryption->has_ivgen && encryption->ivgen_name == NULL)
    return refuse (config, issues, error, "<ivgen> needs a name");
  return TRUE;
}

static gboolean
check_formats (const RoostVolumeConfig *config,
               const RoostPoolConfig *pool,
               RoostIssues *issues,
               GError **error)
{
  const RoostVolumeBacking *backing = config->backing;

  if (config->format != NULL && !is_format (config->format, pool))
    return refuse (config, issues, error, "there is no format '%s' for volumes of this pool",
                   config->format);
  if (backing != NULL && backing->format != NULL && !is_format (backing->format, NULL))
    return refuse (config, issues, error, "there is no format '%s' for the image below",
                   backing->format);
  return TRUE;
}

gboolean
roost_volume_config_complete (RoostVolumeConfig *config,
                              const RoostPoolConfig *pool,
                              RoostIssues *issues,
                              GError **error)
{
  g_autoptr (GError) local = NULL;

  roost_type_forget (&roost_volume_document_type, config, ROOST_FIELD_OUTPUT);
  if (config->type == ROOST_VOLUME_TYPE_UNSET)
    config->type = usual_type (pool, config);
  complete_format (config, pool);
  if (!roost_storage_name_check ("volume", config->name, &local)
      || (config->data_file != NULL
          && !roost_storage_name_check ("volume", config->data_file, &local)))
    return refuse (config, issues, error, "%s", local->message);
  return check_formats (config, pool, issues, error) && check_qcow2 (config, issues, error)
         && check_encryption (config, issues, error);
}
