/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pool-config.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/pool-types.h"
#include "model/tables-storage.h"

#include <string.h>

#define NAME_BYTES 255

RoostPoolConfig *
roost_pool_config_parse (const char *xml, RoostIssues *issues, GError **error)
{
  return roost_type_parse_text (&roost_pool_type, "pool", xml, issues, error);
}

char *
roost_pool_config_format (const RoostPoolConfig *config)
{
  GString *out = g_string_sized_new (1024);

  roost_type_format (&roost_pool_type, config, "pool", ROOST_FORMAT_LIVE | ROOST_FORMAT_SECRETS, 0,
                     out);
  return g_string_free (out, FALSE);
}

RoostPoolConfig *
roost_pool_config_copy (const RoostPoolConfig *config)
{
  return roost_type_copy (&roost_pool_type, config);
}

void
roost_pool_config_free (RoostPoolConfig *config)
{
  roost_type_free (&roost_pool_type, config);
}

/* --- names and paths --- */

gboolean
roost_storage_name_check (const char *what, const char *name, GError **error)
{
  gsize length = strlen (name);

  if (length == 0 || g_str_equal (name, ".") || g_str_equal (name, "..") || strchr (name, '/'))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the name '%s' of a %s is not one component of a path", name, what);
  if (length > NAME_BYTES)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the name of a %s has at most %u bytes, not %" G_GSIZE_FORMAT, what,
                        NAME_BYTES, length);
  if (!roost_xml_can_hold (name))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the name of a %s is UTF-8, of characters that XML has", what);
  for (const char *p = name; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                          "the name of a %s holds no control characters", what);
  return TRUE;
}

char *
roost_path_shorten (const char *path)
{
  GString *out = g_string_new (NULL);

  for (const char *p = path; *p != '\0'; p++)
    if (*p != '/' || out->len == 0 || out->str[out->len - 1] != '/')
      g_string_append_c (out, *p);
  if (out->len > 1 && out->str[out->len - 1] == '/')
    g_string_truncate (out, out->len - 1);
  return g_string_free (out, FALSE);
}

/* --- what each kind needs --- */

typedef enum
{
  NEEDS_HOST = 1 << 0,
  NEEDS_DEVICE = 1 << 1,
  NEEDS_DIR = 1 << 2,
  NEEDS_ADAPTER = 1 << 3,
  NEEDS_NAME = 1 << 4, /* of the source; the pool's own stands in where it is missing */
  NEEDS_INITIATOR = 1 << 5,
  NEEDS_PATH = 1 << 6,
  ONE_HOST = 1 << 7,
  ONE_DEVICE = 1 << 8,
  HAS_TARGET = 1 << 9, /* the host sees the volumes in a folder */
} Needs;

typedef struct
{
  guint needs;
  const char *path;    /* (nullable): in front of the source's name, where there is no path */
  const char *formats; /* (nullable): words; the first one is that of a missing format */
} Kind;

static const Kind kinds[] = {
  [ROOST_POOL_KIND_DIR] = { NEEDS_PATH | HAS_TARGET },
  [ROOST_POOL_KIND_FS] = { NEEDS_DEVICE | ONE_DEVICE | NEEDS_PATH | HAS_TARGET, NULL,
                           "auto ext2 ext3 ext4 ufs iso9660 udf gfs gfs2 vfat hfs+ xfs ocfs2 vmfs "
                           "btrfs ntfs f2fs exfat" },
  [ROOST_POOL_KIND_NETFS] = { NEEDS_HOST | ONE_HOST | NEEDS_DIR | NEEDS_PATH | HAS_TARGET, NULL,
                              "auto nfs glusterfs cifs" },
  [ROOST_POOL_KIND_LOGICAL] = { NEEDS_NAME | HAS_TARGET, "/dev/", "lvm2 unknown auto" },
  [ROOST_POOL_KIND_DISK] = { NEEDS_DEVICE | ONE_DEVICE | NEEDS_PATH | HAS_TARGET, NULL,
                             "unknown dos dvh gpt mac bsd pc98 sun lvm2" },
  [ROOST_POOL_KIND_ISCSI] = { NEEDS_HOST | ONE_HOST | NEEDS_DEVICE | ONE_DEVICE | NEEDS_PATH
                              | HAS_TARGET },
  [ROOST_POOL_KIND_ISCSI_DIRECT] = { NEEDS_HOST | ONE_HOST | NEEDS_DEVICE | ONE_DEVICE
                                     | NEEDS_INITIATOR },
  [ROOST_POOL_KIND_SCSI] = { NEEDS_ADAPTER | NEEDS_PATH | HAS_TARGET },
  [ROOST_POOL_KIND_MPATH] = { NEEDS_PATH | HAS_TARGET },
  [ROOST_POOL_KIND_RBD] = { NEEDS_HOST | NEEDS_NAME },
  [ROOST_POOL_KIND_SHEEPDOG] = { NEEDS_HOST | NEEDS_NAME },
  [ROOST_POOL_KIND_GLUSTER] = { NEEDS_HOST | NEEDS_NAME },
  [ROOST_POOL_KIND_ZFS] = { NEEDS_NAME | HAS_TARGET, "/dev/zvol/" },
  [ROOST_POOL_KIND_VSTORAGE] = { NEEDS_NAME | NEEDS_PATH | HAS_TARGET },
  [ROOST_POOL_KIND_NBD] = { NEEDS_HOST | ONE_HOST },
};

static const Kind *
kind_of (const RoostPoolConfig *config)
{
  g_return_val_if_fail ((guint)config->kind < G_N_ELEMENTS (kinds), &kinds[0]);
  return &kinds[config->kind];
}

/* --- completion --- */

static void
complete_names (RoostPoolConfig *config, const Kind *kind)
{
  if (config->name == NULL)
    config->name = g_strdup (config->source_name);
  if (config->source_name == NULL && (kind->needs & NEEDS_NAME)
      && config->kind == ROOST_POOL_KIND_LOGICAL)
    config->source_name = g_strdup (config->name);
  if (config->uuid == NULL)
    config->uuid = g_uuid_string_random ();
}

static void
complete_source (RoostPoolConfig *config, const Kind *kind)
{
  RoostPoolAdapter *adapter = config->adapter;

  config->has_source = TRUE;
  if (config->kind == ROOST_POOL_KIND_GLUSTER && config->dir == NULL)
    config->dir = g_strdup ("/");
  if (config->dir != NULL && config->kind != ROOST_POOL_KIND_NETFS)
    {
      g_autofree char *dir = g_steal_pointer (&config->dir);

      config->dir = roost_path_shorten (dir);
    }
  if (config->format == NULL && kind->formats != NULL)
    config->format = g_strndup (kind->formats, strcspn (kind->formats, " "));
  if (adapter != NULL && adapter->type == ROOST_ADAPTER_TYPE_UNSET && adapter->wwnn == NULL
      && adapter->wwpn == NULL)
    adapter->type = ROOST_ADAPTER_TYPE_SCSI_HOST;
}

static void
complete_target (RoostPoolConfig *config, const Kind *kind)
{
  g_autofree char *path = g_steal_pointer (&config->path);

  if (!(kind->needs & HAS_TARGET))
    {
      roost_type_clear (&roost_permissions_type, &config->permissions);
      return;
    }
  /* The tools decide where these are. */
  if (kind->path != NULL && config->source_name != NULL)
    config->path = g_strconcat (kind->path, config->source_name, NULL);
  else if (path != NULL)
    config->path = roost_path_shorten (path);
}

/* --- checks --- */

G_GNUC_PRINTF (4, 5)
static gboolean
refuse (const RoostPoolConfig *config, RoostIssues *issues, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  roost_issues_add (issues, ROOST_ISSUE_ERROR, &config->position, "<pool>: %s", text);
  return roost_throw (error, ROOST_ERROR_INVALID_XML, "line %u, column %u: <pool>: %s",
                      config->position.line, config->position.column, text);
}

static gboolean
has_word (const char *words, const char *word)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);

  return g_strv_contains ((const char *const *)list, word);
}

static guint
length_of (GPtrArray *list)
{
  return list != NULL ? list->len : 0;
}

/* Returns: (nullable): what is missing */
static const char *
find_missing (const RoostPoolConfig *config, guint needs)
{
  if ((needs & NEEDS_HOST) && length_of (config->hosts) == 0)
    return "<source><host name='NAME'/>";
  if ((needs & NEEDS_DEVICE) && length_of (config->devices) == 0)
    return "<source><device path='PATH'/>";
  if ((needs & NEEDS_DIR) && (config->dir == NULL || *config->dir == '\0'))
    return "<source><dir path='PATH'/>";
  if ((needs & NEEDS_ADAPTER) && config->adapter == NULL)
    return "<source><adapter/>";
  if ((needs & NEEDS_NAME) && config->source_name == NULL)
    return "<source><name>";
  if ((needs & NEEDS_INITIATOR) && config->initiator == NULL)
    return "<source><initiator><iqn name='NAME'/>";
  if ((needs & NEEDS_PATH) && config->path == NULL)
    return "<target><path>";
  return NULL;
}

static gboolean
check_hosts (const RoostPoolConfig *config, const Kind *kind, RoostIssues *issues, GError **error)
{
  RoostPoolHost *host;

  if ((kind->needs & ONE_HOST) && length_of (config->hosts) > 1)
    return refuse (config, issues, error, "there can be only one <host> in a pool of type '%s'",
                   roost_pool_kind_names[config->kind]);
  if ((kind->needs & ONE_DEVICE) && length_of (config->devices) > 1)
    return refuse (config, issues, error, "there can be only one <device> in a pool of type '%s'",
                   roost_pool_kind_names[config->kind]);
  ROOST_LIST_EACH (RoostPoolHost, host, config->hosts)
    {
      gboolean is_unix = host->transport == ROOST_HOST_TRANSPORT_UNIX;
      guint64 port;

      if (is_unix && (config->kind != ROOST_POOL_KIND_NBD || host->socket == NULL))
        return refuse (config, issues, error, "transport 'unix' is for nbd, and needs a socket");
      if (!is_unix && (host->name == NULL || *host->name == '\0'))
        return refuse (config, issues, error, "<host> has no name");
      if (host->name != NULL && *host->name == '-')
        return refuse (config, issues, error, "'%s' is no name of a host", host->name);
      if (host->port != NULL
          && !g_ascii_string_to_unsigned (host->port, 10, 1, G_MAXUINT16, &port, NULL))
        return refuse (config, issues, error, "'%s' is no port", host->port);
    }
  return TRUE;
}

static gboolean
is_wwn (const char *text)
{
  return text != NULL && strlen (text) == 16 && strspn (text, "0123456789abcdefABCDEF") == 16;
}

static gboolean
check_adapter (const RoostPoolConfig *config, RoostIssues *issues, GError **error)
{
  const RoostPoolAdapter *adapter = config->adapter;

  if (adapter == NULL)
    return TRUE;
  if (adapter->type == ROOST_ADAPTER_TYPE_UNSET)
    return refuse (config, issues, error, "<adapter> with wwnn and wwpn needs type='fc_host'");
  if (adapter->type == ROOST_ADAPTER_TYPE_FC_HOST)
    {
      if (!is_wwn (adapter->wwnn) || !is_wwn (adapter->wwpn))
        return refuse (config, issues, error,
                       "<adapter type='fc_host'> needs wwnn and wwpn, 16 hexadecimal digits each");
      if ((adapter->parent_wwnn == NULL) != (adapter->parent_wwpn == NULL))
        return refuse (config, issues, error, "parent_wwnn and parent_wwpn go together");
      return TRUE;
    }
  if (adapter->parent != NULL || adapter->managed != ROOST_UNSET || adapter->wwnn != NULL
      || adapter->wwpn != NULL)
    return refuse (config, issues, error,
                   "parent, managed, wwnn and wwpn are for <adapter type='fc_host'>");
  if ((adapter->name != NULL) == adapter->has_parent_address)
    return refuse (config, issues, error, "<adapter> has either a name or a <parentaddr>");
  if (adapter->has_parent_address && (!adapter->unique_id.is_set || !adapter->slot.is_set))
    return refuse (config, issues, error, "<parentaddr> needs unique_id and an <address>");
  return TRUE;
}

static gboolean
check_auth (const RoostPoolConfig *config, RoostIssues *issues, GError **error)
{
  const RoostPoolAuth *auth = config->auth;
  gboolean is_ceph = config->kind == ROOST_POOL_KIND_RBD;
  gboolean is_iscsi =
      config->kind == ROOST_POOL_KIND_ISCSI || config->kind == ROOST_POOL_KIND_ISCSI_DIRECT;
  gboolean is_cifs =
      config->kind == ROOST_POOL_KIND_NETFS && g_strcmp0 (config->format, "cifs") == 0;

  if (auth == NULL)
    return TRUE;
  if ((auth->secret->uuid != NULL) == (auth->secret->usage != NULL))
    return refuse (config, issues, error, "<secret> has either a uuid or a usage");
  if ((is_ceph && auth->type != ROOST_POOL_AUTH_TYPE_CEPH)
      || (is_iscsi && auth->type != ROOST_POOL_AUTH_TYPE_CHAP)
      || (auth->type == ROOST_POOL_AUTH_TYPE_PASSWORD && !is_cifs))
    return refuse (config, issues, error, "<auth type='%s'> is not for a pool of type '%s'",
                   roost_pool_auth_type_names[auth->type], roost_pool_kind_names[config->kind]);
  return TRUE;
}

/* What goes to tools as an argument must not look like an option, nor hold more than one line. */
static gboolean
is_plain (const char *text)
{
  if (text == NULL)
    return TRUE;
  for (const char *p = text; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      return FALSE;
  return *text != '-' && *text != '\0';
}

static gboolean
check_words (const RoostPoolConfig *config, RoostIssues *issues, GError **error)
{
  const char *user = config->auth != NULL ? config->auth->username : NULL;
  const char *words[] = { config->dir,
                          config->source_name,
                          config->initiator,
                          config->format,
                          config->protocol_version,
                          config->path,
                          user };
  RoostPoolDevice *device;
  RoostPoolOption *option;

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (!is_plain (words[i]))
      return refuse (config, issues, error,
                     "'%s' is empty, begins with '-', or has more than a line", words[i]);
  ROOST_LIST_EACH (RoostPoolDevice, device, config->devices)
    if (!is_plain (device->path))
      return refuse (config, issues, error, "'%s' is no device", device->path);
  ROOST_LIST_EACH (RoostPoolOption, option, config->mount_options)
    if (!is_plain (option->name))
      return refuse (config, issues, error, "'%s' is no option of mount", option->name);
  return TRUE;
}

/* That the name of a group or pool stays below the folder it makes. */
static gboolean
check_source_name (const RoostPoolConfig *config,
                   const Kind *kind,
                   RoostIssues *issues,
                   GError **error)
{
  g_auto (GStrv) parts = NULL;

  if (config->source_name == NULL || kind->path == NULL)
    return TRUE;
  parts = g_strsplit (config->source_name, "/", -1);
  for (guint i = 0; parts[i] != NULL; i++)
    if (*parts[i] == '\0' || g_str_equal (parts[i], "..") || g_str_equal (parts[i], "."))
      return refuse (config, issues, error, "'%s' is no name of a source", config->source_name);
  return TRUE;
}

static gboolean
check_form (const RoostPoolConfig *config, const Kind *kind, RoostIssues *issues, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (config->name == NULL)
    return refuse (config, issues, error, "<name> is missing");
  if (!roost_storage_name_check ("pool", config->name, &local))
    return refuse (config, issues, error, "%s", local->message);
  if (config->path != NULL && *config->path != '/')
    return refuse (config, issues, error, "the target path '%s' does not begin with '/'",
                   config->path);
  if (config->format != NULL && kind->formats != NULL && !has_word (kind->formats, config->format))
    return refuse (config, issues, error, "a pool of type '%s' has a format of %s, not '%s'",
                   roost_pool_kind_names[config->kind], kind->formats, config->format);
  if (config->cow != ROOST_UNSET && config->kind != ROOST_POOL_KIND_DIR
      && config->kind != ROOST_POOL_KIND_FS)
    return refuse (config, issues, error, "<cow> is for pools of type dir and fs");
  return TRUE;
}

gboolean
roost_pool_config_complete (RoostPoolConfig *config, RoostIssues *issues, GError **error)
{
  const Kind *kind = kind_of (config);
  const char *missing;

  roost_type_forget (&roost_pool_type, config, ROOST_FIELD_OUTPUT);
  config->capacity = config->allocation = config->available = (RoostUint){ 0, TRUE };
  complete_names (config, kind);
  complete_source (config, kind);
  complete_target (config, kind);
  missing = find_missing (config, kind->needs);
  if (missing != NULL)
    return refuse (config, issues, error, "a pool of type '%s' needs %s",
                   roost_pool_kind_names[config->kind], missing);
  return check_form (config, kind, issues, error) && check_hosts (config, kind, issues, error)
         && check_adapter (config, issues, error) && check_auth (config, issues, error)
         && check_words (config, issues, error) && check_source_name (config, kind, issues, error);
}
