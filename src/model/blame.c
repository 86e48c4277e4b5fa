/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/blame.h"

#include "model/tables.h"

#include <stdio.h>
#include <string.h>

static gboolean
is_blamed (const GError *error)
{
  return strstr (error->message, " (rule ") != NULL;
}

gboolean
roost_blame (GError **error, const RoostPosition *at, const char *element, const char *rule)
{
  char *text;

  if (error == NULL || *error == NULL || is_blamed (*error))
    return FALSE;
  if (at != NULL && at->line > 0)
    text = g_strdup_printf ("line %u, column %u: <%s>: %s (rule %s)", at->line, at->column, element,
                            (*error)->message, rule);
  else
    text = g_strdup_printf ("<%s>: %s (rule %s)", element, (*error)->message, rule);
  g_free ((*error)->message);
  (*error)->message = text;
  return FALSE;
}

gboolean
roost_blame_device (GError **error, const RoostDeviceRef *ref, const char *rule)
{
  return roost_blame (error, &ref->info->position, roost_device_kind_name (ref->kind), rule);
}

gboolean
roost_blame_element (GError **error,
                     const RoostDomainConfig *config,
                     const char *element,
                     const char *rule)
{
  RoostPosition at = { 0, 0 };

  if (!roost_type_find_place (&roost_domain_type, config, element, &at))
    roost_type_find_place (&roost_domain_type, config, "", &at);
  return roost_blame (error, &at, element, rule);
}

void
roost_blame_report (RoostIssues *issues, const GError *error)
{
  RoostPosition at;
  int length = 0;

  if (sscanf (error->message, "line %u, column %u: %n", &at.line, &at.column, &length) == 2
      && length > 0)
    roost_issues_add (issues, ROOST_ISSUE_ERROR, &at, "%s", error->message + length);
  else
    roost_issues_add (issues, ROOST_ISSUE_ERROR, NULL, "%s", error->message);
}
