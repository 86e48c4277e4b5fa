/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/read-anew.h"

#include "base/json.h"
#include "domain/domain-private.h"
#include "domain/hotplug.h"
#include "domain/view.h"

#include <string.h>

/* --- the answers --- */

/* A channel is open when the guest has its end open: "frontend-open". */
void
roost_domain_take_chardevs (RoostDomain *domain, JsonArray *chardevs)
{
  for (guint i = 0; i < roost_json_length (chardevs); i++)
    {
      JsonObject *chardev = roost_json_object_at (chardevs, i);
      const char *label = roost_json_string (chardev, "label");

      if (label != NULL && g_str_has_prefix (label, "charchannel"))
        roost_domain_set_channel (domain, label + strlen ("char"),
                                  roost_json_bool (chardev, "frontend-open", FALSE));
    }
}

/* Of query-block: a drive without a tray has no "tray_open". */
void
roost_domain_take_drives (RoostDomain *domain, JsonArray *drives)
{
  gboolean is_new = FALSE;

  for (guint i = 0; i < roost_json_length (drives); i++)
    {
      JsonObject *drive = roost_json_object_at (drives, i);
      const char *path = roost_json_string (drive, "qdev");

      if (path != NULL)
        is_new |= roost_seen_put (domain->run->seen->trays, roost_alias_of (path),
                                  roost_json_bool (drive, "tray_open", FALSE));
    }
  if (is_new)
    roost_domain_changed (domain, ROOST_CHANGE_SEEN);
}

void
roost_domain_take_filters (RoostDomain *domain, JsonArray *filters)
{
  for (guint i = 0; i < roost_json_length (filters); i++)
    {
      JsonObject *filter = roost_json_object_at (filters, i);
      const char *alias = roost_json_string (filter, "name");
      const char *mac = roost_json_string (filter, "main-mac");

      if (alias == NULL || mac == NULL || !roost_seen_put_mac (domain->run->seen, alias, mac))
        continue;
      roost_domain_changed (domain, ROOST_CHANGE_SEEN);
      roost_domain_emit (domain, "NicMacChanged", g_variant_new ("(ss)", alias, mac));
    }
}

void
roost_domain_take_jobs (RoostDomain *domain, JsonArray *jobs)
{
  for (guint i = 0; i < roost_json_length (jobs); i++)
    {
      JsonObject *job = roost_json_object_at (jobs, i);
      const char *id = roost_json_string (job, "id");
      const char *status = roost_json_string (job, "status");

      if (id != NULL && status != NULL)
        roost_domain_emit (domain, "QemuJobChanged", g_variant_new ("(ss)", id, status));
    }
}

static void
take_balloon (RoostDomain *domain, JsonObject *balloon)
{
  gint64 actual = roost_json_int (balloon, "actual", 0);

  if (actual <= 0 || (guint64)actual == domain->memory)
    return;
  domain->memory = (guint64)actual;
  roost_domain_changed (domain, ROOST_CHANGE_MEMORY);
}

/* --- asking --- */

/* Returns: (transfer full) (nullable): what QEMU says, when the same one still runs then */
static JsonNode *
ask (RoostDomain *domain, const char *command)
{
  const RoostRun *run = domain->run;
  g_autoptr (JsonNode) answer = NULL;

  if (run == NULL || domain->manager == NULL || !domain->is_responsive)
    return NULL;
  answer = roost_domain_qmp (domain, command, NULL, domain->manager->closing, NULL);
  return domain->run == run ? g_steal_pointer (&answer) : NULL;
}

static void
read_list (RoostDomain *domain, const char *command, void (*take) (RoostDomain *, JsonArray *))
{
  g_autoptr (JsonNode) answer = ask (domain, command);

  if (answer != NULL)
    take (domain, roost_json_node_array (answer));
}

static void
take_memory (RoostDomain *domain, JsonArray *devices)
{
  for (guint i = 0; i < roost_json_length (devices); i++)
    {
      JsonObject *data = roost_json_object (roost_json_object_at (devices, i), "data");
      const char *alias = roost_json_string (data, "id");
      gint64 size = roost_json_int (data, "size", -1);

      if (alias != NULL && size >= 0)
        roost_hotplug_memory_size (domain, alias, (guint64)size);
    }
}

void
roost_domain_read_memory (RoostDomain *domain)
{
  if (domain->run != NULL && roost_view_has_balloon (roost_domain_config (domain)))
    {
      g_autoptr (JsonNode) answer = ask (domain, "query-balloon");

      if (answer != NULL)
        take_balloon (domain, roost_json_node_object (answer));
    }
  if (domain->run != NULL && roost_domain_summary (domain)->has_resized_memory)
    read_list (domain, "query-memory-devices", take_memory);
}

void
roost_domain_read_anew (RoostDomain *domain)
{
  roost_domain_read_memory (domain);
  read_list (domain, "query-chardev", roost_domain_take_chardevs);
  read_list (domain, "query-block", roost_domain_take_drives);
  read_list (domain, "query-rx-filter", roost_domain_take_filters);
  read_list (domain, "query-jobs", roost_domain_take_jobs);
}

/* A guest that changes its filters without end is followed at this pace. */
#define FILTERS_MS 100

static void
filters_body (gpointer p)
{
  g_autoptr (RoostDomain) domain = p;
  RoostRun *run = domain->run;

  while (run != NULL && run == domain->run && run->are_filters_old)
    {
      run->are_filters_old = FALSE;
      read_list (domain, "query-rx-filter", roost_domain_take_filters);
      if (domain->manager == NULL || !co_sleep (FILTERS_MS, domain->manager->closing, NULL))
        break;
    }
  if (run != NULL && run == domain->run)
    run->are_filters_read = FALSE;
}

/* One reader at a time: a guest may change its filters as often as it likes. */
void
roost_domain_read_filters (RoostDomain *domain)
{
  domain->run->are_filters_old = TRUE;
  if (domain->run->are_filters_read)
    return;
  domain->run->are_filters_read = TRUE;
  co_spawn ("filters", filters_body, g_object_ref (domain));
}
