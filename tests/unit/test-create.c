/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "ctl/create.h"
#include "ctl/ctl.h"

#include <crypt.h>
#include <string.h>

/* A binary: where @has_efi, @cpu is a mode that it has, @buses are separated by blanks, and the
 * user network is by @backend, NULL: "default". */
typedef struct
{
  const char *type, *arch, *machine, *cpu, *buses;
  gboolean has_efi;
  const char *backend;
} Binary;

static const Binary x86 = { "kvm", "x86_64", "pc-q35-7.2", "host-passthrough", "virtio sata usb",
                            TRUE };

#define REST                                                                                       \
  "<graphics><enum name='type'><value>vnc</value></enum></graphics>"                               \
  "<video><enum name='modelType'><value>vga</value><value>virtio</value></enum></video>"           \
  "<rng><enum name='model'><value>virtio</value></enum></rng>"                                     \
  "<channel><enum name='type'><value>unix</value></enum></channel>"

static CtlCaps *
caps_of (const Binary *binary)
{
  g_auto (GStrv) buses = g_strsplit (binary->buses, " ", -1);
  g_autofree char *values = g_strjoinv ("</value><value>", buses);
  g_autofree char *xml = g_strdup_printf (
      "<domainCapabilities><domain>%s</domain>\n<arch> %s </arch><machine>%s</machine>"
      "<os><enum name='firmware'>%s</enum></os>"
      "<cpu><mode name='%s' supported='yes'/><mode name='x' supported='no'/></cpu>"
      "<devices><disk><enum name='bus'><value>%s</value></enum></disk>"
      "<interface><enum name='backendType'><value>%s</value></enum></interface>" REST
      "</devices></domainCapabilities>",
      binary->type, binary->arch, binary->machine, binary->has_efi ? "<value>efi</value>" : "",
      binary->cpu, values, binary->backend != NULL ? binary->backend : "default");
  g_autoptr (GError) error = NULL;
  CtlCaps *caps = ctl_caps_new (xml, &error);

  g_assert_no_error (error);
  return caps;
}

static CtlGuest *
small_guest (void)
{
  CtlGuest *guest = ctl_guest_new ();
  CtlGuestDisk *disk = ctl_guest_add_disk (guest);

  guest->name = g_strdup ("a<b&'\"c");
  guest->uuid = g_strdup ("00000000-0000-4000-8000-000000000001");
  guest->memory = 1 << 30;
  guest->vcpus = 2;
  disk->pool = g_strdup ("default");
  disk->volume = g_strdup ("a<b.qcow2");
  disk->format = g_strdup ("qcow2");
  return guest;
}

static char *
xml_of (CtlGuest *guest, const Binary *binary)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CtlCaps) caps = caps_of (binary);
  char *xml = ctl_guest_to_xml (guest, caps, &error);

  g_assert_no_error (error);
  return xml;
}

#define has(text, part)                                                                            \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if (strstr (text, part) == NULL)                                                               \
      g_error ("no %s in %s", part, text);                                                         \
  }                                                                                                \
  G_STMT_END
#define lacks(text, part) g_assert_null (strstr (text, part))

/* --- capabilities --- */

static void
test_caps (void)
{
  g_autoptr (CtlCaps) caps = caps_of (&x86);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (ctl_caps_get (caps, "arch"), ==, "x86_64");
  g_assert_cmpstr (ctl_caps_get (caps, "nothing"), ==, "");
  g_assert_true (ctl_caps_has (caps, "devices/disk", "bus", "sata"));
  g_assert_false (ctl_caps_has (caps, "devices/disk", "bus", "ide"));
  g_assert_false (ctl_caps_has (caps, "devices/rng", "bus", "sata"));
  g_assert_true (ctl_caps_has_cpu_mode (caps, "host-passthrough"));
  g_assert_false (ctl_caps_has_cpu_mode (caps, "x"));
  g_assert_null (ctl_caps_new ("<capabilities/>", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_XML);
  g_clear_error (&error);
  g_assert_null (ctl_caps_new ("", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_XML);
}

/* --- domains --- */

static void
test_guest (void)
{
  g_autoptr (CtlGuest) guest = small_guest ();
  g_autofree char *xml = xml_of (guest, &x86);

  has (xml, "<domain type=\"kvm\">");
  has (xml, "<name>a&lt;b&amp;'&quot;c</name>");
  has (xml, "volume=\"a&lt;b.qcow2\"");
  has (xml, "<type arch=\"x86_64\" machine=\"pc-q35-7.2\">hvm</type>");
  has (xml, "<cpu mode=\"host-passthrough\"/>");
  has (xml, "<target dev=\"vda\" bus=\"virtio\"/>");
  has (xml, "<interface type=\"user\">");
  has (xml, "org.qemu.guest_agent.0");
  has (xml, "<rng model=\"virtio\">");
  lacks (xml, "firmware");
  lacks (xml, "<graphics");
  lacks (xml, "<backend type");
}

static void
test_no_slirp (void)
{
  Binary binary = x86;
  g_autoptr (CtlGuest) guest = small_guest ();
  g_autofree char *xml = NULL;

  binary.backend = "passt";
  xml = xml_of (guest, &binary);
  has (xml, "<backend type=\"passt\"/>");
}

static void
test_guest_installs (void)
{
  g_autoptr (CtlGuest) guest = small_guest ();
  CtlGuestDisk *cd = ctl_guest_add_disk (guest), *seed = ctl_guest_add_disk (guest);
  const char *networks[] = { "bridge=br7", "network", "none", NULL };
  g_autofree char *xml = NULL;

  cd->file = g_strdup ("/a & b.iso");
  cd->is_cdrom = cd->is_readonly = TRUE;
  seed->pool = g_strdup ("p");
  seed->volume = g_strdup ("s");
  seed->is_readonly = TRUE;
  cd->format = g_strdup ("raw");
  seed->format = g_strdup ("raw");
  g_ptr_array_insert (guest->disks, 0, g_ptr_array_steal_index (guest->disks, 1));
  guest->is_installing = TRUE;
  guest->firmware = g_strdup ("secure");
  guest->networks = g_strdupv ((char **)networks);
  xml = xml_of (guest, &x86);
  has (xml, "<source file=\"/a &amp; b.iso\"/>\n      <target dev=\"sda\" bus=\"sata\"/>\n      "
            "<readonly/>\n      <boot order=\"1\"/>");
  has (xml, "<target dev=\"vda\" bus=\"virtio\"/>\n      <boot order=\"2\"/>");
  has (xml, "<target dev=\"vdb\" bus=\"virtio\"/>\n      <readonly/>\n    </disk>");
  has (xml, "<feature enabled=\"yes\" name=\"enrolled-keys\"/>");
  has (xml, "<smm state=\"on\"/>");
  has (xml, "<source bridge=\"br7\"/>");
  has (xml, "<source network=\"default\"/>");
  has (xml, "<graphics type=\"vnc\">");
  has (xml, "<listen type=\"none\"/>");
  has (xml, "<input type=\"tablet\" bus=\"usb\"/>");
  lacks (xml, "type=\"user\"");
}

static void
test_other_machines (void)
{
  g_autoptr (CtlGuest) guest = small_guest ();
  const Binary virt = { "qemu", "aarch64", "virt-7.2", "maximum", "scsi virtio", TRUE };
  const Binary s390 = { "qemu", "s390x", "s390-ccw-virtio", "custom", "virtio", FALSE };
  const Binary isa = { "qemu", "x86_64", "isapc", "custom", "ide", FALSE };
  g_autofree char *arm = xml_of (guest, &virt);
  g_autofree char *mainframe = xml_of (guest, &s390);
  g_autofree char *old = xml_of (guest, &isa);

  has (arm, "<os firmware=\"efi\">");
  has (arm, "<cpu mode=\"maximum\"/>");
  lacks (arm, "<apic");
  has (mainframe, "<target type=\"sclp\"/>");
  lacks (mainframe, "<cpu");
  lacks (mainframe, "<acpi");
  has (old, "<target dev=\"hda\" bus=\"ide\"/>");
  has (old, "<memballoon model=\"none\"/>");
  lacks (old, "guest_agent");
}

/* One field of the guest that is wrong, and what is said of it. */
static void
check_refused (const char *firmware, const char *graphics, const char *network, const char *wanted)
{
  const char *networks[] = { network, NULL };
  g_autoptr (CtlGuest) guest = small_guest ();
  const Binary pc = { "qemu", "x86_64", "pc", "maximum", "virtio", FALSE };
  g_autoptr (CtlCaps) caps = caps_of (&pc);
  g_autoptr (GError) error = NULL;

  guest->firmware = g_strdup (firmware);
  guest->graphics = g_strdup (graphics);
  guest->networks = network != NULL ? g_strdupv ((char **)networks) : NULL;
  g_assert_null (ctl_guest_to_xml (guest, caps, &error));
  g_assert_nonnull (error);
  has (error->message, wanted);
}

static void
test_guests_refused (void)
{
  check_refused ("coreboot", NULL, NULL, "bios, uefi or secure");
  check_refused ("uefi", NULL, NULL, "package ovmf");
  check_refused (NULL, "x11", NULL, "vnc, spice or none");
  check_refused (NULL, "spice", NULL, "no spice display");
  check_refused (NULL, NULL, "nat", "'nat' is no network");
  check_refused (NULL, NULL, "user=me", "'user=me' is no network");
  check_refused (NULL, NULL, "direct", "'direct' is no network");
  check_refused (NULL, NULL, "", "'' is no network");
}

static void
test_storage_documents (void)
{
  g_autofree char *plain = ctl_volume_to_xml ("a&b", 42, "raw", NULL, NULL);
  g_autofree char *above = ctl_volume_to_xml ("x", 1, "qcow2", "/p/<b>", "raw");
  g_autofree char *pool = ctl_pool_to_xml ("default", "/home/a&b/images");

  has (plain, "<name>a&amp;b</name>");
  has (plain, "<capacity unit=\"bytes\">42</capacity>");
  lacks (plain, "backingStore");
  has (above, "<path>/p/&lt;b&gt;</path>");
  has (above, "<format type=\"raw\"/>");
  has (pool, "<path>/home/a&amp;b/images</path>");
}

/* --- cloud-init --- */

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE0x a \"quoted\" \\ name: {x} # ü"

static JsonObject *
parse_cloud_config (const char *text, JsonParser *parser)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (g_str_has_prefix (text, "#cloud-config\n{"));
  json_parser_load_from_data (parser, strchr (text, '\n'), -1, &error);
  g_assert_no_error (error);
  return json_node_get_object (json_parser_get_root (parser));
}

static void
test_user_data (void)
{
  const char *const keys[] = { KEY, NULL };
  CtlCloud cloud = { .user = "ann", .password_hash = "$6$x$y", .keys = keys };
  g_autofree char *text = ctl_cloud_user_data (&cloud);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *root = parse_cloud_config (text, parser);
  JsonObject *user =
      json_array_get_object_element (json_object_get_array_member (root, "users"), 0);
  JsonArray *found = json_object_get_array_member (user, "ssh_authorized_keys");

  g_assert_cmpstr (json_object_get_string_member (user, "name"), ==, "ann");
  g_assert_cmpstr (json_object_get_string_member (user, "passwd"), ==, "$6$x$y");
  g_assert_false (json_object_get_boolean_member (user, "lock_passwd"));
  g_assert_cmpstr (json_array_get_string_element (found, 0), ==, KEY);
}

static void
test_user_data_of_image (void)
{
  const char *const keys[] = { KEY, KEY, NULL };
  CtlCloud cloud = { .password_hash = "$6$x$y", .keys = keys };
  CtlCloud none = { 0 };
  g_autofree char *text = ctl_cloud_user_data (&cloud);
  g_autofree char *empty = ctl_cloud_user_data (&none);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *root = parse_cloud_config (text, parser);
  JsonObject *expiry = json_object_get_object_member (root, "chpasswd");

  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (root, "ssh_authorized_keys")), ==, 2);
  g_assert_cmpstr (json_object_get_string_member (root, "password"), ==, "$6$x$y");
  g_assert_false (json_object_get_boolean_member (expiry, "expire"));
  g_assert_false (json_object_has_member (root, "users"));
  root = parse_cloud_config (empty, parser);
  g_assert_cmpuint (json_object_get_size (root), ==, 0);
}

static void
test_meta_data (void)
{
  CtlCloud cloud = { .instance_id = "i-1", .hostname = "web1" };
  g_autofree char *text = ctl_cloud_meta_data (&cloud);

  has (text, "\"instance-id\" : \"i-1\"");
  has (text, "\"local-hostname\" : \"web1\"");
}

static void
test_names (void)
{
  const char *const good_users[] = { "a", "ann", "_x", "web-1_", NULL };
  const char *const bad_users[] = {
    "", "Ann", "1a", "a b", "a\n", "a:b", "ä", "-a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL
  };
  const char *const good_hosts[] = { "a", "web1", "WEB.example.org", "1-2", NULL };
  const char *const bad_hosts[] = { "", ".", "a.", "-a", "a-", "a b", "a_b", "a\n", "ä", NULL };

  for (guint i = 0; good_users[i] != NULL; i++)
    g_assert_true (ctl_cloud_check_user (good_users[i], NULL));
  for (guint i = 0; bad_users[i] != NULL; i++)
    g_assert_false (ctl_cloud_check_user (bad_users[i], NULL));
  for (guint i = 0; good_hosts[i] != NULL; i++)
    g_assert_true (ctl_cloud_check_hostname (good_hosts[i], NULL));
  for (guint i = 0; bad_hosts[i] != NULL; i++)
    g_assert_false (ctl_cloud_check_hostname (bad_hosts[i], NULL));
}

static void
test_hostnames (void)
{
  const struct
  {
    const char *name, *hostname;
  } cases[] = {
    { "web", "web" }, { "My VM (2)", "my-vm-2" }, { "a_b", "a-b" }, { "--x--", "x" },
    { "ü", "guest" }, { "a.b", "a-b" },           { "", "guest" },
  };
  g_autofree char *endless = g_strnfill (300, 'a');
  g_autofree char *cut = ctl_cloud_hostname (endless);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *got = ctl_cloud_hostname (cases[i].name);

      g_assert_cmpstr (got, ==, cases[i].hostname);
      g_assert_true (ctl_cloud_check_hostname (got, NULL));
    }
  g_assert_true (ctl_cloud_check_hostname (cut, NULL));
}

static void
test_keys (void)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  const char *const bad[] = {
    "",          "# nothing\n",     "hello\n",
    KEY "\nx\n", "ssh-rsa short\n", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE0x \x01\n",
    NULL
  };

  g_assert_true (ctl_cloud_read_keys ("# two\r\n\n " KEY " \r\nfrom=\"10.*\" ecdsa-sha2-nistp256 "
                                      "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY= b\n"
                                      "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5 c",
                                      "f", keys, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (keys->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (keys, 0), ==, KEY);
  g_assert_false (
      ctl_cloud_read_keys ("-----BEGIN OPENSSH PRIVATE KEY-----\n", "id", keys, &error));
  has (error->message, "id.pub");
  for (guint i = 0; bad[i] != NULL; i++)
    g_assert_false (ctl_cloud_read_keys (bad[i], "f", keys, NULL));
}

static void
test_passwords (void)
{
  struct crypt_data data = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *hash = ctl_cloud_hash_password ("correct horse", &error);
  g_autofree char *again = ctl_cloud_hash_password ("correct horse", &error);
  g_autofree char *endless = g_strnfill (4096, 'a');

  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (hash, "$6$rounds="));
  g_assert_cmpstr (hash, !=, again);
  g_assert_cmpstr (crypt_r ("correct horse", hash, &data), ==, hash);
  g_assert_cmpstr (crypt_r ("correct hors", hash, &data), !=, hash);
  g_assert_null (ctl_cloud_hash_password ("", &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_ARGUMENT);
  g_assert_null (ctl_cloud_hash_password (endless, NULL));
}

static void
test_own_documents (void)
{
  const char *const good[] = { "#cloud-config\n{}",
                               "#!/bin/sh\n",
                               "#include\n",
                               "MIME-Version: 1.0",
                               "Content-Type: multipart/mixed",
                               "## template: jinja\n#cloud-config",
                               NULL };
  const char *const bad[] = { "", "users: []", "\n#cloud-config", "# cloud-config", NULL };

  for (guint i = 0; good[i] != NULL; i++)
    g_assert_true (ctl_cloud_check_user_data (good[i], NULL));
  for (guint i = 0; bad[i] != NULL; i++)
    g_assert_false (ctl_cloud_check_user_data (bad[i], NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/create/caps", test_caps);
  g_test_add_func ("/create/guest", test_guest);
  g_test_add_func ("/create/no-slirp", test_no_slirp);
  g_test_add_func ("/create/guest-installs", test_guest_installs);
  g_test_add_func ("/create/other-machines", test_other_machines);
  g_test_add_func ("/create/guests-refused", test_guests_refused);
  g_test_add_func ("/create/storage-documents", test_storage_documents);
  g_test_add_func ("/create/user-data", test_user_data);
  g_test_add_func ("/create/user-data-of-image", test_user_data_of_image);
  g_test_add_func ("/create/meta-data", test_meta_data);
  g_test_add_func ("/create/names", test_names);
  g_test_add_func ("/create/hostnames", test_hostnames);
  g_test_add_func ("/create/keys", test_keys);
  g_test_add_func ("/create/passwords", test_passwords);
  g_test_add_func ("/create/own-documents", test_own_documents);
  return g_test_run ();
}
