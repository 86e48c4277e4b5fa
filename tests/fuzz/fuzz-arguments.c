/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a document to the command line of QEMU. The facts are those of the x86_64 binary that is
 * installed; without one there is nothing to do. */
#include "fuzz.h"

#include "base/co.h"
#include "model/domain-config.h"
#include "qemu/argv.h"
#include "qemu/caps.h"

static void
load_facts (gpointer data)
{
  const char *given = g_getenv ("ROOST_CAPS_CACHE");
  g_autofree char *usual = g_build_filename (g_get_user_cache_dir (), "roost", "caps", NULL);
  g_autoptr (RoostCaps) caps = roost_caps_new (given != NULL ? given : usual);
  g_autofree char *binary = roost_caps_binary_for (caps, "x86_64");

  if (binary != NULL)
    *(RoostFacts **)data = roost_caps_get_facts (caps, binary, NULL);
}

static const RoostFacts *
facts_of_host (void)
{
  static RoostFacts *facts;
  static gboolean is_loaded;

  if (is_loaded)
    return facts;
  is_loaded = TRUE;
  co_spawn ("facts", load_facts, &facts);
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
  return facts;
}

/* Returns: (nullable): the completed document; @text may have anything in it */
static char *
complete (const char *text, const RoostFacts *facts, RoostDomainConfig **out_config)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostIssues) issues = roost_issues_new ();
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (text, issues, &error);

  if (config == NULL || !roost_domain_config_complete (config, facts, issues, &error))
    {
      g_assert (error != NULL);
      return NULL;
    }
  *out_config = g_steal_pointer (&config);
  return roost_domain_config_format (*out_config, ROOST_FORMAT_SECRETS);
}

/* What is complete is not changed by completing it again. */
static void
check_stable (const char *first, const RoostFacts *facts)
{
  g_autoptr (RoostDomainConfig) config = NULL;
  g_autofree char *second = complete (first, facts, &config);

  if (g_strcmp0 (first, second) != 0)
    g_error ("not stable:\n%s\n%s", first, second != NULL ? second : "refused");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const RoostLaunch launch = {
    .run_dir = "/run/roost/domain",
    .state_dir = "/var/lib/roost",
    .is_dry = TRUE,
    .monitor_fd = -1,
  };
  const RoostFacts *facts = facts_of_host ();
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autoptr (RoostDomainConfig) config = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *first = NULL;
  g_auto (GStrv) argv = NULL;

  if (facts == NULL)
    return 0;
  first = complete (text, facts, &config);
  if (first == NULL)
    return 0;
  check_stable (first, facts);
  argv = roost_argv_build (config, facts, &launch, &error);
  g_assert ((argv == NULL) == (error != NULL));
  return 0;
}
