/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a clone changes in a document, how it names volumes, and what is written down of it. */

#include "base/error.h"
#include "domain/clone-private.h"

#include <string.h>

static void
check_name (const char *volume, const char *suffix, const char *wanted)
{
  g_autofree char *name = roost_clone_volume_name (volume, "web", "web2", "vda", suffix);

  g_assert_cmpstr (name, ==, wanted);
}

static void
test_names (void)
{
  check_name ("web", NULL, "web2");
  check_name ("web.qcow2", NULL, "web2.qcow2");
  check_name ("web-data.raw", NULL, "web2-data.raw");
  check_name ("web_1.2.img", NULL, "web2_1.2.img");
  check_name ("webmail.qcow2", NULL, "web2-vda.qcow2");
  check_name ("debian.qcow2", NULL, "web2-vda.qcow2");
  check_name ("debian", NULL, "web2-vda");
  check_name (".hidden", NULL, "web2-vda");
  check_name ("we", NULL, "web2-vda");
  check_name ("web.img", ".qcow2", "web2.qcow2");
  check_name ("web", ".qcow2", "web2.qcow2");
}

#define OLD "11111111-2222-3333-4444-555555555555"
#define NEW "01234567-89ab-cdef-0123-456789abcdef"

static void
test_identity (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (
      "<domain type='qemu'><name>web</name><uuid>" OLD "</uuid><genid>" OLD "</genid>"
      "<title>The web</title><memory>1</memory>"
      "<os><type>hvm</type><nvram>/old_VARS.fd</nvram></os>"
      "<sysinfo type='smbios'><system><entry name='uuid'>" OLD "</entry>"
      "<entry name='serial'>s1</entry></system></sysinfo>"
      "<devices><interface type='user'><mac address='52:54:00:11:22:33'/>"
      "<target dev='tap7'/></interface>"
      "<channel type='unix'><source mode='bind' path='/run/old'/>"
      "<target type='virtio' name='a'/></channel>"
      "<channel type='unix'><source mode='connect' path='/run/server'/>"
      "<target type='virtio' name='b'/></channel>"
      "<graphics type='vnc' port='5933' autoport='no'/>"
      "<vsock><cid auto='no' address='77'/></vsock></devices></domain>",
      NULL, &error);

  g_assert_no_error (error);
  roost_clone_change_identity (config, "web2", NEW);
  roost_clone_set_nvram (config, "/new_VARS.fd");
  text = roost_domain_config_format (config, ROOST_FORMAT_SECRETS);
  g_assert_null (strstr (text, OLD));
  g_assert_nonnull (strstr (text, "<name>web2</name>"));
  g_assert_nonnull (strstr (text, "<uuid>" NEW "</uuid>"));
  g_assert_nonnull (strstr (text, NEW "</entry>"));
  for (const char *const *gone =
           (const char *const[]){ "52:54", "tap7", "/run/old", "5933", "77", "/old_VARS", NULL };
       *gone != NULL; gone++)
    g_assert_null (strstr (text, *gone));
  for (const char *const *kept =
           (const char *const[]){ "The web", "s1", "/run/server", "/new_VARS.fd", "<genid", NULL };
       *kept != NULL; kept++)
    g_assert_nonnull (strstr (text, *kept));
}

static void
test_remains (void)
{
  g_autoptr (RoostRemains) remains = roost_remains_new (NEW, TRUE);
  g_autoptr (RoostRemains) again = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  const RoostRemain *volume;

  roost_remains_add (remains, OLD, "web2 \"x\".qcow2")->inode = G_MAXUINT64;
  remains->nvram = g_strdup ("/nvram");
  remains->has_tpm = TRUE;
  text = roost_remains_to_text (remains);
  again = roost_remains_from_text (text, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->uuid, ==, NEW);
  g_assert_true (again->is_clone && again->has_tpm);
  g_assert_cmpstr (again->nvram, ==, "/nvram");
  g_assert_cmpuint (again->volumes->len, ==, 1);
  volume = again->volumes->pdata[0];
  g_assert_cmpstr (volume->pool, ==, OLD);
  g_assert_cmpstr (volume->name, ==, "web2 \"x\".qcow2");
  g_assert_true (volume->inode == G_MAXUINT64);
}

static void
test_bad_remains (void)
{
  static const char *const texts[] = { "",
                                       "[]",
                                       "{}",
                                       "{\"uuid\": \"x\"}",
                                       "{\"uuid\": 1}",
                                       "{\"uuid\": \"" NEW "\", \"volumes\": [1]}",
                                       "{\"uuid\": \"" NEW
                                       "\", \"volumes\": [{\"name\": \"a\"}]}" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (roost_remains_from_text (texts[i], &error));
      g_assert_nonnull (error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clone/names", test_names);
  g_test_add_func ("/clone/identity", test_identity);
  g_test_add_func ("/clone/remains", test_remains);
  g_test_add_func ("/clone/bad-remains", test_bad_remains);
  return g_test_run ();
}
