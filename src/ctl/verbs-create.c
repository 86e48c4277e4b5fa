/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/create-run.h"

#include "base/error.h"

#include <stdio.h>

static CtlCreateOptions options = { .vcpus = CTL_USUAL_VCPUS };

/* clang-format off */
static const GOptionEntry create_options[] = {
  { "image", 0, 0, G_OPTION_ARG_FILENAME, &options.image, "Disk image to boot: a file, or POOL/VOLUME", "IMAGE" },
  { "iso", 0, 0, G_OPTION_ARG_FILENAME, &options.iso, "CD to install from: a file, or POOL/VOLUME", "IMAGE" },
  { "disk", 0, 0, G_OPTION_ARG_STRING, &options.disk, "Size of its disk, or none [20G]", "SIZE" },
  { "copy", 0, 0, G_OPTION_ARG_NONE, &options.copy, "Copy the image, rather than lay the disk above it", NULL },
  { "memory", 0, 0, G_OPTION_ARG_STRING, &options.memory, "Its memory [2G]", "SIZE" },
  { "vcpus", 0, 0, G_OPTION_ARG_INT, &options.vcpus, "Its processors [2]", "NUMBER" },
  { "network", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.networks, "user, user=passt, user=slirp, bridge=NAME, network=NAME, direct=DEVICE or none; may be repeated [user]", "NETWORK" },
  { "firmware", 0, 0, G_OPTION_ARG_STRING, &options.firmware, "bios, uefi, or secure (UEFI with Secure Boot)", "FIRMWARE" },
  { "graphics", 0, 0, G_OPTION_ARG_STRING, &options.graphics, "vnc, spice or none [vnc with --iso]", "TYPE" },
  { "user", 0, 0, G_OPTION_ARG_STRING, &options.user, "Make this user in the guest", "NAME" },
  { "ssh-key", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.key_files, "Public key that may log in; may be repeated", "FILE" },
  { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &options.password_file, "File with the password of the user; - asks", "FILE" },
  { "cloud-config", 0, 0, G_OPTION_ARG_FILENAME, &options.cloud_config, "All of the user-data for cloud-init", "FILE" },
  { "hostname", 0, 0, G_OPTION_ARG_STRING, &options.hostname, "Its host name [its name]", "NAME" },
  { "no-seed", 0, 0, G_OPTION_ARG_NONE, &options.no_seed, "Nothing for cloud-init", NULL },
  { "pool", 0, 0, G_OPTION_ARG_STRING, &options.pool, "Where its volumes are made [default]", "POOL" },
  { "arch", 0, 0, G_OPTION_ARG_STRING, &options.arch, "Architecture [that of the host]", "ARCH" },
  { "machine", 0, 0, G_OPTION_ARG_STRING, &options.machine, "Machine type", "MACHINE" },
  { "start", 's', 0, G_OPTION_ARG_NONE, &options.start, "Start it as well", NULL },
  { "console", 'c', 0, G_OPTION_ARG_NONE, &options.console, "Start it, and connect to its console", NULL },
  { "dry-run", 0, 0, G_OPTION_ARG_NONE, &options.dry_run, "Check all, and only say what would be made", NULL },
  { "print-xml", 0, 0, G_OPTION_ARG_NONE, &options.print_xml, "Check all, and only print the domain XML", NULL },
  G_OPTION_ENTRY_NULL,
};
/* clang-format on */

/* --- the disk --- */

static gboolean
get_info (Ctl *ctl, const char *path, guint64 *capacity, char **format, GError **error)
{
  g_autoptr (GVariant) reply =
      ctl_call (ctl, path, CTL_VOLUME, "GetInfo", g_variant_new ("(a{sv})", NULL), "(a{sv})",
                CTL_CALL_SLOW, error);
  g_autoptr (GVariant) info = reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;

  if (info == NULL)
    return FALSE;
  return (g_variant_lookup (info, "capacity", "t", capacity)
          && g_variant_lookup (info, "format", "s", format))
         || roost_throw (error, ROOST_ERROR_IO, "the daemon does not tell the size of %s", path);
}

/* How large the disk of an image of @capacity bytes becomes. */
static gboolean
choose_size (const CtlPlan *plan, guint64 capacity, guint64 *out, GError **error)
{
  g_autofree char *wanted = ctl_format_size (plan->disk_bytes);
  g_autofree char *least = ctl_format_size (capacity);

  *out = plan->disk_bytes > 0 ? plan->disk_bytes : MAX (capacity, CTL_USUAL_DISK);
  return *out >= capacity
         || roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                         "--disk %s is smaller than the image, which has %s", wanted, least);
}

/* Above the image, or copied from a volume. */
static gboolean
make_from_volume (const CtlPlan *plan, CtlMade *made, GError **error)
{
  g_autofree char *format = NULL;
  g_autofree char *xml = NULL;
  g_autofree char *path = NULL;
  guint64 capacity, size;

  if (!get_info (plan->ctl, plan->image->path, &capacity, &format, error)
      || !choose_size (plan, capacity, &size, error))
    return FALSE;
  xml = ctl_volume_to_xml (plan->disk, size, plan->disk_format,
                           plan->is_overlay ? plan->image->file : NULL, format);
  path = ctl_volume_make (plan->ctl, plan->pool, plan->disk, xml,
                          plan->is_overlay ? NULL : plan->image->path, made, error);
  return path != NULL;
}

static gboolean
resize (const CtlPlan *plan, const char *path, guint64 size, GError **error)
{
  g_autoptr (GVariant) reply =
      ctl_call (plan->ctl, path, CTL_VOLUME, "Resize", g_variant_new ("(ta{sv})", size, NULL),
                "(o)", CTL_CALL_SLOW, error);
  const char *job;

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&o)", &job);
  return ctl_wait_job (plan->ctl, job, "resizing", error);
}

static gboolean
make_from_file (const CtlPlan *plan, CtlMade *made, GError **error)
{
  g_autofree char *path =
      ctl_volume_upload (plan->ctl, plan->pool, plan->disk, plan->image->file, made, error);
  g_autofree char *format = NULL;
  guint64 capacity, size;

  if (path == NULL || !get_info (plan->ctl, path, &capacity, &format, error))
    return FALSE;
  if (!g_str_equal (format, plan->disk_format))
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "%s is of format %s, which cannot grow; without --copy the disk lies above "
                        "it, and 'qemu-img convert -O qcow2' makes another of it",
                        plan->image->file, format);
  if (!choose_size (plan, capacity, &size, error))
    return FALSE;
  return size == capacity || resize (plan, path, size, error);
}

static gboolean
make_disk (const CtlPlan *plan, CtlMade *made, GError **error)
{
  g_autofree char *xml = NULL;
  g_autofree char *path = NULL;

  if (plan->disk == NULL)
    return TRUE;
  if (plan->image != NULL && plan->image->path == NULL && !plan->is_overlay)
    return make_from_file (plan, made, error);
  if (plan->image != NULL)
    return (plan->image->path != NULL
            || ctl_source_upload (plan->ctl, plan->image, plan->pool, made, error))
           && make_from_volume (plan, made, error);
  xml = ctl_volume_to_xml (plan->disk, plan->disk_bytes, plan->disk_format, NULL, NULL);
  path = ctl_volume_make (plan->ctl, plan->pool, plan->disk, xml, NULL, made, error);
  return path != NULL;
}

/* --- the rest --- */

static gboolean
make_seed (const CtlPlan *plan, CtlMade *made, GError **error)
{
  g_autofree char *image = NULL;
  g_autofree char *path = NULL;

  if (plan->seed == NULL)
    return TRUE;
  image = ctl_seed_make (plan->seed_tool, plan->user_data, plan->meta_data, error);
  if (image == NULL)
    return FALSE;
  path = ctl_volume_upload (plan->ctl, plan->pool, plan->seed, image, made, error);
  ctl_seed_remove (image);
  return path != NULL;
}

static char *
make_domain (const CtlPlan *plan, CtlMade *made, GError **error)
{
  g_autofree char *what = g_strdup_printf ("domain '%s'", plan->guest->name);
  g_autoptr (GVariant) reply = ctl_call_manager (
      plan->ctl, "DefineDomain", g_variant_new ("(sa{sv})", plan->xml, NULL), "(o)", error);
  char *path;

  if (reply == NULL)
    return NULL;
  g_variant_get (reply, "(o)", &path);
  ctl_made_add (made, path, CTL_DOMAIN, "Undefine", what);
  return path;
}

static gboolean
start_domain (const CtlPlan *plan, const char *path, GError **error)
{
  g_auto (GVariantDict) start = G_VARIANT_DICT_INIT (NULL);

  if (!options.start && !options.console)
    return TRUE;
  if (options.console)
    g_variant_dict_insert (&start, "paused", "b", TRUE);
  return ctl_call_domain (plan->ctl, path, "Start", &start, error);
}

static gboolean
needs_pool (const CtlPlan *plan)
{
  return plan->disk != NULL || plan->seed != NULL || plan->takes_iso;
}

/* Returns: (transfer full): the object of the domain; on an error nothing is left. */
static char *
make_all (const CtlPlan *plan, GError **error)
{
  g_autoptr (CtlMade) made = ctl_made_new (plan->ctl);
  g_autofree char *path = NULL;

  if ((!needs_pool (plan) || ctl_pool_ensure (plan->ctl, plan->pool, made, error))
      && ctl_check_signals (error)
      && (!plan->takes_iso || ctl_source_upload (plan->ctl, plan->iso, plan->pool, made, error))
      && make_disk (plan, made, error) && make_seed (plan, made, error)
      && (path = make_domain (plan, made, error)) != NULL && ctl_check_signals (error)
      && start_domain (plan, path, error))
    return g_steal_pointer (&path);
  ctl_made_undo (made, error);
  return NULL;
}

/* --- telling --- */

static void
add_string (JsonObject *object, const char *name, const char *value)
{
  if (value != NULL)
    json_object_set_string_member (object, name, value);
}

static void
print_json (const CtlPlan *plan, const char *path)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  json_node_take_object (root, object);
  add_string (object, "name", plan->guest->name);
  add_string (object, "uuid", plan->guest->uuid);
  add_string (object, "path", path);
  add_string (object, "pool", plan->pool->name);
  add_string (object, "disk", plan->disk);
  add_string (object, "seed", plan->seed);
  if (path == NULL)
    add_string (object, "xml", plan->xml);
  ctl_print_json (root, FALSE);
}

static gboolean
create_run (Ctl *ctl, char **args, GError **error)
{
  g_autoptr (CtlPlan) plan = ctl_plan_new (ctl, &options, args[0], error);
  g_autofree char *path = NULL;

  if (plan == NULL)
    return FALSE;
  if (!options.dry_run && !options.print_xml)
    {
      ctl_catch_signals (TRUE);
      path = make_all (plan, error);
      ctl_catch_signals (FALSE);
      if (path == NULL)
        return FALSE;
    }
  if (ctl->json)
    print_json (plan, path);
  else if (path != NULL && !options.console)
    puts (plan->guest->name);
  else if (options.print_xml)
    fputs (plan->xml, stdout);
  else if (options.dry_run)
    ctl_plan_print (plan);
  return !options.console || ctl_console_start (ctl, path, plan->guest->name, TRUE, error);
}

const CtlVerb ctl_create_verbs[] = {
  { .name = "create",
    .args = "NAME",
    .summary = "Make a guest from a cloud image, or to install from a CD",
    .details =
        "Makes its disk, for a cloud image also the seed that tells cloud-init of a user and a "
        "host "
        "name, and defines it; all of that or nothing. Prints the name.\n\n"
        "Examples:\n"
        "  roostctl create web --image debian-12-genericcloud-amd64.qcow2 --console\n"
        "  roostctl create web --image default/debian.qcow2 --user ann --ssh-key ~/.ssh/id.pub\n"
        "  roostctl create desktop --iso debian.iso --disk 40G --memory 4G --firmware uefi --start",
    .min_args = 1,
    .max_args = 1,
    .options = create_options,
    .run = create_run },
  { 0 },
};
