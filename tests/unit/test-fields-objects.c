/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "fields-sample.h"

#define M(body) "<machine><name>n</name>" body "</machine>"
#define D(body) M ("<devices><device>" body "</device></devices>")

static Machine *
read_machine (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostXml) xml = roost_xml_parse (text, -1, NULL, &error);
  Machine *machine;

  g_assert_no_error (error);
  machine = roost_type_parse (&machine_type, xml, roost_xml_root (xml), NULL, &error);
  g_assert_no_error (error);
  return machine;
}

static char *
write_machine (const Machine *machine)
{
  GString *out = g_string_new (NULL);

  roost_type_format (&machine_type, machine, "machine", ROOST_FORMAT_SECRETS | ROOST_FORMAT_LIVE, 0,
                     out);
  return g_string_free (out, FALSE);
}

static const char full[] =
    M ("<uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid><metadata><x/></metadata>"
       "<memory>4096</memory><cpus cpuset='1-2'>4</cpus><mac address='52:54:00:00:00:01'/>"
       "<nice>1</nice><features><acpi state='no'/></features><service>tcp/22</service>"
       "<devices>"
       "<device><source file='a'><backing file='b'/></source><target dev='vda'/><readonly/>"
       "<source2><host>h</host></source2></device>"
       "<device type='net'><target bus='usb'/><address type='pci' slot='1'/></device>"
       "</devices>");

static void
test_copy (void)
{
  Machine *machine = read_machine (full);
  g_autofree char *before = write_machine (machine);
  Machine *copy = roost_type_copy (&machine_type, machine);
  const Device *device = copy->devices->pdata[1];
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (roost_type_equal (&machine_type, machine, copy, 0, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (device->position.column, >, 1);
  roost_type_free (&machine_type, machine);
  after = write_machine (copy);
  g_assert_cmpstr (before, ==, after);
  roost_type_free (&machine_type, copy);
  g_assert_null (roost_type_copy (&machine_type, NULL));
}

static const struct
{
  const char *a;
  const char *b;
  guint only;
  const char *message; /* NULL: equal */
} differences[] = {
  { M (""), M (""), 0, NULL },
  { M ("<nice>1</nice>"), M ("<nice>2</nice>"), 0, "nice would change from '1' to '2'" },
  { M ("<nice>1</nice>"), M ("<nice>2</nice>"), ROOST_FIELD_ABI, NULL },
  { M (""), M ("<nice>2</nice>"), 0, "nice would change from nothing to '2'" },
  { M ("<cpus>2</cpus>"), M (""), ROOST_FIELD_ABI, "cpus would change from '2' to nothing" },
  { M ("<cpus>1</cpus>"), M (""), ROOST_FIELD_ABI, NULL },
  { M ("<cpus>1</cpus>"), M (""), 0, "cpus would change from '1' to nothing" },
  { M ("<features><acpi state='yes'/></features>"), M (""), ROOST_FIELD_ABI, NULL },
  { M ("<features><acpi state='no'/></features>"), M (""), ROOST_FIELD_ABI,
    "features/acpi/@state would change from 'no' to nothing" },
  { M ("<cpus cpuset='1-2'/>"), M ("<cpus cpuset='1,2'/>"), 0, NULL },
  { M ("<cpus cpuset='1-2'/>"), M ("<cpus cpuset='1,3'/>"), 0,
    "cpus/@cpuset would change from '1-2' to '1,3'" },
  { M ("<memory unit='MiB'>1</memory>"), M ("<memory>1024</memory>"), 0, NULL },
  { M ("<service>tcp/1</service>"), M ("<service>tcp/2</service>"), 0,
    "service would change from 'tcp/1' to 'tcp/2'" },
  { M ("<password>a</password>"), M ("<password>b</password>"), 0, "password would change" },
  { M ("<metadata>a</metadata>"), M ("<metadata>a</metadata>"), 0, NULL },
  { D ("<readonly/>"), D (""), ROOST_FIELD_ABI,
    "devices/device[1]/readonly would change from 'present' to nothing" },
  { D ("<target dev='a'/>"), D ("<target dev='b'/>"), ROOST_FIELD_ABI,
    "devices/device[1]/target/@dev would change from 'a' to 'b'" },
  { M ("<devices><device type='net'><target bus='a'/></device></devices>"),
    M ("<devices><device type='net'><target bus='b'/></device></devices>"), ROOST_FIELD_ABI,
    "devices/device[1]/target/@bus would change from 'a' to 'b'" },
  { M ("<devices><device type='disk'/></devices>"), D (""), ROOST_FIELD_ABI, NULL },
  { M ("<devices><device type='net'/></devices>"), D (""), ROOST_FIELD_ABI,
    "devices/device[1]/@type would change from 'net' to nothing" },
  { D (""), M (""), ROOST_FIELD_ABI, "devices/device would change from 1 to 0 elements" },
  { D (""), D ("<address type='pci'/>"), ROOST_FIELD_ABI,
    "devices/device[1]/address would be added" },
  { D ("<address type='pci' slot='1'/>"), D (""), ROOST_FIELD_ABI,
    "devices/device[1]/address would be removed" },
  { D ("<address type='pci' slot='1'/>"), D ("<address type='pci' slot='2'/>"), ROOST_FIELD_ABI,
    "devices/device[1]/address/@slot would change from '0x01' to '0x02'" },
  { D ("<driver vectors='1' iommu='off'/>"), D (""), ROOST_FIELD_ABI, NULL },
  { D ("<driver vectors='1' iommu='on'/>"), D (""), ROOST_FIELD_ABI,
    "devices/device[1]/driver/@iommu would change from 'on' to nothing" },
  { D ("<alias name='a'/>"), D ("<alias name='b'/>"), ROOST_FIELD_ABI, NULL },
  { D ("<source file='a'/>"), D (""), ROOST_FIELD_ABI, NULL },
  { D ("<source><backing file='a'/></source>"), D ("<source><backing file='b'/></source>"), 0,
    "devices/device[1]/source/backing/@file would change from 'a' to 'b'" },
};

static void
test_differences (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (differences); i++)
    {
      g_autoptr (GError) error = NULL;
      Machine *a = read_machine (differences[i].a);
      Machine *b = read_machine (differences[i].b);
      gboolean equal = roost_type_equal (&machine_type, a, b, differences[i].only, &error);

      g_assert_true (roost_type_equal (&machine_type, a, a, differences[i].only, NULL));
      g_assert_cmpint (equal, ==, error == NULL);
      g_assert_cmpint (equal, ==,
                       roost_type_equal (&machine_type, b, a, differences[i].only, NULL));
      g_assert_cmpstr (error != NULL ? error->message : NULL, ==, differences[i].message);
      g_assert_true (equal || g_error_matches (error, ROOST_ERROR, ROOST_ERROR_INCOMPATIBLE_GUEST));
      roost_type_free (&machine_type, a);
      roost_type_free (&machine_type, b);
    }
}

typedef struct
{
  gboolean force;
  RoostTristate paused;
  RoostTristate cache;
  RoostUint timeout;
  RoostUint memory;
  RoostInt priority;
  int mode;
  char *text;
  RoostBitmap *cpus;
  GStrv groups;
} Options;

static const char *const mode_names[] = { "", "fast", "slow", NULL };

static const RoostType options_type = {
  .name = "options",
  .size = sizeof (Options),
  .fields =
      (const RoostField[]){
          { "@force", ROOST_FIELD_FLAG, G_STRUCT_OFFSET (Options, force) },
          { "@paused", ROOST_FIELD_YES_NO, G_STRUCT_OFFSET (Options, paused) },
          { "@cache", ROOST_FIELD_ON_OFF, G_STRUCT_OFFSET (Options, cache) },
          { "@timeout", ROOST_FIELD_UINT, G_STRUCT_OFFSET (Options, timeout), .max = 1000 },
          { "@memory", ROOST_FIELD_SIZE, G_STRUCT_OFFSET (Options, memory), .unit = "KiB" },
          { "@priority", ROOST_FIELD_INT, G_STRUCT_OFFSET (Options, priority) },
          { "@mode", ROOST_FIELD_ENUM, G_STRUCT_OFFSET (Options, mode), ROOST_FIELD_REQUIRED,
            .names = mode_names },
          { "@text", ROOST_FIELD_STRING, G_STRUCT_OFFSET (Options, text), .only = "@mode=slow" },
          { "@cpus", ROOST_FIELD_BITMAP, G_STRUCT_OFFSET (Options, cpus) },
          { "@groups", ROOST_FIELD_STRINGS, G_STRUCT_OFFSET (Options, groups) },
          ROOST_FIELD_END },
};

static Options *
read_options (const char *text, GError **error)
{
  g_autoptr (GVariant) variant = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);

  g_assert_nonnull (variant);
  return roost_type_parse_options (&options_type, variant, error);
}

static void
test_options (void)
{
  g_autoptr (GError) error = NULL;
  Options *options = read_options ("{'force': <true>, 'paused': <false>, 'cache': <true>,"
                                   " 'timeout': <uint32 7>, 'memory': <uint64 1025>,"
                                   " 'priority': <-3>, 'mode': <'slow'>, 'text': <'t'>,"
                                   " 'cpus': <'0-3'>, 'groups': <['cpu', 'net']>}",
                                   &error);

  g_assert_no_error (error);
  g_assert_true (options->force);
  g_assert_cmpint (options->paused, ==, ROOST_NO);
  g_assert_cmpint (options->cache, ==, ROOST_YES);
  g_assert_cmpuint (options->timeout.value, ==, 7);
  g_assert_cmpuint (options->memory.value, ==, 2048);
  g_assert_cmpint (options->priority.value, ==, -3);
  g_assert_cmpint (options->mode, ==, 2);
  g_assert_cmpstr (options->text, ==, "t");
  g_assert_cmpuint (roost_bitmap_count (options->cpus), ==, 4);
  g_assert_cmpuint (g_strv_length (options->groups), ==, 2);
  g_assert_cmpstr (options->groups[1], ==, "net");
  roost_type_free (&options_type, options);

  options = read_options ("{'mode': <'fast'>, 'priority': <int64 -5>}", &error);
  g_assert_no_error (error);
  g_assert_false (options->force);
  g_assert_cmpint (options->priority.value, ==, -5);
  roost_type_free (&options_type, options);
}

static void
test_bad_options (void)
{
  static const struct
  {
    const char *text;
    const char *message;
  } cases[] = {
    { "{'mod': <'fast'>}",
      "option 'mod' is not known; there are 'force', 'paused', 'cache', 'timeout', 'memory', "
      "'priority', 'mode', 'text', 'cpus', 'groups'" },
    { "{'mode': <'fish'>}", "option 'mode': 'fish' is not one of 'fast', 'slow'" },
    { "{'mode': <1>}", "option 'mode' is of type 'i', not 's'" },
    { "{'force': <'yes'>}", "option 'force' is of type 's', not 'b'" },
    { "{'timeout': <7>}", "option 'timeout' is of type 'i', not 'u' or 't'" },
    { "{'timeout': <uint64 1001>}", "option 'timeout': '1001' is not within 0 and 1000" },
    { "{'memory': <uint64 18446744073709551615>}",
      "option 'memory': '18446744073709551615' is too large" },
    { "{'timeout': <['a']>}", "option 'timeout' is of type 'as', not 'u' or 't'" },
    { "{'mode': <'fast'>, 'groups': <'cpu'>}", "option 'groups' is of type 's', not 'as'" },
    { "{'timeout': <<uint32 7>>}", "option 'timeout' is of type 'v', not 'u' or 't'" },
    { "@a{sv} {}", "option 'mode' is missing" },
    { "{'mode': <'fast'>, 'text': <'t'>}", "option 'text' applies only with @mode=slow" },
    { "{'force': <false>, 'force': <true>}", "option 'force' is given twice" },
    { "{'text': <'a\\u0001'>}", "option 'text' has a control character in it" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (read_options (cases[i].text, &error));
      g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_ARGUMENT);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fields-objects/copy", test_copy);
  g_test_add_func ("/fields-objects/differences", test_differences);
  g_test_add_func ("/fields-objects/options", test_options);
  g_test_add_func ("/fields-objects/bad-options", test_bad_options);
  return g_test_run ();
}
