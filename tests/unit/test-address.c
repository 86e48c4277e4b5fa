/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model-facts.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/address-parts.h"
#include "model/address.h"

/* What an address says, in one line. */
static char *
text_of (const RoostAddress *address)
{
  if (address == NULL)
    return g_strdup ("none");
  switch ((int)address->type)
    {
    case ROOST_ADDRESS_TYPE_PCI:
      return g_strdup_printf ("%02x:%02x.%x%s", (guint)address->bus.value,
                              (guint)address->slot.value, (guint)address->function.value,
                              address->multifunction == ROOST_YES ? "+" : "");
    case ROOST_ADDRESS_TYPE_DRIVE:
      return g_strdup_printf ("drive %u:%u:%u:%u", (guint)address->controller.value,
                              (guint)address->bus.value, (guint)address->target.value,
                              (guint)address->unit.value);
    case ROOST_ADDRESS_TYPE_USB:
      return g_strdup_printf ("usb %u:%s", (guint)address->bus.value, address->usb_port);
    case ROOST_ADDRESS_TYPE_VIRTIO_SERIAL:
      return g_strdup_printf ("serial %u:%u", (guint)address->controller.value,
                              (guint)address->port.value);
    case ROOST_ADDRESS_TYPE_CCW:
      return g_strdup_printf ("ccw %x.%x.%04x", (guint)address->cssid.value,
                              (guint)address->ssid.value, (guint)address->devno.value);
    case ROOST_ADDRESS_TYPE_DIMM:
      return g_strdup_printf ("dimm %u", (guint)address->slot.value);
    default:
      return g_strdup (roost_address_type_names[address->type]);
    }
}

/* All addresses of one kind of device, with spaces between. */
static char *
texts_of (const RoostDomainConfig *config, RoostDeviceKind kind)
{
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  g_autoptr (GString) out = g_string_new (NULL);
  const RoostDeviceRef *ref;

  roost_devices_append (config, kind, refs);
  ROOST_REFS_EACH (ref, refs)
    {
      g_autofree char *text = text_of (ref->info->address);

      g_string_append_printf (out, "%s%s", ref_i > 0 ? "; " : "", text);
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

typedef struct
{
  const char *name;
  const char *machine;
  const char *devices;
  RoostDeviceKind kind;
  const char *expected;
} Case;

#define NET   "<interface type='user'><model type='virtio'/></interface>"
#define E1000 "<interface type='user'><model type='e1000'/></interface>"
#define IDE(dev)                                                                                   \
  "<disk type='file' device='disk'><source file='/" dev "'/><target dev='" dev "'/></disk>"
#define NO_USB     "<controller type='usb' model='none'/>"
#define NO_BALLOON "<memballoon model='none'/>"
#define TABLET     "<input type='tablet' bus='usb'/>"
#define CHANNEL                                                                                    \
  "<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>"

static const Case cases[] = {
  { "video-first", "pc", NET "<video><model type='vga'/></video>", ROOST_DEVICE_VIDEO, "00:02.0" },
  { "after-video", "pc", NET "<video><model type='vga'/></video>", ROOST_DEVICE_INTERFACE,
    "00:03.0" },
  { "no-video", "pc", NET NO_BALLOON, ROOST_DEVICE_INTERFACE, "00:02.0" },
  { "ports", "q35", NET NET NO_USB NO_BALLOON, ROOST_DEVICE_INTERFACE, "01:00.0; 02:00.0" },
  { "one-spare-port", "q35", NET NO_USB NO_BALLOON, ROOST_DEVICE_CONTROLLER,
    "none; 00:1f.2; none; 00:01.0+; 00:01.1" },
  { "conventional", "q35", E1000 NO_USB NO_BALLOON, ROOST_DEVICE_INTERFACE, "02:01.0" },
  { "ide", "pc", IDE ("hda") IDE ("hdb") IDE ("hdc"), ROOST_DEVICE_DISK,
    "drive 0:0:0:0; drive 0:0:0:1; drive 0:1:0:0" },
  { "scsi", "pc", IDE ("sda") IDE ("sdg") IDE ("sdh"), ROOST_DEVICE_DISK,
    "drive 0:0:0:0; drive 0:0:0:6; drive 1:0:0:0" },
  { "disk-order", "pc", IDE ("sdh") IDE ("sda"), ROOST_DEVICE_DISK,
    "drive 0:0:0:0; drive 1:0:0:0" },
  { "usb", "pc", TABLET TABLET, ROOST_DEVICE_INPUT, "usb 0:1; usb 0:2; none; none" },
  { "usb-hub", "pc", TABLET TABLET TABLET, ROOST_DEVICE_INPUT,
    "usb 0:2; usb 0:1.1; usb 0:1.2; none; none" },
  { "channels", "pc", CHANNEL CHANNEL, ROOST_DEVICE_CHANNEL, "serial 0:1; serial 0:2" },
  { "ich9-usb", "q35",
    NO_BALLOON "<controller type='usb' model='ich9-uhci1'/>"
               "<controller type='usb' model='ich9-ehci1'/>",
    ROOST_DEVICE_CONTROLLER, "00:1d.7; 00:1d.0+; 00:1f.2; none" },
};

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (RoostFacts) facts = test_facts_x86 ();
  g_autoptr (RoostDomainConfig) config = test_config_new ("x86_64", c->machine, c->devices);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  test_complete (config, facts, &error);
  g_assert_no_error (error);
  text = texts_of (config, c->kind);
  g_assert_cmpstr (text, ==, c->expected);
}

typedef struct
{
  const char *name;
  const char *machine;
  const char *devices;
  int code;
  const char *text; /* part of the message */
} Refusal;

#define AT(attrs) "<address type='pci' " attrs "/>"
#define NET_AT(mac, attrs)                                                                         \
  "<interface type='user'><mac address='52:54:00:00:00:" mac                                       \
  "'/><model type='virtio'/>" AT (attrs) "</interface>"

static const Refusal refusals[] = {
  { "pci-twice", "pc", NET_AT ("01", "slot='5'") NET_AT ("02", "slot='5'"), ROOST_ERROR_EXISTS,
    "interface 52:54:00:00:00:02: the PCI address 0000:00:05.0 is already used by interface "
    "52:54:00:00:00:01" },
  { "chipset", "pc", NET_AT ("01", "slot='1'"), ROOST_ERROR_EXISTS, "PIIX3" },
  { "slot-range", "q35", NET_AT ("01", "bus='1' slot='1'"), ROOST_ERROR_INVALID_XML,
    "slot 0x01 is out of range" },
  { "domain", "pc", NET_AT ("01", "domain='1' slot='4'"), ROOST_ERROR_INVALID_XML,
    "domain 0x0001" },
  { "no-pci", "isapc", NET_AT ("01", "slot='4'"), ROOST_ERROR_INVALID_XML, "has no PCI bus" },
  { "wrong-root", "q35", "<controller type='pci' index='0' model='pci-root'/>",
    ROOST_ERROR_INVALID_XML, "must be a 'pcie-root'" },
  { "two-indexes", "pc",
    "<controller type='pci' index='1' model='pci-bridge'/>"
    "<controller type='pci' index='1' model='pci-bridge'/>",
    ROOST_ERROR_EXISTS, "two pci controllers have index 1" },
  { "bridge-on-itself", "pc",
    "<controller type='pci' index='1' model='pci-bridge'>" AT ("bus='1' slot='2'") "</controller>",
    ROOST_ERROR_INVALID_XML, "lower number" },
  { "drive-twice", "pc",
    "<disk type='file'><target dev='sda'/><address type='drive' unit='3'/></disk>"
    "<disk type='file'><target dev='sdd'/></disk>",
    ROOST_ERROR_EXISTS, "drive address" },
  { "drive-controller", "pc",
    "<disk type='file'><target dev='sda'/><address type='drive' controller='4000000000'/></disk>",
    ROOST_ERROR_INVALID_XML, "out of range" },
  { "port-twice", "pc",
    "<channel type='spicevmc'><target type='virtio' name='a'/>"
    "<address type='virtio-serial' port='2'/></channel>"
    "<channel type='spicevmc'><target type='virtio' name='b'/>"
    "<address type='virtio-serial' port='2'/></channel>",
    ROOST_ERROR_EXISTS, "virtio-serial address" },
  { "usb-without-controller", "pc", NO_USB TABLET, ROOST_ERROR_INVALID_XML, "no USB controller" },
  { "usb-port-range", "pc",
    "<input type='tablet' bus='usb'><address type='usb' bus='0' port='3'/></input>",
    ROOST_ERROR_INVALID_XML, "there are 2 ports" },
  { "usb-no-hub", "pc",
    "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1.1'/></input>",
    ROOST_ERROR_INVALID_XML, "there is no hub at port 1" },
  { "machine", "no-such-thing", "", ROOST_ERROR_NOT_SUPPORTED, "no machine type" },
  { "two-targets", "pc", IDE ("hda") IDE ("hda"), ROOST_ERROR_EXISTS, "target 'hda'" },
};

static void
test_refusal (gconstpointer data)
{
  const Refusal *r = data;
  g_autoptr (RoostFacts) facts = test_facts_x86 ();
  g_autoptr (RoostDomainConfig) config = test_config_new ("x86_64", r->machine, r->devices);
  g_autoptr (GError) error = NULL;

  g_assert_false (test_complete (config, facts, &error));
  g_assert_error (error, ROOST_ERROR, r->code);
  g_assert_nonnull (strstr (error->message, r->text));
}

/* --- anything goes: no place twice, and a second run changes nothing --- */

static const char *const parts[] = {
  NET,
  E1000,
  TABLET,
  CHANNEL,
  "<interface type='user'><model type='e1000e'/></interface>",
  "<controller type='scsi' model='virtio-scsi'/>",
  "<controller type='pci' model='pcie-root-port'/>",
  "<controller type='usb' model='ich9-uhci1'/>",
  "<controller type='usb' model='ich9-ehci1'/>",
  "<controller type='usb' model='qemu-xhci'/>",
  "<video><model type='virtio'/></video>",
  "<sound model='ich9'/>",
  "<sound model='ich6'/>",
  "<rng model='virtio'><backend model='random'/></rng>",
  "<input type='keyboard' bus='virtio'/>",
  "<filesystem type='mount'><source dir='/a'/><target dir='b'/></filesystem>",
  "<watchdog model='i6300esb'/>",
  "<smartcard mode='host'/>",
  "<redirdev bus='usb' type='spicevmc'/>",
};

static char *
random_devices (GRand *rand, gboolean is_q35)
{
  GString *out = g_string_new (NULL);
  guint n = g_rand_int_range (rand, 0, 40);

  for (guint i = 0; i < n; i++)
    {
      const char *part = parts[g_rand_int_range (rand, 0, G_N_ELEMENTS (parts))];

      if (is_q35 || strstr (part, "pcie") == NULL)
        g_string_append (out, part);
    }
  for (guint i = 0; i < n / 4; i++)
    {
      static const RoostDiskBus buses[] = { ROOST_DISK_BUS_SCSI, ROOST_DISK_BUS_VIRTIO,
                                            ROOST_DISK_BUS_SATA };
      RoostDiskBus bus = buses[i % 3];
      g_autofree char *name = roost_disk_target_name (bus, i);

      g_string_append_printf (out,
                              "<disk type='file'><source file='/%u'/><target dev='%s' "
                              "bus='%s'/></disk>",
                              i, name, roost_disk_bus_names[bus]);
    }
  return g_string_free (out, FALSE);
}

static void
assert_no_collisions (const RoostDomainConfig *config)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GArray) refs = roost_devices_list (config);
  const RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    {
      const RoostAddress *address = ref->info->address;
      const char *bus = ref->kind == ROOST_DEVICE_DISK ? roost_disk_bus_names[ref->disk->bus] : "";
      g_autofree char *text = text_of (address);

      /* a first function says "+" when others follow; the place is the same */
      if (address != NULL && address->type != ROOST_ADDRESS_TYPE_CCID)
        g_assert_true (
            g_hash_table_add (seen, g_strconcat (bus, g_strdelimit (text, "+", '\0'), NULL)));
    }
}

/* A card of the host that is no PCI Express goes where conventional cards go. */
static void
test_host_pci (void)
{
  static const struct
  {
    gboolean is_express;
    const char *model;
  } buses[] = { { TRUE, "pcie-root-port" }, { FALSE, "pcie-to-pci-bridge" } };

  for (guint i = 0; i < G_N_ELEMENTS (buses); i++)
    {
      g_autoptr (RoostFacts) facts = test_facts_x86 ();
      g_autoptr (RoostDomainConfig) config = test_config_new (
          "x86_64", "q35",
          "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='6' slot='2' "
          "function='1'/></source></hostdev>");
      g_autoptr (GError) error = NULL;
      const RoostHostdev *hostdev;
      RoostHostPciFacts *host = g_new0 (RoostHostPciFacts, 1);
      const RoostController *controller;
      guint n = 0;

      host->is_express = buses[i].is_express;
      facts->host_pci = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      g_hash_table_insert (facts->host_pci, g_strdup ("0000:06:02.1"), host);
      test_complete (config, facts, &error);
      g_assert_no_error (error);
      hostdev = config->devices.hostdevs->pdata[0];
      ROOST_LIST_EACH (const RoostController, controller, config->devices.controllers)
        if (controller->type == ROOST_CONTROLLER_TYPE_PCI
            && controller->index.value == (gint64)hostdev->info.address->bus.value)
          {
            g_assert_cmpstr (roost_controller_model_names[controller->model], ==, buses[i].model);
            n++;
          }
      g_assert_cmpuint (n, ==, 1);
    }
}

static void
test_random (void)
{
  g_autoptr (RoostFacts) facts = test_facts_x86 ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (g_test_rand_int ());

  for (guint i = 0; i < 300; i++)
    {
      gboolean is_q35 = i % 2 == 0;
      g_autofree char *devices = random_devices (rand, is_q35);
      g_autoptr (RoostDomainConfig) config =
          test_config_new ("x86_64", is_q35 ? "q35" : "pc", devices);
      g_autofree char *once = NULL;
      g_autofree char *twice = NULL;
      g_autoptr (GError) error = NULL;

      test_complete (config, facts, &error);
      g_assert_no_error (error);
      assert_no_collisions (config);
      once = roost_domain_config_format (config, 0);
      test_complete (config, facts, &error);
      g_assert_no_error (error);
      twice = roost_domain_config_format (config, 0);
      g_assert_cmpstr (once, ==, twice);
    }
}

static void
test_target_names (void)
{
  static const char *const bad[] = { "", "sd", "sdA", "xda", "sda/", "vda1x", "sdzzzzzzzz" };

  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *name = roost_disk_target_name (ROOST_DISK_BUS_VIRTIO, i);

      g_assert_cmpint (roost_disk_target_index (name), ==, i);
    }
  g_assert_cmpint (roost_disk_target_index ("sdaa"), ==, 26);
  g_assert_cmpint (roost_disk_target_index ("xvdb3"), ==, 1);
  g_assert_cmpint (roost_disk_target_index (NULL), ==, -1);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_cmpint (roost_disk_target_index (bad[i]), ==, -1);
}

static void
test_ccw (void)
{
  static const char *const machines[] = { "s390-ccw-virtio-7.2=s390-ccw-virtio", NULL };
  static const char *const types[] = { "zpci", "virtio-blk-pci.disable-legacy", NULL };
  g_autoptr (RoostFacts) facts = test_facts_new ("s390x", machines, types);
  g_autoptr (RoostDomainConfig) config =
      test_config_new ("s390x", "s390-ccw-virtio",
                       "<disk type='file'><source file='/a'/><target dev='vda'/></disk>"
                       "<disk type='file'><source file='/b'/><target dev='vdb'/>"
                       "<address type='ccw' cssid='0xfe' ssid='0' devno='0'/></disk>"
                       "<interface type='user'><address type='pci'/></interface>");
  g_autoptr (GError) error = NULL;
  g_autofree char *disks = NULL;
  g_autofree char *nets = NULL;

  test_complete (config, facts, &error);
  g_assert_no_error (error);
  disks = texts_of (config, ROOST_DEVICE_DISK);
  nets = texts_of (config, ROOST_DEVICE_INTERFACE);
  g_assert_cmpstr (disks, ==, "ccw fe.0.0001; ccw fe.0.0000");
  g_assert_cmpstr (nets, ==, "00:01.0");
}

static void
add_table_tests (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/address/places/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = g_strconcat ("/address/refused/", refusals[i].name, NULL);

      g_test_add_data_func (path, &refusals[i], test_refusal);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_table_tests ();
  g_test_add_func ("/address/host-pci", test_host_pci);
  g_test_add_func ("/address/random", test_random);
  g_test_add_func ("/address/target-names", test_target_names);
  g_test_add_func ("/address/ccw", test_ccw);
  return g_test_run ();
}
