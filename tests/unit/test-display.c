/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/co.h"
#include "base/error.h"
#include "domain/display.h"
#include "fake-qemu.h"
#include "model/domain-types.h"

#define DEVICES(text) FAKE_XML ("<devices>" text "</devices>")
#define VNC           "<graphics type='vnc' passwd='old' passwdValidTo='2033-05-18T03:33:20'/>"
#define SPICE         "<graphics type='spice' passwd='older' connected='keep'/>"

static RoostDomainConfig *
parse (const char *xml)
{
  g_autoptr (GError) error = NULL;
  RoostDomainConfig *config = roost_domain_config_parse (xml, NULL, &error);

  g_assert_no_error (error);
  return config;
}

/* --- what a configuration says --- */

static void
test_types (void)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < ROOST_DISPLAY_N_TYPES; i++)
    {
      RoostDisplayType type = ROOST_DISPLAY_N_TYPES;
      const char *name = roost_display_type_name ((RoostDisplayType)i);

      g_assert_true (roost_display_type_parse (name, &type, NULL));
      g_assert_cmpuint (type, ==, i);
    }
  g_assert_false (roost_display_type_parse ("rdp", &(RoostDisplayType){ 0 }, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_ARGUMENT);
}

static const struct
{
  const char *xml;
  const char *displays;
} displays[] = {
  { DEVICES (""), "@aa{sv} []" },
  { DEVICES ("<graphics type='vnc' port='5901'/>"),
    "[{'type': <'vnc'>, 'can-open': <true>, 'listen': <'address'>, 'port': <uint32 5901>, "
    "'uri': <'vnc://127.0.0.1:5901'>, 'password': <false>}]" },
  { DEVICES ("<graphics type='vnc' port='5901' listen='::' passwd='hush'/>"),
    "[{'type': <'vnc'>, 'can-open': <true>, 'listen': <'address'>, 'address': <'::'>, "
    "'port': <uint32 5901>, 'uri': <'vnc://[::1]:5901'>, 'password': <true>}]" },
  { DEVICES ("<graphics type='vnc' port='5901' listen='fe80::1'/>"),
    "[{'type': <'vnc'>, 'can-open': <true>, 'listen': <'address'>, 'address': <'fe80::1'>, "
    "'port': <uint32 5901>, 'uri': <'vnc://[fe80::1]:5901'>, 'password': <false>}]" },
  { DEVICES ("<graphics type='vnc'/>"),
    "[{'type': <'vnc'>, 'can-open': <true>, 'listen': <'address'>, 'password': <false>}]" },
  { DEVICES ("<graphics type='vnc'><listen type='socket' socket='/run/v.sock'/></graphics>"),
    "[{'type': <'vnc'>, 'can-open': <true>, 'listen': <'socket'>, 'socket': <'/run/v.sock'>, "
    "'uri': <'vnc+unix:///run/v.sock'>, 'password': <false>}]" },
  { DEVICES ("<graphics type='spice' tlsPort='5902'/>"),
    "[{'type': <'spice'>, 'can-open': <true>, 'listen': <'address'>, 'tls-port': <uint32 5902>, "
    "'uri': <'spice://127.0.0.1?tls-port=5902'>, 'password': <false>}]" },
  { DEVICES ("<graphics type='spice'><listen type='none'/></graphics>"),
    "[{'type': <'spice'>, 'can-open': <true>, 'listen': <'none'>, 'password': <false>}]" },
  { DEVICES ("<graphics type='dbus' p2p='yes'/>"), "[{'type': <'dbus'>, 'can-open': <true>}]" },
  { DEVICES ("<graphics type='dbus' address='unix:path=/b'/>"),
    "[{'type': <'dbus'>, 'can-open': <false>, 'uri': <'unix:path=/b'>}]" },
  { DEVICES ("<graphics type='egl-headless'/>"),
    "[{'type': <'egl-headless'>, 'can-open': <false>}]" },
};

static void
test_displays (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (displays); i++)
    {
      g_autoptr (RoostDomainConfig) config = parse (displays[i].xml);
      g_autoptr (GVariant) found = roost_view_displays (config);
      g_autofree char *text = g_variant_print (found, TRUE);

      g_assert_cmpstr (text, ==, displays[i].displays);
    }
}

static void
test_has_display (void)
{
  g_autoptr (RoostDomainConfig) config =
      parse (DEVICES (VNC "<graphics type='dbus' address='unix:path=/b'/>"));
  gboolean is_open = FALSE;

  g_assert_true (roost_view_has_display (config, ROOST_DISPLAY_VNC, &is_open));
  g_assert_true (is_open);
  g_assert_true (roost_view_has_display (config, ROOST_DISPLAY_DBUS, &is_open));
  g_assert_false (is_open);
  g_assert_false (roost_view_has_display (config, ROOST_DISPLAY_SPICE, NULL));
}

#define VIDEO(model, name) "<video><model " model "/><alias name='" name "'/></video>"

static void
test_heads (void)
{
  g_autoptr (RoostDomainConfig) config =
      parse (DEVICES (VIDEO ("type='virtio' heads='2'", "ua-a")
                          VIDEO ("type='qxl' heads='4'", "ua-b") VIDEO ("type='none'", "ua-c")));
  g_autoptr (RoostDomainConfig) blind = parse (DEVICES (""));
  g_autoptr (GVariant) heads = roost_view_heads (config);
  g_autofree char *text = g_variant_print (heads, FALSE);
  const char *alias = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (
      text, ==,
      "[{'device': <'ua-a'>, 'model': <'virtio'>, 'head': <uint32 0>, 'primary': <true>}, "
      "{'device': <'ua-a'>, 'model': <'virtio'>, 'head': <uint32 1>, 'primary': <false>}, "
      "{'device': <'ua-b'>, 'model': <'qxl'>, 'head': <uint32 0>, 'primary': <false>}]");
  g_assert_true (roost_view_find_head (config, NULL, 1, &alias, NULL));
  g_assert_cmpstr (alias, ==, "ua-a");
  g_assert_true (roost_view_find_head (config, "ua-b", 0, &alias, NULL));
  g_assert_cmpstr (alias, ==, "ua-b");
  g_assert_false (roost_view_find_head (config, "ua-b", 1, &alias, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (roost_view_find_head (config, "ua-c", 0, &alias, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (roost_view_find_head (blind, NULL, 0, &alias, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED);
}

static void
assert_sockets (const char *graphics, gboolean vnc_on_sockets, const char *socket)
{
  g_autofree char *xml =
      g_strdup_printf ("<domain type='qemu'><name>demo</name><memory>65536</memory><os><type "
                       "arch='x86_64' machine='pc'>hvm</type></os><devices>%s</devices></domain>",
                       graphics);
  g_autoptr (RoostDomainConfig) config = parse (xml);
  g_autoptr (GVariant) found = NULL;
  g_autoptr (GVariant) first = NULL;
  const char *name = NULL;

  roost_view_name_sockets (config, "/run/d", vnc_on_sockets);
  found = roost_view_displays (config);
  first = g_variant_get_child_value (found, 0);
  g_variant_lookup (first, "socket", "&s", &name);
  g_assert_cmpstr (name, ==, socket);
}

static void
test_sockets (void)
{
  assert_sockets ("<graphics type='vnc'><listen type='socket'/></graphics>", FALSE,
                  "/run/d/vnc.sock");
  assert_sockets ("<graphics type='spice'><listen type='socket'/></graphics>", FALSE,
                  "/run/d/spice.sock");
  assert_sockets ("<graphics type='vnc' socket='/own'/>", TRUE, "/own");
  assert_sockets ("<graphics type='vnc' autoport='yes'/>", TRUE, "/run/d/vnc.sock");
  assert_sockets ("<graphics type='vnc' autoport='yes'/>", FALSE, NULL);
  assert_sockets ("<graphics type='vnc' port='5901'/>", TRUE, NULL);
  assert_sockets ("<graphics type='vnc' listen='127.0.0.1'/>", TRUE, NULL);
  assert_sockets ("<graphics type='spice' autoport='yes'/>", TRUE, NULL);
}

static void
test_view_password (void)
{
  g_autoptr (RoostDomainConfig) config = parse (DEVICES (VNC SPICE));
  RoostDisplayPassword found;
  const RoostDisplayPassword changed = { "new", 3000000000, "disconnect" };
  const RoostDisplayPassword endless = { "newer", -1, NULL };

  g_assert_true (roost_view_password (config, ROOST_DISPLAY_VNC, &found));
  g_assert_cmpstr (found.password, ==, "old");
  g_assert_cmpint (found.expires, ==, 2000000000);
  g_assert_null (found.connected);
  g_assert_false (roost_view_password (config, ROOST_DISPLAY_DBUS, &found));
  g_assert_false (roost_view_set_password (config, ROOST_DISPLAY_DBUS, &changed));

  g_assert_true (roost_view_set_password (config, ROOST_DISPLAY_SPICE, &changed));
  g_assert_true (roost_view_password (config, ROOST_DISPLAY_SPICE, &found));
  g_assert_cmpstr (found.password, ==, "new");
  g_assert_cmpint (found.expires, ==, 3000000000);
  g_assert_cmpstr (found.connected, ==, "disconnect");
  g_assert_true (roost_view_set_password (config, ROOST_DISPLAY_SPICE, &endless));
  g_assert_true (roost_view_password (config, ROOST_DISPLAY_SPICE, &found));
  g_assert_cmpint (found.expires, ==, -1);
  g_assert_cmpstr (found.connected, ==, "disconnect"); /* what is not said stays */
}

/* --- a new password --- */

typedef struct
{
  RoostDomain *domain;
  RoostDisplayType type;
  const char *password;
  RoostPasswordOptions options;
  GError *error;
} Change;

static void
change_body (gpointer p)
{
  Change *change = p;
  gboolean ok;

  change->options.caller = "";
  ok = roost_domain_set_display_password (change->domain, change->type, change->password,
                                          &change->options, &change->error);
  g_assert_true (ok == (change->error == NULL));
}

static void
assert_refused (RoostDomain *domain,
                RoostDisplayType type,
                const char *password,
                const char *connected,
                RoostError code)
{
  Change change = { domain, type, password, { .expires = -1, .connected = connected }, NULL };

  fake_world_run (change_body, &change);
  g_assert_error (change.error, ROOST_ERROR, (int)code);
  /* no password is in the text */
  g_assert_true (*password == '\0' || strstr (change.error->message, password) == NULL);
  g_clear_error (&change.error);
}

static const char *
password_of (const RoostDomainConfig *config, RoostDisplayType type)
{
  RoostDisplayPassword found = { 0 };

  roost_view_password (config, type, &found);
  return found.password;
}

/* What the fake was told. */
static void
assert_told (FakeWorld *world, const char *expected)
{
  g_autofree char *path = fake_world_path (world, "run/domain/" FAKE_UUID "/display");
  g_autofree char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_refused (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  g_autofree char *long_one = g_strnfill (61, 'x');
  RoostDomain *domain = fake_world_define (
      world, DEVICES ("<graphics type='vnc'/><graphics type='spice' passwd='old'/>"));

  assert_refused (domain, ROOST_DISPLAY_VNC, "", NULL, ROOST_ERROR_INVALID_ARGUMENT);
  assert_refused (domain, ROOST_DISPLAY_VNC, "ninechars", NULL, ROOST_ERROR_INVALID_ARGUMENT);
  assert_refused (domain, ROOST_DISPLAY_SPICE, long_one, NULL, ROOST_ERROR_INVALID_ARGUMENT);
  assert_refused (domain, ROOST_DISPLAY_SPICE, "bell\a", NULL, ROOST_ERROR_INVALID_ARGUMENT);
  assert_refused (domain, ROOST_DISPLAY_DBUS, "hush", NULL, ROOST_ERROR_NOT_SUPPORTED);
  assert_refused (domain, ROOST_DISPLAY_VNC, "hush", "disconnect", ROOST_ERROR_NOT_SUPPORTED);
  g_assert_true (fake_world_start (domain, FALSE, NULL));
  /* It was started without one. */
  assert_refused (domain, ROOST_DISPLAY_VNC, "hush", NULL, ROOST_ERROR_NOT_SUPPORTED);
  g_assert_null (password_of (roost_domain_next_config (domain), ROOST_DISPLAY_VNC));
}

static void
test_none_of_this_type (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, DEVICES (VNC));

  assert_refused (domain, ROOST_DISPLAY_SPICE, "hush", NULL, ROOST_ERROR_NOT_FOUND);
}

static void
test_told_and_stored (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, DEVICES (VNC SPICE));
  Change change = {
    domain, ROOST_DISPLAY_SPICE, "new", { .expires = 3000000000, .connected = "disconnect" }, NULL
  };

  g_assert_true (fake_world_start (domain, FALSE, NULL));
  fake_world_run (change_body, &change);
  g_assert_no_error (change.error);
  g_assert_cmpstr (password_of (roost_domain_config (domain), ROOST_DISPLAY_SPICE), ==, "new");
  g_assert_cmpstr (password_of (roost_domain_next_config (domain), ROOST_DISPLAY_SPICE), ==, "new");
  assert_told (world, "set vnc old\nexpire vnc 1999999999\nset spice older\n"
                      "set spice new disconnect\nexpire spice 2999999999\n");
}

/* QEMU took the password and not its end: it has the old one again. */
static void
test_taken_back (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, DEVICES (SPICE));
  Change change = { domain, ROOST_DISPLAY_SPICE, "new", { .expires = 7 }, NULL };

  g_assert_true (fake_world_start (domain, FALSE, NULL));
  fake_world_run (change_body, &change);
  g_assert_error (change.error, ROOST_ERROR, ROOST_ERROR_QEMU);
  g_clear_error (&change.error);
  g_assert_cmpstr (password_of (roost_domain_config (domain), ROOST_DISPLAY_SPICE), ==, "older");
  g_assert_cmpstr (password_of (roost_domain_next_config (domain), ROOST_DISPLAY_SPICE), ==,
                   "older");
  assert_told (world, "set spice older\nset spice new\nrefused spice 6\n"
                      "set spice older\nexpire spice never\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/display/types", test_types);
  g_test_add_func ("/display/displays", test_displays);
  g_test_add_func ("/display/has-display", test_has_display);
  g_test_add_func ("/display/heads", test_heads);
  g_test_add_func ("/display/sockets", test_sockets);
  g_test_add_func ("/display/view-password", test_view_password);
  g_test_add_func ("/display/refused", test_refused);
  g_test_add_func ("/display/none-of-this-type", test_none_of_this_type);
  g_test_add_func ("/display/told-and-stored", test_told_and_stored);
  g_test_add_func ("/display/taken-back", test_taken_back);
  return g_test_run ();
}
