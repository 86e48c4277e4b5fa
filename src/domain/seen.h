/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/*
 * What the guest did with its devices, as QEMU's events told it; after a new connection it is read
 * anew. Names come from QEMU, which is not trusted: how many are kept is limited.
 */
typedef struct
{
  GHashTable *trays;    /* aliases of drives whose tray is open */
  GHashTable *channels; /* aliases of channels that the guest has open */
  GHashTable *macs;     /* alias of a network card → the address that the guest uses on it */
} RoostSeen;

#define ROOST_SEEN_MAX 1024

RoostSeen *roost_seen_new (void);
void roost_seen_free (RoostSeen *seen);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostSeen, roost_seen_free)

/* @alias is in @set from now on, or is not. Returns: whether that is new */
gboolean roost_seen_put (GHashTable *set, const char *alias, gboolean is_in);

/* Returns: whether @mac, an address, is another than what was known of @alias */
gboolean roost_seen_put_mac (RoostSeen *seen, const char *alias, const char *mac);

/* Returns: (transfer full): the names in @set (nullable), sorted */
GStrv roost_seen_names (GHashTable *set);

/* Returns: (transfer full): name, value, name, value … of @table (nullable), sorted by name */
GStrv roost_seen_pairs (GHashTable *table);
