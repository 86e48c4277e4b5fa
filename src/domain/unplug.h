/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

/*
 * A device that the guest was asked to let go: a member of a run, and kept in its status file, so
 * that another daemon knows what it waits for.
 */
typedef enum
{
  ROOST_UNPLUG_PENDING,
  ROOST_UNPLUG_GONE,
  ROOST_UNPLUG_REFUSED,
} RoostUnplugState;

typedef struct
{
  char *alias;
  char *xml;          /* the device, by which it is found in the stored configuration */
  gboolean is_stored; /* the stored configuration is to lose it as well */
  RoostUnplugState state;
  GError *error; /* (nullable): it is gone, but the stored configuration could not be written */
} RoostUnplug;

RoostUnplug *roost_unplug_new (const char *alias, const char *xml, gboolean is_stored);
RoostUnplug *roost_unplug_ref (RoostUnplug *unplug);
void roost_unplug_unref (RoostUnplug *unplug);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostUnplug, roost_unplug_unref)

/* Returns: (transfer none) (nullable): that of @alias in a list of them. */
RoostUnplug *roost_unplugs_find (const GPtrArray *unplugs, const char *alias);

JsonArray *roost_unplugs_to_json (const GPtrArray *unplugs);
void roost_unplugs_read (JsonArray *array, GPtrArray *out);
