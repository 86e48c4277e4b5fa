/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/power-rtc.h"

#include "base/co.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/amend.h"
#include "domain/domain-private.h"
#include "domain/view.h"

/* A guest sets its clock field by field, and some do it every few minutes. */
#define SETTLE_MS 1000

/* Between two tries, when something else holds the domain. */
#define RETRY_MS 2000

/* Reading the clock of the guest and ours is not one moment. */
#define TOLERANCE_S 2

/* --- keeping the distance --- */

typedef struct
{
  RoostDomain *domain;
  const RoostRun *run;
} Note;

static void
note_free (Note *note)
{
  g_object_unref (note->domain);
  g_free (note);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Note, note_free)

static void
publish (RoostDomain *domain, gint64 seconds)
{
  g_autoptr (RoostDomainConfig) config =
      roost_domain_config_copy (roost_document_config (domain->run->document));

  roost_view_set_clock_offset (config, seconds);
  roost_domain_set_running (domain, config);
}

static gboolean
store_held (RoostDomain *domain, gpointer data, GError **error)
{
  g_autoptr (RoostAmend) amend = roost_amend_new (domain, ROOST_AMEND_CONFIG, error);
  gint64 seconds = *(const gint64 *)data;
  gint64 before = 0;

  if (amend == NULL)
    return FALSE;
  if (!roost_view_clock_offset (amend->next, &before) || before == seconds)
    return TRUE;
  roost_view_set_clock_offset (amend->next, seconds);
  return roost_amend_store (amend, error);
}

/* Until it is written, the guest has ended, or it cannot be. */
static void
store (const Note *note)
{
  RoostDomain *domain = note->domain;

  while (domain->run == note->run && domain->is_persistent && domain->manager != NULL)
    {
      g_autoptr (GError) error = NULL;
      gint64 seconds = note->run->rtc_offset;

      if (roost_domain_operate (domain, "note-clock", "", store_held, &seconds, &error))
        return;
      if (!g_error_matches (error, ROOST_ERROR, ROOST_ERROR_BUSY))
        {
          roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
                     "the time of its clock cannot be kept: %s", error->message);
          return;
        }
      if (!co_sleep (RETRY_MS, domain->manager->closing, NULL))
        return;
    }
}

static void
note_body (gpointer p)
{
  g_autoptr (Note) note = p;
  RoostDomain *domain = note->domain;
  gint64 before = 0;

  co_sleep (SETTLE_MS, domain->manager->closing, NULL);
  if (domain->run != note->run)
    return;
  domain->run->is_noting_rtc = FALSE;
  if (domain->run->document == NULL
      || !roost_view_clock_offset (roost_domain_config (domain), &before))
    return;
  if (before != domain->run->rtc_offset)
    publish (domain, domain->run->rtc_offset);
  store (note);
}

void
roost_rtc_changed (RoostDomain *domain, gint64 seconds)
{
  RoostRun *run = domain->run;
  Note *note;
  gint64 before = 0;

  run->rtc_offset = seconds;
  if (run->is_noting_rtc || run->document == NULL
      || !roost_view_clock_offset (roost_domain_config (domain), &before))
    return;
  run->is_noting_rtc = TRUE;
  note = g_new (Note, 1);
  *note = (Note){ g_object_ref (domain), run };
  co_spawn ("clock", note_body, note);
}

/* --- after nobody listened --- */

/* Source: QEMU's property rtc-time: the members of struct tm. */
static gboolean
read_time (JsonObject *tm, gint64 *out_seconds)
{
  g_autoptr (GDateTime) time = g_date_time_new_utc (
      (int)roost_json_int (tm, "tm_year", -1) + 1900, (int)roost_json_int (tm, "tm_mon", -1) + 1,
      (int)roost_json_int (tm, "tm_mday", 0), (int)roost_json_int (tm, "tm_hour", -1),
      (int)roost_json_int (tm, "tm_min", -1), (double)roost_json_int (tm, "tm_sec", -1));

  if (time == NULL)
    return FALSE;
  *out_seconds = g_date_time_to_unix (time);
  return TRUE;
}

static JsonNode *
ask_time (RoostDomain *domain)
{
  g_autoptr (JsonObject) args = json_object_new ();

  json_object_set_string_member (args, "path", "/machine");
  json_object_set_string_member (args, "property", "rtc-time");
  return roost_domain_qmp (domain, "qom-get", args, domain->manager->closing, NULL);
}

void
roost_rtc_read (RoostDomain *domain)
{
  const RoostRun *run = domain->run;
  g_autoptr (JsonNode) answer = NULL;
  gint64 before = 0, there = 0, found;

  if (run == NULL || run->document == NULL
      || !roost_view_clock_offset (roost_domain_config (domain), &before)
      || roost_view_clock_is_local (roost_domain_config (domain)))
    return;
  answer = ask_time (domain);
  if (domain->run != run || !read_time (roost_json_node_object (answer), &there))
    return;
  found = there - g_get_real_time () / G_USEC_PER_SEC;
  if (ABS (found - before) > TOLERANCE_S)
    roost_rtc_changed (domain, found);
}
