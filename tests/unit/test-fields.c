/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "fields-sample.h"

#define QEMU_URI "http://example.org/qemu/1.0"

static Machine *
read_machine (const char *text, RoostIssues *issues, GError **error)
{
  return roost_type_parse_text (&machine_type, "machine", text, issues, error);
}

static char *
write_machine (const Machine *machine, guint flags)
{
  GString *out = g_string_new (NULL);

  roost_type_format (&machine_type, machine, "machine", flags, 0, out);
  return g_string_free (out, FALSE);
}

/* Reads @in without a complaint, and expects @out, which must read to itself. */
static void
assert_formats (const char *in, const char *out)
{
  const char *texts[] = { in, out };

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RoostIssues) issues = roost_issues_new ();
      Machine *machine = read_machine (texts[i], issues, &error);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      text = write_machine (machine, ROOST_FORMAT_SECRETS | ROOST_FORMAT_LIVE);
      g_assert_cmpstr (text, ==, out);
      if (roost_issues_length (issues) > 0)
        g_error ("%s", roost_issues_get (issues, 0)->message);
      roost_type_free (&machine_type, machine);
    }
}

/* The document that has all of it, as it is formatted. */
static const char whole[] = "<machine id='7' xmlns:a='urn:a' xmlns:qemu='" QEMU_URI "'>\n"
                            "  <name>one</name>\n"
                            "  <uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>\n"
                            "  <title>a &lt;b&gt; &amp; 'c'</title>\n"
                            "  <metadata><a:x>1</a:x></metadata>\n"
                            "  <memory unit='KiB'>2048</memory>\n"
                            "  <pages size='4' unit='k'/>\n"
                            "  <cpus cpuset='0-1,3'>4</cpus>\n"
                            "  <mac address='52:54:00:0a:0b:0c'/>\n"
                            "  <nice>-5</nice>\n"
                            "  <features>\n"
                            "    <acpi state='no'/>\n"
                            "  </features>\n"
                            "  <password>secret</password>\n"
                            "  <state>running</state>\n"
                            "  <service>tcp/22</service>\n"
                            "  <devices>\n"
                            "    <device type='disk'>\n"
                            "      <source file='/a&apos;b'>\n"
                            "        <backing>\n"
                            "          <backing file='/base'/>\n"
                            "        </backing>\n"
                            "      </source>\n"
                            "      <source2>\n"
                            "        <host weight='-1'>first</host>\n"
                            "        <host>second</host>\n"
                            "      </source2>\n"
                            "      <target dev='vda'/>\n"
                            "      <readonly/>\n"
                            "      <driver vectors='3' iommu='on'/>\n"
                            "      <alias name='disk0'/>\n"
                            "      <address type='pci' slot='0x1f'/>\n"
                            "    </device>\n"
                            "    <device type='net'>\n"
                            "      <target bus='virtio'/>\n"
                            "      <address type='usb' port='1'/>\n"
                            "    </device>\n"
                            "    <device/>\n"
                            "  </devices>\n"
                            "  <qemu:commandline>\n"
                            "    <qemu:arg value='-x'/>\n"
                            "    <qemu:arg value=''/>\n"
                            "  </qemu:commandline>\n"
                            "  <a:thing/><a:other at='1'/>\n"
                            "</machine>\n";

static void
test_whole (void)
{
  g_autoptr (GError) error = NULL;
  Machine *machine = read_machine (whole, NULL, &error);
  const Device *device;

  g_assert_no_error (error);
  g_assert_cmpstr (machine->name, ==, "one");
  g_assert_cmpstr (machine->title, ==, "a <b> & 'c'");
  g_assert_cmpstr (machine->metadata, ==, "<metadata><a:x>1</a:x></metadata>");
  g_assert_cmpuint (machine->memory.value, ==, 2048 * 1024);
  g_assert_cmpuint (machine->page.value, ==, 4096);
  g_assert_cmpuint (machine->cpus.value, ==, 4);
  g_assert_cmpuint (roost_bitmap_count (machine->cpuset), ==, 3);
  g_assert_cmpint (machine->nice.value, ==, -5);
  g_assert_cmpint (machine->acpi, ==, ROOST_NO);
  g_assert_cmpuint (machine->service.port, ==, 22);
  g_assert_cmpuint (machine->devices->len, ==, 3);
  g_assert_cmpuint (machine->position.line, ==, 1);
  device = machine->devices->pdata[0];
  g_assert_cmpuint (device->position.line, ==, 18);
  g_assert_cmpuint (device->position.column, ==, 5);
  g_assert_cmpstr (device->target, ==, "vda");
  g_assert_true (device->is_readonly);
  g_assert_cmpuint (device->virtio.vectors.value, ==, 3);
  g_assert_cmpuint (device->common.address->slot.value, ==, 31);
  g_assert_cmpstr (device->source->backing->backing->file, ==, "/base");
  g_assert_cmpuint (device->source->backing->backing->position.line, ==, 21);
  roost_type_free (&machine_type, machine);
  assert_formats (whole, whole);
}

static void
test_kinds (void)
{
  static const struct
  {
    const char *in;
    const char *out; /* NULL: the same */
  } cases[] = {
    { "<title>t</title>", NULL },
    { "<title/>", "" },
    { "<title></title><nice> </nice>", "" },
    { "<title>  two\n lines </title>", NULL },
    { "<title>a<!-- c -->b<![CDATA[<&]]>c</title>", "<title>ab&lt;&amp;c</title>" },
    { "<title>&#13;&#10;&#x41;&quot;</title>", "<title>&#13;\nA\"</title>" },
    { "<uuid> C7A5FDBDEDAF9455926AD65C16DB1809 </uuid>",
      "<uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>" },
    { "<memory unit='b'>1025</memory>", "<memory unit='KiB'>2</memory>" },
    { "<memory unit='KB'>3</memory>", "<memory unit='KiB'>3</memory>" },
    { "<memory>7</memory>", "<memory unit='KiB'>7</memory>" },
    { "<memory unit='GiB'>\n 0x2\n</memory>", "<memory unit='KiB'>2097152</memory>" },
    { "<memory unit='mb'>1</memory>", "<memory unit='KiB'>977</memory>" },
    { "<memory unit='TiB'>1024</memory>", "<memory unit='KiB'>1099511627776</memory>" },
    { "<memory unit='bytes'>1024</memory>", "<memory unit='KiB'>1</memory>" },
    { "<pages size='2' unit='M'/>", "<pages size='2048' unit='k'/>" },
    { "<cpus>0x10</cpus>", "<cpus>16</cpus>" },
    { "<cpus>18446744073709551615</cpus>", NULL },
    { "<cpus cpuset='3,2,1'/>", "<cpus cpuset='1-3'/>" },
    { "<mac address='52:54:0:A:b:C'/>", "<mac address='52:54:00:0a:0b:0c'/>" },
    { "<nice>-9223372036854775808</nice>", NULL },
    { "<features><acpi state='yes'/></features>",
      "<features>\n    <acpi state='yes'/>\n  </features>" },
    { "<features/><service>tcp/1</service>", "<service>tcp/1</service>" },
    { "<devices/>", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *body = cases[i].out != NULL ? cases[i].out : cases[i].in;
      g_autofree char *in = g_strdup_printf ("<machine><name>n</name>%s</machine>", cases[i].in);
      g_autofree char *out =
          g_strdup_printf ("<machine>\n  <name>n</name>\n%s%s%s</machine>\n",
                           body[0] != '\0' ? "  " : "", body, body[0] != '\0' ? "\n" : "");

      assert_formats (in, out);
    }
}

static void
test_escapes_of_attributes (void)
{
  assert_formats (
      "<machine><name>n</name><devices><device>"
      "<source file=\"&amp;#38;&#38;&lt;&gt;&amp;'&quot;&#10;&#9;&#13;\"/></device></devices>"
      "</machine>",
      "<machine>\n"
      "  <name>n</name>\n"
      "  <devices>\n"
      "    <device>\n"
      "      <source file='&amp;#38;&amp;&lt;&gt;&amp;&apos;&quot;&#10;&#9;&#13;'/>\n"
      "    </device>\n"
      "  </devices>\n"
      "</machine>\n");
}

static void
test_what_xml_cannot_hold (void)
{
  Machine machine = { .name = (char *)"a\x01"
                                      "b\xef\xbf\xbf\xef\xbf\xbd"
                                      "c" };
  g_autofree char *text = write_machine (&machine, 0);
  g_autoptr (GError) error = NULL;
  Machine *again = read_machine (text, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (again->name, ==,
                   "a\xef\xbf\xbd"
                   "b\xef\xbf\xbd\xef\xbf\xbd"
                   "c");
  roost_type_free (&machine_type, again);
}

/* Elements of other namespaces come back byte for byte. */
static void
test_kept_bytes (void)
{
  static const char *const raws[] = {
    "<metadata/>",
    "<metadata  a = \"1'\"\n/>",
    "<metadata>\n <!-- <c> --> <![CDATA[</metadata>]]>&#10;&lt;<?pi <x> ?>\r\n\t</metadata >",
    "<metadata><x xmlns='urn:x'><y xmlns=''/></x></metadata>",
    "<metadata><q:x xmlns:q='urn:q' q:a=\"&quot;\"/>\xc3\xa4</metadata>",
    "<metadata><metadata></metadata><metadata><b/></metadata></metadata>",
  };

  for (guint i = 0; i < G_N_ELEMENTS (raws); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *in = g_strdup_printf ("<machine>%s<name>n</name></machine>", raws[i]);
      g_autofree char *again = NULL;
      g_autofree char *text = NULL;
      Machine *machine = read_machine (in, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (machine->metadata, ==, raws[i]);
      text = write_machine (machine, 0);
      roost_type_free (&machine_type, machine);
      machine = read_machine (text, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (machine->metadata, ==, raws[i]);
      again = write_machine (machine, 0);
      g_assert_cmpstr (text, ==, again);
      roost_type_free (&machine_type, machine);
    }
}

static void
test_namespaces (void)
{
  /* The prefix is the document's own business, and an unused declaration goes. */
  assert_formats ("<machine xmlns:q='" QEMU_URI "'><name>n</name>"
                  "<q:commandline><q:arg value='1'/></q:commandline></machine>",
                  "<machine xmlns:qemu='" QEMU_URI "'>\n"
                  "  <name>n</name>\n"
                  "  <qemu:commandline>\n"
                  "    <qemu:arg value='1'/>\n"
                  "  </qemu:commandline>\n"
                  "</machine>\n");
  assert_formats ("<machine xmlns:qemu='" QEMU_URI "'><name>n</name></machine>",
                  "<machine>\n  <name>n</name>\n</machine>\n");
  /* … but not when an element that is kept needs it. */
  assert_formats ("<machine xmlns:qemu='" QEMU_URI "' xmlns:b='urn:b'><name>n</name>"
                  "<qemu:other/><b:x/></machine>",
                  "<machine xmlns:qemu='" QEMU_URI "' xmlns:b='urn:b'>\n"
                  "  <name>n</name>\n"
                  "  <qemu:other/><b:x/>\n"
                  "</machine>\n");
  assert_formats ("<machine xmlns:q='" QEMU_URI "'><name>n</name><metadata><q:x/></metadata>"
                  "<q:commandline><q:arg value='1'/></q:commandline></machine>",
                  "<machine xmlns:q='" QEMU_URI "' xmlns:qemu='" QEMU_URI "'>\n"
                  "  <name>n</name>\n"
                  "  <metadata><q:x/></metadata>\n"
                  "  <qemu:commandline>\n"
                  "    <qemu:arg value='1'/>\n"
                  "  </qemu:commandline>\n"
                  "</machine>\n");
  /* An element with a default namespace of its own. */
  assert_formats ("<machine><name>n</name><x xmlns='urn:x'><y/></x><name xmlns='urn:x'/></machine>",
                  "<machine>\n"
                  "  <name>n</name>\n"
                  "  <x xmlns='urn:x'><y/></x><name xmlns='urn:x'/>\n"
                  "</machine>\n");
}

/* A machine that stands inside another document takes along what was declared around it. */
static void
test_namespaces_from_outside (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostXml) xml = roost_xml_parse (
      "<o xmlns:a='urn:&amp;a' xmlns:b='urn:b' xmlns:c='urn:c'><machine xmlns:b='urn:b2'>"
      "<name>n</name><metadata><a:x/><b:y/></metadata><a:z xmlns:a='urn:a2'/></machine></o>",
      -1, NULL, &error);
  g_autofree char *text = NULL;
  Machine *machine;

  g_assert_no_error (error);
  machine = roost_type_parse (&machine_type, xml,
                              roost_xml_node_child (roost_xml_root (xml), "machine"), NULL, &error);
  g_assert_no_error (error);
  text = write_machine (machine, 0);
  g_assert_cmpstr (text, ==,
                   "<machine xmlns:b='urn:b2'>\n"
                   "  <name>n</name>\n"
                   "  <metadata xmlns:a='urn:&amp;a'><a:x/><b:y/></metadata>\n"
                   "  <a:z xmlns:a='urn:a2'/>\n"
                   "</machine>\n");
  roost_type_free (&machine_type, machine);
}

static void
test_flags (void)
{
  Machine machine = {
    .name = (char *)"n", .id = (char *)"1", .password = (char *)"p", .state = (char *)"s"
  };
  g_autofree char *plain = write_machine (&machine, 0);
  g_autofree char *secrets = write_machine (&machine, ROOST_FORMAT_SECRETS);
  g_autofree char *live = write_machine (&machine, ROOST_FORMAT_LIVE);

  g_assert_cmpstr (plain, ==, "<machine>\n  <name>n</name>\n</machine>\n");
  g_assert_cmpstr (secrets, ==,
                   "<machine>\n  <name>n</name>\n  <password>p</password>\n</machine>\n");
  g_assert_cmpstr (live, ==,
                   "<machine id='1'>\n  <name>n</name>\n  <state>s</state>\n</machine>\n");
}

static void
test_forget (void)
{
  g_autoptr (GError) error = NULL;
  Machine *machine = read_machine (whole, NULL, &error);
  const Device *device;

  g_assert_no_error (error);
  roost_type_forget (&machine_type, machine, ROOST_FIELD_OUTPUT | ROOST_FIELD_LIVE);
  device = machine->devices->pdata[0];
  g_assert_null (machine->id);
  g_assert_null (machine->state);
  g_assert_null (device->common.alias);
  g_assert_cmpstr (device->target, ==, "vda");
  g_assert_cmpstr (machine->password, ==, "secret");
  roost_type_forget (&machine_type, machine, ROOST_FIELD_ABI);
  g_assert_null (machine->devices);
  g_assert_false (machine->memory.is_set);
  roost_type_clear (&machine_type, machine);
  g_assert_null (machine->name);
  roost_type_free (&machine_type, machine);
  roost_type_free (&machine_type, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fields/whole", test_whole);
  g_test_add_func ("/fields/kinds", test_kinds);
  g_test_add_func ("/fields/escapes-of-attributes", test_escapes_of_attributes);
  g_test_add_func ("/fields/what-xml-cannot-hold", test_what_xml_cannot_hold);
  g_test_add_func ("/fields/kept-bytes", test_kept_bytes);
  g_test_add_func ("/fields/namespaces", test_namespaces);
  g_test_add_func ("/fields/namespaces-from-outside", test_namespaces_from_outside);
  g_test_add_func ("/fields/flags", test_flags);
  g_test_add_func ("/fields/forget", test_forget);
  return g_test_run ();
}
