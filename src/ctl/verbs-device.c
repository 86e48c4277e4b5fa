/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/error.h"
#include "ctl/storage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Devices, processors and memory of a domain. */

static gboolean live, config, force, no_wait, maximum, eject, readonly, cdrom;
static double timeout_s = -1;
static char *bus, *format, *model, *mac;

#define WHERE_OPTIONS                                                                              \
  { "live", 0, 0, G_OPTION_ARG_NONE, &live, "What runs only", NULL },                              \
  {                                                                                                \
    "config", 0, 0, G_OPTION_ARG_NONE, &config, "The stored configuration only", NULL              \
  }

static const GOptionEntry where_options[] = { WHERE_OPTIONS, G_OPTION_ENTRY_NULL };

static const GOptionEntry detach_options[] = {
  WHERE_OPTIONS,
  { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &timeout_s, "How long the guest gets", "SECONDS" },
  { "no-wait", 0, 0, G_OPTION_ARG_NONE, &no_wait, "Do not wait for the guest", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry update_options[] = {
  WHERE_OPTIONS,
  { "force", 'f', 0, G_OPTION_ARG_NONE, &force, "Open a tray that the guest has locked", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry media_options[] = {
  WHERE_OPTIONS,
  { "force", 'f', 0, G_OPTION_ARG_NONE, &force, "Open a tray that the guest has locked", NULL },
  { "eject", 'e', 0, G_OPTION_ARG_NONE, &eject, "Take out what is in it", NULL },
  { "format", 0, 0, G_OPTION_ARG_STRING, &format, "Of the image: raw, qcow2 …", "FORMAT" },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry disk_options[] = {
  WHERE_OPTIONS,
  { "bus", 0, 0, G_OPTION_ARG_STRING, &bus, "virtio, scsi, usb …", "BUS" },
  { "format", 0, 0, G_OPTION_ARG_STRING, &format, "Of the image: raw, qcow2 …", "FORMAT" },
  { "readonly", 0, 0, G_OPTION_ARG_NONE, &readonly, "The guest cannot write to it", NULL },
  { "cdrom", 0, 0, G_OPTION_ARG_NONE, &cdrom, "A CD-ROM drive with it", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry interface_options[] = {
  WHERE_OPTIONS,
  { "model", 0, 0, G_OPTION_ARG_STRING, &model, "virtio, e1000e …", "MODEL" },
  { "mac", 0, 0, G_OPTION_ARG_STRING, &mac, "Its address; one is chosen otherwise", "ADDRESS" },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry amount_options[] = {
  WHERE_OPTIONS,
  { "maximum", 0, 0, G_OPTION_ARG_NONE, &maximum, "The maximum itself (with --config)", NULL },
  G_OPTION_ENTRY_NULL,
};

/* --- calls --- */

/* The options that the command line gave, for @options which knows them. */
static GVariant *
where (GVariantDict *options)
{
  if (live)
    g_variant_dict_insert (options, "live", "b", TRUE);
  if (config)
    g_variant_dict_insert (options, "config", "b", TRUE);
  return g_variant_dict_end (options);
}

/* Returns: (transfer full): the reply to a method of the domain @name. */
static GVariant *
call (Ctl *ctl, const char *name, GVariant *args, const char *type, GError **error)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (args);
  g_autofree char *path = ctl_find_domain (ctl, name, error);

  if (path == NULL)
    return NULL;
  return ctl_call (ctl, path, CTL_DOMAIN, ctl->verb->method, held, type, CTL_CALL_SLOW, error);
}

static gboolean
call_quiet (Ctl *ctl, const char *name, GVariant *args, GError **error)
{
  g_autoptr (GVariant) reply = call (ctl, name, args, "()", error);

  return reply != NULL;
}

/* --- attach, detach, update --- */

static gboolean
attach_xml (Ctl *ctl, const char *name, const char *xml, GError **error)
{
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply =
      call (ctl, name, g_variant_new ("(s@a{sv})", xml, where (&options)), "(s)", error);
  const char *alias;

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&s)", &alias);
  if (*alias != '\0')
    puts (alias);
  return TRUE;
}

static gboolean
attach_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *xml = ctl_read_text (args[1], error);

  return xml != NULL && attach_xml (ctl, args[0], xml, error);
}

static gboolean
detach_what (Ctl *ctl, const char *name, const char *device, GError **error)
{
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) end = NULL;
  const char *job;

  if (timeout_s >= 0)
    g_variant_dict_insert (&options, "timeout", "t", (guint64)(timeout_s * G_USEC_PER_SEC));
  reply = call (ctl, name, g_variant_new ("(s@a{sv})", device, where (&options)), "(o)", error);
  if (reply == NULL || no_wait)
    return reply != NULL;
  g_variant_get (reply, "(&o)", &job);
  end = ctl_call (ctl, job, CTL_JOB, "Wait", g_variant_new ("(a{sv})", NULL), "()", CTL_CALL_SLOW,
                  error);
  return end != NULL;
}

static gboolean
detach_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *xml = NULL;

  if (!g_str_has_suffix (args[1], ".xml") && strcmp (args[1], "-") != 0)
    return detach_what (ctl, args[0], args[1], error);
  xml = ctl_read_text (args[1], error);
  return xml != NULL && detach_what (ctl, args[0], xml, error);
}

static gboolean
update_run (Ctl *ctl, char **args, GError **error)
{
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *xml = ctl_read_text (args[1], error);

  if (xml == NULL)
    return FALSE;
  if (force)
    g_variant_dict_insert (&options, "force", "b", TRUE);
  return call_quiet (ctl, args[0], g_variant_new ("(s@a{sv})", xml, where (&options)), error);
}

/* --- disks --- */

/* "vda" is on virtio, "sda" on SCSI: as the names suggest. */
static const char *
bus_for (const char *target)
{
  if (bus != NULL)
    return bus;
  return g_str_has_prefix (target, "vd") ? "virtio" : "scsi";
}

/* What looks like an image with a format of its own is not shown raw to a guest by oversight; nor
 * is it opened as one because a guest wrote a header into its raw disk: who asks has to say. */
static gboolean
check_format (const char *source, GError **error)
{
  g_autofree char *seen = format == NULL ? ctl_file_format (source) : NULL;

  return seen == NULL || !g_str_equal (seen, "qcow2")
         || roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                         "%s looks like an image of the format qcow2: say --format qcow2, or "
                         "--format raw if the guest is to see it as it is",
                         source);
}

static gboolean
attach_disk_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *source = g_canonicalize_filename (args[1], NULL);
  gboolean is_block = g_str_has_prefix (source, "/dev/");
  g_autofree char *begin = g_markup_printf_escaped (
      "<disk type='%s' device='%s'><driver name='qemu' type='%s'/><source %s='%s'/>"
      "<target dev='%s' bus='%s'/>",
      is_block ? "block" : "file", cdrom ? "cdrom" : "disk", format != NULL ? format : "raw",
      is_block ? "dev" : "file", source, args[2], bus_for (args[2]));
  g_autofree char *xml = g_strconcat (begin, readonly ? "<readonly/>" : "", "</disk>", NULL);

  return check_format (source, error) && attach_xml (ctl, args[0], xml, error);
}

static gboolean
detach_disk_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *xml =
      g_markup_printf_escaped ("<disk type='file'><target dev='%s'/></disk>", args[1]);

  return detach_what (ctl, args[0], xml, error);
}

static gboolean
media_run (Ctl *ctl, char **args, GError **error)
{
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *path = args[2] != NULL ? g_canonicalize_filename (args[2], NULL) : g_strdup ("");

  if (eject == (args[2] != NULL))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "give the medium, or --eject to take out what is in the drive");
  if (force)
    g_variant_dict_insert (&options, "force", "b", TRUE);
  if (format != NULL)
    g_variant_dict_insert (&options, "format", "s", format);
  return call_quiet (ctl, args[0], g_variant_new ("(ss@a{sv})", args[1], path, where (&options)),
                     error);
}

/* --- interfaces --- */

static char *
source_for (const char *type, const char *source)
{
  if (source == NULL)
    return g_strdup ("");
  return g_markup_printf_escaped ("<source %s='%s'/>", g_str_equal (type, "direct") ? "dev" : type,
                                  source);
}

static gboolean
attach_interface_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *source = source_for (args[1], args[2]);
  g_autofree char *address =
      mac != NULL ? g_markup_printf_escaped ("<mac address='%s'/>", mac) : g_strdup ("");
  g_autofree char *begin = g_markup_printf_escaped ("<interface type='%s'>", args[1]);
  g_autofree char *end =
      g_markup_printf_escaped ("<model type='%s'/></interface>", model != NULL ? model : "virtio");
  g_autofree char *xml = g_strconcat (begin, address, source, end, NULL);

  return attach_xml (ctl, args[0], xml, error);
}

static gboolean
detach_interface_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *xml =
      g_markup_printf_escaped ("<interface type='user'><mac address='%s'/></interface>", args[1]);

  return detach_what (ctl, args[0], strchr (args[1], ':') != NULL ? xml : args[1], error);
}

static gboolean
link_run (Ctl *ctl, char **args, GError **error)
{
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);
  gboolean is_up = g_str_equal (args[2], "up");

  if (!is_up && !g_str_equal (args[2], "down"))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "a link is 'up' or 'down', not '%s'",
                        args[2]);
  return call_quiet (ctl, args[0], g_variant_new ("(sb@a{sv})", args[1], is_up, where (&options)),
                     error);
}

/* --- amounts --- */

static GVariant *
amount (void)
{
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);

  if (maximum)
    g_variant_dict_insert (&options, "maximum", "b", TRUE);
  return where (&options);
}

static gboolean
vcpus_run (Ctl *ctl, char **args, GError **error)
{
  guint64 count;

  if (!g_ascii_string_to_unsigned (args[1], 10, 1, G_MAXUINT32, &count, NULL))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is no number of processors",
                        args[1]);
  return call_quiet (ctl, args[0], g_variant_new ("(u@a{sv})", (guint32)count, amount ()), error);
}

/* "2G", "512MiB", "1073741824" */
static gboolean
parse_size (const char *text, guint64 *out, GError **error)
{
  static const char units[] = "KMGT";
  char *end;
  guint64 number = g_ascii_strtoull (text, &end, 10);
  const char *unit = *end != '\0' ? strchr (units, g_ascii_toupper (*end)) : NULL;
  guint shift = unit != NULL ? (guint)(unit - units + 1) * 10 : 0;
  const char *rest = unit != NULL ? end + 1 : end;

  if (end == text || number == 0 || number > (G_MAXUINT64 >> shift)
      || (*rest != '\0' && strcmp (rest, "iB") != 0))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "'%s' is no amount of memory, such as 512M or 2G", text);
  *out = number << shift;
  return TRUE;
}

static gboolean
memory_run (Ctl *ctl, char **args, GError **error)
{
  guint64 bytes;

  return parse_size (args[1], &bytes, error)
         && call_quiet (ctl, args[0], g_variant_new ("(t@a{sv})", bytes, amount ()), error);
}

/* clang-format off */
#define BOTH "Without --live or --config: what runs, and what is stored, where they exist."

const CtlVerb ctl_device_verbs[] = {
  { "attach-device", "DOMAIN FILE", "Add a device from a file with its XML", BOTH
    "\n\nPrints the alias of the device.\n\nExample:\n  roostctl attach-device demo disk.xml",
    2, 2, where_options, "AttachDevice", attach_run, NULL },
  { "detach-device", "DOMAIN DEVICE", "Ask the guest to let a device go",
    "DEVICE is an alias, or a file (*.xml, or - ) with an element that says which one is meant.\n" BOTH
    "\n\nExample:\n  roostctl detach-device --timeout 60 demo net1",
    2, 2, detach_options, "DetachDevice", detach_run, NULL },
  { "update-device", "DOMAIN FILE", "Change a device as a file with its XML says", BOTH
    "\n\nExample:\n  roostctl update-device demo cdrom.xml",
    2, 2, update_options, "UpdateDevice", update_run, NULL },
  { "attach-disk", "DOMAIN SOURCE TARGET", "Add a disk",
    "Its format is raw unless --format says another.\n" BOTH "\n\nExample:\n  roostctl attach-disk --format qcow2 demo /srv/data.qcow2 vdb",
    3, 3, disk_options, "AttachDevice", attach_disk_run, NULL },
  { "detach-disk", "DOMAIN TARGET", "Ask the guest to let a disk go", BOTH
    "\n\nExample:\n  roostctl detach-disk demo vdb",
    2, 2, detach_options, "DetachDevice", detach_disk_run, NULL },
  { "attach-interface", "DOMAIN TYPE [SOURCE]", "Add a network interface",
    "TYPE is user, or bridge, network or direct with their SOURCE.\n" BOTH
    "\n\nExample:\n  roostctl attach-interface demo bridge br0",
    2, 3, interface_options, "AttachDevice", attach_interface_run, NULL },
  { "detach-interface", "DOMAIN MAC", "Ask the guest to let a network interface go",
    "An alias will do, too.\n" BOTH "\n\nExample:\n  roostctl detach-interface demo 52:54:00:12:34:56",
    2, 2, detach_options, "DetachDevice", detach_interface_run, NULL },
  { "change-media", "DOMAIN DRIVE [MEDIUM]", "Change what is in a CD-ROM or floppy drive",
    "DRIVE is its target or alias.\n" BOTH
    "\n\nExamples:\n  roostctl change-media demo sda /srv/debian.iso\n  roostctl change-media --eject demo sda",
    2, 3, media_options, "ChangeMedia", media_run, NULL },
  { "set-link", "DOMAIN DEVICE up|down", "Plug in or pull the cable of an interface",
    "DEVICE is its alias or MAC.\n" BOTH "\n\nExample:\n  roostctl set-link demo net0 down",
    3, 3, where_options, "SetLink", link_run, NULL },
  { "set-vcpus", "DOMAIN COUNT", "Say how many processors the guest has", BOTH
    "\n\nExample:\n  roostctl set-vcpus demo 4",
    2, 2, amount_options, "SetVcpus", vcpus_run, NULL },
  { "set-memory", "DOMAIN SIZE", "Say how much memory the balloon leaves to the guest", BOTH
    "\n\nExample:\n  roostctl set-memory demo 2G",
    2, 2, amount_options, "SetMemory", memory_run, NULL },
  { NULL },
};
/* clang-format on */
