/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fields.h"

struct RoostIssues
{
  GPtrArray *list; /* of RoostIssue */
  guint n_more;
};

static void
issue_free (gpointer data)
{
  RoostIssue *issue = data;

  g_free (issue->message);
  g_free (issue);
}

RoostIssues *
roost_issues_new (void)
{
  RoostIssues *issues = g_new0 (RoostIssues, 1);

  issues->list = g_ptr_array_new_with_free_func (issue_free);
  return issues;
}

void
roost_issues_free (RoostIssues *issues)
{
  if (issues != NULL)
    g_ptr_array_unref (issues->list);
  g_free (issues);
}

guint
roost_issues_length (const RoostIssues *issues)
{
  return issues->list->len;
}

guint
roost_issues_dropped (const RoostIssues *issues)
{
  return issues->n_more;
}

gboolean
roost_issues_has_room (const RoostIssues *issues)
{
  return issues != NULL && issues->list->len < ROOST_ISSUES_MAX;
}

void
roost_issues_drop (RoostIssues *issues)
{
  if (issues != NULL)
    issues->n_more++;
}

const RoostIssue *
roost_issues_get (const RoostIssues *issues, guint i)
{
  g_return_val_if_fail (i < issues->list->len, NULL);
  return issues->list->pdata[i];
}

void
roost_issues_add (
    RoostIssues *issues, RoostSeverity severity, const RoostPosition *at, const char *format, ...)
{
  RoostIssue *issue;
  va_list args;

  if (issues == NULL)
    return;
  if (issues->list->len >= ROOST_ISSUES_MAX)
    {
      issues->n_more++;
      return;
    }
  issue = g_new0 (RoostIssue, 1);
  issue->severity = severity;
  issue->line = at != NULL ? at->line : 0;
  issue->column = at != NULL ? at->column : 0;
  va_start (args, format);
  issue->message = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (issues->list, issue);
}
