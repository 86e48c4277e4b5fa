/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/create-run.h"

#include "base/error.h"

#include <stdio.h>

#define GIB          ((guint64)1 << 30)
#define USUAL_MEMORY (2 * GIB)
#define USUAL_VCPUS  2
#define MAX_VCPUS    4096
#define SECTOR       512

void
ctl_plan_free (CtlPlan *plan)
{
  if (plan == NULL)
    return;
  ctl_caps_free (plan->caps);
  ctl_guest_free (plan->guest);
  ctl_pool_free (plan->pool);
  ctl_source_free (plan->image);
  ctl_source_free (plan->iso);
  g_free (plan->disk);
  g_free (plan->disk_format);
  g_free (plan->seed);
  g_free (plan->seed_tool);
  g_free (plan->user_data);
  g_free (plan->meta_data);
  g_free (plan->xml);
  g_free (plan);
}

/* --- what the command line says alone --- */

static gboolean
has_no_disk (const CtlCreateOptions *options)
{
  return g_strcmp0 (options->disk, "none") == 0;
}

static gboolean
check_options (const CtlCreateOptions *options, GError **error)
{
  gboolean has_own = options->cloud_config != NULL;
  gboolean has_access =
      options->user != NULL || options->key_files != NULL || options->password_file != NULL;

  if (options->image == NULL && options->iso == NULL)
    return ctl_throw_usage (
        error, "say what it boots: --image FILE of a disk, or --iso FILE to install from");
  if (options->image != NULL && has_no_disk (options))
    return ctl_throw_usage (error, "--image is a disk; it cannot go with --disk none");
  if (options->copy && options->image == NULL)
    return ctl_throw_usage (error, "--copy goes with --image");
  if (has_own && has_access)
    return ctl_throw_usage (
        error, "--cloud-config is all of the user-data: put the user, keys and password "
               "of --user, --ssh-key and --password-file into it");
  if (options->no_seed && (has_own || has_access || options->hostname != NULL))
    return ctl_throw_usage (
        error, "--no-seed leaves nothing that could tell the guest of a user or a name");
  if (options->vcpus != CTL_USUAL_VCPUS && (options->vcpus < 1 || options->vcpus > MAX_VCPUS))
    return ctl_throw_usage (error, "--vcpus is a number from 1 to %d", MAX_VCPUS);
  if (options->console && (options->dry_run || options->print_xml))
    return ctl_throw_usage (error, "--console has nothing to connect to when nothing is made");
  return (options->user == NULL || ctl_cloud_check_user (options->user, error))
         && (options->hostname == NULL || ctl_cloud_check_hostname (options->hostname, error));
}

static gboolean
parse_sizes (CtlPlan *plan, const CtlCreateOptions *options, GError **error)
{
  plan->guest->memory = USUAL_MEMORY;
  if (options->memory != NULL && !ctl_parse_size (options->memory, &plan->guest->memory, error))
    return FALSE;
  if (plan->guest->memory < 1024 * 1024)
    return ctl_throw_usage (
        error, "--memory %s is less than 1 MiB; bytes are meant without a letter", options->memory);
  if (options->disk == NULL || has_no_disk (options))
    return TRUE;
  if (!ctl_parse_size (options->disk, &plan->disk_bytes, error))
    return FALSE;
  return plan->disk_bytes >= 1024 * 1024
         || ctl_throw_usage (error,
                             "--disk %s is less than 1 MiB; bytes are meant without a letter",
                             options->disk);
}

/* --- what the host has --- */

static char *
get_caps (Ctl *ctl, const char *arch, const char *machine, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  char *xml = NULL;

  if (arch != NULL)
    g_variant_dict_insert (&options, "arch", "s", arch);
  if (machine != NULL)
    g_variant_dict_insert (&options, "machine", "s", machine);
  reply =
      ctl_call_manager (ctl, "GetDomainCapabilities",
                        g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "(s)", error);
  if (reply != NULL)
    g_variant_get (reply, "(s)", &xml);
  return xml;
}

/* Of the machine that was asked for, or of the one that is usual for new guests where the binary
 * has it. */
static gboolean
read_caps (CtlPlan *plan, const CtlCreateOptions *options, const char *host_arch, GError **error)
{
  const char *usual = ctl_caps_usual_machine (options->arch != NULL ? options->arch : host_arch);
  g_autofree char *xml = NULL;

  if (options->machine == NULL && usual != NULL)
    xml = get_caps (plan->ctl, options->arch, usual, NULL);
  if (xml == NULL)
    xml = get_caps (plan->ctl, options->arch, options->machine, error);
  plan->caps = xml != NULL ? ctl_caps_new (xml, error) : NULL;
  return plan->caps != NULL;
}

static gboolean
check_domain_name (Ctl *ctl, const char *name, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GVariant) reply =
      ctl_call_manager (ctl, "GetDomainByName", g_variant_new ("(s)", name), "(o)", &local);

  if (reply != NULL)
    return roost_throw (error, ROOST_ERROR_EXISTS,
                        "there is a domain '%s' already; 'roostctl undefine %s' forgets it", name,
                        name);
  if (g_error_matches (local, ROOST_ERROR, ROOST_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* --- disks --- */

static gboolean
plan_image (CtlPlan *plan, const CtlCreateOptions *options, GError **error)
{
  CtlSource *image = plan->image = ctl_source_find (plan->ctl, options->image, plan->pool, error);

  if (image == NULL)
    return FALSE;
  if (g_str_equal (image->format, "iso"))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is a CD; say --iso for it",
                        options->image);
  if (image->path == NULL && g_str_equal (image->format, "raw") && image->size % SECTOR != 0)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "'%s' is no image of a disk: it has no known format, and no whole sectors",
                        options->image);
  plan->is_overlay = !options->copy && plan->pool->is_files;
  if (!plan->pool->is_files && image->path == NULL && !g_str_equal (image->format, "raw"))
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "'%s' is of format %s, and the pool '%s' has devices for volumes: put it "
                        "into a pool of files, and name it there as POOL/VOLUME",
                        options->image, image->format, plan->pool->name);
  return TRUE;
}

/* A copy keeps the format of the image where it can be had in that pool. */
static gboolean
plan_disk (CtlPlan *plan, const CtlCreateOptions *options, GError **error)
{
  CtlGuestDisk *disk;
  gboolean is_raw;

  if (options->image != NULL && !plan_image (plan, options, error))
    return FALSE;
  is_raw =
      !plan->pool->is_files
      || (plan->image != NULL && !plan->is_overlay && g_str_equal (plan->image->format, "raw"));
  plan->disk_format = g_strdup (is_raw ? "raw" : "qcow2");
  plan->disk = g_strconcat (plan->guest->name,
                            !plan->pool->is_files ? ""
                            : is_raw              ? ".img"
                                                  : ".qcow2",
                            NULL);
  if (plan->image == NULL && plan->disk_bytes == 0)
    plan->disk_bytes = CTL_USUAL_DISK;
  disk = ctl_guest_add_disk (plan->guest);
  disk->pool = g_strdup (plan->pool->name);
  disk->volume = g_strdup (plan->disk);
  disk->format = g_strdup (plan->disk_format);
  return ctl_pool_check_free (plan->ctl, plan->pool, plan->disk, error);
}

/* In a session QEMU is this user, and reads the file where it is. */
static gboolean
plan_iso (CtlPlan *plan, const CtlCreateOptions *options, gboolean is_session, GError **error)
{
  CtlGuestDisk *disk;

  plan->iso = ctl_source_find (plan->ctl, options->iso, plan->pool, error);
  if (plan->iso == NULL)
    return FALSE;
  if (!g_str_equal (plan->iso->format, "iso") && !g_str_equal (plan->iso->format, "raw"))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "'%s' is a disk of format %s, no CD; say --image for it", options->iso,
                        plan->iso->format);
  plan->takes_iso = plan->iso->path == NULL && !is_session;
  disk = ctl_guest_add_disk (plan->guest);
  disk->is_cdrom = disk->is_readonly = TRUE;
  disk->format = g_strdup ("raw");
  if (plan->iso->path == NULL && is_session)
    disk->file = g_strdup (plan->iso->file);
  else
    {
      disk->pool = g_strdup (plan->takes_iso ? plan->pool->name : plan->iso->pool);
      disk->volume =
          plan->takes_iso ? g_path_get_basename (plan->iso->file) : g_strdup (plan->iso->name);
    }
  return TRUE;
}

static gboolean
plan_seed (CtlPlan *plan, const CtlCreateOptions *options, GError **error)
{
  CtlGuestDisk *disk;

  if (!ctl_plan_read_cloud (plan, options, error))
    return FALSE;
  plan->seed_tool = ctl_seed_find_tool (error);
  if (plan->seed_tool == NULL)
    return FALSE;
  plan->seed = g_strconcat (plan->guest->name, "-seed", plan->pool->is_files ? ".iso" : "", NULL);
  disk = ctl_guest_add_disk (plan->guest);
  disk->is_readonly = TRUE;
  disk->pool = g_strdup (plan->pool->name);
  disk->volume = g_strdup (plan->seed);
  disk->format = g_strdup ("raw");
  return ctl_pool_check_free (plan->ctl, plan->pool, plan->seed, error);
}

static gboolean
wants_seed (const CtlCreateOptions *options)
{
  return !options->no_seed
         && (options->image != NULL || options->user != NULL || options->key_files != NULL
             || options->password_file != NULL || options->cloud_config != NULL
             || options->hostname != NULL);
}

static gboolean
plan_disks (CtlPlan *plan, const CtlCreateOptions *options, gboolean is_session, GError **error)
{
  return (options->iso == NULL || plan_iso (plan, options, is_session, error))
         && (has_no_disk (options) || plan_disk (plan, options, error))
         && (!wants_seed (options) || plan_seed (plan, options, error));
}

/* --- all of it --- */

/* What the daemon would say of it later, said now. */
static gboolean
validate (const CtlPlan *plan, GError **error)
{
  g_autoptr (GVariant) reply =
      ctl_call_manager (plan->ctl, "ValidateDomainXml", g_variant_new ("(sa{sv})", plan->xml, NULL),
                        "(a(suus))", error);
  g_autoptr (GVariant) issues = reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
  const char *severity, *message;
  GVariantIter iter;

  if (issues == NULL)
    return FALSE;
  g_variant_iter_init (&iter, issues);
  while (g_variant_iter_next (&iter, "(&suu&s)", &severity, NULL, NULL, &message))
    if (g_str_equal (severity, "error"))
      return roost_throw (error, ROOST_ERROR_INVALID_XML, "%s", message);
  return TRUE;
}

static void
plan_guest (CtlPlan *plan, const CtlCreateOptions *options, const char *name, guint host_cpus)
{
  plan->guest->name = g_strdup (name);
  plan->guest->uuid = g_uuid_string_random ();
  plan->guest->vcpus =
      options->vcpus > 0 ? (guint)options->vcpus : CLAMP (host_cpus, 1, USUAL_VCPUS);
  plan->guest->firmware = g_strdup (options->firmware);
  plan->guest->graphics = g_strdup (options->graphics);
  plan->guest->networks = g_strdupv (options->networks);
  plan->guest->is_installing = options->iso != NULL;
}

CtlPlan *
ctl_plan_new (Ctl *ctl, const CtlCreateOptions *options, const char *name, GError **error)
{
  g_autoptr (CtlPlan) plan = g_new0 (CtlPlan, 1);
  g_autoptr (GVariant) host = NULL;
  const char *mode = "", *arch = "";
  guint host_cpus = 1;

  plan->ctl = ctl;
  plan->guest = ctl_guest_new ();
  if (!check_options (options, error) || !parse_sizes (plan, options, error)
      || (host = ctl_get_properties (ctl, CTL_ROOT, CTL_MANAGER, error)) == NULL)
    return NULL;
  g_variant_lookup (host, "Mode", "&s", &mode);
  g_variant_lookup (host, "HostArch", "&s", &arch);
  g_variant_lookup (host, "HostCpus", "u", &host_cpus);
  plan_guest (plan, options, name, host_cpus);
  if (!check_domain_name (ctl, name, error) || !read_caps (plan, options, arch, error))
    return NULL;
  plan->pool = ctl_pool_look (ctl, options->pool != NULL ? options->pool : "default", mode, error);
  if (plan->pool == NULL || !plan_disks (plan, options, g_str_equal (mode, "session"), error))
    return NULL;
  plan->xml = ctl_guest_to_xml (plan->guest, plan->caps, error);
  if (plan->xml == NULL || !validate (plan, error))
    return NULL;
  return g_steal_pointer (&plan);
}

/* --- telling --- */

static void
print_image (const CtlPlan *plan)
{
  const CtlSource *image = plan->image;

  if (image->path != NULL)
    printf ("image    %s/%s, %s\n", image->pool, image->name,
            plan->is_overlay ? "which the disk lies above" : "copied");
  else
    printf ("image    %s, uploaded%s\n", image->file,
            plan->is_overlay ? ", and the disk lies above it" : " as the disk");
}

void
ctl_plan_print (const CtlPlan *plan)
{
  g_autofree char *memory = ctl_format_size (plan->guest->memory);
  g_autofree char *size =
      ctl_format_size (plan->disk_bytes > 0 ? plan->disk_bytes : CTL_USUAL_DISK);

  printf ("domain   %s: %s, %s, %u CPUs, %s\n", plan->guest->name,
          ctl_caps_get (plan->caps, "domain"), ctl_caps_get (plan->caps, "machine"),
          plan->guest->vcpus, memory);
  if (plan->pool->folder != NULL)
    printf ("pool     %s, to be defined in %s\n", plan->pool->name, plan->pool->folder);
  else
    printf ("pool     %s%s\n", plan->pool->name, plan->pool->is_active ? "" : ", to be started");
  if (plan->image != NULL)
    print_image (plan);
  if (plan->disk != NULL)
    printf ("disk     %s, %s, %s%s\n", plan->disk, plan->disk_format,
            plan->disk_bytes == 0 ? "at least " : "", size);
  if (plan->iso != NULL)
    printf ("iso      %s%s\n", plan->iso->file, plan->takes_iso ? ", uploaded" : "");
  if (plan->seed != NULL)
    printf ("seed     %s, by %s\n", plan->seed, plan->seed_tool);
}
