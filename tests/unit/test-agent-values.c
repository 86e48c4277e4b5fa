/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/agent-values.h"

#include "base/error.h"
#include "base/json.h"
#include "domain/view-guest-disks.h"

#include <string.h>

typedef GVariant *(*ValueFunc) (JsonNode *answer, const char *command, GError **error);

/* @expected: the value as text, or after a "!" a part of the error */
typedef struct
{
  ValueFunc value_of;
  const char *answer;
  const char *expected;
} Case;

static const Case cases[] = {
  { roost_agent_info,
    "{\"version\": \"7.2\", \"supported_commands\": [{\"name\": \"a\", \"enabled\": true}, "
    "{\"name\": "
    "\"b\", \"enabled\": false}, {\"name\": \"c\"}, {\"name\": 3, \"enabled\": true}, 5]}",
    "{'commands': <['a']>, 'version': <'7.2'>}" },
  { roost_agent_info, "{}", "!has no proper 'version'" },
  { roost_agent_info, "[]", "!is no object" },
  { roost_agent_freeze_state, "\"frozen\"", "'frozen'" },
  { roost_agent_freeze_state, "\"warm\"", "!neither 'thawed' nor 'frozen'" },
  { roost_agent_freeze_state, "7", "!neither" },
  { roost_agent_freeze_state, "null", "!neither" },
  { roost_agent_filesystems,
    "[{\"name\": \"vda1\", \"mountpoint\": \"/\", \"type\": \"ext4\", \"used-bytes\": 5, \"more\": "
    "1, "
    "\"disk\": [{\"dev\": \"/dev/vda1\", \"bus\": -1, \"pci-controller\": {\"domain\": 0, \"bus\": "
    "1, "
    "\"slot\": 31, \"function\": 7}}]}]",
    "[{'disks': <[{'bus': <-1>, 'device': <'/dev/vda1'>, 'pci-address': <'0000:01:1f.7'>}]>, "
    "'mountpoint': <'/'>, 'name': <'vda1'>, 'type': <'ext4'>, 'used': <uint64 5>}]" },
  { roost_agent_filesystems,
    "[{\"name\": \"a\", \"mountpoint\": \"/\", \"type\": \"b\", \"disk\": [{\"pci-controller\": "
    "{\"domain\": -1, \"bus\": -1, \"slot\": -1, \"function\": -1}}]}]",
    "[{'disks': <[@a{sv} {}]>, 'mountpoint': <'/'>, 'name': <'a'>, 'type': <'b'>}]" },
  { roost_agent_filesystems, "[]", "@aa{sv} []" },
  { roost_agent_filesystems, "{}", "!is no list" },
  { roost_agent_filesystems, "[1]", "!has an entry that is no object" },
  { roost_agent_filesystems, "[{\"name\": \"a\", \"mountpoint\": \"/\"}]", "!no proper 'type'" },
  { roost_agent_filesystems,
    "[{\"name\": \"a\", \"mountpoint\": \"/\", \"type\": \"b\", \"used-bytes\": -1}]",
    "!no proper 'used-bytes'" },
  { roost_agent_filesystems,
    "[{\"name\": \"a\", \"mountpoint\": \"/\", \"type\": \"b\", \"disk\": [[]]}]",
    "!has an entry that is no object" },
  { roost_agent_disks,
    "[{\"name\": \"/dev/dm-0\", \"partition\": false, \"alias\": \"home\", \"dependencies\": "
    "[\"/dev/vda2\"]}, {\"name\": \"/dev/vda\", \"partition\": false, \"dependencies\": [], "
    "\"address\": {\"dev\": \"/dev/vda\", \"bus-type\": \"virtio\", \"bus\": 0, \"unit\": 0, "
    "\"target\": 0, \"pci-controller\": {\"domain\": 0, \"bus\": 0, \"slot\": 5, "
    "\"function\": 0}}}]",
    "[{'alias': <'home'>, 'dependencies': <['/dev/vda2']>, 'name': <'/dev/dm-0'>, "
    "'partition': <false>}, {'bus': <0>, 'bus-type': <'virtio'>, 'dependencies': <@as []>, "
    "'device': "
    "<'/dev/vda'>, 'name': <'/dev/vda'>, 'partition': <false>, 'pci-address': <'0000:00:05.0'>, "
    "'target': <0>, 'unit': <0>}]" },
  { roost_agent_disks, "[{\"name\": \"/dev/vda\"}]", "!no proper 'partition'" },
  { roost_agent_disks, "[{\"name\": \"a\", \"partition\": true, \"dependencies\": [1]}]",
    "!no proper 'dependencies'" },
  { roost_agent_disks, "[{\"name\": \"a\", \"partition\": true, \"dependencies\": {}}]",
    "!no proper 'dependencies'" },
  { roost_agent_disks, "[{\"name\": \"a\", \"partition\": true, \"address\": {\"unit\": \"x\"}}]",
    "!no proper 'unit'" },
  { roost_agent_interfaces,
    "[{\"name\": \"eth0\", \"ip-addresses\": [{\"ip-address-type\": \"ipv4\", \"ip-address\": "
    "\"192.0.2.1\", \"prefix\": 24}], \"statistics\": {\"rx-bytes\": 9}}]",
    "[{'addresses': <[{'address': <'192.0.2.1'>, 'prefix': <uint32 24>, 'type': <'ipv4'>}]>, "
    "'name': <'eth0'>, 'rx-bytes': <uint64 9>}]" },
  { roost_agent_interfaces,
    "[{\"name\": \"a\", \"ip-addresses\": [{\"ip-address-type\": \"ipv4\", \"ip-address\": \"x\", "
    "\"prefix\": 4294967296}]}]",
    "!no proper 'prefix'" },
  { roost_agent_interfaces, "[{\"name\": \"a\", \"statistics\": {\"rx-errs\": \"many\"}}]",
    "!no proper 'rx-errs'" },
  { roost_agent_hostname, "{\"host-name\": \"caf\xc3\xa9\"}", "'caf\xc3\xa9'" },
  { roost_agent_hostname, "{\"host-name\": null}", "!no proper 'host-name'" },
  { roost_agent_hostname, "\"x\"", "!no proper 'host-name'" },
  { roost_agent_time, "1700000000123456789", "uint64 1700000000123456" },
  { roost_agent_time, "-1", "!is no time" },
  { roost_agent_time, "1.5", "!is no time" },
  { roost_agent_users, "[{\"user\": \"ann\", \"login-time\": 1700000000.25}]",
    "[{'login-time': <uint64 1700000000250000>, 'user': <'ann'>}]" },
  { roost_agent_users, "[{\"user\": \"ann\", \"login-time\": 1561739203.584038}]",
    "[{'login-time': <uint64 1561739203584038>, 'user': <'ann'>}]" },
  { roost_agent_users, "[{\"user\": \"ann\", \"login-time\": 3}]",
    "[{'login-time': <uint64 3000000>, 'user': <'ann'>}]" },
  { roost_agent_users, "[{\"user\": \"ann\", \"login-time\": 1e300}]", "!no proper 'login-time'" },
  { roost_agent_users, "[{\"user\": \"ann\", \"login-time\": -1}]", "!no proper 'login-time'" },
  { roost_agent_os_info, "{\"id\": \"debian\", \"unknown\": {}}", "{'id': <'debian'>}" },
  { roost_agent_os_info, "{\"id\": 12}", "!no proper 'id'" },
  { roost_agent_timezone, "{\"offset\": -3600}", "{'offset': <-3600>}" },
  { roost_agent_timezone, "{\"zone\": \"CET\"}", "!no proper 'offset'" },
  { roost_agent_vcpus, "[{\"logical-id\": 0, \"online\": true, \"can-offline\": false}]",
    "[{'can-offline': <false>, 'number': <uint32 0>, 'online': <true>}]" },
  { roost_agent_vcpus, "[{\"logical-id\": 0, \"online\": 1}]", "!no proper 'online'" },
  { roost_agent_trimmed, "{\"paths\": [{\"path\": \"/\", \"error\": \"no\"}]}",
    "[{'error': <'no'>, 'mountpoint': <'/'>}]" },
  { roost_agent_trimmed, "{}", "!is no list" },
  { roost_agent_ssh_keys, "{\"keys\": [\"a\", \"b\"]}", "['a', 'b']" },
  { roost_agent_ssh_keys, "{\"keys\": [1]}", "!no proper 'keys'" },
  { roost_agent_ssh_keys, "{\"keys\": {}}", "!no proper 'keys'" },
};

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void print (GVariant *value, GString *out);

/* The keys of dictionaries come in no order of their own: sorted, so that texts compare. */
static void
print_dict (GVariant *dict, GString *out)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  GVariantIter iter;
  char *key;

  g_variant_iter_init (&iter, dict);
  while (g_variant_iter_next (&iter, "{sv}", &key, NULL))
    g_ptr_array_add (keys, key);
  g_ptr_array_sort (keys, compare_keys);
  g_string_append (out, keys->len == 0 ? "@a{sv} {" : "{");
  for (guint i = 0; i < keys->len; i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (dict, keys->pdata[i], NULL);

      g_string_append_printf (out, "%s'%s': <", i > 0 ? ", " : "", (char *)keys->pdata[i]);
      print (value, out);
      g_string_append_c (out, '>');
    }
  g_string_append_c (out, '}');
}

static void
print_list (GVariant *list, GString *out)
{
  gsize n = g_variant_n_children (list);

  g_string_append (out, n == 0 ? "@aa{sv} [" : "[");
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (list, i);

      g_string_append (out, i > 0 ? ", " : "");
      print_dict (entry, out);
    }
  g_string_append_c (out, ']');
}

static void
print (GVariant *value, GString *out)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    print_dict (value, out);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE ("aa{sv}")))
    print_list (value, out);
  else
    g_variant_print_string (value, out, TRUE);
}

static void
test_case (gconstpointer p)
{
  const Case *at = p;
  g_autoptr (JsonNode) answer = roost_json_parse (at->answer, strlen (at->answer), NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = at->value_of (answer, "guest-command", &error);
  g_autoptr (GString) text = g_string_new (NULL);

  if (at->expected[0] == '!')
    {
      g_assert_error (error, ROOST_ERROR, ROOST_ERROR_AGENT);
      g_assert_null (value);
      g_assert_true (
          g_str_has_prefix (error->message, "the guest agent's answer to guest-command "));
      if (strstr (error->message, at->expected + 1) == NULL)
        g_error ("\"%s\" does not say \"%s\"", error->message, at->expected + 1);
      return;
    }
  g_assert_no_error (error);
  g_variant_ref_sink (value);
  print (value, text);
  g_assert_cmpstr (text->str, ==, at->expected);
}

/* --- which disk of the domain it is --- */

#define PLACE(pci, rest)      "[{'pci-address': <'" pci "'>" rest "}]"
#define AT(bus, target, unit) ", 'bus': <" bus ">, 'target': <" target ">, 'unit': <" unit ">"

static const struct
{
  const char *said;
  const char *disk; /* NULL: none of the domain's */
} places[] = {
  { PLACE ("0000:00:06.0", AT ("0", "0", "0")), "vda" },
  { PLACE ("0000:00:06.0", ", 'serial': <'one'>"), "vda" },
  { PLACE ("0000:00:06.0", ", 'serial': <'two'>"),
    NULL }, /* the guest counts its buses otherwise */
  { PLACE ("0000:00:07.0", AT ("0", "0", "0")), NULL },
  { PLACE ("0000:00:01.1", AT ("1", "0", "0")), "hdc" },
  { PLACE ("0000:00:01.1", AT ("0", "0", "0")), NULL },
  { PLACE ("0000:00:03.0", AT ("0", "2", "5")), "sda" },
  { PLACE ("0000:00:03.0", AT ("0", "5", "2")), NULL },
  { PLACE ("0000:00:04.0", AT ("0", "6", "0")), "sdb" },
  { PLACE ("0000:00:04.0", AT ("0", "0", "6")), NULL },
  { "[{'bus': <0>}]", NULL },
  { "[{'name': <'vda1'>, 'disks': <" PLACE ("0000:00:06.0", "") ">}]", "vda" },
};

#define DRIVE(name, bus, place)                                                                    \
  "<disk><source file='/a'/><target dev='" name "' bus='" bus "'/><address type='drive' " place    \
  "/></disk>"
#define CONTROLLER(type, more, slot)                                                               \
  "<controller type='" type "' " more "><address type='pci' " slot "/></controller>"

static void
test_places (void)
{
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (
      "<domain type='qemu'><name>d</name><memory>1</memory><devices>"
      "<disk><source file='/a'/><target dev='vda' bus='virtio'/><serial>one</serial>"
      "<address type='pci' slot='6'/></disk>" DRIVE ("hdc", "ide", "bus='1'")
          DRIVE ("sda", "scsi", "target='2' unit='5'")
              DRIVE ("sdb", "scsi", "controller='1' unit='6'")
                  CONTROLLER ("ide", "index='0'", "slot='1' function='1'")
                      CONTROLLER ("scsi", "index='0' model='virtio-scsi'", "slot='3'") CONTROLLER (
                          "scsi", "index='1' model='lsilogic'", "slot='4'") "</devices></domain>",
      NULL, NULL);

  g_assert_nonnull (config);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (GVariant) said =
          g_variant_parse (G_VARIANT_TYPE ("aa{sv}"), places[i].said, NULL, NULL, NULL);
      g_autoptr (GVariant) named = g_variant_ref_sink (roost_view_name_guest_disks (config, said));
      g_autofree char *text = g_variant_print (named, FALSE);
      g_autofree char *wanted =
          g_strdup_printf ("'disk': <'%s'>", places[i].disk != NULL ? places[i].disk : "");

      g_test_message ("%s: %s", places[i].said, text);
      g_assert_true ((strstr (text, "'disk':") != NULL) == (places[i].disk != NULL));
      g_assert_true (places[i].disk == NULL || strstr (text, wanted) != NULL);
    }
}

/* What JSON can say and D-Bus cannot. */
static void
test_odd_text (void)
{
  static const char odd[] = "{\"host-name\": \"a\\ud800\\u0000b\"}";
  g_autoptr (JsonNode) answer = roost_json_parse (odd, strlen (odd), NULL);
  g_autoptr (GVariant) value = NULL;

  if (answer == NULL)
    return; /* the parser refuses it, too */
  value = roost_agent_hostname (answer, "guest-command", NULL);
  g_variant_ref_sink (value);
  g_assert_true (g_utf8_validate (g_variant_get_string (value, NULL), -1, NULL));
}

static void
test_count (void)
{
  g_autoptr (JsonNode) three = roost_json_parse ("3", 1, NULL);
  g_autoptr (JsonNode) text = roost_json_parse ("\"3\"", 3, NULL);
  g_autoptr (JsonNode) less = roost_json_parse ("-3", 2, NULL);
  guint count = 0;

  g_assert_true (roost_agent_count (three, "guest-command", &count, NULL));
  g_assert_cmpuint (count, ==, 3);
  g_assert_false (roost_agent_count (text, "guest-command", &count, NULL));
  g_assert_false (roost_agent_count (less, "guest-command", &count, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = g_strdup_printf ("/agent-values/%02u", i);

      g_test_add_data_func (name, &cases[i], test_case);
    }
  g_test_add_func ("/agent-values/places", test_places);
  g_test_add_func ("/agent-values/odd-text", test_odd_text);
  g_test_add_func ("/agent-values/count", test_count);
  return g_test_run ();
}
