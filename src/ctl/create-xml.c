/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/create.h"

#include "base/error.h"
#include "ctl/ctl.h"

#include <libxml/xmlwriter.h>
#include <stdarg.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlTextWriter, xmlFreeTextWriter)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlBuffer, xmlBufferFree)

/* --- guests --- */

static void
free_disk (CtlGuestDisk *disk)
{
  g_free (disk->pool);
  g_free (disk->volume);
  g_free (disk->file);
  g_free (disk->format);
  g_free (disk);
}

CtlGuest *
ctl_guest_new (void)
{
  CtlGuest *guest = g_new0 (CtlGuest, 1);

  guest->disks = g_ptr_array_new_with_free_func ((GDestroyNotify)free_disk);
  return guest;
}

void
ctl_guest_free (CtlGuest *guest)
{
  if (guest == NULL)
    return;
  g_free (guest->name);
  g_free (guest->uuid);
  g_free (guest->firmware);
  g_free (guest->graphics);
  g_strfreev (guest->networks);
  g_ptr_array_unref (guest->disks);
  g_free (guest);
}

CtlGuestDisk *
ctl_guest_add_disk (CtlGuest *guest)
{
  CtlGuestDisk *disk = g_new0 (CtlGuestDisk, 1);

  g_ptr_array_add (guest->disks, disk);
  return disk;
}

/* --- writing --- */

#define X(text) ((const xmlChar *)(text))

/* Begins the element @name; pairs of attribute and value follow, up to NULL. */
G_GNUC_NULL_TERMINATED
static void
begin (xmlTextWriter *w, const char *name, ...)
{
  const char *attribute;
  va_list args;

  xmlTextWriterStartElement (w, X (name));
  va_start (args, name);
  while ((attribute = va_arg (args, const char *)) != NULL)
    xmlTextWriterWriteAttribute (w, X (attribute), X (va_arg (args, const char *)));
  va_end (args);
}

static void
end (xmlTextWriter *w)
{
  xmlTextWriterEndElement (w);
}

#define EMPTY(w, ...)                                                                              \
  G_STMT_START                                                                                     \
  {                                                                                                \
    begin (w, __VA_ARGS__);                                                                        \
    end (w);                                                                                       \
  }                                                                                                \
  G_STMT_END

static void
text (xmlTextWriter *w, const char *name, const char *value)
{
  xmlTextWriterWriteElement (w, X (name), X (value));
}

static void
bytes (xmlTextWriter *w, const char *name, guint64 value)
{
  begin (w, name, "unit", "bytes", NULL);
  xmlTextWriterWriteFormatString (w, "%" G_GUINT64_FORMAT, value);
  end (w);
}

static char *
finish (xmlTextWriter *w, xmlBuffer *buffer)
{
  xmlTextWriterEndDocument (w);
  xmlTextWriterFlush (w);
  return g_strdup ((const char *)xmlBufferContent (buffer));
}

static xmlTextWriter *
start (xmlBuffer *buffer)
{
  xmlTextWriter *w = xmlNewTextWriterMemory (buffer, 0);

  xmlTextWriterSetIndent (w, 1);
  xmlTextWriterSetIndentString (w, X ("  "));
  return w;
}

/* --- what it is made of --- */

typedef struct
{
  xmlTextWriter *w;
  const CtlGuest *guest;
  const CtlCaps *caps;
  const char *arch;
  const char *firmware;
  gboolean has_virtio;
} Build;

static gboolean
is_x86 (const Build *build)
{
  return g_str_equal (build->arch, "x86_64") || g_str_equal (build->arch, "i686");
}

static const char *
usual_firmware (const Build *build)
{
  return !is_x86 (build) && ctl_caps_has (build->caps, "os", "firmware", "efi") ? "uefi" : "bios";
}

static gboolean
check_firmware (const Build *build, GError **error)
{
  const char *const known[] = { "bios", "uefi", "secure", NULL };

  if (!g_strv_contains (known, build->firmware))
    {
      ctl_throw_usage (error, "'%s' is no firmware; it is bios, uefi or secure", build->firmware);
      return FALSE;
    }
  if (!g_str_equal (build->firmware, "bios")
      && !ctl_caps_has (build->caps, "os", "firmware", "efi"))
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "no UEFI firmware for %s is installed; on Debian it is in the package %s",
                        build->arch, is_x86 (build) ? "ovmf" : "qemu-efi-aarch64");
  return TRUE;
}

static void
write_os (const Build *build)
{
  gboolean is_secure = g_str_equal (build->firmware, "secure");
  gboolean has_efi = !g_str_equal (build->firmware, "bios");

  begin (build->w, "os", has_efi ? "firmware" : NULL, "efi", NULL);
  begin (build->w, "type", "arch", build->arch, "machine", ctl_caps_get (build->caps, "machine"),
         NULL);
  xmlTextWriterWriteString (build->w, X ("hvm"));
  end (build->w);
  if (has_efi)
    {
      begin (build->w, "firmware", NULL);
      EMPTY (build->w, "feature", "enabled", is_secure ? "yes" : "no", "name", "secure-boot", NULL);
      if (is_secure)
        EMPTY (build->w, "feature", "enabled", "yes", "name", "enrolled-keys", NULL);
      end (build->w);
    }
  end (build->w);
}

static void
write_features (const Build *build)
{
  gboolean has_efi = !g_str_equal (build->firmware, "bios");

  if (!is_x86 (build) && !has_efi)
    return;
  begin (build->w, "features", NULL);
  EMPTY (build->w, "acpi", NULL);
  if (is_x86 (build))
    EMPTY (build->w, "apic", NULL);
  if (is_x86 (build) && g_str_equal (build->firmware, "secure"))
    EMPTY (build->w, "smm", "state", "on", NULL);
  end (build->w);
}

/* What the accelerator gives: systems of today do not boot on the oldest models. */
static void
write_cpu (const Build *build)
{
  if (ctl_caps_has_cpu_mode (build->caps, "host-passthrough"))
    EMPTY (build->w, "cpu", "mode", "host-passthrough", NULL);
  else if (ctl_caps_has_cpu_mode (build->caps, "maximum"))
    EMPTY (build->w, "cpu", "mode", "maximum", NULL);
}

/* --- disks --- */

/* Firmware boots from a CD on the bus that machines of that kind have it on. */
static const char *
cdrom_bus (const Build *build)
{
  const char *const x86[] = { "sata", "ide", "scsi", "usb", NULL };
  const char *const others[] = { "scsi", "usb", "virtio", NULL };

  for (const char *const *bus = is_x86 (build) ? x86 : others; *bus != NULL; bus++)
    if (ctl_caps_has (build->caps, "devices/disk", "bus", *bus))
      return *bus;
  return NULL;
}

static const char *
disk_bus (const Build *build, const CtlGuestDisk *disk)
{
  if (disk->is_cdrom || !build->has_virtio)
    return cdrom_bus (build);
  return "virtio";
}

/* vda, vdb … for virtio; sda …, hda … for others: one row of letters for each kind of name. */
static char *
target_for (const char *bus, guint *counts)
{
  guint kind = g_str_equal (bus, "virtio") ? 0 : g_str_equal (bus, "ide") ? 1 : 2;

  return g_strdup_printf ("%cd%c", "vhs"[kind], (char)('a' + counts[kind]++));
}

static gboolean
write_disk (
    const Build *build, const CtlGuestDisk *disk, guint order, guint *counts, GError **error)
{
  const char *bus = disk_bus (build, disk);
  g_autofree char *place = g_strdup_printf ("%u", order);
  g_autofree char *target = NULL;

  if (bus == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the machine %s has no bus for disks; name another one with --machine",
                        ctl_caps_get (build->caps, "machine"));
  target = target_for (bus, counts);
  begin (build->w, "disk", "type", disk->file != NULL ? "file" : "volume", "device",
         disk->is_cdrom ? "cdrom" : "disk", NULL);
  EMPTY (build->w, "driver", "name", "qemu", "type", disk->format, NULL);
  if (disk->file != NULL)
    EMPTY (build->w, "source", "file", disk->file, NULL);
  else
    EMPTY (build->w, "source", "pool", disk->pool, "volume", disk->volume, NULL);
  EMPTY (build->w, "target", "dev", target, "bus", bus, NULL);
  if (disk->is_readonly)
    EMPTY (build->w, "readonly", NULL);
  if (order > 0)
    EMPTY (build->w, "boot", "order", place, NULL);
  end (build->w);
  return TRUE;
}

/* A disk that is only read and no CD holds the seed: nothing boots from it. */
static gboolean
write_disks (const Build *build, GError **error)
{
  guint counts[3] = { 0 }, order = 0;

  for (guint i = 0; i < build->guest->disks->len; i++)
    {
      const CtlGuestDisk *disk = g_ptr_array_index (build->guest->disks, i);
      gboolean is_seed = disk->is_readonly && !disk->is_cdrom;

      if (!write_disk (build, disk, is_seed ? 0 : ++order, counts, error))
        return FALSE;
    }
  return TRUE;
}

/* --- networks --- */

static const struct
{
  const char *name, *attribute, *usual; /* of <source>; NULL where it has none */
} network_kinds[] = {
  { "user", NULL, NULL },
  { "bridge", "bridge", "br0" },
  { "network", "network", "default" },
  { "direct", "dev", NULL },
};

static const char *const user_backends[] = { "passt", "slirp", NULL };

/* QEMU's own serves everywhere; passt ends on a host that has no route, as a laptop without a net.
 */
static gboolean
wants_passt (const CtlCaps *caps, const char *backend)
{
  if (backend != NULL)
    return g_str_equal (backend, "passt");
  return !ctl_caps_has (caps, "devices/interface", "backendType", "default")
         && ctl_caps_has (caps, "devices/interface", "backendType", "passt");
}

static gboolean
write_network (const Build *build, const char *network, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (network, "=", 2);
  const char *source = parts[0] != NULL && parts[1] != NULL && *parts[1] != '\0' ? parts[1] : NULL;
  gboolean is_user;
  guint i = 0;

  while (i < G_N_ELEMENTS (network_kinds) && g_strcmp0 (network_kinds[i].name, parts[0]) != 0)
    i++;
  if (i < G_N_ELEMENTS (network_kinds) && source == NULL)
    source = network_kinds[i].usual;
  is_user = i == 0 && (source == NULL || g_strv_contains (user_backends, source));
  if (i == G_N_ELEMENTS (network_kinds)
      || (!is_user && (source == NULL) != (network_kinds[i].attribute == NULL)))
    {
      ctl_throw_usage (
          error,
          "'%s' is no network; it is user, user=passt, user=slirp, bridge=NAME, network=NAME, "
          "direct=DEVICE or none",
          network);
      return FALSE;
    }
  begin (build->w, "interface", "type", network_kinds[i].name, NULL);
  if (source != NULL && !is_user)
    EMPTY (build->w, "source", network_kinds[i].attribute, source, NULL);
  if (is_user && wants_passt (build->caps, source))
    EMPTY (build->w, "backend", "type", "passt", NULL);
  if (build->has_virtio)
    EMPTY (build->w, "model", "type", "virtio", NULL);
  end (build->w);
  return TRUE;
}

static gboolean
write_networks (const Build *build, GError **error)
{
  const char *const usual[] = { "user", NULL };
  const char *const *networks =
      build->guest->networks != NULL ? (const char *const *)build->guest->networks : usual;

  for (; *networks != NULL; networks++)
    if (!g_str_equal (*networks, "none") && !write_network (build, *networks, error))
      return FALSE;
  return TRUE;
}

/* --- the rest --- */

static void
write_console (const Build *build)
{
  begin (build->w, "console", "type", "pty", NULL);
  if (g_str_equal (build->arch, "s390x"))
    EMPTY (build->w, "target", "type", "sclp", NULL);
  end (build->w);
}

static void
write_virtio (const Build *build)
{
  if (build->has_virtio && ctl_caps_has (build->caps, "devices/channel", "type", "unix"))
    {
      begin (build->w, "channel", "type", "unix", NULL);
      EMPTY (build->w, "target", "type", "virtio", "name", "org.qemu.guest_agent.0", NULL);
      end (build->w);
    }
  if (ctl_caps_has (build->caps, "devices/rng", "model", "virtio"))
    {
      begin (build->w, "rng", "model", "virtio", NULL);
      begin (build->w, "backend", "model", "random", NULL);
      xmlTextWriterWriteString (build->w, X ("/dev/urandom"));
      end (build->w);
      end (build->w);
    }
  EMPTY (build->w, "memballoon", "model", build->has_virtio ? "virtio" : "none", NULL);
}

static const char *
usual_graphics (const Build *build)
{
  if (!build->guest->is_installing)
    return "none";
  if (ctl_caps_has (build->caps, "devices/graphics", "type", "vnc"))
    return "vnc";
  return ctl_caps_has (build->caps, "devices/graphics", "type", "spice") ? "spice" : "none";
}

/* A PC has a keyboard and USB; firmware of others finds a keyboard on USB alone. */
static void
write_inputs (const Build *build)
{
  gboolean has_usb = ctl_caps_has (build->caps, "devices/disk", "bus", "usb");
  const char *bus = has_usb ? "usb" : "virtio";

  if (!is_x86 (build) && has_usb)
    EMPTY (build->w, "controller", "type", "usb", "model", "qemu-xhci", NULL);
  EMPTY (build->w, "input", "type", "tablet", "bus", bus, NULL);
  if (!is_x86 (build))
    EMPTY (build->w, "input", "type", "keyboard", "bus", bus, NULL);
}

/* It listens nowhere: viewers come by `roostctl display`. */
static gboolean
write_display (const Build *build, GError **error)
{
  const char *type =
      build->guest->graphics != NULL ? build->guest->graphics : usual_graphics (build);
  gboolean has_virtio = ctl_caps_has (build->caps, "devices/video", "modelType", "virtio");

  if (g_str_equal (type, "none"))
    return TRUE;
  if (!g_str_equal (type, "vnc") && !g_str_equal (type, "spice"))
    {
      ctl_throw_usage (error, "'%s' is no display; it is vnc, spice or none", type);
      return FALSE;
    }
  if (!ctl_caps_has (build->caps, "devices/graphics", "type", type))
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "this QEMU has no %s display", type);
  write_inputs (build);
  begin (build->w, "graphics", "type", type, NULL);
  EMPTY (build->w, "listen", "type", "none", NULL);
  end (build->w);
  begin (build->w, "video", NULL);
  EMPTY (build->w, "model", "type", has_virtio ? "virtio" : "vga", NULL);
  end (build->w);
  return TRUE;
}

static gboolean
write_devices (const Build *build, GError **error)
{
  begin (build->w, "devices", NULL);
  if (!write_disks (build, error) || !write_networks (build, error))
    return FALSE;
  write_console (build);
  write_virtio (build);
  if (!write_display (build, error))
    return FALSE;
  end (build->w);
  return TRUE;
}

char *
ctl_guest_to_xml (const CtlGuest *guest, const CtlCaps *caps, GError **error)
{
  g_autoptr (xmlBuffer) buffer = xmlBufferCreate ();
  g_autoptr (xmlTextWriter) w = start (buffer);
  g_autofree char *vcpus = g_strdup_printf ("%u", guest->vcpus);
  Build build = { .w = w,
                  .guest = guest,
                  .caps = caps,
                  .arch = ctl_caps_get (caps, "arch"),
                  .has_virtio = ctl_caps_has (caps, "devices/disk", "bus", "virtio") };

  build.firmware = guest->firmware != NULL ? guest->firmware : usual_firmware (&build);
  if (!check_firmware (&build, error))
    return NULL;
  begin (w, "domain", "type", ctl_caps_get (caps, "domain"), NULL);
  text (w, "name", guest->name);
  text (w, "uuid", guest->uuid);
  bytes (w, "memory", guest->memory);
  text (w, "vcpu", vcpus);
  write_os (&build);
  write_features (&build);
  write_cpu (&build);
  if (!write_devices (&build, error))
    return NULL;
  return finish (w, buffer);
}

/* --- storage --- */

char *
ctl_volume_to_xml (const char *name,
                   guint64 capacity,
                   const char *format,
                   const char *backing,
                   const char *backing_format)
{
  g_autoptr (xmlBuffer) buffer = xmlBufferCreate ();
  g_autoptr (xmlTextWriter) w = start (buffer);

  begin (w, "volume", NULL);
  text (w, "name", name);
  bytes (w, "capacity", capacity);
  bytes (w, "allocation", 0);
  begin (w, "target", NULL);
  EMPTY (w, "format", "type", format, NULL);
  end (w);
  if (backing != NULL)
    {
      begin (w, "backingStore", NULL);
      text (w, "path", backing);
      EMPTY (w, "format", "type", backing_format, NULL);
      end (w);
    }
  return finish (w, buffer);
}

char *
ctl_pool_to_xml (const char *name, const char *path)
{
  g_autoptr (xmlBuffer) buffer = xmlBufferCreate ();
  g_autoptr (xmlTextWriter) w = start (buffer);

  begin (w, "pool", "type", "dir", NULL);
  text (w, "name", name);
  begin (w, "target", NULL);
  text (w, "path", path);
  return finish (w, buffer);
}
