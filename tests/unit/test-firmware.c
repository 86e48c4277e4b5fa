/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/firmware.h"

#include "base/error.h"
#include "model/domain-types.h"

#include <glib/gstdio.h>
#include <string.h>

static char *low, *high; /* two descriptor folders */
static const char *dirs[3];

/* --- descriptors --- */

static void
write_file (const char *dir, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* @mapping: the object's members; @features: quoted, with commas */
static void
write_descriptor (
    const char *dir, const char *name, const char *kind, const char *mapping, const char *features)
{
  g_autofree char *text = g_strdup_printf (
      "{ \"interface-types\": [\"%s\"], \"mapping\": {%s}, \"features\": [%s], \"tags\": [],"
      " \"targets\": [{\"architecture\": \"x86_64\","
      " \"machines\": [\"pc-i440fx-*\", \"pc-q35-*\"]}]}",
      kind, mapping, features);

  write_file (dir, name, text);
}

#define FLASH(code, vars)                                                                          \
  "\"device\": \"flash\", \"executable\": {\"filename\": \"" code "\", \"format\": \"raw\"},"      \
  " \"nvram-template\": {\"filename\": \"" vars "\", \"format\": \"raw\"}"

static void
write_usual (void)
{
  write_descriptor (low, "10-bios.json", "bios",
                    "\"device\": \"memory\", \"filename\": \"/fw/bios.bin\"", "\"acpi-s4\"");
  write_descriptor (low, "40-keys.json", "uefi", FLASH ("/fw/secure.fd", "/fw/keys.fd"),
                    "\"secure-boot\", \"requires-smm\", \"enrolled-keys\", \"acpi-s3\"");
  write_descriptor (low, "45-stateless.json", "uefi",
                    "\"device\": \"flash\", \"mode\": \"stateless\", \"executable\":"
                    " {\"filename\": \"/fw/sev.fd\", \"format\": \"raw\"}",
                    "\"amd-sev\"");
  write_descriptor (low, "50-secure.json", "uefi", FLASH ("/fw/secure.fd", "/fw/empty.fd"),
                    "\"secure-boot\", \"requires-smm\"");
  write_descriptor (low, "60-plain.json", "uefi", FLASH ("/fw/plain.fd", "/fw/plain-vars.fd"),
                    "\"acpi-s3\"");
}

/* --- configs --- */

static RoostDomainConfig *
parse (const char *os, const char *rest)
{
  g_autofree char *xml =
      g_strdup_printf ("<domain type='kvm'><name>demo</name><memory>1024</memory>"
                       "<os %s</os>%s<devices/></domain>",
                       os, rest);
  g_autoptr (GError) error = NULL;
  RoostDomainConfig *config = roost_domain_config_parse (xml, NULL, &error);

  g_assert_no_error (error);
  return config;
}

#define Q35 "<type arch='x86_64' machine='pc-q35-7.2'>hvm</type>"
#define ARM "<type arch='aarch64' machine='virt-7.2'>hvm</type>"

static RoostDomainConfig *
resolve (const char *os, const char *rest)
{
  RoostDomainConfig *config = parse (os, rest);
  g_autoptr (GError) error = NULL;

  roost_firmware_resolve (config, "/nvram", dirs, &error);
  g_assert_no_error (error);
  return config;
}

static void
expect (const char *os, const char *rest, const char *loader, const char *template)
{
  g_autoptr (RoostDomainConfig) config = resolve (os, rest);

  g_assert_cmpstr (config->os.loader, ==, loader);
  g_assert_cmpstr (config->os.nvram_template, ==, template);
  g_assert_cmpstr (config->os.nvram, ==, template != NULL ? "/nvram/demo_VARS.fd" : NULL);
}

static void
expect_none (const char *os, const char *rest, const char *text)
{
  g_autoptr (RoostDomainConfig) config = parse (os, rest);
  g_autoptr (GError) error = NULL;

  g_assert_false (roost_firmware_resolve (config, "/nvram", dirs, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, text));
  g_assert_null (config->os.loader);
}

/* --- tests --- */

static void
test_choice (void)
{
  g_autoptr (RoostDomainConfig) secure = NULL;

  write_usual ();
  expect ("firmware='bios'>" Q35, "", "/fw/bios.bin", NULL);
  expect ("firmware='efi'>" Q35, "", "/fw/secure.fd", "/fw/keys.fd");
  expect ("firmware='efi'>" Q35 "<firmware><feature name='enrolled-keys' enabled='no'/></firmware>",
          "", "/fw/secure.fd", "/fw/empty.fd");
  expect ("firmware='efi'>" Q35 "<firmware><feature name='secure-boot' enabled='no'/></firmware>",
          "", "/fw/plain.fd", "/fw/plain-vars.fd");
  expect ("firmware='efi'>" Q35, "<features><smm state='off'/></features>", "/fw/plain.fd",
          "/fw/plain-vars.fd");
  expect ("firmware='efi'>" Q35 "<loader stateless='yes'/>", "", "/fw/sev.fd", NULL);

  secure = resolve ("firmware='efi'>" Q35, "");
  g_assert_cmpint (secure->os.loader_type, ==, ROOST_LOADER_TYPE_PFLASH);
  g_assert_cmpint (secure->os.loader_readonly, ==, ROOST_YES);
  g_assert_cmpint (secure->os.loader_secure, ==, ROOST_YES);
  g_assert_cmpint (secure->features.smm, ==, ROOST_YES);
}

static void
test_refusals (void)
{
  write_usual ();
  expect_none ("firmware='efi'>" ARM, "", "60-plain.json is for other machines");
  expect_none ("firmware='efi'>" Q35 "<loader secure='yes'/>",
               "<features><smm state='off'/></features>", "50-secure.json needs <smm>");
  expect_none ("firmware='efi'>" Q35, "<pm><suspend-to-disk enabled='yes'/></pm>",
               "40-keys.json cannot suspend to disk");
  expect_none ("firmware='efi'>" Q35 "<loader format='qcow2'/>", "",
               "60-plain.json is an image of another format");
  expect_none ("firmware='efi'>" Q35,
               "<launchSecurity type='sev'><policy>0x3</policy></launchSecurity>",
               "60-plain.json cannot run under SEV");
}

static void
test_folders (void)
{
  write_usual ();
  write_file (high, "40-keys.json", "");
  write_descriptor (high, "50-secure.json", "uefi", FLASH ("/fw/own.fd", "/fw/own-vars.fd"), "");
  write_file (high, "60-README", "not a descriptor");
  expect ("firmware='efi'>" Q35, "", "/fw/own.fd", "/fw/own-vars.fd");
}

static void
test_bad_files (void)
{
  g_autoptr (RoostDomainConfig) config = NULL;

  write_file (low, "01.json", "{");
  write_file (low, "02.json", "[]");
  write_file (low, "03.json", "{\"interface-types\": {}, \"targets\": 7, \"mapping\": []}");
  write_file (low, "04.json", "{\"interface-types\": [7], \"targets\": [[]]}");
  write_descriptor (low, "05.json", "uefi", "\"device\": \"flash\"", "7");
  write_descriptor (low, "06.json", "uefi", "\"device\": \"tape\"", "");
  expect_none ("firmware='efi'>" Q35, "", "01.json not JSON");
  expect_none ("firmware='efi'>" Q35, "", "05.json names no file, 06.json is mapped in a way");
  write_usual ();
  expect ("firmware='efi'>" Q35, "", "/fw/secure.fd", "/fw/keys.fd");
}

static void
test_none_installed (void)
{
  expect_none ("firmware='efi'>" Q35, "", "of the 0 that are installed");
}

/* What the document names is left alone, but for the variables of a flash that has none. */
static void
test_own_loader (void)
{
  g_autoptr (RoostDomainConfig) own = NULL;

  write_usual ();
  expect (">" Q35, "", NULL, NULL);
  expect (">" Q35 "<loader>/own/rom.bin</loader>", "", "/own/rom.bin", NULL);
  expect (">" Q35 "<loader type='pflash' readonly='no'>/own/rw.fd</loader>", "", "/own/rw.fd",
          NULL);
  expect (">" Q35 "<loader type='pflash' readonly='yes' stateless='yes'>/own/ro.fd</loader>", "",
          "/own/ro.fd", NULL);
  expect (">" Q35 "<loader type='pflash' readonly='yes'>/fw/plain.fd</loader>", "", "/fw/plain.fd",
          "/fw/plain-vars.fd");
  expect (">" Q35 "<loader type='pflash' readonly='yes'>/fw/plain.fd</loader>"
          "<nvram template='/my/template'/>",
          "", "/fw/plain.fd", "/my/template");
  own = resolve (">" Q35 "<loader type='pflash' readonly='yes'>/fw/unknown.fd</loader>"
                 "<nvram>/my/vars.fd</nvram>",
                 "");
  g_assert_cmpstr (own->os.nvram, ==, "/my/vars.fd");
  g_assert_null (own->os.nvram_template);
}

static void
test_idempotent (void)
{
  g_autoptr (RoostDomainConfig) config = NULL;
  g_autofree char *once = NULL;
  g_autofree char *twice = NULL;

  write_usual ();
  config = resolve ("firmware='efi'>" Q35, "");
  once = roost_domain_config_format (config, 0);
  g_assert_true (roost_firmware_resolve (config, "/elsewhere", dirs, NULL));
  twice = roost_domain_config_format (config, 0);
  g_assert_cmpstr (once, ==, twice);
}

/* The descriptors of Debian's ovmf package. */
static void
test_installed (void)
{
  static const char *const usual[] = { "/usr/share/qemu/firmware", NULL };
  g_autoptr (RoostDomainConfig) config = parse (
      "firmware='efi'>" Q35 "<firmware><feature name='secure-boot' enabled='no'/></firmware>", "");
  g_autoptr (GError) error = NULL;

  if (!g_file_test ("/usr/share/qemu/firmware/60-edk2-x86_64.json", G_FILE_TEST_EXISTS))
    {
      g_test_skip ("needs the package ovmf");
      return;
    }
  roost_firmware_resolve (config, "/nvram", usual, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_test (config->os.loader, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (config->os.nvram_template, G_FILE_TEST_EXISTS));
}

static void
empty_folder (const char *dir)
{
  g_autoptr (GDir) folder = g_dir_open (dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);

      g_remove (path);
    }
}

static void
run (gconstpointer test)
{
  low = g_dir_make_tmp ("roost-firmware-XXXXXX", NULL);
  high = g_dir_make_tmp ("roost-firmware-XXXXXX", NULL);
  dirs[0] = low;
  dirs[1] = high;
  ((GTestFunc)test) ();
  empty_folder (low);
  empty_folder (high);
  g_rmdir (low);
  g_rmdir (high);
  g_clear_pointer (&low, g_free);
  g_clear_pointer (&high, g_free);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/firmware/choice", (gconstpointer)test_choice, run);
  g_test_add_data_func ("/firmware/refusals", (gconstpointer)test_refusals, run);
  g_test_add_data_func ("/firmware/folders", (gconstpointer)test_folders, run);
  g_test_add_data_func ("/firmware/bad-files", (gconstpointer)test_bad_files, run);
  g_test_add_data_func ("/firmware/none-installed", (gconstpointer)test_none_installed, run);
  g_test_add_data_func ("/firmware/own-loader", (gconstpointer)test_own_loader, run);
  g_test_add_data_func ("/firmware/idempotent", (gconstpointer)test_idempotent, run);
  g_test_add_data_func ("/firmware/installed", (gconstpointer)test_installed, run);
  return g_test_run ();
}
