/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/job-rules.h"

/*
 * The table of what may run beside what: it fits together, the page shows it, and every operation
 * in the sources stands in it.
 */

static char *
read_file (const char *path)
{
  g_autofree char *full = g_build_filename (g_test_get_dir (G_TEST_DIST), "../..", path, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (full, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void
test_allows (void)
{
  g_assert_true (roost_job_rule_allows ("detach-device", "suspend"));
  g_assert_true (roost_job_rule_allows ("detach-device", "detach-device"));
  g_assert_true (roost_job_rule_allows ("dump", "tune"));
  g_assert_true (roost_job_rule_allows ("dump", "set-autostart"));
  g_assert_false (roost_job_rule_allows ("detach-device", "dump"));
  g_assert_false (roost_job_rule_allows ("detach-device", "start"));
  g_assert_false (roost_job_rule_allows ("dump", "resume"));
  g_assert_false (roost_job_rule_allows ("start", "set-autostart"));
  g_assert_false (roost_job_rule_allows ("tune", "define"));
  g_assert_false (roost_job_rule_allows ("what-an-older-daemon-did", "suspend"));
  g_assert_true (roost_job_rule_allows ("what-an-older-daemon-did", "destroy"));
}

static void
test_end_beside_everything (void)
{
  for (const RoostJobRule *rule = roost_job_rules; rule->operation != NULL; rule++)
    {
      g_assert_true (roost_job_rule_allows (rule->operation, "destroy"));
      g_assert_true (roost_job_rule_find (rule->operation) == rule);
    }
}

static void
test_unknown (void)
{
  if (g_test_subprocess ())
    {
      roost_job_rule_allows ("start", "no-such");
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*'no-such'*job-rules.c*");
}

static void
test_page (void)
{
  g_autofree char *page = read_file ("docs/jobs.md");

  for (const RoostJobRule *rule = roost_job_rules; rule->operation != NULL; rule++)
    {
      g_autofree char *line = roost_job_rule_to_line (rule);

      if (strstr (page, line) == NULL)
        {
          g_test_message ("docs/jobs.md needs this line:\n%s", line);
          g_test_fail ();
        }
    }
}

/* A call that holds a domain, up to the name: roost_domain_operate (domain, "start" … Such names
 * may also stand in a struct, as .operation = "start". */
#define CALLS                                                                                      \
  "(?:roost_domain_(?:hold|hold_again|operate|operate_active)\\s*\\([^;\"]*?|\\.operation\\s*="    \
  "\\s*)"                                                                                          \
  "\"([a-z-]+)\""

static guint
check_source (const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr (GRegex) regex = g_regex_new (CALLS, 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  for (g_regex_match (regex, text, 0, &match); g_match_info_matches (match);
       g_match_info_next (match, NULL))
    {
      g_autofree char *operation = g_match_info_fetch (match, 1);

      n++;
      if (roost_job_rule_find (operation) != NULL)
        continue;
      g_test_message ("%s: the operation \"%s\" has no row in src/domain/job-rules.c", path,
                      operation);
      g_test_fail ();
    }
  return n;
}

static void
test_sources (void)
{
  g_autofree char *folder =
      g_build_filename (g_test_get_dir (G_TEST_DIST), "../../src/domain", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".c"))
      {
        g_autofree char *path = g_build_filename (folder, name, NULL);

        n += check_source (path);
      }
  g_assert_cmpuint (n, >=, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/job-rules/allows", test_allows);
  g_test_add_func ("/job-rules/end-beside-everything", test_end_beside_everything);
  g_test_add_func ("/job-rules/unknown", test_unknown);
  g_test_add_func ("/job-rules/page", test_page);
  g_test_add_func ("/job-rules/sources", test_sources);
  return g_test_run ();
}
