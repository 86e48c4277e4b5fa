/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fields-sample.h"

#include <libxml/parser.h>
#include <libxml/relaxng.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlRelaxNGParserCtxt, xmlRelaxNGFreeParserCtxt)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlRelaxNGValidCtxt, xmlRelaxNGFreeValidCtxt)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlRelaxNG, xmlRelaxNGFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)

static void G_GNUC_PRINTF (2, 3) ignore (void *data, const char *format, ...) {}

static xmlRelaxNG *
schema_new (void)
{
  g_autofree char *text = roost_type_to_rng (&machine_type, "machine");
  g_autoptr (xmlRelaxNGParserCtxt) parser = xmlRelaxNGNewMemParserCtxt (text, (int)strlen (text));
  xmlRelaxNG *schema = xmlRelaxNGParse (parser);

  g_test_message ("%s", text);
  g_assert_nonnull (schema);
  return schema;
}

static gboolean
is_valid (xmlRelaxNG *schema, const char *text)
{
  g_autoptr (xmlDoc) document = xmlReadMemory (text, (int)strlen (text), NULL, NULL, 0);
  g_autoptr (xmlRelaxNGValidCtxt) validator = xmlRelaxNGNewValidCtxt (schema);

  g_assert_nonnull (document);
  xmlRelaxNGSetValidErrors (validator, ignore, ignore, NULL);
  return xmlRelaxNGValidateDoc (validator, document) == 0;
}

#define M(body) "<machine><name>n</name>" body "</machine>"
#define D(body) M ("<devices><device>" body "</device></devices>")
#define NS      "xmlns:q='http://example.org/qemu/1.0' xmlns:o='urn:o'"

static void
test_valid (void)
{
  g_autoptr (xmlRelaxNG) schema = schema_new ();
  static const char *const valid[] = {
    M (""),
    "<machine><title>first</title><name>n</name></machine>",
    M ("<memory unit='KiB'>1</memory>"),
    M ("<memory unit='mb'> 0x10 </memory>"),
    M ("<cpus cpuset='0-3,^2,8'>4</cpus>"),
    M ("<cpus cpuset='1'/>"),
    M ("<uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid><mac address='52:54:0:a:b:c'/>"),
    M ("<uuid>c7a5fdbdedaf9455926ad65c16db1809</uuid>"),
    M ("<nice>-5</nice><features><acpi state='yes'/></features><service>tcp/7</service>"),
    M ("<metadata a='1'>any <thing xmlns='urn:x' b='2'/></metadata>"),
    M ("<devices/>"),
    D ("<source><backing file='x'><backing/></backing></source>"),
    D ("<source2><host weight='1'>h</host><host>h</host></source2><readonly/>"),
    D ("<address type='pci' slot='0x1f'/><target dev='a'/><driver vectors='1' iommu='on'/>"),
    "<machine " NS "><name>n</name><q:commandline><q:arg value='1'/></q:commandline></machine>",
    "<machine " NS "><name>n</name><o:x><a/></o:x><q:fish/><o:x/></machine>",
  };

  for (guint i = 0; i < G_N_ELEMENTS (valid); i++)
    if (!is_valid (schema, valid[i]))
      g_error ("should be valid: %s", valid[i]);
}

static void
test_invalid (void)
{
  g_autoptr (xmlRelaxNG) schema = schema_new ();
  static const char *const invalid[] = {
    "<machine/>",
    "<fish><name>n</name></fish>",
    M ("<name>n</name>"),
    M ("<fish/>"),
    M ("text"),
    M ("<cpus fish='1'>1</cpus>"),
    M ("<cpus>x</cpus>"),
    M ("<cpus>0</cpus>"),
    M ("<cpus>-1</cpus>"),
    M ("<memory unit='fish'>1</memory>"),
    M ("<nice>1.5</nice>"),
    M ("<uuid>c7a5fdbd</uuid>"),
    M ("<mac address='52:54'/>"),
    M ("<features><acpi state='maybe'/></features>"),
    M ("<service>udp/7</service>"),
    D ("<address/>"),
    D ("<address type='fish'/>"),
    D ("<address type='pci' slot='32'/>"),
    D ("<driver/>"),
    D ("<readonly>x</readonly>"),
    D ("<source2><host/></source2>"),
    "<machine><name/></machine>",
    "<machine " NS "><name>n</name><q:commandline><arg value='1'/></q:commandline></machine>",
    "<machine " NS "><name>n</name><devices><o:x/></devices></machine>",
  };

  for (guint i = 0; i < G_N_ELEMENTS (invalid); i++)
    if (is_valid (schema, invalid[i]))
      g_error ("should not be valid: %s", invalid[i]);
}

static void
test_manual (void)
{
  g_autofree char *page = roost_type_to_markdown (&machine_type, "machine");

  g_test_message ("%s", page);
  g_assert_true (g_str_has_prefix (page, "# The `<machine>` document\n"));
  g_assert_nonnull (strstr (page, "\n## machine\n\na machine.\n"));
  g_assert_nonnull (strstr (page, "| `name` | text |  | required | unique on the host |\n"));
  g_assert_nonnull (
      strstr (page, "| `cpus` | a number, at least 1 | `1` | seen by the guest |  |\n"));
  g_assert_nonnull (strstr (page, "| `devices/device` | any number of [device](#device) |"));
  g_assert_nonnull (strstr (page, "| (also) | [common](#common) |"));
  g_assert_nonnull (strstr (page, "only with `@type!=usb\\|pci` | its name |\n"));
  g_assert_nonnull (strstr (page, "\n## address\n"));
}

static void
test_defaults (void)
{
  g_autofree char *list = roost_type_to_defaults (&machine_type, "machine");

  g_assert_cmpstr (list, ==,
                   "# where\tdefault\tonly with\n"
                   "machine/cpus\t1\t\n"
                   "machine/features/acpi/@state\tyes\t\n"
                   "machine/devices/device/@type\tdisk\t\n"
                   "machine/devices/device/driver/@iommu\toff\t\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fields-schema/valid", test_valid);
  g_test_add_func ("/fields-schema/invalid", test_invalid);
  g_test_add_func ("/fields-schema/manual", test_manual);
  g_test_add_func ("/fields-schema/defaults", test_defaults);
  return g_test_run ();
}
