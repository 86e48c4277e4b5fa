/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "model/domain-types.h"
#include "model/tables.h"

#define DOMAIN(devices)                                                                            \
  "<domain type='kvm'><name>guest</name><uuid>11111111-2222-4333-8444-555555555555</uuid>"         \
  "<memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type></os>"            \
  "<devices>" devices "</devices></domain>"

#define DISK_A                                                                                     \
  "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/>"            \
  "<serial>one</serial></disk>"
#define DISK_B                                                                                     \
  "<disk type='file' device='disk'><source file='/b'/><target dev='vdb' bus='virtio'/></disk>"

static RoostDomainConfig *
parse (const char *xml)
{
  g_autoptr (GError) error = NULL;
  RoostDomainConfig *config = roost_domain_config_parse (xml, NULL, &error);

  g_assert_no_error (error);
  return config;
}

static void
test_getters (void)
{
  g_autoptr (RoostDomainConfig) config = parse (DOMAIN ("<emulator>/usr/bin/qemu</emulator>"));

  g_assert_cmpstr (roost_domain_config_name (config), ==, "guest");
  g_assert_cmpstr (roost_domain_config_uuid (config), ==, "11111111-2222-4333-8444-555555555555");
  g_assert_cmpstr (roost_domain_config_arch (config), ==, "x86_64");
  g_assert_cmpstr (roost_domain_config_emulator (config), ==, "/usr/bin/qemu");
  g_assert_cmpuint (config->memory.value, ==, 64 * 1024 * 1024);
}

static void
assert_stable (const char *xml)
{
  g_autoptr (RoostDomainConfig) first = parse (xml);
  g_autofree char *text = roost_domain_config_format (first, ROOST_FORMAT_SECRETS);
  g_autoptr (RoostDomainConfig) second = parse (text);
  g_autoptr (RoostDomainConfig) copy = roost_domain_config_copy (first);
  g_autofree char *again = roost_domain_config_format (second, ROOST_FORMAT_SECRETS);
  g_autofree char *copied = roost_domain_config_format (copy, ROOST_FORMAT_SECRETS);

  g_assert_cmpstr (text, ==, again);
  g_assert_cmpstr (text, ==, copied);
}

static void
test_round_trip (void)
{
  assert_stable (DOMAIN (DISK_A DISK_B));
  assert_stable (DOMAIN ("<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"
                         "<rng model='virtio'><backend model='egd' type='unix'>"
                         "<source mode='connect' path='/egd'/></backend></rng>"));
  assert_stable (DOMAIN ("<graphics type='vnc' port='-1' autoport='yes' passwd='secret'/>"));
  assert_stable (DOMAIN ("<hostdev mode='subsystem' type='usb'><source><address bus='14' "
                         "device='6'/></source></hostdev><hostdev mode='subsystem' type='pci'>"
                         "<source><address domain='0' bus='14' slot='0x1' function='0x0'/>"
                         "</source></hostdev>"));
}

/* The same attribute means another thing in another kind of device. */
static void
test_only (void)
{
  g_autoptr (RoostDomainConfig) config =
      parse (DOMAIN ("<hostdev type='usb'><source><address bus='14' device='6'/></source></hostdev>"
                     "<hostdev type='pci'><source><address bus='0x14'/></source></hostdev>"));
  const RoostHostdev *usb = config->devices.hostdevs->pdata[0];
  const RoostHostdev *pci = config->devices.hostdevs->pdata[1];
  g_autofree char *text = roost_domain_config_format (config, 0);

  g_assert_cmpuint (usb->usb_bus.value, ==, 14);
  g_assert_false (usb->bus.is_set);
  g_assert_cmpuint (pci->bus.value, ==, 0x14);
  g_assert_nonnull (strstr (text, "<address bus='14' device='6'/>"));
  g_assert_nonnull (strstr (text, "<address bus='0x14'/>"));
}

static void
test_nvram_forms (void)
{
  static const char xml[] =
      "<domain type='kvm'><name>a</name><memory>1024</memory><os><type arch='x86_64'>hvm</type>"
      "<nvram type='file'>\n  <source file='/vars'/>\n</nvram></os></domain>";
  g_autoptr (RoostDomainConfig) config = parse (xml);

  g_assert_null (config->os.nvram);
  g_assert_cmpint (config->os.nvram_source.type, ==, ROOST_SOURCE_TYPE_FILE);
  g_assert_cmpstr (config->os.nvram_source.file, ==, "/vars");
  assert_stable (xml);
}

static void
test_foreign (void)
{
  static const char xml[] =
      "<domain type='kvm' xmlns:x='urn:x'><name>a</name>"
      "<metadata><x:mark  odd=\"spaces\"/><y:z xmlns:y='urn:y'>&#65;</y:z></metadata>"
      "<memory>1024</memory><os><type>hvm</type></os><x:own><x:part/></x:own></domain>";
  g_autoptr (RoostDomainConfig) config = parse (xml);
  g_autofree char *text = roost_domain_config_format (config, 0);

  g_assert_nonnull (strstr (
      text, "<metadata><x:mark  odd=\"spaces\"/><y:z xmlns:y='urn:y'>&#65;</y:z></metadata>"));
  g_assert_nonnull (strstr (text, "<x:own><x:part/></x:own>"));
  assert_stable (xml);
}

static void
test_secrets (void)
{
  g_autoptr (RoostDomainConfig) config = parse (DOMAIN ("<graphics type='vnc' passwd='hush'/>"));
  g_autofree char *open = roost_domain_config_format (config, 0);
  g_autofree char *full = roost_domain_config_format (config, ROOST_FORMAT_SECRETS);

  g_assert_null (strstr (open, "hush"));
  g_assert_nonnull (strstr (full, "passwd='hush'"));
}

static void
test_issues (void)
{
  g_autoptr (RoostIssues) issues = roost_issues_new ();
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (
      DOMAIN ("\n<disk type='file'><target dev='vda' colour='red'/>\n<wheel/></disk>"), issues,
      NULL);

  g_assert_nonnull (config);
  g_assert_cmpuint (roost_issues_length (issues), ==, 2);
  g_assert_cmpint (roost_issues_get (issues, 0)->severity, ==, ROOST_ISSUE_WARNING);
  g_assert_nonnull (strstr (roost_issues_get (issues, 0)->message, "'colour'"));
  g_assert_cmpuint (roost_issues_get (issues, 1)->line, ==, 3);
  g_assert_nonnull (strstr (roost_issues_get (issues, 1)->message, "<wheel>"));
}

static void
assert_refused (const char *xml, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (xml, NULL, &error);

  g_assert_null (config);
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_XML);
  g_assert_nonnull (strstr (error->message, part));
}

static void
test_refused (void)
{
  assert_refused ("<network/>", "<network>");
  assert_refused (DOMAIN ("<disk type='file'/>"), "'dev' of <target>");
  assert_refused (DOMAIN ("<disk type='tape'><target dev='a'/></disk>"), "'tape'");
  assert_refused (DOMAIN ("<interface type='user'><driver queues='-5'/></interface>"), "'-5'");
  assert_refused (DOMAIN ("<interface type='user'><mac address='52:54'/></interface>"), "'52:54'");
  assert_refused (DOMAIN ("<sound model='ac97'><address slot='1'/></sound>"), "'type'");
}

/* --- what the guest sees --- */

static void
assert_same (const char *a, const char *b)
{
  g_autoptr (RoostDomainConfig) config_a = parse (a);
  g_autoptr (RoostDomainConfig) config_b = parse (b);
  g_autoptr (GError) error = NULL;

  g_assert_true (roost_domain_config_same_abi (config_a, config_b, &error));
  g_assert_no_error (error);
}

static void
assert_differ (const char *a, const char *b, const char *part)
{
  g_autoptr (RoostDomainConfig) config_a = parse (a);
  g_autoptr (RoostDomainConfig) config_b = parse (b);
  g_autoptr (GError) error = NULL;

  g_assert_false (roost_domain_config_same_abi (config_a, config_b, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INCOMPATIBLE_GUEST);
  if (strstr (error->message, part) == NULL)
    g_error ("'%s' is not in: %s", part, error->message);
}

static void
test_same_abi (void)
{
  assert_same (DOMAIN (DISK_A DISK_B), DOMAIN (DISK_B DISK_A));
  assert_same (DOMAIN ("<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/>"
                       "<boot order='1'/></disk>"),
               DOMAIN ("<disk type='block'><source dev='/b'/><target dev='vda' bus='virtio'/>"
                       "</disk>"));
  assert_same (DOMAIN (""), DOMAIN ("<graphics type='spice'/>"));
}

static void
test_other_abi (void)
{
  assert_differ (DOMAIN (DISK_A DISK_B), DOMAIN (DISK_B), "'vda'");
  assert_differ (DOMAIN (DISK_B), DOMAIN (DISK_A DISK_B), "would be added");
  assert_differ (DOMAIN (DISK_A),
                 DOMAIN ("<disk type='file'><target dev='vda' bus='virtio'/>"
                         "<serial>two</serial></disk>"),
                 "serial would change from 'one' to 'two'");
  assert_differ (DOMAIN ("<sound model='ac97'/>"), DOMAIN ("<sound model='ich6'/>"),
                 "from 'ac97' to 'ich6'");
  assert_differ (DOMAIN ("<rng model='virtio'><backend model='random'/><address type='pci' "
                         "slot='3'/></rng>"),
                 DOMAIN ("<rng model='virtio'><backend model='random'/><address type='pci' "
                         "slot='4'/></rng>"),
                 "slot would change from '0x03' to '0x04'");
  assert_differ ("<domain type='kvm'><name>a</name><memory>1024</memory>"
                 "<os><type>hvm</type></os></domain>",
                 "<domain type='kvm'><name>a</name><memory>2048</memory>"
                 "<os><type>hvm</type></os></domain>",
                 "memory would change");
}

static void
assert_place (gconstpointer config, const char *name, guint line)
{
  RoostPosition at = { 0, 0 };

  g_assert_cmpint (roost_type_find_place (&roost_domain_type, config, name, &at), ==, line > 0);
  g_assert_cmpuint (at.line, ==, line);
}

static void
test_places (void)
{
  g_autoptr (RoostDomainConfig) config = parse (
      "<domain type='kvm'>\n<name>a</name>\n<memory>1024</memory>\n<os><type>hvm</type>\n"
      "<boot dev='hd'/>\n<boot dev='cdrom'/></os>\n<numatune><memory nodeset='0'/></numatune>"
      "\n<devices>\n<disk><source file='/a'/><target dev='vda'/></disk></devices></domain>");
  g_autoptr (RoostDomainConfig) copy = roost_domain_config_copy (config);

  g_clear_pointer (&config, roost_domain_config_free);
  assert_place (copy, "", 1);
  assert_place (copy, "name", 2);
  assert_place (copy, "memory", 3);
  assert_place (copy, "numatune/memory", 7);
  assert_place (copy, "os/type", 4);
  assert_place (copy, "boot", 5);
  assert_place (copy, "features", 0);
  assert_place (copy, "memory/numatune", 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/domain-config/getters", test_getters);
  g_test_add_func ("/domain-config/round-trip", test_round_trip);
  g_test_add_func ("/domain-config/only", test_only);
  g_test_add_func ("/domain-config/places", test_places);
  g_test_add_func ("/domain-config/nvram-forms", test_nvram_forms);
  g_test_add_func ("/domain-config/foreign", test_foreign);
  g_test_add_func ("/domain-config/secrets", test_secrets);
  g_test_add_func ("/domain-config/issues", test_issues);
  g_test_add_func ("/domain-config/refused", test_refused);
  g_test_add_func ("/domain-config/same-abi", test_same_abi);
  g_test_add_func ("/domain-config/other-abi", test_other_abi);
  return g_test_run ();
}
