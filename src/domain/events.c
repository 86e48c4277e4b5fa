/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/events.h"

#include "base/json.h"
#include "base/log.h"
#include "domain/domain-private.h"

const RoostEventRow roost_ignored_events[] = {
  { "COLO_EXIT", NULL, "Roost never runs a guest under COLO" },
  { "MEM_UNPLUG_ERROR", NULL, "DEVICE_UNPLUG_GUEST_ERROR says the same, and always comes with it" },
  { "MIGRATION", NULL,
    "Roost migrates nobody yet; whoever does by a raw command watches it there" },
  { "MIGRATION_PASS", NULL, "a detail of a migration, see MIGRATION" },
  { "POWERDOWN", NULL, "it only repeats that Roost asked; the guest's answer is SHUTDOWN" },
  { "RDMA_GID_STATUS_CHANGED", NULL, "only with pvrdma, which Roost does not build" },
  { "SPICE_MIGRATE_COMPLETED", NULL, "a detail of a migration, see MIGRATION" },
  { "VFU_CLIENT_HANGUP", NULL, "only with a vfio-user server, which Roost does not build" },
  { NULL },
};

static const RoostEventRow *const tables[] = {
  roost_run_events,
  roost_device_events,
  roost_block_events,
  roost_ignored_events,
};

const RoostEventRow *
roost_event_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const RoostEventRow *row = tables[i]; row->name != NULL; row++)
      if (g_str_equal (row->name, name))
        return row;
  return NULL;
}

const char *
roost_event_text (JsonObject *data, const char *name)
{
  const char *text = roost_json_string (data, name);

  return text != NULL ? text : "";
}

guint64
roost_event_size (JsonObject *data, const char *name)
{
  gint64 value = roost_json_int (data, name, 0);

  return value > 0 ? (guint64)value : 0;
}

void
roost_domain_on_event (RoostDomain *domain, const char *name, JsonObject *data)
{
  const RoostEventRow *row = roost_event_find (name);

  if (domain->run == NULL)
    return;
  if (row == NULL)
    roost_debug ("domain '%s': event %s, which is not known", domain->name, name);
  else if (row->func != NULL)
    row->func (domain, data);
}
