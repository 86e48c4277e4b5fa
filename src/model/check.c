/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"

#include "base/error.h"
#include "model/device-walk.h"
#include "model/tables.h"

static const RoostRule *const all_rules[] = {
  roost_os_rules,      roost_cpu_rules,     roost_tune_rules,       roost_feature_rules,
  roost_disk_rules,    roost_source_rules,  roost_controller_rules, roost_net_rules,
  roost_hostdev_rules, roost_chardev_rules, roost_device_rules,     roost_memory_rules,
  roost_media_rules,   roost_virtio_rules,  roost_unique_rules,
};

/* Where an element is that no struct remembers the place of: by its name, else its document's. */
static const RoostPosition *
place_of (RoostChecker *checker, const char *name, RoostPosition *out_place)
{
  if (roost_type_find_place (&roost_domain_type, checker->config, name, out_place)
      || roost_type_find_place (&roost_domain_type, checker->config, "", out_place))
    return out_place;
  return NULL;
}

G_GNUC_PRINTF (5, 0)
static void
report (RoostChecker *checker,
        RoostError code,
        const RoostPosition *at,
        const char *name,
        const char *format,
        va_list args)
{
  g_autofree char *what = NULL;
  g_autofree char *text = NULL;
  RoostPosition found;

  if (checker->error != NULL && !roost_issues_has_room (checker->issues))
    {
      roost_issues_drop (checker->issues);
      return;
    }
  what = g_strdup_vprintf (format, args);
  text = g_strdup_printf ("<%s>: %s (rule %s)", name, what, checker->rule);
  if (at == NULL || at->line == 0)
    at = place_of (checker, name, &found);
  roost_issues_add (checker->issues, ROOST_ISSUE_ERROR, at, "%s", text);
  if (checker->error != NULL)
    return;
  if (at != NULL)
    roost_throw (&checker->error, code, "line %u, column %u: %s", at->line, at->column, text);
  else
    roost_throw (&checker->error, code, "%s", text);
}

void
roost_check_invalid (
    RoostChecker *checker, const RoostPosition *at, const char *name, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  report (checker, ROOST_ERROR_INVALID_XML, at, name, format, args);
  va_end (args);
}

void
roost_check_unsupported (
    RoostChecker *checker, const RoostPosition *at, const char *name, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  report (checker, ROOST_ERROR_NOT_SUPPORTED, at, name, format, args);
  va_end (args);
}

void
roost_check_warn (
    RoostChecker *checker, const RoostPosition *at, const char *name, const char *format, ...)
{
  g_autofree char *what = NULL;
  RoostPosition found;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  if (at == NULL || at->line == 0)
    at = place_of (checker, name, &found);
  roost_issues_add (checker->issues, ROOST_ISSUE_WARNING, at, "<%s>: %s (rule %s)", name, what,
                    checker->rule);
}

gboolean
roost_check_has (const RoostChecker *checker, const char *type)
{
  return roost_facts_has_type (checker->facts, type);
}

gboolean
roost_check_all (const RoostDomainConfig *config,
                 const RoostFacts *facts,
                 RoostIssues *issues,
                 GError **error)
{
  g_autoptr (GArray) devices = roost_devices_list (config);
  RoostChecker checker = {
    .config = config,
    .devices = devices,
    .facts = facts,
    .arch = config->os.arch != NULL ? config->os.arch : "",
    .family = roost_machine_family (config),
    .issues = issues,
  };

  for (guint i = 0; i < G_N_ELEMENTS (all_rules); i++)
    for (const RoostRule *rule = all_rules[i]; rule->name != NULL; rule++)
      {
        checker.rule = rule->name;
        rule->check (&checker);
      }
  if (checker.error == NULL)
    return TRUE;
  g_propagate_error (error, checker.error);
  return FALSE;
}
