/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/kind.h"

/*
 * One object on the bus: a domain, a job, … It listens to its object, keeps what it last told of
 * the properties of each interface, and sends the difference.
 */

/* @path: (transfer full) */
RoostNode *roost_node_new (RoostBus *bus, const RoostKind *kind, gpointer object, char *path);
void roost_node_free (RoostNode *node);

const char *roost_node_path (const RoostNode *node);
const RoostKind *roost_node_kind (const RoostNode *node);
GObject *roost_node_object (const RoostNode *node);

/* Returns: (transfer none): a{sv}, all properties of @interface as they are now; what has changed
 * is told first. */
GVariant *roost_node_properties (RoostNode *node, const char *interface);

/* Returns: (transfer floating): a{sa{sv}}, of all interfaces. */
GVariant *roost_node_interfaces (RoostNode *node);

/* Sends PropertiesChanged with what differs from what was told before, if anything. */
void roost_node_flush (RoostNode *node);
