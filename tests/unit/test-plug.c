/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/plug.h"

#include "base/error.h"
#include "base/json.h"
#include "qemu/put.h"

#include <string.h>

/* --- the form of chardev-add --- */

static void
assert_form (const char *given, const char *expected)
{
  g_autoptr (JsonNode) node = roost_json_parse (given, strlen (given), NULL);
  g_autoptr (JsonObject) args = roost_chardev_to_qmp (roost_json_node_object (node));
  g_autofree char *text = roost_object_text (args);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_chardevs (void)
{
  assert_form ("{\"backend\":\"pty\",\"id\":\"c\"}",
               "{\"id\":\"c\",\"backend\":{\"type\":\"pty\",\"data\":{}}}");
  assert_form ("{\"backend\":\"socket\",\"id\":\"c\",\"path\":\"/s\",\"server\":\"on\",\"wait\":"
               "\"off\"}",
               "{\"id\":\"c\",\"backend\":{\"type\":\"socket\",\"data\":{\"addr\":{\"type\":"
               "\"unix\",\"data\":{\"path\":\"/s\"}},\"server\":true,\"wait\":false}}}");
  assert_form (
      "{\"backend\":\"socket\",\"id\":\"c\",\"host\":\"h\",\"port\":\"1\",\"reconnect\":3}",
      "{\"id\":\"c\",\"backend\":{\"type\":\"socket\",\"data\":{\"addr\":{\"type\":"
      "\"inet\",\"data\":{\"host\":\"h\",\"port\":\"1\"}},\"server\":false,\"reconnect\":3}"
      "}}");
  assert_form ("{\"backend\":\"file\",\"id\":\"c\",\"path\":\"/dev/fdset/7\",\"append\":\"on\"}",
               "{\"id\":\"c\",\"backend\":{\"type\":\"file\",\"data\":{\"out\":\"/dev/fdset/7\","
               "\"append\":true}}}");
  assert_form (
      "{\"backend\":\"serial\",\"id\":\"c\",\"path\":\"/dev/ttyS0\"}",
      "{\"id\":\"c\",\"backend\":{\"type\":\"serial\",\"data\":{\"device\":\"/dev/ttyS0\"}}"
      "}");
}

/* --- devices as documents --- */

static void
assert_refused (const char *xml)
{
  g_auto (RoostDeviceRef) ref = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (roost_device_parse (xml, &ref, NULL));
  g_assert_false (roost_plug_check (&ref, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED);
}

static void
test_fixed_kinds (void)
{
  g_auto (RoostDeviceRef) ref = { 0 };

  assert_refused ("<video><model type='vga'/></video>");
  assert_refused ("<disk type='file'><target dev='sda' bus='sata'/></disk>");
  assert_refused ("<sound model='ich9'/>");
  assert_refused ("<input type='mouse' bus='ps2'/>");
  g_assert_true (
      roost_device_parse ("<disk type='file'><target dev='vda' bus='virtio'/></disk>", &ref, NULL));
  g_assert_true (roost_plug_check (&ref, NULL));
}

#define DOMAIN                                                                                     \
  "<domain type='qemu'><name>d</name><memory>1024</memory><devices>"                               \
  "<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/></disk>"                   \
  "<controller type='scsi' index='0'/>"                                                            \
  "<disk type='file'><target dev='sda' bus='scsi'/>"                                               \
  "<address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>"                      \
  "<channel type='unix'><target type='virtio' name='one'/></channel>"                              \
  "<channel type='unix'><source mode='bind' path='/s'/><target type='virtio' "                     \
  "name='two'/></channel>"                                                                         \
  "<graphics type='vnc' port='5901'/><graphics type='spice' port='5902'/>"                         \
  "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"                       \
  "</devices></domain>"

static void
test_find (void)
{
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (DOMAIN, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *user = NULL;
  RoostDeviceRef found;

  g_assert_nonnull (config);
  g_assert_true (
      roost_device_find (config, "<disk type='file'><target dev='sda'/></disk>", &found, NULL));
  g_assert_cmpuint (found.index, ==, 1);
  g_assert_true (roost_device_find (
      config, "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>", &found,
      NULL));
  g_assert_false (roost_device_find (
      config, "<rng model='virtio'><backend model='random'>/dev/random</backend></rng>", &found,
      &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_FOUND);
  g_assert_true (roost_device_find (config, "<controller type='scsi' index='0'/>", &found, NULL));
  user = roost_device_user (config, &found);
  g_assert_true (roost_device_find (
      config, "<channel type='pty'><target type='virtio' name='two'/></channel>", &found, NULL));
  g_assert_cmpuint (found.index, ==, 1);
  g_assert_true (roost_device_find (config, "<graphics type='spice' passwd='x'/>", &found, NULL));
  g_assert_cmpuint (found.index, ==, 1);
  g_assert_cmpstr (user, ==, "disk 'sda'");
}

static void
test_edit (void)
{
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (DOMAIN, NULL, NULL);
  g_auto (RoostDeviceRef) memory = { 0 };
  RoostDeviceRef found;

  g_assert_true (roost_device_parse (
      "<memory model='dimm'><target><size unit='KiB'>512</size><node>0</node></target></memory>",
      &memory, NULL));
  g_assert_true (roost_device_insert (config, &memory, NULL));
  g_assert_null (memory.device);
  g_assert_cmpuint (config->memory.value, ==, 1536 << 10);
  found.kind = ROOST_DEVICE_MEMORY;
  found.index = 0;
  found.device = config->devices.memories->pdata[0];
  roost_device_remove (config, &found);
  g_assert_cmpuint (config->memory.value, ==, 1024 << 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plug/chardevs", test_chardevs);
  g_test_add_func ("/plug/fixed-kinds", test_fixed_kinds);
  g_test_add_func ("/plug/find", test_find);
  g_test_add_func ("/plug/edit", test_edit);
  return g_test_run ();
}
