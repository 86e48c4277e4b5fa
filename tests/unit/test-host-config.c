/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "qemu/host-config.h"

#include <glib/gstdio.h>

static RoostHostConfig *
load_text (const char *text, GError **error)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("roost-conf-XXXXXX", &path, NULL);
  RoostHostConfig *config;

  g_assert_cmpint (fd, >=, 0);
  g_assert_true (g_close (fd, NULL));
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  config = roost_host_config_load (path, error);
  g_unlink (path);
  return config;
}

static void
test_defaults (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostHostConfig) config = roost_host_config_load ("/nonexistent/roost.conf", &error);

  g_assert_no_error (error);
  g_assert_true (config->has_sandbox);
  g_assert_false (config->vnc_tls.is_on);
  g_assert_cmpstr (config->vnc_listen, ==, "127.0.0.1");
}

static void
test_values (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostHostConfig) config = load_text (
      "[vnc]\ntls=true\ntls-dir=/certs\nlisten=0.0.0.0\n[process]\nsandbox=false\n", &error);

  g_assert_no_error (error);
  g_assert_true (config->vnc_tls.is_on);
  g_assert_cmpstr (config->vnc_tls.dir, ==, "/certs");
  g_assert_cmpstr (config->vnc_listen, ==, "0.0.0.0");
  g_assert_false (config->has_sandbox);
  g_assert_false (config->spice_tls.is_on);
}

static void
test_power (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostHostConfig) config =
      load_text ("[power]\non-logout=shutdown-destroy\nshutdown-timeout=7\nparallel=2\n"
                 "inhibit-guests=false\n[log]\nmax-size=65536\nkeep=0\n[hooks]\ntimeout=5\n"
                 "[dump]\nauto-dump=/dumps\n[time]\nafter-pause=0\nafter-sleep=false\n",
                 &error);

  g_assert_no_error (error);
  g_assert_cmpint (config->power.on_logout, ==, ROOST_LEAVE_SHUTDOWN_DESTROY);
  g_assert_cmpint (config->power.on_host_shutdown, ==, ROOST_LEAVE_SHUTDOWN);
  g_assert_cmpuint (config->power.timeout_s, ==, 7);
  g_assert_cmpuint (config->power.parallel, ==, 2);
  g_assert_true (config->power.inhibit_jobs);
  g_assert_false (config->power.inhibit_guests);
  g_assert_cmpuint (config->log.max_size, ==, 65536);
  g_assert_cmpuint (config->log.keep, ==, 0);
  g_assert_cmpuint (config->hook_s, ==, 5);
  g_assert_cmpstr (config->dump_dir, ==, "/dumps");
  g_assert_cmpuint (config->after_pause_s, ==, 0);
  g_assert_false (config->after_sleep);
}

static void
test_mistakes (void)
{
  static const char *const texts[][2] = {
    { "[vnc]\ntsl=true\n", "tsl" },
    { "[graphics]\ntls=true\n", "graphics" },
    { "[vnc]\ntls=perhaps\n", "tls" },
    { "tls=true\n", "group" },
    { "[log]\nmax-size=100\n", "4096" },
    { "[log]\nkeep=-1\n", "keep" },
    { "[hooks]\ntimeout=0\n", "between 1 and 3600" },
    { "[power]\non-logout=save\n", "shutdown-destroy" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (load_text (texts[i][0], &error));
      g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, texts[i][1]));
    }
}

static void
test_huge_pages (void)
{
  g_autoptr (RoostHostConfig) config = roost_host_config_new ();
  g_autofree char *small = roost_host_config_huge_page_dir (config, 2 * 1024 * 1024, TRUE);
  g_autofree char *large = roost_host_config_huge_page_dir (config, 1024 * 1024 * 1024, TRUE);

  g_assert_cmpstr (small, ==, "/dev/hugepages2M");
  g_assert_cmpstr (large, ==, "/dev/hugepages1G");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host-config/defaults", test_defaults);
  g_test_add_func ("/host-config/values", test_values);
  g_test_add_func ("/host-config/power", test_power);
  g_test_add_func ("/host-config/mistakes", test_mistakes);
  g_test_add_func ("/host-config/huge-pages", test_huge_pages);
  return g_test_run ();
}
