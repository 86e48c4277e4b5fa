/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "fields-sample.h"

static Machine *
read_machine (const char *text, RoostIssues *issues, GError **error)
{
  return roost_type_parse_text (&machine_type, "machine", text, issues, error);
}

typedef struct
{
  const char *text;
  const char *message; /* a beginning, when it ends with "…" */
} Case;

static gboolean
matches (const char *message, const char *expected)
{
  gsize length = strlen (expected);

  if (g_str_has_suffix (expected, "…"))
    return strncmp (message, expected, length - strlen ("…")) == 0;
  return g_str_equal (message, expected);
}

/* With and without issues: the same error, and the same as the first issue. */
static void
assert_refused (const Case *cases, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) again = NULL;
      g_autoptr (RoostIssues) issues = roost_issues_new ();
      g_autofree char *as_issue = NULL;
      const RoostIssue *issue = NULL;

      g_assert_null (read_machine (cases[i].text, NULL, &error));
      g_assert_null (read_machine (cases[i].text, issues, &again));
      g_assert_cmpint (error->domain, ==, ROOST_ERROR);
      if (!matches (error->message, cases[i].message))
        g_error ("%s\ngives:   %s\ninstead: %s", cases[i].text, error->message, cases[i].message);
      g_assert_cmpstr (again->message, ==, error->message);
      for (guint j = 0; issue == NULL || issue->severity != ROOST_ISSUE_ERROR; j++)
        issue = roost_issues_get (issues, j);
      as_issue =
          g_strdup_printf ("line %u, column %u: %s", issue->line, issue->column, issue->message);
      g_assert_cmpstr (as_issue, ==, error->message);
    }
}

static void
test_documents (void)
{
  static const Case cases[] = {
    { "", "line 1, column 1: …" },
    { "x", "line 1, column 1: start tag expected…" },
    { "<machine>", "line 1, column 10: …" },
    { "<machine>\n <name>n</nome>\n</machine>",
      "line 2, column 16: opening and ending tag mismatch: name line 2 and nome" },
    { "<machine>\n\n  <!DOCTYPE x>", "line 3, column …" },
    { "\n<machine/>\n<machine/>", "line 3, column …" },
    { "<!DOCTYPE machine>\n<machine/>",
      "line 1, column 1: a document type declaration is not allowed" },
    { "<?xml version='1.0'?>\n <!DOCTYPE m [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>\n<m>&b;</m>",
      "line 2, column 2: a document type declaration is not allowed" },
    { "<!DOCTYPE m SYSTEM 'file:///etc/passwd'><machine/>",
      "line 1, column 1: a document type declaration is not allowed" },
    { "<machine>\n<name>&foo;</name></machine>", "line 2, column …" },
    { "<machine><name>\x01</name></machine>", "line 1, column 16: …" },
    { "<machine><name>&#1;</name></machine>", "line 1, column …" },
    { "<machine>\xc3\xa4\n\xc3\xa4<name>\xff</name></machine>",
      "line 2, column 8: the text is not UTF-8" },
    { "<?xml version='1.0' encoding='ISO-8859-1'?>\n<machine/>",
      "line 1, column 31: the encoding is 'ISO-8859-1', but only UTF-8 is read" },
    { "<?xml version='1.0' encoding='UTF-16'?><machine/>",
      "line 1, column 31: the encoding is 'UTF-16', but only UTF-8 is read" },
    { "<a:machine/>", "line 1, column …" },
    { "<machine a='1' a='2'/>", "line 1, column …" },
    { "\n <fish/>", "line 2, column 2: <fish>: the document must begin with <machine>" },
    { "<a:machine xmlns:a='urn:a'/>", "line 1, column 1: <machine>: the document must…" },
  };

  assert_refused (cases, G_N_ELEMENTS (cases));
}

static void
test_limits (void)
{
  g_autofree char *filler = g_strnfill (ROOST_XML_MAX_BYTES, ' ');
  g_autofree char *large = g_strconcat ("<machine><name>n</name></machine>", filler, NULL);
  GString *deep = g_string_new ("<machine>");
  GString *wide = g_string_new ("<machine>\n<wide ");
  g_autoptr (GError) error = NULL;

  g_assert_null (read_machine (large, NULL, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_LIMIT_EXCEEDED);
  g_clear_error (&error);

  for (guint i = 1; i < ROOST_XML_MAX_DEPTH; i++)
    g_string_append (deep, "<a>");
  g_string_append (deep, "\n <deep/>");
  for (guint i = 1; i < ROOST_XML_MAX_DEPTH; i++)
    g_string_append (deep, "</a>");
  g_string_append (deep, "</machine>");
  g_assert_null (read_machine (deep->str, NULL, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_LIMIT_EXCEEDED);
  g_assert_cmpstr (error->message, ==,
                   "line 2, column 2: <deep> is nested deeper than 64 elements");
  g_clear_error (&error);

  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (wide, "a%x='>' ", i);
  g_string_append (wide, "/></machine>");
  g_assert_null (read_machine (wide->str, NULL, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_LIMIT_EXCEEDED);
  g_assert_cmpstr (error->message, ==,
                   "line 2, column 1: an element with more than 256 attributes");
  g_string_free (deep, TRUE);
  g_string_free (wide, TRUE);
}

static void
test_fine (void)
{
  static const char *const fine[] = {
    "<?xml version='1.0' encoding='utf-8' standalone='yes'?><machine><name>n</name></machine>",
    "<?xml version=\"1.0\" encoding=\"US-ASCII\"?><machine><name>n</name></machine>",
    "\xef\xbb\xbf<machine><name>n</name></machine>",
    "<!-- <!DOCTYPE x> --><?a <b c='?><machine><name>n</name><!-- '\"<a=> --></machine>",
    "<machine><name>n</name><title><![CDATA[<!DOCTYPE a=''>]]></title></machine>\n<!-- end -->",
    "<machine>\r\n<name>n</name>\r\n</machine>",
  };

  for (guint i = 0; i < G_N_ELEMENTS (fine); i++)
    {
      g_autoptr (GError) error = NULL;
      Machine *machine = read_machine (fine[i], NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (machine->name, ==, "n");
      roost_type_free (&machine_type, machine);
    }
}

#define M(body) "<machine>\n <name>n</name>\n " body "\n</machine>"

static void
test_values (void)
{
  static const Case cases[] = {
    { M ("<uuid>c7a5fdbd</uuid>"),
      "line 3, column 2: <uuid>: 'c7a5fdbd' is not a UUID of 32 hex digits" },
    { M ("<uuid>c7a5fdbd-edaf-9455-926a-d65c16db180g</uuid>"), "line 3, column 2: <uuid>: 'c7a5…" },
    { M ("<uuid>c7a5fdbd-edaf-9455-926a-d65c16db18090</uuid>"),
      "line 3, column 2: <uuid>: 'c7a5…" },
    { M ("<uuid>-c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>"),
      "line 3, column 2: <uuid>: '-c7a5…" },
    { M ("<memory>12x</memory>"), "line 3, column 2: <memory>: '12x' is not a whole number >= 0" },
    { M ("<memory>-1</memory>"), "line 3, column 2: <memory>: '-1' is not a whole number >= 0" },
    { M ("<memory>1.5</memory>"), "line 3, column 2: <memory>: '1.5' is not a whole number >= 0" },
    { M ("<memory>0x</memory>"), "line 3, column 2: <memory>: '0x' is not a whole number >= 0" },
    { M ("<memory unit='fish'>1</memory>"),
      "line 3, column 2: <memory>: the unit 'fish' is none of…" },
    { M ("<memory unit='KiBB'>1</memory>"), "line 3, column 2: <memory>: the unit…" },
    { M ("<memory unit='EiB'>16</memory>"), "line 3, column 2: <memory>: '16' is too large" },
    { M ("<memory unit='b'>18446744073709551615</memory>"),
      "line 3, column 2: <memory>: '18446744073709551615' is too large" },
    { M ("<memory unit='b'>18446744073709551616</memory>"),
      "line 3, column 2: <memory>: '18446744073709551616' is too large" },
    { M ("<memory>0</memory>"),
      "line 3, column 2: <memory>: '0' is not within 1024 and 1125899906842624" },
    { M ("<memory unit='PiB'>2</memory>"), "line 3, column 2: <memory>: '2' is not within…" },
    { M ("<cpus>0</cpus>"), "line 3, column 2: <cpus>: '0' is less than 1" },
    { M ("<cpus cpuset='3-1'>1</cpus>"),
      "line 3, column 8: <cpus>: attribute 'cpuset': '3-1' is not a list of numbers…" },
    { M ("<cpus\n   a='c' b = \"cpuset='\"\n  cpuset='a'>1</cpus>"),
      "line 5, column 3: <cpus>: attribute 'cpuset': 'a' is not…" },
    { M ("<mac address='52:54:00:00:00'/>"),
      "line 3, column 7: <mac>: attribute 'address': '52:54:00:00:00' is not a MAC address…" },
    { M ("<mac address='52:54:00:00:00:100'/>"), "line 3, column 7: <mac>: attribute…" },
    { M ("<mac address='52:54:00:00:00:-1'/>"), "line 3, column 7: <mac>: attribute…" },
    { M ("<nice>9223372036854775808</nice>"),
      "line 3, column 2: <nice>: '9223372036854775808' is too large" },
    { M ("<nice>1 2</nice>"), "line 3, column 2: <nice>: '1 2' is not a whole number" },
    { M ("<features><acpi state='maybe'/></features>"),
      "line 3, column 18: <acpi>: attribute 'state': 'maybe' is not one of 'yes', 'no'" },
    { M ("<service>tcp/0</service>"), "line 3, column 2: <service>: 'tcp/0' is not tcp/PORT" },
    { M ("<devices>\n<device type='fish'/></devices>"),
      "line 4, column 9: <device>: attribute 'type': 'fish' is not one of 'disk', 'net'" },
    { M ("<devices>\n<device type=''/></devices>"),
      "line 4, column 9: <device>: attribute 'type': '' is not one of 'disk', 'net'" },
    { M ("<devices><device><address type='pci' slot='32'/></device></devices>"),
      "line 3, column 39: <address>: attribute 'slot': '32' is not within 0 and 31" },
  };

  assert_refused (cases, G_N_ELEMENTS (cases));
}

static void
test_missing (void)
{
  static const Case cases[] = {
    { "<machine>\n</machine>", "line 1, column 1: <machine>: <name> is missing" },
    { "<machine><name/></machine>", "line 1, column 1: <machine>: <name> is missing" },
    { M ("<devices><device><address/></device></devices>"),
      "line 3, column 19: <address>: attribute 'type' is missing" },
    { M ("<devices><device><driver/></device></devices>"),
      "line 3, column 11: <device>: attribute 'vectors' of <driver> is missing" },
    { M ("<devices><device><source2><host> </host>\n<host/></source2></device></devices>"),
      "line 4, column 1: <host>: its text is missing" },
    { "<machine xmlns:qemu='urn:other'><name>n</name></machine>",
      "line 1, column 1: <machine>: the prefix 'qemu' must stand for http://…" },
  };

  assert_refused (cases, G_N_ELEMENTS (cases));
}

static void
test_all_errors (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostIssues) issues = roost_issues_new ();

  g_assert_null (read_machine (M ("<nice>x</nice><fish/><devices><device type='a'/>\n"
                                  "<device><driver/></device></devices><cpus>y</cpus>"),
                               issues, &error));
  g_assert_cmpstr (error->message, ==, "line 3, column 2: <nice>: 'x' is not a whole number");
  g_assert_cmpuint (roost_issues_length (issues), ==, 5);
  g_assert_cmpstr (roost_issues_get (issues, 1)->message, ==,
                   "<fish>: is not known in <machine>; ignored");
  g_assert_cmpstr (roost_issues_get (issues, 4)->message, ==,
                   "<cpus>: 'y' is not a whole number >= 0");
}

static void
test_warnings (void)
{
  static const Case cases[] = {
    { M ("<fish/>"), "3:2 <fish>: is not known in <machine>; ignored" },
    { M ("<cpus fish='1'>1</cpus>"), "3:8 <cpus>: attribute 'fish' is not known here; ignored" },
    { M ("<cpus unit='KiB'>1</cpus>"), "3:8 <cpus>: attribute 'unit' is not known here; ignored" },
    { M ("<cpus xml:lang='en'>1</cpus>"),
      "3:8 <cpus>: attribute 'lang' is not known here; ignored" },
    { M ("<devices>\n text</devices>"), "3:2 <devices>: text is not expected here; ignored" },
    { M ("<devices><device/>text</devices>"), "3:2 <devices>: text is not expected here; ignored" },
    { M ("<title>a<!-- --> </title>\ntext"), "1:1 <machine>: text is not expected here; ignored" },
    { M ("<nice>1</nice>\n<nice>2</nice>"), "4:1 <nice>: stands here a second time; ignored" },
    { M ("<mac address='1:2:3:4:5:6'/>\n<mac address='6:5:4:3:2:1'/>"),
      "4:1 <mac>: stands here a second time; ignored" },
    { M ("<metadata/>\n <metadata/>"), "4:2 <metadata>: stands here a second time; ignored" },
    { M ("<devices><device>\n<readonly/><readonly/></device></devices>"),
      "4:12 <readonly>: stands here a second time; ignored" },
    { M ("<devices><device>\n<source/><source/></device></devices>"),
      "4:10 <source>: stands here a second time; ignored" },
    { M ("<devices><device>\n<target bus='x'/></device></devices>"),
      "4:9 <target>: attribute 'bus' applies only with @type=net; ignored" },
    { M ("<devices><device>\n<address port='1' type='pci'/></device></devices>"),
      "4:10 <address>: attribute 'port' applies only with @type=usb; ignored" },
    { M ("<devices><device>\n<address type='pci' name='1'/></device></devices>"),
      "4:21 <address>: attribute 'name' applies only with @type!=usb|pci; ignored" },
    { "<machine xmlns:x='urn:x'><name>n</name>\n <devices><x:fish/></devices></machine>",
      "2:11 <fish>: is not known in <devices>; ignored" },
    { "<machine xmlns:x='urn:x'>\n<x:name/><name>n</name>\n<cpus x:cpuset='x'>1</cpus></machine>",
      "3:7 <cpus>: attribute 'cpuset' is not known here; ignored" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RoostIssues) issues = roost_issues_new ();
      Machine *machine = read_machine (cases[i].text, issues, &error);
      const RoostIssue *issue;
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      roost_type_free (&machine_type, machine);
      if (roost_issues_length (issues) != 1)
        g_error ("%s: %u issues", cases[i].text, roost_issues_length (issues));
      issue = roost_issues_get (issues, 0);
      g_assert_cmpint (issue->severity, ==, ROOST_ISSUE_WARNING);
      text = g_strdup_printf ("%u:%u %s", issue->line, issue->column, issue->message);
      g_assert_cmpstr (text, ==, cases[i].message);
    }
}

static void
test_first_counts (void)
{
  g_autoptr (GError) error = NULL;
  Machine *machine = read_machine (M ("<nice>1</nice><nice>2</nice>"
                                      "<devices><device/></devices><devices><device/></devices>"),
                                   NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (machine->nice.value, ==, 1);
  g_assert_cmpuint (machine->devices->len, ==, 2); /* what only contains adds up */
  roost_type_free (&machine_type, machine);
}

static void
test_many_issues (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostIssues) issues = roost_issues_new ();
  GString *text = g_string_new ("<machine><name>n</name>");
  gint64 before = g_get_monotonic_time ();
  Machine *machine;

  for (guint i = 0; i < 60000; i++)
    g_string_append (text, "<a b='1'/>\n");
  g_string_append (text, "</machine>");
  machine = read_machine (text->str, issues, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (roost_issues_length (issues), ==, ROOST_ISSUES_MAX);
  g_assert_cmpuint (roost_issues_dropped (issues), ==, 60000 - ROOST_ISSUES_MAX);
  g_assert_cmpint (g_get_monotonic_time () - before, <, 20 * G_USEC_PER_SEC); /* not quadratic */
  roost_type_free (&machine_type, machine);
  g_string_free (text, TRUE);
}

static void
test_far_lines (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = g_strnfill (100000, '\n');
  g_autofree char *text = g_strconcat ("<machine>", lines, " <nice>x</nice></machine>", NULL);

  g_assert_null (read_machine (text, NULL, &error));
  g_assert_cmpstr (error->message, ==, "line 100001, column 2: <nice>: 'x' is not a whole number");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fields-errors/documents", test_documents);
  g_test_add_func ("/fields-errors/limits", test_limits);
  g_test_add_func ("/fields-errors/fine", test_fine);
  g_test_add_func ("/fields-errors/values", test_values);
  g_test_add_func ("/fields-errors/missing", test_missing);
  g_test_add_func ("/fields-errors/all", test_all_errors);
  g_test_add_func ("/fields-errors/warnings", test_warnings);
  g_test_add_func ("/fields-errors/first-counts", test_first_counts);
  g_test_add_func ("/fields-errors/many-issues", test_many_issues);
  g_test_add_func ("/fields-errors/far-lines", test_far_lines);
  return g_test_run ();
}
